#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIPE_BYTES (1024 * 1024)

/* Its standard input, output and error: our end and its own of each. */
struct pipes {
    int ours[3], theirs[3];
};

/* An argument vector that points into `args`; NULL: out of memory. */
static char **
argument_vector(struct od_buf *args)
{
    size_t n = 0, used = 0;
    for (size_t i = 0; i < args->length; i++) {
        n += args->data[i] == '\0';
    }
    char **argv = calloc(n + 1, sizeof *argv);
    for (size_t i = 0; argv != NULL && i < n; i++) {
        argv[i] = (char *)args->data + used;
        used += strlen(argv[i]) + 1;
    }
    return argv;
}

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
become(char **argv, const struct pipes *pipes)
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
            int error = errno;
            close_ends(pipes->ours);
            close_ends(pipes->theirs);
            errno = error;
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
start(char **argv, struct spawned *spawned)
{
    struct pipes pipes;
    if (!make_pipes(&pipes)) {
        return false;
    }
    spawned->pid = fork();
    if (spawned->pid == 0) {
        become(argv, &pipes);
    }
    int error = errno;
    close_ends(pipes.theirs);
    if (spawned->pid < 0) {
        close_ends(pipes.ours);
        errno = error;
        return false;
    }
    spawned->in = pipes.ours[0];
    spawned->out = pipes.ours[1];
    spawned->err = pipes.ours[2];
    return true;
}

bool
spawn(struct od_buf *args, struct spawned *spawned)
{
    char **argv = args->failed ? NULL : argument_vector(args);
    if (argv == NULL) {
        errno = ENOMEM;
        return false;
    }
    bool good = start(argv, spawned);
    int error = errno;
    free(argv);
    errno = error;
    return good;
}
