#include "result.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const bench_must_words[BENCH_MUST_COUNT] = {
#define MUST_WORD(id, word) word,
    BENCH_MUST_LIST(MUST_WORD)
#undef MUST_WORD
};

struct bench_result
bench_result_of(const char *suite, const char *name, const char *unit)
{
    struct bench_result result = {.unit = unit,
                                  .min = NAN,
                                  .median = NAN,
                                  .p99 = NAN,
                                  .max = NAN,
                                  .floor = NAN,
                                  .ratio = NAN,
                                  .ratio_low = NAN,
                                  .ratio_high = NAN,
                                  .bytes = NAN,
                                  .guide = NAN,
                                  .cycles = NAN,
                                  .instructions = NAN};
    snprintf(result.suite, sizeof result.suite, "%s", suite);
    snprintf(result.name, sizeof result.name, "%s", name);
    return result;
}

void
bench_result_must(struct bench_result *result, enum bench_must must, double limit)
{
    if (result->n_bars < BENCH_MUSTS_MAX) {
        result->bars[result->n_bars++] = (struct bench_bar){must, limit};
    }
}

double
bench_result_rate(const struct bench_result *result)
{
    return result->bytes / result->median * 1e3; /* bytes a nanosecond are GB/s */
}

static bool
reaches(const struct bench_result *result, const struct bench_bar *bar)
{
    switch (bar->must) {
    case BENCH_MUST_RATIO:
        return result->ratio <= bar->limit;
    case BENCH_MUST_MEDIAN:
        return result->median <= bar->limit;
    case BENCH_MUST_P99:
        return result->p99 <= bar->limit;
    case BENCH_MUST_MAX:
        return result->max <= bar->limit;
    case BENCH_MUST_RATE:
        return bench_result_rate(result) >= bar->limit;
    case BENCH_MUST_COUNT:
        break;
    }
    return false;
}

bool
bench_result_ok(const struct bench_result *result)
{
    bool ok = true;
    for (size_t i = 0; i < result->n_bars; i++) {
        ok = ok && reaches(result, &result->bars[i]);
    }
    return ok;
}

bool
bench_result_sure(const struct bench_result *result)
{
    for (size_t i = 0; i < result->n_bars; i++) {
        const struct bench_bar *bar = &result->bars[i];
        if (bar->must == BENCH_MUST_RATIO && result->ratio_low <= bar->limit &&
            result->ratio_high > bar->limit) {
            return false;
        }
    }
    return true;
}

/* Room for one more at the end of an array of n; NULL if there is none. */
static void *
grow(void *array, size_t n, size_t size)
{
    return reallocarray(array, n + 1, size);
}

enum od_status
bench_results_add(struct bench_results *results, const struct bench_result *result)
{
    struct bench_result *rows = grow(results->rows, results->n_rows, sizeof *rows);
    if (rows == NULL) {
        return OD_ENOMEM;
    }
    rows[results->n_rows++] = *result;
    results->rows = rows;
    return OD_OK;
}

enum od_status
bench_results_add_growth(struct bench_results *results, const struct bench_growth *growth)
{
    struct bench_growth *growths = grow(results->growths, results->n_growths, sizeof *growths);
    if (growths == NULL) {
        return OD_ENOMEM;
    }
    growths[results->n_growths++] = *growth;
    results->growths = growths;
    return OD_OK;
}

enum od_status
bench_results_add_histogram(struct bench_results *results, const struct bench_histogram *histogram)
{
    struct bench_histogram *histograms =
        grow(results->histograms, results->n_histograms, sizeof *histograms);
    if (histograms == NULL) {
        return OD_ENOMEM;
    }
    histograms[results->n_histograms++] = *histogram;
    results->histograms = histograms;
    return OD_OK;
}

enum od_status
bench_results_note(struct bench_results *results, const char *format, ...)
{
    char(*notes)[BENCH_NOTE_MAX] = grow(results->notes, results->n_notes, sizeof *notes);
    if (notes == NULL) {
        return OD_ENOMEM;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(notes[results->n_notes], sizeof notes[0], format, args);
    va_end(args);
    results->notes = notes;
    results->n_notes++;
    return OD_OK;
}

void
bench_results_clear(struct bench_results *results)
{
    free(results->rows);
    free(results->growths);
    free(results->histograms);
    free(results->notes);
    *results = (struct bench_results){0};
}

struct bench_histogram
bench_histogram_of(const char *suite, const char *name, const double *sorted, size_t n)
{
    struct bench_histogram histogram = {.n = 0};
    snprintf(histogram.suite, sizeof histogram.suite, "%s", suite);
    snprintf(histogram.name, sizeof histogram.name, "%s", name);
    double upper = 1e3;
    size_t count = 0;
    while (histogram.n < BENCH_BUCKETS_MAX && count < n) {
        while (count < n && sorted[count] <= upper) {
            count++;
        }
        histogram.buckets[histogram.n++] = (struct bench_bucket){upper, count};
        upper *= M_SQRT2;
    }
    return histogram;
}
