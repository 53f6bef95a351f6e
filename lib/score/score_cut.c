#include "score/score_cut.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "score/score_check.h"
#include "text/param.h"

struct cut {
    const struct od_score *from;
    const struct od_score_line *lines; /* of the part, in `from` */
    struct od_buf sections[OD_SECTION_COUNT];
    struct od_hash kept[OD_SECTION_COUNT]; /* records of `from` that may be shared → their places */
    bool failed;
};

static const uint32_t record_sizes[] = {
#define RECORD_SIZE(name, type) sizeof(type),
    OD_SECTION_LIST(RECORD_SIZE)
#undef RECORD_SIZE
};

/* The place of the first of the copies. */
static uint32_t
copy(struct cut *cut, enum od_section section, const void *records, size_t n)
{
    struct od_buf *to = &cut->sections[section];
    uint32_t first = (uint32_t)(to->length / record_sizes[section]);
    cut->failed |= n > 0 && !od_buf_append(to, records, n * record_sizes[section]);
    return first;
}

static uint32_t
place_of(const struct cut *cut, enum od_section section, const void *key, size_t size)
{
    return od_hash_find(&cut->kept[section], key, size);
}

/* Copies what stands for `key`, a record of `from` that others may name too. */
static uint32_t
share(struct cut *cut, enum od_section section, const void *key, size_t size, const void *records,
      size_t n)
{
    uint32_t at = copy(cut, section, records, n);
    cut->failed |= !od_hash_add(&cut->kept[section], key, size, at);
    return at;
}

static uint32_t
string(struct cut *cut, uint64_t offset)
{
    const char *text = cut->from->strings + offset;
    size_t size = strlen(text) + 1;
    uint32_t at = place_of(cut, OD_SECTION_STRINGS, text, size);
    return at != OD_HASH_NONE ? at : share(cut, OD_SECTION_STRINGS, text, size, text, size);
}

static uint32_t
values(struct cut *cut, uint32_t index)
{
    const struct od_score_values *old = &cut->from->values[index];
    uint32_t at = place_of(cut, OD_SECTION_VALUES, old, sizeof *old);
    if (at != OD_HASH_NONE) {
        return at;
    }
    struct od_score_values own = *old;
    own.first = copy(cut, OD_SECTION_FLOATS, cut->from->floats + old->first, old->length);
    return share(cut, OD_SECTION_VALUES, old, sizeof *old, &own, 1);
}

static uint32_t
signal(struct cut *cut, uint32_t index)
{
    const struct od_score_signal *old = &cut->from->signals[index];
    uint32_t at = place_of(cut, OD_SECTION_SIGNALS, old, sizeof *old);
    if (at != OD_HASH_NONE) {
        return at;
    }
    struct od_score_signal own = *old;
    own.first = copy(cut, OD_SECTION_NUMBERS, cut->from->numbers + old->first, old->length);
    return share(cut, OD_SECTION_SIGNALS, old, sizeof *old, &own, 1);
}

static uint32_t
line(struct cut *cut, uint32_t place)
{
    const struct od_score_line *old = &cut->lines[place];
    uint32_t at = place_of(cut, OD_SECTION_LINES, old, sizeof *old);
    if (at != OD_HASH_NONE) {
        return at;
    }
    struct od_score_line own = *old;
    own.name = string(cut, old->name);
    return share(cut, OD_SECTION_LINES, old, sizeof *old, &own, 1);
}

/* ---- messages ---- */

static uint32_t
osc_bytes(struct cut *cut, const struct od_score_message *message)
{
    const unsigned char *bytes = cut->from->bytes + message->bytes;
    uint32_t at = place_of(cut, OD_SECTION_BYTES, bytes, message->size);
    return at != OD_HASH_NONE
               ? at
               : share(cut, OD_SECTION_BYTES, bytes, message->size, bytes, message->size);
}

