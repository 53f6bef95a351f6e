/* What the player says, and what follows from it. */
#ifndef OD_PLAY_ANSWERS_H
#define OD_PLAY_ANSWERS_H

#include "checks.h"
#include "desk.h"

/** Does what a notice asks for. */
void answers_take(struct desk *desk, struct checks *checks, const struct od_notice *notice);

#endif
