#include "smf/list.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "smf/gm.h"
#include "smf/smf.h"

#define CHANGES_SHOWN 4  /* of a list that may be long */
#define NAME_WIDTH    40 /* columns */

/* What a voice has in the part that is wanted. */
struct summary {
    int lowest, highest; /* notes */
    int program;         /* the first, which may be chosen before; -1: none is chosen */
    size_t notes;
    size_t changes, others; /* to another program; messages that are no notes */
};

static struct summary
summary_of(const struct od_smf_song *song, const struct od_smf_voice *voice)
{
    struct summary summary = {.lowest = OD_GM_NOTES, .highest = -1, .program = -1};
    const struct od_smf_act *acts = od_smf_acts_of(song, voice);
    int program = -1;
    int64_t first = song->begin > 0 ? song->begin : -1; /* a program at it replaces one before */
    for (size_t i = 0; i < voice->n && acts[i].at < song->end; i++) {
        const struct od_smf_act *act = &acts[i];
        bool before = act->at < song->begin;
        summary.notes += act->kind == OD_SMF_NOTE && !before;
        summary.others += act->kind != OD_SMF_NOTE && !before;
        if (act->kind == OD_SMF_NOTE && !before) {
            summary.lowest = act->number < summary.lowest ? act->number : summary.lowest;
            summary.highest = act->number > summary.highest ? act->number : summary.highest;
        } else if (act->kind == OD_SMF_PROGRAM || act->kind == OD_SMF_BANK) {
            summary.program = act->at <= first || program < 0 ? act->value : summary.program;
            summary.changes += act->at > first && program >= 0 && program != act->value;
            program = act->value;
        }
    }
    return summary;
}

static double
slowest_and_fastest(const struct od_smf_grid *grid, bool fastest)
{
    uint32_t quarter = od_smf_segment_at(grid, 0)->quarter;
    for (size_t i = 1; i < od_smf_n_segments(grid); i++) {
        uint32_t other = od_smf_segment_at(grid, i)->quarter;
        quarter = (other < quarter) == fastest ? other : quarter;
    }
    return OD_SMF_MINUTE / quarter;
}

static double
seconds_of(struct od_smf_song *song)
{
    int64_t parts = od_smf_grid_time(&song->grid, song->last);
    return od_smf_grid_seconds(&song->grid, parts - od_smf_grid_time(&song->grid, song->begin));
}

/* ---- for people ---- */

static void
put_metres(const struct od_smf_grid *grid, struct od_buf *out)
{
    size_t n = od_smf_n_bars(grid);
    for (size_t i = 0; i < n && i < CHANGES_SHOWN; i++) {
        const struct od_smf_bars *bars = od_smf_bars_at(grid, i);
        od_buf_printf(out, i == 0 ? "%u/%u" : ", %u/%u", bars->beats, 1u << bars->unit);
        if (i > 0) {
            od_buf_printf(out, " from bar %lld", (long long)bars->first);
        }
    }
    if (n > CHANGES_SHOWN) {
        od_buf_printf(out, ", and %zu more", n - CHANGES_SHOWN);
    }
}

static void
put_tempi(const struct od_smf_grid *grid, struct od_buf *out)
{
    size_t n = od_smf_n_segments(grid);
    double slowest = slowest_and_fastest(grid, false);
    double fastest = slowest_and_fastest(grid, true);
    if (slowest < fastest) {
        od_buf_printf(out, "%.5g to %.5g bpm (%zu tempi)", slowest, fastest, n);
    } else {
        od_buf_printf(out, "%.5g bpm", slowest);
    }
}

static void
put_note(int note, struct od_buf *out)
{
    static const char *const names[] = {"C",  "C#", "D",  "D#", "E",  "F",
                                        "F#", "G",  "G#", "A",  "A#", "B"};
    char text[16];
    snprintf(text, sizeof text, "%s%d", names[note % 12], note / 12 - 1);
    od_buf_printf(out, "  %-4s", text);
}

static int
width_of(const char *name)
{
    int width = 0;
    size_t length;
    for (const char *end = name + strlen(name); name < end; name += length) {
        length = od_utf8_length(name, end);
        width += (int)od_utf8_columns(od_utf8_decode(name, length));
    }
    return width;
}

static int
widest(const struct od_smf_song *song)
{
    int most = 4;
    for (size_t i = 0; i < od_smf_n_voices(song); i++) {
        int width = width_of(od_smf_voice_at(song, i)->name);
        most = width > most ? width : most;
    }
    return most < NAME_WIDTH ? most : NAME_WIDTH;
}

/* Of drums a program is the kit. */
static void
put_program(const struct od_smf_voice *voice, const struct summary *summary, struct od_buf *out)
{
    bool drums = voice->channel == OD_SMF_DRUMS;
    od_buf_printf(out, drums ? "  drums" : "");
    if (summary->program >= 0 && (!drums || summary->program > 0 || summary->changes > 0)) {
        const char *name = od_gm_program_name((unsigned)summary->program);
        od_buf_printf(out, drums ? ", kit %d" : "  %d %s", summary->program, name);
    }
    if (summary->changes > 0) {
        od_buf_printf(out, ", and %zu more", summary->changes);
    }
}

/* In so many columns: a longer one is cut. */
static void
put_name(const char *name, int width, struct od_buf *out)
{
    bool whole = width_of(name) <= width;
    int left = whole ? width : width - 1;
    for (const char *end = name + strlen(name); name < end;) {
        size_t length = od_utf8_length(name, end);
        int columns = (int)od_utf8_columns(od_utf8_decode(name, length));
        if (columns > left) {
            break;
        }
        od_buf_append(out, name, length);
        left -= columns;
        name += length;
    }
    od_buf_printf(out, "%s%*s", whole ? "" : "…", left, "");
}

