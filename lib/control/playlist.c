#include "control/playlist.h"

static int64_t
loops_each(const struct od_playlist *list)
{
    return list->loops > 0 ? list->loops : 1;
}

int64_t
od_playlist_length(const struct od_playlist *list)
{
    return loops_each(list) * OD_STEPS;
}

bool
od_playlist_next(struct od_playlist *list, struct od_command *command)
{
    if (list->next >= list->n) {
        return false;
    }
    *command = (struct od_command){
        .kind = list->next == 0 ? OD_COMMAND_PROGRAM : OD_COMMAND_FOLLOW,
        .owner = OD_OWNER_LIST,
        .place = od_playlist_length(list),
        .program = od_take_program(list->takes[list->next]),
    };
    list->next++;
    return true;
}

int64_t
od_playlist_steps(const struct od_playlist *list)
{
    int64_t steps = list->loops > 0 ? (int64_t)list->n * list->loops * OD_STEPS : INT64_MAX;
    int64_t limit = list->bars > 0 ? list->bars * OD_BAR_STEPS : INT64_MAX;
    return steps < limit ? steps : limit;
}

bool
od_playlist_end(const struct od_playlist *list, struct od_command *command)
{
    *command = (struct od_command){.kind = OD_COMMAND_END, .place = od_playlist_steps(list)};
    return command->place != INT64_MAX;
}
