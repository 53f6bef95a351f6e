/*
 * The player's core: the tick. No clock, no I/O, no global: time comes in, messages go out through
 * a table of functions. The same code runs in the real-time thread and in virtual time.
 *
 * What the player plays is one program; what follows it in a list is kept apart from the commands
 * that wait for their step or time, so that neither touches the other. A command that waits acts
 * exactly at its step: what is planned a look-ahead early is planned with it.
 */
#ifndef OD_PLAYER_H
#define OD_PLAYER_H

#include "play/state.h"

/** Sets a zeroed player up; false if there is no memory. */
OD_NODISCARD bool od_player_init(struct od_player *player,
                                 const struct od_player_settings *settings,
                                 const struct od_player_ops *ops, void *context);

/** Frees agenda and timeline. Programs are handed back by od_player_drain. */
void od_player_clear(struct od_player *player);

/** Does what `command` says at `now`, or keeps it until it is due. */
OD_REALTIME void od_player_command(struct od_player *player, const struct od_command *command,
                                   od_nsec now);

/** From now on the wall clock (ns since 1970) is the player's time plus `offset`. */
OD_REALTIME void od_player_wall(struct od_player *player, od_nsec offset);

/** Does all that is due at `now`, in order of time. */
OD_REALTIME void od_player_run(struct od_player *player, od_nsec now);

/**
 * Goes through what od_player_run will do next without doing it, so that it is in the caches when
 * its time comes. Nothing that anybody can see changes.
 */
OD_REALTIME void od_player_rehearse(struct od_player *player);

/** When od_player_run has something to do next; OD_NSEC_NEVER if nothing. */
OD_REALTIME od_nsec od_player_next(const struct od_player *player);

/** Stops at `now`, every note off, and hands all programs back (OD_NOTICE_RETIRED). */
OD_REALTIME void od_player_drain(struct od_player *player, od_nsec now);

#endif
