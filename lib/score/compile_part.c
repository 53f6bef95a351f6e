#include <math.h>
#include <string.h>

#include "score/compiler.h"
#include "text/json.h"

#define POINTER_SIZE 512
#define ORBITS       12 /* of SuperDirt, unless it is started with others */

/* One part while it is compiled. */
struct work {
    struct od_compiler *compiler;
    const struct od_part *part;
    const struct od_mixer_line *lines; /* its own, or the session's */
    size_t n_lines;
    bool own_lines;
    struct od_hash line_names;  /* → place of the line */
    struct od_hash track_lines; /* track id → place of the first line that includes it */
    struct od_hash sequences;   /* track id → place of its sequence */
    double default_gate;
    struct od_score_part record;
    uint32_t messages[OD_STEPS];
    char pointer[POINTER_SIZE]; /* of the part */
};

static void
append_key(char *pointer, const char *key)
{
    od_json_pointer_step(pointer, POINTER_SIZE, key, strlen(key));
}

/* The pointer to a member of a part: "/tracks/bass", "/scenes/break/tracks/bass". */
static void
member_pointer(const struct work *work, const char *object, const char *key, char *pointer)
{
    memcpy(pointer, work->pointer, POINTER_SIZE);
    append_key(pointer, object);
    append_key(pointer, key);
}

static void
add_name(struct work *work, struct od_hash *hash, const struct od_name *name, size_t place)
{
    if (!od_hash_add(hash, name->text, strlen(name->text), (uint32_t)place)) {
        od_compiler_fail(work->compiler, OD_ENOMEM);
    }
}

static uint32_t
find_name(const struct od_hash *hash, const struct od_name *name)
{
    return od_hash_find(hash, name->text, strlen(name->text));
}

static bool
is_audible(bool mute, bool solo, bool any_solo)
{
    return any_solo ? solo : !mute;
}

static uint32_t
mute_flags(bool mute, bool solo)
{
    return (mute ? OD_TRACK_MUTE : 0) | (solo ? OD_TRACK_SOLO : 0);
}

static void
compile_line(struct work *work, const struct od_mixer_line *line, bool any_solo)
{
    struct od_score_line *out = od_compiler_add(work->compiler, OD_SECTION_LINES, sizeof *out);
    if (out == NULL) {
        return;
    }
    bool audible = is_audible(line->mute, line->solo, any_solo);
    *out = (struct od_score_line){
        .name = od_compiler_string(work->compiler, line->name.text),
        .flags = mute_flags(line->mute, line->solo) | (audible ? 0 : OD_TRACK_LINE_SILENT),
        .volume = line->volume,
        .pan = line->pan,
        .room = line->room,
        .size = line->size,
        .dry = line->dry,
        .delay_send = line->delay_send,
        .delay_time = line->delay_time,
        .delay_feedback = line->delay_feedback,
        .leslie_rate = line->leslie_rate,
        .leslie_size = line->leslie_size,
    };
}

static void
compile_lines(struct work *work)
{
    bool any_solo = false;
    for (size_t i = 0; i < work->n_lines; i++) {
        const struct od_mixer_line *line = &work->lines[i];
        any_solo = any_solo || line->solo;
        add_name(work, &work->line_names, &line->name, i);
        for (size_t k = 0; k < line->n_include; k++) {
            add_name(work, &work->track_lines, &line->include[k], i);
        }
    }
    work->record.first_line =
        od_compiler_count(work->compiler, OD_SECTION_LINES, sizeof(struct od_score_line));
    work->record.n_lines = (uint32_t)work->n_lines;
    for (size_t i = 0; i < work->n_lines; i++) {
        compile_line(work, &work->lines[i], any_solo);
    }
}

/* Record `first` of a section that may have none. */
static const void *
record_at(const struct od_compiler *compiler, enum od_section section, uint32_t first, size_t size)
{
    const unsigned char *data = compiler->sections[section].data;
    return data == NULL ? NULL : data + first * size;
}

static const struct od_score_line *
part_lines(const struct work *work)
{
    return record_at(work->compiler, OD_SECTION_LINES, work->record.first_line,
                     sizeof(struct od_score_line));
}

static uint32_t
add_signal(struct od_compiler *compiler, const double *signal)
{
    uint32_t at = od_compiler_count(compiler, OD_SECTION_SIGNALS, sizeof(struct od_score_signal));
    struct od_score_signal *out = od_compiler_add(compiler, OD_SECTION_SIGNALS, sizeof *out);
    if (out != NULL) {
        memcpy(out->values, signal, sizeof out->values);
    }
    return at;
}

