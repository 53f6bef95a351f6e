#include "session_state.h"

#define BPM 120 /* until a score says otherwise */

void
session_state_init(struct session_state *session, double bpm)
{
    *session = (struct session_state){.environment = {.bpm = bpm > 0 ? bpm : BPM, .gate = 1},
                                      .position = -1};
}

void
session_state_clear(struct session_state *session)
{
    session_state_forget_pending(session);
    od_take_unref(session->current);
    tracks_clear(&session->tracks);
    *session = (struct session_state){0};
}

void
session_state_play(struct session_state *session, struct od_take *take)
{
    od_take_ref(take);
    od_take_unref(session->current);
    session->current = take;
    od_take_applied(take);
    tracks_clear(&session->tracks);
}

void
session_state_wait(struct session_state *session, const struct pending *pending)
{
    session_state_forget_pending(session);
    session->pending = *pending;
    session->pending.active = true;
}

void
session_state_forget_pending(struct session_state *session)
{
    od_take_unref(session->pending.take);
    session->pending = (struct pending){0};
}

static void
heard_state(struct session_state *session, const struct od_notice *notice)
{
    session->state = notice->state;
    session->plays = notice->state == OD_PLAYING;
    if (notice->state == OD_STOPPED) {
        session->position = 0;
    } else if (session->plays) { /* until the first step is told: it is not of the last epoch */
        int64_t step = session->position >= 0 ? session->position : 0;
        session->position_time = od_transport_time(&session->transport, step);
    } else if (notice->state == OD_PAUSED && session->position != notice->step - 1) {
        session->position = notice->step - 1;
        session->position_time = notice->time;
    }
}

void
session_state_heard(struct session_state *session, const struct od_notice *notice)
{
    session->environment = notice->environment;
    session->top = notice->top;
    if (notice->kind == OD_NOTICE_POSITION) {
        session->position = notice->step;
        session->position_time = notice->time;
        return;
    }
    session->transport = notice->transport;
    if (notice->kind == OD_NOTICE_STATE) {
        heard_state(session, notice);
    }
}

bool
session_state_learn(struct session_state *session)
{
    return session->current == NULL || tracks_learn(&session->tracks, session->current);
}
