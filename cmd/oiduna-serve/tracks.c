/* /tracks, /playback/tracks, /scene. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "handlers.h"
#include "model.h"
#include "reply.h"
#include "resume.h"

#define PARAMS_MOST ((size_t)127) /* a line of the control stream has 256 words */

void
route_tracks(struct request *request)
{
    reply_json(request, 200, json_pack("{s:o}", "tracks", model_tracks(request->app->model)));
}

static const json_t *
known_track(struct request *request)
{
    const json_t *track = model_track(request->app->model, request->params[0]);
    if (track == NULL) {
        change_missing(request, "tracks", "Track", request->params[0]);
    }
    return track;
}

void
route_track(struct request *request)
{
    const json_t *track = known_track(request);
    if (track != NULL) {
        reply_json(request, 200, json_incref((json_t *)(uintptr_t)track));
    }
}

static void
switch_track(struct request *request, const char *command, const char *field_name)
{
    const struct field field = {field_name, FIELD_BOOL, true, false, 0, 0};
    const char *id = request->params[0];
    json_t *body = known_track(request) != NULL ? body_read(request, &field, 1) : NULL;
    if (body == NULL) {
        return;
    }
    json_t *value = json_object_get(body, field_name);
    struct change *change = change_new(
        request, json_pack("{s:s,s:s,s:O}", "status", "ok", "track_id", id, field_name, value));
    if (change != NULL) {
        char *word = change_word(id), *key = resume_track_key(command, id, "");
        if (word != NULL) {
            change_send(change, key, "%s %s %s", command, word, json_is_true(value) ? "on" : "off");
        } else {
            change->unsent = true;
        }
        free(word);
        free(key);
        change_go(change);
    }
    json_decref(body);
}

void
route_mute(struct request *request)
{
    switch_track(request, "mute", "muted");
}

void
route_solo(struct request *request)
{
    switch_track(request, "solo", "solo");
}

/* A value as a word of the control stream, to be freed; NULL if a parameter cannot have it. */
static char *
value_word(const json_t *value)
{
    char *text = NULL;
    int n = -1;
    if (json_is_string(value)) {
        return change_word(json_string_value(value));
    }
    if (json_is_integer(value)) {
        n = asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        n = asprintf(&text, "%.17g", json_real_value(value));
    } else if (json_is_boolean(value)) {
        n = asprintf(&text, "%d", json_is_true(value));
    } else if (json_is_null(value)) {
        n = asprintf(&text, "null");
    }
    return n < 0 ? NULL : text;
}

/* "set TRACK" and what of `params` is to be set; to be freed, NULL: out of memory. */
static char *
set_line(const char *id, const json_t *params)
{
    struct od_buf line = {0};
    od_buf_printf(&line, "set ");
    od_buf_json_string(&line, id);
    json_t *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)params, name, value)
    {
        char *word = value_word(value);
        od_buf_append(&line, " ", 1);
        od_buf_json_string(&line, name);
        od_buf_printf(&line, " %s", word != NULL ? word : "");
        line.failed = line.failed || word == NULL;
        free(word);
    }
    if (!od_buf_append(&line, "", 1)) {
        od_buf_clear(&line);
    }
    return (char *)line.data;
}

/* Each by itself, for a later one replaces some of them only: key → line. NULL: out of memory. */
static json_t *
set_lines(const char *id, const json_t *params)
{
    json_t *lines = json_object();
    json_t *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)params, name, value)
    {
        json_t *one = json_pack("{s:O}", name, value);
        char *line = set_line(id, one), *key = resume_track_key("set", id, name);
        if (line == NULL || key == NULL ||
            json_object_set_new(lines, key, json_string(line)) != 0) {
            json_decref(lines);
            lines = NULL;
        }
        free(line);
        free(key);
        json_decref(one);
    }
    return lines;
}

static const char *
bad_param(const json_t *body)
{
    json_t *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)body, name, value)
    {
        if (json_is_object(value) || json_is_array(value) || !*name) {
            return name;
        }
    }
    return NULL;
}

/* Says which member of the body it was. */
static void
params_done(struct change *change)
{
    struct request *request = change->request;
    const char *code = json_string_value(json_object_get(change->error, "code"));
    const char *message = json_string_value(json_object_get(change->error, "message"));
    const char *param = json_string_value(json_object_get(change->error, "param"));
    if (code != NULL && message != NULL && param != NULL) {
        body_refuse(request, param, code, message);
        return;
    }
    change_reply(change);
}

/* What is wrong with the body, and where; NULL if nothing is. */
static const char *
judge_params(const json_t *body, const char **where)
{
    *where = bad_param(body);
    if (*where != NULL) {
        return "a parameter is a number, a string, a boolean or null";
    }
    *where = "";
    if (json_object_size(body) == 0) {
        return "at least one parameter is expected";
    }
    return json_object_size(body) > PARAMS_MOST ? "more than 127 parameters at once" : NULL;
}

static void
set_params(struct request *request, json_t *body)
{
    const char *id = request->params[0];
    struct change *change = change_new(request, json_pack("{s:s,s:s,s:O}", "status", "ok",
                                                          "track_id", id, "updated_params", body));
    if (change != NULL) {
        change->done = params_done;
        change_send_kept(change, set_lines(id, body), set_line(id, body));
        change_go(change);
    }
}

void
route_params(struct request *request)
{
    json_t *body = known_track(request) != NULL ? body_read(request, NULL, 0) : NULL;
    if (body == NULL) {
        return;
    }
    const char *where;
    const char *fault = judge_params(body, &where);
    if (fault != NULL) {
        body_refuse(request, where, "value_error", fault);
    } else {
        set_params(request, body);
    }
    json_decref(body);
}

static void
scene_done(struct change *change)
{
    const json_t *at = json_object_get(change->event, "applies_at");
    char id[32];
    change_id(change->event, id, sizeof id);
    json_object_set_new(change->reply, "change_id", *id ? json_string(id) : json_null());
    json_object_set_new(change->reply, "applied_at",
                        json_pack("{s:O?,s:O?}", "step", json_object_get(at, "step"), "beat",
                                  json_object_get(at, "beat")));
    change_reply(change);
}

static void
activate(struct request *request, const char *scene, const char *timing)
{
    struct change *change =
        change_new(request, json_pack("{s:s,s:s}", "status", "ok", "scene_id", scene));
    char *word = change_word(scene);
    if (change != NULL) {
        change->done = scene_done;
        if (word != NULL) {
            change_send(change, NULL, "scene %s %s", word, timing);
        } else {
            change->unsent = true;
        }
        change_go(change);
    }
    free(word);
}

void
route_scene(struct request *request)
{
    static const struct field fields[] = {{"scene_id", FIELD_STRING, true, false, 0, 0}};
    json_t *body = body_read(request, fields, 1);
    char word[16] = "bar";
    if (body == NULL) {
        return;
    }
    const char *scene = json_string_value(json_object_get(body, "scene_id"));
    json_t *timing = json_object_get(body, "timing");
    if (timing != NULL && !json_is_null(timing) && !body_timing(timing, word, sizeof word)) {
        body_refuse(request, "timing", "value_error",
                    "Input should be 'now', 'beat', 'bar', 'seq', a boundary or a step");
    } else if (!model_has_scene(request->app->model, scene)) {
        change_missing(request, "scenes", "Scene", scene);
    } else {
        activate(request, scene, word);
    }
    json_decref(body);
}
