/* What is said: events for programs, sentences on standard error for people. */
#ifndef OD_PLAY_SAY_H
#define OD_PLAY_SAY_H

#include "display.h"
#include "events.h"

/** What was refused last of what came by OSC: whoever sent it cannot read the events. */
struct refusal {
    uint64_t count;
    char code[32];
    char text[256];
};
#define SAY_LAST 256

/** Who is spoken to. */
struct speech {
    struct events events;
    struct display display;
    bool people; /* answers are for people: no --events, no --quiet */
    bool quiet;
    uint64_t errors; /* answers that something cannot be done */
    bool by_osc;     /* what is answered came by OSC */
    struct refusal refusal;
    char last[SAY_LAST]; /* the last answer, for the picture */
    bool last_failed;
};

/** Nothing has been said yet. */
void say_init(struct speech *speech, bool events, bool quiet);
void say_clear(struct speech *speech);

/** A sentence for people, above the status line: whatever they asked for. */
void say_people(struct speech *speech, const char *format, ...) OD_PRINTF(2, 3);

/** Tells people, in a line, that a command was done: the picture always, the terminal they type
 * at. */
void say_answer(struct speech *speech, const char *format, ...) OD_PRINTF(2, 3);

/** Begins the event that answers a command well: then add members, then events_end. `id` NULL or
 * "" = none. */
struct od_buf *say_ok_begin(struct speech *speech, const char *id, const char *command);

/** The same with nothing to add. */
void say_ok(struct speech *speech, const char *id, const char *command);

/** A place as people count: bar, beat and step of the loop, from 1. */
#define SAY_PLACE_SIZE 32
void say_place(char out[SAY_PLACE_SIZE], int64_t step);

/** The member "applies_at" of a place. */
void say_applies_at(struct od_buf *line, int64_t step, od_nsec wall);

/** Answers what cannot be done; people read it on standard error unless --events is given. */
void say_error(struct speech *speech, const char *id, const char *command, const char *code,
               const char *format, ...) OD_PRINTF(5, 6);

/** The same for a parameter that cannot be set. */
void say_set_error(struct speech *speech, const char *id, const char *command, const char *param,
                   const char *code, const char *text);

/** Only the event. */
void say_error_event(struct speech *speech, const char *id, const char *command, const char *code,
                     const char *text);

/** A warning, as an event and for people. `count` 0 = none. */
void say_warning(struct speech *speech, const char *code, uint64_t count, const char *format, ...)
    OD_PRINTF(4, 5);

/** Only the event: people were told already. */
void say_warning_event(struct speech *speech, const char *code, const char *text);

#endif
