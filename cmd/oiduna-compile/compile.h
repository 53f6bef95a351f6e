/* Sessions in, scores out. */
#ifndef OD_COMPILE_COMPILE_H
#define OD_COMPILE_COMPILE_H

#include "base/buf.h"
#include "base/status.h"
#include "options.h"
#include "text/source.h"

/** What a text became, and what is to be said of it on standard error. Zero-initialise. */
struct outcome {
    enum od_status status;
    struct od_buf score; /* empty after a failure */
    struct od_buf report;
};

/** Compiles a text into the empty `outcome`. */
void compile_text(const struct options *options, const struct od_source *source,
                  struct outcome *outcome);

/** Writes a score (or several) where the options say; says what is wrong; the exit status. */
int compile_write(const struct options *options, const struct od_buf *score);

void outcome_clear(struct outcome *outcome);

/** Compiles the one input, of which standard input may have several texts; the exit status. */
int compile_once(const struct options *options);

#endif
