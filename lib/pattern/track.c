#include "pattern/track.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "pattern/chance.h"
#include "pattern/query.h"
#include "pattern/steps.h"

#define SHOWN       40
#define WORK        ((size_t)10000000) /* of one track: half a second */
#define MIDDLE_C    60
#define NUDGE_MAX   60.0 /* seconds */
#define SIGNAL_MOST 4096 /* steps of a modulation */

/* A parameter of the track's events. */
struct field {
    const struct od_sheet_value *value;
    int column;              /* of the notes' steps; -1: `constant` is its value */
    struct od_cell constant; /* or, once all is known, the value that all events have */
    bool live;               /* no later value is of the same name */
};

/* A message of a MIDI track that a pattern says: its own events. */
struct message {
    const struct od_sheet_value *value;
    struct od_steps steps;
};

struct work {
    struct od_track_writer *writer;
    const struct od_sheet_part *part;
    const struct od_sheet_track *track;
    struct od_query query;
    struct field *fields;
    size_t n_fields;
    struct field *s, *n, *note, *up, *velocity, *gate, *legato, *nudge;
    struct od_steps_column *columns;
    size_t n_columns;
    struct od_steps *notes; /* the writer's */
    struct message *messages;
    size_t n_messages;
    struct od_frac shift;
    int64_t cycles;
    struct od_cell sound; /* the track's own `s` */
    bool tails;           /* `s` says numbers (bd:3) that count */
    bool failed;
};

#define SHOW_WORD(word) (int)od_utf8_cut((word).text, (word).length, SHOWN), (word).text

#define FAIL(work, at, ...)                                                                        \
    do {                                                                                           \
        (work)->failed = true;                                                                     \
        od_sheet_say((work)->track->input, OD_ERROR, at, __VA_ARGS__);                             \
    } while (0)

static bool
is_midi(const struct work *work)
{
    return work->track->channel >= 0;
}

static bool
is_message(const struct od_sheet_value *value)
{
    return value->name.kind >= OD_NAME_CC && value->name.kind <= OD_NAME_PROGRAM;
}

static uint64_t
key_of(const struct work *work, const struct od_sheet_value *value)
{
    uint64_t key = od_chance_mix(work->writer->seed, 1);
    key = od_chance_mix_text(key, work->part->scene.text, work->part->scene.length);
    key = od_chance_mix_text(key, work->track->id.text, work->track->id.length);
    return od_chance_mix_text(key, value->word.text, value->word.length);
}

/* ---- which value is which ---------------------------------------------------------------------
 */

static bool
same_name(const struct od_sheet_value *a, const struct od_sheet_value *b)
{
    if (a->name.kind != b->name.kind || a->mod != b->mod) {
        return false;
    }
    switch (a->name.kind) {
    case OD_NAME_PARAM:
        return a->name.param == b->name.param;
    case OD_NAME_CC:
        return a->name.controller == b->name.controller;
    case OD_NAME_EXTRA:
        return od_sheet_word_equal(&a->word, &b->word);
    default:
        return true;
    }
}

static bool
is_overridden(struct work *work, size_t i)
{
    const struct od_sheet_value *value = &work->track->values[i];
    for (size_t j = i + 1; j < work->track->n_values; j++) {
        if (same_name(value, &work->track->values[j])) {
            od_sheet_say(work->track->input, OD_WARNING, value->word.at, "twice",
                         "'%.*s' is said again later in this track; that counts",
                         SHOW_WORD(value->word));
            return true;
        }
    }
    return false;
}

/* What MIDI tracks and SuperDirt's do not have. */
static bool
fits(struct work *work, const struct od_sheet_value *value)
{
    enum od_name_kind kind = value->name.kind;
    bool param = kind == OD_NAME_PARAM || kind == OD_NAME_EXTRA;
    if (!is_midi(work)) {
        if (is_message(value)) {
            FAIL(work, value->word.at, "midi", "'%.*s' is for MIDI tracks: 'midi 1' makes it one",
                 SHOW_WORD(value->word));
        }
        return !is_message(value);
    }
    if (value->mod) {
        FAIL(work, value->word.at, "midi",
             "'mod' is for SuperDirt; a MIDI track says 'cc74 sine 20..110'");
        return false;
    }
    if (param && value->name.param != OD_PARAM_LEGATO) {
        const char *hint = value->name.param == OD_PARAM_GAIN ? "; 'velocity' is how loud" : "";
        hint = value->name.param == OD_PARAM_N ? "; 'note' says what is played" : hint;
        FAIL(work, value->word.at, "midi", "a MIDI track has no '%.*s'%s", SHOW_WORD(value->word),
             hint);
        return false;
    }
    return true;
}

static void
add_shift(struct work *work, const struct od_sheet_value *value)
{
    const struct od_mini *node = value->kind == OD_VALUE_SIGNAL ? NULL : value->node;
    bool lost = false;
    if (node == NULL || node->kind != OD_MINI_ATOM || !node->is_number || !node->is_exact) {
        FAIL(work, value->at, "number", "'%.*s' takes one number of bars for the whole track",
             SHOW_WORD(value->word));
        return;
    }
    struct od_frac shift = node->exact;
    shift.num = value->name.kind == OD_NAME_EARLY ? -shift.num : shift.num;
    work->shift = od_frac_add(work->shift, shift, &lost);
    if (lost) {
        FAIL(work, value->at, "overflow", "this does not fit any fraction");
    }
}

