#include <math.h>
#include <stdio.h>

#include "text/session_read.h"

#define NOTE_MAX 127
#define OF_MAX   64 /* passes that `when` may count by: the bits of a mask */

enum {
    STEP,
    VELOCITY,
    NOTE,
    GATE,
    OFFSET_MS,
    OFFSET,
    PARAMS,
    WHEN,
    PROB,
    CONTROLS,
    FIELDS = CONTROLS + OD_CONTROL_KINDS,
    PLAIN_FIELDS = PARAMS /* what an event has that is read the fast way */
};

/* An event while it is read. */
struct reading {
    const struct od_sequence *sequence;
    struct od_session_event event;
    struct od_session_more more;
    bool has_step, has_more;
};

static void
read_velocity(struct od_reader *reader, double *velocity)
{
    if (od_read_positive(reader, velocity) && *velocity > 1) {
        bool is_midi = *velocity >= 10 && *velocity <= 127 && *velocity == trunc(*velocity);
        od_read_warn(reader, "range", "'velocity' is 0..1, found %g%s", *velocity,
                     is_midi ? " (a MIDI velocity? 127 is 1.0 here)" : "");
    }
}

/* Names of notes are not read, but it is said which number they are. */
static int
read_note(struct od_reader *reader)
{
    struct od_json *json = &reader->json;
    int number;
    if (od_json_peek(json) != OD_JSON_STRING) {
        return od_read_integer(reader, 0, NOTE_MAX, &number) ? number : OD_NO_NOTE;
    }
    char shown[OD_READ_SHOWN];
    struct od_json_string name = od_json_text(json);
    od_read_shown(name.text, name.length, shown);
    number = od_read_note_name(name);
    if (number >= 0) {
        od_read_error(reader, "type", "'note' must be an integer, found the text \"%s\": it is %d",
                      shown, number);
    } else {
        od_read_error(reader, "type", "'note' must be an integer, found the text \"%s\"", shown);
    }
    return OD_NO_NOTE;
}

static void
read_gate(struct od_reader *reader, struct od_session_event *event)
{
    if (od_read_null(reader)) {
        event->gate = OD_GATE_NULL;
    } else if (od_read_positive(reader, &event->gate_steps)) {
        event->gate = OD_GATE_GIVEN;
        if (od_read_is_zero(event->gate_steps)) {
            od_read_warn(reader, "zero-sustain",
                         "a gate of 0 makes no sound; null lets a sample ring to its end");
        }
    }
}

static void
read_offset_ms(struct od_reader *reader, double *offset_ms)
{
    if (!od_read_number(reader, offset_ms)) {
        return;
    }
    if (*offset_ms < -OD_EARLY_MAX_MS) {
        od_read_warn(reader, "range",
                     "an event more than %.0f ms before its step may come too late to be sent",
                     OD_EARLY_MAX_MS);
    } else if (*offset_ms > OD_SPAN_MAX_MS) {
        od_read_warn(reader, "range", "an event is played at most %.0f ms after its step",
                     OD_SPAN_MAX_MS);
    }
}

bool
od_read_offset_steps(struct od_reader *reader, double *steps)
{
    double value;
    if (!od_read_number(reader, &value)) {
        return false;
    }
    if (!(value > -1 && value < 1)) {
        od_read_error(reader, "range",
                      "'offset' is in steps, above -1 and below 1, found %g: a whole step is "
                      "another 'step'",
                      value);
        return false;
    }
    *steps = value;
    return true;
}

/* Where a sequence says its length behind its events, a step that is none of a loop's may still be
 * right. */
static void
read_step(struct od_reader *reader, struct reading *reading)
{
    int step = 0;
    reading->has_step = true;
    if (reading->sequence->length > 0) {
        od_read_integer(reader, 0, (int)reading->sequence->length - 1, &step);
    } else if (od_read_integer(reader, INT32_MIN, INT32_MAX, &step) &&
               (step < 0 || step >= OD_STEPS)) {
        struct od_read_beyond beyond = {.event =
                                            reader->events.length / sizeof(struct od_session_event),
                                        .at = od_json_offset(&reader->json),
                                        .step = step};
        od_buf_append(&reader->beyond, &beyond, sizeof beyond);
        step = step < 0 || step >= OD_LENGTH_MAX ? 0 : step;
    }
    reading->event.step = (uint16_t)step;
}

