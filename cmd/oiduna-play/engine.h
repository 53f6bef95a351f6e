/* The player thread and what it shares with the control thread. */
#ifndef OD_PLAY_ENGINE_H
#define OD_PLAY_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "options.h"
#include "play/player.h"
#include "setup.h"
#include "world/clock.h"
#include "world/metrics.h"
#include "world/midiout.h"
#include "world/ring.h"
#include "world/rt.h"
#include "world/udp.h"

/** Two threads: what is the player's is marked; the rest is atomic or set before the thread runs.
 */
struct engine {
    struct od_player player; /* the player's */
    struct od_udp outputs[OD_OUTPUTS_MAX];
    size_t n_outputs;
    struct od_udp show; /* copies for --show; fd -1 = none */
    struct od_midiout midi;
    struct od_ring commands; /* control → player: struct od_command */
    struct od_ring notices;  /* player → control: struct od_notice */
    struct od_waker waker;   /* wakes the player */
    int notice_event;        /* eventfd: wakes the control thread */
    bool noticed;            /* the player's: a notice was pushed since the last waking */
    struct od_histogram tick, lateness;
    struct od_clock_offset clock;  /* the player's: monotonic → wall clock */
    _Atomic int64_t wall_offset;   /* the same for the control thread */
    _Atomic uint64_t lost_notices; /* positions that found no room */
    _Atomic bool quit;
    enum rt_wish rt_wish;
    int rt_priority;
    struct od_rt rt; /* what was granted; valid once `ready` is posted */
    struct od_waker ready;
    pthread_t thread;
    bool running;
    od_nsec started;
};

/** A MIDI message as --show gets it beside the bundles; first byte OD_SHOW_MIDI. */
struct engine_show_midi {
    unsigned char mark, size, bytes[3];
    int64_t step;
    od_nsec time;
};
#define ENGINE_SHOW_MIDI 'M'

/** NULL if there is no memory. Nothing is open yet. */
struct engine *engine_new(void);

/** Ends the thread if it runs, closes everything. */
void engine_free(struct engine *engine);

/**
 * Opens outputs and rings; the exit status (all has been said), or 0. A wrong host name is an
 * error, nobody listening is not.
 */
int engine_init(struct engine *engine, const struct options *options, const struct setup *setup);

/** Starts the thread; the exit status, or 0. After it, `rt` says what was granted. */
int engine_start(struct engine *engine, const struct options *options);

/** Sends a command; false if the queue is full. */
bool engine_send(struct engine *engine, const struct od_command *command);

/** Ends the thread: stopped, every note off. Its last notices can still be read. */
void engine_stop(struct engine *engine);

/** Wall clock (ns since 1970) of a monotonic moment. */
od_nsec engine_wall(const struct engine *engine, od_nsec time);

#endif