static void
message(struct cut *cut, const struct od_score_message *old)
{
    struct od_score_message own = *old;
    own.bytes = osc_bytes(cut, old);
    own.first_slot = copy(cut, OD_SECTION_SLOTS, NULL, 0);
    for (uint32_t i = 0; i < old->n_slots; i++) {
        struct od_score_slot slot = cut->from->slots[old->first_slot + i];
        slot.values = values(cut, slot.values);
        copy(cut, OD_SECTION_SLOTS, &slot, 1);
    }
    if (old->gain_values != OD_SCORE_NONE) {
        own.gain_values = values(cut, old->gain_values);
    }
    copy(cut, OD_SECTION_MESSAGES, &own, 1);
}

/* The groups of a track or of an own, each of `n` messages. */
static void
groups(struct cut *cut, uint32_t first[OD_VARIANTS], uint32_t n)
{
    for (unsigned variant = 0; variant < OD_VARIANTS; variant++) {
        uint32_t old = first[variant];
        if (old == OD_SCORE_NONE) {
            continue;
        }
        first[variant] = copy(cut, OD_SECTION_MESSAGES, NULL, 0);
        for (uint32_t i = 0; i < n; i++) {
            message(cut, &cut->from->messages[old + i]);
        }
    }
}

/* ---- tracks ---- */

static uint32_t
params(struct cut *cut, uint32_t first, uint32_t n)
{
    uint32_t at = copy(cut, OD_SECTION_PARAMS, NULL, 0);
    for (uint32_t i = 0; i < n; i++) {
        struct od_score_param own = cut->from->params[first + i];
        own.name = string(cut, own.name);
        if (own.type == OD_VALUE_STRING) {
            own.value.string = string(cut, own.value.string);
        }
        copy(cut, OD_SECTION_PARAMS, &own, 1);
    }
    return at;
}

static void
osc_track(struct cut *cut, const struct od_score_track *old)
{
    const struct od_score *from = cut->from;
    struct od_score_track track = *old;
    track.id = string(cut, old->id);
    track.destination = string(cut, old->destination);
    track.line = old->line == OD_SCORE_NONE ? OD_SCORE_NONE : line(cut, old->line);
    track.first_param = params(cut, old->first_param, old->n_params);
    track.first_mod = track.first_send = track.first_own = 0;
    for (uint32_t i = 0; i < old->n_mods; i++) {
        struct od_score_mod mod = from->mods[old->first_mod + i];
        mod.signal = signal(cut, mod.signal);
        copy(cut, OD_SECTION_MODS, &mod, 1);
    }
    for (uint32_t i = 0; i < old->n_sends; i++) {
        struct od_score_send send = from->sends[old->first_send + i];
        send.line = line(cut, send.line);
        copy(cut, OD_SECTION_SENDS, &send, 1);
    }
    groups(cut, track.first_message, old->n_messages);
    for (uint32_t i = 0; i < old->n_owns; i++) {
        struct od_score_own own = from->owns[old->first_own + i];
        own.first_param = params(cut, own.first_param, own.n_params);
        groups(cut, own.first_message, old->n_messages);
        copy(cut, OD_SECTION_OWNS, &own, 1);
    }
    track.first_control =
        copy(cut, OD_SECTION_CONTROLS, from->controls + old->first_control, old->n_controls);
    track.n_events = 0;
    copy(cut, OD_SECTION_TRACKS, &track, 1);
}

