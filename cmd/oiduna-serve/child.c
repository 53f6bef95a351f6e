#include "child.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "timer.h"
#include "world/clock.h"

#define LINE_MAX_BYTES ((size_t)16 * 1024 * 1024) /* of an event */
#define UNREAD_MAX     ((size_t)64 * 1024 * 1024) /* sent and not read by the child */
#define PIPE_BYTES     (1024 * 1024)
#define OVERDUE_MAX    ((size_t)1000) /* commands that nobody waits for any more */
#define COMPLAINT_MAX  ((size_t)64 * 1024)
#define QUICK_DEATH    OD_NSEC_PER_SEC /* dying again within this is answered by waiting */
#define WAIT_MOST_MS   2000
#define RETRY_SECONDS  0.05 /* when there was no memory */

struct call {
    unsigned long id;
    child_answer *answer;
    void *arg;
    struct child *child;
    struct event *timer;
    bool overdue;
    struct call *next;
};

struct child {
    struct event_base *base;
    const struct options *options;
    struct child_calls calls;
    struct event *sigchld, *settle, *again, *insist, *retry;
    struct bufferevent *in, *out, *err; /* its events, its commands, its complaints */
    pid_t pid;
    bool up;
    bool ever_ready;
    bool silent;
    bool quitting;
    bool eof, reaped;
    int status;
    od_nsec started;
    int wait_ms; /* before the next start */
    int insisted;
    unsigned restarts;
    unsigned long next_id;
    struct call *pending, **pending_tail;
    size_t n_overdue;
};

static void
call_free(struct call *call)
{
    event_free(call->timer);
    free(call);
}

/* Takes the call with that id from the list; NULL if it is not (or no longer) there. */
static struct call *
take_call(struct child *child, unsigned long id)
{
    for (struct call **at = &child->pending; *at != NULL; at = &(*at)->next) {
        struct call *call = *at;
        if (call->id != id) {
            continue;
        }
        *at = call->next;
        if (child->pending_tail == &call->next) {
            child->pending_tail = at;
        }
        child->n_overdue -= call->overdue;
        return call;
    }
    return NULL;
}

static void
on_silence(evutil_socket_t fd, short what, void *arg)
{
    struct call *call = arg;
    (void)fd;
    (void)what;
    call->child->silent = true;
    call->overdue = true;
    call->child->n_overdue++;
    call->answer(call->arg, NULL, CHILD_SILENT); /* it may still come: the call stays */
}

static void
fail_calls(struct child *child)
{
    struct call *call;
    while ((call = child->pending) != NULL) {
        take_call(child, call->id);
        call->answer(call->arg, NULL, CHILD_DIED);
        call_free(call);
    }
}

static struct call *
add_call(struct child *child, child_answer *answer, void *arg)
{
    double seconds = child->options->limits.answer_timeout;
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    call->timer = evtimer_new(child->base, on_silence, call);
    if (call->timer == NULL) {
        free(call);
        return NULL;
    }
    call->id = ++child->next_id;
    call->answer = answer;
    call->arg = arg;
    call->child = child;
    timer_set(call->timer, seconds);
    *child->pending_tail = call;
    child->pending_tail = &call->next;
    return call;
}

static void
answer_call(struct child *child, const json_t *event)
{
    const char *id = json_string_value(json_object_get(event, "id"));
    struct call *call = id != NULL ? take_call(child, strtoul(id, NULL, 10)) : NULL;
    if (call == NULL) {
        return;
    }
    call->answer(call->arg, event, CHILD_ANSWERED);
    call_free(call);
}

/*
 * jansson cannot tell a text that is bad from memory that is short; a line that begins as its
 * events do is one. A player that is not known to be ready would be waited for in vain.
 */
static void
misunderstand(struct child *child, const char *line, size_t length)
{
    static const char begins[] = "{\"event\":";
    if (length < sizeof begins || memcmp(line, begins, sizeof begins - 1) != 0) {
        child->calls.nonsense(child->calls.arg, line, length);
        return;
    }
    child->calls.lost(child->calls.arg);
    if (!child->up && child->pid > 0) {
        kill(child->pid, SIGKILL);
    }
}

