#include "pattern/frac.h"

#define SMALL ((int64_t)1 << 30) /* products of two, and sums of those, fit */

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

static const struct od_frac zero = {0, 1};

static struct od_frac
lose(bool *lost)
{
    *lost = true;
    return zero;
}

static uint64_t
magnitude(int64_t n)
{
    return n < 0 ? (uint64_t)0 - (uint64_t)n : (uint64_t)n;
}

/* By halving: no division, which costs as much as all the rest. */
static uint64_t
gcd(uint64_t a, uint64_t b)
{
    if (a <= 1 || b <= 1) {
        return a == 0 || b == 0 ? a | b : 1;
    }
    int shift = __builtin_ctzll(a | b);
    a >>= __builtin_ctzll(a);
    do {
        b >>= __builtin_ctzll(b);
        if (a > b) {
            uint64_t least = b;
            b = a;
            a = least;
        }
        b -= a;
    } while (b != 0 && a != 1);
    return a << shift;
}

static int64_t
common(int64_t num, int64_t den)
{
    return (int64_t)gcd(magnitude(num), (uint64_t)den);
}

/* Mostly there is nothing to divide by. */
static int64_t
divided(int64_t n, int64_t g)
{
    return g == 1 ? n : n / g;
}

struct od_frac
od_frac_make(int64_t num, int64_t den, bool *lost)
{
    if (den == 0 || num == INT64_MIN || den == INT64_MIN) {
        return lose(lost);
    }
    if (den < 0) {
        num = -num;
        den = -den;
    }
    int64_t g = common(num, den);
    return (struct od_frac){divided(num, g), divided(den, g)};
}

static bool
is_small(struct od_frac a)
{
    return a.den < SMALL && a.num < SMALL && a.num > -SMALL;
}

/* (num / (den·g)), where g is all that both may still share. */
static struct od_frac
reduced(wide num, int64_t left, int64_t right, int64_t g, bool *lost)
{
    wide rest = num % g;
    int64_t shared = (int64_t)gcd(magnitude((int64_t)rest), (uint64_t)g);
    struct od_frac sum;
    num /= shared;
    if (num > INT64_MAX || num < -INT64_MAX ||
        __builtin_mul_overflow(left, right / shared, &sum.den)) {
        return lose(lost);
    }
    sum.num = (int64_t)num;
    return sum;
}

struct od_frac
od_frac_add(struct od_frac a, struct od_frac b, bool *lost)
{
    bool small = is_small(a) && is_small(b);
    if (small && a.den == b.den) {
        int64_t num = a.num + b.num;
        int64_t g = a.den == 1 ? 1 : common(num, a.den);
        return (struct od_frac){divided(num, g), divided(a.den, g)};
    }
    if (small && (a.den == 1 || b.den == 1)) {
        return (struct od_frac){a.num * b.den + b.num * a.den, a.den * b.den};
    }
    int64_t g = common(a.den, b.den);
    if (small) {
        int64_t left = divided(a.den, g), right = divided(b.den, g);
        int64_t sum = a.num * right + b.num * left, shared = common(sum, g);
        return (struct od_frac){divided(sum, shared), left * divided(b.den, shared)};
    }
    wide num = (wide)a.num * (b.den / g) + (wide)b.num * (a.den / g);
    return reduced(num, a.den / g, b.den, g, lost);
}

struct od_frac
od_frac_sub(struct od_frac a, struct od_frac b, bool *lost)
{
    return od_frac_add(a, (struct od_frac){-b.num, b.den}, lost);
}

struct od_frac
od_frac_mul(struct od_frac a, struct od_frac b, bool *lost)
{
    if (a.den == 1 && b.den == 1 && is_small(a) && is_small(b)) {
        return (struct od_frac){a.num * b.num, 1};
    }
    int64_t g = b.den == 1 ? 1 : common(a.num, b.den);
    int64_t h = a.den == 1 ? 1 : common(b.num, a.den);
    struct od_frac product;
    if (__builtin_mul_overflow(divided(a.num, g), divided(b.num, h), &product.num) ||
        __builtin_mul_overflow(divided(a.den, h), divided(b.den, g), &product.den) ||
        product.num == INT64_MIN) {
        return lose(lost);
    }
    return product;
}

struct od_frac
od_frac_div(struct od_frac a, struct od_frac b, bool *lost)
{
    if (b.num == 0) {
        return lose(lost);
    }
    struct od_frac inverse =
        b.num < 0 ? (struct od_frac){-b.den, -b.num} : (struct od_frac){b.den, b.num};
    return od_frac_mul(a, inverse, lost);
}

struct od_frac
od_frac_lcm(struct od_frac a, struct od_frac b, bool *lost)
{
    int64_t g = common(a.num, b.num);
    struct od_frac multiple = {0, common(a.den, b.den)};
    if (__builtin_mul_overflow(a.num / g, b.num, &multiple.num)) {
        return lose(lost);
    }
    return multiple;
}

