/* The picture that a shown score begins with: a row a track. */
#include <string.h>

#include "base/utf8.h"
#include "control/dump.h"
#include "control/picture.h"

#define BARS         (OD_STEPS / OD_BAR_STEPS)
#define ROWS_SHOWN   100
#define NAME_COLUMNS 16

/* A track, or all messages of a batch that name the same one. */
struct row {
    const char *name;
    uint32_t flags;
    uint8_t levels[OD_STEPS]; /* 0, or 1..OD_PICTURE_LEVELS */
};

struct rows {
    uint32_t n, left; /* shown, and tracks that are not */
    struct row *rows;
    uint32_t *row_of; /* of each track of the part; OD_SCORE_NONE = not shown */
};

static double
velocity_of(const struct od_score_part *part, const struct od_event *event)
{
    bool midi = event->track >= part->n_tracks;
    return midi ? (double)(event->midi_velocity & 0x7f) / 127 : (double)event->velocity;
}

/* What one ring plays in the first loop: a short one again and again, of a long one the beginning.
 */
static void
collect_ring(const struct od_score *score, const struct od_score_part *part,
             const struct od_score_ring *ring, struct rows *rows)
{
    const uint32_t *index = score->index + ring->first_index;
    for (unsigned step = 0; step < OD_STEPS; step++) {
        uint32_t k = step % ring->length;
        for (uint32_t i = index[k]; i < index[k + 1]; i++) {
            const struct od_event *event = &score->events[part->first_event + i];
            uint32_t row = rows->row_of[event->track];
            if (row != OD_SCORE_NONE) {
                uint8_t level = od_picture_level(velocity_of(part, event));
                uint8_t *held = &rows->rows[row].levels[step];
                *held = level > *held ? level : *held;
            }
        }
    }
}

static void
collect(const struct od_score *score, const struct od_score_part *part, struct rows *rows)
{
    for (uint32_t i = 0; i < part->n_rings; i++) {
        collect_ring(score, part, &score->rings[part->first_ring + i], rows);
    }
}

static uint32_t
find_row(struct rows *rows, const char *name, uint32_t flags)
{
    for (uint32_t i = 0; i < rows->n; i++) {
        if (strcmp(rows->rows[i].name, name) == 0) {
            return i;
        }
    }
    if (rows->n == ROWS_SHOWN) {
        rows->left++;
        return OD_SCORE_NONE;
    }
    rows->rows[rows->n] = (struct row){.name = name, .flags = flags};
    return rows->n++;
}

static void
find_rows(const struct od_score *score, const struct od_score_part *part, struct rows *rows)
{
    for (uint32_t i = 0; i < part->n_tracks; i++) {
        const struct od_score_track *track = &score->tracks[part->first_track + i];
        rows->row_of[i] = find_row(rows, score->strings + track->id, track->flags);
    }
    for (uint32_t i = 0; i < part->n_midi_tracks; i++) {
        const struct od_score_midi_track *track = &score->midi_tracks[part->first_midi_track + i];
        rows->row_of[part->n_tracks + i] = find_row(rows, score->strings + track->id, track->flags);
    }
}

/* The first NAME_COLUMNS of it, padded; nothing that a terminal would obey. */
static void
print_name(const char *name, struct od_buf *out)
{
    unsigned used = 0;
    const char *end = name + strlen(name);
    while (name < end) {
        size_t length = od_utf8_length(name, end);
        bool shown = od_utf8_is_shown(name, length);
        unsigned columns = shown ? od_utf8_columns(od_utf8_decode(name, length)) : 1;
        if (used + columns > NAME_COLUMNS) {
            break;
        }
        od_buf_append(out, shown ? name : "?", shown ? length : 1);
        used += columns;
        name += length > 0 ? length : 1;
    }
    od_buf_printf(out, "%*s", (int)(NAME_COLUMNS - used), "");
}

static void
print_bar(const uint8_t *levels, struct od_buf *out)
{
    for (int i = 0; i < OD_BAR_STEPS; i++) {
        char mark = levels[i] == 0 ? '.' : (char)('0' + levels[i]);
        od_buf_printf(out, "%s%c", i % OD_BEAT_STEPS == 0 ? " " : "", mark);
    }
    od_buf_append(out, "\n", 1);
}

/* Bars that are the same one after another are one row. */
static void
print_bars(const uint8_t *levels, struct od_buf *out)
{
    for (int bar = 0; bar < BARS;) {
        const uint8_t *first = levels + (size_t)bar * OD_BAR_STEPS;
        int next = bar + 1;
        while (next < BARS &&
               memcmp(first, levels + (size_t)next * OD_BAR_STEPS, OD_BAR_STEPS) == 0) {
            next++;
        }
        if (bar > 0) {
            od_buf_printf(out, "    %*s", NAME_COLUMNS, "");
        }
        if (next - bar > 1) {
            od_buf_printf(out, " %2d-%-2d ", bar + 1, next);
        } else {
            od_buf_printf(out, " %2d    ", bar + 1);
        }
        print_bar(first, out);
        bar = next;
    }
}

static void
print_row(const struct row *row, struct od_buf *out)
{
    od_buf_printf(out, "  %s ",
                  (row->flags & OD_TRACK_MUTE) != 0          ? "m"
                  : (row->flags & OD_TRACK_SOLO) != 0        ? "s"
                  : (row->flags & OD_TRACK_LINE_SILENT) != 0 ? "-"
                                                             : " ");
    print_name(row->name[0] != '\0' ? row->name : "(no track_id)", out);
    print_bars(row->levels, out);
}

static void
print_rows(const struct od_score *score, const struct od_score_part *part, struct od_buf *out)
{
    struct od_buf row_memory = {0};
    struct od_buf map_memory = {0};
    size_t tracks = (size_t)part->n_tracks + part->n_midi_tracks;
    struct rows rows = {.rows = od_buf_extend(&row_memory, ROWS_SHOWN * sizeof *rows.rows),
                        .row_of = od_buf_extend(&map_memory, (tracks + 1) * sizeof *rows.row_of)};
    if (rows.rows == NULL || rows.row_of == NULL) {
        out->failed = true;
    } else {
        find_rows(score, part, &rows);
        collect(score, part, &rows);
    }
    for (uint32_t i = 0; i < rows.n; i++) {
        print_row(&rows.rows[i], out);
    }
    if (rows.left > 0) {
        od_buf_printf(out, "    ... %u more\n", rows.left);
    }
    od_buf_clear(&row_memory);
    od_buf_clear(&map_memory);
}

static void
print_part(const struct od_score *score, const struct od_score_part *part, struct od_buf *out)
{
    od_buf_printf(out, part == score->parts ? "session" : "scene ");
    if (part != score->parts) {
        od_buf_json_string(out, score->strings + part->name);
    }
    od_buf_printf(out, ", %g bpm\n", part->bpm);
    print_rows(score, part, out);
    od_buf_append(out, "\n", 1);
}

void
od_dump_picture(const struct od_score *score, struct od_buf *out)
{
    for (uint32_t i = 0; i < score->count[OD_SECTION_PARTS]; i++) {
        print_part(score, &score->parts[i], out);
    }
    od_buf_printf(out,
                  "A row is a track and some bars; a mark a step: how strong it sets in, 1 to "
                  "%d\n(velocity 1), '.' not at all; m muted, s solo, - its line is silent.\n\n",
                  OD_PICTURE_LEVELS);
}
