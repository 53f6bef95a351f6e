#include "world/clock.h"

#include <ctype.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#define MEASUREMENTS     16
#define NTP_UNIX_SECONDS UINT64_C(2208988800) /* from 1900 to 1970 */
#define LATEST_SECONDS   INT64_C(7258118400)  /* 2200-01-01 */

static od_nsec
read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (od_nsec)now.tv_sec * OD_NSEC_PER_SEC + now.tv_nsec;
}

od_nsec
od_clock_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

od_nsec
od_clock_real(void)
{
    return read_clock(CLOCK_REALTIME);
}

struct od_clock_offset
od_clock_measure(void)
{
    struct od_clock_offset best = {0, OD_NSEC_NEVER};
    for (int i = 0; i < MEASUREMENTS; i++) {
        od_nsec before = od_clock_now();
        od_nsec real = od_clock_real();
        od_nsec after = od_clock_now();
        od_nsec error = (after - before) / 2 + 1; /* 1: both clocks are cut to nanoseconds */
        if (error < best.error) {
            best.offset = real - (before + (after - before) / 2);
            best.error = error;
        }
    }
    return best;
}

bool
od_clock_update(struct od_clock_offset *held, struct od_clock_offset measured)
{
    od_nsec difference = measured.offset - held->offset;
    if (difference < 0) {
        difference = -difference;
    }
    bool moved = difference > held->error + measured.error;
    if (moved || measured.error < held->error) {
        *held = measured;
    }
    return moved;
}

uint64_t
od_clock_ntp(od_nsec real)
{
    uint64_t seconds = (uint64_t)(real / OD_NSEC_PER_SEC) + NTP_UNIX_SECONDS;
    uint64_t rest = (uint64_t)(real % OD_NSEC_PER_SEC);
    return seconds << 32 | (rest << 32) / (uint64_t)OD_NSEC_PER_SEC;
}

/* Digits at *text, at least one and at most `most`; −1 if there are none or too many. */
static int64_t
scan_digits(const char **text, int most)
{
    int64_t value = 0;
    int n = 0;
    while (isdigit((unsigned char)(*text)[n])) {
        if (n == most) {
            return -1;
        }
        value = value * 10 + ((*text)[n] - '0');
        n++;
    }
    *text += n;
    return n > 0 ? value : -1;
}

/* ".123" → ns; nothing there → 0; −1 if a point has no digits behind it. */
static od_nsec
scan_fraction(const char **text)
{
    if (**text != '.') {
        return 0;
    }
    const char *at = *text + 1;
    od_nsec value = 0;
    od_nsec unit = OD_NSEC_PER_SEC / 10;
    if (!isdigit((unsigned char)*at)) {
        return -1;
    }
    for (; isdigit((unsigned char)*at); at++, unit /= 10) {
        value += (*at - '0') * unit;
    }
    *text = at;
    return value;
}

/* SECONDS[.FRACTION] and nothing after it. */
static bool
scan_seconds(const char *text, od_nsec *value)
{
    int64_t seconds = scan_digits(&text, 10);
    od_nsec fraction = scan_fraction(&text);
    if (seconds < 0 || fraction < 0 || *text != '\0' || seconds >= LATEST_SECONDS) {
        return false;
    }
    *value = seconds * OD_NSEC_PER_SEC + fraction;
    return true;
}

/* A number of exactly `digits` digits, followed by one of `ends` (which is read over). */
static bool
scan_field(const char **text, int digits, const char *ends, int64_t *value)
{
    const char *start = *text;
    *value = scan_digits(text, digits);
    if (*text - start != digits || **text == '\0' || strchr(ends, **text) == NULL) {
        return false;
    }
    (*text)++;
    return true;
}

static bool
is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t
days_of_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static int64_t
days_since_1970(int64_t year, int64_t month, int64_t day)
{
    int64_t days = day - 1;
    for (int64_t m = 1; m < month; m++) {
        days += days_of_month(year, m);
    }
    for (int64_t y = 1970; y < year; y++) {
        days += is_leap(y) ? 366 : 365;
    }
    return days;
}

/* "Z" or "+HH:MM" and nothing after it → seconds east of UTC. */
static bool
scan_zone(const char *text, int64_t *east)
{
    if ((*text == 'Z' || *text == 'z') && text[1] == '\0') {
        *east = 0;
        return true;
    }
    char sign = *text;
    if (sign != '+' && sign != '-') {
        return false;
    }
    int64_t hours = 0;
    text++;
    if (!scan_field(&text, 2, ":", &hours)) {
        return false;
    }
    const char *start = text;
    int64_t minutes = scan_digits(&text, 2);
    if (text - start != 2 || *text != '\0' || hours > 23 || minutes > 59) {
        return false;
    }
    *east = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
    return true;
}

static bool
scan_date(const char **text, int64_t *days)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    if (!scan_field(text, 4, "-", &year) || !scan_field(text, 2, "-", &month) ||
        !scan_field(text, 2, "Tt ", &day)) {
        return false;
    }
    if (year < 1970 || year >= 2200 || month < 1 || month > 12 || day < 1 ||
        day > days_of_month(year, month)) {
        return false;
    }
    *days = days_since_1970(year, month, day);
    return true;
}

static bool
scan_rfc3339(const char *text, od_nsec *real)
{
    int64_t days = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t east = 0;
    if (!scan_date(&text, &days) || !scan_field(&text, 2, ":", &hour) ||
        !scan_field(&text, 2, ":", &minute)) {
        return false;
    }
    const char *start = text;
    int64_t second = scan_digits(&text, 2);
    bool two = text - start == 2;
    od_nsec fraction = scan_fraction(&text);
    /* A leap second (60) is the moment after it: the wall clock has no other name for it. */
    if (!two || fraction < 0 || hour > 23 || minute > 59 || second > 60 ||
        !scan_zone(text, &east)) {
        return false;
    }
    int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - east;
    *real = seconds * OD_NSEC_PER_SEC + fraction;
    return seconds >= 0;
}

bool
od_clock_parse(const char *text, od_nsec now_real, od_nsec *real)
{
    od_nsec seconds = 0;
    if (*text == '+') {
        if (!scan_seconds(text + 1, &seconds) ||
            now_real > LATEST_SECONDS * OD_NSEC_PER_SEC - seconds) {
            return false;
        }
        *real = now_real + seconds;
        return true;
    }
    return scan_seconds(text, real) || scan_rfc3339(text, real);
}

bool
od_clock_synchronised(od_nsec *error)
{
    struct timex state = {.modes = 0};
    int result = adjtimex(&state);
    *error = (od_nsec)state.maxerror * 1000;
    return result >= 0 && result != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}
