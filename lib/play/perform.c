#include "play/perform.h"

#include <math.h>
#include <string.h>

#include "base/counter.h"
#include "play/pedal.h"
#include "score/midi.h"
#include "score/osc.h"

#define REHEARSED_MAX 512 /* events; a step of more has no time to lose */

static void
send_item(struct od_player *player, const struct od_agenda_item *item)
{
    if (item->size == 3) {
        od_pedal_note(player, item->port, item->bytes);
    }
    const struct od_midi_message message = {
        .port = item->port,
        .voice = item->as.note.voice,
        .generation = item->as.note.generation,
        .time = item->time,
        .step = item->step,
        .bytes = item->bytes,
        .size = item->size,
    };
    player->ops->midi(player->context, &message);
}

static void
send_sysex(struct od_player *player, const struct od_agenda_item *item)
{
    const struct od_midi_message message = {
        .port = item->port,
        .voice = item->as.sysex.voice,
        .generation = item->as.sysex.generation,
        .time = item->time,
        .step = item->step,
        .bytes = item->as.sysex.bytes,
        .size = item->as.sysex.size,
    };
    player->ops->midi(player->context, &message);
}

static void
note_offs_changed(struct od_player *player)
{
    od_counter_set(&player->counts.pending_note_offs, player->ledger.count);
}

void
od_perform_note_off(struct od_player *player, od_note_id id, od_nsec time)
{
    unsigned note = id % OD_NOTES;
    unsigned channel = id / OD_NOTES % OD_CHANNELS;
    unsigned port = id / OD_NOTES / OD_CHANNELS;
    unsigned char off[3] = {(unsigned char)(OD_MIDI_NOTE_OFF | channel), (unsigned char)note, 0};
    const struct od_sounding *sounding = &player->ledger.notes[id];
    const struct od_midi_message message = {
        .port = port,
        .voice = sounding->voice,
        .generation = sounding->generation,
        .time = time,
        .step = sounding->step,
        .bytes = off,
        .size = sizeof off,
    };
    player->ops->midi(player->context, &message);
    od_ledger_remove(&player->ledger, id);
    note_offs_changed(player);
}

static void
note_on(struct od_player *player, const struct od_agenda_item *item)
{
    od_note_id id = od_note_id_of(item->port, item->bytes[0] & 0x0fu, item->bytes[1]);
    if (id >= player->ledger.capacity) { /* of a port that is none */
        od_counter_add(&player->counts.lost_events, 1);
        return;
    }
    if (od_ledger_sounding(&player->ledger, id)) {
        od_perform_note_off(player, id, item->time);
    }
    send_item(player, item);
    const struct od_sounding note = {.ends = item->time + item->as.note.duration,
                                     .step = item->step,
                                     .generation = item->as.note.generation,
                                     .track = item->as.note.track,
                                     .voice = item->as.note.voice};
    od_ledger_add(&player->ledger, id, &note);
    note_offs_changed(player);
    od_counter_add(&player->counts.events, 1);
}

static bool
is_audible(const struct od_program *program, uint32_t track)
{
    size_t low = 0, high = program->n_audible;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (program->audible[middle] < track) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < program->n_audible && program->audible[low] == track;
}

/* Is a note of the port to be ended there? One of a track that the new program plays too goes on.
 */
static bool
is_released(const struct od_sounding *note, const struct od_agenda_item *release)
{
    return (int32_t)(note->generation - release->as.note.generation) < 0 &&
           (release->everything || !is_audible(release->program, note->track));
}

void
od_perform_release(struct od_player *player, const struct od_agenda_item *release)
{
    od_note_id sounding[OD_LEDGER_NOTES];
    size_t n = player->ledger.count;
    memcpy(sounding, player->ledger.heap, n * sizeof sounding[0]);
    for (size_t i = 0; i < n; i++) {
        if (sounding[i] / OD_NOTES / OD_CHANNELS == release->port &&
            is_released(&player->ledger.notes[sounding[i]], release)) {
            od_perform_note_off(player, sounding[i], release->time);
        }
    }
    if (release->rests) {
        od_pedal_let_go(player, release->port, release->time);
    }
}

