#include "play/player.h"

#include <string.h>

#include "play/perform.h"
#include "play/plan.h"
#include "score/midi.h"

#define START_AHEAD                                                                                \
    OD_NSEC_PER_MS /* MIDI 1.0: a slave gets 1 ms between Start and the first clock */

bool
od_player_init(struct od_player *player, const struct od_player_settings *settings,
               const struct od_player_ops *ops, void *context)
{
    player->settings = *settings;
    player->ops = ops;
    player->context = context;
    player->end_step = INT64_MAX;
    player->bpm = 120;
    return od_agenda_init(&player->agenda, settings->agenda_capacity);
}

void
od_player_clear(struct od_player *player)
{
    od_agenda_clear(&player->agenda);
}

/* When the next step sounds; a pause begins where what was sent ends. */
static od_nsec
next_time(const struct od_player *player, od_nsec now)
{
    if (player->state == OD_STOPPED) {
        return now;
    }
    od_nsec time = od_transport_time(&player->transport, player->next_step);
    return player->state == OD_PLAYING || time > now ? time : now;
}

static struct od_notice
notice_of(const struct od_player *player, enum od_notice_kind kind, od_nsec now)
{
    return (struct od_notice){
        .kind = kind,
        .state = player->state,
        .step = player->next_step,
        .time = next_time(player, now),
        .bpm = player->bpm,
        .transport = player->transport,
    };
}

static void
say(struct od_player *player, const struct od_notice *notice)
{
    player->ops->notice(player->context, notice);
}

static void
state_changed(struct od_player *player, od_nsec now)
{
    struct od_notice notice = notice_of(player, OD_NOTICE_STATE, now);
    say(player, &notice);
}

