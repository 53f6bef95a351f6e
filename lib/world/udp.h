/* An OSC output: a connected UDP socket that never blocks. */
#ifndef OD_UDP_H
#define OD_UDP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/units.h"

#define OD_HOST_MAX  256 /* with its NUL */
#define OD_ERROR_MAX 256

struct od_udp {
    int fd; /**< −1 = closed: sends do nothing */
    bool loopback;
    size_t packet_limit; /**< bytes of a datagram, as OD_PACKET_LIMIT_* */
    char host[OD_HOST_MAX];
    unsigned port;
    int send_buffer; /**< bytes the kernel granted */
    /* Written by the sending thread only: */
    _Atomic uint64_t packets, bytes; /**< that the kernel took */
    _Atomic uint64_t errors;         /**< packets it did not take, and were lost */
    _Atomic uint64_t refusals;       /**< packets that nobody was there for */
    _Atomic bool refused;            /**< true from a refusal until a packet passes without one */
    _Atomic int last_error;          /**< errno of the last loss; 0 = none yet */
};

/**
 * Splits HOST:PORT, [IPv6]:PORT, HOST (port stays), :PORT (host stays) into `host` (OD_HOST_MAX)
 * and `port`, 1..65535. False if it is none of these.
 */
OD_NODISCARD bool od_udp_split(const char *text, char *host, unsigned *port);

/**
 * Resolves (IPv4 first) and connects; nothing is sent. May wait for a name server.
 * OD_EUNAVAILABLE if the name is unknown or there is no socket: `error` (OD_ERROR_MAX) says why.
 */
OD_NODISCARD enum od_status od_udp_open(struct od_udp *udp, const char *host, unsigned port,
                                        char *error);

/** A socket of its own to where `of`, which is open, goes: no name is looked up. Errors as above.
 */
OD_NODISCARD enum od_status od_udp_open_same(struct od_udp *udp, const struct od_udp *of,
                                             char *error);

/** May be called on a zeroed one whose fd was set to −1, and twice. */
void od_udp_close(struct od_udp *udp);

/** Sends one datagram now; false if it was lost (full buffers, no route), which is counted. */
OD_REALTIME bool od_udp_send(struct od_udp *udp, const void *bytes, size_t size);

/** Sets the time tag of a bundle (at least OD_OSC_BUNDLE_HEADER bytes). */
OD_REALTIME void od_bundle_stamp(unsigned char *bundle, uint64_t ntp);

#endif