static void
release_notes(struct od_player *player, unsigned port, od_nsec time)
{
    for (unsigned rest = 0; rest < OD_CHANNELS * OD_NOTES; rest++) {
        od_note_id id = od_note_id_of(port, rest / OD_NOTES, rest % OD_NOTES);
        if (od_ledger_sounding(&player->ledger, id)) {
            od_perform_note_off(player, id, time);
        }
    }
}

void
od_perform_release_port(struct od_player *player, unsigned port, od_nsec time)
{
    release_notes(player, port, time);
    od_state_forget_controls(player, port);
}

void
od_perform_panic(struct od_player *player, unsigned port, int64_t step, od_nsec now)
{
    release_notes(player, port, now);
    for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
        unsigned char bytes[OD_MIDI_PANIC_MESSAGES][3];
        od_midi_panic(channel, bytes);
        player->held[port][channel] = 0;
        for (unsigned i = 0; i < OD_MIDI_PANIC_MESSAGES; i++) {
            od_pedal_send(player, port, bytes[i], step, now);
        }
    }
}

/* A bundle (OSC 1.0) of one message: /dirt/play s superpanic. */
static const unsigned char silence[] = "#bundle\0\0\0\0\0\0\0\0\1"
                                       "\0\0\0\x20"
                                       "/dirt/play\0\0"
                                       ",ss\0"
                                       "s\0\0\0"
                                       "superpanic\0";

void
od_perform_silence(struct od_player *player, const struct od_agenda_item *item)
{
    memcpy(player->packet, silence, sizeof silence);
    player->ops->osc(player->context, item->port, item->as.osc.sounds, item->step, player->packet,
                     sizeof silence);
}

static void
send_bundle(struct od_player *player, unsigned output, od_nsec sounds, int64_t step,
            struct od_bundle *bundle)
{
    if (bundle->length > OD_OSC_BUNDLE_HEADER) {
        player->ops->osc(player->context, output, sounds, step, bundle->bytes, bundle->length);
        od_bundle_reset(bundle);
    }
}

/* What is being packed: the events of a step with one offset, for one output. */
struct group {
    const struct od_program *program;
    const struct od_event *first;
    od_nsec sounds;
    int64_t step;
    struct od_pack_step pack;
};

static inline void
pack_event(struct od_player *player, const struct group *group, const struct od_event *event,
           struct od_bundle *bundle)
{
    const struct od_voice *voice = &group->program->voices[event->track];
    const struct od_score_message *const *messages = od_event_messages(group->program, event);
    unsigned next = od_pack_event(voice, event, messages, &group->pack, 0, bundle);
    while (next < voice->as.osc.n_messages) {
        send_bundle(player, voice->output, group->sounds, group->step, bundle);
        next = od_pack_event(voice, event, messages, &group->pack, next, bundle);
    }
    if (bundle->loud) {
        bundle->loud = false;
        od_state_say_loud(player, group->program, event->track, group->step, group->sounds);
    }
}

/* Is the event, of the group's step, one that the group plays? */
static bool
belongs(const struct od_player *player, const struct group *group, const struct od_event *event)
{
    const struct od_voice *voice = &group->program->voices[event->track];
    if (voice->kind != OD_VOICE_OSC || !voice->audible) {
        return false;
    }
    return od_state_together(player, group->program, event, group->first) &&
           od_program_plays(group->program, event, group->pack.since);
}

/* Packs what belongs to the group and goes to one output; returns how many events. Outputs that
 * others of it go to are added to the mask. */
static inline uint64_t
pack_run(struct od_player *player, const struct group *group, struct od_run run, unsigned output,
         struct od_bundle *bundle, unsigned *others)
{
    uint64_t played = 0;
    for (const struct od_event *event = run.at; event != run.end; event++) {
        if (!belongs(player, group, event)) {
            continue;
        }
        const struct od_voice *voice = &group->program->voices[event->track];
        if (voice->output != output) {
            *others |= 1u << voice->output;
            continue;
        }
        pack_event(player, group, event, bundle);
        played++;
    }
    return played;
}

