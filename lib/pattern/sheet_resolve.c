/* What names of lines, tracks and scenes mean, once all of a text is read. */
#include <string.h>

#include "pattern/sheet_read.h"

const struct od_sheet_line *
od_sheet_find_line(const struct od_sheet *text, const struct od_sheet_part *part,
                   const struct od_sheet_word *name)
{
    const struct od_sheet_part *session = OD_SHEET_AT(text->parts, struct od_sheet_part, 0);
    const struct od_buf *lists[] = {&part->lines, &session->lines};
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < OD_SHEET_COUNT(*lists[l], struct od_sheet_line); i++) {
            const struct od_sheet_line *line = OD_SHEET_AT(*lists[l], struct od_sheet_line, i);
            if (od_sheet_word_equal(&line->name, name)) {
                return line;
            }
        }
    }
    return NULL;
}

/* Names of tracks, lines or scenes, for the nearest one. */
struct candidates {
    const char *names[256];
    size_t n;
};

static void
add_candidate(struct od_sheet *text, struct candidates *candidates,
              const struct od_sheet_word *word)
{
    size_t room = sizeof candidates->names / sizeof candidates->names[0];
    if (candidates->n < room && word->length > 0) {
        char *copy = od_arena_string(&text->arena, word->text, word->length);
        if (copy != NULL) {
            candidates->names[candidates->n++] = copy;
        }
    }
}

static void
say_unknown(struct od_sheet *text, struct od_sheet_input *input, const struct od_sheet_word *word,
            const char *what, const struct candidates *candidates)
{
    if (input->diags.errors >= OD_DIAG_MAX) {
        return; /* it would not be kept, and a text may have thousands */
    }
    char *copy = od_arena_string(&text->arena, word->text, word->length);
    const char *near =
        copy == NULL ? NULL : od_diag_nearest(copy, candidates->names, candidates->n);
    double number;
    struct od_frac exact;
    bool bars = strcmp(what, "scene") == 0 && (memchr(word->text, '*', word->length) != NULL ||
                                               od_sheet_parse_number(word, &number, &exact));
    const char *hint = strcmp(what, "line") == 0
                           ? "; 'NAME = line room 0.8' on a line of its own makes one"
                       : bars ? "; how many bars it is played is said by '@': main@4"
                              : "";
    near = bars ? NULL : near;
    od_sheet_say(input, OD_ERROR, word->at, "unknown-name", "there is no %s '%.*s'%s%s%s", what,
                 OD_SHEET_SHOW(word), near != NULL ? "; did you mean '" : hint,
                 near != NULL ? near : "", near != NULL ? "'?" : "");
}

static void
resolve_switch(struct od_sheet *text, struct od_sheet_part *part, const struct od_sheet_switch *one)
{
    struct candidates candidates = {.n = 0};
    for (size_t i = 0; i < OD_SHEET_COUNT(part->tracks, struct od_sheet_track); i++) {
        struct od_sheet_track *track = OD_SHEET_AT(part->tracks, struct od_sheet_track, i);
        if (od_sheet_word_equal(&track->id, &one->id)) {
            *(one->solo ? &track->solo : &track->mute) = true;
            return;
        }
        add_candidate(text, &candidates, &track->id);
    }
    say_unknown(text, one->input, &one->id,
                part->scene.length > 0 ? "track of this scene" : "track", &candidates);
}

static void
resolve_line(struct od_sheet *text, struct od_sheet_part *part, struct od_sheet_input *input,
             const struct od_sheet_word *name)
{
    struct candidates candidates = {.n = 0};
    const struct od_sheet_part *session = OD_SHEET_AT(text->parts, struct od_sheet_part, 0);
    if (name->length == 0 || od_sheet_find_line(text, part, name) != NULL) {
        return;
    }
    const struct od_buf *lists[] = {&part->lines, &session->lines};
    for (size_t l = 0; l < 2; l++) {
        const struct od_sheet_line *lines = (const void *)lists[l]->data;
        size_t n = lines != NULL ? OD_SHEET_COUNT(*lists[l], struct od_sheet_line) : 0;
        for (size_t i = 0; i < n; i++) {
            add_candidate(text, &candidates, &lines[i].name);
        }
    }
    say_unknown(text, input, name, "line", &candidates);
}

static void
resolve_part(struct od_sheet *text, struct od_sheet_part *part)
{
    for (size_t i = 0; i < OD_SHEET_COUNT(part->switches, struct od_sheet_switch); i++) {
        resolve_switch(text, part, OD_SHEET_AT(part->switches, struct od_sheet_switch, i));
    }
    for (size_t i = 0; i < OD_SHEET_COUNT(part->tracks, struct od_sheet_track); i++) {
        struct od_sheet_track *track = OD_SHEET_AT(part->tracks, struct od_sheet_track, i);
        resolve_line(text, part, track->input, &track->line);
        for (size_t s = 0; s < track->n_sends; s++) {
            resolve_line(text, part, track->input, &track->sends[s].line);
        }
    }
}

static void
resolve_entry(struct od_sheet *text, const struct od_sheet_entry *entry)
{
    struct candidates candidates = {.n = 0};
    struct od_sheet_word session = {"main", 4, 0};
    add_candidate(text, &candidates, &session);
    bool found = od_sheet_is(&entry->scene, "main");
    for (size_t i = 1; i < OD_SHEET_COUNT(text->parts, struct od_sheet_part); i++) {
        const struct od_sheet_word *scene =
            &OD_SHEET_AT(text->parts, struct od_sheet_part, i)->scene;
        found = found || od_sheet_word_equal(scene, &entry->scene);
        add_candidate(text, &candidates, scene);
    }
    if (!found) {
        say_unknown(text, entry->input, &entry->scene, "scene", &candidates);
    }
}

/* A text that is nothing but scenes plays when somebody takes one. */
static void
judge_scenes(struct od_sheet *text)
{
    const struct od_sheet_part *first = OD_SHEET_AT(text->parts, struct od_sheet_part, 0);
    const struct od_sheet_word *scene = &first[1].scene;
    if (OD_SHEET_COUNT(text->parts, struct od_sheet_part) > 1 && first->tracks.length == 0 &&
        text->song.length == 0) {
        od_sheet_say(first[1].input, OD_WARNING, scene->at, "silent",
                     "nothing plays before somebody takes a scene: there is no track before the "
                     "first one, and no song; 'song %.*s@4 ...' plays them in an order",
                     OD_SHEET_SHOW(scene));
    }
}

void
od_sheet_resolve(struct od_sheet *text)
{
    judge_scenes(text);
    for (size_t i = 0; i < OD_SHEET_COUNT(text->parts, struct od_sheet_part); i++) {
        resolve_part(text, OD_SHEET_AT(text->parts, struct od_sheet_part, i));
    }
    for (size_t i = 0; i < OD_SHEET_COUNT(text->song, struct od_sheet_entry); i++) {
        resolve_entry(text, OD_SHEET_AT(text->song, struct od_sheet_entry, i));
    }
}
