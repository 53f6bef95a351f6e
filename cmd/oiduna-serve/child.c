#include "child.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn.h"
#include "timer.h"
#include "world/clock.h"

#define LINE_MAX_BYTES ((size_t)16 * 1024 * 1024) /* of an event */
#define UNREAD_MAX     ((size_t)64 * 1024 * 1024) /* sent and not read by the child */
#define OVERDUE_MAX    ((size_t)1000)             /* commands that nobody waits for any more */
#define COMPLAINT_MAX  ((size_t)64 * 1024)
#define QUICK_DEATH    OD_NSEC_PER_SEC /* dying again within this is answered by waiting */
#define WAIT_MOST_MS   2000
#define RETRY_SECONDS  0.05  /* when there was no memory */
#define START_SECONDS  20.0  /* until it must be ready */
#define EXIT_SECONDS   0.05  /* from the end of its output to its own */
#define WORDS_SECONDS  0.005 /* from its own end to that of its output */
#define LEAVE_SECONDS  2.0   /* from being asked to being told */
#define TERM_SECONDS   1.0   /* from being told to being killed */

enum state {
    STATE_DOWN,     /* there is none; the timer starts one */
    STATE_STARTING, /* it is not ready yet */
    STATE_UP,
    STATE_MUTE,    /* its output has ended, and it lives */
    STATE_DEAD,    /* it is dead, and its last events may still come */
    STATE_LEAVING, /* it was asked to end */
    STATE_TOLD,    /* by a signal */
    STATE_GONE,    /* and none will follow */
    N_STATES
};

enum happening {
    IT_IS_READY,
    ITS_OUTPUT_ENDS,
    IT_DIES,
    TIME_IS_OVER, /* of the state */
    IT_HANGS,
    IT_IS_TO_QUIT,
    N_HAPPENINGS
};

struct child {
    struct event_base *base;
    const struct options *options;
    struct child_news news;
    enum state state;
    struct event *sigchld, *timer, *retry;
    struct bufferevent *in, *out, *err; /* its events, its commands, its complaints */
    struct calls *calls;
    pid_t pid;       /* 0: dead, and its status is known */
    int status;      /* of the last one's death */
    bool ever_ready; /* one that never was is followed by none */
    od_nsec started, heard;
    int wait_ms; /* before the next start */
    unsigned restarts;
};

static void happens(struct child *child, enum happening what);

/* jansson cannot tell a text that is bad from memory that is short; a line that begins as its
 * events do is one. A player that is not known to be ready would be waited for in vain. */
static void
misunderstand(struct child *child, const char *line, size_t length)
{
    static const char begins[] = "{\"event\":";
    if (length < sizeof begins || memcmp(line, begins, sizeof begins - 1) != 0) {
        child->news.nonsense(child->news.arg, line, length);
        return;
    }
    child->news.lost(child->news.arg);
    if (child->state == STATE_STARTING) {
        happens(child, IT_HANGS);
    }
}

static void
take_event(struct child *child, const char *line, size_t length)
{
    json_t *event = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(event, "event"));
    child->heard = od_clock_now();
    if (name == NULL) {
        misunderstand(child, line, length);
    } else {
        if (strcmp(name, "ready") == 0) {
            happens(child, IT_IS_READY);
        }
        child->news.event(child->news.arg, name, event);
    }
    calls_heard(child->calls, event);
    json_decref(event);
}

static void
on_events(struct bufferevent *bev, void *arg)
{
    struct child *child = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    size_t length;
    char *line;
    while ((line = evbuffer_readln(in, &length, EVBUFFER_EOL_LF)) != NULL) {
        if (length) {
            take_event(child, line, length);
        }
        free(line);
    }
    if (evbuffer_search_eol(in, NULL, NULL, EVBUFFER_EOL_LF).pos >= 0) {
        timer_set(child->retry, RETRY_SECONDS); /* there was no memory for the line */
    } else if (evbuffer_get_length(in) > LINE_MAX_BYTES) {
        evbuffer_drain(in, evbuffer_get_length(in));
    }
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct child *child = arg;
    (void)fd;
    (void)what;
    if (child->in != NULL) {
        on_events(child->in, child);
    }
}

static void
pass_on(struct child *child, struct evbuffer *complaints)
{
    char *line;
    while ((line = evbuffer_readln(complaints, NULL, EVBUFFER_EOL_LF)) != NULL) {
        child->news.complained(child->news.arg, line);
        free(line);
    }
    if (evbuffer_get_length(complaints) > COMPLAINT_MAX) {
        evbuffer_drain(complaints, evbuffer_get_length(complaints));
    }
}

static void
on_complaints(struct bufferevent *bev, void *arg)
{
    pass_on(arg, bufferevent_get_input(bev));
}

static void
on_err_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    (void)what;
    (void)arg; /* its death is noticed elsewhere */
}