/* Sends the group's messages for one output; returns the mask of the other outputs it has. */
static unsigned
send_group(struct od_player *player, const struct group *group, unsigned output)
{
    struct od_bundle bundle = {.bytes = player->packet,
                               .limit = player->settings.packet_limit[output]};
    od_bundle_reset(&bundle);
    unsigned others = 0;
    uint64_t played = 0;
    struct od_walk walk;
    struct od_run run = od_walk_begin(&walk, group->program, group->pack.since);
    do {
        played += pack_run(player, group, run, output, &bundle, &others);
    } while (od_walk_next(&walk, &run));
    send_bundle(player, output, group->sounds, group->step, &bundle);
    od_counter_add(&player->counts.events, played);
    return others;
}

static void
send_outputs(struct od_player *player, const struct group *group)
{
    unsigned others = send_group(player, group, 0);
    for (; others != 0; others &= others - 1) { /* from the lowest on */
        send_group(player, group, (unsigned)__builtin_ctz(others));
    }
}

static void
limit_gain(const struct od_player *player, struct od_pack_step *pack)
{
    if (player->settings.gain_limit > 0) {
        pack->gain_limit = player->settings.gain_limit;
    }
}

static void
send_alone(struct od_player *player, const struct group *group)
{
    const struct od_voice *voice = &group->program->voices[group->first->track];
    struct od_bundle bundle = {.bytes = player->packet,
                               .limit = player->settings.packet_limit[voice->output]};
    od_bundle_reset(&bundle);
    pack_event(player, group, group->first, &bundle);
    send_bundle(player, voice->output, group->sounds, group->step, &bundle);
    od_counter_add(&player->counts.events, 1);
}

static void
play_osc(struct od_player *player, const struct od_agenda_item *item)
{
    const struct od_program *program = item->program;
    struct group group = {
        .program = program,
        .first = program->events + item->as.osc.event,
        .sounds = item->as.osc.sounds,
        .step = item->step,
        .pack = od_pack_step_of(item->as.osc.since, item->as.osc.bpm, item->as.osc.gate),
    };
    group.pack.at = (struct od_moment){item->step, item->as.osc.epoch};
    limit_gain(player, &group.pack);
    if (item->as.osc.alone) {
        send_alone(player, &group);
    } else {
        send_outputs(player, &group);
    }
}

static void
rehearse_event(struct od_player *player, const struct od_program *program,
               const struct od_event *event, const struct od_pack_step *pack)
{
    const struct od_voice *voice = &program->voices[event->track];
    if (voice->kind != OD_VOICE_OSC || !voice->audible) {
        return;
    }
    struct od_bundle bundle = {.bytes = player->packet,
                               .limit = player->settings.packet_limit[voice->output]};
    od_bundle_reset(&bundle);
    od_pack_event(voice, event, od_event_messages(program, event), pack, 0, &bundle);
}

void
od_perform_rehearse(struct od_player *player, const struct od_program *program, int64_t since)
{
    const struct od_player_environment *environment = &player->environment;
    struct od_pack_step pack = od_pack_step_of(since, environment->bpm, environment->gate);
    size_t n = 0;
    struct od_walk walk;
    pack.at = od_state_moment(player);
    struct od_run run = od_walk_begin(&walk, program, since);
    do {
        for (; run.at != run.end && n < REHEARSED_MAX; run.at++, n++) {
            rehearse_event(player, program, run.at, &pack);
        }
    } while (od_walk_next(&walk, &run));
}

/* What the slaves take themselves to be doing. */
static void
note_clock(struct od_player *player, unsigned char word)
{
    if (word == OD_MIDI_START || word == OD_MIDI_CONTINUE) {
        player->clock_running = true;
    } else if (word == OD_MIDI_STOP) {
        player->clock_running = false;
    }
}

