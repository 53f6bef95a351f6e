#include "smf/write.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "score/midi.h"
#include "smf/smf.h"

#define TICKS_PER_STEP INT64_C(2400)
#define BAR_TICKS      (TICKS_PER_STEP * OD_BAR_STEPS)
_Static_assert(TICKS_PER_STEP *OD_BEAT_STEPS == OD_SMF_PPQ, "a beat has a quarter's ticks");
#define SYSTEM   0xf0u
#define CHANNELS 16
#define NOTES    128
#define NAME_MAX 127 /* bytes: more need a length of two, which some readers do not know */

struct event {
    od_nsec time;
    uint32_t order; /**< as it was given */
    uint16_t track;
    uint16_t size;
    uint8_t bytes[3];
    uint32_t sysex; /**< place of its bytes, if it is one: size > 3, or begins with F0 */
};

struct od_smf {
    struct od_buf names;    /**< NUL-terminated: the sequence's, then each track's */
    struct od_buf channels; /**< a byte for each track */
    struct od_buf grids;    /**< struct od_transport */
    struct od_buf events;   /**< struct event */
    struct od_buf sysex;    /**< bytes of all */
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
    size_t length = od_utf8_cut(name, strlen(name), NAME_MAX);
    return od_buf_append(&smf->names, name, length) && od_buf_append(&smf->names, "", 1);
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
    od_buf_clear(&smf->channels);
    od_buf_clear(&smf->grids);
    od_buf_clear(&smf->events);
    od_buf_clear(&smf->sysex);
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
od_smf_track(struct od_smf *smf, const char *name, unsigned channel)
{
    const unsigned char byte = (unsigned char)channel;
    add_name(smf, name);
    od_buf_append(&smf->channels, &byte, 1);
    return smf->n_tracks++;
}

void
od_smf_event(struct od_smf *smf, size_t track, od_nsec time, const unsigned char *bytes,
             size_t size)
{
    struct event event = {.time = time,
                          .order = (uint32_t)(smf->events.length / sizeof event),
                          .track = (uint16_t)track,
                          .size = (uint16_t)size,
                          .sysex = (uint32_t)smf->sysex.length};
    bool sysex = size >= 2 && size <= UINT16_MAX && bytes[0] == OD_SMF_SYSEX;
    if (size < 1 || (!sysex && (size > 3 || bytes[0] >= SYSTEM))) {
        return;
    }
    memcpy(event.bytes, bytes, size < sizeof event.bytes ? size : sizeof event.bytes);
    if (sysex) {
        od_buf_append(&smf->sysex, bytes, size);
    }
    od_buf_append(&smf->events, &event, sizeof event);
}

/* ---- the grid in ticks ---- */

/* A grid and where it stands in the file. */
struct ruler {
    struct od_transport grid;
    int64_t tick;     /* of its anchor */
    int64_t step;     /* ticks of a step */
    uint32_t quarter; /* microseconds */
};

/* How many ticks a step has, so that the tempo is one that the format has a number for. */
static void
measure(struct ruler *ruler)
{
    double quarter = OD_SMF_MINUTE / ruler->grid.bpm;
    ruler->step = TICKS_PER_STEP;
    while (llrint(quarter) > OD_SMF_QUARTER_MAX) {
        quarter /= 2;
        ruler->step *= 2;
    }
    ruler->quarter = (uint32_t)llrint(quarter);
}

/* How many tempos a grid has until the next one's, or until the end: one a step in a ramp. */
static size_t
count_tempos(const struct od_smf *smf, size_t i, od_nsec end)
{
    const struct od_transport grid = grid_at(smf, i);
    int64_t until = i + 1 < count_grids(smf) ? grid_at(smf, i + 1).anchor_step
                    : grid.ramp.steps > 0    ? od_transport_step_at(&grid, end)
                                             : 0;
    int64_t steps = until - grid.anchor_step;
    steps = steps < grid.ramp.steps + 1 ? steps : grid.ramp.steps + 1;
    return steps > 1 ? (size_t)steps : 1;
}

/* Grids without ramps, `*n` of them; NULL if there is no memory. */
static struct ruler *
list_rulers(const struct od_smf *smf, od_nsec end, size_t *n)
{
    size_t total = 0;
    for (size_t i = 0; i < count_grids(smf); i++) {
        total += count_tempos(smf, i, end);
    }
    struct ruler *rulers = calloc(total, sizeof *rulers);
    *n = 0;
    for (size_t i = 0; rulers != NULL && i < count_grids(smf); i++) {
        const struct od_transport grid = grid_at(smf, i);
        size_t tempos = count_tempos(smf, i, end);
        for (size_t j = 0; j < tempos; j++) {
            struct od_transport *at = &rulers[(*n)++].grid;
            int64_t step = grid.anchor_step + (int64_t)j;
            *at = grid;
            if (grid.ramp.steps > 0) {
                od_transport_tempo(at, step, od_transport_bpm(&grid, step));
            }
        }
    }
    return rulers;
}

/* The grids one behind the other; NULL if there is no memory. */
static struct ruler *
make_rulers(const struct od_smf *smf, od_nsec end, int64_t lead, size_t *n, bool *stretched)
{
    struct ruler *rulers = list_rulers(smf, end, n);
    *stretched = false;
    for (size_t i = 0; rulers != NULL && i < *n; i++) {
        measure(&rulers[i]);
        int64_t before = i == 0 ? -lead * OD_BAR_STEPS : rulers[i - 1].grid.anchor_step;
        int64_t step = i == 0 ? rulers[0].step : rulers[i - 1].step;
        rulers[i].tick = (rulers[i].grid.anchor_step - before) * step;
        rulers[i].tick += i == 0 ? 0 : rulers[i - 1].tick;
        *stretched = *stretched || rulers[i].step > TICKS_PER_STEP;
    }
    return rulers;
}

static int64_t
tick_of(const struct ruler *ruler, od_nsec time)
{
    const struct od_transport *grid = &ruler->grid;
    double steps = ((double)(time - grid->anchor.ns) - (double)grid->anchor.fraction * 0x1p-64) /
                   ((double)grid->length.ns + (double)grid->length.fraction * 0x1p-64);
    int64_t tick = ruler->tick + llrint(steps * (double)ruler->step);
    return tick < 0 ? 0 : tick;
}

/* What is written: the file, its grids, its events by track and time. */
struct writing {
    const struct od_smf *smf;
    struct ruler *rulers;
    size_t n_rulers;
    struct event *events;
    size_t n_events;
    int64_t end; /* tick */
    struct od_buf *out;
};

/* The grid in force: the last whose anchor is not after the time. `*at` remembers, for times that
 * ascend. */
static int64_t
place(const struct writing *writing, od_nsec time, size_t *at)
{
    while (*at + 1 < writing->n_rulers && writing->rulers[*at + 1].grid.anchor.ns <= time) {
        (*at)++;
    }
    return tick_of(&writing->rulers[*at], time);
}

/* ---- bytes ---- */

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
    od_buf_append(out, OD_SMF_TRACK "\0\0\0\0", OD_SMF_CHUNK_HEAD);
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
    put(chunk->out, OD_SMF_META, 1);
    put(chunk->out, type, 1);
    put_varying(chunk->out, size);
    od_buf_append(chunk->out, bytes, size);
}

