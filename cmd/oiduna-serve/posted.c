#include "posted.h"

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "text/json.h"

static const char timing_fault[] =
    "Input should be 'now', 'beat', 'bar', 'seq', a boundary or a step";

/* A member of an object in the body. */
struct member {
    struct od_json_string key;
    size_t key_at, from, until;
    enum od_json_type type;
};

/* The object whose members are told to `each`; offsets count from the body's first byte. */
struct object {
    const struct od_buf *body;
    size_t from, until;
    void (*each)(void *arg, const struct member *member);
    void *arg;
};

static bool
is_key(const struct member *member, const char *word)
{
    return member->key.length == strlen(word) &&
           memcmp(member->key.text, word, member->key.length) == 0;
}

/* False if it is no sound JSON. */
static bool
each_member(const struct object *object)
{
    const struct od_source source = {.text = (const char *)object->body->data + object->from,
                                     .length = object->until - object->from};
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    struct od_arena arena = {0};
    struct od_json json;
    struct member member;
    if (diags == NULL) {
        return false;
    }
    od_json_init(&json, &source, diags, &arena);
    if (od_json_peek(&json) == OD_JSON_OBJECT && od_json_enter(&json)) {
        while (od_json_key(&json, &member.key, &member.key_at)) {
            member.type = od_json_peek(&json);
            member.from = object->from + od_json_offset(&json);
            member.key_at += object->from;
            od_json_skip(&json);
            member.until = object->from + (size_t)(json.at - json.start);
            object->each(object->arg, &member);
        }
    }
    bool sound = !json.broken && od_json_finish(&json);
    od_diag_clear(diags);
    free(diags);
    od_arena_clear(&arena);
    return sound;
}

/* Values of interest around the session, or in it: `from` is `until` if there is none. */
struct span {
    size_t from, until;
};

struct around {
    struct span data, timing, apply, live;
    const struct od_buf *body;
    json_t *unknown; /* faults, if it is a wrapper at all */
};

static void
note_unknown(struct around *around, const struct member *member)
{
    char key[80] = "/";
    if (json_array_size(around->unknown) >= 20) {
        return;
    }
    size_t n = member->key.length < sizeof key - 2 ? member->key.length : sizeof key - 2;
    memcpy(key + 1, member->key.text, n);
    const char *text = (const char *)around->body->data;
    json_array_append_new(around->unknown,
                          body_fault("extra_forbidden", key,
                                     "beside \"data\" only \"timing\" or \"apply\", \"live\" and "
                                     "\"client_id\" are known",
                                     NULL, text, member->key_at));
}

static void
note_around(void *arg, const struct member *member)
{
    struct around *around = arg;
    struct span span = {member->from, member->until};
    if (is_key(member, "data") && member->type == OD_JSON_OBJECT) {
        around->data = span;
    } else if (is_key(member, "timing")) {
        around->timing = span;
    } else if (is_key(member, "apply")) {
        around->apply = span;
    } else if (is_key(member, "live")) {
        around->live = span;
    } else if (!is_key(member, "client_id")) {
        note_unknown(around, member);
    }
}

static void
note_apply(void *arg, const struct member *member)
{
    if (is_key(member, "apply")) {
        *(struct span *)arg = (struct span){member->from, member->until};
    }
}

static bool
is_there(struct span span)
{
    return span.until > span.from;
}

static json_t *
value_of(const struct od_buf *body, struct span span)
{
    return json_loadb((const char *)body->data + span.from, span.until - span.from, JSON_DECODE_ANY,
                      NULL);
}

static void
fault(json_t *faults, const struct od_buf *body, const char *pointer, const char *message,
      json_t *input, size_t offset)
{
    json_array_append_new(faults, body_fault("value_error", pointer, message, input,
                                             (const char *)body->data, offset));
}

/* What of an apply is no timing, and is the compiler's to read; NULL: nothing. Taken out of it. */
static json_t *
take_rest(json_t *apply)
{
    static const char *const names[] = {"track_ids", "scene_name", "from"};
    json_t *rest = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(apply, names[i]);
        if (value != NULL) {
            json_object_set(rest, names[i], value);
            json_object_del(apply, names[i]);
        }
    }
    if (json_object_size(rest) == 0) {
        json_decref(rest);
        return NULL;
    }
    return rest;
}

/* {"timing": "bar"} and what has no timing at all: the compiler reads that itself. */
static bool
is_compilers(const json_t *apply)
{
    static const char *const ours[] = {"absolute", "boundary"};
    const json_t *timing = json_object_get(apply, "timing");
    bool plain = json_object_size(apply) == (timing != NULL);
    for (size_t i = 0; i < 2 && json_is_string(timing); i++) {
        plain = plain && strcmp(json_string_value(timing), ours[i]) != 0;
    }
    return json_is_null(apply) || (json_is_object(apply) && plain);
}

