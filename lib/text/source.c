#include "text/source.h"

#include <string.h>

#include "base/utf8.h"

static const char *
line_start(const struct od_source *source, size_t offset)
{
    const char *before = offset == 0 ? NULL : memrchr(source->text, '\n', offset);
    return before == NULL ? source->text : before + 1;
}

static size_t
count_characters(const char *at, const char *end)
{
    size_t n = 0;
    for (; at < end; at++) {
        n += !od_utf8_continues(*at);
    }
    return n;
}

void
od_source_place(const struct od_source *source, size_t offset, size_t *line, size_t *column)
{
    *line = *column = 1;
    if (source->text == NULL) {
        return;
    }
    offset = offset > source->length ? source->length : offset;
    const char *at = source->text, *end = source->text + offset;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        *line += 1;
        at++;
    }
    *column += count_characters(line_start(source, offset), end);
}

void
od_source_line(const struct od_source *source, size_t offset, const char **start, const char **end)
{
    *start = line_start(source, offset);
    size_t left = (size_t)(source->text + source->length - *start);
    const char *at = left == 0 ? NULL : memchr(*start, '\n', left);
    at = at == NULL ? *start + left : at;
    *end = at > *start && at[-1] == '\r' ? at - 1 : at;
}
