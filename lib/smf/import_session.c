#include "smf/import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/import_write.h"

#define PIECE        ((size_t)256 * 1024)
#define ORBITS       12 /* that SuperDirt has */
#define VELOCITY     127.0
#define DECIMALS     1e6 /* of a velocity, rounded up: times 127 it is not less than it was */
#define PLACES       12  /* of other numbers */
#define UNIT         UINT64_C(1000000000000)
#define LARGE        1e3 /* numbers from there on have fewer places */
#define LARGE_PLACES 9
#define LARGE_UNIT   UINT64_C(1000000000)
#define SHORTEST     1e-6 /* steps: of a note that ends as it begins, for a gate of 0 is none */

static void
put(struct od_smf_writer *writer, const char *text)
{
    od_buf_append(&writer->text, text, strlen(text));
}

void
od_smf_put_count(struct od_smf_writer *writer, uint64_t value)
{
    char digits[20];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    od_buf_append(&writer->text, digits + n, sizeof digits - n);
}

/* By integers: in a file with many tempi no two numbers are alike, and there are millions. */
void
od_smf_put_number(struct od_smf_writer *writer, double value)
{
    char text[PLACES + 1] = ".";
    size_t places = value < LARGE ? PLACES : LARGE_PLACES;
    uint64_t unit = value < LARGE ? UNIT : LARGE_UNIT;
    uint64_t whole = (uint64_t)(value * (double)unit + 0.5);
    uint64_t rest = whole % unit;
    size_t n = places;
    od_smf_put_count(writer, whole / unit);
    for (; n > 0 && rest % 10 == 0; n--) {
        rest /= 10;
    }
    for (size_t i = n; i > 0; i--) {
        text[i] = (char)('0' + rest % 10);
        rest /= 10;
    }
    od_buf_append(&writer->text, text, n > 0 ? n + 1 : 0);
}

void
od_smf_hand_over(struct od_smf_writer *writer)
{
    if (writer->text.length < PIECE || writer->stopped) {
        writer->text.length = writer->stopped ? 0 : writer->text.length;
        return;
    }
    const struct od_smf_import *import = writer->import;
    writer->stopped = !import->write(import->context, writer->text.data, writer->text.length);
    writer->text.length = 0;
}

struct od_smf_place
od_smf_put_place(struct od_smf_writer *writer, int64_t at)
{
    struct od_smf_place place = od_smf_grid_place(&writer->song->grid, at);
    put(writer, "   {\"step\": ");
    od_smf_put_count(writer, (uint64_t)(place.step - writer->begin));
    if (place.offset > 0) {
        put(writer, ", \"offset\": ");
        od_smf_put_number(writer, place.offset);
    }
    return place;
}

void
od_smf_put_gate(struct od_smf_writer *writer, const struct od_smf_act *act,
                const struct od_smf_place *place)
{
    const struct od_smf_song *song = writer->song;
    int64_t end = song->cut && act->end > song->end ? song->end : act->end;
    int64_t parts = od_smf_grid_time(&writer->song->grid, end) - place->time;
    put(writer, ", \"gate\": ");
    od_smf_put_number(writer, parts > 0 ? (double)parts / (double)place->length : SHORTEST);
}

bool
od_smf_is_sound(const struct od_smf_writer *writer, const struct od_smf_voice *voice)
{
    enum od_smf_to to = writer->import->to;
    return to == OD_SMF_TO_SUPERDIRT || (to == OD_SMF_TO_BOTH && voice->channel == OD_SMF_DRUMS);
}

/* ---- environment ---- */

struct tempi {
    double last; /* bpm in force */
    size_t n;    /* of the map */
    int64_t next_step;
};

static void
put_tempo(struct od_smf_writer *writer, struct tempi *tempi, int64_t step)
{
    if (step < tempi->next_step || step >= writer->end) {
        return;
    }
    double bpm = od_smf_grid_bpm(&writer->song->grid, step);
    tempi->next_step = step + 1;
    if (fabs(bpm - tempi->last) == 0) {
        return;
    }
    put(writer, tempi->n++ == 0 ? ", \"tempo_map\": [[" : ", [");
    od_smf_put_count(writer, (uint64_t)(step - writer->begin));
    put(writer, ", ");
    od_smf_put_number(writer, bpm);
    put(writer, "]");
    tempi->last = bpm;
}

/* A tempo that changes within a step: this step's is that of its duration, the next one's its own.
 */
