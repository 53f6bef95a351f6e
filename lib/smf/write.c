#include "smf/write.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TICKS_PER_STEP INT64_C(2400)
_Static_assert(TICKS_PER_STEP *OD_BEAT_STEPS == OD_SMF_PPQ, "a beat has a quarter's ticks");
#define MICROSECONDS 60e6 /* of a minute */
#define META         0xffu
#define META_NAME    0x03
#define META_END     0x2f
#define META_TEMPO   0x51
#define META_METRE   0x58
#define SYSTEM       0xf0u

struct event {
    od_nsec time;
    uint32_t order; /**< as it was given */
    uint16_t track;
    uint8_t size;
    uint8_t bytes[3];
};

struct od_smf {
    struct od_buf names;  /**< NUL-terminated: the sequence's, then each track's */
    struct od_buf grids;  /**< struct od_transport */
    struct od_buf events; /**< struct event */
    size_t n_tracks;
};

/* Where a chunk's events are written: the tick of the last one makes the next one's delta. */
struct chunk {
    struct od_buf *out;
    size_t start; /**< of its data */
    int64_t tick;
};

static bool
add_name(struct od_smf *smf, const char *name)
{
    return od_buf_append(&smf->names, name, strlen(name) + 1);
}

struct od_smf *
od_smf_new(const char *name)
{
    struct od_smf *smf = calloc(1, sizeof *smf);
    if (smf != NULL && !add_name(smf, name)) {
        od_smf_free(smf);
        return NULL;
    }
    return smf;
}

void
od_smf_free(struct od_smf *smf)
{
    if (smf == NULL) {
        return;
    }
    od_buf_clear(&smf->names);
    od_buf_clear(&smf->grids);
    od_buf_clear(&smf->events);
    free(smf);
}

static size_t
count_grids(const struct od_smf *smf)
{
    return smf->grids.length / sizeof(struct od_transport);
}

static struct od_transport
grid_at(const struct od_smf *smf, size_t i)
{
    struct od_transport grid;
    memcpy(&grid, smf->grids.data + i * sizeof grid, sizeof grid);
    return grid;
}

void
od_smf_grid(struct od_smf *smf, const struct od_transport *transport)
{
    size_t n = count_grids(smf);
    if (n > 0 && grid_at(smf, n - 1).anchor_step == transport->anchor_step) {
        memcpy(smf->grids.data + (n - 1) * sizeof *transport, transport, sizeof *transport);
        return;
    }
    od_buf_append(&smf->grids, transport, sizeof *transport);
}

size_t
od_smf_track(struct od_smf *smf, const char *name)
{
    add_name(smf, name);
    return smf->n_tracks++;
}

void
od_smf_event(struct od_smf *smf, size_t track, od_nsec time, const unsigned char *bytes,
             size_t size)
{
    struct event event = {.time = time,
                          .order = (uint32_t)(smf->events.length / sizeof event),
                          .track = (uint16_t)track,
                          .size = (uint8_t)size};
    if (size < 1 || size > 3 || bytes[0] >= SYSTEM) {
        return;
    }
    memcpy(event.bytes, bytes, size);
    od_buf_append(&smf->events, &event, sizeof event);
}

static int64_t
tick_of(const struct od_transport *grid, od_nsec time)
{
    double steps = ((double)(time - grid->anchor.ns) - (double)grid->anchor.fraction * 0x1p-64) /
                   ((double)grid->length.ns + (double)grid->length.fraction * 0x1p-64);
    int64_t tick = grid->anchor_step * TICKS_PER_STEP + llrint(steps * (double)TICKS_PER_STEP);
    return tick < 0 ? 0 : tick;
}

/* The grid in force: the last whose anchor is not after the time. `*at` remembers, for times that
 * ascend. */
static int64_t
place(const struct od_smf *smf, od_nsec time, size_t *at)
{
    while (*at + 1 < count_grids(smf) && grid_at(smf, *at + 1).anchor.ns <= time) {
        (*at)++;
    }
    struct od_transport grid = grid_at(smf, *at);
    return tick_of(&grid, time);
}

static void
put(struct od_buf *out, uint64_t value, unsigned size)
{
    for (unsigned i = size; i-- > 0;) {
        unsigned char byte = (unsigned char)(value >> (8 * i));
        od_buf_append(out, &byte, 1);
    }
}

static void
put_varying(struct od_buf *out, uint64_t value)
{
    for (unsigned shift = 63; shift > 0; shift -= 7) {
        if (value >> shift != 0) {
            put(out, (value >> shift & 0x7f) | 0x80, 1);
        }
    }
    put(out, value & 0x7f, 1);
}

static struct chunk
begin_chunk(struct od_buf *out)
{
    od_buf_append(out, "MTrk\0\0\0\0", 8);
    return (struct chunk){out, out->length, 0};
}

