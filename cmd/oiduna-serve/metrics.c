/* /metrics: the player's figures and the server's, as JSON or in Prometheus' text formats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accept.h"
#include "app.h"
#include "base/version.h"
#include "change.h"
#include "child.h"
#include "clients.h"
#include "handlers.h"
#include "health.h"
#include "latency.h"
#include "log.h"
#include "model.h"
#include "reply.h"
#include "routes.h"
#include "server.h"
#include "sessions.h"
#include "streams.h"
#include "timer.h"

#define FRESH_SECONDS 0.2 /* asking the player more often would tell nobody anything */

enum form {
    FORM_JSON,
    FORM_PROMETHEUS,
    FORM_OPENMETRICS
};

/* What the player's metrics event holds, by its names there. */
static const struct {
    const char *key, *name, *type, *help;
} figures[] = {
    {"ticks", "ticks", "counter", "Steps planned."},
    {"events", "events", "counter", "Events played."},
    {"dropped_steps", "dropped_steps", "counter", "Steps skipped because they were too late."},
    {"late_events", "late_events", "counter", "Events sent after their time."},
    {"osc_packets", "osc_packets", "counter", "OSC datagrams sent."},
    {"osc_bytes", "osc_bytes", "counter", "Bytes of OSC sent."},
    {"osc_errors", "osc_errors", "counter", "OSC datagrams that could not be sent."},
    {"osc_refusals", "osc_refusals", "counter", "OSC datagrams nobody listened to."},
    {"midi_messages", "midi_messages", "counter", "MIDI messages sent."},
    {"midi_errors", "midi_errors", "counter", "MIDI messages that could not be sent."},
    {"midi_dropped", "midi_dropped", "counter", "MIDI messages without an open port."},
    {"lost_events", "lost_events", "counter", "Events that found no room in the agenda."},
    {"agenda_high_water", "agenda_high_water", "gauge", "Most messages that ever waited."},
    {"pending_note_offs", "pending_note_offs", "gauge", "Notes that sound."},
    {"uptime_s", "player_uptime_seconds", "gauge", "Age of the player."},
    {"rss_bytes", "player_resident_memory_bytes", "gauge", "Memory of the player."},
    {"bpm", "tempo_bpm", "gauge", "Tempo."},
};

static const double bounds_us[] = {1,   2.5,  5,    10,   25,    50,    100,   250,
                                   500, 1000, 2500, 5000, 10000, 25000, 50000, 100000};

struct text {
    struct od_buf out;
    bool open; /* OpenMetrics: a counter's family has no _total */
};

static void
head_line(struct text *text, const char *name, const char *type, const char *help)
{
    const char *total = !text->open && strcmp(type, "counter") == 0 ? "_total" : "";
    od_buf_printf(&text->out, "# HELP oiduna_%s%s %s\n# TYPE oiduna_%s%s %s\n", name, total, help,
                  name, total, type);
}

static void
sample(struct text *text, const char *name, const char *labels, double value)
{
    od_buf_printf(&text->out, "oiduna_%s%s %.15g\n", name, labels, value);
}

static void
family(struct text *text, const char *name, const char *type, const char *help, double value)
{
    head_line(text, name, type, help);
    sample(text, name, strcmp(type, "counter") == 0 ? "_total" : "", value);
}

static double
last_count(const json_t *histogram)
{
    size_t n = json_array_size(histogram);
    return json_number_value(json_array_get(json_array_get(histogram, n - 1), 1));
}

/* How many of the player's fine buckets lie below a bound. */
static double
count_below(const json_t *buckets, double bound_us)
{
    double count = 0;
    size_t i;
    const json_t *bucket;
    json_array_foreach(buckets, i, bucket)
    {
        const json_t *upper = json_array_get(bucket, 0);
        if (!json_is_number(upper) || json_number_value(upper) > bound_us) {
            break;
        }
        count = json_number_value(json_array_get(bucket, 1));
    }
    return count;
}

/* The player tells only buckets that are not empty, in microseconds; Prometheus wants the same ones
 * every time, in seconds. */
