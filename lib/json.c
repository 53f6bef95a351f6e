#include "json.h"

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* Codes of what this file adds: syntax, utf-8, byte-order-mark, nul, too-deep, too-large,
 * number-range, duplicate-key. */

#define POINTER_SIZE 1024
#define DIGITS_MAX   19 /* decimal digits that always fit 64 bits */
#define SHORT_LIST   ((size_t)16)

static void fail(struct od_json *json, const char *at, const char *code, const char *format, ...)
    OD_PRINTF(4, 5);

static void
fail(struct od_json *json, const char *at, const char *code, const char *format, ...)
{
    char message[256], pointer[POINTER_SIZE];
    if (json->broken) {
        return;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    od_json_pointer(json, pointer, sizeof pointer);
    json->broken = true;
    json->value = at;
    od_diag_add(json->diags, OD_ERROR, (size_t)(at - json->start), pointer, code, "%s", message);
}

static void
fail_memory(struct od_json *json)
{
    json->broken = true;
    json->diags->out_of_memory = true;
}

#define FOUND_SIZE 40

static bool
is_letter(char byte)
{
    unsigned char lower = (unsigned char)(byte | 0x20);
    return lower >= 'a' && lower <= 'z';
}

static size_t
word_length(const struct od_json *json, const char *at)
{
    size_t length = 0;
    while (at + length < json->end && is_letter(at[length])) {
        length++;
    }
    return length;
}

/* What stands at a place, in words. */
static const char *
found(const struct od_json *json, const char *at, char out[FOUND_SIZE])
{
    if (at >= json->end) {
        return "the end of the text";
    }
    size_t length = od_utf8_length(at, json->end);
    unsigned char c = (unsigned char)*at;
    if (c == '\n' || c == '\r') {
        return "the end of the line";
    }
    if (c == '\'') {
        return "a single quote";
    }
    if (length == 0 || c < 0x20 || c == 0x7f) {
        snprintf(out, FOUND_SIZE, "the byte 0x%02X", c);
        return out;
    }
    size_t word = word_length(json, at);
    length = word > length && word < FOUND_SIZE - 3 ? word : length;
    snprintf(out, FOUND_SIZE, "'%.*s'", (int)length, at);
    return out;
}

/* What those write who come from another language. */
static const char *
hint(const struct od_json *json, const char *at)
{
    static const struct {
        const char *written, *hint;
    } hints[] = {{"None", " (JSON says null)"},
                 {"nil", " (JSON says null)"},
                 {"undefined", " (JSON says null)"},
                 {"True", " (JSON says true)"},
                 {"False", " (JSON says false)"},
                 {"NaN", " (JSON has no such number)"},
                 {"Infinity", " (JSON has no such number)"},
                 {"//", " (JSON has no comments)"},
                 {"/*", " (JSON has no comments)"},
                 {"#", " (JSON has no comments)"}};
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        size_t length = strlen(hints[i].written);
        if ((size_t)(json->end - at) >= length && memcmp(at, hints[i].written, length) == 0) {
            return hints[i].hint;
        }
    }
    return "";
}

static void
fail_expected(struct od_json *json, const char *at, const char *expected)
{
    char what[FOUND_SIZE];
    fail(json, at, "syntax", "expected %s, found %s%s", expected, found(json, at, what),
         hint(json, at));
}

static inline const char *
skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

void
od_json_init(struct od_json *json, const char *text, size_t length, struct od_diag_list *diags,
             struct od_arena *arena)
{
    *json = (struct od_json){.start = text, .diags = diags, .arena = arena};
    json->at = json->value = json->start;
    json->end = length == 0 ? text : text + length;
    if (length > OD_JSON_SIZE_MAX) {
        fail(json, text, "too-large", "the text has %zu MiB, the most is %zu MiB", length >> 20,
             OD_JSON_SIZE_MAX >> 20);
    } else if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        fail(json, text, "byte-order-mark",
             "the text begins with a byte-order mark: save it as UTF-8 without one");
    }
}

/* ---- numbers ---- */

static inline bool
is_digit(const char *at, const char *end)
{
    return at < end && (unsigned char)(*at - '0') < 10;
}

static inline const char *
scan_digits(const char *at, const char *end, uint64_t *mantissa)
{
    uint64_t value = *mantissa;
    while (is_digit(at, end)) {
        value = value * 10 + (unsigned char)(*at++ - '0');
    }
    *mantissa = value;
    return at;
}

