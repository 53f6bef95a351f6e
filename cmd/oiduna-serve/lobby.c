#include "lobby.h"

#include <stdlib.h>

#include "reply.h"
#include "timer.h"

#define PATIENCE 2.0 /* seconds */
#define MOST     ((size_t)256)

struct waiting {
    struct request *request;
    struct waiting *next;
};

struct lobby {
    struct event *timer; /* of whoever came first */
    struct waiting *first, **tail;
    size_t count;
    void (*handle)(struct request *request);
};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    lobby_open(arg); /* they will be told that there is none */
}

struct lobby *
lobby_new(struct event_base *base, void (*handle)(struct request *request))
{
    struct lobby *lobby = calloc(1, sizeof *lobby);
    if (lobby == NULL) {
        return NULL;
    }
    lobby->tail = &lobby->first;
    lobby->handle = handle;
    lobby->timer = evtimer_new(base, on_timer, lobby);
    if (lobby->timer == NULL) {
        free(lobby);
        return NULL;
    }
    return lobby;
}

static struct request *
take(struct lobby *lobby)
{
    struct waiting *waiting = lobby->first;
    struct request *request = waiting->request;
    lobby->first = waiting->next;
    if (lobby->first == NULL) {
        lobby->tail = &lobby->first;
    }
    lobby->count--;
    free(waiting);
    return request;
}

void
lobby_free(struct lobby *lobby)
{
    if (lobby == NULL) {
        return;
    }
    while (lobby->first != NULL) {
        reply_error(take(lobby), 503, "the player did not come up");
    }
    event_free(lobby->timer);
    free(lobby);
}

void
lobby_wait(struct lobby *lobby, struct request *request)
{
    struct waiting *waiting = lobby->count < MOST ? calloc(1, sizeof *waiting) : NULL;
    if (waiting == NULL) {
        reply_error(request, 503, "the player is being started");
        return;
    }
    if (lobby->first == NULL) {
        timer_set(lobby->timer, PATIENCE);
    }
    waiting->request = request;
    *lobby->tail = waiting;
    lobby->tail = &waiting->next;
    lobby->count++;
}

/* Each is handled once: one that comes back waits for nothing. */
void
lobby_open(struct lobby *lobby)
{
    evtimer_del(lobby->timer);
    for (size_t left = lobby->count; left > 0; left--) {
        lobby->handle(take(lobby));
    }
}
