/* /health, /stream. */
#include <math.h>
#include <string.h>

#include "base/version.h"
#include "endpoint.h"
#include "health.h"

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
engine(const struct od_app *app)
{
    pid_t pid = od_child_pid(app->child);

    return json_pack("{s:b,s:b,s:s,s:f,s:o,s:I,s:f}", "running", od_child_is_up(app->child),
                     "answers", od_child_is_up(app->child) && !od_child_is_silent(app->child),
                     "state", od_model_state(app->model), "bpm", od_model_bpm(app->model), "pid",
                     pid ? json_integer(pid) : json_null(), "restarts",
                     (json_int_t)od_child_restarts(app->child), "uptime_s",
                     milliseconds(od_unix_time() - app->started));
}

static void
on_ports(void *arg, const json_t *event, enum od_child_lost lost)
{
    struct od_app *app = arg;

    app->ports_asked = lost == OD_CHILD_SILENT; /* it still may */
    if (lost == OD_CHILD_ANSWERED && json_object_get(event, "ports")) {
        od_model_event(app->model, "ports", event);
    }
}

void
od_health_look(struct od_app *app)
{
    app->ports_asked =
        app->ports_asked || od_child_command(app->child, on_ports, app, "midi-ports");
}

static void
on_pulse(void *arg, const json_t *event, enum od_child_lost lost)
{
    struct od_app *app = arg;

    (void)event;
    app->pulse_asked = lost == OD_CHILD_SILENT; /* which the child remembers */
}

void
od_health_pulse(struct od_app *app)
{
    app->pulse_asked = app->pulse_asked || od_child_command(app->child, on_pulse, app, "ping");
}

/* What is wrong, or NULL. */
static const char *
complaint(const struct od_app *app)
{
    if (!od_child_is_up(app->child)) {
        return "the player is down; it is being started again";
    }
    if (od_child_is_silent(app->child)) {
        return "the player does not answer";
    }
    return od_resume_is_feeding(app->resume) ? "the player is being told where to go on" : NULL;
}

/* The ports as the player told them last, and how long ago. */
static json_t *
midi(const struct od_app *app, double age)
{
    const json_t *ports = json_object_get(od_model_last(app->model, "ports"), "ports");
    json_t *midi = od_model_midi(app->model);

    json_object_set_new(midi, "available_ports", output_names(ports));
    json_object_set_new(midi, "ports_age_s", ports ? json_real(milliseconds(age)) : json_null());
    return midi;
}

void
od_route_health(struct od_request *request)
{
    struct od_app *app = request->app;
    const char *wrong = complaint(app);
    double age = od_unix_time() - od_model_last_time(app->model, "ports");
    json_t *answer = json_pack("{s:s,s:s,s:{s:o,s:o,s:o}}", "status", wrong ? "degraded" : "ok",
                               "version", OD_VERSION, "components", "osc", od_model_osc(app->model),
                               "midi", midi(app, age), "engine", engine(app));

    if (age > FRESH_SECONDS) {
        od_health_look(app);
    }
    if (wrong) {
        json_object_set_new(answer, "detail", json_string(wrong));
        od_reply_header(request, "Retry-After", "1");
    }
    od_reply_json(request, wrong ? 503 : 200, answer);
}

void
od_route_stream(struct od_request *request)
{
    const struct od_app *app = request->app;
    const json_t *active = od_model_active(app->model);

    if (request->head.method == OD_METHOD_HEAD) {
        od_reply_bytes(request, 200, "text/event-stream; charset=utf-8", "", 0);
        return;
    }
    od_streams_open(
        app->streams, request, od_model_playback(app->model),
        json_pack("{s:O?,s:o}", "active_tracks", active, "tracks", od_model_tracks(app->model)));
}
