/* Events in any order → events by step, and where each step begins. A counting sort in three moves,
 * so that events may come in several pieces: all are counted, then summed up, then placed. */
#ifndef OD_STEPINDEX_H
#define OD_STEPINDEX_H

#include <stddef.h>
#include <stdint.h>

#include "score/score.h"

/** Counts n events into `index`, which has length + 1 entries, 0 at first. */
void od_stepindex_count(uint32_t *index, const uint16_t *steps, uint32_t n);

/** Makes of the counts where each step begins, from `first` on: the events of step k will be
 * index[k] to index[k + 1] - 1. `next` gets a copy of the first `length` entries. */
void od_stepindex_sum(uint32_t *restrict index, uint32_t length, uint32_t first,
                      uint32_t *restrict next);

/** Places n events, in their order within a step; `next` goes on behind them. */
void od_stepindex_place(const struct od_event *events, const uint16_t *steps, uint32_t n,
                        struct od_event *sorted, uint32_t *next);

#endif
