/* OSC 1.0 through liblo: the only module that includes it. */
#ifndef OD_OSC_H
#define OD_OSC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"

#define OD_OSC_BUNDLE_HEADER 16 /* "#bundle\0" and the time tag */
#define OD_OSC_TAG_OFFSET    8  /* of the time tag in a bundle */

/** One argument of a message being written. */
struct od_osc_arg {
    char type; /**< 'i', 'f', 'd' or 's' */
    int32_t i;
    float f;
    double d;
    const char *s;
    uint32_t offset; /**< set by od_osc_serialise: where its value lies in the message */
};

/**
 * Appends the message `address` args… to `out`, serialised by liblo, and sets each argument's
 * offset from the message's first byte. `*size` gets its length. OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_osc_serialise(const char *address, struct od_osc_arg *args,
                                             size_t n_args, struct od_buf *out, size_t *size);

/**
 * Appends the messages of one packet (a message, or a bundle, nested or not) as JSON arrays
 * ["/address", arg, …], each followed by a newline. OD_EDATA if it is no sound OSC packet.
 */
OD_NODISCARD enum od_status od_osc_packet_json(const void *packet, size_t size, struct od_buf *out);

#endif
