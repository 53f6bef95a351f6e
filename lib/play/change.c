#include "play/change.h"

#include "play/init.h"
#include "play/pedal.h"
#include "play/perform.h"
#include "play/section.h"
#include "play/sound.h"
#include "play/tempo.h"
#include "score/midi.h"

#define START_AHEAD                                                                                \
    OD_NSEC_PER_MS /* MIDI 1.0: a slave gets 1 ms between Start and the first clock */

static void
state_changed(struct od_player *player, od_nsec now)
{
    struct od_notice notice = od_state_notice(player, OD_NOTICE_STATE, now);
    od_state_say(player, &notice);
}

static bool
is_led(const struct od_player *player)
{
    return player->sync.state == OD_SYNC_LOCKED;
}

/* What differs from what the last one gave is its word; the rest stays as it was left. */
static void
set_environment(struct od_player *player, const struct od_program *program)
{
    const struct od_player_environment *word = &program->environment;
    const struct od_player_environment *given = &player->given;
    bool all = program->anew || !(given->bpm > 0);
    if (all || word->bpm != given->bpm || !od_tempo_is_loaded(player, program)) {
        od_tempo_set(player, word->bpm);
        od_tempo_load(player, program);
    }
    if (all || word->swing != given->swing) {
        player->environment.swing = word->swing;
    }
    if (all || word->gate != given->gate) {
        player->environment.gate = word->gate;
    }
    player->given = *word;
}

/* What a command makes of the number that holds, and from where to where that may be. */
static double
number_of(const struct od_player *player, const struct od_command *command, double *min,
          double *max)
{
    const struct od_player_environment *held = &player->environment;
    bool bpm = command->kind == OD_COMMAND_BPM;
    bool swing = command->kind == OD_COMMAND_SWING;
    *min = bpm ? OD_BPM_MIN : 0;
    *max = bpm ? OD_BPM_MAX : swing ? OD_SWING_MAX : OD_GATE_MAX;
    return od_relative(command->relation,
                       bpm     ? held->bpm
                       : swing ? held->swing
                               : held->gate,
                       command->number);
}

bool
od_change_fits(const struct od_player *player, const struct od_command *command)
{
    double min, max;
    double number = number_of(player, command, &min, &max);
    return command->relation == OD_ABSOLUTE || (number >= min && number <= max) ||
           (command->kind == OD_COMMAND_BPM && is_led(player)); /* it is passed over */
}

static void
change_number(struct od_player *player, const struct od_command *command)
{
    double min, max;
    double number = number_of(player, command, &min, &max);
    if (command->kind == OD_COMMAND_BPM) {
        od_tempo_change(player, number, command->place);
    } else if (command->kind == OD_COMMAND_SWING) {
        player->environment.swing = number;
    } else {
        player->environment.gate = number;
    }
}

/* ---- what plays ---- */

/* While nothing plays: until when what was planned before still sounds; everything ends there. */
static od_nsec
rest_from(const struct od_player *player)
{
    return player->resting              ? player->rest_from
           : player->state == OD_PAUSED ? od_transport_time(&player->transport, player->next_step)
                                        : INT64_MIN;
}

/* Notes that belong to nobody in the new program end where it begins. */
static void
plan_release(struct od_player *player, bool everything, od_nsec now)
{
    struct od_program *program = player->program;
    if (player->state != OD_PLAYING && now < rest_from(player) + player->reach.latest) {
        return;
    }
    struct od_agenda_item item = {.kind = OD_AGENDA_RELEASE,
                                  .step = player->next_step,
                                  .program = program,
                                  .everything = everything};
    item.as.note.generation = player->generation;
    for (unsigned port = 0; port < player->reach.ports; port++) {
        bool plays = player->state == OD_PLAYING && od_state_has_room(player, item.kind);
        item.port = (uint8_t)port;
        item.time = plays ? od_state_port_time(player, port) : now;
        if (plays) {
            od_state_push(player, &item);
        } else {
            od_perform_release(player, &item);
        }
    }
}

/* When the next step can sound. Not before the pause begins, if that still lies ahead: a slave must
 * get Stop, then Continue. */
