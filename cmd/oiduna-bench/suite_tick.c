/* The tick: find the events of a step, pack them, send them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "drain.h"
#include "floor.h"
#include "play/program.h"
#include "prepare.h"
#include "suite.h"
#include "ticker.h"
#include "world/clock.h"

#define LOOKUPS     4096 /* steps asked for in one repetition of the loop, in no order */
#define LOOKUP_MUST 20.0 /* ns a ring */

struct lookup {
    const struct od_program *program;
    uint16_t steps[LOOKUPS];
    uint64_t sink;
};

static od_nsec
run_lookup(void *context, size_t times)
{
    struct lookup *lookup = context;
    uint64_t sum = 0;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        struct od_walk walk;
        struct od_run first = od_walk_begin(&walk, lookup->program, lookup->steps[i % LOOKUPS]);
        sum += (uintptr_t)first.end;
        sum ^= (uintptr_t)first.at;
    }
    od_nsec took = bench_cpu_now() - start;
    lookup->sink += sum;
    return took;
}

static od_nsec
run_read(void *context, size_t times)
{
    struct lookup *lookup = context;
    uint64_t sum = 0;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        sum += lookup->program->rings[0].index[lookup->steps[i % LOOKUPS]];
    }
    od_nsec took = bench_cpu_now() - start;
    lookup->sink += sum;
    return took;
}

/* What several rings have for a step, run by run. */
static od_nsec
run_walk(void *context, size_t times)
{
    struct lookup *lookup = context;
    uint64_t sum = 0;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        struct od_walk walk;
        struct od_run run = od_walk_begin(&walk, lookup->program, lookup->steps[i % LOOKUPS]);
        do {
            sum += (uintptr_t)run.end;
            sum ^= (uintptr_t)run.at;
        } while (od_walk_next(&walk, &run));
    }
    od_nsec took = bench_cpu_now() - start;
    lookup->sink += sum;
    return took;
}

static od_nsec
run_read_all(void *context, size_t times)
{
    struct lookup *lookup = context;
    const struct od_program *program = lookup->program;
    uint64_t sum = 0;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        uint32_t step = lookup->steps[i % LOOKUPS];
        for (size_t k = 0; k < program->n_rings; k++) {
            const struct od_step_ring *ring = &program->rings[k];
            sum += ring->index[step < ring->length ? step : 0];
        }
    }
    od_nsec took = bench_cpu_now() - start;
    lookup->sink += sum;
    return took;
}

static enum od_status
measure_lookup(struct bench_run *run, const struct bench_workload *workload, double limit)
{
    struct bench_random random = {.state = 256};
    struct od_buf score = {0};
    struct od_take *take = NULL;
    struct lookup lookup = {.sink = 0};
    struct bench_case work = {.run = run_lookup, .floor = run_read, .context = &lookup};
    struct bench_result result = bench_result_of("tick.lookup", workload->name, "ns");
    enum od_status status = bench_prepare(workload, NULL, &score, &take);
    if (workload->rings > 0) {
        work.run = run_walk;
        work.floor = run_read_all;
    }
    if (status == OD_OK) {
        unsigned steps = workload->steps != 0 ? workload->steps : OD_STEPS;
        for (size_t i = 0; i < LOOKUPS; i++) {
            lookup.steps[i] = (uint16_t)bench_random_below(&random, steps);
        }
        lookup.program = od_take_program(take);
        result.floor_what = workload->rings > 0 ? "reading one word of each ring's index"
                                                : "reading one word of the index";
        result.guide = workload->rings > 0 ? NAN : 5000;
        bench_result_must(&result, BENCH_MUST_MEDIAN, limit);
        status = bench_measure(&work, &run->effort, &result);
        od_take_unref(take);
    }
    od_buf_clear(&score);
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}

