/* What is told of a word that stands where a name or a value should, and is none. */
#include <string.h>

#include "pattern/foreign.h"
#include "pattern/sheet_read.h"

bool
od_sheet_is_indented(const struct od_sheet_reader *reader, const struct od_sheet_word *word)
{
    const char *start = reader->input->source.text, *at = word->text;
    while (at > start && (at[-1] == ' ' || at[-1] == '\t')) {
        at--;
    }
    return at < word->text && (at == start || at[-1] == '\n');
}

static bool
is_number(const struct od_sheet_word *word)
{
    double number;
    struct od_frac exact;
    return od_sheet_parse_number(word, &number, &exact);
}

static bool
has_any(const struct od_sheet_word *word, const char *letters)
{
    for (size_t i = 0; i < word->length; i++) {
        if (strchr(letters, word->text[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool
has_range(const struct od_sheet_word *word)
{
    return memmem(word->text, word->length, "..", 2) != NULL;
}

/* ---- names ------------------------------------------------------------------------------------
 */

/* `gain:` or, what stands behind a blank or on a line of its own, `snare:`. */
static const char *
hint_of_colon(const struct od_sheet_reader *reader, const struct od_sheet_word *word)
{
    if (od_name_find(word->text, word->length - 1).kind != OD_NAME_EXTRA) {
        return "a name has its value beside it, without a colon: gain 0.8";
    }
    if (od_sheet_is_indented(reader, word)) {
        return OD_SHEET_INDENTED;
    }
    return "a track begins on a line of its own";
}

static const char *
hint_of_name(const struct od_sheet_reader *reader, const struct od_sheet_word *word)
{
    const char *sign = od_foreign_sign(word->text, word->length);
    if (is_number(word)) {
        return "several values stand in quotes: gain \"0.5 0.6\"";
    }
    if (word->text[0] == '.' && !has_range(word)) {
        return od_foreign_sign(".", 1);
    }
    if (word->text[0] == '#') {
        return "names and values follow each other with blanks between, a comment begins with '//'";
    }
    if (sign != NULL) {
        return sign;
    }
    if (word->text[word->length - 1] == ':') {
        return hint_of_colon(reader, word);
    }
    if (has_range(word)) {
        return "a range belongs to a signal: cutoff sine 300..2000";
    }
    if (has_any(word, "=")) {
        return "a name has its value beside it: gain 0.8";
    }
    if (has_any(word, "(")) {
        return "a value needs no parentheses: s \"bd sn\"";
    }
    return "a name with a value follows, as in gain 0.8";
}

void
od_sheet_fail_name(struct od_sheet_reader *reader)
{
    const struct od_sheet_word *word = &reader->word;
    if (od_sheet_has_foreign_quote(word)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "quotes",
                     "quotes are straight and double, \"bd sn\", found %.*s", OD_SHEET_SHOW(word));
    } else {
        od_sheet_say(reader->input, OD_ERROR, word->at, "name", "expected a name, found '%.*s': %s",
                     OD_SHEET_SHOW(word), hint_of_name(reader, word));
    }
    od_sheet_skip_statement(reader);
}

/* The value that stands right before a name, with nothing but blanks between; or NULL. */
static const struct od_sheet_value *
value_before(const struct od_buf *values, const struct od_sheet_word *name)
{
    size_t n = OD_SHEET_COUNT(*values, struct od_sheet_value);
    const struct od_sheet_value *value =
        n > 0 ? OD_SHEET_AT(*values, struct od_sheet_value, n - 1) : NULL;
    if (value == NULL || value->kind != OD_VALUE_CONSTANT || value->node->kind != OD_MINI_ATOM) {
        return NULL;
    }
    for (const char *at = value->node->text + value->node->length; at < name->text; at++) {
        if (strchr(" \t\r\n", *at) == NULL) {
            return NULL;
        }
    }
    return value;
}

/* `note c4 e4`: a pattern whose quotes were forgotten. */
static bool
is_note_after(const struct od_sheet_value *before, const struct od_sheet_word *word)
{
    int note;
    return before != NULL && before->name.kind == OD_NAME_NOTE &&
           od_name_note(word->text, word->length, &note);
}

/* `s bd sn`: likewise; but whoever adds a parameter of words may do so. */
static bool
is_sound_after(const struct od_sheet_reader *reader, const struct od_sheet_value *before)
{
    bool word = reader->kind == OD_TOKEN_WORD && !is_number(&reader->word);
    return before != NULL && before->name.kind == OD_NAME_PARAM &&
           before->name.param == OD_PARAM_S && (word || reader->kind == OD_TOKEN_END);
}

static void
say_quotes(struct od_sheet_reader *reader, enum od_severity severity,
           const struct od_sheet_value *before, const struct od_sheet_word *word)
{
    od_sheet_say(reader->input, severity, word->at, "quotes",
                 "'%.*s' is taken for a name; several values stand in quotes: %.*s \"%.*s %.*s\"",
                 OD_SHEET_SHOW(word), OD_SHEET_SHOW(&before->word),
                 (int)(before->node->length < 40 ? before->node->length : 40), before->node->text,
                 OD_SHEET_SHOW(word));
}

/* What is no name that we know. False if it cannot be one that is sent, which was said. */
static bool
judge_unknown(struct od_sheet_reader *reader, const struct od_buf *values,
              const struct od_sheet_word *word)
{
    const struct od_sheet_value *before = value_before(values, word);
    const char *hint = od_foreign_name(word->text, word->length);
    const char *near = od_name_nearest(word->text, word->length);
    bool lacks = reader->kind == OD_TOKEN_END && !reader->broken;
    enum od_severity severity = lacks ? OD_ERROR : OD_WARNING;
    if (is_note_after(before, word)) {
        say_quotes(reader, OD_ERROR, before, word);
        while (reader->kind == OD_TOKEN_WORD && is_note_after(before, &reader->word)) {
            od_sheet_next(reader);
        }
        return false;
    }
    if (reader->midi && (hint != NULL || near != NULL)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "midi",
                     "a MIDI track has no '%.*s'; %s%s%s", OD_SHEET_SHOW(word),
                     hint != NULL ? hint : "did you mean '", hint != NULL ? "" : near,
                     hint != NULL ? "" : "'?");
    } else if (hint != NULL) {
        od_sheet_say(reader->input, severity, word->at, "unknown-name",
                     "'%.*s' has no meaning here%s; %s", OD_SHEET_SHOW(word),
                     lacks ? "" : " and is sent as it is", hint);
    } else if (near != NULL) {
        od_sheet_say(reader->input, severity, word->at, "unknown-name",
                     "'%.*s' %s; did you mean '%s'?", OD_SHEET_SHOW(word),
                     lacks ? "needs a value" : "is sent as it is", near);
    } else if (is_sound_after(reader, before)) {
        say_quotes(reader, severity, before, word);
    } else {
        return true;
    }
    return !lacks;
}

/* `swing 0.1` in a track: with its number. */
static void
fail_keyword(struct od_sheet_reader *reader, const struct od_sheet_word *word)
{
    od_sheet_say(reader->input, OD_ERROR, word->at, "statement",
                 "'%.*s' begins a statement, which stands on a line of its own%s",
                 OD_SHEET_SHOW(word),
                 od_sheet_is_indented(reader, word) ? ", without a blank before it" : "");
    if (reader->kind == OD_TOKEN_WORD && is_number(&reader->word)) {
        od_sheet_next(reader);
    }
}

static bool
is_item(const struct od_sheet_word *word)
{
    return od_sheet_is(word, "midi") || od_sheet_is(word, "on") || od_sheet_is(word, "send") ||
           od_sheet_is(word, "mod");
}

bool
od_sheet_judge_name(struct od_sheet_reader *reader, const struct od_buf *values,
                    const struct od_sheet_value *value)
{
    const struct od_sheet_word *word = &value->word;
    const char *taken = od_foreign_taken(word->text, word->length);
    od_sheet_next(reader);
    if (value->name.kind == OD_NAME_CC && value->name.controller < 0) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "range", "controllers are cc0..cc127");
    }
    if (value->name.kind != OD_NAME_EXTRA) {
        return true;
    }
    if (od_sheet_find_keyword(word) < OD_KEYWORDS) {
        fail_keyword(reader, word);
        return false;
    }
    if (od_sheet_is(word, "line")) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "statement", "%s",
                     od_foreign_sign(word->text, word->length));
        od_sheet_skip_statement(reader);
        return false;
    }
    if (is_item(word)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "modulation",
                     "'mod' needs a parameter and a signal: mod cutoff sine 300..2000");
        return true;
    }
    if (taken != NULL) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "taken",
                     "'%.*s' is in every message already: %s", OD_SHEET_SHOW(word), taken);
        return true;
    }
    return judge_unknown(reader, values, word);
}

