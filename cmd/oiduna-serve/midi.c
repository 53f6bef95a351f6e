/* /midi. */
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "handlers.h"

static void
ports_done(struct change *change)
{
    json_t *ports = json_object_get(change->event, "ports");
    if (ports != NULL) {
        json_object_set(change->reply, "ports", ports);
    }
    change_reply(change);
}

void
route_midi_ports(struct request *request)
{
    struct change *change = change_new(request, json_pack("{s:[]}", "ports"));
    if (change == NULL) {
        return;
    }
    change->done = ports_done;
    change_send(change, NULL, "midi-ports");
    change_go(change);
}

static void
port_done(struct change *change)
{
    json_t *port = json_object_get(change->event, "port");
    if (json_is_string(port)) {
        json_object_set(change->reply, "port_name", port);
    }
    change_reply(change);
}

void
route_midi_port(struct request *request)
{
    static const struct field fields[] = {{"port_name", FIELD_STRING, true, false, 0, 0}};
    json_t *body = body_read(request, fields, 1);
    if (body == NULL) {
        return;
    }
    const char *name = json_string_value(json_object_get(body, "port_name"));
    struct change *change =
        change_new(request, json_pack("{s:s,s:s}", "status", "ok", "port_name", name));
    char *word = change_word(name);
    if (change != NULL) {
        change->done = port_done;
        if (word != NULL) {
            change_send(change, "midi-port", "midi-port %s", word);
        } else {
            change->unsent = true;
        }
        change_go(change);
    }
    free(word);
    json_decref(body);
}

void
route_midi_panic(struct request *request)
{
    change_simple(
        request,
        json_pack("{s:s,s:s}", "status", "ok", "message", "MIDI panic sent (all notes off)"),
        "midi-panic");
}
