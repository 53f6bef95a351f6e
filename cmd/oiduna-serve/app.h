/* What the program is made of: the one place that knows every part. */
#ifndef OD_SERVE_APP_H
#define OD_SERVE_APP_H

#include <event2/event.h>
#include <jansson.h>

#include "child.h"
#include "log.h"
#include "model.h"
#include "options.h"
#include "resume.h"
#include "server.h"
#include "stream.h"
#include "worker.h"

/** Counts of what was posted. */
struct session_counts {
    uint64_t accepted, refused; /**< sessions */
    double compile_seconds;     /**< spent in all */
    double compile_seconds_max;
};

struct app {
    struct options options;
    struct event_base *base;
    struct server *server;
    struct child *child;
    struct model *model;
    struct resume *resume;
    struct streams *streams;
    struct log *log;
    struct worker *compiler; /**< compiles sessions */
    struct worker *disk;     /**< reads and writes assets */
    json_t *clients;         /**< id → text of {"metadata", "updated_at"} */
    struct session_counts sessions;
    bool ports_asked, pulse_asked; /* of the player, and not answered yet */
    double started;                /**< Unix time */
};

/** Unix time with fraction. */
double unix_time(void);

#endif
