#include "world/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/counter.h"
#include "play/pack.h"
#include "score/osc.h"

#define SEND_BUFFER (1024 * 1024) /* asked for; the kernel grants what it likes */

static bool
scan_port(const char *text, unsigned *port)
{
    unsigned value = 0;
    size_t n = 0;
    for (; text[n] >= '0' && text[n] <= '9' && n < 6; n++) {
        value = value * 10 + (unsigned)(text[n] - '0');
    }
    if (n == 0 || text[n] != '\0' || value < 1 || value > 65535) {
        return false;
    }
    *port = value;
    return true;
}

static bool
copy_host(char *host, const char *text, size_t length)
{
    if (length >= OD_HOST_MAX) {
        return false;
    }
    if (length > 0) {
        memcpy(host, text, length);
        host[length] = '\0';
    }
    return true;
}

/* More than one colon without brackets is an IPv6 address without a port. */
bool
od_udp_split(const char *text, char *host, unsigned *port)
{
    if (*text == '\0') {
        return false;
    }
    if (*text == '[') {
        const char *end = strchr(text, ']');
        if (end == NULL || end == text + 1 || (end[1] != '\0' && end[1] != ':')) {
            return false;
        }
        return copy_host(host, text + 1, (size_t)(end - text - 1)) &&
               (end[1] == '\0' || scan_port(end + 2, port));
    }
    const char *colon = strchr(text, ':');
    if (colon == NULL || strchr(colon + 1, ':') != NULL) {
        return copy_host(host, text, strlen(text));
    }
    return scan_port(colon + 1, port) && copy_host(host, text, (size_t)(colon - text));
}

static bool
is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

static struct addrinfo *
resolve(const char *host, unsigned port, int *result)
{
    static const int families[] = {AF_INET, AF_INET6};
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        struct addrinfo *found = NULL;
        struct addrinfo hints = {
            .ai_family = families[i], .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
        *result = getaddrinfo(host, service, &hints, &found);
        if (*result == 0) {
            return found;
        }
    }
    return NULL;
}

static void
grow_send_buffer(struct od_udp *udp)
{
    int wanted = SEND_BUFFER;
    socklen_t size = sizeof udp->send_buffer;
    if (setsockopt(udp->fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted) != 0 ||
        getsockopt(udp->fd, SOL_SOCKET, SO_SNDBUF, &udp->send_buffer, &size) != 0) {
        udp->send_buffer = 0;
    }
}

/* Broadcast addresses are allowed: one player, many listeners. */
static int
connect_to(struct od_udp *udp, const struct sockaddr *address, socklen_t size)
{
    int on = 1;
    udp->fd = socket(address->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0) {
        return errno;
    }
    setsockopt(udp->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    if (connect(udp->fd, address, size) != 0) {
        int error = errno;
        od_udp_close(udp);
        return error;
    }
    grow_send_buffer(udp);
    udp->loopback = is_loopback(address);
    udp->packet_limit = udp->loopback ? OD_PACKET_LIMIT_LOOPBACK : OD_PACKET_LIMIT_NETWORK;
    return 0;
}

static void
begin(struct od_udp *udp, const char *host, unsigned port)
{
    memset(udp, 0, sizeof *udp);
    udp->fd = -1;
    udp->port = port;
    snprintf(udp->host, sizeof udp->host, "%s", host);
}

static enum od_status
opened(const struct od_udp *udp, int result, char *error)
{
    if (result != 0) {
        snprintf(error, OD_ERROR_MAX, "cannot send to %.180s port %u: %s", udp->host, udp->port,
                 strerror(result));
        return OD_EUNAVAILABLE;
    }
    return OD_OK;
}

enum od_status
od_udp_open(struct od_udp *udp, const char *host, unsigned port, char *error)
{
    int result = 0;
    begin(udp, host, port);
    struct addrinfo *address = resolve(host, port, &result);
    if (address == NULL) {
        const char *why = result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result);
        snprintf(error, OD_ERROR_MAX, "cannot resolve '%s': %s", host, why);
        return OD_EUNAVAILABLE;
    }
    result = connect_to(udp, address->ai_addr, address->ai_addrlen);
    freeaddrinfo(address);
    return opened(udp, result, error);
}

enum od_status
od_udp_open_same(struct od_udp *udp, const struct od_udp *of, char *error)
{
    union {
        struct sockaddr any;
        struct sockaddr_storage room;
    } peer = {.room = {0}};
    socklen_t size = sizeof peer;
    begin(udp, of->host, of->port);
    int result =
        getpeername(of->fd, &peer.any, &size) != 0 ? errno : connect_to(udp, &peer.any, size);
    return opened(udp, result, error);
}

void
od_udp_close(struct od_udp *udp)
{
    if (udp->fd >= 0) {
        close(udp->fd);
        udp->fd = -1;
    }
}

/*
 * ECONNREFUSED speaks of an earlier packet: this one was not sent at all. Sent once more it goes
 * out, so that the first one is heard when the receiver comes back.
 */
static ssize_t
send_past_refusal(struct od_udp *udp, const void *bytes, size_t size)
{
    ssize_t sent = send(udp->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    bool refused = sent < 0 && errno == ECONNREFUSED;
    if (refused) {
        od_counter_add(&udp->refusals, 1);
        sent = send(udp->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (refused || sent >= 0) {
        atomic_store_explicit(&udp->refused, refused, memory_order_relaxed);
    }
    return sent;
}

bool
od_udp_send(struct od_udp *udp, const void *bytes, size_t size)
{
    if (udp->fd < 0) {
        return false;
    }
    ssize_t sent = send_past_refusal(udp, bytes, size);
    if (sent < 0) {
        atomic_store_explicit(&udp->last_error, errno, memory_order_relaxed);
        od_counter_add(&udp->errors, 1);
        return false;
    }
    od_counter_add(&udp->packets, 1);
    od_counter_add(&udp->bytes, (uint64_t)sent);
    return true;
}

void
od_bundle_stamp(unsigned char *bundle, uint64_t ntp)
{
    for (unsigned i = 0; i < 8; i++) {
        bundle[OD_OSC_TAG_OFFSET + i] = (unsigned char)(ntp >> (56 - 8 * i));
    }
}
