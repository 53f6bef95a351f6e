/* What is told of a track that can be played, but hardly as it was meant. */
#include <float.h>
#include <math.h>
#include <stdio.h>

#include "pattern/track.h"
#include "pattern/track_work.h"

#define ORBITS 12 /* SuperDirt's */
#define LOW    12 /* notes below it are no tones to the ear */

/* What the line of a track has instead of the track. */
static bool
is_of_line(const struct od_sheet_value *value)
{
    return value->name.kind == OD_NAME_PARAM && !value->mod &&
           ((od_params[value->name.param].where & OD_SPATIAL) != 0 ||
            value->name.param == OD_PARAM_ORBIT);
}

/* `hall 0.3` */
static bool
names_line(const struct od_track_work *work, const struct od_sheet_value *value)
{
    return value->name.kind == OD_NAME_EXTRA &&
           od_sheet_find_line(work->writer->text, work->part, &value->word) != NULL;
}

void
od_track_judge_line(const struct od_track_work *work)
{
    const struct od_sheet_word *line = &work->track->line;
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct od_sheet_word *word = &work->fields[i].value->word;
        if (names_line(work, work->fields[i].value)) {
            od_sheet_say(work->track->input, OD_WARNING, word->at, "unknown-name",
                         "'%.*s' is sent as it is; to the line it is 'send %.*s 0.3'",
                         OD_TRACK_SHOW(*word), OD_TRACK_SHOW(*word));
        }
    }
    for (size_t i = 0; i < work->n_fields && line->length > 0; i++) {
        const struct od_sheet_value *value = work->fields[i].value;
        if (work->fields[i].live && is_of_line(value)) {
            od_sheet_say(work->track->input, OD_WARNING, value->word.at, "line-counts",
                         "'%.*s' is not heard: the track is on '%.*s', and what that line says "
                         "counts; say it there, or 'send' to the line instead",
                         OD_TRACK_SHOW(value->word), OD_TRACK_SHOW(*line));
        }
    }
}

/* Who comes from Tidal counts semitones from middle C. */
void
od_track_judge_notes(const struct od_track_work *work)
{
    bool low = work->note != NULL && work->up == NULL && work->notes->n > 0;
    for (size_t row = 0; low && row < work->notes->n; row++) {
        const struct od_mini *atom = od_track_cell_at(work, work->note, row)->atom;
        low = atom != NULL && atom->is_number && atom->number >= 0 && atom->number < LOW;
    }
    if (low) {
        od_sheet_say(work->track->input, OD_WARNING, work->note->value->at, "low",
                     "notes are MIDI's numbers, 60 is c4: these are too low to be heard; semitones "
                     "from middle C are said by %s",
                     od_track_is_midi(work) ? "note c4 up \"0 3 7\"" : "up \"0 3 7\"");
    }
}

/* What is odd about a value, or NULL. Of most the compiler says the same, where a session has them.
 */
static const char *
doubt(const struct od_track_work *work, const struct od_name *name, double x)
{
    if (name->kind == OD_NAME_VELOCITY) {
        return x > 1 ? "'velocity' is 0..1 (MIDI's 127 is 1 here)" : NULL;
    }
    if (name->kind == OD_NAME_NUDGE) {
        return fabs(x) > 2 && fabs(x) <= OD_TRACK_NUDGE
                   ? "'nudge' is in seconds: 0.02 is a little late"
                   : NULL;
    }
    if (name->kind == OD_NAME_GATE) {
        return x == 0 ? "a gate of 0 makes no sound; without one a sample rings to its end" : NULL;
    }
    if (name->kind != OD_NAME_PARAM) {
        return NULL;
    }
    switch (name->param) {
    case OD_PARAM_GAIN:
        return x < 0 || x > 2 ? "'gain' is a factor, 0..2: 1 is as loud as it is" : NULL;
    case OD_PARAM_CUTOFF:
        return x < 20 ? "'cutoff' is in Hz: below 20 nothing is heard" : NULL;
    case OD_PARAM_PAN:
        return x < 0 || x > 1 ? "'pan' is 0 (left) to 1 (right), 0.5 in the middle" : NULL;
    case OD_PARAM_SPEED:
        return x == 0 ? "at speed 0 a sound never ends in SuperDirt" : NULL;
    case OD_PARAM_LEGATO:
        return x == 0 ? "legato 0 makes no sound: nothing is heard of what lasts 0 s" : NULL;
    case OD_PARAM_ORBIT:
        return work->track->line.length == 0 && (x < 0 || x >= ORBITS)
                   ? "SuperDirt has orbits 0..11 and wraps around"
                   : NULL;
    default:
        return NULL;
    }
}

static const char *
doubt_at(const struct od_track_work *work, const struct od_track_field *field, size_t row,
         double *x)
{
    const struct od_cell *cell = od_track_cell_at(work, field, row);
    *x = cell->atom == NULL ? cell->number : cell->atom->number;
    bool sent = (cell->atom == NULL || cell->atom->is_number) && fabs(*x) <= (double)FLT_MAX;
    return sent ? doubt(work, &field->value->name, *x) : NULL;
}

static void
say_odd(const struct od_track_work *work, size_t at, const char *what, double x, size_t n,
        size_t rows)
{
    char found[48] = "", more[64] = "";
    if (x < 0 || x > 0) {
        snprintf(found, sizeof found, ", found %g", x);
    }
    if (rows > 1) {
        snprintf(more, sizeof more, ", in %zu of %zu events", n, rows);
    }
    od_sheet_say(work->track->input, OD_WARNING, at, "odd", "%s%s%s", what, found, more);
}

/* Of each value the first event that is odd, and how many are. */
void
od_track_judge_values(const struct od_track_work *work)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct od_track_field *field = &work->fields[i];
        const char *what = NULL;
        size_t n = 0, at = 0, rows = field->column < 0 ? 1 : work->notes->n;
        double x, first = 0;
        for (size_t row = 0; row < rows && field->live; row++) {
            const char *found = doubt_at(work, field, row, &x);
            if (found != NULL && n++ == 0) {
                const struct od_cell *cell = od_track_cell_at(work, field, row);
                what = found;
                first = x;
                at = cell->atom != NULL ? cell->atom->at : field->value->at;
            }
        }
        if (n > 0) {
            say_odd(work, at, what, first, n, rows);
        }
    }
}
