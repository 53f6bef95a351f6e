/* For programs: see oiduna-bench(1), "The JSON of a run". */
#include <math.h>

#include "base/version.h"
#include "report.h"

#define SCHEMA 1

static void
write_number(struct od_buf *out, const char *key, double value)
{
    if (!isnan(value)) {
        od_buf_printf(out, ",\"%s\":%.*g", key, 6, value);
    }
}

static void
write_text(struct od_buf *out, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        od_buf_printf(out, ",\"%s\":", key);
        od_buf_json_string(out, text);
    }
}

static void
write_bars(const struct bench_result *result, struct od_buf *out)
{
    if (result->n_bars == 0) {
        return;
    }
    od_buf_printf(out, ",\"must\":{");
    for (size_t i = 0; i < result->n_bars; i++) {
        od_buf_printf(out, "%s\"%s\":%.9g", i > 0 ? "," : "",
                      bench_must_words[result->bars[i].must], result->bars[i].limit);
    }
    od_buf_printf(out, "},\"ok\":%s", bench_result_ok(result) ? "true" : "false");
}

static void
write_row(const struct bench_result *result, struct od_buf *out)
{
    od_buf_printf(out, "{\"suite\":");
    od_buf_json_string(out, result->suite);
    write_text(out, "case", result->name);
    write_text(out, "unit", result->unit);
    od_buf_printf(out, ",\"n\":%zu,\"outliers\":%zu", result->n, result->outliers);
    write_number(out, "min", result->min);
    write_number(out, "median", result->median);
    write_number(out, "p99", result->p99);
    write_number(out, "max", result->max);
    write_number(out, "floor", result->floor);
    write_text(out, "floor_is", result->floor_what);
    write_number(out, "ratio", result->ratio);
    write_number(out, "ratio_low", result->ratio_low);
    write_number(out, "ratio_high", result->ratio_high);
    write_number(out, "bytes", result->bytes);
    write_number(out, "mb_s", bench_result_rate(result));
    write_number(out, "guide", result->guide);
    write_number(out, "cycles", result->cycles);
    write_number(out, "instructions", result->instructions);
    write_bars(result, out);
    if (result->rival) {
        od_buf_printf(out, ",\"rival\":true");
    }
    write_text(out, "note", result->note);
    od_buf_printf(out, "}");
}

static void
write_machine(const struct bench_machine *machine, struct od_buf *out)
{
    od_buf_printf(out, "{\"cores\":%ld,\"memory_mb\":%ld", machine->cores, machine->memory_mb);
    write_text(out, "processor", machine->processor);
    write_text(out, "kernel", machine->kernel);
    write_text(out, "compiler", machine->compiler);
    write_text(out, "governor", machine->governor);
    write_text(out, "time", machine->time);
    write_number(out, "load", machine->load);
    od_buf_printf(out, ",\"counters\":%s}", machine->counters ? "true" : "false");
}

static void
write_growth(const struct bench_growth *growth, struct od_buf *out)
{
    od_buf_printf(out, "{\"suite\":");
    od_buf_json_string(out, growth->suite);
    write_text(out, "unit", growth->unit);
    write_text(out, "per", growth->per);
    write_number(out, "slope", growth->slope);
    write_number(out, "intercept", growth->intercept);
    write_number(out, "exponent", growth->exponent);
    od_buf_printf(out, "}");
}

static void
write_histogram(const struct bench_histogram *histogram, struct od_buf *out)
{
    od_buf_printf(out, "{\"suite\":");
    od_buf_json_string(out, histogram->suite);
    write_text(out, "case", histogram->name);
    od_buf_printf(out, ",\"upper_ns\":[");
    for (size_t i = 0; i < histogram->n; i++) {
        od_buf_printf(out, "%s%.0f", i > 0 ? "," : "", histogram->buckets[i].upper);
    }
    od_buf_printf(out, "],\"at_most\":[");
    for (size_t i = 0; i < histogram->n; i++) {
        od_buf_printf(out, "%s%zu", i > 0 ? "," : "", histogram->buckets[i].count);
    }
    od_buf_printf(out, "]}");
}

/* Items stand on lines of their own, so that two runs can be compared by diff too. */
static void
separate(size_t i, struct od_buf *out)
{
    od_buf_printf(out, "%s\n", i > 0 ? "," : "");
}

void
bench_report_json(const struct bench_report *report, struct od_buf *out)
{
    const struct bench_results *results = report->results;
    od_buf_printf(out,
                  "{\"schema\":%d,\"program\":\"oiduna-bench\",\"version\":\"%s\",\n\"machine\":",
                  SCHEMA, OD_VERSION);
    write_machine(&report->machine, out);
    od_buf_printf(out, ",\n\"quick\":%s,\n\"results\":[", report->quick ? "true" : "false");
    for (size_t i = 0; i < results->n_rows; i++) {
        separate(i, out);
        write_row(&results->rows[i], out);
    }
    od_buf_printf(out, "],\n\"growth\":[");
    for (size_t i = 0; i < results->n_growths; i++) {
        separate(i, out);
        write_growth(&results->growths[i], out);
    }
    od_buf_printf(out, "],\n\"histograms\":[");
    for (size_t i = 0; i < results->n_histograms; i++) {
        separate(i, out);
        write_histogram(&results->histograms[i], out);
    }
    od_buf_printf(out, "],\n\"notes\":[");
    for (size_t i = 0; i < results->n_notes; i++) {
        separate(i, out);
        od_buf_json_string(out, results->notes[i]);
    }
    od_buf_printf(out, "]}\n");
}
