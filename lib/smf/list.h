/* What is in a MIDI file, told to people and to programs. */
#ifndef OD_SMF_LIST_H
#define OD_SMF_LIST_H

#include "base/buf.h"
#include "smf/song.h"

/** Appends some lines and a table of the voices; `name` is the file's. */
void od_smf_list_text(struct od_smf_song *song, const char *name, struct od_buf *out);

/** Appends one JSON object on one line. */
void od_smf_list_json(struct od_smf_song *song, const char *name, struct od_buf *out);

#endif
