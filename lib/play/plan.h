/* The player's incoming side: steps are turned into agenda items. */
#ifndef OD_PLAN_H
#define OD_PLAN_H

#include "play/state.h"

/** When the next step is to be planned; OD_NSEC_NEVER if none is. */
OD_REALTIME od_nsec od_plan_due(const struct od_player *player);

/** Plans the next step, having done what waits for it; steps whose time is past are skipped and
 * counted. */
OD_REALTIME void od_plan_step(struct od_player *player, od_nsec now);

/**
 * Goes through the steps that are past, with all that is to be done on the way, so that scene,
 * mutes and every tempo are as with those who were there; of who does not just join they are
 * counted. In a song it waits for each entry, see od_section_waits: then it goes on at the next
 * od_plan_step.
 */
OD_REALTIME void od_plan_catch_up(struct od_player *player, od_nsec now);

#endif