static void
on_out_event(struct bufferevent *bev, short what, void *arg)
{
    (void)arg;
    (void)what;
    bufferevent_disable(bev, EV_WRITE); /* its death is noticed elsewhere */
}

/* Its last words, which may say what it died of, and may not have come to the end of a line. */
static void
hear_out(struct child *child)
{
    struct evbuffer *words = evbuffer_new(); /* a bufferevent's own lets nobody else add to it */
    if (words == NULL) {
        return;
    }
    evbuffer_add_buffer(words, bufferevent_get_input(child->err));
    while (evbuffer_read(words, bufferevent_getfd(child->err), (int)COMPLAINT_MAX) > 0) {
        pass_on(child, words);
    }
    evbuffer_add(words, "\n", evbuffer_get_length(words) > 0);
    pass_on(child, words);
    evbuffer_free(words);
}

static void
close_pipes(struct child *child)
{
    struct bufferevent **pipes[] = {&child->in, &child->out, &child->err};
    if (child->err != NULL) {
        hear_out(child);
    }
    for (size_t i = 0; i < sizeof pipes / sizeof *pipes; i++) {
        if (*pipes[i] != NULL) {
            bufferevent_free(*pipes[i]);
        }
        *pipes[i] = NULL;
    }
}

/* True if it is dead by now. */
static bool
reap(struct child *child, int flags)
{
    if (child->pid > 0 && waitpid(child->pid, &child->status, flags) == child->pid) {
        child->pid = 0;
    }
    return child->pid == 0;
}

static void
on_sigchld(evutil_socket_t signal, short what, void *arg)
{
    struct child *child = arg;
    (void)signal;
    (void)what;
    if (child->pid > 0 && reap(child, WNOHANG)) {
        happens(child, IT_DIES);
    }
}

static void
on_in_event(struct bufferevent *bev, short what, void *arg)
{
    struct child *child = arg;
    (void)bev;
    (void)what;
    happens(child, ITS_OUTPUT_ENDS);
    if (child->pid > 0 && reap(child, WNOHANG)) {
        happens(child, IT_DIES);
    }
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    happens(arg, TIME_IS_OVER);
}

static bool
watch_pipes(struct child *child, const struct spawned *spawned)
{
    struct bufferevent **pipes[] = {&child->out, &child->in, &child->err};
    int fds[] = {spawned->in, spawned->out, spawned->err};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        *pipes[i] = bufferevent_socket_new(child->base, fds[i], BEV_OPT_CLOSE_ON_FREE);
        if (*pipes[i] == NULL) {
            close(fds[i]);
        }
    }
    if (child->out == NULL || child->in == NULL || child->err == NULL) {
        close_pipes(child);
        return false;
    }
    bufferevent_setcb(child->in, on_events, NULL, on_in_event, child);
    bufferevent_setcb(child->out, NULL, NULL, on_out_event, child);
    bufferevent_setcb(child->err, on_complaints, NULL, on_err_event, child);
    if (bufferevent_enable(child->in, EV_READ) != 0 ||
        bufferevent_enable(child->out, EV_WRITE) != 0 ||
        bufferevent_enable(child->err, EV_READ) != 0) {
        close_pipes(child);
        return false;
    }
    return true;
}

static void
add_argument(struct od_buf *args, const char *text)
{
    od_buf_append(args, text, strlen(text) + 1);
}

static void
add_arguments(struct child *child, struct od_buf *args, bool again)
{
    add_argument(args, child->options->player);
    add_argument(args, "--events");
    add_argument(args, "--quit-on-eof");
    for (size_t i = 0; i < child->options->n_play_args; i++) {
        add_argument(args, child->options->play_args[i]);
    }
    if (again) {
        child->news.resume_options(child->news.arg, args);
    } else {
        add_argument(args, "--paused");
    }
    add_argument(args, "-");
}

/* One that nobody would hear is killed at once. */
static bool
start(struct child *child, bool again)
{
    struct od_buf args = {0};
    struct spawned spawned;
    add_arguments(child, &args, again);
    bool good = spawn(&args, &spawned);
    if (good && !watch_pipes(child, &spawned)) {
        kill(spawned.pid, SIGKILL);
        waitpid(spawned.pid, NULL, 0);
        errno = ENOMEM;
        good = false;
    }
    child->pid = good ? spawned.pid : 0;
    child->started = od_clock_now();
    od_buf_clear(&args);
    return good;
}

/* ---- what is done; each says what state that leads to ---- */

static enum state
stay(struct child *child)
{
    return child->state;
}

