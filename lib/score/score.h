/* The score: the compiled session as it lies in a file or in memory. See oiduna-score(5). */
#ifndef OD_SCORE_H
#define OD_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/units.h"

/* The first byte is no printable character, so a control stream can tell a score from a line; the
 * rest finds transfers that change line ends (as PNG's signature does). */
#define OD_SCORE_MAGIC       "\x89ODN\r\n\x1a\n"
#define OD_SCORE_MAGIC_SIZE  8
#define OD_SCORE_FIRST_BYTE  0x89
#define OD_SCORE_VERSION     2u
#define OD_SCORE_LENGTH_MAX  ((uint64_t)256 * 1024 * 1024)
#define OD_SCORE_ALIGNMENT   8u
#define OD_SCORE_NONE        UINT32_MAX      /* "no such record", wherever an index may be absent */
#define OD_SCORE_MESSAGE_MAX 16384u          /* bytes of one OSC message */
#define OD_TRACKS_MAX        ((size_t)65535) /* SuperDirt and MIDI tracks of a part */

/* Sections in the order they lie in: name, record type. Every one is there, maybe empty. */
#define OD_SECTION_LIST(X)                                                                         \
    X(STRINGS, char)                                                                               \
    X(SONG, struct od_score_entry)                                                                 \
    X(PARTS, struct od_score_part)                                                                 \
    X(TEMPOS, struct od_score_tempo)                                                               \
    X(RINGS, struct od_score_ring)                                                                 \
    X(TRACKS, struct od_score_track)                                                               \
    X(MIDI_TRACKS, struct od_score_midi_track)                                                     \
    X(LINES, struct od_score_line)                                                                 \
    X(SENDS, struct od_score_send)                                                                 \
    X(PARAMS, struct od_score_param)                                                               \
    X(MODS, struct od_score_mod)                                                                   \
    X(OWNS, struct od_score_own)                                                                   \
    X(CURVES, struct od_score_curve)                                                               \
    X(LEVELS, int16_t)                                                                             \
    X(SIGNALS, struct od_score_signal)                                                             \
    X(NUMBERS, double)                                                                             \
    X(VALUES, struct od_score_values)                                                              \
    X(FLOATS, float)                                                                               \
    X(MESSAGES, struct od_score_message)                                                           \
    X(SLOTS, struct od_score_slot)                                                                 \
    X(BYTES, unsigned char)                                                                        \
    X(CONTROLS, struct od_score_control)                                                           \
    X(SYSEX, struct od_score_sysex)                                                                \
    X(EXTRAS, struct od_score_extra)                                                               \
    X(EVENTS, struct od_event)                                                                     \
    X(INDEX, uint32_t)                                                                             \
    X(APPLY_IDS, uint32_t)

enum od_section {
#define OD_SECTION_ENUM(name, type) OD_SECTION_##name,
    OD_SECTION_LIST(OD_SECTION_ENUM)
#undef OD_SECTION_ENUM
    OD_SECTION_COUNT
};

struct od_score_section {
    uint64_t offset; /**< from the start of the score, a multiple of OD_SCORE_ALIGNMENT */
    uint32_t count;  /**< records */
    uint32_t size;   /**< bytes of one record */
};

struct od_score_header {
    unsigned char magic[OD_SCORE_MAGIC_SIZE];
    uint32_t version;
    uint32_t crc;     /**< CRC-32C of all other bytes of the score, in order, without these four */
    uint64_t length;  /**< bytes of the whole score */
    uint32_t dialect; /**< 0 = session, 1 = message batch */
    uint32_t apply_timing; /**< enum od_timing, or OD_SCORE_NONE if the session says nothing */
    uint32_t apply_part;   /**< part of apply.scene_name, or OD_SCORE_NONE */
    uint32_t apply_from;   /**< enum od_from */
    uint32_t song_end;     /**< enum od_song_end */
    uint32_t n_sections;   /**< OD_SECTION_COUNT */
    struct od_score_section sections[OD_SECTION_COUNT];
};

/* "string" below: byte offset in STRINGS of a NUL-terminated UTF-8 text; offset 0 is "". */

/** An entry of the song: the part is taken over from the top. */
struct od_score_entry {
    uint32_t part;
    uint32_t bars; /**< 1..OD_LENGTH_MAX */
};

