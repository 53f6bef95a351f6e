#include "control/picture.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define PIECE_BYTES   96
#define PIECES_MAX    14
#define WORD_COLUMNS  16 /* of a name within a row of states */
#define NAME_LONG     12 /* columns of a track's name on a wide terminal … */
#define NAME_SHORT    6  /* … and on a narrow one */
#define NAME_LEAST    3
#define WIDE          60
#define MARK_COLUMNS  2 /* in front of a name: muted, solo, silent */
#define CELLS_GROUPED (OD_BAR_STEPS + OD_BAR_STEPS / OD_BEAT_STEPS - 1)
#define GAP           2
#define RULER_ROWS    6 /* from so many rows on there is room for the ruler */
#define LAMPS         (OD_BAR_STEPS / OD_BEAT_STEPS)

enum tint {
    PLAIN,
    DIM,
    BOLD,
    GREEN,
    YELLOW,
    RED,
    HERE, /* the step that sounds */
    N_TINTS
};

static const char *const sgr[N_TINTS] = {
    [PLAIN] = "\033[0m",     [DIM] = "\033[0;2m",    [BOLD] = "\033[0;1m", [GREEN] = "\033[0;32m",
    [YELLOW] = "\033[0;33m", [RED] = "\033[0;1;31m", [HERE] = "\033[0;7m",
};

/* ---- a row ---- */

struct row {
    struct od_buf *out;
    const struct od_picture_style *style;
    unsigned used, limit; /* columns */
    enum tint tint;
};

static void
set_tint(struct row *row, enum tint tint)
{
    if (row->style->colour && row->tint != tint) {
        od_buf_append(row->out, sgr[tint], strlen(sgr[tint]));
        row->tint = tint;
    }
}

static void
end_row(struct row *row)
{
    set_tint(row, PLAIN);
    od_buf_append(row->out, "\n", 1);
    row->used = 0;
}

/* One character of a text that may come from others; what the terminal cannot show is '?'. */
struct glyph {
    const char *bytes;
    size_t length;
    unsigned columns;
};

static struct glyph
next_glyph(const struct od_picture_style *style, const char **at, const char *end)
{
    size_t length = od_utf8_length(*at, end);
    struct glyph glyph = {*at, length, 1};
    bool shown = od_utf8_is_shown(*at, length) && (style->utf8 || length == 1);
    if (length > 1) {
        glyph.columns = od_utf8_columns(od_utf8_decode(*at, length));
    }
    if (!shown) {
        glyph = (struct glyph){"?", 1, 1};
    }
    *at += length > 0 ? length : 1;
    return glyph;
}

static unsigned
columns_of(const struct od_picture_style *style, const char *text)
{
    unsigned columns = 0;
    const char *end = text + strlen(text);
    while (text < end) {
        columns += next_glyph(style, &text, end).columns;
    }
    return columns;
}

/* At most `most` columns of a text, and of the row; a mark says where it was cut. */
static void
put_within(struct row *row, enum tint tint, const char *text, unsigned most)
{
    const char *end = text + strlen(text);
    unsigned room = row->limit - row->used < most ? row->limit - row->used : most;
    unsigned left = columns_of(row->style, text);
    bool cut = left > room;
    set_tint(row, tint);
    while (text < end && room > 0) {
        struct glyph glyph = next_glyph(row->style, &text, end);
        if (cut && glyph.columns + 1 > room) {
            const char *mark = row->style->utf8 ? "…" : "~";
            od_buf_append(row->out, mark, strlen(mark));
            row->used++;
            return;
        }
        od_buf_append(row->out, glyph.bytes, glyph.length);
        row->used += glyph.columns;
        room -= glyph.columns;
    }
}

static void
put(struct row *row, enum tint tint, const char *text)
{
    put_within(row, tint, text, UINT32_MAX);
}

static void
pad_to(struct row *row, unsigned column)
{
    while (row->used < column && row->used < row->limit) {
        od_buf_append(row->out, " ", 1);
        row->used++;
    }
}

/* ---- rows of states ---- */

/* A text of a row of states; the lower its rank the longer it stays. */
struct piece {
    char text[PIECE_BYTES];
    unsigned rank;
    enum tint tint;
    bool shown;
};

struct pieces {
    struct piece items[PIECES_MAX];
    size_t n;
};

static void add(struct pieces *pieces, unsigned rank, enum tint tint, const char *format, ...)
    OD_PRINTF(4, 5);

static void
add(struct pieces *pieces, unsigned rank, enum tint tint, const char *format, ...)
{
    va_list args;
    struct piece *piece = &pieces->items[pieces->n];
    va_start(args, format);
    vsnprintf(piece->text, sizeof piece->text, format, args);
    va_end(args);
    piece->text[od_utf8_cut(piece->text, strlen(piece->text), sizeof piece->text - 1)] = '\0';
    piece->rank = rank;
    piece->tint = tint;
    piece->shown = false;
    pieces->n++;
}

