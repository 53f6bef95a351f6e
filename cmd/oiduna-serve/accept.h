/* What a client would rather have (RFC 9110, Accept). Pure. */
#ifndef OD_SERVE_ACCEPT_H
#define OD_SERVE_ACCEPT_H

#include <stddef.h>

/**
 * Which of `n` media types ("text/html") an Accept header likes best: by q, then by how plainly it
 * names them, then by their order here. `n` if it wants none of them; 0 if `accept` is NULL.
 */
size_t accept_best(const char *accept, const char *const *types, size_t n);

#endif
