/* Measuring: what is measured and its floor by turns, until their ratio is known well enough. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/units.h"
#include "result.h"

/** Does the work `times` times and returns how long that took, without its preparations. */
typedef od_nsec bench_work(void *context, size_t times);

/**
 * The processor time this thread has taken. Work that waits for nobody is measured by it: what
 * others on the machine take away is not its cost.
 */
od_nsec bench_cpu_now(void);

struct bench_case {
    bench_work *run;
    bench_work *floor; /**< NULL = none */
    void *context;
    size_t times_max; /**< repetitions that may be done in one go; 0 = as many as one likes */
};

/** How much trouble is taken. */
struct bench_effort {
    od_nsec warm_up; /**< before anything counts */
    od_nsec batch;   /**< repetitions are done in one go until they take about that long */
    od_nsec bound;   /**< no new measurement after that */
    size_t min_n, max_n;
    double precision; /**< relative half width of the median's confidence interval: good enough */
};

struct bench_effort bench_effort_of(bool quick);

/**
 * Measures run, floor, run, floor, … and fills in n, min, median, p99, max, outliers, floor, ratio
 * with its interval, and cycles and instructions where they may be counted. The ratio is the median
 * of those of neighbouring measurements. OD_ENOMEM.
 */
OD_NODISCARD enum od_status bench_measure(const struct bench_case *work,
                                          const struct bench_effort *effort,
                                          struct bench_result *result);

/** The same numbers of n samples that were taken elsewhere (sorted on return). */
void bench_summarise(double *samples, size_t n, struct bench_result *result);

#endif
