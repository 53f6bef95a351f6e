/* What is said: events, and messages on standard error for people. */
#ifndef OD_PLAY_SAY_H
#define OD_PLAY_SAY_H

#include "control.h"

/** "ready", first of all. */
void say_ready(struct control *control);

/** Answers a command that is done; from which step on it holds, if that says something. */
void say_ok(struct control *control, const struct answer *answer, int64_t step, od_nsec time,
            bool has_step);

/** Answers a session or scene change; `waits`: for its boundary. */
void say_change(struct control *control, const struct od_notice *notice, bool waits);

/** Answers cancel, midi-port. */
void say_cancelled(struct control *control, uint64_t change);
void say_port(struct control *control);

/** Answers what cannot be done; people read it on standard error unless --events is given. */
void say_error(struct control *control, const char *id, const char *command, const char *code,
               const char *format, ...) OD_PRINTF(5, 6);

/** The same for a parameter that cannot be set. */
void say_set_error(struct control *control, const char *id, const char *param, const char *code,
                   const char *text);

/** Only the event. */
void say_error_event(struct control *control, const char *id, const char *command, const char *code,
                     const char *text);

/** A warning, as an event and for people. `count` 0 = none. */
void say_warning(struct control *control, const char *code, uint64_t count, const char *format, ...)
    OD_PRINTF(4, 5);

/** Only the event: people were told already. */
void say_warning_event(struct control *control, const char *code, const char *text);

/** The state of everything; every track. `id` NULL = nobody asked. */
void say_status(struct control *control, const char *id);
void say_tracks(struct control *control, const char *id);

/** A change was taken over. */
void say_applied(struct control *control, const struct od_notice *notice, const char *what,
                 const char *scene);

/** The step that was planned last. */
void say_position(struct control *control);

/** "bye", last of all. */
void say_bye(struct control *control);

#endif
