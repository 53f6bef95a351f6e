#include "play/player.h"

#include "play/change.h"
#include "play/perform.h"
#include "play/plan.h"
#include "play/section.h"

static struct od_player_reach
reach_of(const struct od_player_settings *settings)
{
    struct od_player_reach reach = {.clock = OD_NSEC_NEVER,
                                    .ports = settings->n_ports > 0 ? settings->n_ports : 1};
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        od_nsec offset = settings->osc_offset[i];
        reach.latest = offset > reach.latest ? offset : reach.latest;
        reach.apart = reach.apart || offset != settings->osc_offset[0];
    }
    for (unsigned port = 0; port < settings->n_ports; port++) {
        od_nsec offset = settings->midi_offset[port];
        reach.latest = offset > reach.latest ? offset : reach.latest;
        if ((settings->clock_ports >> port & 1) != 0 && offset < reach.clock) {
            reach.clock = offset;
        }
    }
    reach.clock = reach.clock == OD_NSEC_NEVER ? 0 : reach.clock;
    return reach;
}

bool
od_player_init(struct od_player *player, const struct od_player_settings *settings,
               const struct od_player_ops *ops, void *context)
{
    player->settings = *settings;
    player->ops = ops;
    player->context = context;
    player->end_step = INT64_MAX;
    player->section.step = INT64_MAX;
    player->environment = (struct od_player_environment){.bpm = 120, .gate = 1};
    player->reach = reach_of(settings);
    if (od_agenda_init(&player->agenda, settings->agenda_capacity) &&
        od_ledger_init(&player->ledger, player->reach.ports) &&
        od_timeline_store_init(&player->waiting, OD_TIMELINE_CAPACITY) &&
        od_timeline_init(&player->pending, &player->waiting) &&
        od_timeline_init(&player->clocked, &player->waiting)) {
        return true;
    }
    od_player_clear(player);
    return false;
}

void
od_player_clear(struct od_player *player)
{
    od_agenda_clear(&player->agenda);
    od_ledger_clear(&player->ledger);
    od_timeline_clear(&player->pending);
    od_timeline_clear(&player->clocked);
    od_timeline_store_clear(&player->waiting);
}

void
od_player_wall(struct od_player *player, od_nsec offset)
{
    player->wall_offset = offset;
}

/* ---- commands ---- */

/* The first step at or after the next unplanned one that `when` allows; −1 if it is past. */
static int64_t
place_of(const struct od_player *player, const struct od_command *command)
{
    static const int64_t units[] = {[OD_WHEN_NOW] = 1,
                                    [OD_WHEN_BEAT] = OD_BEAT_STEPS,
                                    [OD_WHEN_BAR] = OD_BAR_STEPS,
                                    [OD_WHEN_SEQ] = OD_STEPS,
                                    [OD_WHEN_STEP] = OD_STEPS};
    if (command->when == OD_WHEN_AT) {
        return command->step < player->next_step ? -1 : command->step;
    }
    if (command->when == OD_WHEN_AFTER) {
        return player->next_step + command->step;
    }
    int64_t unit = units[command->when];
    int64_t phase = command->when == OD_WHEN_STEP ? command->step : player->top % unit;
    return (player->next_step - phase + unit - 1) / unit * unit + phase;
}

/* Answers a command that is not done. */
static void
refuse(struct od_player *player, const struct od_command *command, enum od_notice_kind why)
{
    const struct od_notice refused = {
        .kind = why, .request = command->request, .change = command->change};
    od_state_say(player, &refused);
    if (command->program != NULL) {
        od_state_retire(player, command->program);
    }
}

static uint64_t
number_of(const struct od_command *command)
{
    return command->program != NULL ? command->program->change : command->change;
}

static bool
is_superseded(const struct od_waiting *waiting, uint64_t owner, bool clocked)
{
    (void)clocked;
    return waiting->command.owner == owner && owner != OD_OWNER_TIMED;
}

