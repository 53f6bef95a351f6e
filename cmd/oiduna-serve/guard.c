#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "app.h"
#include "conn.h"
#include "options.h"
#include "reply.h"

#define HOST_MAX 256

/* "name:80", "[::1]:80" → "name", "::1". False if it is neither. */
static bool
host_name(const char *authority, char *name, const char **port)
{
    size_t length;
    const char *end;
    if (*authority == '[') {
        end = strchr(++authority, ']');
        length = end != NULL ? (size_t)(end - authority) : HOST_MAX;
        end = end != NULL ? end + 1 : authority;
    } else {
        length = strcspn(authority, ":");
        end = authority + length;
    }
    if (length == 0 || length >= HOST_MAX || (*end != ':' && *end != '\0')) {
        return false;
    }
    memcpy(name, authority, length);
    name[length] = '\0';
    *port = *end ? end + 1 : "";
    return (*port)[strspn(*port, "0123456789")] == '\0';
}

static bool
is_loopback_name(const char *name)
{
    return strcasecmp(name, "localhost") == 0 || strcmp(name, "127.0.0.1") == 0 ||
           strcmp(name, "::1") == 0;
}

static bool
is_machine_name(const char *name)
{
    char host[HOST_MAX];
    if (gethostname(host, sizeof host) != 0) {
        return false;
    }
    host[sizeof host - 1] = '\0';
    if (strcasecmp(host, name) == 0) {
        return true;
    }
    size_t length = strcspn(host, "."); /* and as multicast DNS knows it */
    return strncasecmp(host, name, length) == 0 && strcasecmp(name + length, ".local") == 0;
}

bool
guard_host(const struct request *request)
{
    const struct options *options = request->app->options;
    if (request->head.authority == NULL) {
        return true; /* HTTP/1.0 without a Host: no browser's */
    }
    char name[HOST_MAX];
    const char *port;
    if (!host_name(request->head.authority, name, &port)) {
        return false;
    }
    if (is_loopback_name(name) || strcasecmp(name, options->host) == 0) {
        return true;
    }
    for (size_t i = 0; i < options->n_names; i++) {
        if (strcasecmp(name, options->names[i]) == 0) {
            return true;
        }
    }
    return conn_is_local_address(request->conn, name) || is_machine_name(name);
}

/* A page that was fetched by the name that it asks for now. */
static bool
is_own(const struct request *request, const char *origin, const char *scheme)
{
    size_t length = strlen(scheme);
    return request->head.authority != NULL && strncmp(origin, scheme, length) == 0 &&
           strcasecmp(origin + length, request->head.authority) == 0;
}

static bool
is_allowed(const struct request *request, const char *origin)
{
    const struct options *options = request->app->options;
    for (size_t i = 0; i < options->n_cors; i++) {
        if (strcmp(options->cors[i], "*") == 0 || strcasecmp(options->cors[i], origin) == 0) {
            return true;
        }
    }
    if (is_own(request, origin, "http://") || is_own(request, origin, "https://")) {
        return true; /* https: somebody before us speaks it */
    }
    if (strncmp(origin, "http://", 7) != 0) {
        return false;
    }
    char name[HOST_MAX];
    const char *port;
    return host_name(origin + 7, name, &port) && is_loopback_name(name);
}

bool
guard_origin(struct request *request)
{
    const char *origin = http_header(&request->head, "Origin");
    reply_header(request, "Vary", "Origin");
    if (origin == NULL || !is_allowed(request, origin)) {
        return false;
    }
    reply_header(request, "Access-Control-Allow-Origin", origin);
    reply_header(request, "Access-Control-Expose-Headers", "Retry-After, Allow");
    return true;
}

bool
guard_foreign(const struct request *request)
{
    const char *origin = http_header(&request->head, "Origin");
    const char *site = http_header(&request->head, "Sec-Fetch-Site");
    if (origin != NULL) {
        return !is_allowed(request, origin);
    }
    return site != NULL && strcasecmp(site, "cross-site") == 0;
}
