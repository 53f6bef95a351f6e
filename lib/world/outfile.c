#include "world/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ENDING      ".XXXXXX"
#define NAMES_TRIED 100

static enum od_status
fail(struct od_outfile *file, enum od_status status, const char *what, int error)
{
    snprintf(file->error, sizeof file->error, "cannot %s %.160s: %s", what,
             file->target != NULL        ? file->target
             : file->fd == STDOUT_FILENO ? "standard output"
                                         : "''",
             strerror(error));
    return status;
}

/* A signal that came in the meantime ends the program here. */
static void
release(struct od_outfile *file)
{
    if (file->held) {
        file->held = false;
        pthread_sigmask(SIG_SETMASK, &file->mask, NULL);
    }
    free(file->target);
    free(file->beside);
    file->target = NULL;
    file->beside = NULL;
}

static void
hold_signals(struct od_outfile *file)
{
    static const int enders[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof enders / sizeof enders[0]; i++) {
        sigaddset(&set, enders[i]);
    }
    file->held = pthread_sigmask(SIG_BLOCK, &set, &file->mask) == 0;
}

static void
remove_beside(const struct od_outfile *file)
{
    if (file->beside != NULL && !file->unnamed) {
        unlink(file->beside);
    }
}

static int
open_unnamed(const struct od_outfile *file)
{
    char *copy = strdup(file->target);
    int fd = copy == NULL ? -1 : open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    free(copy);
    return fd;
}

/* The name is taken when the file is whole: renaming replaces, linking does not. */
static enum od_status
give_name(struct od_outfile *file)
{
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file->fd);
    for (unsigned i = 0; i < NAMES_TRIED; i++) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        snprintf(file->beside + strlen(file->target), sizeof ENDING, ".%06lx",
                 ((unsigned long)now.tv_nsec + i) & 0xffffff);
        if (linkat(AT_FDCWD, link, AT_FDCWD, file->beside, AT_SYMLINK_FOLLOW) == 0) {
            file->unnamed = false;
            return OD_OK;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return fail(file, OD_ECREATE, "create", errno);
}

/* The permissions that the new file gets: those of the file it replaces. */
static enum od_status
open_beside(struct od_outfile *file, const struct stat *old)
{
    size_t size = strlen(file->target) + sizeof ENDING;
    file->beside = malloc(size);
    if (file->beside == NULL) {
        return OD_ENOMEM;
    }
    snprintf(file->beside, size, "%s%s", file->target, ENDING);
    hold_signals(file);
    file->fd = open_unnamed(file);
    file->unnamed = file->fd >= 0;
    if (!file->unnamed) { /* not every file system has such files */
        file->fd = mkostemp(file->beside, O_CLOEXEC);
    }
    if (file->fd < 0) {
        return fail(file, OD_ECREATE, "create", errno);
    }
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = old != NULL ? old->st_mode & 0777 : 0666 & ~mask;
    if (fchmod(file->fd, mode) != 0) {
        enum od_status status = fail(file, OD_ECREATE, "create", errno);
        close(file->fd);
        remove_beside(file);
        return status;
    }
    return OD_OK;
}

/* Where the file is or will be: a link to one that is not there yet is followed, not replaced. */
static char *
find_target(const char *path)
{
    char *target = realpath(path, NULL);
    bool circle = target == NULL && errno == ELOOP;
    char *name = target == NULL ? strdup(path) : NULL;
    while (name != NULL) {
        char to[PATH_MAX], *next = NULL;
        ssize_t length = circle ? -1 : readlink(name, to, sizeof to - 1);
        if (length < 0) {
            return name;
        }
        to[length] = '\0';
        char *slash = to[0] == '/' ? NULL : strrchr(name, '/');
        int folder = slash == NULL ? 0 : (int)(slash - name) + 1;
        if (asprintf(&next, "%.*s%s", folder, name, to) < 0) {
            next = NULL;
        }
        free(name);
        name = next;
    }
    return target;
}

