#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world/clock.h"

#define WRITE_PATIENCE_MS 10000
#define END_PATIENCE      (5 * OD_NSEC_PER_SEC)

int
bench_quiet_cpu(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 1 ? (int)n - 1 : -1;
}

int
bench_busy_cpu(void)
{
    return bench_quiet_cpu() > 0 ? 0 : -1;
}

void
bench_pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    for (size_t i = 0; i < (size_t)n && i < CPU_SETSIZE; i++) {
        if (cpu < 0 || i == (size_t)cpu) {
            CPU_SET(i, &set);
        }
    }
    sched_setaffinity(0, sizeof set, &set);
}

/* In the child: pipes to their places, then the program. */
static void
become(const char *const *argv, int in, int out, int cpu)
{
    char *arguments[BENCH_ARGS_MAX + 1] = {NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bench_pin(cpu);
    for (size_t i = 0; i < BENCH_ARGS_MAX && argv[i] != NULL; i++) {
        arguments[i] = (char *)(uintptr_t)argv[i]; /* execv changes nothing of them */
    }
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(null, STDERR_FILENO) >= 0) { /* else it would write into the report */
        execv(arguments[0], arguments);
    }
    _exit(127);
}

enum od_status
bench_child_start(struct bench_child *child, const char *const *argv, int cpu)
{
    int to[2] = {-1, -1};
    int from[2] = {-1, -1};
    *child = (struct bench_child){.process = -1, .in = -1, .out = -1};
    if (access(argv[0], X_OK) != 0) {
        return OD_EUNAVAILABLE;
    }
    if (pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0) {
        child->process = fork();
    }
    if (child->process == 0) {
        become(argv, to[0], from[1], cpu);
    }
    close(to[0]);
    close(from[1]);
    if (child->process < 0) {
        close(to[1]);
        close(from[0]);
        return OD_EUNAVAILABLE;
    }
    child->in = to[1];
    child->out = from[0];
    if (fcntl(child->in, F_SETFL, O_NONBLOCK) != 0) {
        bench_child_end(child);
        return OD_EUNAVAILABLE;
    }
    return OD_OK;
}

bool
bench_child_write(struct bench_child *child, const void *bytes, size_t size)
{
    const char *p = bytes;
    while (size > 0) {
        struct pollfd wait = {.fd = child->in, .events = POLLOUT};
        ssize_t written = write(child->in, p, size);
        if (written > 0) {
            p += written;
            size -= (size_t)written;
        } else if ((written < 0 && errno != EAGAIN && errno != EINTR) ||
                   poll(&wait, 1, WRITE_PATIENCE_MS) == 0) {
            return false;
        }
    }
    return true;
}

bool
bench_child_read_line(struct bench_child *child, char *line, size_t size, od_nsec patience)
{
    od_nsec end = od_clock_now() + patience;
    size_t length = 0;
    for (;;) {
        struct pollfd wait = {.fd = child->out, .events = POLLIN};
        od_nsec left = end - od_clock_now();
        char c;
        if (left <= 0 || poll(&wait, 1, (int)(left / OD_NSEC_PER_MS) + 1) <= 0 ||
            read(child->out, &c, 1) != 1) {
            return false;
        }
        if (c == '\n') {
            line[length] = '\0';
            return true;
        }
        if (length + 1 < size) {
            line[length++] = c;
        }
    }
}

int
bench_child_stop(struct bench_child *child)
{
    int status = -1;
    if (child->process <= 0) {
        return -1;
    }
    close(child->in);
    close(child->out);
    od_nsec end = od_clock_now() + END_PATIENCE;
    pid_t ended = 0;
    while ((ended = waitpid(child->process, &status, WNOHANG)) == 0 && od_clock_now() < end) {
        usleep(100);
    }
    if (ended == 0) {
        kill(child->process, SIGKILL);
        waitpid(child->process, &status, 0);
    }
    *child = (struct bench_child){.process = -1, .in = -1, .out = -1};
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
bench_child_end(struct bench_child *child)
{
    if (child->process > 0) {
        kill(child->process, SIGTERM);
    }
    return bench_child_stop(child);
}
