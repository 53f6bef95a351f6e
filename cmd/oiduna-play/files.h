/* The score files of the command line, one after another: whose turn it is, what follows. */
#ifndef OD_PLAY_FILES_H
#define OD_PLAY_FILES_H

#include "conversation.h"
#include "options.h"
#include "say.h"
#include "setup.h"

struct files;

/** NULL if there is no memory. */
struct files *files_new(const struct options *options, const struct setup *setup,
                        struct speech *speech, struct conversation *conversation);
void files_free(struct files *files);

/** Opens them all; the exit status (all has been said), or 0. */
int files_load(struct files *files);

/** Hands the first one over, and when all of them are over; it is returned, NULL if there are
 * none. */
struct od_take *files_begin(struct files *files);

/** How many steps there are until all are over, as far as is known; INT64_MAX = for ever. Without
 * files --loops and --bars end a control stream: its first score's loops or passes count. */
int64_t files_steps(const struct files *files);

/** Notes that `take` plays: if its turn has come in the list, the next is handed over. Without a
 * list, the first one says when all is over. */
void files_playing(struct files *files, struct od_take *take);

/** What was handed over and does not play yet is made anew of what does, if it was changed. */
void files_settle(struct files *files, struct od_take *current);

/** Notes that all stopped: whose turn it is begins anew at step 0. */
void files_stopped(struct files *files);

/** HUP: they are read again; what plays is replaced at the next bar. */
void files_reload(struct files *files, const struct session_state *session);

#endif
