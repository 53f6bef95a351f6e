#include "control/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/diag.h"
#include "text/json.h"

#define CHUNK ((size_t)64 * 1024)

/* What of a score's first bytes is before the line feed that they have. */
#define HEAD        OD_SCORE_MAGIC
#define HEAD_LENGTH ((size_t)5)

static size_t
waiting(const struct od_stream *stream)
{
    return stream->buf.length - stream->at;
}

/* Bytes that are done make room before new ones are taken in. */
static void
compact(struct od_stream *stream)
{
    size_t rest = waiting(stream);
    if (stream->at > 0 && (rest == 0 || stream->at >= rest)) {
        memmove(stream->buf.data, stream->buf.data + stream->at, rest);
        stream->buf.length = rest;
        stream->at = 0;
    }
}

bool
od_stream_feed(struct od_stream *stream, const void *bytes, size_t size)
{
    compact(stream);
    if (od_buf_append(&stream->buf, bytes, size)) {
        return true;
    }
    stream->buf.failed = false;
    return false;
}

/* What a large score needed is given back as soon as all is taken out. */
static void
shrink(struct od_stream *stream)
{
    if (waiting(stream) == 0 && stream->buf.capacity > 2 * CHUNK) {
        od_buf_clear(&stream->buf);
        stream->at = 0;
    }
}

static void
take(struct od_stream *stream, size_t size)
{
    stream->at += size;
    stream->scanned = 0;
}

/* Drops what is to be dropped; true if more of it is still to come. */
static bool
skipping(struct od_stream *stream)
{
    size_t rest = waiting(stream);
    if (stream->skip > 0) {
        size_t now = stream->skip < rest ? (size_t)stream->skip : rest;
        take(stream, now);
        stream->skip -= now;
        return stream->skip > 0;
    }
    if (stream->skip_line) {
        unsigned char *start = stream->buf.data + stream->at;
        unsigned char *end = rest > 0 ? memchr(start, '\n', rest) : NULL;
        take(stream, end != NULL ? (size_t)(end - start) + 1 : rest);
        stream->skip_line = end == NULL;
        return stream->skip_line;
    }
    return false;
}

static struct od_stream_item
bad_score(struct od_stream *stream, uint64_t total, struct od_stream_item item)
{
    item.kind = OD_STREAM_BAD_SCORE;
    stream->skip = total;
    stream->skip_line = total == 0;
    return item;
}

static struct od_stream_item
next_score(struct od_stream *stream)
{
    struct od_stream_item item = {.kind = OD_STREAM_MORE};
    const unsigned char *start = stream->buf.data + stream->at;
    uint64_t total = 0;
    enum od_status status = od_score_length(start, waiting(stream), &total, item.error);
    if (status != OD_OK) {
        return bad_score(stream, total, item);
    }
    if (total == 0 || waiting(stream) < total) {
        return item;
    }
    item.length = (size_t)total;
    item.score = malloc(item.length);
    item.kind = item.score != NULL ? OD_STREAM_SCORE : OD_STREAM_NO_MEMORY;
    if (item.score != NULL) {
        memcpy(item.score, start, item.length);
    }
    take(stream, item.length);
    return item;
}

static struct od_stream_item
next_line(struct od_stream *stream)
{
    struct od_stream_item item = {.kind = OD_STREAM_MORE};
    char *start = (char *)stream->buf.data + stream->at;
    size_t rest = waiting(stream);
    char *end = memchr(start + stream->scanned, '\n', rest - stream->scanned);
    size_t length = end != NULL ? (size_t)(end - start) : rest;
    if (length > OD_LINE_MAX) {
        stream->skip_line = true;
        item.kind = OD_STREAM_TOO_LONG;
        return item;
    }
    if (end == NULL) {
        stream->scanned = rest;
        return item;
    }
    item.kind = OD_STREAM_LINE;
    item.line = start;
    item.length = length;
    if (length >= HEAD_LENGTH && memcmp(end - HEAD_LENGTH, HEAD, HEAD_LENGTH) == 0) {
        item.length -= HEAD_LENGTH;
        stream->hidden = true;
    }
    start[item.length] = '\0';
    take(stream, stream->hidden ? item.length : length + 1);
    return item;
}

