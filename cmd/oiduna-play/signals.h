/* Which signals are heard, and how. */
#ifndef OD_PLAY_SIGNALS_H
#define OD_PLAY_SIGNALS_H

#include <stdbool.h>

/**
 * While the player gets ready, which may take long (a name server, whoever writes the FIFO of a
 * score): what ends a program ends it at once; HUP and USR1 are for the player that plays.
 */
void signals_await(void);

/** From now on signals are read from the descriptor that is returned, or −1. Before threads. */
int signals_open(void);

/** The next signal that has come; 0 if there is none. Never waits. */
int signals_read(int fd);

#endif
