#include "smf/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/name.h"
#include "smf/smf.h"

#define RIFF_HEAD      12 /* "RIFF", length, "RMID" */
#define HEADER_SIZE    6
#define DIVISION_SMPTE 0x8000u
#define VARYING_MAX    4 /* bytes */
#define METRE_UNIT_MAX 6 /* 64ths */

#define FAIL(file, ...) (snprintf((file)->error, sizeof(file)->error, __VA_ARGS__), OD_EDATA)

/* A piece of the file that is being read. */
struct cursor {
    const unsigned char *at, *end;
};

/* A track that is being read. */
struct reading {
    struct od_smf_file *file;
    struct od_smf_track track;
    size_t number;
    struct cursor in;
    int64_t tick, last_tick; /* the farthest there may be */
    unsigned running;        /* status; 0 = none */
    bool named;              /* by a track name, not by its instrument */
    bool ended;
    bool cut; /* by the end of the file */
};

size_t
od_smf_n_tracks(const struct od_smf_file *file)
{
    return file->tracks.length / sizeof(struct od_smf_track);
}

static struct od_smf_track *
tracks_of(const struct od_smf_file *file)
{
    return (struct od_smf_track *)(void *)file->tracks.data;
}

const struct od_smf_track *
od_smf_track_at(const struct od_smf_file *file, size_t track)
{
    return &tracks_of(file)[track];
}

void
od_smf_note(struct od_smf_file *file, enum od_smf_finding finding, size_t track, int64_t tick)
{
    struct od_smf_found *found = &file->found[finding];
    if (found->count++ == 0) {
        found->track = track;
        found->tick = tick;
    }
}

void
od_smf_say(const struct od_smf_file *file, enum od_smf_finding finding, struct od_buf *out)
{
    static const char *const texts[] = {
#define TEXT(name, text) text,
        OD_SMF_FINDINGS(TEXT)
#undef TEXT
    };
    const struct od_smf_found *found = &file->found[finding];
    if (found->tick != OD_SMF_NOWHERE) {
        od_buf_printf(out, "track %zu, tick %lld: ", found->track + 1, (long long)found->tick);
    }
    od_buf_printf(out, "%s", texts[finding]);
    if (found->count > 1) {
        od_buf_printf(out, " (and %zu more)", found->count - 1);
    }
}

static size_t
left(const struct cursor *in)
{
    return (size_t)(in->end - in->at);
}

static uint32_t
load(const unsigned char *bytes, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* False if it is cut off or longer than such a number may be. */
static bool
read_varying(struct cursor *in, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < VARYING_MAX && in->at < in->end; i++) {
        unsigned byte = *in->at++;
        *value = *value << 7 | (byte & 0x7fu);
        if (byte < 0x80) {
            return true;
        }
    }
    return false;
}

static void
note(struct reading *reading, enum od_smf_finding finding)
{
    od_smf_note(reading->file, finding, reading->number, reading->tick);
}

/* ---- names ---- */

/* A track's name comes before that of its instrument. */
static bool
take_name(struct reading *reading, unsigned type, const unsigned char *bytes, size_t size)
{
    bool is_name = type == OD_SMF_NAME;
    if (reading->named || (!is_name && reading->track.name != NULL) || size == 0) {
        return true;
    }
    free(reading->track.name);
    reading->track.name = od_smf_name(bytes, size);
    reading->named = is_name;
    return reading->track.name != NULL;
}

/* ---- events ---- */

static struct od_smf_when
when(const struct reading *reading, const struct od_buf *of, size_t size)
{
    return (struct od_smf_when){reading->tick, (uint32_t)(of->length / size),
                                (uint16_t)reading->number};
}

static bool
take_tempo(struct reading *reading, const unsigned char *bytes, size_t size)
{
    struct od_smf_tempo tempo = {.when = when(reading, &reading->file->tempos, sizeof tempo)};
    tempo.quarter = size >= 3 ? load(bytes, 3) : 0;
    if (tempo.quarter == 0) {
        note(reading, OD_SMF_NO_TEMPO);
        return true;
    }
    return od_buf_append(&reading->file->tempos, &tempo, sizeof tempo);
}

