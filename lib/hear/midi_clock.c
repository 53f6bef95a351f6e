#include "hear/midi_clock.h"

#include <math.h>
#include <string.h>

#include "play/player.h"

#define NSEC_BPM        2.5e9 /* ns of a clock at 1 bpm: 60 s / 24 */
#define LOOSE           0.4   /* of a clock: what is farther off does not fit … */
#define LOOSE_SIGMA     4     /* … unless the others are as far off */
#define LOOSE_NSEC      1e6
#define RECENT          12 /* clocks whose common error tells that the tempo moves … */
#define MOVED_SIGMA     1  /* … that is, more than four times what chance makes of twelve */
#define MOVED_NSEC      0.25e6
#define BEGIN_NSEC      0.5e6
#define GAP             4 /* times the distance before */
#define SECOND_VARIANCE 6 /* of a second difference: 1 + 4 + 1 times that of what it is made of */
#define SAME_LENGTH     0.03 /* lost clocks leave the tempo as it was */
#define AT_LIMIT        1e-3 /* a tempo of 999 may look like 999.01 */
#define WHOLE           0.3  /* and the phase, but for whole clocks */

struct line {
    double length; /* ns a clock */
    double end;    /* where the last clock is, ns after its time */
};

/* Least squares; times count from the last one, indices too, so that nothing is cancelled out. */
static struct line
fit(const struct od_midi_tick *ticks, unsigned n)
{
    const struct od_midi_tick *last = &ticks[n - 1];
    double sum_x = 0;
    double sum_y = 0;
    double sum_xx = 0;
    double sum_xy = 0;
    for (unsigned i = 0; i < n; i++) {
        double x = (double)(ticks[i].index - last->index);
        double y = (double)(ticks[i].time - last->time);
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_xy += x * y;
    }
    double square = sum_xx - sum_x * sum_x / n;
    struct line line = {0};
    if (square > 0) {
        line.length = (sum_xy - sum_x * sum_y / n) / square;
        line.end = (sum_y - line.length * sum_x) / n;
    }
    return line;
}

/* How much later than the line says, ns. */
static double
residual(const struct od_midi_clock *clock, const struct od_midi_tick *tick)
{
    const struct od_midi_tick *last = &clock->ticks[clock->n_ticks - 1];
    return (double)(tick->time - last->time) - clock->last -
           clock->length * (double)(tick->index - last->index);
}

/* The jitter alone: second differences do not know tempo and phase, nor how the tempo moves. */
static double
jitter_of(const struct od_midi_clock *clock)
{
    double sum = 0;
    for (unsigned i = 2; i < clock->n_ticks; i++) {
        double second = residual(clock, &clock->ticks[i]) -
                        2 * residual(clock, &clock->ticks[i - 1]) +
                        residual(clock, &clock->ticks[i - 2]);
        sum += second * second;
    }
    return clock->n_ticks > 2 ? sqrt(sum / (clock->n_ticks - 2) / SECOND_VARIANCE) : 0;
}

static void
draw(struct od_midi_clock *clock)
{
    struct line line = fit(clock->ticks, clock->n_ticks);
    clock->length = clock->n_ticks < OD_MIDI_CLOCKS_MIN ? 0 : line.length;
    clock->last = line.end;
    clock->spread = jitter_of(clock);
}

static void
keep_newest(struct od_midi_clock *clock, unsigned n)
{
    if (clock->n_ticks > n) {
        memmove(clock->ticks, clock->ticks + clock->n_ticks - n, n * sizeof clock->ticks[0]);
        clock->n_ticks = n;
    }
}

static void
append(struct od_midi_clock *clock, const struct od_midi_tick *tick)
{
    keep_newest(clock, OD_MIDI_CLOCKS_MAX - 1);
    clock->ticks[clock->n_ticks++] = *tick;
}

/* A tempo that moves leaves the newest clocks on one side of the line: then the last beat alone
 * counts. */
static void
forget_what_moved(struct od_midi_clock *clock)
{
    double sum = 0;
    if (clock->n_ticks <= OD_MIDI_CLOCKS_BEAT) {
        return;
    }
    for (unsigned i = clock->n_ticks - RECENT; i < clock->n_ticks; i++) {
        sum += residual(clock, &clock->ticks[i]);
    }
    if (fabs(sum / RECENT) > fmax(MOVED_SIGMA * clock->spread, MOVED_NSEC)) {
        keep_newest(clock, OD_MIDI_CLOCKS_BEAT);
        draw(clock);
    }
}

