/*
 * A line that is typed: keys in, a line or a row of text out. Pure, so it is drawn where and when
 * the terminal's owner wants; libedit and readline write to the terminal themselves, wherever they
 * believe the cursor is, and one row for a long line is not enough for them. UTF-8.
 */
#ifndef OD_PROMPT_H
#define OD_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/units.h"

#define OD_PROMPT_BYTES   4096 /* of a line, with its NUL */
#define OD_PROMPT_HISTORY 500  /* lines */
#define OD_PROMPT_KEY     16   /* bytes of the longest key that means anything */

/** What could stand where the cursor is. */
struct od_completions {
    struct od_buf words; /**< one after another, each ended by NUL, each as it is to be typed */
    size_t n;
};

/** Adds a word; false if there is no memory. */
bool od_completions_add(struct od_completions *completions, const char *word);

/**
 * Appends what the word that begins at byte `start` of `line` (which ends where the cursor is)
 * could become; each begins with what is there already.
 */
typedef void od_prompt_complete(void *context, const char *line, size_t start,
                                struct od_completions *completions);

struct od_prompt {
    od_prompt_complete *complete; /**< NULL = nothing is completed */
    void *context;
    char line[OD_PROMPT_BYTES]; /**< NUL-terminated */
    size_t length, at;          /**< bytes; the cursor stands before byte `at` */
    size_t first;               /**< byte of the line that is shown first */
    char killed[OD_PROMPT_BYTES];
    char draft[OD_PROMPT_BYTES];      /**< what was typed before the history was gone through */
    char *history[OD_PROMPT_HISTORY]; /**< owned; the oldest first */
    size_t n_history;
    size_t browsed;          /**< the line of it that is shown; n_history = the draft */
    char key[OD_PROMPT_KEY]; /**< of a sequence that is not complete */
    size_t key_length;
    bool pasting;                /**< between bracketed paste's marks: keys have no meaning */
    struct od_completions offer; /**< to be shown above the line, then cleared, by the caller */
};

enum od_prompt_event {
    OD_PROMPT_EDITED, /**< or nothing happened */
    OD_PROMPT_LINE,   /**< `line` is complete: take it, then call od_prompt_next */
    OD_PROMPT_END     /**< ^D in an empty line */
};

/** Takes a byte from the terminal. */
enum od_prompt_event od_prompt_key(struct od_prompt *prompt, char byte);

/** Keeps the line in the history and begins an empty one. */
void od_prompt_next(struct od_prompt *prompt);

/** Adds a line to the history, if it is neither empty nor the last again. */
void od_prompt_remember(struct od_prompt *prompt, const char *line);

/** Appends the row to be shown: `sign`, then as much of the line as fits `columns` with the cursor
 * in it; returns the cursor's column. */
unsigned od_prompt_draw(struct od_prompt *prompt, const char *sign, unsigned columns,
                        struct od_buf *out);

/** Frees what it owns; it may be used again. */
void od_prompt_clear(struct od_prompt *prompt);

#endif