static const char *
scan_exponent(struct od_json *json, const char *at, int *exponent)
{
    bool negative = at < json->end && *at == '-';
    at += at < json->end && (*at == '-' || *at == '+');
    if (!is_digit(at, json->end)) {
        fail_expected(json, at, "a digit of the exponent");
        return NULL;
    }
    int value = 0;
    for (; is_digit(at, json->end); at++) {
        value = value < 100000 ? value * 10 + (*at - '0') : value;
    }
    value = value > 100000 ? 100000 : value;
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

static bool
check_integer(struct od_json *json, const struct od_json_number *number)
{
    uint64_t most = (uint64_t)INT64_MAX + (number->negative ? 1 : 0);
    if (!number->is_short || number->mantissa > most) {
        fail(json, number->start, "number-range", "integer too big: it does not fit 64 bits");
        return false;
    }
    return true;
}

/* Checks the number at json->at and keeps what was learnt. */
static bool
scan_number(struct od_json *json)
{
    struct od_json_number *number = &json->number;
    const char *at = json->at, *end = json->end;
    *number = (struct od_json_number){.start = at, .negative = *at == '-'};
    at += number->negative;
    const char *digits = at;
    at = scan_digits(at, end, &number->mantissa);
    if (at == digits || (*digits == '0' && at - digits > 1)) {
        number->start = NULL;
        fail_expected(json, at == digits ? at : digits + 1,
                      at == digits ? "a digit after the minus sign"
                                   : "no digit after a leading zero");
        return false;
    }
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        number->is_real = true;
        at = scan_digits(at, end, &number->mantissa);
        if (at == fraction) {
            number->start = NULL;
            fail_expected(json, at, "a digit after the decimal point");
            return false;
        }
        number->exponent = fraction - at > -100000 ? (int)(fraction - at) : -100000;
    }
    const char *digits_end = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        number->is_real = true;
        at = scan_exponent(json, at + 1, &number->exponent);
        if (at == NULL) {
            number->start = NULL;
            return false;
        }
    }
    if (at < end && (is_letter(*at) || *at == '.')) {
        number->start = NULL;
        fail_expected(json, at, "the end of a number");
        return false;
    }
    number->end = at;
    number->is_short =
        digits_end - digits <= DIGITS_MAX || count_digits(digits, digits_end) <= DIGITS_MAX;
    return number->is_real || check_integer(json, number);
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
 * mantissa / 10^n for a mantissa that is not 0 and n < FIVES, correctly rounded: both are shifted
 * up to 64 bits, so the quotient has 63 or 64; what is left over only matters as "something more",
 * in its last bit, far below where a double ends. Then there is one rounding, and a power of two.
 */
static double
divide_by_ten(uint64_t mantissa, int n)
{
    __extension__ typedef unsigned __int128 wide;
    int up = __builtin_clzll(mantissa), up_five = __builtin_clzll(fives[n]);
    wide dividend = (wide)(mantissa << up) << 63;
    uint64_t divisor = fives[n] << up_five;
    uint64_t quotient = (uint64_t)(dividend / divisor);
    quotient |= dividend % divisor != 0;
    return (double)quotient * power_of_two(up_five - up - 63 - n);
}

/* The rest: many digits, large exponents. strtod needs a NUL, and the C locale for the point. */
static double
convert_slowly(struct od_json *json, const struct od_json_number *number)
{
    char *text = od_arena_string(json->arena, number->start, (size_t)(number->end - number->start));
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (text == NULL || c_locale == (locale_t)0) {
        fail_memory(json);
        return 0;
    }
    double value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    if (isinf(value)) {
        fail(json, number->start, "number-range", "number too big: it is beyond 1.8e308");
        return 0;
    }
    return value;
}

static double
convert(struct od_json *json, const struct od_json_number *number)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t mantissa = number->mantissa;
    int exponent = number->exponent;
    double value;
    if (!number->is_short) {
        return convert_slowly(json, number);
    }
    if (mantissa == 0) {
        value = 0;
    } else if (mantissa <= UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22) {
        /* both are exact as doubles, so there is but one rounding */
        value =
            exponent < 0 ? (double)mantissa / tens[-exponent] : (double)mantissa * tens[exponent];
    } else if (exponent <= 0 && exponent > -FIVES) {
        value = divide_by_ten(mantissa, -exponent);
    } else {
        return convert_slowly(json, number);
    }
    /* as a factor: signs come at random, and a branch would be guessed wrong half the time */
    static const double signs[] = {1, -1};
    return value * signs[number->negative];
}

