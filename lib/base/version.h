/* The versions that programs print and tell. */
#ifndef OD_VERSION_H
#define OD_VERSION_H

#define OD_VERSION "0.2.0"

/** Of the control stream and its events, oiduna-control(7): a player tells it in `ready`. */
#define OD_CONTROL_VERSION 2

#endif
