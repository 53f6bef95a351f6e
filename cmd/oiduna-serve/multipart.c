#include "multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct span {
    const char *at, *end;
};

/* `; name="value"` or `; name=value` of a header value; a backslash quotes a quote and nothing
 * else: in names of files on Windows it is itself. */
static bool
parameter(struct span header, const char *name, char *value, size_t size)
{
    const char *at = header.at;
    while (at < header.end && (at = memchr(at, ';', (size_t)(header.end - at))) != NULL) {
        size_t length = strlen(name), n = 0;
        for (at++; at < header.end && (*at == ' ' || *at == '\t');) {
            at++;
        }
        if ((size_t)(header.end - at) <= length || strncasecmp(at, name, length) != 0 ||
            at[length] != '=') {
            continue;
        }
        at += length + 1;
        bool quoted = at < header.end && *at == '"';
        at += quoted;
        for (; at < header.end && *at != (quoted ? '"' : ';'); at++) {
            if (quoted && *at == '\\' && at + 1 < header.end && at[1] == '"') {
                at++;
            }
            if (*at == '\0' || n == size - 1) {
                return false;
            }
            value[n++] = *at;
        }
        while (!quoted && n && (value[n - 1] == ' ' || value[n - 1] == '\t')) {
            n--;
        }
        value[n] = '\0';
        return !quoted || at < header.end;
    }
    return false;
}

/* The next line of a part's head; false if there is no whole one. */
static bool
next_line(struct span *text, struct span *line)
{
    const char *end = memmem(text->at, (size_t)(text->end - text->at), "\r\n", 2);
    if (end == NULL) {
        return false;
    }
    *line = (struct span){text->at, end};
    text->at = end + 2;
    return true;
}

static bool
is_header(struct span *line, const char *name)
{
    size_t length = strlen(name);
    if ((size_t)(line->end - line->at) <= length || strncasecmp(line->at, name, length) != 0 ||
        line->at[length] != ':') {
        return false;
    }
    line->at += length + 1;
    return true;
}

/* Some send the whole path, as it is on Windows. */
static void
keep_base_name(char *filename)
{
    const char *slash = strrchr(filename, '\\');
    if (slash != NULL) {
        memmove(filename, slash + 1, strlen(slash + 1) + 1);
    }
}

/* One part, from after its boundary line to before the next delimiter. */
static bool
read_part(struct multipart *multipart, struct span text, const char **why)
{
    struct part *part = &multipart->parts[multipart->count];
    bool named = false;
    *why = "more than 8 parts";
    if (multipart->count == PARTS_MAX) {
        return false;
    }
    *part = (struct part){0};
    *why = "a part's head is broken";
    struct span line;
    for (;;) {
        if (!next_line(&text, &line)) {
            return false;
        }
        if (line.at == line.end) {
            break;
        }
        if (!is_header(&line, "Content-Disposition")) {
            continue;
        }
        named = parameter(line, "name", part->name, sizeof part->name);
        part->has_filename = parameter(line, "filename", part->filename, sizeof part->filename);
        keep_base_name(part->filename);
        if (!part->has_filename &&
            memmem(line.at, (size_t)(line.end - line.at), "filename=", 9) != NULL) {
            return false;
        }
    }
    *why = "a part has no name";
    if (!named) {
        return false;
    }
    part->bytes = text.at;
    part->length = (size_t)(text.end - text.at);
    multipart->count++;
    return true;
}

static bool
read_boundary(const char *content_type, char *delimiter, size_t size)
{
    struct span header = {content_type, content_type + strlen(content_type)};
    char boundary[BOUNDARY_MAX + 1];
    if (!parameter(header, "boundary", boundary, sizeof boundary) || !*boundary) {
        return false;
    }
    return (size_t)snprintf(delimiter, size, "\r\n--%s", boundary) < size;
}

/* After a delimiter: "--" ends the body, white space and CR LF begin a part. */
static int
after_delimiter(struct span *text)
{
    if (text->end - text->at >= 2 && text->at[0] == '-' && text->at[1] == '-') {
        return 0;
    }
    while (text->at < text->end && (*text->at == ' ' || *text->at == '\t')) {
        text->at++;
    }
    if (text->end - text->at < 2 || text->at[0] != '\r' || text->at[1] != '\n') {
        return -1;
    }
    text->at += 2;
    return 1;
}

bool
multipart_read(struct multipart *multipart, const char *content_type, const char *body,
               size_t length, const char **why)
{
    multipart->count = 0;
    *why = "the boundary is missing or longer than 70 characters";
    char delimiter[BOUNDARY_MAX + 5];
    if (!read_boundary(content_type, delimiter, sizeof delimiter)) {
        return false;
    }
    size_t size = strlen(delimiter);
    *why = "the first boundary is missing";
    if (length == 0) {
        return false; /* and `body` may be NULL */
    }
    struct span text = (struct span){body, body + length};
    if (length < size - 2 || memcmp(body, delimiter + 2, size - 2) != 0) {
        text.at = memmem(body, length, delimiter, size);
        if (text.at == NULL) {
            return false;
        }
        text.at += size;
    } else {
        text.at = body + size - 2;
    }
    for (;;) {
        int more = after_delimiter(&text);
        *why = "a boundary line is broken";
        if (more <= 0) {
            return more == 0;
        }
        *why = "the last boundary is missing";
        const char *end = memmem(text.at, (size_t)(text.end - text.at), delimiter, size);
        if (end == NULL) {
            return false;
        }
        if (!read_part(multipart, (struct span){text.at, end}, why)) {
            return false;
        }
        text.at = end + size;
    }
}

const struct part *
multipart_find(const struct multipart *multipart, const char *name)
{
    for (size_t i = 0; i < multipart->count; i++) {
        if (strcmp(multipart->parts[i].name, name) == 0) {
            return &multipart->parts[i];
        }
    }
    return NULL;
}
