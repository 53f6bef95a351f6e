/* What a player that is started again must be told to go on where the one before it died. */
#ifndef OD_SERVE_RESUME_H
#define OD_SERVE_RESUME_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "child.h"
#include "model.h"

struct resume;

struct resume *resume_new(void);
void resume_free(struct resume *resume);

/** A live change was accepted: `line` repeats it. A later one of the same key replaces it. */
void resume_line(struct resume *resume, const char *key, const char *line);

/** The same for all that the answer of a command says it made. */
void resume_made(struct resume *resume, const json_t *event);

/** The key under which a live change of a track is kept, to be freed; NULL: out of memory. No two
 * are the same. `what` is a word. */
char *resume_track_key(const char *what, const char *id, const char *param);

/** A score was accepted as change number `change`: takes its bytes. `timing` as child_score.
 * `names`, which is kept: {"tracks", "scenes", "brings"}, sets of names; `brings` are the tracks
 * that an exclusive apply of it takes. */
void resume_score(struct resume *resume, json_int_t change, const char *timing,
                  struct od_buf *score, json_t *names);

/** True if a score of so many bytes can be kept beside what is in force. */
bool resume_has_room(const struct resume *resume, const json_t *names, size_t length);

/** The number of the change that waits and has a track or scene of that name (`kind`: "tracks",
 * "scenes"); 0: there is none. */
json_int_t resume_waiting_with(const struct resume *resume, const char *kind, const char *name);

/** A command was accepted as change number `change`, which waits: `line` repeats it. */
void resume_waits(struct resume *resume, json_int_t change, const char *line);

/** Notes what came into force or was cancelled. */
void resume_event(struct resume *resume, const char *name, const json_t *event);

/** True if a session is in force, whatever player plays it. */
bool resume_has_score(const struct resume *resume);

/** Options that the new player is started with; strings, each with its NUL, are added to `args`. */
void resume_options(const struct resume *resume, const struct model *model, struct od_buf *args);

/** True from resume_feed until the new player has taken it all: what it tells of itself until
 * then is not what is to be. */
bool resume_is_feeding(const struct resume *resume);

/** Feeds scores and changes to the new player. */
void resume_feed(struct resume *resume, const struct model *model, struct child *child);

#endif
