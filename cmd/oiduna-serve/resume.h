/* What a player that is started again must be told to go on where the one before it died. */
#ifndef OD_SERVE_RESUME_H
#define OD_SERVE_RESUME_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "child.h"
#include "model.h"

struct od_resume;

struct od_resume *od_resume_new(void);
void od_resume_free(struct od_resume *resume);

/** A live change was accepted: `line` repeats it. A later one of the same key replaces it. */
void od_resume_line(struct od_resume *resume, const char *key, const char *line);

/** The key under which a live change of a track is kept, to be freed; NULL: out of memory. No two
 * are the same. `what` is a word. */
char *od_resume_track_key(const char *what, const char *id, const char *param);

/** A score was accepted as change number `change`: takes its bytes. `timing` as od_child_score. */
void od_resume_score(struct od_resume *resume, json_int_t change, const char *timing,
                     struct od_buf *score);

/** A command was accepted as change number `change`, which waits: `line` repeats it. */
void od_resume_waits(struct od_resume *resume, json_int_t change, const char *line);

/** Notes what came into force or was cancelled. */
void od_resume_event(struct od_resume *resume, const char *name, const json_t *event);

/** True if a session is in force, whatever player plays it. */
bool od_resume_has_score(const struct od_resume *resume);

/** Options that the new player is started with; strings, each with its NUL, are added to `args`. */
void od_resume_options(const struct od_resume *resume, const struct od_model *model,
                       struct od_buf *args);

/** True from od_resume_feed until the new player has taken it all: what it tells of itself until
 * then is not what is to be. */
bool od_resume_is_feeding(const struct od_resume *resume);

/** Feeds scores and changes to the new player. */
void od_resume_feed(struct od_resume *resume, const struct od_model *model, struct od_child *child);

#endif
