/* The trace: what is sent and when, one JSON object a line. */
#ifndef OD_TRACE_H
#define OD_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"

/** Appends a line for each message of a bundle that sounds at `time` (since the anchor). */
OD_NODISCARD enum od_status od_trace_osc(struct od_buf *out, od_nsec time, int64_t step,
                                         const void *bundle, size_t size);

/** Appends the line of a MIDI message. */
OD_NODISCARD enum od_status od_trace_midi(struct od_buf *out, od_nsec time, int64_t step,
                                          const unsigned char *bytes, size_t size);

#endif
