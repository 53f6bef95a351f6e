/* What the files that answer queries share. Private to lib/pattern/query_*.c. */
#ifndef OD_QUERY_RUN_H
#define OD_QUERY_RUN_H

#include "pattern/query.h"

/** A span taken cycle by cycle: `while (od_query_next_piece(&pieces))`. */
struct od_query_pieces {
    struct od_span rest, piece;
    int64_t cycle; /* that `piece` lies in */
    bool done;
};

/** Time in a child becomes time outside it: (t + shift)·scale. */
struct od_query_map {
    struct od_frac shift, scale;
};

/* query_run.c */

/** The first error of a query; nothing is found after it. */
void od_query_fail(struct od_query *q, size_t at, const char *code, const char *format, ...)
    OD_PRINTF(4, 5);

/** Likewise, for want of memory. */
void od_query_fail_memory(struct od_query *q);

/** Takes `amount` from what may still be done; an error at `at` if that is too much. */
void od_query_work(struct od_query *q, size_t amount, size_t at);

/** What both have. A moment at the very end of a span is no part of it. */
bool od_query_overlap(struct od_span a, struct od_span b, struct od_span *out);

/** The next piece; false after the last. */
bool od_query_next_piece(struct od_query_pieces *pieces);

/** Adds a hap; NULL after an error. */
struct od_hap *od_query_push(struct od_query *q, const struct od_hap *hap, size_t at);

/** Drops those of from..to, which others were found with. */
void od_query_drop_haps(struct od_query *q, size_t from, size_t to);

/** Puts the haps from `from` on into the time outside. */
void od_query_map_haps(struct od_query *q, const struct od_query_map *map, size_t from);

/** The factor that a pattern of factors says; 0: silence. */
struct od_frac od_query_factor_of(struct od_query *q, const struct od_mini *node,
                                  const struct od_mini *value);

/** Adds what `node` says of the span to the haps. */
void od_query_run(struct od_query *q, const struct od_mini *node, struct od_span span);

/* query_rhythm.c */

/** What a rhythm says, argument by argument from `i` on: each piece of time in which the earlier
 * ones do not change. */
void od_query_run_euclid(struct od_query *q, const struct od_mini *node, size_t i,
                         int64_t values[3], struct od_span span);

/* query_range.c */

/** What a range says. */
void od_query_run_range(struct od_query *q, const struct od_mini *node, struct od_span span);

#endif
