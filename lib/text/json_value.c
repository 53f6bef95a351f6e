#include <string.h>

#include "text/json_read.h"

void
od_json_init(struct od_json *json, const struct od_source *source, struct od_diag_list *diags,
             struct od_arena *arena)
{
    const char *text = source->text;
    size_t length = source->length;
    *json = (struct od_json){.start = text, .diags = diags, .arena = arena};
    json->at = json->value = json->start;
    json->end = length == 0 ? text : text + length;
    if (length > OD_JSON_SIZE_MAX) {
        od_json_fail(json, text, "too-large", "the text has %zu MiB, the most is %zu MiB",
                     length >> 20, OD_JSON_SIZE_MAX >> 20);
    } else if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        od_json_fail(json, text, "byte-order-mark",
                     "the text begins with a byte-order mark: save it as UTF-8 without one");
    }
}

static enum od_json_type
check_word(struct od_json *json, const char *word, size_t length, enum od_json_type type)
{
    if ((size_t)(json->end - json->at) >= length && memcmp(json->at, word, length) == 0) {
        return type;
    }
    od_json_fail_expected(json, json->at, word);
    return OD_JSON_END;
}

enum od_json_type
od_json_peek(struct od_json *json)
{
    if (json->broken) {
        return OD_JSON_END;
    }
    json->at = json->value = od_json_skip_space(json->at, json->end);
    switch (json->at < json->end ? *json->at : '\0') {
    case '"':
        return OD_JSON_STRING;
    case '{':
        return OD_JSON_OBJECT;
    case '[':
        return OD_JSON_ARRAY;
    case 't':
        return check_word(json, "true", 4, OD_JSON_BOOL);
    case 'f':
        return check_word(json, "false", 5, OD_JSON_BOOL);
    case 'n':
        return check_word(json, "null", 4, OD_JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        if (!od_json_scan(json)) {
            return OD_JSON_END;
        }
        return json->number.is_real ? OD_JSON_REAL : OD_JSON_INT;
    default:
        od_json_fail_expected(json, json->at, "a value");
        return OD_JSON_END;
    }
}

bool
od_json_bool(struct od_json *json)
{
    if (json->broken) {
        return false;
    }
    bool value = *json->at == 't';
    json->at += value ? 4 : 5;
    return value;
}

void
od_json_null(struct od_json *json)
{
    json->at += json->broken ? 0 : 4;
}

bool
od_json_enter(struct od_json *json)
{
    if (json->broken) {
        return false;
    }
    if (json->depth == OD_JSON_DEPTH_MAX) {
        od_json_fail(json, json->at, "too-deep", "nested too deep: the most is %d levels",
                     OD_JSON_DEPTH_MAX);
        return false;
    }
    struct od_json_level *level = &json->levels[++json->depth];
    level->is_array = *json->at == '[';
    level->first = true;
    level->key = (struct od_json_string){NULL, 0};
    level->index = 0;
    json->at++;
    return true;
}

/* A comma that is forgotten is missing at the end of the line before, not where the next one
 * begins. */
static void
fail_member(struct od_json *json, const char *at, const char *expected)
{
    size_t between = (size_t)(at - json->at);
    bool goes_on = at < json->end && (*at == '"' || *at == '{' || *at == '[' || *at == '-' ||
                                      od_json_is_digit(at, json->end) || od_json_is_letter(*at));
    if (goes_on && memchr(json->at, '\n', between) != NULL) {
        od_json_fail(json, json->at, "syntax", "expected %s, found the end of the line", expected);
    } else {
        od_json_fail_expected(json, at, expected);
    }
}

/* Behind a member: a comma, or the closing bracket, which ends the array or object. */
static inline bool
find_member(struct od_json *json, struct od_json_level *level, char closing, const char *expected)
{
    const char *at = od_json_skip_space(json->at, json->end);
    if (at < json->end && *at == closing) {
        json->at = at + 1;
        json->depth--;
        return false;
    }
    if (level->first) {
        level->first = false;
        json->at = at;
        return true;
    }
    if (at >= json->end || *at != ',') {
        fail_member(json, at, expected);
        return false;
    }
    json->at = od_json_skip_space(at + 1, json->end);
    return true;
}

bool
od_json_element(struct od_json *json)
{
    if (json->broken) {
        return false;
    }
    struct od_json_level *level = &json->levels[json->depth];
    bool first = level->first;
    if (!find_member(json, level, ']', "',' or ']'")) {
        return false;
    }
    level->index += first ? 0 : 1;
    if (json->at < json->end && *json->at == ']') {
        od_json_fail_expected(json, json->at, "a value after the comma");
        return false;
    }
    return true;
}

bool
od_json_key(struct od_json *json, struct od_json_string *key, size_t *key_at)
{
    if (json->broken) {
        return false;
    }
    struct od_json_level *level = &json->levels[json->depth];
    bool first = level->first;
    if (!find_member(json, level, '}', "',' or '}'")) {
        return false;
    }
    if (json->at >= json->end || *json->at != '"') {
        od_json_fail_expected(json, json->at,
                              first ? "a key in double quotes or '}'" : "a key in double quotes");
        return false;
    }
    if (!od_json_read_string(json, key)) {
        return false;
    }
    if (key_at != NULL) {
        *key_at = (size_t)(json->value - json->start);
    }
    level->key = *key;
    const char *at = od_json_skip_space(json->at, json->end);
    if (at >= json->end || *at != ':') {
        od_json_fail_expected(json, at, "':' after the key");
        return false;
    }
    json->at = od_json_skip_space(at + 1, json->end);
    return true;
}

/* Where the next key's quote would be; NULL if there is no comma where one must be. */
static inline const char *
find_key(const struct od_json *json, const struct od_json_level *level)
{
    const char *at = od_json_skip_space(json->at, json->end);
    if (level->first) {
        return at;
    }
    return at < json->end && *at == ',' ? od_json_skip_space(at + 1, json->end) : NULL;
}

bool
od_json_key_is(struct od_json *json, const char *name)
{
    struct od_json_level *level = &json->levels[json->depth];
    const char *at = json->broken ? NULL : find_key(json, level);
    size_t length = strlen(name);
    if (at == NULL || (size_t)(json->end - at) < length + 3 || at[0] != '"' ||
        at[length + 1] != '"' || at[length + 2] != ':' || memcmp(at + 1, name, length) != 0) {
        return false;
    }
    level->first = false;
    level->key = (struct od_json_string){at + 1, length};
    json->value = at;
    json->at = od_json_skip_space(at + length + 3, json->end);
    return true;
}

static void
skip_array(struct od_json *json)
{
    if (od_json_enter(json)) {
        while (od_json_element(json)) {
            od_json_skip(json);
        }
    }
}

static void
skip_object(struct od_json *json)
{
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    if (od_json_enter(json)) {
        while (od_json_key(json, &key, &key_at)) {
            od_json_keys_add(json, &keys, key, key_at);
            od_json_skip(json);
        }
    }
}

/* Recursion ends at OD_JSON_DEPTH_MAX. */
void
od_json_skip(struct od_json *json)
{
    switch (od_json_peek(json)) {
    case OD_JSON_NULL:
        od_json_null(json);
        break;
    case OD_JSON_BOOL:
        od_json_bool(json);
        break;
    case OD_JSON_INT:
    case OD_JSON_REAL: /* was scanned; what it comes to does not matter */
        json->at = json->number.end;
        break;
    case OD_JSON_STRING:
        od_json_text(json);
        break;
    case OD_JSON_ARRAY:
        skip_array(json);
        break;
    case OD_JSON_OBJECT:
        skip_object(json);
        break;
    case OD_JSON_END:
        break;
    }
}

bool
od_json_finish(struct od_json *json)
{
    if (json->broken) {
        return false;
    }
    json->at = od_json_skip_space(json->at, json->end);
    if (json->at < json->end) {
        od_json_fail_expected(json, json->at, "the end of the text after the value");
    }
    return !json->broken;
}

size_t
od_json_offset(const struct od_json *json)
{
    return (size_t)(json->value - json->start);
}