/* Stopped, told where we are, and sent on. */
static void
tell_place(struct od_player *player, const struct od_agenda_item *clock)
{
    struct od_agenda_item word = *clock;
    for (unsigned port = 0; port < player->settings.n_ports; port++) {
        if (!od_state_has_clock(player, port)) {
            continue;
        }
        word.port = (uint8_t)port;
        word.size = 1;
        word.bytes[0] = OD_MIDI_STOP;
        send_item(player, &word);
        word.size = 3;
        od_midi_song_position(clock->step, word.bytes);
        send_item(player, &word);
        word.size = 1;
        word.bytes[0] = OD_MIDI_CONTINUE;
        send_item(player, &word);
    }
    player->clock_running = true;
}

/* Is a word of the clock to be sent? Overdue ones would come all at once: they are dropped, with
 * the rest of their step, and at the next one the slaves are told where we are. */
static bool
clock_in_time(struct od_player *player, const struct od_agenda_item *item, bool late)
{
    if (item->bytes[0] == OD_MIDI_STOP) {
        return true;
    }
    bool clock = item->bytes[0] == OD_MIDI_CLOCK;
    if (late || (player->clock_lost && clock && item->step == player->lost_step)) {
        player->clock_lost = true;
        player->lost_step = item->step;
        return false;
    }
    if (player->clock_lost && clock) {
        tell_place(player, item);
    }
    player->clock_lost = false;
    return true;
}

static od_nsec
span_of_ms(double milliseconds)
{
    return llrint(fmin(milliseconds, OD_SPAN_MAX_MS) * (double)OD_NSEC_PER_MS);
}

/* ---- triggers: one event of a voice, by itself ---- */

static struct od_moment
moment_of(const struct od_agenda_item *trigger)
{
    return (struct od_moment){trigger->step, trigger->as.trigger.epoch};
}

static double
trigger_gate(const struct od_agenda_item *trigger)
{
    return trigger->as.trigger.gate_steps < 0 ? trigger->as.trigger.gate
                                              : (double)trigger->as.trigger.gate_steps;
}

static od_nsec
trigger_duration(const struct od_agenda_item *trigger)
{
    if (trigger->as.trigger.milliseconds >= 0) {
        return span_of_ms((double)trigger->as.trigger.milliseconds);
    }
    return span_of_ms(trigger_gate(trigger) * od_step_seconds(trigger->as.trigger.bpm) * 1000);
}

/* A batch's note is played as it is, but for what the command says otherwise. */
static void
fill_trigger(const struct od_voice *voice, const struct od_agenda_item *trigger,
             struct od_agenda_item *item)
{
    bool batch = voice->kind == OD_VOICE_MIDI_MS;
    double velocity = (double)trigger->as.trigger.velocity;
    uint8_t note = trigger->as.trigger.note;
    item->bytes[0] = (unsigned char)(OD_MIDI_NOTE_ON | voice->channel);
    item->bytes[1] = batch && note == OD_EVENT_NO_NOTE
                         ? voice->as.midi.bytes[1]
                         : od_midi_note(note, od_voice_transpose(voice, moment_of(trigger)));
    item->bytes[2] = batch ? od_midi_velocity(velocity, voice->as.midi.bytes[2], 0)
                           : od_midi_velocity(velocity, 1, 0);
    item->as.note.duration = batch && trigger->as.trigger.milliseconds < 0
                                 ? span_of_ms(voice->as.midi.duration_ms)
                                 : trigger_duration(trigger);
}

static void
trigger_note(struct od_player *player, const struct od_voice *voice,
             const struct od_agenda_item *trigger)
{
    struct od_agenda_item item = {.kind = OD_AGENDA_NOTE,
                                  .time = trigger->time,
                                  .step = trigger->step,
                                  .port = voice->output,
                                  .size = 3};
    item.as.note.generation = trigger->as.trigger.generation;
    item.as.note.voice = trigger->as.trigger.voice;
    item.as.note.track = voice->crc;
    for (uint32_t i = 0; i < voice->as.midi.n_controls; i++) {
        const struct od_score_control *control = &voice->as.midi.controls[i];
        item.size = od_control_size(control);
        od_control_bytes(control, voice->channel, od_voice_transpose(voice, moment_of(trigger)),
                         item.bytes);
        send_item(player, &item);
    }
    if (voice->kind == OD_VOICE_MIDI_BYTES) {
        return;
    }
    item.size = 3;
    fill_trigger(voice, trigger, &item);
    bool has_note = trigger->as.trigger.note != OD_EVENT_NO_NOTE || voice->kind == OD_VOICE_MIDI_MS;
    if (item.bytes[2] > 0 && has_note) {
        note_on(player, &item);
    }
}

