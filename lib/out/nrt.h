/* OSC bundles with their lengths, times counted from 0: the format of scsynth's non-real-time
 * scores. Ours are for programs that know /dirt/play; scsynth does not. */
#ifndef OD_NRT_H
#define OD_NRT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "base/units.h"

/** Time tag of a span from the start (32.32 bits of seconds, two's complement below 0). */
uint64_t od_nrt_tag(od_nsec time);

/**
 * Writes a big-endian length and the bundle, whose time tag is set. Bundles should come in order of
 * time. OD_EIO if the stream fails.
 */
OD_NODISCARD enum od_status od_nrt_write(FILE *file, od_nsec time, unsigned char *bundle,
                                         size_t size);

/** Makes all bundles of a whole file later, by a span that makes none of them early. Times are kept
 * below 0 until then. */
void od_nrt_shift(char *bytes, size_t size, od_nsec span);

/** Writes the empty bundle that says how long the whole is. */
OD_NODISCARD enum od_status od_nrt_end(FILE *file, od_nsec time);

#endif
