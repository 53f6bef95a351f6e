/* /health, /stream. */
#include "health.h"

#include <math.h>
#include <string.h>

#include "app.h"
#include "base/version.h"
#include "child.h"
#include "handlers.h"
#include "model.h"
#include "pulse.h"
#include "reply.h"
#include "resume.h"
#include "streams.h"
#include "timer.h"

#define FRESH_SECONDS 1.0 /* so long the list of ports is as good as new */

static json_t *
output_names(const json_t *ports)
{
    json_t *names = json_array();
    const json_t *port;
    size_t i;
    json_array_foreach(ports, i, port)
    {
        if (json_is_true(json_object_get(port, "is_output"))) {
            json_array_append(names, json_object_get(port, "name"));
        }
    }
    return names;
}

/* An age is not known better, and shows it. */
static double
milliseconds(double seconds)
{
    return round(seconds * 1000) / 1000;
}

static json_t *
engine(const struct app *app)
{
    pid_t pid = child_pid(app->child);
    return json_pack("{s:b,s:b,s:s,s:f,s:o,s:I,s:f}", "running", child_is_up(app->child), "answers",
                     child_is_up(app->child) && !child_is_silent(app->child), "state",
                     model_state(app->model), "bpm", model_bpm(app->model), "pid",
                     pid ? json_integer(pid) : json_null(), "restarts",
                     (json_int_t)child_restarts(app->child), "uptime_s",
                     milliseconds(unix_time() - app->started));
}

const char *
health_complaint(const struct app *app)
{
    if (!child_is_up(app->child)) {
        return "the player is down; it is being started again";
    }
    if (child_is_silent(app->child)) {
        return "the player does not answer";
    }
    return resume_is_feeding(app->resume) ? "the player is being told where to go on" : NULL;
}

/* The ports as the player told them last, and how long ago. */
static json_t *
midi(const struct app *app, double age)
{
    const json_t *ports = json_object_get(model_last(app->model, "ports"), "ports");
    json_t *midi = model_midi(app->model);
    json_object_set_new(midi, "available_ports", output_names(ports));
    json_object_set_new(midi, "ports_age_s",
                        ports != NULL ? json_real(milliseconds(age)) : json_null());
    return midi;
}

void
route_health(struct request *request)
{
    struct app *app = request->app;
    const char *wrong = health_complaint(app);
    double age = unix_time() - model_last_time(app->model, "ports");
    json_t *answer =
        json_pack("{s:s,s:s,s:{s:o,s:o,s:o}}", "status", wrong != NULL ? "degraded" : "ok",
                  "version", OD_VERSION, "components", "osc", model_osc(app->model), "midi",
                  midi(app, age), "engine", engine(app));
    if (age > FRESH_SECONDS) {
        pulse_look(app->pulse, app->child);
    }
    if (wrong != NULL) {
        json_object_set_new(answer, "detail", json_string(wrong));
        reply_header(request, "Retry-After", "1");
    }
    reply_json(request, wrong != NULL ? 503 : 200, answer);
}

void
route_stream(struct request *request)
{
    const struct app *app = request->app;
    const json_t *active = model_active(app->model);
    if (request->head.method == METHOD_HEAD) {
        reply_head(request, "text/event-stream; charset=utf-8");
        return;
    }
    streams_open(
        app->streams, request, model_playback(app->model),
        json_pack("{s:O?,s:o}", "active_tracks", active, "tracks", model_tracks(app->model)));
}