/* Each by its rank as long as there is room; the first of all is cut if it must be. */
static void
choose(struct pieces *pieces, const struct od_picture_style *style, unsigned columns)
{
    unsigned used = 0;
    for (;;) {
        struct piece *best = NULL;
        for (size_t i = 0; i < pieces->n; i++) {
            struct piece *piece = &pieces->items[i];
            if (!piece->shown && (best == NULL || piece->rank < best->rank)) {
                best = piece;
            }
        }
        unsigned width = best == NULL ? 0 : columns_of(style, best->text) + (used > 0 ? GAP : 0);
        if (best == NULL || (used > 0 && used + width > columns)) {
            return;
        }
        best->shown = true;
        used += width;
    }
}

static void
put_pieces(struct row *row, struct pieces *pieces)
{
    choose(pieces, row->style, row->limit);
    for (size_t i = 0; i < pieces->n; i++) {
        if (pieces->items[i].shown) {
            pad_to(row, row->used > 0 ? row->used + GAP : 0);
            put(row, pieces->items[i].tint, pieces->items[i].text);
        }
    }
    end_row(row);
}

static const char *
state_word(enum od_state state)
{
    static const char *const words[] = {
        [OD_STOPPED] = "stopped", [OD_PLAYING] = "playing", [OD_PAUSED] = "paused"};
    return words[state];
}

static enum tint
state_tint(enum od_state state)
{
    return state == OD_PLAYING ? GREEN : state == OD_PAUSED ? YELLOW : DIM;
}

/* The beat of the bar is lit. */
static void
add_lamps(struct pieces *pieces, const struct od_picture *picture,
          const struct od_picture_style *style)
{
    const char *lamps[LAMPS];
    bool lit = picture->step >= 0 && picture->state != OD_STOPPED;
    int64_t beat = lit ? picture->step % OD_BAR_STEPS / OD_BEAT_STEPS : -1;
    for (int64_t i = 0; i < LAMPS; i++) {
        lamps[i] = i == beat ? (style->utf8 ? "●" : "*") : (style->utf8 ? "○" : ".");
    }
    bool strikes = lit && picture->step % OD_BEAT_STEPS == 0;
    add(pieces, 4, strikes ? BOLD : PLAIN, "%s%s%s%s", lamps[0], lamps[1], lamps[2], lamps[3]);
}

static void
add_place(struct pieces *pieces, const struct od_picture *picture)
{
    unsigned loop = picture->loop_steps > 0 ? picture->loop_steps : OD_STEPS;
    unsigned step = picture->step < 0 ? 0 : (unsigned)(picture->step % loop);
    add(pieces, 1, BOLD, "%u.%u.%u", step / OD_BAR_STEPS + 1,
        step % OD_BAR_STEPS / OD_BEAT_STEPS + 1, step % OD_BEAT_STEPS + 1);
}

static void
cut_word(char out[PIECE_BYTES], const struct od_picture_style *style, const char *word)
{
    struct od_buf cut = {0};
    const struct od_picture_style plain = {.utf8 = style->utf8};
    struct row row = {.out = &cut, .style = &plain, .limit = WORD_COLUMNS};
    put(&row, PLAIN, word);
    snprintf(out, PIECE_BYTES, "%.*s", (int)cut.length, cut.length > 0 ? (char *)cut.data : "");
    od_buf_clear(&cut);
}

/* In bars, rounded up: at 1 it comes with the next bar line. */
static void
add_next(struct pieces *pieces, const struct od_picture *picture,
         const struct od_picture_style *style)
{
    char name[PIECE_BYTES];
    char more[PIECE_BYTES] = "";
    const char *arrow = style->utf8 ? "→" : "->";
    if (picture->next == NULL) {
        return;
    }
    if (picture->more_next > 0) {
        snprintf(more, sizeof more, ", %zu more", picture->more_next);
    }
    cut_word(name, style, picture->next);
    int64_t steps = picture->next_step - (picture->step > 0 ? picture->step : 0);
    if (picture->next_step < 0 || picture->state != OD_PLAYING || steps <= 0) {
        add(pieces, 5, YELLOW, "%s %.48s%.24s", arrow, name, more);
        return;
    }
    int64_t bars = (steps + OD_BAR_STEPS - 1) / OD_BAR_STEPS;
    add(pieces, 5, YELLOW, "%s %.48s in %" PRId64 " bar%s%.24s", arrow, name, bars,
        bars == 1 ? "" : "s", more);
}

