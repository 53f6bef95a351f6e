/* Exact fractions: times and factors of patterns. Overflow is found, never wrapped round. */
#ifndef OD_FRAC_H
#define OD_FRAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

/** In lowest terms; `den` > 0, neither is INT64_MIN. */
struct od_frac {
    int64_t num, den;
};

/**
 * Each function sets `*lost` if its result does not fit (and returns 0 then), and never clears it:
 * a calculation is judged once, at its end.
 */
struct od_frac od_frac_make(int64_t num, int64_t den, bool *lost); /* den 0 is lost */
struct od_frac od_frac_add(struct od_frac a, struct od_frac b, bool *lost);
struct od_frac od_frac_sub(struct od_frac a, struct od_frac b, bool *lost);
struct od_frac od_frac_mul(struct od_frac a, struct od_frac b, bool *lost);
struct od_frac od_frac_div(struct od_frac a, struct od_frac b, bool *lost); /* by 0 is lost */

/** The least fraction > 0 that is a whole multiple of both; both must be > 0. */
struct od_frac od_frac_lcm(struct od_frac a, struct od_frac b, bool *lost);

/** The whole number n. */
static inline struct od_frac
od_frac_int(int64_t n)
{
    return (struct od_frac){n, 1};
}

static inline bool
od_frac_equal(struct od_frac a, struct od_frac b)
{
    return a.num == b.num && a.den == b.den;
}

/** < 0, 0 or > 0 as a is less than, equal to or greater than b; never lost. */
int od_frac_compare(struct od_frac a, struct od_frac b);
struct od_frac od_frac_min(struct od_frac a, struct od_frac b);
struct od_frac od_frac_max(struct od_frac a, struct od_frac b);

/** The greatest whole number that is not above it. */
int64_t od_frac_floor(struct od_frac a);

/** Likewise above a·n. */
int64_t od_frac_floor_multiple(struct od_frac a, int64_t n, bool *lost);

/** The nearest double (halfway: the even one), the same on every machine. */
double od_frac_double(struct od_frac a);

/**
 * The decimal number (as in 3, -0.25, .5, 1e3) that all of the text is; false if it is none. If it
 * does not fit `*lost` is set.
 */
bool od_frac_parse(const char *text, size_t length, struct od_frac *out, bool *lost);

#endif
