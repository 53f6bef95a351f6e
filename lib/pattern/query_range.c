/* Ranges: the numbers between two, and when each is there. */
#include <math.h>

#include "pattern/query_run.h"

#define LARGEST 9007199254740992.0 /* up to here every whole number is a double */

/* `n` numbers from `first` on, up or down: made once, and looked up for each event after that. */
static const struct od_mini *
find_numbers(struct od_query *q, const struct od_mini *node, double first, double last, int64_t n)
{
    for (size_t i = 0; i < q->n_ranges && i < OD_QUERY_RANGES; i++) {
        const struct od_query_range *range = &q->ranges[i];
        bool same = !(range->first < first) && !(range->first > first) && !(range->last < last) &&
                    !(range->last > last);
        if (range->node == node && same) {
            return range->numbers;
        }
    }
    struct od_mini *numbers = od_arena_array(q->arena, (size_t)n, sizeof *numbers);
    if (numbers == NULL) {
        od_query_fail_memory(q);
        return NULL;
    }
    for (int64_t i = 0; i < n; i++) {
        double number = last < first ? first - (double)i : first + (double)i;
        bool whole = fabs(number) < LARGEST && !(floor(number) < number);
        numbers[i] = (struct od_mini){.kind = OD_MINI_ATOM,
                                      .at = node->at,
                                      .is_number = true,
                                      .number = number,
                                      .is_exact = whole};
        numbers[i].exact = od_frac_int(whole ? (int64_t)number : 0);
    }
    struct od_query_range *slot = &q->ranges[q->n_ranges++ % OD_QUERY_RANGES];
    *slot = (struct od_query_range){node, first, last, numbers};
    return numbers;
}

/* `hap` is over a number that a range goes to: one after the other from `first` on. */
static void
run_numbers(struct od_query *q, const struct od_mini *node, double first, struct od_hap hap)
{
    double last = hap.atom->number, length = last < first ? first - last : last - first;
    if (!hap.atom->is_number || !(length < (double)OD_MINI_MOST)) {
        od_query_fail(q, hap.atom->at, "range", "a range is of numbers, at most %lld of them",
                      (long long)OD_MINI_MOST);
        return;
    }
    int64_t n = (int64_t)length + 1;
    od_query_work(q, (size_t)n, node->at);
    const struct od_mini *numbers = q->failed ? NULL : find_numbers(q, node, first, last, n);
    struct od_query_pieces pieces = {.rest = hap.part};
    while (numbers != NULL && !q->failed && !q->lost && od_query_next_piece(&pieces)) {
        struct od_frac base = od_frac_int(pieces.cycle);
        struct od_frac from = od_frac_sub(pieces.piece.begin, base, &q->lost);
        int64_t start = od_frac_floor(od_frac_mul(from, od_frac_int(n), &q->lost));
        for (int64_t i = start; i < n && !q->failed; i++) {
            struct od_span one = {od_frac_add(base, od_frac_make(i, n, &q->lost), &q->lost),
                                  od_frac_add(base, od_frac_make(i + 1, n, &q->lost), &q->lost)};
            struct od_hap number = {.atom = &numbers[i]};
            if (i > start && od_frac_compare(one.begin, pieces.piece.end) >= 0) {
                break;
            }
            if (od_query_overlap(one, hap.whole, &number.whole) &&
                od_query_overlap(one, pieces.piece, &number.part)) {
                od_query_push(q, &number, node->at);
            }
        }
    }
}

/* A range from the number of `from`, squeezed into the time of that. */
static void
run_range_from(struct od_query *q, const struct od_mini *node, struct od_hap from)
{
    struct od_frac length = od_frac_sub(from.whole.end, from.whole.begin, &q->lost);
    int64_t cycle = od_frac_floor(from.whole.begin);
    cycle = od_frac_floor(od_frac_div(od_frac_int(cycle), length, &q->lost));
    struct od_query_map map = {{0, 1}, length};
    struct od_frac turns = od_frac_div(from.whole.begin, length, &q->lost);
    map.shift = od_frac_sub(turns, od_frac_int(cycle), &q->lost);
    struct od_span inner = {
        od_frac_sub(od_frac_div(from.part.begin, length, &q->lost), map.shift, &q->lost),
        od_frac_sub(od_frac_div(from.part.end, length, &q->lost), map.shift, &q->lost)};
    size_t start = q->count;
    if (q->lost || !from.atom->is_number) {
        od_query_fail(q, from.atom->at, "number", "a range is of numbers");
        return;
    }
    od_query_run(q, node->args[0], inner);
    size_t end = q->count;
    for (size_t i = start; i < end && !q->failed; i++) {
        run_numbers(q, node, from.atom->number, q->haps[i]);
    }
    od_query_drop_haps(q, start, end);
    od_query_map_haps(q, &map, start);
    size_t kept = start;
    for (size_t i = start; i < q->count && !q->failed; i++) {
        struct od_hap hap = q->haps[i];
        if (od_query_overlap(hap.whole, from.whole, &hap.whole) &&
            od_query_overlap(hap.part, from.part, &hap.part)) {
            q->haps[kept++] = hap;
        }
    }
    q->count = kept;
}

void
od_query_run_range(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    size_t start = q->count;
    od_query_run(q, node->child, span);
    size_t end = q->count;
    for (size_t i = start; i < end && !q->failed; i++) {
        run_range_from(q, node, q->haps[i]);
    }
    od_query_drop_haps(q, start, end);
}
