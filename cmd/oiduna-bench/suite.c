#include "suite.h"

#include <stdio.h>

#include "stats.h"

const struct bench_suite bench_suites[] = {
    {"load.json", "session text in memory to ready program", bench_load_json},
    {"load.tree", "the same by jansson's tree and a walk", bench_load_tree},
    {"load.score", "score in memory to ready program, all checks done", bench_load_score},
    {"load.index", "events in any order to step index", bench_load_index},
    {"load.size", "bytes of a score for each event", bench_load_size},
    {"load.pattern", "a text of patterns to a session", bench_load_pattern},
    {"tick.lookup", "the events of a step", bench_tick_lookup},
    {"tick.pack", "one step: look up and pack", bench_tick_pack},
    {"tick.total", "one step: look up, pack, send to a process that takes it in", bench_tick_total},
    {"tick.naive", "the same messages by lo_send_message, one by one", bench_tick_naive},
    {"jitter", "how late the player wakes up and has sent, 120 BPM", bench_jitter},
    {"timetag", "error of the bundles' time tags against the even grid", bench_timetag},
    {"memory", "resident size of oiduna-play", bench_memory},
    {"drift", "a day in virtual time, a new tempo every 10 s", bench_drift},
    {"compile", "oiduna-compile, whole process, file to file", bench_compile_file},
    {NULL, NULL, NULL},
};

#define POINTS_MAX 8

enum od_status
bench_add_growth(struct bench_run *run, const char *suite, const char *unit, size_t first,
                 const double *x)
{
    const struct bench_results *results = &run->results;
    struct bench_growth growth = {.unit = unit, .per = "event"};
    double medians[POINTS_MAX];
    size_t n = 0;
    for (size_t i = first; i < results->n_rows && n < POINTS_MAX; i++) {
        medians[n++] = results->rows[i].median;
    }
    struct bench_line line = bench_fit(x, medians, n);
    snprintf(growth.suite, sizeof growth.suite, "%s", suite);
    growth.slope = line.slope;
    growth.intercept = line.intercept;
    growth.exponent = line.exponent;
    return bench_results_add_growth(&run->results, &growth);
}
