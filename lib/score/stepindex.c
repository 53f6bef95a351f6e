#include "score/stepindex.h"

#include <string.h>

void
od_stepindex_build(const struct od_event *events, const uint8_t *steps, uint32_t n,
                   struct od_event *sorted, uint32_t *index)
{
    memset(index, 0, (OD_STEPS + 1) * sizeof *index);
    for (uint32_t i = 0; i < n; i++) {
        index[steps[i] + 1]++;
    }
    uint32_t next[OD_STEPS];
    for (int k = 0; k < OD_STEPS; k++) {
        next[k] = index[k];
        index[k + 1] += index[k];
    }
    for (uint32_t i = 0; i < n; i++) {
        sorted[next[steps[i]]++] = events[i];
    }
}
