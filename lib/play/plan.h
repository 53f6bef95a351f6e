/* The player's incoming side: steps are turned into agenda items. */
#ifndef OD_PLAN_H
#define OD_PLAN_H

#include "play/state.h"

/** When the next step is to be planned; OD_NSEC_NEVER if none is. */
OD_REALTIME od_nsec od_plan_due(const struct od_player *player);

/** Plans the next step, having done what waits for it; steps whose time is past are skipped and
 * counted. */
OD_REALTIME void od_plan_step(struct od_player *player, od_nsec now);

#endif
