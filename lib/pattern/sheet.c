/*
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
#include "pattern/sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define SHOWN      40
#define MOST       10000 /* statements, items of one, scenes: more than anybody writes */
#define MOST_ITEMS 500   /* of one track; each is compared with the others */

enum token_kind {
    TOKEN_END, /* of the statement */
    TOKEN_WORD,
    TOKEN_STRING, /* `word` is what stands between the quotes */
    TOKEN_COLON,
    TOKEN_EQUALS
};

struct reader {
    struct od_sheet *sheet;
    struct od_sheet_input *input;
    const char *at, *end;
    bool head;   /* at the first words of a statement, where ':' and '=' stand alone */
    bool broken; /* the statement ended with a quote that is not closed, which was said */

    enum token_kind kind; /* of the token that comes next */
    struct od_sheet_word word;
};

void
od_sheet_say(struct od_sheet_input *input, enum od_severity severity, size_t at, const char *code,
             const char *format, ...)
{
    char message[320];
    struct od_diag_list *diags = &input->diags;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    for (size_t i = diags->count; i-- > 0;) {
        if (diags->items[i].offset == at && strcmp(diags->items[i].code, code) == 0) {
            return; /* what many events of one word say is said once */
        }
    }
    od_diag_add(diags, severity, at, "", code, "%s", message);
}

bool
od_sheet_word_equal(const struct od_sheet_word *a, const struct od_sheet_word *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static bool
is(const struct od_sheet_word *word, const char *text)
{
    return word->length == strlen(text) && memcmp(word->text, text, word->length) == 0;
}

static int
shown(const struct od_sheet_word *word)
{
    return (int)od_utf8_cut(word->text, word->length, SHOWN);
}

#define SHOW(word) shown(word), (word)->text

static void
no_memory(struct reader *reader)
{
    reader->sheet->out_of_memory = true;
}

/* ---- tokens -----------------------------------------------------------------------------------
 */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool
at_comment(const struct reader *reader)
{
    return reader->end - reader->at >= 2 && reader->at[0] == '/' && reader->at[1] == '/';
}

static void
skip_line(struct reader *reader)
{
    const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    reader->at = newline == NULL ? reader->end : newline;
}

/* Blanks, comments, and line ends after which the statement goes on. */
static void
skip_blanks(struct reader *reader)
{
    const char *newline = NULL; /* the first that was skipped: here the statement may have ended */
    while (reader->at < reader->end) {
        if (at_comment(reader)) {
            skip_line(reader);
        } else if (*reader->at == '\n') {
            newline = newline == NULL ? reader->at : newline;
            reader->at++;
        } else if (!is_blank(*reader->at)) {
            break;
        } else {
            reader->at++;
        }
    }
    bool begins = reader->at == reader->end || reader->at == reader->input->source.text ||
                  reader->at[-1] == '\n';
    if (newline != NULL && begins) {
        reader->at = newline;
    }
}

static size_t
place(const struct reader *reader, const char *at)
{
    return (size_t)(at - reader->input->source.text);
}

/* A quote ends on its own line: what lies behind one that is not closed is anybody's guess. */
static void
read_string(struct reader *reader)
{
    const char *start = ++reader->at;
    const char *line = memchr(start, '\n', (size_t)(reader->end - start));
    line = line == NULL ? reader->end : line;
    const char *quote = memchr(start, '"', (size_t)(line - start));
    reader->kind = TOKEN_STRING;
    if (quote == NULL) {
        od_sheet_say(reader->input, OD_ERROR, place(reader, start - 1), "unclosed",
                     "this quote is not closed on its line");
        quote = line;
        reader->kind = TOKEN_END;
        reader->broken = true;
    }
    reader->word = (struct od_sheet_word){start, (size_t)(quote - start), place(reader, start)};
    reader->at = quote < line ? quote + 1 : line;
    if (reader->kind == TOKEN_END) {
        for (skip_blanks(reader); reader->at < reader->end && *reader->at != '\n';) {
            skip_line(reader);
            skip_blanks(reader);
        }
    }
}

static void
read_word(struct reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && !is_blank(*reader->at) && *reader->at != '\n' &&
           *reader->at != '"' && !at_comment(reader) &&
           !(reader->head && strchr(":=", *reader->at) != NULL)) {
        reader->at++;
    }
    reader->kind = TOKEN_WORD;
    reader->word =
        (struct od_sheet_word){start, (size_t)(reader->at - start), place(reader, start)};
}

