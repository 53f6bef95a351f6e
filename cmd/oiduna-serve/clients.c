/* And /session/clients. */
#include "clients.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "handlers.h"
#include "options.h"
#include "reply.h"
#include "streams.h"
#include "timer.h"

#define ID_MAX ((size_t)128)

struct clients {
    json_t *all; /* id → text of {"metadata", "updated_at"} */
};

struct clients *
clients_new(void)
{
    struct clients *clients = calloc(1, sizeof *clients);
    if (clients != NULL && (clients->all = json_object()) == NULL) {
        free(clients);
        return NULL;
    }
    return clients;
}

void
clients_free(struct clients *clients)
{
    if (clients != NULL) {
        json_decref(clients->all);
        free(clients);
    }
}

size_t
clients_count(const struct clients *clients)
{
    return json_object_size(clients->all);
}

static void
let_go(const void *bytes, size_t length, void *client)
{
    (void)bytes;
    (void)length;
    json_decref(client);
}

/* By reference: all clients together may be tens of megabytes. */
static bool
add_client(struct evbuffer *all, const char *id, json_t *client)
{
    struct od_buf name = {0};
    od_buf_append(&name, ",", evbuffer_get_length(all) > 1);
    od_buf_json_string(&name, id);
    bool good = od_buf_append(&name, ":", 1) && evbuffer_add(all, name.data, name.length) == 0;
    od_buf_clear(&name);
    if (good && evbuffer_add_reference(all, json_string_value(client), json_string_length(client),
                                       let_go, json_incref(client)) != 0) {
        json_decref(client);
        good = false;
    }
    return good;
}

/* Answers are kept as text, made once. */
void
route_clients(struct request *request)
{
    struct evbuffer *all = evbuffer_new();
    bool good = all != NULL && evbuffer_add(all, "{", 1) == 0;
    json_t *client;
    const char *id;
    json_object_foreach(request->app->clients->all, id, client)
    {
        good = good && add_client(all, id, client);
    }
    if (good && evbuffer_add(all, "}", 1) == 0) {
        reply_buffer(request, 200, "application/json", all);
        return;
    }
    if (all != NULL) {
        evbuffer_free(all);
    }
    reply_error(request, 503, "out of memory");
}

void
route_client(struct request *request)
{
    const json_t *client = json_object_get(request->app->clients->all, request->params[0]);
    if (client != NULL) {
        reply_bytes(request, 200, "application/json", json_string_value(client),
                    json_string_length(client));
    } else {
        reply_error(request, 404, "Client not found");
    }
}

void
route_client_remove(struct request *request)
{
    struct app *app = request->app;
    const char *id = request->params[0];
    if (json_object_get(app->clients->all, id) == NULL) {
        reply_error(request, 404, "Client not found");
        return;
    }
    json_object_del(app->clients->all, id);
    json_t *answer = json_pack("{s:s,s:s}", "status", "ok", "removed_client_id", id);
    streams_send(app->streams, "client_disconnected", json_pack("{s:s}", "client_id", id));
    reply_json(request, 200, answer);
}

static bool
has_room(struct request *request, const char *id, size_t size)
{
    const struct app *app = request->app;
    const struct limits *limits = &app->options->limits;
    if (strlen(id) > ID_MAX) {
        reply_error(request, 413, "a client id has at most %zu bytes", ID_MAX);
    } else if (size > limits->max_metadata) {
        reply_error(request, 413, "metadata is too large: at most %llu bytes",
                    (unsigned long long)limits->max_metadata);
    } else if (json_object_get(app->clients->all, id) == NULL &&
               json_object_size(app->clients->all) >= limits->max_clients) {
        reply_error(request, 507, "there are %llu clients already",
                    (unsigned long long)limits->max_clients);
    } else {
        return true;
    }
    return false;
}

/* White space in what was sent does not count; all else is kept as it was sent. */
static void
compact(const struct od_buf *body, struct od_buf *text)
{
    const char *at = (const char *)body->data, *end = at + body->length;
    while (at < end) {
        const char *from = at;
        if (*at == '"') {
            for (at++; *at != '"'; at++) {
                at += *at == '\\'; /* it was read already: there is an end */
            }
        }
        at++;
        if (strchr(" \t\r\n", *from) == NULL) {
            od_buf_append(text, from, (size_t)(at - from));
        }
    }
}

static void
tell_metadata(const struct app *app, const char *id, const struct od_buf *metadata, double now)
{
    struct od_buf text = {0};
    od_buf_printf(&text, "{\"client_id\":");
    od_buf_json_string(&text, id);
    od_buf_printf(&text, ",\"metadata\":");
    od_buf_append(&text, metadata->data, metadata->length);
    od_buf_printf(&text, ",\"updated_at\":");
    od_buf_double(&text, now);
    if (od_buf_append(&text, "}", 1)) {
        streams_send_text(app->streams, "client_metadata_updated", &text);
    }
    od_buf_clear(&text);
}

static void
keep(struct request *request, const struct od_buf *text)
{
    struct app *app = request->app;
    const char *id = request->params[0];
    double now = unix_time();
    bool is_new = json_object_get(app->clients->all, id) == NULL;
    struct od_buf client = {0};
    od_buf_printf(&client, "{\"metadata\":");
    od_buf_append(&client, text->data, text->length);
    od_buf_printf(&client, ",\"updated_at\":");
    od_buf_double(&client, now);
    if (!od_buf_append(&client, "}", 1) ||
        json_object_set_new(app->clients->all, id,
                            json_stringn((const char *)client.data, client.length)) != 0) {
        reply_error(request, 503, "out of memory");
        od_buf_clear(&client);
        return;
    }
    od_buf_clear(&client);
    if (is_new) {
        streams_send(app->streams, "client_connected", json_pack("{s:s}", "client_id", id));
    }
    tell_metadata(app, id, text, now);
    reply_json(request, 200, json_pack("{s:s,s:f}", "client_id", id, "updated_at", now));
}

void
route_client_set(struct request *request)
{
    json_t *metadata = body_read(request, NULL, 0);
    struct od_buf text = {0};
    if (metadata != NULL) {
        compact(&request->body, &text);
    }
    if (text.failed) {
        reply_error(request, 503, "out of memory");
    } else if (metadata != NULL && has_room(request, request->params[0], text.length)) {
        keep(request, &text);
    }
    od_buf_clear(&text);
    json_decref(metadata);
}
