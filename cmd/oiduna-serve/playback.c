/* /playback: transport, tempo, what waits, triggers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "endpoint.h"

#define GATE_MOST  1e6
#define LOUDEST    1000.0
#define LONGEST_MS 3600000.0
#define NOTE_MOST  127.0

void
od_route_status(struct od_request *request)
{
    od_reply_json(request, 200, od_model_playback(request->app->model));
}

void
od_route_start(struct od_request *request)
{
    od_change_simple(request, json_pack("{s:s,s:b}", "status", "ok", "playing", 1), "start");
}

void
od_route_stop(struct od_request *request)
{
    od_change_simple(request, json_pack("{s:s,s:b}", "status", "ok", "playing", 0), "stop");
}

void
od_route_pause(struct od_request *request)
{
    od_change_simple(request, json_pack("{s:s,s:b,s:b}", "status", "ok", "playing", 0, "paused", 1),
                     "pause");
}

void
od_route_panic(struct od_request *request)
{
    struct od_change *change = od_change_new(
        request, json_pack("{s:s,s:s}", "status", "ok", "message",
                           "Panic sent (stopped, all notes off, SuperDirt silenced)"));

    if (!change) {
        return;
    }
    od_change_send(change, NULL, "stop");
    od_change_send(change, NULL, "panic");
    od_change_go(change);
}

void
od_route_bpm(struct od_request *request)
{
    static const struct od_field fields[] = {
        {"bpm", OD_FIELD_NUMBER, true, false, OD_BPM_MIN, OD_BPM_MAX}};
    json_t *body = od_body_read(request, fields, 1);
    struct od_change *change;
    json_t *bpm;

    if (!body) {
        return;
    }
    bpm = json_object_get(body, "bpm");
    change = od_change_new(request, json_pack("{s:s,s:O}", "status", "ok", "bpm", bpm));
    if (change) {
        od_change_send(change, "bpm", "bpm %.17g", json_number_value(bpm));
        od_change_go(change);
    }
    json_decref(body);
}

/* Field of the body, command of the control stream, key of the player's status. */
static const struct {
    struct od_field field;
    const char *command;
} environment[] = {
    {{"bpm", OD_FIELD_NUMBER, false, true, OD_BPM_MIN, OD_BPM_MAX}, "bpm"},
    {{"swing", OD_FIELD_NUMBER, false, true, 0, 1}, "swing"},
    {{"default_gate", OD_FIELD_NUMBER, false, true, 0, GATE_MOST}, "gate"},
};
#define N_ENVIRONMENT (sizeof environment / sizeof *environment)

/* The environment as it is by now, over which goes what was asked for. */
static void
environment_done(struct od_change *change)
{
    const json_t *status = od_model_last(change->request->app->model, "status");
    json_t *asked = json_object_get(change->reply, "environment");
    json_t *all = json_object();

    for (size_t i = 0; i < N_ENVIRONMENT; i++) {
        json_object_set(all, environment[i].field.name,
                        json_object_get(status, environment[i].field.name));
    }
    json_object_update(all, asked);
    json_object_set_new(all, "loop_steps", json_integer(OD_STEPS));
    json_object_set_new(change->reply, "environment", all);
    od_change_reply(change);
}

static void
environment_send(struct od_request *request, const json_t *body)
{
    struct od_change *change =
        od_change_new(request, json_pack("{s:s,s:{}}", "status", "ok", "environment"));

    if (!change) {
        return;
    }
    change->done = environment_done;
    for (size_t i = 0; i < N_ENVIRONMENT; i++) {
        json_t *value = json_object_get(body, environment[i].field.name);

        if (!json_is_number(value)) {
            continue;
        }
        json_object_set(json_object_get(change->reply, "environment"), environment[i].field.name,
                        value);
        od_change_send(change, environment[i].command, "%s %.17g", environment[i].command,
                       json_number_value(value));
    }
    od_change_go(change);
}

void
od_route_environment(struct od_request *request)
{
    struct od_field fields[N_ENVIRONMENT];
    json_t *body;
    size_t given = 0, with_session;

    for (size_t i = 0; i < N_ENVIRONMENT; i++) {
        fields[i] = environment[i].field;
    }
    body = od_body_read(request, fields, N_ENVIRONMENT);
    if (!body) {
        return;
    }
    for (size_t i = 0; i < N_ENVIRONMENT; i++) {
        given += json_is_number(json_object_get(body, fields[i].name));
    }
    with_session = given - json_is_number(json_object_get(body, "bpm"));
    if (!given) {
        od_body_refuse(request, "", "missing", "any of bpm, swing, default_gate is expected");
    } else if (with_session && !od_resume_has_score(request->app->resume)) {
        od_reply_error(request, 409, "swing and default_gate are a session's: " OD_CHANGE_NO_SCORE);
    } else {
        environment_send(request, body);
    }
    json_decref(body);
}

