/* The control stream taken apart: scores and lines, whatever pieces they come in. */
#ifndef OD_STREAM_H
#define OD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "score/score.h"

#define OD_LINE_MAX ((size_t)64 * 1024) /* bytes of a line, its end not counted */

enum od_stream_kind {
    OD_STREAM_MORE,      /**< nothing whole is there: feed more */
    OD_STREAM_LINE,      /**< a line without its end, or up to a score; no empty ones */
    OD_STREAM_SCORE,     /**< all bytes of a score, not checked beyond its header */
    OD_STREAM_TOO_LONG,  /**< a line was longer than OD_LINE_MAX and is dropped */
    OD_STREAM_BAD_SCORE, /**< what begins like a score is none; it is dropped: `error` says why */
    OD_STREAM_NO_MEMORY  /**< a score was dropped */
};

struct od_stream_item {
    enum od_stream_kind kind;
    char *line;  /**< NUL-terminated; holds until the next call; may be written to */
    void *score; /**< malloc'ed, now the caller's */
    size_t length;
    char error[OD_SCORE_ERROR_SIZE];
};

/** Zero-initialise. */
struct od_stream {
    struct od_buf buf; /**< what was fed and not taken out yet */
    size_t at;         /**< bytes of it that are done */
    size_t scanned;    /**< bytes behind `at` known to hold no line end */
    uint64_t skip;     /**< bytes of a score to be dropped */
    bool skip_line;    /**< drop up to the next line end */
    bool hidden;       /**< the end of a line lies over the first byte of a score */
};

/** Adds bytes; false if there is no memory (then nothing was added). */
OD_NODISCARD bool od_stream_feed(struct od_stream *stream, const void *bytes, size_t size);

/** Takes the next whole thing out. */
struct od_stream_item od_stream_next(struct od_stream *stream);

/** After OD_STREAM_MORE: true if the half of a line or score is there. */
bool od_stream_cut(const struct od_stream *stream);

/** After OD_STREAM_MORE: true if the half of a line is there. */
bool od_stream_in_line(const struct od_stream *stream);

/** After OD_STREAM_MORE at the end of input: ends a line that has no end; true if there was one. */
bool od_stream_end(struct od_stream *stream);

void od_stream_clear(struct od_stream *stream);

#define OD_WORDS_MAX 256

/**
 * Splits a line in place at blanks (space, tab, CR). A word that begins with a double quote is a
 * JSON string and is decoded. Returns the number of words, or −1 with a sentence in `error`
 * (OD_SCORE_ERROR_SIZE) if there are more than OD_WORDS_MAX or a string is not sound.
 */
int od_words_split(char *line, char *words[OD_WORDS_MAX], bool quoted[OD_WORDS_MAX], char *error);

#endif