static void
histogram(struct text *text, const char *name, const char *help, const json_t *buckets,
          double sum_seconds)
{
    double count = json_array_size(buckets) ? last_count(buckets) : 0;
    head_line(text, name, "histogram", help);
    for (size_t i = 0; i < sizeof bounds_us / sizeof *bounds_us; i++) {
        od_buf_printf(&text->out, "oiduna_%s_bucket{le=\"%g\"} %.0f\n", name, bounds_us[i] / 1e6,
                      count_below(buckets, bounds_us[i]));
    }
    od_buf_printf(&text->out,
                  "oiduna_%s_bucket{le=\"+Inf\"} %.0f\noiduna_%s_sum %.10g\noiduna_%s_count %.0f\n",
                  name, count, name, sum_seconds, name, count);
}

static double
seconds_of(const json_t *metrics, const char *key)
{
    return json_number_value(json_object_get(metrics, key)) / 1e6;
}

static void
player_text(struct text *text, const json_t *metrics)
{
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        const json_t *value = json_object_get(metrics, figures[i].key);
        if (json_is_number(value)) {
            family(text, figures[i].name, figures[i].type, figures[i].help,
                   json_number_value(value));
        }
    }
    histogram(text, "tick_duration_seconds", "Time to plan and send a step.",
              json_object_get(metrics, "tick_histogram"),
              seconds_of(metrics, "tick_histogram_sum_us"));
    histogram(text, "lateness_seconds", "How late the player woke up.",
              json_object_get(metrics, "lateness_histogram"),
              seconds_of(metrics, "lateness_histogram_sum_us"));
    histogram(text, "sync_phase_error_seconds", "How far the player was from its master.",
              json_object_get(metrics, "phase_histogram"),
              seconds_of(metrics, "phase_histogram_sum_us"));
}

/* What a person sees at the top of the page. */
static void
connected_text(struct text *text, const struct app *app)
{
    json_t *osc = model_osc(app->model), *midi = model_midi(app->model);
    head_line(text, "build_info", "gauge", "Version of the server.");
    od_buf_printf(&text->out, "oiduna_build_info{version=\"%s\"} 1\n", OD_VERSION);
    family(text, "playing", "gauge", "Whether it plays.",
           strcmp(model_state(app->model), "playing") == 0);
    head_line(text, "connected", "gauge", "Whether an output is connected.");
    sample(text, "connected", "{output=\"osc\"}", json_is_true(json_object_get(osc, "connected")));
    sample(text, "connected", "{output=\"midi\"}",
           json_is_true(json_object_get(midi, "connected")));
    head_line(text, "enabled", "gauge", "Whether there is to be such an output.");
    sample(text, "enabled", "{output=\"osc\"}", json_is_true(json_object_get(osc, "enabled")));
    sample(text, "enabled", "{output=\"midi\"}", json_is_true(json_object_get(midi, "enabled")));
    family(text, "healthy", "gauge", "Whether /health says ok.", health_complaint(app) == NULL);
    json_decref(osc);
    json_decref(midi);
}

/* A master that is followed, as the last status says. */
static void
sync_text(struct text *text, const struct app *app)
{
    const json_t *sync = json_object_get(model_last(app->model, "status"), "sync");
    const json_t *state = json_object_get(sync, "state");
    if (!json_is_string(state)) {
        return;
    }
    family(text, "sync_locked", "gauge", "Whether a master is followed and heard.",
           strcmp(json_string_value(state), "locked") == 0);
    family(text, "sync_jumps", "counter", "Jumps to where a master is.",
           json_number_value(json_object_get(sync, "jumps")));
    family(text, "sync_lost", "counter", "Times that a master was not heard any more.",
           json_number_value(json_object_get(sync, "lost")));
}