/* Before a line can be drawn: clocks so far apart are no row. */
static bool
is_gap(const struct od_midi_clock *clock, od_nsec time)
{
    unsigned n = clock->n_ticks;
    if (clock->length > 0 || n < 2) {
        return false;
    }
    od_nsec before = clock->ticks[n - 1].time - clock->ticks[n - 2].time;
    return time - clock->ticks[n - 1].time > GAP * before;
}

/* The first clock after Start or Continue: some masters start their clock anew with it. */
static bool
begins_anew(struct od_midi_clock *clock, const struct od_midi_tick *tick)
{
    bool begins = clock->begins;
    clock->begins = false;
    return begins && clock->n_ticks > 0 && clock->length > 0 &&
           fabs(residual(clock, tick)) > LOOSE_SIGMA * clock->spread + BEGIN_NSEC;
}

static bool
fits(const struct od_midi_clock *clock, const struct od_midi_tick *tick)
{
    double loose = fmax(LOOSE * clock->length, LOOSE_SIGMA * clock->spread + LOOSE_NSEC);
    return clock->length <= 0 || fabs(residual(clock, tick)) <= loose;
}

/* Whole clocks that are missing before the odd ones (or too many, if below 0); 0 if it is another
 * tempo or phase. */
static int64_t
missing(const struct od_midi_clock *clock)
{
    double length = fit(clock->odd, clock->n_odd).length;
    double sum = 0;
    for (unsigned i = 0; i < clock->n_odd; i++) {
        sum += residual(clock, &clock->odd[i]);
    }
    double off = sum / clock->n_odd / clock->length;
    bool same = fabs(length / clock->length - 1) < SAME_LENGTH;
    return same && fabs(off - rint(off)) < WHOLE && fabs(off) < OD_POSITION_MAX ? llrint(off) : 0;
}

/* So many in a row are no stutter: clocks were lost on the way, or the master changed. */
static void
believe_odd(struct od_midi_clock *clock)
{
    int64_t lost = missing(clock);
    if (lost == 0) {
        clock->n_ticks = 0;
        clock->renewed++;
    }
    for (unsigned i = 0; i < clock->n_odd; i++) {
        clock->odd[i].index += lost;
        append(clock, &clock->odd[i]);
    }
    clock->index += lost;
    clock->mended += (uint64_t)(lost < 0 ? -lost : lost);
    clock->n_odd = 0;
}

void
od_midi_clock_tick(struct od_midi_clock *clock, od_nsec time)
{
    struct od_midi_tick tick = {++clock->index, time};
    if (!clock->running) {
        clock->origin++; /* it stands */
    }
    if (is_gap(clock, time) || begins_anew(clock, &tick)) {
        clock->n_ticks = clock->n_odd = 0;
        clock->length = 0;
    }
    if (clock->n_ticks > 0 && !fits(clock, &tick)) {
        clock->odd[clock->n_odd++] = tick;
        if (clock->n_odd < OD_MIDI_CLOCKS_ODD) {
            return;
        }
        believe_odd(clock);
    } else {
        clock->n_odd = 0;
        append(clock, &tick);
    }
    draw(clock);
    forget_what_moved(clock);
}

void
od_midi_clock_start(struct od_midi_clock *clock)
{
    clock->origin = clock->index + 1;
    clock->running = clock->begins = true;
    clock->placed = true;
}

void
od_midi_clock_continue(struct od_midi_clock *clock)
{
    clock->running = clock->begins = true;
}

void
od_midi_clock_stop(struct od_midi_clock *clock)
{
    clock->running = false;
}

void
od_midi_clock_locate(struct od_midi_clock *clock, unsigned step)
{
    clock->origin = clock->index + 1 - (int64_t)step * OD_CLOCKS_PER_STEP;
    clock->placed = true;
}

void
od_midi_clock_assume(struct od_midi_clock *clock, double step)
{
    clock->origin = clock->index - llrint(step * OD_CLOCKS_PER_STEP);
    clock->running = true;
}

double
od_midi_clock_bpm(const struct od_midi_clock *clock)
{
    return clock->length > 0 ? NSEC_BPM / clock->length : 0;
}

bool
od_midi_clock_line(const struct od_midi_clock *clock, struct od_sync_line *line)
{
    double told = od_midi_clock_bpm(clock);
    double bpm = fmin(fmax(told, OD_BPM_MIN), OD_BPM_MAX);
    if (!clock->running || clock->n_odd > 0 || fabs(told / bpm - 1) > AT_LIMIT) {
        return false;
    }
    const struct od_midi_tick *last = &clock->ticks[clock->n_ticks - 1];
    line->step = (double)(last->index - clock->origin) / OD_CLOCKS_PER_STEP;
    line->bpm = bpm;
    line->time = last->time + llrint(clock->last);
    return true;
}