/* A constant's cell: `bd`, or `bd:3`. */
static struct od_cell
cell_of(const struct od_mini *node)
{
    struct od_cell cell = {.atom = node};
    if (node->kind == OD_MINI_TAIL) {
        cell.atom = node->child;
        cell.tail = node->args[0];
    }
    return cell;
}

static void
name_fields(struct work *work)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        struct field *field = &work->fields[i];
        const struct od_name *name = &field->value->name;
        struct field **known = !field->live                     ? NULL
                               : name->kind == OD_NAME_NOTE     ? &work->note
                               : name->kind == OD_NAME_UP       ? &work->up
                               : name->kind == OD_NAME_VELOCITY ? &work->velocity
                               : name->kind == OD_NAME_GATE     ? &work->gate
                               : name->kind == OD_NAME_NUDGE    ? &work->nudge
                               : name->kind != OD_NAME_PARAM    ? NULL
                               : name->param == OD_PARAM_S      ? &work->s
                               : name->param == OD_PARAM_N      ? &work->n
                               : name->param == OD_PARAM_LEGATO ? &work->legato
                                                                : NULL;
        if (known != NULL) {
            *known = field;
        }
    }
}

static bool
sort_values(struct work *work)
{
    const struct od_sheet_track *track = work->track;
    struct od_arena *arena = &work->writer->text->arena;
    work->fields = od_arena_array(arena, track->n_values + 1, sizeof *work->fields);
    work->columns = od_arena_array(arena, track->n_values + 1, sizeof *work->columns);
    work->messages = od_arena_array(arena, track->n_values + 1, sizeof *work->messages);
    if (work->fields == NULL || work->columns == NULL || work->messages == NULL) {
        work->writer->out_of_memory = true;
        return false;
    }
    for (size_t i = 0; i < track->n_values; i++) {
        const struct od_sheet_value *value = &track->values[i];
        enum od_name_kind kind = value->name.kind;
        bool live = !is_overridden(work, i);
        if (!fits(work, value) || value->mod) {
            continue;
        }
        if (kind == OD_NAME_EARLY || kind == OD_NAME_LATE) {
            add_shift(work, value);
        } else if (!is_message(value)) {
            struct field *field = &work->fields[work->n_fields++];
            *field = (struct field){.value = value, .column = -1, .live = live};
            if (value->kind != OD_VALUE_SIGNAL) {
                field->constant = cell_of(value->node);
            }
        } else if (live && value->kind == OD_VALUE_PATTERN) {
            work->messages[work->n_messages++].value = value;
        }
    }
    name_fields(work);
    return !work->failed;
}

/* ---- when events begin ------------------------------------------------------------------------
 */

/* The first pattern; without one a constant, which begins with each cycle. */
static struct field *
find_structure(struct work *work)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        if (work->fields[i].value->kind == OD_VALUE_PATTERN) {
            return &work->fields[i];
        }
    }
    struct field *base = is_midi(work) ? work->note : work->s;
    if (base != NULL && base->value->kind == OD_VALUE_SIGNAL) {
        FAIL(work, base->value->at, "structure",
             "nothing says when this is played: a pattern does, as in note \"c4 e4\"");
        return NULL;
    }
    return base;
}

static void
add_column(struct work *work, struct field *field)
{
    const struct od_sheet_value *value = field->value;
    bool words =
        value->name.kind == OD_NAME_NOTE || value->name.kind == OD_NAME_UP ||
        (value->name.kind == OD_NAME_PARAM && od_params[value->name.param].type == OD_PARAM_INT);
    struct od_steps_column *column = &work->columns[work->n_columns];
    *column = (struct od_steps_column){.key = key_of(work, value), .whole = words};
    if (value->kind == OD_VALUE_SIGNAL) {
        column->signal = &value->signal;
    } else {
        column->node = value->node;
    }
    field->column = (int)work->n_columns++;
}

static void
add_columns(struct work *work, struct field *structure)
{
    if (structure == NULL) {
        return;
    }
    add_column(work, structure);
    for (size_t i = 0; i < work->n_fields; i++) {
        struct field *field = &work->fields[i];
        if (field != structure && field->value->kind != OD_VALUE_CONSTANT) {
            add_column(work, field);
        }
    }
}

static void
fail_query(struct work *work)
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
column_of(const struct work *work, const struct message *message)
{
    return (struct od_steps_column){.node = message->value->node,
                                    .key = key_of(work, message->value)};
}

/* Of the notes and of all messages together. */
static void
find_period(struct work *work)
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
        FAIL(work, work->track->id.at, "too-many", "more than %zu patterns in one track", most);
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
make_steps(struct work *work, struct od_steps *steps, const struct od_steps_column *columns,
           size_t n)
{
    if (!od_steps_make(steps, &work->query, columns, n, work->cycles, work->shift)) {
        fail_query(work);
        return false;
    }
    if (steps->n > work->writer->events) {
        FAIL(work, columns[0].node->at, "too-many", "more than %zu events in this session",
             OD_TRACK_EVENTS);
        work->writer->full = true;
        return false;
    }
    work->writer->events -= steps->n;
    return true;
}

