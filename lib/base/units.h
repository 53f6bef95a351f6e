/* Units, sizes and marks that every module shares. No code. */
#ifndef OD_UNITS_H
#define OD_UNITS_H

#include <stdint.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "scores are little endian and are played where they lie: a little-endian machine is needed"
#endif

/* Nanoseconds: a point of CLOCK_MONOTONIC, or a span. Virtual time counts from 0. */
typedef int64_t od_nsec;

#define OD_NSEC_PER_SEC INT64_C(1000000000)
#define OD_NSEC_PER_MS  INT64_C(1000000)
#define OD_NSEC_NEVER   INT64_MAX

#define OD_STEPS      256  /* steps of a loop, always */
#define OD_LENGTH_MAX 4096 /* steps of a sequence or signal that has a length of its own */
#define OD_BAR_STEPS  16   /* one bar = one cycle */
#define OD_BEAT_STEPS 4

#define OD_SYSEX_MAX 4096 /* bytes of a SysEx message */

#define OD_EARLY_MAX_MS 60e3    /* an event is played at most this long before its step */
#define OD_SPAN_MAX_MS  86400e3 /* offsets and lengths end here: a day */

#define OD_BPM_MIN 1.0
#define OD_BPM_MAX 999.0

#define OD_BPM_USUAL_MIN 30.0 /* outside of these a warning is due */
#define OD_BPM_USUAL_MAX 300.0

/* The caller must look at the result. */
#define OD_NODISCARD __attribute__((warn_unused_result))
/* May run in the player thread: allocates nothing, locks nothing, logs nothing, reads no file.
 * tests/cli/realtime.t follows what is marked; clang 20 and later do so while they compile. */
#if defined(__has_attribute)
#if __has_attribute(nonblocking)
#define OD_REALTIME __attribute__((nonblocking))
#endif
#endif
#ifndef OD_REALTIME
#define OD_REALTIME
#endif
#define OD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
