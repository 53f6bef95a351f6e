/* oiduna-serve: HTTP in front of the compiler and a player of its own. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "app.h"
#include "base/version.h"
#include "endpoint.h"
#include "health.h"
#include "sdnotify.h"
#include "timer.h"
#include "world/cli.h"
#include "world/clock.h"

/* The program as it runs; what only main needs to know of it. */
struct program {
    struct app app;
    struct event *term, *intr, *watchdog, *poll, *pulse;
    od_nsec stop_by; /* answers are waited for until then; 0: not stopping */
    bool ready;
    bool was_asked; /* to end */
    int exit_status;
};

double
unix_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
send_tracks(struct app *app)
{
    streams_send(app->streams, "tracks",
                 json_pack("{s:O?,s:o}", "active_tracks", model_active(app->model), "tracks",
                           model_tracks(app->model)));
}

static void
send_error(struct app *app, const char *code, const char *message)
{
    streams_send(app->streams, "error",
                 json_pack("{s:s,s:s,s:s}", "message", message, "details", code, "code", code));
}

static void
on_position(void *arg, const json_t *position)
{
    struct app *app = arg;
    streams_send(app->streams, "position", json_incref((json_t *)(uintptr_t)position));
}

static void
on_ready(struct program *program)
{
    if (program->ready) {
        return;
    }
    program->ready = true;
    log_message(program->app.log, "listening on http://%s", server_address(program->app.server));
    sdnotify("READY=1");
}

static void
forward_warning(struct app *app, const json_t *event)
{
    const char *code = json_string_value(json_object_get(event, "code"));
    const char *message = json_string_value(json_object_get(event, "message"));
    send_error(app, code != NULL ? code : "WARNING", message != NULL ? message : "");
}

/* A new player that is still being told where to go on: what is known stays as it was. */
static bool
still_feeding(struct app *app, const char *name, const json_t *event)
{
    bool was = resume_is_feeding(app->resume);
    resume_event(app->resume, name, event);
    if (was && !resume_is_feeding(app->resume)) {
        child_feed(app->child, "status\ntracks\n", 14);
        health_look(app);
    }
    return was && strcmp(name, "warning") != 0;
}

/* A player of another release may mean something else by the same words. */
static bool
refuse_stranger(struct program *program, const json_t *event)
{
    json_int_t version = json_integer_value(json_object_get(event, "control"));
    if (version == OD_CONTROL_VERSION) {
        return false;
    }
    log_message(program->app.log,
                "the player speaks version %lld of the control stream, this server %d: use two of "
                "one release",
                (long long)version, OD_CONTROL_VERSION);
    program->exit_status = od_status_exit(OD_EUNAVAILABLE);
    program->was_asked = true;
    child_quit(program->app.child);
    return true;
}

static void
on_event(void *arg, const char *name, const json_t *event)
{
    struct program *program = arg;
    struct app *app = &program->app;
    if (strcmp(name, "ready") == 0 && refuse_stranger(program, event)) {
        return;
    }
    if (still_feeding(app, name, event)) {
        return;
    }
    model_event(app->model, name, event);
    if (strcmp(name, "ready") == 0) {
        child_feed(app->child, "status\n", 7); /* so that nothing is unknown when we are asked */
        health_look(app);
    } else if (strcmp(name, "status") == 0) {
        on_ready(program);
        streams_send(app->streams, "status", model_playback(app->model));
    } else if (strcmp(name, "tracks") == 0) {
        send_tracks(app);
    } else if (strcmp(name, "applied") == 0) {
        json_t *data = json_copy((json_t *)(uintptr_t)event);
        json_object_del(data, "event");
        streams_send(app->streams, "applied", data);
    } else if (strcmp(name, "warning") == 0) {
        forward_warning(app, event);
    }
}

static void
describe_death(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status)) {
        snprintf(text, size, "the player was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    } else {
        snprintf(text, size, "the player ended with status %d", WEXITSTATUS(status));
    }
}

static void
on_died(void *arg, int status)
{
    struct program *program = arg;
    struct app *app = &program->app;
    char text[120];
    describe_death(status, text, sizeof text);
    log_message(app->log, "%s; it is started again", text);
    model_down(app->model);
    send_error(app, "PLAYER_DIED", text);
    streams_send(app->streams, "status", model_playback(app->model));
}

static void
on_nonsense(void *arg, const char *line, size_t length)
{
    struct program *program = arg;
    log_message(program->app.log, "the player said what is no event: %.*s",
                (int)(length < 200 ? length : 200), line);
}

/* What was lost comes again or is asked for again, but not before there is a server to be asked. */
static void
on_lost(void *arg)
{
    struct program *program = arg;
    log_message(program->app.log, "out of memory: what the player said is lost");
    if (!program->ready && !program->was_asked) {
        program->exit_status = od_status_exit(OD_ENOMEM);
        program->was_asked = true;
        child_quit(program->app.child);
    }
}

static void
on_complained(void *arg, const char *line)
{
    struct program *program = arg;
    log_text(program->app.log, line);
}

static void
on_resume_options(void *arg, struct od_buf *args)
{
    struct program *program = arg;
    resume_options(program->app.resume, program->app.model, args);
}

static void
on_resume(void *arg)
{
    struct program *program = arg;
    resume_feed(program->app.resume, program->app.model, program->app.child);
}

/* The end that was asked for, or a player that cannot even begin. */
static void
on_ended(void *arg, int status)
{
    struct program *program = arg;
    if (!program->was_asked) {
        char text[120];
        describe_death(status, text, sizeof text);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
            log_message(program->app.log, "cannot run %s", program->app.options.player);
        } else {
            log_message(program->app.log, "%s before it was ready", text);
        }
        program->exit_status = od_status_exit(OD_EUNAVAILABLE);
        if (WIFEXITED(status) && WEXITSTATUS(status) && WEXITSTATUS(status) != 127) {
            program->exit_status = WEXITSTATUS(status);
        }
    }
    event_base_loopbreak(program->app.base);
}

