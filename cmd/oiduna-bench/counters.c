#include "counters.h"

#include <linux/perf_event.h>
#include <math.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
open_counter(uint64_t what)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attributes,
        .config = what,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

struct bench_counters
bench_counters_start(void)
{
    return (struct bench_counters){.cycles = open_counter(PERF_COUNT_HW_CPU_CYCLES),
                                   .instructions = open_counter(PERF_COUNT_HW_INSTRUCTIONS)};
}

static double
close_counter(int fd)
{
    uint64_t value = 0;
    if (fd < 0) {
        return NAN;
    }
    ssize_t got = read(fd, &value, sizeof value);
    close(fd);
    return got == (ssize_t)sizeof value && value > 0 ? (double)value : NAN;
}

void
bench_counters_stop(struct bench_counters *counters, double *cycles, double *instructions)
{
    *cycles = close_counter(counters->cycles);
    *instructions = close_counter(counters->instructions);
}
