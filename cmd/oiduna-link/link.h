/* Ableton Link behind an interface in C. What is behind it is C++, and GPL-2+ as the library is. */
#ifndef OD_LINK_H
#define OD_LINK_H

#ifdef __cplusplus
extern "C" {
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OD_LINK_BPM_MIN 20 /* what a session can have */
#define OD_LINK_BPM_MAX 999

struct od_link;

/** Not in any session yet; NULL if it cannot be had (no memory, no thread). */
struct od_link *od_link_new(double bpm);
void od_link_free(struct od_link *link);

/** Joins the session of this network, or begins one; `start_stop`: starts and stops with it. */
bool od_link_join(struct od_link *link, bool start_stop);

struct od_link_state {
    int64_t time; /**< CLOCK_MONOTONIC, ns: now */
    double bpm;
    double beat;  /**< at `time`; its remainder by the quantum is the session's */
    bool playing; /**< as the session says */
    size_t peers; /**< others in it */
};

/** How the session is now; false if it cannot be told. */
bool od_link_read(struct od_link *link, double quantum, struct od_link_state *state);

/** The session gets another tempo from now on. */
bool od_link_tempo(struct od_link *link, double bpm);

/** While nobody else is there: now the beat is `beat`. */
bool od_link_place(struct od_link *link, double beat, double quantum);

/** The session starts, or stops. */
bool od_link_play(struct od_link *link, bool playing);

#ifdef __cplusplus
}
#endif
#endif
