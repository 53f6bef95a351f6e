/* What a run of the benchmark found. */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/units.h"

#define BENCH_NAME_MAX  32
#define BENCH_NOTE_MAX  160
#define BENCH_MUSTS_MAX 3

/* What a bar is about: word in JSON, how people read it. */
#define BENCH_MUST_LIST(X)                                                                         \
    X(RATIO, "ratio")   /* the ratio to the floor is at most this */                               \
    X(MEDIAN, "median") /* the median is at most this, in the result's unit */                     \
    X(P99, "p99")       /* the 99th percentile is at most this */                                  \
    X(MAX, "max")       /* every single one is at most this */                                     \
    X(RATE, "mb_s")     /* at least this many megabytes a second, of the median */

enum bench_must {
#define BENCH_MUST_ENUM(id, word) BENCH_MUST_##id,
    BENCH_MUST_LIST(BENCH_MUST_ENUM)
#undef BENCH_MUST_ENUM
    BENCH_MUST_COUNT
};

extern const char *const bench_must_words[BENCH_MUST_COUNT];

struct bench_bar {
    enum bench_must must;
    double limit;
};

/** One row. A number that there is none of is NaN. Made by bench_result_of. */
struct bench_result {
    char suite[BENCH_NAME_MAX]; /**< "tick.total" */
    char name[BENCH_NAME_MAX];  /**< of the case: "typical" */
    const char *unit;           /**< of min … floor, guide: "ns", "B", …; static */
    size_t n;                   /**< measurements */
    size_t outliers;
    double min, median, p99, max;
    double floor;                        /**< its median */
    const char *floor_what;              /**< static, or NULL */
    double ratio, ratio_low, ratio_high; /**< to the floor, and its 95 % confidence interval */
    double bytes;                        /**< of input that one repetition works on */
    double guide;                        /**< the Performance Guide's value */
    double cycles, instructions;         /**< of one repetition, in user space */
    struct bench_bar bars[BENCH_MUSTS_MAX];
    size_t n_bars;
    bool rival; /**< what others would have written: not ours to get better */
    char note[BENCH_NOTE_MAX];
};

struct bench_result bench_result_of(const char *suite, const char *name, const char *unit);
void bench_result_must(struct bench_result *result, enum bench_must must, double limit);

/** MB/s (10^6) of the median; NaN if there are no bytes. */
double bench_result_rate(const struct bench_result *result);

/** Does it reach all its bars? True if it has none. */
bool bench_result_ok(const struct bench_result *result);

/** No bar for the ratio lies within the ratio's interval: the verdict is no accident. */
bool bench_result_sure(const struct bench_result *result);

/** A fitted line: how the cost of a suite grows. */
struct bench_growth {
    char suite[BENCH_NAME_MAX];
    const char *unit; /**< static: "ns" */
    const char *per;  /**< static: "event" */
    double slope, intercept, exponent;
};

/** Cumulative counts: how many are at most `upper`, ns. */
struct bench_bucket {
    double upper;
    size_t count;
};

#define BENCH_BUCKETS_MAX 48

struct bench_histogram {
    char suite[BENCH_NAME_MAX], name[BENCH_NAME_MAX];
    struct bench_bucket buckets[BENCH_BUCKETS_MAX];
    size_t n;
};

/** A zeroed one is empty. */
struct bench_results {
    struct bench_result *rows;
    size_t n_rows;
    struct bench_growth *growths;
    size_t n_growths;
    struct bench_histogram *histograms;
    size_t n_histograms;
    char (*notes)[BENCH_NOTE_MAX]; /**< what could not be measured, and why */
    size_t n_notes;
};

/** These copy; OD_ENOMEM. */
OD_NODISCARD enum od_status bench_results_add(struct bench_results *results,
                                              const struct bench_result *result);
OD_NODISCARD enum od_status bench_results_add_growth(struct bench_results *results,
                                                     const struct bench_growth *growth);
OD_NODISCARD enum od_status bench_results_add_histogram(struct bench_results *results,
                                                        const struct bench_histogram *histogram);
OD_NODISCARD enum od_status bench_results_note(struct bench_results *results, const char *format,
                                               ...) OD_PRINTF(2, 3);
void bench_results_clear(struct bench_results *results);

/** A histogram of n sorted spans (ns), two buckets an octave from 1 µs on. */
struct bench_histogram bench_histogram_of(const char *suite, const char *name, const double *sorted,
                                          size_t n);

#endif
