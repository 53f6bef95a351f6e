/*
 * The control thread's model: scores and live changes in, finished programs out. A program is never
 * changed; every change makes a new one that shares what stayed the same.
 */
#ifndef OD_LIVE_H
#define OD_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/relative.h"
#include "base/status.h"
#include "control/shared.h"
#include "play/program.h"
#include "score/score.h"
#include "text/param.h"

/** A live parameter value. */
struct od_live_value {
    int64_t over; /**< steps over which a number moves there; 0: at once */
    bool remove;  /**< null: as if the track had none */
    enum od_value_type type;
    enum od_relation relation; /**< of a number: to what it is now, or a default */
    double number;
    const char *string;
};

/** What is known of a track, for people and clients. */
struct od_track_info {
    const char *id;
    bool midi;
    const char *sound; /**< NULL for MIDI */
    const char *line;  /**< mixer line, or NULL */
    int channel, velocity, transpose, orbit;
    double gain, pan;
    bool mute, solo, audible;
    bool given_mute, given_solo; /**< by the session, or scene */
};

/** A program with all it needs; counted. */
struct od_take;

void od_take_ref(struct od_take *take);
void od_take_unref(struct od_take *take);

/** What is handed to the player. */
struct od_program *od_take_program(struct od_take *take);

/** The take a program belongs to. */
struct od_take *od_take_of(struct od_program *program);

/**
 * A program of one part of a score (0 = the session). OD_ENOMEM; OD_EDATA if a batch names a
 * destination that no route has, or params that its destination cannot play (`error`, 256 bytes).
 */
OD_NODISCARD enum od_status od_take_new(const struct od_live_setup *setup,
                                        struct od_shared_score *shared, uint32_t part,
                                        struct od_take **take, char *error);

/** The same with what was changed live in `base` (may be NULL; what plays when it is taken over),
 * as far as the new part gives the same values as the last one that had the track. */
OD_NODISCARD enum od_status od_take_after(const struct od_live_setup *setup,
                                          struct od_shared_score *shared, uint32_t part,
                                          struct od_take *base, struct od_take **take, char *error);

/** A take that was not taken over yet, made anew of another `base`. */
OD_NODISCARD enum od_status od_take_anew(const struct od_take *take, struct od_take *base,
                                         struct od_take **result, char *error);

/** One that was, but made of another than the one that played until then: an edit of it that has
 * what was changed there. */
OD_NODISCARD enum od_status od_take_catch_up(const struct od_take *take, struct od_take *base,
                                             struct od_take **result, char *error);

/** True if making it anew of `base` would change nothing. */
bool od_take_is_after(const struct od_take *take, const struct od_take *base);

/** True if something of it was changed live. */
bool od_take_is_changed(const struct od_take *take);

/** Tells each thing of a track that was changed live: "mute", "solo", or "set" and its parameter.
 */
typedef void od_live_fn(void *context, const char *id, const char *what, const char *param);
void od_take_each_change(const struct od_take *take, od_live_fn *tell, void *context);

/** Before a scene is handed over: where it brings no environment of its own, tempo, swing and
 * default gate stay what they are. */
void od_take_keep_environment(struct od_take *scene);

/**
 * Exclusive apply: `base` (may be NULL) with the tracks of part 0 that the score's apply names,
 * which alone keep events; environment and mixer lines are the score's.
 */
OD_NODISCARD enum od_status od_take_merge(const struct od_live_setup *setup, struct od_take *base,
                                          struct od_shared_score *shared, struct od_take **take,
                                          char *error);

/** What a score does when it arrives. */
enum od_apply_what {
    OD_APPLY_SESSION,
    OD_APPLY_SCENE,
    OD_APPLY_TRACKS
};

/**
 * What the score's apply section asks for: the session, one of its scenes, or an exclusive apply
 * into `base` (NULL if nothing plays). What was changed live in `base` is kept as od_take_after
 * does, unless `reset`. Errors as above.
 */
OD_NODISCARD enum od_status od_take_apply(const struct od_live_setup *setup, struct od_take *base,
                                          struct od_shared_score *shared, bool reset,
                                          struct od_take **take, enum od_apply_what *what,
                                          char *error);

/** The player has taken it over. */
void od_take_applied(struct od_take *take);

/** It played, and the player was stopped: what moved stays where it came to. */
void od_take_stopped(struct od_take *take);

/** Copies of `base` with one thing changed. OD_ENOMEM; OD_EDATA with `error` where said. */
enum od_switch {
    OD_SWITCH_MUTE,
    OD_SWITCH_SOLO
};

enum od_wanted {
    OD_WANTED_AS_IT_IS,
    OD_WANTED_OFF,
    OD_WANTED_ON
};

/** A switch of many tracks at once: `wanted` has an enum od_wanted for each voice. */
OD_NODISCARD enum od_status od_take_switch(struct od_take *base, enum od_switch which,
                                           const uint8_t *wanted, struct od_take **take);

/**
 * Sets or removes a parameter of a track (IR name, or the name of an extra one the track has; for a
 * MIDI track velocity, transpose or channel). OD_EUNKNOWN if there is no such parameter, OD_EDATA
 * if the value will not do: `error` says why, and what may be meant.
 */
OD_NODISCARD enum od_status od_take_set(struct od_take *base, const char *id, const char *param,
                                        const struct od_live_value *value, struct od_take **take,
                                        char *error);

/** Gives the values of the session or scene that was loaded back: of a track, or of all (`id`
 * NULL) with tempo, swing and gate; `param` (NULL: all) as od_take_set, or "mute", "solo". */
OD_NODISCARD enum od_status od_take_reset(struct od_take *base, const char *id, const char *param,
                                          struct od_take **take, char *error);

/** What a parameter of a track is now; removed if it has none. */
struct od_live_value od_take_value(const struct od_take *take, const char *id, const char *param);

/** A copy in which a track has every variant of its messages, so that any trigger can be played. */
OD_NODISCARD enum od_status od_take_prepare(struct od_take *base, const char *id,
                                            struct od_take **take);

/** Number of the voice of that id (the first of several in a batch); -1 if there is none. */
int od_take_find(const struct od_take *take, const char *id);

/** True if od_take_prepare would change nothing for that voice. */
bool od_take_prepared(const struct od_take *take, int voice);

/** The voices in order, and what is known of each. Strings live as long as the take. */
size_t od_take_tracks(const struct od_take *take);
const char *od_take_id(const struct od_take *take, size_t voice);
struct od_track_info od_take_track(const struct od_take *take, size_t voice);

/** Which entry of its score's song a take is. */
struct od_take_entry {
    uint32_t number; /**< from 1; 0 = none */
    uint64_t pass;   /**< of the song, from 0 */
};
struct od_take_entry od_take_entry(const struct od_take *take);
void od_take_set_entry(struct od_take *take, struct od_take_entry entry);

/** The score whose scenes can be activated, and the scene that plays ("" if none does). */
struct od_shared_score *od_take_scenes(const struct od_take *take);
const char *od_take_scene(const struct od_take *take);

#endif
