/* Files that are part of the program. */
#ifndef OD_SERVE_EMBED_H
#define OD_SERVE_EMBED_H

#include <stddef.h>

struct od_embedded {
    const char *bytes;
    size_t length;
};

struct od_embedded od_embedded_dashboard(void); /**< dashboard.html */
struct od_embedded od_embedded_schemas(void);   /**< schemas.json */
struct od_embedded od_embedded_docs(void);      /**< docs.html, of which {{…}} are replaced */

#endif
