#include "world/osc_server.h"

#include <errno.h>
#include <lo/lo.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUNDLE_DEPTH_MAX 8
#define PACKET_MAX       65536
#define ERROR_SIZE       256
#define SOCKETS_MAX      8 /* addresses of one name */

struct od_osc_server {
    int epoll; /* readable when one of the sockets is */
    int sockets[SOCKETS_MAX];
    size_t n_sockets;
    unsigned port;
    od_osc_handler *handler;
    void *context;
    uint64_t malformed;
    struct od_osc_peer peer;
    unsigned char packet[PACKET_MAX + 1];
};

/* liblo has the bytes in the machine's order, but where they lay: a union of 8 bytes may not be
 * read there. */
#define LOAD(variable, value) memcpy(&(variable), (value), sizeof(variable))

static bool
convert_int64(const void *value, struct od_osc_arg *arg)
{
    int64_t wide = 0;
    LOAD(wide, value);
    arg->i = (int32_t)wide;
    return wide >= INT32_MIN && wide <= INT32_MAX;
}

static bool
convert_double(const void *value, struct od_osc_arg *arg)
{
    LOAD(arg->d, value);
    arg->type = 'd';
    arg->f = (float)arg->d;
    return true;
}

/* False for a type that has no counterpart in od_osc_arg. */
static bool
convert(char type, const void *value, struct od_osc_arg *arg)
{
    *arg = (struct od_osc_arg){.type = 'i'};
    switch (type) {
    case LO_INT32:
        LOAD(arg->i, value);
        return true;
    case LO_INT64:
        return convert_int64(value, arg);
    case LO_TRUE:
    case LO_FALSE:
        arg->i = type == LO_TRUE ? 1 : 0;
        return true;
    case LO_FLOAT:
        arg->type = 'f';
        LOAD(arg->f, value);
        return true;
    case LO_DOUBLE:
        return convert_double(value, arg);
    case LO_STRING:
    case LO_SYMBOL:
        arg->type = 's';
        arg->s = value;
        return true;
    case LO_NIL:
        arg->type = 'N';
        return true;
    default:
        return false;
    }
}

static bool
hand_on(lo_message message, const char *path, od_osc_handler *handler, void *context)
{
    struct od_osc_arg args[OD_OSC_SERVER_ARGS];
    char types[OD_OSC_SERVER_ARGS + 1];
    const char *given = lo_message_get_types(message);
    lo_arg **values = lo_message_get_argv(message);
    size_t n = (size_t)lo_message_get_argc(message);
    if (n > OD_OSC_SERVER_ARGS) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!convert(given[i], values[i], &args[i])) {
            return false;
        }
        bool is_switch = given[i] == LO_TRUE || given[i] == LO_FALSE;
        types[i] = is_switch ? given[i] : args[i].type;
    }
    types[n] = '\0';
    handler(context, path, types, args, n);
    return true;
}

static bool
parse_message(unsigned char *bytes, size_t size, od_osc_handler *handler, void *context)
{
    int result = 0;
    if (size < 8 || size % 4 != 0 || bytes[0] != '/') {
        return false;
    }
    lo_message message = lo_message_deserialise(bytes, size, &result);
    if (message == NULL) {
        return false;
    }
    bool sound = hand_on(message, (const char *)bytes, handler, context);
    lo_message_free(message);
    return sound;
}

static size_t
load_size(const unsigned char *bytes)
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 |
           (size_t)bytes[3];
}

static bool
parse_packet(unsigned char *bytes, size_t size, od_osc_handler *handler, void *context, int depth)
{
    if (size < OD_OSC_BUNDLE_HEADER || memcmp(bytes, "#bundle", 8) != 0) {
        return parse_message(bytes, size, handler, context);
    }
    bool sound = depth < BUNDLE_DEPTH_MAX;
    for (size_t at = OD_OSC_BUNDLE_HEADER; at < size && sound;) {
        size_t element = size - at >= 4 ? load_size(bytes + at) : 0;
        at += 4;
        if (element == 0 || element > size - at) {
            return false;
        }
        sound = parse_packet(bytes + at, element, handler, context, depth + 1);
        at += element;
    }
    return sound;
}

bool
od_osc_parse(void *packet, size_t size, od_osc_handler *handler, void *context)
{
    return parse_packet(packet, size, handler, context, 0);
}

static unsigned
port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t size = sizeof address;
    memset(&address, 0, sizeof address);
    if (getsockname(fd, &address.any, &size) != 0) {
        return 0;
    }
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

