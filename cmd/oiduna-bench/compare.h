/* Two runs, maybe of two machines, compared by their ratios to the floors. */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include <stddef.h>

/**
 * Prints a line for each row of either file that has a ratio, and a verdict. Returns the exit
 * status: 0, 1 if a ratio is over `tolerance` times what it was and that is 95 % sure, 65 or 66 if
 * a file is no run.
 */
int bench_compare(const char *base, const char *new_path, double tolerance);

/**
 * Prints a run (JSON) whose ratios are the medians of those of n runs; their intervals tell where
 * 95 % of runs come out. The rest is the first run's. Returns the exit status.
 */
int bench_merge(char *const *paths, size_t n);

#endif