static void
compile_modulations(struct work *work, const struct od_track *track, struct od_score_track *out)
{
    struct od_compiler *compiler = work->compiler;
    out->first_mod = od_compiler_count(compiler, OD_SECTION_MODS, sizeof(struct od_score_mod));
    for (size_t i = 0; i < track->n_modulations; i++) {
        struct od_score_mod *mod = od_compiler_add(compiler, OD_SECTION_MODS, sizeof *mod);
        if (mod != NULL) {
            mod->param = (uint16_t)track->modulations[i].param;
            mod->signal = add_signal(compiler, track->modulations[i].signal);
            out->n_mods++;
        }
    }
}

static void
compile_sends(struct work *work, const struct od_track *track, struct od_score_track *out)
{
    struct od_compiler *compiler = work->compiler;
    out->first_send = od_compiler_count(compiler, OD_SECTION_SENDS, sizeof(struct od_score_send));
    for (size_t i = 0; i < track->n_sends; i++) {
        uint32_t line = find_name(&work->line_names, &track->sends[i].target);
        if (line == OD_HASH_NONE || line == out->line) {
            continue;
        }
        struct od_score_send *send = od_compiler_add(compiler, OD_SECTION_SENDS, sizeof *send);
        if (send != NULL) {
            send->line = line;
            send->amount = track->sends[i].amount;
            out->n_sends++;
        }
    }
}

static const struct od_sequence *
find_sequence(const struct work *work, const struct od_name *id)
{
    static const struct od_sequence silence;
    uint32_t at = find_name(&work->sequences, id);
    return at == OD_HASH_NONE ? &silence : &work->part->sequences[at];
}

static struct od_event
make_event(const struct work *work, const struct od_session_event *event, uint32_t track)
{
    bool by_default = event->gate == OD_GATE_DEFAULT;
    double gate = by_default ? work->default_gate : event->gate_steps;
    return (struct od_event){
        .track = (uint16_t)track,
        .note = event->note == OD_NO_NOTE ? OD_EVENT_NO_NOTE : (uint8_t)event->note,
        .midi_velocity = by_default ? OD_EVENT_DEFAULT_GATE : 0,
        .velocity = od_compiler_float(event->velocity),
        .gate_steps = event->gate == OD_GATE_NULL ? NAN : od_compiler_float(gate),
        .offset_ms = od_compiler_float(event->offset_ms),
    };
}

/* The events of a SuperDirt track; returns the set of variants they need. */
static unsigned
compile_events(struct work *work, const struct od_sequence *sequence, uint32_t track)
{
    struct od_event *events;
    uint8_t *steps;
    unsigned variants = 0;
    if (!od_compiler_events(work->compiler, sequence->n_events, &events, &steps)) {
        return 0;
    }
    for (size_t i = 0; i < sequence->n_events; i++) {
        const struct od_session_event *from = &sequence->events[i];
        unsigned variant = (from->note != OD_NO_NOTE ? OD_VARIANT_NOTE : 0) |
                           (from->gate != OD_GATE_NULL ? OD_VARIANT_SUSTAIN : 0);
        variants |= 1u << variant;
        events[i] = make_event(work, from, track);
        steps[i] = from->step;
    }
    return variants;
}

static void
count_step_messages(struct work *work, const struct od_sequence *sequence, uint32_t n_messages)
{
    for (size_t i = 0; i < sequence->n_events; i++) {
        uint32_t *count = &work->messages[sequence->events[i].step];
        *count = n_messages > UINT32_MAX - *count ? UINT32_MAX : *count + n_messages;
    }
}

static enum od_status
render(struct work *work, struct od_score_track *track, unsigned variants)
{
    struct od_compiler *compiler = work->compiler;
    struct od_message_source source = {
        .strings = record_at(compiler, OD_SECTION_STRINGS, 0, 1),
        .track = track,
        .params = record_at(compiler, OD_SECTION_PARAMS, track->first_param,
                            sizeof(struct od_score_param)),
        .n_params = track->n_params,
        .mods = record_at(compiler, OD_SECTION_MODS, track->first_mod, sizeof(struct od_score_mod)),
        .n_mods = track->n_mods,
        .signals = record_at(compiler, OD_SECTION_SIGNALS, 0, sizeof(struct od_score_signal)),
        .sends =
            record_at(compiler, OD_SECTION_SENDS, track->first_send, sizeof(struct od_score_send)),
        .n_sends = track->n_sends,
        .lines = part_lines(work),
        .address = OD_OSC_ADDRESS,
    };
    return od_message_render(&source, variants, &compiler->sink, track);
}

