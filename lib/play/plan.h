/* The player's incoming side: steps are turned into agenda items, programs taken over. */
#ifndef OD_PLAN_H
#define OD_PLAN_H

#include "play/player.h"

/** When the next step is to be planned; OD_NSEC_NEVER if none is. */
OD_REALTIME od_nsec od_plan_due(const struct od_player *player);

/** How long before its grid time a step is planned: the look-ahead and the earliest event's lead.
 */
OD_REALTIME od_nsec od_plan_lead(const struct od_player *player);

/** The step that sounds at `now`; the place, while nothing plays. */
OD_REALTIME int64_t od_plan_current(const struct od_player *player, od_nsec now);

/** Plans the next step; steps whose time is past are skipped and counted. */
OD_REALTIME void od_plan_step(struct od_player *player, od_nsec now);

/** Puts a program in the place of the one that plays, from `next_step` on. */
OD_REALTIME void od_plan_take_over(struct od_player *player, struct od_program *program,
                                   od_nsec now);

/** Pushes an item, pinning its program; if there is no room the event is counted as lost. */
OD_REALTIME void od_plan_push(struct od_player *player, const struct od_agenda_item *item);

/** Pushes a MIDI message without channel (clock, Start, …) for every port. */
OD_REALTIME void od_plan_clock(struct od_player *player, od_nsec time, int64_t step,
                               const unsigned char *bytes, unsigned size);

/** Pushes Stop for every port, if there is a MIDI clock. */
OD_REALTIME void od_plan_clock_stop(struct od_player *player, od_nsec time);

#endif
