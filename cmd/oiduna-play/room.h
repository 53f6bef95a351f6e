/* How much memory scores may take. */
#ifndef OD_PLAY_ROOM_H
#define OD_PLAY_ROOM_H

#include "options.h"
#include "score/score.h"

struct room {
    uint64_t max_score;  /**< bytes of one score */
    uint64_t max_memory; /**< bytes of memory that the player may have when one comes */
};

/** OD_OK if there is room for a score of `length` bytes that is in memory already; else OD_EDATA,
 * OD_ENOMEM with one sentence in `error` (OD_SCORE_ERROR_SIZE bytes). */
OD_NODISCARD enum od_status room_check(const struct room *room, uint64_t length, char *error);

#endif