/* ---- values -----------------------------------------------------------------------------------
 */

static bool
wants_number(const struct od_name *name)
{
    return name->kind == OD_NAME_PARAM ? od_params[name->param].type != OD_PARAM_STRING
                                       : name->kind != OD_NAME_NOTE && name->kind != OD_NAME_EXTRA;
}

/* What would belong to a signal. */
static void
skip_signal(struct od_sheet_reader *reader)
{
    struct od_sheet_value unused = {.at = reader->word.at};
    while (reader->kind == OD_TOKEN_WORD && strchr("0123456789-.", reader->word.text[0]) != NULL) {
        od_sheet_next(reader);
    }
    od_sheet_read_per(reader, &unused);
}

/* All of a value whose brackets were written without quotes. */
static struct od_sheet_word
take_brackets(struct od_sheet_reader *reader)
{
    struct od_sheet_word whole = reader->word;
    int depth = 0;
    do {
        for (size_t i = 0; i < reader->word.length; i++) {
            char c = reader->word.text[i];
            depth += strchr("[<{(", c) != NULL ? 1 : strchr("]>})", c) != NULL ? -1 : 0;
        }
        whole.length = (size_t)(reader->word.text + reader->word.length - whole.text);
        od_sheet_next(reader);
    } while (depth > 0 && reader->kind == OD_TOKEN_WORD);
    return whole;
}

