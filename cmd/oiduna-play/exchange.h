/*
 * What the player thread and the control thread share, and all that they share: two queues, the
 * wakers, numbers with one writer. MIDI ports are handed to and fro by od_midiout itself.
 */
#ifndef OD_PLAY_EXCHANGE_H
#define OD_PLAY_EXCHANGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "play/command.h"
#include "world/metrics.h"
#include "world/midiout.h"
#include "world/ring.h"
#include "world/rt.h"
#include "world/udp.h"

/* The grid that was told last: one writes, one reads, neither waits for the other. */
struct exchange_grid {
    struct od_transport of[3]; /* the writer's, the reader's, and one between them */
    unsigned written, read;    /* which is whose */
    _Atomic unsigned between;  /* which, and whether the reader has not had it yet */
};

struct exchange {
    struct od_ring commands;   /* control → player: struct od_command */
    struct od_ring notices;    /* player → control: struct od_notice up to its transport … */
    struct exchange_grid grid; /* … which is here: as it is by then, or later */
    struct od_waker waker;     /* wakes the player */
    int notice_event;          /* eventfd: wakes the control thread */
    struct od_waker ready;     /* the player thread has begun */
    _Atomic bool quit;
    _Atomic int64_t wall_offset;   /* wall clock minus monotonic clock, as the player measured it */
    _Atomic uint64_t unended;      /* notes whose end no port took; known when the player ended */
    _Atomic uint64_t lost_notices; /* positions that found no room */
    struct od_histogram tick, lateness;
    struct od_histogram phase; /* how far from a master, as the control thread hears it */
    struct od_udp outputs[OD_OUTPUTS_MAX]; /* the player sends, anybody reads the counters */
    size_t n_outputs;
    struct od_udp show; /* copies for --show; fd -1 = none */
    struct od_midiout midi;
};

/** A MIDI message as --show gets it beside the bundles, of a SysEx the beginning; by its first byte
 * it is known. */
struct exchange_midi_copy {
    unsigned char mark, bytes[3];
    uint16_t size;
    int64_t step;
    od_nsec time;
};
#define EXCHANGE_MIDI_COPY 'M'

/** Nothing is open yet. */
void exchange_init(struct exchange *exchange);

/** Takes the memory; false if there is none. */
bool exchange_open(struct exchange *exchange);
void exchange_clear(struct exchange *exchange);

/** The player's: queues a notice; false if there is no room. One that only tells how it goes leaves
 * room for answers and for programs that go back. */
OD_REALTIME bool exchange_tell(struct exchange *exchange, const struct od_notice *notice);

/** The control thread's: the next notice; false if there is none. */
bool exchange_hear(struct exchange *exchange, struct od_notice *notice);

#endif
