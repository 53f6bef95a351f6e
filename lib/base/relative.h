/* Numbers that people give: as they are, or relative to the one that holds. */
#ifndef OD_RELATIVE_H
#define OD_RELATIVE_H

#include <stdbool.h>

/** What a number is to the one that holds. */
enum od_relation {
    OD_ABSOLUTE, /**< it takes its place */
    OD_PLUS,
    OD_MINUS,
    OD_TIMES,
    OD_DIVIDED
};

/**
 * Reads a number, "+=N", "-=N", "*=N" or "/=N"; with `signs` a bare sign is
 * relative too: "+5" is 5 more. False if it is none of these, or not finite.
 */
bool od_relative_parse(const char *text, bool signs, enum od_relation *relation, double *number);

/** What becomes of the number that holds; not finite if it was divided by nothing. */
double od_relative(enum od_relation relation, double held, double number);

#endif
