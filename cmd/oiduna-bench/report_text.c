/* Tables for people: aligned, with units, and a bar that shows where the floor is. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

#define BAR_WIDTH 20

/* The whole width is the longer of the two; '|' is where the floor ends. */
static void
draw_bar(char *bar, const struct bench_result *result)
{
    memset(bar, ' ', BAR_WIDTH);
    bar[BAR_WIDTH] = '\0';
    if (isnan(result->ratio) || result->ratio <= 0) {
        return;
    }
    double whole = fmax(result->ratio, 1);
    size_t filled = (size_t)lrint(result->ratio / whole * BAR_WIDTH);
    size_t mark = (size_t)lrint(1 / whole * (BAR_WIDTH - 1));
    memset(bar, '#', filled);
    bar[mark] = '|';
}

static void
describe_guide(char *guide, char *times, const struct bench_result *result)
{
    bench_cell_value(guide, result->guide, result->unit);
    times[0] = '\0';
    if (!isnan(result->guide) && result->median > 0) {
        snprintf(times, BENCH_CELL_MAX, "1/%.0f", result->guide / result->median);
    }
}

static void
write_row(const struct bench_result *result, struct od_buf *out)
{
    char min[BENCH_CELL_MAX], median[BENCH_CELL_MAX], p99[BENCH_CELL_MAX], floor[BENCH_CELL_MAX];
    char ratio[BENCH_CELL_MAX], guide[BENCH_CELL_MAX], times[BENCH_CELL_MAX], rate[BENCH_CELL_MAX];
    char must[BENCH_CELL_MAX], bar[BAR_WIDTH + 1];
    bench_cell_value(min, result->min, result->unit);
    bench_cell_value(median, result->median, result->unit);
    bench_cell_value(p99, result->p99, result->unit);
    bench_cell_value(floor, result->floor, result->unit);
    bench_cell_number(ratio, result->ratio);
    bench_cell_number(rate, bench_result_rate(result));
    describe_guide(guide, times, result);
    bench_cell_must(must, result);
    draw_bar(bar, result);
    const char *verdict = result->n_bars == 0 ? "" : bench_result_ok(result) ? "ok" : "MISSED";
    const char *doubt = bench_result_sure(result) ? "" : "?";
    od_buf_printf(out, "  %-14s %9s %9s %9s %6zu %4zu %9s %6s %s %7s %8s %7s  %s%-*s %s\n",
                  result->name, min, median, p99, result->n, result->outliers, floor, ratio, bar,
                  rate, guide, times, verdict, 7 - (int)strlen(verdict), doubt, must);
    if (result->note[0] != '\0') {
        od_buf_printf(out, "    %s\n", result->note);
    }
}

/* A suite has one floor mostly; where there are more, from which row on they hold. */
static void
write_floors(const struct bench_results *results, size_t first, struct od_buf *out)
{
    const char *last = NULL;
    const struct bench_result *row = &results->rows[first];
    for (size_t i = first; i < results->n_rows && strcmp(results->rows[i].suite, row->suite) == 0;
         i++) {
        const char *what = results->rows[i].floor_what;
        if (what == NULL || (last != NULL && strcmp(what, last) == 0)) {
            continue;
        }
        if (last == NULL) {
            od_buf_printf(out, "  floor: %s", what);
        } else {
            od_buf_printf(out, "; from %s on: %s", results->rows[i].name, what);
        }
        last = what;
    }
    if (last != NULL) {
        od_buf_printf(out, "\n");
    }
}

static void
write_heading(const struct bench_results *results, size_t first, struct od_buf *out)
{
    const char *suite = results->rows[first].suite;
    od_buf_printf(out, "\n%s: %s\n", suite, bench_suite_what(suite));
    write_floors(results, first, out);
    od_buf_printf(out, "  %-14s %9s %9s %9s %6s %4s %9s %6s %-20s %7s %8s %7s\n", "case", "min",
                  "median", "p99", "n", "out", "floor", "ratio", "  | = floor", "MB/s", "guide",
                  "of it");
}

static void
write_growths(const struct bench_results *results, const char *suite, struct od_buf *out)
{
    for (size_t i = 0; i < results->n_growths; i++) {
        const struct bench_growth *growth = &results->growths[i];
        char slope[BENCH_CELL_MAX], intercept[BENCH_CELL_MAX];
        if (strcmp(growth->suite, suite) == 0) {
            bench_cell_value(slope, growth->slope, growth->unit);
            bench_cell_value(intercept, growth->intercept, growth->unit);
            od_buf_printf(out, "  growth: %s + %s an %s; exponent %.2f\n", intercept, slope,
                          growth->per, growth->exponent);
        }
    }
}

static void
write_machine(const struct bench_report *report, struct od_buf *out)
{
    const struct bench_machine *machine = &report->machine;
    od_buf_printf(out, "%s, %ld cores, %ld MB; %s; %s\n", machine->processor, machine->cores,
                  machine->memory_mb, machine->kernel, machine->compiler);
    od_buf_printf(out, "%s; load before the run %.2f%s%s%s%s\n", machine->time, machine->load,
                  machine->governor[0] != '\0' ? "; governor " : "", machine->governor,
                  machine->counters ? "" : "; no cycle counters",
                  report->quick ? "; quick: rough numbers" : "");
}

void
bench_report_text(const struct bench_report *report, struct od_buf *out)
{
    const struct bench_results *results = report->results;
    size_t missed = 0, bars = 0;
    write_machine(report, out);
    for (size_t i = 0; i < results->n_rows; i++) {
        const struct bench_result *row = &results->rows[i];
        if (i == 0 || strcmp(row->suite, results->rows[i - 1].suite) != 0) {
            write_heading(results, i, out);
        }
        write_row(row, out);
        if (i + 1 == results->n_rows || strcmp(row->suite, results->rows[i + 1].suite) != 0) {
            write_growths(results, row->suite, out);
        }
        bars += row->n_bars > 0;
        missed += !bench_result_ok(row);
    }
    od_buf_printf(out, "\n");
    for (size_t i = 0; i < results->n_notes; i++) {
        od_buf_printf(out, "note: %s\n", results->notes[i]);
    }
    od_buf_printf(out, "%zu of %zu rows with a bar reach it\n", bars - missed, bars);
}
