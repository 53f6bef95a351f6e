#include "pattern/steps.h"

#include <stdlib.h>
#include <string.h>

/* ---- how long until it comes round ------------------------------------------------------------
 */

bool
od_steps_period(struct od_query *q, const struct od_steps_column *columns, size_t n,
                int64_t *cycles, int64_t *cut)
{
    bool chance = false, lost = false;
    struct od_frac period = {1, 1};
    for (size_t i = 0; i < n && !lost && !q->failed; i++) {
        q->key = columns[i].key;
        struct od_frac own = columns[i].node != NULL
                                 ? od_query_period(q, columns[i].node, &chance, &lost)
                                 : od_signal_period(columns[i].signal, &lost);
        period = lost ? period : od_frac_lcm(period, own, &lost);
    }
    if (chance && !lost) {
        period = od_frac_lcm(period, od_frac_int(OD_STEPS_CHANCE), &lost);
    }
    *cycles = lost ? INT64_MAX : period.num;
    *cut = 0;
    if (*cycles > OD_STEPS_CYCLES) {
        *cut = *cycles;
        *cycles = OD_STEPS_CYCLES;
    }
    return !q->failed;
}

/* ---- events -----------------------------------------------------------------------------------
 */

static struct od_cell *
cells_of(const struct od_steps *steps, size_t row)
{
    return (struct od_cell *)(void *)steps->cells.data + row * steps->n_columns;
}

static struct od_onset *
onset_of(const struct od_steps *steps, size_t row)
{
    return (struct od_onset *)(void *)steps->onsets.data + row;
}

static bool
fail(struct od_query *q, const struct od_steps_column *column, const char *code, const char *error)
{
    if (!q->failed) {
        q->failed = true;
        q->at = column->node->at;
        q->code = code;
        strncpy(q->error, error, sizeof q->error - 1);
    }
    return false;
}

/* Room for `more` rows behind the others, with nothing in it yet. */
static bool
extend(struct od_steps *steps, struct od_query *q, const struct od_steps_column *columns,
       size_t more)
{
    if (steps->n + more > OD_QUERY_EVENTS) {
        return fail(q, columns, "too-many", "more than 100000 events in this track");
    }
    size_t onsets = more * sizeof(struct od_onset);
    size_t cells = more * steps->n_columns * sizeof(struct od_cell);
    if (od_buf_room(&steps->onsets, onsets) == NULL || od_buf_room(&steps->cells, cells) == NULL) {
        q->out_of_memory = true;
        return fail(q, columns, "memory", "out of memory");
    }
    steps->onsets.length += onsets;
    steps->cells.length += cells;
    steps->n += more;
    return true;
}

/* The rows from `first` on are one event as far as is known; now it has as many values as the last
 * query found. */
static bool
multiply(struct od_steps *steps, struct od_query *q, const struct od_steps_column *columns,
         size_t first, size_t column)
{
    size_t rows = steps->n - first, values = q->count, width = steps->n_columns;
    if (values == 0) {
        steps->n = first;
        steps->onsets.length = first * sizeof(struct od_onset);
        steps->cells.length = first * width * sizeof(struct od_cell);
        return true;
    }
    if (rows == 1 && values == 1) {
        cells_of(steps, first)[column] =
            (struct od_cell){.atom = q->haps[0].atom, .tail = q->haps[0].tail};
        return true;
    }
    if (values > 1 && !extend(steps, q, columns, rows * (values - 1))) {
        return false;
    }
    for (size_t row = rows; row-- > 0;) {
        for (size_t v = values; v-- > 0;) {
            size_t to = first + row * values + v;
            memmove(cells_of(steps, to), cells_of(steps, first + row),
                    width * sizeof(struct od_cell));
            *onset_of(steps, to) = *onset_of(steps, first + row);
            cells_of(steps, to)[column] =
                (struct od_cell){.atom = q->haps[v].atom, .tail = q->haps[v].tail};
        }
    }
    return true;
}

static bool
add_event(struct od_steps *steps, struct od_query *q, const struct od_steps_column *columns,
          const struct od_hap *hap)
{
    size_t first = steps->n;
    struct od_frac begin = hap->whole.begin;
    if (!extend(steps, q, columns, 1)) {
        return false;
    }
    *onset_of(steps, first) =
        (struct od_onset){.time = begin, .length = od_frac_sub(hap->whole.end, begin, &q->lost)};
    cells_of(steps, first)[0] = (struct od_cell){.atom = hap->atom, .tail = hap->tail};
    for (size_t c = 1; c < steps->n_columns && steps->n > first; c++) {
        const struct od_steps_column *column = &columns[c];
        q->key = column->key;
        if (column->node != NULL) {
            if (!od_query_moment(q, column->node, begin) ||
                !multiply(steps, q, columns, first, c)) {
                return false;
            }
            continue;
        }
        double number = column->whole
                            ? od_signal_whole(column->signal, column->key, begin, &q->lost)
                            : od_signal_at(column->signal, column->key, begin, &q->lost);
        for (size_t row = first; row < steps->n; row++) {
            cells_of(steps, row)[c] = (struct od_cell){.number = number};
        }
    }
    return true;
}

/* What begins in one cycle. The other columns are asked meanwhile: they get the haps of the cycle
 * before to write over. */
