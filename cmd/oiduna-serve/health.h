/* Whether the player is well, found out beforehand: who asks is answered at once. */
#ifndef OD_SERVE_HEALTH_H
#define OD_SERVE_HEALTH_H

#include "app.h"

/** To be called once a second: a player that does not answer is found out by asking. */
void health_pulse(struct app *app);

/** Asks the player for its MIDI ports, unless it was asked and has not answered yet. */
void health_look(struct app *app);

#endif
