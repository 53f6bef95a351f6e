#include "server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <event2/listener.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "reply.h"
#include "timer.h"

#define OVERFLOW_MAX ((size_t)64) /* connections told that there are too many */
#define SPARE        ((size_t)10) /* descriptors for another player's pipes and for files */
#define LEAST        ((size_t)2)  /* connections, however few descriptors there are */
#define ACCEPT_AGAIN 0.1          /* seconds, after descriptors ran out */

struct server {
    struct conns conns;
    const struct options *options;
    struct evconnlistener *listener;
    struct event *resume; /* accepting again after descriptors ran out */
    size_t most_overflow;
    char address[80];
};

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
    conn->conns->counts.refused++;
    reply_count(conn->conns, 503);
    evbuffer_add(bufferevent_get_output(conn->bev), text, sizeof text - 1);
    conn_close(conn);
}

/* All who sit at this machine, or come through a proxy on it, have one address. */
static bool
has_share(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *six =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        return !IN6_IS_ADDR_LOOPBACK(six) &&
               !(IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
    }
    return address->sa_family == AF_INET &&
           ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 != 127;
}

/* Makes room for one more; false if there is none. */
static bool
make_room(struct server *server, const struct sockaddr *address, const char *peer)
{
    struct conns *conns = &server->conns;
    if (has_share(address) && conns_of(conns, peer) >= conns->limits->max_per_address) {
        return conns_give_way(conns, peer);
    }
    return conns->count < conns->most || conns_give_way(conns, NULL);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int length,
          void *arg)
{
    struct server *server = arg;
    struct conns *conns = &server->conns;
    char peer[64];
    (void)listener;
    if (getnameinfo(address, (socklen_t)length, peer, sizeof peer, NULL, 0, NI_NUMERICHOST) != 0) {
        snprintf(peer, sizeof peer, "-");
    }
    bool full = !make_room(server, address, peer);
    if (full && conns->n_overflow >= server->most_overflow) {
        conns->counts.refused++;
        evutil_closesocket(fd);
        return;
    }
    struct conn *conn = conn_new(conns, fd, peer, full);
    if (conn == NULL) {
        return;
    }
    intake_start(conn);
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
    if (!server->conns.stopping) {
        evconnlistener_enable(server->listener);
    }
}

/* Out of descriptors: the connection stays in the queue; looking at it again at once would spin. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct server *server = arg;
    evconnlistener_disable(listener);
    conns_give_way(&server->conns, NULL);
    timer_set(server->resume, ACCEPT_AGAIN);
}

static void
note_address(struct server *server)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN + 8], port[8];
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
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    const struct options *options = server->options;
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    int result = getaddrinfo(options->host, port, &hints, &found);
    if (result != 0) {
        snprintf(error, size, "%s: %s", options->host, gai_strerror(result));
        return false;
    }
    server->listener =
        evconnlistener_new_bind(server->conns.base, on_accept, server,
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

/* Descriptors that are open already, the player's and the listening one to come; 0: not known. */
static size_t
used_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t n = 0;
    if (folder == NULL) {
        return 0;
    }
    while (readdir(folder) != NULL) {
        n++;
    }
    closedir(folder);
    return n; /* "." and ".." are counted for what is to come */
}

/* Room for the connections that are allowed, if the system permits; as many as it permits if not,
 * and still another player can be started. */
static void
make_descriptors(struct server *server)
{
    size_t used = used_descriptors() + SPARE, most = server->conns.limits->max_connections;
    rlim_t want = (rlim_t)(most + OVERFLOW_MAX + used);
    struct rlimit limit;
    server->conns.most = most;
    server->most_overflow = OVERFLOW_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want) {
        return;
    }
    limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= want) {
        return;
    }
    size_t room = limit.rlim_cur > used ? (size_t)limit.rlim_cur - used : 0;
    server->most_overflow = room / 4 < OVERFLOW_MAX ? room / 4 : OVERFLOW_MAX;
    room -= server->most_overflow;
    server->conns.most = room < LEAST ? LEAST : room < most ? room : most;
}

struct server *
server_new(struct event_base *base, struct app *app, const struct options *options,
           const struct intake_calls *calls, struct log *log, char *error, size_t size)
{
    struct server *server = calloc(1, sizeof *server);
    snprintf(error, size, "out of memory");
    if (server == NULL) {
        return NULL;
    }
    server->options = options;
    server->conns.base = base;
    server->conns.app = app;
    server->conns.limits = &options->limits;
    server->conns.access_log = options->log ? log : NULL;
    intake_init(&server->conns, calls);
    server->resume = evtimer_new(base, on_resume, server);
    make_descriptors(server);
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

const struct conn_counts *
server_counts(const struct server *server)
{
    return &server->conns.counts;
}

void
server_on_answer(struct server *server, void (*answered)(const struct request *request, int status))
{
    server->conns.answered = answered;
}

/* Those who are in the queue were promised an answer by the kernel. */
static void
accept_rest(struct server *server)
{
    struct sockaddr_storage address = {0};
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
    server->conns.stopping = true;
    evconnlistener_disable(server->listener);
    accept_rest(server);
    evconnlistener_free(server->listener);
    server->listener = NULL;
    for (struct conn *conn = server->conns.first; conn != NULL; conn = conn->next) {
        conn_last_chance(conn);
    }
}

size_t
server_busy(const struct server *server)
{
    size_t busy = 0;
    for (const struct conn *conn = server->conns.first; conn != NULL; conn = conn->next) {
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
    while (server->conns.first != NULL) {
        conn_free(server->conns.first);
    }
    if (server->listener != NULL) {
        evconnlistener_free(server->listener);
    }
    timer_free(server->resume);
    free(server);
}
