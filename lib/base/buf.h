/* A growing array of bytes (or of records of one size). */
#ifndef OD_BUF_H
#define OD_BUF_H

#include <stdbool.h>
#include <stddef.h>

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

/** Appends a copy of `size` bytes; false if there is no memory. */
bool od_buf_append(struct od_buf *buf, const void *bytes, size_t size);

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
