#include "pattern/number.h"

#include <string.h>

#define WHOLE 0x1p53 /* up to here every whole number is a double */

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

#define LEAST_PLACES 11 /* of 15 digits of what is below 1e4; 17 of what is above 1e-3 have 19 */

/* The number is m·2^-e. Its decimal of `places` places, which is the nearest to it; true if it
 * reads back as the same number: if it is less than half as far away as the next one. */
static bool
find_decimal(uint64_t m, int e, int places, uint64_t *decimal)
{
    static const uint64_t tens[] = {UINT64_C(100000000000),        UINT64_C(1000000000000),
                                    UINT64_C(10000000000000),      UINT64_C(100000000000000),
                                    UINT64_C(1000000000000000),    UINT64_C(10000000000000000),
                                    UINT64_C(100000000000000000),  UINT64_C(1000000000000000000),
                                    UINT64_C(10000000000000000000)};
    wide power = tens[places - LEAST_PLACES];
    wide exact = m * power, half = (wide)1 << (e - 1);
    wide nearest = (exact + half) >> e;
    wide there = nearest << e;
    wide away = there > exact ? there - exact : exact - there;
    *decimal = (uint64_t)nearest;
    return 2 * away < power;
}

static void
put_decimal(struct od_buf *out, uint64_t decimal, int places)
{
    char text[40];
    size_t at = sizeof text;
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
put_fast(struct od_buf *out, double number)
{
    if (!(number >= 1e-3 && number < 1e4)) {
        return false;
    }
    uint64_t bits, decimal;
    memcpy(&bits, &number, sizeof bits);
    uint64_t m = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    int e = 1075 - (int)(bits >> 52), first = 15;
    static const double powers[] = {1, 10, 100, 1000, 1e-1, 1e-2};
    for (int i = 0; i < 6; i++) {
        first += (i < 4 && number >= powers[i]) ? -1 : (i >= 4 && number < powers[i]) ? 1 : 0;
    }
    for (int places = first; places <= first + 2; places++) {
        if (find_decimal(m, e, places, &decimal)) {
            put_decimal(out, decimal, places);
            return true;
        }
    }
    return false;
}

void
od_number_double(struct od_buf *out, double number)
{
    if (number > -WHOLE && number < WHOLE && !(number < (double)(int64_t)number) &&
        !(number > (double)(int64_t)number)) {
        od_number_integer(out, (int64_t)number);
    } else if (!put_fast(out, number)) {
        od_buf_double(out, number);
    }
}
