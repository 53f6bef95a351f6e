#include "smf/song.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "score/midi.h"
#include "smf/fold.h"
#include "smf/smf.h"
#include "smf/sysex.h"

#define CHANNELS      16
#define NOTES         128
#define POLY_PRESSURE 0xa0u /* status bytes */
#define PROGRAM       0xc0u
#define ALL_SOUND_OFF 120 /* controllers */
#define ALL_NOTES_OFF 123 /* and what follows, which means it too */

/* Notes that wait for their end: of each pitch a queue, first struck, first ended. The next in the
 * queue is kept in the act's `end` until that is known. */
struct waiting {
    int64_t head[CHANNELS][NOTES];
    int64_t tail[CHANNELS][NOTES];
    size_t count[CHANNELS];
};

struct filling {
    struct od_smf_song *song;
    struct od_smf_act *acts;
    size_t voices[CHANNELS]; /* of the track at hand */
    struct waiting *waiting;
};

size_t
od_smf_n_voices(const struct od_smf_song *song)
{
    return song->voices.length / sizeof(struct od_smf_voice);
}

struct od_smf_voice *
od_smf_voice_at(const struct od_smf_song *song, size_t i)
{
    return (struct od_smf_voice *)(void *)song->voices.data + i;
}

const struct od_smf_act *
od_smf_acts_of(const struct od_smf_song *song, const struct od_smf_voice *voice)
{
    const struct od_smf_act *acts = (const void *)song->acts.data;
    return acts == NULL ? NULL : acts + voice->first;
}

static const struct od_smf_item *
items_of(const struct od_smf_file *file, const struct od_smf_track *track)
{
    const struct od_smf_item *items = (const void *)file->items.data;
    return items == NULL ? NULL : items + track->first;
}

static bool
is_off(const struct od_smf_file *file, const struct od_smf_item *item)
{
    unsigned kind = item->status & 0xf0u;
    return kind == OD_MIDI_NOTE_OFF || (kind == OD_MIDI_NOTE_ON && file->bytes[item->at + 1] == 0);
}

/* ---- voices ---- */

static bool
add_voice(struct od_smf_song *song, size_t track, unsigned channel, size_t n)
{
    size_t first = song->acts.length / sizeof(struct od_smf_act);
    const struct od_smf_voice voice = {.track = track, .channel = channel, .first = first};
    return od_buf_append(&song->voices, &voice, sizeof voice) &&
           (n == 0 || od_buf_extend(&song->acts, n * sizeof(struct od_smf_act)) != NULL);
}

/* A track without messages is one all the same if it says of what channel. */
static bool
add_voices(struct od_smf_song *song, size_t number)
{
    size_t count[CHANNELS] = {0};
    bool added = true;
    bool any = false;
    const struct od_smf_track *track = od_smf_track_at(song->file, number);
    const struct od_smf_item *items = items_of(song->file, track);
    for (size_t i = 0; i < track->n; i++) {
        if (items[i].status < OD_SMF_SYSEX) {
            bool sounds = !is_off(song->file, &items[i]);
            count[items[i].status & 0x0fu] += sounds;
        }
    }
    for (unsigned channel = 0; added && channel < CHANNELS; channel++) {
        if (count[channel] > 0) {
            added = add_voice(song, number, channel, count[channel]);
            any = true;
        }
    }
    if (added && !any && track->channel >= 0) {
        added = add_voice(song, number, (unsigned)track->channel, 0);
    }
    return added;
}

/* ---- names ---- */

/* Of several channels each says which; who has a name's twin says of which track he is. */
static const char *
make_name(struct od_smf_song *song, const struct od_smf_voice *voice, bool alone, unsigned attempt)
{
    struct od_buf text = {0};
    const char *name = od_smf_track_at(song->file, voice->track)->name;
    if (*name != '\0') {
        od_buf_printf(&text, alone ? "%s" : "%s ch %u", name, voice->channel + 1);
    } else if (alone) {
        od_buf_printf(&text, "track %zu", voice->track + 1);
    } else {
        od_buf_printf(&text, "ch %u", voice->channel + 1);
    }
    if (attempt > 0) {
        od_buf_printf(&text, " (%zu)", voice->track + attempt);
    }
    const char *made =
        text.failed ? NULL : od_arena_string(&song->arena, (const char *)text.data, text.length);
    od_buf_clear(&text);
    return made;
}

static bool
name_voice(struct od_smf_song *song, struct od_hash *names, struct od_smf_voice *voice, bool alone)
{
    unsigned attempt = 0;
    do {
        voice->name = make_name(song, voice, alone, attempt++);
        if (voice->name == NULL) {
            return false;
        }
    } while (od_hash_find(names, voice->name, strlen(voice->name)) != OD_HASH_NONE);
    return od_hash_add(names, voice->name, strlen(voice->name), 0);
}

