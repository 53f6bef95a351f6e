/* Standard error as the loop uses it: a thread writes, so that a full pipe holds up nobody. */
#ifndef OD_SERVE_LOG_H
#define OD_SERVE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

struct log;

/** Starts the thread. NULL if that is not possible. */
struct log *log_new(void);

/** Writes a line, which ends in a newline, later. If too much waits it is dropped and counted. */
void log_line(struct log *log, const void *line, size_t length);

/** Writes "program: text" and a newline likewise. */
void log_message(struct log *log, const char *format, ...) OD_PRINTF(2, 3);

/** Writes "text" and a newline likewise. */
void log_text(struct log *log, const char *text);

/** Lines that were dropped. */
uint64_t log_dropped(struct log *log);

/** Writes what waits, for a second at most, and ends the thread. NULL is allowed. */
void log_free(struct log *log);

#endif
