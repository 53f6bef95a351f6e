#include "changes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REMEMBERED ((size_t)256)

enum fate {
    FATE_WAITS,
    FATE_OVER, /* in force, or dropped */
    FATE_REPLACED
};

struct fated {
    json_int_t change;
    enum fate fate;
};

struct changes {
    struct fated known[REMEMBERED]; /* a ring */
    size_t n;                       /* in all */
    void (*replaced)(void *arg, json_int_t change, json_int_t by);
    void *arg;
};

struct changes *
changes_new(void (*replaced)(void *arg, json_int_t change, json_int_t by), void *arg)
{
    struct changes *changes = calloc(1, sizeof *changes);
    if (changes != NULL) {
        changes->replaced = replaced;
        changes->arg = arg;
    }
    return changes;
}

void
changes_free(struct changes *changes)
{
    free(changes);
}

void
changes_forget(struct changes *changes)
{
    changes->n = 0;
}

static struct fated *
find(const struct changes *changes, json_int_t change)
{
    size_t n = changes->n < REMEMBERED ? changes->n : REMEMBERED;
    for (size_t i = 0; i < n; i++) {
        if (changes->known[i].change == change) {
            return (struct fated *)(uintptr_t)&changes->known[i];
        }
    }
    return NULL;
}

static void
set(struct changes *changes, json_int_t change, enum fate fate)
{
    struct fated *known = find(changes, change);
    if (known == NULL) {
        known = &changes->known[changes->n++ % REMEMBERED];
        *known = (struct fated){change, fate};
    } else if (known->fate == FATE_WAITS) {
        known->fate = fate; /* what is over stays so: an old status does not make it wait again */
    }
}

static bool
waits(const json_t *pending, json_int_t change)
{
    const json_t *one;
    size_t i;
    json_array_foreach(pending, i, one)
    {
        if (json_integer_value(json_object_get(one, "change")) == change) {
            return true;
        }
    }
    return false;
}

/* The one of the highest number came last. */
static json_int_t
newest(const json_t *pending)
{
    const json_t *one;
    json_int_t most = 0;
    size_t i;
    json_array_foreach(pending, i, one)
    {
        json_int_t change = json_integer_value(json_object_get(one, "change"));
        most = change > most ? change : most;
    }
    return most;
}

/* Only what takes the place of all that plays is replaced by another such, and is told when it is
 * in force. */
static bool
takes_a_place(const json_t *pending)
{
    const char *type = json_string_value(json_object_get(pending, "type"));
    return type != NULL && (strcmp(type, "session") == 0 || strcmp(type, "scene") == 0);
}

/* What waited and waits no more, and of which nothing else was said, gave its place to another. */
static void
take_pending(struct changes *changes, const json_t *pending)
{
    size_t n = changes->n < REMEMBERED ? changes->n : REMEMBERED;
    const json_t *one;
    size_t i;
    for (i = 0; i < n; i++) {
        struct fated *known = &changes->known[i];
        if (known->fate == FATE_WAITS && !waits(pending, known->change)) {
            json_int_t by = newest(pending);
            known->fate = FATE_REPLACED;
            changes->replaced(changes->arg, known->change, by > known->change ? by : 0);
        }
    }
    json_array_foreach(pending, i, one)
    {
        if (takes_a_place(one)) {
            set(changes, json_integer_value(json_object_get(one, "change")), FATE_WAITS);
        }
    }
}

void
changes_event(struct changes *changes, const char *name, const json_t *event)
{
    if (strcmp(name, "applied") == 0) {
        set(changes, json_integer_value(json_object_get(event, "change")), FATE_OVER);
    } else if (strcmp(name, "ok") == 0) {
        const json_t *list = json_object_get(event, "cancelled"), *one;
        size_t i;
        json_array_foreach(list, i, one)
        {
            set(changes, json_integer_value(one), FATE_OVER);
        }
    } else if (strcmp(name, "status") == 0) {
        take_pending(changes, json_object_get(event, "pending"));
    }
}

bool
changes_was_replaced(const struct changes *changes, json_int_t change)
{
    const struct fated *known = find(changes, change);
    return known != NULL && known->fate == FATE_REPLACED;
}