/* ---- when, prob ---- */

/* The passes of `is`, with the places of those that it is too early to judge. */
struct passes {
    uint64_t is;
    size_t at[OF_MAX];
};

static void
read_passes(struct od_reader *reader, struct passes *passes)
{
    int pass;
    if (!od_read_enter_array(reader)) {
        return;
    }
    while (od_json_element(&reader->json)) {
        if (od_read_integer(reader, 0, OF_MAX - 1, &pass)) {
            passes->is |= UINT64_C(1) << pass;
            passes->at[pass] = od_json_offset(&reader->json);
        }
    }
}

static void
check_passes(struct od_reader *reader, const struct passes *passes, int of)
{
    for (int pass = of; pass < OF_MAX; pass++) {
        if ((passes->is >> pass & 1) != 0) {
            od_read_diag(reader, OD_ERROR, passes->at[pass], "range",
                         "'is' of %d passes must be 0..%d, found %d", of, of - 1, pass);
        }
    }
}

static void
read_when(struct od_reader *reader, struct od_session_more *more)
{
    enum {
        OF,
        IS
    };
    static const char *const names[] = {"of", "is"};
    struct od_read_object object = {.names = names, .n_names = 2, .what = "when"};
    struct passes passes; /* places only where there is a bit */
    bool has_of = false;
    bool has_is = false;
    int of = OF_MAX;
    passes.is = 0;
    if (!od_read_enter_object(reader)) {
        return;
    }
    size_t at = od_json_offset(&reader->json);
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        if (field == OF) {
            has_of = true;
            od_read_integer(reader, 1, OF_MAX, &of);
        } else {
            has_is = true;
            read_passes(reader, &passes);
        }
    }
    if (!has_of || !has_is) {
        od_read_diag(reader, OD_ERROR, at, "missing",
                     "'when' needs 'of' (1..%d) and 'is' (an array of passes)", OF_MAX);
        return;
    }
    check_passes(reader, &passes, of);
    more->of = (uint8_t)of;
    more->is = passes.is;
}

static void
read_prob(struct od_reader *reader, double *prob)
{
    double value;
    if (!od_read_number(reader, &value)) {
        return;
    }
    if (value < 0 || value > 1) {
        od_read_error(reader, "range", "'prob' must be 0..1, found %g", value);
        return;
    }
    *prob = value;
}

/* ---- the event ---- */

static void
read_more_field(struct od_reader *reader, struct reading *reading, int field)
{
    reading->has_more = true;
    switch (field) {
    case OFFSET:
        od_read_offset_steps(reader, &reading->more.offset_steps);
        break;
    case PARAMS:
        od_read_own_params(reader, &reading->more);
        break;
    case WHEN:
        read_when(reader, &reading->more);
        break;
    case PROB:
        read_prob(reader, &reading->more.prob);
        break;
    default:
        if (reading->more.controls_at == 0) {
            reading->more.controls_at = (size_t)(reader->json.at - reader->json.start);
        }
        od_read_control(reader, field - CONTROLS);
        break;
    }
}

static void
read_field(struct od_reader *reader, struct reading *reading, int field)
{
    struct od_session_event *event = &reading->event;
    switch (field) {
    case STEP:
        read_step(reader, reading);
        break;
    case VELOCITY:
        read_velocity(reader, &event->velocity);
        break;
    case NOTE:
        event->note = (int8_t)read_note(reader);
        break;
    case GATE:
        read_gate(reader, event);
        break;
    case OFFSET_MS:
        read_offset_ms(reader, &event->offset_ms);
        break;
    default:
        read_more_field(reader, reading, field);
        break;
    }
}

static bool
has_pressure(const struct od_session_more *more)
{
    for (size_t i = 0; i < more->n_controls; i++) {
        if (more->controls[i].kind == OD_CONTROL_POLY_PRESSURE) {
            return true;
        }
    }
    return false;
}