static bool
take_metre(struct reading *reading, const unsigned char *bytes, size_t size)
{
    struct od_smf_metre metre = {.when = when(reading, &reading->file->metres, sizeof metre)};
    if (size < 2 || bytes[0] == 0 || bytes[1] > METRE_UNIT_MAX) {
        note(reading, OD_SMF_NO_METRE);
        return true;
    }
    metre.beats = bytes[0];
    metre.unit = bytes[1];
    return od_buf_append(&reading->file->metres, &metre, sizeof metre);
}

/* A session has one output: what is for another port meets the same channels there. */
static void
take_port(struct reading *reading, const unsigned char *bytes, size_t size)
{
    int port = size > 0 ? bytes[0] + 1 : 0;
    int *first = &reading->file->port;
    if (port > 0 && *first > 0 && port != *first) {
        note(reading, OD_SMF_PORTS);
    }
    *first = *first > 0 ? *first : port;
}

/* False if there is no memory. */
static bool
take_meta(struct reading *reading, unsigned type, const unsigned char *bytes, size_t size)
{
    switch (type) {
    case OD_SMF_NAME:
    case OD_SMF_INSTRUMENT:
        return take_name(reading, type, bytes, size);
    case OD_SMF_CHANNEL:
        reading->track.channel = size > 0 && bytes[0] < 16 ? bytes[0] : -1;
        return true;
    case OD_SMF_PORT:
        take_port(reading, bytes, size);
        return true;
    case OD_SMF_END:
        reading->ended = true;
        return true;
    case OD_SMF_TEMPO:
        return take_tempo(reading, bytes, size);
    case OD_SMF_METRE:
        return take_metre(reading, bytes, size);
    default:
        return true;
    }
}

static bool
add_item(struct reading *reading, unsigned status, const unsigned char *at)
{
    const struct od_smf_item item = {.tick = reading->tick,
                                     .at = (uint32_t)(at - reading->file->bytes),
                                     .track = (uint16_t)reading->number,
                                     .status = (uint8_t)status};
    reading->track.n++;
    return od_buf_append(&reading->file->items, &item, sizeof item);
}

enum taken {
    TAKEN,
    NOT_TAKEN, /* it is no event, or cut off */
    TOO_FAR,
    TOO_MANY,
    NO_MEMORY
};

/* Events with a length: meta events and SysEx. */
static enum taken
take_long(struct reading *reading, unsigned status)
{
    struct cursor *in = &reading->in;
    unsigned type = 0;
    uint32_t length;
    if (status == OD_SMF_META) {
        if (left(in) == 0) {
            return NOT_TAKEN;
        }
        type = *in->at++;
    }
    const unsigned char *at = in->at;
    if (!read_varying(in, &length) || length > left(in)) {
        in->at = in->end;
        return NOT_TAKEN;
    }
    const unsigned char *bytes = in->at;
    in->at += length;
    bool kept = status == OD_SMF_META ? take_meta(reading, type, bytes, length)
                                      : add_item(reading, status, at);
    return kept ? TAKEN : NO_MEMORY;
}

static enum taken
take_message(struct reading *reading, unsigned status)
{
    struct cursor *in = &reading->in;
    size_t size = (status & 0xe0u) == 0xc0 ? 1 : 2; /* program and pressure have one byte */
    if (left(in) < size) {
        in->at = in->end;
        return NOT_TAKEN;
    }
    if (in->at[0] >= 0x80 || (size == 2 && in->at[1] >= 0x80)) {
        return NOT_TAKEN;
    }
    bool kept = add_item(reading, status, in->at);
    in->at += size;
    return kept ? TAKEN : NO_MEMORY;
}

/* Running status goes on over meta events and SysEx: some programs write so, and it means nothing
 * else. */
static enum taken
take_event(struct reading *reading)
{
    struct cursor *in = &reading->in;
    uint32_t delta;
    if (!read_varying(in, &delta) || left(in) == 0) {
        return NOT_TAKEN;
    }
    if (reading->tick + delta > reading->last_tick) {
        return TOO_FAR;
    }
    if (reading->file->n_events++ == OD_SMF_EVENTS_MAX) {
        return TOO_MANY;
    }
    reading->tick += delta;
    unsigned status = *in->at;
    if (status >= 0x80) {
        in->at++;
    } else {
        status = reading->running;
    }
    if (status == OD_SMF_META || status == OD_SMF_SYSEX || status == OD_SMF_ESCAPE) {
        return take_long(reading, status);
    }
    if (status < 0x80 || status > OD_SMF_SYSEX) {
        return NOT_TAKEN;
    }
    reading->running = status;
    return take_message(reading, status);
}

