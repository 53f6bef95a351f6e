#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "control/live.h"
#include "control/live_take.h"
#include "score/midi.h"

static const char *
destination_of(const struct strip *strip)
{
    const char *strings = strip->shared->score.strings;
    return strings +
           (strip->midi ? od_strip_midi(strip)->destination : od_strip_track(strip)->destination);
}

/* Where the strip's destination is; NULL if no file names it. */
static const struct od_route *
route_of(const struct od_take *take, const struct strip *strip)
{
    const char *id = destination_of(strip);
    for (size_t i = 0; i < take->setup->n_routes; i++) {
        if (strcmp(take->setup->routes[i].id, id) == 0) {
            return &take->setup->routes[i];
        }
    }
    return NULL;
}

void
od_strip_address(const struct od_take *take, struct strip *strip)
{
    const struct od_route *route = route_of(take, strip);
    if (route != NULL && !route->midi) {
        strip->address = route->address;
    }
}

static void
fill_groups(const struct od_score_message *messages, const uint32_t first[OD_VARIANTS],
            const struct od_score_message *groups[OD_VARIANTS])
{
    for (unsigned variant = 0; variant < OD_VARIANTS; variant++) {
        groups[variant] = first[variant] == OD_SCORE_NONE ? NULL : messages + first[variant];
    }
}

/* `owns` has room for the track's. */
static void
osc_voice(struct od_voice *voice, const struct strip *strip, uint8_t output,
          struct od_voice_own *owns)
{
    const struct od_score *score = &strip->shared->score;
    const struct patch *patch = strip->patch;
    const struct od_score_track *track = patch != NULL ? &patch->track : od_strip_track(strip);
    const struct od_score_message *messages =
        patch != NULL ? (const void *)patch->sink.messages.data : score->messages;
    const struct od_score_own *from =
        patch != NULL ? (const void *)patch->owns.data : score->owns + track->first_own;
    voice->kind = OD_VOICE_OSC;
    voice->output = output;
    voice->length = track->length;
    voice->as.osc.n_messages = track->n_messages;
    voice->as.osc.batch = (track->flags & OD_TRACK_BATCH) != 0;
    voice->as.osc.slots = patch != NULL ? (const void *)patch->sink.slots.data : score->slots;
    voice->as.osc.values = patch != NULL ? (const void *)patch->sink.values.data : score->values;
    voice->as.osc.floats = patch != NULL ? (const void *)patch->sink.floats.data : score->floats;
    voice->as.osc.bytes = patch != NULL ? patch->sink.bytes.data : score->bytes;
    fill_groups(messages, track->first_message, voice->as.osc.messages);
    voice->as.osc.glides = patch != NULL && patch->voice_glides.n > 0 ? &patch->voice_glides : NULL;
    voice->as.osc.owns = owns;
    for (uint32_t i = 0; i < track->n_owns; i++) {
        fill_groups(messages, from[i].first_message, owns[i].messages);
    }
}

static void
midi_voice(struct od_voice *voice, const struct strip *strip, uint8_t port)
{
    const struct od_score *score = &strip->shared->score;
    const struct od_score_midi_track *track = od_strip_midi(strip);
    const struct od_score_signal *signal =
        track->velocity_signal == OD_SCORE_NONE ? NULL : &score->signals[track->velocity_signal];
    voice->kind = OD_VOICE_MIDI;
    voice->output = port;
    voice->channel = strip->channel;
    voice->length = track->length;
    voice->as.midi.velocity = strip->velocity;
    voice->as.midi.transpose = strip->transpose;
    voice->as.midi.revalued = strip->revalued || (track->flags & OD_MIDI_TRACK_MOVES) != 0;
    voice->as.midi.velocity_glide =
        strip->velocity_glide != NULL ? &strip->velocity_glide->at : NULL;
    voice->as.midi.transpose_glide =
        strip->transpose_glide != NULL ? &strip->transpose_glide->at : NULL;
    voice->as.midi.curves = score->curves + track->first_curve;
    voice->as.midi.levels = score->levels;
    voice->as.midi.init = score->controls + track->first_control;
    voice->as.midi.n_init = track->n_controls;
    voice->as.midi.sysex = score->sysex + track->first_sysex;
    voice->as.midi.n_sysex = track->n_sysex;
    voice->as.midi.bytes_of_sysex = score->bytes;
    voice->as.midi.n_curves = track->n_curves;
    voice->as.midi.velocity_signal = signal == NULL ? NULL : score->numbers + signal->first;
    voice->as.midi.signal_length = signal == NULL ? 0 : signal->length;
}

static int
whole(double value, int min, int max)
{
    return (int)fmin(fmax(value, min), max);
}

/* The message that was made here is the one that is sent. */
static void
use_control(struct od_voice *voice)
{
    voice->as.midi.control.rank = OD_RANK_CONTROL;
    voice->as.midi.controls = &voice->as.midi.control;
    voice->as.midi.n_controls = 1;
}

