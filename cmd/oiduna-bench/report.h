/* A run's results, as people and programs want them. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "base/buf.h"
#include "machine.h"
#include "result.h"

struct bench_report {
    const struct bench_results *results;
    struct bench_machine machine;
    bool quick;
};

/* These append to `out`, whose `failed` says if memory ran out. */
void bench_report_text(const struct bench_report *report, struct od_buf *out);
void bench_report_json(const struct bench_report *report, struct od_buf *out);
void bench_report_csv(const struct bench_report *report, struct od_buf *out);
void bench_report_markdown(const struct bench_report *report, struct od_buf *out);
void bench_report_svg(const struct bench_report *report, struct od_buf *out);

#define BENCH_CELL_MAX 64

/** A value with three digits and a unit that suits it: "4.12 us", "1.50 MB"; "" for NaN. */
void bench_cell_value(char *cell, double value, const char *unit);

/** A plain number with three digits at least; "" for NaN. */
void bench_cell_number(char *cell, double value);

/** What a row must reach: "<= 20.0 ns, ratio <= 3"; "" if nothing. */
void bench_cell_must(char *cell, const struct bench_result *result);

/** The suite's line of description; "" if it is none of ours. */
const char *bench_suite_what(const char *suite);

#endif
