#include "compare.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "world/cli.h"

#define SCHEMA   1
#define SURE     0.95
#define DEVIATES 1.96 /* half a 95 % interval, in standard deviations */

/* A row that has a ratio. */
struct ratio {
    const char *suite, *name;
    double ratio, deviation; /* relative, of the ratio */
};

static bool
read_ratio(const json_t *row, struct ratio *ratio)
{
    ratio->suite = json_string_value(json_object_get(row, "suite"));
    ratio->name = json_string_value(json_object_get(row, "case"));
    ratio->ratio = json_number_value(json_object_get(row, "ratio"));
    double low = json_number_value(json_object_get(row, "ratio_low"));
    double high = json_number_value(json_object_get(row, "ratio_high"));
    ratio->deviation = low > 0 && high >= low ? log(high / low) / 2 / DEVIATES : 0;
    if (json_is_true(json_object_get(row, "rival"))) {
        return false; /* that others get slower is not for us to mend */
    }
    return ratio->suite != NULL && ratio->name != NULL && ratio->ratio > 0;
}

static bool
find_ratio(const json_t *rows, const struct ratio *like, struct ratio *ratio)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        if (read_ratio(row, ratio) && strcmp(ratio->suite, like->suite) == 0 &&
            strcmp(ratio->name, like->name) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *
load(const char *path, int *exit_status)
{
    json_error_t error;
    struct od_buf text = {0};
    enum od_status status = od_cli_read(path, &text);
    if (status != OD_OK) {
        *exit_status = od_status_exit(status);
        od_buf_clear(&text);
        return NULL;
    }
    json_t *run = json_loadb((const char *)text.data, text.length, 0, &error);
    bool no_memory = run == NULL && json_error_code(&error) == json_error_out_of_memory;
    od_buf_clear(&text);
    if (run == NULL && (error.text[0] == '\0' || no_memory)) {
        *exit_status = od_cli_fail(OD_ENOMEM, "%s: %s", path, od_status_text(OD_ENOMEM));
    } else if (run == NULL) {
        *exit_status = od_cli_fail(OD_EDATA, "%s:%d:%d: error: %s", path, error.line, error.column,
                                   error.text);
    } else if (json_integer_value(json_object_get(run, "schema")) != SCHEMA ||
               !json_is_array(json_object_get(run, "results"))) {
        *exit_status = od_cli_fail(OD_EDATA, "%s: no run of schema %d", path, SCHEMA);
        json_decref(run);
        run = NULL;
    }
    return run;
}

/* How sure is it that the ratio is over the tolerance, judged by both runs' intervals? */
static double
how_sure(const struct ratio *base, const struct ratio *now, double tolerance)
{
    double over = log(now->ratio / base->ratio / tolerance);
    double deviation = hypot(base->deviation, now->deviation);
    if (deviation <= 0) {
        return over > 0 ? 1 : 0;
    }
    return erfc(-over / deviation / M_SQRT2) / 2;
}

static bool
compare_row(const struct ratio *base, const struct ratio *now, double tolerance)
{
    double change = now->ratio / base->ratio;
    double worse = how_sure(base, now, tolerance);
    double better = how_sure(now, base, tolerance);
    printf("%-12s %-14s %8.3f %8.3f %+7.1f %%", base->suite, base->name, base->ratio, now->ratio,
           (change - 1) * 100);
    if (change > tolerance) {
        printf("  %s (%.0f %% sure)", worse >= SURE ? "WORSE" : "perhaps worse", worse * 100);
    } else if (change < 1 / tolerance) {
        printf("  better (%.0f %% sure)", better * 100);
    }
    printf("\n");
    return change > tolerance && worse >= SURE;
}

static size_t
compare_rows(const json_t *base_rows, const json_t *new_rows, double tolerance, size_t *compared)
{
    size_t i, regressions = 0;
    json_t *row;
    struct ratio base, now;
    printf("%-12s %-14s %8s %8s %9s\n", "suite", "case", "base", "new", "change");
    json_array_foreach(base_rows, i, row)
    {
        if (!read_ratio(row, &base)) {
            continue;
        }
        if (!find_ratio(new_rows, &base, &now)) {
            printf("%-12s %-14s %8.3f          only in the base\n", base.suite, base.name,
                   base.ratio);
            continue;
        }
        (*compared)++;
        regressions += compare_row(&base, &now, tolerance);
    }
    json_array_foreach(new_rows, i, row)
    {
        if (read_ratio(row, &now) && !find_ratio(base_rows, &now, &base)) {
            printf("%-12s %-14s          %8.3f only in the new run\n", now.suite, now.name,
                   now.ratio);
        }
    }
    return regressions;
}

int
bench_compare(const char *base_path, const char *new_path, double tolerance)
{
    int exit_status = 0;
    size_t compared = 0;
    json_t *base = load(base_path, &exit_status);
    json_t *now = base != NULL ? load(new_path, &exit_status) : NULL;
    if (now != NULL) {
        size_t regressions = compare_rows(json_object_get(base, "results"),
                                          json_object_get(now, "results"), tolerance, &compared);
        printf("%zu of %zu ratios are over %g times what they were\n", regressions, compared,
               tolerance);
        printf("verdict: %s\n", regressions > 0 ? "WORSE than the base" : "no worse than the base");
        exit_status = regressions > 0;
        if (compared == 0) {
            exit_status = od_cli_fail(OD_EDATA, "the two runs have no row in common");
        }
    }
    json_decref(base);
    json_decref(now);
    return exit_status;
}

/* Where runs come out, if their ratios' logarithms are distributed normally. */
static double
spread_of(const double *ratios, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += log(ratios[i]);
        squares += log(ratios[i]) * log(ratios[i]);
    }
    double variance = n > 1 ? (squares - sum * sum / (double)n) / (double)(n - 1) : 0;
    return exp(DEVIATES * sqrt(fmax(variance, 0)));
}