static bool
all_repeat(const struct work *work, int64_t cycles)
{
    bool repeat = work->n_columns == 0 || od_steps_repeat(work->notes, cycles);
    for (size_t i = 0; i < work->n_messages && repeat; i++) {
        repeat = od_steps_repeat(&work->messages[i].steps, cycles);
    }
    return repeat;
}

/* What is worked out from the text may be a multiple of what is heard. */
static void
shorten(struct work *work)
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
judge_silence(struct work *work)
{
    const struct field *silent = NULL;
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct field *field = &work->fields[i];
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
                     SHOW_WORD(work->track->id));
    }
}

static void
make_events(struct work *work)
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
    }
}

/* ---- values -----------------------------------------------------------------------------------
 */

static const struct od_cell *
cell_at(const struct work *work, const struct field *field, size_t row)
{
    const struct od_cell *cells = (const void *)work->notes->cells.data;
    return field->column < 0 ? &field->constant
                             : &cells[row * work->notes->n_columns + (size_t)field->column];
}

static size_t
place_of(const struct od_sheet_value *value, const struct od_cell *cell)
{
    return cell->atom != NULL ? cell->atom->at : value->at;
}

static double
number_of(struct work *work, const struct od_sheet_value *value, const struct od_cell *cell)
{
    const struct od_mini *atom = cell->atom;
    if (atom == NULL) {
        return cell->number;
    }
    if (atom->kind != OD_MINI_ATOM || !atom->is_number) {
        FAIL(work, atom->at, "number", "'%.*s' needs a number, found '%.*s'",
             SHOW_WORD(value->word), SHOW_WORD(*atom));
        return 0;
    }
    if (cell->tail != NULL) {
        FAIL(work, cell->tail->at, "tail", "only a sound has a number after ':', as in bd:3");
    }
    return atom->number;
}

static double
number_within(struct work *work, const struct od_sheet_value *value, const struct od_cell *cell,
              double least, double most)
{
    double number = number_of(work, value, cell);
    if (!(number >= least && number <= most) && !work->failed) {
        if (most >= 1e9) {
            FAIL(work, place_of(value, cell), "range", "'%.*s' is not below %.15g, found %.15g",
                 SHOW_WORD(value->word), least, number);
        } else {
            FAIL(work, place_of(value, cell), "range", "'%.*s' is %.15g..%.15g, found %.15g",
                 SHOW_WORD(value->word), least, most, number);
        }
    }
    return number;
}

static int64_t
whole_within(struct work *work, const struct od_sheet_value *value, const struct od_cell *cell,
             double least, double most)
{
    double number = number_within(work, value, cell, least, most);
    if (work->failed) {
        return 0;
    }
    if (number < (double)(int64_t)number || number > (double)(int64_t)number) {
        FAIL(work, place_of(value, cell), "range", "'%.*s' is a whole number, found %.15g",
             SHOW_WORD(value->word), number);
    }
    return (int64_t)number;
}

static int64_t
note_of(struct work *work, const struct od_sheet_value *value, const struct od_cell *cell)
{
    int note;
    const struct od_mini *atom = cell->atom;
    if (atom == NULL || atom->is_number || atom->kind != OD_MINI_ATOM) {
        return whole_within(work, value, cell, -1e6, 1e6);
    }
    if (cell->tail != NULL) {
        FAIL(work, cell->tail->at, "tail", "only a sound has a number after ':', as in bd:3");
    }
    if (!od_name_note(atom->text, atom->length, &note)) {
        FAIL(work, atom->at, "note", "'%.*s' is no note: a number 0..127, or a name as c4 eb3 f#5",
             SHOW_WORD(*atom));
        return 0;
    }
    return note;
}

/* With `up`, which moves a sound without a note from middle C. */
static int64_t
event_note(struct work *work, size_t row)
{
    int64_t note = MIDDLE_C;
    struct field *last = work->up != NULL ? work->up : work->note;
    if (work->note != NULL) {
        note = note_of(work, work->note->value, cell_at(work, work->note, row));
    }
    if (work->up != NULL) {
        note += whole_within(work, work->up->value, cell_at(work, work->up, row), -1e6, 1e6);
    }
    if ((note < 0 || note > 127) && !work->failed) {
        const struct field *place = work->note != NULL ? work->note : last;
        FAIL(work, place_of(place->value, cell_at(work, place, row)), "range",
             "notes are 0..127, found %lld%s", (long long)note,
             work->up != NULL ? " with 'up'" : "");
    }
    return note;
}

static void
put_number(struct od_buf *out, const struct od_cell *cell, double number)
{
    if (cell->atom != NULL) {
        od_number_double(out, number);
    } else {
        od_number_float(out, (float)number); /* what a signal says is no more exact than is sent */
    }
}