static bool
batch_midi_voice(struct od_voice *voice, const struct strip *strip, const struct od_route *route)
{
    unsigned channel = (unsigned)whole(od_strip_number(strip, "channel", route->channel), 0, 15);
    unsigned char *bytes = voice->as.midi.bytes;
    voice->output = route->output;
    voice->channel = (uint8_t)channel;
    voice->length = OD_STEPS;
    struct od_score_control *control = &voice->as.midi.control;
    const struct od_score_track *track = od_strip_track(strip);
    voice->as.midi.controls = strip->shared->score.controls + track->first_control;
    voice->as.midi.n_controls = track->n_controls;
    double note = od_strip_number(strip, "note", NAN);
    double controller = od_strip_number(strip, "cc", NAN);
    double bend = od_strip_number(strip, "pitch_bend", NAN);
    if (!isnan(note)) {
        voice->kind = OD_VOICE_MIDI_MS;
        voice->as.midi.duration_ms = fmax(od_strip_number(strip, "duration_ms", 250), 0);
        bytes[0] = (unsigned char)(OD_MIDI_NOTE_ON | channel);
        bytes[1] = (unsigned char)whole(note, 0, 127);
        bytes[2] = (unsigned char)whole(od_strip_number(strip, "velocity", 100), 0, 127);
    } else if (!isnan(controller)) {
        voice->kind = OD_VOICE_MIDI_BYTES;
        control->bytes[0] = OD_MIDI_CONTROL;
        control->bytes[1] = (unsigned char)whole(controller, 0, 127);
        control->bytes[2] = (unsigned char)whole(od_strip_number(strip, "value", 0), 0, 127);
        use_control(voice);
    } else if (!isnan(bend)) {
        voice->kind = OD_VOICE_MIDI_BYTES;
        od_midi_bend(0, whole(bend, -8192, 8191), control->bytes);
        use_control(voice);
    } else if (track->n_controls > 0) {
        voice->kind = OD_VOICE_MIDI_BYTES;
    }
    return voice->kind != OD_VOICE_OSC;
}

static enum od_status refuse(char *error, const char *format, ...) OD_PRINTF(2, 3);

static enum od_status
refuse(char *error, const char *format, ...)
{
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        vsnprintf(error, OD_SCORE_ERROR_SIZE, format, args);
        va_end(args);
    }
    return OD_EDATA;
}

/* To an address other than the score's the messages are rendered anew. */
static enum od_status
route_osc(struct strip *strip, const struct od_route *route)
{
    strip->address = route->address;
    if (strip->patch != NULL || strcmp(route->address, OD_DIRT_ADDRESS) == 0) {
        return OD_OK;
    }
    strip->patch = od_patch_new(strip);
    return strip->patch == NULL ? OD_ENOMEM
                                : od_patch_render(strip->patch, strip, od_strip_variants(strip));
}

static enum od_status
batch_voice(struct od_take *take, size_t i, struct od_voice_own *owns, char *error)
{
    struct strip *strip = &take->strips[i];
    const struct od_route *route = route_of(take, strip);
    const char *id = destination_of(strip);
    if (route == NULL) {
        return refuse(error, "the score sends to '%.80s', which no --destinations file names", id);
    }
    if (route->midi && strip->patch != NULL && strip->patch->glides.length > 0) {
        return refuse(error, "what goes to the MIDI destination '%.80s' cannot move", id);
    }
    if (route->midi) {
        return batch_midi_voice(&take->voices[i], strip, route)
                   ? OD_OK
                   : refuse(error,
                            "a message for the MIDI destination '%.80s' has none of note, cc, "
                            "nrpn, pitch_bend",
                            id);
    }
    if (od_strip_track(strip)->n_controls > 0) {
        return refuse(error,
                      "a message for '%.80s' has an object as cc or nrpn: this is no MIDI "
                      "destination",
                      id);
    }
    enum od_status status = route_osc(strip, route);
    if (status == OD_OK) {
        osc_voice(&take->voices[i], strip, route->output, owns);
    }
    return status;
}

/* A track without a destination goes where it always did: to SuperDirt, to the port of --midi. */
static enum od_status
track_voice(struct od_take *take, size_t i, struct od_voice_own *owns, char *error)
{
    struct strip *strip = &take->strips[i];
    const char *id = destination_of(strip);
    const struct od_route *route = id[0] != '\0' ? route_of(take, strip) : NULL;
    bool usual = id[0] == '\0' || (!strip->midi && strcmp(id, OD_DIRT_DESTINATION) == 0);
    if (route == NULL && !usual) {
        return refuse(error, "track '%.80s' goes to '%.80s', which no --destinations file names",
                      od_strip_id(strip), id);
    }
    if (route != NULL && route->midi != strip->midi) {
        return refuse(error, "track '%.80s' goes to '%.80s', which is %s destination",
                      od_strip_id(strip), id, route->midi ? "a MIDI" : "an OSC");
    }
    if (strip->midi) {
        midi_voice(&take->voices[i], strip, route != NULL ? route->output : 0);
        return OD_OK;
    }
    enum od_status status = route != NULL ? route_osc(strip, route) : OD_OK;
    if (status == OD_OK) {
        osc_voice(&take->voices[i], strip, route != NULL ? route->output : 0, owns);
    }
    return status;
}

