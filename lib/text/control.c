#include "text/control.h"

#include <stdio.h>
#include <string.h>

const struct od_control_range od_control_ranges[OD_CONTROL_KINDS] = {
    [OD_CONTROL_BANK] = {0, 0, 16383},        [OD_CONTROL_PROGRAM] = {0, 0, 127},
    [OD_CONTROL_RPN] = {16384, 0, 16383},     [OD_CONTROL_NRPN] = {16384, 0, 16383},
    [OD_CONTROL_CC] = {128, 0, 127},          [OD_CONTROL_CC14] = {32, 0, 16383},
    [OD_CONTROL_BEND] = {0, -8192, 8191},     [OD_CONTROL_PRESSURE] = {0, 0, 127},
    [OD_CONTROL_POLY_PRESSURE] = {0, 0, 127},
};
_Static_assert(OD_CONTROL_POLY_PRESSURE + 1 == OD_CONTROL_KINDS, "a word for each kind");

int
od_control_number(const char *text, size_t length, int most)
{
    int number = 0;
    if (length == 0 || length > 5 || (text[0] == '0' && length > 1)) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number <= most ? number : -1;
}

/* The kind of a word of that length, or -1. */
static int
find_kind(const char *word, size_t length)
{
    static const char *const names[] = {OD_CONTROL_NAMES};
    for (int kind = 0; kind < OD_CONTROL_KINDS; kind++) {
        if (strlen(names[kind]) == length && memcmp(names[kind], word, length) == 0) {
            return kind;
        }
    }
    return -1;
}

static bool
parse_value(const char *text, const struct od_control_range *range, struct od_control *control)
{
    bool negative = range->least < 0 && text[0] == '-';
    text += negative;
    int value = od_control_number(text, strlen(text), negative ? -range->least : range->most);
    control->value = (int16_t)(negative ? -value : value);
    return value >= 0;
}

bool
od_control_parse(const char *word, struct od_control *control, char *error)
{
    size_t length = strcspn(word, ".=");
    size_t end = strcspn(word, "=");
    int kind = find_kind(word, length);
    if (kind < 0 || word[end] == '\0') {
        snprintf(error, OD_CONTROL_ERROR,
                 "'%.40s' is none of bank=, program=, rpn.N=, nrpn.N=, cc.N=, cc14.N=, bend=, "
                 "pressure=, poly_pressure=",
                 word);
        return false;
    }
    const struct od_control_range *range = &od_control_ranges[kind];
    size_t dot = end > length;
    int number = od_control_number(word + length + dot, end - length - dot, range->numbers - 1);
    if (dot != (range->numbers > 0) || (dot && number < 0)) {
        snprintf(error, OD_CONTROL_ERROR,
                 range->numbers > 0 ? "%.*s has a number 0..%d, as in %.*s.0=1"
                                    : "%.*s has no number",
                 (int)length, word, range->numbers - 1, (int)length, word);
        return false;
    }
    *control = (struct od_control){.kind = (uint16_t)kind, .number = (uint16_t)(dot ? number : 0)};
    if (!parse_value(word + end + 1, range, control)) {
        snprintf(error, OD_CONTROL_ERROR, "%.*s is %d..%d, found '%.40s'", (int)length, word,
                 range->least, range->most, word + end + 1);
        return false;
    }
    return true;
}
