#include <math.h>
#include <stdio.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"
#include "score/midi.h"

static const struct od_route *
route_of(const struct od_take *take, const struct entry *entry)
{
    const char *id = entry->shared->score.strings + od_entry_track(entry)->destination;
    for (size_t i = 0; i < take->setup->n_routes; i++) {
        if (strcmp(take->setup->routes[i].id, id) == 0) {
            return &take->setup->routes[i];
        }
    }
    return NULL;
}

static void
osc_voice(struct od_voice *voice, const struct entry *entry, uint8_t output)
{
    const struct od_score *score = &entry->shared->score;
    const struct patch *patch = entry->patch;
    const struct od_score_track *track = patch != NULL ? &patch->track : od_entry_track(entry);
    const struct od_score_message *messages =
        patch != NULL ? (const void *)patch->sink.messages.data : score->messages;
    voice->kind = OD_VOICE_OSC;
    voice->output = output;
    voice->as.osc.n_messages = track->n_messages;
    voice->as.osc.batch = (track->flags & OD_TRACK_BATCH) != 0;
    voice->as.osc.slots = patch != NULL ? (const void *)patch->sink.slots.data : score->slots;
    voice->as.osc.values = patch != NULL ? (const void *)patch->sink.values.data : score->values;
    voice->as.osc.bytes = patch != NULL ? patch->sink.bytes.data : score->bytes;
    for (unsigned variant = 0; variant < OD_VARIANTS; variant++) {
        uint32_t first = track->first_message[variant];
        voice->as.osc.messages[variant] = first == OD_SCORE_NONE ? NULL : messages + first;
    }
}

static void
midi_voice(struct od_voice *voice, const struct entry *entry)
{
    const struct od_score *score = &entry->shared->score;
    const struct od_score_midi_track *track = od_entry_midi(entry);
    voice->kind = OD_VOICE_MIDI;
    voice->output = 0;
    voice->channel = entry->channel;
    voice->as.midi.velocity = entry->velocity;
    voice->as.midi.transpose = entry->transpose;
    voice->as.midi.revalued = entry->revalued;
    voice->as.midi.curves = score->curves + track->first_curve;
    voice->as.midi.n_curves = track->n_curves;
    voice->as.midi.velocity_signal = track->velocity_signal == OD_SCORE_NONE
                                         ? NULL
                                         : score->signals[track->velocity_signal].values;
}

static int
whole(double value, int min, int max)
{
    return (int)fmin(fmax(value, min), max);
}

static bool
batch_midi_voice(struct od_voice *voice, const struct entry *entry, const struct od_route *route)
{
    unsigned channel = (unsigned)whole(od_entry_number(entry, "channel", route->channel), 0, 15);
    unsigned char *bytes = voice->as.midi.bytes;
    voice->output = route->output;
    voice->channel = (uint8_t)channel;
    voice->as.midi.size = 3;
    double note = od_entry_number(entry, "note", NAN);
    double controller = od_entry_number(entry, "cc", NAN);
    double bend = od_entry_number(entry, "pitch_bend", NAN);
    if (!isnan(note)) {
        voice->kind = OD_VOICE_MIDI_MS;
        voice->as.midi.duration_ms = fmax(od_entry_number(entry, "duration_ms", 250), 0);
        bytes[0] = (unsigned char)(OD_MIDI_NOTE_ON | channel);
        bytes[1] = (unsigned char)whole(note, 0, 127);
        bytes[2] = (unsigned char)whole(od_entry_number(entry, "velocity", 100), 0, 127);
    } else if (!isnan(controller)) {
        voice->kind = OD_VOICE_MIDI_BYTES;
        bytes[0] = (unsigned char)(OD_MIDI_CONTROL | channel);
        bytes[1] = (unsigned char)whole(controller, 0, 127);
        bytes[2] = (unsigned char)whole(od_entry_number(entry, "value", 0), 0, 127);
    } else if (!isnan(bend)) {
        voice->kind = OD_VOICE_MIDI_BYTES;
        od_midi_bend(channel, whole(bend, -8192, 8191), bytes);
    }
    return voice->kind != OD_VOICE_OSC;
}

static enum od_status
batch_voice(struct od_take *take, size_t i, char *error)
{
    struct entry *entry = &take->entries[i];
    const struct od_route *route = route_of(take, entry);
    const char *id = entry->shared->score.strings + od_entry_track(entry)->destination;
    if (route == NULL) {
        if (error != NULL) {
            snprintf(error, OD_SCORE_ERROR_SIZE,
                     "the score sends to '%.80s', which no --destinations file names", id);
        }
        return OD_EDATA;
    }
    if (route->midi) {
        if (batch_midi_voice(&take->voices[i], entry, route)) {
            return OD_OK;
        }
        if (error != NULL) {
            snprintf(error, OD_SCORE_ERROR_SIZE,
                     "a message for the MIDI destination '%.80s' has none of note, cc, pitch_bend",
                     id);
        }
        return OD_EDATA;
    }
    entry->address = route->address;
    if (entry->patch == NULL && strcmp(route->address, OD_DIRT_ADDRESS) != 0) {
        entry->patch = od_patch_new(entry);
        enum od_status status =
            entry->patch == NULL ? OD_ENOMEM : od_patch_render(entry->patch, entry, 1u);
        if (status != OD_OK) {
            return status;
        }
    }
    osc_voice(&take->voices[i], entry, route->output);
    return OD_OK;
}

static enum od_status
make_voice(struct od_take *take, size_t i, char *error)
{
    const struct entry *entry = &take->entries[i];
    if (entry->midi) {
        midi_voice(&take->voices[i], entry);
    } else if ((od_entry_track(entry)->flags & OD_TRACK_BATCH) != 0) {
        return batch_voice(take, i, error);
    } else {
        osc_voice(&take->voices[i], entry, 0);
    }
    return OD_OK;
}

/* If any track of a kind is soloed only soloed ones are heard, else those not muted. */
static void
set_audible(struct od_take *take, bool midi)
{
    bool solo = false;
    for (size_t i = 0; i < take->n_entries; i++) {
        solo = solo || (take->entries[i].midi == midi && take->entries[i].solo);
    }
    for (size_t i = 0; i < take->n_entries; i++) {
        const struct entry *entry = &take->entries[i];
        if (entry->midi != midi) {
            continue;
        }
        bool silent = !midi && (od_entry_track(entry)->flags & OD_TRACK_LINE_SILENT) != 0;
        take->voices[i].audible = !silent && (solo ? entry->solo : !entry->mute);
    }
}

enum od_status
od_take_finish(struct od_take *take, char *error)
{
    struct od_program *program = &take->program;
    program->n_curve_voices = 0;
    for (size_t i = 0; i < take->n_entries; i++) {
        enum od_status status = make_voice(take, i, error);
        if (status != OD_OK) {
            return status;
        }
        if (take->voices[i].kind == OD_VOICE_MIDI && take->voices[i].as.midi.n_curves > 0) {
            take->curve_voices[program->n_curve_voices++] = (uint16_t)i;
        }
    }
    set_audible(take, false);
    set_audible(take, true);
    program->voices = take->voices;
    program->n_voices = take->n_entries;
    program->curve_voices = take->curve_voices;
    program->events = take->notes->at;
    program->index = take->notes->index_at;
    return OD_OK;
}