/* The value of a parameter as a session has it. */
static void
put_value(struct work *work, struct od_buf *out, const struct od_sheet_value *value,
          const struct od_cell *cell)
{
    enum od_param param = value->name.param;
    bool extra = value->name.kind == OD_NAME_EXTRA;
    bool word = cell->atom != NULL && cell->atom->text != NULL &&
                (extra ? !cell->atom->is_number : od_params[param].type == OD_PARAM_STRING);
    if (word) {
        if (cell->tail != NULL && param != OD_PARAM_S) {
            FAIL(work, cell->tail->at, "tail", "only a sound has a number after ':', as in bd:3");
        }
        od_track_word(out, &(struct od_sheet_word){cell->atom->text, cell->atom->length, 0});
    } else if (!extra && od_params[param].type == OD_PARAM_STRING) {
        FAIL(work, place_of(value, cell), "word", "'%.*s' needs a word here",
             SHOW_WORD(value->word));
    } else if (!extra && od_params[param].type == OD_PARAM_INT) {
        od_number_integer(out, whole_within(work, value, cell, INT32_MIN, INT32_MAX));
    } else {
        double number = number_of(work, value, cell);
        if (number < -(double)FLT_MAX || number > (double)FLT_MAX) {
            FAIL(work, place_of(value, cell), "range", "numbers that are sent end at 3.4e38");
        }
        put_number(out, cell, number);
    }
}

/* ---- events -----------------------------------------------------------------------------------
 */

static void
put_key(struct od_buf *out, const struct od_sheet_value *value)
{
    if (value->name.ir != NULL) {
        od_buf_text(out, "\"");
        od_buf_text(out, value->name.ir);
        od_buf_text(out, "\":");
    } else {
        od_track_word(out, &value->word);
        od_buf_text(out, ":");
    }
}

static void
put_separator(struct od_buf *out, bool *any)
{
    if (*any) {
        od_buf_text(out, ",");
    }
    *any = true;
}

/* A parameter that is neither `s` nor `n`, which have ways of their own. */
static bool
is_plain(const struct work *work, const struct field *field)
{
    bool param =
        field->value->name.kind == OD_NAME_PARAM || field->value->name.kind == OD_NAME_EXTRA;
    return param && field->live && field != work->s && field != work->n && !is_midi(work);
}

static const struct od_mini *
tail_at(const struct work *work, size_t row)
{
    return work->tails ? cell_at(work, work->s, row)->tail : NULL;
}

static void
put_tail(struct work *work, struct od_buf *out, const struct od_mini *tail)
{
    struct od_cell cell = {.atom = tail};
    od_buf_text(out, "\"n\":");
    od_number_integer(out, whole_within(work, work->s->value, &cell, INT32_MIN, INT32_MAX));
}

/* The event's own parameters; false if it has none. */
static void
put_params(struct work *work, struct od_buf *out, size_t row)
{
    size_t start = out->length;
    bool any = false;
    od_buf_text(out, ",\"params\":{");
    if (work->s->column >= 0 &&
        !od_cell_equal(&(struct od_cell){.atom = work->sound.atom},
                       &(struct od_cell){.atom = cell_at(work, work->s, row)->atom})) {
        put_separator(out, &any);
        od_buf_text(out, "\"s\":");
        put_value(work, out, work->s->value, cell_at(work, work->s, row));
    }
    if (tail_at(work, row) != NULL && work->s->column >= 0) {
        put_separator(out, &any);
        put_tail(work, out, tail_at(work, row));
    } else if (work->n != NULL && work->n->column >= 0) {
        put_separator(out, &any);
        put_key(out, work->n->value);
        put_value(work, out, work->n->value, cell_at(work, work->n, row));
    }
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct field *field = &work->fields[i];
        if (is_plain(work, field) && field->column >= 0) {
            put_separator(out, &any);
            put_key(out, field->value);
            put_value(work, out, field->value, cell_at(work, field, row));
        }
    }
    od_buf_text(out, "}");
    out->length = any ? out->length : start;
}

/* "super…": a synth, which lasts as long as it is told to; a sample as long as it is. */
static bool
is_synth(const struct work *work, size_t row)
{
    const struct od_mini *sound = work->s != NULL ? cell_at(work, work->s, row)->atom : NULL;
    return sound != NULL && sound->length >= 5 && memcmp(sound->text, "super", 5) == 0;
}

static void
put_gate(struct work *work, struct od_buf *out, size_t row, const struct od_onset *onset)
{
    double gate = onset->steps;
    bool said = work->gate != NULL || work->legato != NULL || is_midi(work) || is_synth(work, row);
    if (work->gate != NULL) {
        gate = number_within(work, work->gate->value, cell_at(work, work->gate, row), 0, 1e9);
    }
    if (work->legato != NULL && is_midi(work)) {
        gate *= number_within(work, work->legato->value, cell_at(work, work->legato, row), 0, 1e9);
    }
    if (said) {
        od_buf_text(out, ",\"gate\":");
        od_number_double(out, gate);
    } else if (!work->part->said[OD_SHEET_GATE] &&
               !OD_SHEET_AT(work->writer->text->parts, struct od_sheet_part, 0)
                    ->said[OD_SHEET_GATE]) {
        od_buf_text(out, ",\"gate\":null");
    }
}

