/* What is known of the player, from its own events; what is asked for is not known, only wished. */
#ifndef OD_SERVE_MODEL_H
#define OD_SERVE_MODEL_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>

struct od_model;

/** `position` is called when a step sounds (the player announces it a look-ahead earlier). */
struct od_model *od_model_new(struct event_base *base,
                              void (*position)(void *arg, const json_t *position), void *arg);

void od_model_free(struct od_model *model);

/** Takes an event of the player's in. */
void od_model_event(struct od_model *model, const char *name, const json_t *event);

/** The player died: nothing is connected; what it had loaded, and whether that is to play, stays
 * known. */
void od_model_down(struct od_model *model);

/** The last event of that name (borrowed), or NULL: "ready", "status", "tracks", "metrics", and
 * "ports", the answer that holds them. */
const json_t *od_model_last(const struct od_model *model, const char *name);

/** Unix time when it came; 0 if never. */
double od_model_last_time(const struct od_model *model, const char *name);

/** "stopped", "playing" or "paused". */
const char *od_model_state(const struct od_model *model);

double od_model_bpm(const struct od_model *model);

/** The answer to GET /playback/status. New reference; NULL: out of memory. */
json_t *od_model_playback(const struct od_model *model);

/** The list of GET /tracks. New reference. */
json_t *od_model_tracks(const struct od_model *model);

/** The track of that id as the player tells it (borrowed), or NULL. */
const json_t *od_model_track(const struct od_model *model, const char *id);

/** True if the session has a scene of that name. */
bool od_model_has_scene(const struct od_model *model, const char *name);

/** Names of audible tracks (borrowed array, maybe NULL). */
const json_t *od_model_active(const struct od_model *model);

/** What is pending, as GET /playback/changes/pending answers. New reference. */
json_t *od_model_pending(const struct od_model *model);

/** `{"connected", "host", "port"}` and `{"connected", "port", …}`. New references. */
json_t *od_model_osc(const struct od_model *model);
json_t *od_model_midi(const struct od_model *model);

#endif
