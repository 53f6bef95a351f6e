#include "process.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/counter.h"

#define SERVICE_AGAIN    (5 * OD_NSEC_PER_MS)  /* how soon a stalled raw MIDI port is tried again */
#define NOTES_END_WITHIN (2 * OD_NSEC_PER_SEC) /* a slow port gets so long to take their ends */
#define READY_AHEAD      (OD_NSEC_PER_MS / 4)

#define CLOCK_AGAIN OD_NSEC_PER_SEC /* the wall clock is looked at again */

void
process_measure(struct process *process)
{
    od_clock_update(&process->clock, od_clock_measure());
    atomic_store_explicit(&process->exchange->wall_offset, process->clock.offset,
                          memory_order_relaxed);
    od_player_wall(&process->player, process->clock.offset);
}

static OD_REALTIME void
on_osc(void *context, unsigned output, od_nsec sounds, int64_t step, unsigned char *bundle,
       size_t size)
{
    (void)step;
    struct process *process = context;
    struct exchange *exchange = process->exchange;
    od_bundle_stamp(bundle, od_clock_ntp(sounds + process->clock.offset));
    od_udp_send(&exchange->outputs[output], bundle, size);
    if (exchange->show.fd >= 0) {
        od_udp_send(&exchange->show, bundle, size);
    }
}

static OD_REALTIME void
on_midi(void *context, const struct od_midi_message *message)
{
    struct exchange *exchange = ((struct process *)context)->exchange;
    od_midiout_write(&exchange->midi, message->port, message->bytes, message->size);
    if (exchange->show.fd >= 0) {
        struct exchange_midi_copy show = {.mark = EXCHANGE_MIDI_COPY,
                                          .size = (uint16_t)message->size,
                                          .step = message->step,
                                          .time = message->time};
        memcpy(show.bytes, message->bytes,
               message->size < sizeof show.bytes ? message->size : sizeof show.bytes);
        od_udp_send(&exchange->show, &show, sizeof show);
    }
}

static OD_REALTIME void
on_notice(void *context, const struct od_notice *notice)
{
    struct process *process = context;
    if (notice->kind == OD_NOTICE_POSITION && notice->step % OD_BAR_STEPS == 0) {
        process_measure(process);
    }
    if (!exchange_tell(process->exchange, notice)) {
        od_counter_add(&process->exchange->lost_notices, 1);
    }
    process->noticed = true;
}

static OD_REALTIME void
wake_control(struct process *process)
{
    if (process->noticed) {
        process->noticed = false;
        const uint64_t one = 1;
        ssize_t written = write(process->exchange->notice_event, &one, sizeof one);
        (void)written; /* it fails only when a waking is pending already */
    }
}

/* At rest no bar looks at the wall clock, which may have been set meanwhile; what was reckoned with
 * the old one is put right. */
static OD_REALTIME void
measure_at_rest(struct process *process, struct od_command *command)
{
    od_nsec before = process->clock.offset;
    if (process->player.state == OD_PLAYING) {
        return;
    }
    process_measure(process);
    if (command->kind == OD_COMMAND_START && command->time != OD_NSEC_NEVER) {
        command->time -= process->clock.offset - before;
    }
}

static OD_REALTIME void
tick(struct process *process, od_nsec now)
{
    struct od_command command;
    while (od_ring_pop(&process->exchange->commands, &command)) {
        measure_at_rest(process, &command);
        od_player_command(&process->player, &command, now);
    }
    od_player_run(&process->player, now);
}

/* When ports are to be served again: a stalled one soon, one that refuses later; one that died is
 * the control thread's matter. */
static OD_REALTIME od_nsec
service_midi(struct process *process, od_nsec now)
{
    unsigned needs = od_midiout_service(&process->exchange->midi);
    process->noticed = process->noticed || (needs & OD_MIDIOUT_GAVE) != 0;
    return (needs & OD_MIDIOUT_OWES) != 0      ? now + SERVICE_AGAIN
           : (needs & OD_MIDIOUT_REFUSES) != 0 ? now + OD_MIDIOUT_RETRY
                                               : OD_NSEC_NEVER;
}

/* A program that came too late goes back by the way all go. */
static OD_REALTIME void
take_last_programs(struct process *process)
{
    struct od_command command;
    while (od_ring_pop(&process->exchange->commands, &command)) {
        if (command.program != NULL) {
            od_player_command(&process->player, &command, od_clock_now());
        }
    }
}

/*
 * The processor has slept deeply and forgotten much by the time something is due. Woken a little
 * before, it rehearses what comes and dozes only: half as late, and the caches are warm.
 */
static OD_REALTIME bool
wait_until(struct process *process, od_nsec until)
{
    if (until != OD_NSEC_NEVER) {
        if (od_waker_wait(&process->exchange->waker, until - READY_AHEAD)) {
            return true;
        }
        if (od_clock_now() < until) {
            od_player_rehearse(&process->player);
        }
    }
    return od_waker_wait(&process->exchange->waker, until);
}

/* The wall clock may be set at any time: tags follow it within a second, also where a bar is long.
 */
static OD_REALTIME od_nsec
look_at_clock(struct process *process, od_nsec now)
{
    if (process->player.state != OD_PLAYING && process->player.clocked.count == 0) {
        return OD_NSEC_NEVER;
    }
    if (now >= process->next_look) {
        process_measure(process);
        process->next_look = now + CLOCK_AGAIN;
    }
    return process->next_look;
}

static OD_REALTIME od_nsec
earlier(od_nsec a, od_nsec b)
{
    return a < b ? a : b;
}

/* A port that is slow, or full of what came before, takes the note-offs when it can. */
static void
end_notes(struct process *process)
{
    struct exchange *exchange = process->exchange;
    od_nsec until = od_clock_now() + NOTES_END_WITHIN;
    while (service_midi(process, 0) != OD_NSEC_NEVER && od_midiout_unended(&exchange->midi) > 0 &&
           od_clock_now() < until) {
        struct timespec pause = {.tv_nsec = SERVICE_AGAIN};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
    }
    atomic_store_explicit(&exchange->unended, od_midiout_unended(&exchange->midi),
                          memory_order_release);
}

void
process_run(struct process *process)
{
    struct exchange *exchange = process->exchange;
    od_nsec again = OD_NSEC_NEVER;
    while (!atomic_load_explicit(&exchange->quit, memory_order_acquire)) {
        od_nsec due = od_player_next(&process->player);
        bool posted = wait_until(process, earlier(due, again));
        od_nsec now = od_clock_now();
        if (!posted && due <= again) {
            od_histogram_add(&exchange->lateness, now - due);
        }
        tick(process, now);
        again = earlier(service_midi(process, now), look_at_clock(process, now));
        wake_control(process);
        if (now >= due) {
            od_histogram_add(&exchange->tick, od_clock_now() - now);
        }
    }
    take_last_programs(process);
    od_player_drain(&process->player, od_clock_now());
    end_notes(process);
    wake_control(process);
}

bool
process_init(struct process *process, const struct od_player_settings *settings,
             struct exchange *exchange)
{
    static const struct od_player_ops ops = {on_osc, on_midi, on_notice};
    process->exchange = exchange;
    process->clock = od_clock_measure();
    atomic_store(&exchange->wall_offset, process->clock.offset);
    if (!od_player_init(&process->player, settings, &ops, process)) {
        return false;
    }
    od_player_wall(&process->player, process->clock.offset);
    return true;
}

void
process_clear(struct process *process)
{
    od_player_clear(&process->player);
}