static void
next(struct reader *reader)
{
    skip_blanks(reader);
    reader->word = (struct od_sheet_word){reader->at, 0, place(reader, reader->at)};
    if (reader->at == reader->end || *reader->at == '\n') {
        reader->kind = TOKEN_END;
    } else if (*reader->at == '"') {
        read_string(reader);
    } else if (reader->head && *reader->at == ':') {
        reader->kind = TOKEN_COLON;
        reader->at++;
    } else if (reader->head && *reader->at == '=') {
        reader->kind = TOKEN_EQUALS;
        reader->at++;
    } else {
        read_word(reader);
    }
}

/* Leaves what is left of a statement that cannot be understood. */
static void
skip_statement(struct reader *reader)
{
    while (reader->kind != TOKEN_END) {
        next(reader);
    }
}

/* ---- numbers and words ------------------------------------------------------------------------
 */

static bool
parse_number(const struct od_sheet_word *word, double *number, struct od_frac *exact)
{
    bool lost = false;
    const char *slash = memchr(word->text, '/', word->length);
    size_t length = slash == NULL ? word->length : (size_t)(slash - word->text);
    struct od_frac below = {1, 1};
    if (!od_frac_parse(word->text, length, exact, &lost) ||
        (slash != NULL && !od_frac_parse(slash + 1, word->length - length - 1, &below, &lost))) {
        return false;
    }
    *exact = od_frac_div(*exact, below, &lost);
    *number = od_frac_double(*exact);
    return !lost;
}

/* The number that `what` needs; false, said, if none comes. */
static bool
read_number(struct reader *reader, const char *what, double least, double most, double *number)
{
    struct od_frac exact;
    if (reader->kind != TOKEN_WORD || !parse_number(&reader->word, number, &exact)) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "number",
                     "%s needs a number%s%.*s%s", what,
                     reader->kind == TOKEN_WORD ? ", found '" : "", SHOW(&reader->word),
                     reader->kind == TOKEN_WORD ? "'" : "");
        skip_statement(reader);
        return false;
    }
    if (*number < least || *number > most) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "range",
                     "%s is %.15g..%.15g, found %.*s", what, least, most, SHOW(&reader->word));
        *number = least;
    }
    next(reader);
    return true;
}

/* Letters that mean something else, here or where a performer names tracks. */
static bool
is_plain_name(const struct od_sheet_word *word)
{
    const char *at = word->text, *end = at + word->length;
    for (size_t n; at < end; at += n) {
        n = od_utf8_length(at, end);
        if (!od_utf8_is_shown(at, n) || strchr("[]<>{}()*/!@?,|%~'\\=:;", *at) != NULL) {
            return false;
        }
    }
    return word->length > 0;
}

/* Quotes that word processors make of ours, and the single ones. */
static bool
has_foreign_quote(const struct od_sheet_word *word)
{
    static const char *const quotes[] = {"'",      "`",      "\u201c", "\u201d",
                                         "\u201e", "\u2018", "\u2019"};
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        if (memmem(word->text, word->length, quotes[i], strlen(quotes[i])) != NULL) {
            return true;
        }
    }
    return false;
}

static void
check_name(const struct reader *reader, const struct od_sheet_word *word)
{
    if (!is_plain_name(word)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "name",
                     "a name is made of letters, digits, '-', '_' and '.', found '%.*s'",
                     SHOW(word));
    }
}

/* A name that something is given, or known by. */
static bool
read_name(struct reader *reader, const char *what, struct od_sheet_word *word)
{
    if (reader->kind != TOKEN_WORD) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "missing", "%s is missing here",
                     what);
        skip_statement(reader);
        return false;
    }
    *word = reader->word;
    next(reader);
    return true;
}

static struct od_sheet_part *
part_of(const struct reader *reader)
{
    return OD_SHEET_AT(reader->sheet->parts, struct od_sheet_part,
                       OD_SHEET_COUNT(reader->sheet->parts, struct od_sheet_part) - 1);
}

