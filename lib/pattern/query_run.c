/* What each kind of node says of a span of time; the queries themselves. */
#include "pattern/query_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern/chance.h"

/* Where the spans of what is found are needed, whatever is asked for. */
static void
run_spans(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    bool before = q->values_only;
    q->values_only = false;
    od_query_run(q, node, span);
    q->values_only = before;
}

void
od_query_fail(struct od_query *q, size_t at, const char *code, const char *format, ...)
{
    va_list args;
    if (q->failed) {
        return;
    }
    q->failed = true;
    q->at = at;
    q->code = code;
    va_start(args, format);
    vsnprintf(q->error, sizeof q->error, format, args);
    va_end(args);
}

void
od_query_fail_memory(struct od_query *q)
{
    q->out_of_memory = true;
    od_query_fail(q, 0, "memory", "out of memory");
}

void
od_query_work(struct od_query *q, size_t amount, size_t at)
{
    if (q->work < amount) {
        od_query_fail(q, q->blame != 0 ? q->blame : at, "too-much",
                      "this takes too long to work out: it makes too much of too many");
        return;
    }
    q->work -= amount;
}

/* ---- spans ------------------------------------------------------------------------------------
 */

static bool
is_moment(struct od_span span)
{
    return od_frac_equal(span.begin, span.end);
}

bool
od_query_overlap(struct od_span a, struct od_span b, struct od_span *out)
{
    struct od_span both = {od_frac_max(a.begin, b.begin), od_frac_min(a.end, b.end)};
    int order = od_frac_compare(both.begin, both.end);
    *out = both;
    if (order != 0) {
        return order < 0;
    }
    return !(od_frac_equal(both.begin, a.end) && !is_moment(a)) &&
           !(od_frac_equal(both.begin, b.end) && !is_moment(b));
}

bool
od_query_next_piece(struct od_query_pieces *pieces)
{
    if (pieces->done) {
        return false;
    }
    pieces->cycle = od_frac_floor(pieces->rest.begin);
    struct od_frac next = od_frac_int(pieces->cycle + 1);
    pieces->piece = pieces->rest;
    pieces->done = od_frac_compare(pieces->rest.end, next) <= 0;
    if (!pieces->done) {
        pieces->piece.end = pieces->rest.begin = next;
    }
    return true;
}

static bool
starts_at(struct od_frac time, int64_t cycle)
{
    return time.den == 1 && time.num == cycle;
}

/* ---- haps -------------------------------------------------------------------------------------
 */

struct od_hap *
od_query_push(struct od_query *q, const struct od_hap *hap, size_t at)
{
    if (q->failed) {
        return NULL;
    }
    if (q->count == OD_QUERY_EVENTS) {
        od_query_fail(q, q->blame != 0 ? q->blame : at, "too-many",
                      "more than %zu events in one cycle", OD_QUERY_EVENTS);
        return NULL;
    }
    if (q->count == q->capacity) {
        size_t capacity = q->capacity == 0 ? 64 : 2 * q->capacity;
        struct od_hap *haps = realloc(q->haps, capacity * sizeof *haps);
        if (haps == NULL) {
            od_query_fail_memory(q);
            return NULL;
        }
        q->haps = haps;
        q->capacity = capacity;
    }
    q->haps[q->count] = *hap;
    return &q->haps[q->count++];
}

void
od_query_drop_haps(struct od_query *q, size_t from, size_t to)
{
    if (q->failed) {
        q->count = from;
        return;
    }
    if (q->count > to) {
        memmove(q->haps + from, q->haps + to, (q->count - to) * sizeof *q->haps);
    }
    q->count -= to - from;
}

static struct od_frac
map_time(struct od_query *q, const struct od_query_map *map, struct od_frac time)
{
    struct od_frac moved = map->shift.num == 0 ? time : od_frac_add(time, map->shift, &q->lost);
    return od_frac_mul(moved, map->scale, &q->lost);
}

