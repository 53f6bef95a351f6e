/* What needs no real time: a day in virtual time, and oiduna-compile from file to file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "prepare.h"
#include "scratch.h"
#include "suite.h"
#include "ticker.h"
#include "world/clock.h"

#define DAY          (24 * 3600 * OD_NSEC_PER_SEC)
#define TEMPO_CHANGE (10 * OD_NSEC_PER_SEC)

/* 15e9 ns / bpm for each of these is a whole number of this part of a nanosecond. */
#define PARTS INT64_C(5846400)
static const int tempos[] = {120, 60, 174, 90, 140, 128, 200, 100};

__extension__ typedef __int128 exact; /* in parts of a nanosecond */

struct day {
    int64_t step; /* from which the tempo holds */
    exact start;  /* when that is */
    int bpm;
    double worst; /* ns from the exact time, beyond rounding to a nanosecond */
    uint64_t steps, changes;
};

static exact
exact_time(const struct day *day, int64_t step)
{
    return day->start + (exact)(step - day->step) * (15 * OD_NSEC_PER_SEC * PARTS / day->bpm);
}

static void
on_osc(void *context, unsigned output, od_nsec sounds, int64_t step, unsigned char *bundle,
       size_t size)
{
    struct day *day = context;
    (void)output;
    (void)bundle;
    (void)size;
    exact error = (exact)sounds * PARTS - exact_time(day, step);
    double beyond = fabs((double)error) / (double)PARTS - 0.5;
    day->worst = fmax(day->worst, beyond);
    day->steps++;
}

static void
on_midi(void *context, const struct od_midi_message *message)
{
    (void)context;
    (void)message;
}

static void
on_notice(void *context, const struct od_notice *notice)
{
    (void)context;
    (void)notice;
}

static void
change_tempo(struct day *day, struct od_player *player, od_nsec now)
{
    int bpm = tempos[++day->changes % (sizeof tempos / sizeof tempos[0])];
    struct od_command command = {.kind = OD_COMMAND_BPM, .number = bpm};
    day->start = exact_time(day, player->next_step);
    day->step = player->next_step;
    day->bpm = bpm;
    od_player_command(player, &command, now);
}

/* Without look-ahead each step is sent in the tempo it was planned in. */
static void
play_day(struct day *day, struct od_player *player)
{
    struct od_command start = {.kind = OD_COMMAND_START, .time = 0};
    od_player_command(player, &start, 0);
    for (od_nsec change = TEMPO_CHANGE; change <= DAY; change += TEMPO_CHANGE) {
        for (od_nsec next = od_player_next(player); next < change; next = od_player_next(player)) {
            od_player_run(player, next);
        }
        change_tempo(day, player, change);
    }
}

static const struct od_player_ops day_ops = {.osc = on_osc, .midi = on_midi, .notice = on_notice};

static enum od_status
open_day(struct od_player *player, struct day *day, struct od_take *take)
{
    struct od_player_settings settings = {.agenda_capacity = 4096};
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings.packet_limit[i] = OD_PACKET_LIMIT_LOOPBACK;
    }
    if (!od_player_init(player, &settings, &day_ops, day)) {
        return OD_ENOMEM;
    }
    struct od_command command = {.kind = OD_COMMAND_PROGRAM, .program = od_take_program(take)};
    od_player_command(player, &command, 0);
    return OD_OK;
}

enum od_status
bench_drift(struct bench_run *run)
{
    static const struct bench_workload workload = {"drift", 4, 4000, false, 0, NAN, 0, 0, 0, false};
    struct day day = {.bpm = tempos[0]};
    struct od_buf score = {0};
    struct od_take *take = NULL;
    struct od_player *player = calloc(1, sizeof *player);
    struct bench_result result = bench_result_of("drift", "24 h", "ns");
    enum od_status status =
        player != NULL ? bench_prepare(&workload, NULL, &score, &take) : OD_ENOMEM;
    if (status == OD_OK) {
        status = open_day(player, &day, take);
    }
    if (status == OD_OK) {
        play_day(&day, player);
        od_player_drain(player, DAY);
        od_player_clear(player);
        day.worst = day.worst > 1e-6 ? day.worst : 0; /* a step is cut to 2^-64 ns */
        bench_summarise(&day.worst, 1, &result);
        result.guide = 1e6;
        bench_result_must(&result, BENCH_MUST_MEDIAN, 0);
        snprintf(result.note, sizeof result.note,
                 "%llu steps, %llu tempo changes; error beyond rounding to a nanosecond",
                 (unsigned long long)day.steps, (unsigned long long)day.changes);
        status = bench_results_add(&run->results, &result);
    }
    od_take_unref(take);
    od_buf_clear(&score);
    free(player);
    return status;
}

struct compiling {
    char program[4096 + 32];
    struct od_buf text;
    bool failed;
};

static od_nsec
run_program(void *context, size_t times)
{
    struct compiling *compiling = context;
    const char *const argv[] = {compiling->program, "-o", bench_scratch_path(BENCH_SCRATCH_MADE),
                                bench_scratch_path(BENCH_SCRATCH_TEXT), NULL};
    od_nsec start = od_clock_now();
    for (size_t i = 0; i < times; i++) {
        struct bench_child child;
        char line[8];
        enum od_status status = bench_child_start(&child, argv, -1);
        /* It says nothing: the end of its output is its end. */
        bool said = status == OD_OK &&
                    bench_child_read_line(&child, line, sizeof line, 60 * OD_NSEC_PER_SEC);
        if (bench_child_stop(&child) != 0 || said) {
            compiling->failed = true;
        }
    }
    return od_clock_now() - start;
}

static od_nsec
run_library(void *context, size_t times)
{
    struct compiling *compiling = context;
    od_nsec start = od_clock_now();
    for (size_t i = 0; i < times; i++) {
        struct od_buf score = {0};
        if (bench_compile("<workload>", &compiling->text, &score) != OD_OK) {
            compiling->failed = true;
        }
        od_buf_clear(&score);
    }
    return od_clock_now() - start;
}

enum od_status
bench_compile_file(struct bench_run *run)
{
    const struct bench_workload *workload = bench_workload_find("extreme");
    struct compiling compiling = {.failed = false};
    struct bench_case work = {.run = run_program, .floor = run_library, .context = &compiling};
    struct bench_result result = bench_result_of("compile", workload->name, "ns");
    snprintf(compiling.program, sizeof compiling.program, "%s/oiduna-compile", run->programs);
    if (access(compiling.program, X_OK) != 0) {
        return bench_results_note(&run->results, "compile: no %s", compiling.program);
    }
    enum od_status status = bench_prepare(workload, &compiling.text, NULL, NULL);
    if (status == OD_OK &&
        !bench_scratch_write(BENCH_SCRATCH_TEXT, compiling.text.data, compiling.text.length)) {
        status = OD_ECREATE;
    }
    if (status == OD_OK) {
        result.bytes = (double)compiling.text.length;
        result.floor_what = "the library alone, in memory";
        status = bench_measure(&work, &run->effort, &result);
    }
    od_buf_clear(&compiling.text);
    if (status == OD_OK && compiling.failed) {
        return bench_results_note(&run->results, "compile: %s failed", compiling.program);
    }
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}