static void *
keep(struct reader *reader, struct od_buf *list, size_t size, size_t *n)
{
    void *kept = od_arena_alloc(&reader->sheet->arena, list->length);
    if (kept == NULL || list->failed) {
        no_memory(reader);
        *n = 0;
    } else {
        *n = list->length / size;
        if (list->length > 0) {
            memcpy(kept, list->data, list->length);
        }
    }
    od_buf_clear(list);
    return kept;
}

static void
append(struct reader *reader, struct od_buf *list, const void *record, size_t size)
{
    if (!od_buf_append(list, record, size)) {
        no_memory(reader);
    }
}

static const char *const keywords[] = {"bpm",  "swing", "gate",  "seed",
                                       "mute", "solo",  "scene", "song"};
enum {
    KEYWORD_MUTE = OD_SHEET_NUMBERS,
    KEYWORD_SOLO,
    KEYWORD_SCENE,
    KEYWORD_SONG,
    KEYWORDS
};

static size_t
find_keyword(const struct od_sheet_word *word)
{
    size_t i = 0;
    while (i < KEYWORDS && !is(word, keywords[i])) {
        i++;
    }
    return i;
}

/* ---- values of a track ------------------------------------------------------------------------
 */

static bool
is_word_of(const struct od_name *name)
{
    return name->kind == OD_NAME_PARAM && od_params[name->param].type == OD_PARAM_STRING;
}

/* `300..2000` */
static void
read_bounds(struct reader *reader, struct od_sheet_value *value)
{
    const char *dots = memmem(reader->word.text, reader->word.length, "..", 2);
    struct od_frac exact;
    if (reader->kind != TOKEN_WORD || reader->word.length == 0 ||
        (dots == NULL && strchr("0123456789-.", reader->word.text[0]) == NULL)) {
        return;
    }
    dots = dots == NULL ? reader->word.text : dots; /* no range, which is said below */
    struct od_sheet_word low = reader->word, high = reader->word;
    low.length = (size_t)(dots - low.text);
    high.text = dots + 2;
    high.length -= low.length + (high.length - low.length < 2 ? high.length - low.length : 2);
    if (!parse_number(&low, &value->signal.low, &exact) ||
        !parse_number(&high, &value->signal.high, &exact)) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "number",
                     "a signal goes from a number to a number, as in 300..2000, found '%.*s'",
                     SHOW(&reader->word));
    }
    next(reader);
}

static void
read_per(struct reader *reader, struct od_sheet_value *value)
{
    double number;
    if (reader->kind != TOKEN_WORD || !is(&reader->word, "per")) {
        return;
    }
    next(reader);
    if (reader->kind != TOKEN_WORD || !parse_number(&reader->word, &number, &value->signal.per) ||
        value->signal.per.num <= 0) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "number",
                     "'per' needs how many bars, a number above 0");
        value->signal.per = od_frac_int(1);
    }
    if (reader->kind == TOKEN_WORD) {
        next(reader);
    }
}

static bool
is_constant(const struct od_mini *node)
{
    return node->kind == OD_MINI_ATOM ||
           (node->kind == OD_MINI_TAIL && node->child->kind == OD_MINI_ATOM &&
            node->args[0]->kind == OD_MINI_ATOM);
}

/* `early 1/3`: a time may be a fraction. */
static const struct od_mini *
make_fraction(struct reader *reader)
{
    struct od_mini *atom = od_arena_alloc(&reader->sheet->arena, sizeof *atom);
    if (atom == NULL) {
        no_memory(reader);
        return NULL;
    }
    *atom = (struct od_mini){.kind = OD_MINI_ATOM, .at = reader->word.at};
    atom->text = reader->word.text;
    atom->length = reader->word.length;
    atom->is_exact = parse_number(&reader->word, &atom->number, &atom->exact);
    atom->is_number = atom->is_exact;
    return atom;
}

static bool
begins_name(const struct od_sheet_word *word)
{
    return is_plain_name(word) && strchr("0123456789-.#", word->text[0]) == NULL &&
           !has_foreign_quote(word);
}

