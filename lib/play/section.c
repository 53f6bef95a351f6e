#include "play/section.h"

#include "play/tempo.h"

#define PATIENCE OD_NSEC_PER_SEC

void
od_section_leave(struct od_player *player)
{
    struct od_program *program = player->section.program;
    player->section = (struct od_section_next){.step = INT64_MAX};
    if (program != NULL) {
        od_state_retire(player, program);
    }
}

void
od_section_follow(struct od_player *player, const struct od_command *command)
{
    if (player->program == NULL || player->program->lineage != command->change) {
        if (command->program != NULL) {
            od_state_retire(player, command->program);
        }
        return;
    }
    od_section_leave(player);
    if (command->place >= 0) {
        player->section.program = command->program;
        player->section.step = player->top + command->place;
    }
}

bool
od_section_take(struct od_player *player, struct od_section_next *next)
{
    if (player->section.step > player->next_step) {
        return false;
    }
    *next = player->section;
    player->section = (struct od_section_next){.step = INT64_MAX};
    return true;
}

bool
od_section_waits(struct od_player *player, od_nsec now)
{
    struct od_section_next *section = &player->section;
    if (section->awaited && section->patience == 0) {
        section->patience = now + PATIENCE;
    }
    if (section->awaited && now < section->patience) {
        return true;
    }
    section->awaited = false;
    section->patience = 0;
    return false;
}

void
od_section_move(struct od_player *player, int64_t steps)
{
    if (player->program->in_song) {
        player->top += steps;
        player->section.step += player->section.step != INT64_MAX ? steps : 0;
    }
}

void
od_section_place(struct od_player *player, const struct od_command *command)
{
    if (player->state == OD_PLAYING) {
        return;
    }
    int64_t top = command->step < command->place ? command->step : command->place;
    player->section.step += player->section.step != INT64_MAX ? top - player->top : 0;
    player->top = top;
    player->next_step = command->place;
    player->placed = true;
    od_tempo_place(player);
}
