#include "play/plan.h"

#include <math.h>
#include <string.h>

#include "base/counter.h"
#include "play/change.h"
#include "play/init.h"
#include "play/pedal.h"
#include "play/section.h"
#include "play/tempo.h"
#include "score/midi.h"

#define OFFSETS_MAX 64 /* different offsets of a step that are sent as one bundle each */

static const unsigned char clock_message[] = {OD_MIDI_CLOCK};

/* Can what comes begin longer before its step than what plays? By steps that are longer, too. */
static bool
is_earlier(const struct od_player *player, const struct od_program *program)
{
    const struct od_program *present = player->program;
    return program->early > present->early || program->early_steps > present->early_steps ||
           (program->early_steps > 0 && program->sets_environment &&
            program->environment.bpm < player->environment.bpm);
}

/* What comes may begin before its step: by then all steps before that must be planned. */
static od_nsec
due_before(const struct od_player *player, const struct od_program *program, int64_t step,
           od_nsec due)
{
    if (program == NULL || !is_earlier(player, program)) {
        return due;
    }
    od_nsec next = od_transport_time(&player->transport, step) - od_state_lead(player, program);
    return next < due ? next : due;
}

od_nsec
od_plan_due(const struct od_player *player)
{
    if (player->state != OD_PLAYING || player->finishing || player->program == NULL) {
        return OD_NSEC_NEVER;
    }
    if (player->section.patience > 0) {
        return player->section.patience;
    }
    od_nsec due = od_transport_time(&player->transport, player->next_step) - od_tempo_lead(player);
    if (!od_state_expects(player)) {
        return due;
    }
    due = due_before(player, player->following.program, player->following.step, due);
    due = due_before(player, player->section.program, player->section.step, due);
    bool earlier = player->earliest > player->program->early ||
                   player->earliest_steps > player->program->early_steps ||
                   (player->earliest_steps > 0 && player->slowest < player->environment.bpm);
    for (size_t i = 0; earlier && i < player->pending.count; i++) {
        const struct od_waiting *waiting = od_timeline_item(&player->pending, i);
        due = due_before(player, waiting->command.program, waiting->at, due);
    }
    return due;
}

/* A slave that missed clocks is put right: stopped, told where we are, and sent on. */
static void
resynchronise_clock(struct od_player *player, od_nsec grid)
{
    static const unsigned char go_on[] = {OD_MIDI_CONTINUE};
    unsigned char position[3];
    od_midi_song_position(player->next_step, position);
    od_state_push_stop(player, grid);
    od_state_push_clock(player, grid, player->next_step, position, sizeof position);
    od_state_push_clock(player, grid, player->next_step, go_on, sizeof go_on);
    player->clock_behind = false;
}

/*
 * Six clocks at equal distances on the straight grid: swing moves notes, never the clock. A planned
 * clock is sent, or its slave told where we are: one that missed a clock would be out of phase.
 */
static void
plan_clocks(struct od_player *player, od_nsec grid, od_nsec now)
{
    if (player->settings.clock_ports == 0) {
        return;
    }
    if (grid + player->reach.clock < now - OD_LATE_LIMIT) {
        player->clock_behind = true;
        return;
    }
    if (player->clock_behind) {
        resynchronise_clock(player, grid);
    }
    od_nsec length = od_transport_time(&player->transport, player->next_step + 1) - grid;
    for (int i = 0; i < OD_CLOCKS_PER_STEP; i++) {
        od_nsec time = grid + length * i / OD_CLOCKS_PER_STEP;
        od_state_push_clock(player, time, player->next_step, clock_message, sizeof clock_message);
    }
}

static uint8_t
control_bytes(const struct od_score_curve *curve, unsigned channel, int value,
              unsigned char bytes[3])
{
    switch ((enum od_curve_kind)curve->kind) {
    case OD_CURVE_PITCH_BEND:
        od_midi_bend(channel, value, bytes);
        return 3;
    case OD_CURVE_PRESSURE:
        bytes[0] = (unsigned char)(OD_MIDI_PRESSURE | channel);
        bytes[1] = (unsigned char)value;
        return 2;
    case OD_CURVE_CC:
        break;
    }
    bytes[0] = (unsigned char)(OD_MIDI_CONTROL | channel);
    bytes[1] = (unsigned char)curve->controller;
    bytes[2] = (unsigned char)value;
    return 3;
}

