/* What a track is: which of its values count, its own parameters, and all of it together. */
#include "pattern/track.h"

#include <stdlib.h>
#include <string.h>

#include "pattern/chance.h"
#include "pattern/track_work.h"

#define WORK ((size_t)10000000) /* of one track: half a second */

uint64_t
od_track_key_of(const struct od_track_work *work, const struct od_sheet_value *value)
{
    uint64_t key = od_chance_mix(work->writer->seed, 1);
    key = od_chance_mix_text(key, work->part->scene.text, work->part->scene.length);
    key = od_chance_mix_text(key, work->track->id.text, work->track->id.length);
    return od_chance_mix_text(key, value->word.text, value->word.length);
}

/* ---- which value is which ---------------------------------------------------------------------
 */

static bool
same_name(const struct od_sheet_value *a, const struct od_sheet_value *b)
{
    if (a->name.kind != b->name.kind || a->mod != b->mod) {
        return false;
    }
    switch (a->name.kind) {
    case OD_NAME_PARAM:
        return a->name.param == b->name.param;
    case OD_NAME_CC:
        return a->name.controller == b->name.controller;
    case OD_NAME_EXTRA:
        return od_sheet_word_equal(&a->word, &b->word);
    default:
        return true;
    }
}

bool
od_track_is_overridden(struct od_track_work *work, size_t i)
{
    const struct od_sheet_value *value = &work->track->values[i];
    for (size_t j = i + 1; j < work->track->n_values; j++) {
        if (same_name(value, &work->track->values[j])) {
            od_sheet_say(work->track->input, OD_WARNING, value->word.at, "twice",
                         "'%.*s' is said again later in this track; that counts",
                         OD_TRACK_SHOW(value->word));
            return true;
        }
    }
    return false;
}

/* What MIDI tracks and SuperDirt's do not have. */
static bool
fits(struct od_track_work *work, const struct od_sheet_value *value)
{
    enum od_name_kind kind = value->name.kind;
    bool param = kind == OD_NAME_PARAM || kind == OD_NAME_EXTRA;
    if (!od_track_is_midi(work)) {
        if (od_track_is_message(value)) {
            OD_TRACK_FAIL(work, value->word.at, "midi",
                          "'%.*s' is for MIDI tracks: 'midi 1' makes it one",
                          OD_TRACK_SHOW(value->word));
        }
        return !od_track_is_message(value);
    }
    if (value->mod) {
        OD_TRACK_FAIL(work, value->word.at, "midi",
                      "'mod' is for SuperDirt; a MIDI track says 'cc74 sine 20..110'");
        return false;
    }
    if (param && value->name.param != OD_PARAM_LEGATO) {
        const char *hint = value->name.param == OD_PARAM_GAIN ? "; 'velocity' is how loud" : "";
        hint = value->name.param == OD_PARAM_N ? "; 'note' says what is played" : hint;
        OD_TRACK_FAIL(work, value->word.at, "midi", "a MIDI track has no '%.*s'%s",
                      OD_TRACK_SHOW(value->word), hint);
        return false;
    }
    return true;
}

static void
add_shift(struct od_track_work *work, const struct od_sheet_value *value)
{
    const struct od_mini *node = value->kind == OD_VALUE_SIGNAL ? NULL : value->node;
    bool lost = false;
    if (node == NULL || node->kind != OD_MINI_ATOM || !node->is_number || !node->is_exact) {
        OD_TRACK_FAIL(work, value->at, "number",
                      "'%.*s' takes one number of bars for the whole track",
                      OD_TRACK_SHOW(value->word));
        return;
    }
    struct od_frac shift = node->exact;
    shift.num = value->name.kind == OD_NAME_EARLY ? -shift.num : shift.num;
    work->shift = od_frac_add(work->shift, shift, &lost);
    if (lost) {
        OD_TRACK_FAIL(work, value->at, "overflow", "this does not fit any fraction");
    }
}

/* A constant's cell: `bd`, or `bd:3`. */
static struct od_cell
cell_of(const struct od_mini *node)
{
    struct od_cell cell = {.atom = node};
    if (node->kind == OD_MINI_TAIL) {
        cell.atom = node->child;
        cell.tail = node->args[0];
    }
    return cell;
}

