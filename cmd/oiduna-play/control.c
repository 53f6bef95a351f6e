#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "base/counter.h"
#include "complete.h"
#include "input.h"
#include "report.h"
#include "show.h"
#include "signals.h"
#include "suspension.h"
#include "typing.h"
#include "world/cli.h"
#include "world/clock.h"

#define BYE_PATIENCE    (OD_NSEC_PER_SEC / 2)
#define NOTICES_AT_ONCE 512
#define SLOW_TICK       (20 * OD_NSEC_PER_MS)
#define WARN_EVERY      (10 * OD_NSEC_PER_SEC)
#define READER_WAITS    ((size_t)1024 * 1024) /* less than that: a reader that keeps up again */

/* What was said of the player's own work. */
struct pace {
    uint64_t lost, missing;
    od_nsec slowest, next_warning;
};

/* The parts of the running player. */
struct control {
    const struct options *options;
    struct setup setup;
    struct engine *engine;
    struct speech speech;
    struct session_state session;
    struct conversation *conversation;
    struct connections *connections;
    struct files *files;
    struct status status;
    struct view view;
    struct ending ending;
    struct desk desk;
    struct input *input;
    struct following following;
    struct songs songs;
    struct partners *partners;
    struct show show;
    struct suspension suspension;
    struct checks checks;
    struct pace pace;
};

/* ---- the player's queues ---- */

static bool
send_to_engine(void *player, const struct od_command *command)
{
    struct engine *engine = player;
    if (!engine->running) {
        od_take_unref(command->program != NULL ? od_take_of(command->program) : NULL);
        return true;
    }
    return engine_send(engine, command);
}

static void
take_notices(struct control *control)
{
    struct od_notice notice;
    for (int i = 0; i < NOTICES_AT_ONCE && exchange_hear(&control->engine->exchange, &notice);
         i++) {
        answers_take(&control->desk, &control->checks, &notice);
    }
}

static void
release_port(void *context, size_t port)
{
    struct control *control = context;
    const struct od_command command = {.kind = OD_COMMAND_RELEASE_PORT, .port = (uint8_t)port};
    conversation_send(control->conversation, &command);
}

/* ---- the loop ---- */

enum {
    POLL_SIGNALS,
    POLL_NOTICES,
    POLL_INPUT,
    POLL_KEYS,
    POLL_EVENTS,
    POLL_DIRT,
    POLL_OSC,
    POLL_SHOW,
    POLL_LEAD,
    POLL_FOLLOW,
    N_POLL
};