/* `sine(300,2000)`, `sine.range(300,2000)` */
static bool
explain_call(struct od_sheet_reader *reader, const struct od_sheet_value *value)
{
    struct od_sheet_word shape = reader->word;
    enum od_signal_shape found;
    shape.length = 0;
    while (shape.length < reader->word.length &&
           !od_sheet_is_one(shape.text[shape.length], "(.*+")) {
        shape.length++;
    }
    if (shape.length == reader->word.length ||
        (!od_signal_find(shape.text, shape.length, &found) &&
         od_foreign_signal(shape.text, shape.length) == NULL)) {
        return false;
    }
    od_sheet_say(reader->input, OD_ERROR, reader->word.at, "signal",
                 "a signal is followed by what it goes from and to: %.*s sine 300..2000",
                 OD_SHEET_SHOW(&value->word));
    take_brackets(reader);
    skip_signal(reader);
    return true;
}

static bool
explain_signal(struct od_sheet_reader *reader, const struct od_sheet_value *value)
{
    static const char *const shapes[] = {"sine", "saw", "isaw", "tri", "square", "rand", "perlin"};
    const struct od_sheet_word word = reader->word;
    const char *hint = od_foreign_signal(word.text, word.length), *near = NULL;
    char copy[OD_SHEET_SHOWN];
    if (hint == NULL && wants_number(&value->name) && word.length < sizeof copy) {
        memcpy(copy, word.text, word.length);
        copy[word.length] = '\0';
        near = od_diag_nearest(copy, shapes, sizeof shapes / sizeof shapes[0]);
    }
    if (value->name.kind == OD_NAME_EXTRA || (hint == NULL && near == NULL)) {
        return false;
    }
    od_sheet_say(reader->input, OD_ERROR, word.at, "signal", "there is no signal '%.*s'; %s%s%s",
                 OD_SHEET_SHOW(&word), hint != NULL ? hint : "did you mean '",
                 hint != NULL ? "" : near, hint != NULL ? "" : "'?");
    od_sheet_next(reader);
    skip_signal(reader);
    return true;
}

