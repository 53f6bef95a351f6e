#include <string.h>

#include "base/utf8.h"
#include "text/json_read.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each byte that is 0; above the lowest of them there may be wrong ones. */
static inline uint64_t
find_zeros(uint64_t eight)
{
    return (eight - EACH(0x01)) & ~eight & EACH(0x80);
}

/* Likewise for bytes that cannot stand in a string as they are, or are not ASCII. */
static inline uint64_t
find_special(uint64_t eight)
{
    uint64_t control = (eight - EACH(0x20)) & ~eight & EACH(0x80);
    return control | (eight & EACH(0x80)) | find_zeros(eight ^ EACH('"')) |
           find_zeros(eight ^ EACH('\\'));
}

static inline bool
is_plain(char byte)
{
    unsigned char c = (unsigned char)byte;
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Over ASCII that stands for itself, eight bytes at a time as long as there are eight. */
static inline const char *
scan_ascii(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof eight);
        uint64_t special = find_special(eight);
        if (special != 0) {
            return at + __builtin_ctzll(special) / 8;
        }
        at += 8;
    }
    while (at < end && is_plain(*at)) {
        at++;
    }
    return at;
}

static void
fail_string(struct od_json *json, const char *at)
{
    unsigned char c = at < json->end ? (unsigned char)*at : 0;
    if (at >= json->end) {
        od_json_fail(json, at, "syntax",
                     "expected the closing '\"' of a string, found the end of the text");
    } else if (c < 0x20) {
        char what[OD_JSON_FOUND_SIZE];
        od_json_fail(json, at, "syntax",
                     "expected a closing '\"' (or an escape such as \\n), found %s",
                     od_json_found(json, at, what));
    } else {
        od_json_fail(json, at, "utf-8", "expected UTF-8, found the byte 0x%02X that is none", c);
    }
}

/* Over what needs no decoding; at the end, a quote, a backslash or something broken. */
static inline const char *
scan_plain(const char *at, const char *end)
{
    for (;;) {
        at = scan_ascii(at, end);
        if (at >= end || (unsigned char)*at < 0x80) {
            return at;
        }
        size_t length = od_utf8_length(at, end);
        if (length == 0) {
            return at;
        }
        at += length;
    }
}

static bool
read_hex(const char *at, const char *end, unsigned long *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        if (at + i >= end) {
            return false;
        }
        unsigned char c = (unsigned char)at[i], lower = c | 0x20;
        if (c >= '0' && c <= '9') {
            *value = *value << 4 | (c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            *value = *value << 4 | (lower - 'a' + 10u);
        } else {
            return false;
        }
    }
    return true;
}

static bool
is_between(unsigned long value, unsigned long least, unsigned long most)
{
    return value >= least && value <= most;
}

/* `at` is behind "\u"; returns the place behind the escape, NULL if it is none. */
static const char *
decode_unicode(struct od_json *json, const char *at, char **out)
{
    unsigned long high, low;
    if (!read_hex(at, json->end, &high)) {
        od_json_fail(json, at - 2, "syntax", "expected four hexadecimal digits after \\u");
        return NULL;
    }
    const char *next = at + 4;
    if (is_between(high, 0xd800, 0xdbff)) {
        if (json->end - next < 6 || next[0] != '\\' || next[1] != 'u' ||
            !read_hex(next + 2, json->end, &low) || !is_between(low, 0xdc00, 0xdfff)) {
            od_json_fail(json, at - 2, "syntax", "expected a second surrogate after \\u%.4s", at);
            return NULL;
        }
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        next += 6;
    } else if (is_between(high, 0xdc00, 0xdfff)) {
        od_json_fail(json, at - 2, "syntax", "expected a first surrogate before \\u%.4s", at);
        return NULL;
    } else if (high == 0) {
        od_json_fail(json, at - 2, "nul",
                     "\\u0000 is not allowed: no name or value may hold a NUL");
        return NULL;
    }
    *out += od_utf8_encode(high, *out);
    return next;
}

static const char *
decode_escape(struct od_json *json, const char *at, char **out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *next = at + 1;
    if (next < json->end && *next == 'u') {
        return decode_unicode(json, next + 1, out);
    }
    const char *letter = next < json->end && *next != '\0' ? strchr(letters, *next) : NULL;
    if (letter == NULL) {
        char what[OD_JSON_FOUND_SIZE];
        od_json_fail(json, next, "syntax",
                     "expected one of \"\\/bfnrtu after a backslash, found %s",
                     od_json_found(json, next, what));
        return NULL;
    }
    *(*out)++ = meanings[letter - letters];
    return next + 1;
}

/* Finds the closing quote, so that the decoded text (never longer) gets its room at once. */
static const char *
find_quote(const char *at, const char *end)
{
    while (at < end && *at != '"') {
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    }
    return at;
}

/* The string with escapes whose text begins at `start`, plain up to `at`. */
static bool
decode_string(struct od_json *json, const char *start, const char *at,
              struct od_json_string *string)
{
    size_t most = (size_t)(find_quote(at, json->end) - start);
    char *text = od_arena_alloc(json->arena, most + 4), *out = text;
    if (text == NULL) {
        od_json_fail_memory(json);
        return false;
    }
    for (;;) {
        memcpy(out, start, (size_t)(at - start));
        out += at - start;
        if (at >= json->end || (*at != '"' && *at != '\\')) {
            fail_string(json, at);
            return false;
        }
        if (*at == '"') {
            break;
        }
        start = decode_escape(json, at, &out);
        if (start == NULL) {
            return false;
        }
        at = scan_plain(start, json->end);
    }
    *string = (struct od_json_string){text, (size_t)(out - text)};
    json->at = at + 1;
    return true;
}

bool
od_json_read_string(struct od_json *json, struct od_json_string *string)
{
    const char *start = json->at + 1;
    const char *at = scan_plain(start, json->end);
    json->value = json->at;
    if (at < json->end && *at == '"') {
        *string = (struct od_json_string){start, (size_t)(at - start)};
        json->at = at + 1;
        return true;
    }
    if (at < json->end && *at == '\\') {
        return decode_string(json, start, at, string);
    }
    fail_string(json, at);
    return false;
}

bool
od_json_is(struct od_json_string string, const char *text)
{
    return string.length == strlen(text) && memcmp(string.text, text, string.length) == 0;
}

struct od_json_string
od_json_text(struct od_json *json)
{
    struct od_json_string string = {"", 0};
    if (!json->broken) {
        od_json_read_string(json, &string);
    }
    return string;
}
