/* What is said of a take that is taken over, because it will not be heard as it was meant. */
#ifndef OD_PLAY_CHECKS_H
#define OD_PLAY_CHECKS_H

#include "connections.h"
#include "control/live.h"

/** What was said already; zero-initialised is nothing. */
struct checks {
    bool no_midi, no_events;
    unsigned dense; /* messages of the densest step */
};

void checks_say(struct checks *checks, struct speech *speech, const struct options *options,
                const struct connections_facts *facts, struct od_take *take);

#endif
