#include "world/metrics.h"

#include <math.h>

#include "base/counter.h"

#define SUB_BITS 4 /* log2 OD_HISTOGRAM_SUB */
_Static_assert(1 << SUB_BITS == OD_HISTOGRAM_SUB, "SUB_BITS belongs to OD_HISTOGRAM_SUB");

/* Values below 16 have a bucket each; above, the four bits after the leading one choose. */
static size_t
bucket_of(uint64_t value)
{
    if (value < OD_HISTOGRAM_SUB) {
        return (size_t)value;
    }
    unsigned octave = 63u - (unsigned)__builtin_clzll(value);
    if (octave >= OD_HISTOGRAM_OCTAVES) {
        return OD_HISTOGRAM_BUCKETS - 1;
    }
    size_t sub = (size_t)(value >> (octave - SUB_BITS)) & (OD_HISTOGRAM_SUB - 1);
    return (octave - SUB_BITS + 1) * (size_t)OD_HISTOGRAM_SUB + sub;
}

static od_nsec
upper_of(size_t bucket)
{
    if (bucket < OD_HISTOGRAM_SUB) {
        return (od_nsec)bucket;
    }
    unsigned shift = (unsigned)(bucket / OD_HISTOGRAM_SUB) - 1;
    uint64_t top = OD_HISTOGRAM_SUB + bucket % OD_HISTOGRAM_SUB + 1;
    return (od_nsec)((top << shift) - 1);
}

void
od_histogram_add(struct od_histogram *histogram, od_nsec value)
{
    uint64_t v = value < 0 ? 0 : (uint64_t)value;
    od_counter_add(&histogram->buckets[bucket_of(v)], 1);
    od_counter_add(&histogram->sum, v);
    if (v > atomic_load_explicit(&histogram->max, memory_order_relaxed)) {
        atomic_store_explicit(&histogram->max, v, memory_order_relaxed);
    }
}

/* The count is the sum of the buckets that were read, so a cumulative export always adds up. */
void
od_histogram_read(const struct od_histogram *histogram, struct od_histogram_copy *copy)
{
    copy->count = 0;
    for (size_t i = 0; i < OD_HISTOGRAM_BUCKETS; i++) {
        copy->buckets[i] = atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        copy->count += copy->buckets[i];
    }
    copy->sum = (double)atomic_load_explicit(&histogram->sum, memory_order_relaxed);
    copy->max = (od_nsec)atomic_load_explicit(&histogram->max, memory_order_relaxed);
}

od_nsec
od_histogram_quantile(const struct od_histogram_copy *copy, double p)
{
    uint64_t rank = (uint64_t)ceil(p * (double)copy->count);
    uint64_t below = 0;
    size_t bucket = 0;
    if (copy->count == 0) {
        return 0;
    }
    rank = rank < 1 ? 1 : rank > copy->count ? copy->count : rank;
    while ((below += copy->buckets[bucket]) < rank) {
        bucket++;
    }
    bool last = bucket == OD_HISTOGRAM_BUCKETS - 1;
    return last || upper_of(bucket) > copy->max ? copy->max : upper_of(bucket);
}

double
od_histogram_mean(const struct od_histogram_copy *copy)
{
    return copy->count > 0 ? copy->sum / (double)copy->count : 0;
}

uint64_t
od_histogram_at_most(const struct od_histogram_copy *copy, od_nsec value)
{
    uint64_t count = 0;
    for (size_t i = 0; i < OD_HISTOGRAM_BUCKETS && upper_of(i) <= value; i++) {
        count += copy->buckets[i];
    }
    return count;
}

bool
od_histogram_next(const struct od_histogram_copy *copy, size_t *bucket, od_nsec *upper,
                  uint64_t *count)
{
    size_t at = *bucket;
    while (at < OD_HISTOGRAM_BUCKETS && copy->buckets[at] == 0) {
        at++;
    }
    if (at == OD_HISTOGRAM_BUCKETS) {
        return false;
    }
    *upper = upper_of(at);
    *count = od_histogram_at_most(copy, *upper);
    *bucket = at + 1;
    return true;
}