static void
advance(struct chunk *chunk, int64_t tick)
{
    int64_t delta = tick > chunk->tick ? tick - chunk->tick : 0;
    put_varying(chunk->out, (uint64_t)delta);
    chunk->tick += delta;
}

static void
put_meta(struct chunk *chunk, int64_t tick, unsigned type, const void *bytes, size_t size)
{
    advance(chunk, tick);
    put(chunk->out, META, 1);
    put(chunk->out, type, 1);
    put_varying(chunk->out, size);
    od_buf_append(chunk->out, bytes, size);
}

static void
end_chunk(struct chunk *chunk, int64_t tick)
{
    put_meta(chunk, tick, META_END, "", 0);
    if (!chunk->out->failed) {
        size_t size = chunk->out->length - chunk->start;
        for (unsigned i = 0; i < 4; i++) {
            chunk->out->data[chunk->start - 1 - i] = (unsigned char)(size >> (8 * i));
        }
    }
}

static void
put_tempo(struct chunk *chunk, int64_t tick, double bpm)
{
    uint32_t quarter = (uint32_t)llrint(MICROSECONDS / bpm);
    quarter = quarter > 0xffffff ? 0xffffff : quarter; /* below 3.58 BPM the format has no number */
    const unsigned char bytes[] = {(unsigned char)(quarter >> 16), (unsigned char)(quarter >> 8),
                                   (unsigned char)quarter};
    put_meta(chunk, tick, META_TEMPO, bytes, sizeof bytes);
}

static void
put_tempo_track(const struct od_smf *smf, const char *name, int64_t end, struct od_buf *out)
{
    static const unsigned char metre[] = {4, 2, 24, 8}; /* 4/4, 24 clocks a beat */
    struct chunk chunk = begin_chunk(out);
    put_meta(&chunk, 0, META_NAME, name, strlen(name));
    put_meta(&chunk, 0, META_METRE, metre, sizeof metre);
    for (size_t i = 0; i < count_grids(smf); i++) {
        struct od_transport grid = grid_at(smf, i);
        put_tempo(&chunk, i == 0 ? 0 : grid.anchor_step * TICKS_PER_STEP, grid.bpm);
    }
    end_chunk(&chunk, end);
}

static int
by_track_and_time(const void *a, const void *b)
{
    const struct event *x = a;
    const struct event *y = b;
    if (x->track != y->track) {
        return x->track < y->track ? -1 : 1;
    }
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

/* No running status: some readers stumble over it, and the few bytes do not matter in a file. */
static void
put_track(const struct od_smf *smf, const char *name, const struct event *events, size_t n,
          int64_t end, struct od_buf *out)
{
    size_t grid = 0;
    struct chunk chunk = begin_chunk(out);
    put_meta(&chunk, 0, META_NAME, name, strlen(name));
    for (size_t i = 0; i < n; i++) {
        advance(&chunk, place(smf, events[i].time, &grid));
        od_buf_append(out, events[i].bytes, events[i].size);
    }
    end_chunk(&chunk, end);
}

static void
put_header(size_t n_tracks, struct od_buf *out)
{
    od_buf_append(out, "MThd", 4);
    put(out, 6, 4);
    put(out, 1, 2);
    put(out, n_tracks, 2);
    put(out, OD_SMF_PPQ, 2);
}

static void
put_tracks(const struct od_smf *smf, const struct event *events, size_t n_events, int64_t end,
           struct od_buf *out)
{
    const char *name = (const char *)smf->names.data;
    put_header(smf->n_tracks + 1, out);
    put_tempo_track(smf, name, end, out);
    for (size_t track = 0, first = 0; track < smf->n_tracks; track++) {
        size_t n = 0;
        while (first + n < n_events && events[first + n].track == track) {
            n++;
        }
        name += strlen(name) + 1;
        put_track(smf, name, n > 0 ? events + first : NULL, n, end, out);
        first += n;
    }
}

enum od_status
od_smf_write(const struct od_smf *smf, od_nsec end, struct od_buf *out)
{
    size_t grid = 0;
    size_t size = smf->events.length;
    if (smf->names.failed || smf->grids.failed || smf->events.failed) {
        return OD_ENOMEM;
    }
    if (count_grids(smf) == 0) {
        return OD_EBUG;
    }
    struct event *sorted = malloc(size > 0 ? size : 1);
    if (sorted == NULL) {
        return OD_ENOMEM;
    }
    if (size > 0) {
        memcpy(sorted, smf->events.data, size);
        qsort(sorted, size / sizeof *sorted, sizeof *sorted, by_track_and_time);
    }
    put_tracks(smf, sorted, size / sizeof *sorted, place(smf, end, &grid), out);
    free(sorted);
    return out->failed ? OD_ENOMEM : OD_OK;
}
