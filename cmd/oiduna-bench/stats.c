#include "stats.h"

#include <math.h>
#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

void
bench_sort(double *values, size_t n)
{
    if (n > 1) {
        qsort(values, n, sizeof *values, compare);
    }
}

double
bench_quantile(const double *sorted, size_t n, double p)
{
    if (n == 0) {
        return NAN;
    }
    double at = p * (double)(n - 1);
    size_t below = (size_t)at;
    if (below + 1 >= n) {
        return sorted[n - 1];
    }
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

struct bench_interval
bench_quantile_interval(const double *sorted, size_t n, double p)
{
    if (n == 0) {
        return (struct bench_interval){NAN, NAN};
    }
    double rank = p * (double)(n - 1);
    double reach = 1.96 * sqrt((double)n * p * (1 - p)); /* of a binomial count */
    double low = fmax(rank - reach, 0);
    double high = fmin(rank + reach, (double)(n - 1));
    return (struct bench_interval){sorted[(size_t)floor(low)], sorted[(size_t)ceil(high)]};
}

size_t
bench_outliers(const double *sorted, size_t n)
{
    double lower = bench_quantile(sorted, n, 0.25);
    double upper = bench_quantile(sorted, n, 0.75);
    size_t outliers = 0;
    while (outliers < n && sorted[n - 1 - outliers] > upper + 3 * (upper - lower)) {
        outliers++;
    }
    return outliers;
}

/* Weighted sums; the line through the weighted points. */
static struct bench_line
line_of(const double *x, const double *y, const double *weights, size_t n)
{
    double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
    for (size_t i = 0; i < n; i++) {
        w += weights[i];
        wx += weights[i] * x[i];
        wy += weights[i] * y[i];
        wxx += weights[i] * x[i] * x[i];
        wxy += weights[i] * x[i] * y[i];
    }
    double slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
    return (struct bench_line){.slope = slope, .intercept = (wy - slope * wx) / w};
}

#define POINTS_MAX 16

struct bench_line
bench_fit(const double *x, const double *y, size_t n)
{
    double weights[POINTS_MAX], ones[POINTS_MAX], log_x[POINTS_MAX], log_y[POINTS_MAX];
    if (n < 2 || n > POINTS_MAX) {
        return (struct bench_line){NAN, NAN, NAN};
    }
    for (size_t i = 0; i < n; i++) {
        weights[i] = 1 / (y[i] * y[i]);
        ones[i] = 1;
        log_x[i] = log(x[i]);
        log_y[i] = log(y[i]);
    }
    struct bench_line line = line_of(x, y, weights, n);
    line.exponent = line_of(log_x, log_y, ones, n).slope;
    return line;
}
