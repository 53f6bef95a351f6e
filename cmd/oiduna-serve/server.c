#include "server.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "conn.h"

#define OVERFLOW_MAX ((size_t)64) /* connections told that there are too many */

static void
peer_name(struct conn *conn, struct sockaddr *address, int length)
{
    if (getnameinfo(address, (socklen_t)length, conn->peer, sizeof conn->peer, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        snprintf(conn->peer, sizeof conn->peer, "-");
    }
}

/* The answer to one connection too many. */
static void
turn_away(struct conn *conn)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\n"
                               "Content-Type: application/json\r\n"
                               "Content-Length: 34\r\n"
                               "Connection: close\r\n"
                               "Retry-After: 1\r\n\r\n"
                               "{\"detail\":\"too many connections\"}\n";
    conn->server->counts.refused++;
    reply_count(conn->server, 503);
    evbuffer_add(bufferevent_get_output(conn->bev), text, sizeof text - 1);
    conn_close(conn);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int length,
          void *arg)
{
    struct server *server = arg;
    bool full = server->n_conns >= server->options->limits.max_connections;
    (void)listener;
    if (full && server->n_overflow >= OVERFLOW_MAX) {
        server->counts.refused++;
        evutil_closesocket(fd);
        return;
    }
    struct conn *conn = conn_new(server, fd);
    if (conn == NULL) {
        evutil_closesocket(fd);
        return;
    }
    conn->overflow = full;
    if (full) {
        server->n_overflow++;
    } else {
        server->n_conns++;
    }
    server->counts.connections++;
    server->counts.open = server->n_conns;
    peer_name(conn, address, length);
    conn_start(conn);
    if (full) {
        turn_away(conn);
    }
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;
    (void)fd;
    (void)what;
    if (!server->stopping) {
        evconnlistener_enable(server->listener);
    }
}

/* Out of descriptors: the connection stays in the queue; looking at it again at once would spin. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct server *server = arg;
    struct timeval soon = {0, 100000};
    evconnlistener_disable(listener);
    evtimer_add(server->resume, &soon);
}

static void
note_address(struct server *server)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    char port[8];
    char host[INET6_ADDRSTRLEN + 8];
    if (getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&address,
                    &length) == 0 &&
        getnameinfo((struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        snprintf(server->address, sizeof server->address,
                 address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    }
}

static bool
start_listening(struct server *server, char *error, size_t size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    const struct options *options = server->options;
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    struct addrinfo *found;
    int result = getaddrinfo(options->host, port, &hints, &found);
    if (result != 0) {
        snprintf(error, size, "%s: %s", options->host, gai_strerror(result));
        return false;
    }
    server->listener =
        evconnlistener_new_bind(server->base, on_accept, server,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
                                512, found->ai_addr, (int)found->ai_addrlen);
    freeaddrinfo(found);
    if (server->listener == NULL) {
        snprintf(error, size, "%s:%s: %s", options->host, port, strerror(errno));
        return false;
    }
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    note_address(server);
    return true;
}

/* Room for the connections that are allowed, if the system permits. */
static void
raise_descriptors(const struct limits *limits)
{
    rlim_t want = (rlim_t)limits->max_connections + OVERFLOW_MAX + 64;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want) {
        return;
    }
    limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
    setrlimit(RLIMIT_NOFILE, &limit);
}

struct server *
server_new(struct event_base *base, struct app *app, const struct options *options,
           const struct server_calls *calls, char *error, size_t size)
{
    struct server *server = calloc(1, sizeof *server);
    snprintf(error, size, "out of memory");
    if (server == NULL) {
        return NULL;
    }
    server->base = base;
    server->app = app;
    server->options = options;
    server->calls = *calls;
    server->resume = evtimer_new(base, on_resume, server);
    raise_descriptors(&options->limits);
    if (server->resume == NULL || !start_listening(server, error, size)) {
        server_free(server);
        return NULL;
    }
    return server;
}

const char *
server_address(const struct server *server)
{
    return server->address;
}

const struct server_counts *
server_counts(const struct server *server)
{
    return &server->counts;
}

/* Those who are in the queue were promised an answer by the kernel. */
static void
accept_rest(struct server *server)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int fd;
    while ((fd = accept4(evconnlistener_get_fd(server->listener), (struct sockaddr *)&address,
                         &length, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        on_accept(server->listener, fd, (struct sockaddr *)&address, (int)length, server);
        length = sizeof address;
    }
}

void
server_stop(struct server *server)
{
    server->stopping = true;
    evconnlistener_disable(server->listener);
    accept_rest(server);
    evconnlistener_free(server->listener);
    server->listener = NULL;
    for (struct conn *conn = server->conns; conn != NULL; conn = conn->next) {
        conn_last_chance(conn);
    }
}

size_t
server_busy(const struct server *server)
{
    size_t busy = 0;
    for (const struct conn *conn = server->conns; conn != NULL; conn = conn->next) {
        busy += conn->state == CONN_BODY || conn->state == CONN_BUSY || conn->state == CONN_HEAD ||
                evbuffer_get_length(bufferevent_get_output(conn->bev)) > 0;
    }
    return busy;
}

void
server_free(struct server *server)
{
    if (server == NULL) {
        return;
    }
    while (server->conns != NULL) {
        conn_free(server->conns);
    }
    if (server->listener != NULL) {
        evconnlistener_free(server->listener);
    }
    if (server->resume != NULL) {
        event_free(server->resume);
    }
    free(server);
}