/* What was taken over since may have its top behind the step. */
static int64_t
since_of(const struct od_player *player, const struct od_agenda_item *trigger)
{
    const struct od_program *program = trigger->program;
    int64_t top = program == player->program ? player->top : program->top;
    return trigger->step > top ? trigger->step - top : 0;
}

static void
trigger_osc(struct od_player *player, const struct od_voice *voice,
            const struct od_agenda_item *trigger)
{
    struct od_event event = {.track = trigger->as.trigger.voice,
                             .note = trigger->as.trigger.note,
                             .velocity = trigger->as.trigger.velocity,
                             .gate_steps = (float)trigger_gate(trigger)};
    struct group group = {.program = trigger->program,
                          .sounds = trigger->as.trigger.sounds,
                          .step = trigger->step,
                          .pack =
                              od_pack_step_of(since_of(player, trigger), trigger->as.trigger.bpm,
                                              trigger->as.trigger.gate)};
    group.pack.at = moment_of(trigger);
    limit_gain(player, &group.pack);
    if (trigger->as.trigger.milliseconds >= 0) {
        event.gate_steps =
            (float)((double)trigger->as.trigger.milliseconds / 1000 / group.pack.step_seconds);
    }
    struct od_bundle bundle = {.bytes = player->packet,
                               .limit = player->settings.packet_limit[voice->output]};
    od_bundle_reset(&bundle);
    pack_event(player, &group, &event, &bundle);
    send_bundle(player, voice->output, group.sounds, group.step, &bundle);
    od_counter_add(&player->counts.events, 1);
}

static void
play_trigger(struct od_player *player, const struct od_agenda_item *item)
{
    const struct od_voice *voice = &item->program->voices[item->as.trigger.voice];
    if (voice->kind == OD_VOICE_OSC) {
        trigger_osc(player, voice, item);
    } else {
        trigger_note(player, voice, item);
    }
}

void
od_perform_item(struct od_player *player, const struct od_agenda_item *item, od_nsec now)
{
    bool late = item->time < now - OD_LATE_LIMIT;
    switch ((enum od_agenda_kind)item->kind) {
    case OD_AGENDA_CLOCK:
        if (clock_in_time(player, item, late)) {
            send_item(player, item);
            note_clock(player, item->bytes[0]);
        }
        break;
    case OD_AGENDA_RELEASE:
        od_perform_release(player, item);
        break;
    case OD_AGENDA_OSC:
        if (item->as.osc.sounds < now - OD_LATE_LIMIT) {
            od_counter_add(&player->counts.late_events, 1);
        } else {
            play_osc(player, item);
        }
        break;
    case OD_AGENDA_SILENCE:
        od_perform_silence(player, item);
        break;
    case OD_AGENDA_PANIC:
        od_perform_panic(player, item->port, item->step, item->time);
        break;
    case OD_AGENDA_TRIGGER:
        if (late) {
            od_counter_add(&player->counts.late_events, 1);
        } else {
            play_trigger(player, item);
        }
        break;
    case OD_AGENDA_SYSEX:
        send_sysex(player, item);
        break;
    case OD_AGENDA_PROGRAM:
    case OD_AGENDA_PARAMETER:
    case OD_AGENDA_CONTROL:
    case OD_AGENDA_BEND:
        send_item(player, item);
        break;
    case OD_AGENDA_NOTE:
        if (late) {
            od_counter_add(&player->counts.late_events, 1);
        } else {
            note_on(player, item);
        }
        break;
    }
    if (item->program != NULL) {
        od_state_unpin(player, item->program);
    }
}
