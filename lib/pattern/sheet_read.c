/*
 * The grammar of pattern texts; here their statements are read.
 *
 * text      = { statement }, one a line; lines that begin with a blank go on with the one before
 * statement = "bpm" number | "swing" number | "gate" number | "seed" number
 *           | "mute" id { id } | "solo" id { id } | "scene" name
 *           | "song" name [ "@" bars ] { name [ "@" bars ] }
 *           | name "=" "line" { setting number | "mute" | "solo" }
 *           | id ":" { item }
 * item      = "midi" number | "on" name | "send" name number
 *           | [ "mod" ] parameter value
 * value     = '"' pattern '"' | word | signal [ low ".." high ] [ "per" number ]
 *
 * "//" begins a comment that ends with its line. Patterns are read by mini_read.c.
 */
#include "pattern/sheet_read.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "pattern/foreign.h"

#define MOST       10000 /* statements, items of one, scenes: more than anybody writes */
#define ORBITS     12    /* SuperDirt's */
#define MOST_ITEMS 500   /* of one track; each is compared with the others */

static const char *const keywords[] = {"bpm",  "swing", "gate",  "seed",
                                       "mute", "solo",  "scene", "song"};

size_t
od_sheet_find_keyword(const struct od_sheet_word *word)
{
    size_t i = 0;
    while (i < OD_KEYWORDS && !od_sheet_is(word, keywords[i])) {
        i++;
    }
    return i;
}

/* ---- tracks and lines -------------------------------------------------------------------------
 */

/* What is said twice is not what was meant once. */
static void
say_again(struct od_sheet_reader *reader, bool again, size_t at, const char *what)
{
    if (again) {
        od_sheet_say(reader->input, OD_WARNING, at, "twice", "'%s' is said again here; this counts",
                     what);
    }
}

static void
read_send(struct od_sheet_reader *reader, struct od_buf *sends)
{
    struct od_sheet_send send = {0};
    if (!od_sheet_read_name(reader, "the line to send to", &send.line) ||
        !od_sheet_read_number(reader, "how much is sent", 0, 1, &send.amount)) {
        return;
    }
    for (size_t i = 0; i < OD_SHEET_COUNT(*sends, struct od_sheet_send); i++) {
        struct od_sheet_send *before = OD_SHEET_AT(*sends, struct od_sheet_send, i);
        if (od_sheet_word_equal(&before->line, &send.line)) {
            say_again(reader, true, send.line.at, "send");
            *before = send;
            return;
        }
    }
    od_sheet_append(reader, sends, &send, sizeof send);
}

static void
read_midi(struct od_sheet_reader *reader, struct od_sheet_track *track)
{
    double channel = 1;
    size_t at = reader->word.at;
    if (!od_sheet_read_number(reader, "the MIDI channel", 1, 16, &channel)) {
        return;
    }
    if (channel != (double)(int)channel) {
        od_sheet_say(reader->input, OD_ERROR, at, "range", "MIDI channels are 1..16");
    }
    say_again(reader, track->channel >= 0, at, "midi");
    track->channel = (int)channel - 1;
    reader->midi = true;
}

static void
read_items(struct od_sheet_reader *reader, struct od_sheet_track *track)
{
    struct od_buf values = {0}, sends = {0};
    int n = 0;
    while (reader->kind != OD_TOKEN_END) {
        const struct od_sheet_word *word = &reader->word;
        bool plain = reader->kind == OD_TOKEN_WORD;
        if (n++ == MOST_ITEMS) {
            od_sheet_say(reader->input, OD_ERROR, word->at, "too-many",
                         "more than %d values in one track", MOST_ITEMS);
            od_sheet_skip_statement(reader);
        } else if (plain && od_sheet_is(word, "midi")) {
            od_sheet_next(reader);
            read_midi(reader, track);
        } else if (plain && od_sheet_is(word, "on")) {
            say_again(reader, track->line.length > 0, word->at, "on");
            od_sheet_next(reader);
            od_sheet_read_name(reader, "the line it is on", &track->line);
        } else if (plain && od_sheet_is(word, "send")) {
            od_sheet_next(reader);
            read_send(reader, &sends);
        } else if (plain && od_sheet_is(word, "mod")) {
            od_sheet_next(reader);
            if (reader->kind == OD_TOKEN_END) {
                od_sheet_say(reader->input, OD_ERROR, reader->word.at, "missing",
                             "'mod' needs a parameter and a signal: mod cutoff sine 300..2000");
            } else {
                od_sheet_read_parameter(reader, &values, true);
            }
        } else {
            od_sheet_read_parameter(reader, &values, false);
        }
    }
    track->values = od_sheet_keep(reader, &values, sizeof *track->values, &track->n_values);
    track->sends = od_sheet_keep(reader, &sends, sizeof *track->sends, &track->n_sends);
}

