#include "score/stepindex.h"

void
od_stepindex_count(uint32_t *index, const uint16_t *steps, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        index[steps[i] + 1]++;
    }
}

void
od_stepindex_sum(uint32_t *restrict index, uint32_t length, uint32_t first, uint32_t *restrict next)
{
    uint32_t sum = first;
    index[0] = first;
    for (uint32_t k = 0; k < length; k++) {
        next[k] = sum;
        sum += index[k + 1];
        index[k + 1] = sum;
    }
}

void
od_stepindex_place(const struct od_event *events, const uint16_t *steps, uint32_t n,
                   struct od_event *sorted, uint32_t *next)
{
    for (uint32_t i = 0; i < n; i++) {
        sorted[next[steps[i]]++] = events[i];
    }
}
