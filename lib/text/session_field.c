#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "text/session_read.h"

const char *
od_read_shown(const char *text, size_t length, char out[OD_READ_SHOWN])
{
    size_t shown = od_utf8_cut(text, length, OD_READ_SHOWN - sizeof "...");
    snprintf(out, OD_READ_SHOWN, "%.*s%s", (int)shown, text, shown < length ? "..." : "");
    return out;
}

void
od_read_diag(struct od_reader *reader, enum od_severity severity, size_t offset, const char *code,
             const char *format, ...)
{
    char message[512], pointer[OD_READ_POINTER_SIZE];
    if (reader->json.broken) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    od_json_pointer(&reader->json, pointer, sizeof pointer);
    for (size_t i = 0; i < 3 && reader->below[i] != NULL; i++) {
        od_json_pointer_step(pointer, sizeof pointer, reader->below[i], strlen(reader->below[i]));
    }
    od_diag_add(reader->diags, severity, offset, pointer, code, "%s", message);
}

void
od_read_no_memory(struct od_reader *reader)
{
    reader->json.broken = true;
    reader->diags->out_of_memory = true;
}

/* The next value in words; the value is read. */
static const char *
describe(struct od_reader *reader, enum od_json_type type, char *out, size_t size)
{
    struct od_json *json = &reader->json;
    char shown[OD_READ_SHOWN];
    const char *start = json->at;
    if (type == OD_JSON_ARRAY || type == OD_JSON_OBJECT) {
        return type == OD_JSON_ARRAY ? "an array" : "an object";
    }
    if (type == OD_JSON_NULL) {
        return "null";
    }
    if (type == OD_JSON_BOOL) {
        return *start == 't' ? "true" : "false";
    }
    if (type == OD_JSON_STRING) {
        struct od_json_string text = od_json_text(json);
        snprintf(out, size, "the text \"%s\"", od_read_shown(text.text, text.length, shown));
    } else {
        size_t length = (size_t)(json->number.end - start);
        snprintf(out, size, "%s", od_read_shown(start, length, shown));
    }
    return out;
}

/* The next value is not what it must be: an error, and it is skipped. */
static void
mismatch(struct od_reader *reader, enum od_json_type type, const char *expected)
{
    struct od_json *json = &reader->json;
    char what[OD_READ_SHOWN + 32], shown[OD_READ_SHOWN];
    const char *start = json->at;
    const struct od_json_level *level = &json->levels[json->depth];
    if (json->broken) {
        return;
    }
    const char *found = describe(reader, type, what, sizeof what);
    size_t offset = (size_t)(start - json->start);
    if (json->depth == 0) {
        od_read_diag(reader, OD_ERROR, offset, "type", "a session must be %s, found %s", expected,
                     found);
    } else if (level->is_array) {
        od_read_diag(reader, OD_ERROR, offset, "type", "expected %s, found %s", expected, found);
    } else {
        od_read_diag(reader, OD_ERROR, offset, "type", "'%s' must be %s, found %s",
                     od_read_shown(level->key.text, level->key.length, shown), expected, found);
    }
    if (json->at == start) {
        od_json_skip(json);
    }
}

bool
od_read_enter_object(struct od_reader *reader)
{
    enum od_json_type type = od_json_peek(&reader->json);
    if (type != OD_JSON_OBJECT) {
        mismatch(reader, type, "an object");
        return false;
    }
    return od_json_enter(&reader->json);
}

bool
od_read_enter_array(struct od_reader *reader)
{
    enum od_json_type type = od_json_peek(&reader->json);
    if (type != OD_JSON_ARRAY) {
        mismatch(reader, type, "an array");
        return false;
    }
    return od_json_enter(&reader->json);
}

/* A key holds no NUL, so this ends where the name does. */
static inline bool
is_name(const char *name, struct od_json_string key)
{
    for (size_t i = 0; i < key.length; i++) {
        if (name[i] != key.text[i]) {
            return false;
        }
    }
    return name[key.length] == '\0';
}

