/*
 * Numbers of two doubles, so that a sum of a million steps is right to far less than a nanosecond;
 * of additions, multiplications and divisions alone, which IEEE 754 rounds alike on every machine,
 * so that two of them send the same bytes. What a library's exp and log say is its own matter.
 */
#include "play/ramp.h"

#include <math.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#define STEP_NSEC_AT_BPM_1 15e9
#define HALVINGS           8  /* |x| < 7 becomes less than 0.03 … */
#define TERMS              15 /* … of which x^15/15! is nothing */
#define LOG_TERMS          22 /* s^43/43 is nothing for s = 0.1716 */

static const struct od_wide log_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

/* ---- numbers of two doubles ---- */

/* |a| is not less than |b|. */
static struct od_wide
sorted_sum(double a, double b)
{
    double sum = a + b;
    return (struct od_wide){sum, b - (sum - a)};
}

static struct od_wide
sum(double a, double b)
{
    double sum = a + b;
    double part = sum - a;
    return (struct od_wide){sum, (a - (sum - part)) + (b - part)};
}

static struct od_wide
add(struct od_wide a, struct od_wide b)
{
    struct od_wide high = sum(a.high, b.high);
    struct od_wide low = sum(a.low, b.low);
    high = sorted_sum(high.high, high.low + low.high);
    return sorted_sum(high.high, high.low + low.low);
}

static struct od_wide
multiply(struct od_wide a, struct od_wide b)
{
    double product = a.high * b.high;
    double rest = fma(a.high, b.high, -product);
    return sorted_sum(product, rest + (a.high * b.low + a.low * b.high));
}

static struct od_wide
times(struct od_wide a, double b)
{
    return multiply(a, (struct od_wide){b, 0});
}

static struct od_wide
divide(struct od_wide a, struct od_wide b)
{
    double first = a.high / b.high;
    struct od_wide rest = add(a, times(b, -first));
    double second = rest.high / b.high;
    rest = add(rest, times(b, -second));
    return add(sorted_sum(first, second), (struct od_wide){rest.high / b.high, 0});
}

/* e^x − 1, with all its digits also near 0: e^2x − 1 = (e^x − 1)·(e^x − 1 + 2). */
static struct od_wide
grown(struct od_wide x)
{
    const struct od_wide two = {2, 0};
    struct od_wide part = times(x, 1.0 / (1 << HALVINGS));
    struct od_wide result = {0, 0};
    for (int n = TERMS; n > 0; n--) { /* x/1·(1 + x/2·(1 + x/3·(…))) */
        const struct od_wide one = {1, 0};
        result = divide(multiply(part, add(one, result)), (struct od_wide){n, 0});
    }
    for (int n = 0; n < HALVINGS; n++) {
        result = multiply(result, add(result, two));
    }
    return result;
}

/* ln(a/b) = 2·artanh((a − b)/(a + b)), after a was brought near b by powers of 2. */
static struct od_wide
log_of_ratio(double a, double b)
{
    int power = 0;
    while (a > b * 1.4142) {
        a /= 2;
        power++;
    }
    while (a * 1.4142 < b) {
        a *= 2;
        power--;
    }
    struct od_wide s = divide(sum(a, -b), sum(a, b));
    struct od_wide square = multiply(s, s);
    struct od_wide series = {0, 0};
    for (int n = LOG_TERMS; n >= 0; n--) {
        series = add(multiply(series, square),
                     divide((struct od_wide){1, 0}, (struct od_wide){2 * n + 1, 0}));
    }
    return add(times(multiply(s, series), 2), times(log_2, power));
}

/* ---- ramps ---- */

struct od_ramp
od_ramp_of(double from, double to, int64_t steps)
{
    struct od_ramp ramp = {.from = from, .to = to, .steps = steps};
    const struct od_wide length =
        divide((struct od_wide){STEP_NSEC_AT_BPM_1, 0}, (struct od_wide){from, 0});
    ramp.rate = divide(log_of_ratio(from, to), (struct od_wide){(double)steps, 0});
    ramp.unit = ramp.rate.high == 0 ? length : divide(length, grown(ramp.rate));
    return ramp;
}

double
od_ramp_tempo(const struct od_ramp *ramp, int64_t j)
{
    if (j >= ramp->steps) {
        return ramp->to;
    }
    struct od_wide factor = grown(times(ramp->rate, -(double)j));
    struct od_wide tempo = add(times(factor, ramp->from), (struct od_wide){ramp->from, 0});
    return tempo.high;
}

struct od_span
od_ramp_span(const struct od_ramp *ramp, int64_t j)
{
    struct od_wide of =
        ramp->rate.high == 0 ? (struct od_wide){(double)j, 0} : grown(times(ramp->rate, (double)j));
    struct od_wide ns = multiply(ramp->unit, of);
    double whole = floor(ns.high);
    struct od_wide rest = sum(ns.high - whole, ns.low);
    double carry = floor(rest.high);
    rest = add(rest, (struct od_wide){-carry, 0});
    double fraction = fmin(fmax(rest.high, 0), 0x1.fffffffffffffp-1);
    return (struct od_span){(od_nsec)whole + (od_nsec)carry, (uint64_t)(fraction * 0x1p64)};
}

double
od_ramp_position(const struct od_ramp *ramp, double ns)
{
    return ramp->rate.high == 0 ? ns / ramp->unit.high
                                : log1p(ns / ramp->unit.high) / ramp->rate.high;
}