static void
note_early(struct od_player *player, const struct od_program *program)
{
    if (player->pending.count == 0) {
        player->earliest = 0;
        player->earliest_steps = 0;
        player->slowest = OD_BPM_MAX;
    }
    if (program != NULL && program->early > player->earliest) {
        player->earliest = program->early;
    }
    if (program != NULL && program->early_steps > player->earliest_steps) {
        player->earliest_steps = program->early_steps;
    }
    if (program != NULL && program->sets_environment &&
        program->environment.bpm < player->slowest) {
        player->slowest = program->environment.bpm;
    }
}

/* `step` is −1 for a time of the wall clock. */
static void
keep(struct od_player *player, const struct od_command *command, int64_t step, od_nsec now)
{
    bool clocked = step < 0;
    struct od_command kept = *command;
    kept.change = number_of(command);
    od_change_drop(player, is_superseded, command->owner, 0);
    note_early(player, command->program);
    if (!od_timeline_push(clocked ? &player->clocked : &player->pending,
                          clocked ? command->wall : step, player->arrivals, &kept)) {
        refuse(player, &kept, OD_NOTICE_FULL);
        return;
    }
    player->arrivals++;
    struct od_notice notice = od_state_notice(player, OD_NOTICE_PENDING, now);
    notice.request = command->request;
    notice.change = kept.change;
    if (clocked) {
        notice.time = command->wall - player->wall_offset;
        notice.step = player->state == OD_PLAYING ? od_change_step_of(player, command->wall) : 0;
    } else {
        notice.step = step;
        notice.time = player->state == OD_PLAYING ? od_transport_time(&player->transport, step)
                                                  : OD_NSEC_NEVER;
    }
    od_state_say(player, &notice);
}

/* What waits for a place that counts from where it stands needs to stand on moving ground. */
static bool
needs_motion(const struct od_command *command)
{
    return command->owner == OD_OWNER_TIMED && command->when != OD_WHEN_AT &&
           command->when != OD_WHEN_CLOCK;
}

/* True if the command was kept, or cannot be done: it does not act now. */
static bool
waits(struct od_player *player, const struct od_command *command, od_nsec now)
{
    if (command->when == OD_WHEN_NOW) {
        return false;
    }
    if (command->when == OD_WHEN_CLOCK) {
        keep(player, command, -1, now);
        return true;
    }
    bool timed = command->owner == OD_OWNER_TIMED;
    if (player->state != OD_PLAYING && needs_motion(command)) {
        refuse(player, command, OD_NOTICE_IDLE);
        return true;
    }
    if (player->state != OD_PLAYING && !timed) {
        return false;
    }
    int64_t step = place_of(player, command);
    if (step < 0 && timed) {
        refuse(player, command, OD_NOTICE_PAST);
        return true;
    }
    if (step <= player->next_step && !timed) {
        return false;
    }
    keep(player, command, step, now);
    return true;
}

static void
answer(struct od_player *player, const struct od_command *command, od_nsec now)
{
    struct od_notice notice = od_state_notice(player, OD_NOTICE_DONE, now);
    notice.request = command->request;
    notice.change = command->change;
    if (command->kind == OD_COMMAND_TRIGGER || command->kind == OD_COMMAND_PANIC ||
        command->kind == OD_COMMAND_MIDI_PANIC || command->kind == OD_COMMAND_RELEASE_PORT) {
        notice.step = od_state_sounding(player, now);
        notice.time = now;
    }
    od_state_say(player, &notice);
}

static void
take_program(struct od_player *player, const struct od_command *command, od_nsec now)
{
    struct od_notice notice = od_state_notice(player, OD_NOTICE_DONE, now);
    notice.request = command->request;
    notice.change = number_of(command);
    if (!command->program->edit) {
        od_change_drop(player, is_superseded, command->owner, 0);
    }
    od_change_take_over(player, command->program, player->next_step, now);
    notice.transport = player->transport;
    notice.top = player->top;
    notice.environment = player->environment;
    od_state_say(player, &notice);
}