static void
read_track(struct od_sheet_reader *reader, const struct od_sheet_word *id)
{
    struct od_sheet_track track = {.input = reader->input, .id = *id, .channel = -1};
    const struct od_buf *tracks = &od_sheet_part_of(reader)->tracks;
    od_sheet_check_name(reader, id);
    for (size_t i = 0; i < OD_SHEET_COUNT(*tracks, struct od_sheet_track); i++) {
        if (od_sheet_word_equal(&OD_SHEET_AT(*tracks, struct od_sheet_track, i)->id, id)) {
            od_sheet_say(reader->input, OD_ERROR, id->at, "twice",
                         "there is a track '%.*s' already", OD_SHEET_SHOW(id));
            break;
        }
    }
    size_t errors = reader->input->diags.errors;
    reader->midi = false;
    read_items(reader, &track);
    track.broken = reader->input->diags.errors > errors;
    od_sheet_append(reader, &od_sheet_part_of(reader)->tracks, &track, sizeof track);
}

/* The number of a setting. */
static void
read_amount(struct od_sheet_reader *reader, const struct od_sheet_word *word,
            struct od_sheet_setting setting, struct od_buf *settings)
{
    char shown[OD_SHEET_SHOWN + 1];
    size_t at = reader->word.at;
    bool orbit = strcmp(setting.key, "orbit") == 0;
    for (size_t i = 0; i < OD_SHEET_COUNT(*settings, struct od_sheet_setting); i++) {
        if (strcmp(OD_SHEET_AT(*settings, struct od_sheet_setting, i)->key, setting.key) == 0) {
            od_sheet_say(reader->input, OD_ERROR, word->at, "twice",
                         "this line has its '%.*s' already", OD_SHEET_SHOW(word));
        }
    }
    snprintf(shown, sizeof shown, "%.*s", OD_SHEET_SHOW(word));
    if (!od_sheet_read_number(reader, shown, orbit ? 0 : -1e6, 1e6, &setting.value)) {
        return;
    }
    if (orbit && setting.value != (double)(int64_t)setting.value) {
        od_sheet_say(reader->input, OD_ERROR, at, "range", "an orbit is a whole number");
    } else if (orbit && setting.value >= ORBITS) {
        od_sheet_say(reader->input, OD_WARNING, at, "odd",
                     "SuperDirt has orbits 0..11 unless it is started with more, found %g",
                     setting.value);
    } else if (strcmp(setting.key, "pan") == 0 && (setting.value < 0 || setting.value > 1)) {
        od_sheet_say(reader->input, OD_WARNING, at, "odd",
                     "'pan' is 0 (left) to 1 (right), 0.5 in the middle, found %g", setting.value);
    }
    od_sheet_append(reader, settings, &setting, sizeof setting);
}

static void
read_setting(struct od_sheet_reader *reader, struct od_sheet_line *line, struct od_buf *settings)
{
    struct od_sheet_word word = reader->word;
    struct od_sheet_setting setting = {.key = od_name_line(word.text, word.length)};
    const char *near = od_name_nearest_line(word.text, word.length);
    bool plain = reader->kind == OD_TOKEN_WORD;
    od_sheet_next(reader);
    if (plain && (od_sheet_is(&word, "mute") || od_sheet_is(&word, "solo"))) {
        *(od_sheet_is(&word, "mute") ? &line->mute : &line->solo) = true;
    } else if (!plain || setting.key == NULL) {
        od_sheet_say(reader->input, OD_ERROR, word.at, "unknown-name", "a line has no '%.*s'%s%s%s",
                     OD_SHEET_SHOW(&word), near != NULL ? "; did you mean '" : "",
                     near != NULL ? near : "", near != NULL ? "'?" : "");
        if (reader->kind == OD_TOKEN_WORD &&
            od_sheet_parse_number(&reader->word, &setting.value, &(struct od_frac){0, 1})) {
            od_sheet_next(reader);
        }
    } else {
        read_amount(reader, &word, setting, settings);
    }
}

