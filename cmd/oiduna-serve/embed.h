/* Files that are part of the program, each as a NUL-terminated text. */
#ifndef OD_SERVE_EMBED_H
#define OD_SERVE_EMBED_H

const char *embedded_dashboard(void); /**< dashboard.html */
const char *embedded_css(void);       /**< dashboard.css */
const char *embedded_script(void);    /**< dashboard.js */
const char *embedded_schemas(void);   /**< schemas.json */
const char *embedded_docs(void);      /**< docs.html, of which {{…}} are replaced */

#endif
