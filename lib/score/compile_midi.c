#include <math.h>
#include <string.h>

#include "score/compile_work.h"

/* trunc(value) in min..max, as the wire has it. */
static int16_t
to_wire(double value, double min, double max)
{
    return (int16_t)fmin(fmax(trunc(value), min), max);
}

static void
add_curve(struct od_work *work, enum od_curve_kind kind, uint8_t controller,
          struct od_signal signal)
{
    uint32_t first = od_compiler_count(work->compiler, OD_SECTION_LEVELS, sizeof(int16_t));
    struct od_score_curve *curve =
        od_compiler_add(work->compiler, OD_SECTION_CURVES, sizeof *curve);
    int16_t *levels =
        od_compiler_add(work->compiler, OD_SECTION_LEVELS, signal.length * sizeof *levels);
    if (curve == NULL || levels == NULL) {
        return;
    }
    *curve = (struct od_score_curve){(uint16_t)kind, controller, first, signal.length};
    for (uint32_t k = 0; k < signal.length; k++) {
        double x = signal.values[k];
        levels[k] = kind == OD_CURVE_PITCH_BEND ? to_wire(x * 8191, -8192, 8191)
                                                : to_wire((x + 1) / 2 * 127, 0, 127);
    }
}

static void
compile_curves(struct od_work *work, const struct od_midi_track *track,
               struct od_score_midi_track *out)
{
    size_t size = sizeof(struct od_score_curve);
    out->first_curve = od_compiler_count(work->compiler, OD_SECTION_CURVES, size);
    for (size_t i = 0; i < track->n_ccs; i++) {
        add_curve(work, OD_CURVE_CC, track->ccs[i].controller, track->ccs[i].signal);
    }
    if (track->pitch_bend.values != NULL) {
        add_curve(work, OD_CURVE_PITCH_BEND, 0, track->pitch_bend);
    }
    if (track->aftertouch.values != NULL) {
        add_curve(work, OD_CURVE_PRESSURE, 0, track->aftertouch);
    }
    out->n_curves = od_compiler_count(work->compiler, OD_SECTION_CURVES, size) - out->first_curve;
}

static void
add_sysex(struct od_compiler *compiler, const struct od_sysex *sysex)
{
    struct od_buf *bytes = &compiler->sink.bytes;
    struct od_score_sysex *record = od_compiler_add(compiler, OD_SECTION_SYSEX, sizeof *record);
    if (record == NULL) {
        return;
    }
    *record = (struct od_score_sysex){(uint32_t)bytes->length, (uint32_t)sysex->size};
    if (!od_buf_append(bytes, sysex->bytes, sysex->size) || !od_buf_align(bytes, 4)) {
        od_compiler_fail(compiler, OD_ENOMEM);
    }
}

static void
compile_init(struct od_work *work, const struct od_midi_track *track,
             struct od_score_midi_track *out)
{
    struct od_compiler *compiler = work->compiler;
    out->first_control =
        od_compiler_count(compiler, OD_SECTION_CONTROLS, sizeof(struct od_score_control));
    out->n_controls = od_compiler_controls(compiler, track->init, track->n_init, 0);
    out->first_sysex = od_compiler_count(compiler, OD_SECTION_SYSEX, sizeof(struct od_score_sysex));
    out->n_sysex = (uint32_t)track->n_sysex;
    for (size_t i = 0; i < track->n_sysex; i++) {
        add_sysex(compiler, &track->sysex[i]);
    }
}

/* ---- events ---- */

static bool
presses(const struct od_session_more *more)
{
    for (size_t i = 0; more != NULL && i < more->n_controls; i++) {
        if (more->controls[i].kind == OD_CONTROL_POLY_PRESSURE) {
            return true;
        }
    }
    return false;
}

static void
add_messages(struct od_compiler *compiler, const struct od_session_more *more, int note,
             struct od_score_extra *extra)
{
    extra->first_control =
        od_compiler_count(compiler, OD_SECTION_CONTROLS, sizeof(struct od_score_control));
    extra->n_controls = od_compiler_controls(compiler, more->controls, more->n_controls, note);
}

/* Is the signal's value a function of the event's step alone? */
static bool
fits(struct od_signal signal, const struct od_sequence *sequence)
{
    return signal.values != NULL && sequence->length % signal.length == 0;
}

static uint8_t
velocity_of(const struct od_midi_track *track, const struct od_sequence *sequence,
            const struct od_session_event *event)
{
    struct od_signal signal = track->velocity_signal;
    if (signal.values != NULL && !fits(signal, sequence)) {
        return 0;
    }
    double x = signal.values != NULL ? signal.values[event->step % signal.length] : 0;
    return (uint8_t)to_wire(event->velocity * track->velocity * (1 + x), 0, 127);
}

static void
compile_events(struct od_work *work, const struct od_midi_track *track, uint32_t place)
{
    const struct od_sequence *sequence = od_work_sequence(work, &track->id);
    struct od_event *events;
    uint16_t *steps;
    size_t next = 0;
    if (!od_compiler_events(work->compiler, sequence->n_events, &events, &steps)) {
        return;
    }
    for (size_t i = 0; i < sequence->n_events; i++) {
        const struct od_session_event *from = &sequence->events[i];
        const struct od_session_more *more = od_work_more(sequence, i, &next);
        struct od_score_extra extra;
        events[i] = od_work_event(from, place);
        events[i].midi_velocity = velocity_of(track, sequence, from);
        steps[i] = from->step;
        if (presses(more)) { /* a key that is down already */
            events[i].note = OD_EVENT_NO_NOTE;
            events[i].midi_velocity = 0;
        }
        bool says_more = od_work_extra(more, &extra);
        if (more != NULL && more->n_controls > 0) {
            add_messages(work->compiler, more, from->note, &extra);
            says_more = true;
        }
        if (says_more) {
            od_compiler_extra(work->compiler, &events[i], from->offset_ms, extra);
        }
    }
    od_compiler_run(work->compiler, sequence->n_events, sequence->length, 0);
}

void
od_work_midi_track(struct od_work *work, const struct od_midi_track *track, uint32_t place)
{
    struct od_compiler *compiler = work->compiler;
    const struct od_sequence *sequence = od_work_sequence(work, &track->id);
    bool moves = track->velocity_signal.values != NULL && !fits(track->velocity_signal, sequence);
    struct od_score_midi_track out = {
        .id = od_compiler_string(compiler, track->id.text),
        .destination = od_compiler_string(compiler, track->destination.text),
        .flags = od_work_flags(track->mute, track->solo) | (moves ? OD_MIDI_TRACK_MOVES : 0),
        .velocity_signal = OD_SCORE_NONE,
        .n_events = (uint32_t)sequence->n_events,
        .length = sequence->length,
        .channel = (uint8_t)track->channel,
        .velocity = (uint8_t)track->velocity,
        .transpose = (int8_t)track->transpose,
    };
    if (track->velocity_signal.values != NULL) {
        out.velocity_signal = od_work_signal(compiler, track->velocity_signal);
    }
    compile_curves(work, track, &out);
    compile_init(work, track, &out);
    compile_events(work, track, place);
    struct od_score_midi_track *record =
        od_compiler_add(compiler, OD_SECTION_MIDI_TRACKS, sizeof *record);
    if (record != NULL) {
        *record = out;
    }
}
