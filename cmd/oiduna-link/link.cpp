/*
 * The one file in C++: Ableton Link is a library of C++ headers. No exception leaves it.
 *
 * This file, and the program that is made with it, are free software: you can redistribute it and/or
 * modify it under the terms of the GNU General Public License as published by the Free Software
 * Foundation, either version 2 of the License, or (at your option) any later version.
 */
#include "link.h"

#include <ableton/Link.hpp>
#include <ctime>

#define TRIES  8
#define NARROW 20000 /* ns between two looks at a clock: nothing came in between */

struct od_link {
    explicit od_link(double bpm) : session(bpm)
    {
    }
    ableton::Link session;
};

namespace
{

int64_t
monotonic()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return int64_t(now.tv_sec) * 1000000000 + now.tv_nsec;
}

/* Changes the session's state; the library's own clock says when. */
template <typename Change>
bool
change(od_link *link, Change what)
{
    try {
        auto state = link->session.captureAppSessionState();
        what(state, link->session.clock().micros());
        link->session.commitAppSessionState(state);
        return true;
    } catch (...) {
        return false;
    }
}

} // namespace

od_link *
od_link_new(double bpm)
{
    try {
        return new od_link(bpm);
    } catch (...) {
        return nullptr;
    }
}

void
od_link_free(od_link *link)
{
    delete link;
}

bool
od_link_join(od_link *link, bool start_stop)
{
    try {
        link->session.enableStartStopSync(start_stop);
        link->session.enable(true);
        return true;
    } catch (...) {
        return false;
    }
}

/* Link counts a clock of its own, which NTP does not touch: both are read as near to each other as can
 * be, with nothing of this machine in between. */
static std::chrono::microseconds
read_clocks(const ableton::Link &session, int64_t *time)
{
    std::chrono::microseconds best{0};
    int64_t narrowest = INT64_MAX;
    for (int i = 0; i < TRIES && narrowest > NARROW; i++) {
        const int64_t before = monotonic();
        const auto now = session.clock().micros();
        const int64_t width = monotonic() - before;
        if (width < narrowest) {
            narrowest = width;
            best = now;
            *time = before + width / 2;
        }
    }
    return best;
}

bool
od_link_read(od_link *link, double quantum, od_link_state *state)
{
    try {
        const auto session = link->session.captureAppSessionState();
        const auto now = read_clocks(link->session, &state->time);
        state->bpm = session.tempo();
        state->beat = session.beatAtTime(now, quantum);
        state->playing = session.isPlaying();
        state->peers = link->session.numPeers();
        return true;
    } catch (...) {
        return false;
    }
}

bool
od_link_tempo(od_link *link, double bpm)
{
    return change(link, [bpm](ableton::Link::SessionState &state, std::chrono::microseconds now) {
        state.setTempo(bpm, now);
    });
}

bool
od_link_place(od_link *link, double beat, double quantum)
{
    return change(
        link, [beat, quantum](ableton::Link::SessionState &state, std::chrono::microseconds now) {
            state.forceBeatAtTime(beat, now, quantum);
        });
}

bool
od_link_play(od_link *link, bool playing)
{
    return change(link, [playing](ableton::Link::SessionState &state,
                                  std::chrono::microseconds now) { state.setIsPlaying(playing, now); });
}
