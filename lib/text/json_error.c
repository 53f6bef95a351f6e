#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "text/json_read.h"

void
od_json_fail(struct od_json *json, const char *at, const char *code, const char *format, ...)
{
    char message[256], pointer[OD_JSON_POINTER_SIZE];
    if (json->broken) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    od_json_pointer(json, pointer, sizeof pointer);
    json->broken = true;
    json->value = at;
    od_diag_add(json->diags, OD_ERROR, (size_t)(at - json->start), pointer, code, "%s", message);
}

void
od_json_fail_memory(struct od_json *json)
{
    json->broken = true;
    json->diags->out_of_memory = true;
}

bool
od_json_is_letter(char byte)
{
    unsigned char lower = (unsigned char)(byte | 0x20);
    return lower >= 'a' && lower <= 'z';
}

static size_t
word_length(const struct od_json *json, const char *at)
{
    size_t length = 0;
    while (at + length < json->end && od_json_is_letter(at[length])) {
        length++;
    }
    return length;
}

const char *
od_json_found(const struct od_json *json, const char *at, char out[OD_JSON_FOUND_SIZE])
{
    if (at >= json->end) {
        return "the end of the text";
    }
    size_t length = od_utf8_length(at, json->end);
    unsigned char c = (unsigned char)*at;
    if (c == '\n' || c == '\r') {
        return "the end of the line";
    }
    if (c == '\'') {
        return "a single quote";
    }
    if (length == 0 || c < 0x20 || c == 0x7f) {
        snprintf(out, OD_JSON_FOUND_SIZE, "the byte 0x%02X", c);
        return out;
    }
    size_t word = word_length(json, at);
    length = word > length && word < OD_JSON_FOUND_SIZE - 3 ? word : length;
    snprintf(out, OD_JSON_FOUND_SIZE, "'%.*s'", (int)length, at);
    return out;
}

/* What those write who come from another language. */
static const char *
hint(const struct od_json *json, const char *at)
{
    static const struct {
        const char *written, *hint;
    } hints[] = {{"None", " (JSON says null)"},
                 {"nil", " (JSON says null)"},
                 {"undefined", " (JSON says null)"},
                 {"True", " (JSON says true)"},
                 {"False", " (JSON says false)"},
                 {"NaN", " (JSON has no such number)"},
                 {"Infinity", " (JSON has no such number)"},
                 {"//", " (JSON has no comments)"},
                 {"/*", " (JSON has no comments)"},
                 {"#", " (JSON has no comments)"}};
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        size_t length = strlen(hints[i].written);
        if ((size_t)(json->end - at) >= length && memcmp(at, hints[i].written, length) == 0) {
            return hints[i].hint;
        }
    }
    return "";
}

void
od_json_fail_expected(struct od_json *json, const char *at, const char *expected)
{
    char what[OD_JSON_FOUND_SIZE];
    od_json_fail(json, at, "syntax", "expected %s, found %s%s", expected,
                 od_json_found(json, at, what), hint(json, at));
}

void
od_json_pointer_step(char *out, size_t size, const char *text, size_t length)
{
    size_t used = strlen(out);
    const char *end = text + length;
    if (used + 1 < size) {
        out[used++] = '/';
    }
    for (const char *p = text; p < end;) {
        size_t bytes = od_utf8_length(p, end);
        bytes = bytes == 0 ? 1 : bytes;
        if (used + bytes + 2 > size) {
            break;
        }
        if (*p == '~' || *p == '/') {
            out[used++] = '~';
            out[used++] = *p == '~' ? '0' : '1';
        } else {
            memcpy(out + used, p, bytes);
            used += bytes;
        }
        p += bytes;
    }
    out[used] = '\0';
}

void
od_json_pointer(const struct od_json *json, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 1; i <= json->depth; i++) {
        const struct od_json_level *level = &json->levels[i];
        if (level->is_array && !level->first) {
            char index[24];
            int length = snprintf(index, sizeof index, "%zu", level->index);
            od_json_pointer_step(out, size, index, (size_t)length);
        } else if (level->key.text != NULL) {
            od_json_pointer_step(out, size, level->key.text, level->key.length);
        }
    }
}