/* What other languages have between names; all that follows it would be misread. */
static void
fail_name(struct reader *reader)
{
    const struct od_sheet_word *word = &reader->word;
    double number;
    struct od_frac exact;
    const char *hint = "a name with a value follows, as in gain 0.8";
    if (has_foreign_quote(word)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "quotes",
                     "quotes are straight and double, \"bd sn\", found %.*s", SHOW(word));
        skip_statement(reader);
        return;
    }
    if (parse_number(word, &number, &exact)) {
        hint = "several values stand in quotes: gain \"0.5 0.6\"";
    } else if (is(word, "#") || is(word, "$") || is(word, ",") || is(word, "|>")) {
        hint = "names and values follow each other with blanks between";
    } else if (memchr(word->text, '(', word->length) != NULL) {
        hint = "a value needs no parentheses: s \"bd sn\"";
    }
    od_sheet_say(reader->input, OD_ERROR, word->at, "name", "expected a name, found '%.*s': %s",
                 SHOW(word), hint);
    skip_statement(reader);
}

/* False if it is wrong; then it was said. */
static bool
read_plain(struct reader *reader, struct od_sheet_value *value)
{
    if (reader->kind == TOKEN_WORD && has_foreign_quote(&reader->word)) {
        fail_name(reader);
        return false;
    }
    value->kind = reader->kind == TOKEN_STRING ? OD_VALUE_PATTERN : OD_VALUE_CONSTANT;
    bool time = value->name.kind == OD_NAME_EARLY || value->name.kind == OD_NAME_LATE;
    value->node = time && reader->kind == TOKEN_WORD
                      ? make_fraction(reader)
                      : od_mini_read(&reader->input->source, reader->word.text, reader->word.length,
                                     &reader->sheet->arena, &reader->input->diags);
    reader->sheet->out_of_memory =
        reader->sheet->out_of_memory || reader->input->diags.out_of_memory;
    bool good = value->node != NULL;
    if (good && value->kind == OD_VALUE_CONSTANT && !is_constant(value->node)) {
        od_sheet_say(reader->input, OD_ERROR, value->at, "quotes",
                     "a pattern stands in quotes: %.*s \"%.*s\"", SHOW(&value->word),
                     SHOW(&reader->word));
        good = false;
    }
    next(reader);
    return good;
}

static void
read_value(struct reader *reader, struct od_buf *values, struct od_sheet_value *value)
{
    bool good = true;
    value->at = reader->word.at;
    value->signal = (struct od_signal){.high = 1, .per = {1, 1}};
    if (reader->kind == TOKEN_END) {
        if (!reader->broken) {
            od_sheet_say(reader->input, OD_ERROR, value->word.at, "missing",
                         "'%.*s' needs a value: a \"pattern\", a word, a number or a signal",
                         SHOW(&value->word));
        }
        return;
    }
    if (reader->kind == TOKEN_WORD && !is_word_of(&value->name) &&
        od_signal_find(reader->word.text, reader->word.length, &value->signal.shape)) {
        value->kind = OD_VALUE_SIGNAL;
        next(reader);
        read_bounds(reader, value);
        read_per(reader, value);
    } else if (value->mod) {
        od_sheet_say(reader->input, OD_ERROR, value->at, "signal",
                     "'mod %.*s' needs a signal: sine saw isaw tri square rand perlin",
                     SHOW(&value->word));
        next(reader);
        return;
    } else {
        good = read_plain(reader, value);
    }
    if (good) {
        append(reader, values, value, sizeof *value);
    }
}

/* A name that is unknown may be meant so; one near a known name hardly is. */
static void
judge_name(struct reader *reader, const struct od_sheet_value *value)
{
    const struct od_sheet_word *word = &value->word;
    if (value->name.kind == OD_NAME_CC && value->name.controller < 0) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "range", "controllers are cc0..cc127");
    }
    if (value->name.kind != OD_NAME_EXTRA) {
        return;
    }
    const char *near = od_name_nearest(word->text, word->length);
    enum od_signal_shape shape;
    if (find_keyword(word) < KEYWORDS) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "statement",
                     "'%.*s' begins a statement, which stands on a line of its own", SHOW(word));
    } else if (is(word, "per") || od_signal_find(word->text, word->length, &shape)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "signal",
                     "a signal is the value of a name, as in pan sine 0..1 per 2, found '%.*s'",
                     SHOW(word));
    } else if (is(word, "midi") || is(word, "on") || is(word, "send") || is(word, "mod")) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "modulation",
                     "'mod' needs a parameter and a signal: mod cutoff sine 300..2000");
    } else if (od_name_is_taken(word->text, word->length)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "taken",
                     "'%.*s' is in every message already; lengths are said by 'legato' or 'gate'",
                     SHOW(word));
    } else if (near != NULL) {
        od_sheet_say(reader->input, OD_WARNING, word->at, "unknown-name",
                     "'%.*s' is sent as it is; did you mean '%s'?", SHOW(word), near);
    }
}