static void
put_place(struct od_buf *out, const struct od_onset *onset)
{
    od_buf_text(out, "  {\"step\":");
    od_number_integer(out, onset->step);
    if (onset->offset > 0) {
        od_buf_text(out, ",\"offset\":");
        od_number_double(out, onset->offset);
    }
}

static void
put_note_event(struct work *work, struct od_buf *out, size_t row)
{
    const struct od_onset *onset =
        (const struct od_onset *)(const void *)work->notes->onsets.data + row;
    put_place(out, onset);
    if (work->note != NULL || work->up != NULL) {
        od_buf_text(out, ",\"note\":");
        od_number_integer(out, event_note(work, row));
    }
    if (work->velocity != NULL) {
        const struct od_cell *cell = cell_at(work, work->velocity, row);
        od_buf_text(out, ",\"velocity\":");
        put_number(out, cell, number_within(work, work->velocity->value, cell, 0, 1e9));
    }
    put_gate(work, out, row, onset);
    if (work->nudge != NULL) {
        const struct od_cell *cell = cell_at(work, work->nudge, row);
        double seconds = number_within(work, work->nudge->value, cell, -NUDGE_MAX, NUDGE_MAX);
        od_buf_text(out, ",\"offset_ms\":");
        put_number(out, cell, seconds * 1000);
    }
    if (!is_midi(work)) {
        put_params(work, out, row);
    }
    od_buf_text(out, "}");
}

static void
put_message(struct work *work, struct od_buf *out, const struct od_sheet_value *value,
            const struct od_cell *cell)
{
    bool bend = value->name.kind == OD_NAME_BEND;
    int64_t number = whole_within(work, value, cell, bend ? -8192 : 0, bend ? 8191 : 127);
    put_key(out, value);
    if (value->name.kind == OD_NAME_CC) {
        od_buf_text(out, "{\"");
        od_number_integer(out, value->name.controller);
        od_buf_text(out, "\":");
        od_number_integer(out, number);
        od_buf_text(out, "}");
    } else {
        od_number_integer(out, number);
    }
}

static void
put_sequence(struct work *work, struct od_buf *out)
{
    bool any = false;
    od_track_word(out, &work->track->id);
    od_buf_text(out, ":{\"length\":");
    od_number_integer(out, work->cycles * OD_BAR_STEPS);
    od_buf_text(out, ",\"events\":[\n");
    for (size_t row = 0; row < work->notes->n && !work->failed; row++) {
        od_buf_text(out, any ? ",\n" : "");
        any = true;
        put_note_event(work, out, row);
    }
    for (size_t i = 0; i < work->n_messages; i++) {
        const struct message *message = &work->messages[i];
        const struct od_cell *cells = (const void *)message->steps.cells.data;
        const struct od_onset *onsets = (const void *)message->steps.onsets.data;
        for (size_t row = 0; row < message->steps.n && !work->failed; row++) {
            od_buf_text(out, any ? ",\n" : "");
            any = true;
            put_place(out, &onsets[row]);
            od_buf_text(out, ",");
            put_message(work, out, message->value, &cells[row]);
            od_buf_text(out, "}");
        }
    }
    od_buf_text(out, any ? "\n]}" : "]}");
}

/* ---- the track itself -------------------------------------------------------------------------
 */

/* A pattern that says the same everywhere is a constant: it belongs to the track, where a performer
 * can change it. */
static void
find_constants(struct work *work)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        struct field *field = &work->fields[i];
        bool same = is_plain(work, field) || field == work->n || field == work->s;
        if (field->column < 0 || !same || work->notes->n == 0) {
            continue;
        }
        struct od_cell first = *cell_at(work, field, 0);
        for (size_t row = 1; row < work->notes->n && same; row++) {
            same = od_cell_equal(&first, cell_at(work, field, row));
        }
        if (same) {
            field->column = -1;
            field->constant = first;
        }
    }
}

static void
find_sound(struct work *work)
{
    if (work->s == NULL || is_midi(work)) {
        return;
    }
    if (work->s->column < 0) {
        work->sound = work->s->constant;
    } else if (work->notes->n > 0) {
        work->sound = *cell_at(work, work->s, 0);
    } else {
        work->sound = (struct od_cell){.atom = first_word(work->s->value->node)};
    }
    work->tails = work->n == NULL || work->n < work->s;
}

/* The number of `bd:3` where all are so, and `n` where it is constant. */
static void
put_constant_n(struct work *work, struct od_buf *out, bool *any)
{
    bool tail = work->tails && work->s->column < 0 && work->sound.tail != NULL;
    if (tail) {
        put_separator(out, any);
        put_tail(work, out, work->sound.tail);
    } else if (work->n != NULL && work->n->column < 0) {
        put_separator(out, any);
        put_key(out, work->n->value);
        put_value(work, out, work->n->value, &work->n->constant);
    }
}

enum group {
    GROUP_PARAMS,
    GROUP_FX,
    GROUP_TRACK_FX,
    GROUP_EXTRA,
    GROUPS
};

static enum group
group_of(const struct od_sheet_value *value)
{
    unsigned where = value->name.kind == OD_NAME_PARAM ? od_params[value->name.param].where : 0;
    return value->name.kind == OD_NAME_EXTRA ? GROUP_EXTRA
           : (where & OD_IN_PARAMS) != 0     ? GROUP_PARAMS
           : (where & OD_IN_TRACK_FX) != 0   ? GROUP_TRACK_FX
                                             : GROUP_FX;
}

