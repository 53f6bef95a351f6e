#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "world/cli.h"

#define COMMANDS      256
#define NOTICES       2048
#define SERVICE_AGAIN (5 * OD_NSEC_PER_MS) /* how soon a stalled raw MIDI port is tried again */
#define READY_AHEAD   (OD_NSEC_PER_MS / 4)

static OD_REALTIME void
measure_clock(struct engine *engine)
{
    od_clock_update(&engine->clock, od_clock_measure());
    atomic_store_explicit(&engine->wall_offset, engine->clock.offset, memory_order_relaxed);
}

static OD_REALTIME void
on_osc(void *context, unsigned output, od_nsec sounds, int64_t step, unsigned char *bundle,
       size_t size)
{
    (void)step;
    struct engine *engine = context;
    od_bundle_stamp(bundle, od_clock_ntp(sounds + engine->clock.offset));
    od_udp_send(&engine->outputs[output], bundle, size);
    if (engine->show.fd >= 0) {
        od_udp_send(&engine->show, bundle, size);
    }
}

static OD_REALTIME void
on_midi(void *context, const struct od_midi_message *message)
{
    struct engine *engine = context;
    od_midiout_write(&engine->midi, message->port, message->bytes, message->size);
    if (engine->show.fd >= 0) {
        struct engine_show_midi show = {.mark = ENGINE_SHOW_MIDI,
                                        .size = (unsigned char)message->size,
                                        .step = message->step,
                                        .time = message->time};
        memcpy(show.bytes, message->bytes, message->size);
        od_udp_send(&engine->show, &show, sizeof show);
    }
}

/* What only tells how it goes; the counters tell the same. */
static OD_REALTIME bool
is_expendable(const struct od_notice *notice)
{
    return notice->kind == OD_NOTICE_POSITION || notice->kind == OD_NOTICE_SKIPPED ||
           notice->kind == OD_NOTICE_LOST;
}

/* Half of the queue is kept for answers and for programs that go back. */
static OD_REALTIME void
on_notice(void *context, const struct od_notice *notice)
{
    struct engine *engine = context;
    if (notice->kind == OD_NOTICE_POSITION && notice->step % OD_BAR_STEPS == 0) {
        measure_clock(engine);
    }
    bool full = is_expendable(notice) && od_ring_space(&engine->notices) < NOTICES / 2;
    if (full || !od_ring_push(&engine->notices, notice)) {
        atomic_fetch_add_explicit(&engine->lost_notices, 1, memory_order_relaxed);
    }
    engine->noticed = true;
}

static OD_REALTIME void
wake_control(struct engine *engine)
{
    if (engine->noticed) {
        engine->noticed = false;
        const uint64_t one = 1;
        ssize_t written = write(engine->notice_event, &one, sizeof one);
        (void)written; /* it fails only when a waking is pending already */
    }
}

/* At rest no bar looks at the wall clock, which may have been set meanwhile; what was reckoned with
 * the old one is put right. */
static OD_REALTIME void
measure_at_rest(struct engine *engine, struct od_command *command)
{
    od_nsec before = engine->clock.offset;
    if (engine->player.state == OD_PLAYING) {
        return;
    }
    measure_clock(engine);
    if (command->kind == OD_COMMAND_START && command->time != OD_NSEC_NEVER) {
        command->time -= engine->clock.offset - before;
    }
}

static OD_REALTIME void
tick(struct engine *engine, od_nsec now)
{
    struct od_command command;
    while (od_ring_pop(&engine->commands, &command)) {
        measure_at_rest(engine, &command);
        od_player_command(&engine->player, &command, now);
    }
    od_player_run(&engine->player, now);
}

/* True if a stalled port owes bytes; one that died is the control thread's matter. */
static OD_REALTIME bool
service_midi(struct engine *engine)
{
    unsigned needs = od_midiout_service(&engine->midi);
    engine->noticed = engine->noticed || (needs & OD_MIDIOUT_GAVE) != 0;
    return (needs & OD_MIDIOUT_OWES) != 0;
}

/* A program that came too late goes back by the way all go. */
static OD_REALTIME void
take_last_programs(struct engine *engine)
{
    struct od_command command;
    while (od_ring_pop(&engine->commands, &command)) {
        if (command.kind == OD_COMMAND_PROGRAM) {
            od_player_command(&engine->player, &command, od_clock_now());
        }
    }
}

/*
 * The processor has slept deeply and forgotten much by the time something is due. Woken a little
 * before, it rehearses what comes and dozes only: half as late, and the caches are warm.
 */
static OD_REALTIME bool
wait_until(struct engine *engine, od_nsec until)
{
    if (until != OD_NSEC_NEVER) {
        if (od_waker_wait(&engine->waker, until - READY_AHEAD)) {
            return true;
        }
        if (od_clock_now() < until) {
            od_player_rehearse(&engine->player);
        }
    }
    return od_waker_wait(&engine->waker, until);
}

static OD_REALTIME void
play(struct engine *engine)
{
    od_nsec again = OD_NSEC_NEVER;
    while (!atomic_load_explicit(&engine->quit, memory_order_acquire)) {
        od_nsec due = od_player_next(&engine->player);
        bool posted = wait_until(engine, due < again ? due : again);
        od_nsec now = od_clock_now();
        if (!posted && due <= again) {
            od_histogram_add(&engine->lateness, now - due);
        }
        tick(engine, now);
        again = service_midi(engine) ? now + SERVICE_AGAIN : OD_NSEC_NEVER;
        wake_control(engine);
        if (now >= due) {
            od_histogram_add(&engine->tick, od_clock_now() - now);
        }
    }
    take_last_programs(engine);
    od_player_drain(&engine->player, od_clock_now());
    od_midiout_service(&engine->midi);
    wake_control(engine);
}