static void
add_head(struct pieces *pieces, const struct od_picture *picture,
         const struct od_picture_style *style)
{
    char scene[PIECE_BYTES];
    add_lamps(pieces, picture, style);
    add_place(pieces, picture);
    add(pieces, 0, BOLD, "%.5g bpm", picture->bpm);
    add(pieces, 3, state_tint(picture->state), "%s", state_word(picture->state));
    if (picture->scene != NULL && picture->scene[0] != '\0') {
        cut_word(scene, style, picture->scene);
        add(pieces, 6, PLAIN, "scene %.48s", scene);
    }
    add_next(pieces, picture, style);
}

static void
add_link(struct pieces *pieces, unsigned rank, const char *name, enum od_picture_link link)
{
    static const char *const words[] = {
        [OD_PICTURE_OFF] = "off", [OD_PICTURE_OK] = "ok", [OD_PICTURE_MISSING] = "missing"};
    enum tint tint = link == OD_PICTURE_OK ? GREEN : link == OD_PICTURE_MISSING ? RED : DIM;
    add(pieces, rank, tint, "%s %s", name, words[link]);
}

static void
add_foot(struct pieces *pieces, const struct od_picture *picture,
         const struct od_picture_style *style)
{
    char sync[PIECE_BYTES];
    bool bad = picture->drops > 0;
    add(pieces, bad ? 2 : 10, bad ? RED : DIM, "drops %" PRIu64, picture->drops);
    add_link(pieces, 7, "osc", picture->osc);
    add_link(pieces, 8, "midi", picture->midi);
    cut_word(sync, style, picture->sync != NULL ? picture->sync : "off");
    enum tint tint = picture->sync == NULL ? DIM : picture->sync_lost ? RED : GREEN;
    add(pieces, 9, tint, "sync %.48s", sync);
    add(pieces, 11, DIM, "p99 %.0f %ss", (double)picture->lateness_p99 / 1000,
        style->utf8 ? "µ" : "u");
    add(pieces, 12, DIM, "%" PRIu64 " events", picture->events);
}

static void
put_answer(struct row *row, const struct od_picture *picture)
{
    if (picture->answer != NULL) {
        put(row, picture->answer_failed ? RED : PLAIN, picture->answer);
    }
    end_row(row);
}

/* ---- tracks ---- */

/* How the tracks stand: in columns of `height` rows, each down before the next begins. */
struct layout {
    unsigned name, cells; /* columns */
    unsigned width;       /* of a column with the gap behind it */
    unsigned count, height;
    bool grouped; /* beats with a blank between them */
    size_t left;  /* tracks that find no room */
};

static unsigned
longest_name(const struct od_picture *picture, const struct od_picture_style *style, unsigned most)
{
    unsigned longest = 1;
    for (size_t i = 0; i < picture->n_tracks && longest < most; i++) {
        unsigned columns = columns_of(style, picture->tracks[i].name);
        longest = columns > longest ? columns : longest;
    }
    return longest < most ? longest : most;
}

/* No columns at all if the terminal is too narrow. */
static struct layout
lay_out(const struct od_picture *picture, const struct od_picture_style *style, unsigned columns,
        unsigned rows)
{
    struct layout layout = {0};
    layout.name = longest_name(picture, style, columns >= WIDE ? NAME_LONG : NAME_SHORT);
    unsigned least = MARK_COLUMNS + 1 + OD_BAR_STEPS;
    while (layout.name > NAME_LEAST && layout.name + least > columns) {
        layout.name--;
    }
    layout.grouped = MARK_COLUMNS + layout.name + 1 + CELLS_GROUPED <= columns;
    layout.cells = layout.grouped ? CELLS_GROUPED : OD_BAR_STEPS;
    layout.width = MARK_COLUMNS + layout.name + 1 + layout.cells + GAP;
    unsigned fit = (columns + GAP) / layout.width;
    if (rows == 0 || fit == 0 || picture->n_tracks == 0) {
        return layout;
    }
    size_t needed = (picture->n_tracks + rows - 1) / rows;
    layout.count = needed < fit ? (unsigned)needed : fit;
    size_t height = (picture->n_tracks + layout.count - 1) / layout.count;
    layout.height = height < rows ? (unsigned)height : rows;
    size_t places = (size_t)layout.count * layout.height;
    if (picture->n_tracks > places || picture->more_tracks > 0) {
        size_t shown = picture->n_tracks < places ? picture->n_tracks : places - 1;
        layout.left = picture->n_tracks - shown + picture->more_tracks; /* a place says how many */
    }
    return layout;
}

