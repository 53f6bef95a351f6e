/* --dry-run, --render, --osc-score: the player in virtual time. */
#ifndef OD_PLAY_DRY_RUN_H
#define OD_PLAY_DRY_RUN_H

#include "options.h"

/** Runs to the end; the exit status. */
int dry_run(const struct options *options);

#endif
