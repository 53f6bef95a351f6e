#include "openapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "embed.h"
#include "routes.h"
#include "text/param.h"

#define REF "#/components/schemas/"

static json_t *
schema(const char *name)
{
    char text[100];
    snprintf(text, sizeof text, REF "%s", name);
    return json_pack("{s:s}", "$ref", text);
}

static json_t *
content(const char *type, json_t *of)
{
    return json_pack("{s:{s:o}}", type, "schema", of);
}

static json_t *
text_schema(void)
{
    return json_pack("{s:s}", "type", "string");
}

/* The answer 200: most are JSON; a page, a stream and the metrics have other forms (too). */
static json_t *
success(const struct endpoint *endpoint)
{
    json_t *all = json_object();
    if (endpoint->response != NULL) {
        json_object_update_new(all, content("application/json", schema(endpoint->response)));
    }
    if (endpoint->flags & (ENDPOINT_HTML | ENDPOINT_PAGE)) {
        json_object_update_new(all, content("text/html", text_schema()));
    }
    if (endpoint->flags & ENDPOINT_STREAM) {
        json_object_update_new(all, content("text/event-stream", schema("StreamEvent")));
    }
    if (endpoint->flags & ENDPOINT_CSS) {
        json_object_update_new(all, content("text/css", text_schema()));
    }
    if (endpoint->flags & ENDPOINT_SCRIPT) {
        json_object_update_new(all, content("text/javascript", text_schema()));
    }
    if (endpoint->flags & ENDPOINT_METRICS) {
        json_object_update_new(all, content("text/plain", text_schema()));
        json_object_update_new(all, content("application/openmetrics-text", text_schema()));
    }
    return json_pack("{s:s,s:o}", "description", "Success", "content", all);
}

static void
add_error(json_t *responses, const char *status)
{
    const char *name = strcmp(status, "422") == 0 ? "ValidationError" : "Error";
    if (json_object_get(responses, status) == NULL) {
        json_object_set_new(responses, status,
                            json_pack("{s:s,s:o}", "description",
                                      http_reason((int)strtol(status, NULL, 10)), "content",
                                      content("application/json", schema(name))));
    }
}

static json_t *
responses(const struct endpoint *endpoint)
{
    json_t *all = json_object();
    const char *errors = endpoint->errors != NULL ? endpoint->errors : "";
    json_object_set_new(all, "200", success(endpoint));
    if (endpoint->request != NULL) {
        add_error(all, "400");
        add_error(all, "413");
        add_error(all, "415");
    }
    if (!(endpoint->flags & ENDPOINT_PUBLIC)) {
        add_error(all, "401");
        add_error(all, "429");
    }
    if (endpoint->method != METHOD_GET) {
        add_error(all, "403");
    }
    if (endpoint->flags & ENDPOINT_PLAYER) {
        add_error(all, "503");
        add_error(all, "504");
    }
    char status[4];
    for (; *errors; errors += 3 + (errors[3] == ' ')) {
        snprintf(status, sizeof status, "%.3s", errors);
        add_error(all, status);
    }
    return all;
}

static json_t *
parameters(const char *path)
{
    json_t *list = json_array();
    while ((path = strchr(path, '{')) != NULL) {
        size_t length = strcspn(++path, "}");
        json_array_append_new(list, json_pack("{s:s%,s:s,s:b,s:o}", "name", path, length, "in",
                                              "path", "required", 1, "schema", text_schema()));
    }
    return list;
}

static json_t *
operation(const struct endpoint *endpoint)
{
    json_t *all =
        json_pack("{s:s,s:[s],s:s,s:o}", "operationId", endpoint->operation, "tags", endpoint->tag,
                  "summary", endpoint->summary, "responses", responses(endpoint));
    json_t *list = parameters(endpoint->path);
    if (json_array_size(list)) {
        json_object_set(all, "parameters", list);
    }
    json_decref(list);
    if (endpoint->request != NULL) {
        const char *type =
            endpoint->flags & ENDPOINT_MULTIPART ? "multipart/form-data" : "application/json";
        json_object_set_new(all, "requestBody",
                            json_pack("{s:b,s:o}", "required", 1, "content",
                                      content(type, schema(endpoint->request))));
    }
    if (endpoint->flags & ENDPOINT_PUBLIC) {
        json_object_set_new(all, "security", json_array());
    }
    return all;
}

