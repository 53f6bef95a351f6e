#include "score/score_check.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "score/midi.h"
#include "score/osc_form.h"
#include "text/param.h"
#include "text/timing.h"

#define TRACK_FLAGS (OD_TRACK_MUTE | OD_TRACK_SOLO | OD_TRACK_LINE_SILENT | OD_TRACK_BATCH)
#define LINE_FLAGS  (OD_TRACK_MUTE | OD_TRACK_SOLO | OD_TRACK_LINE_SILENT)
#define PART_FLAGS  (OD_PART_ENVIRONMENT | OD_PART_LINES | OD_PART_TOP)
#define MIDI_FLAGS  (OD_TRACK_MUTE | OD_TRACK_SOLO | OD_MIDI_TRACK_MOVES)
#define SEED_MAX    ((UINT64_C(1) << 53) - 1)
#define OF_MAX      64

static const struct od_score_variants every_variant = {{{0, 0, 1, 1}, {0, 0, 1, 1}}};
static const struct od_score_variants no_variant = {{{1, 1, 1, 1}, {1, 1, 1, 1}}};

/*
 * Records that belong to others lie in the order of their owners and without gaps, so each is
 * checked once and `next` says where the records of the next owner must begin.
 */
struct checker {
    const struct od_score *score;
    char *error;
    uint32_t next[OD_SECTION_COUNT];
    struct od_score_variants *variants;  /* of the part's tracks */
    char tags[OD_SCORE_MESSAGE_MAX / 4]; /* of the message's arguments, see od_osc_form */
    bool lengths[OD_LENGTH_MAX + 1];     /* of the part's rings so far */
};

static bool fail(const struct checker *checker, const char *format, ...) OD_PRINTF(2, 3);

static bool
fail(const struct checker *checker, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(checker->error, OD_SCORE_ERROR_SIZE, format, args);
    va_end(args);
    return false;
}

/* Takes the next `n` records of a section for their owner. */
static bool
take(struct checker *checker, enum od_section section, uint32_t first, uint32_t n)
{
    uint32_t next = checker->next[section];
    if (first != next || n > checker->score->count[section] - next) {
        return false;
    }
    checker->next[section] = next + n;
    return true;
}

/* For records that several may share. */
static bool
is_range(const struct checker *checker, enum od_section section, uint32_t first, uint32_t n)
{
    uint32_t count = checker->score->count[section];
    return first <= count && n <= count - first;
}

/* What goes round: 1..OD_LENGTH_MAX entries of a section. */
static bool
is_round(const struct checker *checker, enum od_section section, uint32_t first, uint32_t length)
{
    return length >= 1 && length <= OD_LENGTH_MAX && is_range(checker, section, first, length);
}

static bool
is_string(const struct checker *checker, uint64_t offset)
{
    const struct od_score *score = checker->score;
    return offset < score->count[OD_SECTION_STRINGS] &&
           (offset == 0 || score->strings[offset - 1] == '\0');
}

static bool
are_finite(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i] * 0; /* 0, or NaN for ever after */
    }
    return sum == 0;
}

static bool
check_strings(const struct checker *checker)
{
    const struct od_score *score = checker->score;
    uint32_t n = score->count[OD_SECTION_STRINGS];
    if (n == 0 || score->strings[0] != '\0' || score->strings[n - 1] != '\0') {
        return fail(checker, "its strings do not begin and end with a NUL");
    }
    return od_utf8_is_text(score->strings, n) || fail(checker, "its strings are not UTF-8");
}

static bool
check_header(const struct checker *checker)
{
    const struct od_score_header *header = checker->score->header;
    uint32_t n_parts = checker->score->count[OD_SECTION_PARTS];
    if (n_parts == 0) {
        return fail(checker, "it has no part");
    }
    if (header->dialect > 1 ||
        (header->apply_timing != OD_SCORE_NONE && header->apply_timing > OD_TIMING_SEQ) ||
        (header->apply_part != OD_SCORE_NONE && header->apply_part >= n_parts) ||
        header->apply_from > OD_FROM_TOP || header->song_end > OD_SONG_STOP) {
        return fail(checker, "its header has a value out of range");
    }
    for (uint32_t i = 0; i < checker->score->count[OD_SECTION_APPLY_IDS]; i++) {
        if (!is_string(checker, checker->score->apply_ids[i])) {
            return fail(checker, "apply id %u: no string of the score", i);
        }
    }
    return true;
}

