/* The real player at work, seen from outside: how late it wakes up, how right its time tags are. */
#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "listen.h"
#include "prepare.h"
#include "scratch.h"
#include "stats.h"
#include "suite.h"
#include "world/clock.h"
#include "world/rt.h"

#define STEP_MS     125 /* at 120 BPM */
#define STEP        (STEP_MS * OD_NSEC_PER_MS)
#define BAR         (OD_BAR_STEPS * STEP)
#define LATENCY_MS  "200"
#define LATENCY     (200 * OD_NSEC_PER_MS)
#define BARE_SIZE   1024
#define SAMPLES_MAX 16384
#define BLOCKS_MAX  32
#define DRAWS       400

/* A 99th percentile wants many wakings: sixteen tracks at distances of a sixteenth of a step. */
#define WAKINGS 16
#define WAKING  (STEP / WAKINGS)

/* 100,000 events to take over, of which those tracks are to be heard: some at every step. */
static const struct bench_workload takeover_workload = {
    .name = "takeover",
    .tracks = 100,
    .events = 100000,
    .audible = WAKINGS,
    .guide_ms = NAN,
    .apart_ms = (double)STEP_MS / WAKINGS,
};

struct lateness {
    double late[SAMPLES_MAX]; /* ns */
    size_t n;
};

/* Even blocks are left alone, in odd ones scores are taken over. */
struct play {
    struct bench_child player, sleeper;
    pid_t bare;
    int fd;
    unsigned port;
    struct od_buf score;
    struct lateness steps[BLOCKS_MAX], floor[BLOCKS_MAX], slept;
    size_t block, n_blocks;
    od_nsec tags[SAMPLES_MAX];
    size_t n_tags;
    od_nsec sleep_start;
    size_t sent, applied; /* scores */
    char line[512];       /* of the player's events */
    size_t line_length;
    const char *report;  /* NULL = none */
    char own_count[128]; /* what the report says of its lateness */
};

static void
add_lateness(struct lateness *lateness, od_nsec late)
{
    if (lateness->n < SAMPLES_MAX) {
        lateness->late[lateness->n++] = (double)late;
    }
}

static void
take_arrival(struct play *play, const struct bench_arrival *arrival)
{
    switch (arrival->sender) {
    case BENCH_SENDER_PLAYER:
        if (play->n_tags > 0 && play->tags[play->n_tags - 1] == arrival->due) {
            return; /* the rest of a step that was too large for one datagram */
        }
        if (play->n_tags < SAMPLES_MAX) {
            play->tags[play->n_tags++] = arrival->due;
        }
        add_lateness(&play->steps[play->block], arrival->time - (arrival->due - LATENCY));
        return;
    case BENCH_SENDER_BARE:
        add_lateness(&play->floor[play->block], arrival->time - arrival->due);
        return;
    case BENCH_SENDER_SLEEP:
        if (play->sleep_start == 0) {
            play->sleep_start = arrival->time;
        }
        add_lateness(&play->slept,
                     arrival->time - play->sleep_start - (od_nsec)play->slept.n * STEP);
        return;
    case BENCH_SENDER_OTHER:
        return;
    }
}

static void
read_events(struct play *play)
{
    char bytes[4096];
    ssize_t got = read(play->player.out, bytes, sizeof bytes);
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] != '\n') {
            if (play->line_length + 1 < sizeof play->line) {
                play->line[play->line_length++] = bytes[i];
            }
            continue;
        }
        play->line[play->line_length] = '\0';
        play->line_length = 0;
        play->applied += strstr(play->line, "\"event\":\"applied\"") != NULL;
    }
}

static void
listen_until(struct play *play, od_nsec until)
{
    for (od_nsec now = od_clock_now(); now < until; now = od_clock_now()) {
        struct pollfd ready[] = {{.fd = play->fd, .events = POLLIN},
                                 {.fd = play->player.out, .events = POLLIN}};
        poll(ready, 2, (int)((until - now) / OD_NSEC_PER_MS) + 1);
        if ((ready[1].revents & POLLIN) != 0) {
            read_events(play);
        } else if ((ready[1].revents & POLLHUP) != 0) {
            usleep(1000); /* it has ended; what it sent is still to be read */
        }
        struct bench_arrival arrival;
        while (bench_receive(play->fd, &arrival)) {
            take_arrival(play, &arrival);
        }
    }
}

