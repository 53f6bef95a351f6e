#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "world/clock.h"

#define SOURCE "a master"

/* CLOCK_MONOTONIC in nanoseconds, or @UNIX. */
static bool
time_of(const struct call *call, const char *text, od_nsec *time)
{
    char *end = NULL;
    if (text[0] == '@') {
        od_nsec real;
        if (!od_clock_parse(text + 1, od_clock_real(), &real) || text[1] == '+') {
            return false;
        }
        *time = real - engine_wall_offset(call->desk->engine);
        return true;
    }
    double about = strtod(text, &end);
    if (end == text || *end != '\0' || !(fabs(about) <= (double)OD_SYNC_FAR)) {
        return false;
    }
    *time = strtoll(text, &end, 10);
    if (*end != '\0') {
        *time = llrint(about);
    }
    return true;
}

/* What a source says beside: peers=N, bpm=yes. */
static bool
more_of(const struct call *call, int64_t *peers, bool *takes_tempo)
{
    for (int i = 5; i < call->n; i++) {
        double number;
        const char *word = call->words[i];
        if (strncmp(word, "peers=", 6) == 0 && call_whole(word + 6, 0, 1e6, &number)) {
            *peers = (int64_t)number;
        } else if (strcmp(word, "bpm=yes") == 0) {
            *takes_tempo = true;
        } else {
            return false;
        }
    }
    return true;
}

static void
follow(struct call *call)
{
    struct od_sync_line line;
    int64_t peers = -1;
    bool takes_tempo = false;
    if (call->n < 4 ||
        !call_number(call->words[1], -OD_POSITION_MAX, OD_POSITION_MAX, &line.step) ||
        !call_number(call->words[2], OD_BPM_MIN, OD_BPM_MAX, &line.bpm) ||
        !time_of(call, call->words[3], &line.time) || !more_of(call, &peers, &takes_tempo)) {
        call_bad_argument(call,
                          "off, or STEP BPM TIME [SOURCE]: a position, a tempo from 1 to 999, "
                          "nanoseconds or @UNIX");
        return;
    }
    following_line(call->desk->following, call->n > 4 ? call->words[4] : SOURCE, peers, takes_tempo,
                   line.bpm);
    call_ask(call, (struct od_command){.kind = OD_COMMAND_SYNC, .sync = line});
}

void
command_sync(struct call *call)
{
    if (call->n == 2 && strcmp(call->words[1], "off") == 0) {
        call_simple(call, OD_COMMAND_SYNC_OFF);
    } else {
        follow(call);
    }
}
