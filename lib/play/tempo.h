/*
 * The tempo: what it is at the step that is planned next. It is set, moves over steps (the ramp of
 * the transport, which is there while nothing plays too), or follows the tempo map: at which steps
 * of what plays it changes. The map is the player's, copied from the part that sets the
 * environment, because parts without one leave it running. Whatever changes the tempo ends a ramp.
 */
#ifndef OD_TEMPO_H
#define OD_TEMPO_H

#include "play/state.h"

/** Is that the map that is there? */
OD_REALTIME bool od_tempo_is_loaded(const struct od_player *player,
                                    const struct od_program *program);

/** Takes the map of a program that sets the environment; the top is the player's already. */
OD_REALTIME void od_tempo_load(struct od_player *player, const struct od_program *program);

/** Sets it. Who leads says the tempo; of one that is lost it is the last, until somebody says
 * another. */
OD_REALTIME void od_tempo_set(struct od_player *player, double bpm);

/** Somebody changes it, within `steps` (0: at once): the map is scaled with it. */
OD_REALTIME void od_tempo_change(struct od_player *player, double bpm, int64_t steps);

/** No ramp any more: the tempo stays what it became. */
OD_REALTIME void od_tempo_end_ramp(struct od_player *player);

/** Puts a step at a time, to go on from there. */
OD_REALTIME void od_tempo_anchor(struct od_player *player, int64_t step, od_nsec time);

/** Before the next step is planned: what the ramp and the map make it there. Says it if the map has
 * another, or the ramp is over. */
OD_REALTIME void od_tempo_follow(struct od_player *player, od_nsec now);

/** The place was said, and the tempo there comes otherwise: the map goes on from it. */
OD_REALTIME void od_tempo_place(struct od_player *player);

/** How long before the next step an event may sound that comes up to `steps` (0 to 1) before its
 * own step: longer than now where the map is about to slow down. */
OD_REALTIME od_nsec od_tempo_reach(const struct od_player *player, double steps);

/** How long before its grid time the next step is planned: the look-ahead and the earliest event's
 * lead, as od_state_lead, with the map that lies ahead. */
OD_REALTIME od_nsec od_tempo_lead(const struct od_player *player);

/** The next step at which the map changes the tempo; INT64_MAX if it does not. */
OD_REALTIME int64_t od_tempo_turn(const struct od_player *player);

#endif
