/* Where assets are kept: a folder, and the thread that reads and writes in it. */
#ifndef OD_SERVE_STORE_H
#define OD_SERVE_STORE_H

#include <event2/event.h>

struct log;
struct store;

/** Keeps them in that folder. Both must live as long. NULL: out of memory, or there can be no
 * thread. */
struct store *store_new(struct event_base *base, const char *path, struct log *log);

/** Answers what is being done, and frees. NULL is allowed. */
void store_free(struct store *store);

#endif
