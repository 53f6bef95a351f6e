#include <string.h>

#include "text/session_read.h"

#define ORBITS 12 /* SuperDirt's */

/* Both the message and its params may name the track. */
static void
read_track_name(struct od_reader *reader, struct od_message_event *message)
{
    struct od_name name;
    if (!od_read_name(reader, &name)) {
        return;
    }
    if (message->track.text != NULL && strcmp(message->track.text, name.text) != 0) {
        od_read_warn(reader, "same-parameter",
                     "the message and its params name different tracks: the later one counts");
    }
    message->track = name;
}

/* Messages mostly name the same parameters in the same order as the one before: then they share
 * the texts. */
static const char *
keep_param_name(struct od_reader *reader, struct od_json_string key, size_t key_at)
{
    size_t place = reader->values.length / sizeof(struct od_param_value);
    if (place < reader->n_last_values && od_json_is(key, reader->last_values[place].name)) {
        return reader->last_values[place].name;
    }
    return od_read_keep_name(reader, key, key_at).text;
}

/* "cc": {"74": 100} and "nrpn", which are objects; false, and nothing read, if it is neither. */
static bool
read_controls(struct od_reader *reader, struct od_json_string key)
{
    bool cc = od_json_is(key, "cc");
    if ((!cc && !od_json_is(key, "nrpn")) || od_json_peek(&reader->json) != OD_JSON_OBJECT) {
        return false;
    }
    od_read_control(reader, cc ? OD_CONTROL_CC : OD_CONTROL_NRPN);
    return true;
}

static void
read_params(struct od_reader *reader, struct od_message_event *message)
{
    struct od_json_keys *keys = &reader->message_keys;
    struct od_json_string key;
    struct od_param_value value;
    size_t key_at;
    if (!od_read_enter_object(reader)) {
        return;
    }
    od_json_keys_reset(keys);
    while (od_read_entry(reader, keys, &key, &key_at)) {
        if (od_json_is(key, "track_id")) {
            read_track_name(reader, message);
        } else if (read_controls(reader, key)) {
            continue;
        } else if (od_read_extra(reader, key, key_at, &value)) {
            value.name = keep_param_name(reader, key, key_at);
            od_buf_append(&reader->values, &value, sizeof value);
        }
    }
    message->values =
        od_read_keep(reader, &reader->values, sizeof *message->values, &message->n_values);
    message->controls =
        od_read_keep(reader, &reader->controls, sizeof *message->controls, &message->n_controls);
}

static void
read_cycle(struct od_reader *reader)
{
    double ignored;
    od_read_number(reader, &ignored);
}

static void
check_value(struct od_reader *reader, const struct od_param_value *value)
{
    od_read_check_superdirt(reader, value->name, value);
    if (value->type == OD_VALUE_STRING) {
        return;
    }
    if (strcmp(value->name, "orbit") == 0 && (value->number < 0 || value->number >= ORBITS)) {
        od_read_warn(reader, "orbit", "orbit %g: SuperDirt has 0..%d and wraps around",
                     value->number, ORBITS - 1);
    } else if (strcmp(value->name, "sustain") == 0 && od_read_is_zero(value->number)) {
        od_read_warn(reader, "zero-sustain", "a sustain of 0 makes no sound: SuperDirt drops it");
    }
}

/* What only SuperDirt does, so only a message for it is warned about. Comes behind the message: the
 * destination may stand last. */
static void
check_superdirt(struct od_reader *reader, const struct od_message_event *message)
{
    if (strcmp(message->destination.text, "superdirt") != 0) {
        return;
    }
    reader->below[0] = "params";
    for (size_t i = 0; i < message->n_values; i++) {
        const struct od_param_value *value = &message->values[i];
        if (strchr("lops", value->name[0]) != NULL) {
            reader->below[1] = value->name;
            reader->json.value = reader->json.start + value->offset;
            check_value(reader, value);
        }
    }
    reader->below[0] = reader->below[1] = NULL;
}

/* All messages for one destination share its text. */
static void
read_destination(struct od_reader *reader, struct od_name *destination)
{
    struct od_json *json = &reader->json;
    const char *last = reader->last_destination;
    if (od_json_peek(json) != OD_JSON_STRING || last == NULL) {
        od_read_name(reader, destination);
    } else {
        struct od_json_string text = od_json_text(json);
        size_t offset = od_json_offset(json);
        *destination = od_json_is(text, last) ? (struct od_name){last, offset}
                                              : od_read_keep_name(reader, text, offset);
    }
    reader->last_destination = destination->text;
}

static void
read_message(struct od_reader *reader, struct od_message_event *message)
{
    enum {
        STEP,
        DESTINATION_ID,
        CYCLE,
        PARAMS,
        OFFSET,
        TRACK_ID
    };
    static const char *const names[] = {"step",   "destination_id", "cycle",
                                        "params", "offset",         "track_id"};
    struct od_read_object object = {.names = names, .n_names = 6, .what = "a message"};
    bool has_step = false;
    int number;
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case STEP:
            has_step = true;
            message->step =
                (uint8_t)(od_read_integer(reader, 0, OD_STEPS - 1, &number) ? number : 0);
            break;
        case DESTINATION_ID:
            read_destination(reader, &message->destination);
            break;
        case CYCLE:
            read_cycle(reader);
            break;
        case PARAMS:
            read_params(reader, message);
            break;
        case OFFSET:
            od_read_offset_steps(reader, &message->offset_steps);
            break;
        default:
            read_track_name(reader, message);
            break;
        }
    }
    if (!has_step) {
        od_read_diag(reader, OD_ERROR, message->offset, "missing",
                     "a message needs a 'step' (0..255)");
    }
    check_superdirt(reader, message);
}

void
od_read_messages(struct od_reader *reader)
{
    struct od_session *session = reader->session;
    if (!od_read_enter_array(reader)) {
        return;
    }
    while (od_json_element(&reader->json)) {
        struct od_message_event message = {.destination = {"superdirt", 0}};
        if (od_read_enter_object(reader)) {
            message.offset = od_json_offset(&reader->json);
            read_message(reader, &message);
            od_buf_append(&reader->messages, &message, sizeof message);
        }
    }
    session->messages =
        od_read_keep(reader, &reader->messages, sizeof *session->messages, &session->n_messages);
}