/* The timing that a value says; what else it has to the session that is compiled. */
static void
read_timing(struct posted *posted, const struct od_buf *body, struct span span, const char *pointer,
            json_t *faults)
{
    json_t *value = value_of(body, span);
    json_t *rest =
        json_is_object(value) && strcmp(pointer, "/apply") == 0 ? take_rest(value) : NULL;
    bool empty = json_is_null(value) || (rest != NULL && json_object_size(value) == 0);
    if (!empty && !body_timing(value, posted->timing, sizeof posted->timing)) {
        fault(faults, body, pointer, timing_fault, json_incref(value), span.from);
    }
    if (rest != NULL) {
        char *text = json_dumps(rest, JSON_COMPACT);
        size_t length = posted->until - posted->from - 1;
        const char *session = (const char *)body->data + posted->from;
        bool first = strspn(session + 1, " \t\r\n") >= length - 1;
        od_buf_append(&posted->session, session, length);
        od_buf_printf(&posted->session, "%s\"apply\":%s}", first ? "" : ",",
                      text != NULL ? text : "null");
        posted->apply_from = span.from;
        free(text);
    }
    json_decref(rest);
    json_decref(value);
}

/* A timing in the session that the compiler does not read: it becomes ours. */
static void
read_inner(struct posted *posted, struct od_buf *body, json_t *faults)
{
    struct span span = {0, 0};
    const struct object session = {body, posted->from, posted->until, note_apply, &span};
    char timing[sizeof posted->timing] = "";
    if (!each_member(&session) || !is_there(span)) {
        return;
    }
    json_t *value = value_of(body, span), *rest = json_is_object(value) ? take_rest(value) : NULL;
    if (value != NULL && !is_compilers(value)) {
        char *text = rest != NULL ? json_dumps(rest, JSON_COMPACT) : strdup("null");
        const char *pointer = posted->wrapped ? "/data/apply" : "/apply";
        size_t room = span.until - span.from;
        const char *left = text;
        if (!body_timing(value, timing, sizeof timing) || text == NULL || strlen(text) > room) {
            fault(faults, body, pointer, timing_fault, json_incref(value), span.from);
            left = "null";
        }
        if (room >= strlen(left)) { /* what was told here is not to be told again */
            memset(body->data + span.from, ' ', room);
            memcpy(body->data + span.from, left, strlen(left));
        }
        free(text);
    }
    if (*posted->timing == '\0') {
        memcpy(posted->timing, timing, sizeof timing);
    }
    json_decref(rest);
    json_decref(value);
}

static void
read_live(struct posted *posted, const struct od_buf *body, struct span span, json_t *faults)
{
    json_t *value = value_of(body, span);
    const char *word = json_string_value(value);
    posted->reset_live = word != NULL && strcmp(word, "reset") == 0;
    if (word == NULL || (!posted->reset_live && strcmp(word, "keep") != 0)) {
        fault(faults, body, "/live", "Input should be 'keep' or 'reset'", json_incref(value),
              span.from);
    }
    json_decref(value);
}

static void
read_around(struct posted *posted, const struct od_buf *body, const struct around *around,
            json_t *faults)
{
    posted->wrapped = true;
    posted->from = around->data.from;
    posted->until = around->data.until;
    json_array_extend(faults, around->unknown);
    if (is_there(around->timing)) {
        read_timing(posted, body, around->timing, "/timing", faults);
    }
    if (is_there(around->apply) && *posted->timing) {
        fault(faults, body, "/apply", "when it takes over is said by \"timing\" already", NULL,
              around->apply.from);
    } else if (is_there(around->apply)) {
        read_timing(posted, body, around->apply, "/apply", faults);
    }
    if (is_there(around->live)) {
        read_live(posted, body, around->live, faults);
    }
}

/* Only a body whose "data" is an object is a wrapper: no session has such a key. */
void
posted_read(struct posted *posted, struct od_buf *body, json_t *faults)
{
    struct around around = {.body = body, .unknown = json_array()};
    const struct object all = {body, 0, body->length, note_around, &around};
    *posted = (struct posted){.until = body->length};
    if (each_member(&all)) {
        if (is_there(around.data)) {
            read_around(posted, body, &around, faults);
        }
        read_inner(posted, body, faults);
    }
    json_decref(around.unknown);
}

void
posted_clear(struct posted *posted)
{
    od_buf_clear(&posted->session);
}

size_t
posted_place(const struct posted *posted, size_t offset)
{
    if (posted->session.length > 0 && offset >= posted->until - posted->from - 1) {
        return posted->apply_from;
    }
    return posted->from + offset;
}
