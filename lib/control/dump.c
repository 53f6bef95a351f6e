#include "control/dump.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text/param.h"
#include "text/timing.h"

#define BARS        (OD_STEPS / OD_BAR_STEPS)
#define RINGS_SHOWN 16u

static const char *const section_names[] = {
#define SECTION_NAME(name, type) #name,
    OD_SECTION_LIST(SECTION_NAME)
#undef SECTION_NAME
};

/* ',' columns are easier to read than long digits: 1234567 → 1,234,567. */
static void
print_grouped(struct od_buf *out, uint64_t value, int width)
{
    char digits[32];
    char grouped[48];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    int at = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            grouped[at++] = ',';
        }
        grouped[at++] = digits[i];
    }
    grouped[at] = '\0';
    od_buf_printf(out, "%*s", width, grouped);
}

/* Quoted and escaped: a name may hold what a terminal would obey. */
static void
print_text(const struct od_score *score, uint64_t offset, struct od_buf *out)
{
    od_buf_json_string(out, score->strings + offset);
}

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void
print_sections(const struct od_score *score, struct od_buf *out)
{
    od_buf_printf(out, "\n%-12s %10s %6s %12s\n", "section", "records", "each", "bytes");
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        const struct od_score_section *section = &score->header->sections[i];
        od_buf_printf(out, "%-12s ", section_names[i]);
        print_grouped(out, section->count, 10);
        od_buf_printf(out, " %6u ", section->size);
        print_grouped(out, (uint64_t)section->count * section->size, 12);
        od_buf_append(out, "\n", 1);
    }
}

static void
print_flags(uint32_t flags, const char *silent, struct od_buf *out)
{
    od_buf_printf(out, "%s%s%s%s\n", (flags & OD_TRACK_MUTE) != 0 ? ", muted" : "",
                  (flags & OD_TRACK_SOLO) != 0 ? ", solo" : "",
                  (flags & OD_TRACK_LINE_SILENT) != 0 ? ", " : "",
                  (flags & OD_TRACK_LINE_SILENT) != 0 ? silent : "");
}

static void
print_line(const struct od_score *score, uint32_t place, const struct od_score_line *line,
           struct od_buf *out)
{
    od_buf_printf(out, "  line %u ", place);
    print_text(score, line->name, out);
    od_buf_printf(out, ": volume %g, pan %g, room %g, delay %g", line->volume, line->pan,
                  line->room, line->delay_send);
    if (line->orbit != place) {
        od_buf_printf(out, ", orbit %u", line->orbit);
    }
    print_flags(line->flags, "silent", out);
}

/* The string parameter `s`, also of a batch; 0 (no text) if there is none. */
static uint64_t
find_sound(const struct od_score *score, const struct od_score_track *track)
{
    for (uint32_t i = 0; i < track->n_params; i++) {
        const struct od_score_param *param = &score->params[track->first_param + i];
        bool is_s = param->param == OD_PARAM_EXTRA ? strcmp(score->strings + param->name, "s") == 0
                                                   : param->param == OD_PARAM_S;
        if (is_s && param->type == OD_VALUE_STRING) {
            return param->value.string;
        }
    }
    return 0;
}

/* Of a sequence that has one of its own. */
static void
print_length(uint32_t length, struct od_buf *out)
{
    if (length != OD_STEPS) {
        od_buf_printf(out, ", length %u", length);
    }
}

static void
print_track(const struct od_score *score, const struct od_score_part *part, uint32_t place,
            struct od_buf *out)
{
    const struct od_score_track *track = &score->tracks[part->first_track + place];
    od_buf_printf(out, "  track %u ", place);
    print_text(score, track->id, out);
    bool usual = strcmp(score->strings + track->destination, "superdirt") == 0;
    if ((track->flags & OD_TRACK_BATCH) != 0 || !usual) {
        od_buf_printf(out, " to ");
        print_text(score, track->destination, out);
    }
    od_buf_printf(out, ": s ");
    print_text(score, find_sound(score, track), out);
    od_buf_printf(out, ", %u event%s, %u message%s each, %u parameter%s", track->n_events,
                  plural(track->n_events), track->n_messages, plural(track->n_messages),
                  track->n_params, plural(track->n_params));
    print_length(track->length, out);
    if (track->n_owns > 0) {
        od_buf_printf(out, ", %u other%s of events", track->n_owns, plural(track->n_owns));
    }
    if (track->n_mods > 0) {
        od_buf_printf(out, ", %u modulated", track->n_mods);
    }
    if (track->line != OD_SCORE_NONE) {
        od_buf_printf(out, ", line %u", track->line);
    }
    print_flags(track->flags, "its line is silent", out);
}

static void
print_midi_track(const struct od_score *score, uint32_t place,
                 const struct od_score_midi_track *track, struct od_buf *out)
{
    od_buf_printf(out, "  MIDI track %u ", place);
    print_text(score, track->id, out);
    if (score->strings[track->destination] != '\0') {
        od_buf_printf(out, " to ");
        print_text(score, track->destination, out);
    }
    od_buf_printf(out, ": channel %d, velocity %d, transpose %d, %u event%s", track->channel,
                  track->velocity, track->transpose, track->n_events, plural(track->n_events));
    print_length(track->length, out);
    if (track->n_curves > 0) {
        od_buf_printf(out, ", %u controller%s", track->n_curves, plural(track->n_curves));
    }
    uint32_t init = track->n_controls + track->n_sysex;
    if (init > 0) {
        od_buf_printf(out, ", begins with %u message%s", init, plural(init));
    }
    print_flags(track->flags, "", out);
}