static void
read_line(struct od_sheet_reader *reader, const struct od_sheet_word *name)
{
    struct od_sheet_line line = {.input = reader->input, .name = *name};
    struct od_buf settings = {0};
    const struct od_buf *lines = &od_sheet_part_of(reader)->lines;
    od_sheet_check_name(reader, name);
    if (reader->kind != OD_TOKEN_WORD || !od_sheet_is(&reader->word, "line")) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "expected",
                     "after '=' stands 'line', as in hall = line room 0.8");
        od_sheet_skip_statement(reader);
        return;
    }
    for (size_t i = 0; i < OD_SHEET_COUNT(*lines, struct od_sheet_line); i++) {
        if (od_sheet_word_equal(&OD_SHEET_AT(*lines, struct od_sheet_line, i)->name, name)) {
            od_sheet_say(reader->input, OD_ERROR, name->at, "twice",
                         "there is a line '%.*s' already", OD_SHEET_SHOW(name));
            break;
        }
    }
    od_sheet_next(reader);
    while (reader->kind != OD_TOKEN_END) {
        read_setting(reader, &line, &settings);
    }
    line.settings = od_sheet_keep(reader, &settings, sizeof *line.settings, &line.n_settings);
    od_sheet_append(reader, &od_sheet_part_of(reader)->lines, &line, sizeof line);
}

/* ---- statements that begin with a word of their own -------------------------------------------
 */

static void
read_environment(struct od_sheet_reader *reader, enum od_sheet_number which)
{
    static const double limits[OD_SHEET_NUMBERS][2] = {
        {OD_BPM_MIN, OD_BPM_MAX}, {0, 1}, {0, 1e6}, {0, 9007199254740991.0}};
    size_t at = reader->word.at, errors = reader->input->diags.errors;
    double number;
    if (!od_sheet_read_number(reader, keywords[which], limits[which][0], limits[which][1],
                              &number)) {
        return;
    }
    if (which == OD_SHEET_BPM && (number < OD_BPM_USUAL_MIN || number > OD_BPM_USUAL_MAX)) {
        od_sheet_say(reader->input, OD_WARNING, at, "range", "%g bpm is outside the usual %g..%g",
                     number, OD_BPM_USUAL_MIN, OD_BPM_USUAL_MAX);
    }
    if (which == OD_SHEET_GATE && number == 0 && reader->input->diags.errors == errors) {
        od_sheet_say(reader->input, OD_WARNING, at, "odd",
                     "a gate of 0 makes no sound: it is a length in sixteenths");
    }
    if (which == OD_SHEET_SEED && number != (double)(int64_t)number) {
        od_sheet_say(reader->input, OD_ERROR, at, "range", "a seed is a whole number");
    }
    if (which == OD_SHEET_SEED && od_sheet_part_of(reader)->scene.length > 0) {
        od_sheet_say(reader->input, OD_ERROR, at, "statement",
                     "'seed' is of the whole text: it stands before the first scene");
    }
    say_again(reader, od_sheet_part_of(reader)->said[which], at, keywords[which]);
    od_sheet_part_of(reader)->numbers[which] = number;
    od_sheet_part_of(reader)->said[which] = true;
    if (reader->kind != OD_TOKEN_END) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "unexpected",
                     "'%s' takes one number; %s", keywords[which],
                     od_sheet_is_indented(reader, &reader->word)
                         ? OD_SHEET_INDENTED
                         : "the next statement begins on a line of its own");
        od_sheet_skip_statement(reader);
    }
}

static void
read_switches(struct od_sheet_reader *reader, bool solo)
{
    struct od_sheet_switch one = {.input = reader->input, .solo = solo};
    struct od_buf *switches = &od_sheet_part_of(reader)->switches;
    do {
        if (OD_SHEET_COUNT(*switches, struct od_sheet_switch) == MOST) {
            od_sheet_say(reader->input, OD_ERROR, reader->word.at, "too-many", "more than %d names",
                         MOST);
            od_sheet_skip_statement(reader);
        } else if (od_sheet_read_name(reader, "the name of a track", &one.id)) {
            od_sheet_append(reader, switches, &one, sizeof one);
        }
    } while (reader->kind != OD_TOKEN_END);
}

