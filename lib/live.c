#include "live.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live_take.h"
#include "midi.h"
#include "param.h"

#define ADDRESS "/dirt/play"

struct od_shared_score *
od_shared_score_new(struct od_score *score)
{
    struct od_shared_score *shared = malloc(sizeof *shared);
    if (shared == NULL) {
        od_score_close(score);
        return NULL;
    }
    *shared = (struct od_shared_score){.score = *score, .refs = 1};
    *score = (struct od_score){0};
    return shared;
}

void
od_shared_score_unref(struct od_shared_score *shared)
{
    if (shared != NULL && --shared->refs == 0) {
        od_score_close(&shared->score);
        free(shared);
    }
}

const struct od_score *
od_shared_score_get(const struct od_shared_score *shared)
{
    return &shared->score;
}

static struct od_shared_score *
share(struct od_shared_score *shared)
{
    if (shared != NULL) {
        shared->refs++;
    }
    return shared;
}

const struct od_score_track *
od_entry_track(const struct entry *entry)
{
    return &entry->shared->score.tracks[entry->index];
}

const struct od_score_midi_track *
od_entry_midi(const struct entry *entry)
{
    return &entry->shared->score.midi_tracks[entry->index];
}

const struct od_score_part *
od_entry_part(const struct entry *entry)
{
    return &entry->shared->score.parts[entry->part];
}

const char *
od_entry_id(const struct entry *entry)
{
    const struct od_score *score = &entry->shared->score;
    return score->strings + (entry->midi ? od_entry_midi(entry)->id : od_entry_track(entry)->id);
}

void
od_patch_unref(struct patch *patch)
{
    if (patch != NULL && --patch->refs == 0) {
        od_buf_clear(&patch->strings);
        od_buf_clear(&patch->params);
        od_message_sink_clear(&patch->sink);
        free(patch);
    }
}

void
od_entry_clear(struct entry *entry)
{
    od_patch_unref(entry->patch);
    od_shared_score_unref(entry->shared);
    *entry = (struct entry){0};
}

void
od_entry_copy(struct entry *to, const struct entry *from)
{
    *to = *from;
    share(to->shared);
    if (to->patch != NULL) {
        to->patch->refs++;
    }
}

void
od_notes_unref(struct notes *notes)
{
    if (notes != NULL && --notes->refs == 0) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it cannot count references */
        od_shared_score_unref(notes->shared);
        free(notes->events);
        free(notes->index);
        free(notes);
    }
}

struct od_take *
od_take_alloc(const struct od_live_setup *setup, size_t n)
{
    struct od_take *take = calloc(1, sizeof *take);
    if (take == NULL) {
        return NULL;
    }
    take->refs = 1;
    take->setup = setup;
    take->scene = "";
    take->n_entries = n;
    take->entries = calloc(n + 1, sizeof *take->entries);
    take->voices = calloc(n + 1, sizeof *take->voices);
    take->curve_voices = calloc(n + 1, sizeof *take->curve_voices);
    if (take->entries == NULL || take->voices == NULL || take->curve_voices == NULL) {
        od_take_unref(take);
        return NULL;
    }
    return take;
}

void
od_take_ref(struct od_take *take)
{
    take->refs++;
}

void
od_take_unref(struct od_take *take)
{
    if (take == NULL || --take->refs > 0) {
        return;
    }
    for (size_t i = 0; take->entries != NULL && i < take->n_entries; i++) {
        od_entry_clear(&take->entries[i]);
    }
    free(take->entries);
    free(take->voices);
    free(take->curve_voices);
    od_notes_unref(take->notes);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it cannot count references */
    od_shared_score_unref(take->scenes);
    free(take);
}

struct od_take *
od_take_copy(const struct od_take *base)
{
    struct od_take *take = od_take_alloc(base->setup, base->n_entries);
    if (take == NULL) {
        return NULL;
    }
    /* What follows is the player's, which may be writing it right now. */
    memcpy(&take->program, &base->program, offsetof(struct od_program, generation));
    take->program.edit = true;
    take->program.change = 0;
    take->program.sets_tempo = false;
    take->program.releases = false;
    for (size_t i = 0; i < base->n_entries; i++) {
        od_entry_copy(&take->entries[i], &base->entries[i]);
    }
    take->notes = base->notes;
    take->notes->refs++;
    take->scenes = share(base->scenes);
    take->scene = base->scene;
    return take;
}

struct od_program *
od_take_program(struct od_take *take)
{
    return &take->program;
}