static const char *
method_key(enum method method)
{
    switch (method) {
    case METHOD_GET:
        return "get";
    case METHOD_POST:
        return "post";
    case METHOD_PATCH:
        return "patch";
    default:
        return "delete";
    }
}

static json_t *
paths(void)
{
    json_t *all = json_object();
    size_t n;
    const struct endpoint *table = routes_table(&n);
    for (size_t i = 0; i < n; i++) {
        json_t *path = json_object_get(all, table[i].path);
        if (path == NULL) {
            path = json_object();
            json_object_set_new(all, table[i].path, path);
        }
        json_object_set_new(path, method_key(table[i].method), operation(&table[i]));
    }
    return all;
}

/* Null removes, or is as if it were not there. */
static json_t *
param_schema(const struct od_param_info *param)
{
    if (param->type == OD_PARAM_STRING) {
        return json_pack("{s:[s,s]}", "type", "string", "null");
    }
    return json_pack("{s:[s,s,s]}", "type", "number", "boolean", "null");
}

/* The parameters that the reader of sessions knows, from its own list. */
static void
add_params(json_t *schemas)
{
    static const struct {
        unsigned where;
        const char *schema;
    } places[] = {{OD_IN_PARAMS, "SessionParams"},
                  {OD_IN_FX, "SessionFx"},
                  {OD_IN_TRACK_FX, "SessionTrackFx"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        json_t *properties =
            json_object_get(json_object_get(schemas, places[i].schema), "properties");
        for (size_t k = 0; k < OD_PARAM_COUNT; k++) {
            if (od_params[k].name != NULL && (od_params[k].where & places[i].where)) {
                json_object_set_new(properties, od_params[k].name, param_schema(&od_params[k]));
            }
        }
    }
    json_object_set_new(json_object_get(json_object_get(schemas, "SessionParams"), "properties"),
                        "s", json_pack("{s:s}", "type", "string"));
}

/* Curves move what can be moved, by either name. */
static void
add_modulations(json_t *schemas)
{
    json_t *properties =
        json_object_get(json_object_get(schemas, "SessionModulations"), "properties");
    for (size_t i = 0; i < OD_PARAM_COUNT; i++) {
        const struct od_param_info *param = &od_params[i];
        if (param->name == NULL || param->modulate == OD_MODULATE_NOT) {
            continue;
        }
        json_object_set_new(properties, param->name, schema("SessionModulation"));
        if (param->path != NULL) {
            json_object_set_new(properties, param->path, schema("SessionModulation"));
        }
    }
}

json_t *
openapi_document(bool token)
{
    json_t *schemas = json_loads(embedded_schemas(), JSON_REJECT_DUPLICATES, NULL);
    add_params(schemas);
    add_modulations(schemas);
    json_t *document = json_pack(
        "{s:s,s:{s:s,s:s,s:s,s:{s:s,s:s}},s:[{s:s}],s:o,s:{s:o}}", "openapi", "3.1.0", "info",
        "title", "Oiduna API", "version", OD_VERSION, "summary",
        "A 256-step loop engine for SuperDirt and MIDI", "license", "name", "MIT", "identifier",
        "MIT", "servers", "url", ".", "paths", paths(), "components", "schemas", schemas);
    if (token) {
        json_object_set_new(
            json_object_get(document, "components"), "securitySchemes",
            json_pack("{s:{s:s,s:s}}", "token", "type", "http", "scheme", "bearer"));
        json_object_set_new(document, "security", json_pack("[{s:[]}]", "token"));
    }
    if (!token) {
        json_object_set_new(document, "security", json_array());
    }
    return document;
}