static void
plan_voice_controls(struct od_player *player, uint16_t number, od_nsec at)
{
    const struct od_voice *voice = &player->program->voices[number];
    od_nsec time = at + player->settings.midi_offset[voice->output];
    int64_t since = od_state_since(player, player->next_step);
    for (size_t i = 0; i < voice->as.midi.n_curves; i++) {
        const struct od_score_curve *curve = &voice->as.midi.curves[i];
        int16_t value = voice->as.midi.levels[curve->first + od_place_in(since, curve->length)];
        int16_t *last = &player->controls[voice->output][voice->channel][od_pedal_slot(curve)];
        if (*last == value) {
            continue;
        }
        *last = value;
        struct od_agenda_item item = {.kind = OD_AGENDA_CONTROL,
                                      .time = time,
                                      .step = player->next_step,
                                      .port = voice->output};
        item.as.note.generation = player->generation;
        item.as.note.voice = number;
        item.size = control_bytes(curve, voice->channel, value, item.bytes);
        od_state_push(player, &item);
    }
}

static void
plan_controls(struct od_player *player, od_nsec at)
{
    const struct od_program *program = player->program;
    for (size_t i = 0; i < program->n_curve_voices; i++) {
        uint16_t voice = program->curve_voices[i];
        if (program->voices[voice].audible) {
            plan_voice_controls(player, voice, at);
        }
    }
}

static od_nsec
nsec_of_ms(double ms)
{
    return llrint(fmin(fmax(ms, -OD_SPAN_MAX_MS), OD_SPAN_MAX_MS) * (double)OD_NSEC_PER_MS);
}

/* How much later than its step an event sounds. */
static od_nsec
shift_of(const struct od_player *player, const struct od_event *event)
{
    const struct od_score_extra *extra = od_event_extra(player->program, event);
    if (extra == NULL) {
        return nsec_of_ms((double)event->offset_ms);
    }
    double steps = extra->offset_steps;
    od_nsec span = od_transport_span(&player->transport, player->next_step, fabs(steps));
    return nsec_of_ms(extra->offset_ms) + (steps < 0 ? -span : span);
}

/* ---- MIDI ---- */

static od_nsec
note_duration(const struct od_player *player, const struct od_voice *voice,
              const struct od_event *event)
{
    if (voice->kind == OD_VOICE_MIDI_MS) {
        return llrint(fmin(voice->as.midi.duration_ms, OD_SPAN_MAX_MS) * (double)OD_NSEC_PER_MS);
    }
    double gate = od_event_gate(event, player->environment.gate);
    return od_transport_span(&player->transport, player->next_step, isnan(gate) ? 1 : gate);
}

/* A velocity in the score is a float; a decimal of up to seven places comes back exactly, from 1 on
 * of six. */
static double
decimal(float velocity)
{
    double places = velocity < 1 ? 1e7 : 1e6;
    return rint((double)velocity * places) / places;
}

static unsigned char
note_velocity(const struct od_player *player, const struct od_voice *voice,
              const struct od_event *event)
{
    if (!voice->as.midi.revalued) {
        return event->midi_velocity & 0x7f;
    }
    const double *signal = voice->as.midi.velocity_signal;
    int64_t since = od_state_since(player, player->next_step);
    double x = signal != NULL ? signal[od_place_in(since, voice->as.midi.signal_length)] : 0;
    int most = od_glide_whole(voice->as.midi.velocity_glide, od_state_moment(player), 0, 127,
                              voice->as.midi.velocity);
    return od_midi_velocity(decimal(event->velocity), most, x);
}