struct od_take *
od_take_of(struct od_program *program)
{
    return (struct od_take *)program;
}

/* ---- voices ---- */

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
    voice->as.osc.n_messages = (uint16_t)track->n_messages;
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

/* A number of a batch message's params; `otherwise` if it is absent or no number. */
static double
number_of(const struct entry *entry, const char *name, double otherwise)
{
    const struct od_score_param *param = od_entry_param(entry, OD_PARAM_EXTRA, name);
    return param != NULL && param->type != OD_VALUE_STRING ? param->value.number : otherwise;
}

static int
whole(double value, int min, int max)
{
    return (int)fmin(fmax(value, min), max);
}

static bool
batch_midi_voice(struct od_voice *voice, const struct entry *entry, const struct od_route *route)
{
    unsigned channel = (unsigned)whole(number_of(entry, "channel", route->channel), 0, 15);
    unsigned char *bytes = voice->as.midi.bytes;
    voice->output = route->output;
    voice->channel = (uint8_t)channel;
    voice->as.midi.size = 3;
    double note = number_of(entry, "note", NAN);
    double controller = number_of(entry, "cc", NAN);
    double bend = number_of(entry, "pitch_bend", NAN);
    if (!isnan(note)) {
        voice->kind = OD_VOICE_MIDI_MS;
        voice->as.midi.duration_ms = fmax(number_of(entry, "duration_ms", 250), 0);
        bytes[0] = (unsigned char)(OD_MIDI_NOTE_ON | channel);
        bytes[1] = (unsigned char)whole(note, 0, 127);
        bytes[2] = (unsigned char)whole(number_of(entry, "velocity", 100), 0, 127);
    } else if (!isnan(controller)) {
        voice->kind = OD_VOICE_MIDI_BYTES;
        bytes[0] = (unsigned char)(OD_MIDI_CONTROL | channel);
        bytes[1] = (unsigned char)whole(controller, 0, 127);
        bytes[2] = (unsigned char)whole(number_of(entry, "value", 0), 0, 127);
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
    if (entry->patch == NULL && strcmp(route->address, ADDRESS) != 0) {
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

/* ---- from a score ---- */

static void
entry_of_track(struct entry *entry, struct od_shared_score *shared, uint32_t part, uint32_t index)
{
    *entry =
        (struct entry){.shared = share(shared), .part = part, .index = index, .address = ADDRESS};
    uint32_t flags = od_entry_track(entry)->flags;
    entry->mute = (flags & OD_TRACK_MUTE) != 0;
    entry->solo = (flags & OD_TRACK_SOLO) != 0;
}

static void
entry_of_midi(struct entry *entry, struct od_shared_score *shared, uint32_t part, uint32_t index)
{
    *entry = (struct entry){.shared = share(shared), .part = part, .index = index, .midi = true};
    const struct od_score_midi_track *track = od_entry_midi(entry);
    entry->mute = (track->flags & OD_TRACK_MUTE) != 0;
    entry->solo = (track->flags & OD_TRACK_SOLO) != 0;
    entry->channel = track->channel;
    entry->velocity = track->velocity;
    entry->transpose = track->transpose;
}

static void
set_environment(struct od_take *take, const struct od_score_part *part)
{
    struct od_program *program = &take->program;
    double override = take->setup->bpm_override;
    program->bpm = override > 0 ? override : part->bpm;
    program->swing = part->swing;
    program->default_gate = part->default_gate;
    program->sets_tempo = true;
    program->releases = true;
    program->early = llrint(fmin(-(double)part->min_offset_ms, 86400e3) * (double)OD_NSEC_PER_MS);
    program->late = llrint(fmin((double)part->max_offset_ms, 86400e3) * (double)OD_NSEC_PER_MS);
}

static struct notes *
notes_of_part(struct od_shared_score *shared, const struct od_score_part *part)
{
    struct notes *notes = calloc(1, sizeof *notes);
    if (notes != NULL) {
        notes->refs = 1;
        notes->shared = share(shared);
        notes->at = shared->score.events + part->first_event;
        notes->index_at = shared->score.index + part->first_index;
    }
    return notes;
}

enum od_status
od_take_new(const struct od_live_setup *setup, struct od_shared_score *shared, uint32_t part_number,
            struct od_take **result, char *error)
{
    const struct od_score_part *part = &shared->score.parts[part_number];
    struct od_take *take = od_take_alloc(setup, (size_t)part->n_tracks + part->n_midi_tracks);
    if (take == NULL) {
        return OD_ENOMEM;
    }
    for (uint32_t i = 0; i < part->n_tracks; i++) {
        entry_of_track(&take->entries[i], shared, part_number, part->first_track + i);
    }
    for (uint32_t i = 0; i < part->n_midi_tracks; i++) {
        entry_of_midi(&take->entries[part->n_tracks + i], shared, part_number,
                      part->first_midi_track + i);
    }
    set_environment(take, part);
    take->scenes = share(shared);
    take->scene = shared->score.strings + part->name;
    take->notes = notes_of_part(shared, part);
    enum od_status status = take->notes == NULL ? OD_ENOMEM : od_take_finish(take, error);
    if (status != OD_OK) {
        od_take_unref(take);
        return status;
    }
    *result = take;
    return OD_OK;
}

/* ---- exclusive apply ---- */

static bool
applies_to(const struct od_score *score, const char *id)
{
    for (uint32_t i = 0; i < score->count[OD_SECTION_APPLY_IDS]; i++) {
        if (strcmp(score->strings + score->apply_ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

/* The new track of that id and kind that the score's apply names, in `fresh`; its number or -1. */
static long
find_fresh(const struct od_take *fresh, const char *id, bool midi)
{
    const struct od_score *score = &fresh->scenes->score;
    for (size_t i = 0; i < fresh->n_entries; i++) {
        if (fresh->entries[i].midi == midi && strcmp(od_entry_id(&fresh->entries[i]), id) == 0 &&
            applies_to(score, id)) {
            return (long)i;
        }
    }
    return -1;
}

#define NOT_TAKEN UINT16_MAX

/* Old tracks of a kind in their places, named ones replaced; then the named ones that are new. */
static size_t
merge_kind(struct od_take *take, size_t n, const struct od_take *base, const struct od_take *fresh,
           bool midi, uint16_t *place)
{
    for (size_t i = 0; base != NULL && i < base->n_entries; i++) {
        const struct entry *old = &base->entries[i];
        if (old->midi != midi) {
            continue;
        }
        long replaced = find_fresh(fresh, od_entry_id(old), midi);
        if (replaced >= 0 && place[replaced] != NOT_TAKEN) {
            continue;
        }
        od_entry_copy(&take->entries[n], replaced < 0 ? old : &fresh->entries[replaced]);
        if (replaced >= 0) {
            place[replaced] = (uint16_t)n;
        }
        n++;
    }
    for (size_t i = 0; i < fresh->n_entries; i++) {
        const struct entry *entry = &fresh->entries[i];
        if (entry->midi == midi && place[i] == NOT_TAKEN &&
            applies_to(&fresh->scenes->score, od_entry_id(entry))) {
            od_entry_copy(&take->entries[n], entry);
            place[i] = (uint16_t)n++;
        }
    }
    return n;
}

/* The events of the tracks that were taken, with their new numbers; play order stays. */
static struct notes *
merge_notes(const struct od_take *fresh, const uint16_t *place)
{
    struct notes *notes = calloc(1, sizeof *notes);
    if (notes == NULL) {
        return NULL;
    }
    const uint32_t *index = fresh->notes->index_at;
    notes->refs = 1;
    notes->events = calloc((size_t)index[OD_STEPS] + 1, sizeof *notes->events);
    notes->index = calloc(OD_STEPS + 1, sizeof *notes->index);
    if (notes->events == NULL || notes->index == NULL) {
        od_notes_unref(notes);
        return NULL;
    }
    uint32_t n = 0;
    for (unsigned step = 0; step < OD_STEPS; step++) {
        notes->index[step] = n;
        for (uint32_t i = index[step]; i < index[step + 1]; i++) {
            struct od_event event = fresh->notes->at[i];
            event.track = place[event.track];
            if (event.track != NOT_TAKEN) {
                notes->events[n++] = event;
            }
        }
    }
    notes->index[OD_STEPS] = n;
    notes->at = notes->events;
    notes->index_at = notes->index;
    return notes;
}

static enum od_status
merge_into(struct od_take *take, const struct od_take *base, const struct od_take *fresh,
           uint16_t *place, char *error)
{
    for (size_t i = 0; i < fresh->n_entries; i++) {
        place[i] = NOT_TAKEN;
    }
    size_t n = merge_kind(take, 0, base, fresh, false, place);
    take->n_entries = merge_kind(take, n, base, fresh, true, place);
    take->program = fresh->program;
    take->scenes = share(base != NULL && base->scenes != NULL &&
                                 base->scenes->score.count[OD_SECTION_PARTS] > 1
                             ? base->scenes
                             : fresh->scenes);
    take->notes = merge_notes(fresh, place);
    return take->notes == NULL ? OD_ENOMEM : od_take_finish(take, error);
}

enum od_status
od_take_merge(const struct od_live_setup *setup, struct od_take *base,
              struct od_shared_score *shared, struct od_take **result, char *error)
{
    struct od_take *fresh = NULL;
    enum od_status status = od_take_new(setup, shared, 0, &fresh, error);
    if (status != OD_OK) {
        return status;
    }
    size_t most = fresh->n_entries + (base != NULL ? base->n_entries : 0);
    if (most > OD_TRACKS_MAX) {
        snprintf(error, OD_SCORE_ERROR_SIZE, "more than %zu tracks after merging", OD_TRACKS_MAX);
        od_take_unref(fresh);
        return OD_EDATA;
    }
    struct od_take *take = od_take_alloc(setup, most);
    uint16_t *place = calloc(fresh->n_entries + 1, sizeof *place);
    status =
        take == NULL || place == NULL ? OD_ENOMEM : merge_into(take, base, fresh, place, error);
    free(place);
    od_take_unref(fresh);
    if (status != OD_OK) {
        od_take_unref(take);
        return status;
    }
    *result = take;
    return OD_OK;
}

enum od_status
od_take_apply(const struct od_live_setup *setup, struct od_take *base,
              struct od_shared_score *shared, struct od_take **take, enum od_apply_what *what,
              char *error)
{
    const struct od_score *score = &shared->score;
    if (score->header->apply_part != OD_SCORE_NONE) {
        *what = OD_APPLY_SCENE;
        return od_take_new(setup, shared, score->header->apply_part, take, error);
    }
    if (score->count[OD_SECTION_APPLY_IDS] > 0) {
        *what = OD_APPLY_TRACKS;
        return od_take_merge(setup, base, shared, take, error);
    }
    *what = OD_APPLY_SESSION;
    return od_take_new(setup, shared, 0, take, error);
}

/* ---- what is known ---- */

int
od_take_find(const struct od_take *take, const char *id)
{
    for (size_t i = 0; i < take->n_entries; i++) {
        if (strcmp(od_entry_id(&take->entries[i]), id) == 0) {
            return (int)i;
        }
    }
    return -1;
}

size_t
od_take_tracks(const struct od_take *take)
{
    return take->n_entries;
}

static double
known_number(const struct entry *entry, enum od_param param)
{
    const struct od_score_param *found = od_entry_param(entry, param, NULL);
    return found != NULL ? found->value.number : od_params[param].def;
}

static void
osc_info(const struct entry *entry, struct od_track_info *info)
{
    const struct od_score_track *track = od_entry_track(entry);
    bool batch = (track->flags & OD_TRACK_BATCH) != 0;
    const struct od_score_param *sound =
        od_entry_param(entry, batch ? OD_PARAM_EXTRA : OD_PARAM_S, "s");
    info->sound = sound != NULL && sound->type == OD_VALUE_STRING
                      ? od_entry_string(entry, sound->value.string)
                      : "";
    info->gain = batch ? number_of(entry, "gain", 1) : known_number(entry, OD_PARAM_GAIN);
    info->pan = batch ? number_of(entry, "pan", 0.5) : known_number(entry, OD_PARAM_PAN);
    info->orbit = (int)(batch ? number_of(entry, "orbit", 0) : known_number(entry, OD_PARAM_ORBIT));
    if (track->line != OD_SCORE_NONE) {
        const struct od_score *score = &entry->shared->score;
        info->orbit = (int)track->line;
        info->line =
            score->strings + score->lines[od_entry_part(entry)->first_line + track->line].name;
    }
}

struct od_track_info
od_take_track(const struct od_take *take, size_t voice)
{
    const struct entry *entry = &take->entries[voice];
    struct od_track_info info = {
        .id = od_entry_id(entry),
        .midi = entry->midi,
        .mute = entry->mute,
        .solo = entry->solo,
        .audible = take->voices[voice].audible,
        .gain = 1,
        .pan = 0.5,
        .channel = entry->channel,
        .velocity = entry->velocity,
        .transpose = entry->transpose,
    };
    if (!entry->midi) {
        osc_info(entry, &info);
    }
    return info;
}

struct od_shared_score *
od_take_scenes(const struct od_take *take)
{
    return take->scenes;
}

const char *
od_take_scene(const struct od_take *take)
{
    return take->scene;
}
