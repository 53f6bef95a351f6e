/* What the mini-notation is made of: letters, words, numbers; its nodes and errors. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "pattern/mini_read.h"

#define NUMBER_SIZE 64

size_t
od_mini_place(const struct od_mini_parser *parser, const char *at)
{
    return (size_t)(at - parser->source->text);
}

void
od_mini_fail(struct od_mini_parser *parser, size_t at, const char *code, const char *format, ...)
{
    char message[256];
    va_list args;
    if (parser->failed) {
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    parser->failed = true;
    od_diag_add(parser->diags, OD_ERROR, at, "", code, "%s", message);
}

void
od_mini_fail_memory(struct od_mini_parser *parser)
{
    parser->failed = true;
    parser->diags->out_of_memory = true;
}

struct od_mini *
od_mini_make(struct od_mini_parser *parser, enum od_mini_kind kind, size_t at)
{
    struct od_mini *node = od_arena_alloc(parser->arena, sizeof *node);
    if (node == NULL) {
        od_mini_fail_memory(parser);
        return NULL;
    }
    node->kind = kind;
    node->at = at;
    return node;
}

/* ---- letters and words ------------------------------------------------------------------------
 */

void
od_mini_skip_blanks(struct od_mini_parser *parser)
{
    while (parser->at < parser->end && strchr(" \t\r\n", *parser->at) != NULL) {
        parser->at++;
    }
}

char
od_mini_peek(const struct od_mini_parser *parser)
{
    if (parser->at == parser->end) {
        return '\0';
    }
    return (*parser->at & 0x80) != 0 ? 'a' : *parser->at;
}

static bool
is_word_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("~-#._", c) != NULL) || (c & 0x80) != 0;
}

size_t
od_mini_word_length(const struct od_mini_parser *parser)
{
    const char *at = parser->at;
    while (at < parser->end && is_word_letter(*at) &&
           !(*at == '.' && at + 1 < parser->end && at[1] == '.')) {
        at++;
    }
    return (size_t)(at - parser->at);
}

bool
od_mini_next_is_word(const struct od_mini_parser *parser, const char *word)
{
    size_t length = od_mini_word_length(parser);
    return length == strlen(word) && memcmp(parser->at, word, length) == 0;
}

bool
od_mini_next_is_range(const struct od_mini_parser *parser)
{
    return parser->end - parser->at >= 2 && memcmp(parser->at, "..", 2) == 0;
}

const char *
od_mini_shown_letter(const struct od_mini_parser *parser, char out[5])
{
    size_t n = od_utf8_length(parser->at, parser->end);
    n = n == 0 ? 1 : n;
    memcpy(out, parser->at, n);
    out[n] = '\0';
    return out;
}

static void
set_number(struct od_mini *atom)
{
    char copy[NUMBER_SIZE];
    bool lost = false;
    atom->is_number =
        od_frac_parse(atom->text, atom->length, &atom->exact, &lost) && atom->length < sizeof copy;
    if (atom->is_number) {
        memcpy(copy, atom->text, atom->length);
        copy[atom->length] = '\0';
        atom->is_exact = !lost;
        atom->number = lost ? strtod(copy, NULL) : od_frac_double(atom->exact);
    }
}

struct od_mini *
od_mini_read_word(struct od_mini_parser *parser)
{
    size_t at = od_mini_place(parser, parser->at);
    size_t length = od_mini_word_length(parser);
    bool rest = length == 1 && strchr("~-", *parser->at) != NULL;
    if (!rest && memchr(parser->at, '~', length) != NULL) {
        od_mini_fail(parser, at, "rest", "'~' is a rest and stands alone, in '%.*s' it does not",
                     (int)od_utf8_cut(parser->at, length, OD_MINI_SHOWN), parser->at);
        return NULL;
    }
    struct od_mini *atom = od_mini_make(parser, rest ? OD_MINI_REST : OD_MINI_ATOM, at);
    if (atom != NULL) {
        atom->text = parser->at;
        atom->length = length;
        set_number(atom);
        parser->at += length;
    }
    return atom;
}

bool
od_mini_read_number(struct od_mini_parser *parser, struct od_frac *number)
{
    size_t at = od_mini_place(parser, parser->at), length = od_mini_word_length(parser);
    bool lost = false;
    if (length == 0 || !od_frac_parse(parser->at, length, number, &lost)) {
        return false;
    }
    if (lost) {
        od_mini_fail(parser, at, "overflow", "this number has too many digits");
    }
    parser->at += length;
    return true;
}
