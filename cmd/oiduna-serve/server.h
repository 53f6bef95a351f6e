/* The door: listens, lets in who has room, and says how much there is of it. */
#ifndef OD_SERVE_SERVER_H
#define OD_SERVE_SERVER_H

#include <event2/event.h>
#include <stddef.h>

#include "conn.h"
#include "intake.h"
#include "options.h"

struct server;

/** Listens as the options say; NULL with a message in `error` if that is not possible. `app` is
 * handed on in requests. */
struct server *server_new(struct event_base *base, struct app *app, const struct options *options,
                          const struct intake_calls *calls, struct log *log, char *error,
                          size_t size);

/** The address it listens on, "127.0.0.1:57122". */
const char *server_address(const struct server *server);

const struct conn_counts *server_counts(const struct server *server);

/** `answered` is told of each answer, before its request is freed. */
void server_on_answer(struct server *server,
                      void (*answered)(const struct request *request, int status));

/** Accepts nothing more and closes idle connections; what is being answered is finished. */
void server_stop(struct server *server);

/** Requests that are not answered yet, and answers not written yet. */
size_t server_busy(const struct server *server);

/** Closes everything. */
void server_free(struct server *server);

#endif