static void
follow(struct od_player *player, const struct od_command *command)
{
    struct od_following *following = &player->following;
    if (following->program != NULL) {
        od_state_retire(player, following->program);
    }
    following->program = command->program;
    following->step = following->began + command->place;
}

/* The place stays, so the order does. */
static bool
replace_in(struct od_player *player, struct od_timeline *timeline, const struct od_command *command)
{
    for (size_t i = 0; i < timeline->count; i++) {
        struct od_command *waiting = &od_timeline_item(timeline, i)->command;
        if (waiting->change == command->change && waiting->program != NULL) {
            od_state_retire(player, waiting->program);
            waiting->program = command->program;
            return true;
        }
    }
    return false;
}

static bool
replace_following(struct od_player *player, const struct od_command *command)
{
    struct od_program *program = player->following.program;
    if (program == NULL || program->change != command->change) {
        return false;
    }
    od_state_retire(player, program);
    player->following.program = command->program;
    return true;
}

static bool
replace_entry(struct od_player *player, const struct od_command *command)
{
    struct od_program *program = player->section.program;
    if (program == NULL || program->lineage != command->change) {
        return false;
    }
    od_state_retire(player, program);
    player->section.program = command->program;
    return true;
}

static void
replace(struct od_player *player, const struct od_command *command)
{
    note_early(player, command->program);
    if (!replace_entry(player, command) && !replace_following(player, command) &&
        !replace_in(player, &player->pending, command) &&
        !replace_in(player, &player->clocked, command)) {
        od_state_retire(player, command->program);
    }
}

static bool
is_cancelled(const struct od_waiting *waiting, uint64_t change, bool clocked)
{
    (void)clocked;
    const struct od_command *command = &waiting->command;
    return change == 0               ? command->owner == OD_OWNER_USER
           : change == OD_CHANGE_ALL ? command->owner != OD_OWNER_LIST
                                     : command->change == change;
}

static void
cancel(struct od_player *player, const struct od_command *command)
{
    if (od_change_drop(player, is_cancelled, command->change, command->request) == 0) {
        const struct od_notice notice = {
            .kind = OD_NOTICE_NOTHING, .request = command->request, .change = command->change};
        od_state_say(player, &notice);
    }
}

/* The number of a voice means nothing in another session than the one it was looked up in. */
static bool
is_foreign(const struct od_player *player, const struct od_command *command)
{
    if (command->kind == OD_COMMAND_PROGRAM) {
        return od_change_is_stale(player, command->program);
    }
    return command->kind == OD_COMMAND_TRIGGER && player->program != NULL &&
           player->program->lineage != command->trigger.lineage;
}

void
od_player_command(struct od_player *player, const struct od_command *command, od_nsec now)
{
    if (command->kind == OD_COMMAND_CANCEL) {
        cancel(player, command);
    } else if (command->kind == OD_COMMAND_REPLACE) {
        replace(player, command);
    } else if (command->when == OD_WHEN_NOW && is_foreign(player, command)) {
        refuse(player, command, OD_NOTICE_STALE);
    } else if (command->kind == OD_COMMAND_FOLLOW) {
        follow(player, command);
        answer(player, command, now);
    } else if (command->kind == OD_COMMAND_ENTRY) {
        od_section_follow(player, command);
    } else if (waits(player, command, now)) {
        return;
    } else if (command->kind == OD_COMMAND_PROGRAM) {
        take_program(player, command, now);
    } else if (command->kind == OD_COMMAND_NUDGE && player->state != OD_PLAYING) {
        refuse(player, command, OD_NOTICE_IDLE);
    } else if (!od_change_fits(player, command)) {
        refuse(player, command, OD_NOTICE_RANGE);
    } else {
        od_change_act(player, command, false, now);
        if (player->joins) {
            od_plan_catch_up(player, now);
        }
        answer(player, command, now);
    }
}

/* ---- the tick ---- */

