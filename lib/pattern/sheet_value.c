/* The values of a track: a name, then a pattern, a constant or a signal. */
#include <string.h>

#include "pattern/sheet_read.h"

static bool
is_word_of(const struct od_name *name)
{
    return name->kind == OD_NAME_PARAM && od_params[name->param].type == OD_PARAM_STRING;
}

/* `300 .. 2000`: with blanks between. */
static bool
is_split(const struct od_sheet_reader *reader)
{
    const char *at = reader->at;
    while (at < reader->end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return reader->end - at >= 2 && memcmp(at, "..", 2) == 0;
}

static void
fail_bounds(struct od_sheet_reader *reader)
{
    od_sheet_say(reader->input, OD_ERROR, reader->word.at, "number",
                 "a signal goes from a number to a number, as in 300..2000%s, found '%.*s'",
                 is_split(reader) ? " without blanks" : "", OD_SHEET_SHOW(&reader->word));
    bool more;
    do {
        more = is_split(reader) || memcmp(reader->at - 2, "..", 2) == 0;
        od_sheet_next(reader);
    } while (more && reader->kind == OD_TOKEN_WORD &&
             strchr("0123456789-.", reader->word.text[0]) != NULL);
}

/* `300..2000` */
static void
read_bounds(struct od_sheet_reader *reader, struct od_sheet_value *value)
{
    const char *dots = memmem(reader->word.text, reader->word.length, "..", 2);
    struct od_frac exact;
    if (reader->kind != OD_TOKEN_WORD || reader->word.length == 0 ||
        (dots == NULL && strchr("0123456789-.", reader->word.text[0]) == NULL)) {
        return;
    }
    dots = dots == NULL ? reader->word.text : dots; /* no range, which is said below */
    struct od_sheet_word low = reader->word, high = reader->word;
    low.length = (size_t)(dots - low.text);
    high.text = dots + 2;
    high.length -= low.length + (high.length - low.length < 2 ? high.length - low.length : 2);
    value->bounded = true;
    if (!od_sheet_parse_number(&low, &value->signal.low, &exact) ||
        !od_sheet_parse_number(&high, &value->signal.high, &exact)) {
        fail_bounds(reader);
        return;
    }
    od_sheet_next(reader);
}

void
od_sheet_read_per(struct od_sheet_reader *reader, struct od_sheet_value *value)
{
    double number;
    if (reader->kind != OD_TOKEN_WORD || !od_sheet_is(&reader->word, "per")) {
        return;
    }
    od_sheet_next(reader);
    if (reader->kind != OD_TOKEN_WORD ||
        !od_sheet_parse_number(&reader->word, &number, &value->signal.per) ||
        value->signal.per.num <= 0) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "number",
                     "'per' needs how many bars, a number above 0");
        value->signal.per = od_frac_int(1);
    }
    if (reader->kind == OD_TOKEN_WORD) {
        od_sheet_next(reader);
    }
}

static bool
is_constant(const struct od_mini *node)
{
    return node->kind == OD_MINI_ATOM ||
           (node->kind == OD_MINI_TAIL && node->child->kind == OD_MINI_ATOM &&
            node->args[0]->kind == OD_MINI_ATOM);
}

static bool
is_time(const struct od_name *name)
{
    return name->kind == OD_NAME_EARLY || name->kind == OD_NAME_LATE;
}

/* `early 1/3`: a time may be a fraction. */
static const struct od_mini *
make_fraction(struct od_sheet_reader *reader)
{
    struct od_mini *atom = od_arena_alloc(&reader->sheet->arena, sizeof *atom);
    if (atom == NULL) {
        od_sheet_no_memory(reader);
        return NULL;
    }
    *atom = (struct od_mini){.kind = OD_MINI_ATOM, .at = reader->word.at};
    atom->text = reader->word.text;
    atom->length = reader->word.length;
    atom->is_exact = od_sheet_parse_number(&reader->word, &atom->number, &atom->exact);
    atom->is_number = atom->is_exact;
    return atom;
}

/* The name of a parameter begins with a letter, whatever its language. */
static bool
begins_name(const struct od_sheet_word *word)
{
    char c = word->length > 0 ? word->text[0] : '\0';
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    return letter && od_sheet_is_plain_name(word) && !od_sheet_has_foreign_quote(word);
}