enum od_status
bench_tick_lookup(struct bench_run *run)
{
    for (size_t i = 0; i < BENCH_SESSIONS; i++) {
        enum od_status status = measure_lookup(run, &bench_sessions[i], LOOKUP_MUST);
        if (status != OD_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < BENCH_RINGS; i++) {
        enum od_status status =
            measure_lookup(run, &bench_rings[i], LOOKUP_MUST * bench_rings[i].rings);
        if (status != OD_OK) {
            return status;
        }
    }
    return measure_lookup(run, &bench_long, LOOKUP_MUST);
}

/* What is needed to play a step, and to send the same datagrams without playing. */
struct tick {
    struct od_buf score, datagrams;
    struct od_take *take;
    struct bench_ticker ticker;
    struct bench_drain drain;
    struct od_udp udp;
    uint64_t sent;
};

/* Plays the step once into the store: what the floor sends. */
static enum od_status
prepare_tick(struct tick *tick, const struct bench_workload *workload)
{
    *tick = (struct tick){.udp = {.fd = -1}, .drain = {.process = -1}};
    enum od_status status = bench_prepare(workload, NULL, &tick->score, &tick->take);
    if (status == OD_OK) {
        status = bench_ticker_open(&tick->ticker, tick->take, 0);
    }
    if (status == OD_OK) {
        tick->ticker.store = &tick->datagrams;
        bench_ticker_play(&tick->ticker);
        tick->ticker.store = NULL;
        status = tick->datagrams.failed ? OD_ENOMEM : OD_OK;
    }
    return status;
}

static void
clear_tick(struct tick *tick)
{
    bench_ticker_close(&tick->ticker);
    od_take_unref(tick->take);
    od_udp_close(&tick->udp);
    bench_drain_stop(&tick->drain);
    od_buf_clear(&tick->score);
    od_buf_clear(&tick->datagrams);
}

static od_nsec
run_pack(void *context, size_t times)
{
    struct tick *tick = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        bench_ticker_play(&tick->ticker);
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_copy(void *context, size_t times)
{
    struct tick *tick = context;
    od_nsec start = bench_cpu_now();
    bench_floor_copy(&tick->ticker, &tick->datagrams, times);
    return bench_cpu_now() - start;
}

/* Each batch begins when all that was sent has been taken in: buffers never fill. */
static void
settle(struct tick *tick)
{
    bench_drain_wait(&tick->drain, tick->sent);
    tick->sent = bench_drain_count(&tick->drain);
}

static od_nsec
run_total(void *context, size_t times)
{
    struct tick *tick = context;
    settle(tick);
    od_nsec start = od_clock_now();
    for (size_t i = 0; i < times; i++) {
        bench_ticker_play(&tick->ticker);
    }
    od_nsec took = od_clock_now() - start;
    tick->sent += times * tick->ticker.n_stored;
    return took;
}

static od_nsec
run_send(void *context, size_t times)
{
    struct tick *tick = context;
    settle(tick);
    od_nsec start = od_clock_now();
    for (size_t i = 0; i < times; i++) {
        const unsigned char *bytes = tick->datagrams.data;
        for (size_t k = 0; k < tick->ticker.n_stored; bytes += tick->ticker.sizes[k++]) {
            ssize_t sent = send(tick->udp.fd, bytes, tick->ticker.sizes[k], MSG_DONTWAIT);
            tick->sent += sent >= 0;
            tick->drain.lost += sent < 0;
        }
    }
    return od_clock_now() - start;
}

static const char *
case_name(const struct bench_workload *workload)
{
    return strncmp(workload->name, "tick-", 5) == 0 ? workload->name + 5 : workload->name;
}

static enum od_status
measure_pack(struct bench_run *run, const struct bench_workload *workload)
{
    struct tick tick;
    struct bench_case work = {.run = run_pack, .floor = run_copy, .context = &tick};
    struct bench_result result = bench_result_of("tick.pack", case_name(workload), "ns");
    enum od_status status = prepare_tick(&tick, workload);
    if (status == OD_OK) {
        result.bytes = (double)tick.datagrams.length;
        result.floor_what = BENCH_FLOOR_COPY;
        if (workload->events > 1) { /* what a tick costs by itself is no cost of an event */
            bench_result_must(&result, BENCH_MUST_MEDIAN, 60.0 * workload->events);
        }
        status = bench_measure(&work, &run->effort, &result);
    }
    clear_tick(&tick);
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}

static enum od_status
open_drain(struct tick *tick)
{
    char error[OD_ERROR_MAX];
    enum od_status status = bench_drain_start(&tick->drain);
    if (status == OD_OK) {
        status = od_udp_open(&tick->udp, "127.0.0.1", tick->drain.port, error);
    }
    return status;
}

static enum od_status
measure_total(struct bench_run *run, const struct bench_workload *workload)
{
    struct tick tick;
    struct bench_case work = {
        .run = run_total, .floor = run_send, .context = &tick, .times_max = 16};
    struct bench_result result = bench_result_of("tick.total", case_name(workload), "ns");
    enum od_status status = prepare_tick(&tick, workload);
    if (status == OD_OK) {
        status = open_drain(&tick);
    }
    if (status == OD_OK) {
        tick.ticker.udp = &tick.udp;
        result.guide = workload->guide_ms * 1e6;
        result.bytes = (double)tick.datagrams.length;
        result.floor_what = "send(2) of the same datagrams";
        if (workload->events == 8 || workload->events == 200) {
            bench_result_must(&result, BENCH_MUST_RATIO, workload->events == 8 ? 1.5 : 3);
        }
        status = bench_measure(&work, &run->effort, &result);
        if (tick.drain.lost > 0) {
            snprintf(result.note, sizeof result.note, "%llu datagrams were lost",
                     (unsigned long long)tick.drain.lost);
        }
    }
    clear_tick(&tick);
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}

static enum od_status
measure_ticks(struct bench_run *run, const char *suite,
              enum od_status (*measure)(struct bench_run *, const struct bench_workload *))
{
    double events[BENCH_TICKS];
    size_t first = run->results.n_rows;
    for (size_t i = 0; i < BENCH_TICKS; i++) {
        enum od_status status = measure(run, &bench_ticks[i]);
        if (status != OD_OK) {
            return status;
        }
        events[i] = bench_ticks[i].events;
    }
    return bench_add_growth(run, suite, "ns", first, events);
}

enum od_status
bench_tick_pack(struct bench_run *run)
{
    enum od_status status = measure_ticks(run, "tick.pack", measure_pack);
    return status == OD_OK ? measure_pack(run, &bench_own) : status;
}

enum od_status
bench_tick_total(struct bench_run *run)
{
    return measure_ticks(run, "tick.total", measure_total);
}
