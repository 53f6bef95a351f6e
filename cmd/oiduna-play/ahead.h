/* What waits is made of what will play before it: made anew whenever that becomes another. */
#ifndef OD_PLAY_AHEAD_H
#define OD_PLAY_AHEAD_H

#include "desk.h"

/** Makes anew what is not made of what comes before it any more, and sends it to the player. What
 * cannot be made is said and cancelled. */
void ahead_settle(struct desk *desk);

#endif
