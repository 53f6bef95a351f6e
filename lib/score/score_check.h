/* The checks behind od_score_open_…: is what the sections hold sound? Private to
 * lib/score/score*.c. */
#ifndef OD_SCORE_CHECK_H
#define OD_SCORE_CHECK_H

#include "score/score.h"

/**
 * Checks the records of a score whose header and section table are sound and whose pointers and
 * counts are set. OD_EDATA with one sentence in `error` (OD_SCORE_ERROR_SIZE bytes), OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_score_check(const struct od_score *score, char *error);

/** Which messages a track lacks: by whether the event rings (gate NaN), and by its note: 0 none,
 * 1 one, 2 something else (always 1, as what is behind it). */
struct od_score_variants {
    uint8_t missing[2][4];
};

/**
 * Are the events of the part in range, of tracks that the part has, and does each find its message?
 * The part's extras are sound. `variants` has an entry for each of the part's tracks, MIDI tracks
 * last.
 */
bool od_score_check_events(const struct od_score *score, const struct od_score_part *part,
                           const struct od_score_variants *variants);

/** Sets pointers and counts to what a header and its sections say. */
void od_score_point(struct od_score *score, const void *bytes);

#endif
