#include "status.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/version.h"
#include "report.h"
#include "world/clock.h"

static od_nsec
wall(const struct status *status, od_nsec time)
{
    return engine_wall(status->engine, time);
}

void
status_ready(const struct status *status, od_nsec latency)
{
    const struct connections_facts facts = connections_facts(status->connections);
    struct od_buf *line = events_begin(&status->speech->events, "ready", NULL);
    events_text(line, "version", OD_VERSION);
    events_count(line, "control", OD_CONTROL_VERSION);
    events_count(line, "pid", (uint64_t)getpid());
    events_number(line, "latency_ms", (double)latency / (double)OD_NSEC_PER_MS);
    if (facts.osc) {
        od_buf_printf(line, ",\"osc\":{\"host\":");
        od_buf_json_string(line, facts.osc_host);
        events_count(line, "port", facts.osc_port);
        od_buf_printf(line, "}");
    } else {
        events_null(line, "osc");
    }
    events_text(line, "midi", facts.midi_connected ? facts.midi_port : NULL);
    events_end(&status->speech->events, false);
}

/* Members of an array of the track ids, each once. */
static void
add_track_ids(struct od_buf *line, const struct session_state *session, bool audible_only)
{
    const struct tracks *tracks = &session->tracks;
    bool first = true;
    for (size_t i = 0; i < tracks->n; i++) {
        if (!tracks_is_first(tracks, i) ||
            (audible_only && !od_take_track(session->current, i).audible)) {
            continue;
        }
        od_buf_printf(line, "%s", first ? "" : ",");
        od_buf_json_string(line, tracks->rows[i].id);
        first = false;
    }
}

static void
add_scenes(struct od_buf *line, const struct od_take *take)
{
    if (take == NULL) {
        return;
    }
    const struct od_score *score = od_shared_score_get(od_take_scenes(take));
    for (uint32_t i = 1; i < score->count[OD_SECTION_PARTS]; i++) {
        od_buf_printf(line, "%s", i > 1 ? "," : "");
        od_buf_json_string(line, score->strings + score->parts[i].name);
    }
}

static void
add_pending(struct od_buf *line, const struct pending *pending)
{
    od_buf_printf(line, ",\"pending\":[");
    if (pending->active) {
        const char *scene = od_take_scene(pending->take);
        od_buf_printf(line, "{\"change\":%" PRIu64, pending->change);
        events_text(line, "type", pending->scene ? "scene" : "session");
        events_text(line, "scene", *scene != '\0' ? scene : NULL);
        events_text(line, "timing", pending->boundary.word);
        events_count(line, "step", (uint64_t)(pending->step & (OD_STEPS - 1)));
        od_buf_printf(line, "}");
    }
    od_buf_printf(line, "]");
}

static void
add_connections(struct od_buf *line, const struct connections_facts *facts)
{
    od_buf_printf(line, ",\"osc\":{\"enabled\":%s", facts->osc ? "true" : "false");
    events_bool(line, "connected", facts->osc_answers);
    events_text(line, "host", facts->osc_host);
    events_count(line, "port", facts->osc_port);
    od_buf_printf(line, "},\"midi\":{\"enabled\":%s", facts->midi_port != NULL ? "true" : "false");
    events_bool(line, "connected", facts->midi_connected);
    events_text(line, "port", facts->midi_port);
    od_buf_printf(line, "}");
}

/* Where we are in what plays: of a song its entry and pass, else how often the longest sequence
 * went round. */
static void
add_section(struct od_buf *line, const struct session_state *session)
{
    struct od_take *take = session->current;
    if (take == NULL) {
        events_null(line, "section");
        return;
    }
    const char *scene = od_take_scene(take);
    struct od_take_entry entry = od_take_entry(take);
    int64_t since = session->position > session->top ? session->position - session->top : 0;
    int64_t length = od_take_program(take)->length;
    od_buf_printf(line, ",\"section\":{\"scene\":");
    if (*scene != '\0') {
        od_buf_json_string(line, scene);
    } else {
        od_buf_printf(line, "null");
    }
    events_count(line, "step", (uint64_t)(entry.number > 0 ? since : since % length));
    events_count(line, "pass", entry.number > 0 ? entry.pass : (uint64_t)(since / length));
    od_buf_printf(line, "}");
}