/* Whoever forgot to end a line did not mean the score behind it to be part of it. */
static void
uncover(struct od_stream *stream)
{
    if (stream->hidden) {
        stream->buf.data[stream->at] = OD_SCORE_FIRST_BYTE;
        stream->hidden = false;
    }
}

static bool
at_score(const struct od_stream *stream)
{
    return stream->buf.data[stream->at] == OD_SCORE_FIRST_BYTE && stream->scanned == 0;
}

struct od_stream_item
od_stream_next(struct od_stream *stream)
{
    for (;;) {
        uncover(stream);
        if (skipping(stream) || waiting(stream) == 0) {
            shrink(stream);
            return (struct od_stream_item){.kind = OD_STREAM_MORE};
        }
        if (at_score(stream)) {
            return next_score(stream);
        }
        struct od_stream_item item = next_line(stream);
        if (item.kind != OD_STREAM_LINE || item.line[strspn(item.line, " \t\r")] != '\0') {
            return item;
        }
    }
}

bool
od_stream_cut(const struct od_stream *stream)
{
    return waiting(stream) > 0 || stream->skip > 0;
}

bool
od_stream_in_line(const struct od_stream *stream)
{
    return waiting(stream) > 0 && !at_score(stream);
}

bool
od_stream_end(struct od_stream *stream)
{
    return od_stream_in_line(stream) && od_stream_feed(stream, "\n", 1);
}

void
od_stream_clear(struct od_stream *stream)
{
    od_buf_clear(&stream->buf);
    *stream = (struct od_stream){0};
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Decodes the JSON string at `word` over itself (it never gets longer); the end, or NULL. */
static char *
decode_string(char *word, char *error)
{
    size_t length = 1;
    while (word[length] != '\0' && word[length] != '"') {
        length += word[length] == '\\' && word[length + 1] != '\0' ? 2 : 1;
    }
    if (word[length] == '\0') {
        snprintf(error, OD_SCORE_ERROR_SIZE, "a word in double quotes is not closed");
        return NULL;
    }
    length++;
    struct od_diag_list diags = {0};
    const struct od_source source = {.text = word, .length = length};
    struct od_arena arena = {0};
    struct od_json json;
    od_json_init(&json, &source, &diags, &arena);
    struct od_json_string text = {0};
    if (od_json_peek(&json) == OD_JSON_STRING) {
        text = od_json_text(&json);
    }
    bool sound = text.text != NULL && !json.broken && od_json_finish(&json);
    if (sound) {
        memmove(word, text.text, text.length);
        memset(word + text.length, '\0', length - text.length);
    } else {
        snprintf(error, OD_SCORE_ERROR_SIZE, "a word in double quotes is no JSON string: %.150s",
                 diags.count > 0 ? diags.items[0].message : "");
    }
    od_arena_clear(&arena);
    od_diag_clear(&diags);
    return sound ? word + length : NULL;
}

int
od_words_split(char *line, char *words[OD_WORDS_MAX], bool quoted[OD_WORDS_MAX], char *error)
{
    int n = 0;
    for (char *at = line;;) {
        while (is_blank(*at)) {
            *at++ = '\0';
        }
        if (*at == '\0') {
            return n;
        }
        if (n == OD_WORDS_MAX) {
            snprintf(error, OD_SCORE_ERROR_SIZE, "more than %d words", OD_WORDS_MAX);
            return -1;
        }
        quoted[n] = *at == '"';
        words[n++] = at;
        if (*at == '"') {
            at = decode_string(at, error);
            if (at == NULL) {
                return -1;
            }
            if (*at != '\0' && !is_blank(*at)) {
                snprintf(error, OD_SCORE_ERROR_SIZE, "a blank is needed after a word in quotes");
                return -1;
            }
            continue;
        }
        while (*at != '\0' && !is_blank(*at)) {
            at++;
        }
    }
}