/* The base that a modulation moves: halfway between the ends, so that it reaches both. */
static double
base_of(const struct work *work, const struct od_sheet_value *value)
{
    const struct od_param_info *info = &od_params[value->name.param];
    const struct od_sheet_track *track = work->track;
    if ((info->where & OD_SPATIAL) != 0 && track->line.length > 0) {
        const struct od_sheet_line *line =
            od_sheet_find_line(work->writer->text, work->part, &track->line);
        const char *key = od_name_line(info->name, strlen(info->name));
        double base = value->name.param == OD_PARAM_SIZE             ? 0.5
                      : value->name.param == OD_PARAM_DRY            ? 1
                      : value->name.param == OD_PARAM_DELAY_TIME     ? 0.375
                      : value->name.param == OD_PARAM_DELAY_FEEDBACK ? 0.4
                                                                     : 0;
        for (size_t i = 0; line != NULL && key != NULL && i < line->n_settings; i++) {
            base = strcmp(line->settings[i].key, key) == 0 ? line->settings[i].value : base;
        }
        return base;
    }
    return (value->signal.low + value->signal.high) / 2;
}

static void
put_group(struct work *work, struct od_buf *out, enum group group, bool *any)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct field *field = &work->fields[i];
        if (is_plain(work, field) && field->column < 0 && group_of(field->value) == group) {
            put_separator(out, any);
            put_key(out, field->value);
            put_value(work, out, field->value, &field->constant);
        }
    }
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        bool on_line = value->mod && work->track->line.length > 0 &&
                       (od_params[value->name.param].where & OD_SPATIAL) != 0;
        if (value->mod && group_of(value) == group && !on_line) {
            put_separator(out, any);
            put_key(out, value);
            od_number_double(out, base_of(work, value));
        }
    }
}

static void
put_groups(struct work *work, struct od_buf *out)
{
    static const char *const names[GROUPS] = {"", ",\"fx\":{", ",\"track_fx\":{",
                                              ",\"extra_params\":{"};
    bool any = true;
    od_buf_text(out, "\"params\":{\"s\":");
    if (work->sound.atom != NULL) {
        put_value(work, out, work->s->value, &work->sound);
    } else {
        od_track_word(out, &work->track->id); /* a rest: there is no sound, but there is a track */
    }
    put_constant_n(work, out, &any);
    put_group(work, out, GROUP_PARAMS, &any);
    for (int g = GROUP_EXTRA; g > GROUP_PARAMS; g--) {
        size_t start = out->length;
        any = false;
        od_buf_text(out, names[g]);
        put_group(work, out, (enum group)g, &any);
        od_buf_text(out, "}");
        out->length = any ? out->length : start;
        if (g == GROUP_EXTRA) {
            od_buf_text(out, "}");
        }
    }
}

/* ---- modulations ------------------------------------------------------------------------------
 */

/* How far from its base, -1..1, a modulation has to be for a value. */
static double
deviation(enum od_param param, double base, double value)
{
    const struct od_param_info *info = &od_params[param];
    double range = info->max - info->min;
    switch (info->modulate) {
    case OD_MODULATE_SCALE:
        return base > 0 ? value / base - 1 : 0;
    case OD_MODULATE_CENTRE:
        return 2 * (value - base) / range;
    default:
        return (value - base) / range;
    }
}

/* The middle of what a controller's value comes from, so that nothing rounds it away. */
static double
controller_deviation(const struct od_sheet_value *value, double number)
{
    bool bend = value->name.kind == OD_NAME_BEND;
    int64_t whole = (int64_t)(number < 0 ? number - 0.5 : number + 0.5);
    double part = (double)whole;
    double x = bend ? (part + (whole < 0   ? -0.5
                               : whole > 0 ? 0.5
                                           : 0)) /
                          8191
                    : 2 * (part + 0.5) / 127 - 1;
    return x < -1 ? -1 : x > 1 ? 1 : x;
}

static void
put_curve(struct work *work, struct od_buf *out, const struct od_sheet_value *value)
{
    bool lost = false;
    struct od_frac period = od_signal_period(&value->signal, &lost);
    struct od_frac steps = od_frac_mul(period, od_frac_int(OD_BAR_STEPS), &lost);
    double base = is_message(value) ? 0 : base_of(work, value);
    uint64_t key = key_of(work, value);
    if (lost || steps.num > SIGNAL_MOST) {
        FAIL(work, value->at, "too-many", "this curve comes round after more than %d steps",
             SIGNAL_MOST);
        return;
    }
    od_buf_text(out, "[");
    for (int64_t step = 0; step < steps.num && !lost; step++) {
        struct od_frac time = od_frac_make(step, OD_BAR_STEPS, &lost);
        double number = od_signal_at(&value->signal, key, time, &lost);
        double x = is_message(value) ? controller_deviation(value, number)
                                     : deviation(value->name.param, base, number);
        od_buf_text(out, step > 0 ? "," : "");
        od_number_float(out, (float)x);
    }
    od_buf_text(out, "]");
    if (lost) {
        FAIL(work, value->at, "overflow", "this does not fit any fraction");
    }
}

