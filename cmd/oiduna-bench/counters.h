/* Cycles and instructions of this thread in user space, where the system lets us count them. */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

struct bench_counters {
    int cycles, instructions; /**< file descriptors; −1 = not permitted, or not there */
};

/** Starts counting. */
struct bench_counters bench_counters_start(void);

/** Ends it; what could not be counted becomes NaN. */
void bench_counters_stop(struct bench_counters *counters, double *cycles, double *instructions);

#endif