static void
put_voice(const struct od_smf_song *song, size_t i, int width, struct od_buf *out)
{
    const struct od_smf_voice *voice = od_smf_voice_at(song, i);
    struct summary summary = summary_of(song, voice);
    od_buf_printf(out, "%4zu  ", i + 1);
    put_name(voice->name, width, out);
    od_buf_printf(out, "  %7u  %6zu", voice->channel + 1, summary.notes);
    if (summary.notes > 0) {
        put_note(summary.lowest, out);
        put_note(summary.highest, out);
    } else {
        od_buf_printf(out, "%12s", "");
    }
    put_program(voice, &summary, out);
    while (out->length > 0 && out->data[out->length - 1] == ' ') {
        out->length--;
    }
    od_buf_printf(out, "\n");
}

void
od_smf_list_text(struct od_smf_song *song, const char *name, struct od_buf *out)
{
    double seconds = seconds_of(song);
    size_t n = od_smf_n_tracks(song->file);
    int width = widest(song);
    int64_t last = od_smf_grid_bar_at(&song->grid, song->last - 1);
    int64_t first = od_smf_grid_bar_at(&song->grid, song->begin);
    od_buf_printf(out, "%s: format %u, %lld ticks to a quarter note, %zu track%s\n", name,
                  song->file->format, (long long)song->file->division, n, n == 1 ? "" : "s");
    od_buf_printf(out, "%lld bar%s, %lld steps, %.3f s, ", (long long)last - (long long)first + 1,
                  last == first ? "" : "s", (long long)song->steps, seconds);
    put_tempi(&song->grid, out);
    od_buf_printf(out, ", ");
    put_metres(&song->grid, out);
    od_buf_printf(out, "\n\n   #  %-*s  channel   notes  from  to    program\n", width, "name");
    for (size_t i = 0; i < od_smf_n_voices(song); i++) {
        if (!od_smf_voice_at(song, i)->left_out) {
            put_voice(song, i, width, out);
        }
    }
}

/* ---- for programs ---- */

static void
put_tempi_json(const struct od_smf_grid *grid, struct od_buf *out)
{
    od_buf_printf(out, ", \"tempi\": [");
    for (size_t i = 0; i < od_smf_n_segments(grid); i++) {
        const struct od_smf_segment *segment = od_smf_segment_at(grid, i);
        od_buf_printf(out, i == 0 ? "[" : ", [");
        od_buf_double(out, (double)segment->at / OD_SMF_TICK_UNITS);
        od_buf_printf(out, ", ");
        od_buf_double(out, OD_SMF_MINUTE / segment->quarter);
        od_buf_printf(out, "]");
    }
    od_buf_printf(out, "], \"signatures\": [");
    for (size_t i = 0; i < od_smf_n_bars(grid); i++) {
        const struct od_smf_bars *bars = od_smf_bars_at(grid, i);
        od_buf_printf(out, "%s[%lld, %u, %u]", i == 0 ? "" : ", ", (long long)bars->first,
                      bars->beats, 1u << bars->unit);
    }
    od_buf_printf(out, "]");
}

static void
put_voice_json(const struct od_smf_song *song, size_t i, struct od_buf *out)
{
    const struct od_smf_voice *voice = od_smf_voice_at(song, i);
    struct summary summary = summary_of(song, voice);
    od_buf_printf(out, i == 0 ? "{\"name\": " : ", {\"name\": ");
    od_buf_json_string(out, voice->name);
    od_buf_printf(out, ", \"number\": %zu, \"track\": %zu, \"channel\": %u, \"notes\": %zu", i + 1,
                  voice->track + 1, voice->channel, summary.notes);
    if (summary.notes > 0) {
        od_buf_printf(out, ", \"lowest\": %d, \"highest\": %d", summary.lowest, summary.highest);
    }
    if (summary.program >= 0) {
        od_buf_printf(out, ", \"program\": %d", summary.program);
    }
    od_buf_printf(out, ", \"other_events\": %zu, \"chosen\": %s}", summary.others,
                  voice->left_out ? "false" : "true");
}

static void
put_findings_json(const struct od_smf_file *file, struct od_buf *out)
{
    bool any = false;
    od_buf_printf(out, "], \"warnings\": [");
    for (int i = 0; i < OD_SMF_FINDING_COUNT; i++) {
        struct od_buf text = {0};
        if (file->found[i].count == 0) {
            continue;
        }
        od_smf_say(file, (enum od_smf_finding)i, &text);
        od_buf_append(&text, "", 1);
        od_buf_printf(out, any ? ", " : "");
        if (text.failed) {
            out->failed = true;
        } else {
            od_buf_json_string(out, (const char *)text.data);
        }
        od_buf_clear(&text);
        any = true;
    }
    od_buf_printf(out, "]}\n");
}

void
od_smf_list_json(struct od_smf_song *song, const char *name, struct od_buf *out)
{
    const struct od_smf_grid *grid = &song->grid;
    int64_t last = od_smf_grid_bar_at(grid, song->last - 1);
    int64_t first = od_smf_grid_bar_at(grid, song->begin);
    od_buf_printf(out, "{\"file\": ");
    od_buf_json_string(out, name);
    od_buf_printf(out,
                  ", \"format\": %u, \"division\": %lld, \"bars\": %lld, \"steps\": %lld, "
                  "\"seconds\": ",
                  song->file->format, (long long)song->file->division,
                  (long long)last - (long long)first + 1, (long long)song->steps);
    od_buf_double(out, seconds_of(song));
    put_tempi_json(grid, out);
    od_buf_printf(out, ", \"tracks\": [");
    for (size_t i = 0; i < od_smf_n_voices(song); i++) {
        put_voice_json(song, i, out);
    }
    put_findings_json(song->file, out);
}
