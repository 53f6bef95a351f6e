/* The commands of the control stream. */
#ifndef OD_PLAY_COMMANDS_H
#define OD_PLAY_COMMANDS_H

#include <stddef.h>

#include "control.h"

/** Does one line. What needs the player sets control->answer; the rest is answered at once. */
void commands_line(struct control *control, const char *line, int repeats);

/** Takes a score over: malloc'ed bytes, freed in every case. */
void commands_score(struct control *control, void *bytes, size_t length);

/** Forgets what score-id and apply said of the next score: it has come, whole or not. */
void commands_forget_next(struct control *control);

/** The OSC form: "/oiduna/bpm" with arguments → a line. False if the address is not ours, an
 * argument no number, or there is no memory. */
bool commands_from_osc(const char *path, const char *types, const struct od_osc_arg *args, size_t n,
                       struct od_buf *line);

#endif
