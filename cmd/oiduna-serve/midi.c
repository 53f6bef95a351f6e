/* /midi. */
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "endpoint.h"

static void
ports_done(struct od_change *change)
{
    json_t *ports = json_object_get(change->event, "ports");

    if (ports) {
        json_object_set(change->reply, "ports", ports);
    }
    od_change_reply(change);
}

void
od_route_midi_ports(struct od_request *request)
{
    struct od_change *change = od_change_new(request, json_pack("{s:[]}", "ports"));

    if (!change) {
        return;
    }
    change->done = ports_done;
    od_change_send(change, NULL, "midi-ports");
    od_change_go(change);
}

static void
port_done(struct od_change *change)
{
    json_t *port = json_object_get(change->event, "port");

    if (json_is_string(port)) {
        json_object_set(change->reply, "port_name", port);
    }
    od_change_reply(change);
}

void
od_route_midi_port(struct od_request *request)
{
    static const struct od_field fields[] = {{"port_name", OD_FIELD_STRING, true, false, 0, 0}};
    json_t *body = od_body_read(request, fields, 1);
    struct od_change *change;
    const char *name;
    char *word;

    if (!body) {
        return;
    }
    name = json_string_value(json_object_get(body, "port_name"));
    change = od_change_new(request, json_pack("{s:s,s:s}", "status", "ok", "port_name", name));
    word = od_change_word(name);
    if (change) {
        change->done = port_done;
        if (word) {
            od_change_send(change, "midi-port", "midi-port %s", word);
        } else {
            change->unsent = true;
        }
        od_change_go(change);
    }
    free(word);
    json_decref(body);
}

void
od_route_midi_panic(struct od_request *request)
{
    od_change_simple(
        request,
        json_pack("{s:s,s:s}", "status", "ok", "message", "MIDI panic sent (all notes off)"),
        "midi-panic");
}