static bool
check_song(const struct checker *checker)
{
    const struct od_score *score = checker->score;
    for (uint32_t i = 0; i < score->count[OD_SECTION_SONG]; i++) {
        const struct od_score_entry *entry = &score->song[i];
        if (entry->part >= score->count[OD_SECTION_PARTS] || entry->bars < 1 ||
            entry->bars > OD_LENGTH_MAX) {
            return fail(checker, "entry %u of its song: a value is out of range", i);
        }
    }
    return true;
}

static bool
check_signals(const struct checker *checker)
{
    const struct od_score *score = checker->score;
    for (uint32_t i = 0; i < score->count[OD_SECTION_SIGNALS]; i++) {
        const struct od_score_signal *signal = &score->signals[i];
        bool sound = is_round(checker, OD_SECTION_NUMBERS, signal->first, signal->length);
        const double *numbers = score->numbers + signal->first;
        uint32_t n = sound ? signal->length : 0;
        for (uint32_t k = 0; k < n; k++) { /* nothing branches here */
            sound &= fabs(numbers[k]) <= 1;
        }
        if (!sound) {
            return fail(checker, "signal %u: a value is outside -1..1, or it leads nowhere", i);
        }
    }
    for (uint32_t i = 0; i < score->count[OD_SECTION_VALUES]; i++) {
        const struct od_score_values *values = &score->values[i];
        bool sound = is_round(checker, OD_SECTION_FLOATS, values->first, values->length);
        const float *floats = score->floats + values->first;
        uint32_t n = sound ? values->length : 0;
        for (uint32_t k = 0; k < n; k++) {
            sound &= (bool)isfinite(floats[k]);
        }
        if (!sound) {
            return fail(checker, "table of values %u: a value is not finite, or it leads nowhere",
                        i);
        }
    }
    return true;
}

static bool
is_curve(const struct checker *checker, const struct od_score_curve *curve)
{
    bool bend = curve->kind == OD_CURVE_PITCH_BEND;
    int min = bend ? -8192 : 0;
    int max = bend ? 8191 : 127;
    bool sound = curve->kind <= OD_CURVE_PRESSURE && curve->controller <= 127 &&
                 is_round(checker, OD_SECTION_LEVELS, curve->first, curve->length);
    const int16_t *levels = checker->score->levels + curve->first;
    uint32_t n = sound ? curve->length : 0;
    for (uint32_t k = 0; k < n; k++) {
        sound &= levels[k] >= min && levels[k] <= max;
    }
    return sound;
}

static bool
check_curves(const struct checker *checker)
{
    for (uint32_t i = 0; i < checker->score->count[OD_SECTION_CURVES]; i++) {
        if (!is_curve(checker, &checker->score->curves[i])) {
            return fail(checker, "curve %u: a value is out of range", i);
        }
    }
    return true;
}

/* ---- MIDI messages ---- */

static bool
is_control(const struct od_score_control *control)
{
    unsigned status = control->bytes[0];
    bool two = status == OD_MIDI_PROGRAM || status == OD_MIDI_PRESSURE;
    return control->rank <= OD_RANK_BEND &&
           (two || status == OD_MIDI_POLY_PRESSURE || status == OD_MIDI_CONTROL ||
            status == OD_MIDI_PITCH_BEND) &&
           control->bytes[1] < 0x80 && control->bytes[2] < (two ? 1 : 0x80);
}

static bool
is_sysex(const struct checker *checker, const struct od_score_sysex *sysex)
{
    const unsigned char *bytes = checker->score->bytes + sysex->bytes;
    bool sound = sysex->bytes % 4 == 0 && sysex->size >= 2 && sysex->size <= OD_SYSEX_MAX &&
                 is_range(checker, OD_SECTION_BYTES, sysex->bytes, sysex->size) &&
                 bytes[0] == OD_MIDI_SYSEX && bytes[sysex->size - 1] == OD_MIDI_SYSEX_END;
    for (uint32_t i = 1; sound && i + 1 < sysex->size; i++) {
        sound = bytes[i] < 0x80;
    }
    return sound;
}