static void
end_chunk(struct chunk *chunk, int64_t tick)
{
    put_meta(chunk, tick, OD_SMF_END, "", 0);
    if (!chunk->out->failed) {
        size_t size = chunk->out->length - chunk->start;
        for (unsigned i = 0; i < 4; i++) {
            chunk->out->data[chunk->start - 1 - i] = (unsigned char)(size >> (8 * i));
        }
    }
}

static void
put_tempo(struct chunk *chunk, int64_t tick, uint32_t quarter)
{
    const unsigned char bytes[] = {(unsigned char)(quarter >> 16), (unsigned char)(quarter >> 8),
                                   (unsigned char)quarter};
    put_meta(chunk, tick, OD_SMF_TEMPO, bytes, sizeof bytes);
}

static void
put_tempo_track(const struct writing *writing, const char *name)
{
    static const unsigned char metre[] = {4, 2, 24, 8}; /* 4/4, 24 clocks a beat */
    struct chunk chunk = begin_chunk(writing->out);
    uint32_t quarter = 0;
    put_meta(&chunk, 0, OD_SMF_NAME, name, strlen(name));
    put_meta(&chunk, 0, OD_SMF_METRE, metre, sizeof metre);
    for (size_t i = 0; i < writing->n_rulers; i++) {
        const struct ruler *ruler = &writing->rulers[i];
        if (ruler->quarter != quarter) {
            quarter = ruler->quarter;
            put_tempo(&chunk, i == 0 ? 0 : ruler->tick, quarter);
        }
    }
    end_chunk(&chunk, writing->end);
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

static int
by_order(const void *a, const void *b)
{
    const struct event *x = a;
    const struct event *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

/*
 * What shares a tick may have come at times that differ a little; read again it has one time, at
 * which notes end first. So they do in the file: by their numbers, but for notes that begin there
 * as well.
 */
static void
sort_moment(struct event *events, size_t n, int64_t struck[CHANNELS][NOTES])
{
    for (size_t i = 0; i < n; i++) {
        unsigned kind = events[i].bytes[0] & 0xf0u;
        int64_t *last = &struck[events[i].bytes[0] & 0x0fu][events[i].bytes[1] & 0x7fu];
        bool ends = kind == OD_MIDI_NOTE_OFF && *last != events[i].time;
        events[i].order = ends ? events[i].bytes[1] : (uint32_t)(NOTES + i);
        *last = kind == OD_MIDI_NOTE_ON ? events[i].time : *last;
    }
    if (n > 1) {
        qsort(events, n, sizeof *events, by_order);
    }
}

/* Times become ticks. */
static void
place_events(const struct writing *writing, struct event *events, size_t n)
{
    size_t ruler = 0;
    size_t same;
    int64_t struck[CHANNELS][NOTES];
    memset(struck, 0xff, sizeof struck);
    for (size_t i = 0; i < n; i++) {
        events[i].time = place(writing, events[i].time, &ruler);
    }
    for (size_t i = 0; i < n; i += same) {
        for (same = 1; i + same < n && events[i + same].time == events[i].time; same++) {
        }
        sort_moment(events + i, same, struck);
    }
}

/* In a file the length of a SysEx stands behind its first byte. */
static void
put_message(const struct writing *writing, const struct event *event)
{
    if (event->bytes[0] != OD_SMF_SYSEX) {
        od_buf_append(writing->out, event->bytes, event->size);
        return;
    }
    const unsigned char *sysex = writing->smf->sysex.data + event->sysex;
    put(writing->out, OD_SMF_SYSEX, 1);
    put_varying(writing->out, event->size - 1u);
    od_buf_append(writing->out, sysex + 1, event->size - 1u);
}

/* No running status: some readers stumble over it, and the few bytes do not matter in a file. */
static void
put_track(const struct writing *writing, size_t track, const char *name, struct event *events,
          size_t n)
{
    struct chunk chunk = begin_chunk(writing->out);
    put_meta(&chunk, 0, OD_SMF_NAME, name, strlen(name));
    if (n == 0) {
        put_meta(&chunk, 0, OD_SMF_CHANNEL, writing->smf->channels.data + track, 1);
    }
    place_events(writing, events, n);
    for (size_t i = 0; i < n; i++) {
        advance(&chunk, events[i].time);
        put_message(writing, &events[i]);
    }
    end_chunk(&chunk, writing->end);
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
put_tracks(const struct writing *writing)
{
    const char *name = (const char *)writing->smf->names.data;
    put_header(writing->smf->n_tracks + 1, writing->out);
    put_tempo_track(writing, name);
    for (size_t track = 0, first = 0; track < writing->smf->n_tracks; track++) {
        size_t n = 0;
        while (first + n < writing->n_events && writing->events[first + n].track == track) {
            n++;
        }
        name += strlen(name) + 1;
        put_track(writing, track, name, n > 0 ? writing->events + first : NULL, n);
        first += n;
    }
}

static struct event *
sort_events(const struct od_smf *smf)
{
    size_t size = smf->events.length;
    struct event *sorted = malloc(size > 0 ? size : 1);
    if (sorted != NULL && size > 0) {
        memcpy(sorted, smf->events.data, size);
        qsort(sorted, size / sizeof *sorted, sizeof *sorted, by_track_and_time);
    }
    return sorted;
}

/* The bar line at or after the end and all events: a reader who counts in bars sees no rest. */
static int64_t
last_bar_line(const struct writing *writing, od_nsec end)
{
    size_t ruler = 0;
    for (size_t i = 0; i < writing->n_events; i++) {
        end = writing->events[i].time > end ? writing->events[i].time : end;
    }
    int64_t tick = place(writing, end, &ruler);
    return (tick + BAR_TICKS - 1) / BAR_TICKS * BAR_TICKS;
}

enum od_status
od_smf_write(const struct od_smf *smf, od_nsec end, int64_t lead, struct od_buf *out,
             bool *stretched)
{
    struct writing writing = {
        .smf = smf, .n_events = smf->events.length / sizeof(struct event), .out = out};
    if (smf->names.failed || smf->channels.failed || smf->grids.failed || smf->events.failed ||
        smf->sysex.failed) {
        return OD_ENOMEM;
    }
    if (count_grids(smf) == 0) {
        return OD_EBUG;
    }
    writing.rulers = make_rulers(smf, end, lead, &writing.n_rulers, stretched);
    writing.events = sort_events(smf);
    if (writing.rulers != NULL && writing.events != NULL) {
        writing.end = last_bar_line(&writing, end);
        put_tracks(&writing);
    }
    bool failed = writing.rulers == NULL || writing.events == NULL || out->failed;
    free(writing.rulers);
    free(writing.events);
    return failed ? OD_ENOMEM : OD_OK;
}
