/* From text to what the player plays, as oiduna-compile and oiduna-play do it. */
#ifndef BENCH_PREPARE_H
#define BENCH_PREPARE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"
#include "control/live.h"
#include "workload.h"

/** Compiles; findings are told on standard error as `name` if it fails. */
OD_NODISCARD enum od_status bench_compile(const char *name, const struct od_buf *text,
                                          struct od_buf *score);

/** The program of a score that lies in memory and stays there. */
OD_NODISCARD enum od_status bench_take_of(const void *score, size_t length, struct od_take **take);

/** The way from a text to a program that could be played, and both given up again. */
OD_NODISCARD enum od_status bench_load(const char *name, const struct od_buf *text);

/** Text, score and program of a workload, each where its pointer is not NULL. The score must stay
 * as long as the program. */
OD_NODISCARD enum od_status bench_prepare(const struct bench_workload *workload,
                                          struct od_buf *text, struct od_buf *score,
                                          struct od_take **take);

#endif