/* Ending: first the answers, then the player. */
static void
on_poll(evutil_socket_t fd, short what, void *arg)
{
    struct program *program = arg;
    bool late = od_clock_now() >= program->stop_by;
    (void)fd;
    (void)what;
    if (server_busy(program->app.server) && !late) {
        timer_set(program->poll, 0.01);
    } else {
        child_quit(program->app.child);
    }
}

static void
on_signal(evutil_socket_t signal, short what, void *arg)
{
    struct program *program = arg;
    struct app *app = &program->app;
    (void)signal;
    (void)what;
    if (program->was_asked) {
        return;
    }
    program->was_asked = true;
    sdnotify("STOPPING=1");
    program->stop_by =
        od_clock_now() + (od_nsec)(app->options.limits.drain_timeout * (double)OD_NSEC_PER_SEC);
    streams_end(app->streams);
    server_stop(app->server);
    on_poll(-1, 0, program);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    sdnotify("WATCHDOG=1");
}

static void
on_pulse(evutil_socket_t fd, short what, void *arg)
{
    struct program *program = arg;
    (void)fd;
    (void)what;
    health_pulse(&program->app);
}

static bool
watch(struct program *program)
{
    struct event_base *base = program->app.base;
    double period = sdnotify_watchdog();
    static const struct timeval second = {1, 0};
    struct timeval time = to_timeval(period);
    program->term = evsignal_new(base, SIGTERM, on_signal, program);
    program->intr = evsignal_new(base, SIGINT, on_signal, program);
    program->poll = evtimer_new(base, on_poll, program);
    program->watchdog = event_new(base, -1, EV_PERSIST, on_watchdog, program);
    program->pulse = event_new(base, -1, EV_PERSIST, on_pulse, program);
    if (program->term == NULL || program->intr == NULL || program->poll == NULL ||
        program->watchdog == NULL || program->pulse == NULL ||
        event_add(program->pulse, &second) != 0) {
        return false;
    }
    if (period > 0) {
        event_add(program->watchdog, &time);
    }
    return event_add(program->term, NULL) == 0 && event_add(program->intr, NULL) == 0;
}

static bool
make_parts(struct program *program)
{
    struct app *app = &program->app;
    app->started = unix_time();
    app->base = event_base_new();
    if (app->base == NULL) {
        return false;
    }
    app->clients = json_object();
    app->resume = resume_new();
    app->model = model_new(app->base, on_position, app);
    app->streams = streams_new(app->base, &app->options.limits);
    app->log = log_new();
    app->compiler = worker_new(app->base, "compile");
    app->disk = worker_new(app->base, "disk");
    return app->clients != NULL && app->resume != NULL && app->model != NULL &&
           app->streams != NULL && app->log != NULL && app->compiler != NULL && app->disk != NULL &&
           watch(program);
}

static int
start_parts(struct program *program)
{
    static const struct server_calls server_calls = {endpoint_check, endpoint_handle};
    struct child_calls child_calls = {
        .arg = program,
        .event = on_event,
        .nonsense = on_nonsense,
        .lost = on_lost,
        .complained = on_complained,
        .died = on_died,
        .resume_options = on_resume_options,
        .resume = on_resume,
        .ended = on_ended,
    };
    struct app *app = &program->app;
    char error[300];
    app->server = server_new(app->base, app, &app->options, &server_calls, error, sizeof error);
    if (app->server == NULL) {
        return od_cli_fail(OD_EUNAVAILABLE, "%s", error);
    }
    app->child = child_new(app->base, &app->options, &child_calls, error, sizeof error);
    if (app->child == NULL) {
        return od_cli_fail(OD_EUNAVAILABLE, "%s", error);
    }
    return 0;
}

/* Whoever may still answer a request goes before the server that carries the answers. */
static void
clear(struct program *program)
{
    struct app *app = &program->app;
    worker_free(app->compiler);
    worker_free(app->disk);
    child_free(app->child);
    streams_free(app->streams);
    server_free(app->server);
    model_free(app->model);
    resume_free(app->resume);
    json_decref(app->clients);
    timer_free(program->term);
    timer_free(program->intr);
    timer_free(program->poll);
    timer_free(program->watchdog);
    timer_free(program->pulse);
    if (app->base != NULL) {
        event_base_free(app->base);
    }
    log_free(app->log);
    options_clear(&app->options);
}

static int
serve(struct program *program)
{
    signal(SIGPIPE, SIG_IGN);
    json_object_seed(0); /* before there are threads that might be the first to need it */
    if (!make_parts(program)) {
        return od_cli_fail(OD_ENOMEM, "cannot set up: %s", od_status_text(OD_ENOMEM));
    }
    int status = start_parts(program);
    if (status) {
        return status;
    }
    event_base_dispatch(program->app.base);
    return program->exit_status;
}

int
main(int argc, char **argv)
{
    static struct program program;
    enum od_status status;
    enum options_result result = options_read(&program.app.options, argc, argv, &status);
    int exit_status;
    if (result == OPTIONS_GO) {
        exit_status = serve(&program);
    } else {
        exit_status = result == OPTIONS_DONE ? 0 : od_status_exit(status);
        if (result == OPTIONS_BAD && status == OD_ENOMEM) {
            od_cli_message("%s", od_status_text(OD_ENOMEM));
        }
    }
    clear(&program);
    return od_cli_close_stdout(exit_status);
}