void
od_query_map_haps(struct od_query *q, const struct od_query_map *map, size_t from)
{
    struct od_frac end = {0, 0}, mapped = {0, 0};
    for (size_t i = from; i < q->count && !q->values_only; i++) {
        struct od_hap *hap = &q->haps[i];
        struct od_span whole, was = hap->whole;
        whole.begin = od_frac_equal(was.begin, end) ? mapped : map_time(q, map, was.begin);
        whole.end = map_time(q, map, was.end);
        hap->part.begin = od_frac_equal(hap->part.begin, was.begin)
                              ? whole.begin
                              : map_time(q, map, hap->part.begin);
        hap->part.end =
            od_frac_equal(hap->part.end, was.end) ? whole.end : map_time(q, map, hap->part.end);
        hap->whole = whole;
        end = was.end;
        mapped = whole.end;
    }
}

/* ---- each kind of node ------------------------------------------------------------------------
 */

static void
run_atom(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    struct od_query_pieces pieces = {.rest = span};
    struct od_hap hap = {.atom = node};
    if (q->values_only) {
        od_query_push(q, &hap, node->at);
        return;
    }
    while (!q->failed && od_query_next_piece(&pieces)) {
        hap.whole.begin = od_frac_int(pieces.cycle);
        hap.whole.end = od_frac_int(pieces.cycle + 1);
        hap.part = pieces.piece;
        od_query_push(q, &hap, node->at);
    }
}

