/* Documents as text: every number as the shortest that reads back as the same. */
#ifndef OD_SERVE_DOCUMENT_H
#define OD_SERVE_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

/** Appends `value`; false if there is no memory or it is nested deeper than anything read here. */
bool document_write(const json_t *value, struct od_buf *out);

#endif
