/* A process that takes datagrams in and counts them, so that sending is really sending. */
#ifndef BENCH_DRAIN_H
#define BENCH_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "base/units.h"

struct bench_drain {
    unsigned port; /**< on 127.0.0.1 */
    pid_t process;
    struct bench_drained *drained; /**< shared with the process */
    uint64_t lost;                 /**< datagrams that never came, as far as they were waited for */
};

/** Starts the process. OD_EUNAVAILABLE, OD_ENOMEM. */
OD_NODISCARD enum od_status bench_drain_start(struct bench_drain *drain);

/** How many datagrams it has taken in. */
uint64_t bench_drain_count(const struct bench_drain *drain);

/** Waits until it has taken in that many, 0.2 s at most; what is missing is counted as lost. */
void bench_drain_wait(struct bench_drain *drain, uint64_t count);

/** Ends the process. Does nothing to a zeroed one. */
void bench_drain_stop(struct bench_drain *drain);

#endif