static void
route_text(struct text *text, const struct endpoint *endpoint, const struct latency_row *row)
{
    static const char name[] = "oiduna_http_request_duration_seconds";
    char labels[120];
    uint64_t count = 0;
    snprintf(labels, sizeof labels, "method=\"%s\",route=\"%s\"",
             http_method_name(endpoint->method), endpoint->path);
    for (size_t i = 0; i <= LATENCY_BOUNDS; i++) {
        char bound[16] = "+Inf";
        count += row->count[i];
        if (i < LATENCY_BOUNDS) {
            snprintf(bound, sizeof bound, "%g", latency_bounds[i]);
        }
        od_buf_printf(&text->out, "%s_bucket{%s,le=\"%s\"} %llu\n", name, labels, bound,
                      (unsigned long long)count);
    }
    od_buf_printf(&text->out, "%s_sum{%s} %.9g\n%s_count{%s} %llu\n", name, labels, row->sum, name,
                  labels, (unsigned long long)count);
}

/* Those that were asked for at all: who scrapes wants no thousand zeros. */
static void
routes_text(struct text *text, const struct app *app)
{
    size_t n;
    const struct endpoint *table = routes_table(&n);
    head_line(text, "http_request_duration_seconds", "histogram",
              "From the end of a request's head to its answer.");
    for (size_t i = 0; i < n; i++) {
        const struct latency_row *row = latency_row(app->latency, i);
        uint64_t any = 0;
        for (size_t k = 0; k <= LATENCY_BOUNDS; k++) {
            any += row->count[k];
        }
        if (any > 0) {
            route_text(text, &table[i], row);
        }
    }
}

static void
server_text(struct text *text, const struct app *app)
{
    static const char *const classes[] = {NULL, NULL, "2xx", "3xx", "4xx", "5xx"};
    const struct conn_counts *counts = server_counts(app->server);
    family(text, "player_up", "gauge", "Whether the player runs.", child_is_up(app->child));
    family(text, "player_answers", "gauge", "Whether the player answers.",
           child_is_up(app->child) && !child_is_silent(app->child));
    family(text, "player_restarts", "counter", "How often the player was started again.",
           child_restarts(app->child));
    head_line(text, "http_requests", "counter", "Requests answered, by class of status.");
    for (size_t i = 2; i < sizeof classes / sizeof *classes; i++) {
        char labels[40];
        snprintf(labels, sizeof labels, "_total{status=\"%s\"}", classes[i]);
        sample(text, "http_requests", labels, (double)counts->requests[i]);
    }
    family(text, "http_connections", "gauge", "Connections that are open.", (double)counts->open);
    family(text, "http_connections_accepted", "counter", "Connections accepted.",
           (double)counts->connections);
    family(text, "http_connections_refused", "counter", "Connections over the limit.",
           (double)counts->refused);
    family(text, "http_connections_gave_way", "counter",
           "Idle connections closed because others wanted in.", (double)counts->gave_way);
    family(text, "http_timeouts", "counter", "Deadlines that passed on connections.",
           (double)counts->timeouts);
    family(text, "streams", "gauge", "Listeners of /stream.", (double)streams_count(app->streams));
    family(text, "stream_events", "counter", "Events sent to listeners.",
           (double)streams_sent(app->streams));
    family(text, "streams_dropped", "counter", "Listeners dropped because they were too slow.",
           (double)streams_dropped(app->streams));
    family(text, "clients", "gauge", "Clients with metadata.", (double)clients_count(app->clients));
    family(text, "sessions_accepted", "counter", "Sessions handed to the player.",
           (double)sessions_counts(app->sessions)->accepted);
    family(text, "sessions_refused", "counter", "Sessions that were refused.",
           (double)sessions_counts(app->sessions)->refused);
    family(text, "log_lines_dropped", "counter", "Lines of the log that nobody read.",
           (double)log_dropped(app->log));
    family(text, "compile_seconds", "counter", "Time spent compiling.",
           sessions_counts(app->sessions)->compile_seconds);
    connected_text(text, app);
    sync_text(text, app);
    routes_text(text, app);
    family(text, "server_uptime_seconds", "gauge", "Age of the server.",
           unix_time() - app->started);
}