static const char *
cell_mark(const struct od_picture_style *style, uint8_t level)
{
    static const char *const blocks[OD_PICTURE_LEVELS + 1] = {"·", "▁", "▂", "▃", "▄",
                                                              "▅", "▆", "▇", "█"};
    static const char *const letters[OD_PICTURE_LEVELS + 1] = {".", ":", ":", "+", "+",
                                                               "*", "*", "#", "#"};
    return style->utf8 ? blocks[level] : letters[level];
}

/* −1 if none sounds. */
static int
cell_here(const struct od_picture *picture)
{
    bool shown = picture->step >= 0 && picture->state != OD_STOPPED;
    return shown ? (int)(picture->step % OD_BAR_STEPS) : -1;
}

static void
put_track(struct row *row, const struct od_picture *picture, const struct layout *layout,
          const struct od_picture_track *track)
{
    unsigned start = row->used;
    int here = cell_here(picture);
    enum tint tint = track->audible ? PLAIN : DIM;
    put(row, tint, track->muted ? "m " : track->solo ? "s " : track->audible ? "  " : "- ");
    put_within(row, tint, track->name, layout->name);
    pad_to(row, start + MARK_COLUMNS + layout->name + 1);
    for (int i = 0; i < OD_BAR_STEPS; i++) {
        if (layout->grouped && i > 0 && i % OD_BEAT_STEPS == 0) {
            put(row, tint, " ");
        }
        uint8_t level = track->cells[i] < OD_PICTURE_LEVELS ? track->cells[i] : OD_PICTURE_LEVELS;
        put(row, i == here ? HERE : level == 0 ? DIM : tint, cell_mark(row->style, level));
    }
}

static void
put_left(struct row *row, const struct layout *layout)
{
    char text[48];
    snprintf(text, sizeof text, "  %s %zu more", row->style->utf8 ? "…" : "...", layout->left);
    put_within(row, DIM, text, layout->width - GAP);
}

static void
put_tracks(struct row *row, const struct od_picture *picture, const struct layout *layout)
{
    size_t places = (size_t)layout->count * layout->height;
    for (unsigned y = 0; y < layout->height; y++) {
        for (unsigned x = 0; x < layout->count; x++) {
            size_t place = (size_t)x * layout->height + y;
            set_tint(row, PLAIN);
            pad_to(row, x * layout->width);
            if (layout->left > 0 && place == places - 1) {
                put_left(row, layout);
            } else if (place < picture->n_tracks) {
                put_track(row, picture, layout, &picture->tracks[place]);
            }
        }
        end_row(row);
    }
}

/* Which step of the bar it is, for terminals that cannot show a cell in reverse. */
static void
put_ruler(struct row *row, const struct od_picture *picture, const struct layout *layout)
{
    int here = cell_here(picture);
    for (unsigned x = 0; x < layout->count; x++) {
        pad_to(row, x * layout->width + MARK_COLUMNS + layout->name + 1);
        for (int i = 0; i < OD_BAR_STEPS; i++) {
            char beat[2] = {(char)('1' + i / OD_BEAT_STEPS), '\0'};
            if (layout->grouped && i > 0 && i % OD_BEAT_STEPS == 0) {
                put(row, DIM, " ");
            }
            bool begins = i % OD_BEAT_STEPS == 0;
            put(row, i == here ? BOLD : DIM,
                i == here ? (row->style->utf8 ? "▼" : "v")
                : begins  ? beat
                          : " ");
        }
    }
    end_row(row);
}

/* ---- all of it ---- */

uint8_t
od_picture_level(double velocity)
{
    double level = ceil(velocity * OD_PICTURE_LEVELS);
    return level >= OD_PICTURE_LEVELS ? OD_PICTURE_LEVELS : level > 1 ? (uint8_t)level : 1;
}

unsigned
od_picture_draw(const struct od_picture *picture, unsigned columns, unsigned rows,
                const struct od_picture_style *style, struct od_buf *out)
{
    struct row row = {.out = out, .style = style, .limit = columns};
    struct pieces head = {0};
    struct pieces foot = {0};
    if (rows == 0 || columns == 0) {
        return 0;
    }
    add_head(&head, picture, style);
    add_foot(rows > 1 ? &foot : &head, picture, style);
    unsigned states = rows < 3 ? rows : 3;
    struct layout layout = lay_out(picture, style, columns, rows - states);
    bool ruler = layout.count > 0 && rows >= RULER_ROWS;
    if (ruler) {
        layout = lay_out(picture, style, columns, rows - states - 1);
    }
    put_pieces(&row, &head);
    if (ruler) {
        put_ruler(&row, picture, &layout);
    }
    put_tracks(&row, picture, &layout);
    if (states > 1) {
        put_pieces(&row, &foot);
    }
    if (states > 2) {
        put_answer(&row, picture);
    }
    return states + (ruler ? 1 : 0) + (layout.count > 0 ? layout.height : 0);
}