static void
read_scene(struct od_sheet_reader *reader)
{
    struct od_sheet_part part = {.input = reader->input};
    const struct od_buf *parts = &reader->sheet->parts;
    if (!od_sheet_read_name(reader, "the name of the scene", &part.scene)) {
        return;
    }
    od_sheet_check_name(reader, &part.scene);
    for (size_t i = 1; i < OD_SHEET_COUNT(*parts, struct od_sheet_part); i++) {
        if (od_sheet_word_equal(&OD_SHEET_AT(*parts, struct od_sheet_part, i)->scene,
                                &part.scene)) {
            od_sheet_say(reader->input, OD_ERROR, part.scene.at, "twice",
                         "there is a scene '%.*s' already", OD_SHEET_SHOW(&part.scene));
            break;
        }
    }
    if (od_sheet_is(&part.scene, "main")) {
        od_sheet_say(reader->input, OD_ERROR, part.scene.at, "taken",
                     "'main' is what stands before the first scene");
    }
    if (reader->kind != OD_TOKEN_END) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "unexpected",
                     "a scene has one name; %s",
                     od_sheet_is_indented(reader, &reader->word)
                         ? OD_SHEET_INDENTED
                         : "what it plays follows on lines of its own");
        od_sheet_skip_statement(reader);
    }
    od_sheet_append(reader, &reader->sheet->parts, &part, sizeof part);
}

static void
read_song(struct od_sheet_reader *reader)
{
    struct od_sheet_entry entry = {.input = reader->input};
    if (reader->sheet->song.length > 0) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "twice", "there is a song already");
    }
    do {
        if (OD_SHEET_COUNT(reader->sheet->song, struct od_sheet_entry) == MOST) {
            od_sheet_say(reader->input, OD_ERROR, reader->word.at, "too-many",
                         "more than %d entries", MOST);
            od_sheet_skip_statement(reader);
            return;
        }
        if (!od_sheet_read_name(reader, "the name of a scene", &entry.scene)) {
            return;
        }
        const char *at = memchr(entry.scene.text, '@', entry.scene.length);
        struct od_sheet_word bars = entry.scene;
        double number = 1;
        struct od_frac exact;
        if (at != NULL) {
            entry.scene.length = (size_t)(at - entry.scene.text);
            bars.text = at + 1;
            bars.length -= entry.scene.length + 1;
            bars.at += entry.scene.length + 1;
            if (!od_sheet_parse_number(&bars, &number, &exact) || exact.den != 1 || number < 1 ||
                number > 4096) {
                od_sheet_say(reader->input, OD_ERROR, bars.at, "range",
                             "after '@' stands how many bars, 1..4096");
                number = 1;
            }
        }
        entry.bars = (int)number;
        od_sheet_append(reader, &reader->sheet->song, &entry, sizeof entry);
    } while (reader->kind != OD_TOKEN_END);
}

static void
read_keyword(struct od_sheet_reader *reader, size_t keyword)
{
    if (keyword < OD_SHEET_NUMBERS) {
        read_environment(reader, (enum od_sheet_number)keyword);
    } else if (keyword == OD_KEYWORD_SCENE) {
        read_scene(reader);
    } else if (keyword == OD_KEYWORD_SONG) {
        read_song(reader);
    } else {
        read_switches(reader, keyword == OD_KEYWORD_SOLO);
    }
}

