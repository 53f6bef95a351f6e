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
    bool hasty; /**< set after opening: it can be made again, so it need not be on the disk when it
                   is put in its place */
    int fd;
    char *target;  /**< the file itself where the path is a symbolic link, also to one that is not
                      there yet */
    char *beside;  /**< what takes its place at commit; NULL if written directly */
    bool unnamed;  /**< `beside` has no name yet: who is killed meanwhile leaves nothing */
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

/** Closes it and puts it in the target's place, when it is on the disk (but see `hasty`): also if
 * the power fails the one or the other is there. After a failure the target is as it was. OD_EIO,
 * OD_ECREATE. */
OD_NODISCARD enum od_status od_outfile_commit(struct od_outfile *file);

/** Closes it and leaves the target as it was. Does nothing to one that is not open. */
void od_outfile_discard(struct od_outfile *file);

/** Would writing to `output` destroy `input` (NULL or "-": standard input), a regular file? */
bool od_outfile_destroys(const char *output, const char *input);

#endif
