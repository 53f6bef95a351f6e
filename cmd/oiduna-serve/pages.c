/* /, /openapi.json, /docs. */
#include <stdlib.h>
#include <string.h>

#include "accept.h"
#include "app.h"
#include "base/version.h"
#include "embed.h"
#include "gate.h"
#include "handlers.h"
#include "openapi.h"
#include "options.h"
#include "reply.h"
#include "routes.h"
#include "server.h"

/* Nothing from elsewhere, and no page of another's may frame it. */
#define POLICY(of)                                                                                 \
    "default-src 'none'; script-src " of "; style-src " of "; img-src 'self' data:; "              \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static void
reply_page(struct request *request, const char *policy, const void *bytes, size_t length)
{
    reply_header(request, "Content-Security-Policy", policy);
    reply_header(request, "Referrer-Policy", "no-referrer");
    reply_bytes(request, 200, "text/html; charset=utf-8", bytes, length);
}

void
route_index(struct request *request)
{
    static const char *const types[] = {"text/html", "application/json"};
    const char *page = embedded_dashboard();
    reply_header(request, "Vary", "Accept");
    if (accept_best(http_header(&request->head, "Accept"), types, 2) != 1) {
        reply_page(request, POLICY("'self'"), page, strlen(page));
    } else {
        reply_json(request, 200,
                   json_pack("{s:s,s:s,s:s,s:s}", "name", "Oiduna API", "version", OD_VERSION,
                             "docs", "/docs", "health", "/health"));
    }
}

void
route_css(struct request *request)
{
    const char *text = embedded_css();
    reply_bytes(request, 200, "text/css; charset=utf-8", text, strlen(text));
}

void
route_script(struct request *request)
{
    const char *text = embedded_script();
    reply_bytes(request, 200, "text/javascript; charset=utf-8", text, strlen(text));
}

/* The cookie has the port's name: cookies do not know ports. */
void
route_gate(struct request *request)
{
    const struct app *app = request->app;
    const char *port = strrchr(server_address(app->server), ':');
    char cookie[160];
    if (gate_asks(app->gate) && port != NULL) {
        gate_cookie(app->gate, request, port + 1, cookie, sizeof cookie);
        reply_header(request, "Set-Cookie", cookie);
    }
    reply_json(request, 200, json_pack("{s:s}", "status", "ok"));
}

void
route_openapi(struct request *request)
{
    reply_json(request, 200, openapi_document(request->app->options->token != NULL));
}

static void
escape(struct od_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<') {
            od_buf_printf(out, "&lt;");
        } else if (*text == '&') {
            od_buf_printf(out, "&amp;");
        } else if (*text == '"') {
            od_buf_printf(out, "&quot;");
        } else {
            od_buf_append(out, text, 1);
        }
    }
}

static void
schema_link(struct od_buf *out, const char *label, const char *name)
{
    if (name != NULL) {
        od_buf_printf(out, "<p>%s <a href=\"#schema-%s\">%s</a></p>", label, name, name);
    }
}

static void
endpoint_html(struct od_buf *out, const struct endpoint *endpoint)
{
    const char *method = http_method_name(endpoint->method);
    od_buf_printf(out, "<article id=\"%s\"><h3><b class=\"%s\">%s</b> <code>%s</code></h3><p>",
                  endpoint->operation, method, method, endpoint->path);
    escape(out, endpoint->summary);
    od_buf_printf(out, "</p>");
    if (endpoint->flags & ENDPOINT_MULTIPART) {
        schema_link(out, "form", endpoint->request);
    } else {
        schema_link(out, "body", endpoint->request);
    }
    schema_link(out, "answer", endpoint->response);
    if (endpoint->errors != NULL) {
        od_buf_printf(out, "<p>may also answer %s</p>", endpoint->errors);
    }
    od_buf_printf(out, "</article>\n");
}

static void
endpoints_html(struct od_buf *out)
{
    const char *tag = "";
    size_t n;
    const struct endpoint *table = routes_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(tag, table[i].tag) != 0) {
            od_buf_printf(out, "<h2>%s</h2>\n", table[i].tag);
        }
        tag = table[i].tag;
        endpoint_html(out, &table[i]);
    }
}

static void
schemas_html(struct od_buf *out, const json_t *document)
{
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    json_t *schema;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)schemas, name, schema)
    {
        char *text = json_dumps(schema, JSON_INDENT(2));
        od_buf_printf(out, "<details id=\"schema-%s\"><summary>%s</summary><pre>", name, name);
        if (text != NULL) {
            escape(out, text);
        }
        od_buf_printf(out, "</pre></details>\n");
        free(text);
    }
}

/* Copies the template up to the mark and goes past it. */
static const char *
copy_until(struct od_buf *out, const char *at, const char *mark)
{
    const char *end = strstr(at, mark);
    od_buf_append(out, at, end != NULL ? (size_t)(end - at) : strlen(at));
    return end != NULL ? end + strlen(mark) : at + strlen(at);
}

/* What the page refers to lies beside it. */
static void
lead_back(struct request *request)
{
    reply_header(request, "Location", "../docs");
    reply_bytes(request, 307, NULL, NULL, 0);
}

void
route_docs(struct request *request)
{
    if (request->head.slash) {
        lead_back(request);
        return;
    }
    const char *at = embedded_docs();
    json_t *document = openapi_document(false);
    struct od_buf out = {0};
    at = copy_until(&out, at, "{{version}}");
    od_buf_printf(&out, OD_VERSION);
    at = copy_until(&out, at, "{{endpoints}}");
    endpoints_html(&out);
    at = copy_until(&out, at, "{{schemas}}");
    schemas_html(&out, document);
    copy_until(&out, at, "{{end}}");
    json_decref(document);
    if (out.failed) {
        reply_error(request, 503, "out of memory");
    } else {
        reply_page(request, POLICY("'unsafe-inline'"), out.data, out.length);
    }
    od_buf_clear(&out);
}
