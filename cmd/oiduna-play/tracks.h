/* What clients are told of the tracks of a take: which voices are one track, where it has events.
 */
#ifndef OD_PLAY_TRACKS_H
#define OD_PLAY_TRACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "control/live.h"

struct track_row {
    const char *id;
    size_t first;                  /* voice: the first of that id */
    uint64_t events;               /* of all voices of that id; kept at the first */
    uint64_t steps[OD_STEPS / 64]; /* a bit a step; likewise */
};

/* Zero-initialised knows nothing. */
struct tracks {
    struct track_row *rows; /* one a voice; owned */
    size_t n;
};

/** Learns all of a take, once; false if there is no memory. */
bool tracks_learn(struct tracks *tracks, struct od_take *take);

/** Has a track events at a step? */
bool tracks_has(const struct track_row *row, unsigned step);

/** Is the voice the one that stands for its track? Voices without an id stand for none. */
bool tracks_is_first(const struct tracks *tracks, size_t voice);

/** Forgets it: another take is current. */
void tracks_clear(struct tracks *tracks);

#endif