static bool
have_number(struct od_json *json)
{
    return json->number.start == json->at || scan_number(json);
}

double
od_json_real(struct od_json *json)
{
    if (json->broken || !have_number(json)) {
        return 0;
    }
    json->value = json->at;
    json->at = json->number.end;
    if (!json->number.is_real && json->number.mantissa == 0) {
        return 0; /* the integer -0 is 0 */
    }
    return convert(json, &json->number);
}

int64_t
od_json_int(struct od_json *json)
{
    if (json->broken || !have_number(json)) {
        return 0;
    }
    json->value = json->at;
    json->at = json->number.end;
    uint64_t mantissa = json->number.mantissa;
    return (int64_t)(json->number.negative ? 0 - mantissa : mantissa);
}

/* ---- strings ---- */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each byte that is 0; above the lowest of them there may be wrong ones. */
static inline uint64_t
find_zeros(uint64_t eight)
{
    return (eight - EACH(0x01)) & ~eight & EACH(0x80);
}

/* Likewise for bytes that cannot stand in a string as they are, or are not ASCII. */
static inline uint64_t
find_special(uint64_t eight)
{
    uint64_t control = (eight - EACH(0x20)) & ~eight & EACH(0x80);
    return control | (eight & EACH(0x80)) | find_zeros(eight ^ EACH('"')) |
           find_zeros(eight ^ EACH('\\'));
}

static inline bool
is_plain(char byte)
{
    unsigned char c = (unsigned char)byte;
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Over ASCII that stands for itself, eight bytes at a time as long as there are eight. */
static inline const char *
scan_ascii(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof eight);
        uint64_t special = find_special(eight);
        if (special != 0) {
            return at + __builtin_ctzll(special) / 8;
        }
        at += 8;
    }
    while (at < end && is_plain(*at)) {
        at++;
    }
    return at;
}

static void
fail_string(struct od_json *json, const char *at)
{
    unsigned char c = at < json->end ? (unsigned char)*at : 0;
    if (at >= json->end) {
        fail(json, at, "syntax",
             "expected the closing '\"' of a string, found the end of the text");
    } else if (c < 0x20) {
        char what[FOUND_SIZE];
        fail(json, at, "syntax", "expected a closing '\"' (or an escape such as \\n), found %s",
             found(json, at, what));
    } else {
        fail(json, at, "utf-8", "expected UTF-8, found the byte 0x%02X that is none", c);
    }
}

/* Over what needs no decoding; at the end, a quote, a backslash or something broken. */
static inline const char *
scan_plain(const char *at, const char *end)
{
    for (;;) {
        at = scan_ascii(at, end);
        if (at >= end || (unsigned char)*at < 0x80) {
            return at;
        }
        size_t length = od_utf8_length(at, end);
        if (length == 0) {
            return at;
        }
        at += length;
    }
}

static bool
read_hex(const char *at, const char *end, unsigned long *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        if (at + i >= end) {
            return false;
        }
        unsigned char c = (unsigned char)at[i], lower = c | 0x20;
        if (c >= '0' && c <= '9') {
            *value = *value << 4 | (c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            *value = *value << 4 | (lower - 'a' + 10u);
        } else {
            return false;
        }
    }
    return true;
}

static bool
is_between(unsigned long value, unsigned long least, unsigned long most)
{
    return value >= least && value <= most;
}

/* `at` is behind "\u"; returns the place behind the escape, NULL if it is none. */
static const char *
decode_unicode(struct od_json *json, const char *at, char **out)
{
    unsigned long high, low;
    if (!read_hex(at, json->end, &high)) {
        fail(json, at - 2, "syntax", "expected four hexadecimal digits after \\u");
        return NULL;
    }
    const char *next = at + 4;
    if (is_between(high, 0xd800, 0xdbff)) {
        if (json->end - next < 6 || next[0] != '\\' || next[1] != 'u' ||
            !read_hex(next + 2, json->end, &low) || !is_between(low, 0xdc00, 0xdfff)) {
            fail(json, at - 2, "syntax", "expected a second surrogate after \\u%.4s", at);
            return NULL;
        }
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        next += 6;
    } else if (is_between(high, 0xdc00, 0xdfff)) {
        fail(json, at - 2, "syntax", "expected a first surrogate before \\u%.4s", at);
        return NULL;
    } else if (high == 0) {
        fail(json, at - 2, "nul", "\\u0000 is not allowed: no name or value may hold a NUL");
        return NULL;
    }
    *out += od_utf8_encode(high, *out);
    return next;
}

