#include "base/wrap.h"

#include <string.h>

#include "base/utf8.h"

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

bool
od_wrap(const char *text, size_t length, unsigned columns, struct od_buf *out)
{
    const char *end = text + length;
    unsigned width = columns < OD_WRAP_LEAST ? OD_WRAP_NOWHERE : columns;
    while (text < end) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = feed != NULL ? feed : end;
        if (line_end > text) {
            wrap_line(text, line_end, width, out);
        }
        od_buf_append(out, "\n", feed != NULL);
        text = feed != NULL ? feed + 1 : end;
    }
    return !out->failed;
}