static void
plan_note(struct od_player *player, const struct od_voice *voice, const struct od_event *event,
          struct od_agenda_item item)
{
    item.kind = OD_AGENDA_NOTE;
    item.size = 3;
    if (voice->kind == OD_VOICE_MIDI_MS) {
        memcpy(item.bytes, voice->as.midi.bytes, sizeof item.bytes);
    } else {
        item.bytes[0] = (unsigned char)(OD_MIDI_NOTE_ON | voice->channel);
        item.bytes[1] =
            od_midi_note(event->note, od_voice_transpose(voice, od_state_moment(player)));
        item.bytes[2] = event->note == OD_EVENT_NO_NOTE ? 0 : note_velocity(player, voice, event);
    }
    if (item.bytes[2] > 0) {
        item.as.note.duration = note_duration(player, voice, event);
        od_state_push(player, &item);
    }
}

static void
plan_midi(struct od_player *player, const struct od_event *event, od_nsec at)
{
    const struct od_voice *voice = &player->program->voices[event->track];
    const struct od_score_extra *extra = od_event_extra(player->program, event);
    od_nsec shift = player->settings.midi_offset[voice->output] + shift_of(player, event);
    struct od_agenda_item item = {
        .time = at + shift, .step = player->next_step, .port = voice->output};
    item.as.note.generation = player->generation;
    item.as.note.voice = event->track;
    item.as.note.track = voice->crc;
    od_init_messages(player, voice, voice->as.midi.controls, voice->as.midi.n_controls, item);
    if (voice->kind == OD_VOICE_MIDI_BYTES) {
        return;
    }
    if (extra != NULL) {
        od_init_messages(player, voice, player->program->controls + extra->first_control,
                         extra->n_controls, item);
    }
    plan_note(player, voice, event, item);
}

/* ---- OSC ---- */

/* Of the step being planned, the first event of each offset, which has its bundle already. */
struct offsets {
    const struct od_event *of[OFFSETS_MAX];
    size_t n;
};

static bool
seen(const struct od_player *player, struct offsets *offsets, const struct od_event *event)
{
    for (size_t i = 0; i < offsets->n; i++) {
        if (od_state_together(player, player->program, offsets->of[i], event)) {
            return true;
        }
    }
    if (offsets->n < OFFSETS_MAX) {
        offsets->of[offsets->n++] = event;
    }
    return false;
}

static void
plan_osc(struct od_player *player, const struct od_event *event, od_nsec at,
         struct offsets *offsets)
{
    bool full = offsets->n == OFFSETS_MAX;
    if (seen(player, offsets, event)) {
        return;
    }
    od_nsec shift = player->settings.osc_offset[player->program->voices[event->track].output];
    od_nsec sounds = at + shift_of(player, event);
    struct od_agenda_item item = {.kind = OD_AGENDA_OSC,
                                  .time =
                                      sounds + (shift > 0 ? shift : 0) - player->settings.latency,
                                  .step = player->next_step,
                                  .program = player->program};
    item.as.osc.sounds = sounds + shift;
    item.as.osc.bpm = od_transport_bpm(&player->transport, player->next_step);
    item.as.osc.gate = player->environment.gate;
    item.as.osc.since = od_state_since(player, player->next_step);
    item.as.osc.epoch = player->epoch;
    item.as.osc.event = (uint32_t)(event - player->program->events);
    item.as.osc.alone = full;
    od_state_push(player, &item);
}

static inline void
plan_run(struct od_player *player, struct od_run run, od_nsec at, struct offsets *offsets)
{
    const struct od_program *program = player->program;
    int64_t since = od_state_since(player, player->next_step);
    for (const struct od_event *event = run.at; event != run.end; event++) {
        const struct od_voice *voice = &program->voices[event->track];
        if (!voice->audible || !od_program_plays(program, event, since)) {
            continue;
        }
        if (voice->kind == OD_VOICE_OSC) {
            plan_osc(player, event, at, offsets);
        } else {
            plan_midi(player, event, at);
        }
    }
}

static void
plan_events(struct od_player *player, od_nsec at)
{
    int64_t since = od_state_since(player, player->next_step);
    struct offsets offsets; /* not initialised as a whole: most steps have one offset */
    offsets.n = 0;
    struct od_walk walk;
    struct od_run run = od_walk_begin(&walk, player->program, since);
    do {
        plan_run(player, run, at, &offsets);
    } while (od_walk_next(&walk, &run));
}

/* The first step that has something left to sound, or that who joins can send in time, as far as
 * the program that plays reaches. */
