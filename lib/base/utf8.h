/* UTF-8: the one place that knows which byte sequences are characters, and which of them are fit to
 * be shown. */
#ifndef OD_UTF8_H
#define OD_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Bytes (1..4) of the character that begins at `at`, which must lie before `end`; 0 if no
 * well-formed one does (RFC 3629: nothing overlong, no surrogates, nothing above U+10FFFF, nothing
 * cut off).
 */
size_t od_utf8_length(const char *at, const char *end);

/** True if all of the text is such characters; NUL is one. */
bool od_utf8_is_text(const char *text, size_t length);

/** Writes the character (a Unicode scalar value) to `out`; how many bytes it took, 1..4. */
size_t od_utf8_encode(unsigned long character, char out[4]);

/** The character that begins at `at`; `length` (1..4) is what od_utf8_length said of it. */
unsigned long od_utf8_decode(const char *at, size_t length);

/** True if the byte is none that a character begins with, but one of the following ones. */
bool od_utf8_continues(char byte);

/** How many bytes of a text that is too long are kept: at most `most`, no character cut. */
size_t od_utf8_cut(const char *text, size_t length, size_t most);

/** False for what could steer a terminal: control characters (also the C1 ones) and bytes that are
 * no character (`length` 0). */
bool od_utf8_is_shown(const char *at, size_t length);

/** Columns that a character takes on a terminal: 2 for the wide ones of East Asia and emoji, 0 for
 * marks that stand on the one before, else 1. */
unsigned od_utf8_columns(unsigned long character);

/** Every character that od_utf8_is_shown says no to becomes '?', in place. */
void od_utf8_defuse(char *text);

#endif
