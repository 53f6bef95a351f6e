/* Is SuperDirt there? Asks /dirt/handshake now and then; its answer alone counts. */
#ifndef OD_SUPERDIRT_H
#define OD_SUPERDIRT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/units.h"

#define OD_SUPERDIRT_EVERY   (2 * OD_NSEC_PER_SEC)
#define OD_SUPERDIRT_PATIENT (5 * OD_NSEC_PER_SEC) /* without an answer so long it is missing */

struct od_superdirt {
    int fd; /**< for poll(2); −1 = closed */
    od_nsec next_ask;
    od_nsec asked;       /**< when the oldest unanswered question was sent; OD_NSEC_NEVER = none */
    od_nsec since;       /**< when waiting for an answer began: opening, or the last answer */
    od_nsec last_answer; /**< OD_NSEC_NEVER = none yet */
    od_nsec round_trip;  /**< of the last answer */
    int server_port;     /**< scsynth's, as it said; −1 = did not say */
    uint64_t answers;
    uint64_t malformed;
    bool present; /**< answered within OD_SUPERDIRT_PATIENT */
    bool known;   /**< `present` has been said once */
};

enum od_superdirt_change {
    OD_SUPERDIRT_NOTHING,
    OD_SUPERDIRT_PRESENT,
    OD_SUPERDIRT_MISSING
};

/** Takes over `fd`, a datagram socket of its own that is connected to SuperDirt; asks at the first
 * poll. */
void od_superdirt_open(struct od_superdirt *superdirt, int fd, od_nsec now);
void od_superdirt_close(struct od_superdirt *superdirt);

/** Takes answers, asks if it is time, says what changed. Never waits. Call it when `fd` is readable
 * or at od_superdirt_next. */
enum od_superdirt_change od_superdirt_poll(struct od_superdirt *superdirt, od_nsec now);

/** When to poll again at the latest. */
od_nsec od_superdirt_next(const struct od_superdirt *superdirt);

#endif