/** What plays at one time: part 0 is the session, the others its scenes, each complete. */
struct od_score_part {
    double bpm;
    double swing;
    double default_gate;    /**< steps */
    uint64_t seed;          /**< of `prob`; below 2^53 */
    double min_offset_ms;   /**< least offset_ms of its events, at most 0 */
    double max_offset_ms;   /**< greatest, at least 0 */
    float min_offset_steps; /**< the same of offset_steps; rounded away from 0 */
    float max_offset_steps;
    uint32_t name;  /**< string; "" for part 0 */
    uint32_t flags; /**< OD_PART_… */
    uint32_t first_track, n_tracks;
    uint32_t first_midi_track, n_midi_tracks;
    uint32_t first_line, n_lines;
    uint32_t first_tempo, n_tempos;
    uint32_t first_ring, n_rings; /**< each of another length */
    uint32_t first_extra, n_extras;
    uint32_t first_event, n_events;
    uint32_t length;       /**< steps of its longest sequence, at least OD_STEPS */
    uint32_t densest_step; /**< of the first OD_LENGTH_MAX the one with most OSC messages */
    uint32_t
        densest_messages; /**< how many it has, if all tracks are audible and all events play */
    uint32_t reserved;
};
#define OD_PART_ENVIRONMENT 1u /* the scene brought it itself */
#define OD_PART_LINES       2u
#define OD_PART_TOP         4u /* the scene is taken over from the top */

/** A tempo of a part's map: ascending by step. */
struct od_score_tempo {
    uint32_t step; /**< of the top, 0..OD_LENGTH_MAX−1 */
    uint32_t reserved;
    double bpm;
};

/**
 * The events of those tracks of a part whose sequences have one length: at step n of the top those
 * of step n mod length play. index[k] to index[k + 1] − 1, counted from the part's first_event, are
 * the events of step k; each ring begins where the one before ends.
 */
struct od_score_ring {
    uint32_t length;      /**< steps, 1..OD_LENGTH_MAX */
    uint32_t first_index; /**< length + 1 entries of INDEX */
};

#define OD_TRACK_MUTE        1u
#define OD_TRACK_SOLO        2u
#define OD_TRACK_LINE_SILENT 4u /* its mixer line is not audible */
#define OD_TRACK_BATCH       8u /* a message of a batch, to `destination` */

/** Which of a track's message groups an event plays: bit 0 = it has a note, bit 1 = a sustain. */
#define OD_VARIANTS        4
#define OD_VARIANT_NOTE    1u
#define OD_VARIANT_SUSTAIN 2u

/** A SuperDirt track, or one distinct message of a batch. */
struct od_score_track {
    uint32_t id;          /**< string; in a batch of `track_id`, maybe "" */
    uint32_t destination; /**< string; "superdirt" for tracks */
    uint32_t flags;       /**< OD_TRACK_… */
    uint32_t line;        /**< place among the part's lines, or OD_SCORE_NONE */
    uint32_t first_param, n_params;
    uint32_t first_mod, n_mods;
    uint32_t first_send, n_sends;
    uint32_t first_own, n_owns;
    uint32_t first_control, n_controls;  /**< of a batch: what its `cc` and `nrpn` objects say */
    uint32_t first_message[OD_VARIANTS]; /**< n_messages in a row for each variant, main message
                                            first; OD_SCORE_NONE where no event needs the variant.
                                            Of a batch only variant 0 */
    uint32_t n_messages; /**< 1 + sends whose line is audible; 0: see OD_TRACK_BATCH */
    uint32_t n_events;
    uint32_t length; /**< of its sequence; OD_STEPS without one */
};

/** Parameters of events of a track that differ from the track's: equal ones once. */
struct od_score_own {
    uint32_t first_param, n_params;      /**< those that differ; may be OD_VALUE_ABSENT */
    uint32_t first_message[OD_VARIANTS]; /**< as of the track; n_messages is the track's */
};

#define OD_MIDI_TRACK_MOVES                                                                        \
    16u /* its velocity signal and its sequence differ in length: midi_velocity is 0 */

struct od_score_midi_track {
    uint32_t id;          /**< string */
    uint32_t destination; /**< string; "" = the port that --midi names */
    uint32_t flags;       /**< OD_TRACK_MUTE, OD_TRACK_SOLO, OD_MIDI_TRACK_MOVES */
    uint32_t first_curve, n_curves;
    uint32_t first_control, n_controls; /**< sent when it begins to play … */
    uint32_t first_sysex, n_sysex;      /**< … and before them, these */
    uint32_t velocity_signal;           /**< in SIGNALS, or OD_SCORE_NONE */
    uint32_t n_events;
    uint32_t length;  /**< of its sequence; OD_STEPS without one */
    uint8_t channel;  /**< 0..15 */
    uint8_t velocity; /**< 0..127 */
    int8_t transpose; /**< semitones */
    uint8_t reserved;
};

