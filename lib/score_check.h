/* The checks behind od_score_open_…: is what the sections hold sound? Only score.c uses it. */
#ifndef OD_SCORE_CHECK_H
#define OD_SCORE_CHECK_H

#include "score.h"

/**
 * Checks the records of a score whose header and section table are sound and whose pointers and
 * counts are set. OD_EDATA with one sentence in `error` (OD_SCORE_ERROR_SIZE bytes), OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_score_check(const struct od_score *score, char *error);

#endif
