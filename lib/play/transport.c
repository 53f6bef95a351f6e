#include "play/transport.h"

#include <math.h>
#include <stdbool.h>

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

#define STEP_SECONDS_AT_BPM_1 15.0 /* 60 s / 1 bpm / 4 steps per beat */
#define DAY_NSEC              (INT64_C(86400) * OD_NSEC_PER_SEC)
#define FARTHEST              (INT64_MAX - (INT64_C(1) << 60)) /* leads and offsets can be added */

/*
 * 15·10^9 ns / bpm by long division of the double's exact value m·2^e: for 1 ≤ bpm ≤ 999 the
 * mantissa has 53 bits and −52 ≤ e ≤ −43, so numerator and remainder fit 128 bits.
 */
struct od_span
od_step_span(double bpm)
{
    int exponent = 0;
    uint64_t mantissa = (uint64_t)ldexp(frexp(bpm, &exponent), 53);
    exponent -= 53;
    uwide numerator = (uwide)(15 * (uint64_t)OD_NSEC_PER_SEC) << -exponent;
    uint64_t whole = (uint64_t)(numerator / mantissa);
    uwide rest = numerator % mantissa;
    return (struct od_span){(od_nsec)whole, (uint64_t)((rest << 64) / mantissa)};
}

double
od_step_seconds(double bpm)
{
    return STEP_SECONDS_AT_BPM_1 / bpm;
}

void
od_transport_anchor(struct od_transport *transport, int64_t step, od_nsec time, double bpm)
{
    transport->anchor_step = step;
    transport->anchor = (struct od_span){time, 0};
    transport->length = od_step_span(bpm);
    transport->bpm = bpm;
    transport->ramp.steps = 0;
}

static struct od_span
sum(struct od_span a, struct od_span b)
{
    uint64_t fraction = a.fraction + b.fraction;
    return (struct od_span){a.ns + b.ns + (fraction < a.fraction ? 1 : 0), fraction};
}

static struct od_span
difference(struct od_span a, struct od_span b)
{
    return (struct od_span){a.ns - b.ns - (a.fraction < b.fraction ? 1 : 0),
                            a.fraction - b.fraction};
}

/* start + steps·length; 64 bits of steps times 64 bits of fraction fit 128. A playlist of a
 * billion loops ends later than 64 bits of nanoseconds can say: that is as good as never. */
static inline struct od_span
reach(struct od_span start, int64_t steps, struct od_span length)
{
    wide fraction = (wide)steps * (wide)length.fraction + start.fraction;
    od_nsec ns;
    if (__builtin_mul_overflow(steps, length.ns, &ns) ||
        __builtin_add_overflow(ns, start.ns, &ns) ||
        __builtin_add_overflow(ns, (od_nsec)(fraction >> 64), &ns)) {
        ns = steps > 0 ? INT64_MAX : INT64_MIN;
    }
    if (ns > FARTHEST || ns < -FARTHEST) {
        return (struct od_span){ns > 0 ? FARTHEST : -FARTHEST, 0};
    }
    return (struct od_span){ns, (uint64_t)fraction};
}

/* Of a step behind the anchor of a ramp. */
static struct od_span
instant_ramped(const struct od_transport *transport, int64_t steps)
{
    const struct od_ramp *ramp = &transport->ramp;
    int64_t in_ramp = steps < ramp->steps ? steps : ramp->steps;
    struct od_span then = sum(transport->anchor, od_ramp_span(ramp, in_ramp));
    return steps == in_ramp ? then : reach(then, steps - in_ramp, od_step_span(ramp->to));
}

static inline struct od_span
instant(const struct od_transport *transport, int64_t step)
{
    int64_t steps = step - transport->anchor_step;
    if (transport->ramp.steps > 0 && steps > 0) {
        return instant_ramped(transport, steps);
    }
    return reach(transport->anchor, steps, transport->length);
}

void
od_transport_tempo(struct od_transport *transport, int64_t step, double bpm)
{
    transport->anchor = instant(transport, step);
    transport->anchor_step = step;
    transport->length = od_step_span(bpm);
    transport->bpm = bpm;
    transport->ramp.steps = 0;
}

void
od_transport_ramp(struct od_transport *transport, int64_t step, double bpm, double to,
                  int64_t steps)
{
    od_transport_tempo(transport, step, bpm);
    transport->ramp = od_ramp_of(bpm, to, steps);
}

void
od_transport_move(struct od_transport *transport, int64_t step, od_nsec time)
{
    struct od_span by = difference((struct od_span){time, 0}, instant(transport, step));
    transport->anchor = sum(transport->anchor, by);
}

double
od_transport_bpm(const struct od_transport *transport, int64_t step)
{
    bool moves = transport->ramp.steps > 0 && step > transport->anchor_step;
    return moves ? od_ramp_tempo(&transport->ramp, step - transport->anchor_step) : transport->bpm;
}

static struct od_span
length_at(const struct od_transport *transport, int64_t step)
{
    bool moves = transport->ramp.steps > 0 && step > transport->anchor_step;
    return moves ? od_step_span(od_transport_bpm(transport, step)) : transport->length;
}

static double
nanoseconds(struct od_span span)
{
    return (double)span.ns + (double)span.fraction * 0x1p-64;
}

void
od_transport_place(struct od_transport *transport, double step, od_nsec time, double bpm)
{
    double whole = floor(step);
    od_transport_anchor(transport, (int64_t)whole, time, bpm);
    transport->anchor.ns -= llrint((step - whole) * nanoseconds(transport->length));
}

void
od_transport_aim(struct od_transport *transport, int64_t step, int64_t to, od_nsec time, double bpm)
{
    struct od_span at = instant(transport, step);
    wide span = ((wide)(time - at.ns) << 64) - at.fraction;
    wide length = span / (to - step);
    transport->anchor = at;
    transport->anchor_step = step;
    transport->length = (struct od_span){(od_nsec)(length >> 64), (uint64_t)length};
    transport->bpm = bpm;
    transport->ramp.steps = 0;
}

double
od_transport_position(const struct od_transport *transport, od_nsec time)
{
    const struct od_ramp *ramp = &transport->ramp;
    double ns = (double)(time - transport->anchor.ns);
    double from = (double)transport->anchor_step;
    if (ramp->steps == 0 || ns <= 0) {
        return from + ns / nanoseconds(transport->length);
    }
    double whole = nanoseconds(od_ramp_span(ramp, ramp->steps));
    return from + (ns < whole
                       ? od_ramp_position(ramp, ns)
                       : (double)ramp->steps + (ns - whole) / nanoseconds(od_step_span(ramp->to)));
}

od_nsec
od_transport_time(const struct od_transport *transport, int64_t step)
{
    struct od_span at = instant(transport, step);
    return at.ns + (at.fraction >> 63 ? 1 : 0);
}

od_nsec
od_transport_swing(const struct od_transport *transport, int64_t step, int64_t since, double swing)
{
    return since % 2 == 0 ? 0 : od_transport_span(transport, step, swing / 3);
}

od_nsec
od_transport_span(const struct od_transport *transport, int64_t step, double steps)
{
    double ns = steps * nanoseconds(length_at(transport, step));
    return ns < (double)DAY_NSEC ? llrint(ns) : DAY_NSEC;
}

int64_t
od_transport_step_at(const struct od_transport *transport, od_nsec time)
{
    int64_t step = (int64_t)floor(od_transport_position(transport, time));
    while (od_transport_time(transport, step) >= time) {
        step--;
    }
    while (od_transport_time(transport, step) < time) {
        step++;
    }
    return step;
}
