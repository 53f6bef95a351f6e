/* Receives datagrams and knows from the kernel when each arrived. */
#ifndef BENCH_LISTEN_H
#define BENCH_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

/** Who sent it. */
enum bench_sender {
    BENCH_SENDER_PLAYER, /**< a bundle: `due` is its time tag */
    BENCH_SENDER_BARE,   /**< bench_bare_start: `due` is when it was to wake up */
    BENCH_SENDER_SLEEP,  /**< the peer that sleeps step by step: `due` is unknown */
    BENCH_SENDER_OTHER
};

struct bench_arrival {
    enum bench_sender sender;
    od_nsec time; /**< CLOCK_REALTIME, of the kernel */
    od_nsec due;  /**< CLOCK_REALTIME */
    size_t size;
};

/** A socket on 127.0.0.1; its port. −1 on failure. */
int bench_listen(unsigned *port);

/** The next datagram that has arrived; false if there is none. */
bool bench_receive(int fd, struct bench_arrival *arrival);

/**
 * Forks a process that does nothing but wake up at start + i·period (CLOCK_MONOTONIC), by
 * clock_nanosleep, with the scheduling a player would get, and send `size` bytes each time. Its
 * process, or −1.
 */
struct bench_bare {
    unsigned port;
    od_nsec start, period;
    size_t size;
    int cpu;
    bool realtime;
};
int bench_bare_start(const struct bench_bare *bare);

#endif
