#include "play/transport.h"

#include <math.h>

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
}

/* anchor + steps·length; 64 bits of steps times 64 bits of fraction fit 128. A playlist of a
 * billion loops ends later than 64 bits of nanoseconds can say: that is as good as never. */
static struct od_span
instant(const struct od_transport *transport, int64_t step)
{
    int64_t steps = step - transport->anchor_step;
    wide fraction = (wide)steps * (wide)transport->length.fraction + transport->anchor.fraction;
    wide ns = (wide)steps * (wide)transport->length.ns + transport->anchor.ns + (fraction >> 64);
    if (ns > FARTHEST || ns < -FARTHEST) {
        return (struct od_span){ns > 0 ? FARTHEST : -FARTHEST, 0};
    }
    return (struct od_span){(od_nsec)ns, (uint64_t)fraction};
}

void
od_transport_tempo(struct od_transport *transport, int64_t step, double bpm)
{
    transport->anchor = instant(transport, step);
    transport->anchor_step = step;
    transport->length = od_step_span(bpm);
    transport->bpm = bpm;
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
}

double
od_transport_position(const struct od_transport *transport, od_nsec time)
{
    return (double)transport->anchor_step +
           (double)(time - transport->anchor.ns) / nanoseconds(transport->length);
}

od_nsec
od_transport_time(const struct od_transport *transport, int64_t step)
{
    struct od_span at = instant(transport, step);
    return at.ns + (at.fraction >> 63 ? 1 : 0);
}

od_nsec
od_transport_swing(const struct od_transport *transport, int64_t step, double swing)
{
    return step % 2 == 0 ? 0 : od_transport_span(transport, swing / 3);
}

od_nsec
od_transport_span(const struct od_transport *transport, double steps)
{
    double ns = steps * nanoseconds(transport->length);
    return ns < (double)DAY_NSEC ? llrint(ns) : DAY_NSEC;
}

int64_t
od_transport_step_at(const struct od_transport *transport, od_nsec time)
{
    double steps = (double)(time - transport->anchor.ns) / nanoseconds(transport->length);
    int64_t step = transport->anchor_step + (int64_t)floor(steps);
    while (od_transport_time(transport, step) >= time) {
        step--;
    }
    while (od_transport_time(transport, step) < time) {
        step++;
    }
    return step;
}
