/* What a pattern text is made of: tokens, numbers, names; what is wrong with it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "pattern/sheet_read.h"

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
        const struct od_diag *said = &diags->items[i];
        if (said->offset == at && said->severity >= severity && strcmp(said->code, code) == 0) {
            return; /* what many events of one word say is said once, but no error for a warning */
        }
    }
    od_diag_add(diags, severity, at, "", code, "%s", message);
}

bool
od_sheet_word_equal(const struct od_sheet_word *a, const struct od_sheet_word *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

bool
od_sheet_is(const struct od_sheet_word *word, const char *text)
{
    return word->length == strlen(text) && memcmp(word->text, text, word->length) == 0;
}

int
od_sheet_shown(const struct od_sheet_word *word)
{
    return (int)od_utf8_cut(word->text, word->length, OD_SHEET_SHOWN);
}

void
od_sheet_no_memory(struct od_sheet_reader *reader)
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
at_comment(const struct od_sheet_reader *reader)
{
    return reader->end - reader->at >= 2 && reader->at[0] == '/' && reader->at[1] == '/';
}

static void
skip_line(struct od_sheet_reader *reader)
{
    const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    reader->at = newline == NULL ? reader->end : newline;
}

/* Blanks, comments, and line ends after which the statement goes on. */
static void
skip_blanks(struct od_sheet_reader *reader)
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
        reader->next = reader->at;
        reader->at = newline;
    }
}

size_t
od_sheet_place(const struct od_sheet_reader *reader, const char *at)
{
    return (size_t)(at - reader->input->source.text);
}

/* Looked for once a line: a line may have as many quotes as bytes. */
static const char *
line_end(struct od_sheet_reader *reader, const char *at)
{
    if (reader->line_end == NULL || at > reader->line_end) {
        const char *newline = memchr(at, '\n', (size_t)(reader->end - at));
        reader->line_end = newline == NULL ? reader->end : newline;
    }
    return reader->line_end;
}

/* A quote ends on its own line: what lies behind one that is not closed is anybody's guess. */
static void
read_string(struct od_sheet_reader *reader)
{
    const char *start = ++reader->at;
    const char *line = line_end(reader, start);
    const char *quote = memchr(start, '"', (size_t)(line - start));
    reader->kind = OD_TOKEN_STRING;
    if (quote == NULL) {
        od_sheet_say(reader->input, OD_ERROR, od_sheet_place(reader, start - 1), "unclosed",
                     "this quote is not closed on its line");
        quote = line;
        reader->kind = OD_TOKEN_END;
        reader->broken = true;
    }
    reader->word =
        (struct od_sheet_word){start, (size_t)(quote - start), od_sheet_place(reader, start)};
    reader->at = quote < line ? quote + 1 : line;
    if (reader->kind == OD_TOKEN_END) {
        for (skip_blanks(reader); reader->at < reader->end && *reader->at != '\n';) {
            skip_line(reader);
            skip_blanks(reader);
        }
    }
}

static void
read_word(struct od_sheet_reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && !is_blank(*reader->at) && *reader->at != '\n' &&
           *reader->at != '"' && !at_comment(reader) &&
           !(reader->head && strchr(":=", *reader->at) != NULL)) {
        reader->at++;
    }
    reader->kind = OD_TOKEN_WORD;
    reader->word =
        (struct od_sheet_word){start, (size_t)(reader->at - start), od_sheet_place(reader, start)};
}

void
od_sheet_next(struct od_sheet_reader *reader)
{
    skip_blanks(reader);
    reader->word = (struct od_sheet_word){reader->at, 0, od_sheet_place(reader, reader->at)};
    if (reader->at == reader->end || *reader->at == '\n') {
        reader->kind = OD_TOKEN_END;
    } else if (*reader->at == '"') {
        read_string(reader);
    } else if (reader->head && *reader->at == ':') {
        reader->kind = OD_TOKEN_COLON;
        reader->at++;
    } else if (reader->head && *reader->at == '=') {
        reader->kind = OD_TOKEN_EQUALS;
        reader->at++;
    } else {
        read_word(reader);
    }
}

void
od_sheet_skip_statement(struct od_sheet_reader *reader)
{
    while (reader->kind != OD_TOKEN_END) {
        od_sheet_next(reader);
    }
}

/* ---- numbers and words ------------------------------------------------------------------------
 */

bool
od_sheet_parse_number(const struct od_sheet_word *word, double *number, struct od_frac *exact)
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

bool
od_sheet_read_number(struct od_sheet_reader *reader, const char *what, double least, double most,
                     double *number)
{
    struct od_frac exact;
    if (reader->kind != OD_TOKEN_WORD || !od_sheet_parse_number(&reader->word, number, &exact)) {
        bool quoted = reader->kind == OD_TOKEN_STRING;
        bool shown = quoted || reader->kind == OD_TOKEN_WORD;
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "number",
                     "%s needs %s number%s%.*s%s", what, quoted ? "one plain" : "a",
                     shown ? ", found '" : "", shown ? od_sheet_shown(&reader->word) : 0,
                     reader->word.text, shown ? "'" : "");
        od_sheet_skip_statement(reader);
        return false;
    }
    if (*number < least || *number > most) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "range",
                     "%s is %.16g..%.16g, found %.*s", what, least, most,
                     OD_SHEET_SHOW(&reader->word));
        *number = least;
    }
    od_sheet_next(reader);
    return true;
}

bool
od_sheet_is_plain_name(const struct od_sheet_word *word)
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

bool
od_sheet_has_foreign_quote(const struct od_sheet_word *word)
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

void
od_sheet_check_name(const struct od_sheet_reader *reader, const struct od_sheet_word *word)
{
    if (!od_sheet_is_plain_name(word)) {
        od_sheet_say(reader->input, OD_ERROR, word->at, "name",
                     "a name is made of letters, digits, '-', '_' and '.', found '%.*s'",
                     OD_SHEET_SHOW(word));
    }
}

bool
od_sheet_read_name(struct od_sheet_reader *reader, const char *what, struct od_sheet_word *word)
{
    if (reader->kind != OD_TOKEN_WORD) {
        od_sheet_say(reader->input, OD_ERROR, reader->word.at, "missing", "%s is missing here",
                     what);
        od_sheet_skip_statement(reader);
        return false;
    }
    *word = reader->word;
    if (word->text[word->length - 1] == ':') {
        od_sheet_say(reader->input, OD_ERROR, word->at, "name", "expected %s, found '%.*s': %s",
                     what, OD_SHEET_SHOW(word),
                     od_sheet_is_indented(reader, word) ? OD_SHEET_INDENTED
                                                        : "a track begins on a line of its own");
        od_sheet_skip_statement(reader);
        return false;
    }
    od_sheet_next(reader);
    return true;
}

struct od_sheet_part *
od_sheet_part_of(const struct od_sheet_reader *reader)
{
    return OD_SHEET_AT(reader->sheet->parts, struct od_sheet_part,
                       OD_SHEET_COUNT(reader->sheet->parts, struct od_sheet_part) - 1);
}

void *
od_sheet_keep(struct od_sheet_reader *reader, struct od_buf *list, size_t size, size_t *n)
{
    void *kept = od_arena_alloc(&reader->sheet->arena, list->length);
    if (kept == NULL || list->failed) {
        od_sheet_no_memory(reader);
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

void
od_sheet_append(struct od_sheet_reader *reader, struct od_buf *list, const void *record,
                size_t size)
{
    if (!od_buf_append(list, record, size)) {
        od_sheet_no_memory(reader);
    }
}
