/* Standard input where it is a terminal that commands are typed at: by way of the prompt. */
#ifndef OD_PLAY_TYPING_H
#define OD_PLAY_TYPING_H

#include "input.h"

/** What is to be polled for standard input; −1 = nothing now. Keys are taken whatever is awaited.
 */
int typing_fd(const struct desk *desk, const struct input *input);

/** Reads it. */
void typing_read(struct desk *desk, struct input *input);

#endif
