/* A player in virtual time for tests: what it sends and says is kept; programs are accounted for.
 */
#ifndef RIG_H
#define RIG_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/live.h"
#include "play/player.h"

#define RIG_TAKES   64
#define RIG_NOTICES 65536
#define RIG_HEARD   131072

/** A bundle or a MIDI message that the player sent. */
struct heard {
    bool midi;
    unsigned output; /**< OSC output or MIDI port */
    od_nsec sounds;  /**< when it is to sound */
    od_nsec sent;    /**< when the player was run */
    int64_t step;
    unsigned char bytes[3];
    size_t size; /**< bytes of the message or bundle */
    char *text;  /**< OSC: its messages as JSON, a line each */
};

struct rig {
    struct od_player player;
    struct od_live_setup setup;
    od_nsec now;
    bool plain;     /**< keep no text of bundles (allocates nothing) */
    bool rehearses; /**< before each run */
    struct od_take *takes[RIG_TAKES];
    int handed[RIG_TAKES], retired[RIG_TAKES];
    size_t n_takes;
    struct heard *heard;
    size_t n_heard;
    struct od_notice *notices;
    size_t n_notices;
};

/** A look-ahead of 200 ms, one port, loopback datagrams, an agenda of 16,384. */
struct od_player_settings rig_settings(void);
void rig_osc_offset(struct od_player_settings *settings, od_nsec offset);  /* of all outputs */
void rig_midi_offset(struct od_player_settings *settings, od_nsec offset); /* of all ports */
struct rig *rig_new(const struct od_player_settings *settings);

/** Drains the player and checks that nothing sounds and every program came back exactly once. */
void rig_free(struct rig *rig);

/** A program of a session text; the rig owns it. */
struct od_take *rig_take(struct rig *rig, const char *session);
/** Keeps a take that was made otherwise. */
struct od_take *rig_keep(struct rig *rig, struct od_take *take);
/** A score of a session text; the test owns it. */
struct od_shared_score *rig_score(const char *session);

void rig_command(struct rig *rig, enum od_command_kind kind);
void rig_bpm(struct rig *rig, double bpm);
void rig_program(struct rig *rig, struct od_take *take, enum od_when when, int64_t step);
/** Counts a take as handed over: for commands that a test makes itself. */
void rig_handed(struct rig *rig, struct od_take *take);
/** Hands a session over and starts it now. */
struct od_take *rig_start(struct rig *rig, const char *session);

/** Runs the player at every moment it asks for until `time`. */
void rig_to(struct rig *rig, od_nsec time);
/** Runs it once, at `time`: as if it had overslept. */
void rig_late(struct rig *rig, od_nsec time);

/** How many messages with this status byte (channel included) were sent. */
size_t rig_count_midi(const struct rig *rig, unsigned status);
/** The nth of them; fails if there is none. */
const struct heard *rig_midi(const struct rig *rig, unsigned status, size_t n);
/** How many OSC messages of that sound were sent, and the nth one's bundle. */
size_t rig_count_osc(const struct rig *rig, const char *sound);
const struct heard *rig_osc(const struct rig *rig, const char *sound, size_t n);
/** A number of the first message of a bundle; NaN if it has no such argument. */
double rig_number(const struct heard *heard, const char *name);
/** The last notice of that kind, or NULL. */
const struct od_notice *rig_notice(const struct rig *rig, enum od_notice_kind kind);
size_t rig_count_notices(const struct rig *rig, enum od_notice_kind kind);
/** Forgets what was heard. */
void rig_forget(struct rig *rig);

/** The next of a fixed sequence of numbers below 2^31; begins anew where `seed` is set. */
int rig_random(uint32_t *seed);

/* cmocka compares floats; these are doubles. */
#define assert_near(a, b, epsilon) assert_true(fabs((double)(a) - (double)(b)) <= (epsilon))

#define MS(n) ((od_nsec)((n)*1000000.0))

#endif