static bool
check_midi(const struct checker *checker)
{
    const struct od_score *score = checker->score;
    for (uint32_t i = 0; i < score->count[OD_SECTION_CONTROLS]; i++) {
        if (!is_control(&score->controls[i])) {
            return fail(checker, "control %u: it is no MIDI message", i);
        }
    }
    for (uint32_t i = 0; i < score->count[OD_SECTION_SYSEX]; i++) {
        if (!is_sysex(checker, &score->sysex[i])) {
            return fail(checker, "SysEx message %u: it is none", i);
        }
    }
    return true;
}

/* ---- OSC messages ---- */

/* 0 = no such argument; else one of that type begins there. */
static bool
is_place(const struct checker *checker, const struct od_score_message *message, uint16_t offset,
         char type)
{
    return offset == 0 ||
           (offset % 4 == 0 && offset < message->size && checker->tags[offset / 4] == type);
}

static bool
check_slots(const struct checker *checker, const struct od_score_message *message)
{
    const struct od_score *score = checker->score;
    for (uint32_t i = 0; i < message->n_slots; i++) {
        const struct od_score_slot *slot = &score->slots[message->first_slot + i];
        if (slot->offset == 0 || !is_place(checker, message, slot->offset, 'f') ||
            slot->values >= score->count[OD_SECTION_VALUES]) {
            return false;
        }
    }
    return true;
}

static bool
is_message(struct checker *checker, const struct od_score_message *message)
{
    const struct od_score *score = checker->score;
    uint64_t end = (uint64_t)message->bytes + message->size;
    return message->bytes % 4 == 0 && message->size <= OD_SCORE_MESSAGE_MAX &&
           end <= score->count[OD_SECTION_BYTES] &&
           od_osc_form(score->bytes + message->bytes, message->size, checker->tags) &&
           is_place(checker, message, message->cps, 'f') &&
           is_place(checker, message, message->cycle, 'f') &&
           is_place(checker, message, message->delta, 'f') &&
           is_place(checker, message, message->gain, 'f') &&
           is_place(checker, message, message->note, 'i') &&
           is_place(checker, message, message->sustain, 'f') && isfinite(message->gain_factor) &&
           isfinite(message->sustain_factor) &&
           (message->gain_values == OD_SCORE_NONE ||
            message->gain_values < score->count[OD_SECTION_VALUES]) &&
           take(checker, OD_SECTION_SLOTS, message->first_slot, message->n_slots) &&
           check_slots(checker, message);
}

static bool
check_messages(struct checker *checker)
{
    for (uint32_t i = 0; i < checker->score->count[OD_SECTION_MESSAGES]; i++) {
        if (!is_message(checker, &checker->score->messages[i])) {
            return fail(checker,
                        "message %u: it is no OSC message, or a place or value is out of range", i);
        }
    }
    return true;
}

static bool
is_line(const struct checker *checker, const struct od_score_line *line)
{
    double values[] = {line->volume,      line->pan,        line->room,       line->size,
                       line->dry,         line->delay_send, line->delay_time, line->delay_feedback,
                       line->leslie_rate, line->leslie_size};
    return is_string(checker, line->name) && (line->flags & ~LINE_FLAGS) == 0 &&
           are_finite(values, sizeof values / sizeof values[0]);
}

static bool
is_int32(double value)
{
    return value >= INT32_MIN && value <= INT32_MAX && value == trunc(value);
}

/* May a track name this parameter, with a value of this kind? */
static bool
is_known_param(const struct od_score_param *param)
{
    if (param->param >= OD_PARAM_COUNT || param->name != 0) {
        return false;
    }
    const struct od_param_info *info = &od_params[param->param];
    bool is_string_param = info->type == OD_PARAM_STRING;
    return (info->where & OD_IN_ENGINE) == 0 &&
           is_string_param == (param->type == OD_VALUE_STRING) &&
           (info->type != OD_PARAM_INT || param->type == OD_VALUE_INT);
}

