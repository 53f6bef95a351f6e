#include "desk.h"

od_nsec
desk_first_start(struct desk *desk)
{
    bool first = !desk->session->started_once;
    desk->session->started_once = true;
    desk->session->plays = true;
    if (!first || desk->options->start_at == NULL) {
        return OD_NSEC_NEVER;
    }
    if (desk->start_monotonic) {
        return desk->start_at;
    }
    return desk->start_at - engine_wall_offset(desk->engine);
}

void
desk_start(struct desk *desk)
{
    const struct session_state *session = desk->session;
    if (session->started_once || desk->options->paused || session->current == NULL) {
        return;
    }
    const struct od_command command = {.kind = OD_COMMAND_START, .time = desk_first_start(desk)};
    conversation_send(desk->conversation, &command);
}
