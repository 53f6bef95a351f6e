/* Shared by the fuzzers: play a score through the core in virtual time. */
#ifndef OD_FUZZ_PLAY_H
#define OD_FUZZ_PLAY_H

#include <stdint.h>
#include <stdlib.h>

#include "control/live.h"
#include "out/offline.h"
#include "out/trace.h"

#define FUZZ_MESSAGES 20000 /* a run is ended after so many: time is bounded */

static const struct od_route fuzz_routes[] = {
    {.id = "superdirt", .address = "/dirt/play"},
    {.id = "other", .output = 1, .address = "/other/address"},
    {.id = "midi", .midi = true, .output = 1, .channel = 3},
};

static const struct od_live_setup fuzz_setup = {.routes = fuzz_routes, .n_routes = 3};

struct fuzz_run {
    uint64_t sent;
};

static bool
fuzz_osc(void *context, od_nsec time, int64_t step, unsigned char *bundle, size_t size)
{
    struct fuzz_run *run = context;
    struct od_buf line = {0};
    if (od_trace_osc(&line, time, step, bundle, size) != OD_OK) {
        abort(); /* what is sent is OSC */
    }
    od_buf_clear(&line);
    return ++run->sent < FUZZ_MESSAGES;
}

static bool
fuzz_midi(void *context, const struct od_midi_message *message)
{
    struct fuzz_run *run = context;
    size_t data = message->size;
    if (message->bytes[0] == 0xf0) { /* System Exclusive: as long as it likes, with an end */
        data--;
        if (data == 0 || message->bytes[data] != 0xf7) {
            abort();
        }
    }
    for (size_t i = 1; i < data; i++) {
        if (message->bytes[i] > 127) {
            abort(); /* a data byte of MIDI 1.0 has seven bits */
        }
    }
    return ++run->sent < FUZZ_MESSAGES;
}

/* Plays so many bars of a take. A clock is most of the work where the session is small. */
static inline void
fuzz_play(struct od_take *take, int64_t bars, bool clock)
{
    struct fuzz_run run = {0};
    struct od_playlist list = {.takes = &take, .n = 1, .bars = bars};
    struct od_player_settings settings = {
        .n_ports = 2, .clock_ports = clock ? OD_ALL_PORTS : 0, .agenda_capacity = 4096};
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings.packet_limit[i] = OD_PACKET_LIMIT_NETWORK;
    }
    const struct od_offline_sink sink = {.context = &run, .osc = fuzz_osc, .midi = fuzz_midi};
    if (od_offline_run(&settings, &list, &sink) != OD_OK) {
        abort();
    }
}

#define LOOP_BARS (OD_STEPS / OD_BAR_STEPS)

/* Every part of a score, and its exclusive apply into the part before; takes the score over. */
static inline void
fuzz_play_score(struct od_score *score)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_take *last = NULL;
    struct od_shared_score *shared = od_shared_score_new(score);
    if (shared == NULL) {
        return;
    }
    uint32_t parts = od_shared_score_get(shared)->count[OD_SECTION_PARTS];
    for (uint32_t part = 0; part <= parts && part < 4; part++) {
        struct od_take *take = NULL;
        enum od_apply_what what;
        enum od_status status =
            part < parts ? od_take_new(&fuzz_setup, shared, part, &take, error)
                         : od_take_apply(&fuzz_setup, last, shared, false, &take, &what, error);
        if (status != OD_OK) {
            continue;
        }
        fuzz_play(take, part == 0 ? 2 * LOOP_BARS : LOOP_BARS, part == 1);
        od_take_unref(last);
        last = take;
    }
    od_take_unref(last);
    od_shared_score_unref(shared);
}

#endif
