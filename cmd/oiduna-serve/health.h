/* Whether all is well. */
#ifndef OD_SERVE_HEALTH_H
#define OD_SERVE_HEALTH_H

#include "app.h"

/** What is wrong, or NULL. */
const char *health_complaint(const struct app *app);

#endif