static bool
check_modulation(struct work *work, const struct od_sheet_value *value)
{
    enum od_param param = value->name.param;
    const struct od_param_info *info = value->name.kind == OD_NAME_PARAM ? &od_params[param] : NULL;
    if (info == NULL || info->modulate == OD_MODULATE_NOT) {
        FAIL(work, value->word.at, "modulation",
             "'%.*s' cannot be modulated; these can: gain pan speed cutoff resonance hcutoff "
             "hresonance room size dry delay delaytime delayfeedback shape crush attack hold "
             "release",
             SHOW_WORD(value->word));
        return false;
    }
    double least = value->signal.low < value->signal.high ? value->signal.low : value->signal.high;
    double most = value->signal.low < value->signal.high ? value->signal.high : value->signal.low;
    if (least < info->min || most > info->max) {
        FAIL(work, value->at, "range", "'%.*s' can be modulated within %.15g..%.15g",
             SHOW_WORD(value->word), info->min, info->max);
        return false;
    }
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct od_name *name = &work->fields[i].value->name;
        if (name->kind == OD_NAME_PARAM && name->param == param) {
            FAIL(work, work->fields[i].value->word.at, "modulation",
                 "'mod %.*s' says its values already; leave one of them out",
                 SHOW_WORD(value->word));
            return false;
        }
    }
    return true;
}

static bool
check_modulations(struct work *work)
{
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        if (value->mod && !check_modulation(work, value)) {
            return false;
        }
    }
    return true;
}

static void
put_modulations(struct work *work, struct od_buf *out)
{
    size_t start = out->length;
    bool any = false;
    od_buf_text(out, ",\"modulations\":{");
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        if (!value->mod) {
            continue;
        }
        put_separator(out, &any);
        put_key(out, value);
        od_buf_text(out, "{\"target_param\":\"");
        od_buf_text(out, value->name.ir);
        od_buf_text(out, "\",\"signal\":");
        put_curve(work, out, value);
        od_buf_text(out, "}");
    }
    od_buf_text(out, "}");
    out->length = any ? out->length : start;
}

/* ---- MIDI -------------------------------------------------------------------------------------
 */

/* Messages with one value are sent when the track begins. */
static void
put_init(struct work *work, struct od_buf *out)
{
    size_t start = out->length;
    bool any = false, in_cc = false;
    od_buf_text(out, ",\"init\":{");
    for (int pass = 0; pass < 2; pass++) { /* programs and bends, then all controllers as one */
        for (size_t i = 0; i < work->track->n_values; i++) {
            const struct od_sheet_value *value = &work->track->values[i];
            bool cc = value->name.kind == OD_NAME_CC;
            if (!is_message(value) || value->kind != OD_VALUE_CONSTANT || cc != (pass == 1) ||
                is_overridden(work, i)) {
                continue;
            }
            struct od_cell cell = cell_of(value->node);
            if (!cc) {
                put_separator(out, &any);
                put_message(work, out, value, &cell);
                continue;
            }
            if (in_cc) {
                od_buf_text(out, ",\"");
            } else {
                put_separator(out, &any);
                od_buf_text(out, "\"cc\":{\"");
            }
            in_cc = true;
            od_number_integer(out, value->name.controller);
            od_buf_text(out, "\":");
            od_number_integer(out, whole_within(work, value, &cell, 0, 127));
        }
    }
    od_buf_text(out, in_cc ? "}}" : "}");
    out->length = any ? out->length : start;
}

static void
put_midi_curve(struct work *work, struct od_buf *out, const struct od_sheet_value *value)
{
    bool bend = value->name.kind == OD_NAME_BEND;
    double low = bend ? -8192 : 0, high = bend ? 8191 : 127;
    const struct od_signal *signal = &value->signal;
    if (signal->low < low || signal->low > high || signal->high < low || signal->high > high) {
        FAIL(work, value->at, "range", "'%.*s' is %.15g..%.15g", SHOW_WORD(value->word), low, high);
        return;
    }
    od_buf_text(out, "{\"signal\":");
    put_curve(work, out, value);
    od_buf_text(out, "}");
}

static void
put_cc_curves(struct work *work, struct od_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        if (value->name.kind != OD_NAME_CC || value->kind != OD_VALUE_SIGNAL ||
            is_overridden(work, i)) {
            continue;
        }
        od_buf_text(out, any ? ",\"" : ",\"cc_modulations\":{\"");
        any = true;
        od_number_integer(out, value->name.controller);
        od_buf_text(out, "\":");
        put_midi_curve(work, out, value);
    }
    od_buf_text(out, any ? "}" : "");
}

static void
put_midi_curves(struct work *work, struct od_buf *out)
{
    put_cc_curves(work, out);
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        if (!is_message(value) || value->kind != OD_VALUE_SIGNAL ||
            value->name.kind == OD_NAME_CC || is_overridden(work, i)) {
            continue;
        }
        if (value->name.kind == OD_NAME_PROGRAM) {
            FAIL(work, value->at, "program", "a program is chosen by a number or a pattern");
            return;
        }
        od_buf_text(out, value->name.kind == OD_NAME_BEND ? ",\"pitch_bend_modulation\":"
                                                          : ",\"aftertouch_modulation\":");
        put_midi_curve(work, out, value);
    }
}