struct od_score_line {
    uint32_t name;  /**< string */
    uint32_t flags; /**< OD_TRACK_MUTE, OD_TRACK_SOLO, and OD_TRACK_LINE_SILENT if not audible */
    uint32_t orbit;
    uint32_t reserved;
    double volume, pan;
    double room, size, dry, delay_send, delay_time, delay_feedback, leslie_rate, leslie_size;
};

struct od_score_send {
    uint32_t line; /**< place among the part's lines */
    uint32_t reserved;
    double amount;
};

/** A parameter that a track sets. Known ones in the order of od_param, then extras as in the file.
 */
struct od_score_param {
    uint16_t param; /**< enum od_param, or OD_PARAM_EXTRA */
    uint8_t type;   /**< enum od_value_type */
    uint8_t flags;  /**< OD_SCORE_PARAM_LIVE */
    uint32_t name;  /**< string: name of an extra parameter, else 0 */
    union {
        double number;
        uint64_t string;
    } value;
};
#define OD_SCORE_PARAM_LIVE                                                                        \
    1u /* set while playing: counts more than the mixer line's (never in a file) */
#define OD_SCORE_PARAM_MOVES 2u /* it moves there, see struct od_message_glide (likewise) */

/** A modulation of a SuperDirt track. */
struct od_score_mod {
    uint16_t param; /**< enum od_param */
    uint16_t reserved;
    uint32_t signal; /**< in SIGNALS: −1..1 */
};

enum od_curve_kind {
    OD_CURVE_CC,
    OD_CURVE_PITCH_BEND,
    OD_CURVE_PRESSURE
};

/** A controller of a MIDI track, ready to send: 0..127, pitch bend −8192..8191. */
struct od_score_curve {
    uint16_t kind;       /**< enum od_curve_kind */
    uint16_t controller; /**< 0..127 */
    uint32_t first;      /**< in LEVELS: at step n of the top it is entry n mod length of these */
    uint32_t length;     /**< 1..OD_LENGTH_MAX */
};

/** A signal as the session gives it: double, because b·(1+x) near x = −1 needs all its digits. */
struct od_score_signal {
    uint32_t first;  /**< in NUMBERS, likewise: −1..1 */
    uint32_t length; /**< 1..OD_LENGTH_MAX */
};

/** What an argument is at each step, ready to send. */
struct od_score_values {
    uint32_t first;  /**< in FLOATS, likewise */
    uint32_t length; /**< 1..OD_LENGTH_MAX */
};

/**
 * One OSC message with the places that change from event to event: byte offsets in the message, 0
 * where it has no such argument. The arguments are big-endian 32-bit floats (note: int32).
 */
struct od_score_message {
    uint32_t bytes; /**< offset in BYTES, a multiple of 4 */
    uint16_t size;  /**< a multiple of 4 */
    uint16_t cps, cycle, delta, gain, note, sustain;
    uint16_t n_slots;
    uint32_t first_slot;
    uint32_t gain_values; /**< in VALUES, or OD_SCORE_NONE: then gain_factor at every step */
    float gain_factor;    /**< times velocity = gain */
    float sustain_factor; /**< times gate times step length = sustain */
};

/** A modulated argument: the message gets what `values` says for the step at `offset`. */
struct od_score_slot {
    uint16_t offset;
    uint16_t reserved;
    uint32_t values; /**< in VALUES */
};

/* When a message is sent, among those of one time: behind the note-offs, before the note-ons. */
enum od_control_rank {
    OD_RANK_PROGRAM,   /**< bank and program */
    OD_RANK_PARAMETER, /**< RPN, NRPN */
    OD_RANK_CONTROL,
    OD_RANK_BEND /**< and pressure */
};

/** A MIDI message without its channel. */
struct od_score_control {
    uint8_t rank;     /**< enum od_control_rank */
    uint8_t bytes[3]; /**< 0xa0, 0xb0, 0xc0, 0xd0 or 0xe0 first; the last is 0 if it has but two.
                         Of 0xa0 the key is not transposed yet */
};

/** A SysEx message, 0xf0 to 0xf7. */
struct od_score_sysex {
    uint32_t bytes; /**< offset in BYTES, a multiple of 4 */
    uint32_t size;
};

/** What few events say. */
struct od_score_extra {
    double offset_ms;
    double offset_steps; /**< −1 < x < 1; both offsets are added */
    double prob;         /**< 0..1: the event plays with this probability, see od_score_draw */
    uint64_t is;         /**< it plays in passes whose number mod `of` is the number of a set bit */
    uint32_t place;      /**< in its sequence's `events` */
    uint32_t own;        /**< among the OWNS of its track, or OD_SCORE_NONE */
    uint32_t first_control, n_controls;
    uint8_t of; /**< 1..64; 0: it plays in every pass */
    uint8_t reserved[7];
};

