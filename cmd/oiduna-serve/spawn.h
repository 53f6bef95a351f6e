/* Another process, and pipes to and from it. */
#ifndef OD_SERVE_SPAWN_H
#define OD_SERVE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/units.h"

/** Ends of pipes: where it reads, writes, and complains. */
struct spawned {
    pid_t pid;
    int in, out, err; /**< of ours, that do not block, to be closed */
};

/**
 * Runs the program that `args` names, found by PATH: its arguments, each with its NUL. Signals are
 * as they are at first. False: errno. A program that cannot be run ends with 127.
 */
OD_NODISCARD bool spawn(struct od_buf *args, struct spawned *spawned);

#endif
