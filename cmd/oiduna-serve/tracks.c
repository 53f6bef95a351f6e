/* /tracks, /playback/tracks, /scene. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "endpoint.h"

void
od_route_tracks(struct od_request *request)
{
    od_reply_json(request, 200, json_pack("{s:o}", "tracks", od_model_tracks(request->app->model)));
}

static const json_t *
known_track(struct od_request *request)
{
    const json_t *track = od_model_track(request->app->model, request->params[0]);

    if (!track) {
        od_reply_error(request, 404, "Track '%s' not found", request->params[0]);
    }
    return track;
}

void
od_route_track(struct od_request *request)
{
    const json_t *track = known_track(request);

    if (track) {
        od_reply_json(request, 200, json_incref((json_t *)(uintptr_t)track));
    }
}

/* The key under which a live change of a track is kept, to be freed. */
static char *
track_key(const char *what, const char *id, const char *param)
{
    char *key;

    return asprintf(&key, "track %s %s %s", what, id, param) < 0 ? NULL : key;
}

static void
switch_track(struct od_request *request, const char *command, const char *field_name)
{
    const struct od_field field = {field_name, OD_FIELD_BOOL, true, false, 0, 0};
    const char *id = request->params[0];
    json_t *body = known_track(request) ? od_body_read(request, &field, 1) : NULL;
    struct od_change *change;
    json_t *value;

    if (!body) {
        return;
    }
    value = json_object_get(body, field_name);
    change = od_change_new(
        request, json_pack("{s:s,s:s,s:O}", "status", "ok", "track_id", id, field_name, value));
    if (change) {
        char *word = od_change_word(id), *key = track_key(command, id, "");

        if (word) {
            od_change_send(change, key, "%s %s %s", command, word,
                           json_is_true(value) ? "on" : "off");
        } else {
            change->unsent = true;
        }
        free(word);
        free(key);
        od_change_go(change);
    }
    json_decref(body);
}

void
od_route_mute(struct od_request *request)
{
    switch_track(request, "mute", "muted");
}

void
od_route_solo(struct od_request *request)
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
        return od_change_word(json_string_value(value));
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

static void
send_param(struct od_change *change, const char *name, const json_t *value)
{
    const char *id = change->request->params[0];
    char *track = od_change_word(id), *param = od_change_word(name), *word = value_word(value);
    char *key = track_key("set", id, name);

    if (track && param && word) {
        od_change_send(change, key, "set %s %s %s", track, param, word);
    } else {
        change->unsent = true;
    }
    free(track);
    free(param);
    free(word);
    free(key);
}

static const char *
bad_param(const json_t *body)
{
    const char *name;
    json_t *value;

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
params_done(struct od_change *change)
{
    const char *code = json_string_value(json_object_get(change->error, "code"));
    const char *message = json_string_value(json_object_get(change->error, "message"));
    const char *param = json_string_value(json_object_get(change->error, "param"));

    if (code && message &&
        (strcmp(code, "UNKNOWN_PARAM") == 0 || strcmp(code, "BAD_ARGUMENT") == 0)) {
        od_body_refuse(change->request, param ? param : "", code, message);
    } else {
        od_change_reply(change);
    }
}

void
od_route_params(struct od_request *request)
{
    json_t *body = known_track(request) ? od_body_read(request, NULL, 0) : NULL;
    struct od_change *change;
    const char *name, *bad;
    json_t *value;

    if (!body) {
        return;
    }
    bad = bad_param(body);
    if (bad || json_object_size(body) == 0) {
        od_body_refuse(request, bad ? bad : "", "value_error",
                       bad ? "a parameter is a number, a string, a boolean or null"
                           : "at least one parameter is expected");
        json_decref(body);
        return;
    }
    change = od_change_new(request, json_pack("{s:s,s:s,s:O}", "status", "ok", "track_id",
                                              request->params[0], "updated_params", body));
    if (change) {
        change->done = params_done;
        json_object_foreach(body, name, value)
        {
            send_param(change, name, value);
        }
        od_change_go(change);
    }
    json_decref(body);
}

static void
scene_done(struct od_change *change)
{
    const json_t *at = json_object_get(change->event, "applies_at");

    json_object_set_new(change->reply, "applied_at",
                        json_pack("{s:O?,s:O?}", "step", json_object_get(at, "step"), "beat",
                                  json_object_get(at, "beat")));
    od_change_reply(change);
}

static void
activate(struct od_request *request, const char *scene, const char *timing)
{
    struct od_change *change =
        od_change_new(request, json_pack("{s:s,s:s}", "status", "ok", "scene_id", scene));
    char *word = od_change_word(scene);

    if (change) {
        change->done = scene_done;
        if (word) {
            od_change_send(change, NULL, "scene %s %s", word, timing);
        } else {
            change->unsent = true;
        }
        od_change_go(change);
    }
    free(word);
}

void
od_route_scene(struct od_request *request)
{
    static const struct od_field fields[] = {{"scene_id", OD_FIELD_STRING, true, false, 0, 0}};
    json_t *body = od_body_read(request, fields, 1), *timing;
    const char *scene;
    char word[16] = "bar";

    if (!body) {
        return;
    }
    scene = json_string_value(json_object_get(body, "scene_id"));
    timing = json_object_get(body, "timing");
    if (timing && !json_is_null(timing) && !od_body_timing(timing, word, sizeof word)) {
        od_body_refuse(request, "timing", "value_error",
                       "Input should be 'now', 'beat', 'bar', 'seq', a boundary or a step");
    } else if (!od_model_has_scene(request->app->model, scene)) {
        od_reply_error(request, 404, "Scene '%s' not found", scene);
    } else {
        activate(request, scene, word);
    }
    json_decref(body);
}
