/* /session/clients: what clients tell each other; kept, not interpreted. */
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "endpoint.h"

#define ID_MAX ((size_t)128)

void
od_route_clients(struct od_request *request)
{
    od_reply_json(request, 200, json_incref(request->app->clients));
}

void
od_route_client(struct od_request *request)
{
    json_t *client = json_object_get(request->app->clients, request->params[0]);

    if (client) {
        od_reply_json(request, 200, json_incref(client));
    } else {
        od_reply_error(request, 404, "Client not found");
    }
}

void
od_route_client_remove(struct od_request *request)
{
    struct od_app *app = request->app;
    const char *id = request->params[0];
    json_t *answer;

    if (!json_object_get(app->clients, id)) {
        od_reply_error(request, 404, "Client not found");
        return;
    }
    json_object_del(app->clients, id);
    answer = json_pack("{s:s,s:s}", "status", "ok", "removed_client_id", id);
    od_streams_send(app->streams, "client_disconnected", json_pack("{s:s}", "client_id", id));
    od_reply_json(request, 200, answer);
}

/* Bytes as compact JSON: white space in what was sent does not count. */
static size_t
compact_size(const json_t *metadata)
{
    char *text = json_dumps(metadata, JSON_COMPACT);
    size_t size = text ? strlen(text) : SIZE_MAX;

    free(text);
    return size;
}

static bool
has_room(struct od_request *request, const char *id, const json_t *metadata)
{
    const struct od_app *app = request->app;
    const struct od_limits *limits = &app->options.limits;

    if (strlen(id) > ID_MAX) {
        od_reply_error(request, 413, "a client id has at most %zu bytes", ID_MAX);
    } else if (compact_size(metadata) > limits->max_metadata) {
        od_reply_error(request, 413, "metadata is too large: at most %llu bytes",
                       (unsigned long long)limits->max_metadata);
    } else if (!json_object_get(app->clients, id) &&
               json_object_size(app->clients) >= limits->max_clients) {
        od_reply_error(request, 507, "there are %llu clients already",
                       (unsigned long long)limits->max_clients);
    } else {
        return true;
    }
    return false;
}

void
od_route_client_set(struct od_request *request)
{
    struct od_app *app = request->app;
    const char *id = request->params[0];
    json_t *metadata = od_body_read(request, NULL, 0), *answer;
    double now = od_unix_time();

    if (!metadata) {
        return;
    }
    if (!has_room(request, id, metadata)) {
        json_decref(metadata);
        return;
    }
    if (!json_object_get(app->clients, id)) {
        od_streams_send(app->streams, "client_connected", json_pack("{s:s}", "client_id", id));
    }
    json_object_set_new(app->clients, id,
                        json_pack("{s:O,s:f}", "metadata", metadata, "updated_at", now));
    od_streams_send(
        app->streams, "client_metadata_updated",
        json_pack("{s:s,s:O,s:f}", "client_id", id, "metadata", metadata, "updated_at", now));
    answer = json_pack("{s:s,s:f}", "client_id", id, "updated_at", now);
    json_decref(metadata);
    od_reply_json(request, 200, answer);
}
