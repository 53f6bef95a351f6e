#include <stdio.h>
#include <string.h>

#include "text/session_read.h"

#define ORBITS 12 /* SuperDirt's */

/* A sequence that is looked at, and what has been said about it: once is enough. */
struct look {
    struct od_reader *reader;
    const struct od_read_routes *routes;
    const struct od_sequence *sequence;
    bool said_line, said_controls, said_params;
};

/* About what an event says: "/sequences/bass/events/3/params/room". */
static void
warn(const struct look *look, const struct od_session_more *more, const char *code, size_t offset,
     const char *field, const char *name, const char *message)
{
    char pointer[OD_READ_POINTER_SIZE] = "", place[24];
    const char *scene = look->routes->part->name.text;
    snprintf(place, sizeof place, "%u", more->event);
    const char *const steps[] = {scene != NULL ? "scenes" : NULL,
                                 scene,
                                 "sequences",
                                 look->sequence->id.text,
                                 "events",
                                 place,
                                 field,
                                 name};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i] != NULL) {
            od_json_pointer_step(pointer, sizeof pointer, steps[i], strlen(steps[i]));
        }
    }
    od_diag_add(look->reader->diags, OD_WARNING, offset, pointer, code, "%s", message);
}

static size_t
offset_of(const struct look *look, const struct od_session_more *more)
{
    return look->sequence->events[more->event].offset;
}

/* What the message has whatever the event says. */
static bool
is_computed(const struct look *look, const struct od_session_more *more, const char *name)
{
    const struct od_session_event *event = &look->sequence->events[more->event];
    return strcmp(name, "cps") == 0 || strcmp(name, "cycle") == 0 || strcmp(name, "delta") == 0 ||
           (strcmp(name, "midinote") == 0 && event->note != OD_NO_NOTE) ||
           (strcmp(name, "sustain") == 0 && event->gate != OD_GATE_NULL);
}

static void
check_value(struct look *look, const struct od_session_more *more,
            const struct od_param_value *value, const struct od_mixer_line *line)
{
    char message[192], shown[OD_READ_SHOWN];
    if (value->param == OD_PARAM_EXTRA) {
        if (value->type != OD_VALUE_ABSENT && is_computed(look, more, value->name)) {
            snprintf(message, sizeof message,
                     "the message has '%s' already: which of the two counts is up to SuperDirt",
                     value->name);
            warn(look, more, "hidden-parameter", value->offset, "params", value->name, message);
        }
        return;
    }
    const char *name = od_params[value->param].name;
    if (value->param == OD_PARAM_ORBIT && line == NULL && value->type != OD_VALUE_ABSENT &&
        (value->number < 0 || value->number >= ORBITS)) {
        snprintf(message, sizeof message, "orbit %g: SuperDirt has 0..%d and wraps around",
                 value->number, ORBITS - 1);
        warn(look, more, "orbit", value->offset, "params", name, message);
    }
    bool of_line =
        (od_params[value->param].where & OD_SPATIAL) != 0 || value->param == OD_PARAM_ORBIT;
    if (of_line && line != NULL && !look->said_line) {
        snprintf(
            message, sizeof message,
            "'%s' of this event is not heard: its track is on the line '%s', whose '%s' counts",
            name, od_read_shown(line->name.text, strlen(line->name.text), shown),
            value->param == OD_PARAM_ORBIT ? "orbit" : "fx");
        warn(look, more, "line-counts", value->offset, "params", name, message);
        look->said_line = true;
    }
}

static void
check_superdirt(struct look *look, const struct od_session_more *more, size_t track)
{
    size_t place = look->routes->line_of[track];
    const struct od_mixer_line *line = place == SIZE_MAX ? NULL : &look->routes->lines[place];
    for (size_t i = 0; i < more->n_values; i++) {
        check_value(look, more, &more->values[i], line);
    }
    if (more->n_controls > 0 && !look->said_controls) {
        warn(look, more, "ignored", more->controls_at, NULL, NULL,
             "MIDI messages are ignored here: this is a SuperDirt track");
        look->said_controls = true;
    }
}

static void
check_midi(struct look *look, const struct od_session_more *more)
{
    if (more->n_values > 0 && !look->said_params) {
        warn(look, more, "ignored", offset_of(look, more), "params", NULL,
             "'params' is ignored here: this is a MIDI track");
        look->said_params = true;
    }
}

static void
check_never(struct look *look, const struct od_session_more *more)
{
    if (more->of > 0 && more->is == 0) {
        warn(look, more, "never", offset_of(look, more), "when", NULL,
             "this event never plays: 'is' of its 'when' names no pass");
    }
}

void
od_session_check_events(struct od_reader *reader, const struct od_read_routes *routes)
{
    for (size_t i = 0; i < routes->part->n_sequences; i++) {
        const struct od_sequence *sequence = &routes->part->sequences[i];
        struct look look = {reader, routes, sequence, false, false, false};
        const struct od_read_names_slot *track =
            od_read_names_find(routes->tracks, sequence->id.text);
        for (size_t k = 0; k < sequence->n_more; k++) {
            check_never(&look, &sequence->more[k]);
            if (track != NULL) {
                check_superdirt(&look, &sequence->more[k], track->value);
            } else {
                check_midi(&look, &sequence->more[k]);
            }
        }
    }
}