/* The step that plays at `time`, counted in weights from the cycle's start. */
static size_t
find_step(const struct od_mini *node, struct od_frac time)
{
    if (node->even) {
        return (size_t)od_frac_floor(time);
    }
    size_t low = 0, high = node->n_steps;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (od_frac_compare(node->steps[middle].begin, time) <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* A word that is asked for whole, or only for what it says: most of what patterns are made of.
 * False if it is no word. */
static bool
push_word(struct od_query *q, const struct od_mini *node, const struct od_mini_step *step,
          int64_t cycle)
{
    const struct od_mini *word = step->node;
    struct od_hap hap = {.atom = word};
    if (word->kind != OD_MINI_ATOM) {
        return false;
    }
    od_query_work(q, 2, word->at);
    if (!q->values_only) {
        bool *lost = &q->lost;
        struct od_frac base = od_frac_mul(od_frac_int(cycle), node->total, lost);
        struct od_frac begin = od_frac_add(base, step->begin, lost);
        struct od_frac end = od_frac_add(begin, step->weight, lost);
        hap.whole.begin = od_frac_div(begin, node->total, lost);
        hap.whole.end = od_frac_div(end, node->total, lost);
        hap.part = hap.whole;
    }
    od_query_push(q, &hap, word->at);
    return true;
}

/* What a sequence says at a moment. */
static void
run_sequence_at(struct od_query *q, const struct od_mini *node, struct od_frac time)
{
    bool *lost = &q->lost;
    struct od_frac cycle = od_frac_int(od_frac_floor(time));
    struct od_frac since = od_frac_sub(time, cycle, lost);
    size_t i = node->even ? (size_t)od_frac_floor_multiple(since, node->total.num, lost)
                          : find_step(node, od_frac_mul(since, node->total, lost));
    if (q->lost) {
        return;
    }
    const struct od_mini_step *step = &node->steps[i];
    if (!push_word(q, node, step, cycle.num)) {
        struct od_frac at = od_frac_mul(since, node->total, lost);
        struct od_frac inside = od_frac_sub(at, step->begin, lost);
        inside = od_frac_add(cycle, od_frac_div(inside, step->weight, lost), lost);
        od_query_run(q, step->node, (struct od_span){inside, inside});
    }
}

/* From a step's own cycle to its place in the sequence's. */
static struct od_query_map
step_map(struct od_query *q, const struct od_mini *node, const struct od_mini_step *step,
         int64_t cycle)
{
    struct od_frac base = od_frac_mul(od_frac_int(cycle), node->total, &q->lost);
    struct od_frac begin = od_frac_add(base, step->begin, &q->lost);
    begin = od_frac_div(begin, step->weight, &q->lost);
    return (struct od_query_map){od_frac_sub(begin, od_frac_int(cycle), &q->lost),
                                 od_frac_div(step->weight, node->total, &q->lost)};
}

/* `window` is what is asked of the cycle, in weights from its start. */
static void
run_step(struct od_query *q, const struct od_mini *node, const struct od_mini_step *step,
         int64_t cycle, struct od_span window)
{
    bool *lost = &q->lost;
    struct od_span inner = {od_frac_int(cycle), od_frac_int(cycle + 1)};
    struct od_frac from = od_frac_sub(window.begin, step->begin, lost);
    struct od_frac to = od_frac_sub(window.end, step->begin, lost);
    if (is_moment(window) || from.num > 0) {
        inner.begin = od_frac_add(inner.begin, od_frac_div(from, step->weight, lost), lost);
    }
    if (is_moment(window)) {
        inner.end = inner.begin;
    } else if (od_frac_compare(to, step->weight) < 0) {
        inner.end = od_frac_add(od_frac_int(cycle), od_frac_div(to, step->weight, lost), lost);
    }
    size_t start = q->count;
    od_query_run(q, step->node, inner);
    struct od_query_map map = step_map(q, node, step, cycle);
    od_query_map_haps(q, &map, start);
}

static void
run_sequence(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    struct od_query_pieces pieces = {.rest = span};
    if (q->values_only) {
        run_sequence_at(q, node, span.begin);
        return;
    }
    while (!q->failed && od_query_next_piece(&pieces)) {
        struct od_span window = {od_frac_int(0), node->total};
        struct od_frac cycle = od_frac_int(pieces.cycle);
        if (!starts_at(pieces.piece.begin, pieces.cycle)) {
            window.begin = od_frac_mul(od_frac_sub(pieces.piece.begin, cycle, &q->lost),
                                       node->total, &q->lost);
        }
        if (!starts_at(pieces.piece.end, pieces.cycle + 1)) {
            window.end =
                od_frac_mul(od_frac_sub(pieces.piece.end, cycle, &q->lost), node->total, &q->lost);
        }
        if (q->lost) {
            return;
        }
        size_t first = window.begin.num == 0 ? 0 : find_step(node, window.begin);
        bool whole = window.begin.num == 0 && od_frac_equal(window.end, node->total);
        for (size_t i = first; i < node->n_steps && !q->failed; i++) {
            if (i > first && od_frac_compare(node->steps[i].begin, window.end) >= 0) {
                break;
            }
            if (!whole || !push_word(q, node, &node->steps[i], pieces.cycle)) {
                run_step(q, node, &node->steps[i], pieces.cycle, window);
            }
        }
    }
}

static void
run_stack(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    for (size_t i = 0; i < node->n_steps && !q->failed; i++) {
        od_query_run(q, node->steps[i].node, span);
    }
}

static void
run_choice(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    struct od_query_pieces pieces = {.rest = span};
    uint64_t key = od_chance_mix(q->key, node->chance);
    while (!q->failed && od_query_next_piece(&pieces)) {
        double chance = od_chance_at(key, od_frac_int(pieces.cycle));
        size_t i = (size_t)(chance * (double)node->n_steps);
        od_query_run(q, node->steps[i].node, pieces.piece);
    }
}

static void
run_faster(struct od_query *q, const struct od_mini *node, struct od_frac factor,
           struct od_span span)
{
    size_t start = q->count, blame = q->blame;
    struct od_query_map map = {od_frac_int(0), od_frac_div(od_frac_int(1), factor, &q->lost)};
    struct od_span inner = {od_frac_mul(span.begin, factor, &q->lost), {0, 1}};
    inner.end = is_moment(span) ? inner.begin : od_frac_mul(span.end, factor, &q->lost);
    q->blame = od_frac_compare(factor, od_frac_int(1)) > 0 ? node->at : blame;
    if (!q->lost) {
        od_query_run(q, node->child, inner);
        od_query_map_haps(q, &map, start);
    }
    q->blame = blame;
}

struct od_frac
od_query_factor_of(struct od_query *q, const struct od_mini *node, const struct od_mini *value)
{
    if (!value->is_number || !value->is_exact || value->exact.num < 0) {
        od_query_fail(q, value->at, "factor", "expected a number from 0 here");
        return od_frac_int(0);
    }
    if (value->exact.num == 0) {
        return od_frac_int(0);
    }
    return node->slow ? od_frac_div(node->factor, value->exact, &q->lost)
                      : od_frac_mul(node->factor, value->exact, &q->lost);
}

static void
run_fast(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    if (node->n_args == 0) {
        run_faster(q, node, node->factor, span);
        return;
    }
    size_t start = q->count;
    run_spans(q, node->args[0], span);
    size_t end = q->count;
    for (size_t i = start; i < end && !q->failed; i++) {
        struct od_span part = q->haps[i].part;
        struct od_frac factor = od_query_factor_of(q, node, q->haps[i].atom);
        if (factor.num > 0) {
            run_faster(q, node, factor, part);
        }
    }
    od_query_drop_haps(q, start, end);
}

static void
run_repeat(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    struct od_frac times = od_frac_int(node->times);
    size_t blame = q->blame;
    struct od_query_pieces pieces = {
        .rest = {od_frac_mul(span.begin, times, &q->lost), od_frac_mul(span.end, times, &q->lost)}};
    q->blame = node->times > 1 ? node->at : blame;
    while (!q->lost && !q->failed && od_query_next_piece(&pieces)) {
        struct od_query_map map = {od_frac_int(pieces.cycle - pieces.cycle / node->times),
                                   {1, node->times}};
        struct od_span inner = {od_frac_sub(pieces.piece.begin, map.shift, &q->lost),
                                od_frac_sub(pieces.piece.end, map.shift, &q->lost)};
        size_t start = q->count;
        od_query_run(q, node->child, inner);
        od_query_map_haps(q, &map, start);
    }
    q->blame = blame;
}

static void
run_drop(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    size_t kept = q->count;
    od_query_run(q, node->child, span);
    uint64_t key = od_chance_mix(q->key, node->chance);
    for (size_t i = kept; i < q->count; i++) {
        if (od_chance_at(key, q->haps[i].whole.begin) >= node->drop) {
            q->haps[kept++] = q->haps[i];
        }
    }
    q->count = kept;
}

static void
run_tail(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    size_t start = q->count;
    od_query_run(q, node->child, span);
    size_t middle = q->count, kept = middle;
    for (size_t i = start; i < middle && !q->failed; i++) {
        struct od_hap hap = q->haps[i];
        od_query_run(q, node->args[0], hap.whole);
        for (size_t j = kept; j < q->count; j++) {
            struct od_hap tail = q->haps[j];
            struct od_hap both = {hap.whole, hap.part, hap.atom, tail.atom};
            if (od_query_overlap(hap.part, tail.part, &both.part)) {
                q->haps[kept++] = both;
            }
        }
        q->count = q->failed ? q->count : kept;
    }
    od_query_drop_haps(q, start, middle);
}

/* ---- all of them ------------------------------------------------------------------------------
 */

/* What chooses among, or cuts, what its child says looks at when that is. */
static bool
needs_spans(const struct od_mini *node)
{
    return node->kind == OD_MINI_EUCLID || node->kind == OD_MINI_DROP ||
           node->kind == OD_MINI_TAIL || node->kind == OD_MINI_RANGE;
}

void
od_query_run(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    int64_t values[3] = {0, 1, 0};
    size_t before = q->count;
    od_query_work(q, 1, node->at);
    if (q->failed) {
        return;
    }
    bool values_only = q->values_only;
    q->values_only = values_only && !needs_spans(node);
    switch (node->kind) {
    case OD_MINI_ATOM:
        run_atom(q, node, span);
        break;
    case OD_MINI_REST:
        break;
    case OD_MINI_SEQ:
        run_sequence(q, node, span);
        break;
    case OD_MINI_STACK:
        run_stack(q, node, span);
        break;
    case OD_MINI_CHOOSE:
        run_choice(q, node, span);
        break;
    case OD_MINI_FAST:
        run_fast(q, node, span);
        break;
    case OD_MINI_EUCLID:
        od_query_run_euclid(q, node, 0, values, span);
        break;
    case OD_MINI_REPEAT:
        run_repeat(q, node, span);
        break;
    case OD_MINI_DROP:
        run_drop(q, node, span);
        break;
    case OD_MINI_TAIL:
        run_tail(q, node, span);
        break;
    case OD_MINI_RANGE:
        od_query_run_range(q, node, span);
        break;
    }
    q->values_only = values_only;
    if (q->lost) {
        od_query_fail(q, node->at, "overflow",
                      "the times in here need fractions that are too long");
    }
    od_query_work(q, q->count > before ? q->count - before : 0, node->at);
}

bool
od_query_span(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    q->count = 0;
    q->blame = 0;
    q->values_only = false;
    od_query_run(q, node, span);
    if (q->failed) {
        q->count = 0;
    }
    return !q->failed;
}

static int
compare_onsets(const void *a, const void *b)
{
    const struct od_hap *x = a, *y = b;
    return od_frac_compare(x->whole.begin, y->whole.begin);
}

/* Insertion keeps the order of those that begin together; where much is out of order the array is
 * merged by halves. */
static void
sort_haps(struct od_hap *haps, size_t n, struct od_hap *room)
{
    if (n <= 8) {
        for (size_t i = 1; i < n; i++) {
            struct od_hap hap = haps[i];
            size_t j = i;
            for (; j > 0 && compare_onsets(&haps[j - 1], &hap) > 0; j--) {
                haps[j] = haps[j - 1];
            }
            haps[j] = hap;
        }
        return;
    }
    size_t half = n / 2, i = 0, j = half;
    sort_haps(haps, half, room);
    sort_haps(haps + half, n - half, room);
    if (compare_onsets(&haps[half - 1], &haps[half]) <= 0) {
        return;
    }
    memcpy(room, haps, n * sizeof *haps);
    for (size_t k = 0; k < n; k++) {
        bool left = j == n || (i < half && compare_onsets(&room[i], &room[j]) <= 0);
        haps[k] = left ? room[i++] : room[j++];
    }
}

static bool
are_sorted(const struct od_hap *haps, size_t n)
{
    size_t i = 1;
    while (i < n && compare_onsets(&haps[i - 1], &haps[i]) <= 0) {
        i++;
    }
    return i >= n;
}

bool
od_query_cycle(struct od_query *q, const struct od_mini *node, int64_t n)
{
    if (!od_query_span(q, node, (struct od_span){od_frac_int(n), od_frac_int(n + 1)})) {
        return false;
    }
    size_t kept = 0;
    for (size_t i = 0; i < q->count; i++) {
        if (od_frac_equal(q->haps[i].whole.begin, q->haps[i].part.begin)) {
            if (kept < i) {
                q->haps[kept] = q->haps[i];
            }
            kept++;
        }
    }
    q->count = kept;
    if (2 * kept > q->capacity) {
        struct od_hap *haps = realloc(q->haps, 2 * kept * sizeof *haps);
        if (haps == NULL) {
            od_query_fail_memory(q);
            return false;
        }
        q->haps = haps;
        q->capacity = 2 * kept;
    }
    if (!are_sorted(q->haps, kept)) {
        sort_haps(q->haps, kept, q->haps + kept);
    }
    return true;
}

bool
od_query_moment(struct od_query *q, const struct od_mini *node, struct od_frac time)
{
    q->count = 0;
    q->blame = 0;
    q->values_only = true;
    od_query_run(q, node, (struct od_span){time, time});
    if (q->failed) {
        q->count = 0;
    }
    return !q->failed;
}

void
od_query_clear(struct od_query *q)
{
    free(q->haps);
    q->haps = NULL;
    q->count = q->capacity = 0;
}
