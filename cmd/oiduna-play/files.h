/* The score files of the command line, one after another. */
#ifndef OD_PLAY_FILES_H
#define OD_PLAY_FILES_H

#include "control.h"

/** Opens them all; the exit status (all has been said), or 0. */
int files_load(struct control *control);

/** Hands the first one over. */
void files_begin(struct control *control);

/** Notes that `take` plays: if its turn has come in the list, the next is handed over. */
void files_playing(struct control *control, const struct od_take *take);

/** HUP: they are read again; what plays is replaced at the next bar. */
void files_reload(struct control *control);

#endif