static void
name_fields(struct od_track_work *work)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        struct od_track_field *field = &work->fields[i];
        const struct od_name *name = &field->value->name;
        struct od_track_field **known = !field->live                     ? NULL
                                        : name->kind == OD_NAME_NOTE     ? &work->note
                                        : name->kind == OD_NAME_UP       ? &work->up
                                        : name->kind == OD_NAME_VELOCITY ? &work->velocity
                                        : name->kind == OD_NAME_GATE     ? &work->gate
                                        : name->kind == OD_NAME_NUDGE    ? &work->nudge
                                        : name->kind != OD_NAME_PARAM    ? NULL
                                        : name->param == OD_PARAM_S      ? &work->s
                                        : name->param == OD_PARAM_N      ? &work->n
                                        : name->param == OD_PARAM_LEGATO ? &work->legato
                                                                         : NULL;
        if (known != NULL) {
            *known = field;
        }
    }
}

static bool
sort_values(struct od_track_work *work)
{
    const struct od_sheet_track *track = work->track;
    struct od_arena *arena = &work->writer->text->arena;
    work->fields = od_arena_array(arena, track->n_values + 1, sizeof *work->fields);
    work->columns = od_arena_array(arena, track->n_values + 1, sizeof *work->columns);
    work->messages = od_arena_array(arena, track->n_values + 1, sizeof *work->messages);
    if (work->fields == NULL || work->columns == NULL || work->messages == NULL) {
        work->writer->out_of_memory = true;
        return false;
    }
    for (size_t i = 0; i < track->n_values; i++) {
        const struct od_sheet_value *value = &track->values[i];
        enum od_name_kind kind = value->name.kind;
        bool live = !od_track_is_overridden(work, i);
        if (!fits(work, value) || value->mod) {
            continue;
        }
        if (kind == OD_NAME_EARLY || kind == OD_NAME_LATE) {
            add_shift(work, value);
        } else if (!od_track_is_message(value)) {
            struct od_track_field *field = &work->fields[work->n_fields++];
            *field = (struct od_track_field){.value = value, .column = -1, .live = live};
            if (value->kind != OD_VALUE_SIGNAL) {
                field->constant = cell_of(value->node);
            }
        } else if (live && value->kind == OD_VALUE_PATTERN) {
            work->messages[work->n_messages++].value = value;
        }
    }
    name_fields(work);
    return !work->failed;
}

/* ---- the track itself -------------------------------------------------------------------------
 */

/* The number of `bd:3` where all are so, and `n` where it is constant. */
static void
put_constant_n(struct od_track_work *work, struct od_buf *out, bool *any)
{
    bool tail = work->tails && work->s->column < 0 && work->sound.tail != NULL;
    if (tail) {
        od_track_put_separator(out, any);
        od_track_put_tail(work, out, work->sound.tail);
    } else if (work->n != NULL && work->n->column < 0) {
        od_track_put_separator(out, any);
        od_track_put_key(out, work->n->value);
        od_track_put_value(work, out, work->n->value, &work->n->constant);
    }
}

enum group {
    GROUP_PARAMS,
    GROUP_FX,
    GROUP_TRACK_FX,
    GROUP_EXTRA,
    GROUPS
};

static enum group
group_of(const struct od_sheet_value *value)
{
    unsigned where = value->name.kind == OD_NAME_PARAM ? od_params[value->name.param].where : 0;
    return value->name.kind == OD_NAME_EXTRA ? GROUP_EXTRA
           : (where & OD_IN_PARAMS) != 0     ? GROUP_PARAMS
           : (where & OD_IN_TRACK_FX) != 0   ? GROUP_TRACK_FX
                                             : GROUP_FX;
}

double
od_track_base_of(const struct od_track_work *work, const struct od_sheet_value *value)
{
    const struct od_param_info *info = &od_params[value->name.param];
    const struct od_sheet_track *track = work->track;
    if ((info->where & OD_SPATIAL) != 0 && track->line.length > 0) {
        const struct od_sheet_line *line =
            od_sheet_find_line(work->writer->text, work->part, &track->line);
        const char *key = od_name_line(info->name, strlen(info->name));
        double base = value->name.param == OD_PARAM_SIZE             ? 0.5
                      : value->name.param == OD_PARAM_DRY            ? 1
                      : value->name.param == OD_PARAM_DELAY_TIME     ? 0.375
                      : value->name.param == OD_PARAM_DELAY_FEEDBACK ? 0.4
                                                                     : 0;
        for (size_t i = 0; line != NULL && key != NULL && i < line->n_settings; i++) {
            base = strcmp(line->settings[i].key, key) == 0 ? line->settings[i].value : base;
        }
        return base;
    }
    return (value->signal.low + value->signal.high) / 2;
}