static od_nsec
soonest_start(const struct od_player *player, od_nsec now)
{
    od_nsec ahead = player->settings.clock_ports != 0 ? START_AHEAD : 0;
    od_nsec lead = od_tempo_lead(player);
    od_nsec slack = lead + player->reach.clock;
    od_nsec soonest = now + lead + (slack < ahead ? ahead - slack : 0);
    od_nsec rest = rest_from(player);
    return rest > soonest - ahead ? rest + ahead : soonest;
}

void
od_change_take_over(struct od_player *player, struct od_program *program, int64_t top, od_nsec now)
{
    struct od_program *old = player->program;
    if (!program->edit) {
        od_section_leave(player);
    }
    program->generation = ++player->generation;
    player->program = program;
    program->draws = old != NULL ? old->draws : 0;
    if (old != NULL) {
        old->top = player->top;
    }
    if (!program->edit) {
        player->top = program->from_top ? top : player->top;
        player->section.awaited = program->in_song;
    }
    if (program->sets_environment) {
        set_environment(player, program);
        program->draws = program->edit ? program->draws : program->seed;
    }
    for (size_t i = 0; i < program->n_glides; i++) {
        od_glide_begin(program->glides[i], od_state_moment(player));
    }
    od_tempo_follow(player, now);
    if (player->state == OD_PLAYING && !program->edit) {
        od_init_plan(player, old);
    }
    if (old != NULL) {
        plan_release(player, program->releases, now);
        od_pedal_plan(player);
        od_state_retire(player, old);
    }
    struct od_notice notice = od_state_notice(player, OD_NOTICE_APPLIED, now);
    notice.change = program->change;
    notice.program = program;
    if (player->state != OD_PLAYING) {
        notice.time = soonest_start(player, now);
    }
    od_state_say(player, &notice);
}

bool
od_change_is_stale(const struct od_player *player, const struct od_program *program)
{
    return program->edit &&
           (player->program == NULL || player->program->lineage != program->lineage);
}

static void
take_program(struct od_player *player, const struct od_command *command, od_nsec now)
{
    if (!od_change_is_stale(player, command->program)) {
        od_change_take_over(player, command->program, player->next_step, now);
        return;
    }
    const struct od_notice stale = {.kind = OD_NOTICE_STALE, .change = command->change};
    od_state_say(player, &stale);
    od_state_retire(player, command->program);
}

/* ---- what waits ---- */

/* What od_timeline_drop needs to know of a drop. */
struct dropping {
    struct od_player *player;
    od_change_drop_fn *drop;
    uint64_t wanted;
    uint64_t last; /* number of the one that was dropped last */
    bool clocked;
};

static bool
drop_one(void *context, const struct od_waiting *waiting)
{
    struct dropping *dropping = context;
    if (!dropping->drop(waiting, dropping->wanted, dropping->clocked)) {
        return false;
    }
    dropping->last = waiting->command.change;
    if (waiting->command.program != NULL) {
        od_state_retire(dropping->player, waiting->command.program);
    }
    return true;
}

size_t
od_change_drop(struct od_player *player, od_change_drop_fn *drop, uint64_t change, uint64_t request)
{
    struct dropping dropping = {.player = player, .drop = drop, .wanted = change};
    size_t n = od_timeline_drop(&player->pending, drop_one, &dropping);
    dropping.clocked = true;
    n += od_timeline_drop(&player->clocked, drop_one, &dropping);
    if (n > 0) {
        const struct od_notice dropped = {.kind = OD_NOTICE_DROPPED,
                                          .request = request,
                                          .change = n == 1 ? dropping.last : OD_CHANGE_ALL,
                                          .count = n};
        od_state_say(player, &dropped);
    }
    return n;
}

static bool
is_impatient(const struct od_waiting *waiting)
{
    return waiting->command.owner != OD_OWNER_TIMED;
}

/* Who waits for a boundary waits no longer when nothing plays; in the order of the boundaries. */
static void
take_impatient(struct od_player *player, od_nsec now)
{
    for (;;) {
        const struct od_waiting *first = NULL;
        size_t at = 0;
        for (size_t i = 0; i < player->pending.count; i++) {
            const struct od_waiting *waiting = od_timeline_item(&player->pending, i);
            if (is_impatient(waiting) &&
                (first == NULL || waiting->at < first->at ||
                 (waiting->at == first->at && waiting->order < first->order))) {
                first = waiting;
                at = i;
            }
        }
        if (first == NULL) {
            return;
        }
        const struct od_command command = first->command;
        od_timeline_remove(&player->pending, at);
        take_program(player, &command, now);
    }
}

