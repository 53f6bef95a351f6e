/* Texts in, a session out. */
#ifndef OD_PATTERN_COMPILE_H
#define OD_PATTERN_COMPILE_H

#include "base/buf.h"
#include "base/status.h"
#include "options.h"

/** What the texts became, and what is to be said of them on standard error. Zero-initialise. */
struct outcome {
    enum od_status status;
    struct od_buf json; /* empty after a failure */
    struct od_buf report;
    bool judged;             /* all were read */
    bool faulty[INPUTS_MAX]; /* of this something is said, if only that it cannot be read */
};

/** Reads all inputs and compiles them into the empty `outcome`. What cannot be read was said. */
void compile_inputs(const struct options *options, struct outcome *outcome);

void outcome_clear(struct outcome *outcome);

/** Writes a session where the options say; says what is wrong; the exit status. */
int compile_write(const struct options *options, const struct od_buf *json);

/** Compiles the inputs; the exit status. */
int compile_once(const struct options *options);

#endif