static void
add_position(struct od_buf *line, const struct status *status)
{
    const struct session_state *session = status->session;
    od_buf_printf(line, ",\"position\":{");
    int64_t step = session->position >= 0 ? session->position : 0;
    bool rests = session->state != OD_PLAYING; /* then nothing sounds, and it is there now */
    events_step(line, step, wall(status, rests ? od_clock_now() : session->position_time));
    add_section(line, session);
    od_buf_printf(line, "}");
    if (session->state == OD_PLAYING) {
        od_nsec anchor = od_transport_time(&session->transport, 0);
        events_time(line, "anchor", wall(status, anchor));
        od_buf_printf(line, ",\"anchor_ns\":%" PRId64, anchor);
    } else {
        events_null(line, "anchor_ns");
        events_null(line, "anchor");
    }
}

void
status_say(const struct status *status, const char *id)
{
    struct session_state *session = status->session;
    const struct connections_facts facts = connections_facts(status->connections);
    const char *scene = session->current != NULL ? od_take_scene(session->current) : "";
    if (!status->speech->events.enabled) {
        return;
    }
    (void)session_state_learn(session); /* without memory for it clients see no tracks */
    struct od_buf *line = events_begin(&status->speech->events, "status", id);
    events_text(line, "state", display_word(session->state));
    events_number(line, "bpm", session->environment.bpm);
    events_number(line, "swing", session->environment.swing);
    events_number(line, "default_gate", session->environment.gate);
    add_position(line, status);
    events_count(line, "top", (uint64_t)session->top);
    songs_member(status->songs, line);
    od_buf_printf(line, ",\"tracks\":[");
    add_track_ids(line, session, false);
    od_buf_printf(line, "],\"active_tracks\":[");
    add_track_ids(line, session, true);
    od_buf_printf(line, "]");
    events_text(line, "scene", *scene != '\0' ? scene : NULL);
    od_buf_printf(line, ",\"scenes\":[");
    add_scenes(line, session->current);
    od_buf_printf(line, "]");
    add_pending(line, &session->pending);
    add_connections(line, &facts);
    following_member(status->following, line, od_clock_now());
    events_end(&status->speech->events, false);
}

static void
add_track(struct od_buf *line, const struct track_row *row, const struct od_track_info *info,
          uint32_t sequence_length)
{
    unsigned length = 0;
    od_buf_printf(line, "{\"id\":");
    od_buf_json_string(line, info->id);
    events_text(line, "kind", info->midi ? "midi" : "osc");
    events_text(line, "sound", info->sound);
    if (info->midi) {
        events_count(line, "channel", (uint64_t)info->channel);
    } else {
        events_null(line, "channel");
    }
    od_buf_printf(line, ",\"orbit\":%d", info->orbit);
    events_number(line, "gain", info->gain);
    events_number(line, "pan", info->pan);
    events_count(line, "velocity", (uint64_t)info->velocity);
    events_bool(line, "muted", info->mute);
    events_bool(line, "solo", info->solo);
    events_bool(line, "muted_in_session", info->given_mute);
    events_bool(line, "solo_in_session", info->given_solo);
    events_bool(line, "audible", info->audible);
    events_text(line, "line", info->line);
    events_count(line, "events", row->events);
    od_buf_printf(line, ",\"steps\":[");
    for (unsigned step = 0; step < OD_STEPS; step++) {
        if (tracks_has(row, step)) {
            od_buf_printf(line, "%s%u", length > 0 ? "," : "", step);
            length = step + 1;
        }
    }
    od_buf_printf(line, "],\"length\":%u,\"sequence_length\":%u}", length, sequence_length);
}

void
status_say_tracks(const struct status *status, const char *id)
{
    struct session_state *session = status->session;
    if (!status->speech->events.enabled) {
        return;
    }
    (void)session_state_learn(session);
    struct od_buf *line = events_begin(&status->speech->events, "tracks", id);
    od_buf_printf(line, ",\"tracks\":[");
    bool first = true;
    for (size_t i = 0; i < session->tracks.n; i++) {
        if (tracks_is_first(&session->tracks, i)) {
            struct od_track_info info = od_take_track(session->current, i);
            od_buf_printf(line, "%s", first ? "" : ",");
            add_track(line, &session->tracks.rows[i], &info,
                      od_take_program(session->current)->voices[i].length);
            first = false;
        }
    }
    od_buf_printf(line, "]");
    events_end(&status->speech->events, false);
}

/* ---- for people ---- */

