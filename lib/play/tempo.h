/* The tempo map: at which steps of what plays the tempo changes. It is the player's, copied from
 * the part that sets the environment, because parts without one leave it running. */
#ifndef OD_TEMPO_H
#define OD_TEMPO_H

#include "play/state.h"

/** Takes the map of a program that sets the environment; the top is the player's already. */
OD_REALTIME void od_tempo_load(struct od_player *player, const struct od_program *program);

/** The tempo was changed otherwise: the whole map is scaled by its ratio to that of the moment. */
OD_REALTIME void od_tempo_scale(struct od_player *player);

/** Before the next step is planned: the tempo that the map has there. Says it if it is another. */
OD_REALTIME void od_tempo_follow(struct od_player *player, od_nsec now);

/** The next step at which the map changes the tempo; INT64_MAX if it does not. */
OD_REALTIME int64_t od_tempo_turn(const struct od_player *player);

#endif
