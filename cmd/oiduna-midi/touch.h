/* --map and --learn: what controllers do. */
#ifndef OD_MIDI_TOUCH_H
#define OD_MIDI_TOUCH_H

#include <stdbool.h>
#include <stdint.h>

#include "hear/midi_map.h"
#include "world/client.h"

#define TOUCH_EVERY (10 * OD_NSEC_PER_MS) /* a fader's values, of which the last counts */
#define TOUCH_BURST 64                    /* commands in that time; more are dropped */

struct touch_change {
    bool waits;
    double value;
};

struct touch {
    struct od_client *client;
    const char *file; /* of the map; NULL = none */
    bool quiet, learn;
    struct od_midi_map map;
    struct touch_change *changes; /* one an entry */
    uint32_t *waiting;            /* entries whose value is to be sent, n_waiting of them */
    size_t n_waiting;
    od_nsec next;       /* when they are sent; OD_NSEC_NEVER = nothing waits */
    unsigned burst;     /* commands sent … */
    od_nsec burst_from; /* … since then */
    uint64_t dropped;
    bool said_dropped;
    bool unheard;                             /* what is learnt cannot be printed any more */
    uint8_t learnt[OD_MIDI_CONTROLS][16][16]; /* a bit a number */
};

/** Reads the map `file` (NULL = none); findings are printed. The exit status, or 0; on an error the
 * map that was there stays. */
int touch_load(struct touch *touch, const char *file);
void touch_clear(struct touch *touch);

/** Takes a message; what is no controller is passed over. */
void touch_take(struct touch *touch, const struct od_midi_word *word, od_nsec now);

/** Sends the values that wait, if it is time. */
void touch_send(struct touch *touch, od_nsec now);

#endif
