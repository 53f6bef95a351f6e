/* Rhythms: Bjorklund's, and what a child says at their strokes. */
#include <stdlib.h>
#include <string.h>

#include "pattern/query_run.h"

/* Two kinds of groups, `a` times the first and `b` times the second; the fewer are put behind as
 * many of the other kind until at most one is left over. */
bool
od_query_rhythm(int64_t k, int64_t n, unsigned char *out)
{
    size_t a = (size_t)k, b = (size_t)(n - k), first = 1, second = 1;
    unsigned char *groups = malloc(2 * (size_t)n + 2);
    if (groups == NULL) {
        return false;
    }
    unsigned char *one = groups, *other = groups + n + 1;
    one[0] = 1;
    other[0] = 0;
    while (a > 1 && b > 1) {
        size_t pairs = a < b ? a : b;
        size_t length = first + second;
        memcpy(one + first, other, second);
        if (a > b) {
            memcpy(other, one, first);
            second = first;
        }
        first = length;
        b = a > b ? a - b : b - a;
        a = pairs;
    }
    for (size_t i = 0; i < a; i++) {
        memcpy(out + i * first, one, first);
    }
    for (size_t i = 0; i < b; i++) {
        memcpy(out + a * first + i * second, other, second);
    }
    free(groups);
    return true;
}

static const unsigned char *
find_rhythm(struct od_query *q, int64_t k, int64_t n, size_t at)
{
    for (size_t i = 0; i < q->n_rhythms && i < OD_QUERY_RHYTHMS; i++) {
        if (q->rhythms[i].k == k && q->rhythms[i].n == n) {
            return q->rhythms[i].bits;
        }
    }
    od_query_work(q, (size_t)n, at);
    unsigned char *bits = q->failed ? NULL : od_arena_alloc(q->arena, (size_t)n);
    if (bits == NULL || !od_query_rhythm(k < 0 ? -k : k, n, bits)) {
        if (!q->failed) {
            od_query_fail_memory(q);
        }
        return NULL;
    }
    for (int64_t i = 0; i < n && k < 0; i++) {
        bits[i] = !bits[i];
    }
    struct od_query_rhythm *slot = &q->rhythms[q->n_rhythms++ % OD_QUERY_RHYTHMS];
    *slot = (struct od_query_rhythm){k, n, bits};
    return bits;
}

/* One stroke of a rhythm: what the child says while it lasts. */
static void
run_stroke(struct od_query *q, const struct od_mini *node, struct od_span whole,
           struct od_span piece)
{
    struct od_span part;
    size_t kept = q->count;
    if (!od_query_overlap(whole, piece, &part)) {
        return;
    }
    od_query_run(q, node->child, whole);
    for (size_t i = kept; i < q->count && !q->failed; i++) {
        struct od_hap hap = q->haps[i];
        hap.whole = whole;
        if (od_query_overlap(part, hap.part, &hap.part)) {
            q->haps[kept++] = hap;
        }
    }
    q->count = q->failed ? q->count : kept;
}

static void
run_rhythm(struct od_query *q, const struct od_mini *node, const int64_t values[3],
           struct od_span span)
{
    int64_t n = values[1], turn = (values[2] % n + n) % n;
    const unsigned char *bits = find_rhythm(q, values[0], n, node->at);
    struct od_query_pieces pieces = {.rest = span};
    while (bits != NULL && !q->failed && !q->lost && od_query_next_piece(&pieces)) {
        struct od_frac base = od_frac_int(pieces.cycle), steps = od_frac_int(n);
        struct od_frac from = od_frac_sub(pieces.piece.begin, base, &q->lost);
        int64_t first = od_frac_floor(od_frac_mul(from, steps, &q->lost));
        for (int64_t i = first; i < n && !q->failed; i++) {
            struct od_span whole = {od_frac_add(base, od_frac_make(i, n, &q->lost), &q->lost),
                                    od_frac_add(base, od_frac_make(i + 1, n, &q->lost), &q->lost)};
            if (i > first && od_frac_compare(whole.begin, pieces.piece.end) >= 0) {
                break;
            }
            od_query_work(q, 1, node->at);
            if (bits[(i - turn + n) % n] != 0) {
                run_stroke(q, node, whole, pieces.piece);
            }
        }
    }
}

static bool
rhythm_number(struct od_query *q, const struct od_mini *value, size_t i, int64_t values[3])
{
    int64_t least = i == 1 ? 1 : -OD_MINI_MOST;
    if (!value->is_number || !value->is_exact || value->exact.den != 1 ||
        value->exact.num < least || value->exact.num > OD_MINI_MOST) {
        od_query_fail(q, value->at, "range", "expected a whole number%s here",
                      i == 1 ? " from 1" : "");
        return false;
    }
    values[i] = value->exact.num;
    if (i == 1 && llabs(values[0]) > values[1]) {
        od_query_fail(q, value->at, "range", "%lld of %lld steps is more than there are",
                      (long long)llabs(values[0]), (long long)values[1]);
        return false;
    }
    return true;
}

void
od_query_run_euclid(struct od_query *q, const struct od_mini *node, size_t i, int64_t values[3],
                    struct od_span span)
{
    if (i == node->n_args) {
        run_rhythm(q, node, values, span);
        return;
    }
    if (node->args[i]->kind == OD_MINI_ATOM) {
        if (rhythm_number(q, node->args[i], i, values)) {
            od_query_run_euclid(q, node, i + 1, values, span);
        }
        return;
    }
    size_t start = q->count;
    od_query_run(q, node->args[i], span);
    size_t end = q->count;
    for (size_t j = start; j < end && !q->failed; j++) {
        struct od_span part = q->haps[j].part;
        if (rhythm_number(q, q->haps[j].atom, i, values)) {
            od_query_run_euclid(q, node, i + 1, values, part);
        }
    }
    od_query_drop_haps(q, start, end);
}
