/* The entries of a song: what follows what plays, at exactly its step. */
#ifndef OD_SECTION_H
#define OD_SECTION_H

#include "play/state.h"

/** Keeps what an OD_COMMAND_ENTRY brings, or hands it back; `place` −1: nothing follows. */
OD_REALTIME void od_section_follow(struct od_player *player, const struct od_command *command);

/** Nothing follows any more. */
OD_REALTIME void od_section_leave(struct od_player *player);

/** Before the next step is planned: takes out what follows there, be it late; false if nothing
 * does. */
OD_REALTIME bool od_section_take(struct od_player *player, struct od_section_next *next);

/**
 * Must who goes through steps that are past wait for what follows in the song? Another entry may
 * bring another tempo, so it cannot be skipped. For a second at most: the music does not depend on
 * who hands entries over.
 */
OD_REALTIME bool od_section_waits(struct od_player *player, od_nsec now);

/** The place moved on by so many steps without playing: the song plays on behind them. */
OD_REALTIME void od_section_move(struct od_player *player, int64_t steps);

/** Does an OD_COMMAND_PLACE. */
OD_REALTIME void od_section_place(struct od_player *player, const struct od_command *command);

#endif