/* `pan 0,6`, `gain 1/2`, `cutoff 300..2000` */
static bool
explain_number(struct od_sheet_reader *reader, const struct od_sheet_value *value)
{
    struct od_sheet_word word = reader->word, after = word;
    const char *comma = memchr(word.text, ',', word.length);
    double number;
    struct od_frac exact;
    if (comma != NULL) {
        word.length = (size_t)(comma - word.text);
        after.text = comma + 1;
        after.length -= word.length + 1;
    }
    if (comma != NULL && is_number(&word) && is_number(&after)) {
        od_sheet_say(reader->input, OD_ERROR, word.at, "number",
                     "a number has a point, not a comma: %.*s %.*s.%.*s",
                     OD_SHEET_SHOW(&value->word), OD_SHEET_SHOW(&word), OD_SHEET_SHOW(&after));
    } else if (od_sheet_parse_number(&word, &number, &exact)) {
        od_sheet_say(reader->input, OD_ERROR, word.at, "number",
                     "only times are fractions; a number has a point: %.*s %.6g",
                     OD_SHEET_SHOW(&value->word), number);
    } else if (has_range(&word)) {
        od_sheet_say(reader->input, OD_ERROR, word.at, "signal",
                     "which signal goes there? %.*s sine %.*s, or saw tri square rand perlin",
                     OD_SHEET_SHOW(&value->word), OD_SHEET_SHOW(&word));
    } else {
        return false;
    }
    od_sheet_next(reader);
    return true;
}

bool
od_sheet_explain_value(struct od_sheet_reader *reader, const struct od_sheet_value *value)
{
    const struct od_sheet_word word = reader->word;
    bool letter = word.text[0] >= 'A' && word.text[0] <= 'z';
    const char *sign = letter ? NULL : od_foreign_sign(word.text, word.length);
    if (od_sheet_has_foreign_quote(&word) || word.text[0] == '(' || word.text[0] == '=' ||
        (sign != NULL && !od_sheet_is(&word, "-"))) {
        od_sheet_fail_name(reader);
        return true;
    }
    if (explain_call(reader, value)) {
        return true;
    }
    if (has_any(&word, "[<{(")) {
        struct od_sheet_word whole = take_brackets(reader);
        od_sheet_say(reader->input, OD_ERROR, whole.at, "quotes",
                     "a pattern stands in quotes: %.*s \"%.*s\"", OD_SHEET_SHOW(&value->word),
                     OD_SHEET_SHOW(&whole));
        return true;
    }
    return explain_signal(reader, value) ||
           (has_any(&word, ",/.") && explain_number(reader, value));
}

void
od_sheet_judge_signal(struct od_sheet_reader *reader, const struct od_sheet_value *value)
{
    const char *ends = od_name_ends(&value->name);
    struct od_sheet_word shape = {reader->input->source.text + value->at, 0, value->at};
    while (shape.text + shape.length < reader->end && shape.text[shape.length] >= 'a' &&
           shape.text[shape.length] <= 'z') {
        shape.length++;
    }
    if (!value->bounded && !value->mod && ends != NULL) {
        od_sheet_say(reader->input, OD_WARNING, value->at, "odd",
                     "this goes from 0 to 1; say from where to where, as in %.*s %.*s %s",
                     OD_SHEET_SHOW(&value->word), OD_SHEET_SHOW(&shape), ends);
    }
}
