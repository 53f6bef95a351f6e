/* What the command line asks for. */
#ifndef OD_LINK_OPTIONS_H
#define OD_LINK_OPTIONS_H

#include <stdbool.h>

#include "world/udp.h"

struct options {
    double quantum; /* beats */
    bool start_stop, lead, quiet;
    char host[OD_HOST_MAX]; /* of the player */
    unsigned port;
};

/** -1 if the program is to go on, else the exit status it ends with (all has been said). */
int options_parse(int argc, char **argv, struct options *options);

#endif
