/* Requests as they come in: heads and bodies within the limits, handed over one by one. */
#ifndef OD_SERVE_INTAKE_H
#define OD_SERVE_INTAKE_H

#include "conn.h"

/** What is done with them. */
struct intake_calls {
    /**
     * After a head was read: finds the route and checks what can be checked without the body. 0, or
     * the status to refuse with, the reason in request->reason and headers in reply_headers.
     */
    int (*check)(struct request *request);
    /** After the body was read. */
    void (*handle)(struct request *request);
};

/** To be called once, before the first connection: how all of them are read. `calls` must stay. */
void intake_init(struct conns *conns, const struct intake_calls *calls);

/** Begins to read requests. */
void intake_start(struct conn *conn);

#endif
