/* The metrics, as JSON and for people. */
#ifndef OD_PLAY_REPORT_H
#define OD_PLAY_REPORT_H

#include "base/buf.h"
#include "engine.h"

/** Appends the members of the metrics object, without braces. `ignored`: OSC packets that were no
 * commands. */
void report_members(const struct engine *engine, double bpm, uint64_t ignored, struct od_buf *out);

/** Says before the night what would be said after it: the file cannot be written. The exit status,
 * or 0. */
int report_check(const char *path);

/** Writes the metrics object to a file; the exit status (all has been said), or 0. */
int report_write(const struct engine *engine, double bpm, uint64_t ignored, const char *path);

/** Prints them for people on standard error: all of them (SIGUSR1, metrics), or what matters (at
 * the end). */
void report_print(const struct engine *engine, double bpm, bool all);

/** What the status line shows. */
struct report_summary {
    uint64_t events, dropped_steps;
    od_nsec lateness_p99;
};
struct report_summary report_summary(const struct engine *engine);

#endif
