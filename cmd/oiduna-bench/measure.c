#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "counters.h"
#include "stats.h"
#include "world/clock.h"

struct bench_effort
bench_effort_of(bool quick)
{
    if (quick) {
        return (struct bench_effort){.warm_up = 5 * OD_NSEC_PER_MS,
                                     .batch = 100000,
                                     .bound = 150 * OD_NSEC_PER_MS,
                                     .min_n = 15,
                                     .max_n = 2000,
                                     .precision = 0.02};
    }
    return (struct bench_effort){.warm_up = 50 * OD_NSEC_PER_MS,
                                 .batch = 200000,
                                 .bound = 3 * OD_NSEC_PER_SEC,
                                 .min_n = 100,
                                 .max_n = 10000,
                                 .precision = 0.005};
}

od_nsec
bench_cpu_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * OD_NSEC_PER_SEC + time.tv_nsec;
}

struct samples {
    double *run, *floor, *ratio, *scratch; /* max_n each */
    size_t n;
};

/* How many repetitions take about `batch`. */
static size_t
calibrate(const struct bench_case *work, bench_work *what, od_nsec batch)
{
    size_t times = 1;
    size_t max = work->times_max != 0 ? work->times_max : (size_t)1 << 24;
    while (times < max && what(work->context, times) < batch / 2) {
        times *= 2;
    }
    return times < max ? times : max;
}

static void
warm_up(const struct bench_case *work, od_nsec span)
{
    od_nsec end = od_clock_now() + span;
    do {
        work->run(work->context, 1);
        if (work->floor != NULL) {
            work->floor(work->context, 1);
        }
    } while (od_clock_now() < end);
}

static bool
is_known_well(struct samples *samples, const struct bench_effort *effort, bool has_floor)
{
    memcpy(samples->scratch, has_floor ? samples->ratio : samples->run,
           samples->n * sizeof samples->run[0]);
    bench_sort(samples->scratch, samples->n);
    struct bench_interval interval = bench_quantile_interval(samples->scratch, samples->n, 0.5);
    double median = bench_quantile(samples->scratch, samples->n, 0.5);
    return interval.high - interval.low <= 2 * effort->precision * median;
}

static void
take_samples(const struct bench_case *work, const struct bench_effort *effort,
             struct samples *samples)
{
    size_t times = calibrate(work, work->run, effort->batch);
    od_nsec batch = work->run(work->context, times);
    size_t floor_times =
        work->floor != NULL
            ? calibrate(work, work->floor, batch > effort->batch ? batch : effort->batch)
            : 0;
    od_nsec end = od_clock_now() + effort->bound;
    size_t look = effort->min_n;
    while (samples->n < effort->max_n && (od_clock_now() < end || samples->n < 3)) {
        size_t i = samples->n++;
        samples->run[i] = (double)work->run(work->context, times) / (double)times;
        if (work->floor != NULL) {
            samples->floor[i] =
                (double)work->floor(work->context, floor_times) / (double)floor_times;
            samples->ratio[i] = samples->run[i] / samples->floor[i];
        }
        if (samples->n >= look) {
            if (is_known_well(samples, effort, work->floor != NULL)) {
                return;
            }
            look += look / 2;
        }
    }
}

void
bench_summarise(double *samples, size_t n, struct bench_result *result)
{
    bench_sort(samples, n);
    result->n = n;
    result->min = bench_quantile(samples, n, 0);
    result->median = bench_quantile(samples, n, 0.5);
    result->p99 = bench_quantile(samples, n, 0.99);
    result->max = bench_quantile(samples, n, 1);
    result->outliers = bench_outliers(samples, n);
}

static void
summarise_floor(struct samples *samples, struct bench_result *result)
{
    bench_sort(samples->floor, samples->n);
    bench_sort(samples->ratio, samples->n);
    struct bench_interval interval = bench_quantile_interval(samples->ratio, samples->n, 0.5);
    result->floor = bench_quantile(samples->floor, samples->n, 0.5);
    result->ratio = bench_quantile(samples->ratio, samples->n, 0.5);
    result->ratio_low = interval.low;
    result->ratio_high = interval.high;
}

static void
count_cycles(const struct bench_case *work, struct bench_result *result)
{
    size_t times = work->times_max != 0 ? work->times_max : 100;
    if (result->median * (double)times > 1e8) {
        times = 1;
    }
    struct bench_counters counters = bench_counters_start();
    work->run(work->context, times);
    bench_counters_stop(&counters, &result->cycles, &result->instructions);
    result->cycles /= (double)times;
    result->instructions /= (double)times;
}

enum od_status
bench_measure(const struct bench_case *work, const struct bench_effort *effort,
              struct bench_result *result)
{
    struct samples samples = {0};
    double *memory = calloc(effort->max_n, 4 * sizeof *memory);
    if (memory == NULL) {
        return OD_ENOMEM;
    }
    samples.run = memory;
    samples.floor = samples.run + effort->max_n;
    samples.ratio = samples.floor + effort->max_n;
    samples.scratch = samples.ratio + effort->max_n;
    warm_up(work, effort->warm_up);
    take_samples(work, effort, &samples);
    bench_summarise(samples.run, samples.n, result);
    if (work->floor != NULL) {
        summarise_floor(&samples, result);
    }
    count_cycles(work, result);
    free(memory);
    return OD_OK;
}
