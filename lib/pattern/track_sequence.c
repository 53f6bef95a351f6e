/* The values of a track's events, and its events as a session has them. */
#include <float.h>
#include <string.h>

#include "pattern/foreign.h"
#include "pattern/track.h"
#include "pattern/track_work.h"

#define MIDDLE_C 60

/* ---- values -----------------------------------------------------------------------------------
 */

const struct od_cell *
od_track_cell_at(const struct od_track_work *work, const struct od_track_field *field, size_t row)
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

static void
fail_number(struct od_track_work *work, const struct od_sheet_value *value,
            const struct od_mini *atom)
{
    int note;
    enum od_signal_shape shape;
    const char *hint = od_foreign_unit(atom->text, atom->length);
    if (value->name.kind == OD_NAME_PARAM && value->name.param == OD_PARAM_N &&
        od_name_note(atom->text, atom->length, &note)) {
        hint = "'note' takes notes by name";
    } else if (od_signal_find(atom->text, atom->length, &shape) ||
               od_foreign_signal(atom->text, atom->length) != NULL) {
        hint = "a signal stands without quotes, as in cutoff sine 300..2000";
    }
    OD_TRACK_FAIL(work, atom->at, "number", "'%.*s' needs a number, found '%.*s'%s%s",
                  OD_TRACK_SHOW(value->word), OD_TRACK_SHOW(*atom), hint != NULL ? "; " : "",
                  hint != NULL ? hint : "");
}

static double
number_of(struct od_track_work *work, const struct od_sheet_value *value,
          const struct od_cell *cell)
{
    const struct od_mini *atom = cell->atom;
    if (atom == NULL) {
        return cell->number;
    }
    if (atom->kind != OD_MINI_ATOM || !atom->is_number) {
        fail_number(work, value, atom);
        return 0;
    }
    if (cell->tail != NULL) {
        OD_TRACK_FAIL(work, cell->tail->at, "tail",
                      "only a sound has a number after ':', as in bd:3");
    }
    return atom->number;
}

static double
number_within(struct od_track_work *work, const struct od_sheet_value *value,
              const struct od_cell *cell, double least, double most)
{
    double number = number_of(work, value, cell);
    if (!(number >= least && number <= most) && !work->failed) {
        if (most >= 1e9 && number < least) {
            OD_TRACK_FAIL(work, place_of(value, cell), "range",
                          "'%.*s' is not below %.15g, found %.15g", OD_TRACK_SHOW(value->word),
                          least, number);
        } else {
            OD_TRACK_FAIL(work, place_of(value, cell), "range",
                          "'%.*s' is %.15g..%.15g, found %.15g", OD_TRACK_SHOW(value->word), least,
                          most, number);
        }
    }
    return number;
}

int64_t
od_track_whole_within(struct od_track_work *work, const struct od_sheet_value *value,
                      const struct od_cell *cell, double least, double most)
{
    double number = number_within(work, value, cell, least, most);
    if (work->failed) {
        return 0;
    }
    if (number < (double)(int64_t)number || number > (double)(int64_t)number) {
        OD_TRACK_FAIL(work, place_of(value, cell), "range", "'%.*s' is a whole number, found %.15g",
                      OD_TRACK_SHOW(value->word), number);
    }
    return (int64_t)number;
}

static int64_t
note_of(struct od_track_work *work, const struct od_sheet_value *value, const struct od_cell *cell)
{
    int note;
    const struct od_mini *atom = cell->atom;
    if (atom == NULL || atom->is_number || atom->kind != OD_MINI_ATOM) {
        return od_track_whole_within(work, value, cell, -1e6, 1e6);
    }
    if (cell->tail != NULL) {
        OD_TRACK_FAIL(work, cell->tail->at, "tail",
                      "only a sound has a number after ':', as in bd:3");
    }
    if (!od_name_note(atom->text, atom->length, &note)) {
        OD_TRACK_FAIL(work, atom->at, "note",
                      "'%.*s' is no note: a number 0..127, or a name as c4 eb3 f#5",
                      OD_TRACK_SHOW(*atom));
        return 0;
    }
    return note;
}

