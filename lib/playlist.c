#include "playlist.h"

static int64_t
loops_each(const struct od_playlist *list)
{
    return list->loops > 0 ? list->loops : 1;
}

bool
od_playlist_next(struct od_playlist *list, struct od_command *command)
{
    if (list->next >= list->n) {
        return false;
    }
    *command = (struct od_command){
        .kind = OD_COMMAND_PROGRAM,
        .when = list->next == 0 ? OD_WHEN_NOW : OD_WHEN_AT,
        .step = (int64_t)list->next * loops_each(list) * OD_STEPS,
        .program = od_take_program(list->takes[list->next]),
    };
    list->next++;
    return true;
}

bool
od_playlist_end(const struct od_playlist *list, struct od_command *command)
{
    *command = (struct od_command){.kind = OD_COMMAND_END,
                                   .step = (int64_t)list->n * list->loops * OD_STEPS};
    return list->loops > 0;
}
