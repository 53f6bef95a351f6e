#include "workload.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/units.h"

const struct bench_workload bench_sessions[BENCH_SESSIONS] = {
    {"small", 2, 100, false, 0, 5.5, 0},     {"medium", 8, 1000, false, 0, 14, 0},
    {"large", 20, 5000, false, 0, 38, 0},    {"extreme", 50, 20000, false, 0, 105, 0},
    {"huge", 100, 100000, false, 0, NAN, 0},
};

/* The guide has a tick's cost in ms. */
const struct bench_workload bench_ticks[BENCH_TICKS] = {
    {"tick-minimal", 1, 1, true, 0, 0.1, 0},
    {"tick-typical", 8, 8, true, 0, 0.8, 0},
    {"tick-dense", 20, 50, true, 0, 5, 0},
    {"tick-extreme", 20, 200, true, 0, 20, 0},
};

const struct bench_workload *
bench_workload_find(const char *name)
{
    for (size_t i = 0; i < BENCH_SESSIONS; i++) {
        if (strcmp(bench_sessions[i].name, name) == 0) {
            return &bench_sessions[i];
        }
    }
    for (size_t i = 0; i < BENCH_TICKS; i++) {
        if (strcmp(bench_ticks[i].name, name) == 0) {
            return &bench_ticks[i];
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
write_event(struct od_buf *out, struct bench_random *random, unsigned step, double offset_ms)
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
    od_buf_printf(out, "}");
}

/* Front-ends write a track's events in order of steps. */
static void
write_sequence(struct od_buf *out, struct bench_random *random,
               const struct bench_workload *workload, unsigned track)
{
    unsigned n = workload->events / workload->tracks;
    unsigned on_step[OD_STEPS] = {0};
    double offset_ms = track < workload->audible ? workload->apart_ms * track : 0;
    n += track < workload->events % workload->tracks;
    for (unsigned i = 0; i < n; i++) {
        on_step[workload->one_step ? 0 : bench_random_below(random, OD_STEPS)]++;
    }
    od_buf_printf(out, "\"track-%u\": {\"track_id\": \"track-%u\", \"events\": [", track, track);
    const char *comma = "";
    for (unsigned step = 0; step < OD_STEPS; step++) {
        for (unsigned i = 0; i < on_step[step]; i++) {
            od_buf_printf(out, "%s", comma);
            write_event(out, random, step, offset_ms);
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
