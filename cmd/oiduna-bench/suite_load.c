/* Loading: how long until a text, a score or events in any order can be played. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "floor.h"
#include "prepare.h"
#include "score/stepindex.h"
#include "suite.h"

#define FLOOR_CRC "CRC-32C of the same bytes"

struct load {
    struct od_buf text, score;
    enum od_status status; /* of the worst run */
    uint32_t sink;
};

static od_nsec
run_json(void *context, size_t times)
{
    struct load *load = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        enum od_status status = bench_load("<workload>", &load->text);
        if (status != OD_OK) {
            load->status = status;
        }
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_scan(void *context, size_t times)
{
    struct load *load = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        load->sink += bench_floor_scan((const char *)load->text.data, load->text.length);
        __asm__ volatile("" : : : "memory"); /* each pass is a pass */
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_score(void *context, size_t times)
{
    struct load *load = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        struct od_take *take = NULL;
        enum od_status status = bench_take_of(load->score.data, load->score.length, &take);
        if (status != OD_OK) {
            load->status = status;
        }
        od_take_unref(take);
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_crc(void *context, size_t times)
{
    struct load *load = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        load->sink ^= od_crc32c(load->sink, load->score.data, load->score.length);
    }
    return bench_cpu_now() - start;
}

static enum od_status
measure_session(struct bench_run *run, const struct bench_workload *workload,
                const struct bench_case *kind, struct bench_result *result)
{
    struct load load = {.status = OD_OK};
    struct bench_case work = *kind;
    work.context = &load;
    enum od_status status = bench_prepare(workload, &load.text, &load.score, NULL);
    if (status == OD_OK) {
        result->bytes = (double)(kind->run == run_json ? load.text.length : load.score.length);
        status = bench_measure(&work, &run->effort, result);
    }
    if (status == OD_OK) {
        status = load.status;
    }
    if (status == OD_OK) {
        status = bench_results_add(&run->results, result);
    }
    od_buf_clear(&load.text);
    od_buf_clear(&load.score);
    return status;
}

/* How many bytes of a score an event takes, with all that is beside it. */
static enum od_status
add_size(struct bench_run *run, const struct bench_workload *workload)
{
    struct bench_result result = bench_result_of("load.size", workload->name, "B");
    struct od_buf score = {0};
    enum od_status status = bench_prepare(workload, NULL, &score, NULL);
    if (status == OD_OK) {
        double each = (double)score.length / workload->events;
        bench_summarise(&each, 1, &result);
        snprintf(result.note, sizeof result.note, "%zu bytes, %u events", score.length,
                 workload->events);
        status = bench_results_add(&run->results, &result);
    }
    od_buf_clear(&score);
    return status;
}

enum od_status
bench_load_size(struct bench_run *run)
{
    enum od_status status = OD_OK;
    for (size_t i = 0; i < BENCH_SESSIONS && status == OD_OK; i++) {
        status = add_size(run, &bench_sessions[i]);
    }
    for (size_t i = 0; i < BENCH_RINGS && status == OD_OK; i++) {
        status = add_size(run, &bench_rings[i]);
    }
    if (status == OD_OK) {
        status = add_size(run, &bench_long);
    }
    return status == OD_OK ? add_size(run, &bench_own) : status;
}

static enum od_status
measure_sessions(struct bench_run *run, const char *suite, const struct bench_case *kind,
                 void (*adorn)(const struct bench_workload *, struct bench_result *))
{
    double events[BENCH_SESSIONS];
    size_t first = run->results.n_rows;
    for (size_t i = 0; i < BENCH_SESSIONS; i++) {
        const struct bench_workload *workload = &bench_sessions[i];
        struct bench_result result = bench_result_of(suite, workload->name, "ns");
        adorn(workload, &result);
        enum od_status status = measure_session(run, workload, kind, &result);
        if (status != OD_OK) {
            return status;
        }
        events[i] = workload->events;
    }
    enum od_status status = bench_add_growth(run, suite, "ns", first, events);
    struct bench_result result = bench_result_of(suite, bench_long.name, "ns");
    result.floor_what = kind->run == run_json ? BENCH_FLOOR_SCAN : FLOOR_CRC;
    return status == OD_OK ? measure_session(run, &bench_long, kind, &result) : status;
}

#define MUST_MB_S 200

static void
adorn_json(const struct bench_workload *workload, struct bench_result *result)
{
    result->guide = workload->guide_ms * 1e6;
    result->floor_what = BENCH_FLOOR_SCAN;
    bench_result_must(result, BENCH_MUST_RATE, MUST_MB_S);
    if (strcmp(workload->name, "extreme") == 0) {
        bench_result_must(result, BENCH_MUST_MEDIAN, result->guide / 10);
    }
}

static void
adorn_score(const struct bench_workload *workload, struct bench_result *result)
{
    result->floor_what = FLOOR_CRC;
    if (strcmp(workload->name, "extreme") == 0) {
        bench_result_must(result, BENCH_MUST_MEDIAN, 0.3e6);
        bench_result_must(result, BENCH_MUST_RATIO, 3);
    }
}

enum od_status
bench_load_json(struct bench_run *run)
{
    static const struct bench_case kind = {.run = run_json, .floor = run_scan};
    return measure_sessions(run, "load.json", &kind, adorn_json);
}

enum od_status
bench_load_score(struct bench_run *run)
{
    static const struct bench_case kind = {.run = run_score, .floor = run_crc};
    return measure_sessions(run, "load.score", &kind, adorn_score);
}

struct sorting {
    struct od_event *events, *sorted;
    uint16_t *steps;
    uint32_t n;
    uint32_t index[OD_STEPS + 1];
    uint32_t next[OD_STEPS];
};

static od_nsec
run_index(void *context, size_t times)
{
    struct sorting *sorting = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        memset(sorting->index, 0, sizeof sorting->index);
        od_stepindex_count(sorting->index, sorting->steps, sorting->n);
        od_stepindex_sum(sorting->index, OD_STEPS, 0, sorting->next);
        od_stepindex_place(sorting->events, sorting->steps, sorting->n, sorting->sorted,
                           sorting->next);
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_copy(void *context, size_t times)
{
    struct sorting *sorting = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        memcpy(sorting->sorted, sorting->events, sorting->n * sizeof *sorting->events);
        __asm__ volatile("" : : : "memory");
    }
    return bench_cpu_now() - start;
}

static enum od_status
measure_index(struct bench_run *run, uint32_t n, double guide_ms, const char *name)
{
    struct bench_random random = {.state = 256};
    struct bench_result result = bench_result_of("load.index", name, "ns");
    struct sorting sorting = {.n = n,
                              .events = calloc(n, sizeof *sorting.events),
                              .sorted = calloc(n, sizeof *sorting.sorted),
                              .steps = calloc(n, sizeof *sorting.steps)};
    struct bench_case work = {.run = run_index, .floor = run_copy, .context = &sorting};
    enum od_status status = OD_ENOMEM;
    if (sorting.events != NULL && sorting.sorted != NULL && sorting.steps != NULL) {
        for (uint32_t i = 0; i < n; i++) {
            sorting.steps[i] = (uint16_t)bench_random_below(&random, OD_STEPS);
        }
        result.guide = guide_ms * 1e6;
        result.floor_what = "copying the events";
        if (n == 10000) {
            bench_result_must(&result, BENCH_MUST_MEDIAN, 0.2e6);
        }
        status = bench_measure(&work, &run->effort, &result);
    }
    free(sorting.events);
    free(sorting.sorted);
    free(sorting.steps);
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}

enum od_status
bench_load_index(struct bench_run *run)
{
    static const struct {
        uint32_t n;
        double guide_ms;
        const char *name;
    } sizes[] = {
        {100, 0.1, "100"}, {1000, 1, "1000"}, {10000, 10, "10000"}, {100000, NAN, "100000"}};
    double events[sizeof sizes / sizeof sizes[0]];
    size_t first = run->results.n_rows;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        enum od_status status = measure_index(run, sizes[i].n, sizes[i].guide_ms, sizes[i].name);
        if (status != OD_OK) {
            return status;
        }
        events[i] = sizes[i].n;
    }
    return bench_add_growth(run, "load.index", "ns", first, events);
}
