/* Pattern texts in, a session (IR JSON) out. */
#ifndef OD_PATTERN_H
#define OD_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "pattern/sheet.h"

struct od_pattern_options {
    bool has_seed; /**< `seed` instead of what the text says */
    int64_t seed;  /**< 0..2^53-1 */
    size_t work; /**< how much may be worked out (od_query); 0: what some seconds are enough for */
};

/**
 * Makes one session of `n` texts, as if they stood in one file; it is appended to `json`. The same
 * texts and seed make the same bytes on every machine. What is found in a text goes to its
 * `diags`, sorted, whatever comes back. OD_EDATA: there are errors, and `json` is as it was.
 * OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_pattern_compile(struct od_sheet_input *inputs, size_t n,
                                               const struct od_pattern_options *options,
                                               struct od_buf *json);

#endif
