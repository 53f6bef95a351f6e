/* The terminal that commands are typed at, by way of the prompt: standard input, or beside it. */
#ifndef OD_PLAY_TYPING_H
#define OD_PLAY_TYPING_H

#include "input.h"

/** What is to be polled for standard input; −1 = nothing now. Keys are taken whatever is awaited.
 */
int typing_fd(const struct desk *desk, const struct input *input);

/** The same for the terminal beside it. */
int typing_aside_fd(const struct desk *desk);

/** Reads standard input; the terminal beside it. */
void typing_read(struct desk *desk, struct input *input);
void typing_read_aside(struct desk *desk, struct input *input);

#endif