static void
midi_track(struct cut *cut, const struct od_score_midi_track *old)
{
    const struct od_score *from = cut->from;
    struct od_score_midi_track track = *old;
    track.id = string(cut, old->id);
    track.destination = string(cut, old->destination);
    track.first_curve = track.first_sysex = 0;
    for (uint32_t i = 0; i < old->n_curves; i++) {
        struct od_score_curve curve = from->curves[old->first_curve + i];
        curve.first = copy(cut, OD_SECTION_LEVELS, from->levels + curve.first, curve.length);
        copy(cut, OD_SECTION_CURVES, &curve, 1);
    }
    for (uint32_t i = 0; i < old->n_sysex; i++) {
        struct od_score_sysex sysex = from->sysex[old->first_sysex + i];
        sysex.bytes = copy(cut, OD_SECTION_BYTES, from->bytes + sysex.bytes, sysex.size);
        cut->failed |= !od_buf_align(&cut->sections[OD_SECTION_BYTES], 4);
        copy(cut, OD_SECTION_SYSEX, &sysex, 1);
    }
    track.first_control =
        copy(cut, OD_SECTION_CONTROLS, from->controls + old->first_control, old->n_controls);
    if (old->velocity_signal != OD_SCORE_NONE) {
        track.velocity_signal = signal(cut, old->velocity_signal);
    }
    track.n_events = 0;
    copy(cut, OD_SECTION_MIDI_TRACKS, &track, 1);
}

/* The part has no events, so nothing of it counts but its lines. */
static void
one_part(struct cut *cut, const struct od_score_part *old)
{
    struct od_score_part part = *old;
    part.min_offset_ms = part.max_offset_ms = 0;
    part.min_offset_steps = part.max_offset_steps = 0;
    part.name = part.flags = 0;
    part.first_track = part.first_midi_track = part.first_line = 0;
    part.n_tracks = copy(cut, OD_SECTION_TRACKS, NULL, 0);
    part.n_midi_tracks = copy(cut, OD_SECTION_MIDI_TRACKS, NULL, 0);
    part.n_lines = copy(cut, OD_SECTION_LINES, NULL, 0);
    part.first_tempo = part.n_tempos = part.first_ring = part.n_rings = 0;
    part.first_extra = part.n_extras = part.first_event = part.n_events = 0;
    part.densest_step = part.densest_messages = 0;
    copy(cut, OD_SECTION_PARTS, &part, 1);
}

/* ---- the whole ---- */

static uint64_t
aligned(uint64_t offset)
{
    return (offset + OD_SCORE_ALIGNMENT - 1) / OD_SCORE_ALIGNMENT * OD_SCORE_ALIGNMENT;
}

/* Not one byte more than it needs; NULL if there is no memory. */
static unsigned char *
put_together(const struct cut *cut)
{
    struct od_score_header header = *cut->from->header;
    header.apply_timing = header.apply_part = OD_SCORE_NONE;
    header.apply_from = header.song_end = 0;
    header.length = sizeof header;
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        size_t length = cut->sections[i].length;
        header.sections[i].offset = header.length;
        header.sections[i].count = (uint32_t)(length / record_sizes[i]);
        header.length = aligned(header.length + length);
    }
    unsigned char *bytes = calloc(1, header.length);
    for (int i = 0; bytes != NULL && i < OD_SECTION_COUNT; i++) {
        const struct od_buf *section = &cut->sections[i];
        if (section->length > 0) {
            memcpy(bytes + header.sections[i].offset, section->data, section->length);
        }
    }
    if (bytes != NULL) {
        memcpy(bytes, &header, sizeof header);
    }
    return bytes;
}

static void
cut_clear(struct cut *cut)
{
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        od_buf_clear(&cut->sections[i]);
        od_hash_clear(&cut->kept[i]);
    }
}

enum od_status
od_score_cut(const struct od_score *from, uint32_t part, bool midi, uint32_t index,
             struct od_score *score)
{
    struct cut cut = {.from = from, .lines = from->lines + from->parts[part].first_line};
    string(&cut, 0);
    if (midi) {
        midi_track(&cut, &from->midi_tracks[index]);
    } else {
        osc_track(&cut, &from->tracks[index]);
    }
    one_part(&cut, &from->parts[part]);
    unsigned char *bytes = cut.failed ? NULL : put_together(&cut);
    cut_clear(&cut);
    if (bytes == NULL) {
        return OD_ENOMEM;
    }
    *score = (struct od_score){.owned = bytes};
    od_score_point(score, bytes);
    return OD_OK;
}
