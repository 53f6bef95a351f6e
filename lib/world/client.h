/*
 * A player, seen from a program beside it: commands go to its control port, and what it is doing
 * comes back from there, as long as somebody asks. For a thread with a poll loop.
 */
#ifndef OD_CLIENT_H
#define OD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/units.h"
#include "play/sync.h"
#include "world/clock.h"
#include "world/udp.h"

#define OD_CLIENT_HOST  "127.0.0.1"
#define OD_CLIENT_PORT  57124
#define OD_CLIENT_EVERY (3 * OD_NSEC_PER_SEC) /* a player forgets who is silent for 10 s */
#define OD_CLIENT_SOON  (OD_NSEC_PER_SEC / 4) /* while nobody answers */
#define OD_CLIENT_PATIENT                                                                          \
    (7 * OD_NSEC_PER_SEC) /* a player that says nothing for so long is away                        \
                           */
#define OD_CLIENT_REFUSALS                                                                         \
    5                     /* told within OD_CLIENT_PATIENT, and none twice in a row: a knob asks   \
                             a hundred times a second */
#define OD_CLIENT_WORD 64 /* bytes of a word that it says, with the NUL */

struct od_client {
    struct od_udp udp;
    struct od_clock_offset clock; /* the wall clock against ours */
    od_nsec next_ask;
    od_nsec opened, heard; /* when it last said something; OD_NSEC_NEVER = never */
    bool refused;          /* nobody has that port, its machine said since */
    bool present;          /**< it said something within OD_CLIENT_PATIENT, and is not gone since */
    bool judged;           /* whether it is there has been said once */
    /* What it said last: */
    char state[OD_CLIENT_WORD]; /**< "playing", "paused", "stopped" */
    unsigned changes;           /**< times that `state` became another */
    double bpm;
    bool has_line;
    struct od_sync_line line; /**< where it is, in CLOCK_MONOTONIC of this machine */
    od_nsec line_heard;
    double wish; /**< a tempo the player asks for, since od_client_poll was called; 0 = none */
    char error[OD_ERROR_MAX]; /**< what it refused, since od_client_poll was called; "" = nothing,
                                 or what was told: see OD_CLIENT_REFUSALS */
    struct {
        char last[OD_ERROR_MAX]; /* that was told */
        od_nsec since;           /* the first of so many */
        unsigned n;
    } told;
    uint64_t malformed;
};

enum od_client_change {
    OD_CLIENT_NOTHING,
    OD_CLIENT_PRESENT,
    OD_CLIENT_AWAY
};

/** Opens the socket; nothing is asked before the first poll. Errors as od_udp_open. */
OD_NODISCARD enum od_status od_client_open(struct od_client *client, const char *host,
                                           unsigned port, od_nsec now, char *error);
/** May be called on a zeroed one whose udp.fd was set to −1, and twice. */
void od_client_close(struct od_client *client);

/** Takes in what it says, asks again if it is time, says what changed. Call it when udp.fd is
 * readable, or at od_client_next. */
enum od_client_change od_client_poll(struct od_client *client, od_nsec now);
od_nsec od_client_next(const struct od_client *client);

/** Sends a line of the control stream; the line is written to. False if it is none or was lost. */
bool od_client_command(struct od_client *client, char *line);

/**
 * Sends `sync`: `source` is a word for people. `more` (NULL = nothing) are further words, with
 * blanks between.
 */
bool od_client_sync(struct od_client *client, const struct od_sync_line *line, const char *source,
                    const char *more);

/** Where the player is at `now`; false if it does not play or has not said it lately. */
bool od_client_position(const struct od_client *client, od_nsec now, double *step);

#endif