static enum od_status
open_directly(struct od_outfile *file)
{
    file->fd = open(file->target, O_WRONLY | O_CLOEXEC);
    return file->fd < 0 ? fail(file, OD_ECREATE, "open", errno) : OD_OK;
}

enum od_status
od_outfile_open(struct od_outfile *file, const char *path)
{
    struct stat old;
    enum od_status status = OD_ENOMEM;
    *file = (struct od_outfile){.fd = -1};
    if (*path == '\0') {
        return fail(file, OD_ECREATE, "create", ENOENT); /* beside it there is a place */
    }
    file->target = find_target(path);
    bool exists = file->target != NULL && stat(file->target, &old) == 0;
    if (file->target != NULL && !exists && errno == ELOOP) {
        status = fail(file, OD_ECREATE, "create", ELOOP);
    } else if (exists && !S_ISREG(old.st_mode)) {
        status = open_directly(file);
    } else if (file->target != NULL) {
        status = open_beside(file, exists ? &old : NULL);
    }
    if (status == OD_ENOMEM) {
        fail(file, status, "create", ENOMEM);
    }
    if (status != OD_OK) {
        release(file);
    }
    return status;
}

enum od_status
od_outfile_write(struct od_outfile *file, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(file->fd, at, size);
        if (written < 0 && errno == EAGAIN) {
            struct pollfd one = {file->fd, POLLOUT, 0};
            (void)poll(&one, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            return fail(file, OD_EIO, "write", errno);
        }
        size_t done = written > 0 ? (size_t)written : 0;
        at += done;
        size -= done;
    }
    return OD_OK;
}

enum od_status
od_outfile_commit(struct od_outfile *file)
{
    enum od_status status = OD_OK;
    if (file->beside != NULL && !file->hasty && fsync(file->fd) != 0 && errno != EINVAL) {
        status = fail(file, OD_EIO, "write", errno);
    } else if (file->beside != NULL && file->unnamed) {
        status = give_name(file);
    }
    if (close(file->fd) != 0 && status == OD_OK) {
        status = fail(file, OD_EIO, "write", errno);
    }
    if (status == OD_OK && file->beside != NULL && rename(file->beside, file->target) != 0) {
        status = fail(file, OD_ECREATE, "create", errno);
    }
    if (status != OD_OK) {
        remove_beside(file);
    }
    release(file);
    return status;
}

static enum od_status
put_out(struct od_outfile *file, const void *bytes, size_t size)
{
    *file = (struct od_outfile){.fd = STDOUT_FILENO};
    return od_outfile_write(file, bytes, size);
}

enum od_status
od_outfile_put(struct od_outfile *file, const char *path, const void *bytes, size_t size)
{
    if (strcmp(path, "-") == 0) {
        return put_out(file, bytes, size);
    }
    enum od_status status = od_outfile_open(file, path);
    if (status != OD_OK) {
        return status;
    }
    status = od_outfile_write(file, bytes, size);
    if (status != OD_OK) {
        od_outfile_discard(file);
        return status;
    }
    return od_outfile_commit(file);
}

void
od_outfile_discard(struct od_outfile *file)
{
    if (file->target == NULL) {
        return;
    }
    close(file->fd);
    remove_beside(file);
    release(file);
}

bool
od_outfile_destroys(const char *output, const char *input)
{
    struct stat in, out;
    bool piped = input == NULL || strcmp(input, "-") == 0;
    bool found = piped ? fstat(STDIN_FILENO, &in) == 0 : stat(input, &in) == 0;
    bool written =
        strcmp(output, "-") == 0 ? fstat(STDOUT_FILENO, &out) == 0 : stat(output, &out) == 0;
    return found && written && S_ISREG(in.st_mode) && in.st_dev == out.st_dev &&
           in.st_ino == out.st_ino;
}
