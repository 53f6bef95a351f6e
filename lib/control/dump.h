/* A score shown: for people, or as JSON for programs. */
#ifndef OD_DUMP_H
#define OD_DUMP_H

#include "base/buf.h"
#include "score/score.h"

/** Appends a picture of each part: a row a track (or several, where its bars differ). */
void od_dump_picture(const struct od_score *score, struct od_buf *out);

/** Appends what a score holds, for people: the picture, sections, tracks, events of each step. */
void od_dump_text(const struct od_score *score, struct od_buf *out);

/**
 * Appends what a score holds as one JSON object and a newline, in the session's words, so that it
 * can be compared with the session. `out->failed` says if memory ran out.
 */
void od_dump_json(const struct od_score *score, struct od_buf *out);

#endif
