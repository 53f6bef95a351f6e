/* Other programs: started, spoken to by pipes, ended. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/status.h"
#include "base/units.h"

struct bench_child {
    pid_t process;
    int in;  /**< its standard input */
    int out; /**< its standard output; what it says on standard error is dropped */
};

#define BENCH_ARGS_MAX 24

/**
 * Starts argv[0] (a path) on processor `cpu` (−1 = any). Its end comes with ours, whatever
 * happens. OD_EUNAVAILABLE if there is no such program, or no process to be had.
 */
OD_NODISCARD enum od_status bench_child_start(struct bench_child *child, const char *const *argv,
                                              int cpu);

/** Writes all; false if the child does not take it within 10 s. */
OD_NODISCARD bool bench_child_write(struct bench_child *child, const void *bytes, size_t size);

/** Reads a line (without its end) within `patience`; false if there came none. */
OD_NODISCARD bool bench_child_read_line(struct bench_child *child, char *line, size_t size,
                                        od_nsec patience);

/** Closes its input, waits up to 5 s, then kills it. Its exit status; −1 if it had none. Does
 * nothing to a zeroed one. */
int bench_child_stop(struct bench_child *child);

/** Asks it to end (SIGTERM), then the same. */
int bench_child_end(struct bench_child *child);

/** The processor that what is measured in real time runs on, the other one for what makes load;
 * −1 if there is only one. */
int bench_quiet_cpu(void);
int bench_busy_cpu(void);

/** Puts this process on a processor; −1 = any. */
void bench_pin(int cpu);

#endif