static int
find_name(struct od_read_object *object, struct od_json_string key)
{
    size_t i = object->next;
    for (size_t n = 0; n < object->n_names; n++) {
        i = i >= object->n_names ? 0 : i;
        const char *name = object->names[i];
        if (is_name(name, key)) {
            object->next = i + 1;
            return (int)i;
        }
        i++;
    }
    return -1;
}

void
od_read_unknown(struct od_reader *reader, struct od_json_string key, size_t key_at,
                const char *what, const char *const *names, size_t n_names)
{
    char shown[OD_READ_SHOWN], hint[OD_READ_HINT];
    bool is_told = reader->diags->count < OD_DIAG_MAX; /* of a million keys the rest is counted */
    od_read_shown(key.text, key.length, shown);
    const char *nearest = is_told ? od_diag_nearest(shown, names, n_names) : NULL;
    if (is_told && od_read_hint(what, key, hint)) {
        od_read_diag(reader, OD_WARNING, key_at, "unknown-key", "unknown key '%s' in %s; %s", shown,
                     what, hint);
    } else if (nearest != NULL) {
        od_read_diag(reader, OD_WARNING, key_at, "unknown-key",
                     "unknown key '%s' in %s; did you mean '%s'?", shown, what, nearest);
    } else {
        od_read_diag(reader, OD_WARNING, key_at, "unknown-key", "unknown key '%s' in %s", shown,
                     what);
    }
    od_json_skip(&reader->json);
}

/* A key that is not to be read: unknown, or there a second time. */
static void
pass_over(struct od_reader *reader, struct od_read_object *object, int known,
          struct od_json_string key, size_t key_at)
{
    if (known >= 0) {
        od_json_duplicate(&reader->json, key, key_at);
        od_json_skip(&reader->json);
    } else if (od_json_keys_add(&reader->json, &object->others, key, key_at)) {
        od_read_unknown(reader, key, key_at, object->what, object->names, object->n_names);
    } else {
        od_json_skip(&reader->json);
    }
}

/* Right behind a key its value begins at json->at. */
static inline bool
skip_null(struct od_json *json)
{
    if (json->at < json->end && *json->at == 'n' && od_json_peek(json) == OD_JSON_NULL) {
        od_json_null(json);
        return true;
    }
    return false;
}

bool
od_read_null(struct od_reader *reader)
{
    return skip_null(&reader->json);
}

/* Reads on to the next key and tells its place among the names, -1 if it is none of them. Keys
 * mostly come in order, so the one that is due is tried first. */
static bool
read_key(struct od_reader *reader, struct od_read_object *object, struct od_json_string *key,
         int *place)
{
    struct od_json *json = &reader->json;
    size_t due = object->next < object->n_names ? object->next : 0;
    if (od_json_key_is(json, object->names[due])) {
        object->next = due + 1;
        *place = (int)due;
        *key = json->levels[json->depth].key;
        return true;
    }
    if (!od_json_key(json, key, NULL)) {
        return false;
    }
    *place = find_name(object, *key);
    return true;
}

int
od_read_field(struct od_reader *reader, struct od_read_object *object)
{
    struct od_json *json = &reader->json;
    struct od_json_string key;
    int i;
    while (read_key(reader, object, &key, &i)) {
        uint64_t bit = i < 0 ? 0 : UINT64_C(1) << i;
        if (bit == 0 || (object->seen & bit) != 0) {
            pass_over(reader, object, i, key, od_json_offset(json));
            continue;
        }
        object->seen |= bit;
        object->key_at = od_json_offset(json);
        if ((object->nullable & bit) != 0 || !skip_null(json)) {
            return i;
        }
    }
    return -1;
}

bool
od_read_entry(struct od_reader *reader, struct od_json_keys *keys, struct od_json_string *key,
              size_t *key_at)
{
    struct od_json *json = &reader->json;
    while (od_json_key(json, key, key_at)) {
        if (!od_json_keys_add(json, keys, *key, *key_at)) {
            od_json_skip(json);
        } else if (!skip_null(json)) {
            return true;
        }
    }
    return false;
}

