/* oiduna-serve: HTTP in front of the compiler and a player of its own. */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "app.h"
#include "changes.h"
#include "child.h"
#include "clients.h"
#include "gate.h"
#include "latency.h"
#include "lobby.h"
#include "log.h"
#include "marker.h"
#include "model.h"
#include "news.h"
#include "pulse.h"
#include "resume.h"
#include "routes.h"
#include "sdnotify.h"
#include "server.h"
#include "sessions.h"
#include "store.h"
#include "streams.h"
#include "timer.h"
#include "world/cli.h"
#include "world/clock.h"

/* The program as it runs; what only main needs to know of it. */
struct program {
    struct options options;
    struct app app;
    struct news news;
    struct event_base *base;
    struct event *term, *intr, *watchdog, *poll, *pulse;
    od_nsec stop_by; /* answers are waited for until then; 0: not stopping */
    struct marker *marker;
    bool was_asked; /* to end */
    bool in_order;  /* the player has ended what sounded */
    int exit_status;
};

static void
give_up(void *arg, enum od_status status)
{
    struct program *program = arg;
    if (!program->was_asked) {
        program->exit_status = od_status_exit(status);
        program->was_asked = true;
        child_quit(program->app.child);
    }
}

/* The end that was asked for, or a player that cannot even begin. */
static void
on_ended(void *arg, int status)
{
    struct program *program = ((struct news *)arg)->arg;
    if (!program->was_asked) {
        char text[120];
        news_describe_death(status, text, sizeof text);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
            log_message(program->app.log, "cannot run %s", program->options.player);
        } else {
            log_message(program->app.log, "%s before it was ready", text);
        }
        program->exit_status = od_status_exit(OD_EUNAVAILABLE);
        if (WIFEXITED(status) && WEXITSTATUS(status) && WEXITSTATUS(status) != 127) {
            program->exit_status = WEXITSTATUS(status);
        }
    }
    program->in_order = WIFEXITED(status); /* killed, it ended nothing */
    event_base_loopbreak(program->base);
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
    (void)signal;
    (void)what;
    if (program->was_asked) {
        return;
    }
    program->was_asked = true;
    sdnotify("STOPPING=1");
    program->stop_by =
        od_clock_now() + (od_nsec)(program->options.limits.drain_timeout * (double)OD_NSEC_PER_SEC);
    streams_end(program->app.streams);
    server_stop(program->app.server);
    on_poll(-1, 0, program);
}

/* We are well only if the player is, too. */
static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
    struct program *program = arg;
    (void)fd;
    (void)what;
    if (child_is_well(program->app.child)) {
        sdnotify("WATCHDOG=1");
    }
}

static void
on_pulse(evutil_socket_t fd, short what, void *arg)
{
    struct program *program = arg;
    (void)fd;
    (void)what;
    pulse_beat(program->app.pulse, program->app.child);
    child_check(program->app.child);
}

static bool
watch(struct program *program)
{
    struct event_base *base = program->base;
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
    struct event_base *base = program->base = event_base_new();
    if (base == NULL) {
        return false;
    }
    app->options = &program->options;
    app->started = unix_time();
    app->clients = clients_new();
    app->resume = resume_new();
    app->model = model_new(base, news_position, app);
    app->streams = streams_new(base, &program->options.limits);
    app->log = log_new();
    app->changes = changes_new(news_replaced, app);
    app->lobby = lobby_new(base, routes_go_on);
    app->gate = gate_new(program->options.token);
    size_t routes;
    routes_table(&routes);
    app->latency = latency_new(routes);
    app->sessions = sessions_new(base);
    app->store = store_new(base, program->options.assets, app->log);
    app->pulse = pulse_new(app->model);
    return app->clients != NULL && app->resume != NULL && app->model != NULL &&
           app->streams != NULL && app->log != NULL && app->sessions != NULL &&
           app->store != NULL && app->pulse != NULL && app->changes != NULL && app->lobby != NULL &&
           app->gate != NULL && app->latency != NULL && watch(program);
}

static int
start_parts(struct program *program)
{
    static const struct intake_calls calls = {routes_check, routes_handle};
    struct app *app = &program->app;
    char error[300];
    program->news = (struct news){.app = app, .give_up = give_up, .arg = program};
    struct child_news news = news_of_child(&program->news);
    news.ended = on_ended;
    app->server =
        server_new(program->base, app, &program->options, &calls, app->log, error, sizeof error);
    if (app->server == NULL) {
        return od_cli_fail(OD_EUNAVAILABLE, "%s", error);
    }
    program->marker = marker_set(program->options.assets, &program->news.notes_left);
    if (program->marker == NULL) {
        log_message(
            app->log,
            "no file in --assets %s marks that notes sound (%s): what a death of server and "
            "player leaves on, the next start will not end",
            program->options.assets, strerror(errno));
    }
    server_on_answer(app->server, routes_answered);
    app->child = child_new(program->base, &program->options, &news, error, sizeof error);
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
    lobby_free(app->lobby);
    marker_free(program->marker, program->in_order);
    sessions_free(app->sessions);
    store_free(app->store);
    child_free(app->child);
    pulse_free(app->pulse);
    streams_free(app->streams);
    server_free(app->server);
    model_free(app->model);
    resume_free(app->resume);
    clients_free(app->clients);
    changes_free(app->changes);
    gate_free(app->gate);
    latency_free(app->latency);
    timer_free(program->term);
    timer_free(program->intr);
    timer_free(program->poll);
    timer_free(program->watchdog);
    timer_free(program->pulse);
    if (program->base != NULL) {
        event_base_free(program->base);
    }
    log_free(app->log);
    options_clear(&program->options);
}

static int
serve(struct program *program)
{
    signal(SIGPIPE, SIG_IGN);
    json_object_seed(0); /* before there are threads that might be the first to need it */
    if (!make_parts(program)) {
        return od_cli_fail(OD_ENOMEM, "out of memory: nothing is begun");
    }
    int status = start_parts(program);
    if (status) {
        return status;
    }
    event_base_dispatch(program->base);
    return program->exit_status;
}

int
main(int argc, char **argv)
{
    static struct program program;
    enum od_status status;
    od_cli_begin();
    enum options_result result = options_read(&program.options, argc, argv, &status);
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
