/* /playback: transport, tempo, what waits, triggers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "changes.h"
#include "handlers.h"
#include "model.h"
#include "reply.h"
#include "resume.h"
#include "sessions.h"
#include "text/control.h"

#define GATE_MOST  1e6
#define LOUDEST    1000.0
#define LONGEST_MS 3600000.0
#define NOTE_MOST  127.0

void
route_status(struct request *request)
{
    reply_json(request, 200, model_playback(request->app->model));
}

void
route_start(struct request *request)
{
    (void)sessions_begin(request->app); /* if that fails the player says that there is nothing */
    change_simple(request, json_pack("{s:s,s:b}", "status", "ok", "playing", 1), "start");
}

void
route_stop(struct request *request)
{
    change_simple(request, json_pack("{s:s,s:b}", "status", "ok", "playing", 0), "stop");
}

void
route_pause(struct request *request)
{
    (void)sessions_begin(request->app);
    change_simple(request, json_pack("{s:s,s:b,s:b}", "status", "ok", "playing", 0, "paused", 1),
                  "pause");
}

void
route_panic(struct request *request)
{
    struct change *change =
        change_new(request, json_pack("{s:s,s:s}", "status", "ok", "message",
                                      "Panic sent (stopped, all notes off, SuperDirt silenced)"));
    if (change == NULL) {
        return;
    }
    change_send(change, NULL, "stop");
    change_send(change, NULL, "panic");
    change_go(change);
}

void
route_bpm(struct request *request)
{
    static const struct field fields[] = {
        {"bpm", FIELD_NUMBER, true, false, OD_BPM_MIN, OD_BPM_MAX}};
    json_t *body = body_read(request, fields, 1);
    if (body == NULL) {
        return;
    }
    json_t *bpm = json_object_get(body, "bpm");
    struct change *change = change_new(request, json_pack("{s:s,s:O}", "status", "ok", "bpm", bpm));
    if (change != NULL) {
        change_send(change, "bpm", "bpm %.17g", json_number_value(bpm));
        change_go(change);
    }
    json_decref(body);
}

/* Field of the body, command of the control stream, key of the player's status. */
static const struct {
    struct field field;
    const char *command;
} environment[] = {
    {{"bpm", FIELD_NUMBER, false, true, OD_BPM_MIN, OD_BPM_MAX}, "bpm"},
    {{"swing", FIELD_NUMBER, false, true, 0, 1}, "swing"},
    {{"default_gate", FIELD_NUMBER, false, true, 0, GATE_MOST}, "gate"},
};
#define N_ENVIRONMENT (sizeof environment / sizeof *environment)

/* The environment as it is by now, over which goes what was asked for. */
static void
environment_done(struct change *change)
{
    const json_t *status = model_last(change->request->app->model, "status");
    json_t *asked = json_object_get(change->reply, "environment");
    json_t *all = json_object();
    for (size_t i = 0; i < N_ENVIRONMENT; i++) {
        json_object_set(all, environment[i].field.name,
                        json_object_get(status, environment[i].field.name));
    }
    json_object_update(all, asked);
    json_object_set_new(all, "loop_steps", json_integer(OD_STEPS));
    json_object_set_new(change->reply, "environment", all);
    change_reply(change);
}

static void
environment_send(struct request *request, const json_t *body)
{
    struct change *change =
        change_new(request, json_pack("{s:s,s:{}}", "status", "ok", "environment"));
    if (change == NULL) {
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
        change_send(change, environment[i].command, "%s %.17g", environment[i].command,
                    json_number_value(value));
    }
    change_go(change);
}