static inline bool
begins_number(const struct od_json *json)
{
    return json->at < json->end && ((unsigned char)(*json->at - '0') < 10 || *json->at == '-');
}

bool
od_read_number(struct od_reader *reader, double *value)
{
    struct od_json *json = &reader->json;
    if (!begins_number(json)) {
        mismatch(reader, od_json_peek(json), "a number");
        return false;
    }
    *value = od_json_real(json);
    if (fabs(*value) > (double)FLT_MAX) {
        char shown[OD_READ_SHOWN];
        od_read_shown(json->value, (size_t)(json->at - json->value), shown);
        od_read_error(reader, "range", "%s is too big: OSC numbers end at 3.4e38", shown);
        return false;
    }
    return !json->broken;
}

bool
od_read_is_zero(double value)
{
    return (float)value == 0;
}

static void
fail_negative(struct od_reader *reader, double number)
{
    char shown[OD_READ_SHOWN];
    struct od_json_string key = reader->json.levels[reader->json.depth].key;
    od_read_error(reader, "range", "'%s' must not be below 0, found %g",
                  od_read_shown(key.text, key.length, shown), number);
}

bool
od_read_positive(struct od_reader *reader, double *value)
{
    double number;
    if (!od_read_number(reader, &number)) {
        return false;
    }
    if (number < 0) {
        fail_negative(reader, number);
        return false;
    }
    *value = number;
    return true;
}

bool
od_read_bool(struct od_reader *reader, bool *value)
{
    enum od_json_type type = od_json_peek(&reader->json);
    if (type != OD_JSON_BOOL) {
        mismatch(reader, type, "true or false");
        return false;
    }
    *value = od_json_bool(&reader->json);
    return true;
}

/* A whole number that was read from json->value is not in range. */
static void
fail_integer(struct od_reader *reader, int least, int most)
{
    struct od_json *json = &reader->json;
    struct od_json_string key = json->levels[json->depth].key;
    char name[OD_READ_SHOWN], shown[OD_READ_SHOWN], range[32];
    if (json->levels[json->depth].is_array) {
        od_read_error(reader, "range", "expected an integer %d..%d, found %s", least, most,
                      od_read_shown(json->value, (size_t)(json->at - json->value), shown));
        return;
    }
    od_read_shown(key.text, key.length, name);
    od_read_shown(json->value, (size_t)(json->at - json->value), shown);
    snprintf(range, sizeof range, least == most ? "%d" : "%d..%d", least, most);
    od_read_error(reader, "range", "'%s' must %s%s, found %s", name,
                  least == INT32_MIN ? "" : "be ", least == INT32_MIN ? "fit 32 bits" : range,
                  shown);
}

/* A whole number such as 3.0 counts as an integer: not every front-end can tell them apart. */
bool
od_read_integer(struct od_reader *reader, int least, int most, int *value)
{
    struct od_json *json = &reader->json;
    double number = begins_number(json) ? od_json_real(json) : NAN;
    if (json->broken) {
        return false;
    }
    if (!(number >= INT32_MIN && number <= INT32_MAX) || number != (int)number) {
        if (isnan(number) || number != trunc(number)) {
            json->at = isnan(number) ? json->at : json->value;
            mismatch(reader, od_json_peek(json), "an integer");
        } else {
            fail_integer(reader, least, most);
        }
        return false;
    }
    if (number < least || number > most) {
        fail_integer(reader, least, most);
        return false;
    }
    *value = (int)number;
    return true;
}

bool
od_read_whole(struct od_reader *reader, uint64_t most, uint64_t *value)
{
    struct od_json *json = &reader->json;
    struct od_json_string key = json->levels[json->depth].key;
    char shown[OD_READ_SHOWN];
    double number;
    if (!od_read_number(reader, &number)) {
        return false;
    }
    if (!(number >= 0 && number <= (double)most) || number != trunc(number)) {
        od_read_error(reader, "range", "'%s' must be an integer 0..%llu, found %.17g",
                      od_read_shown(key.text, key.length, shown), (unsigned long long)most, number);
        return false;
    }
    *value = (uint64_t)number;
    return true;
}

