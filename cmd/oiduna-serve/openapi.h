/* The OpenAPI 3.1 document of the routes' table. */
#ifndef OD_SERVE_OPENAPI_H
#define OD_SERVE_OPENAPI_H

#include <jansson.h>
#include <stdbool.h>

/** The whole document; `token`: whether this server asks for one. New reference; NULL: no memory.
 */
json_t *openapi_document(bool token);

#endif
