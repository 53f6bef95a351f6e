#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answers.h"
#include "files.h"
#include "input.h"
#include "people.h"
#include "report.h"
#include "say.h"
#include "signals.h"
#include "watch.h"
#include "world/cli.h"

#define BYE_PATIENCE (OD_NSEC_PER_SEC / 2)

/* ---- the loop ---- */

void
control_end(struct control *control, const char *reason)
{
    if (!control->ending) {
        control->ending = true;
        control->reason = reason;
    }
}

enum {
    POLL_SIGNALS,
    POLL_NOTICES,
    POLL_INPUT,
    POLL_EVENTS,
    POLL_DIRT,
    POLL_OSC,
    POLL_SHOW,
    N_POLL
};

static void
fill_polls(const struct control *control, int signals, struct pollfd polls[N_POLL])
{
    bool wants_input = control->reading && !control->answer.active;
    bool writes = !control->events.broken && events_waiting(&control->events) > 0;
    bool wants_osc = control->osc_server != NULL && control->queued < CONTROL_QUEUE;
    polls[POLL_SIGNALS] = (struct pollfd){signals, POLLIN, 0};
    polls[POLL_NOTICES] = (struct pollfd){control->engine->notice_event, POLLIN, 0};
    polls[POLL_INPUT] = (struct pollfd){wants_input ? STDIN_FILENO : -1, POLLIN, 0};
    polls[POLL_EVENTS] = (struct pollfd){writes ? STDOUT_FILENO : -1, POLLOUT, 0};
    polls[POLL_DIRT] =
        (struct pollfd){control->options->osc ? control->superdirt.fd : -1, POLLIN, 0};
    polls[POLL_OSC] =
        (struct pollfd){wants_osc ? od_osc_server_fd(control->osc_server) : -1, POLLIN, 0};
    polls[POLL_SHOW] = (struct pollfd){control->show.fd, POLLIN, 0};
}

static od_nsec
earlier(od_nsec a, od_nsec b)
{
    return a < b ? a : b;
}

/* When the loop must wake though nothing comes in. */
static od_nsec
next_wake(struct control *control, od_nsec now)
{
    od_nsec next = OD_NSEC_NEVER;
    if (od_ring_count(&control->engine->notices) > 0) {
        return now;
    }
    if (control->options->osc) {
        next = earlier(next, od_superdirt_next(&control->superdirt));
    }
    next = earlier(next, control->engine->midi.next_look);
    if (!control->answer.active) {
        next = earlier(next, control->half_told);
    }
    if (control->options->verbose && (control->state == OD_PLAYING || control->display.waits)) {
        next = earlier(next, control->display.next);
    }
    if (control->show.fd >= 0) {
        next = earlier(next, control->show.next);
    }
    if (control->suspension.stage != SUSPEND_NOT) {
        next = earlier(next, control->suspension.next);
    }
    return next;
}

static int
poll_timeout(od_nsec next, od_nsec now)
{
    if (next == OD_NSEC_NEVER) {
        return -1;
    }
    od_nsec wait = next > now ? (next - now + OD_NSEC_PER_MS - 1) / OD_NSEC_PER_MS : 0;
    return wait > 60000 ? 60000 : (int)wait;
}

