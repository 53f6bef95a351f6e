/*
 * Files that somebody edits: which of them were saved? Editors write into a file, or beside it and
 * rename, or move the old one away first; one save is several notices of the kernel and one here.
 * Never waits.
 */
#ifndef OD_FOLLOW_H
#define OD_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/units.h"

#define OD_FOLLOW_MAX        256 /* files followed at once */
#define OD_FOLLOW_ERROR_SIZE 512

/** After the last notice of a save it is quiet that long: then it was all. A save that goes on and
 * on is told after four times as long. */
#define OD_FOLLOW_SETTLE (3 * OD_NSEC_PER_MS)
/** The same for a file that is written to and not closed. */
#define OD_FOLLOW_SETTLE_OPEN (100 * OD_NSEC_PER_MS)
/** A file is gone if it does not come back within that time: between moving the old one away and
 * writing the new one an editor may take a while. */
#define OD_FOLLOW_GRACE (500 * OD_NSEC_PER_MS)
/** How often is looked at what the kernel does not tell: saved by another machine, a folder above
 * renamed, watches used up. */
#define OD_FOLLOW_LOOK OD_NSEC_PER_SEC

enum od_follow_change {
    OD_FOLLOW_NOTHING,
    OD_FOLLOW_SAVED, /**< there is something to be read; at first once for each file there is */
    OD_FOLLOW_GONE,  /**< nothing is there (any more), or was not there at first */
    OD_FOLLOW_ODD    /**< what is there (now) is no regular file */
};

struct od_follow;

/** OD_OK and `*follow`, to be freed; OD_ENOMEM or OD_EUNAVAILABLE, and why in `error`. */
OD_NODISCARD enum od_status od_follow_new(struct od_follow **follow,
                                          char error[OD_FOLLOW_ERROR_SIZE]);

/**
 * Follows `path` as well (copied), as file number 0, 1, … in the order they are added. It need not
 * be there yet, nor its folder. OD_ENOMEM; OD_ENOINPUT if it is there and no regular file;
 * OD_EUNAVAILABLE if there are OD_FOLLOW_MAX already; `error` says why.
 */
OD_NODISCARD enum od_status od_follow_add(struct od_follow *follow, const char *path,
                                          char error[OD_FOLLOW_ERROR_SIZE]);

/** For poll(2): readable when od_follow_next is to be called, until it says OD_FOLLOW_NOTHING. */
int od_follow_fd(const struct od_follow *follow);

/** The next thing that happened; `*file` is the number of the file. */
enum od_follow_change od_follow_next(struct od_follow *follow, size_t *file);

/** NULL does nothing. */
void od_follow_free(struct od_follow *follow);

#endif
