/* MIDI in: a clock to follow, controllers to obey; both are told to a player. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "follow.h"
#include "options.h"
#include "source.h"
#include "touch.h"
#include "world/cli.h"
#include "world/rt.h"

#define PORT_EVERY    (OD_NSEC_PER_MS / 2) /* PortMidi has to be asked */
#define READS_AT_ONCE 16

struct bridge {
    const struct options *options;
    struct source source;
    struct od_client client;
    struct od_midi_in in;
    struct follow follow;
    struct touch touch;
    bool ending;
};

enum {
    POLL_SIGNALS,
    POLL_PLAYER,
    POLL_RAW,
    N_POLL
};

static int
open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void
reload(struct bridge *bridge)
{
    if (bridge->options->map == NULL) {
        return;
    }
    if (touch_load(&bridge->touch, bridge->options->map) != 0) {
        od_cli_message("the map that was read before stays in force");
    } else if (!bridge->options->quiet) {
        od_cli_message("%s: read again, %zu lines", bridge->options->map, bridge->touch.map.n);
    }
}

static void
take_signals(struct bridge *bridge, int fd)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            reload(bridge);
        } else {
            bridge->ending = true;
        }
    }
}

static void
take_bytes(struct bridge *bridge, const unsigned char *bytes, size_t size, od_nsec now)
{
    for (size_t i = 0; i < size; i++) {
        struct od_midi_word word;
        if (!od_midi_in_byte(&bridge->in, bytes[i], &word)) {
            continue;
        }
        if (bridge->options->clock) {
            follow_take(&bridge->follow, &word, now);
        }
        touch_take(&bridge->touch, &word, now);
    }
}

static void
hear(struct bridge *bridge, bool readable)
{
    unsigned char bytes[SOURCE_BYTES];
    od_nsec now = od_clock_now();
    if (bridge->source.fd >= 0) {
        if (readable) {
            take_bytes(bridge, bytes, source_read(&bridge->source, bytes), now);
        }
        return;
    }
    now -= PORT_EVERY / 2; /* since it was asked last: on average then */
    for (int i = 0; i < READS_AT_ONCE; i++) {
        size_t size = source_read(&bridge->source, bytes);
        if (size == 0) {
            return;
        }
        take_bytes(bridge, bytes, size, now);
    }
}

static void
watch_player(struct bridge *bridge, od_nsec now)
{
    struct od_client *client = &bridge->client;
    enum od_client_change change = od_client_poll(client, now);
    bool needed = bridge->options->clock || bridge->options->map != NULL;
    if (change == OD_CLIENT_AWAY && needed) {
        od_cli_message("no player answers at %s:%u: is oiduna-play running with --control-port %u? "
                       "Waiting for it",
                       client->udp.host, client->udp.port, client->udp.port);
    } else if (change == OD_CLIENT_PRESENT) {
        follow_present(&bridge->follow);
        if (!bridge->options->quiet) {
            od_cli_message("a player answers at %s:%u", client->udp.host, client->udp.port);
        }
    }
    if (client->error[0] != '\0') {
        od_cli_message("the player says: %s", client->error);
    }
}

static od_nsec
next_wake(const struct bridge *bridge, od_nsec now)
{
    od_nsec next = od_client_next(&bridge->client);
    next = bridge->source.next_look < next ? bridge->source.next_look : next;
    next = bridge->touch.next < next ? bridge->touch.next : next;
    if (bridge->source.stream != NULL && now + PORT_EVERY < next) {
        next = now + PORT_EVERY;
    }
    return next;
}

static bool
wait_for(struct pollfd *polls, od_nsec until)
{
    od_nsec left = until - od_clock_now();
    left = left > 0 ? left : 0;
    struct timespec timeout = {.tv_sec = left / OD_NSEC_PER_SEC, .tv_nsec = left % OD_NSEC_PER_SEC};
    return ppoll(polls, N_POLL, &timeout, NULL) >= 0 || errno == EINTR;
}

/* Nothing more comes in and nothing waits, or there is nobody left to tell. */
static bool
is_over(const struct bridge *bridge)
{
    const struct options *options = bridge->options;
    return bridge->ending || (bridge->source.ended && bridge->touch.next == OD_NSEC_NEVER) ||
           (bridge->touch.unheard && !options->clock && options->map == NULL);
}

static int
loop(struct bridge *bridge, int signals)
{
    while (!is_over(bridge)) {
        int raw = bridge->source.ended ? -1 : bridge->source.fd;
        struct pollfd polls[N_POLL] = {
            {signals, POLLIN, 0}, {bridge->client.udp.fd, POLLIN, 0}, {raw, POLLIN, 0}};
        if (!wait_for(polls, next_wake(bridge, od_clock_now()))) {
            return od_cli_fail(OD_EBUG, "poll: %s", strerror(errno));
        }
        hear(bridge, raw >= 0 && polls[POLL_RAW].revents != 0);
        od_nsec now = od_clock_now();
        touch_send(&bridge->touch, now);
        if (polls[POLL_SIGNALS].revents != 0) {
            take_signals(bridge, signals);
        }
        watch_player(bridge, now);
        if (now >= bridge->source.next_look) {
            source_look(&bridge->source, now);
        }
    }
    return bridge->source.exit_status;
}

static int
bridge_run(struct bridge *bridge, const struct options *options)
{
    char error[OD_ERROR_MAX];
    od_nsec now = od_clock_now();
    int exit_status = touch_load(&bridge->touch, options->map);
    if (exit_status != 0) {
        return exit_status;
    }
    enum od_status status =
        od_client_open(&bridge->client, options->host, options->port, now, error);
    if (status != OD_OK) {
        return od_cli_fail(status, "%s", error);
    }
    int signals = open_signals();
    if (signals < 0) {
        return od_cli_fail(OD_EAGAIN, "no descriptor for signals: %s; see ulimit -n",
                           strerror(errno));
    }
    od_cli_never_wait(); /* not even to say that an input is not there: signals are held back now */
    exit_status = source_open(&bridge->source, options, now);
    if (exit_status == 0) {
        struct od_rt rt = {0};
        od_rt_no_slack();
        od_rt_schedule(&rt, OD_RT_PRIORITY - 1);
        exit_status = loop(bridge, signals);
    }
    close(signals);
    return exit_status;
}

static int
check_map(const char *file)
{
    struct touch touch = {0};
    int exit_status = touch_load(&touch, file);
    touch_clear(&touch);
    return exit_status;
}

int
main(int argc, char **argv)
{
    struct options options;
    od_cli_begin();
    int exit_status = options_parse(argc, argv, &options);
    if (exit_status >= 0) {
        return exit_status;
    }
    if (options.list) {
        return od_cli_close_stdout(source_list());
    }
    if (options.check) {
        return check_map(options.map);
    }
    static struct bridge bridge;
    bridge.options = &options;
    bridge.client.udp.fd = bridge.source.fd = -1;
    bridge.follow = (struct follow){.client = &bridge.client, .quiet = options.quiet};
    bridge.touch =
        (struct touch){.client = &bridge.client, .quiet = options.quiet, .learn = options.learn};
    exit_status = bridge_run(&bridge, &options);
    source_close(&bridge.source);
    od_client_close(&bridge.client);
    touch_clear(&bridge.touch);
    return od_cli_close_stdout(exit_status);
}