static void
read_event(struct od_reader *reader, struct reading *reading)
{
    static const char *const names[] = {"step",   "velocity", "note", "gate", "offset_ms",
                                        "offset", "params",   "when", "prob", OD_CONTROL_NAMES};
    struct od_read_object object = {
        .names = names, .n_names = FIELDS, .what = "an event", .nullable = 1u << GATE};
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        read_field(reader, reading, field);
    }
    struct od_session_more *more = &reading->more;
    more->controls =
        od_read_keep(reader, &reader->controls, sizeof *more->controls, &more->n_controls);
    if (!reading->has_step) {
        od_read_diag(
            reader, OD_ERROR, reading->event.offset, "missing", "an event needs a 'step' (0..%d)",
            (int)(reading->sequence->length > 0 ? reading->sequence->length : OD_STEPS) - 1);
    }
    if (reading->event.note == OD_NO_NOTE && has_pressure(more)) {
        od_read_diag(reader, OD_ERROR, more->controls_at, "missing",
                     "'poly_pressure' needs a 'note': the key that is pressed");
    }
}

static bool
is_whole(double value, int most)
{
    return value >= 0 && value <= most && value == (int)value;
}

static bool
has(unsigned set, int field)
{
    return (set & 1u << field) != 0;
}

/* Most events are plain objects without anything to say about them; they are read the fast way.
 * False, and nothing read, for the others. */
static bool
read_plain_event(struct od_reader *reader, struct reading *reading)
{
    static const struct od_json_plain_name names[] = {
        [STEP] = OD_JSON_PLAIN_NAME("step"),           [VELOCITY] = OD_JSON_PLAIN_NAME("velocity"),
        [NOTE] = OD_JSON_PLAIN_NAME("note"),           [GATE] = OD_JSON_PLAIN_NAME("gate"),
        [OFFSET_MS] = OD_JSON_PLAIN_NAME("offset_ms"), [OFFSET] = OD_JSON_PLAIN_NAME("offset"),
    };
    _Static_assert(sizeof names / sizeof names[0] == PLAIN_FIELDS, "a name for each");
    struct od_json_plain plain;
    const char *start = reader->json.at;
    if (!od_json_plain_object(&reader->json, names, PLAIN_FIELDS, &plain)) {
        return false;
    }
    unsigned given = plain.seen & ~plain.null;
    const double *values = plain.values;
    int length = reading->sequence->length > 0 ? (int)reading->sequence->length : OD_STEPS;
    if (!has(given, STEP) || !is_whole(values[STEP], length - 1) ||
        (has(given, VELOCITY) && !(values[VELOCITY] >= 0 && values[VELOCITY] <= 1)) ||
        (has(given, NOTE) && !is_whole(values[NOTE], NOTE_MAX)) ||
        (has(given, GATE) && !(values[GATE] > 0)) ||
        (has(given, OFFSET_MS) &&
         !(values[OFFSET_MS] >= -OD_EARLY_MAX_MS && values[OFFSET_MS] <= OD_SPAN_MAX_MS)) ||
        (has(given, OFFSET) && !(values[OFFSET] > -1 && values[OFFSET] < 1))) {
        reader->json.at = start;
        return false;
    }
    struct od_session_event *event = &reading->event;
    event->step = (uint16_t)values[STEP];
    event->velocity = has(given, VELOCITY) ? values[VELOCITY] : 1;
    event->note = (int8_t)(has(given, NOTE) ? (int)values[NOTE] : OD_NO_NOTE);
    event->gate = has(plain.null, GATE) ? OD_GATE_NULL
                  : has(given, GATE)    ? OD_GATE_GIVEN
                                        : OD_GATE_DEFAULT;
    event->gate_steps = has(given, GATE) ? values[GATE] : 0;
    event->offset_ms = has(given, OFFSET_MS) ? values[OFFSET_MS] : 0;
    if (has(given, OFFSET)) {
        reading->has_more = true;
        reading->more = (struct od_session_more){.prob = 1, .offset_steps = values[OFFSET]};
    }
    return true;
}

static void
keep_event(struct od_reader *reader, struct reading *reading)
{
    if (reading->has_more) {
        reading->more.event = (uint32_t)(reader->events.length / sizeof(struct od_session_event));
        od_buf_append(&reader->more, &reading->more, sizeof reading->more);
    }
    od_buf_append(&reader->events, &reading->event, sizeof reading->event);
}

/* Bare numbers, [0, 4, 8], are meant as steps: what an event looks like is said once. */
static bool
pass_number(struct od_reader *reader, bool *said)
{
    struct od_json *json = &reader->json;
    enum od_json_type type = od_json_peek(json);
    if (type != OD_JSON_INT && type != OD_JSON_REAL) {
        return false;
    }
    double number = od_json_real(json);
    if (!*said) {
        od_read_error(reader, "type",
                      "an event is an object, {\"step\": %g}, found the bare number %g", number,
                      number);
        *said = true;
    }
    return true;
}

