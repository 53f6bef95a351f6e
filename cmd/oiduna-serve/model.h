/* What is known of the player, from its own events; what is asked for is not known, only wished. */
#ifndef OD_SERVE_MODEL_H
#define OD_SERVE_MODEL_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>

struct model;

/** `position` is called when a step sounds (the player announces it a look-ahead earlier). */
struct model *model_new(struct event_base *base,
                        void (*position)(void *arg, const json_t *position), void *arg);

void model_free(struct model *model);

/** Takes an event of the player's in. */
void model_event(struct model *model, const char *name, const json_t *event);

/** The player died: nothing is connected; what it had loaded, and whether that is to play, stays
 * known. */
void model_down(struct model *model);

/** The last event of that name (borrowed), or NULL: "ready", "status", "tracks", "metrics", and
 * "ports", the answer that holds them. */
const json_t *model_last(const struct model *model, const char *name);

/** Unix time when it came; 0 if never. */
double model_last_time(const struct model *model, const char *name);

/** "stopped", "playing" or "paused". */
const char *model_state(const struct model *model);

double model_bpm(const struct model *model);

/** The answer to GET /playback/status. New reference; NULL: out of memory. */
json_t *model_playback(const struct model *model);

/** The list of GET /tracks. New reference. */
json_t *model_tracks(const struct model *model);

/** The track of that id as the player tells it (borrowed), or NULL. */
const json_t *model_track(const struct model *model, const char *id);

/** True if the session has a scene of that name. */
bool model_has_scene(const struct model *model, const char *name);

/** Names of audible tracks (borrowed array, maybe NULL). */
const json_t *model_active(const struct model *model);

/** What is pending, as GET /playback/changes/pending answers. New reference. */
json_t *model_pending(const struct model *model);

/** The step at which a change that waits takes over; -1: nobody knows. */
json_int_t model_pending_step(const struct model *model, json_int_t change);

/** `{"connected", "host", "port"}` and `{"connected", "port", …}`. New references. */
json_t *model_osc(const struct model *model);
json_t *model_midi(const struct model *model);

#endif