/* At once the first time, then slower and slower as long as it does not live for a second. */
static enum state
plan_restart(struct child *child)
{
    if (od_clock_now() - child->started > QUICK_DEATH) {
        child->wait_ms = 0;
    } else {
        child->wait_ms = child->wait_ms ? 2 * child->wait_ms : 50;
    }
    if (child->wait_ms > WAIT_MOST_MS) {
        child->wait_ms = WAIT_MOST_MS;
    }
    timer_set(child->timer, child->wait_ms / 1000.0);
    return STATE_DOWN;
}

static enum state
follow(struct child *child)
{
    child->restarts++;
    if (!start(child, true)) {
        return plan_restart(child);
    }
    timer_set(child->timer, START_SECONDS);
    child->news.resume(child->news.arg);
    return STATE_STARTING;
}

static enum state
come_up(struct child *child)
{
    evtimer_del(child->timer);
    child->ever_ready = true;
    return STATE_UP;
}

static void
clean_up(struct child *child)
{
    evtimer_del(child->timer);
    evtimer_del(child->retry);
    close_pipes(child);
}

static enum state
leave(struct child *child)
{
    clean_up(child);
    calls_fail(child->calls);
    child->state = STATE_GONE;
    child->news.ended(child->news.arg, child->status);
    return STATE_GONE;
}

/* Who is told of it finds it down. */
static enum state
bury(struct child *child)
{
    if (!child->ever_ready) {
        return leave(child);
    }
    clean_up(child);
    child->state = STATE_DOWN;
    child->news.died(child->news.arg, child->status);
    calls_fail(child->calls);
    return plan_restart(child);
}

/* It is of no use to anyone. That it is dead is noticed like any other death, by its output's end
 * if not by the signal. */
static enum state
shoot(struct child *child)
{
    kill(child->pid, SIGKILL);
    return child->state;
}

/* Whether or not it was noticed that it is dead. */
static void
make_dead(struct child *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        reap(child, 0);
        child->pid = 0;
    }
}

static enum state
finish_off(struct child *child)
{
    make_dead(child);
    return bury(child);
}

static enum state
finish_and_leave(struct child *child)
{
    make_dead(child);
    return leave(child);
}

static enum state
await_death(struct child *child)
{
    timer_set(child->timer, EXIT_SECONDS);
    return STATE_MUTE;
}

static enum state
await_words(struct child *child)
{
    timer_set(child->timer, WORDS_SECONDS);
    return STATE_DEAD;
}

static enum state
ask(struct child *child)
{
    child_feed(child, "quit\n", 5);
    timer_set(child->timer, LEAVE_SECONDS);
    return STATE_LEAVING;
}

static enum state
tell(struct child *child)
{
    kill(child->pid, SIGTERM);
    timer_set(child->timer, TERM_SECONDS);
    return STATE_TOLD;
}

static enum state
forget(struct child *child)
{
    child->status = 0;
    return leave(child);
}

/* What is done when it happens. A player that was asked to end may close its output long before it
 * has closed its devices. */
static enum state (*const actions[N_STATES][N_HAPPENINGS])(struct child *child) = {
    /*                ready    output       death        time    hangs  quit */
    [STATE_DOWN] = {stay, stay, stay, follow, stay, forget},
    [STATE_STARTING] = {come_up, await_death, await_words, shoot, shoot, ask},
    [STATE_UP] = {stay, await_death, await_words, stay, shoot, ask},
    [STATE_MUTE] = {stay, stay, bury, finish_off, stay, tell},
    [STATE_DEAD] = {stay, bury, stay, bury, stay, leave},
    [STATE_LEAVING] = {stay, stay, leave, tell, stay, stay},
    [STATE_TOLD] = {stay, stay, leave, finish_and_leave, stay, stay},
    [STATE_GONE] = {stay, stay, stay, stay, stay, stay},
};

static void
happens(struct child *child, enum happening what)
{
    child->state = actions[child->state][what](child);
}

/* ---- what others may ask of it ---- */

struct child *
child_new(struct event_base *base, const struct options *options, const struct child_news *news,
          char *error, size_t size)
{
    struct child *child = calloc(1, sizeof *child);
    snprintf(error, size, "cannot start %s: %s", options->player, strerror(ENOMEM));
    if (child == NULL) {
        return NULL;
    }
    child->base = base;
    child->options = options;
    child->news = *news;
    child->state = STATE_STARTING;
    child->heard = od_clock_now();
    child->calls = calls_new(base, options->limits.answer_timeout);
    child->sigchld = evsignal_new(base, SIGCHLD, on_sigchld, child);
    child->timer = evtimer_new(base, on_timer, child);
    child->retry = evtimer_new(base, on_retry, child);
    if (child->calls != NULL && child->sigchld != NULL && child->timer != NULL &&
        child->retry != NULL && event_add(child->sigchld, NULL) == 0) {
        if (start(child, false)) {
            timer_set(child->timer, START_SECONDS);
            return child;
        }
        snprintf(error, size, "cannot start %s: %s", options->player, strerror(errno));
    }
    child_free(child);
    return NULL;
}

