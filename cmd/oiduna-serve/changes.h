/* What became of changes that waited: in force, dropped, or another one took their place. */
#ifndef OD_SERVE_CHANGES_H
#define OD_SERVE_CHANGES_H

#include <jansson.h>
#include <stdbool.h>

struct changes;

/** NULL: out of memory. `replaced` is told of each change whose place another took; `by` 0: nobody
 * knows which. */
struct changes *changes_new(void (*replaced)(void *arg, json_int_t change, json_int_t by),
                            void *arg);

void changes_free(struct changes *changes);

/** Takes an event of the player's in. */
void changes_event(struct changes *changes, const char *name, const json_t *event);

/** Another player numbers anew: what became of the last one's changes is of no interest. */
void changes_forget(struct changes *changes);

/** True if another change took its place. */
bool changes_was_replaced(const struct changes *changes, json_int_t change);

#endif
