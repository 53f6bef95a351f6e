/* What a MIDI track begins with, and other messages that are no notes. */
#ifndef OD_INIT_H
#define OD_INIT_H

#include "play/state.h"

/** Pushes messages of a voice, each with its rank; `item` has time, step, port, voice and
 * generation already. They count as sent for the curves. */
OD_REALTIME void od_init_messages(struct od_player *player, const struct od_voice *voice,
                                  const struct od_score_control *controls, uint32_t n,
                                  struct od_agenda_item item);

/** What the tracks of the program begin with, at the next step; not of those that began in the same
 * way in `old`, which may be NULL. */
OD_REALTIME void od_init_plan(struct od_player *player, const struct od_program *old);

/** The same at `now` of all tracks on a port, which has just come back. */
OD_REALTIME void od_init_port(struct od_player *player, unsigned port, od_nsec now);

#endif
