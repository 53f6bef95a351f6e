#include "workload.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/units.h"

const struct bench_workload bench_sessions[BENCH_SESSIONS] = {
    {"small", 2, 100, false, 0, 5.5, 0, 0, 0, false},
    {"medium", 8, 1000, false, 0, 14, 0, 0, 0, false},
    {"large", 20, 5000, false, 0, 38, 0, 0, 0, false},
    {"extreme", 50, 20000, false, 0, 105, 0, 0, 0, false},
    {"huge", 100, 100000, false, 0, NAN, 0, 0, 0, false},
};

/* The guide has a tick's cost in ms. */
const struct bench_workload bench_ticks[BENCH_TICKS] = {
    {"tick-minimal", 1, 1, true, 0, 0.1, 0, 0, 0, false},
    {"tick-typical", 8, 8, true, 0, 0.8, 0, 0, 0, false},
    {"tick-dense", 20, 50, true, 0, 5, 0, 0, 0, false},
    {"tick-extreme", 20, 200, true, 0, 20, 0, 0, 0, false},
};

const struct bench_workload bench_rings[BENCH_RINGS] = {
    {"rings-1", 16, 4096, false, 0, NAN, 0, OD_STEPS, 1, false},
    {"rings-4", 16, 4096, false, 0, NAN, 0, OD_STEPS, 4, false},
    {"rings-16", 16, 4096, false, 0, NAN, 0, OD_STEPS, 16, false},
};
const struct bench_workload bench_long = {"long", 20, 5000,          false, 0,
                                          NAN,    0,  OD_LENGTH_MAX, 1,     false};
const struct bench_workload bench_own = {"own", 8, 8, true, 0, NAN, 0, 0, 0, true};

static const struct bench_workload *
find_in(const struct bench_workload *workloads, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(workloads[i].name, name) == 0) {
            return &workloads[i];
        }
    }
    return NULL;
}

const struct bench_workload *
bench_workload_find(const char *name)
{
    const struct bench_workload *found[] = {
        find_in(bench_sessions, BENCH_SESSIONS, name), find_in(bench_ticks, BENCH_TICKS, name),
        find_in(bench_rings, BENCH_RINGS, name), find_in(&bench_long, 1, name),
        find_in(&bench_own, 1, name)};
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
        if (found[i] != NULL) {
            return found[i];
        }
    }
    return NULL;
}

unsigned
bench_random_below(struct bench_random *random, unsigned limit)
{
    uint64_t x = random->state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((x ^ x >> 31) >> 32) % limit;
}

/* The numbers are drawn in an order that does not depend on the compiler. */
static void
write_track(struct od_buf *out, struct bench_random *random, unsigned i, bool mute)
{
    static const char *const sounds[] = {"bd", "sn", "hh", "cp", "superpiano", "arpy", "tabla"};
    unsigned n = bench_random_below(random, 16);
    unsigned gain = 80 + bench_random_below(random, 20);
    unsigned pan = 25 + bench_random_below(random, 50);
    unsigned speed = bench_random_below(random, 10);
    unsigned cutoff = 400 + bench_random_below(random, 8000);
    unsigned resonance = 10 + bench_random_below(random, 40);
    od_buf_printf(out,
                  "\"track-%u\": {\"meta\": {\"track_id\": \"track-%u\"%s}, \"params\": {\"s\": "
                  "\"%s\", \"n\": %u, \"gain\": 0.%u, \"pan\": 0.%u, \"speed\": 1.%u, \"begin\": "
                  "0.0, \"end\": 1.0, \"orbit\": %u}, \"track_fx\": {\"cutoff\": %u.0, "
                  "\"resonance\": 0.%u}}",
                  i, i, mute ? ", \"mute\": true" : "",
                  sounds[i % (sizeof sounds / sizeof sounds[0])], n, gain, pan, speed, i % 12,
                  cutoff, resonance);
}

static void
write_event(struct od_buf *out, struct bench_random *random, unsigned step, double offset_ms,
            bool own)
{
    unsigned velocity = 50 + bench_random_below(random, 50);
    unsigned note = 36 + bench_random_below(random, 48);
    unsigned gate = bench_random_below(random, 4);
    unsigned quarters = 1 + bench_random_below(random, 3);
    od_buf_printf(out, "{\"step\": %u, \"velocity\": 0.%u, \"note\": %u, \"gate\": %u.%u", step,
                  velocity, note, gate, 25 * quarters);
    if (offset_ms > 0) {
        od_buf_printf(out, ", \"offset_ms\": %g", offset_ms);
    }
    if (own) {
        unsigned n = bench_random_below(random, 16);
        unsigned cutoff = 400 + bench_random_below(random, 8000);
        od_buf_printf(out, ", \"params\": {\"n\": %u, \"cutoff\": %u.0}", n, cutoff);
    }
    od_buf_printf(out, "}");
}

/* Of the sequence of a track. */
static unsigned
steps_of(const struct bench_workload *workload, unsigned track)
{
    unsigned most = workload->steps != 0 ? workload->steps : OD_STEPS;
    return workload->rings == 0 ? most : most - track % workload->rings * (most / 16);
}

/* Front-ends write a track's events in order of steps. */
static void
write_sequence(struct od_buf *out, struct bench_random *random,
               const struct bench_workload *workload, unsigned track)
{
    unsigned n = workload->events / workload->tracks;
    unsigned on_step[OD_LENGTH_MAX] = {0};
    unsigned steps = steps_of(workload, track);
    double offset_ms = track < workload->audible ? workload->apart_ms * track : 0;
    n += track < workload->events % workload->tracks;
    for (unsigned i = 0; i < n; i++) {
        on_step[workload->one_step ? 0 : bench_random_below(random, steps)]++;
    }
    od_buf_printf(out, "\"track-%u\": {\"track_id\": \"track-%u\", ", track, track);
    if (workload->steps != 0) {
        od_buf_printf(out, "\"length\": %u, ", steps);
    }
    od_buf_printf(out, "\"events\": [");
    const char *comma = "";
    for (unsigned step = 0; step < steps; step++) {
        for (unsigned i = 0; i < on_step[step]; i++) {
            od_buf_printf(out, "%s", comma);
            write_event(out, random, step, offset_ms, workload->own);
            comma = ", ";
        }
    }
    od_buf_printf(out, "]}");
}

bool
bench_workload_write(const struct bench_workload *workload, struct od_buf *out)
{
    struct bench_random random = {.state = 256};
    od_buf_printf(out, "{\"environment\": {\"bpm\": 120.0}, \"tracks\": {");
    for (unsigned i = 0; i < workload->tracks; i++) {
        od_buf_printf(out, "%s", i > 0 ? ", " : "");
        write_track(out, &random, i, workload->audible > 0 && i >= workload->audible);
    }
    od_buf_printf(out, "}, \"sequences\": {");
    for (unsigned i = 0; i < workload->tracks; i++) {
        od_buf_printf(out, "%s", i > 0 ? ", " : "");
        write_sequence(out, &random, workload, i);
    }
    od_buf_printf(out, "}}\n");
    return !out->failed;
}
