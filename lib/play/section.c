#include "play/section.h"

#include "play/tempo.h"

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
    player->section = (struct od_section_next){command->program, player->top + command->place};
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
