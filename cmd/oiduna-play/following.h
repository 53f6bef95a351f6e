/* What is known of a master: who it is, and how well it is followed. */
#ifndef OD_PLAY_FOLLOWING_H
#define OD_PLAY_FOLLOWING_H

#include "engine.h"
#include "play/command.h"
#include "say.h"

#define FOLLOWING_NAME 64 /* bytes of a name, with its NUL */

struct following {
    enum od_sync_state state;
    char source[FOLLOWING_NAME]; /* who spoke last; "" = nobody yet */
    bool takes_tempo;            /* it said that it takes a tempo from us */
    int64_t peers;               /* that it has; −1 = it did not say */
    double bpm;
    od_nsec heard;
    bool measured; /* `error` is known */
    od_nsec error; /* our time minus the master's */
    uint64_t jumps, lost;
    double wish; /* a tempo for the source; 0 = none */
};

/** A line was taken: who said it, and what more. */
void following_line(struct following *following, const char *source, int64_t peers,
                    bool takes_tempo, double bpm);

/** The player said how it goes: counted in the engine's histogram, said if it is news. True if the
 * status is another one. */
bool following_heard(struct following *following, struct engine *engine, struct speech *speech,
                     const struct od_notice *notice, od_nsec now);

/** A tempo is asked for, of a source that takes it: whoever talks to it takes the wish along. */
void following_ask(struct following *following, double bpm);

/** Does a master lead now? Then no tempo of ours holds. */
bool following_leads(const struct following *following);

/** "off", "locked", "holding" */
const char *following_word(enum od_sync_state state);

/** The member "sync" of an event. */
void following_member(const struct following *following, struct od_buf *line, od_nsec now);

/** The same in words for people; nothing if nobody is followed. */
void following_tell(const struct following *following, struct speech *speech, od_nsec now);

#endif
