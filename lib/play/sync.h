/*
 * Following: another clock says where it is ("at this time the position is that, the tempo so"),
 * and the steps that are not planned yet are moved to where it will be. Pure and in virtual time:
 * the master's word and the time come in, the player's transport and its next step are changed.
 */
#ifndef OD_SYNC_H
#define OD_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"
#include "play/transport.h"

#define OD_SYNC_LOST (2 * OD_NSEC_PER_SEC) /* after so long without a word the master is lost */
#define OD_SYNC_PAST 64                    /* pieces of the grid that are remembered */
#define OD_SYNC_FAR  (INT64_C(1) << 61)    /* some 73 years */

enum od_sync_state {
    OD_SYNC_OFF,
    OD_SYNC_LOCKED,  /**< the master was heard within OD_SYNC_LOST */
    OD_SYNC_HOLDING, /**< it was not: its last tempo is kept */
};

/** What a master says. */
struct od_sync_line {
    double step;  /**< within ±OD_POSITION_MAX */
    double bpm;   /**< OD_BPM_MIN..OD_BPM_MAX */
    od_nsec time; /**< within ±OD_SYNC_FAR; what is past or to come is reckoned to now */
};

/** The grid of a player: what it has planned is never touched, what it has not is moved. */
struct od_sync_grid {
    struct od_transport *transport;
    int64_t *next_step; /**< the next to be planned */
};

/** Zero-initialised is OD_SYNC_OFF. */
struct od_sync {
    enum od_sync_state state;
    struct od_transport master; /**< valid unless OD_SYNC_OFF */
    od_nsec heard;              /**< when it last said something */
    enum {
        OD_SYNC_IN_STEP,
        OD_SYNC_SLEWS, /**< steps are a little longer or shorter until `until` */
        OD_SYNC_JUMPS  /**< at `jump_time` the step is `until` */
    } move;
    int64_t until;
    od_nsec jump_time;
    uint64_t jumps; /**< made */
    uint64_t lost;  /**< how often the master was */
    /* The grid as it was planned, newest at `n_past` − 1 modulo OD_SYNC_PAST. */
    struct od_transport past[OD_SYNC_PAST];
    uint64_t n_past;
};

/**
 * The master said something, at `now`. A grid that plays is bent: an error of up to half a step is
 * gone within a beat, a greater one at the master's next bar. `grid` NULL: nothing plays.
 */
OD_REALTIME void od_sync_hear(struct od_sync *sync, const struct od_sync_line *line,
                              const struct od_sync_grid *grid, od_nsec now);

/**
 * Our time − the master's (+ is late) at what sounds at `now`. Call it before od_sync_hear takes
 * the line in: it is what the player did about all it knew until then.
 */
OD_REALTIME od_nsec od_sync_error(const struct od_sync *sync, const struct od_sync_line *line,
                                  const struct od_transport *transport, od_nsec now);

/** After `next_step` moved on: ends a slew and makes a jump, if it is time. True after a jump. */
OD_REALTIME bool od_sync_settle(struct od_sync *sync, const struct od_sync_grid *grid);

/** The step from which on the grid is another than now; INT64_MAX if it stays. Who skips steps does
 * not go beyond it before od_sync_settle was called. */
OD_REALTIME int64_t od_sync_turn(const struct od_sync *sync);

/** A grid in phase with the master, its next step the first at or after `soonest`, none before step
 * 0. The state must be OD_SYNC_LOCKED. */
OD_REALTIME void od_sync_join(struct od_sync *sync, const struct od_sync_grid *grid,
                              od_nsec soonest);

/** When od_sync_look has something to say; OD_NSEC_NEVER if it has not. */
OD_REALTIME od_nsec od_sync_next(const struct od_sync *sync);

/** True if the master counts as lost from `now` on. */
OD_REALTIME bool od_sync_look(struct od_sync *sync, od_nsec now);

/** Moves the grid by `by` (+ is later) from the next step on, slewed as an error is. */
OD_REALTIME void od_sync_nudge(struct od_sync *sync, const struct od_sync_grid *grid, od_nsec by);

/** Follows nobody any more. The tempo stays; a slew is ended, a jump is not made. */
OD_REALTIME void od_sync_off(struct od_sync *sync);

/** Somebody changes the grid from the next step on: no move is under way any more. */
OD_REALTIME void od_sync_let_go(struct od_sync *sync);

/** The grid is begun anew: what was planned before is forgotten, no move is under way. */
OD_REALTIME void od_sync_forget(struct od_sync *sync);

#endif