/* What comes next, from four sources. Ranks order what is due at one time (see agenda.h). */
enum {
    RANK_CLOCK,
    RANK_NOTE_OFF,
    RANK_RELEASE,
    RANK_WALL,
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

/* `plan` is what planned_next says. */
static struct due
next_due(const struct od_player *player, struct due plan)
{
    struct due due = plan;
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

/* The next step, or what the wall clock brings while none is planned: only these change it. */
static struct due
planned_next(const struct od_player *player)
{
    return player->state == OD_PLAYING ? (struct due){od_plan_due(player), RANK_PLAN}
                                       : (struct due){od_change_clock_due(player), RANK_WALL};
}

/* The run is over when the last step is over and every note has ended at its time. */
static bool
at_rest(const struct od_player *player)
{
    return (player->finishing || (player->quitting && player->state != OD_PLAYING)) &&
           player->agenda.count == 0 && player->ledger.count == 0;
}

static od_nsec
end_time(const struct od_player *player)
{
    return player->finishing ? od_transport_time(&player->transport, player->end_step) : 0;
}

static void
finish(struct od_player *player, od_nsec now)
{
    player->quitting = false;
    od_change_act(player, &(struct od_command){.kind = OD_COMMAND_STOP}, false, now);
    struct od_notice notice = od_state_notice(player, OD_NOTICE_FINISHED, now);
    od_state_say(player, &notice);
}

void
od_player_run(struct od_player *player, od_nsec now)
{
    if (od_sync_look(&player->sync, now)) {
        od_state_say_sync(player, NULL, now);
    }
    struct due plan = planned_next(player);
    for (struct due due = next_due(player, plan); due.time <= now; due = next_due(player, plan)) {
        if (due.rank == RANK_PLAN) {
            od_plan_step(player, now);
            plan = planned_next(player);
        } else if (due.rank == RANK_WALL) {
            od_change_due_clock(player, now);
            plan = planned_next(player);
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

/* What will play at the next step, as far as it is known. */
static const struct od_program *
next_program(const struct od_player *player)
{
    const struct od_waiting *waiting = od_timeline_top(&player->pending);
    if (waiting != NULL && waiting->at <= player->next_step && waiting->command.program != NULL) {
        return waiting->command.program;
    }
    const struct od_following *following = &player->following;
    bool follows = following->program != NULL && following->step <= player->next_step;
    if (!follows && player->section.program != NULL && player->section.step <= player->next_step) {
        return player->section.program;
    }
    return follows ? following->program : player->program;
}

void
od_player_rehearse(struct od_player *player)
{
    const struct od_agenda_item *item = od_agenda_top(&player->agenda);
    struct due due = next_due(player, planned_next(player));
    if (due.time == OD_NSEC_NEVER) {
        return;
    }
    if (due.rank == RANK_PLAN) {
        od_perform_rehearse(player, next_program(player),
                            od_state_since(player, player->next_step));
    } else if (due.rank == RANK_OTHER && item->kind == OD_AGENDA_OSC) {
        od_perform_rehearse(player, item->program, item->as.osc.since);
    }
}

od_nsec
od_player_next(const struct od_player *player)
{
    if (at_rest(player)) {
        return end_time(player);
    }
    od_nsec next = next_due(player, planned_next(player)).time;
    od_nsec lost = od_sync_next(&player->sync);
    return lost < next ? lost : next;
}

/* ---- the end ---- */

static bool
is_any(const struct od_waiting *waiting, uint64_t change, bool clocked)
{
    (void)waiting;
    (void)change;
    (void)clocked;
    return true;
}

void
od_player_drain(struct od_player *player, od_nsec now)
{
    struct od_program *program = player->program;
    const struct od_command nothing = {.kind = OD_COMMAND_FOLLOW};
    od_change_drop(player, is_any, 0, 0);
    follow(player, &nothing);
    od_section_leave(player);
    od_change_act(player, &(struct od_command){.kind = OD_COMMAND_STOP}, false, now);
    player->program = NULL;
    if (program != NULL) {
        od_state_retire(player, program);
    }
}