static bool
is_musical(const struct od_waiting *waiting, uint64_t change, bool clocked)
{
    (void)change;
    return !clocked && waiting->command.owner == OD_OWNER_TIMED;
}

/* ---- the transport ---- */

/* What moves stays where it came to. */
static void
end_moves(struct od_player *player)
{
    const struct od_program *program = player->program;
    for (size_t i = 0; program != NULL && i < program->n_glides; i++) {
        od_glide_end(program->glides[i], od_state_moment(player));
    }
    player->epoch++;
    od_tempo_end_ramp(player);
}

static void
clear_agenda(struct od_player *player)
{
    while (player->agenda.count > 0) {
        struct od_agenda_item item = od_agenda_pop(&player->agenda);
        if (item.program != NULL) {
            od_state_unpin(player, item.program);
        }
    }
}

static void
stop_clock(struct od_player *player, od_nsec time)
{
    static const unsigned char stop[] = {OD_MIDI_STOP};
    if (!player->clock_running) {
        return;
    }
    for (unsigned port = 0; port < player->settings.n_ports; port++) {
        if (!od_state_has_clock(player, port)) {
            continue;
        }
        const struct od_midi_message message = {.port = port,
                                                .voice = OD_NO_VOICE,
                                                .time = time,
                                                .step = player->next_step,
                                                .bytes = stop,
                                                .size = sizeof stop};
        player->ops->midi(player->context, &message);
    }
    player->clock_running = false;
}

void
od_change_silence(struct od_player *player, od_nsec now)
{
    clear_agenda(player);
    stop_clock(player, now);
    while (player->ledger.count > 0) {
        od_perform_note_off(player, od_ledger_first(&player->ledger), now);
    }
    for (unsigned port = 0; port < OD_PORTS_MAX; port++) {
        od_pedal_let_go(player, port, now);
    }
}

static void
start_clock(struct od_player *player)
{
    if (player->settings.clock_ports == 0) {
        return;
    }
    unsigned char position[3];
    od_nsec time = od_transport_time(&player->transport, player->next_step) - START_AHEAD;
    const unsigned char word = player->next_step == 0 ? OD_MIDI_START : OD_MIDI_CONTINUE;
    if (word == OD_MIDI_CONTINUE) {
        od_midi_song_position(player->next_step, position);
        od_state_push_clock(player, time, player->next_step, position, sizeof position);
    }
    od_state_push_clock(player, time, player->next_step, &word, 1);
    player->clock_behind = false;
}

void
od_change_play_on(struct od_player *player, od_nsec now)
{
    player->joins = false;
    player->skipped = 0;
    player->resting = false;
    player->finishing = false;
    player->placed = false;
    player->state = OD_PLAYING;
    for (unsigned port = 0; port < OD_PORTS_MAX; port++) {
        od_state_forget_controls(player, port);
    }
    start_clock(player);
    od_init_plan(player, NULL);
    state_changed(player, now);
}

/* In phase with the master. A list goes on in whole loops of it, so that its scores begin with one.
 */
static void
join(struct od_player *player, od_nsec soonest, od_nsec now)
{
    const struct od_sync_grid grid = {&player->transport, &player->next_step};
    int64_t before = player->next_step;
    od_sync_join(&player->sync, &grid, soonest);
    int64_t loops = (player->next_step - before) / OD_STEPS * OD_STEPS;
    player->following.began += loops;
    player->following.step += loops;
    player->end_step += player->end_step != INT64_MAX ? loops : 0;
    od_section_move(player, loops);
    od_change_play_on(player, now);
}

