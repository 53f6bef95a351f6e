/* What waits is made of what will play before it: made anew whenever that becomes another. */
#ifndef OD_PLAY_AHEAD_H
#define OD_PLAY_AHEAD_H

#include "desk.h"

/** Makes anew what is not made of what comes before it any more, and sends it to the player. What
 * cannot be made is said and cancelled. */
void ahead_settle(struct desk *desk);

/** A take was taken over that knows nothing of what was changed in `before`, which played until
 * then: what is missing is handed over now. */
void ahead_catch_up(struct desk *desk, struct od_take *take, struct od_take *before);

#endif