static void
report_render(struct work *work, const struct od_track *track, enum od_status status)
{
    char pointer[POINTER_SIZE];
    od_compiler_fail(work->compiler, status);
    if (od_compiler_is_too_long(work->compiler)) {
        od_compiler_too_long(work->compiler);
    } else if (status == OD_EDATA) {
        member_pointer(work, "tracks", track->id.text, pointer);
        od_diag_add(work->compiler->diags, OD_ERROR, track->id.offset, pointer, "message-too-long",
                    "the message of track \"%s\" is longer than %u bytes", track->id.text,
                    OD_SCORE_MESSAGE_MAX);
    }
}

static void
compile_params(struct work *work, const struct od_track *track, struct od_score_track *out)
{
    out->first_param =
        od_compiler_count(work->compiler, OD_SECTION_PARAMS, sizeof(struct od_score_param));
    out->n_params = (uint32_t)track->n_values;
    for (size_t i = 0; i < track->n_values; i++) {
        od_compiler_param(work->compiler, &track->values[i]);
    }
}

static void
compile_track(struct work *work, const struct od_track *track, uint32_t place)
{
    struct od_compiler *compiler = work->compiler;
    const struct od_sequence *sequence = find_sequence(work, &track->id);
    struct od_score_track out = {
        .id = od_compiler_string(compiler, track->id.text),
        .destination = od_compiler_string(compiler, OD_OSC_DESTINATION),
        .flags = mute_flags(track->mute, track->solo),
        .line = find_name(&work->track_lines, &track->id),
        .n_events = (uint32_t)sequence->n_events,
    };
    if (out.line != OD_SCORE_NONE && part_lines(work)[out.line].flags & OD_TRACK_LINE_SILENT) {
        out.flags |= OD_TRACK_LINE_SILENT;
    }
    compile_params(work, track, &out);
    compile_modulations(work, track, &out);
    compile_sends(work, track, &out);
    unsigned variants = compile_events(work, sequence, place);
    if (compiler->stopped) {
        return;
    }
    enum od_status status = render(work, &out, variants);
    if (status != OD_OK) {
        report_render(work, track, status);
    }
    count_step_messages(work, sequence, out.n_messages);
    struct od_score_track *record = od_compiler_add(compiler, OD_SECTION_TRACKS, sizeof *record);
    if (record != NULL) {
        *record = out;
    }
}

/* trunc(value) in min..max, as the wire has it. */
static int16_t
to_wire(double value, double min, double max)
{
    return (int16_t)fmin(fmax(trunc(value), min), max);
}

static void
add_curve(struct work *work, enum od_curve_kind kind, uint8_t controller, const double *signal)
{
    struct od_score_curve *curve =
        od_compiler_add(work->compiler, OD_SECTION_CURVES, sizeof *curve);
    if (curve == NULL) {
        return;
    }
    curve->kind = (uint16_t)kind;
    curve->controller = controller;
    for (int k = 0; k < OD_STEPS; k++) {
        curve->values[k] = kind == OD_CURVE_PITCH_BEND ? to_wire(signal[k] * 8191, -8192, 8191)
                                                       : to_wire((signal[k] + 1) / 2 * 127, 0, 127);
    }
}

static void
compile_curves(struct work *work, const struct od_midi_track *track,
               struct od_score_midi_track *out)
{
    size_t size = sizeof(struct od_score_curve);
    out->first_curve = od_compiler_count(work->compiler, OD_SECTION_CURVES, size);
    for (size_t i = 0; i < track->n_ccs; i++) {
        add_curve(work, OD_CURVE_CC, track->ccs[i].controller, track->ccs[i].signal);
    }
    if (track->pitch_bend != NULL) {
        add_curve(work, OD_CURVE_PITCH_BEND, 0, track->pitch_bend);
    }
    if (track->aftertouch != NULL) {
        add_curve(work, OD_CURVE_PRESSURE, 0, track->aftertouch);
    }
    out->n_curves = od_compiler_count(work->compiler, OD_SECTION_CURVES, size) - out->first_curve;
}

static void
compile_midi_events(struct work *work, const struct od_midi_track *track, uint32_t place)
{
    const struct od_sequence *sequence = find_sequence(work, &track->id);
    struct od_event *events;
    uint8_t *steps;
    if (!od_compiler_events(work->compiler, sequence->n_events, &events, &steps)) {
        return;
    }
    for (size_t i = 0; i < sequence->n_events; i++) {
        const struct od_session_event *from = &sequence->events[i];
        double x = track->velocity_signal != NULL ? track->velocity_signal[from->step] : 0;
        double velocity = from->velocity * track->velocity * (1 + x);
        events[i] = make_event(work, from, place);
        events[i].midi_velocity |= (uint8_t)to_wire(velocity, 0, 127);
        steps[i] = from->step;
    }
}

