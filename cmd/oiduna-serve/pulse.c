#include "pulse.h"

#include <stdlib.h>

#include "child.h"
#include "model.h"

struct pulse {
    struct model *model;
    bool ports_asked, asked; /* and not answered yet */
};

struct pulse *
pulse_new(struct model *model)
{
    struct pulse *pulse = calloc(1, sizeof *pulse);
    if (pulse != NULL) {
        pulse->model = model;
    }
    return pulse;
}

void
pulse_free(struct pulse *pulse)
{
    free(pulse);
}

static void
on_ports(void *arg, const json_t *event, enum call_lost lost)
{
    struct pulse *pulse = arg;
    pulse->ports_asked = lost == CALL_SILENT; /* it still may */
    if (lost == CALL_ANSWERED && json_object_get(event, "ports") != NULL) {
        model_event(pulse->model, "ports", event);
    }
}

void
pulse_look(struct pulse *pulse, struct child *child)
{
    pulse->ports_asked = pulse->ports_asked || child_command(child, on_ports, pulse, "midi-ports");
}

static void
on_answer(void *arg, const json_t *event, enum call_lost lost)
{
    struct pulse *pulse = arg;
    (void)event;
    pulse->asked = lost == CALL_SILENT; /* which is remembered */
}

void
pulse_beat(struct pulse *pulse, struct child *child)
{
    pulse->asked = pulse->asked || child_command(child, on_answer, pulse, "ping");
}
