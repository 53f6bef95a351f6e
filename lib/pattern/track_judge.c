/* What is told of a track that can be played, but hardly as it was meant. */
#include <string.h>

#include "pattern/track.h"
#include "pattern/track_work.h"

#define LOW 12 /* notes below it are no tones to the ear */

/* What the line of a track has instead of the track. */
static bool
is_of_line(const struct od_sheet_value *value)
{
    return value->name.kind == OD_NAME_PARAM && !value->mod &&
           ((od_params[value->name.param].where & OD_SPATIAL) != 0 ||
            value->name.param == OD_PARAM_ORBIT);
}

void
od_track_judge_line(const struct od_track_work *work)
{
    const struct od_sheet_word *line = &work->track->line;
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
