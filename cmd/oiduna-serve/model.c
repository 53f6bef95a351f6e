#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timer.h"

#define POSITIONS_MAX ((size_t)256) /* steps announced and not sounding yet */
#define FAR_AHEAD     20.0          /* seconds: a clock was set, not a look-ahead */

struct position {
    double time;
    json_t *event;
};

struct model {
    json_t *last;  /* event name → event */
    json_t *times; /* event name → when it came */
    struct event *timer;
    void (*position)(void *arg, const json_t *position);
    void *arg;
    struct position queue[POSITIONS_MAX];
    size_t head, count;
    json_t *shown; /* the step that sounds */
};

static void show_due(struct model *model);

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    show_due(arg);
}

struct model *
model_new(struct event_base *base, void (*position)(void *arg, const json_t *position), void *arg)
{
    struct model *model = calloc(1, sizeof *model);
    if (model == NULL) {
        return NULL;
    }
    model->last = json_object();
    model->times = json_object();
    model->timer = evtimer_new(base, on_timer, model);
    model->position = position;
    model->arg = arg;
    if (model->last != NULL && model->times != NULL && model->timer != NULL) {
        return model;
    }
    model_free(model);
    return NULL;
}

static void
forget_positions(struct model *model)
{
    for (; model->count; model->count--) {
        json_decref(model->queue[model->head].event);
        model->head = (model->head + 1) % POSITIONS_MAX;
    }
    evtimer_del(model->timer);
}

void
model_free(struct model *model)
{
    if (model == NULL) {
        return;
    }
    if (model->timer != NULL) {
        forget_positions(model);
        event_free(model->timer);
    }
    json_decref(model->shown);
    json_decref(model->last);
    json_decref(model->times);
    free(model);
}

/* `{"step","beat","bar","loop","time","section"}`: an event without its name and id. */
static json_t *
without_name(const json_t *event)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)event);
    json_object_del(copy, "event");
    json_object_del(copy, "id");
    return copy;
}

static void
show_first(struct model *model)
{
    struct position *first = &model->queue[model->head];
    json_decref(model->shown);
    model->shown = first->event;
    model->head = (model->head + 1) % POSITIONS_MAX;
    model->count--;
    model->position(model->arg, model->shown);
}

static void
show_due(struct model *model)
{
    double now = unix_time();
    while (model->count) {
        double wait = model->queue[model->head].time - now;
        if (wait > 0.0005 && wait < FAR_AHEAD) {
            timer_set(model->timer, wait);
            return;
        }
        show_first(model);
    }
}

static void
take_position(struct model *model, const json_t *event)
{
    if (model->count == POSITIONS_MAX) {
        show_first(model);
    }
    size_t place = (model->head + model->count++) % POSITIONS_MAX;
    model->queue[place].time = json_number_value(json_object_get(event, "time"));
    model->queue[place].event = without_name(event);
    show_due(model);
}