/* A bare word that a constant can be: what is odd about another one is explained. */
static bool
is_plain(const struct od_sheet_reader *reader, const struct od_sheet_value *value)
{
    struct od_frac exact;
    double number;
    const struct od_sheet_word *word = &reader->word;
    return reader->kind != OD_TOKEN_WORD ||
           (od_sheet_parse_number(word, &number, &exact) &&
            (is_time(&value->name) || memchr(word->text, '/', word->length) == NULL));
}

/* False if it is wrong; then it was said. */
static bool
read_plain(struct od_sheet_reader *reader, struct od_sheet_value *value)
{
    value->kind = reader->kind == OD_TOKEN_STRING ? OD_VALUE_PATTERN : OD_VALUE_CONSTANT;
    value->node = is_time(&value->name) && reader->kind == OD_TOKEN_WORD
                      ? make_fraction(reader)
                      : od_mini_read(&reader->input->source, reader->word.text, reader->word.length,
                                     &reader->sheet->arena, &reader->input->diags);
    reader->sheet->out_of_memory =
        reader->sheet->out_of_memory || reader->input->diags.out_of_memory;
    bool good = value->node != NULL;
    if (good && value->kind == OD_VALUE_CONSTANT && !is_constant(value->node)) {
        od_sheet_say(reader->input, OD_ERROR, value->at, "quotes",
                     "a pattern stands in quotes: %.*s \"%.*s\"", OD_SHEET_SHOW(&value->word),
                     OD_SHEET_SHOW(&reader->word));
        good = false;
    }
    od_sheet_next(reader);
    return good;
}

static void
read_value(struct od_sheet_reader *reader, struct od_buf *values, struct od_sheet_value *value)
{
    bool good = true;
    value->at = reader->word.at;
    value->signal = (struct od_signal){.high = 1, .per = {1, 1}};
    if (reader->kind == OD_TOKEN_END) {
        if (!reader->broken) {
            od_sheet_say(reader->input, OD_ERROR, value->word.at, "missing",
                         "'%.*s' needs a value: a \"pattern\", a word, a number or a signal",
                         OD_SHEET_SHOW(&value->word));
        }
        return;
    }
    if (reader->kind == OD_TOKEN_WORD && (value->mod || !is_word_of(&value->name)) &&
        od_signal_find(reader->word.text, reader->word.length, &value->signal.shape)) {
        value->kind = OD_VALUE_SIGNAL;
        od_sheet_next(reader);
        read_bounds(reader, value);
        od_sheet_judge_signal(reader, value);
        od_sheet_read_per(reader, value);
    } else if (value->mod) {
        od_sheet_say(reader->input, OD_ERROR, value->at, "signal",
                     "'mod %.*s' needs a signal: sine saw isaw tri square rand perlin",
                     OD_SHEET_SHOW(&value->word));
        od_sheet_next(reader);
        return;
    } else {
        good = (is_plain(reader, value) || !od_sheet_explain_value(reader, value)) &&
               read_plain(reader, value);
    }
    if (good) {
        od_sheet_append(reader, values, value, sizeof *value);
    }
}

/* A signal where a name was expected, with all that belongs to it: one fault. */
static void
fail_signal(struct od_sheet_reader *reader)
{
    struct od_sheet_value unused = {.at = reader->word.at};
    od_sheet_say(reader->input, OD_ERROR, reader->word.at, "signal",
                 "a signal is the value of a name, as in pan sine 0..1 per 2, found '%.*s'",
                 OD_SHEET_SHOW(&reader->word));
    if (!od_sheet_is(&reader->word, "per")) {
        od_sheet_next(reader);
        read_bounds(reader, &unused);
    }
    od_sheet_read_per(reader, &unused);
}

static bool
is_of_signal(const struct od_sheet_word *word)
{
    enum od_signal_shape shape;
    return od_sheet_is(word, "per") || od_signal_find(word->text, word->length, &shape);
}

void
od_sheet_read_parameter(struct od_sheet_reader *reader, struct od_buf *values, bool mod)
{
    struct od_sheet_value value = {.word = reader->word, .mod = mod};
    if (reader->kind == OD_TOKEN_STRING) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at - 1, "name",
                     "what is this pattern of? A name stands before it, as in s \"bd sn\"");
        od_sheet_next(reader);
        return;
    }
    if (!begins_name(&value.word)) {
        od_sheet_fail_name(reader);
        return;
    }
    value.name = od_name_find(value.word.text, value.word.length);
    if (value.name.kind == OD_NAME_EXTRA && is_of_signal(&value.word)) {
        fail_signal(reader);
        return;
    }
    if (od_sheet_judge_name(reader, values, &value)) {
        read_value(reader, values, &value);
    }
}
