#include "score/score_check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "score/osc_form.h"
#include "text/param.h"
#include "text/timing.h"

#define TRACK_FLAGS (OD_TRACK_MUTE | OD_TRACK_SOLO | OD_TRACK_LINE_SILENT | OD_TRACK_BATCH)
#define LINE_FLAGS  (OD_TRACK_MUTE | OD_TRACK_SOLO | OD_TRACK_LINE_SILENT)
#define PART_FLAGS  (OD_PART_ENVIRONMENT | OD_PART_LINES)

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
        (header->apply_part != OD_SCORE_NONE && header->apply_part >= n_parts)) {
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
check_signals(const struct checker *checker)
{
    const struct od_score *score = checker->score;
    for (uint32_t i = 0; i < score->count[OD_SECTION_SIGNALS]; i++) {
        bool sound = true;
        for (int k = 0; k < OD_STEPS; k++) {
            sound &= fabs(score->signals[i].values[k]) <= 1;
        }
        if (!sound) {
            return fail(checker, "signal %u: a value is outside -1..1", i);
        }
    }
    for (uint32_t i = 0; i < score->count[OD_SECTION_VALUES]; i++) {
        bool sound = true;
        for (int k = 0; k < OD_STEPS; k++) {
            sound &= (bool)isfinite(score->values[i].values[k]);
        }
        if (!sound) {
            return fail(checker, "table of values %u: a value is not finite", i);
        }
    }
    return true;
}

static bool
is_curve(const struct od_score_curve *curve)
{
    bool bend = curve->kind == OD_CURVE_PITCH_BEND;
    int min = bend ? -8192 : 0;
    int max = bend ? 8191 : 127;
    bool sound = curve->kind <= OD_CURVE_PRESSURE && curve->controller <= 127;
    for (int k = 0; k < OD_STEPS; k++) {
        sound &= curve->values[k] >= min && curve->values[k] <= max;
    }
    return sound;
}

static bool
check_curves(const struct checker *checker)
{
    for (uint32_t i = 0; i < checker->score->count[OD_SECTION_CURVES]; i++) {
        if (!is_curve(&checker->score->curves[i])) {
            return fail(checker, "curve %u: a value is out of range", i);
        }
    }
    return true;
}

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

static bool
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

/* Known parameters stand in their order, each once; a track that is no batch message has its `s`.
 */
static bool
check_params(const struct checker *checker, const struct od_score_track *track)
{
    const struct od_score_param *params = checker->score->params + track->first_param;
    bool batch = (track->flags & OD_TRACK_BATCH) != 0;
    for (uint32_t i = 0; i < track->n_params; i++) {
        bool ordered =
            i == 0 || params[i].param == OD_PARAM_EXTRA || params[i].param > params[i - 1].param;
        if (!ordered || !is_param(checker, &params[i], batch)) {
            return false;
        }
    }
    return batch || (track->n_params > 0 && params[0].param == OD_PARAM_S);
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
is_track(struct checker *checker, const struct od_score_part *part,
         const struct od_score_track *track, struct od_score_variants *variants)
{
    bool batch = (track->flags & OD_TRACK_BATCH) != 0;
    return is_string(checker, track->id) && is_string(checker, track->destination) &&
           (track->flags & ~TRACK_FLAGS) == 0 &&
           (track->line == OD_SCORE_NONE || (track->line < part->n_lines && !batch)) &&
           (!batch || (track->n_mods == 0 && track->n_sends == 0)) &&
           take(checker, OD_SECTION_PARAMS, track->first_param, track->n_params) &&
           take(checker, OD_SECTION_MODS, track->first_mod, track->n_mods) &&
           take(checker, OD_SECTION_SENDS, track->first_send, track->n_sends) &&
           check_params(checker, track) && check_mods(checker, track) &&
           check_sends(checker, part, track) && find_variants(checker, track, variants);
}

static bool
is_midi_track(struct checker *checker, const struct od_score_midi_track *track)
{
    const struct od_score *score = checker->score;
    return is_string(checker, track->id) &&
           (track->flags & ~(OD_TRACK_MUTE | OD_TRACK_SOLO)) == 0 &&
           take(checker, OD_SECTION_CURVES, track->first_curve, track->n_curves) &&
           (track->velocity_signal == OD_SCORE_NONE ||
            track->velocity_signal < score->count[OD_SECTION_SIGNALS]) &&
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

static bool
check_index(const struct checker *checker, const struct od_score_part *part)
{
    const uint32_t *index = checker->score->index + part->first_index;
    bool sound = index[0] == 0 && index[OD_STEPS] == part->n_events;
    for (int k = 0; k < OD_STEPS; k++) {
        sound &= index[k] <= index[k + 1];
    }
    return sound;
}

static bool
is_part(struct checker *checker, const struct od_score_part *part)
{
    return part->bpm >= OD_BPM_MIN && part->bpm <= OD_BPM_MAX && part->swing >= 0 &&
           part->swing <= 1 && part->default_gate >= 0 && isfinite(part->default_gate) &&
           part->min_offset_ms <= 0 && isfinite(part->min_offset_ms) && part->max_offset_ms >= 0 &&
           isfinite(part->max_offset_ms) && is_string(checker, part->name) &&
           (part->flags & ~PART_FLAGS) == 0 &&
           take(checker, OD_SECTION_TRACKS, part->first_track, part->n_tracks) &&
           take(checker, OD_SECTION_MIDI_TRACKS, part->first_midi_track, part->n_midi_tracks) &&
           take(checker, OD_SECTION_LINES, part->first_line, part->n_lines) &&
           take(checker, OD_SECTION_EVENTS, part->first_event, part->n_events) &&
           take(checker, OD_SECTION_INDEX, part->first_index, OD_STEPS + 1) &&
           (uint64_t)part->n_tracks + part->n_midi_tracks <= OD_TRACKS_MAX &&
           part->densest_step < OD_STEPS;
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
    if (!check_index(checker, part)) {
        return fail(checker, "part %u: its step index is wrong", at);
    }
    return od_score_check_events(checker->score->events + part->first_event, part,
                                 checker->variants) ||
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
        OD_SECTION_TRACKS, OD_SECTION_MIDI_TRACKS, OD_SECTION_LINES,  OD_SECTION_SENDS,
        OD_SECTION_PARAMS, OD_SECTION_MODS,        OD_SECTION_CURVES, OD_SECTION_SLOTS,
        OD_SECTION_EVENTS, OD_SECTION_INDEX,
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
    struct checker checker; /* the tags are each message's own */
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
                 check_curves(&checker) && check_messages(&checker) && check_parts(&checker) &&
                 check_taken(&checker);
    free(checker.variants);
    return sound ? OD_OK : OD_EDATA;
}