static void
fill_polls(const struct control *control, od_nsec now, int signals, struct pollfd polls[N_POLL])
{
    const struct events *events = &control->speech.events;
    bool writes = !events->broken && events_waiting(events) > 0 && events->again <= now;
    polls[POLL_SIGNALS] = (struct pollfd){signals, POLLIN, 0};
    polls[POLL_NOTICES] = (struct pollfd){control->engine->exchange.notice_event, POLLIN, 0};
    polls[POLL_INPUT] = (struct pollfd){typing_fd(&control->desk, control->input), POLLIN, 0};
    polls[POLL_KEYS] = (struct pollfd){typing_aside_fd(&control->desk), POLLIN, 0};
    polls[POLL_EVENTS] = (struct pollfd){writes ? STDOUT_FILENO : -1, POLLOUT, 0};
    polls[POLL_DIRT] = (struct pollfd){connections_fd(control->connections), POLLIN, 0};
    polls[POLL_OSC] = (struct pollfd){input_osc_fd(control->input), POLLIN, 0};
    polls[POLL_LEAD] = (struct pollfd){partners_lead_fd(control->partners), POLLIN, 0};
    polls[POLL_FOLLOW] = (struct pollfd){partners_follow_fd(control->partners), POLLIN, 0};
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
    if (od_ring_count(&control->engine->exchange.notices) > 0) {
        return now;
    }
    od_nsec next = connections_next(control->connections);
    next = earlier(next, input_next(control->input));
    next = earlier(next, partners_next(control->partners));
    next = earlier(next, suspension_next(&control->suspension));
    next = earlier(next, desk_pays_next(&control->desk));
    next = earlier(next, status_draw_next(&control->status, now));
    if (control->speech.events.again > 0 && !control->speech.events.broken) {
        next = earlier(next, control->speech.events.again);
    }
    return control->show.fd >= 0 ? earlier(next, control->show.next) : next;
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
take_signals(struct control *control, int fd)
{
    for (int number = signals_read(fd); number != 0; number = signals_read(fd)) {
        if (number == SIGUSR1) {
            display_clear(&control->speech.display);
            report_print(control->engine, control->session.environment.bpm, true);
        } else if (number == SIGHUP) {
            files_reload(control->files, &control->session);
        } else if (number == SIGWINCH || number == SIGCONT) {
            display_renew(&control->speech.display);
        } else if (number == SIGTSTP) {
            suspension_begin(&control->suspension, &control->desk);
        } else {
            ending_begin(&control->ending, "signal");
        }
    }
}

static void
service(struct control *control, const struct pollfd polls[N_POLL])
{
    if ((polls[POLL_SIGNALS].revents & POLLIN) != 0) {
        take_signals(control, polls[POLL_SIGNALS].fd);
    }
    if ((polls[POLL_NOTICES].revents & POLLIN) != 0) {
        uint64_t count;
        ssize_t size = read(polls[POLL_NOTICES].fd, &count, sizeof count);
        (void)size;
    }
    take_notices(control);
    if ((polls[POLL_INPUT].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        typing_read(&control->desk, control->input);
    }
    if ((polls[POLL_KEYS].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        typing_read_aside(&control->desk, control->input);
    }
    if ((polls[POLL_OSC].revents & POLLIN) != 0) {
        input_receive(control->input);
    }
    if ((polls[POLL_SHOW].revents & POLLIN) != 0) {
        show_receive(&control->show, engine_wall_offset(control->engine));
    }
    input_do(control->input);
    input_at_end(control->input);
    if ((polls[POLL_EVENTS].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
        display_clear(&control->speech.display);
        events_flush(&control->speech.events, STDOUT_FILENO);
    }
}

/* Once there is room for that. */
static void
watch_reader(struct control *control)
{
    const struct events *events = &control->speech.events;
    uint64_t missing = events->missing - control->pace.missing;
    if (missing > 0 && !events->broken && events_waiting(events) < READER_WAITS) {
        control->pace.missing = events->missing;
        say_warning(&control->speech, "ANSWERS_LOST", missing,
                    "%" PRIu64 " lines on standard output were lost: its reader is too slow",
                    missing);
    }
}

static void
watch_pace(struct control *control, od_nsec now)
{
    const struct engine *engine = control->engine;
    struct pace *pace = &control->pace;
    uint64_t lost = od_counter_read(&engine->counts->lost_events);
    od_nsec slowest = (od_nsec)od_counter_read(&engine->exchange.tick.max);
    if (now < pace->next_warning) {
        return;
    }
    if (lost > pace->lost) {
        say_warning(&control->speech, "EVENTS_LOST", lost - pace->lost,
                    "%" PRIu64 " events were lost: more wait for their time than there is room; "
                    "fewer events a step, or a shorter --latency",
                    lost - pace->lost);
        pace->lost = lost;
        pace->next_warning = now + WARN_EVERY;
    }
    if (slowest > SLOW_TICK && slowest > pace->slowest) {
        say_warning(&control->speech, "SLOW_TICK", 0,
                    "a step took %.1f ms to send; the machine is too busy, or real-time scheduling "
                    "is missing",
                    (double)slowest / (double)OD_NSEC_PER_MS);
        pace->slowest = slowest;
        pace->next_warning = now + WARN_EVERY;
    }
}

static void
watch_show(struct control *control, od_nsec now)
{
    if (control->show.fd >= 0) {
        od_nsec wait =
            show_print(&control->show, &control->speech.events, engine_wall(control->engine, now));
        control->show.next = wait == OD_NSEC_NEVER ? wait : now + wait;
    }
}

static void
watch(struct control *control, od_nsec now)
{
    if (connections_watch(control->connections, now, release_port, control)) {
        status_say(&control->status, NULL);
    }
    desk_pay(&control->desk, now);
    watch_pace(control, now);
    watch_reader(control);
    input_watch(control->input, now);
    partners_watch(control->partners, now);
    status_draw(&control->status, now);
    watch_show(control, now);
    suspension_watch(&control->suspension, &control->desk, now);
}

/* Who has read enough goes away; a full disk is another matter. */
static void
end_with_reader(struct control *control)
{
    const struct events *events = &control->speech.events;
    if (!events->broken || control->ending.begun) {
        return;
    }
    if (events->error == EPIPE) {
        ending_begin(&control->ending, "eof");
        return;
    }
    display_clear(&control->speech.display);
    ending_fail(&control->ending, od_cli_fail(OD_EIO, "cannot write to standard output: %s",
                                              strerror(events->error)));
}

static void
end_with_player(struct control *control)
{
    if (conversation_is_broken(control->conversation) && !control->ending.begun) {
        display_clear(&control->speech.display);
        ending_fail(&control->ending, od_cli_fail(OD_EBUG, "%s", od_status_text(OD_EBUG)));
    }
}

static void
loop(struct control *control, int signals)
{
    struct pollfd polls[N_POLL];
    while (!control->ending.begun) {
        od_nsec now = od_clock_now();
        watch(control, now);
        fill_polls(control, now, signals, polls);
        if (poll(polls, N_POLL, poll_timeout(next_wake(control, now), now)) < 0 && errno != EINTR) {
            /* poll(2) takes no more entries than descriptors are permitted */
            enum od_status status = errno == EINVAL ? OD_EAGAIN : OD_EBUG;
            ending_fail(&control->ending,
                        od_cli_fail(status, "cannot wait: %s%s", strerror(errno),
                                    errno == EINVAL ? " (too few descriptors: ulimit -n)" : ""));
            return;
        }
        service(control, polls);
        end_with_reader(control);
        end_with_player(control);
    }
}

/* ---- beginning and end ---- */

static int
parse_start(struct control *control)
{
    const char *text = control->options->start_at;
    if (text != NULL && strncmp(text, "ns:", 3) == 0) {
        char *end;
        errno = 0;
        control->desk.start_at = strtoll(text + 3, &end, 10);
        control->desk.start_monotonic = end > text + 3 && *end == '\0' && errno == 0;
        if (control->desk.start_monotonic) {
            return 0;
        }
    } else if (text == NULL || od_clock_parse(text, od_clock_real(), &control->desk.start_at)) {
        return 0;
    }
    return od_cli_usage(
        "--start-at wants +SECONDS, Unix seconds or RFC 3339 with an offset "
        "(2026-05-01T20:00:00+02:00), or ns: and the anchor_ns of a status, not '%s'",
        text);
}

static void
begin(struct control *control)
{
    struct od_take *first = NULL;
    display_open(&control->speech.display, control->options->verbose);
    status_ready(&control->status, control->options->latency);
    connections_say_midi_off(control->connections);
    if (!control->engine->rt.scheduled && control->options->rt == RT_TRY) {
        say_warning_event(&control->speech, "NO_REALTIME", "real-time scheduling is not permitted");
    }
    first = files_begin(control->files);
    if (first != NULL) {
        session_state_play(&control->session, first);
        desk_start(&control->desk);
    }
    bool reads = first == NULL || control->options->then_stdin;
    if (reads) {
        input_begin(control->input);
    }
    display_begin_prompt(&control->speech.display, reads, complete_word, &control->desk);
    if ((control->speech.display.prompts || (reads && isatty(STDIN_FILENO))) &&
        control->speech.people) {
        od_cli_message("reading commands from the terminal, oiduna-control(7); ^D ends them");
    }
}

/* A device on which notes go on must not be left in silence. */
static void
say_unended(struct control *control)
{
    uint64_t notes = od_counter_read(&control->engine->exchange.unended);
    if (notes > 0) {
        say_warning(&control->speech, "NOTES_LEFT", notes,
                    "%" PRIu64 " MIDI notes may sound on: the port did not take their ends within "
                    "2 s; oiduna-play --panic ends them",
                    notes);
        control->ending.exit_status =
            control->ending.exit_status != 0 ? control->ending.exit_status : od_status_exit(OD_EIO);
    }
}

static int
end(struct control *control)
{
    const struct options *options = control->options;
    const double bpm = control->session.environment.bpm;
    engine_stop(control->engine);
    do {
        take_notices(control);
    } while (od_ring_count(&control->engine->exchange.notices) > 0);
    display_close(&control->speech.display);
    say_unended(control);
    desk_tell(&control->desk, false, false, false);
    status_bye(&control->status, control->ending.reason);
    events_drain(&control->speech.events, STDOUT_FILENO, BYE_PATIENCE);
    uint64_t unshown = control->show.dropped + control->speech.events.lost;
    if (options->show && !control->speech.events.broken && unshown > 0) {
        od_cli_message("%" PRIu64 " messages were played but not shown: standard output takes too "
                       "little",
                       unshown);
    }
    if (options->show || options->verbose) {
        report_print(control->engine, bpm, false);
    }
    int exit_status = control->ending.exit_status;
    if (options->report != NULL) {
        int written = report_write(control->engine, bpm, control->desk.ignored, options->report);
        exit_status = exit_status != 0 ? exit_status : written;
    }
    return exit_status;
}

static int
open_show(struct control *control)
{
    const struct options *options = control->options;
    const struct setup *setup = &control->setup;
    od_nsec ahead = 0;
    for (size_t i = 0; i < setup->n_outputs; i++) {
        od_nsec offset = setup->outputs[i].offset;
        ahead = offset < ahead ? offset : ahead;
    }
    return options->show ? show_open(&control->show, &control->engine->exchange.show,
                                     options->latency + ahead)
                         : 0;
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
        exit_status = files_load(control->files);
    }
    if (exit_status == 0) {
        exit_status = engine_init(control->engine, control->options, &control->setup);
    }
    if (exit_status == 0) {
        exit_status = connections_open(control->connections);
    }
    if (exit_status == 0) {
        exit_status = input_open(control->input);
    }
    if (exit_status == 0) {
        partners_serve(control->partners, input_server(control->input));
        exit_status = partners_open(control->partners);
    }
    if (exit_status == 0) {
        exit_status = open_show(control);
    }
    return exit_status != 0 ? exit_status : connections_open_midi(control->connections);
}

static int
play(struct control *control)
{
    int signals = signals_open();
    if (signals < 0) {
        return od_cli_fail(OD_EAGAIN, "no descriptor for signals: %s; see ulimit -n",
                           strerror(errno));
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

/* Puts the parts together; false if there is no memory. */
static bool
assemble(struct control *control)
{
    const struct options *options = control->options;
    struct speech *speech = &control->speech;
    control->show.fd = -1;
    say_init(speech, options->events, options->quiet);
    session_state_init(&control->session, options->bpm);
    control->engine = engine_new();
    if (control->engine == NULL) {
        return false;
    }
    control->conversation = conversation_new(send_to_engine, control->engine);
    control->songs = (struct songs){
        .setup = &control->setup, .speech = speech, .conversation = control->conversation};
    control->connections = connections_new(options, control->engine, speech);
    control->files = files_new(options, &control->setup, speech, control->conversation);
    control->status = (struct status){speech,          &control->session,     control->connections,
                                      control->engine, &control->following,   &control->songs,
                                      &control->view,  &control->desk.waiting};
    control->desk = (struct desk){.options = options,
                                  .setup = &control->setup,
                                  .engine = control->engine,
                                  .speech = speech,
                                  .session = &control->session,
                                  .conversation = control->conversation,
                                  .connections = control->connections,
                                  .files = control->files,
                                  .following = &control->following,
                                  .songs = &control->songs,
                                  .status = &control->status,
                                  .ending = &control->ending};
    control->partners = partners_new(&control->desk);
    control->input = input_new(&control->desk, control->partners);
    return control->partners != NULL && control->conversation != NULL &&
           control->connections != NULL && control->files != NULL && control->input != NULL;
}

static void
clear(struct control *control)
{
    engine_free(control->engine);
    input_free(control->input);
    partners_free(control->partners);
    files_free(control->files);
    connections_free(control->connections);
    conversation_free(control->conversation);
    waiting_clear(&control->desk.waiting);
    view_clear(&control->view);
    songs_clear(&control->songs);
    session_state_clear(&control->session);
    show_close(&control->show);
    say_clear(&control->speech);
    setup_clear(&control->setup);
    free(control);
}

int
control_run(const struct options *options)
{
    struct control *control = calloc(1, sizeof *control);
    if (control == NULL) {
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    control->options = options;
    if (!assemble(control)) {
        clear(control);
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    signals_await();
    int exit_status = prepare(control);
    if (exit_status == 0) {
        exit_status = play(control);
    }
    clear(control);
    return exit_status;
}