static inline bool
is_param(const struct checker *checker, const struct od_score_param *param, bool batch)
{
    bool extra = param->param == OD_PARAM_EXTRA;
    if (param->flags != 0 || param->type > OD_VALUE_STRING || (batch && !extra) ||
        !(extra ? is_string(checker, param->name) : is_known_param(param))) {
        return false;
    }
    switch (param->type) {
    case OD_VALUE_STRING:
        return is_string(checker, param->value.string);
    case OD_VALUE_INT:
        return is_int32(param->value.number);
    default:
        return isfinite(param->value.number);
    }
}

/* That a track's value does not hold: of any parameter but the sound. */
static bool
is_absent(const struct checker *checker, const struct od_score_param *param)
{
    bool extra = param->param == OD_PARAM_EXTRA;
    return param->type == OD_VALUE_ABSENT && param->flags == 0 && param->value.string == 0 &&
           (extra
                ? is_string(checker, param->name)
                : param->name == 0 && param->param < OD_PARAM_COUNT && param->param != OD_PARAM_S &&
                      (od_params[param->param].where & OD_IN_ENGINE) == 0);
}

/* Known parameters stand in their order, each once; those of events (`own`) may be absent. */
static bool
are_params(const struct checker *checker, const struct od_score_param *params, uint32_t n,
           bool batch, bool own)
{
    for (uint32_t i = 0; i < n; i++) {
        bool ordered =
            i == 0 || params[i].param == OD_PARAM_EXTRA || params[i].param > params[i - 1].param;
        if (!ordered ||
            !(is_param(checker, &params[i], batch) || (own && is_absent(checker, &params[i])))) {
            return false;
        }
    }
    return true;
}

/* A track that is no batch message has its `s`. */
static bool
check_params(const struct checker *checker, const struct od_score_track *track)
{
    const struct od_score_param *params = checker->score->params + track->first_param;
    bool batch = (track->flags & OD_TRACK_BATCH) != 0;
    return are_params(checker, params, track->n_params, batch, false) &&
           (batch || (track->n_params > 0 && params[0].param == OD_PARAM_S));
}

/* Each has as many messages of a variant as its track, or none. */
static bool
check_owns(struct checker *checker, const struct od_score_track *track)
{
    const struct od_score *score = checker->score;
    uint32_t count = score->count[OD_SECTION_MESSAGES];
    for (uint32_t i = 0; i < track->n_owns; i++) {
        const struct od_score_own *own = &score->owns[track->first_own + i];
        if (!take(checker, OD_SECTION_PARAMS, own->first_param, own->n_params) ||
            !are_params(checker, score->params + own->first_param, own->n_params, false, true)) {
            return false;
        }
        for (unsigned v = 0; v < OD_VARIANTS; v++) {
            uint32_t first = own->first_message[v];
            if (first != OD_SCORE_NONE && (first > count || track->n_messages > count - first)) {
                return false;
            }
        }
    }
    return true;
}

static bool
check_mods(const struct checker *checker, const struct od_score_track *track)
{
    const struct od_score *score = checker->score;
    for (uint32_t i = 0; i < track->n_mods; i++) {
        const struct od_score_mod *mod = &score->mods[track->first_mod + i];
        if (mod->param >= OD_PARAM_COUNT || od_params[mod->param].modulate == OD_MODULATE_NOT ||
            mod->signal >= score->count[OD_SECTION_SIGNALS]) {
            return false;
        }
    }
    return true;
}

static bool
check_sends(const struct checker *checker, const struct od_score_part *part,
            const struct od_score_track *track)
{
    for (uint32_t i = 0; i < track->n_sends; i++) {
        const struct od_score_send *send = &checker->score->sends[track->first_send + i];
        if (send->line >= part->n_lines || !isfinite(send->amount)) {
            return false;
        }
    }
    return true;
}

