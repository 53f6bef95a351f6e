/* Standard error as the loop uses it: a thread writes, so that a full pipe holds up nobody. */
#ifndef OD_SERVE_LOG_H
#define OD_SERVE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

struct od_log;

/** Starts the thread. NULL if that is not possible. */
struct od_log *od_log_new(void);

/** Writes a line, which ends in a newline, later. If too much waits it is dropped and counted. */
void od_log_line(struct od_log *log, const void *line, size_t length);

/** Writes "program: text" and a newline likewise. */
void od_log_message(struct od_log *log, const char *format, ...) OD_PRINTF(2, 3);

/** Writes "text" and a newline likewise. */
void od_log_text(struct od_log *log, const char *text);

/** Lines that were dropped. */
uint64_t od_log_dropped(struct od_log *log);

/** Writes what waits, for a second at most, and ends the thread. NULL is allowed. */
void od_log_free(struct od_log *log);

#endif