/* ---- all of it --------------------------------------------------------------------------------
 */

static void
put_midi_track(struct work *work, struct od_buf *out)
{
    od_buf_text(out, "\"channel\":");
    od_number_integer(out, work->track->channel);
    od_buf_text(out, work->track->mute ? ",\"mute\":true" : "");
    od_buf_text(out, work->track->solo ? ",\"solo\":true" : "");
    put_init(work, out);
    put_midi_curves(work, out);
}

static void
put_sends(struct work *work, struct od_buf *out)
{
    for (size_t i = 0; i < work->track->n_sends; i++) {
        const struct od_sheet_send *send = &work->track->sends[i];
        od_buf_text(out, i == 0 ? ",\"sends\":[{\"target\":" : ",{\"target\":");
        od_track_word(out, &send->line);
        od_buf_text(out, ",\"amount\":");
        od_number_double(out, send->amount);
        od_buf_text(out, "}");
    }
    od_buf_text(out, work->track->n_sends > 0 ? "]" : "");
}

static void
put_dirt_track(struct work *work, struct od_buf *out)
{
    const struct od_sheet_track *track = work->track;
    if (track->mute || track->solo) {
        od_buf_text(out, "\"meta\":{");
        od_buf_text(out, track->mute ? "\"mute\":true" : "");
        od_buf_text(out, track->mute && track->solo ? "," : "");
        od_buf_text(out, track->solo ? "\"solo\":true" : "");
        od_buf_text(out, "},");
    }
    put_groups(work, out);
    put_sends(work, out);
    put_modulations(work, out);
}

static bool
check_kind(struct work *work)
{
    const struct od_sheet_track *track = work->track;
    bool messages = false;
    for (size_t i = 0; i < track->n_values; i++) {
        messages = messages || is_message(&track->values[i]);
    }
    if (!is_midi(work) && work->s == NULL) {
        FAIL(work, track->id.at, "missing", "'%.*s' has no sound: s \"bd\", or 'midi 1' for MIDI",
             SHOW_WORD(track->id));
    } else if (is_midi(work) && work->note == NULL && (work->n_fields > 0 || !messages)) {
        FAIL(work, track->id.at, "missing", "the MIDI track '%.*s' plays nothing: note \"c4 e4\"",
             SHOW_WORD(track->id));
    } else if (is_midi(work) && (track->line.length > 0 || track->n_sends > 0)) {
        FAIL(work, track->line.length > 0 ? track->line.at : track->sends[0].line.at, "midi",
             "lines are for SuperDirt, a MIDI track has none");
    }
    return !work->failed;
}

static void
write(struct work *work, struct od_buf *definition, struct od_buf *sequence)
{
    if (!sort_values(work) || !check_kind(work) || !check_modulations(work)) {
        return;
    }
    add_columns(work, find_structure(work));
    if (work->failed) {
        return;
    }
    make_events(work);
    if (work->failed) {
        return;
    }
    find_constants(work);
    find_sound(work);
    od_track_word(definition, &work->track->id);
    od_buf_text(definition, ":{");
    if (is_midi(work)) {
        put_midi_track(work, definition);
    } else {
        put_dirt_track(work, definition);
    }
    od_buf_text(definition, "}");
    put_sequence(work, sequence);
}

bool
od_track_write(struct od_track_writer *writer, const struct od_sheet_part *part,
               const struct od_sheet_track *track, struct od_buf *definition,
               struct od_buf *sequence)
{
    struct work work = {.writer = writer, .part = part, .track = track, .shift = {0, 1}};
    size_t allowed = writer->work < WORK ? writer->work : WORK;
    if (track->broken || writer->full) {
        return false;
    }
    work.query = (struct od_query){.arena = &writer->text->arena,
                                   .work = allowed,
                                   .haps = writer->haps,
                                   .capacity = writer->n_haps};
    work.notes = &writer->notes;
    work.notes->n = 0;
    write(&work, definition, sequence);
    writer->work -= allowed - work.query.work;
    writer->full = writer->full || (work.failed && allowed < WORK && work.query.failed);
    writer->out_of_memory = writer->out_of_memory || definition->failed || sequence->failed;
    writer->haps = work.query.haps;
    writer->n_haps = work.query.capacity;
    for (size_t i = 0; i < work.n_messages; i++) {
        od_steps_clear(&work.messages[i].steps);
    }
    return !work.failed && !writer->out_of_memory;
}

void
od_track_writer_clear(struct od_track_writer *writer)
{
    od_steps_clear(&writer->notes);
    free(writer->haps);
    writer->haps = NULL;
    writer->n_haps = 0;
}

/* A name or a word of a pattern: they hold nothing that JSON would escape. */
void
od_track_word(struct od_buf *out, const struct od_sheet_word *word)
{
    od_buf_text(out, "\"");
    od_buf_append(out, word->text, word->length);
    od_buf_text(out, "\"");
}
