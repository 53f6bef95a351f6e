/* Asks the player, unasked, whether it answers and what ports there are: who asks us is answered at
 * once. */
#ifndef OD_SERVE_PULSE_H
#define OD_SERVE_PULSE_H

#include <event2/event.h>

struct child;
struct model;
struct pulse;

/** NULL: out of memory. Both must live longer than the player answers. */
struct pulse *pulse_new(struct model *model);

void pulse_free(struct pulse *pulse);

/** To be called once a second: a player that does not answer is found out by asking. */
void pulse_beat(struct pulse *pulse, struct child *child);

/** Asks for the MIDI ports, unless that was asked and is not answered yet. */
void pulse_look(struct pulse *pulse, struct child *child);

#endif
