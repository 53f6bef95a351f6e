/* The sessions that are measured: generated, the same bytes every time. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct bench_workload {
    const char *name;
    unsigned tracks, events;
    bool one_step;    /**< all events on step 0; else spread over the loop */
    unsigned audible; /**< tracks that are not muted; 0 = all */
    double guide_ms;  /**< NaN = the guide has no value */
    double apart_ms;  /**< each audible track is so much later than the one before */
    unsigned steps;   /**< of its longest sequences; 0 = OD_STEPS, which is not said */
    unsigned rings;   /**< so many lengths, each by a sixteenth of `steps` shorter; 0 = 1 */
    bool own;         /**< each event has parameters of its own, not all the same */
};

/** From the smallest to the largest. */
#define BENCH_SESSIONS 5
extern const struct bench_workload bench_sessions[BENCH_SESSIONS];
#define BENCH_TICKS 4
extern const struct bench_workload bench_ticks[BENCH_TICKS];

/** What the dialect 1.1 has beside these: sequences of several lengths, long ones, own parameters.
 */
#define BENCH_RINGS 3
extern const struct bench_workload bench_rings[BENCH_RINGS];
extern const struct bench_workload bench_long, bench_own;

/** The workload of that name ("extreme", "tick-extreme"); NULL if there is none. */
const struct bench_workload *bench_workload_find(const char *name);

/** Appends its session text; false if there is no memory. */
bool bench_workload_write(const struct bench_workload *workload, struct od_buf *out);

/** A stream of numbers that is the same every time: splitmix64. */
struct bench_random {
    unsigned long long state;
};
unsigned bench_random_below(struct bench_random *random, unsigned limit);

#endif