static void
read_parameter(struct reader *reader, struct od_buf *values, bool mod)
{
    struct od_sheet_value value = {.word = reader->word, .mod = mod};
    if (reader->kind == TOKEN_STRING) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at - 1, "name",
                     "what is this pattern of? A name stands before it, as in s \"bd sn\"");
        next(reader);
        return;
    }
    if (!begins_name(&value.word)) {
        fail_name(reader);
        return;
    }
    value.name = od_name_find(value.word.text, value.word.length);
    judge_name(reader, &value);
    next(reader);
    read_value(reader, values, &value);
}

/* ---- tracks and lines -------------------------------------------------------------------------
 */

static void
read_send(struct reader *reader, struct od_buf *sends)
{
    struct od_sheet_send send = {0};
    if (read_name(reader, "the line to send to", &send.line) &&
        read_number(reader, "how much is sent", 0, 1, &send.amount)) {
        append(reader, sends, &send, sizeof send);
    }
}

/* What is said twice is not what was meant once. */
static void
say_again(struct reader *reader, bool again, size_t at, const char *what)
{
    if (again) {
        od_sheet_say(reader->input, OD_WARNING, at, "twice", "'%s' is said again here; this counts",
                     what);
    }
}

static void
read_midi(struct reader *reader, struct od_sheet_track *track)
{
    double channel = 1;
    size_t at = reader->word.at;
    if (!read_number(reader, "the MIDI channel", 1, 16, &channel)) {
        return;
    }
    if (channel != (double)(int)channel) {
        od_sheet_say(reader->input, OD_ERROR, at, "range", "MIDI channels are 1..16");
    }
    say_again(reader, track->channel >= 0, at, "midi");
    track->channel = (int)channel - 1;
}

static void
read_items(struct reader *reader, struct od_sheet_track *track)
{
    struct od_buf values = {0}, sends = {0};
    int n = 0;
    while (reader->kind != TOKEN_END) {
        const struct od_sheet_word *word = &reader->word;
        bool plain = reader->kind == TOKEN_WORD;
        if (n++ == MOST_ITEMS) {
            od_sheet_say(reader->input, OD_ERROR, word->at, "too-many",
                         "more than %d values in one track", MOST_ITEMS);
            skip_statement(reader);
        } else if (plain && is(word, "midi")) {
            next(reader);
            read_midi(reader, track);
        } else if (plain && is(word, "on")) {
            say_again(reader, track->line.length > 0, word->at, "on");
            next(reader);
            read_name(reader, "the line it is on", &track->line);
        } else if (plain && is(word, "send")) {
            next(reader);
            read_send(reader, &sends);
        } else if (plain && is(word, "mod")) {
            next(reader);
            if (reader->kind == TOKEN_END) {
                od_sheet_say(reader->input, OD_ERROR, reader->word.at, "missing",
                             "'mod' needs a parameter and a signal: mod cutoff sine 300..2000");
            } else {
                read_parameter(reader, &values, true);
            }
        } else {
            read_parameter(reader, &values, false);
        }
    }
    track->values = keep(reader, &values, sizeof *track->values, &track->n_values);
    track->sends = keep(reader, &sends, sizeof *track->sends, &track->n_sends);
}

static void
read_track(struct reader *reader, const struct od_sheet_word *id)
{
    struct od_sheet_track track = {.input = reader->input, .id = *id, .channel = -1};
    const struct od_buf *tracks = &part_of(reader)->tracks;
    check_name(reader, id);
    for (size_t i = 0; i < OD_SHEET_COUNT(*tracks, struct od_sheet_track); i++) {
        if (od_sheet_word_equal(&OD_SHEET_AT(*tracks, struct od_sheet_track, i)->id, id)) {
            od_sheet_say(reader->input, OD_ERROR, id->at, "twice",
                         "there is a track '%.*s' already", SHOW(id));
            break;
        }
    }
    size_t errors = reader->input->diags.errors;
    read_items(reader, &track);
    track.broken = reader->input->diags.errors > errors;
    append(reader, &part_of(reader)->tracks, &track, sizeof track);
}