static void *
player_thread(void *context)
{
    struct engine *engine = context;
    od_rt_prefault();
    od_rt_no_slack();
    if (engine->rt_wish != RT_NEVER) {
        od_rt_schedule(&engine->rt, engine->rt_priority);
    }
    measure_clock(engine);
    od_waker_post(&engine->ready);
    play(engine);
    return NULL;
}

static int
open_outputs(struct engine *engine, const struct options *options, const struct setup *setup)
{
    char error[OD_ERROR_MAX];
    for (size_t i = 0; options->osc && i < setup->n_outputs; i++) {
        const struct setup_output *output = &setup->outputs[i];
        enum od_status status = od_udp_open(&engine->outputs[i], output->host, output->port, error);
        if (status != OD_OK) {
            return od_cli_fail(status, "%s", error);
        }
    }
    engine->n_outputs = options->osc ? setup->n_outputs : 0;
    return 0;
}

static int
add_ports(struct engine *engine, const struct options *options, const struct setup *setup)
{
    const char *first = options->midi != NULL ? options->midi : "";
    int added = options->midi_raw != NULL
                    ? od_midiout_add(&engine->midi, OD_MIDI_RAW, options->midi_raw)
                    : od_midiout_add(&engine->midi, OD_MIDI_PORTMIDI, first);
    for (size_t i = 1; added >= 0 && i < setup->n_midi_names; i++) {
        added = od_midiout_add(&engine->midi, OD_MIDI_PORTMIDI, setup->midi_names[i]);
    }
    return added >= 0 ? 0 : od_cli_usage("the name of a MIDI port is too long");
}

struct engine *
engine_new(void)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return NULL;
    }
    engine->show.fd = -1;
    engine->notice_event = -1;
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        engine->outputs[i].fd = -1;
    }
    od_midiout_init(&engine->midi);
    return engine;
}

int
engine_init(struct engine *engine, const struct options *options, const struct setup *setup)
{
    static const struct od_player_ops ops = {on_osc, on_midi, on_notice};
    engine->clock = od_clock_measure();
    atomic_store(&engine->wall_offset, engine->clock.offset);
    int exit_status = open_outputs(engine, options, setup);
    if (exit_status == 0) {
        exit_status = add_ports(engine, options, setup);
    }
    if (exit_status != 0) {
        return exit_status;
    }
    struct od_player_settings settings = setup_player(setup, options);
    for (size_t i = 0; i < engine->n_outputs; i++) {
        settings.packet_limit[i] = engine->outputs[i].packet_limit;
    }
    engine->notice_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (engine->notice_event < 0 ||
        !od_ring_init(&engine->commands, sizeof(struct od_command), COMMANDS) ||
        !od_ring_init(&engine->notices, sizeof(struct od_notice), NOTICES) ||
        !od_waker_init(&engine->waker) || !od_waker_init(&engine->ready) ||
        !od_player_init(&engine->player, &settings, &ops, engine)) {
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    return 0;
}

static int
explain_rt(const struct engine *engine, const struct options *options)
{
    if (options->rt == RT_NEVER || engine->rt.scheduled) {
        return 0;
    }
    static const char how[] =
        "see REAL-TIME SCHEDULING in oiduna-play(1) for the three ways to permit it";
    if (options->rt == RT_MUST) {
        return od_cli_fail(OD_EPERM, "real-time scheduling is not permitted (%s); %s",
                           strerror(engine->rt.schedule_error), how);
    }
    if (!options->quiet) {
        od_cli_message("no real-time scheduling (%s): playing on without; %s",
                       strerror(engine->rt.schedule_error), how);
    }
    return 0;
}

int
engine_start(struct engine *engine, const struct options *options)
{
    engine->rt_wish = options->rt;
    engine->rt_priority = options->rt_priority;
    engine->started = od_clock_now();
    if (options->rt != RT_NEVER) {
        od_rt_lock(&engine->rt);
    }
    int error = od_rt_thread(&engine->thread, player_thread, engine);
    if (error != 0) {
        return od_cli_fail(OD_EAGAIN, "cannot start the player thread: %s", strerror(error));
    }
    engine->running = true;
    od_waker_wait(&engine->ready, OD_NSEC_NEVER);
    return explain_rt(engine, options);
}

bool
engine_send(struct engine *engine, const struct od_command *command)
{
    bool sent = od_ring_push(&engine->commands, command);
    od_waker_post(&engine->waker);
    return sent;
}

void
engine_stop(struct engine *engine)
{
    if (engine->running) {
        atomic_store_explicit(&engine->quit, true, memory_order_release);
        od_waker_post(&engine->waker);
        pthread_join(engine->thread, NULL);
        engine->running = false;
    }
}

void
engine_free(struct engine *engine)
{
    if (engine == NULL) {
        return;
    }
    engine_stop(engine);
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        od_udp_close(&engine->outputs[i]);
    }
    od_udp_close(&engine->show);
    od_midiout_close(&engine->midi);
    od_player_clear(&engine->player);
    od_ring_clear(&engine->commands);
    od_ring_clear(&engine->notices);
    od_waker_clear(&engine->waker);
    od_waker_clear(&engine->ready);
    if (engine->notice_event >= 0) {
        close(engine->notice_event);
    }
    free(engine);
}

od_nsec
engine_wall(const struct engine *engine, od_nsec time)
{
    return time + atomic_load_explicit(&engine->wall_offset, memory_order_relaxed);
}
