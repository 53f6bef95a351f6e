#include "signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* All that end a program and may come from outside: none leaves notes behind. What tells of a fault
 * of our own (SIGSEGV and its like) cannot be trusted with an end in order. */
static const int enders[] = {SIGINT,  SIGTERM, SIGQUIT, SIGXCPU,   SIGALRM, SIGVTALRM,
                             SIGPROF, SIGUSR2, SIGPOLL, SIGSTKFLT, SIGPWR};
#define ENDERS (sizeof enders / sizeof enders[0])

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
    for (size_t i = 0; i < ENDERS; i++) {
        signal(enders[i], leave);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
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
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGCONT);
    for (size_t i = 0; i < ENDERS; i++) {
        sigaddset(&set, enders[i]);
    }
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
        sigaddset(&set, number);
    }
    if (may_be_suspended()) {
        sigaddset(&set, SIGTSTP);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int
signals_read(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}