/* The variants the track may play: those with messages, or all if it has none at all. */
static bool
find_variants(const struct checker *checker, const struct od_score_track *track,
              struct od_score_variants *variants)
{
    bool batch = (track->flags & OD_TRACK_BATCH) != 0;
    bool silent = track->n_messages == 0;
    uint32_t count = checker->score->count[OD_SECTION_MESSAGES];
    *variants = silent ? every_variant : no_variant;
    for (unsigned v = 0; v < OD_VARIANTS; v++) {
        uint32_t first = track->first_message[v];
        if (first == OD_SCORE_NONE) {
            continue;
        }
        if (silent || (batch && v != 0) || first > count || track->n_messages > count - first) {
            return false;
        }
        variants->missing[(v & OD_VARIANT_SUSTAIN) == 0][v & OD_VARIANT_NOTE] = 0;
    }
    return batch || !silent;
}

static bool
is_length(uint32_t length)
{
    return length >= 1 && length <= OD_LENGTH_MAX;
}

static bool
is_track(struct checker *checker, const struct od_score_part *part,
         const struct od_score_track *track, struct od_score_variants *variants)
{
    bool batch = (track->flags & OD_TRACK_BATCH) != 0;
    return is_string(checker, track->id) && is_string(checker, track->destination) &&
           (track->flags & ~TRACK_FLAGS) == 0 &&
           (track->line == OD_SCORE_NONE || (track->line < part->n_lines && !batch)) &&
           (!batch || (track->n_mods == 0 && track->n_sends == 0 && track->n_owns == 0)) &&
           (batch || track->n_controls == 0) && is_length(track->length) &&
           is_range(checker, OD_SECTION_CONTROLS, track->first_control, track->n_controls) &&
           take(checker, OD_SECTION_PARAMS, track->first_param, track->n_params) &&
           take(checker, OD_SECTION_MODS, track->first_mod, track->n_mods) &&
           take(checker, OD_SECTION_SENDS, track->first_send, track->n_sends) &&
           take(checker, OD_SECTION_OWNS, track->first_own, track->n_owns) &&
           check_params(checker, track) && check_mods(checker, track) &&
           check_sends(checker, part, track) && find_variants(checker, track, variants) &&
           check_owns(checker, track);
}

static bool
is_midi_track(struct checker *checker, const struct od_score_midi_track *track)
{
    const struct od_score *score = checker->score;
    bool moves = (track->flags & OD_MIDI_TRACK_MOVES) != 0;
    return is_string(checker, track->id) && is_string(checker, track->destination) &&
           (track->flags & ~MIDI_FLAGS) == 0 &&
           take(checker, OD_SECTION_CURVES, track->first_curve, track->n_curves) &&
           is_range(checker, OD_SECTION_CONTROLS, track->first_control, track->n_controls) &&
           take(checker, OD_SECTION_SYSEX, track->first_sysex, track->n_sysex) &&
           (track->velocity_signal == OD_SCORE_NONE ||
            track->velocity_signal < score->count[OD_SECTION_SIGNALS]) &&
           (!moves || track->velocity_signal != OD_SCORE_NONE) && is_length(track->length) &&
           track->channel <= 15 && track->velocity <= 127 && track->transpose >= -127;
}

static bool
check_tracks(struct checker *checker, const struct od_score_part *part)
{
    const struct od_score *score = checker->score;
    for (uint32_t i = 0; i < part->n_lines; i++) {
        if (!is_line(checker, &score->lines[part->first_line + i])) {
            return fail(checker, "mixer line %u: a value is out of range", part->first_line + i);
        }
    }
    for (uint32_t i = 0; i < part->n_tracks; i++) {
        uint32_t at = part->first_track + i;
        if (!is_track(checker, part, &score->tracks[at], &checker->variants[i])) {
            return fail(checker, "track %u: a value or what belongs to it is out of range", at);
        }
    }
    for (uint32_t i = 0; i < part->n_midi_tracks; i++) {
        uint32_t at = part->first_midi_track + i;
        checker->variants[part->n_tracks + i] = every_variant;
        if (!is_midi_track(checker, &score->midi_tracks[at])) {
            return fail(checker, "MIDI track %u: a value is out of range", at);
        }
    }
    return true;
}

