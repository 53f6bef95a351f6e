#include "timer.h"

#include <sys/time.h>

struct timeval
to_timeval(double seconds)
{
    time_t whole = (time_t)seconds;
    return (struct timeval){whole, (suseconds_t)((seconds - (double)whole) * 1e6)};
}

void
timer_set(struct event *timer, double seconds)
{
    struct timeval time = to_timeval(seconds);
    evtimer_add(timer, &time);
}

void
timer_free(struct event *event)
{
    if (event != NULL) {
        event_free(event);
    }
}
