/* Numbers as JSON writes them, quickly: a session of patterns is mostly those. */
#ifndef OD_NUMBER_H
#define OD_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define OD_NUMBER_SLOTS 256

/** What was written lately. Zero-initialised is ready for use. */
struct od_numbers {
    struct od_number_slot {
        uint64_t bits;
        unsigned char length; /**< 0: free */
        char text[31];
    } slots[OD_NUMBER_SLOTS];
};

void od_number_integer(struct od_buf *out, int64_t number);

/** The shortest decimal that reads back as the same double. */
void od_number_double(struct od_numbers *numbers, struct od_buf *out, double number);

#endif