/* ---- rings, tempos, extras ---- */

#define PIECE 32u /* steps: as many as are known beforehand become vectors */

/* Numbers that never fall are all below 2^31, as events are few, and so is each less the one before
 * it: the highest bit of any says that they do. */
static inline uint32_t
bits_of(const uint32_t *index, uint32_t n)
{
    uint32_t bits = 0;
    for (uint32_t k = 0; k < n; k++) {
        bits |= index[k + 1] | (index[k + 1] - index[k]);
    }
    return bits;
}

/* A ring's events begin at `*at`, where those of the ring before end. */
static bool
is_ring(struct checker *checker, const struct od_score_ring *ring, uint32_t *at)
{
    if (!is_length(ring->length) ||
        !take(checker, OD_SECTION_INDEX, ring->first_index, ring->length + 1)) {
        return false;
    }
    const uint32_t *index = checker->score->index + ring->first_index;
    uint32_t bits = 0;
    uint32_t k = 0;
    for (; k + PIECE <= ring->length; k += PIECE) {
        bits |= bits_of(index + k, PIECE);
    }
    bits |= bits_of(index + k, ring->length - k);
    bool sound = index[0] == *at && bits >> 31 == 0;
    *at = index[ring->length];
    return sound;
}

/* Each length once; together they hold all events. */
static bool
check_rings(struct checker *checker, const struct od_score_part *part)
{
    uint32_t at = 0;
    if (part->n_rings > 1) {
        memset(checker->lengths, 0, sizeof checker->lengths);
    }
    for (uint32_t i = 0; i < part->n_rings; i++) {
        const struct od_score_ring *ring = &checker->score->rings[part->first_ring + i];
        if (!is_ring(checker, ring, &at) || ring->length > part->length) {
            return false;
        }
        if (part->n_rings > 1 && checker->lengths[ring->length]) {
            return false;
        }
        checker->lengths[ring->length] = true;
    }
    return at == part->n_events;
}

static bool
check_tempos(const struct checker *checker, const struct od_score_part *part)
{
    const struct od_score_tempo *tempos = checker->score->tempos + part->first_tempo;
    for (uint32_t i = 0; i < part->n_tempos; i++) {
        if (tempos[i].step >= OD_LENGTH_MAX || (i > 0 && tempos[i].step <= tempos[i - 1].step) ||
            !(tempos[i].bpm >= OD_BPM_MIN && tempos[i].bpm <= OD_BPM_MAX)) {
            return false;
        }
    }
    return true;
}

static bool
is_extra(const struct checker *checker, const struct od_score_part *part,
         const struct od_score_extra *extra)
{
    return extra->offset_ms >= part->min_offset_ms && extra->offset_ms <= part->max_offset_ms &&
           extra->offset_steps >= (double)part->min_offset_steps &&
           extra->offset_steps <= (double)part->max_offset_steps && extra->prob >= 0 &&
           extra->prob <= 1 && extra->of <= OF_MAX &&
           is_range(checker, OD_SECTION_CONTROLS, extra->first_control, extra->n_controls);
}

static bool
check_extras(const struct checker *checker, const struct od_score_part *part)
{
    for (uint32_t i = 0; i < part->n_extras; i++) {
        if (!is_extra(checker, part, &checker->score->extras[part->first_extra + i])) {
            return false;
        }
    }
    return true;
}

static bool
are_offsets(double min, double max, double most)
{
    return min <= 0 && min >= -most && max >= 0 && max <= most;
}