static int64_t
first_alive(const struct od_player *player, od_nsec now)
{
    od_nsec swing =
        od_transport_swing(&player->transport, player->next_step, 1, player->environment.swing);
    od_nsec reach =
        player->program->late + swing + player->reach.latest +
        od_transport_span(&player->transport, player->next_step, player->program->late_steps);
    od_nsec from = player->joins ? now + od_tempo_lead(player) : now - OD_LATE_LIMIT - reach;
    int64_t alive = od_transport_step_at(&player->transport, from);
    int64_t stop = od_change_next_step(player);
    int64_t turn = od_sync_turn(&player->sync);
    stop = turn < stop ? turn : stop;
    turn = od_tempo_turn(player);
    stop = turn < stop ? turn : stop;
    stop = player->end_step < stop ? player->end_step : stop;
    return alive < stop ? alive : stop;
}

/* After next_step moved on. */
static inline void
go_on(struct od_player *player, od_nsec now)
{
    if (player->sync.move != OD_SYNC_IN_STEP) {
        od_state_settle(player, now);
    }
    if (player->map.n > 0 || player->transport.ramp.steps > 0) {
        od_tempo_follow(player, now);
    }
}

static void
say_skipped(struct od_player *player)
{
    struct od_notice notice = {
        .kind = OD_NOTICE_SKIPPED, .count = player->skipped, .step = player->next_step};
    od_counter_add(&player->counts.dropped_steps, player->skipped);
    player->skipped = 0;
    player->clock_behind = true;
    od_state_say(player, &notice);
}

void
od_plan_catch_up(struct od_player *player, od_nsec now)
{
    while (player->state == OD_PLAYING && !od_section_waits(player, now)) {
        od_change_due(player, now);
        if (player->section.awaited) {
            continue; /* an entry has begun */
        }
        int64_t alive = first_alive(player, now);
        if (alive <= player->next_step) {
            break;
        }
        player->skipped += player->joins ? 0 : (uint64_t)(alive - player->next_step);
        player->next_step = alive;
        go_on(player, now);
    }
    if (player->section.patience > 0) {
        return;
    }
    if (player->skipped > 0) {
        say_skipped(player);
    }
    if (player->joins && player->state == OD_PLAYING) {
        od_change_play_on(player, now);
    }
}

static void
report_lost(struct od_player *player, uint64_t before)
{
    uint64_t lost = od_counter_read(&player->counts.lost_events);
    if (lost == before) {
        return;
    }
    struct od_notice notice = {
        .kind = OD_NOTICE_LOST, .count = lost - before, .step = player->next_step};
    od_state_say(player, &notice);
}

static void
plan_end(struct od_player *player)
{
    player->finishing = true;
    od_state_push_stop(player, od_transport_time(&player->transport, player->end_step));
}

void
od_plan_step(struct od_player *player, od_nsec now)
{
    uint64_t lost = od_counter_read(&player->counts.lost_events);
    if (od_state_expects(player)) {
        od_change_due(player, now);
    }
    od_nsec grid = od_transport_time(&player->transport, player->next_step);
    if (player->state == OD_PLAYING && (player->joins || grid < now - OD_LATE_LIMIT)) {
        od_plan_catch_up(player, now);
        grid = od_transport_time(&player->transport, player->next_step);
    }
    if (player->section.patience > 0) {
        return; /* it goes on from there when it knows how the song does */
    }
    if (player->state != OD_PLAYING) {
        return; /* what was due stopped it */
    }
    if (player->next_step >= player->end_step) {
        plan_end(player);
        return;
    }
    od_nsec at = grid + od_transport_swing(&player->transport, player->next_step,
                                           od_state_since(player, player->next_step),
                                           player->environment.swing);
    plan_clocks(player, grid, now);
    plan_controls(player, at);
    plan_events(player, at);
    report_lost(player, lost);
    od_counter_add(&player->counts.ticks, 1);
    struct od_notice notice = {.kind = OD_NOTICE_POSITION,
                               .state = player->state,
                               .step = player->next_step,
                               .top = player->top,
                               .time = at,
                               .environment = player->environment};
    player->next_step++;
    od_state_say(player, &notice);
    go_on(player, now);
}