static enum od_status
start_player(const struct bench_run *run, struct play *play)
{
    char program[4096 + 32], address[64];
    const char *const argv[] = {program,      "--osc",   address, "--latency", LATENCY_MS,
                                "--events",   "--quiet", "--bpm", "120",       "--report",
                                play->report, "-",       NULL};
    snprintf(program, sizeof program, "%s/oiduna-play", run->programs);
    snprintf(address, sizeof address, "127.0.0.1:%u", play->port);
    enum od_status status = bench_child_start(&play->player, argv, bench_quiet_cpu());
    if (status == OD_OK &&
        !bench_child_write(&play->player, play->score.data, play->score.length)) {
        status = OD_EUNAVAILABLE;
    }
    return status;
}

/* Halfway between the player's wakings, so that the two do not wake each other up. */
static void
start_bare(struct play *play)
{
    od_nsec offset = od_clock_measure().offset;
    od_nsec first = play->tags[0] - LATENCY - offset + WAKING / 2;
    od_nsec now = od_clock_now() + STEP;
    struct bench_bare bare = {.port = play->port,
                              .start = first + ((now - first) / WAKING + 1) * WAKING,
                              .period = WAKING,
                              .size = BARE_SIZE,
                              .cpu = bench_quiet_cpu(),
                              .realtime = od_rt_permitted(OD_RT_PRIORITY)};
    play->bare = bench_bare_start(&bare);
}

static enum od_status
start_all(struct bench_run *run, struct play *play, bool with_peers)
{
    char path[4096 + 32], port[16];
    const char *const argv[] = {path, port, NULL};
    play->fd = bench_listen(&play->port);
    if (play->fd < 0) {
        return OD_EUNAVAILABLE;
    }
    play->report = bench_scratch_path(BENCH_SCRATCH_REPORT);
    if (play->report == NULL) {
        return OD_ECREATE;
    }
    enum od_status status = bench_prepare(&takeover_workload, NULL, &play->score, NULL);
    if (status == OD_OK) {
        bench_pin(bench_busy_cpu());
        status = start_player(run, play);
    }
    od_nsec patience = od_clock_now() + 5 * OD_NSEC_PER_SEC;
    while (status == OD_OK && play->n_tags == 0) {
        listen_until(play, od_clock_now() + 50 * OD_NSEC_PER_MS);
        status = od_clock_now() < patience ? OD_OK : OD_EUNAVAILABLE;
    }
    if (status == OD_OK && with_peers) {
        start_bare(play);
        snprintf(path, sizeof path, "%s/peers/sleep_loop", run->programs);
        snprintf(port, sizeof port, "%u", play->port);
        if (bench_child_start(&play->sleeper, argv, bench_quiet_cpu()) != OD_OK) {
            return bench_results_note(&run->results, "jitter: no %s", path);
        }
    }
    return status;
}

/* What the player itself says: its waking up alone, without packing and sending. */
static void
read_report(struct play *play)
{
    json_t *report = json_load_file(play->report, 0, NULL);
    const json_t *lateness = json_object_get(report, "lateness_us");
    if (lateness != NULL) {
        snprintf(play->own_count, sizeof play->own_count,
                 "the player's own count, waking up alone: p50 %.0f us, p99 %.0f us; %lld dropped",
                 json_number_value(json_object_get(lateness, "p50")),
                 json_number_value(json_object_get(lateness, "p99")),
                 (long long)json_integer_value(json_object_get(report, "dropped_steps")));
    }
    json_decref(report);
}

static void
stop_all(struct play *play)
{
    static const char quit[] = "quit\n";
    if (play->bare > 0) {
        kill(play->bare, SIGKILL);
        waitpid(play->bare, NULL, 0);
    }
    bench_child_end(&play->sleeper);
    if (play->player.process > 0 && bench_child_write(&play->player, quit, sizeof quit - 1)) {
        usleep(200000); /* for its report; what it says meanwhile is not read any more */
    }
    bench_child_end(&play->player);
    bench_pin(-1);
    if (play->fd >= 0) {
        close(play->fd);
    }
    if (play->report != NULL) {
        read_report(play);
    }
    od_buf_clear(&play->score);
}

/* A quarter of a bar behind a boundary: a score that is sent then is taken over within a bar. */
static od_nsec
find_block_start(const struct play *play)
{
    od_nsec boundary = play->tags[0] - LATENCY - od_clock_measure().offset;
    od_nsec now = od_clock_now();
    return boundary + (now - boundary) / BAR * BAR + BAR + BAR / 4;
}