/* ---- tracks ---- */

static void
judge_end(struct reading *reading, enum taken last)
{
    bool at_end = left(&reading->in) == 0;
    if (last == TOO_FAR) {
        note(reading, OD_SMF_FAR);
    } else if (reading->cut && at_end && !reading->ended) {
        note(reading, OD_SMF_CUT);
    } else if (last == NOT_TAKEN) {
        note(reading, OD_SMF_BROKEN);
    } else if (!reading->ended) {
        note(reading, OD_SMF_NO_END);
    }
}

static enum od_status
read_events(struct reading *reading)
{
    enum taken last = TAKEN;
    while (last == TAKEN && !reading->ended && left(&reading->in) > 0) {
        last = take_event(reading);
    }
    if (last == NO_MEMORY) {
        return OD_ENOMEM;
    }
    if (last == TOO_MANY) {
        return FAIL(reading->file,
                    "more than %d events: no session holds so many; save it in parts",
                    OD_SMF_EVENTS_MAX);
    }
    judge_end(reading, last);
    return OD_OK;
}

static enum od_status
read_track(struct od_smf_file *file, struct cursor in, bool cut)
{
    struct reading reading = {
        .file = file,
        .number = od_smf_n_tracks(file),
        .in = in,
        .cut = cut,
        .track = {.first = file->items.length / sizeof(struct od_smf_item), .channel = -1},
        .last_tick = OD_SMF_STEPS_MAX / OD_BEAT_STEPS * file->division};
    enum od_status status = read_events(&reading);
    if (status == OD_OK && reading.track.name == NULL) {
        reading.track.name = od_smf_name(in.at, 0);
        status = reading.track.name == NULL ? OD_ENOMEM : OD_OK;
    }
    reading.track.end = reading.tick;
    file->end = reading.tick > file->end ? reading.tick : file->end;
    if (status == OD_OK && !od_buf_append(&file->tracks, &reading.track, sizeof reading.track)) {
        status = OD_ENOMEM;
    }
    if (status != OD_OK) {
        free(reading.track.name);
    }
    return status;
}

/* The next chunk, cut where the file ends; false if there is no whole head of one. */
static bool
next_chunk(struct cursor *file, const unsigned char **name, struct cursor *data, bool *cut)
{
    if (left(file) < OD_SMF_CHUNK_HEAD) {
        return false;
    }
    uint32_t length = load(file->at + 4, 4);
    *name = file->at;
    data->at = file->at + OD_SMF_CHUNK_HEAD;
    *cut = length > (size_t)(file->end - data->at);
    data->end = *cut ? file->end : data->at + length;
    file->at = data->end;
    return true;
}

static enum od_status
read_tracks(struct od_smf_file *file, struct cursor in, unsigned expected)
{
    const unsigned char *name;
    struct cursor data;
    bool cut;
    while (next_chunk(&in, &name, &data, &cut)) {
        if (memcmp(name, OD_SMF_TRACK, 4) != 0) {
            continue; /* others' chunks may lie between */
        }
        if (od_smf_n_tracks(file) > OD_SMF_TRACKS) {
            od_smf_note(file, OD_SMF_MORE, 0, OD_SMF_NOWHERE);
            break;
        }
        enum od_status status = read_track(file, data, cut);
        if (status != OD_OK) {
            return status;
        }
    }
    if (od_smf_n_tracks(file) < expected) {
        od_smf_note(file, OD_SMF_FEWER, 0, OD_SMF_NOWHERE);
    }
    return OD_OK;
}

/* ---- the file ---- */

