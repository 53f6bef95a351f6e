#include "pattern/number.h"

#include <string.h>

#define MOST 32 /* bytes of a number */

__extension__ typedef unsigned __int128 wide;

/* The last `n` digits of a number, two at a time. */
static char *
put_digits(char *at, uint64_t number, int n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char *end = at + n;
    for (; n > 1; n -= 2, number /= 100) {
        memcpy(at + n - 2, pairs + 2 * (number % 100), 2);
    }
    if (n == 1) {
        *at = (char)('0' + number % 10);
    }
    return end;
}

static char *
put_whole(char *at, uint64_t number)
{
    int n = 1;
    for (uint64_t rest = number; rest > 9; rest /= 10) {
        n++;
    }
    return put_digits(at, number, n);
}

#define LEAST_PLACES 2 /* of 6 digits of what is below 1e4; 17 of what is above 1e-3 have 19 */
#define SHORT_PLACES 4 /* as many as people write, and a sixteenth has */

/* How many digits may do, how many of a double's 53 bits the number does not have, and below what
 * whole numbers are written without an exponent: up to 2^53 each is a double. */
struct precision {
    int least_digits, most_digits, unused_bits;
    double whole;
};

static const struct precision of_double = {15, 17, 0, 0x1p53}, of_float = {6, 9, 53 - 24, 1e5};

/* The number is m·2^-e, 39 <= e <= 62. Its decimal of `places` places, which is the nearest to it;
 * true if it reads back as the same number: if it is less than half as far away as the next one. */
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
    uint64_t power = tens[places - LEAST_PLACES], half = UINT64_C(1) << (e - 1);
    wide rounded = (wide)m * power + half;
    uint64_t rest = (uint64_t)rounded & (2 * half - 1);
    uint64_t away = rest > half ? rest - half : half - rest;
    *decimal = (uint64_t)(rounded >> e);
    return (2 * away) >> unused_bits < power;
}

/* `whole` is what stands before its point. */
static char *
put_decimal(char *at, uint64_t decimal, int places, uint64_t whole)
{
    if (places > 8 && decimal % 100000000 == 0) { /* 0.5 is no reason to go through all zeros */
        decimal /= 100000000;
        places -= 8;
    }
    for (; decimal % 10 == 0 && places > 0; places--) {
        decimal /= 10;
    }
    at = put_whole(at, whole);
    *at = '.';
    return put_digits(at + 1, decimal, places);
}

/* How many digits stand before the point; below 0: how many zeros after it come first. */
static int
count_digits(double size)
{
    return size >= 1000  ? 4
           : size >= 100 ? 3
           : size >= 10  ? 2
           : size >= 1   ? 1
           : size >= 0.1 ? 0
                         : -1 - (size < 0.01);
}

/* Offsets, gates and levels by whole numbers of 128 bits, which is some ten times as fast as asking
 * the library for more and more digits. At `at` there is room; NULL if that is no way to do it. */
static char *
put_fast(char *at, double number, const struct precision *precision)
{
    double size = number < 0 ? -number : number;
    uint64_t bits, decimal;
    if (!(size >= 1e-3 && size < 1e4)) {
        return NULL;
    }
    memcpy(&bits, &size, sizeof bits);
    uint64_t m = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    int e = 1075 - (int)(bits >> 52), digits = count_digits(size);
    int places = precision->least_digits - digits, last = precision->most_digits - digits;
    int first = places < SHORT_PLACES ? places : SHORT_PLACES;
    if (find_decimal(m, e, first, precision->unused_bits, &decimal)) {
        places = first;
    } else {
        while (places <= last && !find_decimal(m, e, places, precision->unused_bits, &decimal)) {
            places++;
        }
    }
    *at = '-';
    return places > last ? NULL : put_decimal(at + (number < 0), decimal, places, (uint64_t)size);
}

static bool
is_whole(double number, double below)
{
    return number > -below && number < below && !(number < (double)(int64_t)number) &&
           !(number > (double)(int64_t)number);
}

static char *
put_integer(char *at, int64_t number)
{
    *at = '-';
    return put_whole(at + (number < 0), number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void
od_number_integer(struct od_buf *out, int64_t number)
{
    char *at = od_buf_room(out, MOST);
    if (at != NULL) {
        out->length += (size_t)(put_integer(at, number) - at);
    }
}

/* False if only the library knows how, or there is no memory. */
static bool
put_quickly(struct od_buf *out, double number, const struct precision *precision)
{
    char *at = od_buf_room(out, MOST), *end = NULL;
    if (at != NULL) {
        end = is_whole(number, precision->whole) ? put_integer(at, (int64_t)number)
                                                 : put_fast(at, number, precision);
    }
    out->length += end != NULL ? (size_t)(end - at) : 0;
    return end != NULL;
}

void
od_number_double(struct od_buf *out, double number)
{
    if (!put_quickly(out, number, &of_double)) {
        od_buf_double(out, number);
    }
}

void
od_number_float(struct od_buf *out, float number)
{
    if (!put_quickly(out, (double)number, &of_float)) {
        od_buf_float(out, number);
    }
}