#define OD_EVENT_NO_NOTE      255
#define OD_EVENT_EXTRA        0x80u   /* in midi_velocity: see `extra` */
#define OD_EVENT_DEFAULT_GATE (-1.0f) /* as gate_steps: the environment's default */

/** 16 bytes. In its ring sorted by step, within a step in play order. */
struct od_event {
    uint16_t track;        /**< of the part: its SuperDirt tracks first, then its MIDI tracks */
    uint8_t note;          /**< 0..127 or OD_EVENT_NO_NOTE */
    uint8_t midi_velocity; /**< of a MIDI track: as sent, modulation included; bit 7: see above */
    float velocity;
    float gate_steps; /**< NaN: let it ring */
    union {
        float offset_ms;
        uint32_t extra; /**< with OD_EVENT_EXTRA: among the part's EXTRAS */
    };
};

_Static_assert(sizeof(struct od_event) == 16, "an event is 16 bytes");
_Static_assert(sizeof(struct od_score_header) == 480, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_entry) == 8, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_part) == 136, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_tempo) == 16, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_ring) == 8, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_track) == 84, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_own) == 24, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_midi_track) == 52, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_line) == 96, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_send) == 16, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_param) == 16, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_mod) == 8, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_curve) == 12, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_signal) == 8, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_values) == 8, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_message) == 36, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_slot) == 8, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_control) == 4, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_sysex) == 8, "layout of oiduna-score(5)");
_Static_assert(sizeof(struct od_score_extra) == 56, "layout of oiduna-score(5)");

/** An opened score: typed pointers into its bytes, all checked. */
struct od_score {
    const struct od_score_header *header;
    const char *strings;
    const struct od_score_entry *song;
    const struct od_score_part *parts;
    const struct od_score_tempo *tempos;
    const struct od_score_ring *rings;
    const struct od_score_track *tracks;
    const struct od_score_midi_track *midi_tracks;
    const struct od_score_line *lines;
    const struct od_score_send *sends;
    const struct od_score_param *params;
    const struct od_score_mod *mods;
    const struct od_score_own *owns;
    const struct od_score_curve *curves;
    const int16_t *levels;
    const struct od_score_signal *signals;
    const double *numbers;
    const struct od_score_values *values;
    const float *floats;
    const struct od_score_message *messages;
    const struct od_score_slot *slots;
    const unsigned char *bytes;
    const struct od_score_control *controls;
    const struct od_score_sysex *sysex;
    const struct od_score_extra *extras;
    const struct od_event *events;
    const uint32_t *index;
    const uint32_t *apply_ids;
    uint32_t count[OD_SECTION_COUNT]; /**< records by od_section */
    void *owned;                      /**< what close frees; NULL if the bytes are the caller's */
};

#define OD_SCORE_ERROR_SIZE 256

/**
 * Opens a score that lies in memory (8-byte aligned; the bytes must stay until close and are not
 * taken over). Everything is checked: afterwards no index, offset or string in it leads outside.
 * OD_EDATA with one sentence in `error` (OD_SCORE_ERROR_SIZE bytes) if it is not a sound score of
 * this version.
 */
OD_NODISCARD enum od_status od_score_open_memory(struct od_score *score, const void *bytes,
                                                 size_t length, char *error);

/** The same for a file, which is read whole: what becomes of it later does not matter. OD_ENOINPUT,
 * OD_EDATA, OD_ENOMEM. */
OD_NODISCARD enum od_status od_score_open_file(struct od_score *score, const char *path,
                                               char *error);

/** The same for malloc'ed bytes, which the score takes over (also when it fails, it frees them). */
OD_NODISCARD enum od_status od_score_open_heap(struct od_score *score, void *bytes, size_t length,
                                               char *error);

/**
 * How long the score is that begins with these bytes: 0 if more bytes (up to the header's first 24)
 * are needed to tell; OD_EDATA with a sentence if they are no score of this version (`*total` then
 * says how many bytes a stream may skip, 0 if that is not known).
 */
OD_NODISCARD enum od_status od_score_length(const void *bytes, size_t length, uint64_t *total,
                                            char *error);

/** Releases what open took. Does nothing to a zeroed score. */
void od_score_close(struct od_score *score);

/** The part of that scene name; OD_SCORE_NONE if there is none. */
uint32_t od_score_find_scene(const struct od_score *score, const char *name);

#endif
