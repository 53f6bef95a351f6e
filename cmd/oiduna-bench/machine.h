/* What the numbers were measured on. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdbool.h>

#define BENCH_TEXT_MAX 128

struct bench_machine {
    char processor[BENCH_TEXT_MAX];
    char kernel[BENCH_TEXT_MAX];
    char governor[BENCH_TEXT_MAX]; /**< of the processor's clock, or "" */
    char compiler[BENCH_TEXT_MAX];
    char time[BENCH_TEXT_MAX]; /**< of the run, RFC 3339 */
    long cores;
    long memory_mb;
    double load;   /**< of the last minute, before the run */
    bool counters; /**< cycles may be counted */
};

struct bench_machine bench_machine_describe(void);

#endif
