/* When and where a session takes over, and how a song ends: the words and what they mean. */
#ifndef OD_TIMING_H
#define OD_TIMING_H

#include <stdbool.h>

enum od_timing {
    OD_TIMING_NOW,
    OD_TIMING_BEAT,
    OD_TIMING_BAR,
    OD_TIMING_SEQ
};

/** Where step 0 of what takes over lies. */
enum od_from {
    OD_FROM_UNSAID, /**< as the scene says that takes over; else here */
    OD_FROM_HERE,   /**< in phase with the loop */
    OD_FROM_TOP     /**< where it is taken over */
};

/** What comes behind the last entry of a song. */
enum od_song_end {
    OD_SONG_LOOP, /**< the first */
    OD_SONG_HOLD, /**< the last goes on */
    OD_SONG_STOP
};

/** The timing named by "now", "beat", "bar", "seq" or "immediate"; false if it is another word. */
bool od_timing_parse(const char *word, enum od_timing *timing);

/** The word of a timing. */
const char *od_timing_word(enum od_timing timing);

/** "here" or "top"; NULL for OD_FROM_UNSAID. */
const char *od_from_word(enum od_from from);

/** "loop", "hold" or "stop". */
const char *od_song_end_word(enum od_song_end end);

#endif
