/* /health, /stream. */
#include <string.h>

#include "app.h"
#include "change.h"
#include "endpoint.h"
#include "version.h"

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

static json_t *
engine(const struct od_app *app)
{
    pid_t pid = od_child_pid(app->child);

    return json_pack("{s:b,s:s,s:f,s:o,s:I,s:f}", "running", od_child_is_up(app->child), "state",
                     od_model_state(app->model), "bpm", od_model_bpm(app->model), "pid",
                     pid ? json_integer(pid) : json_null(), "restarts",
                     (json_int_t)od_child_restarts(app->child), "uptime_s",
                     od_unix_time() - app->started);
}

static void
reply_health(struct od_request *request, const json_t *ports, bool up)
{
    const struct od_app *app = request->app;
    json_t *midi = od_model_midi(app->model);

    json_object_set_new(midi, "available_ports", output_names(ports));
    if (!up) {
        od_reply_header(request, "Retry-After", "1");
    }
    od_reply_json(request, up ? 200 : 503,
                  json_pack("{s:s,s:s,s:{s:o,s:o,s:o}}", "status", up ? "ok" : "degraded",
                            "version", OD_VERSION, "components", "osc", od_model_osc(app->model),
                            "midi", midi, "engine", engine(app)));
}

/* A player that does not answer is as bad as none. */
static void
health_done(struct od_change *change)
{
    bool answered = change->lost == OD_CHILD_ANSWERED && !change->unsent;

    reply_health(change->request, json_object_get(change->event, "ports"), answered);
}

void
od_route_health(struct od_request *request)
{
    struct od_change *change;

    if (!od_child_is_up(request->app->child)) {
        reply_health(request, NULL, false);
        return;
    }
    change = od_change_new(request, json_object());
    if (!change) {
        return;
    }
    change->done = health_done;
    od_change_send(change, NULL, "midi-ports");
    od_change_go(change);
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
