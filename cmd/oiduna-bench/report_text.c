/* Tables for people: aligned, with units, and a bar that shows where the floor is. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

#define BAR_WIDTH 9
#define WIDTH     100 /* of all lines */

/* The floor's share of the median. */
static void
draw_bar(char *bar, const struct bench_result *result)
{
    memset(bar, ' ', BAR_WIDTH);
    bar[BAR_WIDTH] = '\0';
    if (isnan(result->ratio) || result->ratio <= 0) {
        return;
    }
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)lrint(BAR_WIDTH / fmax(result->ratio, 1)));
}

/* Words behind `indent` blanks, in lines of at most WIDTH. */
static void
write_words(struct od_buf *out, int indent, const char *text)
{
    while (*text != '\0') {
        size_t length = strlen(text), room = (size_t)(WIDTH - indent);
        if (length > room) {
            length = room;
            while (length > 1 && text[length] != ' ') {
                length--;
            }
        }
        od_buf_printf(out, "%*s%.*s\n", indent, "", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
}

static const char *
verdict_of(const struct bench_result *result, bool quick)
{
    if (result->n_bars == 0) {
        return "";
    }
    return bench_result_ok(result) ? "ok" : quick ? "noisy" : "MISSED";
}

static void
write_row(const struct bench_result *result, bool quick, struct od_buf *out)
{
    char median[BENCH_CELL_MAX], p99[BENCH_CELL_MAX], floor[BENCH_CELL_MAX], ratio[BENCH_CELL_MAX];
    char times[BENCH_CELL_MAX] = "", rate[BENCH_CELL_MAX], must[BENCH_CELL_MAX];
    char bar[BAR_WIDTH + 1], line[BENCH_CELL_MAX * 10];
    bench_cell_value(median, result->median, result->unit);
    bench_cell_value(p99, result->p99, result->unit);
    bench_cell_value(floor, result->floor, result->unit);
    bench_cell_number(ratio, result->ratio);
    bench_cell_number(rate, bench_result_rate(result));
    if (!isnan(result->guide) && result->median > 0) {
        snprintf(times, sizeof times, "1/%.0f", result->guide / result->median);
    }
    bench_cell_must(must, result);
    draw_bar(bar, result);
    const char *doubt = bench_result_sure(result) ? "" : "?";
    int length = snprintf(line, sizeof line, "  %-14s %9s %9s %9s %6s %s %6s %7s  %s%s %s",
                          result->name, median, p99, floor, ratio, bar, rate, times,
                          verdict_of(result, quick), doubt, must);
    while (length > 0 && line[length - 1] == ' ') {
        line[--length] = '\0';
    }
    od_buf_printf(out, "%s\n", line);
    write_words(out, 4, result->note);
}

/* A suite has one floor mostly; where there are more, from which row on they hold. */
static void
write_floors(const struct bench_results *results, size_t first, struct od_buf *out)
{
    const char *last = NULL;
    struct od_buf floors = {0};
    const struct bench_result *row = &results->rows[first];
    for (size_t i = first; i < results->n_rows && strcmp(results->rows[i].suite, row->suite) == 0;
         i++) {
        const char *what = results->rows[i].floor_what;
        if (what == NULL || (last != NULL && strcmp(what, last) == 0)) {
            continue;
        }
        if (last == NULL) {
            od_buf_printf(&floors, "floor: %s", what);
        } else {
            od_buf_printf(&floors, "; from %s on: %s", results->rows[i].name, what);
        }
        last = what;
    }
    od_buf_append(&floors, "", 1);
    write_words(out, 2, floors.failed ? "" : (const char *)floors.data);
    out->failed = out->failed || floors.failed;
    od_buf_clear(&floors);
}

static void
write_heading(const struct bench_results *results, size_t first, struct od_buf *out)
{
    const char *suite = results->rows[first].suite;
    od_buf_printf(out, "\n%s: %s\n", suite, bench_suite_what(suite));
    write_floors(results, first, out);
    od_buf_printf(out, "  %-14s %9s %9s %9s %6s %-*s %6s %7s\n", "case", "median", "p99", "floor",
                  "ratio", BAR_WIDTH, "floor's", "MB/s", "guide's");
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
        write_row(row, report->quick, out);
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
    od_buf_printf(out, "floor's: its share of the median, longer = nearer to the floor; "
                       "guide's: what part of its time\n");
    if (report->quick && missed > 0) {
        od_buf_printf(out, "noisy: not reached in a quick run, which decides nothing\n");
    }
    od_buf_printf(out, "%zu of %zu rows that must reach something reach it\n", bars - missed, bars);
}
