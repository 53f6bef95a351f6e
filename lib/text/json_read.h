/* What the parts of the JSON reader share. Private to lib/text/json*.c. */
#ifndef OD_JSON_READ_H
#define OD_JSON_READ_H

#include <string.h>

#include "text/json.h"

/* Codes of the findings: syntax, utf-8, byte-order-mark, nul, too-deep, too-large, duplicate-key.
 */

#define OD_JSON_POINTER_SIZE 1024
#define OD_JSON_FOUND_SIZE   40

/** Adds a syntax error at `at` and breaks the reader; nothing if it is broken already. */
void od_json_fail(struct od_json *json, const char *at, const char *code, const char *format, ...)
    OD_PRINTF(4, 5);

/** The usual one: "expected …, found …", with a hint for what other languages write. */
void od_json_fail_expected(struct od_json *json, const char *at, const char *expected);

/** Memory ran out: breaks the reader. */
void od_json_fail_memory(struct od_json *json);

/** What stands at a place, in words; may be written to `out`. */
const char *od_json_found(const struct od_json *json, const char *at, char out[OD_JSON_FOUND_SIZE]);

bool od_json_is_letter(char byte);

/** Checks the number at json->at, if that was not done yet, into json->number. */
bool od_json_scan(struct od_json *json);

/** Reads the string that begins at json->at, a quote. */
bool od_json_read_string(struct od_json *json, struct od_json_string *string);

/* ---- what is done for every byte ---- */

static inline const char *
od_json_skip_space(const char *at, const char *end)
{
    if (at < end && (unsigned char)*at > ' ') {
        return at; /* mostly */
    }
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

/* ---- numbers ---- */

#define OD_JSON_DIGITS_MAX 19 /* decimal digits that always fit 64 bits */

extern const double od_json_tens[]; /**< 10^0 to 10^22: they are exact */

/** mantissa / 10^n, correctly rounded, for a mantissa that is not 0 and n up to 27. */
double od_json_divide_by_ten(uint64_t mantissa, int n);

static inline bool
od_json_is_digit(const char *at, const char *end)
{
    return at < end && (unsigned char)(*at - '0') < 10;
}

/** Over digits, which are appended to `*mantissa`; that wraps around when there are too many. */
static inline const char *
od_json_digits(const char *at, const char *end, uint64_t *mantissa)
{
    uint64_t value = *mantissa;
    while (od_json_is_digit(at, end)) {
        value = value * 10 + (unsigned char)(*at++ - '0');
    }
    *mantissa = value;
    return at;
}

/* As a factor: signs come at random, and a branch would be guessed wrong half the time. */
static inline double
od_json_with_sign(double value, bool negative)
{
    static const double signs[] = {1, -1};
    return value * signs[negative];
}

/** ±mantissa / 10^n, correctly rounded, n up to 22. */
static inline double
od_json_scale(uint64_t mantissa, int n, bool negative)
{
    if (mantissa <= UINT64_C(1) << 53) {
        /* both are exact as doubles, so there is but one rounding */
        return od_json_with_sign((double)(int64_t)mantissa, negative) / od_json_tens[n];
    }
    return od_json_with_sign(od_json_divide_by_ten(mantissa, n), negative);
}

/**
 * Reads a number as they mostly are: up to 18 digits, maybe with a point, no exponent, and
 * something behind it that may stand there. The place behind it; NULL, and nothing said, for any
 * other.
 */
static inline const char *
od_json_plain_number(const char *at, const char *end, double *value)
{
    uint64_t mantissa = 0;
    bool negative = at < end && *at == '-';
    const char *digits = at + negative;
    const char *point = od_json_digits(digits, end, &mantissa);
    at = point;
    if (at == digits || (*digits == '0' && at - digits > 1) || at >= end) {
        return NULL;
    }
    if (*at == '.') {
        at = od_json_digits(at + 1, end, &mantissa);
        if (at == point + 1) {
            return NULL;
        }
    }
    if (at - digits >= OD_JSON_DIGITS_MAX || at >= end ||
        (*at != ',' && *at != '}' && *at != ']' && *at != '\n' && *at != ' ')) {
        return NULL;
    }
    if (at == point) { /* the integer -0 is 0 */
        *value = od_json_with_sign((double)(int64_t)mantissa, negative) + 0.0;
    } else {
        *value = od_json_scale(mantissa, (int)(at - point) - 1, negative);
    }
    return at;
}

#endif