/* With an anchor in the past the first step is the next one that can be sent in time. */
static void
start(struct od_player *player, od_nsec anchor, od_nsec now)
{
    if (player->state == OD_PLAYING || player->program == NULL) {
        return;
    }
    if (is_led(player)) {
        join(player, soonest_start(player, now), now);
        return;
    }
    od_nsec soonest = now + od_tempo_lead(player);
    od_sync_forget(&player->sync);
    if (player->state == OD_PAUSED || anchor == OD_NSEC_NEVER) {
        od_tempo_anchor(player, player->next_step, soonest_start(player, now));
        od_change_play_on(player, now);
        return;
    }
    od_tempo_anchor(player, 0, anchor);
    if (anchor >= soonest) {
        od_change_play_on(player, now);
        return;
    }
    player->next_step = player->placed ? player->next_step : 0;
    player->state = OD_PLAYING;
    player->joins = true; /* see od_plan_catch_up */
}

/* The next step at a moment, or as soon as it can. */
static void
start_at(struct od_player *player, od_nsec moment, od_nsec now)
{
    if (player->state == OD_PLAYING || player->program == NULL) {
        return;
    }
    od_nsec soonest = soonest_start(player, now);
    soonest = moment > soonest ? moment : soonest;
    if (is_led(player)) {
        join(player, soonest, now);
        return;
    }
    od_sync_forget(&player->sync);
    od_tempo_anchor(player, player->next_step, soonest);
    od_change_play_on(player, now);
}

/* What was planned still sounds, on MIDI as on OSC; notes and clock end where the rest begins. */
static void
plan_rest(struct od_player *player)
{
    od_state_push_stop(player, od_transport_time(&player->transport, player->next_step));
    struct od_agenda_item item = {.kind = OD_AGENDA_RELEASE,
                                  .step = player->next_step,
                                  .program = player->program,
                                  .everything = true,
                                  .rests = true};
    item.as.note.generation = ++player->generation;
    for (unsigned port = 0; port < player->reach.ports; port++) {
        item.port = (uint8_t)port;
        item.time = od_state_port_time(player, port);
        od_state_push(player, &item);
    }
}

/* Back to the beginning, of the list's present score if there is a list: what follows stays as many
 * steps behind it as it was. */
static void
rewind_list(struct od_player *player)
{
    int64_t began = player->following.began;
    player->following.began = 0;
    player->following.step -= began;
    player->end_step -= player->end_step != INT64_MAX ? began : 0;
    player->next_step = 0;
    player->placed = false;
    player->top = 0;
}

static void
stop(struct od_player *player, bool timed, od_nsec now)
{
    enum od_state was = player->state;
    player->resting = timed && was == OD_PLAYING;
    if (player->resting) {
        player->rest_from = od_transport_time(&player->transport, player->next_step);
        plan_rest(player);
    } else {
        od_change_silence(player, now);
    }
    end_moves(player);
    player->state = OD_STOPPED;
    player->finishing = false;
    od_section_leave(player);
    rewind_list(player);
    od_tempo_follow(player, now);
    od_change_drop(player, is_musical, 0, 0);
    take_impatient(player, now);
    if (was != OD_STOPPED) {
        state_changed(player, now);
    }
}

/* The place moves; the pause begins when it did. */
static void
move_to(struct od_player *player, int64_t step, od_nsec now)
{
    od_nsec time = od_state_next_time(player, now);
    end_moves(player);
    player->next_step = step;
    player->top = player->top < step ? player->top : step;
    player->finishing = false;
    player->state = OD_PAUSED;
    od_tempo_follow(player, now);
    od_transport_anchor(&player->transport, step, time, player->environment.bpm);
}

static void
pause_at(struct od_player *player, const struct od_command *command, od_nsec now)
{
    if (player->state == OD_PLAYING) {
        plan_rest(player);
        player->state = OD_PAUSED;
        take_impatient(player, now);
    } else if (!command->moves) {
        return;
    }
    if (command->moves) {
        move_to(player, command->place, now);
    }
    state_changed(player, now);
}

/* ---- another clock ---- */

