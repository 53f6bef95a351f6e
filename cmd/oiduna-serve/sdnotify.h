/* Telling systemd (sd_notify(3)) how it stands: datagrams to NOTIFY_SOCKET, if that is set. */
#ifndef OD_SERVE_SDNOTIFY_H
#define OD_SERVE_SDNOTIFY_H

/** Sends a state such as "READY=1"; nothing if nobody wants to know. */
void sdnotify(const char *state);

/** Seconds between the signs of life that are asked for (half of WATCHDOG_USEC); 0 = none. */
double sdnotify_watchdog(void);

#endif
