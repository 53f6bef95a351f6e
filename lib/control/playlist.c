#include "control/playlist.h"

static int64_t
loops_each(const struct od_playlist *list)
{
    return list->loops > 0 ? list->loops : 1;
}

int64_t
od_playlist_length(const struct od_playlist *list, size_t i)
{
    int64_t length = list->lengths != NULL ? list->lengths[i] : 0;
    return length > 0 ? length : loops_each(list) * OD_STEPS;
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
        .place = od_playlist_length(list, list->next > 0 ? list->next - 1 : 0),
        .program = od_take_program(list->takes[list->next]),
    };
    list->next++;
    return true;
}

int64_t
od_playlist_steps(const struct od_playlist *list)
{
    int64_t steps = list->loops > 0 || list->ends ? 0 : INT64_MAX;
    for (size_t i = 0; i < list->n && steps < INT64_MAX; i++) {
        steps += od_playlist_length(list, i);
    }
    int64_t limit = list->bars > 0 ? list->bars * OD_BAR_STEPS : INT64_MAX;
    return steps < limit ? steps : limit;
}

bool
od_playlist_end(const struct od_playlist *list, struct od_command *command)
{
    *command = (struct od_command){.kind = OD_COMMAND_END, .place = od_playlist_steps(list)};
    return command->place != INT64_MAX;
}
