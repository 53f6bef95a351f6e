/* A histogram of spans with logarithmic buckets: fixed size, one writer, any reader, no lock. */
#ifndef OD_METRICS_H
#define OD_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

#define OD_HISTOGRAM_SUB     16 /* buckets of an octave: a value is known to 1/16 */
#define OD_HISTOGRAM_OCTAVES 37 /* 2^37 ns = 137 s; what is longer counts as that */
#define OD_HISTOGRAM_BUCKETS (OD_HISTOGRAM_SUB * (OD_HISTOGRAM_OCTAVES - 3))

/** Zero-initialised is empty. About 4.4 KB. */
struct od_histogram {
    _Atomic uint64_t buckets[OD_HISTOGRAM_BUCKETS];
    _Atomic uint64_t sum; /**< ns */
    _Atomic uint64_t max; /**< ns */
};

/** Adds a span; below 0 counts as 0. For the one writer. */
OD_REALTIME void od_histogram_add(struct od_histogram *histogram, od_nsec value);

/** What a reader works with: a copy in which the numbers fit together. */
struct od_histogram_copy {
    uint64_t buckets[OD_HISTOGRAM_BUCKETS];
    uint64_t count;
    double sum; /**< ns */
    od_nsec max;
};

void od_histogram_read(const struct od_histogram *histogram, struct od_histogram_copy *copy);

/** The value that `p` (0..1) of all do not exceed: a bucket's upper end, never above `max`; 0 if
 * it is empty. */
od_nsec od_histogram_quantile(const struct od_histogram_copy *copy, double p);

/** Mean, ns; 0 if it is empty. */
double od_histogram_mean(const struct od_histogram_copy *copy);

/** How many are at most `value`, as far as the buckets tell (those wholly below count). */
uint64_t od_histogram_at_most(const struct od_histogram_copy *copy, od_nsec value);

/**
 * For a cumulative export: from `*bucket` (0 at first) the next bucket that is not empty; `*upper`
 * gets the greatest value it holds, `*count` how many are at most that. False at the end.
 */
bool od_histogram_next(const struct od_histogram_copy *copy, size_t *bucket, od_nsec *upper,
                       uint64_t *count);

#endif