/* The error number, or 0. An IPv6 socket leaves IPv4 to its own. */
static int
bind_one(struct od_osc_server *server, const struct addrinfo *address)
{
    const int on = 1;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } where;
    int fd = socket(address->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    memcpy(&where, address->ai_addr, address->ai_addrlen);
    if (address->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        where.v6.sin6_port = server->port != 0 ? htons((uint16_t)server->port) : where.v6.sin6_port;
    } else {
        where.v4.sin_port = server->port != 0 ? htons((uint16_t)server->port) : where.v4.sin_port;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (bind(fd, &where.any, address->ai_addrlen) != 0 ||
        epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        int error = errno;
        close(fd);
        return error;
    }
    server->sockets[server->n_sockets++] = fd;
    server->port = port_of(fd); /* one port at all addresses, also a free one */
    return 0;
}

/* All addresses that a name has: "localhost" may be ::1 for one sender and 127.0.0.1 for another.
 * One that this machine does not have is none of the name's fault, as long as there is another. */
static enum od_status
bind_all(struct od_osc_server *server, const char *host, unsigned port, char *error)
{
    char service[8];
    struct addrinfo *addresses = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
    snprintf(service, sizeof service, "%u", port);
    int result = getaddrinfo(host, service, &hints, &addresses);
    if (result != 0) {
        snprintf(error, ERROR_SIZE, "cannot resolve '%.160s': %s", host,
                 result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result));
        return OD_EUNAVAILABLE;
    }
    result = 0;
    for (const struct addrinfo *at = addresses; at != NULL && server->n_sockets < SOCKETS_MAX;
         at = at->ai_next) {
        int failed =
            at->ai_family == AF_INET || at->ai_family == AF_INET6 ? bind_one(server, at) : 0;
        result = failed != 0 && (result == 0 || failed == EADDRINUSE) ? failed : result;
    }
    freeaddrinfo(addresses);
    if (server->n_sockets > 0 && result != EADDRINUSE) {
        return OD_OK;
    }
    snprintf(error, ERROR_SIZE, "cannot listen on %.160s port %u: %s", host, port,
             strerror(result));
    return result == EACCES || result == EPERM ? OD_EPERM : OD_EUNAVAILABLE;
}

enum od_status
od_osc_server_new(const char *host, unsigned port, od_osc_handler *handler, void *context,
                  struct od_osc_server **server, char *error)
{
    const char *where = host != NULL ? host : "127.0.0.1";
    struct od_osc_server *made = calloc(1, sizeof *made);
    if (made == NULL) {
        snprintf(error, ERROR_SIZE, "%s", od_status_text(OD_ENOMEM));
        return OD_ENOMEM;
    }
    made->handler = handler;
    made->context = context;
    made->epoll = epoll_create1(EPOLL_CLOEXEC);
    enum od_status status = OD_EUNAVAILABLE;
    if (made->epoll < 0) {
        snprintf(error, ERROR_SIZE, "cannot listen: %s", strerror(errno));
    } else {
        status = bind_all(made, where, port, error);
    }
    if (status != OD_OK) {
        od_osc_server_free(made);
        return status;
    }
    *server = made;
    return OD_OK;
}

void
od_osc_server_free(struct od_osc_server *server)
{
    if (server == NULL) {
        return;
    }
    for (size_t i = 0; i < server->n_sockets; i++) {
        close(server->sockets[i]);
    }
    if (server->epoll >= 0) {
        close(server->epoll);
    }
    free(server);
}

int
od_osc_server_fd(const struct od_osc_server *server)
{
    return server->epoll;
}

unsigned
od_osc_server_port(const struct od_osc_server *server)
{
    return server->port;
}

static bool
is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

bool
od_osc_peer_equal(const struct od_osc_peer *a, const struct od_osc_peer *b)
{
    return a->size == b->size && memcmp(&a->address, &b->address, a->size) == 0;
}

const struct od_osc_peer *
od_osc_server_peer(const struct od_osc_server *server)
{
    return &server->peer;
}

bool
od_osc_server_send(struct od_osc_server *server, const struct od_osc_peer *peer, const void *bytes,
                   size_t size)
{
    (void)server;
    const struct sockaddr *address = (const struct sockaddr *)(const void *)&peer->address;
    return sendto(peer->socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, address, peer->size) ==
           (ssize_t)size;
}

/* One packet of one socket; false if none is there. */
static bool
receive(struct od_osc_server *server, int fd)
{
    struct od_osc_peer *peer = &server->peer;
    *peer = (struct od_osc_peer){.size = sizeof peer->address, .socket = fd};
    struct sockaddr *address = (struct sockaddr *)(void *)&peer->address;
    ssize_t size = recvfrom(fd, server->packet, PACKET_MAX, MSG_DONTWAIT, address, &peer->size);
    if (size < 0) {
        return false;
    }
    peer->loopback = is_loopback(&peer->address);
    if (!od_osc_parse(server->packet, (size_t)size, server->handler, server->context)) {
        server->malformed++;
    }
    return true;
}

size_t
od_osc_server_receive(struct od_osc_server *server, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < server->n_sockets; i++) {
        while (n < max && receive(server, server->sockets[i])) {
            n++;
        }
    }
    return n;
}

uint64_t
od_osc_server_malformed(const struct od_osc_server *server)
{
    return server->malformed;
}
