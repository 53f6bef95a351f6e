#include "desk.h"

#include "world/clock.h"

#define TELL_EVERY (50 * OD_NSEC_PER_MS)

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

od_nsec
desk_pays_next(const struct desk *desk)
{
    return desk->owed.status || desk->owed.tracks ? desk->owed.next : OD_NSEC_NEVER;
}

void
desk_pay(struct desk *desk, od_nsec now)
{
    const struct owed owed = desk->owed;
    if ((!owed.status && !owed.tracks) || now < owed.next) {
        return;
    }
    desk->owed = (struct owed){.next = now + TELL_EVERY};
    if (owed.tracks) {
        status_say_tracks(desk->status, NULL);
    }
    if (owed.status) {
        status_say(desk->status, NULL);
    }
}

void
desk_tell(struct desk *desk, bool status, bool tracks, bool can_wait)
{
    struct owed *owed = &desk->owed;
    *owed =
        (struct owed){owed->status || status, owed->tracks || tracks, can_wait ? owed->next : 0};
    desk_pay(desk, od_clock_now());
}
