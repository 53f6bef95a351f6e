/* A text that is read, and where something is in it. */
#ifndef OD_SOURCE_H
#define OD_SOURCE_H

#include <stddef.h>

/** Nothing is owned, and the text must stay as long as what was found in it is shown. */
struct od_source {
    const char *file; /**< name shown to people, "<stdin>" for standard input */
    const char *text; /**< need not be NUL-terminated; may be NULL if `length` is 0 */
    size_t length;    /**< bytes of `text` */
};

/** Line and column (both from 1; the column counts Unicode characters) of a byte offset. */
void od_source_place(const struct od_source *source, size_t offset, size_t *line, size_t *column);

/** The line that a byte offset lies in, without its end; `text` must not be NULL. */
void od_source_line(const struct od_source *source, size_t offset, const char **start,
                    const char **end);

#endif
