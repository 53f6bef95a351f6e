/* A growing array of bytes (or of records of one size). */
#ifndef OD_BUF_H
#define OD_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/units.h"

/**
 * Zero-initialised is ready for use. After an allocation failed `failed` stays true and every later
 * call does nothing, so a writer may check once at the end.
 */
struct od_buf {
    unsigned char *data; /**< owned; NULL while empty */
    size_t length;       /**< bytes in use */
    size_t capacity;
    bool failed;
};

/** Room for `size` more bytes, zeroed and counted in `length`; NULL if there is no memory. The
 * pointer holds until the next call. */
void *od_buf_extend(struct od_buf *buf, size_t size);

/** As od_buf_room, where there is none yet. */
void *od_buf_grow(struct od_buf *buf, size_t size);

/** Room for `size` more bytes, neither zeroed nor counted: whoever fills it moves `length` on. NULL
 * if there is no memory. The pointer holds until the next call. */
static inline void *
od_buf_room(struct od_buf *buf, size_t size)
{
    bool fits = size < buf->capacity - buf->length && !buf->failed;
    return fits ? buf->data + buf->length : od_buf_grow(buf, size);
}

/** Appends a copy of `size` bytes; false if there is no memory. */
bool od_buf_append(struct od_buf *buf, const void *bytes, size_t size);

/** As od_buf_append, but before what stands at `at` (at most `length`). */
bool od_buf_insert(struct od_buf *buf, size_t at, const void *bytes, size_t size);

/** Appends a text, its NUL not. One that is written out where this is called is but stored. */
static inline void
od_buf_text(struct od_buf *buf, const char *text)
{
    size_t length = strlen(text);
    void *room = od_buf_room(buf, length);
    if (room != NULL) {
        memcpy(room, text, length);
        buf->length += length;
    }
}

/** Appends formatted text (no NUL is counted); false if there is no memory. */
bool od_buf_printf(struct od_buf *buf, const char *format, ...) OD_PRINTF(2, 3);

/** Appends zero bytes until `length` is a multiple of `alignment`. */
bool od_buf_align(struct od_buf *buf, size_t alignment);

/**
 * Appends `text` as a JSON string with its quotes (RFC 8259 escapes; UTF-8 is passed through, what
 * is none becomes U+FFFD: whatever people type, what we say is JSON).
 */
bool od_buf_json_string(struct od_buf *buf, const char *text);

/** Appends the shortest decimal that reads back as the same number; `null` if it is none. */
bool od_buf_float(struct od_buf *buf, float value);
bool od_buf_double(struct od_buf *buf, double value);

/** Frees the memory; the buffer is empty and usable again. */
void od_buf_clear(struct od_buf *buf);

#endif
