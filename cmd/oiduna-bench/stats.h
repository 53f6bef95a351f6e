/* Order statistics and fitted lines: what is said of many measurements. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

/** Sorts n values, least first. */
void bench_sort(double *values, size_t n);

/** The value that `p` (0..1) of n sorted values do not exceed, between two linearly; NaN if n is 0.
 */
double bench_quantile(const double *sorted, size_t n, double p);

/** Where the true quantile lies with 95 % confidence, from ranks: no distribution is assumed. */
struct bench_interval {
    double low, high;
};
struct bench_interval bench_quantile_interval(const double *sorted, size_t n, double p);

/** How many of n sorted values lie more than three times the quartiles' distance above the upper
 * quartile. */
size_t bench_outliers(const double *sorted, size_t n);

/** y ≈ intercept + slope·x by least squares of the relative error; y ~ x^exponent. NaN if there are
 * less than two points. */
struct bench_line {
    double slope, intercept, exponent;
};
struct bench_line bench_fit(const double *x, const double *y, size_t n);

#endif
