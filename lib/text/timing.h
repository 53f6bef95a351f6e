/* When a session takes over: the words and what they mean. */
#ifndef OD_TIMING_H
#define OD_TIMING_H

#include <stdbool.h>

enum od_timing {
    OD_TIMING_NOW,
    OD_TIMING_BEAT,
    OD_TIMING_BAR,
    OD_TIMING_SEQ
};

/** The timing named by "now", "beat", "bar", "seq" or "immediate"; false if it is another word. */
bool od_timing_parse(const char *word, enum od_timing *timing);

/** The word of a timing. */
const char *od_timing_word(enum od_timing timing);

#endif
