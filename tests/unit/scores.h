/* Scores for tests: compiled from a session text, opened, or broken on purpose. */
#ifndef SCORES_H
#define SCORES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "score/score.h"
#include "text/diag.h"

/** Compiles a session text in which ' stands for "; the test fails if it has an error. */
void score_compile(const char *session, struct od_buf *bytes);

/** Compiles a text that may be wrong; the findings stay in `diags`. */
enum od_status score_try(char *text, struct od_diag_list *diags, struct od_buf *bytes);

/** Compiles and opens; close it with od_score_close. */
void score_open(const char *session, struct od_score *score);

/** A copy of `session` with " for each '; to be freed. */
char *score_quoted(const char *session);

/** Sets the checksum anew after bytes were changed. */
void score_seal(void *bytes, size_t length);

/** A message as JSON: of the part's track, the variant, and the place in its group. */
char *score_message(const struct od_score *score, uint32_t track, unsigned variant, uint32_t place);

#endif
