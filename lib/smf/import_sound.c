#include <string.h>

#include "smf/import_write.h"

#define VOLUME     7 /* controllers */
#define PAN        10
#define ROOM       91
#define DELAY      93
#define CENTRE     64
#define FULL       127.0
#define ROOM_SIZE  ", \"size\": 0.8"
#define DELAY_LINE ", \"delay_time\": 0.375, \"delay_feedback\": 0.4"
#define SOUND      "superpiano" /* where no program was chosen */

static const struct od_smf_sound nothing = {-1, -1, -1, -1, -1};

static void
put(struct od_smf_writer *writer, const char *text)
{
    od_buf_append(&writer->text, text, strlen(text));
}

/* False if SuperDirt has no counterpart of it. */
static bool
hear(struct od_smf_sound *sound, const struct od_smf_act *act)
{
    switch ((enum od_smf_act_kind)act->kind) {
    case OD_SMF_NOTE:
        return true;
    case OD_SMF_BANK:
    case OD_SMF_PROGRAM:
        sound->program = act->value;
        return true;
    case OD_SMF_CC:
        break;
    default:
        return false;
    }
    int *value = act->number == VOLUME  ? &sound->volume
                 : act->number == PAN   ? &sound->pan
                 : act->number == ROOM  ? &sound->room
                 : act->number == DELAY ? &sound->delay
                                        : NULL;
    if (value != NULL) {
        *value = act->value;
    }
    return value != NULL;
}

/* How the voice sounds at its first note. */
static struct od_smf_sound
first_sound(const struct od_smf_song *song, const struct od_smf_voice *voice)
{
    struct od_smf_sound sound = nothing;
    const struct od_smf_act *acts = od_smf_acts_of(song, voice);
    for (size_t i = 0; i < voice->n; i++) {
        if (acts[i].kind == OD_SMF_NOTE && acts[i].at >= song->begin) {
            break;
        }
        hear(&sound, &acts[i]);
    }
    return sound;
}

static const char *
synth_of(const struct od_smf_sound *sound)
{
    return sound->program < 0 ? SOUND : od_gm_program_sound((unsigned)sound->program);
}

static bool
is_drums(const struct od_smf_voice *voice)
{
    return voice->channel == OD_SMF_DRUMS;
}

/* The drum that stands for the whole track: the first one played. NULL: none has a sound. */
static const struct od_smf_drum *
first_drum(const struct od_smf_writer *writer, const struct od_smf_voice *voice)
{
    const struct od_smf_act *acts = od_smf_acts_of(writer->song, voice);
    for (size_t i = 0; i < voice->n; i++) {
        const struct od_smf_drum *drum = &writer->import->drums->of[acts[i].number & 0x7f];
        if (acts[i].kind == OD_SMF_NOTE && drum->sound != NULL) {
            return drum;
        }
    }
    return NULL;
}

static double
pan_of(int value)
{
    return value <= CENTRE ? value / (2.0 * CENTRE)
                           : 0.5 + (value - CENTRE) / (2.0 * (FULL - CENTRE));
}

static void
put_value(struct od_smf_writer *writer, bool *any, const char *name, double value)
{
    put(writer, *any ? ", \"" : "\"");
    put(writer, name);
    put(writer, "\": ");
    od_smf_put_number(writer, value);
    *any = true;
}

/* ---- a track ---- */

void
od_smf_put_sound_track(struct od_smf_writer *writer, size_t number, unsigned orbit)
{
    const struct od_smf_voice *voice = od_smf_voice_at(writer->song, number);
    struct od_smf_sound sound = first_sound(writer->song, voice);
    const struct od_smf_drum *drum = is_drums(voice) ? first_drum(writer, voice) : NULL;
    bool any = true;
    put(writer, "{\"params\": {\"s\": ");
    if (drum != NULL) {
        put(writer, drum->sound);
    } else {
        od_buf_json_string(&writer->text, is_drums(voice) ? "bd" : synth_of(&sound));
    }
    put_value(writer, &any, "orbit", orbit);
    if (sound.volume >= 0) {
        put_value(writer, &any, "gain", sound.volume / FULL);
    }
    if (sound.pan >= 0) {
        put_value(writer, &any, "pan", pan_of(sound.pan));
    }
    put(writer, "}");
    any = false;
    put(writer, sound.room > 0 || sound.delay > 0 ? ", \"fx\": {" : "");
    if (sound.room > 0) {
        put_value(writer, &any, "room", sound.room / FULL);
        put(writer, ROOM_SIZE);
    }
    if (sound.delay > 0) {
        put_value(writer, &any, "delay_send", sound.delay / FULL);
        put(writer, DELAY_LINE);
    }
    put(writer, any ? "}}" : "}");
}

/* ---- its events ---- */

struct telling {
    struct od_smf_writer *writer;
    const struct od_smf_voice *voice;
    struct od_smf_sound first, now;
    const struct od_smf_drum *first_drum;
    bool any; /* events so far */
};

