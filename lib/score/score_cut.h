/* One track of a score → a score of its own: so that who keeps the track need not keep the rest. */
#ifndef OD_SCORE_CUT_H
#define OD_SCORE_CUT_H

#include "score/score.h"

/**
 * Makes a score that holds a track alone, as track 0 of part 0: what its messages are, and what
 * they are made of; no events, no tempos, no song. `from` has been checked, `part` has the track:
 * `index` in its TRACKS, or MIDI_TRACKS if `midi`. Close it with od_score_close. OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_score_cut(const struct od_score *from, uint32_t part, bool midi,
                                         uint32_t index, struct od_score *score);

#endif
