#include "timer.h"

#include <sys/time.h>
#include <time.h>

double
unix_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

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
