/* What a word of a command that is typed could become: commands, tracks, scenes, parameters. */
#ifndef OD_PLAY_COMPLETE_H
#define OD_PLAY_COMPLETE_H

#include "control/prompt.h"

/** `context` is the desk. */
void complete_word(void *context, const char *line, size_t start,
                   struct od_completions *completions);

#endif
