/* A file that is there whole or not at all: written beside its target, then renamed. */
#ifndef OD_OUTFILE_H
#define OD_OUTFILE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/units.h"

#define OD_OUTFILE_ERROR_SIZE 256

/**
 * Zero-initialise. A target that is no regular file (a device, a FIFO) is written to directly. From
 * open to commit or discard the signals that end a program wait, for the calling thread, so that
 * nothing is left beside the target: write what is there already, and do nothing else in between.
 */
struct od_outfile {
    int fd;
    char *target;  /**< the file itself where the path is a symbolic link */
    char *beside;  /**< what is being written, until commit; NULL if written directly */
    sigset_t mask; /**< the signals that waited before; valid while `held` */
    bool held;
    char error[OD_OUTFILE_ERROR_SIZE]; /**< after a failure: one line, with the path */
};

/** Opens for writing; a failure needs no close. OD_ECREATE, OD_ENOMEM. */
OD_NODISCARD enum od_status od_outfile_open(struct od_outfile *file, const char *path);

/** OD_EIO on failure; then discard it. */
OD_NODISCARD enum od_status od_outfile_write(struct od_outfile *file, const void *bytes,
                                             size_t size);

/** All of it at once; "-" is standard output. The whole file is there afterwards, or `file->error`
 * says why not. */
OD_NODISCARD enum od_status od_outfile_put(struct od_outfile *file, const char *path,
                                           const void *bytes, size_t size);

/** Closes it and puts it in the target's place. After a failure the target is as it was. OD_EIO,
 * OD_ECREATE. */
OD_NODISCARD enum od_status od_outfile_commit(struct od_outfile *file);

/** Closes it and leaves the target as it was. Does nothing to one that is not open. */
void od_outfile_discard(struct od_outfile *file);

#endif
