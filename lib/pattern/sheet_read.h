/* What the files that read a pattern text share. Private to lib/pattern/sheet_*.c. */
#ifndef OD_SHEET_READ_H
#define OD_SHEET_READ_H

#include <string.h>

#include "pattern/sheet.h"

#define OD_SHEET_SHOWN 40

enum od_sheet_token {
    OD_TOKEN_END, /* of the statement */
    OD_TOKEN_WORD,
    OD_TOKEN_STRING, /* `word` is what stands between the quotes */
    OD_TOKEN_COLON,
    OD_TOKEN_EQUALS
};

/** Is the character one of those? */
static inline bool
od_sheet_is_one(char character, const char *of)
{
    return character != '\0' && strchr(of, character) != NULL;
}

/** A file of the text while it is read. */
struct od_sheet_reader {
    struct od_sheet *sheet;
    struct od_sheet_input *input;
    const char *at, *end;
    const char *next;     /* where the next statement begins, when one has ended */
    const char *line_end; /* of the line that a quote was found on last; NULL: of none yet */
    bool head;            /* at the first words of a statement, where ':' and '=' stand alone */
    bool broken;          /* the statement ended with a quote that is not closed, which was said */
    bool midi;            /* the track that is read said so */

    enum od_sheet_token kind; /* of the token that comes next */
    struct od_sheet_word word;
};

/** The words that statements begin with; first come those of enum od_sheet_number. */
enum {
    OD_KEYWORD_MUTE = OD_SHEET_NUMBERS,
    OD_KEYWORD_SOLO,
    OD_KEYWORD_SCENE,
    OD_KEYWORD_SONG,
    OD_KEYWORDS
};

/** A word for "%.*s", cut where it is long. */
#define OD_SHEET_SHOW(word) od_sheet_shown(word), (word)->text

/* sheet_read.c */

/** Which statement begins with the word; OD_KEYWORDS: none. */
size_t od_sheet_find_keyword(const struct od_sheet_word *word);

/* sheet_token.c */

/** True if the word is this text. */
bool od_sheet_is(const struct od_sheet_word *word, const char *text);

/** How many bytes of a word messages show. */
int od_sheet_shown(const struct od_sheet_word *word);

/** There was none: nothing of the text is worth anything. */
void od_sheet_no_memory(struct od_sheet_reader *reader);

/** The place in the source's text. */
size_t od_sheet_place(const struct od_sheet_reader *reader, const char *at);

/** Reads the token that comes next. */
void od_sheet_next(struct od_sheet_reader *reader);

/** Leaves what is left of a statement that cannot be understood. */
void od_sheet_skip_statement(struct od_sheet_reader *reader);

/** False if the word is no number, as in 3, 0.5, 1/3, or does not fit. */
bool od_sheet_parse_number(const struct od_sheet_word *word, double *number, struct od_frac *exact);

/** The number that `what` needs; false, said, if none comes. */
bool od_sheet_read_number(struct od_sheet_reader *reader, const char *what, double least,
                          double most, double *number);

/** True if there are no letters in it that mean something else, here or where a performer names
 * tracks. */
bool od_sheet_is_plain_name(const struct od_sheet_word *word);

/** True if there are quotes in it that word processors make of ours, or single ones. */
bool od_sheet_has_foreign_quote(const struct od_sheet_word *word);

/** Tells what is no name. */
void od_sheet_check_name(const struct od_sheet_reader *reader, const struct od_sheet_word *word);

/** A name that something is given, or known by. */
bool od_sheet_read_name(struct od_sheet_reader *reader, const char *what,
                        struct od_sheet_word *word);

/** The part that is being read: the last one. */
struct od_sheet_part *od_sheet_part_of(const struct od_sheet_reader *reader);

/** Moves `*n` records of `size` bytes from the list to the arena. */
void *od_sheet_keep(struct od_sheet_reader *reader, struct od_buf *list, size_t size, size_t *n);

/** Appends a record to a list. */
void od_sheet_append(struct od_sheet_reader *reader, struct od_buf *list, const void *record,
                     size_t size);

/* sheet_hint.c */

#define OD_SHEET_INDENTED                                                                          \
    "a line that begins with a blank goes on with the one before; leave the blank out"

/** True if nothing but blanks stands before the word on its line. */
bool od_sheet_is_indented(const struct od_sheet_reader *reader, const struct od_sheet_word *word);

/** Tells what the word is that stands where a name should, and leaves the statement. */
void od_sheet_fail_name(struct od_sheet_reader *reader);

/** Goes on behind the name of `value`, and tells what is odd about it. False if its value is not to
 * be read. `values` are those before it. */
bool od_sheet_judge_name(struct od_sheet_reader *reader, const struct od_buf *values,
                         const struct od_sheet_value *value);

/** False if the word may be the value of that name; else what it is was told, and it is left
 * behind. */
bool od_sheet_explain_value(struct od_sheet_reader *reader, const struct od_sheet_value *value);

/** Tells of a signal that says no ends where 0..1 comes to nothing. */
void od_sheet_judge_signal(struct od_sheet_reader *reader, const struct od_sheet_value *value);

/* sheet_value.c */

/** Reads "per" and how many bars, if it comes. */
void od_sheet_read_per(struct od_sheet_reader *reader, struct od_sheet_value *value);

/** A name and its value, one more of `values`; what is wrong is told. */
void od_sheet_read_parameter(struct od_sheet_reader *reader, struct od_buf *values, bool mod);

#endif
