/*
 * The other side of a Link session, on the library's own interface and none of the project's code: says
 * each 100 ms where it is, does what comes on standard input. GPL-2+, as the library is.
 *
 *     peer [BPM [QUANTUM]]     tempo BPM | play | stop | quit
 *
 * prints: time (CLOCK_MONOTONIC, ns) tempo beat playing peers
 */
#include <ableton/Link.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <unistd.h>

static long long
monotonic()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void
say(const ableton::Link &link, double quantum)
{
    const auto state = link.captureAppSessionState();
    long long before, after;
    std::chrono::microseconds now;
    int tries = 20; // another program between two looks at a clock would blur them
    do {
        before = monotonic();
        now = link.clock().micros();
        after = monotonic();
    } while (after - before > 20000 && --tries > 0);
    const long long time = before + (after - before) / 2;
    std::printf("%lld %.9f %.9f %d %zu\n", time, state.tempo(), state.beatAtTime(now, quantum),
                state.isPlaying() ? 1 : 0, link.numPeers());
    std::fflush(stdout);
}

int
main(int argc, char **argv)
{
    ableton::Link link(argc > 1 ? std::atof(argv[1]) : 120);
    const double quantum = argc > 2 ? std::atof(argv[2]) : 4;
    link.enableStartStopSync(true);
    link.enable(true);
    char line[64];
    for (;;) {
        pollfd input = {STDIN_FILENO, POLLIN, 0};
        if (poll(&input, 1, 100) > 0) {
            if (std::fgets(line, sizeof line, stdin) == nullptr || std::strncmp(line, "quit", 4) == 0) {
                return 0;
            }
            auto state = link.captureAppSessionState();
            const auto now = link.clock().micros();
            double bpm;
            if (std::sscanf(line, "tempo %lf", &bpm) == 1) {
                state.setTempo(bpm, now);
            } else if (std::strncmp(line, "play", 4) == 0) {
                state.setIsPlaying(true, now);
            } else if (std::strncmp(line, "stop", 4) == 0) {
                state.setIsPlaying(false, now);
            }
            link.commitAppSessionState(state);
        }
        say(link, quantum);
    }
}
