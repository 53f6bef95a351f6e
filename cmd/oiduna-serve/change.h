/* A change: one or more commands to the player, one answer to the client when all are answered. */
#ifndef OD_SERVE_CHANGE_H
#define OD_SERVE_CHANGE_H

#include <jansson.h>
#include <stdbool.h>

#include "child.h"
#include "request.h"

/** What to do if nothing is loaded. */
#define CHANGE_NO_SCORE "nothing is loaded: POST a session to /playback/session first"

struct change {
    struct request *request;
    json_t *reply; /**< owned; the answer of a success, to which applies_at is added */
    json_t *event; /**< owned; the last `ok` (or other event that answered) */
    json_t *error; /**< owned; the first `error`, or NULL */
    enum call_lost lost;
    bool unsent; /**< the player did not take all commands */
    unsigned waiting;
    /** Called when all answers are there; must answer the request. NULL: change_reply. */
    void (*done)(struct change *change);
};

/** Starts a change; takes the reference of `reply`. NULL: the request has been answered. */
struct change *change_new(struct request *request, json_t *reply);

/** Sends a command. If `key` is not NULL the line is repeated to a player that is started again. */
void change_send(struct change *change, const char *key, const char *format, ...) OD_PRINTF(3, 4);

/** Sends `line` (taken), of which other lines are repeated then: key → line, taken. Either may be
 * NULL: out of memory. */
void change_send_kept(struct change *change, json_t *lines, char *line);

/** Everything is sent: the change goes its way and is freed at its end. */
void change_go(struct change *change);

/** Answers with `reply` and applies_at, or with what went wrong. */
void change_reply(struct change *change);

/** Answers a request with an `error` event of the player's, or with what `lost` says. */
void change_refuse(struct request *request, const json_t *error, enum call_lost lost);

/** One change of one command: what most handlers do. */
void change_simple(struct request *request, json_t *reply, const char *format, ...) OD_PRINTF(3, 4);

/** A word of the control stream: `text` as a JSON string. To be freed. NULL: out of memory. */
char *change_word(const char *text);

/** The number of the change that an `ok` tells, as clients know it; "" if it does not wait. */
void change_id(const json_t *event, char *id, size_t size);

/** Numbers of changes in an answer or event become strings, as clients know them. */
void change_ids_as_strings(json_t *document);

/** Answers that there is no track or scene (`label`) of that name; 409 if it is in what waits.
 * `kind` is "tracks" or "scenes". */
void change_missing(struct request *request, const char *kind, const char *label, const char *name);

/** Copies when and where an `ok` takes effect into `reply`. */
void change_applies_at(json_t *reply, const json_t *event);

#endif
