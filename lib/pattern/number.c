#include "pattern/number.h"

#include <string.h>

#define WHOLE       0x1p53 /* up to here every whole number is a double */
#define WHOLE_FLOAT 1e5    /* larger ones are short with an exponent */

void
od_number_integer(struct od_buf *out, int64_t number)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t rest = number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        text[--at] = '-';
    }
    od_buf_append(out, text + at, sizeof text - at);
}

__extension__ typedef unsigned __int128 wide;

#define LEAST_PLACES 2 /* of 6 digits of what is below 1e4; 17 of what is above 1e-3 have 19 */

/* How many digits may do, and how many of a double's 53 bits the number does not have. */
struct precision {
    int least_digits, most_digits, unused_bits;
};

static const struct precision of_double = {15, 17, 0}, of_float = {6, 9, 53 - 24};

/* The number is m·2^-e. Its decimal of `places` places, which is the nearest to it; true if it
 * reads back as the same number: if it is less than half as far away as the next one. */
static bool
find_decimal(uint64_t m, int e, int places, int unused_bits, uint64_t *decimal)
{
    static const uint64_t tens[] = {UINT64_C(100),
                                    UINT64_C(1000),
                                    UINT64_C(10000),
                                    UINT64_C(100000),
                                    UINT64_C(1000000),
                                    UINT64_C(10000000),
                                    UINT64_C(100000000),
                                    UINT64_C(1000000000),
                                    UINT64_C(10000000000),
                                    UINT64_C(100000000000),
                                    UINT64_C(1000000000000),
                                    UINT64_C(10000000000000),
                                    UINT64_C(100000000000000),
                                    UINT64_C(1000000000000000),
                                    UINT64_C(10000000000000000),
                                    UINT64_C(100000000000000000),
                                    UINT64_C(1000000000000000000),
                                    UINT64_C(10000000000000000000)};
    wide power = tens[places - LEAST_PLACES];
    wide exact = m * power, half = (wide)1 << (e - 1);
    wide nearest = (exact + half) >> e;
    wide there = nearest << e;
    wide away = there > exact ? there - exact : exact - there;
    *decimal = (uint64_t)nearest;
    return 2 * away < power << unused_bits;
}

static void
put_decimal(struct od_buf *out, uint64_t decimal, int places)
{
    char text[40];
    size_t at = sizeof text;
    if (places > 8 && decimal % 100000000 == 0) { /* 0.5 is no reason to go through all zeros */
        decimal /= 100000000;
        places -= 8;
    }
    for (; decimal % 10 == 0 && places > 0; places--) {
        decimal /= 10;
    }
    for (; decimal > 0 || places >= 0; decimal /= 10) {
        text[--at] = (char)('0' + decimal % 10);
        if (--places == 0) {
            text[--at] = '.';
        }
    }
    od_buf_append(out, text + at, sizeof text - at);
}

/* Offsets, gates and levels by whole numbers of 128 bits, which is some ten times as fast as asking
 * the library for more and more digits. */
static bool
put_fast(struct od_buf *out, double number, const struct precision *precision)
{
    static const double powers[] = {1, 10, 100, 1000, 1e-1, 1e-2};
    double size = number < 0 ? -number : number;
    uint64_t bits, decimal;
    if (!(size >= 1e-3 && size < 1e4)) {
        return false;
    }
    memcpy(&bits, &size, sizeof bits);
    uint64_t m = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    int e = 1075 - (int)(bits >> 52), digits = 0;
    for (int i = 0; i < 6; i++) {
        digits += (i < 4 && size >= powers[i]) ? 1 : (i >= 4 && size < powers[i]) ? -1 : 0;
    }
    int last = precision->most_digits - digits;
    for (int places = precision->least_digits - digits; places <= last; places++) {
        if (find_decimal(m, e, places, precision->unused_bits, &decimal)) {
            od_buf_append(out, "-", number < 0);
            put_decimal(out, decimal, places);
            return true;
        }
    }
    return false;
}

static bool
is_whole(double number, double below)
{
    return number > -below && number < below && !(number < (double)(int64_t)number) &&
           !(number > (double)(int64_t)number);
}

void
od_number_double(struct od_buf *out, double number)
{
    if (is_whole(number, WHOLE)) {
        od_number_integer(out, (int64_t)number);
    } else if (!put_fast(out, number, &of_double)) {
        od_buf_double(out, number);
    }
}

void
od_number_float(struct od_buf *out, float number)
{
    if (is_whole((double)number, WHOLE_FLOAT)) {
        od_number_integer(out, (int64_t)number);
    } else if (!put_fast(out, (double)number, &of_float)) {
        od_buf_float(out, number);
    }
}