static void
put_group(struct od_track_work *work, struct od_buf *out, enum group group, bool *any)
{
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct od_track_field *field = &work->fields[i];
        if (od_track_is_plain(work, field) && field->column < 0 &&
            group_of(field->value) == group) {
            od_track_put_separator(out, any);
            od_track_put_key(out, field->value);
            od_track_put_value(work, out, field->value, &field->constant);
        }
    }
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        bool on_line = value->mod && work->track->line.length > 0 &&
                       (od_params[value->name.param].where & OD_SPATIAL) != 0;
        if (value->mod && group_of(value) == group && !on_line) {
            od_track_put_separator(out, any);
            od_track_put_key(out, value);
            od_number_double(out, od_track_base_of(work, value));
        }
    }
}

static void
put_groups(struct od_track_work *work, struct od_buf *out)
{
    static const char *const names[GROUPS] = {"", ",\"fx\":{", ",\"track_fx\":{",
                                              ",\"extra_params\":{"};
    bool any = true;
    od_buf_text(out, "\"params\":{\"s\":");
    if (work->sound.atom != NULL) {
        od_track_put_value(work, out, work->s->value, &work->sound);
    } else {
        od_track_word(out, &work->track->id); /* a rest: there is no sound, but there is a track */
    }
    put_constant_n(work, out, &any);
    put_group(work, out, GROUP_PARAMS, &any);
    for (int g = GROUP_EXTRA; g > GROUP_PARAMS; g--) {
        size_t start = out->length;
        any = false;
        od_buf_text(out, names[g]);
        put_group(work, out, (enum group)g, &any);
        od_buf_text(out, "}");
        out->length = any ? out->length : start;
        if (g == GROUP_EXTRA) {
            od_buf_text(out, "}");
        }
    }
}

/* ---- MIDI -------------------------------------------------------------------------------------
 */

/* Messages with one value are sent when the track begins. */
static void
put_init(struct od_track_work *work, struct od_buf *out)
{
    size_t start = out->length;
    bool any = false, in_cc = false;
    od_buf_text(out, ",\"init\":{");
    for (int pass = 0; pass < 2; pass++) { /* programs and bends, then all controllers as one */
        for (size_t i = 0; i < work->track->n_values; i++) {
            const struct od_sheet_value *value = &work->track->values[i];
            bool cc = value->name.kind == OD_NAME_CC;
            if (!od_track_is_message(value) || value->kind != OD_VALUE_CONSTANT ||
                cc != (pass == 1) || od_track_is_overridden(work, i)) {
                continue;
            }
            struct od_cell cell = cell_of(value->node);
            if (!cc) {
                od_track_put_separator(out, &any);
                od_track_put_message(work, out, value, &cell);
                continue;
            }
            if (in_cc) {
                od_buf_text(out, ",\"");
            } else {
                od_track_put_separator(out, &any);
                od_buf_text(out, "\"cc\":{\"");
            }
            in_cc = true;
            od_number_integer(out, value->name.controller);
            od_buf_text(out, "\":");
            od_number_integer(out, od_track_whole_within(work, value, &cell, 0, 127));
        }
    }
    od_buf_text(out, in_cc ? "}}" : "}");
    out->length = any ? out->length : start;
}

/* ---- all of it --------------------------------------------------------------------------------
 */

static void
put_midi_track(struct od_track_work *work, struct od_buf *out)
{
    od_buf_text(out, "\"channel\":");
    od_number_integer(out, work->track->channel);
    od_buf_text(out, work->track->mute ? ",\"mute\":true" : "");
    od_buf_text(out, work->track->solo ? ",\"solo\":true" : "");
    put_init(work, out);
    od_track_put_midi_curves(work, out);
}

static void
put_sends(struct od_track_work *work, struct od_buf *out)
{
    for (size_t i = 0; i < work->track->n_sends; i++) {
        const struct od_sheet_send *send = &work->track->sends[i];
        od_buf_text(out, i == 0 ? ",\"sends\":[{\"target\":" : ",{\"target\":");
        od_track_word(out, &send->line);
        od_buf_text(out, ",\"amount\":");
        od_number_double(out, send->amount);
        od_buf_text(out, "}");
    }
    od_buf_text(out, work->track->n_sends > 0 ? "]" : "");
}

