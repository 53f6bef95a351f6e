/* Who may ask: the Host header, pages of other origins, the token. */
#ifndef OD_SERVE_GUARD_H
#define OD_SERVE_GUARD_H

#include <stdbool.h>

#include "request.h"

/** True if the request is meant for this server: its Host is a name or address of ours. */
bool guard_host(const struct request *request);

/** True if a page of that origin may see answers and change things; adds the CORS headers then. */
bool guard_origin(struct request *request);

/** True if the request comes from a page at all that guard_origin does not know. */
bool guard_foreign(const struct request *request);

#endif
