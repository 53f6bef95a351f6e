#include "body.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "text/json.h"

void
body_place(const char *text, size_t offset, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            ++*column;
        }
    }
}

/* Array indices cannot be told from keys that are numbers: both become numbers, as the upstream's
 * validator shows them for arrays. */
static json_t *
location_step(const char *word)
{
    size_t n = strlen(word);
    if (n && n < 10 && strspn(word, "0123456789") == n) {
        return json_integer(strtol(word, NULL, 10));
    }
    return json_string(word);
}

/* "/a~1b/0" → ["body", "a/b", 0]. */
static json_t *
location(const char *pointer)
{
    json_t *list = json_pack("[s]", "body");
    while (*pointer == '/') {
        struct od_buf word = {0};
        for (pointer++; *pointer && *pointer != '/'; pointer++) {
            char c = *pointer;
            if (c == '~' && pointer[1]) {
                c = *++pointer == '1' ? '/' : '~';
            }
            od_buf_append(&word, &c, 1);
        }
        if (od_buf_append(&word, "", 1)) {
            json_array_append_new(list, location_step((const char *)word.data));
        }
        od_buf_clear(&word);
    }
    return list;
}

json_t *
body_fault(const char *type, const char *pointer, const char *message, json_t *input,
           const char *text, size_t offset)
{
    size_t line;
    size_t column;
    body_place(text, offset, &line, &column);
    return json_pack("{s:s,s:o,s:s,s:o,s:I,s:I,s:s}", "type", type, "loc", location(pointer), "msg",
                     message, "input", input != NULL ? input : json_null(), "line",
                     (json_int_t)line, "column", (json_int_t)column, "pointer", pointer);
}

/* Byte offset of a member's value; of the object if it is not there. */
static size_t
member_offset(const struct od_buf *body, const char *key)
{
    const struct od_source source = {.text = (const char *)body->data, .length = body->length};
    struct od_diag_list diags = {0};
    struct od_arena arena = {0};
    size_t offset = 0;
    struct od_json json;
    od_json_init(&json, &source, &diags, &arena);
    struct od_json_string name;
    if (od_json_peek(&json) == OD_JSON_OBJECT && od_json_enter(&json)) {
        while (od_json_key(&json, &name, NULL)) {
            od_json_peek(&json);
            if (name.length == strlen(key) && memcmp(name.text, key, name.length) == 0) {
                offset = od_json_offset(&json);
                break;
            }
            od_json_skip(&json);
        }
    }
    od_diag_clear(&diags);
    od_arena_clear(&arena);
    return offset;
}

static json_t *
member_fault(const struct od_buf *body, const char *key, const char *type, const char *message,
             const json_t *input)
{
    struct od_buf pointer = {0};
    json_t *fault = NULL;
    od_buf_append(&pointer, "/", *key != '\0');
    for (const char *c = key; *c; c++) {
        if (*c == '~' || *c == '/') {
            od_buf_append(&pointer, *c == '~' ? "~0" : "~1", 2);
        } else {
            od_buf_append(&pointer, c, 1);
        }
    }
    if (od_buf_append(&pointer, "", 1)) {
        fault = body_fault(type, (const char *)pointer.data, message,
                           json_incref((json_t *)(uintptr_t)input), (const char *)body->data,
                           member_offset(body, key));
    }
    od_buf_clear(&pointer);
    return fault;
}

static void
number_fault(const struct field *field, double value, char *message, size_t size, const char **type)
{
    if (isfinite(field->least) && value < field->least) {
        *type = "greater_than_equal";
        snprintf(message, size, "Input should be greater than or equal to %g", field->least);
    } else if (isfinite(field->most) && value > field->most) {
        *type = "less_than_equal";
        snprintf(message, size, "Input should be less than or equal to %g", field->most);
    }
}

/* What is wrong with a member, or NULL. */
static const char *
judge(const struct field *field, const json_t *value, char *message, size_t size)
{
    const char *type = NULL;
    *message = '\0';
    if (value == NULL) {
        if (field->required) {
            snprintf(message, size, "Field required");
        }
        return field->required ? "missing" : NULL;
    }
    if (json_is_null(value) && field->nullable) {
        return NULL;
    }
    if (field->type == FIELD_NUMBER || field->type == FIELD_INTEGER) {
        double number = json_number_value(value);
        if (!json_is_number(value)) {
            type = field->type == FIELD_NUMBER ? "float_type" : "int_type";
        } else if (field->type == FIELD_INTEGER && number != floor(number)) {
            type = "int_from_float";
        } else {
            number_fault(field, number, message, size, &type);
        }
        if (type != NULL && !*message) {
            snprintf(message, size, "Input should be a valid %s",
                     field->type == FIELD_NUMBER ? "number" : "integer");
        }
    } else if (field->type == FIELD_BOOL && !json_is_boolean(value)) {
        type = "bool_type";
        snprintf(message, size, "Input should be a valid boolean");
    } else if (field->type == FIELD_STRING && !json_is_string(value)) {
        type = "string_type";
        snprintf(message, size, "Input should be a valid string");
    } else if (field->type == FIELD_STRING &&
               strlen(json_string_value(value)) != json_string_length(value)) {
        type = "string_type";
        snprintf(message, size, "Input should be a text without NUL");
    }
    return type;
}

