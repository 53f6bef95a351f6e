#include "pattern/silence.h"

#include <string.h>

/* What there is to hear. */
struct found {
    const struct od_sheet_track *first; /* of all */
    const struct od_sheet_track *muted; /* the first that would play */
    bool heard;
};

static bool
is_audible(bool mute, bool solo, bool any_solo)
{
    return any_solo ? solo : !mute;
}

/* A line that a scene says anew is the scene's. */
static bool
any_line_solo(const struct od_sheet *text, const struct od_sheet_part *part)
{
    const struct od_buf *lists[] = {&part->lines,
                                    &OD_SHEET_AT(text->parts, struct od_sheet_part, 0)->lines};
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < OD_SHEET_COUNT(*lists[l], struct od_sheet_line); i++) {
            const struct od_sheet_line *line = OD_SHEET_AT(*lists[l], struct od_sheet_line, i);
            if (od_sheet_find_line(text, part, &line->name)->solo) {
                return true;
            }
        }
    }
    return false;
}

/* Solo is among its like: tracks of SuperDirt, or of MIDI. */
static bool
any_track_solo(const struct od_sheet_part *part, bool midi)
{
    for (size_t i = 0; i < OD_SHEET_COUNT(part->tracks, struct od_sheet_track); i++) {
        const struct od_sheet_track *track = OD_SHEET_AT(part->tracks, struct od_sheet_track, i);
        if (track->solo && (track->channel >= 0) == midi) {
            return true;
        }
    }
    return false;
}

static void
look_at_part(struct found *found, const struct od_sheet *text, const struct od_sheet_part *part)
{
    bool solos[] = {any_track_solo(part, false), any_track_solo(part, true)};
    bool line_solo = any_line_solo(text, part);
    for (size_t i = 0; i < OD_SHEET_COUNT(part->tracks, struct od_sheet_track); i++) {
        const struct od_sheet_track *track = OD_SHEET_AT(part->tracks, struct od_sheet_track, i);
        const struct od_sheet_line *line =
            track->line.length > 0 ? od_sheet_find_line(text, part, &track->line) : NULL;
        bool audible = is_audible(track->mute, track->solo, solos[track->channel >= 0]) &&
                       (line == NULL || is_audible(line->mute, line->solo, line_solo));
        found->first = found->first != NULL ? found->first : track;
        found->heard = found->heard || (track->plays && audible);
        if (track->plays && found->muted == NULL) {
            found->muted = track;
        }
    }
}

/* A track of words that come to nothing was told as that. */
static bool
is_said(const struct od_sheet_track *track)
{
    const struct od_diag_list *diags = &track->input->diags;
    for (size_t i = 0; i < diags->count; i++) {
        if (strcmp(diags->items[i].code, "silent") == 0) {
            return true;
        }
    }
    return false;
}

void
od_silence_judge(const struct od_sheet *text, struct od_sheet_input *input)
{
    struct found found = {.first = NULL};
    for (size_t i = 0; i < OD_SHEET_COUNT(text->parts, struct od_sheet_part); i++) {
        look_at_part(&found, text, OD_SHEET_AT(text->parts, struct od_sheet_part, i));
    }
    if (found.heard) {
        return;
    }
    if (found.first == NULL) {
        od_sheet_say(input, OD_WARNING, 0, "silent",
                     "nothing is heard of this text: it has no track, as in kick: s \"bd*4\"");
    } else if (found.muted != NULL) {
        od_sheet_say(found.muted->input, OD_WARNING, found.muted->id.at, "silent",
                     "nothing is heard of this text: every track that plays is muted");
    } else if (!is_said(found.first)) {
        od_sheet_say(found.first->input, OD_WARNING, found.first->id.at, "silent",
                     "nothing is heard of this text: no track plays anything");
    }
}
