#include "calls.h"

#include <stdlib.h>

#include "timer.h"
#include "world/clock.h"

struct call {
    unsigned long id;
    call_answer *answer;
    void *arg;
    struct calls *calls;
    struct event *timer;
    od_nsec sent;
    bool overdue;
    struct call *next;
};

struct calls {
    struct event_base *base;
    double timeout;
    unsigned long last_id;
    struct call *first, **tail;
    size_t n_overdue;
    od_nsec heard;
    bool silent;
};

struct calls *
calls_new(struct event_base *base, double timeout)
{
    struct calls *calls = calloc(1, sizeof *calls);
    if (calls != NULL) {
        calls->base = base;
        calls->timeout = timeout;
        calls->tail = &calls->first;
    }
    return calls;
}

static void
call_free(struct call *call)
{
    event_free(call->timer);
    free(call);
}

void
calls_free(struct calls *calls)
{
    if (calls != NULL) {
        calls_fail(calls);
        free(calls);
    }
}

/* Takes the call with that id from the list; NULL if it is not (or no longer) there. */
static struct call *
take(struct calls *calls, unsigned long id)
{
    for (struct call **at = &calls->first; *at != NULL; at = &(*at)->next) {
        struct call *call = *at;
        if (call->id != id) {
            continue;
        }
        *at = call->next;
        if (calls->tail == &call->next) {
            calls->tail = at;
        }
        calls->n_overdue -= call->overdue;
        return call;
    }
    return NULL;
}

static void
on_silence(evutil_socket_t fd, short what, void *arg)
{
    struct call *call = arg;
    (void)fd;
    (void)what;
    call->calls->silent = true;
    call->overdue = true;
    call->calls->n_overdue++;
    call->answer(call->arg, NULL, CALL_SILENT); /* it may still come: the call stays */
}

struct call *
calls_add(struct calls *calls, call_answer *answer, void *arg)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    call->timer = evtimer_new(calls->base, on_silence, call);
    if (call->timer == NULL) {
        free(call);
        return NULL;
    }
    call->id = ++calls->last_id;
    call->answer = answer;
    call->arg = arg;
    call->calls = calls;
    call->sent = od_clock_now();
    timer_set(call->timer, calls->timeout);
    *calls->tail = call;
    calls->tail = &call->next;
    return call;
}

unsigned long
call_id(const struct call *call)
{
    return call->id;
}

void
calls_take_back(struct calls *calls, const struct call *call)
{
    call_free(take(calls, call->id));
}

void
calls_heard(struct calls *calls, const json_t *event)
{
    const char *id = json_string_value(json_object_get(event, "id"));
    calls->silent = false;
    calls->heard = od_clock_now();
    struct call *call = id != NULL ? take(calls, strtoul(id, NULL, 10)) : NULL;
    if (call == NULL) {
        return;
    }
    call->answer(call->arg, event, CALL_ANSWERED);
    call_free(call);
}

void
calls_fail(struct calls *calls)
{
    struct call *call;
    while ((call = calls->first) != NULL) {
        take(calls, call->id);
        call->answer(call->arg, NULL, CALL_DIED);
        call_free(call);
    }
    calls->silent = false;
}

size_t
calls_overdue(const struct calls *calls)
{
    return calls->n_overdue;
}

bool
calls_are_silent(const struct calls *calls)
{
    return calls->silent;
}

od_nsec
calls_silence(const struct calls *calls)
{
    if (calls->first == NULL) {
        return 0;
    }
    od_nsec since = calls->first->sent > calls->heard ? calls->first->sent : calls->heard;
    return od_clock_now() - since;
}
