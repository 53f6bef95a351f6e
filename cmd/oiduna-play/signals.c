#include "signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "answers.h"
#include "files.h"
#include "report.h"

#define PAUSE_PATIENCE   OD_NSEC_PER_SEC /* at very slow tempos a pause begins seconds later */
#define RELEASE_PATIENCE OD_NSEC_PER_SEC

static void
leave(int number)
{
    (void)number;
    _exit(0); /* nothing sounds yet */
}

void
signals_await(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGINT, leave);
    signal(SIGTERM, leave);
    signal(SIGPIPE, SIG_IGN);
}

/* Where there is no job control, nobody could let it go on. */
static bool
may_be_suspended(void)
{
    struct sigaction action;
    return sigaction(SIGTSTP, NULL, &action) == 0 && action.sa_handler != SIG_IGN;
}

int
signals_open(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    if (may_be_suspended()) {
        sigaddset(&set, SIGTSTP);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* ---- ^Z: no note may be left to sound ---- */

static void
begin_suspension(struct control *control)
{
    struct suspension *suspension = &control->suspension;
    if (suspension->stage != SUSPEND_NOT) {
        return;
    }
    od_nsec now = od_clock_now();
    suspension->stage = SUSPEND_PAUSING;
    suspension->plays = control->plays;
    suspension->next = now;
    suspension->deadline = now + PAUSE_PATIENCE;
    if (suspension->plays) {
        answers_send(control, &(struct od_command){.kind = OD_COMMAND_PAUSE});
    }
}

/* When the notes that were planned have begun and been cut. */
static od_nsec
pause_begins(const struct control *control)
{
    od_nsec shift = control->options->midi_offset;
    return od_transport_time(&control->transport, control->position + 1) + (shift > 0 ? shift : 0);
}

static void
release_ports(struct control *control)
{
    for (size_t port = 0; port < control->engine->midi.n_ports; port++) {
        answers_send(control,
                     &(struct od_command){.kind = OD_COMMAND_RELEASE_PORT, .port = (uint8_t)port});
    }
}

static void
stop_process(struct control *control)
{
    sigset_t set;
    display_clear(&control->display);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    raise(SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* here it stops, and goes on */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void
signals_suspend(struct control *control, od_nsec now)
{
    struct suspension *suspension = &control->suspension;
    const struct od_player_counts *counts = &control->engine->player.counts;
    if (suspension->stage == SUSPEND_NOT || now < suspension->next) {
        return;
    }
    suspension->next = now + OD_NSEC_PER_MS;
    bool late = now >= suspension->deadline;
    if (suspension->stage == SUSPEND_PAUSING) {
        bool silent = control->state != OD_PLAYING && now >= pause_begins(control);
        if (silent || late || !suspension->plays) {
            release_ports(control);
            suspension->stage = SUSPEND_RELEASING;
            suspension->deadline = now + RELEASE_PATIENCE;
        }
        return;
    }
    if (atomic_load_explicit(&counts->pending_note_offs, memory_order_relaxed) > 0 && !late) {
        return;
    }
    stop_process(control);
    suspension->stage = SUSPEND_NOT;
    if (suspension->plays) {
        answers_send(control,
                     &(struct od_command){.kind = OD_COMMAND_START, .time = OD_NSEC_NEVER});
    }
}

void
signals_take(struct control *control, int fd)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGUSR1) {
            display_clear(&control->display);
            report_print(control->engine, control->environment.bpm);
        } else if (info.ssi_signo == SIGHUP) {
            files_reload(control);
        } else if (info.ssi_signo == SIGTSTP) {
            begin_suspension(control);
        } else {
            control_end(control, "signal");
        }
    }
}
