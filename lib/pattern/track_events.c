/* When a track's events begin, after how many cycles they come round, and what all of them share.
 */
#include "pattern/track.h"
#include "pattern/track_work.h"

/* ---- when events begin ------------------------------------------------------------------------
 */

struct od_track_field *
od_track_find_structure(struct od_track_work *work)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        if (work->fields[i].value->kind == OD_VALUE_PATTERN) {
            return &work->fields[i];
        }
    }
    struct od_track_field *base = od_track_is_midi(work) ? work->note : work->s;
    if (base != NULL && base->value->kind == OD_VALUE_SIGNAL) {
        OD_TRACK_FAIL(work, base->value->at, "structure",
                      "nothing says when this is played: a pattern does, as in note \"c4 e4\"");
        return NULL;
    }
    return base;
}

static void
add_column(struct od_track_work *work, struct od_track_field *field)
{
    const struct od_sheet_value *value = field->value;
    bool words =
        value->name.kind == OD_NAME_NOTE || value->name.kind == OD_NAME_UP ||
        (value->name.kind == OD_NAME_PARAM && od_params[value->name.param].type == OD_PARAM_INT);
    struct od_steps_column *column = &work->columns[work->n_columns];
    *column = (struct od_steps_column){.key = od_track_key_of(work, value), .whole = words};
    if (value->kind == OD_VALUE_SIGNAL) {
        column->signal = &value->signal;
    } else {
        column->node = value->node;
    }
    field->column = (int)work->n_columns++;
}

void
od_track_add_columns(struct od_track_work *work, struct od_track_field *structure)
{
    if (structure == NULL) {
        return;
    }
    add_column(work, structure);
    for (size_t i = 0; i < work->n_fields; i++) {
        struct od_track_field *field = &work->fields[i];
        if (field != structure && field->value->kind != OD_VALUE_CONSTANT) {
            add_column(work, field);
        }
    }
}

static void
fail_query(struct od_track_work *work)
{
    const struct od_query *q = &work->query;
    work->failed = true;
    if (q->out_of_memory) {
        work->writer->out_of_memory = true;
    } else {
        od_sheet_say(work->track->input, OD_ERROR, q->at, q->code, "%s", q->error);
    }
}

static struct od_steps_column
column_of(const struct od_track_work *work, const struct od_track_message *message)
{
    return (struct od_steps_column){.node = message->value->node,
                                    .key = od_track_key_of(work, message->value)};
}

/* Of the notes and of all messages together. */
static void
find_period(struct od_track_work *work)
{
    struct od_steps_column all[2 * 64];
    size_t n = 0, most = sizeof all / sizeof all[0];
    int64_t cut;
    for (; n < work->n_columns && n < most; n++) {
        all[n] = work->columns[n];
    }
    for (size_t i = 0; i < work->n_messages && n < most; i++) {
        all[n++] = column_of(work, &work->messages[i]);
    }
    if (work->n_columns + work->n_messages > most) {
        OD_TRACK_FAIL(work, work->track->id.at, "too-many", "more than %zu patterns in one track",
                      most);
        return;
    }
    if (!od_steps_period(&work->query, all, n, &work->cycles, &cut)) {
        fail_query(work);
    } else if (cut == INT64_MAX) {
        od_sheet_say(
            work->track->input, OD_WARNING, work->track->id.at, "period",
            "this comes round after more bars than can be counted; after %d it begins anew",
            OD_STEPS_CYCLES);
    } else if (cut > 0) {
        od_sheet_say(work->track->input, OD_WARNING, work->track->id.at, "period",
                     "this comes round after %lld bars; after %d it begins anew", (long long)cut,
                     OD_STEPS_CYCLES);
    }
}

static bool
make_steps(struct od_track_work *work, struct od_steps *steps,
           const struct od_steps_column *columns, size_t n)
{
    if (!od_steps_make(steps, &work->query, columns, n, work->cycles, work->shift)) {
        fail_query(work);
        return false;
    }
    if (steps->n > work->writer->events) {
        OD_TRACK_FAIL(work, columns[0].node->at, "too-many", "more than %zu events in this session",
                      OD_TRACK_EVENTS);
        work->writer->full = true;
        return false;
    }
    work->writer->events -= steps->n;
    return true;
}

