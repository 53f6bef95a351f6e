#include "document.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 2100 /* jansson reads 2048 */

static bool write_value(const json_t *value, struct od_buf *out, int depth);

/* What is no integer is not shown as one: 120.0. */
static void
write_real(double number, struct od_buf *out)
{
    size_t from = out->length;
    od_buf_double(out, number);
    if (!out->failed && memchr(out->data + from, '.', out->length - from) == NULL &&
        memchr(out->data + from, 'e', out->length - from) == NULL) {
        od_buf_append(out, ".0", 2);
    }
}

static bool
write_integer(json_int_t number, struct od_buf *out)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, number);
    return od_buf_append(out, text, (size_t)length);
}

static bool
write_object(const json_t *object, struct od_buf *out, int depth)
{
    const char *comma = "";
    bool good = true;
    od_buf_append(out, "{", 1);
    json_t *value;
    const char *key;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        od_buf_append(out, comma, strlen(comma));
        od_buf_json_string(out, key);
        od_buf_append(out, ":", 1);
        good = good && write_value(value, out, depth);
        comma = ",";
    }
    od_buf_append(out, "}", 1);
    return good;
}

static bool
write_array(const json_t *array, struct od_buf *out, int depth)
{
    bool good = true;
    od_buf_append(out, "[", 1);
    json_t *value;
    size_t i;
    json_array_foreach(array, i, value)
    {
        od_buf_append(out, ",", i > 0);
        good = good && write_value(value, out, depth);
    }
    od_buf_append(out, "]", 1);
    return good;
}

static bool
write_value(const json_t *value, struct od_buf *out, int depth)
{
    if (depth == DEPTH_MAX) {
        return false;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(value, out, depth + 1);
    case JSON_ARRAY:
        return write_array(value, out, depth + 1);
    case JSON_STRING:
        return od_buf_json_string(out, json_string_value(value));
    case JSON_INTEGER:
        return write_integer(json_integer_value(value), out);
    case JSON_REAL:
        write_real(json_real_value(value), out);
        return !out->failed;
    case JSON_TRUE:
        return od_buf_append(out, "true", 4);
    case JSON_FALSE:
        return od_buf_append(out, "false", 5);
    case JSON_NULL:
        break;
    }
    return od_buf_append(out, "null", 4);
}

bool
document_write(const json_t *value, struct od_buf *out)
{
    return write_value(value, out, 0) && !out->failed;
}
