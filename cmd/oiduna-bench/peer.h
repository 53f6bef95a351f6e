/* Programs of bench/peers: each reads "TIMES" lines and answers how many nanoseconds that took. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stddef.h>

#include "base/status.h"
#include "child.h"
#include "suite.h"

/** Starts a peer with up to three arguments (NULL = no more). OD_EUNAVAILABLE if it was not built.
 */
OD_NODISCARD enum od_status bench_peer_start(const struct bench_run *run, struct bench_child *child,
                                             const char *name, const char *const args[3]);

/** Lets it work; how long it took, −1 if it does not answer. */
od_nsec bench_peer_work(struct bench_child *child, size_t times);

#endif