static void
put_dirt_track(struct od_track_work *work, struct od_buf *out)
{
    const struct od_sheet_track *track = work->track;
    if (track->mute || track->solo) {
        od_buf_text(out, "\"meta\":{");
        od_buf_text(out, track->mute ? "\"mute\":true" : "");
        od_buf_text(out, track->mute && track->solo ? "," : "");
        od_buf_text(out, track->solo ? "\"solo\":true" : "");
        od_buf_text(out, "},");
    }
    put_groups(work, out);
    put_sends(work, out);
    od_track_put_modulations(work, out);
}

static bool
check_kind(struct od_track_work *work)
{
    const struct od_sheet_track *track = work->track;
    bool messages = false;
    for (size_t i = 0; i < track->n_values; i++) {
        messages = messages || od_track_is_message(&track->values[i]);
    }
    if (!od_track_is_midi(work) && work->s == NULL) {
        OD_TRACK_FAIL(work, track->id.at, "missing",
                      "'%.*s' has no sound: s \"bd\", or 'midi 1' for MIDI",
                      OD_TRACK_SHOW(track->id));
    } else if (od_track_is_midi(work) && work->note == NULL && (work->n_fields > 0 || !messages)) {
        OD_TRACK_FAIL(work, track->id.at, "missing",
                      "the MIDI track '%.*s' plays nothing: note \"c4 e4\"",
                      OD_TRACK_SHOW(track->id));
    } else if (od_track_is_midi(work) && (track->line.length > 0 || track->n_sends > 0)) {
        OD_TRACK_FAIL(work, track->line.length > 0 ? track->line.at : track->sends[0].line.at,
                      "midi", "lines are for SuperDirt, a MIDI track has none");
    }
    return !work->failed;
}

static void
write(struct od_track_work *work, struct od_buf *definition, struct od_buf *sequence)
{
    if (!sort_values(work) || !check_kind(work) || !od_track_check_modulations(work)) {
        return;
    }
    od_track_add_columns(work, od_track_find_structure(work));
    if (work->failed) {
        return;
    }
    od_track_make_events(work);
    if (work->failed) {
        return;
    }
    od_track_judge_line(work);
    od_track_judge_notes(work);
    od_track_judge_values(work);
    od_track_find_constants(work);
    od_track_find_sound(work);
    od_track_word(definition, &work->track->id);
    od_buf_text(definition, ":{");
    if (od_track_is_midi(work)) {
        put_midi_track(work, definition);
    } else {
        put_dirt_track(work, definition);
    }
    od_buf_text(definition, "}");
    od_track_put_sequence(work, sequence);
}

bool
od_track_write(struct od_track_writer *writer, const struct od_sheet_part *part,
               const struct od_sheet_track *track, struct od_buf *definition,
               struct od_buf *sequence)
{
    struct od_track_work work = {.writer = writer, .part = part, .track = track, .shift = {0, 1}};
    size_t allowed = writer->work < WORK ? writer->work : WORK;
    if (track->broken || writer->full) {
        return false;
    }
    work.query = (struct od_query){.arena = &writer->text->arena,
                                   .work = allowed,
                                   .haps = writer->haps,
                                   .capacity = writer->n_haps};
    work.notes = &writer->notes;
    work.notes->n = 0;
    write(&work, definition, sequence);
    writer->work -= allowed - work.query.work;
    writer->full = writer->full || (work.failed && allowed < WORK && work.query.failed);
    writer->out_of_memory = writer->out_of_memory || definition->failed || sequence->failed;
    writer->haps = work.query.haps;
    writer->n_haps = work.query.capacity;
    for (size_t i = 0; i < work.n_messages; i++) {
        od_steps_clear(&work.messages[i].steps);
    }
    return !work.failed && !writer->out_of_memory;
}

void
od_track_writer_clear(struct od_track_writer *writer)
{
    od_steps_clear(&writer->notes);
    free(writer->haps);
    writer->haps = NULL;
    writer->n_haps = 0;
}

/* A name or a word of a pattern: they hold nothing that JSON would escape. */
void
od_track_word(struct od_buf *out, const struct od_sheet_word *word)
{
    od_buf_text(out, "\"");
    od_buf_append(out, word->text, word->length);
    od_buf_text(out, "\"");
}
