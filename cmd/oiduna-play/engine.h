/* The player thread, set up and taken down; what the control thread has of it. */
#ifndef OD_PLAY_ENGINE_H
#define OD_PLAY_ENGINE_H

#include <pthread.h>
#include <stdbool.h>

#include "exchange.h"
#include "options.h"
#include "play/state.h"
#include "setup.h"

struct process;

struct engine {
    struct exchange exchange;
    struct process *process; /* the player thread's alone */
    const struct od_player_counts *counts;
    enum rt_wish rt_wish;
    int rt_priority;
    struct od_rt rt; /* what was granted; valid once the thread has begun */
    pthread_t thread;
    bool running;
    od_nsec started;
};

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

/** Wall clock (ns since 1970) of a monotonic moment; the one minus the other. */
od_nsec engine_wall(const struct engine *engine, od_nsec time);
od_nsec engine_wall_offset(const struct engine *engine);

#endif
