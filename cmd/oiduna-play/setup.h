/* What is made before anything plays: destinations, outputs' numbers, takes of score files. */
#ifndef OD_PLAY_SETUP_H
#define OD_PLAY_SETUP_H

#include "control/live.h"
#include "control/playlist.h"
#include "options.h"
#include "play/player.h"
#include "room.h"
#include "world/destinations.h"
#include "world/midiout.h"

/** One OSC output: destinations of one host, port and offset share it. */
struct setup_output {
    const char *host; /* of `destinations` */
    unsigned port;
    od_nsec offset;
};

struct setup_midi {
    const char *name; /* of a PortMidi port; NULL: none was asked for, or it is raw */
    const char *by;   /* the destination whose offset or clock it has; NULL: none said so */
    od_nsec offset;
    bool clock;
};

struct setup {
    struct room room;
    struct od_destinations destinations;
    struct od_route *routes;
    struct od_live_setup live;
    struct setup_output outputs[OD_OUTPUTS_MAX];
    size_t n_outputs;
    struct setup_midi ports[OD_PORTS_MAX]; /* the first is that of --midi or --midi-raw */
    size_t n_ports;
};

/** Reads --destinations, numbers the outputs. The exit status, or 0. */
int setup_init(struct setup *setup, const struct options *options);
void setup_clear(struct setup *setup);

/** The settings of a player for these options; `packet_limit` is for other machines. */
struct od_player_settings setup_player(const struct setup *setup, const struct options *options);

/**
 * Opens the score files, or the scores of `input` (what standard input had), into the takes and
 * lengths of `list`, whose loops and bars are set. With `input` (it may be empty) a song becomes
 * one for each entry, as often as there are loops; without, its first entry stands for all of it.
 * setup_forget frees them. The exit status (all has been said), or 0.
 */
int setup_takes(const struct setup *setup, const struct options *options,
                const struct od_buf *input, struct od_playlist *list);

/** Gives the takes of a list back and frees it. */
void setup_forget(struct od_playlist *list);

/** Opens one score file; the exit status (all has been said), or 0. */
int setup_take(const struct setup *setup, const char *path, struct od_take *base,
               struct od_take **take);

#endif