static bool
add_cycle(struct od_steps *steps, struct od_query *q, const struct od_steps_column *columns,
          int64_t cycle)
{
    q->key = columns[0].key;
    if (!od_query_cycle(q, columns[0].node, cycle)) {
        return false;
    }
    struct od_hap *haps = q->haps;
    size_t count = q->count, capacity = q->capacity;
    q->haps = steps->haps;
    q->capacity = steps->capacity;
    q->count = 0;
    steps->haps = haps;
    steps->capacity = capacity;
    for (size_t i = 0; i < count; i++) {
        if (!add_event(steps, q, columns, &haps[i])) {
            return false;
        }
    }
    return true;
}

/* ---- moved ------------------------------------------------------------------------------------
 */

/* Reverses rows from..to. */
static void
reverse(struct od_steps *steps, size_t from, size_t to)
{
    size_t width = steps->n_columns;
    while (to > from + 1) {
        to--;
        struct od_onset onset = *onset_of(steps, from);
        *onset_of(steps, from) = *onset_of(steps, to);
        *onset_of(steps, to) = onset;
        for (size_t c = 0; c < width; c++) {
            struct od_cell cell = cells_of(steps, from)[c];
            cells_of(steps, from)[c] = cells_of(steps, to)[c];
            cells_of(steps, to)[c] = cell;
        }
        from++;
    }
}

/* Moving all of them in a circle leaves their order but for where it begins. */
static void
move(struct od_steps *steps, struct od_frac shift, bool *lost)
{
    struct od_frac cycles = od_frac_int(steps->cycles);
    size_t wrapped = steps->n;
    for (size_t i = 0; i < steps->n; i++) {
        struct od_frac time = od_frac_add(onset_of(steps, i)->time, shift, lost);
        struct od_frac rounds = od_frac_div(time, cycles, lost);
        int64_t whole = od_frac_floor(rounds);
        time = od_frac_sub(time, od_frac_mul(od_frac_int(whole), cycles, lost), lost);
        onset_of(steps, i)->time = time;
        if (i > 0 && wrapped == steps->n &&
            od_frac_compare(time, onset_of(steps, i - 1)->time) < 0) {
            wrapped = i;
        }
    }
    reverse(steps, 0, wrapped);
    reverse(steps, wrapped, steps->n);
    reverse(steps, 0, steps->n);
}

static void
place(struct od_onset *onset, bool *lost)
{
    struct od_frac bar = od_frac_int(OD_BAR_STEPS);
    struct od_frac steps = od_frac_mul(onset->time, bar, lost);
    onset->step = od_frac_floor(steps);
    onset->offset = od_frac_double(od_frac_sub(steps, od_frac_int(onset->step), lost));
    if (onset->offset >= 1) {
        onset->offset = 0x1.fffffffffffffp-1; /* what rounds up to a whole step is no offset */
    }
    onset->steps = od_frac_double(od_frac_mul(onset->length, bar, lost));
}

bool
od_steps_make(struct od_steps *steps, struct od_query *q, const struct od_steps_column *columns,
              size_t n, int64_t cycles, struct od_frac shift)
{
    steps->onsets.length = steps->cells.length = steps->n = 0;
    steps->n_columns = n;
    steps->cycles = cycles;
    for (int64_t cycle = 0; cycle < cycles; cycle++) {
        if (!add_cycle(steps, q, columns, cycle)) {
            break;
        }
    }
    if (!q->failed && shift.num != 0) {
        move(steps, shift, &q->lost);
    }
    for (size_t i = 0; i < steps->n && !q->failed; i++) {
        place(onset_of(steps, i), &q->lost);
    }
    if (q->lost) {
        fail(q, columns, "overflow", "the times in here need fractions that are too long");
    }
    return !q->failed;
}

/* ---- compared ---------------------------------------------------------------------------------
 */

static bool
atoms_equal(const struct od_mini *a, const struct od_mini *b)
{
    if (a == b || a == NULL || b == NULL) {
        return a == b;
    }
    if (a->text == NULL || b->text == NULL) {
        return a->is_number && b->is_number && !(a->number < b->number) && !(a->number > b->number);
    }
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

bool
od_cell_equal(const struct od_cell *a, const struct od_cell *b)
{
    return atoms_equal(a->atom, b->atom) && atoms_equal(a->tail, b->tail) &&
           !(a->number < b->number) && !(a->number > b->number);
}

static bool
rows_equal(const struct od_steps *steps, size_t a, size_t b, int64_t apart)
{
    const struct od_onset *x = onset_of(steps, a), *y = onset_of(steps, b);
    int64_t shift;
    if (x->time.den != y->time.den || __builtin_mul_overflow(apart, x->time.den, &shift) ||
        y->time.num - x->time.num != shift || !od_frac_equal(x->length, y->length)) {
        return false;
    }
    for (size_t c = 0; c < steps->n_columns; c++) {
        if (!od_cell_equal(&cells_of(steps, a)[c], &cells_of(steps, b)[c])) {
            return false;
        }
    }
    return true;
}

bool
od_steps_repeat(const struct od_steps *steps, int64_t cycles)
{
    size_t rounds = (size_t)(steps->cycles / cycles), n = steps->n / rounds;
    if (steps->n % rounds != 0) {
        return false;
    }
    for (size_t i = 0; i + n < steps->n; i++) {
        if (!rows_equal(steps, i, i + n, cycles)) {
            return false;
        }
    }
    return true;
}

void
od_steps_cut(struct od_steps *steps, int64_t cycles)
{
    if (steps->n > 0) {
        steps->n /= (size_t)(steps->cycles / cycles);
    }
    steps->cycles = cycles;
}

void
od_steps_clear(struct od_steps *steps)
{
    od_buf_clear(&steps->onsets);
    od_buf_clear(&steps->cells);
    free(steps->haps);
    *steps = (struct od_steps){0};
}