static const char *
decode_escape(struct od_json *json, const char *at, char **out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *next = at + 1;
    if (next < json->end && *next == 'u') {
        return decode_unicode(json, next + 1, out);
    }
    const char *letter = next < json->end && *next != '\0' ? strchr(letters, *next) : NULL;
    if (letter == NULL) {
        char what[FOUND_SIZE];
        fail(json, next, "syntax", "expected one of \"\\/bfnrtu after a backslash, found %s",
             found(json, next, what));
        return NULL;
    }
    *(*out)++ = meanings[letter - letters];
    return next + 1;
}

/* Finds the closing quote, so that the decoded text (never longer) gets its room at once. */
static const char *
find_quote(const char *at, const char *end)
{
    while (at < end && *at != '"') {
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    }
    return at;
}

/* The string with escapes whose text begins at `start`, plain up to `at`. */
static bool
decode_string(struct od_json *json, const char *start, const char *at,
              struct od_json_string *string)
{
    size_t most = (size_t)(find_quote(at, json->end) - start);
    char *text = od_arena_alloc(json->arena, most + 4), *out = text;
    if (text == NULL) {
        fail_memory(json);
        return false;
    }
    for (;;) {
        memcpy(out, start, (size_t)(at - start));
        out += at - start;
        if (at >= json->end || (*at != '"' && *at != '\\')) {
            fail_string(json, at);
            return false;
        }
        if (*at == '"') {
            break;
        }
        start = decode_escape(json, at, &out);
        if (start == NULL) {
            return false;
        }
        at = scan_plain(start, json->end);
    }
    *string = (struct od_json_string){text, (size_t)(out - text)};
    json->at = at + 1;
    return true;
}

/* The string that begins at json->at, a quote. */
static inline bool
read_string(struct od_json *json, struct od_json_string *string)
{
    const char *start = json->at + 1;
    const char *at = scan_plain(start, json->end);
    json->value = json->at;
    if (at < json->end && *at == '"') {
        *string = (struct od_json_string){start, (size_t)(at - start)};
        json->at = at + 1;
        return true;
    }
    if (at < json->end && *at == '\\') {
        return decode_string(json, start, at, string);
    }
    fail_string(json, at);
    return false;
}

struct od_json_string
od_json_text(struct od_json *json)
{
    struct od_json_string string = {"", 0};
    if (!json->broken) {
        read_string(json, &string);
    }
    return string;
}

/* ---- values ---- */

static enum od_json_type
check_word(struct od_json *json, const char *word, size_t length, enum od_json_type type)
{
    if ((size_t)(json->end - json->at) >= length && memcmp(json->at, word, length) == 0) {
        return type;
    }
    fail_expected(json, json->at, word);
    return OD_JSON_END;
}