int
od_frac_compare(struct od_frac a, struct od_frac b)
{
    if (a.den == b.den) {
        return a.num < b.num ? -1 : a.num > b.num;
    }
    wide left = (wide)a.num * b.den, right = (wide)b.num * a.den;
    return left < right ? -1 : left > right;
}

struct od_frac
od_frac_min(struct od_frac a, struct od_frac b)
{
    return od_frac_compare(a, b) <= 0 ? a : b;
}

struct od_frac
od_frac_max(struct od_frac a, struct od_frac b)
{
    return od_frac_compare(a, b) >= 0 ? a : b;
}

int64_t
od_frac_floor(struct od_frac a)
{
    int64_t n = divided(a.num, a.den);
    return n * a.den > a.num ? n - 1 : n;
}

int64_t
od_frac_floor_multiple(struct od_frac a, int64_t n, bool *lost)
{
    if (is_small(a) && n < SMALL && n > -SMALL) {
        return od_frac_floor((struct od_frac){a.num * n, a.den});
    }
    return od_frac_floor(od_frac_mul(a, od_frac_int(n), lost));
}

#define EXACT ((uint64_t)1 << 53) /* whole numbers up to here are doubles */

/* x·2^power; x has at most 53 bits and nothing comes near the ends of what doubles hold. */
static double
scale(uint64_t x, int power)
{
    double value = (double)x;
    for (; power > 0; power--) {
        value *= 2;
    }
    for (; power < 0; power++) {
        value /= 2;
    }
    return value;
}

/* Long division to 55 bits and whether there is a rest, then rounded by hand. */
static double
divide(uint64_t num, uint64_t den)
{
    int power = __builtin_clzll(num) - __builtin_clzll(den) + 54;
    power = power < 0 ? 0 : power;
    uwide dividend = (uwide)num << power;
    uint64_t quotient = (uint64_t)(dividend / den);
    bool rest = dividend % den != 0;
    while (quotient >= EXACT) {
        if (quotient < 2 * EXACT) {
            bool half = (quotient & 1) != 0;
            quotient >>= 1;
            quotient += half && (rest || (quotient & 1) != 0);
            return scale(quotient, 1 - power);
        }
        rest = rest || (quotient & 1) != 0;
        quotient >>= 1;
        power--;
    }
    return scale(quotient, -power);
}

double
od_frac_double(struct od_frac a)
{
    uint64_t num = magnitude(a.num), den = (uint64_t)a.den;
    double value = num <= EXACT && den <= EXACT ? (double)num / (double)den : divide(num, den);
    return a.num < 0 ? -value : value;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* digits [. digits]: the number without its point, and how many digits follow the point. */
struct digits {
    int64_t value;
    int after_point;
    bool any;
};

static const char *
read_digits(const char *at, const char *end, struct digits *digits, bool *lost)
{
    bool point = false;
    for (; at < end && (is_digit(*at) || (*at == '.' && !point)); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        digits->any = true;
        if (__builtin_mul_overflow(digits->value, 10, &digits->value) ||
            __builtin_add_overflow(digits->value, *at - '0', &digits->value)) {
            digits->value = 0;
            *lost = true;
        }
        digits->after_point += point;
    }
    return at;
}

/* e3, E-3: at its end, or NULL if the text goes on otherwise. */
static const char *
read_exponent(const char *at, const char *end, int *power)
{
    bool negative = false;
    at++;
    if (at < end && (*at == '-' || *at == '+')) {
        negative = *at++ == '-';
    }
    if (at == end) {
        return NULL;
    }
    for (; at < end && is_digit(*at); at++) {
        *power = *power < 1000 ? *power * 10 + (*at - '0') : *power;
    }
    *power = negative ? -*power : *power;
    return at;
}

static struct od_frac
times_ten(struct od_frac value, int power, bool *lost)
{
    if (value.num == 0) {
        return value;
    }
    struct od_frac ten = power < 0 ? (struct od_frac){1, 10} : od_frac_int(10);
    for (int n = power < 0 ? -power : power; n > 0 && !*lost; n--) {
        value = od_frac_mul(value, ten, lost);
    }
    return value;
}

bool
od_frac_parse(const char *text, size_t length, struct od_frac *out, bool *lost)
{
    const char *at = text, *end = text + length;
    struct digits digits = {0};
    bool negative = at < end && *at == '-';
    int power = 0;
    at = read_digits(at + negative, end, &digits, lost);
    if (!digits.any) {
        return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at = read_exponent(at, end, &power);
    }
    if (at != end) {
        return false;
    }
    struct od_frac value = od_frac_int(negative ? -digits.value : digits.value);
    *out = times_ten(value, power - digits.after_point, lost);
    return true;
}