static bool
name_voices(struct od_smf_song *song)
{
    struct od_hash names = {0};
    bool named = true;
    size_t n = od_smf_n_voices(song);
    for (size_t i = 0; named && i < n; i++) {
        struct od_smf_voice *voice = od_smf_voice_at(song, i);
        bool alone = (i == 0 || voice[-1].track != voice->track) &&
                     (i + 1 == n || voice[1].track != voice->track);
        named = name_voice(song, &names, voice, alone);
    }
    od_hash_clear(&names);
    return named;
}

/* ---- acts ---- */

static void
end_first(struct filling *filling, unsigned channel, unsigned note, int64_t at)
{
    struct waiting *waiting = filling->waiting;
    int64_t i = waiting->head[channel][note];
    if (i >= 0) {
        waiting->head[channel][note] = filling->acts[i].end;
        filling->acts[i].end = at;
        waiting->count[channel]--;
    }
}

static size_t
end_all(struct filling *filling, unsigned channel, int64_t at)
{
    size_t ended = 0;
    for (unsigned note = 0; filling->waiting->count[channel] > 0 && note < NOTES; note++) {
        while (filling->waiting->head[channel][note] >= 0) {
            end_first(filling, channel, note, at);
            ended++;
        }
    }
    return ended;
}

static void
wait_for_end(struct filling *filling, unsigned channel, size_t i)
{
    struct waiting *waiting = filling->waiting;
    unsigned note = filling->acts[i].number;
    int64_t *head = &waiting->head[channel][note];
    filling->acts[i].end = -1;
    *(*head < 0 ? head : &filling->acts[waiting->tail[channel][note]].end) = (int64_t)i;
    waiting->tail[channel][note] = (int64_t)i;
    waiting->count[channel]++;
}

static void
set_act(struct od_smf_act *act, unsigned status, unsigned a, unsigned b)
{
    act->number = (uint16_t)a;
    act->value = (int16_t)b;
    switch (status & 0xf0u) {
    case OD_MIDI_NOTE_ON:
        act->kind = OD_SMF_NOTE;
        break;
    case POLY_PRESSURE:
        act->kind = OD_SMF_POLY_PRESSURE;
        break;
    case OD_MIDI_CONTROL:
        act->kind = OD_SMF_CC;
        break;
    case PROGRAM:
        act->kind = OD_SMF_PROGRAM;
        act->value = (int16_t)a;
        break;
    case OD_MIDI_PRESSURE:
        act->kind = OD_SMF_PRESSURE;
        act->value = (int16_t)a;
        break;
    default:
        act->kind = OD_SMF_BEND;
        act->value = (int16_t)((int)(b << 7 | a) - OD_MIDI_BEND_CENTRE);
        break;
    }
}

static void
take_item(struct filling *filling, const struct od_smf_item *item)
{
    const struct od_smf_file *file = filling->song->file;
    const unsigned char *data = file->bytes + item->at;
    unsigned channel = item->status & 0x0fu;
    int64_t at = item->tick * OD_SMF_TICK_UNITS;
    if (is_off(file, item)) {
        end_first(filling, channel, data[0], at);
        return;
    }
    struct od_smf_voice *voice = od_smf_voice_at(filling->song, filling->voices[channel]);
    size_t i = voice->first + voice->n++;
    struct od_smf_act *act = &filling->acts[i];
    bool single = (item->status & 0xe0u) == 0xc0;
    act->at = at;
    set_act(act, item->status, data[0], single ? 0 : data[1]);
    if (act->kind == OD_SMF_NOTE) {
        voice->notes++;
        wait_for_end(filling, channel, i);
    } else if (act->kind == OD_SMF_CC &&
               (act->number == ALL_SOUND_OFF || act->number >= ALL_NOTES_OFF)) {
        end_all(filling, channel, at);
    }
}

static void
fill_track(struct filling *filling, size_t number)
{
    const struct od_smf_track *track = od_smf_track_at(filling->song->file, number);
    const struct od_smf_item *items = items_of(filling->song->file, track);
    for (size_t i = 0; i < track->n; i++) {
        if (items[i].status < OD_SMF_SYSEX) {
            take_item(filling, &items[i]);
        }
    }
    for (unsigned channel = 0; channel < CHANNELS; channel++) {
        for (size_t n = end_all(filling, channel, track->end * OD_SMF_TICK_UNITS); n > 0; n--) {
            od_smf_note(filling->song->file, OD_SMF_HANGING, number, track->end);
        }
    }
}

