/* The player in virtual time: as fast as it can, no device, no thread. */
#ifndef OD_OFFLINE_H
#define OD_OFFLINE_H

#include "base/status.h"
#include "control/playlist.h"
#include "play/player.h"

/** What a run produces. Times count from the anchor. All may be NULL. */
struct od_offline_sink {
    void *context;
    /** False ends the run. */
    bool (*osc)(void *context, od_nsec time, int64_t step, unsigned char *bundle, size_t size);
    bool (*midi)(void *context, const struct od_midi_message *message);
    /** The grid from its anchor on. */
    void (*grid)(void *context, const struct od_transport *transport);
    /** `step` was planned; the grid is what `transport` says. False ends the run. */
    bool (*position)(void *context, int64_t step);
    /** A voice is louder than the settings allow and played at that; once each. */
    void (*loud)(void *context, struct od_program *program, size_t voice);
    /** What the player says, as it says it; programs that come back are the receiver's. */
    void (*notice)(void *context, const struct od_notice *notice);
    /** Before the start (`now` is 0) and whenever something was done: commands may be given to the
     * player here. */
    void (*turn)(void *context, struct od_player *player, od_nsec now);
};

/**
 * Plays a list of programs from step 0 until its end, or until the sink ends it. `latency` of the
 * settings is taken as 0, so that all comes out in order of time. OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_offline_run(const struct od_player_settings *settings,
                                           struct od_playlist *list, /* NULL: see `turn` */
                                           const struct od_offline_sink *sink);

#endif
