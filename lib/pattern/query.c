#include "pattern/query.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern/chance.h"

#define LARGEST 9007199254740992.0 /* up to here every whole number is a double */

static void run(struct od_query *q, const struct od_mini *node, struct od_span span);

/* Where the spans of what is found are needed, whatever is asked for. */
static void
run_spans(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    bool before = q->values_only;
    q->values_only = false;
    run(q, node, span);
    q->values_only = before;
}

static void fail(struct od_query *q, size_t at, const char *code, const char *format, ...)
    OD_PRINTF(4, 5);

static void
fail(struct od_query *q, size_t at, const char *code, const char *format, ...)
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

static void
fail_memory(struct od_query *q)
{
    q->out_of_memory = true;
    fail(q, 0, "memory", "out of memory");
}

static void
work(struct od_query *q, size_t amount, size_t at)
{
    if (q->work < amount) {
        fail(q, q->blame != 0 ? q->blame : at, "too-much",
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

/* What both have. A moment at the very end of a span is no part of it. */
static bool
overlap(struct od_span a, struct od_span b, struct od_span *out)
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

/* A span taken cycle by cycle: `while (next_piece(&pieces))`. */
struct pieces {
    struct od_span rest, piece;
    int64_t cycle; /* that `piece` lies in */
    bool done;
};

static bool
next_piece(struct pieces *pieces)
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

static struct od_hap *
push(struct od_query *q, const struct od_hap *hap, size_t at)
{
    if (q->failed) {
        return NULL;
    }
    if (q->count == OD_QUERY_EVENTS) {
        fail(q, q->blame != 0 ? q->blame : at, "too-many", "more than %zu events in one cycle",
             OD_QUERY_EVENTS);
        return NULL;
    }
    if (q->count == q->capacity) {
        size_t capacity = q->capacity == 0 ? 64 : 2 * q->capacity;
        struct od_hap *haps = realloc(q->haps, capacity * sizeof *haps);
        if (haps == NULL) {
            fail_memory(q);
            return NULL;
        }
        q->haps = haps;
        q->capacity = capacity;
    }
    q->haps[q->count] = *hap;
    return &q->haps[q->count++];
}

/* Drops those of from..to, which others were found with. */
static void
drop_haps(struct od_query *q, size_t from, size_t to)
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

/* Time in a child becomes time outside it: (t + shift)·scale. */
struct map {
    struct od_frac shift, scale;
};

static struct od_frac
map_time(struct od_query *q, const struct map *map, struct od_frac time)
{
    struct od_frac moved = map->shift.num == 0 ? time : od_frac_add(time, map->shift, &q->lost);
    return od_frac_mul(moved, map->scale, &q->lost);
}

/* Where one ends the next one mostly begins: that time is not worked out again. */
static void
map_haps(struct od_query *q, const struct map *map, size_t from)
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
    struct pieces pieces = {.rest = span};
    struct od_hap hap = {.atom = node};
    if (q->values_only) {
        push(q, &hap, node->at);
        return;
    }
    while (!q->failed && next_piece(&pieces)) {
        hap.whole.begin = od_frac_int(pieces.cycle);
        hap.whole.end = od_frac_int(pieces.cycle + 1);
        hap.part = pieces.piece;
        push(q, &hap, node->at);
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
    work(q, 2, word->at);
    if (!q->values_only) {
        bool *lost = &q->lost;
        struct od_frac base = od_frac_mul(od_frac_int(cycle), node->total, lost);
        struct od_frac begin = od_frac_add(base, step->begin, lost);
        struct od_frac end = od_frac_add(begin, step->weight, lost);
        hap.whole.begin = od_frac_div(begin, node->total, lost);
        hap.whole.end = od_frac_div(end, node->total, lost);
        hap.part = hap.whole;
    }
    push(q, &hap, word->at);
    return true;
}

/* What a sequence says at a moment. */
static void
run_sequence_at(struct od_query *q, const struct od_mini *node, struct od_frac time)
{
    bool *lost = &q->lost;
    struct od_frac cycle = od_frac_int(od_frac_floor(time));
    struct od_frac at = od_frac_mul(od_frac_sub(time, cycle, lost), node->total, lost);
    if (q->lost) {
        return;
    }
    const struct od_mini_step *step = &node->steps[find_step(node, at)];
    if (!push_word(q, node, step, cycle.num)) {
        struct od_frac inside = od_frac_sub(at, step->begin, lost);
        inside = od_frac_add(cycle, od_frac_div(inside, step->weight, lost), lost);
        run(q, step->node, (struct od_span){inside, inside});
    }
}

/* From a step's own cycle to its place in the sequence's. */
static struct map
step_map(struct od_query *q, const struct od_mini *node, const struct od_mini_step *step,
         int64_t cycle)
{
    struct od_frac base = od_frac_mul(od_frac_int(cycle), node->total, &q->lost);
    struct od_frac begin = od_frac_add(base, step->begin, &q->lost);
    begin = od_frac_div(begin, step->weight, &q->lost);
    return (struct map){od_frac_sub(begin, od_frac_int(cycle), &q->lost),
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
    run(q, step->node, inner);
    struct map map = step_map(q, node, step, cycle);
    map_haps(q, &map, start);
}

static void
run_sequence(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    struct pieces pieces = {.rest = span};
    if (q->values_only) {
        run_sequence_at(q, node, span.begin);
        return;
    }
    while (!q->failed && next_piece(&pieces)) {
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
        run(q, node->steps[i].node, span);
    }
}

static void
run_choice(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    struct pieces pieces = {.rest = span};
    uint64_t key = od_chance_mix(q->key, node->chance);
    while (!q->failed && next_piece(&pieces)) {
        double chance = od_chance_at(key, od_frac_int(pieces.cycle));
        size_t i = (size_t)(chance * (double)node->n_steps);
        run(q, node->steps[i].node, pieces.piece);
    }
}

static void
run_faster(struct od_query *q, const struct od_mini *node, struct od_frac factor,
           struct od_span span)
{
    size_t start = q->count, blame = q->blame;
    struct map map = {od_frac_int(0), od_frac_div(od_frac_int(1), factor, &q->lost)};
    struct od_span inner = {od_frac_mul(span.begin, factor, &q->lost), {0, 1}};
    inner.end = is_moment(span) ? inner.begin : od_frac_mul(span.end, factor, &q->lost);
    q->blame = od_frac_compare(factor, od_frac_int(1)) > 0 ? node->at : blame;
    if (!q->lost) {
        run(q, node->child, inner);
        map_haps(q, &map, start);
    }
    q->blame = blame;
}

/* The factor that a pattern of factors says; 0: silence. */
static struct od_frac
factor_of(struct od_query *q, const struct od_mini *node, const struct od_mini *value)
{
    if (!value->is_number || !value->is_exact || value->exact.num < 0) {
        fail(q, value->at, "factor", "expected a number from 0 here");
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
        struct od_frac factor = factor_of(q, node, q->haps[i].atom);
        if (factor.num > 0) {
            run_faster(q, node, factor, part);
        }
    }
    drop_haps(q, start, end);
}

static void
run_repeat(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    struct od_frac times = od_frac_int(node->times);
    size_t blame = q->blame;
    struct pieces pieces = {
        .rest = {od_frac_mul(span.begin, times, &q->lost), od_frac_mul(span.end, times, &q->lost)}};
    q->blame = node->times > 1 ? node->at : blame;
    while (!q->lost && !q->failed && next_piece(&pieces)) {
        struct map map = {od_frac_int(pieces.cycle - pieces.cycle / node->times), {1, node->times}};
        struct od_span inner = {od_frac_sub(pieces.piece.begin, map.shift, &q->lost),
                                od_frac_sub(pieces.piece.end, map.shift, &q->lost)};
        size_t start = q->count;
        run(q, node->child, inner);
        map_haps(q, &map, start);
    }
    q->blame = blame;
}

static void
run_drop(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    size_t kept = q->count;
    run(q, node->child, span);
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
    run(q, node->child, span);
    size_t middle = q->count, kept = middle;
    for (size_t i = start; i < middle && !q->failed; i++) {
        struct od_hap hap = q->haps[i];
        run(q, node->args[0], hap.whole);
        for (size_t j = kept; j < q->count; j++) {
            struct od_hap tail = q->haps[j];
            struct od_hap both = {hap.whole, hap.part, hap.atom, tail.atom};
            if (overlap(hap.part, tail.part, &both.part)) {
                q->haps[kept++] = both;
            }
        }
        q->count = q->failed ? q->count : kept;
    }
    drop_haps(q, start, middle);
}

/* ---- rhythms ----------------------------------------------------------------------------------
 */

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
    work(q, (size_t)n, at);
    unsigned char *bits = q->failed ? NULL : od_arena_alloc(q->arena, (size_t)n);
    if (bits == NULL || !od_query_rhythm(k < 0 ? -k : k, n, bits)) {
        if (!q->failed) {
            fail_memory(q);
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
    if (!overlap(whole, piece, &part)) {
        return;
    }
    run(q, node->child, whole);
    for (size_t i = kept; i < q->count && !q->failed; i++) {
        struct od_hap hap = q->haps[i];
        hap.whole = whole;
        if (overlap(part, hap.part, &hap.part)) {
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
    struct pieces pieces = {.rest = span};
    while (bits != NULL && !q->failed && !q->lost && next_piece(&pieces)) {
        struct od_frac base = od_frac_int(pieces.cycle), steps = od_frac_int(n);
        struct od_frac from = od_frac_sub(pieces.piece.begin, base, &q->lost);
        int64_t first = od_frac_floor(od_frac_mul(from, steps, &q->lost));
        for (int64_t i = first; i < n && !q->failed; i++) {
            struct od_span whole = {od_frac_add(base, od_frac_make(i, n, &q->lost), &q->lost),
                                    od_frac_add(base, od_frac_make(i + 1, n, &q->lost), &q->lost)};
            if (i > first && od_frac_compare(whole.begin, pieces.piece.end) >= 0) {
                break;
            }
            work(q, 1, node->at);
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
        fail(q, value->at, "range", "expected a whole number%s here", i == 1 ? " from 1" : "");
        return false;
    }
    values[i] = value->exact.num;
    if (i == 1 && llabs(values[0]) > values[1]) {
        fail(q, value->at, "range", "%lld of %lld steps is more than there are",
             (long long)llabs(values[0]), (long long)values[1]);
        return false;
    }
    return true;
}

/* Argument by argument: each piece of time in which the earlier ones do not change. */
static void
run_euclid(struct od_query *q, const struct od_mini *node, size_t i, int64_t values[3],
           struct od_span span)
{
    if (i == node->n_args) {
        run_rhythm(q, node, values, span);
        return;
    }
    if (node->args[i]->kind == OD_MINI_ATOM) {
        if (rhythm_number(q, node->args[i], i, values)) {
            run_euclid(q, node, i + 1, values, span);
        }
        return;
    }
    size_t start = q->count;
    run(q, node->args[i], span);
    size_t end = q->count;
    for (size_t j = start; j < end && !q->failed; j++) {
        struct od_span part = q->haps[j].part;
        if (rhythm_number(q, q->haps[j].atom, i, values)) {
            run_euclid(q, node, i + 1, values, part);
        }
    }
    drop_haps(q, start, end);
}

/* ---- ranges -----------------------------------------------------------------------------------
 */

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
        fail_memory(q);
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
        fail(q, hap.atom->at, "range", "a range is of numbers, at most %lld of them",
             (long long)OD_MINI_MOST);
        return;
    }
    int64_t n = (int64_t)length + 1;
    work(q, (size_t)n, node->at);
    const struct od_mini *numbers = q->failed ? NULL : find_numbers(q, node, first, last, n);
    struct pieces pieces = {.rest = hap.part};
    while (numbers != NULL && !q->failed && !q->lost && next_piece(&pieces)) {
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
            if (overlap(one, hap.whole, &number.whole) &&
                overlap(one, pieces.piece, &number.part)) {
                push(q, &number, node->at);
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
    struct map map = {{0, 1}, length};
    struct od_frac turns = od_frac_div(from.whole.begin, length, &q->lost);
    map.shift = od_frac_sub(turns, od_frac_int(cycle), &q->lost);
    struct od_span inner = {
        od_frac_sub(od_frac_div(from.part.begin, length, &q->lost), map.shift, &q->lost),
        od_frac_sub(od_frac_div(from.part.end, length, &q->lost), map.shift, &q->lost)};
    size_t start = q->count;
    if (q->lost || !from.atom->is_number) {
        fail(q, from.atom->at, "number", "a range is of numbers");
        return;
    }
    run(q, node->args[0], inner);
    size_t end = q->count;
    for (size_t i = start; i < end && !q->failed; i++) {
        run_numbers(q, node, from.atom->number, q->haps[i]);
    }
    drop_haps(q, start, end);
    map_haps(q, &map, start);
    size_t kept = start;
    for (size_t i = start; i < q->count && !q->failed; i++) {
        struct od_hap hap = q->haps[i];
        if (overlap(hap.whole, from.whole, &hap.whole) && overlap(hap.part, from.part, &hap.part)) {
            q->haps[kept++] = hap;
        }
    }
    q->count = kept;
}

static void
run_range(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    size_t start = q->count;
    run(q, node->child, span);
    size_t end = q->count;
    for (size_t i = start; i < end && !q->failed; i++) {
        run_range_from(q, node, q->haps[i]);
    }
    drop_haps(q, start, end);
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

static void
run(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    int64_t values[3] = {0, 1, 0};
    size_t before = q->count;
    work(q, 1, node->at);
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
        run_euclid(q, node, 0, values, span);
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
        run_range(q, node, span);
        break;
    }
    q->values_only = values_only;
    if (q->lost) {
        fail(q, node->at, "overflow", "the times in here need fractions that are too long");
    }
    work(q, q->count > before ? q->count - before : 0, node->at);
}

bool
od_query_span(struct od_query *q, const struct od_mini *node, struct od_span span)
{
    q->count = 0;
    q->blame = 0;
    q->values_only = false;
    run(q, node, span);
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
            fail_memory(q);
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
    run(q, node, (struct od_span){time, time});
    if (q->failed) {
        q->count = 0;
    }
    return !q->failed;
}

/* ---- how long until it comes round ------------------------------------------------------------
 */

static struct od_frac
both_periods(struct od_frac a, struct od_frac b, bool *lost)
{
    return *lost ? a : od_frac_lcm(a, b, lost);
}

#define LONGEST 256 /* cycles in which the values of a pattern of factors are looked for */

/* A child under a pattern of factors: each factor that there is has a period of its own. */
static struct od_frac
period_of_factors(struct od_query *q, const struct od_mini *node, struct od_frac child,
                  bool *chance, bool *lost)
{
    bool random = false;
    struct od_frac period = od_query_period(q, node->args[0], &random, lost);
    *chance = *chance || random;
    struct od_frac cycles = both_periods(period, od_frac_int(random ? 16 : 1), lost);
    *lost = *lost || cycles.num > LONGEST;
    struct od_span all = {od_frac_int(0), cycles};
    if (*lost || !od_query_span(q, node->args[0], all)) {
        return child;
    }
    size_t count = q->count;
    for (size_t i = 0; i < count && !*lost; i++) {
        struct od_frac factor = factor_of(q, node, q->haps[i].atom);
        if (factor.num > 0) {
            period = both_periods(period, od_frac_div(child, factor, lost), lost);
        }
    }
    return period;
}

static struct od_frac
period_of_parts(struct od_query *q, const struct od_mini *node, bool *chance, bool *lost)
{
    struct od_frac period = {0, 1};
    for (size_t i = 0; i < node->n_steps; i++) {
        struct od_frac part = od_query_period(q, node->steps[i].node, chance, lost);
        period = i == 0 ? part : both_periods(period, part, lost);
    }
    return period;
}

struct od_frac
od_query_period(struct od_query *q, const struct od_mini *node, bool *chance, bool *lost)
{
    struct od_frac one = od_frac_int(1), period = one;
    switch (node->kind) {
    case OD_MINI_ATOM:
    case OD_MINI_REST:
        return period;
    case OD_MINI_SEQ:
    case OD_MINI_CHOOSE:
        *chance = *chance || node->kind == OD_MINI_CHOOSE;
        period = period_of_parts(q, node, chance, lost);
        break;
    case OD_MINI_STACK:
        return period_of_parts(q, node, chance, lost);
    case OD_MINI_FAST:
        period = od_query_period(q, node->child, chance, lost);
        return node->n_args > 0 ? period_of_factors(q, node, period, chance, lost)
                                : od_frac_div(period, node->factor, lost);
    case OD_MINI_DROP:
        *chance = true;
        return od_query_period(q, node->child, chance, lost);
    case OD_MINI_EUCLID:
    case OD_MINI_REPEAT:
    case OD_MINI_TAIL:
    case OD_MINI_RANGE:
        period = od_query_period(q, node->child, chance, lost);
        for (size_t i = 0; i < node->n_args; i++) {
            struct od_frac arg = od_query_period(q, node->args[i], chance, lost);
            period = both_periods(period, arg, lost);
        }
        break;
    }
    return both_periods(period, one, lost); /* these tell cycles apart: it is a whole number */
}

void
od_query_clear(struct od_query *q)
{
    free(q->haps);
    q->haps = NULL;
    q->count = q->capacity = 0;
}