/* The number of a setting. */
static void
read_amount(struct reader *reader, const struct od_sheet_word *word,
            struct od_sheet_setting setting, struct od_buf *settings)
{
    size_t at = reader->word.at;
    bool orbit = strcmp(setting.key, "orbit") == 0;
    for (size_t i = 0; i < OD_SHEET_COUNT(*settings, struct od_sheet_setting); i++) {
        if (strcmp(OD_SHEET_AT(*settings, struct od_sheet_setting, i)->key, setting.key) == 0) {
            od_sheet_say(reader->input, OD_ERROR, word->at, "twice",
                         "this line has its '%.*s' already", SHOW(word));
        }
    }
    if (!read_number(reader, setting.key, orbit ? 0 : -1e6, 1e6, &setting.value)) {
        return;
    }
    if (orbit && setting.value != (double)(int64_t)setting.value) {
        od_sheet_say(reader->input, OD_ERROR, at, "range", "an orbit is a whole number");
    }
    append(reader, settings, &setting, sizeof setting);
}

static void
read_setting(struct reader *reader, struct od_sheet_line *line, struct od_buf *settings)
{
    struct od_sheet_word word = reader->word;
    struct od_sheet_setting setting = {.key = od_name_line(word.text, word.length)};
    const char *near = od_name_nearest_line(word.text, word.length);
    bool plain = reader->kind == TOKEN_WORD;
    next(reader);
    if (plain && (is(&word, "mute") || is(&word, "solo"))) {
        *(is(&word, "mute") ? &line->mute : &line->solo) = true;
    } else if (!plain || setting.key == NULL) {
        od_sheet_say(reader->input, OD_ERROR, word.at, "unknown-name", "a line has no '%.*s'%s%s%s",
                     SHOW(&word), near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                     near != NULL ? "'?" : "");
        if (reader->kind == TOKEN_WORD &&
            parse_number(&reader->word, &setting.value, &(struct od_frac){0, 1})) {
            next(reader);
        }
    } else {
        read_amount(reader, &word, setting, settings);
    }
}

static void
read_line(struct reader *reader, const struct od_sheet_word *name)
{
    struct od_sheet_line line = {.input = reader->input, .name = *name};
    struct od_buf settings = {0};
    const struct od_buf *lines = &part_of(reader)->lines;
    check_name(reader, name);
    if (reader->kind != TOKEN_WORD || !is(&reader->word, "line")) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "expected",
                     "after '=' stands 'line', as in hall = line room 0.8");
        skip_statement(reader);
        return;
    }
    for (size_t i = 0; i < OD_SHEET_COUNT(*lines, struct od_sheet_line); i++) {
        if (od_sheet_word_equal(&OD_SHEET_AT(*lines, struct od_sheet_line, i)->name, name)) {
            od_sheet_say(reader->input, OD_ERROR, name->at, "twice",
                         "there is a line '%.*s' already", SHOW(name));
            break;
        }
    }
    next(reader);
    while (reader->kind != TOKEN_END) {
        read_setting(reader, &line, &settings);
    }
    line.settings = keep(reader, &settings, sizeof *line.settings, &line.n_settings);
    append(reader, &part_of(reader)->lines, &line, sizeof line);
}

/* ---- statements that begin with a word of their own -------------------------------------------
 */

static void
read_environment(struct reader *reader, enum od_sheet_number which)
{
    static const double limits[OD_SHEET_NUMBERS][2] = {
        {OD_BPM_MIN, OD_BPM_MAX}, {0, 1}, {0, 1e6}, {0, 9007199254740991.0}};
    size_t at = reader->word.at;
    double number;
    if (!read_number(reader, keywords[which], limits[which][0], limits[which][1], &number)) {
        return;
    }
    if (which == OD_SHEET_SEED && number != (double)(int64_t)number) {
        od_sheet_say(reader->input, OD_ERROR, at, "range", "a seed is a whole number");
    }
    if (which == OD_SHEET_SEED && part_of(reader)->scene.length > 0) {
        od_sheet_say(reader->input, OD_ERROR, at, "statement",
                     "'seed' is of the whole text: it stands before the first scene");
    }
    say_again(reader, part_of(reader)->said[which], at, keywords[which]);
    part_of(reader)->numbers[which] = number;
    part_of(reader)->said[which] = true;
    if (reader->kind != TOKEN_END) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "unexpected",
                     "'%s' takes one number; the next statement begins on a line of its own",
                     keywords[which]);
        skip_statement(reader);
    }
}

