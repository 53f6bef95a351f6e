#include <math.h>

#include "text/session_read.h"

#define NOTE_MAX 127

enum {
    STEP,
    VELOCITY,
    NOTE,
    GATE,
    OFFSET_MS
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
read_offset(struct od_reader *reader, double *offset_ms)
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

static void
read_event(struct od_reader *reader, struct od_session_event *event)
{
    static const char *const names[] = {"step", "velocity", "note", "gate", "offset_ms"};
    struct od_read_object object = {
        .names = names, .n_names = 5, .what = "an event", .nullable = 1u << GATE};
    bool has_step = false;
    int number;
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case STEP:
            has_step = true;
            event->step = (uint8_t)(od_read_integer(reader, 0, OD_STEPS - 1, &number) ? number : 0);
            break;
        case VELOCITY:
            read_velocity(reader, &event->velocity);
            break;
        case NOTE:
            event->note = (int16_t)read_note(reader);
            break;
        case GATE:
            read_gate(reader, event);
            break;
        default:
            read_offset(reader, &event->offset_ms);
            break;
        }
    }
    if (!has_step) {
        od_read_diag(reader, OD_ERROR, event->offset, "missing",
                     "an event needs a 'step' (0..255)");
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
read_plain_event(struct od_reader *reader, struct od_session_event *event)
{
    static const struct od_json_plain_name names[] = {
        [STEP] = OD_JSON_PLAIN_NAME("step"),           [VELOCITY] = OD_JSON_PLAIN_NAME("velocity"),
        [NOTE] = OD_JSON_PLAIN_NAME("note"),           [GATE] = OD_JSON_PLAIN_NAME("gate"),
        [OFFSET_MS] = OD_JSON_PLAIN_NAME("offset_ms"),
    };
    struct od_json_plain plain;
    const char *start = reader->json.at;
    if (!od_json_plain_object(&reader->json, names, sizeof names / sizeof names[0], &plain)) {
        return false;
    }
    unsigned given = plain.seen & ~plain.null;
    const double *values = plain.values;
    if (!has(given, STEP) || !is_whole(values[STEP], OD_STEPS - 1) ||
        (has(given, VELOCITY) && !(values[VELOCITY] >= 0 && values[VELOCITY] <= 1)) ||
        (has(given, NOTE) && !is_whole(values[NOTE], NOTE_MAX)) ||
        (has(given, GATE) && !(values[GATE] > 0)) ||
        (has(given, OFFSET_MS) &&
         !(values[OFFSET_MS] >= -OD_EARLY_MAX_MS && values[OFFSET_MS] <= OD_SPAN_MAX_MS))) {
        reader->json.at = start;
        return false;
    }
    event->step = (uint8_t)values[STEP];
    event->velocity = has(given, VELOCITY) ? values[VELOCITY] : 1;
    event->note = (int16_t)(has(given, NOTE) ? (int)values[NOTE] : OD_NO_NOTE);
    event->gate = has(plain.null, GATE) ? OD_GATE_NULL
                  : has(given, GATE)    ? OD_GATE_GIVEN
                                        : OD_GATE_DEFAULT;
    event->gate_steps = has(given, GATE) ? values[GATE] : 0;
    event->offset_ms = has(given, OFFSET_MS) ? values[OFFSET_MS] : 0;
    return true;
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

static void
read_events(struct od_reader *reader, struct od_sequence *sequence)
{
    struct od_json *json = &reader->json;
    bool said = false;
    if (!od_read_enter_array(reader)) {
        return;
    }
    while (od_json_element(json)) {
        struct od_session_event event = {
            .velocity = 1, .offset = (uint32_t)(json->at - json->start), .note = OD_NO_NOTE};
        if (read_plain_event(reader, &event)) {
            od_buf_append(&reader->events, &event, sizeof event);
        } else if (!pass_number(reader, &said) && od_read_enter_object(reader)) {
            read_event(reader, &event);
            od_buf_append(&reader->events, &event, sizeof event);
        }
    }
    sequence->events =
        od_read_keep(reader, &reader->events, sizeof *sequence->events, &sequence->n_events);
}

static void
read_sequence(struct od_reader *reader, void *record)
{
    struct od_sequence *sequence = record;
    enum {
        TRACK_ID,
        EVENTS
    };
    static const char *const names[] = {"track_id", "events"};
    struct od_read_object object = {.names = names, .n_names = 2, .what = "a sequence"};
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        if (field == TRACK_ID) {
            od_read_own_name(reader, &sequence->id);
        } else {
            read_events(reader, sequence);
        }
    }
}

void
od_read_sequences(struct od_reader *reader, struct od_part *part)
{
    static const struct od_sequence initial;
    const struct od_read_kind kind = {&reader->sequences, sizeof initial, &initial, read_sequence};
    part->sequences = od_read_members(reader, &kind, &part->n_sequences);
}
