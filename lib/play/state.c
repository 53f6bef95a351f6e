#include "play/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/counter.h"
#include "score/midi.h"

/* Room that notes and OSC groups leave for clock, releases, controls. */
#define RESERVED_ITEMS 1024

od_nsec
od_state_next_time(const struct od_player *player, od_nsec now)
{
    if (player->state == OD_STOPPED) {
        return now;
    }
    od_nsec time = od_transport_time(&player->transport, player->next_step);
    return player->state == OD_PLAYING || time > now ? time : now;
}

struct od_notice
od_state_notice(const struct od_player *player, enum od_notice_kind kind, od_nsec now)
{
    return (struct od_notice){
        .kind = kind,
        .state = player->state,
        .step = player->next_step,
        .top = player->top,
        .time = od_state_next_time(player, now),
        .environment = player->environment,
        .ramp_to = player->transport.ramp.to,
        .ramp_steps = player->transport.ramp.steps,
        .transport = player->transport,
    };
}

void
od_state_say(struct od_player *player, const struct od_notice *notice)
{
    player->ops->notice(player->context, notice);
}

void
od_state_say_sync(struct od_player *player, const od_nsec *error, od_nsec now)
{
    struct od_notice notice = od_state_notice(player, OD_NOTICE_SYNC, now);
    notice.sync.state = player->sync.state;
    notice.sync.measured = error != NULL;
    notice.sync.error = error != NULL ? *error : 0;
    notice.sync.in_step = error != NULL && llabs(*error) <= player->transport.length.ns / 2;
    notice.sync.jumps = player->sync.jumps;
    notice.sync.lost = player->sync.lost;
    od_state_say(player, &notice);
}

void
od_state_say_loud(struct od_player *player, const struct od_program *program, unsigned voice,
                  int64_t step, od_nsec time)
{
    uint64_t bit = UINT64_C(1) << (voice % 64), *told = &player->loud[voice / 64];
    if (program->lineage != player->loud_lineage) {
        memset(player->loud, 0, sizeof player->loud);
        player->loud_lineage = program->lineage;
    }
    if ((*told & bit) == 0) {
        const struct od_notice notice = {.kind = OD_NOTICE_LOUD,
                                         .step = step,
                                         .time = time,
                                         .count = voice,
                                         .program = (struct od_program *)(uintptr_t)program};
        *told |= bit;
        od_state_say(player, &notice);
    }
}

void
od_state_settle(struct od_player *player, od_nsec now)
{
    const struct od_sync_grid grid = {&player->transport, &player->next_step};
    if (od_sync_settle(&player->sync, &grid)) {
        player->clock_behind = true; /* slaves have to be told where we are */
    }
    if (player->sync.move == OD_SYNC_IN_STEP) {
        od_state_say_sync(player, NULL, now); /* the grid is another one */
    }
}

int64_t
od_state_sounding(const struct od_player *player, od_nsec now)
{
    if (player->state != OD_PLAYING) {
        return player->next_step;
    }
    int64_t step = od_transport_step_at(&player->transport, now + 1) - 1;
    return step < 0 ? 0 : step < player->next_step ? step : player->next_step;
}

od_nsec
od_state_early(const struct od_player *player, const struct od_program *program)
{
    double bpm = player->environment.bpm;
    bool brings = program != player->program && program->sets_environment;
    bpm = brings && program->environment.bpm > 0 ? fmin(bpm, program->environment.bpm) : bpm;
    double step = od_step_seconds(bpm) * (double)OD_NSEC_PER_SEC;
    return program->early + (od_nsec)ceil(program->early_steps * step);
}

bool
od_state_has_room(const struct od_player *player, uint8_t kind)
{
    size_t room = player->agenda.capacity - player->agenda.count;
    bool expendable = kind == OD_AGENDA_OSC || kind == OD_AGENDA_NOTE || kind == OD_AGENDA_TRIGGER;
    return room > (expendable ? RESERVED_ITEMS : 0);
}

void
od_state_push(struct od_player *player, const struct od_agenda_item *item)
{
    if (!od_state_has_room(player, item->kind) || !od_agenda_push(&player->agenda, item)) {
        od_counter_add(&player->counts.lost_events, 1);
        return;
    }
    if (item->program != NULL) {
        item->program->pins++;
    }
    od_counter_set(&player->counts.agenda_high_water, player->agenda.high_water);
}

void
od_state_push_clock(struct od_player *player, od_nsec time, int64_t step,
                    const unsigned char *bytes, unsigned size)
{
    struct od_agenda_item item = {.kind = OD_AGENDA_CLOCK, .step = step, .size = (uint8_t)size};
    item.as.note.voice = OD_NO_VOICE;
    memcpy(item.bytes, bytes, size);
    for (unsigned port = 0; port < player->settings.n_ports; port++) {
        if (od_state_has_clock(player, port)) {
            item.port = (uint8_t)port;
            item.time = time + player->settings.midi_offset[port];
            od_state_push(player, &item);
        }
    }
}

void
od_state_push_stop(struct od_player *player, od_nsec time)
{
    static const unsigned char stop[] = {OD_MIDI_STOP};
    if (player->settings.clock_ports != 0) {
        od_state_push_clock(player, time, player->next_step, stop, sizeof stop);
    }
}

static void
give_back(struct od_player *player, struct od_program *program)
{
    const struct od_notice notice = {
        .kind = OD_NOTICE_RETIRED, .program = program, .change = program->change};
    od_state_say(player, &notice);
}

void
od_state_unpin(struct od_player *player, struct od_program *program)
{
    if (--program->pins > 0 || program == player->program) {
        return;
    }
    struct od_program **link = &player->retiring;
    while (*link != NULL && *link != program) {
        link = &(*link)->next;
    }
    if (*link == program) {
        *link = program->next;
        give_back(player, program);
    }
}

void
od_state_retire(struct od_player *player, struct od_program *program)
{
    if (program->pins > 0) {
        program->next = player->retiring;
        player->retiring = program;
        return;
    }
    give_back(player, program);
}

void
od_state_forget_controls(struct od_player *player, unsigned port)
{
    for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
        for (unsigned control = 0; control < OD_CONTROLS; control++) {
            player->controls[port][channel][control] = INT16_MIN;
        }
    }
}