static void
read_switches(struct reader *reader, bool solo)
{
    struct od_sheet_switch one = {.input = reader->input, .solo = solo};
    struct od_buf *switches = &part_of(reader)->switches;
    do {
        if (OD_SHEET_COUNT(*switches, struct od_sheet_switch) == MOST) {
            od_sheet_say(reader->input, OD_ERROR, reader->word.at, "too-many", "more than %d names",
                         MOST);
            skip_statement(reader);
        } else if (read_name(reader, "the name of a track", &one.id)) {
            append(reader, switches, &one, sizeof one);
        }
    } while (reader->kind != TOKEN_END);
}

static void
read_scene(struct reader *reader)
{
    struct od_sheet_part part = {.input = reader->input};
    const struct od_buf *parts = &reader->sheet->parts;
    if (!read_name(reader, "the name of the scene", &part.scene)) {
        return;
    }
    check_name(reader, &part.scene);
    for (size_t i = 1; i < OD_SHEET_COUNT(*parts, struct od_sheet_part); i++) {
        if (od_sheet_word_equal(&OD_SHEET_AT(*parts, struct od_sheet_part, i)->scene,
                                &part.scene)) {
            od_sheet_say(reader->input, OD_ERROR, part.scene.at, "twice",
                         "there is a scene '%.*s' already", SHOW(&part.scene));
            break;
        }
    }
    if (is(&part.scene, "main")) {
        od_sheet_say(reader->input, OD_ERROR, part.scene.at, "taken",
                     "'main' is what stands before the first scene");
    }
    if (reader->kind != TOKEN_END) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "unexpected",
                     "a scene has one name; what it plays follows on lines of its own");
        skip_statement(reader);
    }
    append(reader, &reader->sheet->parts, &part, sizeof part);
}

static void
read_song(struct reader *reader)
{
    struct od_sheet_entry entry = {.input = reader->input};
    if (reader->sheet->song.length > 0) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "twice", "there is a song already");
    }
    do {
        if (OD_SHEET_COUNT(reader->sheet->song, struct od_sheet_entry) == MOST) {
            od_sheet_say(reader->input, OD_ERROR, reader->word.at, "too-many",
                         "more than %d entries", MOST);
            skip_statement(reader);
            return;
        }
        if (!read_name(reader, "the name of a scene", &entry.scene)) {
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
            if (!parse_number(&bars, &number, &exact) || exact.den != 1 || number < 1 ||
                number > 4096) {
                od_sheet_say(reader->input, OD_ERROR, bars.at, "range",
                             "after '@' stands how many bars, 1..4096");
                number = 1;
            }
        }
        entry.bars = (int)number;
        append(reader, &reader->sheet->song, &entry, sizeof entry);
    } while (reader->kind != TOKEN_END);
}

static void
read_keyword(struct reader *reader, size_t keyword)
{
    if (keyword < OD_SHEET_NUMBERS) {
        read_environment(reader, (enum od_sheet_number)keyword);
    } else if (keyword == KEYWORD_SCENE) {
        read_scene(reader);
    } else if (keyword == KEYWORD_SONG) {
        read_song(reader);
    } else {
        read_switches(reader, keyword == KEYWORD_SOLO);
    }
}

/* What other languages say for it. */
static bool
is_tempo(const struct od_sheet_word *word)
{
    return is(word, "tempo") || is(word, "setbpm") || is(word, "cps") || is(word, "setcps") ||
           is(word, "cpm") || is(word, "setcpm");
}

static void
fail_statement(struct reader *reader, const struct od_sheet_word *word)
{
    char copy[SHOWN + 1];
    size_t length = word->length < SHOWN ? word->length : SHOWN;
    memcpy(copy, word->text, length);
    copy[length] = '\0';
    for (size_t i = 0; i < length; i++) {
        copy[i] = (char)(copy[i] >= 'A' && copy[i] <= 'Z' ? copy[i] | 0x20 : copy[i]);
    }
    const char *near = is_tempo(word) ? "bpm" : od_diag_nearest(copy, keywords, KEYWORDS);
    if (near != NULL) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "statement",
                     "no statement begins with '%.*s'; did you mean '%s'? A track is '%.*s: ...'",
                     SHOW(word), near, SHOW(word));
    } else {
        od_sheet_say(reader->input, OD_ERROR, word->at, "statement",
                     "no statement begins with '%.*s'; a track needs a colon: '%.*s: ...'",
                     SHOW(word), SHOW(word));
    }
    skip_statement(reader);
}

