/* What is told of the state of everything: the events that say how things are, and how they become.
 */
#ifndef OD_PLAY_STATUS_H
#define OD_PLAY_STATUS_H

#include "connections.h"
#include "following.h"
#include "say.h"
#include "session_state.h"
#include "songs.h"
#include "view.h"

/** All that is told of. */
struct status {
    struct speech *speech;
    struct session_state *session;
    const struct connections *connections;
    const struct engine *engine;
    const struct following *following;
    const struct songs *songs;
    struct view *view;
    const struct waiting *waiting;
};

/** "ready", first of all. */
void status_ready(const struct status *status, od_nsec latency);

/** The state of everything; every track. `id` NULL = nobody asked. */
void status_say(const struct status *status, const char *id);
void status_say_tracks(const struct status *status, const char *id);

/** The same for people. */
void status_tell(const struct status *status);
void status_tell_tracks(const struct status *status);

/** A change was taken over; the songs know it. */
void status_applied(const struct status *status, const struct od_notice *notice, const char *what,
                    const char *scene);

/** The step that was planned last. */
void status_position(const struct status *status);

/** "bye", last of all. */
void status_bye(const struct status *status, const char *reason);

/** Draws the picture if it is time. */
void status_draw(const struct status *status, od_nsec now);

/** When that is, if nothing else happens. */
od_nsec status_draw_next(const struct status *status, od_nsec now);

#endif