struct od_name
od_read_keep_name(struct od_reader *reader, struct od_json_string key, size_t offset)
{
    struct od_name name = {od_arena_string(&reader->session->arena, key.text, key.length), offset};
    if (name.text == NULL) {
        od_read_no_memory(reader);
        name.text = "";
    }
    return name;
}

bool
od_read_name(struct od_reader *reader, struct od_name *name)
{
    enum od_json_type type = od_json_peek(&reader->json);
    if (type != OD_JSON_STRING) {
        mismatch(reader, type, "a text in quotes");
        return false;
    }
    struct od_json_string text = od_json_text(&reader->json);
    *name = od_read_keep_name(reader, text, od_json_offset(&reader->json));
    return !reader->json.broken;
}

int
od_read_word(struct od_reader *reader, const char *const *words, size_t n)
{
    struct od_name name;
    char key[OD_READ_SHOWN], shown[OD_READ_SHOWN], wanted[OD_READ_SHOWN];
    size_t used = 0;
    if (!od_read_name(reader, &name)) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name.text, words[i]) == 0) {
            return (int)i;
        }
        used += (size_t)snprintf(wanted + used, sizeof wanted - used, "%s\"%s\"",
                                 i == 0      ? ""
                                 : i + 1 < n ? ", "
                                             : " or ",
                                 words[i]);
    }
    od_read_shown(name.text, strlen(name.text), shown);
    const char *nearest = od_diag_nearest(shown, words, n);
    struct od_json_string of = reader->json.levels[reader->json.depth].key;
    od_read_error(reader, "word", "'%s' must be %s, found \"%s\"%s%s%s",
                  od_read_shown(of.text, of.length, key), wanted, shown,
                  nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "\"?" : "");
    return -1;
}

void
od_read_own_name(struct od_reader *reader, const struct od_name *id)
{
    struct od_name name;
    char own[OD_READ_SHOWN], other[OD_READ_SHOWN];
    if (od_read_name(reader, &name) && strcmp(name.text, id->text) != 0) {
        od_read_warn(reader, "name-mismatch", "'%s' stands under the key '%s': the key counts",
                     od_read_shown(name.text, strlen(name.text), other),
                     od_read_shown(id->text, strlen(id->text), own));
    }
}

void *
od_read_keep(struct od_reader *reader, struct od_buf *buf, size_t size, size_t *count)
{
    *count = 0;
    if (buf->length == 0 && !buf->failed) {
        return NULL;
    }
    void *kept = buf->failed ? NULL : od_arena_alloc(&reader->session->arena, buf->length);
    if (kept == NULL) {
        od_read_no_memory(reader);
        return NULL;
    }
    memcpy(kept, buf->data, buf->length);
    *count = buf->length / size;
    buf->length = 0;
    return kept;
}

_Static_assert(offsetof(struct od_track, id) == 0 && offsetof(struct od_midi_track, id) == 0 &&
                   offsetof(struct od_mixer_line, name) == 0 &&
                   offsetof(struct od_sequence, id) == 0 && offsetof(struct od_part, name) == 0,
               "named things begin with their name");

void *
od_read_members(struct od_reader *reader, const struct od_read_kind *kind, size_t *count)
{
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    *count = 0;
    if (!od_read_enter_object(reader)) {
        return NULL;
    }
    while (od_read_entry(reader, &keys, &key, &key_at)) {
        struct od_name name = od_read_keep_name(reader, key, key_at);
        void *record = od_read_enter_object(reader) ? od_buf_extend(kind->buf, kind->size) : NULL;
        if (record != NULL) {
            memcpy(record, kind->initial, kind->size);
            *(struct od_name *)record = name;
            kind->read(reader, record);
        } else if (kind->buf->failed) {
            od_read_no_memory(reader);
        }
    }
    return od_read_keep(reader, kind->buf, kind->size, count);
}