/* What the channel's controllers say now and the track does not, unless the drum sets it itself. */
static void
put_changes(struct telling *telling, unsigned set, bool *any)
{
    struct od_smf_writer *writer = telling->writer;
    const struct od_smf_sound *first = &telling->first;
    const struct od_smf_sound *now = &telling->now;
    if (now->volume != first->volume && (set & OD_SMF_GAIN) == 0) {
        put_value(writer, any, "gain", now->volume / FULL);
    }
    if (now->pan != first->pan && (set & OD_SMF_PAN) == 0) {
        put_value(writer, any, "pan", pan_of(now->pan));
    }
    if (now->room != first->room && (set & OD_SMF_ROOM) == 0) {
        put_value(writer, any, "room", now->room / FULL);
        put(writer, first->room > 0 ? "" : ROOM_SIZE);
    }
    if (now->delay != first->delay && (set & OD_SMF_DELAY) == 0) {
        put_value(writer, any, "delay_send", now->delay / FULL);
        put(writer, first->delay > 0 ? "" : DELAY_LINE);
    }
}

static void
begin_event(struct telling *telling, const struct od_smf_act *act)
{
    put(telling->writer, telling->any ? ",\n" : "\n");
    telling->any = true;
    struct od_smf_place place = od_smf_put_place(telling->writer, act->at);
    bool drums = is_drums(telling->voice);
    if (!drums) {
        put(telling->writer, ", \"note\": ");
        od_smf_put_count(telling->writer, act->number);
    }
    put(telling->writer, ", \"velocity\": ");
    put(telling->writer, telling->writer->velocities[act->value & 0x7f]);
    if (drums) {
        put(telling->writer, ", \"gate\": null"); /* samples ring out */
    } else {
        od_smf_put_gate(telling->writer, act, &place);
    }
}

/* Braces around parameters only if there are any. */
static void
put_params(struct telling *telling, const struct od_smf_drum *drum)
{
    struct od_buf *text = &telling->writer->text;
    size_t before = text->length;
    bool any = false;
    put(telling->writer, ", \"params\": {");
    if (drum != NULL && strcmp(drum->sound, telling->first_drum->sound) != 0) {
        put(telling->writer, "\"s\": ");
        put(telling->writer, drum->sound);
        any = true;
    }
    if (drum != NULL && *drum->more != '\0') {
        put(telling->writer, any ? ", " : "");
        put(telling->writer, drum->more);
        any = true;
    }
    if (drum == NULL && strcmp(synth_of(&telling->now), synth_of(&telling->first)) != 0) {
        put(telling->writer, "\"s\": ");
        od_buf_json_string(text, synth_of(&telling->now));
        any = true;
    }
    put_changes(telling, drum != NULL ? drum->sets : 0, &any);
    if (any) {
        put(telling->writer, "}}");
    } else if (!text->failed) {
        text->length = before;
        put(telling->writer, "}");
    }
}

static void
put_note(struct telling *telling, const struct od_smf_act *act)
{
    struct od_smf_file *file = telling->writer->song->file;
    const struct od_smf_drum *drum = NULL;
    if (is_drums(telling->voice)) {
        drum = &telling->writer->import->drums->of[act->number & 0x7f];
        if (drum->sound == NULL) {
            od_smf_note(file, OD_SMF_NO_DRUM, telling->voice->track, act->at / OD_SMF_TICK_UNITS);
            return;
        }
    }
    begin_event(telling, act);
    put_params(telling, drum);
    od_smf_hand_over(telling->writer);
}

/* How it sounds when this part begins: as the one before ended. */
static struct od_smf_sound
last_sound(const struct od_smf_writer *writer, size_t number)
{
    const struct od_smf_act *acts =
        od_smf_acts_of(writer->song, od_smf_voice_at(writer->song, number));
    struct od_smf_sound sound = nothing;
    if (writer->begin > 0) {
        return writer->sounds[number];
    }
    for (size_t i = 0; i < writer->next[number]; i++) {
        hear(&sound, &acts[i]);
    }
    return sound;
}

void
od_smf_put_sound_events(struct od_smf_writer *writer, size_t number)
{
    struct od_smf_song *song = writer->song;
    struct telling telling = {.writer = writer,
                              .voice = od_smf_voice_at(song, number),
                              .now = last_sound(writer, number)};
    const struct od_smf_act *acts = od_smf_acts_of(song, telling.voice);
    int64_t end = song->grid.origin + writer->end * song->grid.step;
    size_t *next = &writer->next[number];
    end = end < song->end ? end : song->end;
    telling.first = first_sound(song, telling.voice);
    telling.first_drum = first_drum(writer, telling.voice);
    for (; *next < telling.voice->n && acts[*next].at < end; (*next)++) {
        const struct od_smf_act *act = &acts[*next];
        if (!hear(&telling.now, act)) {
            od_smf_note(song->file, OD_SMF_NO_VALUES, telling.voice->track,
                        act->at / OD_SMF_TICK_UNITS);
        } else if (act->kind == OD_SMF_NOTE) {
            put_note(&telling, act);
        }
    }
    writer->sounds[number] = telling.now;
}