static bool
all_repeat(const struct od_track_work *work, int64_t cycles)
{
    bool repeat = work->n_columns == 0 || od_steps_repeat(work->notes, cycles);
    for (size_t i = 0; i < work->n_messages && repeat; i++) {
        repeat = od_steps_repeat(&work->messages[i].steps, cycles);
    }
    return repeat;
}

/* What is worked out from the text may be a multiple of what is heard. */
static void
shorten(struct od_track_work *work)
{
    for (int64_t cycles = 1; cycles < work->cycles; cycles++) {
        if (work->cycles % cycles == 0 && all_repeat(work, cycles)) {
            od_steps_cut(work->notes, cycles);
            for (size_t i = 0; i < work->n_messages; i++) {
                od_steps_cut(&work->messages[i].steps, cycles);
            }
            work->cycles = cycles;
            return;
        }
    }
}

static const struct od_mini *
first_word(const struct od_mini *node)
{
    if (node->kind == OD_MINI_ATOM) {
        return node;
    }
    const struct od_mini *found = node->child != NULL ? first_word(node->child) : NULL;
    for (size_t i = 0; i < node->n_steps && found == NULL; i++) {
        found = first_word(node->steps[i].node);
    }
    return found;
}

/* A track of rests is meant to be silent; one of words that come to nothing hardly is. */
static void
judge_silence(struct od_track_work *work)
{
    const struct od_track_field *silent = NULL;
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct od_track_field *field = &work->fields[i];
        const struct od_mini *node = field->column >= 0 ? field->value->node : NULL;
        bool sound = field == work->s || field == work->note;
        if (node != NULL && sound && field->column == 0 && first_word(node) == NULL) {
            return;
        }
        if (node != NULL && (silent == NULL || first_word(node) == NULL)) {
            silent = field;
        }
    }
    if (silent != NULL) {
        od_sheet_say(work->track->input, OD_WARNING, silent->value->at, "silent",
                     "'%.*s' plays nothing: with this no event is left",
                     OD_TRACK_SHOW(work->track->id));
    }
}

static void
judge_messages(struct od_track_work *work)
{
    for (size_t i = 0; i < work->n_messages; i++) {
        const struct od_sheet_value *value = work->messages[i].value;
        if (work->messages[i].steps.n == 0 && first_word(value->node) != NULL) {
            od_sheet_say(work->track->input, OD_WARNING, value->at, "silent",
                         "'%.*s' sends nothing: of this no message is left",
                         OD_TRACK_SHOW(value->word));
        }
    }
}

void
od_track_make_events(struct od_track_work *work)
{
    find_period(work);
    if (!work->failed && work->n_columns > 0) {
        make_steps(work, work->notes, work->columns, work->n_columns);
    }
    for (size_t i = 0; i < work->n_messages && !work->failed; i++) {
        struct od_steps_column column = column_of(work, &work->messages[i]);
        make_steps(work, &work->messages[i].steps, &column, 1);
    }
    if (!work->failed) {
        shorten(work);
        if (work->n_columns > 0 && work->notes->n == 0) {
            judge_silence(work);
        }
        judge_messages(work);
    }
}

/* ---- what all of them share ------------------------------------------------------------------
 */

void
od_track_find_constants(struct od_track_work *work)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        struct od_track_field *field = &work->fields[i];
        bool same = od_track_is_plain(work, field) || field == work->n || field == work->s;
        if (field->column < 0 || !same || work->notes->n == 0) {
            continue;
        }
        struct od_cell first = *od_track_cell_at(work, field, 0);
        for (size_t row = 1; row < work->notes->n && same; row++) {
            same = od_cell_equal(&first, od_track_cell_at(work, field, row));
        }
        if (same) {
            field->column = -1;
            field->constant = first;
        }
    }
}

void
od_track_find_sound(struct od_track_work *work)
{
    if (work->s == NULL || od_track_is_midi(work)) {
        return;
    }
    if (work->s->column < 0) {
        work->sound = work->s->constant;
    } else if (work->notes->n > 0) {
        work->sound = *od_track_cell_at(work, work->s, 0);
    } else {
        work->sound = (struct od_cell){.atom = first_word(work->s->value->node)};
    }
    work->tails = work->n == NULL || work->n < work->s;
}