static void
hear_master(struct od_player *player, const struct od_sync_line *line, od_nsec now)
{
    const struct od_sync_grid grid = {&player->transport, &player->next_step};
    bool plays = player->state == OD_PLAYING;
    od_nsec error = plays ? od_sync_error(&player->sync, line, &player->transport, now) : 0;
    uint64_t jumps = player->sync.jumps;
    if (player->transport.ramp.steps > 0) {
        const struct od_notice over = {.kind = OD_NOTICE_PASSED_OVER};
        od_tempo_end_ramp(player);
        od_state_say(player, &over);
    }
    od_sync_hear(&player->sync, line, plays ? &grid : NULL, now);
    player->clock_behind = player->clock_behind || player->sync.jumps != jumps;
    player->environment.bpm = line->bpm;
    od_state_say_sync(player, plays ? &error : NULL, now);
}

static void
nudge(struct od_player *player, od_nsec by)
{
    const struct od_sync_grid grid = {&player->transport, &player->next_step};
    if (player->state == OD_PLAYING && !is_led(player)) {
        od_sync_nudge(&player->sync, &grid, by);
    }
}

static void
follow_nobody(struct od_player *player, od_nsec now)
{
    od_sync_off(&player->sync);
    od_state_say_sync(player, NULL, now);
}

static void
quit(struct od_player *player)
{
    player->quitting = true;
    player->end_step = player->next_step;
}

static void
start_as(struct od_player *player, const struct od_command *command, od_nsec now)
{
    if (command->when == OD_WHEN_CLOCK) {
        start_at(player, command->wall - player->wall_offset, now);
    } else {
        start(player, command->time, now);
    }
}

/* A port that is another, or came back. */
static void
begin_port(struct od_player *player, unsigned port, od_nsec now)
{
    od_perform_release_port(player, port, now);
    player->clock_behind = true;
    if (player->state == OD_PLAYING) {
        od_init_port(player, port, now);
    }
}

void
od_change_act(struct od_player *player, const struct od_command *command, bool timed, od_nsec now)
{
    switch (command->kind) {
    case OD_COMMAND_START:
        start_as(player, command, now);
        break;
    case OD_COMMAND_STOP:
        stop(player, timed, now);
        break;
    case OD_COMMAND_PAUSE:
        pause_at(player, command, now);
        break;
    case OD_COMMAND_BPM:
    case OD_COMMAND_SWING:
    case OD_COMMAND_GATE:
        change_number(player, command);
        break;
    case OD_COMMAND_PROGRAM:
        take_program(player, command, now);
        break;
    case OD_COMMAND_TRIGGER:
        od_sound_trigger(player, command, timed, now);
        break;
    case OD_COMMAND_PANIC:
    case OD_COMMAND_MIDI_PANIC:
        od_sound_panic(player, command, timed, now);
        break;
    case OD_COMMAND_RELEASE_PORT:
        begin_port(player, command->port, now);
        break;
    case OD_COMMAND_END:
        player->end_step = command->place;
        break;
    case OD_COMMAND_QUIT:
        quit(player);
        break;
    case OD_COMMAND_SYNC:
        hear_master(player, &command->sync, now);
        break;
    case OD_COMMAND_NUDGE:
        nudge(player, command->time);
        break;
    case OD_COMMAND_SYNC_OFF:
        follow_nobody(player, now);
        break;
    case OD_COMMAND_SONG_OFF:
        od_section_leave(player);
        break;
    case OD_COMMAND_PLACE:
        od_section_place(player, command);
        break;
    case OD_COMMAND_REPLACE:
    case OD_COMMAND_ENTRY:
    case OD_COMMAND_FOLLOW:
    case OD_COMMAND_CANCEL:
        break;
    }
}

/* ---- when it is due ---- */

/* The step that is due at a moment of the wall clock: the nearest. */
int64_t
od_change_step_of(const struct od_player *player, od_nsec wall)
{
    od_nsec half = od_transport_span(&player->transport, player->next_step, 0.5);
    return od_transport_step_at(&player->transport, wall - player->wall_offset - half);
}

static bool
is_due_at(const struct od_waiting *waiting, int64_t step)
{
    return waiting != NULL && waiting->at <= step;
}

/* Without a division for each step: most often nothing has been reached. */
static bool
clock_is_due(const struct od_player *player)
{
    const struct od_waiting *waiting = od_timeline_top(&player->clocked);
    return waiting != NULL && waiting->at - player->wall_offset <=
                                  od_transport_time(&player->transport, player->next_step) +
                                      od_transport_span(&player->transport, player->next_step, 0.5);
}