void
od_read_events(struct od_reader *reader, struct od_sequence *sequence)
{
    struct od_json *json = &reader->json;
    if (!od_read_enter_array(reader)) {
        return;
    }
    struct reading reading = {.sequence = sequence};
    bool said = false;
    while (od_json_element(json)) {
        reading.event = (struct od_session_event){
            .velocity = 1, .offset = (uint32_t)(json->at - json->start), .note = OD_NO_NOTE};
        reading.has_step = reading.has_more = false;
        if (read_plain_event(reader, &reading)) {
            keep_event(reader, &reading);
        } else if (!pass_number(reader, &said) && od_read_enter_object(reader)) {
            reading.more = (struct od_session_more){.prob = 1};
            read_event(reader, &reading);
            keep_event(reader, &reading);
        }
    }
    sequence->events =
        od_read_keep(reader, &reader->events, sizeof *sequence->events, &sequence->n_events);
    sequence->more = od_read_keep(reader, &reader->more, sizeof *sequence->more, &sequence->n_more);
}

/* ---- sequences ---- */

/* Now that the length is known: were those steps right that might have been? */
static void
check_beyond(struct od_reader *reader, const struct od_sequence *sequence)
{
    const struct od_read_beyond *beyond = (const void *)reader->beyond.data;
    size_t n = reader->beyond.length / sizeof *beyond;
    char place[24];
    reader->below[0] = "events";
    reader->below[1] = place;
    reader->below[2] = "step";
    for (size_t i = 0; i < n; i++) {
        if (beyond[i].step < 0 || (uint32_t)beyond[i].step >= sequence->length) {
            snprintf(place, sizeof place, "%zu", beyond[i].event);
            od_read_diag(reader, OD_ERROR, beyond[i].at, "range", "'step' must be 0..%u, found %d",
                         sequence->length - 1, beyond[i].step);
        }
    }
    reader->below[0] = reader->below[1] = reader->below[2] = NULL;
    if (reader->beyond.failed) {
        od_read_no_memory(reader);
    }
    reader->beyond.length = 0;
}

/* Events that came before a shorter length. */
static void
check_steps(struct od_reader *reader, const struct od_sequence *sequence)
{
    char place[24];
    reader->below[0] = "events";
    reader->below[1] = place;
    for (size_t i = 0; i < sequence->n_events && sequence->length < OD_STEPS; i++) {
        const struct od_session_event *event = &sequence->events[i];
        if (event->step >= sequence->length && event->step < OD_STEPS) {
            snprintf(place, sizeof place, "%zu", i);
            od_read_diag(reader, OD_ERROR, event->offset, "range",
                         "'step' must be 0..%u, found %d: the sequence has a length of %u",
                         sequence->length - 1, event->step, sequence->length);
        }
    }
    reader->below[0] = reader->below[1] = NULL;
}

static void
read_sequence(struct od_reader *reader, void *record)
{
    struct od_sequence *sequence = record;
    enum {
        TRACK_ID,
        EVENTS,
        LENGTH
    };
    static const char *const names[] = {"track_id", "events", "length"};
    struct od_read_object object = {.names = names, .n_names = 3, .what = "a sequence"};
    bool events_first = false;
    int length = OD_STEPS;
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case TRACK_ID:
            od_read_own_name(reader, &sequence->id);
            break;
        case EVENTS:
            events_first = sequence->length == 0;
            od_read_events(reader, sequence);
            break;
        default:
            /* after an error nothing more is said about steps than that they must be possible */
            sequence->length = od_read_integer(reader, 1, OD_LENGTH_MAX, &length) ? (uint32_t)length
                                                                                  : OD_LENGTH_MAX;
            break;
        }
    }
    sequence->length = sequence->length > 0 ? sequence->length : OD_STEPS;
    check_beyond(reader, sequence);
    if (events_first) {
        check_steps(reader, sequence);
    }
}

void
od_read_sequences(struct od_reader *reader, struct od_part *part)
{
    static const struct od_sequence initial;
    const struct od_read_kind kind = {&reader->sequences, sizeof initial, &initial, read_sequence};
    part->sequences = od_read_members(reader, &kind, &part->n_sequences);
}