static char
count_mark(uint32_t count)
{
    static const char marks[] = ".123456789abcdefghijklmnopqrstuvwxyz";
    return count < sizeof marks - 1 ? marks[count] : '#';
}

/* A bar a line; a mark a step says how many events it has. */
static void
print_ring(const struct od_score *score, const struct od_score_ring *ring, struct od_buf *out)
{
    const uint32_t *index = score->index + ring->first_index;
    uint32_t shown = ring->length < BARS * OD_BAR_STEPS ? ring->length : BARS * OD_BAR_STEPS;
    for (uint32_t bar = 0; bar < shown; bar += OD_BAR_STEPS) {
        od_buf_printf(out, "  %3u ", bar);
        for (uint32_t k = bar; k < bar + OD_BAR_STEPS && k < shown; k++) {
            od_buf_printf(out, "%s%c", k % OD_BEAT_STEPS == 0 ? " " : "",
                          count_mark(index[k + 1] - index[k]));
        }
        od_buf_append(out, "\n", 1);
    }
    if (shown < ring->length) {
        od_buf_printf(out, "  %3u  and so on to step %u\n", shown, ring->length - 1);
    }
}

static void
print_picture(const struct od_score *score, const struct od_score_part *part, struct od_buf *out)
{
    od_buf_printf(out, "  events of each step (. none, a = 10, # = 36 and more)\n");
    for (uint32_t i = 0; i < part->n_rings && i < RINGS_SHOWN; i++) {
        const struct od_score_ring *ring = &score->rings[part->first_ring + i];
        if (part->n_rings > 1 || ring->length != OD_STEPS) {
            od_buf_printf(out, "  of length %u:\n", ring->length);
        }
        print_ring(score, ring, out);
    }
    if (part->n_rings > RINGS_SHOWN) {
        od_buf_printf(out, "  and of %u more lengths\n", part->n_rings - RINGS_SHOWN);
    }
}

static void
print_part(const struct od_score *score, uint32_t at, struct od_buf *out)
{
    const struct od_score_part *part = &score->parts[at];
    if (at == 0) {
        od_buf_printf(out, "\nsession: ");
    } else {
        od_buf_printf(out, "\nscene ");
        print_text(score, part->name, out);
        od_buf_printf(out, ": ");
    }
    od_buf_printf(out, "%g bpm, swing %g, default gate %g, %u event%s\n", part->bpm, part->swing,
                  part->default_gate, part->n_events, plural(part->n_events));
    if ((part->flags & OD_PART_TOP) != 0) {
        od_buf_printf(out, "  from the top\n");
    }
    for (uint32_t i = 0; i < part->n_tempos; i++) {
        const struct od_score_tempo *tempo = &score->tempos[part->first_tempo + i];
        od_buf_printf(out, "  from step %u: %g bpm\n", tempo->step, tempo->bpm);
    }
    for (uint32_t i = 0; i < part->n_lines; i++) {
        print_line(score, i, &score->lines[part->first_line + i], out);
    }
    for (uint32_t i = 0; i < part->n_tracks; i++) {
        print_track(score, part, i, out);
    }
    for (uint32_t i = 0; i < part->n_midi_tracks; i++) {
        print_midi_track(score, part->n_tracks + i, &score->midi_tracks[part->first_midi_track + i],
                         out);
    }
    if (part->n_events == 0) {
        return;
    }
    print_picture(score, part, out);
    od_buf_printf(out, "  densest: step %u with %u message%s; offsets %g to %g ms\n",
                  part->densest_step, part->densest_messages, plural(part->densest_messages),
                  part->min_offset_ms, part->max_offset_ms);
}

static void
print_song(const struct od_score *score, struct od_buf *out)
{
    uint32_t n = score->count[OD_SECTION_SONG];
    uint64_t bars = 0;
    for (uint32_t i = 0; i < n; i++) {
        bars += score->song[i].bars;
    }
    if (n == 0) {
        return;
    }
    od_buf_printf(out, "\nsong: %u %s, ", n, n == 1 ? "entry" : "entries");
    print_grouped(out, bars, 0);
    od_buf_printf(out, " bar%s, then %s\n", plural(bars),
                  od_song_end_word((enum od_song_end)score->header->song_end));
    for (uint32_t i = 0; i < n; i++) {
        const struct od_score_entry *entry = &score->song[i];
        od_buf_printf(out, "  %u. ", i + 1);
        if (entry->part == 0) {
            od_buf_printf(out, "the session");
        } else {
            print_text(score, score->parts[entry->part].name, out);
        }
        od_buf_printf(out, ", %u bar%s\n", entry->bars, plural(entry->bars));
    }
}

void
od_dump_text(const struct od_score *score, struct od_buf *out)
{
    const struct od_score_header *header = score->header;
    uint32_t n_scenes = score->count[OD_SECTION_PARTS] - 1;
    od_dump_picture(score, out);
    od_buf_printf(out, "score version %u, ", header->version);
    print_grouped(out, header->length, 0);
    od_buf_printf(out, " bytes, CRC-32C %08x, %s", header->crc,
                  header->dialect == 1 ? "a message batch" : "a session");
    od_buf_printf(out, ", %u scene%s", n_scenes, plural(n_scenes));
    if (header->apply_timing != OD_SCORE_NONE) {
        od_buf_printf(out, ", applies: %s", od_timing_word((enum od_timing)header->apply_timing));
    }
    if (header->apply_from == OD_FROM_TOP) {
        od_buf_printf(out, ", from the top");
    }
    od_buf_append(out, "\n", 1);
    print_sections(score, out);
    print_song(score, out);
    for (uint32_t i = 0; i <= n_scenes; i++) {
        print_part(score, i, out);
    }
}