#define RUNS_MAX 256

/* A row of the first run gets what all runs say of it. False without memory. */
static bool
merge_row(json_t *row, json_t *const *runs, size_t n)
{
    double ratios[RUNS_MAX];
    struct ratio like, found;
    size_t n_ratios = 0;
    if (!read_ratio(row, &like)) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (find_ratio(json_object_get(runs[i], "results"), &like, &found)) {
            ratios[n_ratios++] = found.ratio;
        }
    }
    double spread = spread_of(ratios, n_ratios);
    bench_sort(ratios, n_ratios);
    double median = bench_quantile(ratios, n_ratios, 0.5);
    return json_object_set_new(row, "ratio", json_real(median)) == 0 &&
           json_object_set_new(row, "ratio_low", json_real(median / spread)) == 0 &&
           json_object_set_new(row, "ratio_high", json_real(median * spread)) == 0 &&
           json_object_set_new(row, "runs", json_integer((json_int_t)n_ratios)) == 0;
}

static int
print_merged(json_t *const *runs, size_t n)
{
    size_t i;
    json_t *row;
    json_t *merged = json_deep_copy(runs[0]);
    bool whole = json_object_set_new(merged, "runs", json_integer((json_int_t)n)) == 0;
    json_array_foreach(json_object_get(merged, "results"), i, row)
    {
        whole = whole && merge_row(row, runs, n);
    }
    char *text = whole ? json_dumps(merged, JSON_INDENT(1)) : NULL;
    json_decref(merged);
    if (text == NULL) {
        return od_cli_fail(OD_ENOMEM, "%s", od_status_text(OD_ENOMEM));
    }
    puts(text);
    free(text);
    return 0;
}

int
bench_merge(char *const *paths, size_t n)
{
    json_t *runs[RUNS_MAX] = {NULL};
    int exit_status = 0;
    if (n > RUNS_MAX) {
        return od_cli_usage("--merge takes %d runs at most", RUNS_MAX);
    }
    for (size_t i = 0; i < n && exit_status == 0; i++) {
        runs[i] = load(paths[i], &exit_status);
    }
    if (exit_status == 0) {
        exit_status = print_merged(runs, n);
    }
    for (size_t i = 0; i < n; i++) {
        json_decref(runs[i]);
    }
    return exit_status;
}
