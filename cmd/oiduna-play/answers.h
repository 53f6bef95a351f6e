/* The player: what it is asked, what it answers and what follows. */
#ifndef OD_PLAY_ANSWERS_H
#define OD_PLAY_ANSWERS_H

#include "control.h"

/** Sends a command; nobody waits for its answer. */
void answers_send(struct control *control, const struct od_command *command);

/** Sends a command whose answer is awaited: control->answer says by whom. */
void answers_ask(struct control *control, struct od_command *command);

/** Hands a take over and awaits the answer; takes its reference over. */
void answers_hand_over(struct control *control, struct od_take *take, enum od_when when,
                       int64_t step);

/** Makes a take what plays, as far as is known. */
void answers_set_current(struct control *control, struct od_take *take);

/** The anchor of a start: of the first one what --start-at says, else OD_NSEC_NEVER (at once). */
od_nsec answers_first_start(struct control *control);

/** Starts, unless --paused or it was started before. */
void answers_start(struct control *control);

/** Does what the player's notices ask for. */
void answers_take(struct control *control);

/** Forgets the awaited answer; what waits for its boundary. */
void answers_clear(struct control *control);
void answers_forget_pending(struct control *control);

#endif
