#include "world/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The permissions that the new file gets: those of the file it replaces. */
static enum od_status
open_beside(struct od_outfile *file, const struct stat *old)
{
    static const char ending[] = ".XXXXXX";
    size_t size = strlen(file->target) + sizeof ending;
    file->beside = malloc(size);
    if (file->beside == NULL) {
        return OD_ENOMEM;
    }
    snprintf(file->beside, size, "%s%s", file->target, ending);
    hold_signals(file);
    file->fd = mkostemp(file->beside, O_CLOEXEC);
    if (file->fd < 0) {
        return fail(file, OD_ECREATE, "create", errno);
    }
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = old != NULL ? old->st_mode & 0777 : 0666 & ~mask;
    if (fchmod(file->fd, mode) != 0) {
        enum od_status status = fail(file, OD_ECREATE, "create", errno);
        close(file->fd);
        unlink(file->beside);
        return status;
    }
    return OD_OK;
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
    file->target = realpath(path, NULL);
    bool exists = file->target != NULL && stat(file->target, &old) == 0;
    if (file->target == NULL) {
        file->target = strdup(path);
    }
    if (file->target != NULL && exists && !S_ISREG(old.st_mode)) {
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
        if (written < 0 && errno != EINTR) {
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
    if (close(file->fd) != 0) {
        status = fail(file, OD_EIO, "write", errno);
    } else if (file->beside != NULL && rename(file->beside, file->target) != 0) {
        status = fail(file, OD_ECREATE, "create", errno);
    }
    if (status != OD_OK && file->beside != NULL) {
        unlink(file->beside);
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
    if (file->beside != NULL) {
        unlink(file->beside);
    }
    release(file);
}
