/* The suites: each fills in rows of the table. */
#ifndef BENCH_SUITE_H
#define BENCH_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/units.h"
#include "measure.h"
#include "result.h"

/** A run of the benchmark. */
struct bench_run {
    bool quick;
    struct bench_effort effort;
    const char *programs; /**< folder where oiduna-play and oiduna-compile are; its subfolder
                             `peers` holds what others would have written */
    const char *session;  /**< path of a session of the user's, or NULL */
    struct bench_results results;
    struct bench_result timetag; /**< found by the jitter suite on its way; n is 0 before */
};

struct bench_suite {
    const char *name;
    const char *what;
    enum od_status (*run)(struct bench_run *run);
};

/** In the order of the guide's chapters; the last has a NULL name. */
extern const struct bench_suite bench_suites[];

/** Adds the line through the rows from `first` on; x are the events of each. OD_ENOMEM. */
OD_NODISCARD enum od_status bench_add_growth(struct bench_run *run, const char *suite,
                                             const char *unit, size_t first, const double *x);

/* A suite says what it cannot measure by a note and returns OD_OK; it fails where going on makes no
 * sense, having said why. */
OD_NODISCARD enum od_status bench_load_json(struct bench_run *run);
OD_NODISCARD enum od_status bench_load_score(struct bench_run *run);
OD_NODISCARD enum od_status bench_load_index(struct bench_run *run);
OD_NODISCARD enum od_status bench_load_size(struct bench_run *run);
OD_NODISCARD enum od_status bench_load_pattern(struct bench_run *run);
OD_NODISCARD enum od_status bench_tick_lookup(struct bench_run *run);
OD_NODISCARD enum od_status bench_tick_pack(struct bench_run *run);
OD_NODISCARD enum od_status bench_tick_total(struct bench_run *run);
OD_NODISCARD enum od_status bench_load_tree(struct bench_run *run);
OD_NODISCARD enum od_status bench_tick_naive(struct bench_run *run);
OD_NODISCARD enum od_status bench_jitter(struct bench_run *run);
OD_NODISCARD enum od_status bench_timetag(struct bench_run *run);
OD_NODISCARD enum od_status bench_memory(struct bench_run *run);
OD_NODISCARD enum od_status bench_drift(struct bench_run *run);
OD_NODISCARD enum od_status bench_compile_file(struct bench_run *run);

/** The user's own session, in place of the workloads. */
OD_NODISCARD enum od_status bench_session(struct bench_run *run);

#endif