/* `my kick: s "bd"` */
static bool
is_name_in_two(const struct od_sheet_reader *reader)
{
    const char *at = reader->at;
    while (at < reader->end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return reader->kind == OD_TOKEN_WORD && at < reader->end && *at == ':';
}

/* The word that a statement should begin with, or NULL. */
static const char *
nearest_keyword(const struct od_sheet_word *word)
{
    char copy[OD_SHEET_SHOWN + 1];
    size_t length = word->length < OD_SHEET_SHOWN ? word->length : OD_SHEET_SHOWN;
    for (size_t i = 0; i < length; i++) {
        char c = word->text[i];
        copy[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    copy[length] = '\0';
    return od_diag_nearest(copy, keywords, OD_KEYWORDS);
}

/* The word that comes next is the second one. */
static void
fail_statement(struct od_sheet_reader *reader, const struct od_sheet_word *word)
{
    size_t length = 0;
    while (length < word->length && !od_sheet_is_one(word->text[length], "(.")) {
        length++;
    }
    const char *sign = od_foreign_sign(word->text, word->length);
    sign = sign != NULL ? sign : od_foreign_sign(word->text, length);
    const char *near = nearest_keyword(word);
    if (sign != NULL) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "statement",
                     "no statement begins with '%.*s': %s", OD_SHEET_SHOW(word), sign);
    } else if (is_name_in_two(reader)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "statement",
                     "a name is one word: %.*s-%.*s: ...", OD_SHEET_SHOW(word),
                     OD_SHEET_SHOW(&reader->word));
    } else if (near != NULL) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "statement",
                     "no statement begins with '%.*s'; did you mean '%s'? A track is '%.*s: ...'",
                     OD_SHEET_SHOW(word), near, OD_SHEET_SHOW(word));
    } else {
        od_sheet_say(reader->input, OD_ERROR, word->at, "statement",
                     "no statement begins with '%.*s'; a track needs a colon: '%.*s: ...'",
                     OD_SHEET_SHOW(word), OD_SHEET_SHOW(word));
    }
    od_sheet_skip_statement(reader);
}

static bool
next_is_number(const struct od_sheet_reader *reader)
{
    double number;
    struct od_frac exact;
    return reader->kind == OD_TOKEN_WORD && od_sheet_parse_number(&reader->word, &number, &exact);
}

/* `song: a b`: statements have no colon. */
static bool
stands_alone(const struct od_sheet_reader *reader, size_t keyword)
{
    const struct od_sheet_word *word = &reader->word;
    bool track =
        reader->kind == OD_TOKEN_WORD &&
        (od_name_find(word->text, word->length).kind != OD_NAME_EXTRA || od_sheet_is(word, "midi"));
    return keyword < OD_SHEET_NUMBERS ? next_is_number(reader)
                                      : reader->kind == OD_TOKEN_WORD && !track;
}

/* What has a colon or a sign of equality behind its first word; `after` says which. */
static void
read_named(struct od_sheet_reader *reader, const struct od_sheet_word *word,
           enum od_sheet_token after)
{
    size_t keyword = od_sheet_find_keyword(word);
    const char *sign = od_foreign_sign(word->text, word->length);
    bool tempo = sign != NULL && strstr(sign, "bpm") != NULL;
    if (tempo ? next_is_number(reader) : sign != NULL && od_sheet_is_one(word->text[0], "#-/*;")) {
        fail_statement(reader, word);
        return;
    }
    if (keyword < OD_KEYWORDS && stands_alone(reader, keyword)) {
        bool more = keyword >= OD_SHEET_NUMBERS;
        od_sheet_say(reader->input, OD_ERROR, word->at, "taken", "'%.*s' stands %s: %.*s %.*s%s",
                     OD_SHEET_SHOW(word), more ? "without a colon" : "alone", OD_SHEET_SHOW(word),
                     OD_SHEET_SHOW(&reader->word), more ? " ..." : "");
        od_sheet_skip_statement(reader);
        return;
    }
    if (keyword < OD_KEYWORDS) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "taken",
                     "'%.*s' has a meaning of its own and cannot be the name of a %s",
                     OD_SHEET_SHOW(word), after == OD_TOKEN_COLON ? "track" : "line");
    }
    if (after == OD_TOKEN_COLON) {
        read_track(reader, word);
    } else {
        read_line(reader, word);
    }
}

static void
read_statement(struct od_sheet_reader *reader)
{
    reader->head = true;
    reader->broken = false;
    od_sheet_next(reader);
    struct od_sheet_word word = reader->word;
    if (reader->kind != OD_TOKEN_WORD) {
        if (reader->kind != OD_TOKEN_END) {
            od_sheet_say(reader->input, OD_ERROR, word.at - (reader->kind == OD_TOKEN_STRING),
                         "statement", "a line begins with a word: a track is 'id: ...'");
        }
        od_sheet_skip_statement(reader);
        return;
    }
    od_sheet_next(reader);
    reader->head = false;
    enum od_sheet_token after = reader->kind;
    size_t keyword = od_sheet_find_keyword(&word);
    if (after == OD_TOKEN_COLON || after == OD_TOKEN_EQUALS) {
        od_sheet_next(reader);
        read_named(reader, &word, after);
    } else if (keyword < OD_KEYWORDS) {
        read_keyword(reader, keyword);
    } else {
        fail_statement(reader, &word);
    }
}