static enum od_status
make_voice(struct od_take *take, size_t i, struct od_voice_own *owns, char *error)
{
    const struct strip *strip = &take->strips[i];
    const char *id = od_strip_id(strip);
    take->voices[i].crc = od_crc32c(0, id, strlen(id));
    bool batch = !strip->midi && (od_strip_track(strip)->flags & OD_TRACK_BATCH) != 0;
    return batch ? batch_voice(take, i, owns, error) : track_voice(take, i, owns, error);
}

/* If any track of a kind is soloed only soloed ones are heard, else those not muted. */
static void
set_audible(struct od_take *take, bool midi)
{
    bool solo = false;
    for (size_t i = 0; i < take->n_strips; i++) {
        solo = solo || (take->strips[i].midi == midi && take->strips[i].solo);
    }
    for (size_t i = 0; i < take->n_strips; i++) {
        const struct strip *strip = &take->strips[i];
        if (strip->midi != midi) {
            continue;
        }
        bool silent = !midi && (od_strip_track(strip)->flags & OD_TRACK_LINE_SILENT) != 0;
        take->voices[i].audible = !silent && (solo ? strip->solo : !strip->mute);
    }
}

static int
ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void
list_audible(struct od_take *take)
{
    size_t n = 0;
    for (size_t i = 0; i < take->n_strips; i++) {
        const struct od_voice *voice = &take->voices[i];
        if (voice->audible && voice->kind != OD_VOICE_OSC) {
            take->audible[n++] = voice->crc;
        }
    }
    qsort(take->audible, n, sizeof *take->audible, ascending);
    take->program.audible = take->audible;
    take->program.n_audible = n;
}

static size_t
count_owns(const struct strip *strip)
{
    return strip->midi ? 0 : od_strip_track(strip)->n_owns;
}

/* Room for what all voices and the player need. */
static bool
take_room(struct od_take *take)
{
    size_t owns = 0;
    for (size_t i = 0; i < take->n_strips; i++) {
        owns += count_owns(&take->strips[i]);
    }
    size_t runs = take->notes->n_rings > 1 ? take->notes->n_rings : 0;
    size_t glides = od_take_glides(take, NULL);
    take->owns = owns > 0 ? calloc(owns, sizeof *take->owns) : NULL;
    take->runs = runs > 0 ? calloc(runs, sizeof *take->runs) : NULL;
    take->glides = glides > 0 ? calloc(glides, sizeof(struct od_glide *)) : NULL;
    return (take->owns != NULL) == (owns > 0) && (take->runs != NULL) == (runs > 0) &&
           (take->glides != NULL) == (glides > 0);
}

static bool
begins_with_something(const struct od_voice *voice)
{
    return voice->kind == OD_VOICE_MIDI && voice->as.midi.n_init + voice->as.midi.n_sysex > 0;
}

enum od_status
od_take_finish(struct od_take *take, char *error)
{
    struct od_program *program = &take->program;
    const struct notes *notes = take->notes;
    size_t owns = 0;
    if (!take_room(take)) {
        return OD_ENOMEM;
    }
    program->glides = take->glides;
    program->n_glides = od_take_glides(take, take->glides);
    program->n_curve_voices = 0;
    program->n_init_voices = 0;
    for (size_t i = 0; i < take->n_strips; i++) {
        struct od_voice_own *room = take->owns == NULL ? NULL : take->owns + owns;
        enum od_status status = make_voice(take, i, room, error);
        if (status != OD_OK) {
            return status;
        }
        owns += count_owns(&take->strips[i]);
        if (take->voices[i].kind == OD_VOICE_MIDI && take->voices[i].as.midi.n_curves > 0) {
            take->curve_voices[program->n_curve_voices++] = (uint16_t)i;
        }
        if (begins_with_something(&take->voices[i])) {
            take->init_voices[program->n_init_voices++] = (uint16_t)i;
        }
    }
    set_audible(take, false);
    set_audible(take, true);
    list_audible(take);
    program->voices = take->voices;
    program->n_voices = take->n_strips;
    program->curve_voices = take->curve_voices;
    program->init_voices = take->init_voices;
    program->events = notes->at;
    program->rings = notes->rings;
    program->n_rings = notes->n_rings;
    program->length = notes->part->length;
    program->runs = take->runs;
    program->extras = notes->shared->score.extras + notes->part->first_extra;
    program->controls = notes->shared->score.controls;
    return OD_OK;
}
