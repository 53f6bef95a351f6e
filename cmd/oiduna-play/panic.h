/* --panic: silence, whatever was left sounding by whomever. */
#ifndef OD_PLAY_PANIC_H
#define OD_PLAY_PANIC_H

#include "base/status.h"
#include "options.h"
#include "world/udp.h"

/** Sends superpanic, which frees every synth of SuperDirt. OD_ENOMEM, OD_EIO: `error`
 * (OD_ERROR_MAX) says why. */
OD_NODISCARD enum od_status panic_superdirt(struct od_udp *udp, char *error);

/** Sends it all and says where it went; the exit status. */
int panic(const struct options *options);

#endif