/* With `up`, which moves a sound without a note from middle C. */
static int64_t
event_note(struct od_track_work *work, size_t row)
{
    int64_t note = MIDDLE_C;
    struct od_track_field *last = work->up != NULL ? work->up : work->note;
    if (work->note != NULL) {
        note = note_of(work, work->note->value, od_track_cell_at(work, work->note, row));
    }
    if (work->up != NULL) {
        note += od_track_whole_within(work, work->up->value, od_track_cell_at(work, work->up, row),
                                      -1e6, 1e6);
    }
    if ((note < 0 || note > 127) && !work->failed) {
        const struct od_track_field *place = work->note != NULL ? work->note : last;
        OD_TRACK_FAIL(work, place_of(place->value, od_track_cell_at(work, place, row)), "range",
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

void
od_track_put_value(struct od_track_work *work, struct od_buf *out,
                   const struct od_sheet_value *value, const struct od_cell *cell)
{
    enum od_param param = value->name.param;
    bool extra = value->name.kind == OD_NAME_EXTRA;
    bool word = cell->atom != NULL && cell->atom->text != NULL &&
                (extra ? !cell->atom->is_number : od_params[param].type == OD_PARAM_STRING);
    if (word) {
        if (cell->tail != NULL && param != OD_PARAM_S) {
            OD_TRACK_FAIL(work, cell->tail->at, "tail",
                          "only a sound has a number after ':', as in bd:3");
        }
        od_track_word(out, &(struct od_sheet_word){cell->atom->text, cell->atom->length, 0});
    } else if (!extra && od_params[param].type == OD_PARAM_STRING) {
        OD_TRACK_FAIL(work, place_of(value, cell), "word", "'%.*s' needs a word here",
                      OD_TRACK_SHOW(value->word));
    } else if (!extra && od_params[param].type == OD_PARAM_INT) {
        od_number_integer(out, od_track_whole_within(work, value, cell, INT32_MIN, INT32_MAX));
    } else {
        double number = number_of(work, value, cell);
        if (number < -(double)FLT_MAX || number > (double)FLT_MAX) {
            OD_TRACK_FAIL(work, place_of(value, cell), "range",
                          "numbers that are sent end at 3.4e38");
        }
        put_number(out, cell, number);
    }
}

/* ---- events -----------------------------------------------------------------------------------
 */

void
od_track_put_key(struct od_buf *out, const struct od_sheet_value *value)
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

void
od_track_put_separator(struct od_buf *out, bool *any)
{
    if (*any) {
        od_buf_text(out, ",");
    }
    *any = true;
}

bool
od_track_is_plain(const struct od_track_work *work, const struct od_track_field *field)
{
    bool param =
        field->value->name.kind == OD_NAME_PARAM || field->value->name.kind == OD_NAME_EXTRA;
    return param && field->live && field != work->s && field != work->n && !od_track_is_midi(work);
}

static const struct od_mini *
tail_at(const struct od_track_work *work, size_t row)
{
    return work->tails ? od_track_cell_at(work, work->s, row)->tail : NULL;
}

void
od_track_put_tail(struct od_track_work *work, struct od_buf *out, const struct od_mini *tail)
{
    struct od_cell cell = {.atom = tail};
    od_buf_text(out, "\"n\":");
    od_number_integer(out,
                      od_track_whole_within(work, work->s->value, &cell, INT32_MIN, INT32_MAX));
}

/* The event's own parameters; false if it has none. */
static void
put_params(struct od_track_work *work, struct od_buf *out, size_t row)
{
    size_t start = out->length;
    bool any = false;
    od_buf_text(out, ",\"params\":{");
    if (work->s->column >= 0 &&
        !od_cell_equal(&(struct od_cell){.atom = work->sound.atom},
                       &(struct od_cell){.atom = od_track_cell_at(work, work->s, row)->atom})) {
        od_track_put_separator(out, &any);
        od_buf_text(out, "\"s\":");
        od_track_put_value(work, out, work->s->value, od_track_cell_at(work, work->s, row));
    }
    if (tail_at(work, row) != NULL && work->s->column >= 0) {
        od_track_put_separator(out, &any);
        od_track_put_tail(work, out, tail_at(work, row));
    } else if (work->n != NULL && work->n->column >= 0) {
        od_track_put_separator(out, &any);
        od_track_put_key(out, work->n->value);
        od_track_put_value(work, out, work->n->value, od_track_cell_at(work, work->n, row));
    }
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct od_track_field *field = &work->fields[i];
        if (od_track_is_plain(work, field) && field->column >= 0) {
            od_track_put_separator(out, &any);
            od_track_put_key(out, field->value);
            od_track_put_value(work, out, field->value, od_track_cell_at(work, field, row));
        }
    }
    od_buf_text(out, "}");
    out->length = any ? out->length : start;
}

/* "super…": a synth, which lasts as long as it is told to; a sample as long as it is. */
static bool
is_synth(const struct od_track_work *work, size_t row)
{
    const struct od_mini *sound =
        work->s != NULL ? od_track_cell_at(work, work->s, row)->atom : NULL;
    return sound != NULL && sound->length >= 5 && memcmp(sound->text, "super", 5) == 0;
}

static void
put_gate(struct od_track_work *work, struct od_buf *out, size_t row, const struct od_onset *onset)
{
    double gate = onset->steps;
    bool said =
        work->gate != NULL || work->legato != NULL || od_track_is_midi(work) || is_synth(work, row);
    if (work->gate != NULL) {
        gate =
            number_within(work, work->gate->value, od_track_cell_at(work, work->gate, row), 0, 1e9);
    }
    if (work->legato != NULL && od_track_is_midi(work)) {
        gate *= number_within(work, work->legato->value, od_track_cell_at(work, work->legato, row),
                              0, 1e9);
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
put_note_event(struct od_track_work *work, struct od_buf *out, size_t row)
{
    const struct od_onset *onset =
        (const struct od_onset *)(const void *)work->notes->onsets.data + row;
    put_place(out, onset);
    if (work->note != NULL || work->up != NULL) {
        od_buf_text(out, ",\"note\":");
        od_number_integer(out, event_note(work, row));
    }
    if (work->velocity != NULL) {
        const struct od_cell *cell = od_track_cell_at(work, work->velocity, row);
        od_buf_text(out, ",\"velocity\":");
        put_number(out, cell, number_within(work, work->velocity->value, cell, 0, 1e9));
    }
    put_gate(work, out, row, onset);
    if (work->nudge != NULL) {
        const struct od_cell *cell = od_track_cell_at(work, work->nudge, row);
        double seconds =
            number_within(work, work->nudge->value, cell, -OD_TRACK_NUDGE, OD_TRACK_NUDGE);
        od_buf_text(out, ",\"offset_ms\":");
        put_number(out, cell, seconds * 1000);
    }
    if (!od_track_is_midi(work)) {
        put_params(work, out, row);
    }
    od_buf_text(out, "}");
}

void
od_track_put_message(struct od_track_work *work, struct od_buf *out,
                     const struct od_sheet_value *value, const struct od_cell *cell)
{
    bool bend = value->name.kind == OD_NAME_BEND;
    int64_t number = od_track_whole_within(work, value, cell, bend ? -8192 : 0, bend ? 8191 : 127);
    od_track_put_key(out, value);
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

void
od_track_put_sequence(struct od_track_work *work, struct od_buf *out)
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
        const struct od_track_message *message = &work->messages[i];
        const struct od_cell *cells = (const void *)message->steps.cells.data;
        const struct od_onset *onsets = (const void *)message->steps.onsets.data;
        for (size_t row = 0; row < message->steps.n && !work->failed; row++) {
            od_buf_text(out, any ? ",\n" : "");
            any = true;
            put_place(out, &onsets[row]);
            od_buf_text(out, ",");
            od_track_put_message(work, out, message->value, &cells[row]);
            od_buf_text(out, "}");
        }
    }
    od_buf_text(out, any ? "\n]}" : "]}");
}