enum od_json_type
od_json_peek(struct od_json *json)
{
    if (json->broken) {
        return OD_JSON_END;
    }
    json->at = json->value = skip_space(json->at, json->end);
    switch (json->at < json->end ? *json->at : '\0') {
    case '"':
        return OD_JSON_STRING;
    case '{':
        return OD_JSON_OBJECT;
    case '[':
        return OD_JSON_ARRAY;
    case 't':
        return check_word(json, "true", 4, OD_JSON_BOOL);
    case 'f':
        return check_word(json, "false", 5, OD_JSON_BOOL);
    case 'n':
        return check_word(json, "null", 4, OD_JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        if (!have_number(json)) {
            return OD_JSON_END;
        }
        return json->number.is_real ? OD_JSON_REAL : OD_JSON_INT;
    default:
        fail_expected(json, json->at, "a value");
        return OD_JSON_END;
    }
}

bool
od_json_bool(struct od_json *json)
{
    if (json->broken) {
        return false;
    }
    bool value = *json->at == 't';
    json->at += value ? 4 : 5;
    return value;
}

void
od_json_null(struct od_json *json)
{
    json->at += json->broken ? 0 : 4;
}

bool
od_json_enter(struct od_json *json)
{
    if (json->broken) {
        return false;
    }
    if (json->depth == OD_JSON_DEPTH_MAX) {
        fail(json, json->at, "too-deep", "nested too deep: the most is %d levels",
             OD_JSON_DEPTH_MAX);
        return false;
    }
    struct od_json_level *level = &json->levels[++json->depth];
    level->is_array = *json->at == '[';
    level->first = true;
    level->key = (struct od_json_string){NULL, 0};
    level->index = 0;
    json->at++;
    return true;
}

/* Behind a member: a comma, or the closing bracket, which ends the array or object. */
static inline bool
find_member(struct od_json *json, struct od_json_level *level, char closing, const char *expected)
{
    const char *at = skip_space(json->at, json->end);
    if (at < json->end && *at == closing) {
        json->at = at + 1;
        json->depth--;
        return false;
    }
    if (level->first) {
        level->first = false;
        json->at = at;
        return true;
    }
    if (at >= json->end || *at != ',') {
        fail_expected(json, at, expected);
        return false;
    }
    json->at = skip_space(at + 1, json->end);
    return true;
}

bool
od_json_element(struct od_json *json)
{
    if (json->broken) {
        return false;
    }
    struct od_json_level *level = &json->levels[json->depth];
    bool first = level->first;
    if (!find_member(json, level, ']', "',' or ']'")) {
        return false;
    }
    level->index += first ? 0 : 1;
    if (json->at < json->end && *json->at == ']') {
        fail_expected(json, json->at, "a value after the comma");
        return false;
    }
    return true;
}

bool
od_json_key(struct od_json *json, struct od_json_string *key, size_t *key_at)
{
    if (json->broken) {
        return false;
    }
    struct od_json_level *level = &json->levels[json->depth];
    bool first = level->first;
    if (!find_member(json, level, '}', "',' or '}'")) {
        return false;
    }
    if (json->at >= json->end || *json->at != '"') {
        fail_expected(json, json->at,
                      first ? "a key in double quotes or '}'" : "a key in double quotes");
        return false;
    }
    if (!read_string(json, key)) {
        return false;
    }
    if (key_at != NULL) {
        *key_at = (size_t)(json->value - json->start);
    }
    level->key = *key;
    const char *at = skip_space(json->at, json->end);
    if (at >= json->end || *at != ':') {
        fail_expected(json, at, "':' after the key");
        return false;
    }
    json->at = skip_space(at + 1, json->end);
    return true;
}

static void
skip_array(struct od_json *json)
{
    if (od_json_enter(json)) {
        while (od_json_element(json)) {
            od_json_skip(json);
        }
    }
}

static void
skip_object(struct od_json *json)
{
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    if (od_json_enter(json)) {
        while (od_json_key(json, &key, &key_at)) {
            od_json_keys_add(json, &keys, key, key_at);
            od_json_skip(json);
        }
    }
}

/* Recursion ends at OD_JSON_DEPTH_MAX. */
void
od_json_skip(struct od_json *json)
{
    switch (od_json_peek(json)) {
    case OD_JSON_NULL:
        od_json_null(json);
        break;
    case OD_JSON_BOOL:
        od_json_bool(json);
        break;
    case OD_JSON_INT:
    case OD_JSON_REAL:
        od_json_real(json);
        break;
    case OD_JSON_STRING:
        od_json_text(json);
        break;
    case OD_JSON_ARRAY:
        skip_array(json);
        break;
    case OD_JSON_OBJECT:
        skip_object(json);
        break;
    case OD_JSON_END:
        break;
    }
}

bool
od_json_finish(struct od_json *json)
{
    if (json->broken) {
        return false;
    }
    json->at = skip_space(json->at, json->end);
    if (json->at < json->end) {
        fail_expected(json, json->at, "the end of the text after the value");
    }
    return !json->broken;
}

size_t
od_json_offset(const struct od_json *json)
{
    return (size_t)(json->value - json->start);
}

void
od_json_pointer_step(char *out, size_t size, const char *text, size_t length)
{
    size_t used = strlen(out);
    const char *end = text + length;
    if (used + 1 < size) {
        out[used++] = '/';
    }
    for (const char *p = text; p < end;) {
        size_t bytes = od_utf8_length(p, end);
        bytes = bytes == 0 ? 1 : bytes;
        if (used + bytes + 2 > size) {
            break;
        }
        if (*p == '~' || *p == '/') {
            out[used++] = '~';
            out[used++] = *p == '~' ? '0' : '1';
        } else {
            memcpy(out + used, p, bytes);
            used += bytes;
        }
        p += bytes;
    }
    out[used] = '\0';
}

void
od_json_pointer(const struct od_json *json, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 1; i <= json->depth; i++) {
        const struct od_json_level *level = &json->levels[i];
        if (level->is_array && !level->first) {
            char index[24];
            int length = snprintf(index, sizeof index, "%zu", level->index);
            od_json_pointer_step(out, size, index, (size_t)length);
        } else if (level->key.text != NULL) {
            od_json_pointer_step(out, size, level->key.text, level->key.length);
        }
    }
}

