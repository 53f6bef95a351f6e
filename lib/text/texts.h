/* JSON texts one after another in one input, cut apart. Whether each is sound JSON says `json`. */
#ifndef OD_TEXTS_H
#define OD_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/units.h"

/** Zero-initialise. */
struct od_texts {
    struct od_buf buf; /**< what was fed and not taken out yet */
    size_t start;      /**< of the text that is being read, in `buf` */
    size_t at;         /**< bytes of `buf` that were looked at */
    size_t depth;      /**< brackets that are open */
    bool begun;        /**< there is more than blanks */
    bool in_string, escaped;
    bool line_rest; /**< blanks and the line end behind the text before are still its own */
};

/** A text: `length` bytes, not NUL-terminated, valid until the next call. */
struct od_text {
    const char *bytes;
    size_t length;
};

/** Adds bytes; false if there is no memory (then nothing was added). */
OD_NODISCARD bool od_texts_feed(struct od_texts *texts, const void *bytes, size_t size);

/**
 * Takes the next text out; false if none is complete. An object or array is complete with its last
 * bracket, so nothing needs to follow it; anything else with its line. The line end behind a text
 * goes with it, so the first line of the next one is its line 1. A record separator (0x1E, RFC
 * 7464) ends whatever is open, and a string ends with its line at the latest: what is cut off
 * swallows no more than it must.
 */
bool od_texts_next(struct od_texts *texts, struct od_text *text);

/** At the end of the input, after od_texts_next said false: takes out what is left; false if that
 * is nothing but blanks. */
bool od_texts_end(struct od_texts *texts, struct od_text *text);

/** Bytes of a text that has begun and is not complete. */
size_t od_texts_waiting(const struct od_texts *texts);

void od_texts_clear(struct od_texts *texts);

#endif