static bool
is_part(struct checker *checker, const struct od_score_part *part)
{
    return part->bpm >= OD_BPM_MIN && part->bpm <= OD_BPM_MAX && part->swing >= 0 &&
           part->swing <= 1 && part->default_gate >= 0 && isfinite(part->default_gate) &&
           part->seed <= SEED_MAX &&
           are_offsets(part->min_offset_ms, part->max_offset_ms, DBL_MAX) &&
           are_offsets((double)part->min_offset_steps, (double)part->max_offset_steps, 1) &&
           is_string(checker, part->name) && (part->flags & ~PART_FLAGS) == 0 &&
           take(checker, OD_SECTION_TRACKS, part->first_track, part->n_tracks) &&
           take(checker, OD_SECTION_MIDI_TRACKS, part->first_midi_track, part->n_midi_tracks) &&
           take(checker, OD_SECTION_LINES, part->first_line, part->n_lines) &&
           take(checker, OD_SECTION_TEMPOS, part->first_tempo, part->n_tempos) &&
           take(checker, OD_SECTION_RINGS, part->first_ring, part->n_rings) &&
           take(checker, OD_SECTION_EXTRAS, part->first_extra, part->n_extras) &&
           take(checker, OD_SECTION_EVENTS, part->first_event, part->n_events) &&
           (uint64_t)part->n_tracks + part->n_midi_tracks <= OD_TRACKS_MAX &&
           part->length >= OD_STEPS && part->length <= OD_LENGTH_MAX &&
           part->densest_step < OD_LENGTH_MAX;
}

static bool
check_part(struct checker *checker, uint32_t at)
{
    const struct od_score_part *part = &checker->score->parts[at];
    if (!is_part(checker, part)) {
        return fail(checker, "part %u: a value or what belongs to it is out of range", at);
    }
    if (!check_tracks(checker, part)) {
        return false;
    }
    if (!check_rings(checker, part)) {
        return fail(checker, "part %u: its step index is wrong", at);
    }
    if (!check_tempos(checker, part) || !check_extras(checker, part)) {
        return fail(checker, "part %u: a tempo, or what an event says more, is out of range", at);
    }
    return od_score_check_events(checker->score, part, checker->variants) ||
           fail(checker, "part %u: an event is out of range", at);
}

static bool
check_parts(struct checker *checker)
{
    for (uint32_t i = 0; i < checker->score->count[OD_SECTION_PARTS]; i++) {
        if (!check_part(checker, i)) {
            return false;
        }
    }
    return true;
}

/* Does every record of the sections that are taken piece by piece belong to something? */
static bool
check_taken(const struct checker *checker)
{
    static const enum od_section owned[] = {
        OD_SECTION_TEMPOS, OD_SECTION_RINGS,  OD_SECTION_TRACKS, OD_SECTION_MIDI_TRACKS,
        OD_SECTION_LINES,  OD_SECTION_SENDS,  OD_SECTION_PARAMS, OD_SECTION_MODS,
        OD_SECTION_OWNS,   OD_SECTION_CURVES, OD_SECTION_SLOTS,  OD_SECTION_SYSEX,
        OD_SECTION_EXTRAS, OD_SECTION_EVENTS, OD_SECTION_INDEX,
    };
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++) {
        if (checker->next[owned[i]] != checker->score->count[owned[i]]) {
            return fail(checker, "section %d holds records that belong to nothing", (int)owned[i]);
        }
    }
    return true;
}

enum od_status
od_score_check(const struct od_score *score, char *error)
{
    struct checker checker; /* tags and lengths are each message's and each part's own */
    checker.score = score;
    checker.error = error;
    memset(checker.next, 0, sizeof checker.next);
    size_t n_tracks =
        (size_t)score->count[OD_SECTION_TRACKS] + score->count[OD_SECTION_MIDI_TRACKS];
    n_tracks = n_tracks < OD_TRACKS_MAX ? n_tracks : OD_TRACKS_MAX;
    checker.variants = calloc(n_tracks + 1, sizeof *checker.variants);
    if (checker.variants == NULL) {
        snprintf(error, OD_SCORE_ERROR_SIZE, "%s", od_status_text(OD_ENOMEM));
        return OD_ENOMEM;
    }
    bool sound = check_strings(&checker) && check_header(&checker) && check_signals(&checker) &&
                 check_curves(&checker) && check_midi(&checker) && check_song(&checker) &&
                 check_messages(&checker) && check_parts(&checker) && check_taken(&checker);
    free(checker.variants);
    return sound ? OD_OK : OD_EDATA;
}
