/* The parameters of a SuperDirt message: names, order, types and modulation ranges. One list. */
#ifndef OD_PARAM_H
#define OD_PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/units.h"

/* Where the IR may name a parameter. */
#define OD_IN_PARAMS   0x01u /* tracks.ID.params */
#define OD_IN_FX       0x02u /* tracks.ID.fx */
#define OD_IN_TRACK_FX 0x04u /* tracks.ID.track_fx */
#define OD_IN_BOTH_FX  (OD_IN_FX | OD_IN_TRACK_FX)
#define OD_IN_ALL      (OD_IN_PARAMS | OD_IN_BOTH_FX)
#define OD_IN_ENGINE   0x08u /* computed by us, never named in the IR */
#define OD_SPATIAL     0x10u /* taken from the mixer line when the track is on one */

enum od_param_type {
    OD_PARAM_INT,
    OD_PARAM_FLOAT,
    OD_PARAM_STRING
};

/* What a value is that is given for a parameter. */
enum od_value_type {
    OD_VALUE_INT,
    OD_VALUE_FLOAT,
    OD_VALUE_STRING,
    OD_VALUE_ABSENT /**< only of an event's own: what its track says does not hold */
};

/* How a signal x in -1..1 moves a base value b. */
enum od_modulate {
    OD_MODULATE_NOT,
    OD_MODULATE_ADD,    /* b + x·(max−min) */
    OD_MODULATE_SCALE,  /* b·(1+x) */
    OD_MODULATE_CENTRE, /* b + x·(max−min)/2 */
};

/*
 * In the order of the message. Identifier, IR name, hierarchical IR name or NULL, name on the wire,
 * type, where, modulation, minimum, maximum, default (of the modulation's base; of `params` also
 * the value that is sent when the IR names none).
 */
