#include "text/texts.h"

#include <string.h>

#define RECORD_SEPARATOR '\x1e'
#define KEPT             ((size_t)1 << 20) /* of an input that is followed, between large texts */

static void
compact(struct od_texts *texts)
{
    size_t rest = texts->buf.length - texts->start;
    if (rest == 0 && texts->buf.capacity > KEPT) {
        od_buf_clear(&texts->buf);
    } else if (texts->start > 0 && texts->start >= rest) {
        memmove(texts->buf.data, texts->buf.data + texts->start, rest);
        texts->buf.length = rest;
    } else {
        return;
    }
    texts->at -= texts->start;
    texts->start = 0;
}

bool
od_texts_feed(struct od_texts *texts, const void *bytes, size_t size)
{
    compact(texts);
    if (od_buf_append(&texts->buf, bytes, size)) {
        return true;
    }
    texts->buf.failed = false;
    return false;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Between texts, and in one that is neither object nor array: its blanks are its own. */
static void
skip(struct od_texts *texts, char c)
{
    if (texts->begun) {
        return;
    }
    if ((texts->line_rest && is_blank(c)) || c == RECORD_SEPARATOR) {
        texts->start = texts->at + 1;
        texts->line_rest = texts->line_rest && c != '\n';
    } else if (!is_blank(c)) {
        texts->begun = true;
    }
}

static void
scan_string(struct od_texts *texts, char c)
{
    if (texts->escaped) {
        texts->escaped = false;
    } else if (c == '\\') {
        texts->escaped = true;
    } else if (c == '"' || c == '\n') {
        texts->in_string = false;
    }
}

/* True if the text is complete with this byte. */
static bool
scan_open(struct od_texts *texts, char c)
{
    switch (c) {
    case '"':
        texts->in_string = true;
        return false;
    case '{':
    case '[':
        texts->depth++;
        return false;
    case '}':
    case ']':
        texts->depth--;
        return texts->depth == 0;
    default:
        return false;
    }
}

/* The text ends before the byte at `end`. */
static void
take(struct od_texts *texts, size_t end, struct od_text *text)
{
    text->bytes = (const char *)texts->buf.data + texts->start;
    text->length = end - texts->start;
    texts->start = texts->at = end;
    texts->depth = 0;
    texts->begun = texts->in_string = texts->escaped = false;
    texts->line_rest = true;
}

/* True if the byte at `at` ends what is open: before it (`*end` = at), or with it. */
static bool
scan(struct od_texts *texts, char c, size_t *end)
{
    bool bracket = c == '{' || c == '[';
    *end = texts->at;
    if (texts->begun && c == RECORD_SEPARATOR) {
        return true;
    }
    if (texts->in_string) {
        scan_string(texts, c);
        return false;
    }
    if (texts->depth == 0) {
        if (texts->begun && (bracket || c == '\n')) {
            return true;
        }
        skip(texts, c);
        texts->depth = bracket ? 1 : 0;
        return false;
    }
    *end = texts->at + 1;
    return scan_open(texts, c);
}

bool
od_texts_next(struct od_texts *texts, struct od_text *text)
{
    while (texts->at < texts->buf.length) {
        size_t end;
        if (scan(texts, (char)texts->buf.data[texts->at], &end)) {
            take(texts, end, text);
            return true;
        }
        texts->at++;
    }
    return false;
}

bool
od_texts_end(struct od_texts *texts, struct od_text *text)
{
    if (!texts->begun) {
        return false;
    }
    take(texts, texts->buf.length, text);
    return true;
}

size_t
od_texts_waiting(const struct od_texts *texts)
{
    return texts->begun ? texts->buf.length - texts->start : 0;
}

void
od_texts_clear(struct od_texts *texts)
{
    od_buf_clear(&texts->buf);
    *texts = (struct od_texts){0};
}
