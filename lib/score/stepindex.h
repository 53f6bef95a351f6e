/* Events in any order → events by step, and where each step begins. */
#ifndef OD_STEPINDEX_H
#define OD_STEPINDEX_H

#include <stddef.h>
#include <stdint.h>

#include "score/score.h"

/**
 * Sorts by step, keeping the order within a step: linear, a counting sort. `sorted` gets the n
 * events (it must not overlap `events`), `index` OD_STEPS + 1 entries: the events of step k are
 * sorted[index[k]] to sorted[index[k + 1] - 1].
 */
void od_stepindex_build(const struct od_event *events, const uint8_t *steps, uint32_t n,
                        struct od_event *sorted, uint32_t *index);

#endif
