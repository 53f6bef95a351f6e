/*
 * How one talks to the player: one command at a time is asked, and what is asked next waits for its
 * answer. What is only sent is answered to nobody.
 */
#ifndef OD_PLAY_CONVERSATION_H
#define OD_PLAY_CONVERSATION_H

#include "outcome.h"
#include "session_state.h"

#define CONVERSATION_ID_MAX 64
#define CONVERSATION_REPEATS                                                                       \
    8 /* how often an edit is tried again after a session change came between                      \
       */

/** What is to be remembered of a command that waits for its place; zero-initialised is nothing. */
struct timed {
    char id[CONVERSATION_ID_MAX + 1];
    char *text;                    /* the command as it came; owned */
    int64_t over;                  /* steps of the ramp that it makes, also if it does not wait */
    od_nsec wall;                  /* its time on the wall clock; 0 = a musical place */
    struct od_shared_score *score; /* counted; of a score that waits */
    bool reset;                    /* … and keeps nothing that was changed live */
    struct od_take *base;          /* counted; what its take was made of */
};

void timed_clear(struct timed *timed);

/** The command whose answer is awaited. */
struct answer {
    uint64_t request;
    char id[CONVERSATION_ID_MAX + 1];
    char command[24];
    char *line;  /* to do it again: after an edit that came too late, or a preparation; owned */
    bool by_osc; /* nobody reads the answer */
    bool again;  /* when done, do it again: what was sent only prepared it */
    int repeats;
    struct od_take *take;   /* counted: becomes what plays when it is taken over */
    char *port;             /* of midi-port; owned */
    struct pending pending; /* of a score or scene; its take is the one above */
    struct timed timed;     /* of a command that waits for its place */
    struct outcome outcome; /* what is told of it when it is done */
};

/** Takes a command to the player; false if it cannot, which is a bug of ours. What it sends when
 * the player does not run any more is dropped. */
typedef bool conversation_send_fn(void *player, const struct od_command *command);

struct conversation;

/** NULL if there is no memory. */
struct conversation *conversation_new(conversation_send_fn *send, void *player);
void conversation_free(struct conversation *conversation);

/** True once a command could not be sent. */
bool conversation_is_broken(const struct conversation *conversation);

/** The next number of a change. */
uint64_t conversation_number(struct conversation *conversation);

/** Sends a command; nobody waits for its answer. */
void conversation_send(struct conversation *conversation, const struct od_command *command);

/** Makes a command the one whose answer is awaited, before it is asked; more can be noted in what
 * is returned. `line` is kept a copy of (NULL: it cannot be done again), `id` may be "". */
struct answer *conversation_expect(struct conversation *conversation, const char *id,
                                   const char *command, const char *line, int repeats);

/** Sends the command that was announced so. */
void conversation_ask(struct conversation *conversation, struct od_command *command);

/** The same for a take that is handed over; its reference is taken over. `command` says when. */
void conversation_hand_over(struct conversation *conversation, struct od_take *take,
                            struct od_command command);

/** The awaited answer, or NULL. */
struct answer *conversation_awaits(struct conversation *conversation);

/** Is that the awaited answer? */
bool conversation_is_answer(const struct conversation *conversation,
                            const struct od_notice *notice);

/** It has come. */
void conversation_done(struct conversation *conversation);

/** It has come, and its line is to be done again: conversation_take_line gives it, before any
 * other is done. */
void conversation_repeat(struct conversation *conversation, int repeats);

/** The line that is to be done again, now the caller's; NULL if there is none. */
char *conversation_take_line(struct conversation *conversation, int *repeats, bool *by_osc);

#endif
