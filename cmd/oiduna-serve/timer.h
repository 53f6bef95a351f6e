/* Seconds: libevent's timers, and what time it is. */
#ifndef OD_SERVE_TIMER_H
#define OD_SERVE_TIMER_H

#include <event2/event.h>

/** Unix time with fraction. */
double unix_time(void);

/** A span of at least 0 seconds. */
struct timeval to_timeval(double seconds);

/** (Re)starts a timer. */
void timer_set(struct event *timer, double seconds);

/** Frees; NULL is allowed. */
void timer_free(struct event *event);

#endif