pid_t
child_pid(const struct child *child)
{
    return child->pid;
}

bool
child_is_up(const struct child *child)
{
    return child->state == STATE_UP || (child->state == STATE_LEAVING && child->ever_ready);
}

bool
child_is_first(const struct child *child)
{
    return !child->ever_ready && child->state != STATE_GONE;
}

bool
child_is_silent(const struct child *child)
{
    return calls_are_silent(child->calls);
}

bool
child_is_well(const struct child *child)
{
    double patience = 2 * child->options->limits.hang_timeout + START_SECONDS;
    return (double)(od_clock_now() - child->heard) < patience * (double)OD_NSEC_PER_SEC;
}

unsigned
child_restarts(const struct child *child)
{
    return child->restarts;
}

void
child_check(struct child *child)
{
    char line[120];
    double silence = (double)calls_silence(child->calls) / (double)OD_NSEC_PER_SEC;
    if (child->state != STATE_UP || silence < child->options->limits.hang_timeout) {
        return;
    }
    snprintf(line, sizeof line, "oiduna-serve: the player has not answered for %.1f s: it is ended",
             silence);
    child->news.complained(child->news.arg, line);
    happens(child, IT_HANGS);
}

static bool
can_send(const struct child *child)
{
    return child->state == STATE_UP && child->out != NULL &&
           calls_overdue(child->calls) < OVERDUE_MAX &&
           evbuffer_get_length(bufferevent_get_output(child->out)) < UNREAD_MAX;
}

/* All that is in `parts` or, without memory, nothing of it: a call nobody will answer is taken
 * back. */
static bool
send_parts(struct child *child, struct call *call, struct evbuffer *parts, bool whole)
{
    whole = whole && evbuffer_add_buffer(bufferevent_get_output(child->out), parts) == 0;
    evbuffer_free(parts);
    if (!whole) {
        calls_take_back(child->calls, call);
    }
    return whole;
}

/* A command, and what it is made of; both or none. */
static struct call *
begin_parts(struct child *child, call_answer *answer, void *arg, struct evbuffer **parts)
{
    if (!can_send(child) || (*parts = evbuffer_new()) == NULL) {
        return NULL;
    }
    struct call *call = calls_add(child->calls, answer, arg);
    if (call == NULL) {
        evbuffer_free(*parts);
    }
    return call;
}

bool
child_command(struct child *child, call_answer *answer, void *arg, const char *format, ...)
{
    struct evbuffer *parts;
    struct call *call = begin_parts(child, answer, arg, &parts);
    if (call == NULL) {
        return false;
    }
    bool whole = evbuffer_add_printf(parts, "#%lu ", call_id(call)) >= 0;
    va_list args;
    va_start(args, format);
    whole = evbuffer_add_vprintf(parts, format, args) >= 0 && whole;
    va_end(args);
    whole = evbuffer_add(parts, "\n", 1) == 0 && whole;
    return send_parts(child, call, parts, whole);
}

bool
child_score(struct child *child, call_answer *answer, void *arg, const char *timing,
            const void *bytes, size_t length)
{
    struct evbuffer *parts;
    struct call *call = begin_parts(child, answer, arg, &parts);
    if (call == NULL) {
        return false;
    }
    bool whole = timing == NULL || evbuffer_add_printf(parts, "apply %s\n", timing) >= 0;
    whole = whole && evbuffer_add_printf(parts, "score-id %lu\n", call_id(call)) >= 0 &&
            evbuffer_add(parts, bytes, length) == 0;
    return send_parts(child, call, parts, whole);
}

/* A player that was not told all would play something else: another one is told anew. */
void
child_feed(struct child *child, const void *bytes, size_t length)
{
    if (child->out != NULL &&
        evbuffer_add(bufferevent_get_output(child->out), bytes, length) != 0 && child->pid > 0) {
        child->news.complained(
            child->news.arg,
            "oiduna-serve: out of memory for what the player is told: it is ended");
        kill(child->pid, SIGKILL);
    }
}

void
child_quit(struct child *child)
{
    happens(child, IT_IS_TO_QUIT);
}

/* On the way out after a failure: the loop does not run any more. */
static void
end_without_loop(struct child *child)
{
    close_pipes(child);
    for (int i = 0; i < 100 && !reap(child, WNOHANG); i++) {
        usleep(10000);
    }
    make_dead(child);
}

void
child_free(struct child *child)
{
    if (child == NULL) {
        return;
    }
    if (child->pid > 0) {
        end_without_loop(child);
    }
    child->state = STATE_GONE;
    calls_free(child->calls);
    close_pipes(child);
    timer_free(child->sigchld);
    timer_free(child->timer);
    timer_free(child->retry);
    free(child);
}
