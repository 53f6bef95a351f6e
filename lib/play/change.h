/* What commands do to the player, at once or at the step that is planned next. */
#ifndef OD_CHANGE_H
#define OD_CHANGE_H

#include "play/state.h"

/**
 * Does what a command says. `timed`: at the step that is planned next, which sounds later, so that
 * all planned before is still heard; else at `now`. A PROGRAM is taken over, or handed back if it
 * is an edit of what does not play any more; a CANCEL, a FOLLOW, and when a command is to act, are
 * not its matter.
 */
OD_REALTIME void od_change_act(struct od_player *player, const struct od_command *command,
                               bool timed, od_nsec now);

/** False for a number that would make of what holds what cannot be: it is not to act. */
OD_REALTIME bool od_change_fits(const struct od_player *player, const struct od_command *command);

/** Puts a program in the place of the one that plays, from `next_step` on; one that begins at its
 * top has it at `top`. */
OD_REALTIME void od_change_take_over(struct od_player *player, struct od_program *program,
                                     int64_t top, od_nsec now);

/** True for an edit of a session or scene that does not play any more. */
OD_REALTIME bool od_change_is_stale(const struct od_player *player,
                                    const struct od_program *program);

/** Drops what waits and `drop` wants dropped, programs handed back; says it (one DROPPED, with
 * `request`) and returns how many, with their greatest number in `*change`. */
typedef bool od_change_drop_fn(const struct od_waiting *waiting, uint64_t change, bool clocked);
OD_REALTIME size_t od_change_drop(struct od_player *player, od_change_drop_fn *drop,
                                  uint64_t change, uint64_t request);

/** Does all that is due at the step that is planned next, in its order: what follows in the list
 * or song, then commands. */
OD_REALTIME void od_change_due(struct od_player *player, od_nsec now);

/** While nothing plays: does what the wall clock has come to. */
OD_REALTIME void od_change_due_clock(struct od_player *player, od_nsec now);

/** When the first of those is due while nothing plays; OD_NSEC_NEVER if none waits. */
OD_REALTIME od_nsec od_change_clock_due(const struct od_player *player);

/** While it plays: the step that is due at a moment of the wall clock: the nearest. */
OD_REALTIME int64_t od_change_step_of(const struct od_player *player, od_nsec wall);

/** The step before which something changes what plays; INT64_MAX if nothing waits. */
OD_REALTIME int64_t od_change_next_step(const struct od_player *player);

/** The next step is the first that is played: also of who joined late, once he has gone through
 * what is past. */
OD_REALTIME void od_change_play_on(struct od_player *player, od_nsec now);

/** All notes and clocks off at `now`, nothing planned any more. */
OD_REALTIME void od_change_silence(struct od_player *player, od_nsec now);

#endif
