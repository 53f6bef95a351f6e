/* The switch of one track, by its id. */
#ifndef SWITCHES_H
#define SWITCHES_H

#include <string.h>

#include "control/live.h"

static inline enum od_status
switch_one(struct od_take *base, enum od_switch which, const char *id, bool on,
           struct od_take **take)
{
    static uint8_t wanted[OD_TRACKS_MAX];
    for (size_t i = 0; i < od_take_tracks(base); i++) {
        bool meant = strcmp(od_take_track(base, i).id, id) == 0;
        wanted[i] = !meant ? OD_WANTED_AS_IT_IS : on ? OD_WANTED_ON : OD_WANTED_OFF;
    }
    return od_take_switch(base, which, wanted, take);
}

#endif
