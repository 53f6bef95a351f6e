/*
 * Who asked to be told what a player does: a table of fixed size over an OSC server. Nobody is told
 * who did not ask, and nobody longer, or more, than one question is worth: what goes out for a
 * packet that came in is bounded, and only goes to where that came from.
 *
 *     /oiduna/subscribe            from this machine: heard at once
 *     /oiduna/subscribe TOKEN      from another one, if there is a token
 *     /oiduna/challenge WORD       is what another machine gets; it has to come back,
 *     /oiduna/subscribe [TOKEN] WORD   so that nobody asks in another's name
 */
#ifndef OD_AUDIENCE_H
#define OD_AUDIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "score/osc.h"
#include "world/osc_server.h"

#define OD_AUDIENCE_MAX   16
#define OD_AUDIENCE_HOLDS (10 * OD_NSEC_PER_SEC) /* who is silent for so long is told nothing */
#define OD_AUDIENCE_MOST  256                    /* messages for one question */
#define OD_AUDIENCE_WORD  17                     /* bytes of a challenge with its NUL */

struct od_listener {
    struct od_osc_peer peer;
    od_nsec until; /* 0 = a free place */
    unsigned left; /* messages */
    bool proved;   /* it is where it says */
    bool fresh;    /* it was not told how things are */
    char word[OD_AUDIENCE_WORD];
};

/** Zero-initialise, then set `server`, and who may ask from elsewhere. */
struct od_audience {
    struct od_osc_server *server;
    bool open;         /**< other machines may ask without a token */
    const char *token; /**< … or with this one; NULL = none; not owned */
    struct od_listener listeners[OD_AUDIENCE_MAX];
    uint64_t refused; /**< questions */
    uint64_t sent;    /**< messages */
};

/** A question of the server's peer came in. `args` are its words. */
void od_audience_ask(struct od_audience *audience, const char *types, const struct od_osc_arg *args,
                     size_t n_args, od_nsec now);

/** Is anybody there? */
bool od_audience_any(const struct od_audience *audience, od_nsec now);

/** True if somebody came who was not told anything: what is told next should be all. */
bool od_audience_fresh(struct od_audience *audience);

/** Tells a message to all. */
void od_audience_tell(struct od_audience *audience, const char *address, struct od_osc_arg *args,
                      size_t n_args, od_nsec now);

#endif
