/* What takes share: scores, counted, and what the player's outputs are. */
#ifndef OD_SHARED_H
#define OD_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "score/score.h"

/** A score that programs share; counted. */
struct od_shared_score {
    struct od_score score;
    size_t refs;
    bool alone;     /**< it holds one track and nothing else */
    uint64_t given; /**< bytes that tracks took out of it, to keep them alone */
};

/** Takes over an opened score. NULL (and the score closed) if there is no memory. */
OD_NODISCARD struct od_shared_score *od_shared_score_new(struct od_score *score);

/** Counts one more reference; NULL stays NULL. */
struct od_shared_score *od_shared_score_ref(struct od_shared_score *shared);
void od_shared_score_unref(struct od_shared_score *shared);
const struct od_score *od_shared_score_get(const struct od_shared_score *shared);

/** Where a destination of a message batch is. */
struct od_route {
    const char *id;
    bool midi;
    uint8_t output;      /**< OSC output, or MIDI port */
    const char *address; /**< OSC address */
    uint8_t channel;     /**< default MIDI channel */
};

/** What programs are made for: fixed for the life of the player. */
struct od_live_setup {
    double bpm_override;           /**< 0 = what the score says */
    const struct od_route *routes; /**< the first is "superdirt"; not owned */
    size_t n_routes;
};

#endif
