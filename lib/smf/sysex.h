/* SysEx of a MIDI file: pieces put together, judged, and told. */
#ifndef OD_SMF_SYSEX_H
#define OD_SMF_SYSEX_H

#include "smf/read.h"

/**
 * Appends the numbers (size_t) of the file's items that begin a SysEx which may be sent at the
 * start: whole ones, of at most 4096 bytes, at or before tick `before`. Notes all others.
 * OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_smf_sysex_find(struct od_smf_file *file, int64_t before,
                                              struct od_buf *found);

/** Appends such a SysEx as hexadecimal numbers, "F0 … F7". */
void od_smf_sysex_text(const struct od_smf_file *file, size_t item, struct od_buf *out);

#endif
