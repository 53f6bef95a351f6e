/* The commands of the control stream. */
#ifndef OD_PLAY_COMMANDS_H
#define OD_PLAY_COMMANDS_H

#include <stddef.h>

#include "base/buf.h"
#include "desk.h"
#include "score/osc.h"

/** Name of the command number `i`, from 0; NULL behind the last. */
const char *commands_name(size_t i);

/** What the words behind a command are, a letter each: see commands.c. */
const char *commands_form(const char *name);

/** Does one line. What needs the player is answered when it answers; the rest at once. */
void commands_line(struct desk *desk, const char *line, int repeats);

/** Refuses a line that holds a byte 0 behind `line`: what stands before it may mean something else.
 */
void commands_refuse_nul(struct desk *desk, const char *line);

/** Takes a score over: malloc'ed bytes, freed in every case. */
void commands_score(struct desk *desk, void *bytes, size_t length);

/** Makes the take of what waits anew, of another base; `*take` stays as it is if it cannot be done,
 * which is said. */
void commands_make(struct desk *desk, const struct waiting_entry *entry, struct od_take *base,
                   struct od_take **take);

/** Forgets what score-id and apply said of the next score: it has come, whole or not. */
void commands_forget_next(struct desk *desk);

/** The OSC form: "/oiduna/bpm" with arguments → a line. False if the address is not ours, an
 * argument no number, or there is no memory. */
bool commands_from_osc(const char *path, const char *types, const struct od_osc_arg *args, size_t n,
                       struct od_buf *line);

#endif
