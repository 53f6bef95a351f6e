/* Session → score: resolves names, renders messages, builds the step index. Pure: bytes in, bytes
 * out. */
#ifndef OD_COMPILE_H
#define OD_COMPILE_H

#include "base/buf.h"
#include "base/status.h"
#include "text/session.h"

/**
 * Appends the score of a session that was read without error to `score` (which must be empty). The
 * bytes are a function of the session alone. Findings that need the whole session (an argument that
 * SuperDirt would misread, a message too long) go to `diags`, which is sorted again. OD_OK,
 * OD_EDATA if an error was added, OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_compile(const struct od_session *session, struct od_diag_list *diags,
                                       struct od_buf *score);

/**
 * Text → score in one go, as the programs do it: reads, compiles, leaves `score` empty on failure.
 * `diags` as for od_session_read.
 */
OD_NODISCARD enum od_status od_compile_text(const struct od_source *source,
                                            struct od_diag_list *diags, struct od_buf *score);

#endif