static void
put_environment(struct od_smf_writer *writer)
{
    const struct od_smf_grid *grid = &writer->song->grid;
    struct tempi tempi = {.last = od_smf_grid_bpm(&writer->song->grid, writer->begin),
                          .next_step = writer->begin + 1};
    put(writer, " \"environment\": {\"bpm\": ");
    od_smf_put_number(writer, tempi.last);
    for (size_t i = writer->segment; i < od_smf_n_segments(grid); i++) {
        int64_t from = od_smf_segment_at(grid, i)->at - grid->origin;
        int64_t step = from / grid->step;
        if (step >= writer->end) {
            break;
        }
        if (from < 0 || step < writer->begin - 1) {
            writer->segment = i + 1;
            continue;
        }
        put_tempo(writer, &tempi, step);
        put_tempo(writer, &tempi, step + 1);
    }
    put(writer, tempi.n > 0 ? "]},\n" : "},\n");
}

/* ---- tracks and sequences ---- */

static void
put_tracks(struct od_smf_writer *writer, bool sounds)
{
    unsigned orbit = 0;
    bool any = false;
    for (size_t i = 0; i < od_smf_n_voices(writer->song); i++) {
        const struct od_smf_voice *voice = od_smf_voice_at(writer->song, i);
        if (voice->left_out || od_smf_is_sound(writer, voice) != sounds) {
            continue;
        }
        put(writer, any ? ",\n  " : sounds ? " \"tracks\": {\n  " : " \"tracks_midi\": {\n  ");
        od_buf_json_string(&writer->text, voice->name);
        put(writer, ": ");
        if (sounds) {
            od_smf_put_sound_track(writer, i, orbit++ % ORBITS);
        } else {
            od_smf_put_midi_track(writer, i);
        }
        od_smf_hand_over(writer);
        any = true;
    }
    put(writer, any ? "\n },\n" : "");
}

static void
put_midi_events(struct od_smf_writer *writer, size_t voice)
{
    const struct od_smf_song *song = writer->song;
    const struct od_smf_voice *of = od_smf_voice_at(song, voice);
    const struct od_smf_act *acts = od_smf_acts_of(song, of);
    int64_t end = song->grid.origin + writer->end * song->grid.step;
    bool any = false;
    end = end < song->end ? end : song->end;
    for (size_t *next = &writer->next[voice]; *next < of->n && acts[*next].at < end; (*next)++) {
        put(writer, any ? ",\n" : "\n");
        od_smf_put_midi_event(writer, &acts[*next]);
        od_smf_hand_over(writer);
        any = true;
    }
}

static void
put_sequence(struct od_smf_writer *writer, size_t voice)
{
    put(writer, "{\"length\": ");
    od_smf_put_count(writer, (uint64_t)(writer->end - writer->begin));
    put(writer, ", \"events\": [");
    if (od_smf_is_sound(writer, od_smf_voice_at(writer->song, voice))) {
        od_smf_put_sound_events(writer, voice);
    } else {
        put_midi_events(writer, voice);
    }
    put(writer, "]}");
}

static void
put_part(struct od_smf_writer *writer)
{
    bool any = false;
    put_environment(writer);
    put_tracks(writer, true);
    put_tracks(writer, false);
    put(writer, " \"sequences\": {");
    for (size_t i = 0; i < od_smf_n_voices(writer->song); i++) {
        const struct od_smf_voice *voice = od_smf_voice_at(writer->song, i);
        if (!voice->left_out) {
            put(writer, any ? ",\n  " : "\n  ");
            od_buf_json_string(&writer->text, voice->name);
            put(writer, ": ");
            put_sequence(writer, i);
            any = true;
        }
    }
    put(writer, any ? "\n }" : "}");
}

/* ---- the whole ---- */

static void
set_part(struct od_smf_writer *writer, int64_t part)
{
    int64_t end = (part + 1) * OD_SMF_ENTRY_STEPS;
    writer->begin = part * OD_SMF_ENTRY_STEPS;
    writer->end = end < writer->song->steps ? end : writer->song->steps;
}

static void
put_scenes(struct od_smf_writer *writer, int64_t parts)
{
    for (int64_t part = 1; part < parts && !writer->stopped; part++) {
        set_part(writer, part);
        put(writer, part == 1 ? ",\n \"scenes\": {\n \"part " : "},\n \"part ");
        od_smf_put_count(writer, (uint64_t)part + 1);
        put(writer, "\": {\n");
        put_part(writer);
    }
    put(writer, parts > 1 ? "}\n }" : "");
}

