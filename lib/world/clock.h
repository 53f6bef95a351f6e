/* Clocks: monotonic time, its offset to the wall clock, OSC time tags, times written by people. */
#ifndef OD_CLOCK_H
#define OD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"

/** CLOCK_MONOTONIC now. */
OD_REALTIME od_nsec od_clock_now(void);

/** CLOCK_REALTIME now: nanoseconds since 1970. */
OD_REALTIME od_nsec od_clock_real(void);

/** CLOCK_REALTIME − CLOCK_MONOTONIC. */
struct od_clock_offset {
    od_nsec offset;
    od_nsec error; /**< the true offset is within `offset` ± `error` */
};

/** Measures: the wall clock between two readings of the monotonic one, the tightest of several. */
OD_REALTIME struct od_clock_offset od_clock_measure(void);

/**
 * Takes `measured` over into `held` if the two differ by more than both errors together, or if it
 * is the tighter one and does not contradict; true if the offset changed by more than the errors
 * (the wall clock was set). Time tags therefore do not wobble with the noise of measuring.
 */
OD_REALTIME bool od_clock_update(struct od_clock_offset *held, struct od_clock_offset measured);

/** NTP time tag of a moment of the wall clock (ns since 1970): seconds since 1900, 32.32 bits. */
OD_REALTIME uint64_t od_clock_ntp(od_nsec real);

/**
 * Reads a time: `+SECONDS` from `now_real`, Unix seconds with or without a fraction, or RFC 3339
 * (`2026-10-16T20:00:00.5+02:00`, `Z`; the offset is needed). `*real` gets ns since 1970; what is
 * beyond nanoseconds is cut. False if it is none of these or outside 1970..2200.
 */
OD_NODISCARD bool od_clock_parse(const char *text, od_nsec now_real, od_nsec *real);

/** True if the kernel says that the wall clock is disciplined (NTP, PTP); `*error` gets its
 * estimate of the greatest error, ns. */
bool od_clock_synchronised(od_nsec *error);

#endif