static void
compile_midi_track(struct work *work, const struct od_midi_track *track, uint32_t place)
{
    struct od_compiler *compiler = work->compiler;
    struct od_score_midi_track out = {
        .id = od_compiler_string(compiler, track->id.text),
        .flags = mute_flags(track->mute, track->solo),
        .velocity_signal = OD_SCORE_NONE,
        .n_events = (uint32_t)find_sequence(work, &track->id)->n_events,
        .channel = (uint8_t)track->channel,
        .velocity = (uint8_t)track->velocity,
        .transpose = (int8_t)track->transpose,
    };
    if (track->velocity_signal != NULL) {
        out.velocity_signal = add_signal(compiler, track->velocity_signal);
    }
    compile_curves(work, track, &out);
    compile_midi_events(work, track, place);
    struct od_score_midi_track *record =
        od_compiler_add(compiler, OD_SECTION_MIDI_TRACKS, sizeof *record);
    if (record != NULL) {
        *record = out;
    }
}

/* What is audible counts for orbits: a line that carries nothing is harmless. */
static void
warn_of_orbits(struct work *work)
{
    if (!work->own_lines || work->n_lines <= ORBITS) {
        return;
    }
    const struct od_mixer_line *line = &work->lines[ORBITS];
    char pointer[POINTER_SIZE];
    member_pointer(work, "mixer_lines", line->name.text, pointer);
    od_diag_add(work->compiler->diags, OD_WARNING, line->name.offset, pointer, "orbit-range",
                "there are %zu mixer lines and SuperDirt has %d orbits: from \"%s\" on they share "
                "the orbits of the first",
                work->n_lines, ORBITS, line->name.text);
}

static void
start_part(struct work *work)
{
    const struct od_session *session = work->compiler->session;
    const struct od_part *part = work->part;
    bool is_main = part == &session->main;
    const struct od_environment *environment =
        &(part->has_environment ? part : &session->main)->environment;
    work->own_lines = is_main || part->has_lines;
    work->lines = work->own_lines ? part->lines : session->main.lines;
    work->n_lines = work->own_lines ? part->n_lines : session->main.n_lines;
    work->default_gate = environment->default_gate;
    work->record = (struct od_score_part){
        .bpm = environment->bpm,
        .swing = environment->swing,
        .default_gate = environment->default_gate,
        .name = od_compiler_string(work->compiler, part->name.text),
        .flags = (part->has_environment ? OD_PART_ENVIRONMENT : 0) |
                 (part->has_lines ? OD_PART_LINES : 0),
        .first_track =
            od_compiler_count(work->compiler, OD_SECTION_TRACKS, sizeof(struct od_score_track)),
        .n_tracks = (uint32_t)part->n_tracks,
        .first_midi_track = od_compiler_count(work->compiler, OD_SECTION_MIDI_TRACKS,
                                              sizeof(struct od_score_midi_track)),
        .n_midi_tracks = (uint32_t)part->n_midi_tracks,
    };
    if (!is_main) {
        append_key(work->pointer, "scenes");
        append_key(work->pointer, part->name.text);
    }
}

static bool
is_too_wide(struct work *work)
{
    size_t tracks = work->part->n_tracks;
    if (tracks <= OD_TRACKS_MAX && work->part->n_midi_tracks <= OD_TRACKS_MAX - tracks) {
        return false;
    }
    od_diag_add(work->compiler->diags, OD_ERROR, 0, work->pointer, "too-many-tracks",
                "there are more than %zu tracks", OD_TRACKS_MAX);
    od_compiler_fail(work->compiler, OD_EDATA);
    return true;
}

void
od_compile_part(struct od_compiler *compiler, const struct od_part *part)
{
    struct work work = {.compiler = compiler, .part = part};
    start_part(&work);
    if (is_too_wide(&work)) {
        return;
    }
    compile_lines(&work);
    warn_of_orbits(&work);
    for (size_t i = 0; i < part->n_sequences; i++) {
        add_name(&work, &work.sequences, &part->sequences[i].id, i);
    }
    uint32_t place = 0;
    for (size_t i = 0; i < part->n_tracks && !compiler->stopped; i++) {
        compile_track(&work, &part->tracks[i], place++);
    }
    for (size_t i = 0; i < part->n_midi_tracks && !compiler->stopped; i++) {
        compile_midi_track(&work, &part->midi_tracks[i], place++);
    }
    od_compiler_part(compiler, &work.record, work.messages, work.pointer);
    od_hash_clear(&work.line_names);
    od_hash_clear(&work.track_lines);
    od_hash_clear(&work.sequences);
}
