/* UTF-8: the one place that knows which byte sequences are characters. */
#ifndef OD_UTF8_H
#define OD_UTF8_H

#include <stddef.h>

/**
 * Bytes (1..4) of the character that begins at `at`, which must lie before `end`; 0 if no
 * well-formed one does (RFC 3629: nothing overlong, no surrogates, nothing above U+10FFFF, nothing
 * cut off).
 */
size_t od_utf8_length(const char *at, const char *end);

/** Writes the character (a Unicode scalar value) to `out`; how many bytes it took, 1..4. */
size_t od_utf8_encode(unsigned long character, char out[4]);

#endif
