#include "timer.h"

#include <sys/time.h>

struct timeval
od_timeval(double seconds)
{
    time_t whole = (time_t)seconds;

    return (struct timeval){whole, (suseconds_t)((seconds - (double)whole) * 1e6)};
}

void
od_timer_set(struct event *timer, double seconds)
{
    struct timeval time = od_timeval(seconds);

    evtimer_add(timer, &time);
}

void
od_event_clear(struct event *event)
{
    if (event) {
        event_free(event);
    }
}
