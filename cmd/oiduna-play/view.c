#include "view.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define ROWS_MAX 512 /* no terminal shows more */

/* ---- where it is ---- */

/* What was planned sounds a look-ahead later. */
static int64_t
sounding(const struct session_state *session, od_nsec now)
{
    if (session->state != OD_PLAYING) {
        return session->position;
    }
    double position = floor(od_transport_position(&session->transport, now));
    if (position < 0) {
        return -1;
    }
    return position < (double)session->position ? (int64_t)position : session->position;
}

/* Steps are counted from the top of what plays, as its events are; -1 before the first of all. */
static int64_t
since_top(const struct session_state *session, int64_t step)
{
    return step < 0 ? step : step < session->top ? 0 : step - session->top;
}

od_nsec
view_next(const struct session_state *session, od_nsec now)
{
    if (session->state != OD_PLAYING) {
        return OD_NSEC_NEVER;
    }
    od_nsec next = od_transport_time(&session->transport, sounding(session, now) + 1);
    return next > now ? next : OD_NSEC_NEVER; /* it has not been planned: that will be told */
}

/* ---- the rows ---- */

void
view_clear(struct view *view)
{
    od_take_unref(view->take);
    tracks_clear(&view->known);
    free(view->tracks);
    free(view->row_of);
    memset(view, 0, sizeof *view);
}

static void
add_rows(struct view *view)
{
    size_t voices = view->known.n;
    for (size_t i = 0; i < voices; i++) {
        view->row_of[i] = OD_SCORE_NONE;
        if (!tracks_is_first(&view->known, i)) {
            continue;
        }
        if (view->n == ROWS_MAX) {
            view->more++;
            continue;
        }
        const struct od_track_info info = od_take_track(view->take, i);
        view->tracks[view->n] = (struct od_picture_track){
            .name = info.id, .muted = info.mute, .solo = info.solo, .audible = info.audible};
        view->row_of[i] = (uint32_t)view->n;
        view->n++;
    }
}

/* Learns the tracks of another take. */
static void
take_up(struct view *view, struct od_take *take)
{
    view_clear(view);
    view->bar = -1;
    if (take == NULL || !tracks_learn(&view->known, take)) {
        return;
    }
    size_t rows = view->known.n < ROWS_MAX ? view->known.n : ROWS_MAX;
    view->tracks = calloc(rows + 1, sizeof *view->tracks);
    view->row_of = calloc(view->known.n + 1, sizeof *view->row_of);
    if (view->tracks == NULL || view->row_of == NULL) {
        view_clear(view);
        return;
    }
    od_take_ref(take);
    view->take = take;
    add_rows(view);
}

static double
velocity_of(const struct od_program *program, const struct od_event *event)
{
    bool midi = program->voices[event->track].kind != OD_VOICE_OSC;
    return midi ? (double)(event->midi_velocity & 0x7f) / 127 : (double)event->velocity;
}

static void
add_onset(struct view *view, const struct od_event *event, unsigned cell)
{
    uint32_t row = view->row_of[view->known.rows[event->track].first];
    if (row != OD_SCORE_NONE) {
        uint8_t level = od_picture_level(velocity_of(od_take_program(view->take), event));
        uint8_t *held = &view->tracks[row].cells[cell];
        *held = level > *held ? level : *held;
    }
}

/* Of one ring: what plays in this pass, and not what may play in another. */
static void
fill_ring(struct view *view, size_t ring, int64_t first)
{
    const struct od_program *program = od_take_program(view->take);
    for (unsigned cell = 0; cell < OD_BAR_STEPS; cell++) {
        struct od_run run = od_ring_step(program, ring, first + cell);
        for (const struct od_event *event = run.at; event != run.end; event++) {
            if (od_program_plays(program, event, first + cell)) {
                add_onset(view, event, cell);
            }
        }
    }
}

static void
fill_cells(struct view *view, int64_t bar)
{
    const struct od_program *program = od_take_program(view->take);
    for (size_t i = 0; i < view->n; i++) {
        memset(view->tracks[i].cells, 0, sizeof view->tracks[i].cells);
    }
    for (size_t i = 0; i < program->n_rings; i++) {
        fill_ring(view, i, bar * OD_BAR_STEPS);
    }
    view->bar = bar;
}

/* ---- all of it ---- */

static enum od_picture_link
link_of(bool wanted, bool there)
{
    return !wanted ? OD_PICTURE_OFF : there ? OD_PICTURE_OK : OD_PICTURE_MISSING;
}

/* What waits for its boundary, or for its time, whichever comes first. */
static void
add_next(struct od_picture *picture, const struct view_sources *sources)
{
    const struct pending *pending = &sources->session->pending;
    const struct waiting *waiting = sources->waiting;
    const struct waiting_entry *first = waiting->n > 0 ? waiting->entries : NULL;
    size_t n = waiting->n + pending->active;
    if (pending->active && (first == NULL || pending->step <= first->step)) {
        const char *scene = pending->take != NULL ? od_take_scene(pending->take) : "";
        picture->next = *scene != '\0'    ? scene
                        : pending->scene  ? "no scene"
                        : pending->tracks ? "tracks"
                                          : "session";
        picture->next_step = pending->step - sources->session->top;
    } else if (first != NULL) {
        picture->next = first->timed.text;
        picture->next_step = first->step - sources->session->top;
    }
    picture->more_next = n > 0 ? n - 1 : 0;
}

static const char *
sync_of(struct view *view, const struct following *following)
{
    if (following->state == OD_SYNC_OFF) {
        return NULL;
    }
    const char *source = *following->source != '\0' ? following->source : "master";
    if (following->peers >= 0) {
        snprintf(view->sync, sizeof view->sync, "%s, %" PRId64 " peer%s", source, following->peers,
                 following->peers == 1 ? "" : "s");
    } else {
        snprintf(view->sync, sizeof view->sync, "%s", source);
    }
    return view->sync;
}

struct od_picture
view_picture(struct view *view, const struct view_sources *sources, od_nsec now)
{
    const struct session_state *session = sources->session;
    const struct connections_facts facts = connections_facts(sources->connections);
    const struct report_summary summary = report_summary(sources->engine);
    int64_t step = since_top(session, sounding(session, now));
    int64_t bar = step < 0 ? 0 : step / OD_BAR_STEPS;
    if (view->take != session->current) {
        take_up(view, session->current);
    }
    if (view->take != NULL && view->bar != bar) {
        fill_cells(view, bar);
    }
    struct od_picture picture = {
        .state = session->state,
        .step = step,
        .loop_steps = OD_STEPS,
        .bpm = session->environment.bpm,
        .scene = session->current != NULL ? od_take_scene(session->current) : NULL,
        .sync = sync_of(view, sources->following),
        .sync_lost = sources->following->state == OD_SYNC_HOLDING,
        .osc = link_of(facts.osc, facts.osc_answers),
        .midi = link_of(facts.midi_port != NULL, facts.midi_connected),
        .drops = summary.dropped_steps,
        .events = summary.events,
        .lateness_p99 = summary.lateness_p99,
        .answer = sources->speech->last,
        .answer_failed = sources->speech->last_failed,
        .tracks = view->tracks,
        .n_tracks = view->n,
        .more_tracks = view->more,
    };
    add_next(&picture, sources);
    return picture;
}