/* ---- repeated keys ---- */

/* The address stirs in what a writer of bad files cannot know. */
static size_t
hash(const struct od_json *json, struct od_json_string key)
{
    uint64_t h = (uint64_t)(uintptr_t)json * UINT64_C(0x9e3779b97f4a7c15) + key.length;
    for (size_t i = 0; i < key.length; i++) {
        h = (h ^ (unsigned char)key.text[i]) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    return (size_t)h;
}

static inline bool
is_same(struct od_json_string a, struct od_json_string b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* Where the key is in a table, or would be put. */
static struct od_json_string *
find_slot(const struct od_json *json, const struct od_json_keys *keys, struct od_json_string key)
{
    size_t i = hash(json, key) & (keys->n_slots - 1);
    while (keys->slots[i].text != NULL && !is_same(keys->slots[i], key)) {
        i = (i + 1) & (keys->n_slots - 1);
    }
    return &keys->slots[i];
}

static struct od_json_string *
find_in_list(const struct od_json_keys *keys, struct od_json_string key)
{
    struct od_json_string *slot = keys->slots, *end = slot + keys->count;
    while (slot < end && !is_same(*slot, key)) {
        slot++;
    }
    return slot;
}

/* A list of SHORT_LIST keys becomes a table; a table is at most half full. */
static bool
grow_keys(struct od_json *json, struct od_json_keys *keys)
{
    struct od_json_keys more = {.n_slots = keys->n_slots == 0 ? SHORT_LIST : keys->n_slots * 4,
                                .count = keys->count};
    more.slots = od_arena_array(json->arena, more.n_slots, sizeof *more.slots);
    if (more.slots == NULL) {
        fail_memory(json);
        return false;
    }
    for (size_t i = 0; i < keys->n_slots; i++) {
        if (keys->slots[i].text != NULL) {
            *find_slot(json, &more, keys->slots[i]) = keys->slots[i];
        }
    }
    *keys = more;
    return true;
}

void
od_json_duplicate(const struct od_json *json, struct od_json_string key, size_t key_at)
{
    char pointer[POINTER_SIZE];
    od_json_pointer(json, pointer, sizeof pointer);
    od_diag_add(json->diags, OD_ERROR, key_at, pointer, "duplicate-key",
                "the key '%.*s' stands here a second time", key.length > 60 ? 60 : (int)key.length,
                key.text);
}

bool
od_json_keys_add(struct od_json *json, struct od_json_keys *keys, struct od_json_string key,
                 size_t key_at)
{
    size_t most = keys->n_slots > SHORT_LIST ? keys->n_slots / 2 : keys->n_slots;
    if (json->broken || (keys->count == most && !grow_keys(json, keys))) {
        return false;
    }
    bool is_list = keys->n_slots == SHORT_LIST;
    struct od_json_string *slot = is_list ? find_in_list(keys, key) : find_slot(json, keys, key);
    bool is_new = is_list ? slot == keys->slots + keys->count : slot->text == NULL;
    if (!is_new) {
        od_json_duplicate(json, key, key_at);
        return false;
    }
    *slot = key;
    keys->count++;
    return true;
}

void
od_json_keys_reset(struct od_json_keys *keys)
{
    if (keys->n_slots > SHORT_LIST) {
        memset(keys->slots, 0, keys->n_slots * sizeof *keys->slots);
    }
    keys->count = 0;
}