static void
answer_text(struct request *request, const json_t *metrics, enum form form)
{
    struct text text = {.open = form == FORM_OPENMETRICS};
    const char *type = text.open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                 : "text/plain; version=0.0.4; charset=utf-8";
    player_text(&text, metrics);
    server_text(&text, request->app);
    if (text.open) {
        od_buf_printf(&text.out, "# EOF\n");
    }
    if (text.out.failed) {
        reply_error(request, 503, "out of memory");
    } else {
        reply_bytes(request, 200, type, text.out.data, text.out.length);
    }
    od_buf_clear(&text.out);
}

static json_t *
server_json(const struct app *app)
{
    const struct conn_counts *counts = server_counts(app->server);
    uint64_t requests = 0;
    for (size_t i = 0; i < sizeof counts->requests / sizeof *counts->requests; i++) {
        requests += counts->requests[i];
    }
    return json_pack(
        "{s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:f,s:f}", "uptime_s",
        unix_time() - app->started, "requests", (json_int_t)requests, "connections",
        (json_int_t)counts->open, "connections_accepted", (json_int_t)counts->connections,
        "connections_refused", (json_int_t)counts->refused, "timeouts",
        (json_int_t)counts->timeouts, "bytes_out", (json_int_t)counts->bytes_out, "streams",
        (json_int_t)streams_count(app->streams), "streams_dropped",
        (json_int_t)streams_dropped(app->streams), "stream_events",
        (json_int_t)streams_sent(app->streams), "clients", (json_int_t)clients_count(app->clients),
        "sessions_accepted", (json_int_t)sessions_counts(app->sessions)->accepted,
        "sessions_refused", (json_int_t)sessions_counts(app->sessions)->refused,
        "log_lines_dropped", (json_int_t)log_dropped(app->log), "compile_seconds",
        sessions_counts(app->sessions)->compile_seconds, "compile_seconds_max",
        sessions_counts(app->sessions)->compile_seconds_max);
}

/* The three names of the guide come first. */
static void
answer_json(struct request *request, const json_t *metrics)
{
    static const char *const first[] = {"average_tick_time_ms", "max_tick_time_ms",
                                        "dropped_steps"};
    json_t *answer = json_object();
    json_t *value;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        value = json_object_get(metrics, first[i]);
        json_object_set_new(answer, first[i], value != NULL ? json_incref(value) : json_integer(0));
    }
    const char *key;
    json_object_foreach((json_t *)(uintptr_t)metrics, key, value)
    {
        if (strcmp(key, "event") != 0 && strcmp(key, "id") != 0) {
            json_object_set(answer, key, value);
        }
    }
    json_object_set_new(answer, "player_up", json_boolean(child_is_up(request->app->child)));
    json_object_set_new(
        answer, "player_answers",
        json_boolean(child_is_up(request->app->child) && !child_is_silent(request->app->child)));
    json_object_set_new(answer, "restarts",
                        json_integer((json_int_t)child_restarts(request->app->child)));
    json_object_set_new(answer, "server", server_json(request->app));
    reply_json(request, 200, answer);
}

static enum form
wanted_form(const struct request *request)
{
    static const char *const types[] = {"application/json", "text/plain",
                                        "application/openmetrics-text"};
    static const enum form forms[] = {FORM_JSON, FORM_PROMETHEUS, FORM_OPENMETRICS, FORM_JSON};
    return forms[accept_best(http_header(&request->head, "Accept"), types, 3)];
}

static void
reply_metrics(struct request *request)
{
    const json_t *metrics = model_last(request->app->model, "metrics");
    enum form form = wanted_form(request);
    reply_header(request, "Vary", "Accept");
    if (form == FORM_JSON) {
        answer_json(request, metrics);
    } else {
        answer_text(request, metrics, form);
    }
}

static void
metrics_done(struct change *change)
{
    reply_metrics(change->request); /* with the last ones, if the player did not answer */
}

void
route_metrics(struct request *request)
{
    const struct app *app = request->app;
    if (!child_is_up(app->child) || child_is_silent(app->child) ||
        unix_time() - model_last_time(app->model, "metrics") < FRESH_SECONDS) {
        reply_metrics(request);
        return;
    }
    struct change *change = change_new(request, json_object());
    if (change == NULL) {
        return;
    }
    change->done = metrics_done;
    change_send(change, NULL, "metrics");
    change_go(change);
}
