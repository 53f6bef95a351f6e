#include "scratch.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RACES 100 /* files that a program makes while the folder is removed */

/* State because signals end the process, which has one such folder. */
static char folder[PATH_MAX - 16]; /* "" = none */
static char paths[BENCH_SCRATCHES][PATH_MAX];

/* Calls what a signal handler may call. */
void
bench_scratch_clear(void)
{
    for (int i = 0; i < RACES && folder[0] != '\0'; i++) {
        for (size_t which = 0; which < BENCH_SCRATCHES; which++) {
            unlink(paths[which]);
        }
        if (rmdir(folder) == 0) {
            folder[0] = '\0';
        }
    }
}

/* It comes again when this has returned, and ends the program as it ends others. */
static void
clear_at_end(int number)
{
    bench_scratch_clear();
    raise(number);
}

static void
clear_with_signals(void)
{
    static const int enders[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    struct sigaction ours = {.sa_handler = clear_at_end, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof enders / sizeof enders[0]; i++) {
        struct sigaction before;
        if (sigaction(enders[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
            sigaction(enders[i], &ours, NULL);
        }
    }
}

static bool
open_folder(void)
{
    static const char *const names[BENCH_SCRATCHES] = {"text", "made", "report"};
    const char *place = getenv("TMPDIR");
    char made[sizeof folder];
    int length = snprintf(made, sizeof made, "%s/oiduna-bench-XXXXXX",
                          place != NULL && place[0] != '\0' ? place : "/tmp");
    if (length < 0 || (size_t)length >= sizeof made || mkdtemp(made) == NULL) {
        return false;
    }
    for (size_t i = 0; i < BENCH_SCRATCHES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%s", made, names[i]);
    }
    snprintf(folder, sizeof folder, "%s", made);
    clear_with_signals();
    return true;
}

const char *
bench_scratch_path(enum bench_scratch which)
{
    return folder[0] != '\0' || open_folder() ? paths[which] : NULL;
}

bool
bench_scratch_write(enum bench_scratch which, const void *bytes, size_t size)
{
    const char *path = bench_scratch_path(which);
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    ssize_t written = write(fd, bytes, size);
    return close(fd) == 0 && written == (ssize_t)size;
}
