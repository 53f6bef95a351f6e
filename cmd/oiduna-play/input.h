/* Commands and scores as they come in: by standard input, by OSC. */
#ifndef OD_PLAY_INPUT_H
#define OD_PLAY_INPUT_H

#include "desk.h"
#include "partners.h"
#include "score/osc.h"

struct input;

/** NULL if there is no memory. */
struct input *input_new(struct desk *desk, struct partners *partners);
void input_free(struct input *input);

/** Listens on --control-port, if it is given; the exit status (all has been said), or 0. */
int input_open(struct input *input);

/** The server of --control-port; NULL without it. */
struct od_osc_server *input_server(const struct input *input);

/** From now on standard input is read. */
void input_begin(struct input *input);

/** For poll: standard input, and the socket of OSC; −1 where nothing is wanted now. */
int input_fd(const struct input *input);
int input_osc_fd(const struct input *input);

/** Reads a piece of standard input; call it when poll says so. */
void input_read(struct input *input);

/** The same for a piece that was read; of no bytes: it has ended. */
void input_feed(struct input *input, const void *bytes, size_t size);

/** Takes a line that was typed elsewhere than in standard input. */
void input_type(struct input *input, const char *line);

/** Reads what has come by OSC. */
void input_receive(struct input *input);

/** Handler of the OSC server: queues a command line. */
void input_osc(void *context, const char *path, const char *types, const struct od_osc_arg *args,
               size_t n_args);

/** Does what has come in, one command after another, each when the one before has its answer. */
void input_do(struct input *input);

/** When the input is over and all of it is done: plays on, or ends. */
void input_at_end(struct input *input);

/** Says that half a line or score waits, once it has waited for long. */
void input_watch(struct input *input, od_nsec now);

/** When that is. */
od_nsec input_next(const struct input *input);

#endif
