#include "text/timing.h"

#include <string.h>

static const char *const timing_words[] = {
    [OD_TIMING_NOW] = "now",
    [OD_TIMING_BEAT] = "beat",
    [OD_TIMING_BAR] = "bar",
    [OD_TIMING_SEQ] = "seq",
};

bool
od_timing_parse(const char *word, enum od_timing *timing)
{
    if (strcmp(word, "immediate") == 0) {
        *timing = OD_TIMING_NOW;
        return true;
    }
    for (int i = OD_TIMING_NOW; i <= OD_TIMING_SEQ; i++) {
        if (strcmp(word, timing_words[i]) == 0) {
            *timing = (enum od_timing)i;
            return true;
        }
    }
    return false;
}

const char *
od_timing_word(enum od_timing timing)
{
    return timing_words[timing];
}

const char *
od_from_word(enum od_from from)
{
    static const char *const words[] = {NULL, "here", "top"};
    return words[from];
}

const char *
od_song_end_word(enum od_song_end end)
{
    static const char *const words[] = {"loop", "hold", "stop"};
    return words[end];
}
