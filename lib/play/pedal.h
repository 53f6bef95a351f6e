/* What makes notes go on beside themselves: pedals that are down, a pitch that is bent. At rest
 * none is, if the settings say so. */
#ifndef OD_PEDAL_H
#define OD_PEDAL_H

#include "play/state.h"

/** A control change or pitch bend of three bytes was sent. */
OD_REALTIME void od_pedal_note(struct od_player *player, unsigned port,
                               const unsigned char bytes[3]);

/** Sends a message that belongs to no voice. */
OD_REALTIME void od_pedal_send(struct od_player *player, unsigned port,
                               const unsigned char bytes[3], int64_t step, od_nsec time);

/** Lets go of every pedal of a port that was sent down and centres every pitch that was sent bent;
 * the next start sends all controllers anew. */
OD_REALTIME void od_pedal_let_go(struct od_player *player, unsigned port, od_nsec time);

/** Plans the same for what the program before moved and nothing in the present one does, where it
 * begins. */
OD_REALTIME void od_pedal_plan(struct od_player *player);

/** A curve's place in od_player.controls. */
OD_REALTIME unsigned od_pedal_slot(const struct od_score_curve *curve);

#endif
