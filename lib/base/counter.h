/* A number that one thread counts up and any thread reads: no lock, no order with anything else. */
#ifndef OD_COUNTER_H
#define OD_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/units.h"

/** The writer's: there is one, so that nothing comes between the load and the store. */
OD_REALTIME static inline void
od_counter_add(_Atomic uint64_t *counter, uint64_t more)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + more, memory_order_relaxed);
}

/** The writer's: for a number that goes down, too. */
OD_REALTIME static inline void
od_counter_set(_Atomic uint64_t *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

/** Any thread's. */
OD_REALTIME static inline uint64_t
od_counter_read(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