static void
take_event(struct child *child, const char *line, size_t length)
{
    json_t *event = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(event, "event"));
    child->silent = false;
    if (name != NULL) {
        if (strcmp(name, "ready") == 0) {
            child->up = child->ever_ready = true;
        }
        child->calls.event(child->calls.arg, name, event);
        answer_call(child, event);
    } else {
        misunderstand(child, line, length);
    }
    json_decref(event);
}

static void
on_events(struct bufferevent *bev, void *arg)
{
    struct child *child = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    char *line;
    size_t length;
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
        child->calls.complained(child->calls.arg, line);
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

/* Its last words, which may say what it died of, and may not have come to the end of a line. */
static void
hear_out(struct child *child)
{
    struct evbuffer *words = evbuffer_new(); /* a bufferevent's own lets nobody else add to it */
    int fd = bufferevent_getfd(child->err);
    if (words == NULL) {
        return;
    }
    evbuffer_add_buffer(words, bufferevent_get_input(child->err));
    while (evbuffer_read(words, fd, (int)COMPLAINT_MAX) > 0) {
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

/* At once the first time, then slower and slower as long as it does not live for a second. */
static void
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
    timer_set(child->again, child->wait_ms / 1000.0);
}

static void
bury(struct child *child)
{
    evtimer_del(child->settle);
    evtimer_del(child->insist);
    evtimer_del(child->retry);
    close_pipes(child);
    child->pid = 0;
    child->up = false;
    if (child->quitting || !child->ever_ready) {
        fail_calls(child);
        child->calls.ended(child->calls.arg, child->status);
        return;
    }
    child->calls.died(child->calls.arg, child->status);
    fail_calls(child);
    plan_restart(child);
}

static bool
reap(struct child *child, int flags)
{
    if (!child->reaped && child->pid > 0) {
        child->reaped = waitpid(child->pid, &child->status, flags) == child->pid;
    }
    return child->reaped;
}

/* Its last events come before its death: the end of the pipe is awaited, but not for long. */
static void
on_sigchld(evutil_socket_t signal, short what, void *arg)
{
    struct child *child = arg;
    (void)signal;
    (void)what;
    if (child->pid == 0 || !reap(child, WNOHANG)) {
        return;
    }
    if (child->eof) {
        bury(child);
    } else {
        timer_set(child->settle, 0.005);
    }
}

static void
on_settle(evutil_socket_t fd, short what, void *arg)
{
    struct child *child = arg;
    (void)fd;
    (void)what;
    if (!reap(child, WNOHANG)) {
        kill(child->pid, SIGKILL); /* it closed its output and lives: of no use to anyone */
        reap(child, 0);
    }
    bury(child);
}

static void
on_in_event(struct bufferevent *bev, short what, void *arg)
{
    struct child *child = arg;
    (void)bev;
    (void)what;
    child->eof = true;
    if (child->quitting && !reap(child, WNOHANG)) {
        return; /* it is closing its devices; SIGCHLD or on_insist ends this */
    }
    if (reap(child, WNOHANG)) {
        bury(child);
    } else {
        timer_set(child->settle, 0.05);
    }
}

static void
on_out_event(struct bufferevent *bev, short what, void *arg)
{
    (void)arg;
    (void)what;
    bufferevent_disable(bev, EV_WRITE); /* its death is noticed elsewhere */
}

/* Argument vector of the child: one string after the other in `args`, then NULL. */
static char **
argument_vector(struct od_buf *args)
{
    size_t n = 0, used = 0;
    for (size_t i = 0; i < args->length; i++) {
        n += args->data[i] == '\0';
    }
    char **argv;
    argv = calloc(n + 1, sizeof *argv);
    for (size_t i = 0; argv != NULL && i < n; i++) {
        argv[i] = (char *)args->data + used;
        used += strlen(argv[i]) + 1;
    }
    return argv;
}

static void
add_argument(struct od_buf *args, const char *text)
{
    od_buf_append(args, text, strlen(text) + 1);
}

static char **
make_arguments(struct child *child, struct od_buf *args, bool again)
{
    add_argument(args, child->options->player);
    add_argument(args, "--events");
    add_argument(args, "--quit-on-eof");
    for (size_t i = 0; i < child->options->n_play_args; i++) {
        add_argument(args, child->options->play_args[i]);
    }
    if (again) {
        child->calls.resume_options(child->calls.arg, args);
    } else {
        add_argument(args, "--paused");
    }
    add_argument(args, "-");
    return args->failed ? NULL : argument_vector(args);
}

/* Its standard input, output and error: our end and the child's of each. */
struct pipes {
    int ours[3], theirs[3];
};

static void
close_ends(const int *ends)
{
    for (size_t i = 0; i < 3; i++) {
        if (ends[i] >= 0) {
            close(ends[i]);
        }
    }
}

/* Between fork and exec of a program with threads: nothing but system calls. */
static void
become_player(char **argv, const struct pipes *pipes)
{
    sigset_t none;
    sigemptyset(&none);
    for (int i = 1; i < NSIG; i++) {
        signal(i, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(pipes->theirs[0], STDIN_FILENO) >= 0 && dup2(pipes->theirs[1], STDOUT_FILENO) >= 0 &&
        dup2(pipes->theirs[2], STDERR_FILENO) >= 0) {
        execvp(argv[0], argv);
    }
    _exit(127);
}

static bool
make_pipes(struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1, -1}, {-1, -1, -1}};
    for (size_t i = 0; i < 3; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            close_ends(pipes->ours);
            close_ends(pipes->theirs);
            return false;
        }
        pipes->theirs[i] = ends[i == 0 ? 0 : 1];
        pipes->ours[i] = ends[i == 0 ? 1 : 0];
        fcntl(pipes->ours[i], F_SETPIPE_SZ, PIPE_BYTES);
        fcntl(pipes->ours[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

static bool
watch_pipes(struct child *child, const int *ours)
{
    struct bufferevent **pipes[] = {&child->out, &child->in, &child->err};
    for (size_t i = 0; i < 3; i++) {
        *pipes[i] = bufferevent_socket_new(child->base, ours[i], BEV_OPT_CLOSE_ON_FREE);
        if (*pipes[i] == NULL) {
            close(ours[i]);
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

static bool
spawn(struct child *child, bool again)
{
    struct od_buf args = {0};
    char **argv = make_arguments(child, &args, again);
    bool good = false;
    struct pipes pipes;
    if (argv != NULL && make_pipes(&pipes)) {
        child->pid = fork();
        if (child->pid == 0) {
            become_player(argv, &pipes);
        }
        close_ends(pipes.theirs);
        if (child->pid < 0) {
            child->pid = 0;
            close_ends(pipes.ours);
        } else {
            good = watch_pipes(child, pipes.ours);
        }
        if (!good && child->pid > 0) {
            kill(child->pid, SIGKILL); /* nobody would hear it */
            waitpid(child->pid, NULL, 0);
            child->pid = 0;
        }
    }
    child->eof = child->reaped = child->up = child->silent = false;
    child->started = od_clock_now();
    free(argv);
    od_buf_clear(&args);
    return good;
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
    struct child *child = arg;
    (void)fd;
    (void)what;
    if (child->quitting) {
        return;
    }
    child->restarts++;
    if (spawn(child, true)) {
        child->calls.resume(child->calls.arg);
    } else {
        plan_restart(child);
    }
}

static void
on_insist(evutil_socket_t fd, short what, void *arg)
{
    struct child *child = arg;
    (void)fd;
    (void)what;
    if (child->pid == 0) {
        return;
    }
    if (child->insisted++ == 0) {
        kill(child->pid, SIGTERM);
        timer_set(child->insist, 1);
        return;
    }
    kill(child->pid, SIGKILL);
    reap(child, 0);
    bury(child);
}

struct child *
child_new(struct event_base *base, const struct options *options, const struct child_calls *calls,
          char *error, size_t size)
{
    struct child *child = calloc(1, sizeof *child);
    snprintf(error, size, "cannot start %s: %s", options->player, strerror(ENOMEM));
    if (child == NULL) {
        return NULL;
    }
    child->base = base;
    child->options = options;
    child->calls = *calls;
    child->pending_tail = &child->pending;
    child->sigchld = evsignal_new(base, SIGCHLD, on_sigchld, child);
    child->settle = evtimer_new(base, on_settle, child);
    child->again = evtimer_new(base, on_again, child);
    child->insist = evtimer_new(base, on_insist, child);
    child->retry = evtimer_new(base, on_retry, child);
    if (child->sigchld != NULL && child->settle != NULL && child->again != NULL &&
        child->insist != NULL && child->retry != NULL && event_add(child->sigchld, NULL) == 0 &&
        spawn(child, false)) {
        return child;
    }
    snprintf(error, size, "cannot start %s: %s", options->player, strerror(errno));
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
    return child->up;
}

bool
child_is_silent(const struct child *child)
{
    return child->silent;
}

unsigned
child_restarts(const struct child *child)
{
    return child->restarts;
}

static bool
can_send(const struct child *child)
{
    return child->out != NULL && child->up && !child->quitting && child->n_overdue < OVERDUE_MAX &&
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
        call_free(take_call(child, call->id));
    }
    return whole;
}

/* A command, and what it is made of; both or none. */
static struct call *
begin_parts(struct child *child, child_answer *answer, void *arg, struct evbuffer **parts)
{
    if (!can_send(child) || (*parts = evbuffer_new()) == NULL) {
        return NULL;
    }
    struct call *call = add_call(child, answer, arg);
    if (call == NULL) {
        evbuffer_free(*parts);
    }
    return call;
}

bool
child_command(struct child *child, child_answer *answer, void *arg, const char *format, ...)
{
    struct evbuffer *parts;
    struct call *call = begin_parts(child, answer, arg, &parts);
    if (call == NULL) {
        return false;
    }
    bool whole = evbuffer_add_printf(parts, "#%lu ", call->id) >= 0;
    va_list args;
    va_start(args, format);
    whole = evbuffer_add_vprintf(parts, format, args) >= 0 && whole;
    va_end(args);
    whole = evbuffer_add(parts, "\n", 1) == 0 && whole;
    return send_parts(child, call, parts, whole);
}

bool
child_score(struct child *child, child_answer *answer, void *arg, const char *timing,
            const void *bytes, size_t length)
{
    struct evbuffer *parts;
    struct call *call = begin_parts(child, answer, arg, &parts);
    if (call == NULL) {
        return false;
    }
    bool whole = timing == NULL || evbuffer_add_printf(parts, "apply %s\n", timing) >= 0;
    whole = whole && evbuffer_add_printf(parts, "score-id %lu\n", call->id) >= 0 &&
            evbuffer_add(parts, bytes, length) == 0;
    return send_parts(child, call, parts, whole);
}

/* A player that was not told all would play something else: another one is told anew. */
void
child_feed(struct child *child, const void *bytes, size_t length)
{
    if (child->out != NULL &&
        evbuffer_add(bufferevent_get_output(child->out), bytes, length) != 0 && child->pid > 0 &&
        !child->quitting) {
        child->calls.complained(
            child->calls.arg,
            "oiduna-serve: out of memory for what the player is told: it is ended");
        kill(child->pid, SIGKILL);
    }
}

void
child_quit(struct child *child)
{
    if (child->quitting) {
        return;
    }
    child->quitting = true;
    evtimer_del(child->again);
    if (child->pid == 0) {
        child->calls.ended(child->calls.arg, 0);
        return;
    }
    child_feed(child, "quit\n", 5);
    timer_set(child->insist, 2);
}

/* On the way out after a failure: the loop does not run any more. */
static void
end_without_loop(struct child *child)
{
    close_pipes(child);
    for (int i = 0; i < 100 && !reap(child, WNOHANG); i++) {
        usleep(10000);
    }
    if (!child->reaped) {
        kill(child->pid, SIGKILL);
        reap(child, 0);
    }
    child->pid = 0;
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
    fail_calls(child);
    close_pipes(child);
    timer_free(child->sigchld);
    timer_free(child->settle);
    timer_free(child->again);
    timer_free(child->insist);
    timer_free(child->retry);
    free(child);
}