/* Blocks of a bar, by turns left alone and with a new score. */
static enum od_status
play_blocks(struct play *play, size_t blocks)
{
    od_nsec next = find_block_start(play);
    listen_until(play, next); /* warm-up */
    play->steps[0].n = play->floor[0].n = play->n_tags = 0;
    for (play->block = 0; play->block < blocks; play->block++) {
        if (play->block % 2 == 1) {
            if (!bench_child_write(&play->player, play->score.data, play->score.length)) {
                return OD_EUNAVAILABLE;
            }
            play->sent++;
        }
        listen_until(play, next += BAR);
    }
    play->n_blocks = blocks;
    play->block = blocks - 1;
    return OD_OK;
}

/* Blocks that stood side by side, one of each kind. */
struct pairs {
    const struct lateness *ours[BLOCKS_MAX / 2], *floor[BLOCKS_MAX / 2];
    size_t n;
};

/* All of the blocks, sorted; drawn from each with putting back if `random` is not NULL. */
static void
pool(const struct lateness *const *blocks, size_t n, struct bench_random *random,
     struct lateness *all)
{
    all->n = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < blocks[i]->n && all->n < SAMPLES_MAX; k++) {
            size_t from = random == NULL ? k : bench_random_below(random, (unsigned)blocks[i]->n);
            all->late[all->n++] = blocks[i]->late[from];
        }
    }
    bench_sort(all->late, all->n);
}

static double
p99_of(const struct lateness *const *blocks, size_t n, struct bench_random *random)
{
    static struct lateness all;
    pool(blocks, n, random, &all);
    return bench_quantile(all.late, all.n, 0.99);
}

static double
p99_ratio(const struct pairs *pairs, struct bench_random *random)
{
    return p99_of(pairs->ours, pairs->n, random) / p99_of(pairs->floor, pairs->n, random);
}

/*
 * How sure a ratio of two 99th percentiles is, that of pairs and in them of steps tells that are
 * drawn again and again: late ones come in clusters, when a hypervisor is elsewhere, and a formula
 * for independent ones would promise too much.
 */
static void
set_p99_ratio(struct bench_result *result, const struct pairs *pairs)
{
    struct bench_random random = {.state = 99};
    double ratios[DRAWS];
    for (size_t i = 0; i < DRAWS; i++) {
        struct pairs drawn = {.n = pairs->n};
        for (size_t k = 0; k < pairs->n; k++) {
            size_t from = bench_random_below(&random, (unsigned)pairs->n);
            drawn.ours[k] = pairs->ours[from];
            drawn.floor[k] = pairs->floor[from];
        }
        ratios[i] = p99_ratio(&drawn, &random);
    }
    bench_sort(ratios, DRAWS);
    result->floor = p99_of(pairs->floor, pairs->n, NULL);
    result->ratio = p99_ratio(pairs, NULL);
    result->ratio_low = bench_quantile(ratios, DRAWS, 0.025);
    result->ratio_high = bench_quantile(ratios, DRAWS, 0.975);
}

/* Fills the row in from all its samples, and adds them as a histogram too. */
static enum od_status
add_row(struct bench_run *run, struct bench_result *result, struct lateness *lateness)
{
    if (lateness->n == 0) {
        return OD_OK;
    }
    bench_summarise(lateness->late, lateness->n, result);
    struct bench_histogram histogram =
        bench_histogram_of(result->suite, result->name, lateness->late, lateness->n);
    enum od_status status = bench_results_add(&run->results, result);
    return status == OD_OK ? bench_results_add_histogram(&run->results, &histogram) : status;
}

static enum od_status
add_pooled(struct bench_run *run, struct bench_result *result, const struct lateness *const *blocks,
           size_t n)
{
    static struct lateness all;
    pool(blocks, n, NULL, &all);
    return add_row(run, result, &all);
}

static enum od_status
add_alone(struct bench_run *run, const struct play *play, const struct pairs *pairs)
{
    struct bench_result result = bench_result_of("jitter", "alone", "ns");
    result.guide = 1e6;
    result.floor_what = "p99 of a bare clock_nanosleep loop beside it; ratios are of p99s";
    bench_result_must(&result, BENCH_MUST_RATIO, 1.3);
    set_p99_ratio(&result, pairs);
    snprintf(result.note, sizeof result.note, "95 %% sure of %.2f to %.2f; %s", result.ratio_low,
             result.ratio_high, play->own_count);
    return add_pooled(run, &result, pairs->ours, pairs->n);
}

