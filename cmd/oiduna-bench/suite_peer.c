/* What others would have written first, beside the same floors. */
#include <stdio.h>
#include <string.h>

#include "drain.h"
#include "peer.h"
#include "prepare.h"
#include "suite.h"
#include "ticker.h"
#include "world/clock.h"

/* A peer at work, and our own way of doing the same. */
struct rival {
    struct bench_child child;
    struct bench_drain drain;
    struct od_udp udp;
    struct od_buf text, score;
    struct od_take *take;
    struct bench_ticker ticker;
    size_t datagrams; /* of the peer, each time */
    uint64_t sent;
    bool failed;
};

static od_nsec
ask(struct rival *rival, size_t times)
{
    od_nsec took = bench_peer_work(&rival->child, times);
    if (took < 0) {
        rival->failed = true;
        return OD_NSEC_PER_SEC; /* the loops that wait for enough work come to an end */
    }
    return took;
}

static void
settle(struct rival *rival)
{
    bench_drain_wait(&rival->drain, rival->sent);
    rival->sent = bench_drain_count(&rival->drain);
}

static od_nsec
run_naive(void *context, size_t times)
{
    struct rival *rival = context;
    settle(rival);
    od_nsec took = ask(rival, times);
    rival->sent += times * rival->datagrams;
    return took;
}

static od_nsec
run_ours(void *context, size_t times)
{
    struct rival *rival = context;
    settle(rival);
    uint64_t before = rival->ticker.bundles;
    od_nsec start = od_clock_now();
    for (size_t i = 0; i < times; i++) {
        bench_ticker_play(&rival->ticker);
    }
    od_nsec took = od_clock_now() - start;
    rival->sent += rival->ticker.bundles - before;
    return took;
}

static void
clear(struct rival *rival)
{
    bench_child_stop(&rival->child);
    bench_ticker_close(&rival->ticker);
    od_take_unref(rival->take);
    od_udp_close(&rival->udp);
    bench_drain_stop(&rival->drain);
    od_buf_clear(&rival->text);
    od_buf_clear(&rival->score);
}

static enum od_status
finish(struct bench_run *run, struct rival *rival, const struct bench_case *work,
       struct bench_result *result)
{
    enum od_status status = bench_measure(work, &run->effort, result);
    if (status != OD_OK) {
        return status;
    }
    if (rival->failed) {
        return bench_results_note(&run->results, "%s: the peer did not answer", result->suite);
    }
    return bench_results_add(&run->results, result);
}

static enum od_status
open_naive(struct bench_run *run, struct rival *rival, const struct bench_workload *workload)
{
    char port[16], events[16], error[OD_ERROR_MAX];
    const char *const args[3] = {port, events, NULL};
    enum od_status status = bench_prepare(workload, NULL, &rival->score, &rival->take);
    if (status == OD_OK) {
        status = bench_ticker_open(&rival->ticker, rival->take, 0);
    }
    if (status == OD_OK) {
        status = bench_drain_start(&rival->drain);
    }
    if (status == OD_OK) {
        status = od_udp_open(&rival->udp, "127.0.0.1", rival->drain.port, error);
    }
    if (status == OD_OK) {
        rival->ticker.udp = &rival->udp;
        rival->datagrams = workload->events;
        snprintf(port, sizeof port, "%u", rival->drain.port);
        snprintf(events, sizeof events, "%u", workload->events);
        status = bench_peer_start(run, &rival->child, "liblo_messages", args);
    }
    return status;
}

static enum od_status
measure_naive(struct bench_run *run, const struct bench_workload *workload, bool *absent)
{
    struct rival rival = {.udp = {.fd = -1}, .drain = {.process = -1}};
    struct bench_case work = {
        .run = run_naive, .floor = run_ours, .context = &rival, .times_max = 4};
    struct bench_result result =
        bench_result_of("tick.naive", workload->name + strlen("tick-"), "ns");
    result.guide = workload->guide_ms * 1e6;
    result.rival = true;
    result.floor_what = "tick.total: one bundle of ours";
    enum od_status status = open_naive(run, &rival, workload);
    if (status == OD_OK) {
        status = finish(run, &rival, &work, &result);
    } else if (status == OD_EUNAVAILABLE) {
        *absent = true;
        status = bench_results_note(&run->results, "tick.naive: no %s/peers/liblo_messages",
                                    run->programs);
    }
    clear(&rival);
    return status;
}

enum od_status
bench_tick_naive(struct bench_run *run)
{
    bool absent = false;
    for (size_t i = 0; i < BENCH_TICKS && !absent; i++) {
        enum od_status status = measure_naive(run, &bench_ticks[i], &absent);
        if (status != OD_OK) {
            return status;
        }
    }
    return OD_OK;
}

static od_nsec
run_tree(void *context, size_t times)
{
    return ask(context, times);
}

static od_nsec
run_load(void *context, size_t times)
{
    struct rival *rival = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        if (bench_load("<workload>", &rival->text) != OD_OK) {
            rival->failed = true;
        }
    }
    return bench_cpu_now() - start;
}

/* The peer reads the text from its standard input: its length on a line, then the bytes. */
static enum od_status
open_tree(struct bench_run *run, struct rival *rival, const struct bench_workload *workload)
{
    char line[32];
    const char *const args[3] = {NULL};
    enum od_status status = bench_prepare(workload, &rival->text, NULL, NULL);
    if (status == OD_OK) {
        status = bench_peer_start(run, &rival->child, "jansson_tree", args);
    }
    if (status == OD_OK) {
        snprintf(line, sizeof line, "%zu\n", rival->text.length);
        if (!bench_child_write(&rival->child, line, strlen(line)) ||
            !bench_child_write(&rival->child, rival->text.data, rival->text.length)) {
            status = OD_EUNAVAILABLE;
        }
    }
    return status;
}

enum od_status
bench_load_tree(struct bench_run *run)
{
    enum od_status status = OD_OK;
    for (size_t i = 0; i < BENCH_SESSIONS && status == OD_OK; i++) {
        const struct bench_workload *workload = &bench_sessions[i];
        struct rival rival = {.udp = {.fd = -1}, .drain = {.process = -1}};
        struct bench_case work = {.run = run_tree, .floor = run_load, .context = &rival};
        struct bench_result result = bench_result_of("load.tree", workload->name, "ns");
        status = open_tree(run, &rival, workload);
        if (status == OD_EUNAVAILABLE) {
            clear(&rival);
            return bench_results_note(&run->results, "load.tree: no %s/peers/jansson_tree",
                                      run->programs);
        }
        if (status == OD_OK) {
            result.guide = workload->guide_ms * 1e6;
            result.bytes = (double)rival.text.length;
            result.rival = true;
            result.floor_what = "load.json: ours";
            status = finish(run, &rival, &work, &result);
        }
        clear(&rival);
    }
    return status;
}