/* ---- all of it --------------------------------------------------------------------------------
 */

/* What it is, if it looks like a blank or like nothing. */
static const char *
unseen_name(unsigned long c)
{
    if (c == 0xa0 || c == 0x202f) {
        return "a blank that does not break; write a plain one";
    }
    if (c == 0x3000 || (c >= 0x2000 && c <= 0x200a) || c == 0x205f || c == 0x1680) {
        return "a blank of another width; write a plain one";
    }
    if (c == 0x200b || c == 0x2060 || c == 0xad || c == 0x200e || c == 0x200f) {
        return "a mark that takes no room; delete it";
    }
    if (c == 0xfeff) {
        return "a byte order mark, which only begins a text; delete it";
    }
    return c == 0x2028 || c == 0x2029 ? "an end of line that is none here; write a plain one"
                                      : NULL;
}

/* What nobody sees would make words of others; comments may have it. */
static bool
check_seen(struct od_sheet_input *input, const char *at, const char *end)
{
    bool quoted = false, comment = false, seen = true;
    for (size_t n; at < end; at += n) {
        n = od_utf8_length(at, end);
        comment =
            *at != '\n' && (comment || (!quoted && end - at >= 2 && memcmp(at, "//", 2) == 0));
        quoted = *at != '\n' && !comment && quoted != (*at == '"');
        unsigned long c = n > 1 && !comment ? od_utf8_decode(at, n) : 0;
        const char *name = c == 0 ? NULL : unseen_name(c);
        if (name != NULL) {
            od_sheet_say(input, OD_ERROR, (size_t)(at - input->source.text), "unseen",
                         "a character that is not seen: U+%04lX, %s", c, name);
            seen = false;
        }
    }
    return seen;
}

static bool
check_text(struct od_sheet_input *input)
{
    const char *at = input->source.text, *end = at + input->source.length;
    for (size_t n; at < end; at += n) {
        n = od_utf8_length(at, end);
        if (n == 0 || *at == '\0') {
            od_sheet_say(input, OD_ERROR, (size_t)(at - input->source.text), "utf8",
                         "this is no text: %s",
                         n == 0 ? "a byte that is not UTF-8" : "a zero byte");
            return false;
        }
    }
    return true;
}

void
od_sheet_read(struct od_sheet *text, struct od_sheet_input *input)
{
    const char *start = input->source.text;
    struct od_sheet_reader reader = {.sheet = text, .input = input, .at = start};
    struct od_sheet_part session = {.input = input};
    if (text->parts.length == 0) {
        od_sheet_append(&reader, &text->parts, &session, sizeof session);
    }
    if (text->out_of_memory || input->source.length == 0 || !check_text(input)) {
        return;
    }
    reader.end = start + input->source.length;
    if (input->source.length >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
        reader.at += 3;
    }
    if (!check_seen(input, reader.at, reader.end)) {
        return;
    }
    for (int n = 0; reader.at < reader.end && !text->out_of_memory; n++) {
        const char *before = reader.at;
        read_statement(&reader);
        if (n == MOST) {
            od_sheet_say(input, OD_ERROR, od_sheet_place(&reader, before), "too-many",
                         "more than %d statements", MOST);
            return;
        }
        if (reader.at < reader.end && *reader.at == '\n') {
            reader.at = reader.next; /* empty lines are passed once, and are no statements */
        }
    }
}

void
od_sheet_clear(struct od_sheet *text)
{
    for (size_t i = 0; i < OD_SHEET_COUNT(text->parts, struct od_sheet_part); i++) {
        struct od_sheet_part *part = OD_SHEET_AT(text->parts, struct od_sheet_part, i);
        od_buf_clear(&part->tracks);
        od_buf_clear(&part->lines);
        od_buf_clear(&part->switches);
    }
    od_buf_clear(&text->parts);
    od_buf_clear(&text->song);
    od_arena_clear(&text->arena);
    text->out_of_memory = false;
}
