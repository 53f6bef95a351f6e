/* What the command line and the environment say. Plain data. */
#ifndef OD_SERVE_OPTIONS_H
#define OD_SERVE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/units.h"

#define NAMES_MAX ((size_t)32)

/** Every bound of the server; each is an option. Times in seconds, sizes in bytes. */
struct limits {
    uint64_t max_body;
    uint64_t max_header;
    uint64_t max_connections;
    uint64_t max_per_address; /**< connections of one address; loopback has no share */
    uint64_t max_streams;
    uint64_t max_backlog; /**< unsent bytes of one stream */
    uint64_t max_clients;
    uint64_t max_metadata; /**< of one client, as compact JSON */
    uint64_t max_score;    /**< of one session, compiled */
    uint64_t max_memory;   /**< of the player: a session that would be too much is refused */
    uint64_t max_assets;   /**< all assets together */
    double header_timeout;
    double body_timeout;
    double idle_timeout;   /**< between the requests of a connection */
    double answer_timeout; /**< the player's answer to a command */
    double hang_timeout;   /**< any answer of the player; then another one is started */
    double heartbeat;      /**< between the heartbeats of a stream */
    double drain_timeout;  /**< at the end, for what is being answered */
};

struct options {
    const char *host;
    uint16_t port;
    char *token; /**< owned; NULL = none is asked for */
    bool insecure;
    bool log;
    const char *cors[NAMES_MAX]; /**< further allowed origins, or "*" */
    size_t n_cors;
    const char *names[NAMES_MAX]; /**< further names of this server */
    size_t n_names;
    char *assets;           /**< owned */
    char *player;           /**< owned: path of oiduna-play */
    const char **play_args; /**< owned array: what is passed on to the player */
    size_t n_play_args;
    struct limits limits;
};

enum options_result {
    OPTIONS_GO,
    OPTIONS_DONE,
    OPTIONS_BAD
};

/**
 * Reads the command line over the environment over the defaults; prints help, version and
 * complaints itself, but not that there is no memory. OPTIONS_BAD: `*status` says how to end.
 * Strings point into argv and the environment but for those marked owned. To be cleared in every
 * case.
 */
enum options_result options_read(struct options *options, int argc, char **argv,
                                 enum od_status *status);

void options_clear(struct options *options);

#endif
