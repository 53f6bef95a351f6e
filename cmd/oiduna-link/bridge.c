#include "bridge.h"

#include <math.h>

#include "base/units.h"

#define TEMPO_SAME 1e-6 /* of the tempo */
#define PATIENCE   (2 * OD_NSEC_PER_SEC)
#define BEAT_SAME  0.02 /* beats: nearer a session that is ours alone is left as it is */

/*
 * A session shares the place in the quantum only: which of them it is in, everybody counts for
 * itself. Ours is the one that moves the player least.
 */
static double
nearest(double step, double expected, double length)
{
    return step + rint((expected - step) / length) * length;
}

static double
expected_step(const struct bridge *bridge, const struct od_link_state *session,
              const struct bridge_player *player)
{
    if (player->placed) {
        return player->step;
    }
    if (bridge->placed) {
        return bridge->step + (double)(session->time - bridge->time) / 15e9 * bridge->bpm;
    }
    return session->beat * OD_BEAT_STEPS;
}

static void
tell(struct bridge *bridge, const struct od_link_state *session, double expected,
     struct bridge_deeds *deeds)
{
    double length = bridge->quantum * OD_BEAT_STEPS;
    double step = nearest(session->beat * OD_BEAT_STEPS, expected, length);
    bridge->placed = bridge->follows = true;
    bridge->step = step;
    bridge->bpm = session->bpm;
    bridge->time = session->time;
    deeds->tell = true;
    deeds->line = (struct od_sync_line){step, session->bpm, session->time};
}

/* When the session starts, its next quantum is the beginning: what comes before it is counted in.
 */
static double
counted_in(const struct bridge *bridge, const struct od_link_state *session)
{
    double into = fmod(session->beat, bridge->quantum);
    into += into < 0 ? bridge->quantum : 0;
    return (into - bridge->quantum) * OD_BEAT_STEPS;
}

/* Nobody else is there: the session becomes what the player is, so that whoever comes finds that.
 */
static void
alone(struct bridge *bridge, const struct od_link_state *session,
      const struct bridge_player *player, struct bridge_deeds *deeds)
{
    deeds->let_go = bridge->follows;
    bridge->follows = bridge->placed = false;
    if (!player->known || player->bpm < OD_BPM_MIN) {
        return;
    }
    double bpm = fmin(fmax(player->bpm, OD_LINK_BPM_MIN), OD_LINK_BPM_MAX);
    if (fabs(session->bpm / bpm - 1) > TEMPO_SAME) {
        deeds->tempo = bpm;
    }
    double off = player->step / OD_BEAT_STEPS - session->beat;
    off -= rint(off / bridge->quantum) * bridge->quantum;
    if (player->placed && fabs(off) > BEAT_SAME) {
        deeds->place = true;
        deeds->beat = player->step / OD_BEAT_STEPS;
    }
}

/* What the player was told takes a moment: until then what it says is no wish of its own, nor later
 * if it did not do so. */
static bool
is_patient(struct bridge *bridge, const struct od_link_state *session,
           const struct bridge_player *player)
{
    bool unheard = bridge->patient_until != 0 && player->changes == bridge->changes;
    if (unheard && session->time < bridge->patient_until) {
        return true;
    }
    if (unheard) {
        bridge->player_plays = player->playing;
    }
    bridge->patient_until = 0;
    return false;
}

/* Whoever changed tells the other; a player that was not there comes to what the session does. */
static void
share_start(struct bridge *bridge, const struct od_link_state *session,
            const struct bridge_player *player, struct bridge_deeds *deeds)
{
    bool first = !bridge->seen;
    bridge->seen = player->known;
    if (!player->known) {
        return;
    }
    bool patient = !first && is_patient(bridge, session, player);
    bool session_changed =
        first ? session->playing && session->peers > 0 : session->playing != bridge->session_plays;
    bool player_changed = first ? player->playing && session->peers == 0
                                : !patient && player->playing != bridge->player_plays;
    if (session_changed && (patient || session->playing != player->playing)) {
        deeds->start = session->playing;
        deeds->stop = !session->playing;
        bridge->patient_until = session->time + PATIENCE;
        bridge->changes = player->changes;
    } else if (player_changed && session->playing != player->playing) {
        deeds->play = player->playing;
        deeds->pause = !player->playing;
    }
    bridge->session_plays = deeds->play || (session->playing && !deeds->pause);
    if (deeds->start || deeds->stop || !patient) {
        bridge->player_plays = deeds->start || (player->playing && !deeds->stop);
    }
}

struct bridge_deeds
bridge_look(struct bridge *bridge, const struct od_link_state *session,
            const struct bridge_player *player)
{
    struct bridge_deeds deeds = {0};
    if (bridge->start_stop) {
        share_start(bridge, session, player, &deeds);
    }
    if (session->peers == 0) {
        alone(bridge, session, player, &deeds);
    } else if (deeds.start) {
        tell(bridge, session, counted_in(bridge, session), &deeds);
    } else if (session->bpm >= OD_BPM_MIN && session->bpm <= OD_BPM_MAX) {
        tell(bridge, session, expected_step(bridge, session, player), &deeds);
    }
    return deeds;
}
