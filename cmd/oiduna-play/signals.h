/* What signals ask for. */
#ifndef OD_PLAY_SIGNALS_H
#define OD_PLAY_SIGNALS_H

#include "control.h"

/**
 * While the player gets ready, which may take long (a name server, whoever writes the FIFO of a
 * score): INT and TERM end it at once; what else comes is for the player that plays.
 */
void signals_await(void);

/** From now on signals are read from the descriptor that is returned, or −1. Before threads. */
int signals_open(void);

/** Does what the signals that came ask for. */
void signals_take(struct control *control, int fd);

/** Suspends the process (TSTP) once nothing sounds any more; returns when it goes on. */
void signals_suspend(struct control *control, od_nsec now);

#endif
