#include "play/sync.h"

#include <math.h>
#include <stddef.h>

#define SLEWED_MAX  0.5   /* steps: what is farther off jumps */
#define SLEWING_MAX 0.625 /* who slews already is not made to jump by a trifle more */
#define BEND        8     /* a slewed step is at most an eighth longer or shorter */

static double
length_of(const struct od_transport *transport)
{
    return (double)transport->length.ns + (double)transport->length.fraction * 0x1p-64;
}

/* The grid is about to change from `step` on: what it was until there is what will have sounded. */
static void
remember(struct od_sync *sync, const struct od_transport *transport, int64_t step)
{
    uint64_t newest = (sync->n_past - 1) % OD_SYNC_PAST;
    if (step == transport->anchor_step) {
        return; /* nothing of it was planned */
    }
    if (sync->n_past == 0 || sync->past[newest].anchor_step != transport->anchor_step ||
        sync->past[newest].anchor.ns != transport->anchor.ns) {
        sync->past[sync->n_past++ % OD_SYNC_PAST] = *transport;
    }
}

static void
retempo(struct od_sync *sync, const struct od_sync_grid *grid)
{
    remember(sync, grid->transport, *grid->next_step);
    od_transport_tempo(grid->transport, *grid->next_step, sync->master.bpm);
}

/* How much later than the master the next step is, in the master's steps. */
static double
ahead_error(const struct od_sync *sync, const struct od_sync_grid *grid)
{
    od_nsec ours = od_transport_time(grid->transport, *grid->next_step);
    return (double)*grid->next_step - od_transport_position(&sync->master, ours);
}

/* A slew under way keeps its end, as long as no step is bent too much for that. */
static void
slew(struct od_sync *sync, const struct od_sync_grid *grid, double error)
{
    int64_t next = *grid->next_step;
    int64_t needed = (int64_t)ceil(fabs(error) * BEND);
    if (sync->move != OD_SYNC_SLEWS || sync->until - next < (needed > 1 ? needed : 1)) {
        sync->until = next + (needed > OD_BEAT_STEPS ? needed : OD_BEAT_STEPS);
    }
    sync->move = OD_SYNC_SLEWS;
    remember(sync, grid->transport, next);
    od_transport_aim(grid->transport, next, sync->until,
                     od_transport_time(&sync->master, sync->until), sync->master.bpm);
}

/* The first bar of the master that is not over what was planned already. */
static void
prepare_jump(struct od_sync *sync, const struct od_sync_grid *grid)
{
    od_nsec half = od_transport_span(&sync->master, sync->master.anchor_step, SLEWED_MAX);
    od_nsec soonest = od_transport_time(grid->transport, *grid->next_step) - half;
    int64_t step = od_transport_step_at(&sync->master, soonest);
    int64_t bar = (step + (step > 0 ? OD_BAR_STEPS - 1 : 0)) / OD_BAR_STEPS * OD_BAR_STEPS;
    sync->move = OD_SYNC_JUMPS;
    sync->until = bar > 0 ? bar : 0;
    sync->jump_time = od_transport_time(&sync->master, sync->until);
    retempo(sync, grid);
}

static void
bend(struct od_sync *sync, const struct od_sync_grid *grid)
{
    double error = ahead_error(sync, grid);
    double most = sync->move == OD_SYNC_SLEWS ? SLEWING_MAX : SLEWED_MAX;
    if (fabs(error) <= most) {
        slew(sync, grid, error);
    } else {
        prepare_jump(sync, grid);
    }
    od_sync_settle(sync, grid);
}

void
od_sync_hear(struct od_sync *sync, const struct od_sync_line *line, const struct od_sync_grid *grid,
             od_nsec now)
{
    od_transport_place(&sync->master, line->step, line->time, line->bpm);
    sync->state = OD_SYNC_LOCKED;
    sync->heard = now;
    if (grid != NULL) {
        bend(sync, grid);
    }
}

/* The newest piece of the grid that had begun by then; what is older than all counts as the first.
 */