/* The track if the player has it and it is of that kind; else the request is answered. */
static const json_t *
track_of_kind(struct od_request *request, const char *id, const char *kind)
{
    const json_t *track = od_model_track(request->app->model, id);
    const char *is = json_string_value(json_object_get(track, "kind"));

    if (!track) {
        od_reply_error(request, 404, "Track '%s' not found", id);
    } else if (!is || strcmp(is, kind) != 0) {
        od_reply_error(request, 404, "Track '%s' is no %s track", id,
                       strcmp(kind, "midi") == 0 ? "MIDI" : "SuperDirt");
    } else {
        return track;
    }
    return NULL;
}

static double
number_or(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static void
trigger_osc(struct od_request *request, const json_t *body)
{
    const char *id = json_string_value(json_object_get(body, "track_id"));
    double velocity = number_or(body, "velocity", 1.0), note = number_or(body, "note", -1);
    json_t *reply;
    char *word;

    if (!track_of_kind(request, id, "osc")) {
        return;
    }
    word = od_change_word(id);
    reply = json_pack("{s:s,s:s}", "status", "ok", "message", "OSC trigger sent");
    if (note < 0) {
        od_change_simple(request, reply, "trigger %s %.17g", word ? word : "\"\"", velocity);
    } else {
        od_change_simple(request, reply, "trigger %s %.17g %.0f", word ? word : "\"\"", velocity,
                         note);
    }
    free(word);
}

void
od_route_trigger_osc(struct od_request *request)
{
    static const struct od_field fields[] = {
        {"track_id", OD_FIELD_STRING, true, false, 0, 0},
        {"velocity", OD_FIELD_NUMBER, false, false, 0, LOUDEST},
        {"note", OD_FIELD_INTEGER, false, true, 0, NOTE_MOST},
    };
    json_t *body = od_body_read(request, fields, sizeof fields / sizeof *fields);

    if (!body) {
        return;
    }
    trigger_osc(request, body);
    json_decref(body);
}

static void
trigger_midi(struct od_request *request, const json_t *body)
{
    const char *id = json_string_value(json_object_get(body, "track_id"));
    char *word;

    if (!track_of_kind(request, id, "midi")) {
        return;
    }
    word = od_change_word(id);
    od_change_simple(
        request, json_pack("{s:s,s:s}", "status", "ok", "message", "MIDI trigger sent"),
        "trigger %s %.0f %.0f %.17g", word ? word : "\"\"", number_or(body, "velocity", 100),
        number_or(body, "note", 0), number_or(body, "duration_ms", 250));
    free(word);
}

void
od_route_trigger_midi(struct od_request *request)
{
    static const struct od_field fields[] = {
        {"track_id", OD_FIELD_STRING, true, false, 0, 0},
        {"note", OD_FIELD_INTEGER, true, false, 0, NOTE_MOST},
        {"velocity", OD_FIELD_INTEGER, false, false, 0, NOTE_MOST},
        {"duration_ms", OD_FIELD_NUMBER, false, false, 0, LONGEST_MS},
    };
    json_t *body = od_body_read(request, fields, sizeof fields / sizeof *fields);

    if (!body) {
        return;
    }
    trigger_midi(request, body);
    json_decref(body);
}

void
od_route_pending(struct od_request *request)
{
    od_reply_json(request, 200,
                  json_pack("{s:o}", "pending", od_model_pending(request->app->model)));
}

/* As changes are told: anything else is no change. */
static bool
is_number(const char *text)
{
    size_t length = strlen(text);

    return *text > '0' && length <= 15 && strspn(text, "0123456789") == length;
}

void
od_route_cancel(struct od_request *request)
{
    const char *id = request->params[0];

    if (!is_number(id)) {
        od_reply_error(request, 404, "Change not found");
        return;
    }
    od_change_simple(request, json_pack("{s:s,s:s}", "status", "ok", "cancelled_id", id),
                     "cancel %s", id);
}

static void
cancel_all_done(struct od_change *change)
{
    const char *code = json_string_value(json_object_get(change->error, "code"));
    const json_t *list = json_object_get(change->event, "cancelled");

    if (code && strcmp(code, "NOTHING_PENDING") == 0) {
        json_decref(change->error);
        change->error = NULL;
    }
    json_object_set_new(change->reply, "cancelled_count",
                        json_integer((json_int_t)json_array_size(list)));
    od_change_reply(change);
}

void
od_route_cancel_all(struct od_request *request)
{
    struct od_change *change =
        od_change_new(request, json_pack("{s:s,s:i}", "status", "ok", "cancelled_count", 0));

    if (!change) {
        return;
    }
    change->done = cancel_all_done;
    od_change_send(change, NULL, "cancel");
    od_change_go(change);
}
