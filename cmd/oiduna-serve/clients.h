/* What clients keep here for each other, as text; not interpreted. */
#ifndef OD_SERVE_CLIENTS_H
#define OD_SERVE_CLIENTS_H

#include <stddef.h>

struct clients;

/** NULL: out of memory. */
struct clients *clients_new(void);

void clients_free(struct clients *clients);

size_t clients_count(const struct clients *clients);

#endif