void
route_environment(struct request *request)
{
    size_t given = 0;
    struct field fields[N_ENVIRONMENT];
    for (size_t i = 0; i < N_ENVIRONMENT; i++) {
        fields[i] = environment[i].field;
    }
    json_t *body = body_read(request, fields, N_ENVIRONMENT);
    if (body == NULL) {
        return;
    }
    for (size_t i = 0; i < N_ENVIRONMENT; i++) {
        given += json_is_number(json_object_get(body, fields[i].name));
    }
    size_t with_session = given - json_is_number(json_object_get(body, "bpm"));
    if (given == 0) {
        body_refuse(request, "", "missing", "any of bpm, swing, default_gate is expected");
    } else if (with_session && !resume_has_score(request->app->resume)) {
        reply_error(request, 409, "swing and default_gate are a session's: " CHANGE_NO_SCORE);
    } else {
        environment_send(request, body);
    }
    json_decref(body);
}

/* The track if the player has it and it is of that kind; else the request is answered. */
static const json_t *
track_of_kind(struct request *request, const char *id, const char *kind)
{
    const json_t *track = model_track(request->app->model, id);
    const char *is = json_string_value(json_object_get(track, "kind"));
    if (track == NULL) {
        change_missing(request, "tracks", "Track", id);
    } else if (is == NULL || strcmp(is, kind) != 0) {
        reply_error(request, 404, "Track '%s' is no %s track", id,
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
trigger_osc(struct request *request, const json_t *body)
{
    const char *id = json_string_value(json_object_get(body, "track_id"));
    double velocity = number_or(body, "velocity", 1.0), note = number_or(body, "note", -1);
    if (track_of_kind(request, id, "osc") == NULL) {
        return;
    }
    char *word = change_word(id);
    json_t *reply = json_pack("{s:s,s:s}", "status", "ok", "message", "OSC trigger sent");
    if (note < 0) {
        change_simple(request, reply, "trigger %s %.17g", word != NULL ? word : "\"\"", velocity);
    } else {
        change_simple(request, reply, "trigger %s %.17g %.0f", word != NULL ? word : "\"\"",
                      velocity, note);
    }
    free(word);
}

void
route_trigger_osc(struct request *request)
{
    static const struct field fields[] = {
        {"track_id", FIELD_STRING, true, false, 0, 0},
        {"velocity", FIELD_NUMBER, false, false, 0, LOUDEST},
        {"note", FIELD_INTEGER, false, true, 0, NOTE_MOST},
    };
    json_t *body = body_read(request, fields, sizeof fields / sizeof *fields);
    if (body == NULL) {
        return;
    }
    trigger_osc(request, body);
    json_decref(body);
}

static const char *const control_names[] = {OD_CONTROL_NAMES};

/* A control as a word of the command; false: the request has been answered. */
static bool
add_control(struct request *request, int kind, const char *number, const json_t *value,
            struct od_buf *words)
{
    const struct od_control_range *range = &od_control_ranges[kind];
    char message[80];
    double sent = json_number_value(value);
    if (!json_is_number(value) || sent != floor(sent) || sent < range->least ||
        sent > range->most) {
        snprintf(message, sizeof message, "Input should be a valid integer, %d to %d", range->least,
                 range->most);
        body_refuse(request, control_names[kind], "int_type", message);
        return false;
    }
    od_buf_printf(words, " %s%s%s=%.0f", control_names[kind], number != NULL ? "." : "",
                  number != NULL ? number : "", sent);
    return true;
}

/* An object of them by their numbers. */
static bool
add_numbered(struct request *request, int kind, json_t *object, struct od_buf *words)
{
    char message[80];
    const char *number;
    json_t *value;
    int most = od_control_ranges[kind].numbers - 1;
    if (!json_is_object(object)) {
        body_refuse(request, control_names[kind], "dict_type",
                    "Input should be a valid dictionary");
        return false;
    }
    json_object_foreach(object, number, value)
    {
        if (od_control_number(number, strlen(number), most) < 0) {
            snprintf(message, sizeof message, "Keys should be \"0\" to \"%d\"", most);
            body_refuse(request, control_names[kind], "int_parsing", message);
            return false;
        }
        if (!add_control(request, kind, number, value, words)) {
            return false;
        }
    }
    return true;
}

/* What an event of a MIDI track may say beside a note. */
static bool
add_controls(struct request *request, const json_t *body, struct od_buf *words)
{
    bool sound = true;
    for (int kind = 0; kind < OD_CONTROL_KINDS && sound; kind++) {
        json_t *value = json_object_get(body, control_names[kind]);
        if (value == NULL || json_is_null(value)) {
            continue;
        }
        sound = od_control_ranges[kind].numbers > 0
                    ? add_numbered(request, kind, value, words)
                    : add_control(request, kind, NULL, value, words);
    }
    return sound;
}

static void
send_midi(struct request *request, const json_t *body, const struct od_buf *controls)
{
    char note[16] = "null";
    char *word = change_word(json_string_value(json_object_get(body, "track_id")));
    if (json_is_number(json_object_get(body, "note"))) {
        snprintf(note, sizeof note, "%.0f", number_or(body, "note", 0));
    }
    change_simple(request, json_pack("{s:s,s:s}", "status", "ok", "message", "MIDI trigger sent"),
                  "trigger %s %.0f %s %.17g%.*s", word != NULL ? word : "\"\"",
                  number_or(body, "velocity", 100), note, number_or(body, "duration_ms", 250),
                  (int)controls->length, (const char *)controls->data);
    free(word);
}

static void
trigger_midi(struct request *request, const json_t *body)
{
    struct od_buf controls = {0};
    const char *id = json_string_value(json_object_get(body, "track_id"));
    if (track_of_kind(request, id, "midi") == NULL || !add_controls(request, body, &controls)) {
        od_buf_clear(&controls);
        return;
    }
    if (controls.failed) {
        reply_error(request, 503, "out of memory");
    } else if (controls.length == 0 && !json_is_number(json_object_get(body, "note"))) {
        body_refuse(request, "note", "missing", "Field required");
    } else {
        send_midi(request, body, &controls);
    }
    od_buf_clear(&controls);
}

void
route_trigger_midi(struct request *request)
{
    static const struct field fields[] = {
        {"track_id", FIELD_STRING, true, false, 0, 0},
        {"note", FIELD_INTEGER, false, true, 0, NOTE_MOST},
        {"velocity", FIELD_INTEGER, false, false, 0, NOTE_MOST},
        {"duration_ms", FIELD_NUMBER, false, false, 0, LONGEST_MS},
    };
    json_t *body = body_read(request, fields, sizeof fields / sizeof *fields);
    if (body == NULL) {
        return;
    }
    trigger_midi(request, body);
    json_decref(body);
}

void
route_pending(struct request *request)
{
    reply_json(request, 200, json_pack("{s:o}", "pending", model_pending(request->app->model)));
}

/* As changes are told: anything else is no change. */
static bool
is_number(const char *text)
{
    size_t length = strlen(text);
    return *text > '0' && length <= 15 && strspn(text, "0123456789") == length;
}

void
route_cancel(struct request *request)
{
    const char *id = request->params[0];
    if (!is_number(id)) {
        reply_error(request, 404, "Change not found");
        return;
    }
    if (changes_was_replaced(request->app->changes, strtoll(id, NULL, 10))) {
        reply_error(request, 410, "change %s is gone: another one took its place", id);
        return;
    }
    change_simple(request, json_pack("{s:s,s:s}", "status", "ok", "cancelled_id", id), "cancel %s",
                  id);
}

static void
cancel_all_done(struct change *change)
{
    const char *code = json_string_value(json_object_get(change->error, "code"));
    const json_t *list = json_object_get(change->event, "cancelled");
    if (code != NULL && strcmp(code, "NOTHING_PENDING") == 0) {
        json_decref(change->error);
        change->error = NULL;
    }
    json_object_set_new(change->reply, "cancelled_count",
                        json_integer((json_int_t)json_array_size(list)));
    change_reply(change);
}

void
route_cancel_all(struct request *request)
{
    struct change *change =
        change_new(request, json_pack("{s:s,s:i}", "status", "ok", "cancelled_count", 0));
    if (change == NULL) {
        return;
    }
    change->done = cancel_all_done;
    change_send(change, NULL, "cancel");
    change_go(change);
}
