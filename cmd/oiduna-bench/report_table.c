/* The same columns for spreadsheets and for documents. */
#include <math.h>

#include "report.h"

static void
write_csv_number(struct od_buf *out, double value)
{
    if (isnan(value)) {
        od_buf_printf(out, ",");
    } else {
        od_buf_printf(out, ",%.6g", value);
    }
}

void
bench_report_csv(const struct bench_report *report, struct od_buf *out)
{
    const struct bench_results *results = report->results;
    od_buf_printf(out, "suite,case,unit,n,outliers,min,median,p99,max,floor,ratio,ratio_low,"
                       "ratio_high,mb_s,guide,must,ok\n");
    for (size_t i = 0; i < results->n_rows; i++) {
        const struct bench_result *row = &results->rows[i];
        const double numbers[] = {row->min,       row->median,     row->p99,
                                  row->max,       row->floor,      row->ratio,
                                  row->ratio_low, row->ratio_high, bench_result_rate(row),
                                  row->guide};
        char must[BENCH_CELL_MAX];
        od_buf_printf(out, "%s,%s,%s,%zu,%zu", row->suite, row->name, row->unit, row->n,
                      row->outliers);
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
            write_csv_number(out, numbers[k]);
        }
        bench_cell_must(must, row);
        od_buf_printf(out, ",\"%s\",%s\n", must,
                      row->n_bars == 0       ? ""
                      : bench_result_ok(row) ? "true"
                                             : "false");
    }
}

static void
write_markdown_row(const struct bench_result *row, struct od_buf *out)
{
    const double values[] = {row->min, row->median, row->p99, row->floor};
    char cell[BENCH_CELL_MAX];
    od_buf_printf(out, "| %s | %s | %zu ", row->suite, row->name, row->n);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        bench_cell_value(cell, values[i], row->unit);
        od_buf_printf(out, "| %s ", cell);
    }
    bench_cell_number(cell, row->ratio);
    od_buf_printf(out, "| %s ", cell);
    bench_cell_number(cell, bench_result_rate(row));
    od_buf_printf(out, "| %s ", cell);
    bench_cell_value(cell, row->guide, row->unit);
    od_buf_printf(out, "| %s ", cell);
    bench_cell_must(cell, row);
    od_buf_printf(out, "| %s | %s |\n", cell,
                  row->n_bars == 0       ? ""
                  : bench_result_ok(row) ? "yes"
                                         : "**no**");
}

void
bench_report_markdown(const struct bench_report *report, struct od_buf *out)
{
    const struct bench_results *results = report->results;
    const struct bench_machine *machine = &report->machine;
    od_buf_printf(out, "%s, %ld cores; %s; %s; %s%s\n\n", machine->processor, machine->cores,
                  machine->kernel, machine->compiler, machine->time,
                  report->quick ? "; quick" : "");
    od_buf_printf(out, "| suite | case | n | min | median | p99 | floor | ratio | MB/s | guide | "
                       "must | reached |\n"
                       "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|\n");
    for (size_t i = 0; i < results->n_rows; i++) {
        write_markdown_row(&results->rows[i], out);
    }
    for (size_t i = 0; i < results->n_growths; i++) {
        const struct bench_growth *growth = &results->growths[i];
        char slope[BENCH_CELL_MAX];
        bench_cell_value(slope, growth->slope, growth->unit);
        od_buf_printf(out, "%s- %s grows by %s an %s (exponent %.2f)\n", i == 0 ? "\n" : "",
                      growth->suite, slope, growth->per, growth->exponent);
    }
    for (size_t i = 0; i < results->n_notes; i++) {
        od_buf_printf(out, "%s- %s\n", i == 0 ? "\n" : "", results->notes[i]);
    }
}
