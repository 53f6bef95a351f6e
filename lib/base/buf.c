#include "base/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static bool
grow(struct od_buf *buf, size_t needed)
{
    size_t capacity = buf->capacity > 0 ? buf->capacity : 256;
    while (capacity < needed) {
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    }
    unsigned char *data = realloc(buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void *
od_buf_grow(struct od_buf *buf, size_t size)
{
    if (buf->failed || size > SIZE_MAX - buf->length) {
        buf->failed = true;
        return NULL;
    }
    size_t needed = buf->length + size;
    if ((needed > buf->capacity || buf->data == NULL) && !grow(buf, needed)) {
        return NULL;
    }
    return buf->data + buf->length;
}

void *
od_buf_extend(struct od_buf *buf, size_t size)
{
    void *room = od_buf_room(buf, size);
    if (room != NULL) {
        memset(room, 0, size);
        buf->length += size;
    }
    return room;
}

bool
od_buf_append(struct od_buf *buf, const void *bytes, size_t size)
{
    void *room = od_buf_room(buf, size);
    if (room == NULL) {
        return false;
    }
    if (size > 0) {
        memcpy(room, bytes, size);
    }
    buf->length += size;
    return true;
}

bool
od_buf_insert(struct od_buf *buf, size_t at, const void *bytes, size_t size)
{
    if (od_buf_room(buf, size) == NULL) {
        return false;
    }
    memmove(buf->data + at + size, buf->data + at, buf->length - at);
    if (size > 0) {
        memcpy(buf->data + at, bytes, size);
    }
    buf->length += size;
    return true;
}

bool
od_buf_printf(struct od_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *room = length < 0 ? NULL : od_buf_room(buf, (size_t)length + 1);
    if (room == NULL) {
        buf->failed = true;
        return false;
    }
    va_start(args, format);
    vsnprintf(room, (size_t)length + 1, format, args);
    va_end(args);
    buf->length += (size_t)length;
    return true;
}

bool
od_buf_align(struct od_buf *buf, size_t alignment)
{
    size_t over = buf->length % alignment;
    return over == 0 || od_buf_extend(buf, alignment - over) != NULL;
}

bool
od_buf_json_string(struct od_buf *buf, const char *text)
{
    const char *end = text + strlen(text);
    od_buf_append(buf, "\"", 1);
    for (size_t n; text < end; text += n) {
        unsigned char c = (unsigned char)*text;
        n = od_utf8_length(text, end);
        if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            od_buf_append(buf, escaped, 2);
        } else if (c < 0x20 || c == 0x7f) {
            od_buf_printf(buf, "\\u%04x", c);
        } else if (n == 0) {
            od_buf_append(buf, REPLACEMENT, strlen(REPLACEMENT));
            n = 1;
        } else {
            od_buf_append(buf, text, n);
        }
    }
    return od_buf_append(buf, "\"", 1);
}

bool
od_buf_float(struct od_buf *buf, float value)
{
    char text[32] = "null";
    for (int digits = 6; digits <= 9 && isfinite(value); digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) {
            break;
        }
    }
    return od_buf_append(buf, text, strlen(text));
}

bool
od_buf_double(struct od_buf *buf, double value)
{
    char text[32] = "null";
    for (int digits = 15; digits <= 17 && isfinite(value); digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return od_buf_append(buf, text, strlen(text));
}

void
od_buf_clear(struct od_buf *buf)
{
    free(buf->data);
    *buf = (struct od_buf){0};
}
