/* The real player's core in virtual time, playing one step again and again. */
#ifndef BENCH_TICKER_H
#define BENCH_TICKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"
#include "control/live.h"
#include "play/player.h"
#include "world/udp.h"

#define BENCH_SENT_MAX 1024

struct bench_ticker {
    struct od_player *player;
    struct od_udp *udp;           /**< where bundles go; NULL = nowhere */
    struct od_buf *store;         /**< if not NULL, bundles and MIDI messages are appended to it */
    size_t sizes[BENCH_SENT_MAX]; /**< of those in the store */
    size_t n_stored;
    uint64_t bundles; /**< that came out */
    unsigned step;
};

/** Starts playing the take (which must stay) at the step, 0..255. OD_ENOMEM. */
OD_NODISCARD enum od_status bench_ticker_open(struct bench_ticker *ticker, struct od_take *take,
                                              unsigned step);

/** Plays the step once: all that the player does from waking up for it to waking up for the next.
 */
void bench_ticker_play(struct bench_ticker *ticker);

void bench_ticker_close(struct bench_ticker *ticker);

#endif
