/* Patterns: how long until a text is a session. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "pattern/pattern.h"
#include "scratch.h"
#include "suite.h"
#include "world/clock.h"

struct patterns {
    char program[4096 + 32];
    struct od_buf text;
    bool failed;
};

/* A set as a live coder has it: kicks, rhythms, lines of notes, something by chance. */
static void
write_tracks(struct od_buf *text, int n)
{
    static const char *const tracks[] = {
        "s \"bd*4\"",
        "s \"hh(5,8)\" gain \"0.9 0.6\" pan 0.6 hcutoff 6000",
        "s superpiano note \"<c2 eb2 g1>*2\" legato 0.8 cutoff \"<400 900 1600>\"",
        "s \"~ sn ~ [sn sn]\" room 0.3",
        "midi 1 note \"c4 [e4 g4]*2\" velocity \"1 0.7\" gate 0.5",
        "s \"{cp ~ hh hh:1 ~}%16\" pan sine per 2",
        "s \"[bd|sn|~]*4\" speed perlin 0.5..1.5",
    };
    od_buf_printf(text, "bpm 124\n");
    for (int i = 0; i < n; i++) {
        od_buf_printf(text, "t%d: %s\n", i, tracks[(size_t)i % (sizeof tracks / sizeof tracks[0])]);
    }
}

static void
write_events(struct od_buf *text)
{
    for (int i = 0; i < 100; i++) {
        od_buf_printf(text, "t%d: s \"<bd sn [hh cp]>*16\" gain \"<%d 1>\" pan \"0 0.5 1\"\n", i,
                      2 + i);
        od_buf_printf(text, "u%d: s \"[bd hh]*9\" n \"0 .. 7\" speed \"<1 %d 2>\"\n", i, 3 + i);
        od_buf_printf(text, "v%d: s \"hh*%d\" gain \"0.9 0.5\"\n", i, 827 + i % 3);
    }
}

static od_nsec
run_library(void *context, size_t times)
{
    struct patterns *patterns = context;
    od_nsec start = bench_cpu_now();
    for (size_t i = 0; i < times; i++) {
        struct od_sheet_input *input = calloc(1, sizeof *input);
        struct od_pattern_options options = {.has_seed = false};
        struct od_buf json = {0};
        if (input == NULL) {
            patterns->failed = true;
            break;
        }
        input->source = (struct od_source){"<workload>", (const char *)patterns->text.data,
                                           patterns->text.length};
        patterns->failed =
            od_pattern_compile(input, 1, &options, &json) != OD_OK || patterns->failed;
        od_diag_clear(&input->diags);
        od_buf_clear(&json);
        free(input);
    }
    return bench_cpu_now() - start;
}

static od_nsec
run_program(void *context, size_t times)
{
    struct patterns *patterns = context;
    const char *const argv[] = {patterns->program, "-o", bench_scratch_path(BENCH_SCRATCH_MADE),
                                bench_scratch_path(BENCH_SCRATCH_TEXT), NULL};
    od_nsec start = od_clock_now();
    for (size_t i = 0; i < times; i++) {
        struct bench_child child;
        char line[8];
        enum od_status status = bench_child_start(&child, argv, -1);
        bool said = status == OD_OK &&
                    bench_child_read_line(&child, line, sizeof line, 60 * OD_NSEC_PER_SEC);
        if (bench_child_stop(&child) != 0 || said) {
            patterns->failed = true;
        }
    }
    return od_clock_now() - start;
}

static enum od_status
measure(struct bench_run *run, struct patterns *patterns, const struct bench_case *kind,
        const char *name, double must)
{
    struct bench_result result = bench_result_of("load.pattern", name, "ns");
    struct bench_case work = *kind;
    work.context = patterns;
    bench_result_must(&result, BENCH_MUST_MEDIAN, must);
    result.bytes = (double)patterns->text.length;
    enum od_status status = patterns->text.failed ? OD_ENOMEM : OD_OK;
    if (status == OD_OK) {
        status = bench_measure(&work, &run->effort, &result);
    }
    if (status == OD_OK && patterns->failed) {
        status = bench_results_note(&run->results, "load.pattern %s failed", name);
    } else if (status == OD_OK) {
        status = bench_results_add(&run->results, &result);
    }
    return status;
}

static enum od_status
measure_process(struct bench_run *run, struct patterns *patterns)
{
    static const struct bench_case kind = {.run = run_program};
    snprintf(patterns->program, sizeof patterns->program, "%s/oiduna-pattern", run->programs);
    if (access(patterns->program, X_OK) != 0) {
        return bench_results_note(&run->results, "load.pattern: no %s", patterns->program);
    }
    if (!bench_scratch_write(BENCH_SCRATCH_TEXT, patterns->text.data, patterns->text.length)) {
        return OD_ECREATE;
    }
    return measure(run, patterns, &kind, "50 tracks, process", 10e6);
}

enum od_status
bench_load_pattern(struct bench_run *run)
{
    static const struct bench_case kind = {.run = run_library};
    struct patterns tracks = {.failed = false}, events = {.failed = false};
    write_tracks(&tracks.text, 50);
    write_events(&events.text);
    enum od_status status = measure(run, &tracks, &kind, "50 tracks", 2e6);
    if (status == OD_OK) {
        status = measure(run, &events, &kind, "100000 events", 50e6);
    }
    if (status == OD_OK) {
        status = measure_process(run, &tracks);
    }
    od_buf_clear(&tracks.text);
    od_buf_clear(&events.text);
    return status;
}
