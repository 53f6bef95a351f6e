#include "report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

struct scale {
    const char *unit, *shown;
    double factor;
};

/* From the smallest of a unit to its largest. */
static const struct scale scales[] = {
    {"ns", "ns", 1}, {"ns", "us", 1e3}, {"ns", "ms", 1e6}, {"ns", "s", 1e9},
    {"B", "B", 1},   {"B", "KB", 1e3},  {"B", "MB", 1e6},  {"B", "GB", 1e9},
};

void
bench_cell_number(char *cell, double value)
{
    double size = fabs(value);
    if (isnan(value)) {
        cell[0] = '\0';
    } else if (size >= 100 || value == 0) {
        snprintf(cell, BENCH_CELL_MAX, "%.0f", value);
    } else {
        snprintf(cell, BENCH_CELL_MAX, "%.*f", size >= 10 ? 1 : 2, value);
    }
}

void
bench_cell_value(char *cell, double value, const char *unit)
{
    struct scale best = {unit, unit, 1};
    if (isnan(value)) {
        cell[0] = '\0';
        return;
    }
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        if (strcmp(scales[i].unit, unit) == 0 && fabs(value) >= scales[i].factor) {
            best = scales[i];
        }
    }
    bench_cell_number(cell, value / best.factor);
    size_t length = strlen(cell);
    snprintf(cell + length, BENCH_CELL_MAX - length, " %s", best.shown);
}

static void
describe_bar(char *text, const struct bench_bar *bar, const char *unit)
{
    char value[BENCH_CELL_MAX];
    switch (bar->must) {
    case BENCH_MUST_RATIO:
        snprintf(text, BENCH_CELL_MAX, "ratio <= %g", bar->limit);
        return;
    case BENCH_MUST_RATE:
        snprintf(text, BENCH_CELL_MAX, ">= %g MB/s", bar->limit);
        return;
    case BENCH_MUST_MEDIAN:
    case BENCH_MUST_P99:
    case BENCH_MUST_MAX:
    case BENCH_MUST_COUNT:
        bench_cell_value(value, bar->limit, unit);
        snprintf(text, BENCH_CELL_MAX, "%s<= %.40s",
                 bar->must == BENCH_MUST_P99   ? "p99 "
                 : bar->must == BENCH_MUST_MAX ? "all "
                                               : "",
                 value);
        return;
    }
}

void
bench_cell_must(char *cell, const struct bench_result *result)
{
    cell[0] = '\0';
    for (size_t i = 0; i < result->n_bars; i++) {
        char text[BENCH_CELL_MAX];
        size_t length = strlen(cell);
        describe_bar(text, &result->bars[i], result->unit);
        snprintf(cell + length, BENCH_CELL_MAX - length, "%s%s", i > 0 ? ", " : "", text);
    }
}

const char *
bench_suite_what(const char *suite)
{
    for (const struct bench_suite *known = bench_suites; known->name != NULL; known++) {
        if (strcmp(known->name, suite) == 0) {
            return known->what;
        }
    }
    return "a session of one's own"; /* the only one that is not in the list */
}
