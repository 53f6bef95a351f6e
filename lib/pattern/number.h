/* Numbers as JSON writes them, quickly: a session of patterns is mostly those. */
#ifndef OD_NUMBER_H
#define OD_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

void od_number_integer(struct od_buf *out, int64_t number);

/** The shortest decimal that reads back as the same double. */
void od_number_double(struct od_buf *out, double number);

/** Likewise, as the same float. */
void od_number_float(struct od_buf *out, float number);

#endif
