/* Events of one step → OSC bundles: templates copied, slots filled. The inner loop of the tick. */
#ifndef OD_PACK_H
#define OD_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "play/program.h"

#define OD_PACKET_LIMIT_LOOPBACK 60000 /* bytes of a datagram to this machine */
#define OD_PACKET_LIMIT_NETWORK  1400  /* to any other: fits an Ethernet frame */
#define OD_PACKET_BUFFER         65536

/** What is the same for all events of a step. */
struct od_pack_step {
    int64_t since;              /**< steps after the top */
    struct od_moment at;        /**< where that is for what moves; set by the caller */
    double step_seconds;        /**< length of a step */
    double default_gate;        /**< steps */
    double gain_limit;          /**< no message is louder; INFINITY = none */
    uint32_t cps, cycle, delta; /**< as they lie in the message */
};

OD_REALTIME struct od_pack_step od_pack_step_of(int64_t since, double bpm, double default_gate);

/** A bundle being filled. `bytes` begins with a bundle header whose time tag the sender sets. */
struct od_bundle {
    unsigned char *bytes; /**< OD_PACKET_BUFFER bytes, not owned */
    size_t length;
    size_t limit; /**< of a datagram */
    bool loud;    /**< a gain was brought down to the limit since this was set false */
};

/** Empties a bundle: only the header is left. */
OD_REALTIME void od_bundle_reset(struct od_bundle *bundle);

/**
 * Appends an OSC voice's event: of `messages` (by variant, see od_event_messages) those from number
 * `first` on, until all are in or the next would exceed the limit (a single one may, alone in its
 * bundle). Returns the number of the next message: less than the voice's n_messages if the bundle
 * must be sent first.
 */
OD_REALTIME unsigned od_pack_event(const struct od_voice *voice, const struct od_event *event,
                                   const struct od_score_message *const *messages,
                                   const struct od_pack_step *step, unsigned first,
                                   struct od_bundle *bundle);

#endif
