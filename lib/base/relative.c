#include "base/relative.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool
od_relative_parse(const char *text, bool signs, enum od_relation *relation, double *number)
{
    static const char operators[] = "+-*/"; /* in the order of the enum */
    const char *sign = *text != '\0' ? strchr(operators, *text) : NULL;
    *relation = OD_ABSOLUTE;
    if (sign != NULL && text[1] == '=') {
        *relation = (enum od_relation)(OD_PLUS + (sign - operators));
        text += 2;
    } else if (signs && (*text == '+' || *text == '-')) {
        *relation = OD_PLUS; /* the sign is the number's */
    }
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

double
od_relative(enum od_relation relation, double held, double number)
{
    switch (relation) {
    case OD_PLUS:
        return held + number;
    case OD_MINUS:
        return held - number;
    case OD_TIMES:
        return held * number;
    case OD_DIVIDED:
        return held / number;
    case OD_ABSOLUTE:
        break;
    }
    return number;
}
