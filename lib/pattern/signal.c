#include "pattern/signal.h"

#include <string.h>

#include "pattern/chance.h"

bool
od_signal_find(const char *text, size_t length, enum od_signal_shape *shape)
{
    static const char *const names[] = {"sine", "saw", "isaw", "tri", "square", "rand", "perlin"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0) {
            *shape = (enum od_signal_shape)i;
            return true;
        }
    }
    return false;
}

/* sin(2πx) for 0 <= x <= 1/4, by its series: what libraries say differs in the last bit. */
static double
quarter_sine(double x)
{
    double y = 6.283185307179586 * x, square = y * y, term = y, sum = y;
    for (int n = 2; n <= 20; n += 2) {
        term *= -square / (double)(n * (n + 1));
        sum += term;
    }
    return sum < 1 ? sum : 1;
}

/* 0 <= x < 1 */
static double
sine(double x)
{
    double half = x < 0.5 ? x : x - 0.5;
    double value = quarter_sine(half <= 0.25 ? half : 0.5 - half);
    return 0.5 + (x < 0.5 ? value : -value) / 2;
}

/* Between a number by chance at the round's start and the next one, smoothly. */
static double
perlin(uint64_t key, int64_t round, double x)
{
    double from = od_chance_at(key, od_frac_int(round % OD_SIGNAL_CHANCE));
    double to = od_chance_at(key, od_frac_int((round + 1) % OD_SIGNAL_CHANCE));
    return from + (to - from) * x * x * (3 - 2 * x);
}

/* 0..1 */
static double
read_shape(const struct od_signal *signal, uint64_t key, struct od_frac time, bool *lost)
{
    struct od_frac rounds = od_frac_div(time, signal->per, lost);
    int64_t round = od_frac_floor(rounds);
    struct od_frac phase = od_frac_sub(rounds, od_frac_int(round), lost);
    double x = od_frac_double(phase);
    switch (signal->shape) {
    case OD_SIGNAL_SINE:
        return sine(x);
    case OD_SIGNAL_SAW:
        return x;
    case OD_SIGNAL_ISAW:
        return 1 - x;
    case OD_SIGNAL_TRI:
        return x < 0.5 ? 2 * x : 2 - 2 * x;
    case OD_SIGNAL_SQUARE:
        return x < 0.5 ? 0 : 1;
    case OD_SIGNAL_RAND:
        rounds = od_frac_add(phase, od_frac_int(round % OD_SIGNAL_CHANCE), lost);
        return od_chance_at(key, rounds);
    case OD_SIGNAL_PERLIN:
        return perlin(key, round, x);
    }
    return 0;
}

double
od_signal_at(const struct od_signal *signal, uint64_t key, struct od_frac time, bool *lost)
{
    double x = read_shape(signal, key, time, lost);
    return signal->low + (signal->high - signal->low) * x;
}

double
od_signal_whole(const struct od_signal *signal, uint64_t key, struct od_frac time, bool *lost)
{
    double x = read_shape(signal, key, time, lost);
    double least = signal->low < signal->high ? signal->low : signal->high;
    double most = signal->low < signal->high ? signal->high : signal->low;
    x = signal->low < signal->high ? x : 1 - x;
    int64_t n = (int64_t)((most - least + 1) * x);
    double value = least + (double)n;
    return value > most ? most : value;
}

struct od_frac
od_signal_period(const struct od_signal *signal, bool *lost)
{
    bool chance = signal->shape == OD_SIGNAL_RAND || signal->shape == OD_SIGNAL_PERLIN;
    struct od_frac rounds = od_frac_int(chance ? OD_SIGNAL_CHANCE : 1);
    return od_frac_mul(signal->per, rounds, lost);
}
