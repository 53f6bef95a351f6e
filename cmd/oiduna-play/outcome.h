/* What a command made, as its answer tells it: members of the event, and words for people. */
#ifndef OD_PLAY_OUTCOME_H
#define OD_PLAY_OUTCOME_H

#include <stddef.h>

#include "base/buf.h"
#include "control/live.h"
#include "play/command.h"

/** Zero-initialised is nothing. */
struct outcome {
    struct od_buf members; /* each with its comma in front */
    struct od_buf words;   /* "hat gain 0.5" */
    size_t told;
};

void outcome_clear(struct outcome *outcome);

/** For people; "" if there is nothing to tell, or no memory. */
const char *outcome_words(struct outcome *outcome);

/** Adds the members to an event. */
void outcome_add(const struct outcome *outcome, struct od_buf *line);

/** A parameter that a take has now. Then outcome_end. */
void outcome_value(struct outcome *outcome, const struct od_take *take, const char *id,
                   const char *param);
void outcome_end(struct outcome *outcome);

/** Whether tracks are "muted" or "solo" now. Then outcome_end. */
void outcome_switch(struct outcome *outcome, const char *what, const char *id, bool on);

/** What is as it was loaded: a parameter of a track, all of it (NULL), or all tracks (both NULL).
 */
void outcome_reset(struct outcome *outcome, const char *track, const char *param);

/** Which scene it is; "" is none, the session. */
void outcome_scene(struct outcome *outcome, const char *scene);

/** Tempo, swing or gate, by the name of their command. */
void outcome_environment(struct outcome *outcome, const char *command,
                         const struct od_notice *notice);

#endif