static const struct od_transport *
piece_at(const struct od_sync *sync, const struct od_transport *transport, od_nsec time)
{
    const struct od_transport *piece = transport;
    for (uint64_t i = 0; i < sync->n_past && i < OD_SYNC_PAST && piece->anchor.ns > time; i++) {
        piece = &sync->past[(sync->n_past - 1 - i) % OD_SYNC_PAST];
    }
    return piece;
}

od_nsec
od_sync_error(const struct od_sync *sync, const struct od_sync_line *line,
              const struct od_transport *transport, od_nsec now)
{
    struct od_transport master;
    od_transport_place(&master, line->step, line->time, line->bpm);
    double ours = od_transport_position(piece_at(sync, transport, now), now);
    double behind = (od_transport_position(&master, now) - ours) * length_of(&master);
    return fabs(behind) < (double)INT64_MAX / 2 ? llrint(behind) : INT64_MAX / 2;
}

static bool
jump(struct od_sync *sync, const struct od_sync_grid *grid)
{
    od_nsec half = od_transport_span(&sync->master, sync->master.anchor_step, SLEWED_MAX);
    if (od_transport_time(grid->transport, *grid->next_step) < sync->jump_time - half) {
        return false;
    }
    remember(sync, grid->transport, *grid->next_step);
    od_transport_anchor(grid->transport, sync->until, sync->jump_time, sync->master.bpm);
    *grid->next_step = sync->until;
    sync->move = OD_SYNC_IN_STEP;
    sync->jumps++;
    return true;
}

bool
od_sync_settle(struct od_sync *sync, const struct od_sync_grid *grid)
{
    switch (sync->move) {
    case OD_SYNC_IN_STEP:
        break;
    case OD_SYNC_JUMPS:
        return jump(sync, grid);
    case OD_SYNC_SLEWS:
        if (*grid->next_step >= sync->until) {
            sync->move = OD_SYNC_IN_STEP;
            retempo(sync, grid);
        }
        break;
    }
    return false;
}

int64_t
od_sync_turn(const struct od_sync *sync)
{
    return sync->move == OD_SYNC_SLEWS ? sync->until : INT64_MAX;
}

void
od_sync_join(struct od_sync *sync, const struct od_sync_grid *grid, od_nsec soonest)
{
    int64_t step = od_transport_step_at(&sync->master, soonest);
    od_sync_forget(sync);
    *grid->transport = sync->master;
    *grid->next_step = step > 0 ? step : 0;
}

od_nsec
od_sync_next(const struct od_sync *sync)
{
    return sync->state == OD_SYNC_LOCKED ? sync->heard + OD_SYNC_LOST : OD_NSEC_NEVER;
}

bool
od_sync_look(struct od_sync *sync, od_nsec now)
{
    if (now < od_sync_next(sync)) {
        return false;
    }
    sync->state = OD_SYNC_HOLDING;
    sync->lost++;
    return true;
}

void
od_sync_nudge(struct od_sync *sync, const struct od_sync_grid *grid, od_nsec by)
{
    int64_t next = *grid->next_step;
    if (grid->transport->ramp.steps > 0) { /* a ramp moves as a whole, as far as it can */
        od_nsec least = -od_transport_span(grid->transport, next, 1.0 - 1.0 / BEND);
        remember(sync, grid->transport, next);
        od_transport_move(grid->transport, next,
                          od_transport_time(grid->transport, next) + (by > least ? by : least));
        return;
    }
    if (sync->move != OD_SYNC_SLEWS) {
        sync->master = *grid->transport;
    }
    od_transport_move(&sync->master, next, od_transport_time(&sync->master, next) + by);
    slew(sync, grid, ahead_error(sync, grid));
}

void
od_sync_off(struct od_sync *sync)
{
    sync->state = OD_SYNC_OFF;
    if (sync->move == OD_SYNC_JUMPS) {
        sync->move = OD_SYNC_IN_STEP;
    }
}

void
od_sync_let_go(struct od_sync *sync)
{
    sync->move = OD_SYNC_IN_STEP;
}

void
od_sync_forget(struct od_sync *sync)
{
    sync->n_past = 0;
    sync->move = OD_SYNC_IN_STEP;
}
