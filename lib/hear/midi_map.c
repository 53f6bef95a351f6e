#include "hear/midi_map.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/midi.h"

#define NONE          ((uint32_t)OD_MIDI_MAP_LINES)
#define VALUES        128
#define MIDI_CHANNELS 16
#define BEND_MOST     16383.0
#define ARROW         "->"
#define WORD_SHOW     40 /* characters of a wrong word that are shown */

static const struct control {
    const char *name;
    uint8_t status;
    bool numbered, valued;
} controls[] = {
#define CONTROL(id, name, status, numbered, valued) {name, status, numbered, valued},
    OD_MIDI_CONTROL_LIST(CONTROL)
#undef CONTROL
};

/* What may be done by a controller, and how many words that takes. */
static const struct command {
    const char *name;
    int words;
} commands[] = {
    {"start", 0},  {"stop", 0},    {"pause", 0}, {"bpm", 1},    {"swing", 1},      {"gate", 1},
    {"mute", 1},   {"unmute", 1},  {"solo", 1},  {"unsolo", 1}, {"set", 3},        {"unset", 2},
    {"scene", 1},  {"trigger", 1}, {"panic", 0}, {"tap", 0},    {"nudge", 1},      {"reset", 0},
    {"cancel", 0}, {"at", 2},      {"song", 1},  {"quit", 0},   {"midi-panic", 0},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

/* ---- touches ---- */

bool
od_midi_touch_of(const struct od_midi_word *word, struct od_midi_touch *touch)
{
    uint8_t kind = word->bytes[0] & 0xf0u;
    *touch = (struct od_midi_touch){.channel = word->bytes[0] & 0x0fu, .number = word->bytes[1]};
    for (unsigned i = 0; i < OD_MIDI_CONTROLS; i++) {
        if (controls[i].status != kind) {
            continue;
        }
        touch->control = (enum od_midi_control)i;
        touch->value = word->bytes[2] / (double)(VALUES - 1);
        if (i == OD_MIDI_CONTROL_PC) {
            touch->value = 1;
        } else if (i == OD_MIDI_CONTROL_BEND) {
            touch->value = (word->bytes[1] | word->bytes[2] << 7) / BEND_MOST;
        } else if (i == OD_MIDI_CONTROL_PRESSURE) {
            touch->value = word->bytes[1] / (double)(VALUES - 1);
        }
        touch->number = controls[i].numbered ? touch->number : 0;
        return true;
    }
    return false;
}

void
od_midi_touch_name(const struct od_midi_touch *touch, char *text)
{
    const struct control *control = &controls[touch->control];
    int length = snprintf(text, OD_MIDI_TOUCH_TEXT, "%s %u", control->name, touch->channel + 1u);
    if (control->numbered) {
        snprintf(text + length, (size_t)(OD_MIDI_TOUCH_TEXT - length), " %u", touch->number);
    }
}

/* ---- reading ---- */

struct word {
    const char *at;
    size_t length;
};

struct reader {
    const struct od_source *source;
    struct od_diag_list *diags;
    struct od_midi_map *map;
    const char *at, *end; /* of the line that is read */
    bool failed;          /* this line is wrong: that was said */
    bool out_of_memory;
};

static void say(struct reader *r, const char *at, const char *code, const char *format, ...)
    OD_PRINTF(4, 5);

static void
say(struct reader *r, const char *at, const char *code, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    od_diag_add(r->diags, OD_ERROR, (size_t)(at - r->source->text), "", code, "%s", text);
    r->failed = true;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The end of a word that begins at `at`; one that begins with a quote ends with one. */
static const char *
word_end(const char *at, const char *end)
{
    bool quoted = *at == '"';
    const char *start = at;
    for (; at < end && (quoted || !is_blank(*at)); at++) {
        if (quoted && *at == '\\' && at + 1 < end) {
            at++;
        } else if (quoted && at > start && *at == '"') {
            return at + 1;
        }
    }
    return at;
}

static bool
next_word(struct reader *r, struct word *word)
{
    while (r->at < r->end && is_blank(*r->at)) {
        r->at++;
    }
    const char *end = r->at < r->end ? word_end(r->at, r->end) : r->at;
    *word = (struct word){r->at, (size_t)(end - r->at)};
    r->at = end;
    return word->length > 0;
}

static bool
is_word(const struct word *word, const char *text)
{
    return word->length == strlen(text) && memcmp(word->at, text, word->length) == 0;
}

/* A copy that can be shown and compared. */
static const char *
shown(const struct word *word, char text[WORD_SHOW + 1])
{
    snprintf(text, WORD_SHOW + 1, "%.*s",
             (int)(word->length < WORD_SHOW ? word->length : WORD_SHOW), word->at);
    return text;
}

/* A wrong word, and the one that was meant, if one is near. */
static void
unknown(struct reader *r, const struct word *word, const char *code, const char *what,
        const char *const *names, size_t n, const char *else_text)
{
    char text[WORD_SHOW + 1];
    const char *near = od_diag_nearest(shown(word, text), names, n);
    if (near != NULL) {
        say(r, word->at, code, "no %s '%s'; did you mean '%s'?", what, text, near);
    } else {
        say(r, word->at, code, "no %s '%s'; %s", what, text, else_text);
    }
}

static void
read_control(struct reader *r, const struct word *word, struct od_midi_entry *entry)
{
    const char *names[OD_MIDI_CONTROLS];
    for (unsigned i = 0; i < OD_MIDI_CONTROLS; i++) {
        names[i] = controls[i].name;
        if (is_word(word, names[i])) {
            entry->control = (uint8_t)i;
            return;
        }
    }
    unknown(r, word, "unknown-control", "controller", names, OD_MIDI_CONTROLS,
            "a line begins with cc, note, pc, bend or pressure");
}

static void
read_number(struct reader *r, const char *what, int min, int max, uint8_t *number)
{
    struct word word;
    char text[WORD_SHOW + 1];
    if (r->failed) {
        return;
    }
    if (!next_word(r, &word) || is_word(&word, ARROW)) {
        say(r, word.at, "missing-number", "the %s is missing, %d..%d", what, min, max);
        return;
    }
    char *end = NULL;
    long value = strtol(shown(&word, text), &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || value < min || value > max) {
        say(r, word.at, "bad-number", "the %s is %d..%d, not '%s'", what, min, max, text);
        return;
    }
    *number = (uint8_t)value;
}

static void
read_channel(struct reader *r, struct od_midi_entry *entry)
{
    struct reader ahead = *r;
    struct word word;
    if (!r->failed && next_word(&ahead, &word) && is_word(&word, "*")) {
        r->at = ahead.at;
        entry->channel = OD_MIDI_ANY;
        return;
    }
    uint8_t channel = 1;
    read_number(r, "channel", 1, MIDI_CHANNELS, &channel);
    entry->channel = (uint8_t)(channel - 1);
}

static void
read_arrow(struct reader *r)
{
    struct word word;
    char text[WORD_SHOW + 1];
    if (r->failed) {
        return;
    }
    if (!next_word(r, &word)) {
        say(r, word.at, "missing-arrow", "'->' and a command are missing");
    } else if (!is_word(&word, ARROW)) {
        say(r, word.at, "missing-arrow", "'->' is expected before the command, not '%s'",
            shown(&word, text));
    }
}

static bool
read_bound(const char *text, const char *end, double *number)
{
    char copy[32];
    size_t length = (size_t)(end - text);
    if (length == 0 || length >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (strspn(copy, "+-.0123456789eE") != length) { /* decimal, and no name of a number */
        return false;
    }
    char *stop = NULL;
    *number = strtod(copy, &stop);
    return *stop == '\0' && isfinite(*number);
}

/* A..B; a word that is not is an ordinary word. */
static bool
is_range(const struct word *word, double *low, double *high)
{
    const char *end = word->at + word->length;
    const char *dots = word->at;
    while (dots + 1 < end && (dots[0] != '.' || dots[1] != '.')) {
        dots++;
    }
    return dots + 2 < end && read_bound(word->at, dots, low) && read_bound(dots + 2, end, high);
}

static const struct command *
find_command(struct reader *r, const struct word *word)
{
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) {
        names[i] = commands[i].name;
        if (is_word(word, names[i])) {
            return &commands[i];
        }
    }
    unknown(r, word, "unknown-command", "command", names, N_COMMANDS,
            "oiduna-control(7) tells which there are");
    return NULL;
}

/* `exp` or `int` behind a range. */
static void
read_scale(struct reader *r, const struct word *range, struct od_midi_entry *entry)
{
    struct reader ahead = *r;
    struct word word;
    entry->scale = OD_MIDI_LINEAR;
    if (!next_word(&ahead, &word)) {
        return;
    }
    if (is_word(&word, "int")) {
        entry->scale = OD_MIDI_WHOLE;
        r->at = ahead.at;
    } else if (is_word(&word, "exp")) {
        entry->scale = OD_MIDI_EXPONENTIAL;
        r->at = ahead.at;
        if (entry->low * entry->high <= 0) {
            say(r, range->at, "bad-range",
                "exp needs two numbers above 0 (or two below): it multiplies");
        }
    }
}

static void
read_range(struct reader *r, const struct word *word, struct od_midi_entry *entry)
{
    if (entry->scale != OD_MIDI_NO_VALUE) {
        say(r, word->at, "second-range", "one controller has one value: a second range");
    } else if (!controls[entry->control].valued) {
        say(r, word->at, "bad-range", "a program change has no value for a range");
    } else {
        is_range(word, &entry->low, &entry->high);
        read_scale(r, word, entry);
    }
}

static const char *
keep(struct reader *r, const char *from, const char *to)
{
    while (from < to && is_blank(*from)) {
        from++;
    }
    while (from < to && is_blank(to[-1])) {
        to--;
    }
    const char *copy = od_arena_string(&r->map->arena, from, (size_t)(to - from));
    r->out_of_memory = r->out_of_memory || copy == NULL;
    return copy;
}

static void
read_words(struct reader *r, const struct word *first, const struct command *command,
           struct od_midi_entry *entry)
{
    struct word word;
    int n = 0;
    const char *from = first->at;
    while (!r->failed && next_word(r, &word)) {
        double low, high;
        n++;
        if (!is_range(&word, &low, &high)) {
            continue;
        }
        read_range(r, &word, entry);
        entry->before = keep(r, from, word.at);
        from = r->at;
    }
    if (!r->failed && n < command->words) {
        say(r, first->at, "too-few-words", "'%s' needs %d word%s after it", command->name,
            command->words, command->words == 1 ? "" : "s");
    }
    const char *rest = keep(r, from, r->end);
    *(entry->scale == OD_MIDI_NO_VALUE ? &entry->before : &entry->after) = rest;
}

static void
read_command(struct reader *r, struct od_midi_entry *entry)
{
    struct word word;
    if (r->failed) {
        return;
    }
    if (!next_word(r, &word)) {
        say(r, word.at, "missing-command", "a command is missing after '->'");
        return;
    }
    if ((size_t)(r->end - word.at) > OD_MIDI_MAP_TEXT) {
        say(r, word.at, "too-long", "a command has at most %d characters", OD_MIDI_MAP_TEXT);
        return;
    }
    const struct command *command = find_command(r, &word);
    if (command != NULL) {
        read_words(r, &word, command, entry);
    }
}

static void
add(struct reader *r, const struct od_midi_entry *entry)
{
    struct od_midi_map *map = r->map;
    if (map->n == map->room) {
        size_t room = map->room > 0 ? 2 * map->room : 64;
        struct od_midi_entry *more = realloc(map->entries, room * sizeof *more);
        if (more == NULL) {
            r->out_of_memory = true;
            return;
        }
        map->entries = more;
        map->room = room;
    }
    map->entries[map->n++] = *entry;
}

static void
read_line(struct reader *r)
{
    struct word word;
    struct od_midi_entry entry = {.next = NONE};
    r->failed = false;
    if (!next_word(r, &word) || word.at[0] == '#') {
        return;
    }
    if (memchr(word.at, '\0', (size_t)(r->end - word.at)) != NULL) {
        say(r, word.at, "not-text", "a line with a zero byte is no text");
        return;
    }
    if (r->map->n == OD_MIDI_MAP_LINES) {
        say(r, word.at, "too-many-lines", "a map has at most %d lines", OD_MIDI_MAP_LINES);
        return;
    }
    read_control(r, &word, &entry);
    read_channel(r, &entry);
    if (controls[entry.control].numbered) {
        read_number(r, "number", 0, VALUES - 1, &entry.number);
    }
    read_arrow(r);
    read_command(r, &entry);
    if (!r->failed) {
        add(r, &entry);
    }
}

/* From the last to the first, so that each chain is in the order of the file. */
static void
index_entries(struct od_midi_map *map)
{
    for (unsigned i = 0; i < OD_MIDI_CONTROLS; i++) {
        for (unsigned k = 0; k < VALUES; k++) {
            map->first[i][k] = NONE;
        }
    }
    for (size_t i = map->n; i-- > 0;) {
        struct od_midi_entry *entry = &map->entries[i];
        uint32_t *first = &map->first[entry->control][entry->number];
        entry->next = *first;
        *first = (uint32_t)i;
    }
}

enum od_status
od_midi_map_read(const struct od_source *source, struct od_diag_list *diags,
                 struct od_midi_map *map)
{
    struct reader r = {.source = source, .diags = diags, .map = map};
    const char *text = source->length > 0 ? source->text : "";
    const char *end = text + source->length;
    *map = (struct od_midi_map){0};
    for (const char *at = text; at < end && diags->count < OD_DIAG_MAX;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        r.at = at;
        r.end = newline != NULL ? newline : end;
        read_line(&r);
        at = r.end + 1;
    }
    enum od_status status = r.out_of_memory || diags->out_of_memory ? OD_ENOMEM
                            : diags->errors > 0                     ? OD_EDATA
                                                                    : OD_OK;
    if (status != OD_OK) {
        od_midi_map_clear(map);
    }
    index_entries(map);
    return status;
}

void
od_midi_map_clear(struct od_midi_map *map)
{
    free(map->entries);
    od_arena_clear(&map->arena);
    *map = (struct od_midi_map){0};
    index_entries(map);
}

/* ---- looking up ---- */

long
od_midi_map_find(const struct od_midi_map *map, const struct od_midi_touch *touch, size_t *at)
{
    uint32_t i = *at == 0 ? map->first[touch->control][touch->number] : (uint32_t)(*at - 1);
    while (i != NONE) {
        const struct od_midi_entry *entry = &map->entries[i];
        if (entry->channel == OD_MIDI_ANY || entry->channel == touch->channel) {
            *at = (size_t)entry->next + 1;
            return (long)i;
        }
        i = entry->next;
    }
    *at = (size_t)NONE + 1;
    return -1;
}

bool
od_midi_entry_acts(struct od_midi_entry *entry, const struct od_midi_touch *touch)
{
    if (entry->scale != OD_MIDI_NO_VALUE || touch->control == OD_MIDI_CONTROL_NOTE ||
        touch->control == OD_MIDI_CONTROL_PC) {
        return true;
    }
    bool was = entry->pressed;
    entry->pressed = touch->value >= 0.5;
    return entry->pressed && !was;
}

static double
scaled(const struct od_midi_entry *entry, double value)
{
    double result = entry->low + (entry->high - entry->low) * value;
    if (entry->scale == OD_MIDI_EXPONENTIAL) {
        result = entry->low * pow(entry->high / entry->low, value);
    }
    return entry->scale == OD_MIDI_WHOLE ? rint(result) + 0.0 : result;
}

void
od_midi_entry_command(const struct od_midi_entry *entry, double value, char *text)
{
    size_t size = OD_MIDI_MAP_TEXT + 32;
    if (entry->scale == OD_MIDI_NO_VALUE) {
        snprintf(text, size, "%s", entry->before);
    } else {
        snprintf(text, size, "%s %.6g%s%s", entry->before, scaled(entry, value),
                 *entry->after != '\0' ? " " : "", entry->after);
    }
}
