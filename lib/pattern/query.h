/* What a pattern plays in a cycle, or at a moment. Times are exact; one cycle is 1. */
#ifndef OD_QUERY_H
#define OD_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "pattern/frac.h"
#include "pattern/mini.h"

#define OD_QUERY_EVENTS ((size_t)100000) /* of one track; no query gives more */

struct od_span {
    struct od_frac begin, end; /**< equal: a moment */
};

/** Something that sounds over `whole`, of which the query saw `part`. */
struct od_hap {
    struct od_span whole, part;
    const struct od_mini *atom; /**< its value */
    const struct od_mini *tail; /**< the 3 of bd:3, or NULL */
};

#define OD_QUERY_RHYTHMS 16
#define OD_QUERY_RANGES  16

/** Zero-initialise, then set `arena` and `work`. */
struct od_query {
    struct od_arena *arena; /**< for the numbers of ranges; they stay as long as it */
    uint64_t key;           /**< what chance depends on */
    size_t work;            /**< how much may still be done: nodes visited and haps made */

    struct od_hap *haps; /**< of the last query; owned */
    size_t count, capacity;

    /* The first error, after which nothing is found any more. */
    bool failed, out_of_memory;
    size_t at;        /**< place in the text */
    const char *code; /**< as in od_diag */
    char error[160];

    /* Its own. */
    bool lost;
    bool values_only; /* of a moment: nobody asks when what sounds then began */
    size_t blame;     /* what makes many of one: where there are too many */
    struct od_query_rhythm {
        int64_t k, n;
        const unsigned char *bits;
    } rhythms[OD_QUERY_RHYTHMS];
    size_t n_rhythms;
    struct od_query_range {
        const struct od_mini *node;
        double first, last;
        const struct od_mini *numbers;
    } ranges[OD_QUERY_RANGES];
    size_t n_ranges;
};

/** Those that begin in cycle `n` (from 0), in order of time. False after an error. */
bool od_query_cycle(struct od_query *query, const struct od_mini *node, int64_t n);

/** Those that sound at `time`: their values, not their spans. False after an error. */
bool od_query_moment(struct od_query *query, const struct od_mini *node, struct od_frac time);

/** Everything that is seen of the span, whether it begins there or not. */
bool od_query_span(struct od_query *query, const struct od_mini *node, struct od_span span);

/**
 * The time after which the pattern comes round, chance left out; `*lost` if it does not fit. Sets
 * `*chance` if there is any in it.
 */
struct od_frac od_query_period(struct od_query *query, const struct od_mini *node, bool *chance,
                               bool *lost);

/** Bjorklund's rhythm: `k` of `n` (0 <= k <= n, n >= 1) bytes of `out` become 1, the others 0.
 * False if there is no memory. */
OD_NODISCARD bool od_query_rhythm(int64_t k, int64_t n, unsigned char *out);

/** Frees the haps. */
void od_query_clear(struct od_query *query);

#endif
