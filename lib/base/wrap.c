#include "base/wrap.h"

#include <string.h>

#include "base/utf8.h"

#define SOURCE_INDENT 2 /* columns before a line of source */
#define ELLIPSIS      3 /* columns of "..." */

static unsigned
columns_of(const char *at, size_t length)
{
    return length == 0 ? 1 : od_utf8_columns(od_utf8_decode(at, length));
}

/* Where a line that begins at `from` is to be broken if `room` columns are all there are: at the
 * last blank before they are full, else at the first behind that; `end` if all fits or none is. */
static const char *
find_break(const char *from, const char *end, unsigned room)
{
    const char *blank = end;
    unsigned used = 0;
    for (const char *at = from; at < end;) {
        size_t length = od_utf8_length(at, end);
        if (*at == ' ' && at > from) {
            blank = at;
        }
        used += columns_of(at, length);
        if (used > room && blank < end) {
            return blank;
        }
        at += length == 0 ? 1 : length;
    }
    return end;
}

/* Source, a caret, an object in JSON. */
static bool
is_laid_out(char first)
{
    return first == ' ' || first == '{';
}

static void
wrap_line(const char *from, const char *end, unsigned columns, struct od_buf *out)
{
    unsigned room = is_laid_out(*from) ? OD_WRAP_NOWHERE : columns;
    while (room != OD_WRAP_NOWHERE) {
        const char *at = find_break(from, end, room);
        if (at == end) {
            break;
        }
        od_buf_append(out, from, (size_t)(at - from));
        od_buf_printf(out, "\n%*s", OD_WRAP_INDENT, "");
        from = at + 1;
        room = columns - OD_WRAP_INDENT;
    }
    od_buf_append(out, from, (size_t)(end - from));
}

static const char *
end_of_line(const char *from, const char *end)
{
    const char *feed = memchr(from, '\n', (size_t)(end - from));
    return feed != NULL ? feed : end;
}

/* Behind so many columns of a line; `passed`: how many they were, one more before a wide one. */
static const char *
pass_columns(const char *from, const char *end, unsigned columns, unsigned *passed)
{
    for (*passed = 0; from < end && *passed < columns;) {
        size_t length = od_utf8_length(from, end);
        *passed += columns_of(from, length);
        from += length == 0 ? 1 : length;
    }
    return from;
}

/* The column of a caret that stands alone in the line behind this one; 0 = there is none. */
static unsigned
caret_below(const char *line_end, const char *end)
{
    const char *at = line_end + 1;
    unsigned column = 0;
    for (; at < end && *at == ' '; at++) {
        column++;
    }
    return at + 1 < end && at[0] == '^' && at[1] == '\n' ? column : 0;
}

/* As much of a line of source, which is indented, as lies about the caret below it. */
static void
crop_source(const char *from, const char *end, unsigned caret, unsigned columns, struct od_buf *out)
{
    unsigned room = columns - SOURCE_INDENT - 2 * ELLIPSIS;
    unsigned at = caret - SOURCE_INDENT, before, shown;
    from = pass_columns(from + SOURCE_INDENT, end, at > room / 2 ? at - room / 2 : 0, &before);
    const char *to = pass_columns(from, end, room, &shown);
    od_buf_printf(out, "  %s%.*s%s\n", before > 0 ? "..." : "", (int)(to - from), from,
                  to < end ? "..." : "");
    od_buf_printf(out, "  %*s^\n", (int)(at - before + (before > 0 ? ELLIPSIS : 0)), "");
}

static bool
is_too_wide(const char *from, const char *end, unsigned columns)
{
    unsigned width;
    pass_columns(from, end, columns + 1, &width);
    return width > columns;
}

bool
od_wrap(const char *text, size_t length, unsigned columns, struct od_buf *out)
{
    const char *end = text + length;
    unsigned width = columns < OD_WRAP_LEAST ? OD_WRAP_NOWHERE : columns;
    while (text < end) {
        const char *line_end = end_of_line(text, end);
        unsigned caret = *text == ' ' && line_end < end ? caret_below(line_end, end) : 0;
        if (caret >= SOURCE_INDENT && width != OD_WRAP_NOWHERE &&
            is_too_wide(text, line_end, width)) {
            crop_source(text, line_end, caret, width, out);
            line_end = end_of_line(line_end + 1, end);
            text = line_end + 1;
            continue;
        }
        if (line_end > text) {
            wrap_line(text, line_end, width, out);
        }
        od_buf_append(out, "\n", line_end < end);
        text = line_end < end ? line_end + 1 : end;
    }
    return !out->failed;
}