#define OD_PARAM_LIST(X)                                                                           \
    X(S, "s", NULL, "s", STRING, OD_IN_PARAMS, NOT, 0, 0, 0)                                       \
    X(ORBIT, "orbit", NULL, "orbit", INT, OD_IN_PARAMS, NOT, 0, 0, 0)                              \
    X(CPS, NULL, NULL, "cps", FLOAT, OD_IN_ENGINE, NOT, 0, 0, 0)                                   \
    X(CYCLE, NULL, NULL, "cycle", FLOAT, OD_IN_ENGINE, NOT, 0, 0, 0)                               \
    X(DELTA, NULL, NULL, "delta", FLOAT, OD_IN_ENGINE, NOT, 0, 0, 0)                               \
    X(GAIN, "gain", NULL, "gain", FLOAT, OD_IN_PARAMS, SCALE, 0, 2, 1)                             \
    X(PAN, "pan", NULL, "pan", FLOAT, OD_IN_PARAMS, CENTRE, 0, 1, 0.5)                             \
    X(N, "n", NULL, "n", INT, OD_IN_PARAMS, NOT, 0, 0, 0)                                          \
    X(SPEED, "speed", NULL, "speed", FLOAT, OD_IN_PARAMS, SCALE, 0.1, 4, 1)                        \
    X(BEGIN, "begin", NULL, "begin", FLOAT, OD_IN_PARAMS, NOT, 0, 0, 0)                            \
    X(END, "end", NULL, "end", FLOAT, OD_IN_PARAMS, NOT, 0, 0, 1)                                  \
    X(MIDINOTE, NULL, NULL, "midinote", INT, OD_IN_ENGINE, NOT, 0, 0, 0)                           \
    X(SUSTAIN, NULL, NULL, "sustain", FLOAT, OD_IN_ENGINE, NOT, 0, 0, 0)                           \
    X(CUT, "cut", NULL, "cut", INT, OD_IN_PARAMS, NOT, 0, 0, 0)                                    \
    X(LEGATO, "legato", NULL, "legato", FLOAT, OD_IN_PARAMS, NOT, 0, 0, 0)                         \
    X(CUTOFF, "cutoff", "filter.cutoff", "cutoff", FLOAT, OD_IN_BOTH_FX, SCALE, 20, 20000, 1000)   \
    X(RESONANCE, "resonance", "filter.resonance", "resonance", FLOAT, OD_IN_BOTH_FX, ADD, 0, 1, 0) \
    X(HCUTOFF, "hcutoff", "filter.hcutoff", "hcutoff", FLOAT, OD_IN_BOTH_FX, SCALE, 20, 20000,     \
      5000)                                                                                        \
    X(HRESONANCE, "hresonance", "filter.hresonance", "hresonance", FLOAT, OD_IN_BOTH_FX, ADD, 0,   \
      1, 0)                                                                                        \
    X(BANDF, "bandf", NULL, "bandf", FLOAT, OD_IN_BOTH_FX, NOT, 0, 0, 0)                           \
    X(BANDQ, "bandq", NULL, "bandq", FLOAT, OD_IN_BOTH_FX, NOT, 0, 0, 0)                           \
    X(ROOM, "room", "reverb.room", "room", FLOAT, OD_IN_FX | OD_SPATIAL, ADD, 0, 1, 0)             \
    X(SIZE, "size", "reverb.size", "size", FLOAT, OD_IN_FX | OD_SPATIAL, ADD, 0, 1, 0.5)           \
    X(DRY, "dry", "reverb.dry", "dry", FLOAT, OD_IN_FX | OD_SPATIAL, ADD, 0, 1, 1)                 \
    X(DELAY_SEND, "delay_send", "delay.send", "delay", FLOAT, OD_IN_FX | OD_SPATIAL, ADD, 0, 1, 0) \
    X(DELAY_TIME, "delay_time", "delay.time", "delaytime", FLOAT, OD_IN_FX | OD_SPATIAL, ADD, 0,   \
      2, 0)                                                                                        \
    X(DELAY_FEEDBACK, "delay_feedback", "delay.feedback", "delayfeedback", FLOAT,                  \
      OD_IN_FX | OD_SPATIAL, ADD, 0, 1, 0)                                                         \
    X(SHAPE, "shape", "distortion.shape", "shape", FLOAT, OD_IN_BOTH_FX, ADD, 0, 1, 0)             \
    X(CRUSH, "crush", "distortion.crush", "crush", FLOAT, OD_IN_BOTH_FX, ADD, 1, 16, 16)           \
    X(COARSE, "coarse", NULL, "coarse", FLOAT, OD_IN_BOTH_FX, NOT, 0, 0, 0)                        \
    X(ATTACK, "attack", "envelope.attack", "attack", FLOAT, OD_IN_BOTH_FX, ADD, 0, 2, 0.001)       \
    X(HOLD, "hold", "envelope.hold", "hold", FLOAT, OD_IN_BOTH_FX, ADD, 0, 2, 0)                   \
    X(DECAY, "decay", NULL, "decay", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(RELEASE, "release", "envelope.release", "release", FLOAT, OD_IN_BOTH_FX, ADD, 0, 2, 0.2)     \
    X(TREMOLO_RATE, "tremolo_rate", NULL, "tremolorate", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)      \
    X(TREMOLO_DEPTH, "tremolo_depth", NULL, "tremolodepth", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)   \
    X(PHASER_RATE, "phaser_rate", NULL, "phaserrate", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)         \
    X(PHASER_DEPTH, "phaser_depth", NULL, "phaserdepth", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)      \
    X(LESLIE, NULL, NULL, "leslie", FLOAT, OD_IN_ENGINE, NOT, 0, 0, 0)                             \
    X(LRATE, NULL, NULL, "lrate", FLOAT, OD_IN_ENGINE, NOT, 0, 0, 0)                               \
    X(LSIZE, NULL, NULL, "lsize", FLOAT, OD_IN_ENGINE, NOT, 0, 0, 0)                               \
    X(DETUNE, "detune", NULL, "detune", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(ACCELERATE, "accelerate", NULL, "accelerate", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)           \
    X(PSRATE, "psrate", NULL, "psrate", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(PSDISP, "psdisp", NULL, "psdisp", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(VOWEL, "vowel", NULL, "vowel", STRING, OD_IN_TRACK_FX, NOT, 0, 0, 0)                         \
    X(FREEZE, "freeze", NULL, "freeze", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(SMEAR, "smear", NULL, "smear", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(BINSHIFT, "binshift", NULL, "binshift", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                 \
    X(COMB, "comb", NULL, "comb", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                             \
    X(SCRAM, "scram", NULL, "scram", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(HBRICK, "hbrick", NULL, "hbrick", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(LBRICK, "lbrick", NULL, "lbrick", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(ENHANCE, "enhance", NULL, "enhance", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                    \
    X(TSDELAY, "tsdelay", NULL, "tsdelay", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                    \
    X(XSDELAY, "xsdelay", NULL, "xsdelay", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                    \
    X(RING, "ring", NULL, "ring", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                             \
    X(RINGF, "ringf", NULL, "ringf", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(RINGDF, "ringdf", NULL, "ringdf", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(SQUIZ, "squiz", NULL, "squiz", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(WAVELOSS, "waveloss", NULL, "waveloss", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                 \
    X(OCTER, "octer", NULL, "octer", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(OCTERSUB, "octersub", NULL, "octersub", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                 \
    X(OCTERSUBSUB, "octersubsub", NULL, "octersubsub", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)        \
    X(FSHIFT, "fshift", NULL, "fshift", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(FSHIFTNOTE, "fshiftnote", NULL, "fshiftnote", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)           \
    X(FSHIFTPHASE, "fshiftphase", NULL, "fshiftphase", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)        \
    X(KRUSH, "krush", NULL, "krush", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(KCUTOFF, "kcutoff", NULL, "kcutoff", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                    \
    X(TRIODE, "triode", NULL, "triode", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(DJF, "djf", NULL, "djf", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                                \
    X(CTHRESH, "cthresh", NULL, "cThresh", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                    \
    X(CRATIO, "cratio", NULL, "cRatio", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                       \
    X(CATTACK, "cattack", NULL, "cAttack", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                    \
    X(CRELEASE, "crelease", NULL, "cRelease", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                 \
    X(CGAIN, "cgain", NULL, "cGain", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(CKNEE, "cknee", NULL, "cKnee", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)                          \
    X(PANSPREAD, "panspread", NULL, "panspread", FLOAT, OD_IN_TRACK_FX, NOT, 0, 0, 0)

enum od_param {
#define OD_PARAM_ENUM(id, name, path, wire, type, where, how, min, max, def) OD_PARAM_##id,
    OD_PARAM_LIST(OD_PARAM_ENUM)
#undef OD_PARAM_ENUM
    OD_PARAM_COUNT,
    OD_PARAM_EXTRA = 0xffff /* a name of extra_params, or of a message batch */
};

struct od_param_info {
    const char *name; /**< in the IR; NULL for what the engine computes */
    const char *path; /**< hierarchical name for modulations, or NULL */
    const char *wire; /**< argument name in the message */
    enum od_param_type type;
    unsigned where; /**< OD_IN_… and OD_SPATIAL */
    enum od_modulate modulate;
    double min, max, def;
};

/** By od_param; OD_PARAM_COUNT entries. */
extern const struct od_param_info od_params[];

/** The parameter of that IR name which may stand in one of `where`; OD_PARAM_COUNT if none. */
enum od_param od_param_find(const char *name, size_t length, unsigned where);

/** The modulatable parameter of that flat or hierarchical name; OD_PARAM_COUNT if none. */
enum od_param od_param_find_modulated(const char *name, size_t length);

/** The value of a modulated parameter: base b, signal x; clamped to the parameter's range. */
double od_param_modulate(enum od_param param, double base, double signal);

#endif
