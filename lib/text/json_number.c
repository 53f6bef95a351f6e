#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "text/json_read.h"

#define EXPONENT_MAX 100000 /* stands for anything beyond */
#define LENGTH_SHORT 1000   /* digits that cannot make up for an exponent that was cut */

static const char *
scan_exponent(struct od_json *json, const char *at, int *exponent)
{
    bool negative = at < json->end && *at == '-';
    at += at < json->end && (*at == '-' || *at == '+');
    if (!od_json_is_digit(at, json->end)) {
        od_json_fail_expected(json, at, "a digit of the exponent");
        return NULL;
    }
    int value = 0;
    for (; od_json_is_digit(at, json->end); at++) {
        value = value < EXPONENT_MAX ? value * 10 + (*at - '0') : value;
    }
    value = value > EXPONENT_MAX ? EXPONENT_MAX : value;
    *exponent += negative ? -value : value;
    return at;
}

/* Leading zeros do not count: 0.00012345678901234567 has 17 digits. */
static size_t
count_digits(const char *at, const char *end)
{
    size_t n = 0;
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        n += *at != '.' && *at != '-' && (n > 0 || *at != '0');
    }
    return n;
}

static const char *
scan_whole(struct od_json *json, const char *at)
{
    const char *digits = at;
    at = od_json_digits(at, json->end, &json->number.mantissa);
    if (at == digits) {
        od_json_fail_expected(json, at, "a digit after the minus sign");
        return NULL;
    }
    if (*digits == '0' && at - digits > 1) {
        od_json_fail_expected(json, digits + 1, "no digit after a leading zero");
        return NULL;
    }
    return at;
}

/* `at` is behind the point. */
static const char *
scan_fraction(struct od_json *json, const char *at)
{
    struct od_json_number *number = &json->number;
    const char *fraction = at;
    number->is_real = true;
    at = od_json_digits(at, json->end, &number->mantissa);
    if (at == fraction) {
        od_json_fail_expected(json, at, "a digit after the decimal point");
        return NULL;
    }
    number->exponent = fraction - at > -EXPONENT_MAX ? (int)(fraction - at) : -EXPONENT_MAX;
    return at;
}

/* The number at json->at; the place behind it, NULL if it is none. */
static const char *
scan(struct od_json *json)
{
    struct od_json_number *number = &json->number;
    const char *end = json->end, *digits = json->at + number->negative;
    const char *at = scan_whole(json, digits);
    if (at != NULL && at < end && *at == '.') {
        at = scan_fraction(json, at + 1);
    }
    const char *digits_end = at;
    if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
        number->is_real = true;
        at = scan_exponent(json, at + 1, &number->exponent);
    }
    if (at == NULL) {
        return NULL;
    }
    if (at < end && (od_json_is_letter(*at) || *at == '.')) {
        od_json_fail_expected(json, at, "the end of a number");
        return NULL;
    }
    ptrdiff_t length = digits_end - digits;
    number->is_short =
        length <= OD_JSON_DIGITS_MAX ||
        (length < LENGTH_SHORT && count_digits(digits, digits_end) <= OD_JSON_DIGITS_MAX);
    return at;
}

static bool
scan_number(struct od_json *json)
{
    struct od_json_number *number = &json->number;
    *number = (struct od_json_number){.start = json->at, .negative = *json->at == '-'};
    number->end = scan(json);
    if (number->end == NULL) {
        number->start = NULL;
        return false;
    }
    return true;
}

/* 5^n as far as 64 bits go. */
static const uint64_t fives[] = {1,
                                 5,
                                 25,
                                 125,
                                 625,
                                 3125,
                                 15625,
                                 78125,
                                 390625,
                                 1953125,
                                 9765625,
                                 48828125,
                                 244140625,
                                 1220703125,
                                 6103515625,
                                 30517578125,
                                 152587890625,
                                 762939453125,
                                 3814697265625,
                                 19073486328125,
                                 95367431640625,
                                 476837158203125,
                                 2384185791015625,
                                 11920928955078125,
                                 59604644775390625,
                                 298023223876953125,
                                 1490116119384765625,
                                 7450580596923828125};
#define FIVES ((int)(sizeof fives / sizeof fives[0]))

static double
power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/*
 * Both are shifted up to 64 bits, so the quotient has 63 or 64; what is left over only matters as
 * "something more", in its last bit, far below where a double ends. Then there is one rounding, and
 * a power of two.
 */
double
od_json_divide_by_ten(uint64_t mantissa, int n)
{
    __extension__ typedef unsigned __int128 wide;
    int up = __builtin_clzll(mantissa), up_five = __builtin_clzll(fives[n]);
    wide dividend = (wide)(mantissa << up) << 63;
    uint64_t divisor = fives[n] << up_five;
    uint64_t quotient = (uint64_t)(dividend / divisor);
    quotient |= (uint64_t)dividend - quotient * divisor != 0; /* the rest is less than 64 bits */
    return (double)quotient * power_of_two(up_five - up - 63 - n);
}

/* The rest: many digits, large exponents. strtod needs a NUL, and the C locale for the point. */
static double
convert_slowly(struct od_json *json, const struct od_json_number *number)
{
    char *text = od_arena_string(json->arena, number->start, (size_t)(number->end - number->start));
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (text == NULL || c_locale == (locale_t)0) {
        od_json_fail_memory(json);
        return 0;
    }
    double value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    return value; /* infinite if it is too big: whether that matters the reader's user knows */
}

const double od_json_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define TENS ((int)(sizeof od_json_tens / sizeof od_json_tens[0]))

static double
convert(struct od_json *json, const struct od_json_number *number)
{
    uint64_t mantissa = number->mantissa;
    int exponent = number->exponent;
    if (!number->is_short) {
        return convert_slowly(json, number);
    }
    if (mantissa == 0) {
        return od_json_with_sign(0, number->negative);
    }
    if (exponent <= 0 && exponent > -TENS) {
        return od_json_scale(mantissa, -exponent, number->negative);
    }
    if (mantissa <= UINT64_C(1) << 53 && exponent > 0 && exponent < TENS) {
        return od_json_with_sign((double)(int64_t)mantissa * od_json_tens[exponent],
                                 number->negative);
    }
    if (exponent <= 0 && exponent > -FIVES) {
        return od_json_with_sign(od_json_divide_by_ten(mantissa, -exponent), number->negative);
    }
    return convert_slowly(json, number);
}

bool
od_json_scan(struct od_json *json)
{
    return json->number.start == json->at || scan_number(json);
}

static double __attribute__((noinline)) read_slowly(struct od_json *json)
{
    if (!od_json_scan(json)) {
        return 0;
    }
    json->value = json->at;
    json->at = json->number.end;
    if (!json->number.is_real && json->number.mantissa == 0) {
        return 0; /* the integer -0 is 0 */
    }
    return convert(json, &json->number);
}

double
od_json_real(struct od_json *json)
{
    double value;
    if (json->broken) {
        return 0;
    }
    const char *behind = od_json_plain_number(json->at, json->end, &value);
    if (behind != NULL) {
        json->value = json->at;
        json->at = behind;
        return value;
    }
    return read_slowly(json);
}

int64_t
od_json_int(struct od_json *json)
{
    if (json->broken || !od_json_scan(json)) {
        return 0;
    }
    json->value = json->at;
    json->at = json->number.end;
    bool negative = json->number.negative;
    uint64_t mantissa = json->number.mantissa, most = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    mantissa = json->number.is_short && mantissa <= most ? mantissa : most;
    return (int64_t)(negative ? 0 - mantissa : mantissa);
}
