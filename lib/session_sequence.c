#include "session_read.h"

#define NOTE_MAX 127

static void
read_velocity(struct od_reader *reader, double *velocity)
{
    if (od_read_positive(reader, velocity) && *velocity > 1) {
        od_read_warn(reader, "range", "'velocity' is 0..1, found %g", *velocity);
    }
}

static void
read_gate(struct od_reader *reader, struct od_session_event *event)
{
    if (od_json_peek(&reader->json) == OD_JSON_NULL) {
        od_json_null(&reader->json);
        event->gate = OD_GATE_NULL;
    } else if (od_read_positive(reader, &event->gate_steps)) {
        event->gate = OD_GATE_GIVEN;
        if (event->gate_steps == 0) {
            od_read_warn(reader, "zero-sustain",
                         "a gate of 0 makes no sound; null lets a sample ring to its end");
        }
    }
}

static void
read_event(struct od_reader *reader, struct od_session_event *event)
{
    enum {
        STEP,
        VELOCITY,
        NOTE,
        GATE,
        OFFSET_MS
    };
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
            event->note =
                (int16_t)(od_read_integer(reader, 0, NOTE_MAX, &number) ? number : OD_NO_NOTE);
            break;
        case GATE:
            read_gate(reader, event);
            break;
        default:
            od_read_number(reader, &event->offset_ms);
            break;
        }
    }
    if (!has_step) {
        od_read_diag(reader, OD_ERROR, event->offset, "missing",
                     "an event needs a 'step' (0..255)");
    }
}

static void
read_events(struct od_reader *reader, struct od_sequence *sequence)
{
    if (!od_read_enter_array(reader)) {
        return;
    }
    while (od_json_element(&reader->json)) {
        struct od_session_event event = {.velocity = 1, .note = OD_NO_NOTE};
        if (od_read_enter_object(reader)) {
            event.offset = (uint32_t)od_json_offset(&reader->json);
            read_event(reader, &event);
            od_buf_append(&reader->events, &event, sizeof event);
        }
    }
    sequence->events =
        od_read_keep(reader, &reader->events, sizeof *sequence->events, &sequence->n_events);
}

static void
read_sequence(struct od_reader *reader, struct od_sequence *sequence)
{
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
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_read_entry(reader, &keys, &key, &key_at)) {
        struct od_sequence sequence = {.id = od_read_keep_name(reader, key, key_at)};
        if (od_read_enter_object(reader)) {
            read_sequence(reader, &sequence);
            od_buf_append(&reader->sequences, &sequence, sizeof sequence);
        }
    }
    part->sequences =
        od_read_keep(reader, &reader->sequences, sizeof *part->sequences, &part->n_sequences);
}