/* What is no JSON, and where: in our words. */
static void
refuse_syntax(struct request *request, const char *otherwise)
{
    const struct od_source source = {.text = (const char *)request->body.data,
                                     .length = request->body.length};
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    struct od_arena arena = {0};
    struct od_json json;
    size_t line, column;
    if (diags == NULL) {
        reply_error(request, 503, "out of memory");
        return;
    }
    od_json_init(&json, &source, diags, &arena);
    od_json_skip(&json);
    (void)od_json_finish(&json);
    if (diags->count > 0) {
        body_place(source.text, diags->items[0].offset, &line, &column);
        reply_error(request, 400, "JSON is broken at line %zu column %zu: %s", line, column,
                    diags->items[0].message);
    } else {
        reply_error(request, 400, "%s", otherwise);
    }
    od_diag_clear(diags);
    free(diags);
    od_arena_clear(&arena);
}

/* Integers of any size are numbers; NUL in a text is judged where the text is used. */
static json_t *
parse(struct request *request)
{
    const char *text = (const char *)request->body.data;
    size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    json_t *object = json_loadb(text, request->body.length, flags, &error);
    if (object == NULL && json_error_code(&error) == json_error_numeric_overflow) {
        object = json_loadb(text, request->body.length, flags | JSON_DECODE_INT_AS_REAL, &error);
    }
    if (object != NULL) {
        return object;
    }
    if (request->body.length == 0) {
        reply_error(request, 400, "a JSON object is expected as body");
    } else if (json_error_code(&error) == json_error_duplicate_key) {
        reply_error(request, 400, "JSON is broken at line %d column %d: a key is there twice",
                    error.line, error.column);
    } else if (json_error_code(&error) == json_error_numeric_overflow) {
        reply_error(request, 400, "JSON is broken at line %d column %d: a number is too big",
                    error.line, error.column);
    } else {
        refuse_syntax(request, "the JSON is nested too deeply, or there is no memory for it");
    }
    return NULL;
}

json_t *
body_read(struct request *request, const struct field *fields, size_t n)
{
    json_t *object = parse(request);
    if (object == NULL) {
        return NULL;
    }
    json_t *faults = json_array();
    if (!json_is_object(object)) {
        json_array_append_new(faults,
                              body_fault("dict_type", "", "Input should be an object",
                                         json_incref(object), (const char *)request->body.data, 0));
    }
    for (size_t i = 0; i < n && json_is_object(object); i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        char message[120];
        const char *type = judge(&fields[i], value, message, sizeof message);
        if (type != NULL) {
            json_array_append_new(faults, member_fault(&request->body, fields[i].name, type,
                                                       message, value != NULL ? value : object));
        }
    }
    if (json_array_size(faults) == 0) {
        json_decref(faults);
        return object;
    }
    json_decref(object);
    reply_json(request, 422, json_pack("{s:o}", "detail", faults));
    return NULL;
}

void
body_refuse(struct request *request, const char *key, const char *type, const char *message)
{
    json_t *object = json_loadb((const char *)request->body.data, request->body.length, 0, NULL);
    json_t *fault = member_fault(&request->body, key, type, message,
                                 *key ? json_object_get(object, key) : object);
    json_decref(object);
    reply_json(request, 422, json_pack("{s:[o]}", "detail", fault));
}

/* A word of the control stream for a word of the API; false if it is none. */
static bool
timing_word(const char *text, char *word, size_t size)
{
    static const char *const words[] = {"now", "beat", "bar", "seq"};
    if (text != NULL && strcmp(text, "immediate") == 0) {
        text = "now";
    }
    for (size_t i = 0; text != NULL && i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            snprintf(word, size, "%s", text);
            return true;
        }
    }
    return false;
}

static bool
timing_step(const json_t *step, char *word, size_t size)
{
    double number = json_number_value(step);
    if (!json_is_number(step) || number != floor(number) || number < 0 || number > OD_STEPS - 1) {
        return false;
    }
    snprintf(word, size, "%d", (int)number);
    return true;
}

bool
body_timing(const json_t *timing, char *word, size_t size)
{
    if (json_is_string(timing)) {
        return timing_word(json_string_value(timing), word, size);
    }
    const char *key = json_object_get(timing, "type") != NULL ? "type" : "timing";
    const char *kind = json_string_value(json_object_get(timing, key));
    const json_t *step = json_object_get(timing, "step"), *unit = json_object_get(timing, "unit");
    size_t known = (size_t)(kind != NULL) + (size_t)(step != NULL) + (size_t)(unit != NULL);
    if (kind == NULL || json_object_size(timing) != known) {
        return false;
    }
    if (strcmp(kind, "absolute") == 0) {
        return unit == NULL && timing_step(step, word, size);
    }
    if (strcmp(kind, "boundary") == 0) {
        return step == NULL && timing_word(json_string_value(unit), word, size);
    }
    return known == 1 && timing_word(kind, word, size);
}