static const char *
text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool
is_kept(const char *name)
{
    static const char *const names[] = {"ready", "status", "tracks", "metrics", "ports"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

void
model_event(struct model *model, const char *name, const json_t *event)
{
    if (strcmp(name, "position") == 0) {
        take_position(model, event);
        return;
    }
    if (strcmp(name, "status") == 0) {
        const char *state = text_of(event, "state");
        if (state == NULL || strcmp(state, "playing") != 0) {
            forget_positions(model); /* announced, but they will not sound */
        }
    }
    if (!is_kept(name)) {
        return;
    }
    json_object_set(model->last, name, (json_t *)(uintptr_t)event);
    json_object_set_new(model->times, name, json_real(unix_time()));
}

void
model_down(struct model *model)
{
    json_t *status = json_copy(json_object_get(model->last, "status"));
    json_t *osc = json_copy(json_object_get(status, "osc"));
    json_t *midi = json_copy(json_object_get(status, "midi"));
    forget_positions(model);
    json_object_del(model->times, "metrics"); /* the next one counts anew */
    json_object_set_new(osc, "connected", json_false());
    json_object_set_new(midi, "connected", json_false());
    json_object_set_new(status, "osc", osc);
    json_object_set_new(status, "midi", midi);
    json_object_set_new(model->last, "status", status);
}

const json_t *
model_last(const struct model *model, const char *name)
{
    return json_object_get(model->last, name);
}

double
model_last_time(const struct model *model, const char *name)
{
    return json_number_value(json_object_get(model->times, name));
}

static const json_t *
status_get(const struct model *model, const char *key)
{
    return json_object_get(json_object_get(model->last, "status"), key);
}

const char *
model_state(const struct model *model)
{
    const char *state = json_string_value(status_get(model, "state"));
    return state != NULL ? state : "stopped";
}

double
model_bpm(const struct model *model)
{
    const json_t *bpm = status_get(model, "bpm");
    return bpm != NULL ? json_number_value(bpm) : 120.0;
}

/* A copy, so that what is answered can be changed; an empty one of that kind if there is none. */
static json_t *
copy_or(const json_t *value, json_t *otherwise)
{
    if (value == NULL) {
        return otherwise;
    }
    json_decref(otherwise);
    return json_copy((json_t *)(uintptr_t)value);
}

static json_t *
position_now(const struct model *model)
{
    const json_t *position = status_get(model, "position");
    if (strcmp(model_state(model), "playing") == 0 && model->shown != NULL) {
        position = model->shown;
    }
    if (position == NULL) {
        return json_pack("{s:i,s:i,s:i,s:i}", "step", 0, "beat", 0, "bar", 0, "loop", 0);
    }
    return json_pack("{s:O*,s:O*,s:O*,s:O*,s:O*}", "step", json_object_get(position, "step"),
                     "beat", json_object_get(position, "beat"), "bar",
                     json_object_get(position, "bar"), "loop", json_object_get(position, "loop"),
                     "section", json_object_get(position, "section"));
}

json_t *
model_playback(const struct model *model)
{
    const char *state = model_state(model);
    const json_t *scene = status_get(model, "scene"), *pending = status_get(model, "pending");
    const json_t *swing = status_get(model, "swing"), *gate = status_get(model, "default_gate");
    return json_pack(
        "{s:b,s:s,s:f,s:o,s:o,s:b,s:o,s:O?,s:f,s:f,s:o,s:o,s:o,s:o}", "playing",
        strcmp(state, "playing") == 0, "playback_state", state, "bpm", model_bpm(model), "position",
        position_now(model), "active_tracks", copy_or(model_active(model), json_array()),
        "has_pending", json_array_size(pending) > 0, "scenes",
        copy_or(status_get(model, "scenes"), json_array()), "current_scene",
        json_is_string(scene) ? scene : NULL, "swing", json_number_value(swing), "default_gate",
        gate != NULL ? json_number_value(gate) : 1.0, "osc", model_osc(model), "midi",
        model_midi(model), "sync", copy_or(status_get(model, "sync"), json_null()), "song",
        copy_or(status_get(model, "song"), json_null()));
}

const json_t *
model_active(const struct model *model)
{
    return status_get(model, "active_tracks");
}

static const json_t *
all_tracks(const struct model *model)
{
    return json_object_get(json_object_get(model->last, "tracks"), "tracks");
}

json_t *
model_tracks(const struct model *model)
{
    return copy_or(all_tracks(model), json_array());
}

const json_t *
model_track(const struct model *model, const char *id)
{
    const json_t *tracks = all_tracks(model);
    size_t i;
    const json_t *track;
    json_array_foreach(tracks, i, track)
    {
        const char *name = text_of(track, "id");
        if (name != NULL && strcmp(name, id) == 0) {
            return track;
        }
    }
    return NULL;
}

bool
model_has_scene(const struct model *model, const char *name)
{
    const json_t *scenes = status_get(model, "scenes");
    const json_t *scene;
    size_t i;
    json_array_foreach(scenes, i, scene)
    {
        if (json_is_string(scene) && strcmp(json_string_value(scene), name) == 0) {
            return true;
        }
    }
    return false;
}

json_t *
model_pending(const struct model *model)
{
    const json_t *pending = status_get(model, "pending");
    json_t *list = json_array();
    const json_t *change;
    size_t i;
    json_array_foreach(pending, i, change)
    {
        char id[32];
        snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(change, "change")));
        json_array_append_new(list, json_pack("{s:s,s:O?,s:n,s:O?,s:O?,s:O?}", "id", id, "type",
                                              json_object_get(change, "type"), "track_id",
                                              "scene_id", json_object_get(change, "scene"),
                                              "apply_timing", json_object_get(change, "timing"),
                                              "apply_at_step", json_object_get(change, "step")));
    }
    return list;
}

json_int_t
model_pending_step(const struct model *model, json_int_t change)
{
    const json_t *pending = status_get(model, "pending"), *one;
    size_t i;
    json_array_foreach(pending, i, one)
    {
        const json_t *step = json_object_get(one, "step");
        if (json_integer_value(json_object_get(one, "change")) == change && json_is_integer(step)) {
            return json_integer_value(step);
        }
    }
    return -1;
}

json_t *
model_osc(const struct model *model)
{
    const json_t *osc = status_get(model, "osc");
    return json_pack("{s:b,s:b,s:O?,s:O?}", "enabled",
                     json_is_true(json_object_get(osc, "enabled")), "connected",
                     json_is_true(json_object_get(osc, "connected")), "host",
                     json_object_get(osc, "host"), "port", json_object_get(osc, "port"));
}

json_t *
model_midi(const struct model *model)
{
    const json_t *midi = status_get(model, "midi");
    return json_pack("{s:b,s:b,s:O?}", "enabled", json_is_true(json_object_get(midi, "enabled")),
                     "connected", json_is_true(json_object_get(midi, "connected")), "port",
                     json_object_get(midi, "port"));
}