/* Microsoft's wrapping: RIFF chunks, of which one holds the file. */
static struct cursor
unwrap(struct cursor in)
{
    if (left(&in) < RIFF_HEAD || memcmp(in.at, "RIFF", 4) != 0 ||
        memcmp(in.at + 8, "RMID", 4) != 0) {
        return in;
    }
    in.at += RIFF_HEAD;
    while (left(&in) >= OD_SMF_CHUNK_HEAD) {
        uint32_t length = in.at[4] | (uint32_t)in.at[5] << 8 | (uint32_t)in.at[6] << 16 |
                          (uint32_t)in.at[7] << 24;
        bool found = memcmp(in.at, "data", 4) == 0;
        in.at += OD_SMF_CHUNK_HEAD;
        if (found || length >= left(&in)) {
            in.end = found && length < left(&in) ? in.at + length : in.end;
            break;
        }
        in.at += length + (length & 1 && length + 1 < left(&in));
    }
    return in;
}

static enum od_status
check_division(struct od_smf_file *file, unsigned division)
{
    if ((division & DIVISION_SMPTE) != 0) {
        return FAIL(file,
                    "SMPTE time (%u frames a second, %u ticks a frame): only files whose ticks are "
                    "parts of a quarter note can be placed on a grid",
                    256u - (division >> 8), division & 0xffu);
    }
    if (division == 0) {
        return FAIL(file, "its header says 0 ticks to a quarter note");
    }
    file->division = division;
    return OD_OK;
}

static enum od_status
read_header(struct od_smf_file *file, struct cursor *in, unsigned *n_tracks)
{
    const unsigned char *name = NULL;
    struct cursor data;
    bool cut;
    if (!next_chunk(in, &name, &data, &cut) || memcmp(name, OD_SMF_HEADER, 4) != 0) {
        return FAIL(file, file->size == 0 ? "is empty" : "no Standard MIDI File: MThd is missing");
    }
    if (left(&data) < HEADER_SIZE) {
        return FAIL(file, "a Standard MIDI File that ends in its header");
    }
    file->format = load(data.at, 2);
    *n_tracks = load(data.at + 2, 2);
    if (file->format == 2) {
        return FAIL(file, "format 2: patterns without a common time; save it as format 0 or 1");
    }
    if (file->format > 2) {
        return FAIL(file, "format %u: only 0 and 1 are known", file->format);
    }
    return check_division(file, load(data.at + 4, 2));
}

/* Of equal ticks the track that comes later in the file counts. */
static int
by_tick(const void *a, const void *b)
{
    const struct od_smf_when *x = a;
    const struct od_smf_when *y = b;
    if (x->tick != y->tick) {
        return x->tick < y->tick ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

_Static_assert(offsetof(struct od_smf_tempo, when) == 0 && offsetof(struct od_smf_metre, when) == 0,
               "by_tick looks at the first member");

static void
sort_by_tick(struct od_buf *buf, size_t size)
{
    if (buf->length > 0) {
        qsort(buf->data, buf->length / size, size, by_tick);
    }
}

enum od_status
od_smf_read(struct od_smf_file *file, const void *bytes, size_t size)
{
    unsigned n_tracks = 0;
    file->bytes = bytes;
    file->size = size;
    struct cursor in = {file->bytes, file->bytes + size};
    in = unwrap(in);
    enum od_status status = read_header(file, &in, &n_tracks);
    if (status == OD_OK) {
        status = read_tracks(file, in, n_tracks);
    }
    if (status == OD_OK) {
        sort_by_tick(&file->tempos, sizeof(struct od_smf_tempo));
        sort_by_tick(&file->metres, sizeof(struct od_smf_metre));
    }
    if (status == OD_ENOMEM) {
        snprintf(file->error, sizeof file->error, "%s", od_status_text(status));
    }
    return status;
}

const unsigned char *
od_smf_sysex(const struct od_smf_file *file, const struct od_smf_item *item, size_t *length)
{
    struct cursor in = {file->bytes + item->at, file->bytes + file->size};
    uint32_t size = 0;
    bool read = read_varying(&in, &size);
    *length = read ? size : 0;
    return in.at;
}

void
od_smf_file_clear(struct od_smf_file *file)
{
    for (size_t i = 0; i < od_smf_n_tracks(file); i++) {
        free(tracks_of(file)[i].name);
    }
    od_buf_clear(&file->tracks);
    od_buf_clear(&file->items);
    od_buf_clear(&file->tempos);
    od_buf_clear(&file->metres);
}
