/* What the files that read the mini-notation share. Private to lib/pattern/mini_*.c. */
#ifndef OD_MINI_READ_H
#define OD_MINI_READ_H

#include "pattern/mini.h"

#define OD_MINI_SHOWN 40

/** A text while it is read. */
struct od_mini_parser {
    const char *at, *end;
    const struct od_source *source;
    struct od_arena *arena;
    struct od_diag_list *diags;
    size_t depth;
    uint32_t chances;
    bool failed;
};

/** A sequence while it is read, and what it came to. */
struct od_mini_sequence {
    struct od_buf steps; /* of struct od_mini_step */
    struct od_frac total;
    struct od_mini *node;
};

/* mini_read.c */

/** After `[`: what is open at `at` ends here with `close`, or it is an error. */
bool od_mini_read_close(struct od_mini_parser *parser, size_t at, char close);

/** One level deeper; false if that is too deep. */
bool od_mini_enter(struct od_mini_parser *parser, size_t at);

/** False after an error. */
bool od_mini_read_sequence(struct od_mini_parser *parser, struct od_mini_sequence *sequence);

/** `what` needs it; NULL where a step may begin. */
struct od_mini *od_mini_read_term(struct od_mini_parser *parser, const char *what);

/* mini_word.c */

/** The place in the source's text. */
size_t od_mini_place(const struct od_mini_parser *parser, const char *at);

/** Only the first error of a text: what follows it is guessed. */
void od_mini_fail(struct od_mini_parser *parser, size_t at, const char *code, const char *format,
                  ...) OD_PRINTF(4, 5);

/** Likewise, for want of memory. */
void od_mini_fail_memory(struct od_mini_parser *parser);

/** A node; NULL without memory. */
struct od_mini *od_mini_make(struct od_mini_parser *parser, enum od_mini_kind kind, size_t at);

/** Goes on to what is no blank. */
void od_mini_skip_blanks(struct od_mini_parser *parser);

/** The letter that comes next, 0 at the end; what is not ASCII counts as 'a'. */
char od_mini_peek(const struct od_mini_parser *parser);

/** How long the word is that comes next; ".." is none and ends one. */
size_t od_mini_word_length(const struct od_mini_parser *parser);

/** True if this word comes next, and no longer one. */
bool od_mini_next_is_word(const struct od_mini_parser *parser, const char *word);

/** True if ".." comes next. */
bool od_mini_next_is_range(const struct od_mini_parser *parser);

/** A copy for messages of the character that comes next. */
const char *od_mini_shown_letter(const struct od_mini_parser *parser, char out[5]);

/** The word that comes next, a rest or an atom; NULL after an error. */
struct od_mini *od_mini_read_word(struct od_mini_parser *parser);

/** The number that touches an operator: "!3"; false if there is none. */
bool od_mini_read_number(struct od_mini_parser *parser, struct od_frac *number);

/* mini_operator.c */

/** So much faster, or slower; `factor` with a pattern of factors multiplies what that says. */
struct od_mini *od_mini_make_fast(struct od_mini_parser *parser, struct od_mini *child,
                                  struct od_mini *arg, bool slow, struct od_frac factor);

/** A term and all operators that follow it. */
bool od_mini_read_step(struct od_mini_parser *parser, struct od_mini_step *out);

#endif