static enum od_status
add_taking(struct bench_run *run, const struct play *play, const struct pairs *pairs)
{
    struct bench_result result = bench_result_of("jitter", "taking over", "ns");
    result.guide = 1e6;
    bench_result_must(&result, BENCH_MUST_RATIO, 1.2);
    set_p99_ratio(&result, pairs);
    snprintf(result.note, sizeof result.note,
             "floor: the player alone; 95 %% sure of %.2f to %.2f; %zu scores of 100,000 events "
             "sent, %zu taken over",
             result.ratio_low, result.ratio_high, play->sent,
             play->applied > 0 ? play->applied - 1 : 0);
    return add_pooled(run, &result, pairs->ours, pairs->n);
}

static enum od_status
add_bare(struct bench_run *run, const char *name, const struct lateness *const *blocks, size_t n)
{
    struct bench_result result = bench_result_of("jitter", name, "ns");
    result.rival = true;
    return add_pooled(run, &result, blocks, n);
}

static enum od_status
add_slept(struct bench_run *run, struct lateness *slept)
{
    struct bench_result result = bench_result_of("jitter", "sleep a step", "ns");
    result.rival = true;
    snprintf(result.note, sizeof result.note,
             "a loop that sends and sleeps for a step: how far behind it falls");
    return add_row(run, &result, slept);
}

static enum od_status
add_jitter_rows(struct bench_run *run, struct play *play)
{
    struct pairs alone = {.n = play->n_blocks / 2};
    struct pairs taking = alone, bare_taking = alone;
    for (size_t i = 0; i < alone.n; i++) {
        alone.ours[i] = taking.floor[i] = &play->steps[2 * i];
        alone.floor[i] = &play->floor[2 * i];
        taking.ours[i] = &play->steps[2 * i + 1];
        bare_taking.ours[i] = &play->floor[2 * i + 1];
    }
    enum od_status status = OD_OK;
    if (play->floor[0].n == 0) {
        status = bench_results_note(&run->results, "jitter: no bare loop beside the player");
    }
    if (status == OD_OK) {
        status = add_alone(run, play, &alone);
    }
    if (status == OD_OK) {
        status = add_taking(run, play, &taking);
    }
    if (status == OD_OK) {
        status = add_bare(run, "bare, alone", alone.floor, alone.n);
    }
    if (status == OD_OK) {
        status = add_bare(run, "bare, taking", bare_taking.ours, alone.n);
    }
    return status == OD_OK ? add_slept(run, &play->slept) : status;
}

static enum od_status
no_player(struct bench_run *run, const char *suite)
{
    return bench_results_note(&run->results, "%s: no player at work (%s/oiduna-play)", suite,
                              run->programs);
}

/* The grid that fits the tags best: their median distance from one that begins at the first. */
static size_t
tag_errors(const struct play *play, double *errors)
{
    static double offsets[SAMPLES_MAX];
    size_t n = play->n_tags;
    for (size_t i = 0; i < n; i++) {
        od_nsec since = play->tags[i] - play->tags[0];
        od_nsec nearest = (since + WAKING / 2) / WAKING * WAKING;
        errors[i] = (double)(since - nearest);
        offsets[i] = errors[i];
    }
    bench_sort(offsets, n);
    double middle = bench_quantile(offsets, n, 0.5);
    for (size_t i = 0; i < n; i++) {
        errors[i] = fabs(errors[i] - middle);
    }
    return n;
}

static void
judge_tags(struct bench_run *run, const struct play *play)
{
    static double errors[SAMPLES_MAX];
    run->timetag = bench_result_of("timetag", "120 BPM", "ns");
    bench_summarise(errors, tag_errors(play, errors), &run->timetag);
    bench_result_must(&run->timetag, BENCH_MUST_MAX, 1000);
}

enum od_status
bench_jitter(struct bench_run *run)
{
    static struct play play;
    play = (struct play){.fd = -1};
    enum od_status status = start_all(run, &play, true);
    if (status == OD_OK) {
        status = play_blocks(&play, run->quick ? 4 : BLOCKS_MAX);
    }
    stop_all(&play);
    if (status == OD_EUNAVAILABLE) {
        return no_player(run, "jitter");
    }
    judge_tags(run, &play);
    return status == OD_OK ? add_jitter_rows(run, &play) : status;
}

enum od_status
bench_timetag(struct bench_run *run)
{
    static struct play play;
    enum od_status status = OD_OK;
    if (run->timetag.n == 0) {
        play = (struct play){.fd = -1};
        status = start_all(run, &play, false);
        if (status == OD_OK) {
            status = play_blocks(&play, run->quick ? 1 : 4);
        }
        stop_all(&play);
        judge_tags(run, &play);
    }
    if (status == OD_EUNAVAILABLE) {
        return no_player(run, "timetag");
    }
    return status == OD_OK ? bench_results_add(&run->results, &run->timetag) : status;
}