static void
clear_agenda(struct od_player *player)
{
    while (player->agenda.count > 0) {
        struct od_agenda_item item = od_agenda_pop(&player->agenda);
        if (item.program != NULL) {
            od_perform_unpin(player, item.program);
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

static void
release_everything(struct od_player *player, od_nsec time)
{
    while (player->ledger.count > 0) {
        od_perform_note_off(player, od_ledger_first(&player->ledger), time);
    }
}

static void
start_clock(struct od_player *player)
{
    if (!player->settings.midi_clock) {
        return;
    }
    unsigned char position[3];
    od_nsec time = od_transport_time(&player->transport, player->next_step) +
                   player->settings.midi_offset - START_AHEAD;
    const unsigned char word = player->next_step == 0 ? OD_MIDI_START : OD_MIDI_CONTINUE;
    if (word == OD_MIDI_CONTINUE) {
        od_midi_song_position(player->next_step, position);
        od_plan_clock(player, time, player->next_step, position, sizeof position);
    }
    od_plan_clock(player, time, player->next_step, &word, 1);
    player->clock_behind = false;
}

static void
forget_controls(struct od_player *player)
{
    for (unsigned port = 0; port < OD_PORTS_MAX; port++) {
        for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
            for (unsigned control = 0; control < OD_CONTROLS; control++) {
                player->controls[port][channel][control] = INT16_MIN;
            }
        }
    }
}

/* When the next step can sound. Not before the pause begins, if that still lies ahead: a slave must
 * get Stop, then Continue. */
static od_nsec
soonest_start(const struct od_player *player, od_nsec now)
{
    od_nsec ahead = player->settings.midi_clock ? START_AHEAD : 0;
    od_nsec lead = od_plan_lead(player);
    od_nsec slack = lead + player->settings.midi_offset;
    od_nsec soonest = now + lead + (slack < ahead ? ahead - slack : 0);
    if (player->state == OD_PAUSED) {
        od_nsec pause = od_transport_time(&player->transport, player->next_step) + ahead;
        return pause > soonest ? pause : soonest;
    }
    return soonest;
}

/* With an anchor in the past the first step is the next one that can be sent in time. */
static void
start(struct od_player *player, od_nsec anchor, od_nsec now)
{
    if (player->state == OD_PLAYING || player->program == NULL) {
        return;
    }
    od_nsec soonest = now + od_plan_lead(player);
    if (player->state == OD_PAUSED || anchor == OD_NSEC_NEVER) {
        od_transport_anchor(&player->transport, player->next_step, soonest_start(player, now),
                            player->bpm);
    } else {
        od_transport_anchor(&player->transport, 0, anchor, player->bpm);
        if (anchor < soonest) {
            player->next_step = od_transport_step_at(&player->transport, soonest);
        }
    }
    player->finishing = false;
    player->state = OD_PLAYING;
    forget_controls(player);
    start_clock(player);
    state_changed(player, now);
}

static void
take_pending_now(struct od_player *player, od_nsec now)
{
    struct od_program *program = player->pending;
    if (program != NULL) {
        player->pending = NULL;
        od_plan_take_over(player, program, now);
    }
}

static void
stop(struct od_player *player, od_nsec now)
{
    enum od_state was = player->state;
    clear_agenda(player);
    stop_clock(player, now);
    release_everything(player, now);
    player->state = OD_STOPPED;
    player->next_step = 0;
    player->finishing = false;
    take_pending_now(player, now);
    if (was != OD_STOPPED) {
        state_changed(player, now);
    }
}

/* What was planned still sounds, on MIDI as on OSC; notes and clock end where the pause begins. */
static void
pause_playing(struct od_player *player, od_nsec now)
{
    od_nsec time =
        od_transport_time(&player->transport, player->next_step) + player->settings.midi_offset;
    od_plan_clock_stop(player, time);
    struct od_agenda_item item = {.kind = OD_AGENDA_RELEASE,
                                  .time = time,
                                  .step = player->next_step,
                                  .program = player->program,
                                  .everything = true};
    item.as.note.generation = ++player->generation;
    od_plan_push(player, &item);
    player->state = OD_PAUSED;
    take_pending_now(player, now);
}

/* The place moves; the pause begins when it did. */
static void
move_to(struct od_player *player, int64_t step, od_nsec now)
{
    od_transport_anchor(&player->transport, step, next_time(player, now), player->bpm);
    player->next_step = step;
    player->finishing = false;
    player->state = OD_PAUSED;
}

static void
pause_at(struct od_player *player, const struct od_command *command, od_nsec now)
{
    bool moves = command->when == OD_WHEN_AT;
    if (player->state == OD_PLAYING) {
        pause_playing(player, now);
    } else if (!moves) {
        return;
    }
    if (moves) {
        move_to(player, command->step, now);
    }
    state_changed(player, now);
}

static void
set_bpm(struct od_player *player, double bpm)
{
    player->bpm = bpm;
    if (player->state == OD_PLAYING) {
        od_transport_tempo(&player->transport, player->next_step, bpm);
    }
}

/* The next step at or after the next unplanned one that `when` allows. */
static int64_t
boundary(const struct od_player *player, const struct od_command *command)
{
    static const int64_t units[] = {[OD_WHEN_NOW] = 1,
                                    [OD_WHEN_BEAT] = OD_BEAT_STEPS,
                                    [OD_WHEN_BAR] = OD_BAR_STEPS,
                                    [OD_WHEN_SEQ] = OD_STEPS,
                                    [OD_WHEN_STEP] = OD_STEPS};
    if (command->when == OD_WHEN_AT) {
        return command->step;
    }
    int64_t unit = units[command->when];
    int64_t phase = command->when == OD_WHEN_STEP ? command->step : 0;
    return (player->next_step - phase + unit - 1) / unit * unit + phase;
}

static void
drop_pending(struct od_player *player, uint64_t request)
{
    struct od_program *program = player->pending;
    player->pending = NULL;
    struct od_notice dropped = {
        .kind = OD_NOTICE_DROPPED, .request = request, .change = program->change};
    say(player, &dropped);
    struct od_notice retired = {
        .kind = OD_NOTICE_RETIRED, .program = program, .change = program->change};
    say(player, &retired);
}

static bool
is_stale(const struct od_player *player, const struct od_program *program)
{
    return program->edit &&
           (player->program == NULL || player->program->lineage != program->lineage);
}

static void
hand_back(struct od_player *player, const struct od_command *command)
{
    struct od_notice stale = {.kind = OD_NOTICE_STALE, .request = command->request};
    say(player, &stale);
    struct od_notice retired = {.kind = OD_NOTICE_RETIRED, .program = command->program};
    say(player, &retired);
}

static void
take_program(struct od_player *player, const struct od_command *command, od_nsec now)
{
    if (is_stale(player, command->program)) {
        hand_back(player, command);
        return;
    }
    int64_t step = boundary(player, command);
    struct od_notice notice = notice_of(player, OD_NOTICE_PENDING, now);
    notice.request = command->request;
    notice.change = command->program->change;
    if (player->state != OD_PLAYING || step <= player->next_step) {
        notice.kind = OD_NOTICE_DONE;
        if (player->pending != NULL && !command->program->edit) {
            drop_pending(player, 0);
        }
        od_plan_take_over(player, command->program, now);
    } else {
        if (player->pending != NULL) {
            drop_pending(player, 0);
        }
        player->pending = command->program;
        player->pending_step = step;
        notice.step = step;
        notice.time = od_transport_time(&player->transport, step);
    }
    notice.transport = player->transport;
    notice.bpm = player->bpm;
    say(player, &notice);
}

static void
cancel(struct od_player *player, const struct od_command *command)
{
    if (player->pending != NULL &&
        (command->change == 0 || command->change == player->pending->change)) {
        drop_pending(player, command->request);
        return;
    }
    struct od_notice notice = {
        .kind = OD_NOTICE_NOTHING, .request = command->request, .change = command->change};
    say(player, &notice);
}

static void
do_simple(struct od_player *player, const struct od_command *command, od_nsec now)
{
    switch (command->kind) {
    case OD_COMMAND_START:
        start(player, command->time, now);
        break;
    case OD_COMMAND_STOP:
        stop(player, now);
        break;
    case OD_COMMAND_PAUSE:
        pause_at(player, command, now);
        break;
    case OD_COMMAND_BPM:
        set_bpm(player, command->bpm);
        break;
    case OD_COMMAND_TRIGGER:
        od_perform_trigger(player, command, now);
        break;
    case OD_COMMAND_PANIC:
        od_perform_panic(player, now);
        break;
    case OD_COMMAND_RELEASE_PORT:
        od_perform_release_port(player, command->port, now);
        player->clock_behind = true;
        break;
    case OD_COMMAND_END:
        player->end_step = command->step;
        break;
    case OD_COMMAND_PROGRAM:
    case OD_COMMAND_CANCEL:
        break;
    }
}

/* The number of a voice means nothing in another session than the one it was looked up in. */
static bool
is_foreign(const struct od_player *player, const struct od_command *command)
{
    return player->program != NULL && player->program->lineage != command->change;
}

static bool
is_heard_at_once(const struct od_command *command)
{
    return command->kind == OD_COMMAND_TRIGGER || command->kind == OD_COMMAND_PANIC ||
           command->kind == OD_COMMAND_RELEASE_PORT;
}

void
od_player_command(struct od_player *player, const struct od_command *command, od_nsec now)
{
    if (command->kind == OD_COMMAND_PROGRAM) {
        take_program(player, command, now);
        return;
    }
    if (command->kind == OD_COMMAND_CANCEL) {
        cancel(player, command);
        return;
    }
    if (command->kind == OD_COMMAND_TRIGGER && is_foreign(player, command)) {
        struct od_notice stale = {.kind = OD_NOTICE_STALE, .request = command->request};
        say(player, &stale);
        return;
    }
    do_simple(player, command, now);
    struct od_notice notice = notice_of(player, OD_NOTICE_DONE, now);
    notice.request = command->request;
    if (is_heard_at_once(command)) {
        notice.step = od_plan_current(player, now);
        notice.time = now;
    }
    say(player, &notice);
}

/* What comes next, from three sources. Ranks order what is due at one time (see agenda.h). */
enum {
    RANK_CLOCK,
    RANK_NOTE_OFF,
    RANK_RELEASE,
    RANK_PLAN,
    RANK_OTHER,
    RANK_NOTHING
};

struct due {
    od_nsec time;
    int rank;
};

static struct due
sooner(struct due a, struct due b)
{
    return b.time < a.time || (b.time == a.time && b.rank < a.rank) ? b : a;
}

static int
rank_of(const struct od_agenda_item *item)
{
    return item->kind == OD_AGENDA_CLOCK     ? RANK_CLOCK
           : item->kind == OD_AGENDA_RELEASE ? RANK_RELEASE
                                             : RANK_OTHER;
}

/* `plan` is what od_plan_due says. */
static struct due
next_due(const struct od_player *player, od_nsec plan)
{
    struct due due = {plan, RANK_PLAN};
    const struct od_agenda_item *item = od_agenda_top(&player->agenda);
    if (item != NULL) {
        due = sooner(due, (struct due){item->time, rank_of(item)});
    }
    if (player->ledger.count > 0) {
        od_note_id id = od_ledger_first(&player->ledger);
        due = sooner(due, (struct due){player->ledger.notes[id].ends, RANK_NOTE_OFF});
    }
    return due;
}

/* The run is over when the last step is over and every note has ended at its time. */
static bool
at_rest(const struct od_player *player)
{
    return player->finishing && player->agenda.count == 0 && player->ledger.count == 0;
}

static od_nsec
end_time(const struct od_player *player)
{
    return od_transport_time(&player->transport, player->end_step);
}

static void
finish(struct od_player *player, od_nsec now)
{
    stop(player, now);
    struct od_notice notice = notice_of(player, OD_NOTICE_FINISHED, now);
    say(player, &notice);
}

void
od_player_run(struct od_player *player, od_nsec now)
{
    od_nsec plan = od_plan_due(player); /* only planning changes it */
    for (struct due due = next_due(player, plan); due.time <= now; due = next_due(player, plan)) {
        if (due.rank == RANK_PLAN) {
            od_plan_step(player, now);
            plan = od_plan_due(player);
        } else if (due.rank == RANK_NOTE_OFF) {
            od_perform_note_off(player, od_ledger_first(&player->ledger), due.time);
        } else {
            struct od_agenda_item item = od_agenda_pop(&player->agenda);
            od_perform_item(player, &item, now);
        }
    }
    if (at_rest(player) && end_time(player) <= now) {
        finish(player, now);
    }
}

void
od_player_rehearse(struct od_player *player)
{
    const struct od_agenda_item *item = od_agenda_top(&player->agenda);
    struct due due = next_due(player, od_plan_due(player));
    if (due.time == OD_NSEC_NEVER) {
        return;
    }
    if (due.rank == RANK_PLAN) {
        bool changes = player->pending != NULL && player->next_step >= player->pending_step;
        od_perform_rehearse(player, changes ? player->pending : player->program, player->next_step);
    } else if (due.rank == RANK_OTHER && item->kind == OD_AGENDA_OSC) {
        od_perform_rehearse(player, item->program, item->step);
    }
}

od_nsec
od_player_next(const struct od_player *player)
{
    return at_rest(player) ? end_time(player) : next_due(player, od_plan_due(player)).time;
}

void
od_player_drain(struct od_player *player, od_nsec now)
{
    if (player->pending != NULL) {
        drop_pending(player, 0);
    }
    stop(player, now);
    struct od_program *program = player->program;
    player->program = NULL;
    if (program != NULL) {
        struct od_notice notice = {
            .kind = OD_NOTICE_RETIRED, .program = program, .change = program->change};
        say(player, &notice);
    }
}
