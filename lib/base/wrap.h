/* Text for a terminal: lines that are broken where words end, not where the terminal does. */
#ifndef OD_WRAP_H
#define OD_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define OD_WRAP_INDENT  4  /* columns before what goes on in the next line */
#define OD_WRAP_LEAST   20 /* in a terminal that is narrower nothing is broken */
#define OD_WRAP_NOWHERE 0  /* as a width: no line is broken */

/**
 * Appends `text`, so that no line is wider than `columns` if it can be broken at a blank: what goes
 * on is indented. A line that begins with a blank or '{' stays as it is: it is source, a caret,
 * JSON. False if there was no memory, as with od_buf_append.
 */
bool od_wrap(const char *text, size_t length, unsigned columns, struct od_buf *out);

#endif
