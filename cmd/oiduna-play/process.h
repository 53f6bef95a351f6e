/*
 * What the player thread touches: this struct, what it shares, and nothing else. Everything that
 * runs in that thread is in process.c and, below it, in lib/play.
 */
#ifndef OD_PLAY_PROCESS_H
#define OD_PLAY_PROCESS_H

#include <stdbool.h>

#include "exchange.h"
#include "play/player.h"
#include "world/clock.h"

struct process {
    struct od_player player;
    struct od_clock_offset clock; /* monotonic → wall clock */
    od_nsec next_look;            /* at the wall clock */
    bool noticed;                 /* a notice was pushed since the control thread was woken last */
    struct exchange *exchange;
};

/** Before the thread runs; false if there is no memory. */
bool process_init(struct process *process, const struct od_player_settings *settings,
                  struct exchange *exchange);
void process_clear(struct process *process);

/** The thread: plays until exchange->quit, then stops, every note off. */
OD_REALTIME void process_run(struct process *process);

/** Measures the wall clock, at the beginning. */
OD_REALTIME void process_measure(struct process *process);

#endif