/* Takes the next command out that is due before the next step; false if none is. */
static bool
pop_due(struct od_player *player, struct od_waiting *due)
{
    bool step = is_due_at(od_timeline_top(&player->pending), player->next_step);
    bool clock = clock_is_due(player);
    if (step && clock) {
        const struct od_waiting *a = od_timeline_top(&player->pending);
        const struct od_waiting *b = od_timeline_top(&player->clocked);
        int64_t at = od_change_step_of(player, b->at);
        step = a->at < at || (a->at == at && a->order < b->order);
    } else if (!step && !clock) {
        return false;
    }
    *due = od_timeline_pop(step ? &player->pending : &player->clocked);
    return true;
}

static void
act_waiting(struct od_player *player, const struct od_command *command, bool timed, od_nsec now)
{
    struct od_notice acted = od_state_notice(player, OD_NOTICE_ACTED, now);
    bool fits = od_change_fits(player, command);
    if (!fits || (command->kind == OD_COMMAND_TRIGGER && player->program != NULL &&
                  player->program->lineage != command->trigger.lineage)) {
        const struct od_notice refused = {.kind = fits ? OD_NOTICE_STALE : OD_NOTICE_RANGE,
                                          .change = command->change};
        od_state_say(player, &refused);
        return;
    }
    od_change_act(player, command, timed, now);
    if (command->kind == OD_COMMAND_BPM && is_led(player)) {
        acted.kind = OD_NOTICE_PASSED_OVER;
    }
    if (command->kind != OD_COMMAND_PROGRAM) {
        acted.state = player->state;
        acted.change = command->change;
        acted.environment = player->environment;
        acted.ramp_to = player->transport.ramp.to;
        acted.ramp_steps = player->transport.ramp.steps;
        acted.transport = player->transport;
        acted.top = player->top;
        od_state_say(player, &acted);
    }
}

static void
take_following(struct od_player *player, od_nsec now)
{
    struct od_program *program = player->following.program;
    if (program != NULL && player->next_step >= player->following.step) {
        player->following.program = NULL;
        player->following.began = player->following.step;
        od_change_take_over(player, program, player->next_step, now);
    }
}

/* Its top lies where it was to be, also if that was skipped. */
static void
take_entry(struct od_player *player, od_nsec now)
{
    struct od_section_next next;
    if (!od_section_take(player, &next)) {
        return;
    }
    if (next.program != NULL) {
        od_change_take_over(player, next.program, next.step, now);
    } else {
        stop(player, true, now);
    }
}

void
od_change_due(struct od_player *player, od_nsec now)
{
    struct od_waiting due;
    take_following(player, now);
    take_entry(player, now);
    while (player->state == OD_PLAYING && !player->quitting && pop_due(player, &due)) {
        act_waiting(player, &due.command, true, now);
    }
}

od_nsec
od_change_clock_due(const struct od_player *player)
{
    const struct od_waiting *waiting = od_timeline_top(&player->clocked);
    if (waiting == NULL || player->state == OD_PLAYING) {
        return OD_NSEC_NEVER;
    }
    od_nsec ahead = player->settings.clock_ports != 0 ? START_AHEAD : 0;
    od_nsec lead = waiting->command.kind == OD_COMMAND_START ? od_tempo_lead(player) + ahead : 0;
    return waiting->at - player->wall_offset - lead;
}

void
od_change_due_clock(struct od_player *player, od_nsec now)
{
    while (od_change_clock_due(player) <= now) {
        const struct od_waiting due = od_timeline_pop(&player->clocked);
        act_waiting(player, &due.command, false, now);
    }
}

int64_t
od_change_next_step(const struct od_player *player)
{
    const struct od_waiting *waiting = od_timeline_top(&player->pending);
    int64_t step = waiting != NULL ? waiting->at : INT64_MAX;
    if (player->following.program != NULL && player->following.step < step) {
        step = player->following.step;
    }
    step = player->section.step < step ? player->section.step : step;
    waiting = od_timeline_top(&player->clocked);
    int64_t clocked = waiting != NULL ? od_change_step_of(player, waiting->at) : INT64_MAX;
    return clocked < step ? clocked : step;
}
