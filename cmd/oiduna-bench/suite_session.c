/* The user's own session: what it costs to load, to play at its densest, to keep. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"
#include "play/program.h"
#include "play/transport.h"
#include "prepare.h"
#include "suite.h"
#include "ticker.h"
#include "world/cli.h"

struct own {
    struct od_buf text, score, sent; /* sent: by the step that is measured */
    struct od_take *take;
    const char *name;
    struct bench_ticker ticker;
    enum od_status status;
    uint32_t sink;
};

static od_nsec
run_load(void *context, size_t times)
{
    struct own *own = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        enum od_status status = bench_load(own->name, &own->text);
        if (status != OD_OK) {
            own->status = status;
        }
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_scan(void *context, size_t times)
{
    struct own *own = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        own->sink += bench_floor_scan((const char *)own->text.data, own->text.length);
        __asm__ volatile("" : : : "memory"); /* each pass is a pass */
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_step(void *context, size_t times)
{
    struct own *own = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        bench_ticker_play(&own->ticker);
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_copy(void *context, size_t times)
{
    struct own *own = context;
    od_nsec start = bench_cpu_now();
    bench_floor_copy(&own->ticker, &own->sent, times);
    return bench_cpu_now() - start;
}

static enum od_status
measure_load(struct bench_run *run, struct own *own)
{
    struct bench_case work = {.run = run_load, .floor = run_scan, .context = own};
    struct bench_result result = bench_result_of("session", "load", "ns");
    result.floor_what = BENCH_FLOOR_SCAN;
    result.bytes = (double)own->text.length;
    enum od_status status = bench_measure(&work, &run->effort, &result);
    if (status == OD_OK) {
        status = own->status;
    }
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}

/* Opens the player at a step and has it play that once, to know what it sends. */
static enum od_status
open_step(struct own *own, unsigned step)
{
    own->sent.length = 0;
    enum od_status status = bench_ticker_open(&own->ticker, own->take, step);
    if (status == OD_OK) {
        own->ticker.store = &own->sent;
        bench_ticker_play(&own->ticker);
        own->ticker.store = NULL;
        status = own->sent.failed ? OD_ENOMEM : OD_OK;
    }
    return status;
}

static enum od_status
measure_step(struct bench_run *run, struct own *own, unsigned step, size_t events)
{
    char name[BENCH_NAME_MAX];
    struct bench_case work = {.run = run_step, .context = own};
    snprintf(name, sizeof name, "step %u", step);
    struct bench_result result = bench_result_of("session", name, "ns");
    enum od_status status = open_step(own, step);
    if (status == OD_OK) {
        if (own->sent.length > 0) { /* not all are muted */
            work.floor = run_copy;
            result.floor_what = BENCH_FLOOR_COPY;
        }
        status = bench_measure(&work, &run->effort, &result);
        double budget = od_step_seconds(od_take_program(own->take)->environment.bpm) * 1e9;
        snprintf(result.note, sizeof result.note,
                 "%zu events; packing takes %.4f %% of the step's %.1f ms", events,
                 result.median / budget * 100, budget / 1e6);
    }
    bench_ticker_close(&own->ticker);
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}

#define DENSEST 5

/* The densest steps, densest first. */
static enum od_status
measure_steps(struct bench_run *run, struct own *own)
{
    const struct od_program *program = od_take_program(own->take);
    bool done[OD_STEPS] = {false};
    for (int i = 0; i < DENSEST; i++) {
        unsigned densest = 0;
        size_t most = 0;
        for (unsigned step = 0; step < OD_STEPS; step++) {
            size_t n = 0;
            for (size_t ring = 0; ring < program->n_rings; ring++) {
                struct od_run events = od_ring_step(program, ring, step);
                n += (size_t)(events.end - events.at);
            }
            if (n > most && !done[step]) {
                densest = step;
                most = n;
            }
        }
        if (most == 0) {
            return OD_OK;
        }
        done[densest] = true;
        enum od_status status = measure_step(run, own, densest, most);
        if (status != OD_OK) {
            return status;
        }
    }
    return OD_OK;
}

static enum od_status
add_memory(struct bench_run *run, const struct own *own)
{
    double bytes = (double)own->score.length;
    const struct od_program *program = od_take_program(own->take);
    struct bench_result result = bench_result_of("session", "memory", "B");
    const struct od_step_ring *last = &program->rings[program->n_rings - 1];
    uint32_t events = program->n_rings > 0 ? last->index[last->length] : 0;
    bench_summarise(&bytes, 1, &result);
    if (events > 0) {
        result.floor_what = "the events alone";
        result.floor = (double)events * (double)sizeof(struct od_event);
        result.ratio = result.ratio_low = result.ratio_high = bytes / result.floor;
    }
    snprintf(result.note, sizeof result.note,
             "the score; %" PRIu32 " events of %zu bytes, %zu voices in the program", events,
             sizeof(struct od_event), program->n_voices);
    return bench_results_add(&run->results, &result);
}

static enum od_status
measure_own(struct bench_run *run, struct own *own)
{
    enum od_status status = bench_compile(own->name, &own->text, &own->score);
    if (status == OD_OK) {
        status = bench_take_of(own->score.data, own->score.length, &own->take);
    }
    if (status == OD_OK) {
        status = measure_load(run, own);
    }
    if (status == OD_OK) {
        status = measure_steps(run, own);
    }
    if (status == OD_OK) {
        status = add_memory(run, own);
    }
    if (status == OD_ENOMEM) {
        od_cli_message("%s: %s", own->name, od_status_text(status));
    }
    return status;
}

enum od_status
bench_session(struct bench_run *run)
{
    struct own own = {.name = od_cli_input_name(run->session)};
    enum od_status status = od_cli_read(run->session, &own.text);
    if (status == OD_OK) {
        status = measure_own(run, &own);
    }
    od_take_unref(own.take);
    od_buf_clear(&own.sent);
    od_buf_clear(&own.text);
    od_buf_clear(&own.score);
    return status;
}
