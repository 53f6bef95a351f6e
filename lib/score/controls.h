/* What MIDI has beside notes → the messages that say it, in the order in which they are sent. */
#ifndef OD_CONTROLS_H
#define OD_CONTROLS_H

#include "score/score.h"
#include "text/control.h"

/** Takes one message; they come in their order. */
typedef void od_controls_fn(void *context, const struct od_score_control *message);

/** `note` is that of a key that is pressed. How many messages there are. */
uint32_t od_controls_send(const struct od_control *controls, size_t n, int note,
                          od_controls_fn *take, void *context);

#endif