static void
put_song(struct od_smf_writer *writer, int64_t parts)
{
    put(writer, ",\n \"song\": [");
    for (int64_t part = 0; part < parts; part++) {
        set_part(writer, part);
        put(writer, part > 0 ? ", {\"scene\": " : "{\"scene\": ");
        if (part > 0) {
            put(writer, "\"part ");
            od_smf_put_count(writer, (uint64_t)part + 1);
            put(writer, "\"");
        } else {
            put(writer, "null");
        }
        put(writer, ", \"bars\": ");
        od_smf_put_count(writer, (uint64_t)(writer->end - writer->begin) / OD_BAR_STEPS);
        put(writer, "}");
    }
    put(writer, "]");
}

static void
put_session(struct od_smf_writer *writer)
{
    int64_t parts = (writer->song->steps + OD_SMF_ENTRY_STEPS - 1) / OD_SMF_ENTRY_STEPS;
    set_part(writer, 0);
    put(writer, "{\n");
    put_part(writer);
    put_scenes(writer, parts);
    put_song(writer, parts);
    put(writer, "\n}\n");
}

/* The voice of a track that sends its SysEx: the first that is MIDI, else the first of all such. */
static size_t
owner_of(const struct od_smf_writer *writer, size_t track)
{
    size_t n = od_smf_n_voices(writer->song);
    size_t first = n;
    for (size_t i = 0; i < n; i++) {
        const struct od_smf_voice *voice = od_smf_voice_at(writer->song, i);
        if (voice->left_out || od_smf_is_sound(writer, voice)) {
            continue;
        }
        if (voice->track == track) {
            return i;
        }
        first = first < n ? first : i;
    }
    return first;
}

static int
by_voice(const void *a, const void *b)
{
    const struct od_smf_owned *x = a;
    const struct od_smf_owned *y = b;
    if (x->voice != y->voice) {
        return x->voice < y->voice ? -1 : 1;
    }
    return x->item < y->item ? -1 : x->item > y->item;
}

/* Items come track by track. */
static bool
give_sysex_away(struct od_smf_writer *writer)
{
    const struct od_smf_song *song = writer->song;
    size_t n = song->sysex.length / sizeof(size_t);
    size_t track = SIZE_MAX;
    struct od_smf_owned owned = {0};
    for (size_t i = 0; i < n; i++) {
        memcpy(&owned.item, song->sysex.data + i * sizeof owned.item, sizeof owned.item);
        const struct od_smf_item *item = (const void *)song->file->items.data;
        if (item[owned.item].track != track) {
            track = item[owned.item].track;
            owned.voice = owner_of(writer, track);
        }
        if (!od_buf_append(&writer->sysex, &owned, sizeof owned)) {
            return false;
        }
    }
    if (n > 0) {
        qsort(writer->sysex.data, n, sizeof owned, by_voice);
    }
    return true;
}

static bool
prepare(struct od_smf_writer *writer)
{
    const struct od_smf_song *song = writer->song;
    size_t n = od_smf_n_voices(song);
    writer->next = calloc(n > 0 ? n : 1, sizeof *writer->next);
    writer->sounds = calloc(n > 0 ? n : 1, sizeof *writer->sounds);
    if (writer->next == NULL || writer->sounds == NULL || !give_sysex_away(writer)) {
        return false;
    }
    for (int v = 0; v < 128; v++) {
        snprintf(writer->velocities[v], sizeof writer->velocities[v], "%.6g",
                 ceil(v / VELOCITY * DECIMALS) / DECIMALS);
    }
    for (size_t i = 0; i < n; i++) {
        const struct od_smf_voice *voice = od_smf_voice_at(song, i);
        const struct od_smf_act *acts = od_smf_acts_of(song, voice);
        while (writer->next[i] < voice->n && acts[writer->next[i]].at < song->begin) {
            writer->next[i]++;
        }
    }
    return true;
}

static enum od_status
finish(struct od_smf_writer *writer)
{
    const struct od_smf_import *import = writer->import;
    if (writer->text.failed) {
        return OD_ENOMEM;
    }
    if (writer->stopped ||
        !import->write(import->context, writer->text.data, writer->text.length)) {
        return OD_EIO;
    }
    return OD_OK;
}

enum od_status
od_smf_import(struct od_smf_song *song, const struct od_smf_import *import)
{
    struct od_smf_writer writer = {.song = song, .import = import};
    enum od_status status = OD_ENOMEM;
    if (prepare(&writer)) {
        put_session(&writer);
        status = finish(&writer);
    }
    free(writer.next);
    free(writer.sounds);
    od_buf_clear(&writer.sysex);
    od_buf_clear(&writer.text);
    return status;
}