static bool
next_is_number(const struct reader *reader)
{
    double number;
    struct od_frac exact;
    return reader->kind == TOKEN_WORD && parse_number(&reader->word, &number, &exact);
}

static void
read_statement(struct reader *reader)
{
    reader->head = true;
    reader->broken = false;
    next(reader);
    struct od_sheet_word word = reader->word;
    if (reader->kind != TOKEN_WORD) {
        if (reader->kind != TOKEN_END) {
            od_sheet_say(reader->input, OD_ERROR, word.at, "statement",
                         "a line begins with a word: a track is 'id: ...'");
        }
        skip_statement(reader);
        return;
    }
    next(reader);
    reader->head = false;
    enum token_kind after = reader->kind;
    size_t keyword = find_keyword(&word);
    if (after == TOKEN_COLON || after == TOKEN_EQUALS) {
        next(reader);
        if (is_tempo(&word) && next_is_number(reader)) {
            fail_statement(reader, &word);
            return;
        }
        if (keyword < OD_SHEET_NUMBERS && next_is_number(reader)) {
            od_sheet_say(reader->input, OD_ERROR, word.at, "taken",
                         "'%.*s' stands alone: %.*s %.*s", SHOW(&word), SHOW(&word),
                         SHOW(&reader->word));
            skip_statement(reader);
            return;
        }
        if (keyword < KEYWORDS) {
            od_sheet_say(reader->input, OD_ERROR, word.at, "taken",
                         "'%.*s' has a meaning of its own and cannot be the name of a %s",
                         SHOW(&word), after == TOKEN_COLON ? "track" : "line");
        }
        if (after == TOKEN_COLON) {
            read_track(reader, &word);
        } else {
            read_line(reader, &word);
        }
    } else if (keyword < KEYWORDS) {
        read_keyword(reader, keyword);
    } else {
        fail_statement(reader, &word);
    }
}

/* ---- all of it --------------------------------------------------------------------------------
 */

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
    struct reader reader = {.sheet = text, .input = input, .at = start};
    struct od_sheet_part session = {.input = input};
    if (text->parts.length == 0) {
        append(&reader, &text->parts, &session, sizeof session);
    }
    if (text->out_of_memory || input->source.length == 0 || !check_text(input)) {
        return;
    }
    reader.end = start + input->source.length;
    if (input->source.length >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
        reader.at += 3;
    }
    for (int n = 0; reader.at < reader.end && !text->out_of_memory; n++) {
        const char *before = reader.at;
        read_statement(&reader);
        if (n == MOST) {
            od_sheet_say(input, OD_ERROR, place(&reader, before), "too-many",
                         "more than %d statements", MOST);
            return;
        }
        if (reader.at < reader.end && *reader.at == '\n') {
            reader.at++;
        }
    }
}

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
    const char *hint =
        strcmp(what, "line") == 0 ? "; 'NAME = line room 0.8' on a line of its own makes one" : "";
    od_sheet_say(input, OD_ERROR, word->at, "unknown-name", "there is no %s '%.*s'%s%s%s", what,
                 SHOW(word), near != NULL ? "; did you mean '" : hint, near != NULL ? near : "",
                 near != NULL ? "'?" : "");
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
        for (size_t i = 0; i < OD_SHEET_COUNT(*lists[l], struct od_sheet_line); i++) {
            add_candidate(text, &candidates,
                          &OD_SHEET_AT(*lists[l], struct od_sheet_line, i)->name);
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
    bool found = is(&entry->scene, "main");
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

void
od_sheet_resolve(struct od_sheet *text)
{
    for (size_t i = 0; i < OD_SHEET_COUNT(text->parts, struct od_sheet_part); i++) {
        resolve_part(text, OD_SHEET_AT(text->parts, struct od_sheet_part, i));
    }
    for (size_t i = 0; i < OD_SHEET_COUNT(text->song, struct od_sheet_entry); i++) {
        resolve_entry(text, OD_SHEET_AT(text->song, struct od_sheet_entry, i));
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
