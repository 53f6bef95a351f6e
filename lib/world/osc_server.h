/* OSC in: a UDP socket whose packets are taken apart by liblo. For a thread with a poll loop. */
#ifndef OD_OSC_SERVER_H
#define OD_OSC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/status.h"
#include "base/units.h"
#include "score/osc.h"

#define OD_OSC_SERVER_ARGS 256 /* arguments handed on; a message with more is malformed */

/** A message came in: `types` has a letter per argument. T and F are 'T' and 'F' in `types`, with
 * `i` 1 and 0, d as it is (and its float in `f`), h as 'i' if it fits, S as 's', N as it is; a
 * message with any other type is malformed. Strings live until the call returns. */
typedef void od_osc_handler(void *context, const char *path, const char *types,
                            const struct od_osc_arg *args, size_t n_args);

/** Hands on every message of a packet (bundles at once, whatever their time tag). False if it is no
 * sound OSC; messages before the fault were handed on. The bytes are changed. */
bool od_osc_parse(void *packet, size_t size, od_osc_handler *handler, void *context);

struct od_osc_server;

/**
 * Listens on all addresses of `host` (NULL = 127.0.0.1) and `port` (0 = any free one). `error` (256
 * bytes) says why not: OD_EUNAVAILABLE, OD_EPERM; OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_osc_server_new(const char *host, unsigned port,
                                              od_osc_handler *handler, void *context,
                                              struct od_osc_server **server, char *error);
void od_osc_server_free(struct od_osc_server *server);

/** For poll(2). */
int od_osc_server_fd(const struct od_osc_server *server);

/** The port it has. */
unsigned od_osc_server_port(const struct od_osc_server *server);

/** Handles what has come in, at most `max` packets; returns how many. Never waits. */
size_t od_osc_server_receive(struct od_osc_server *server, size_t max);

/** Who sent a packet. */
struct od_osc_peer {
    struct sockaddr_storage address;
    socklen_t size;
    int socket; /**< of the server: the one that it came by */
    bool loopback;
};

bool od_osc_peer_equal(const struct od_osc_peer *a, const struct od_osc_peer *b);

/** While the handler runs: who sent what it is handed. */
const struct od_osc_peer *od_osc_server_peer(const struct od_osc_server *server);

/** Sends a datagram to one who sent something; false if the network does not take it now. */
bool od_osc_server_send(struct od_osc_server *server, const struct od_osc_peer *peer,
                        const void *bytes, size_t size);

/** Packets that were no sound OSC and were ignored. */
uint64_t od_osc_server_malformed(const struct od_osc_server *server);

#endif