static struct od_picture
shown(const struct status *status, od_nsec now)
{
    const struct view_sources sources = {status->session,   status->connections, status->engine,
                                         status->following, status->speech,      status->waiting};
    return view_picture(status->view, &sources, now);
}

void
status_tell(const struct status *status)
{
    const struct od_picture picture = shown(status, od_clock_now());
    const struct od_take *take = status->session->current;
    display_clear(&status->speech->display);
    display_say(&picture);
    following_tell(status->following, status->speech, od_clock_now());
    if (take == NULL) {
        say_people(status->speech, "nothing is loaded");
        return;
    }
    const struct od_score *score = od_shared_score_get(od_take_scenes(take));
    for (uint32_t i = 1; i < score->count[OD_SECTION_PARTS]; i++) {
        const char *name = score->strings + score->parts[i].name;
        say_people(status->speech, "scene %s%s", name,
                   strcmp(name, od_take_scene(take)) == 0 ? " (it plays)" : "");
    }
}

void
status_tell_tracks(const struct status *status)
{
    struct session_state *session = status->session;
    if (session->current == NULL) {
        say_people(status->speech, "nothing is loaded");
        return;
    }
    if (!session_state_learn(session)) {
        say_people(status->speech, "%s", od_status_text(OD_ENOMEM));
        return;
    }
    for (size_t i = 0; i < session->tracks.n; i++) {
        if (tracks_is_first(&session->tracks, i)) {
            const struct od_track_info info = od_take_track(session->current, i);
            say_people(status->speech, "%-20s %-16s %6" PRIu64 " events%s%s%s", info.id,
                       info.midi ? "MIDI" : info.sound, session->tracks.rows[i].events,
                       info.mute ? ", muted" : "", info.solo ? ", solo" : "",
                       info.audible ? "" : ", not heard");
        }
    }
}

void
status_draw(const struct status *status, od_nsec now)
{
    struct display *display = &status->speech->display;
    if (display_is_due(display, now)) {
        const struct od_picture picture = shown(status, now);
        display_draw(display, &picture, now);
    }
}

od_nsec
status_draw_next(const struct status *status, od_nsec now)
{
    return display_next(&status->speech->display, view_next(status->session, now));
}

/* ---- what becomes ---- */

static void
add_change(void *context, const char *id, const char *what, const char *param)
{
    struct od_buf *line = context;
    od_buf_printf(line, "%s{\"track\":", line->data[line->length - 1] == '[' ? "" : ",");
    od_buf_json_string(line, id);
    events_text(line, "what", what);
    events_text(line, "param", *param != '\0' ? param : NULL);
    od_buf_printf(line, "}");
}

/* What was changed live and holds on. */
static void
add_changes(struct od_buf *line, const struct od_take *take)
{
    if (take != NULL && od_take_is_changed(take)) {
        od_buf_printf(line, ",\"kept\":[");
        if (!line->failed) {
            od_take_each_change(take, add_change, line);
        }
        od_buf_printf(line, "]");
    }
}

void
status_applied(const struct status *status, const struct od_notice *notice, const char *what,
               const char *scene)
{
    struct od_buf *line = events_begin(&status->speech->events, "applied", NULL);
    events_text(line, "what", what);
    events_count(line, "change", notice->change);
    events_text(line, "scene", scene);
    if (od_take_entry(od_take_of(notice->program)).number > 0) {
        songs_entry_members(status->songs, line);
    }
    events_number(line, "bpm", notice->environment.bpm);
    od_buf_append(line, ",", 1);
    events_step(line, notice->step, wall(status, notice->time));
    add_changes(line, status->session->current);
    events_end(&status->speech->events, false);
}

void
status_position(const struct status *status)
{
    struct od_buf *line = events_begin(&status->speech->events, "position", NULL);
    od_buf_append(line, ",", 1);
    events_step(line, status->session->position, wall(status, status->session->position_time));
    add_section(line, status->session);
    events_end(&status->speech->events, true);
}

void
status_bye(const struct status *status, const char *reason)
{
    const struct od_player_counts *counts = status->engine->counts;
    struct od_buf *line = events_begin(&status->speech->events, "bye", NULL);
    events_text(line, "reason", reason);
    events_count(line, "dropped_steps", od_counter_read(&counts->dropped_steps));
    events_count(line, "pending_note_offs",
                 od_counter_read(&counts->pending_note_offs) +
                     od_counter_read(&status->engine->exchange.unended));
    events_end(&status->speech->events, false);
}
