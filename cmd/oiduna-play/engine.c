#include "engine.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "world/cli.h"

static void *
player_thread(void *context)
{
    struct engine *engine = context;
    od_rt_prefault();
    od_rt_no_slack();
    if (engine->rt_wish != RT_NEVER) {
        od_rt_schedule(&engine->rt, engine->rt_priority);
    }
    process_measure(engine->process);
    od_waker_post(&engine->exchange.ready);
    process_run(engine->process);
    return NULL;
}

static int
open_outputs(struct engine *engine, const struct options *options, const struct setup *setup)
{
    char error[OD_ERROR_MAX];
    for (size_t i = 0; options->osc && i < setup->n_outputs; i++) {
        const struct setup_output *output = &setup->outputs[i];
        enum od_status status =
            od_udp_open(&engine->exchange.outputs[i], output->host, output->port, error);
        if (status != OD_OK) {
            return od_cli_fail(status, "%s", error);
        }
    }
    engine->exchange.n_outputs = options->osc ? setup->n_outputs : 0;
    return 0;
}

static int
add_ports(struct engine *engine, const struct options *options, const struct setup *setup)
{
    const char *first = options->midi != NULL ? options->midi : "";
    int added = options->midi_raw != NULL
                    ? od_midiout_add(&engine->exchange.midi, OD_MIDI_RAW, options->midi_raw)
                    : od_midiout_add(&engine->exchange.midi, OD_MIDI_PORTMIDI, first);
    for (size_t i = 1; added >= 0 && i < setup->n_ports; i++) {
        added = od_midiout_add(&engine->exchange.midi, OD_MIDI_PORTMIDI, setup->ports[i].name);
    }
    if (added == OD_MIDIOUT_NO_MEMORY) {
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    return added >= 0 ? 0 : od_cli_usage("the name of a MIDI port is too long");
}

/* calloc does not know that the queues' ends want cache lines of their own. */
static void *
new_aligned(size_t alignment, size_t size)
{
    size_t whole = (size + alignment - 1) / alignment * alignment;
    void *memory = aligned_alloc(alignment, whole);
    return memory != NULL ? memset(memory, 0, whole) : NULL;
}

struct engine *
engine_new(void)
{
    struct engine *engine = new_aligned(alignof(struct engine), sizeof *engine);
    if (engine == NULL) {
        return NULL;
    }
    exchange_init(&engine->exchange);
    engine->process = new_aligned(alignof(struct process), sizeof *engine->process);
    if (engine->process == NULL) {
        engine_free(engine);
        return NULL;
    }
    engine->counts = &engine->process->player.counts;
    return engine;
}

int
engine_init(struct engine *engine, const struct options *options, const struct setup *setup)
{
    int exit_status = open_outputs(engine, options, setup);
    if (exit_status == 0) {
        exit_status = add_ports(engine, options, setup);
    }
    if (exit_status != 0) {
        return exit_status;
    }
    struct od_player_settings settings = setup_player(setup, options);
    for (size_t i = 0; i < engine->exchange.n_outputs; i++) {
        settings.packet_limit[i] = engine->exchange.outputs[i].packet_limit;
    }
    if (!exchange_open(&engine->exchange) ||
        !process_init(engine->process, &settings, &engine->exchange)) {
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
    od_waker_wait(&engine->exchange.ready, OD_NSEC_NEVER);
    return explain_rt(engine, options);
}

bool
engine_send(struct engine *engine, const struct od_command *command)
{
    bool sent = od_ring_push(&engine->exchange.commands, command);
    od_waker_post(&engine->exchange.waker);
    return sent;
}

void
engine_stop(struct engine *engine)
{
    if (engine->running) {
        atomic_store_explicit(&engine->exchange.quit, true, memory_order_release);
        od_waker_post(&engine->exchange.waker);
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
    if (engine->process != NULL) {
        process_clear(engine->process);
        free(engine->process);
    }
    exchange_clear(&engine->exchange);
    free(engine);
}

od_nsec
engine_wall_offset(const struct engine *engine)
{
    return atomic_load_explicit(&engine->exchange.wall_offset, memory_order_relaxed);
}

od_nsec
engine_wall(const struct engine *engine, od_nsec time)
{
    return time + engine_wall_offset(engine);
}
