/*
 * In place of cmd/oiduna-link/link.cpp, so that a test can let the calls of oiduna-link fail and
 * not those of the library: a session of its own where another is from the second look to the
 * fourth.
 */
#include "../../cmd/oiduna-link/link.h"

#include <stdlib.h>

#include "world/clock.h"

struct od_link {
    double bpm;
    unsigned looks;
    bool joined, playing;
};

struct od_link *
od_link_new(double bpm)
{
    struct od_link *link = calloc(1, sizeof *link);
    if (link != NULL) {
        link->bpm = bpm;
    }
    return link;
}

void
od_link_free(struct od_link *link)
{
    free(link);
}

bool
od_link_join(struct od_link *link, bool start_stop)
{
    void *memory = malloc(1); /* what the library needs */
    link->joined = memory != NULL;
    link->playing = start_stop;
    free(memory);
    return link->joined;
}

bool
od_link_read(struct od_link *link, double quantum, struct od_link_state *state)
{
    link->looks++;
    *state = (struct od_link_state){.time = od_clock_now(),
                                    .bpm = link->bpm,
                                    .beat = quantum / 2,
                                    .playing = link->playing,
                                    .peers = link->looks > 1 && link->looks < 5};
    return true;
}

bool
od_link_tempo(struct od_link *link, double bpm)
{
    link->bpm = bpm;
    return true;
}

bool
od_link_place(struct od_link *link, double beat, double quantum)
{
    (void)beat;
    (void)quantum;
    return link->joined;
}

bool
od_link_play(struct od_link *link, bool playing)
{
    link->playing = playing;
    return true;
}
