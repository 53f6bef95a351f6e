/* A player in an Ableton Link session. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bridge.h"
#include "link.h"
#include "options.h"
#include "world/cli.h"
#include "world/client.h"
#include "world/clock.h"

#define LOOK_EVERY (100 * OD_NSEC_PER_MS)

struct program {
    const struct options *options;
    struct od_link *link; /* NULL before the player was heard for the first time */
    struct od_client client;
    struct bridge bridge;
    size_t peers; /* as was said */
    bool ending;
};

static int
open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL); /* before the library has threads */
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void
command(struct program *program, const char *text)
{
    char line[32];
    snprintf(line, sizeof line, "%s", text);
    od_client_command(&program->client, line);
}

static void
say_peers(struct program *program, size_t peers)
{
    if (peers != program->peers && !program->options->quiet) {
        od_cli_message(peers == 0   ? "nobody else is in the session: the player goes its own way"
                       : peers == 1 ? "1 other is in the session"
                                    : "others in the session: %zu",
                       peers);
    }
    program->peers = peers;
}

static void
do_deeds(struct program *program, const struct bridge_deeds *deeds, size_t peers)
{
    char more[64];
    if (deeds->tell) {
        snprintf(more, sizeof more, "peers=%zu%s", peers, program->options->lead ? " bpm=yes" : "");
        od_client_sync(&program->client, &deeds->line, "link", more);
    }
    if (deeds->let_go) {
        command(program, "sync off");
    }
    if (deeds->start || deeds->stop) {
        command(program, deeds->start ? "start" : "stop");
    }
    if (deeds->tempo > 0) {
        od_link_tempo(program->link, deeds->tempo);
    }
    if (deeds->place) {
        od_link_place(program->link, deeds->beat, program->options->quantum);
    }
    if (deeds->play || deeds->pause) {
        od_link_play(program->link, deeds->play);
    }
}

/* A session begins with the tempo of whoever begins it: first that of the player has to be known.
 * The exit status, or 0. */
static int
join(struct program *program)
{
    const struct od_client *client = &program->client;
    if (program->link != NULL || client->state[0] == '\0' || !(client->bpm >= OD_BPM_MIN)) {
        return 0;
    }
    program->link = od_link_new(client->bpm);
    return program->link != NULL && od_link_join(program->link, program->options->start_stop)
               ? 0
               : od_cli_fail(OD_EUNAVAILABLE, "Ableton Link cannot be started");
}

static void
look(struct program *program)
{
    struct od_link_state session;
    const struct od_client *client = &program->client;
    if (program->link == NULL ||
        !od_link_read(program->link, program->options->quantum, &session)) {
        return;
    }
    struct bridge_player player = {.known = client->present && client->state[0] != '\0',
                                   .playing = strcmp(client->state, "playing") == 0,
                                   .bpm = client->bpm,
                                   .changes = client->changes};
    player.placed = od_client_position(client, session.time, &player.step);
    say_peers(program, session.peers);
    const struct bridge_deeds deeds = bridge_look(&program->bridge, &session, &player);
    do_deeds(program, &deeds, session.peers);
}

static void
watch_player(struct program *program, od_nsec now)
{
    struct od_client *client = &program->client;
    enum od_client_change change = od_client_poll(client, now);
    if (change == OD_CLIENT_AWAY) {
        od_cli_message("no player answers at %s:%u: is oiduna-play running with --control-port %u? "
                       "Waiting for it",
                       client->udp.host, client->udp.port, client->udp.port);
    } else if (change == OD_CLIENT_PRESENT && !program->options->quiet) {
        od_cli_message("a player answers at %s:%u", client->udp.host, client->udp.port);
    }
    if (client->error[0] != '\0') {
        od_cli_message("the player says: %s", client->error);
    }
    if (client->wish > 0 && program->options->lead && program->link != NULL) {
        od_link_tempo(program->link, client->wish);
    }
}

static int
loop(struct program *program, int signals)
{
    od_nsec next = od_clock_now();
    int exit_status = 0;
    od_cli_never_wait();
    while (!program->ending && exit_status == 0) {
        od_nsec now = od_clock_now();
        if (now >= next) {
            look(program);
            next = now + LOOK_EVERY;
        }
        watch_player(program, now);
        exit_status = join(program);
        struct pollfd polls[] = {{signals, POLLIN, 0}, {program->client.udp.fd, POLLIN, 0}};
        int wait = (int)((next - now + OD_NSEC_PER_MS - 1) / OD_NSEC_PER_MS);
        if (poll(polls, 2, wait > 0 ? wait : 0) < 0 && errno != EINTR) {
            return od_cli_fail(OD_EBUG, "poll: %s", strerror(errno));
        }
        struct signalfd_siginfo info;
        if (read(signals, &info, sizeof info) == (ssize_t)sizeof info && info.ssi_signo != SIGHUP) {
            program->ending = true;
        }
    }
    return exit_status;
}

static int
run(struct program *program, const struct options *options)
{
    char error[OD_ERROR_MAX];
    enum od_status status =
        od_client_open(&program->client, options->host, options->port, od_clock_now(), error);
    if (status != OD_OK) {
        return od_cli_fail(status, "%s", error);
    }
    int signals = open_signals();
    if (signals < 0) {
        return od_cli_fail(OD_EAGAIN, "no descriptor for signals: %s; see ulimit -n",
                           strerror(errno));
    }
    int exit_status = loop(program, signals);
    if (program->bridge.follows) {
        command(program, "sync off");
    }
    close(signals);
    return exit_status;
}

int
main(int argc, char **argv)
{
    od_cli_begin();
    struct options options;
    int exit_status = options_parse(argc, argv, &options);
    if (exit_status >= 0) {
        return exit_status;
    }
    static struct program program;
    program.options = &options;
    program.client.udp.fd = -1;
    program.bridge = (struct bridge){.quantum = options.quantum, .start_stop = options.start_stop};
    exit_status = run(&program, &options);
    od_link_free(program.link);
    od_client_close(&program.client);
    return od_cli_close_stdout(exit_status);
}