static void
service(struct control *control, const struct pollfd polls[N_POLL])
{
    if ((polls[POLL_SIGNALS].revents & POLLIN) != 0) {
        signals_take(control, polls[POLL_SIGNALS].fd);
    }
    if ((polls[POLL_NOTICES].revents & POLLIN) != 0) {
        uint64_t count;
        ssize_t size = read(polls[POLL_NOTICES].fd, &count, sizeof count);
        (void)size;
    }
    answers_take(control);
    if ((polls[POLL_INPUT].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        input_read(control);
    }
    if ((polls[POLL_OSC].revents & POLLIN) != 0) {
        (void)od_osc_server_receive(control->osc_server, CONTROL_QUEUE - control->queued);
    }
    if ((polls[POLL_SHOW].revents & POLLIN) != 0) {
        show_receive(&control->show, atomic_load(&control->engine->wall_offset));
    }
    input_do(control);
    input_at_end(control);
    if ((polls[POLL_EVENTS].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
        events_flush(&control->events, STDOUT_FILENO);
    }
}

/* Who has read enough goes away; a full disk is another matter. */
static void
end_with_reader(struct control *control)
{
    if (!control->events.broken || control->ending) {
        return;
    }
    if (control->events.error != EPIPE) {
        display_clear(&control->display);
        control->exit_status = od_cli_fail(OD_EIO, "cannot write to standard output: %s",
                                           strerror(control->events.error));
    }
    control_end(control, control->exit_status != 0 ? "error" : "eof");
}

static void
loop(struct control *control, int signals)
{
    struct pollfd polls[N_POLL];
    while (!control->ending) {
        od_nsec now = od_clock_now();
        watch_osc(control, now);
        watch_midi(control, now);
        watch_player(control, now);
        watch_input(control, now);
        watch_draw(control, now);
        watch_show(control, now);
        signals_suspend(control, now);
        fill_polls(control, signals, polls);
        if (poll(polls, N_POLL, poll_timeout(next_wake(control, now), now)) < 0 && errno != EINTR) {
            control->exit_status = od_cli_fail(OD_EBUG, "poll: %s", strerror(errno));
            control_end(control, "error");
            return;
        }
        service(control, polls);
        end_with_reader(control);
    }
}

/* ---- beginning and end ---- */

static int
parse_start(struct control *control)
{
    const char *text = control->options->start_at;
    if (text == NULL || od_clock_parse(text, od_clock_real(), &control->start_at)) {
        return 0;
    }
    return od_cli_usage("--start-at wants +SECONDS, Unix seconds or RFC 3339 with an offset "
                        "(2026-05-01T20:00:00+02:00), not '%s'",
                        text);
}

static void
say_midi_off(struct control *control)
{
    const char *path = control->options->midi_raw;
    if (path == NULL) {
        say_warning(control, "MIDI_OFF", 0,
                    "no MIDI output '%s': MIDI is off until it appears; --midi-list shows the "
                    "ports there are",
                    control->options->midi);
    } else {
        struct stat status;
        int error = stat(path, &status) != 0 ? errno : 0;
        say_warning(control, "MIDI_OFF", 0,
                    "cannot write MIDI to %s (%s): MIDI is off until that works", path,
                    error != 0                 ? strerror(error)
                    : S_ISFIFO(status.st_mode) ? "nobody reads it"
                                               : "not permitted, busy or no device");
    }
}

/* A control stream has no list, but --loops and --bars end it as if it had one score. */
static void
begin(struct control *control)
{
    struct od_command end;
    if (control->list.n > 0 && od_playlist_end(&control->list, &end)) {
        answers_send(control, &end);
    }
    say_ready(control);
    if (control->midi_off) {
        say_midi_off(control);
    }
    if (!control->engine->rt.scheduled && control->options->rt == RT_TRY) {
        say_warning_event(control, "NO_REALTIME", "real-time scheduling is not permitted");
    }
    if (control->options->n_scores > 0) {
        files_begin(control);
        answers_set_current(control, control->list.takes[0]);
        answers_start(control);
    } else {
        control->list = (struct od_playlist){0};
        control->reading = true;
        if (isatty(STDIN_FILENO) && people_ask(control)) {
            od_cli_message("reading commands from the terminal, oiduna-control(7); ^D ends them");
        }
    }
}

static int
end(struct control *control)
{
    engine_stop(control->engine);
    answers_take(control);
    while (od_ring_count(&control->engine->notices) > 0) {
        answers_take(control);
    }
    display_clear(&control->display);
    say_bye(control);
    events_drain(&control->events, STDOUT_FILENO, BYE_PATIENCE);
    if (control->options->show && !control->events.broken &&
        control->show.dropped + control->events.lost > 0) {
        od_cli_message("%" PRIu64 " messages were played but not shown: standard output takes too "
                       "little",
                       control->show.dropped + control->events.lost);
    }
    if (control->options->show || control->options->verbose) {
        report_print(control->engine, control->environment.bpm);
    }
    if (control->options->report != NULL) {
        int exit_status = report_write(control->engine, control->environment.bpm,
                                       input_ignored(control), control->options->report);
        return control->exit_status != 0 ? control->exit_status : exit_status;
    }
    return control->exit_status;
}

static void
clear(struct control *control)
{
    answers_clear(control);
    answers_forget_pending(control);
    od_take_unref(control->current);
    tracks_clear(&control->tracks);
    for (size_t i = 0; control->list.takes != NULL && i < control->list.n; i++) {
        od_take_unref(control->list.takes[i]);
    }
    free(control->list.takes);
    for (size_t i = 0; i < control->queued; i++) {
        free(control->queue[i]);
    }
    od_osc_server_free(control->osc_server);
    od_superdirt_close(&control->superdirt);
    show_close(&control->show);
    od_stream_clear(&control->stream);
    events_clear(&control->events);
    setup_clear(&control->setup);
}

static int
prepare(struct control *control)
{
    int exit_status = parse_start(control);
    if (exit_status == 0 && control->options->report != NULL) {
        exit_status = report_check(control->options->report);
    }
    if (exit_status == 0) {
        exit_status = setup_init(&control->setup, control->options);
    }
    if (exit_status == 0) {
        exit_status = files_load(control);
    }
    if (exit_status == 0) {
        exit_status = engine_init(control->engine, control->options, &control->setup);
    }
    if (exit_status == 0) {
        exit_status = watch_open(control);
    }
    return exit_status != 0 ? exit_status : watch_open_midi(control);
}

static int
play(struct control *control)
{
    int signals = signals_open();
    if (signals < 0) {
        return od_cli_fail(OD_EAGAIN, "signalfd: %s", strerror(errno));
    }
    od_cli_never_wait();
    int exit_status = engine_start(control->engine, control->options);
    if (exit_status == 0) {
        begin(control);
        loop(control, signals);
        exit_status = end(control);
    }
    close(signals);
    return exit_status;
}

int
control_run(const struct options *options)
{
    struct control *control = calloc(1, sizeof *control);
    struct engine *engine = engine_new();
    if (control == NULL || engine == NULL) {
        free(control);
        engine_free(engine);
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    control->options = options;
    control->engine = engine;
    control->environment =
        (struct od_player_environment){.bpm = options->bpm > 0 ? options->bpm : 120, .gate = 1};
    control->position = -1;
    control->half_told = OD_NSEC_NEVER;
    control->show.fd = -1;
    control->superdirt.fd = -1;
    control->events.enabled = options->events;
    display_init(&control->display);
    signals_await();
    int exit_status = prepare(control);
    if (exit_status == 0) {
        exit_status = play(control);
    }
    engine_free(engine);
    clear(control);
    free(control);
    return exit_status;
}
