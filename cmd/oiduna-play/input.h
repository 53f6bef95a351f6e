/* Commands and scores as they come in: standard input, OSC. */
#ifndef OD_PLAY_INPUT_H
#define OD_PLAY_INPUT_H

#include "control.h"

/** Reads a piece of standard input; call it when poll says so. */
void input_read(struct control *control);

/** Does what has come in, one command after another, each when the one before has its answer. */
void input_do(struct control *control);

/** When the input is over and all of it is done: plays on, or ends. */
void input_at_end(struct control *control);

/** Handler of the OSC server: queues a command line. */
void input_osc(void *context, const char *path, const char *types, const struct od_osc_arg *args,
               size_t n_args);

/** OSC packets and messages that were no commands, or came faster than they can be done. */
uint64_t input_ignored(const struct control *control);

#endif
