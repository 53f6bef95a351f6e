/* What the player keeps in memory. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "listen.h"
#include "prepare.h"
#include "suite.h"

#define PATIENCE (10 * OD_NSEC_PER_SEC)
#define MIB      (1024.0 * 1024)

#define MUST_PER_EVENT 16.5

/* A line "key: N kB" of /proc/PID/status, in bytes; NaN if there is none. */
static double
read_status(pid_t process, const char *key)
{
    char path[64], line[256];
    double bytes = NAN;
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ':') {
            bytes = strtod(line + strlen(key) + 1, NULL) * 1024;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return bytes;
}

static bool
wait_for(struct bench_child *player, const char *event)
{
    char line[4096];
    while (bench_child_read_line(player, line, sizeof line, PATIENCE)) {
        if (strstr(line, event) != NULL) {
            return true;
        }
    }
    return false;
}

/*
 * Starts a player that waits, gives it the score (maybe empty), and looks. `own` gets what is its
 * own, without the pages of libraries: how many of those are there depends on the kernel's mood.
 */
static enum od_status
look(struct bench_run *run, const struct od_buf *score, bool locked, struct bench_result *result,
     double *own)
{
    static const char ping[] = "ping there\n";
    char program[4096 + 32], address[64];
    const char *const argv[] = {
        program, "--osc", address, "--events", "--paused", "--quiet", locked ? "--rt" : "--no-rt",
        "-",     NULL};
    struct bench_child player = {.process = -1};
    unsigned port;
    int fd = bench_listen(&port);
    snprintf(program, sizeof program, "%s/oiduna-play", run->programs);
    snprintf(address, sizeof address, "127.0.0.1:%u", port);
    enum od_status status = fd >= 0 ? bench_child_start(&player, argv, -1) : OD_EUNAVAILABLE;
    if (status == OD_OK &&
        (!wait_for(&player, "\"ready\"") ||
         !bench_child_write(&player, score->data, score->length) ||
         !bench_child_write(&player, ping, sizeof ping - 1) || !wait_for(&player, "\"ping\""))) {
        status = OD_EUNAVAILABLE;
    }
    if (status == OD_OK) {
        usleep(200000); /* what was replaced is freed by then */
        double bytes = read_status(player.process, "VmRSS");
        snprintf(result->note, sizeof result->note, "%.2f MiB at most so far; %.2f MiB locked",
                 read_status(player.process, "VmHWM") / MIB,
                 read_status(player.process, "VmLck") / MIB);
        *own = read_status(player.process, "RssAnon");
        if (isnan(bytes) || isnan(*own)) {
            status = OD_EUNAVAILABLE;
        }
        bench_summarise(&bytes, 1, result);
    }
    bench_child_end(&player);
    if (fd >= 0) {
        close(fd);
    }
    return status;
}

static enum od_status
add_idle(struct bench_run *run, bool locked)
{
    const struct od_buf nothing = {0};
    struct bench_result result = bench_result_of("memory", locked ? "idle, locked" : "idle", "B");
    result.guide = locked ? NAN : 50 * MIB;
    bench_result_must(&result, BENCH_MUST_MEDIAN, (locked ? 8 : 4) * MIB);
    double own;
    enum od_status status = look(run, &nothing, locked, &result, &own);
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}

static enum od_status
add_loaded(struct bench_run *run, unsigned events, const char *name, double *own)
{
    const struct bench_workload workload = {name, 8, events, false, 0, NAN, 0, 0, 0, false};
    struct od_buf score = {0};
    struct bench_result result = bench_result_of("memory", name, "B");
    enum od_status status = bench_prepare(&workload, NULL, &score, NULL);
    if (status == OD_OK) {
        status = look(run, &score, false, &result, own);
    }
    od_buf_clear(&score);
    return status == OD_OK ? bench_results_add(&run->results, &result) : status;
}

/* The slope between many events and more: 16 bytes, and some pages more or less. */
static enum od_status
add_slope(struct bench_run *run, double slope)
{
    struct bench_result result = bench_result_of("memory", "an event", "B");
    result.guide = 64;
    bench_summarise(&slope, 1, &result);
    bench_result_must(&result, BENCH_MUST_MEDIAN, MUST_PER_EVENT);
    snprintf(result.note, sizeof result.note, "the slope of what is not shared with others");
    return bench_results_add(&run->results, &result);
}

#define SIZES 3

enum od_status
bench_memory(struct bench_run *run)
{
    static const struct {
        unsigned events;
        const char *name;
    } sizes[SIZES] = {{1000, "1000 events"}, {10000, "10000 events"}, {100000, "100000 events"}};
    double own[SIZES];
    enum od_status status = add_idle(run, false);
    if (status == OD_OK) {
        status = add_idle(run, true);
    }
    for (size_t i = 0; i < SIZES && status == OD_OK; i++) {
        status = add_loaded(run, sizes[i].events, sizes[i].name, &own[i]);
    }
    if (status == OD_OK) {
        status = add_slope(run, (own[2] - own[1]) / (sizes[2].events - sizes[1].events));
    }
    if (status == OD_EUNAVAILABLE) {
        return bench_results_note(&run->results, "memory: no player at work (%s/oiduna-play)",
                                  run->programs);
    }
    return status;
}
