#include "general.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score/midi.h"
#include "score/osc.h"
#include "smf/gm.h"
#include "text/json.h"

#define CHANNELS     16
#define DRUMS        9
#define PROGRAM      0xc0u
#define PAN          10 /* controller */
#define PAN_CENTRE   64
#define SOUND_MAX    64 /* bytes of a sound's name that count */
#define MIDDLE       60
#define FULL         127.0
#define DRUM_SECONDS 0.1 /* drums ring out; this is only where their note ends */

/* A sound, and what it became. */
struct sound {
    char name[SOUND_MAX];
    int program; /* OD_GM_NONE: it is a drum, or has no counterpart */
    unsigned channel;
    size_t track;
    size_t events, lost;
    bool has_track, guessed;
};

/* A note that sounds and will end. */
struct sounding {
    od_nsec ends;
    size_t track;
    bool on;
};

struct general {
    struct od_smf *smf;
    unsigned taken;       /* channels: bits */
    unsigned next;        /* channel, where all are taken */
    struct od_buf sounds; /* struct sound */
    struct sounding notes[CHANNELS][OD_GM_NOTES];
    int pans[CHANNELS];
    od_nsec last;
};

/* What a message says, as far as General MIDI can say it too. */
struct wanted {
    char sound[SOUND_MAX];
    double n, note, gain, pan, sustain;
};

struct general *
general_new(struct od_smf *smf, unsigned taken)
{
    struct general *general = calloc(1, sizeof *general);
    if (general == NULL) {
        return NULL;
    }
    general->smf = smf;
    general->taken = taken | 1u << DRUMS;
    for (int i = 0; i < CHANNELS; i++) {
        general->pans[i] = PAN_CENTRE;
    }
    return general;
}

void
general_free(struct general *general)
{
    if (general != NULL) {
        od_buf_clear(&general->sounds);
    }
    free(general);
}

/* ---- sounds ---- */

static struct sound *
sounds_of(const struct general *general, size_t *n)
{
    *n = general->sounds.length / sizeof(struct sound);
    return (struct sound *)(void *)general->sounds.data;
}

/* One that no MIDI track has; then they are shared. */
static unsigned
free_channel(struct general *general)
{
    for (unsigned channel = 0; channel < CHANNELS; channel++) {
        if ((general->taken >> channel & 1u) == 0) {
            general->taken |= 1u << channel;
            return channel;
        }
    }
    general->next = (general->next + 1) % CHANNELS;
    general->next += general->next == DRUMS;
    return general->next;
}

/* The sound of that name; NULL if there is no memory. */
static struct sound *
sound_named(struct general *general, const char *name)
{
    size_t n;
    struct sound *sounds = sounds_of(general, &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(sounds[i].name, name) == 0) {
            return &sounds[i];
        }
    }
    struct sound sound = {.program = od_gm_sound_program(name)};
    memcpy(sound.name, name, SOUND_MAX);
    if (!od_buf_append(&general->sounds, &sound, sizeof sound)) {
        return NULL;
    }
    sounds = sounds_of(general, &n);
    return &sounds[n - 1];
}

static void
send(struct general *general, const struct sound *sound, od_nsec time, unsigned kind, int a, int b)
{
    const unsigned char bytes[] = {(unsigned char)(kind | sound->channel), (unsigned char)a,
                                   (unsigned char)b};
    od_smf_event(general->smf, sound->track, time, bytes, kind == PROGRAM ? 2 : 3);
}

static void
open_track(struct general *general, struct sound *sound, od_nsec time, bool drum)
{
    sound->has_track = true;
    sound->channel = drum ? DRUMS : free_channel(general);
    sound->track = od_smf_track(general->smf, sound->name, sound->channel);
    if (!drum) {
        send(general, sound, time, PROGRAM, sound->program, 0);
    }
}

/* ---- notes ---- */

static void
end_note(struct general *general, unsigned channel, int note, od_nsec by)
{
    struct sounding *sounding = &general->notes[channel][note];
    if (!sounding->on) {
        return;
    }
    od_nsec time = sounding->ends < by ? sounding->ends : by;
    const unsigned char off[] = {(unsigned char)(OD_MIDI_NOTE_OFF | channel), (unsigned char)note,
                                 0};
    od_smf_event(general->smf, sounding->track, time, off, sizeof off);
    sounding->on = false;
    general->last = time > general->last ? time : general->last;
}

static void
strike(struct general *general, const struct sound *sound, od_nsec time, int note,
       const struct wanted *wanted)
{
    double velocity = fmin(FULL, fmax(1, round(wanted->gain * FULL)));
    double seconds = isnan(wanted->sustain) ? DRUM_SECONDS : fmin(wanted->sustain, 86400);
    end_note(general, sound->channel, note, time);
    send(general, sound, time, OD_MIDI_NOTE_ON, note, (int)velocity);
    general->notes[sound->channel][note] = (struct sounding){
        .ends = time + (od_nsec)llround(fmax(seconds, 0) * (double)OD_NSEC_PER_SEC),
        .track = sound->track,
        .on = true};
}

/* Drums share a channel and so a place. */
static void
move(struct general *general, const struct sound *sound, od_nsec time, double pan)
{
    double side =
        pan <= 0.5 ? pan * 2 * PAN_CENTRE : PAN_CENTRE + (pan - 0.5) * 2 * (FULL - PAN_CENTRE);
    int value = (int)fmin(FULL, fmax(0, round(side)));
    if (sound->channel != DRUMS && general->pans[sound->channel] != value) {
        general->pans[sound->channel] = value;
        send(general, sound, time, OD_MIDI_CONTROL, PAN, value);
    }
}