static bool
fill(struct od_smf_song *song)
{
    struct filling filling = {.song = song,
                              .acts = (struct od_smf_act *)(void *)song->acts.data,
                              .waiting = calloc(1, sizeof(struct waiting))};
    size_t n = od_smf_n_voices(song);
    if (filling.waiting == NULL) {
        return false;
    }
    memset(filling.waiting->head, 0xff, sizeof filling.waiting->head);
    for (size_t i = 0; i < n;) {
        size_t track = od_smf_voice_at(song, i)->track;
        for (; i < n && od_smf_voice_at(song, i)->track == track; i++) {
            filling.voices[od_smf_voice_at(song, i)->channel] = i;
        }
        fill_track(&filling, track);
    }
    free(filling.waiting);
    return true;
}

/* The place of the first note of all. */
static int64_t
first_note(const struct od_smf_song *song)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < od_smf_n_voices(song); i++) {
        const struct od_smf_voice *voice = od_smf_voice_at(song, i);
        const struct od_smf_act *acts = od_smf_acts_of(song, voice);
        for (size_t k = 0; k < voice->n; k++) {
            if (acts[k].kind == OD_SMF_NOTE) {
                first = acts[k].at < first ? acts[k].at : first;
                break;
            }
        }
    }
    return first;
}

static bool
find_sysex(struct od_smf_song *song)
{
    int64_t before = first_note(song) / OD_SMF_TICK_UNITS;
    return od_smf_sysex_find(song->file, before, &song->sysex) == OD_OK;
}

/* ---- the whole ---- */

/* All of it, from `begin` on: whole bars, in which every event has a place. */
static void
measure(struct od_smf_song *song)
{
    int64_t length = song->file->end * OD_SMF_TICK_UNITS - song->begin;
    for (size_t i = 0; i < od_smf_n_voices(song); i++) {
        const struct od_smf_voice *voice = od_smf_voice_at(song, i);
        const struct od_smf_act *acts = od_smf_acts_of(song, voice);
        int64_t last = voice->n > 0 ? acts[voice->n - 1].at - song->begin : -1;
        length = last >= length ? last + 1 : length;
    }
    int64_t bar = OD_BAR_STEPS * song->grid.step;
    song->last = song->begin + (length > 0 ? length : 1);
    length = length > 0 ? (length + bar - 1) / bar * bar : bar;
    song->steps = length / song->grid.step;
    song->end = song->begin + length;
}

enum od_status
od_smf_song_init(struct od_smf_song *song, struct od_smf_file *file)
{
    song->file = file;
    if (od_smf_grid_init(&song->grid, file) != OD_OK) {
        return OD_ENOMEM;
    }
    for (size_t track = 0; track < od_smf_n_tracks(file); track++) {
        if (!add_voices(song, track)) {
            return OD_ENOMEM;
        }
    }
    if (!name_voices(song) || !fill(song) || !find_sysex(song)) {
        return OD_ENOMEM;
    }
    size_t notes = 0;
    for (size_t i = 0; i < od_smf_n_voices(song); i++) {
        struct od_smf_voice *voice = od_smf_voice_at(song, i);
        notes += voice->notes;
        if (voice->n > 0) {
            voice->n =
                od_smf_fold((struct od_smf_act *)(void *)song->acts.data + voice->first, voice->n);
        }
    }
    if (notes == 0) {
        od_smf_note(file, OD_SMF_SILENT, 0, OD_SMF_NOWHERE);
    }
    measure(song);
    return OD_OK;
}

bool
od_smf_song_cut(struct od_smf_song *song, int64_t from, int64_t bars)
{
    int64_t begin = od_smf_grid_bar(&song->grid, from);
    int64_t end = od_smf_grid_bar(&song->grid, from + bars);
    int64_t bar = OD_BAR_STEPS * song->grid.step;
    if (begin >= song->last) {
        return false;
    }
    if (bars > 0 && from + bars - 1 > od_smf_grid_bar_at(&song->grid, song->last - 1)) {
        od_smf_note(song->file, OD_SMF_SHORT, 0, OD_SMF_NOWHERE);
    }
    song->begin = begin;
    song->grid.origin = begin;
    if (bars == 0 || end >= song->end) {
        measure(song);
        return true;
    }
    song->cut = true;
    song->end = end;
    song->last = end < song->last ? end : song->last;
    song->steps = (end - begin + bar - 1) / bar * OD_BAR_STEPS;
    return true;
}

void
od_smf_song_clear(struct od_smf_song *song)
{
    od_smf_grid_clear(&song->grid);
    od_buf_clear(&song->voices);
    od_buf_clear(&song->acts);
    od_buf_clear(&song->sysex);
    od_arena_clear(&song->arena);
}