static enum od_status
play(struct general *general, od_nsec time, const struct wanted *wanted)
{
    if (strcmp(wanted->sound, "superpanic") == 0) {
        return OD_OK; /* no sound: it ends those that there are */
    }
    struct sound *sound = sound_named(general, wanted->sound);
    if (sound == NULL) {
        return OD_ENOMEM;
    }
    bool pitched = !isnan(wanted->note);
    int drum = od_gm_sound_drum(wanted->sound, (int)wanted->n);
    bool is_drum = sound->program == OD_GM_NONE && drum != OD_GM_NONE;
    sound->events++;
    if (sound->program == OD_GM_NONE && !is_drum && pitched) {
        sound->program = 0; /* a piano tells at least the notes */
        sound->guessed = true;
    }
    if (!(wanted->gain > 0) || (sound->program == OD_GM_NONE && !is_drum)) {
        sound->lost += wanted->gain > 0;
        return OD_OK;
    }
    if (!sound->has_track) {
        open_track(general, sound, time, is_drum);
    }
    double note = is_drum ? drum : pitched ? wanted->note : MIDDLE;
    move(general, sound, time, wanted->pan);
    strike(general, sound, time, (int)fmin(FULL, fmax(0, round(note))), wanted);
    return OD_OK;
}

/* ---- messages ---- */

static double
read_number(struct od_json *json)
{
    enum od_json_type type = od_json_peek(json);
    if (type == OD_JSON_INT || type == OD_JSON_REAL) {
        return od_json_real(json);
    }
    od_json_skip(json);
    return NAN;
}

static void
read_argument(struct od_json *json, struct od_json_string name, struct wanted *wanted)
{
    if (od_json_is(name, "s") && od_json_peek(json) == OD_JSON_STRING) {
        struct od_json_string sound = od_json_text(json);
        size_t length = sound.length < SOUND_MAX ? sound.length : SOUND_MAX - 1;
        memcpy(wanted->sound, sound.text, length);
        return;
    }
    double value = read_number(json);
    double *member = od_json_is(name, "n")          ? &wanted->n
                     : od_json_is(name, "midinote") ? &wanted->note
                     : od_json_is(name, "gain")     ? &wanted->gain
                     : od_json_is(name, "pan")      ? &wanted->pan
                     : od_json_is(name, "sustain")  ? &wanted->sustain
                                                    : NULL;
    if (member != NULL && !isnan(value)) {
        *member = value;
    }
}

/* ["/dirt/play", name, value, …]; whatever else, false. */
static bool
read_message(struct od_json *json, struct wanted *wanted)
{
    bool is_play = false;
    od_json_enter(json);
    if (od_json_element(json)) {
        is_play = od_json_is(od_json_text(json), "/dirt/play");
    }
    while (od_json_element(json)) {
        if (!is_play || od_json_peek(json) != OD_JSON_STRING) {
            od_json_skip(json);
            continue;
        }
        struct od_json_string name = od_json_text(json);
        if (od_json_element(json)) {
            read_argument(json, name, wanted);
        }
    }
    return is_play && wanted->sound[0] != '\0' && !json->broken;
}

static enum od_status
take_line(struct general *general, od_nsec time, const char *line, size_t length)
{
    const struct od_source source = {"", line, length};
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    struct od_json *json = calloc(1, sizeof *json);
    struct od_arena arena = {0};
    struct wanted wanted = {.note = NAN, .gain = 1, .pan = 0.5, .sustain = NAN};
    enum od_status status = diags != NULL && json != NULL ? OD_OK : OD_ENOMEM;
    if (status == OD_OK) {
        od_json_init(json, &source, diags, &arena);
        if (read_message(json, &wanted)) {
            status = play(general, time, &wanted);
        }
        od_diag_clear(diags);
    }
    od_arena_clear(&arena);
    free(json);
    free(diags);
    return status;
}

enum od_status
general_take(struct general *general, od_nsec time, const void *packet, size_t size)
{
    struct od_buf messages = {0};
    enum od_status status = od_osc_packet_json(packet, size, &messages);
    const char *line = (const char *)messages.data;
    size_t left = messages.length;
    while (status == OD_OK && left > 0) {
        const char *newline = memchr(line, '\n', left);
        size_t length = newline != NULL ? (size_t)(newline - line) : left;
        status = take_line(general, time, line, length);
        line += length + (newline != NULL);
        left -= length + (newline != NULL);
    }
    od_buf_clear(&messages);
    return status;
}

od_nsec
general_end(struct general *general)
{
    for (unsigned channel = 0; channel < CHANNELS; channel++) {
        for (int note = 0; note < OD_GM_NOTES; note++) {
            end_note(general, channel, note, OD_NSEC_NEVER);
        }
    }
    return general->last;
}

void
general_say(const struct general *general, struct od_buf *out)
{
    size_t n;
    const struct sound *sounds = sounds_of(general, &n);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (sounds[i].lost > 0) {
            od_buf_printf(out, "%s'%s' (%zu)", any ? ", " : "General MIDI has no counterpart of ",
                          sounds[i].name, sounds[i].lost);
            any = true;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (sounds[i].guessed) {
            od_buf_printf(out, "%s'%s' plays as a piano", any ? "; " : "", sounds[i].name);
            any = true;
        }
    }
}
