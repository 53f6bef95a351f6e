#include <stdio.h>
#include <string.h>

#include "text/session_read.h"

#define ORBITS        12            /* SuperDirt's; a mixer line's number is an orbit */
#define SUGGEST_AMONG ((size_t)512) /* of more names only the first are searched for a near one */
#define NOWHERE       SIZE_MAX

/* The mixer lines of the session, or of a scene that has its own. */
struct lines {
    struct od_part *owner;
    bool *echo_moves; /* of each line: a track that goes through it modulates its echo */
    struct od_read_names by_name; /* → place */
    struct od_read_names
        includes; /* track id → first line that includes it; mark: a track is known */
};

/* A part with what its names lead to. */
struct view {
    struct od_part *part;
    struct lines *lines; /* that it plays with */
    struct od_read_names tracks, midi_tracks, sequences;
    size_t *line_of; /* of each track, or NOWHERE */
};

struct resolving {
    struct od_reader *reader;
    struct view *views; /* of the session, then of its scenes */
    size_t n_views;
    struct lines *lines; /* as many places; those without own lines stay empty */
};

/* ---- findings ---- */

struct path {
    char text[OD_READ_POINTER_SIZE];
};

static void
step(struct path *path, const char *name)
{
    od_json_pointer_step(path->text, sizeof path->text, name, strlen(name));
}

static void
step_index(struct path *path, size_t index)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%zu", index);
    step(path, digits);
}

static struct path
path_of(const struct od_part *part, const char *kind, const char *id)
{
    struct path path = {""};
    if (part->name.text != NULL) {
        step(&path, "scenes");
        step(&path, part->name.text);
    }
    step(&path, kind);
    step(&path, id);
    return path;
}

static void
warn(struct resolving *r, size_t offset, const struct path *path, const char *code,
     const char *message)
{
    od_diag_add(r->reader->diags, OD_WARNING, offset, path->text, code, "%s", message);
}

/* The name of a table that is nearest to a word, or NULL. Of several the first in the text: where a
 * name lies in the table is another on every run. */
static const char *
find_nearest(const char *word, const struct od_read_names *names)
{
    const char *near[SUGGEST_AMONG] = {NULL};
    size_t n = 0;
    for (size_t i = 0; i < names->n_slots; i++) {
        const struct od_read_names_slot *slot = &names->slots[i];
        if (slot->text != NULL && slot->value < SUGGEST_AMONG) {
            near[slot->value] = slot->text;
        }
    }
    for (size_t i = 0; i < SUGGEST_AMONG; i++) {
        if (near[i] != NULL) {
            near[n++] = near[i];
        }
    }
    return od_diag_nearest(word, near, n);
}

/* A kind of names: what they are, those there are, and what follows from there being no such. */
struct kind {
    const char *code, *what;
    const struct od_read_names *among, *more; /* `more` may be NULL */
    const char *then;
};

/* "; did you mean 'x'?" if there is a near one, else "". */
static const char *
suggest(const struct resolving *r, const char *word, const struct kind *kind, char *out,
        size_t size)
{
    char shown[OD_READ_SHOWN];
    out[0] = '\0';
    if (r->reader->diags->count == OD_DIAG_MAX) {
        return out;
    }
    const char *nearest = find_nearest(word, kind->among);
    if (nearest == NULL && kind->more != NULL) {
        nearest = find_nearest(word, kind->more);
    }
    if (nearest != NULL) {
        snprintf(out, size, "; did you mean '%s'?", od_read_shown(nearest, strlen(nearest), shown));
    }
    return out;
}

static void
warn_unknown(struct resolving *r, const struct od_name *name, const struct path *path,
             const struct kind *kind)
{
    char message[256], shown[OD_READ_SHOWN], near[OD_READ_SHOWN + 32];
    snprintf(message, sizeof message, "there is no %s '%s'%s%s", kind->what,
             od_read_shown(name->text, strlen(name->text), shown), kind->then,
             suggest(r, name->text, kind, near, sizeof near));
    warn(r, name->offset, path, kind->code, message);
}

/* A track of either kind. */
static void
warn_unknown_track(struct resolving *r, const struct od_name *id, const struct path *path,
                   const struct view *view, const char *then)
{
    struct kind kind = {"unknown-track", "track", &view->tracks, &view->midi_tracks, then};
    warn_unknown(r, id, path, &kind);
}

/* ---- tables ---- */

static bool
index_tracks(struct resolving *r, struct view *view)
{
    const struct od_part *part = view->part;
    if (!od_read_names_init(r->reader, &view->tracks, part->n_tracks) ||
        !od_read_names_init(r->reader, &view->midi_tracks, part->n_midi_tracks) ||
        !od_read_names_init(r->reader, &view->sequences, part->n_sequences)) {
        return false;
    }
    for (size_t i = 0; i < part->n_tracks; i++) {
        od_read_names_put(&view->tracks, part->tracks[i].id.text, i);
    }
    for (size_t i = 0; i < part->n_midi_tracks; i++) {
        od_read_names_put(&view->midi_tracks, part->midi_tracks[i].id.text, i);
    }
    for (size_t i = 0; i < part->n_sequences; i++) {
        od_read_names_put(&view->sequences, part->sequences[i].id.text, i);
    }
    return true;
}

static bool
index_lines(struct resolving *r, struct lines *lines, struct od_part *owner)
{
    size_t n_includes = 0;
    lines->owner = owner;
    for (size_t i = 0; i < owner->n_lines; i++) {
        n_includes += owner->lines[i].n_include;
    }
    lines->echo_moves =
        od_arena_array(&r->reader->scratch, owner->n_lines, sizeof *lines->echo_moves);
    if (lines->echo_moves == NULL) {
        od_read_no_memory(r->reader);
        return false;
    }
    if (!od_read_names_init(r->reader, &lines->by_name, owner->n_lines) ||
        !od_read_names_init(r->reader, &lines->includes, n_includes)) {
        return false;
    }
    for (size_t i = 0; i < owner->n_lines; i++) {
        const struct od_mixer_line *line = &owner->lines[i];
        od_read_names_put(&lines->by_name, line->name.text, i);
        for (size_t k = 0; k < line->n_include; k++) {
            if (line->include[k].text != NULL) {
                od_read_names_put(&lines->includes, line->include[k].text, i);
            }
        }
    }
    return true;
}

/* Which line each track is on; marks the includes that lead to a track. */
static bool
place_tracks(struct resolving *r, struct view *view)
{
    const struct od_part *part = view->part;
    view->line_of = od_arena_array(&r->reader->scratch, part->n_tracks, sizeof *view->line_of);
    if (view->line_of == NULL) {
        od_read_no_memory(r->reader);
        return false;
    }
    for (size_t i = 0; i < part->n_tracks; i++) {
        struct od_read_names_slot *slot =
            od_read_names_find(&view->lines->includes, part->tracks[i].id.text);
        view->line_of[i] = slot == NULL ? NOWHERE : slot->value;
        if (slot != NULL) {
            slot->mark = true;
        }
    }
    return true;
}

static bool
build(struct resolving *r)
{
    struct od_session *session = r->reader->session;
    r->n_views = session->n_scenes + 1;
    r->views = od_arena_array(&r->reader->scratch, r->n_views, sizeof *r->views);
    r->lines = od_arena_array(&r->reader->scratch, r->n_views, sizeof *r->lines);
    if (r->views == NULL || r->lines == NULL) {
        od_read_no_memory(r->reader);
        return false;
    }
    for (size_t i = 0; i < r->n_views; i++) {
        struct view *view = &r->views[i];
        view->part = i == 0 ? &session->main : &session->scenes[i - 1];
        bool own = i == 0 || view->part->has_lines;
        view->lines = own ? &r->lines[i] : &r->lines[0];
        if ((own && !index_lines(r, view->lines, view->part)) || !index_tracks(r, view) ||
            !place_tracks(r, view)) {
            return false;
        }
    }
    return true;
}

/* ---- checks ---- */

static void
check_include(struct resolving *r, const struct lines *lines, const struct od_mixer_line *line,
              size_t k)
{
    const struct od_name *id = &line->include[k];
    if (id->text == NULL || od_read_names_find(&lines->includes, id->text)->mark) {
        return;
    }
    const struct view *view = &r->views[lines - r->lines];
    struct path path = path_of(lines->owner, "mixer_lines", line->name.text);
    step(&path, "include");
    step_index(&path, k);
    if (od_read_names_find(&view->midi_tracks, id->text) != NULL) {
        warn(r, id->offset, &path, "unknown-track",
             "a mixer line carries SuperDirt tracks only, this is a MIDI track");
    } else {
        struct kind kind = {"unknown-track", "track", &view->tracks, NULL, ""};
        warn_unknown(r, id, &path, &kind);
    }
}

static void
check_lines(struct resolving *r, const struct lines *lines)
{
    for (size_t i = 0; i < lines->owner->n_lines; i++) {
        const struct od_mixer_line *line = &lines->owner->lines[i];
        struct path path = path_of(lines->owner, "mixer_lines", line->name.text);
        step(&path, "fx");
        od_session_check_line_heard(r->reader, line, lines->echo_moves[i], path.text);
        for (size_t k = 0; k < line->n_include; k++) {
            check_include(r, lines, line, k);
        }
    }
}

static void
check_send_heard(struct resolving *r, const struct view *view, size_t place, size_t at, size_t line)
{
    const struct od_track *track = &view->part->tracks[place];
    struct path path = path_of(view->part, "tracks", track->id.text);
    step(&path, "sends");
    step_index(&path, at);
    od_session_check_send_heard(r->reader, track, &view->lines->owner->lines[line],
                                &track->sends[at], path.text);
}

/* Drops the sends that lead nowhere (with a warning) or to the line the track is on anyway. */
static void
check_sends(struct resolving *r, const struct view *view, size_t place)
{
    struct od_track *track = &view->part->tracks[place];
    size_t kept = 0;
    for (size_t i = 0; i < track->n_sends; i++) {
        const struct od_send *send = &track->sends[i];
        if (send->target.text == NULL) {
            continue;
        }
        const struct od_read_names_slot *slot =
            od_read_names_find(&view->lines->by_name, send->target.text);
        if (slot == NULL) {
            struct path path = path_of(view->part, "tracks", track->id.text);
            step(&path, "sends");
            step_index(&path, i);
            struct kind kind = {"unknown-target", "mixer line", &view->lines->by_name, NULL,
                                ": this send is dropped"};
            warn_unknown(r, &send->target, &path, &kind);
        } else if (slot->value != view->line_of[place]) {
            check_send_heard(r, view, place, i, slot->value);
            track->sends[kept++] = *send;
        }
    }
    track->n_sends = kept;
}

/* Marks the lines whose echo a track moves. */
static void
mark_echoes(const struct view *view, size_t place)
{
    const struct od_track *track = &view->part->tracks[place];
    bool moves = false;
    for (size_t i = 0; i < track->n_modulations; i++) {
        enum od_param param = track->modulations[i].param;
        moves = moves || param == OD_PARAM_DELAY_SEND || param == OD_PARAM_DELAY_TIME;
    }
    if (moves && view->line_of[place] != NOWHERE) {
        view->lines->echo_moves[view->line_of[place]] = true;
    }
    for (size_t i = 0; i < track->n_sends && moves; i++) {
        const char *target = track->sends[i].target.text;
        view->lines->echo_moves[od_read_names_find(&view->lines->by_name, target)->value] = true;
    }
}

static void
check_heard(struct resolving *r, const struct view *view)
{
    struct od_read_routes routes = {view->part,       view->lines->owner->lines,
                                    view->line_of,    &view->lines->by_name,
                                    &view->sequences, &view->tracks};
    for (size_t i = 0; i < view->part->n_tracks; i++) {
        mark_echoes(view, i);
    }
    od_session_check_heard(r->reader, &routes);
    od_session_check_events(r->reader, &routes);
}

static bool
sets(const struct od_track *track, enum od_param param)
{
    for (size_t i = 0; i < track->n_values; i++) {
        if (track->values[i].param == param) {
            return true;
        }
    }
    for (size_t i = 0; i < track->n_modulations; i++) {
        if (track->modulations[i].param == param) {
            return true;
        }
    }
    return false;
}

/* Has some event of the track a note (else: a gate that is not null)? */
static bool
plays_with(const struct view *view, const struct od_track *track, enum od_param param)
{
    const struct od_read_names_slot *slot = od_read_names_find(&view->sequences, track->id.text);
    if (slot == NULL) {
        return false;
    }
    const struct od_sequence *sequence = &view->part->sequences[slot->value];
    for (size_t i = 0; i < sequence->n_events; i++) {
        const struct od_session_event *event = &sequence->events[i];
        if (param == OD_PARAM_MIDINOTE ? event->note != OD_NO_NOTE : event->gate != OD_GATE_NULL) {
            return true;
        }
    }
    return false;
}

static bool
has_leslie(const struct view *view, size_t line)
{
    return line != NOWHERE && view->lines->owner->lines[line].leslie_rate > 0;
}

/* Goes one of the track's messages through a line (with a leslie)? */
static bool
uses_line(const struct view *view, size_t place, bool with_leslie)
{
    const struct od_track *track = &view->part->tracks[place];
    size_t line = view->line_of[place];
    bool found = with_leslie ? has_leslie(view, line) : line != NOWHERE;
    for (size_t i = 0; i < track->n_sends && !found; i++) {
        found = !with_leslie ||
                has_leslie(
                    view,
                    od_read_names_find(&view->lines->by_name, track->sends[i].target.text)->value);
    }
    return found;
}

/* Is the parameter in one of the track's messages without its extra_params? Those of its sends are
 * known by then. */
static bool
message_has(const struct view *view, size_t place, enum od_param param)
{
    const struct od_track *track = &view->part->tracks[place];
    switch ((int)param) {
    case OD_PARAM_S:
    case OD_PARAM_ORBIT:
    case OD_PARAM_CPS:
    case OD_PARAM_CYCLE:
    case OD_PARAM_DELTA:
    case OD_PARAM_GAIN:
    case OD_PARAM_PAN:
    case OD_PARAM_N:
    case OD_PARAM_SPEED:
    case OD_PARAM_BEGIN:
    case OD_PARAM_END:
        return true;
    case OD_PARAM_MIDINOTE:
    case OD_PARAM_SUSTAIN:
        return plays_with(view, track, param);
    case OD_PARAM_LESLIE:
    case OD_PARAM_LRATE:
    case OD_PARAM_LSIZE:
        return uses_line(view, place, true);
    default:
        return ((od_params[param].where & OD_SPATIAL) != 0 && uses_line(view, place, false)) ||
               sets(track, param);
    }
}

static void
check_extra(struct resolving *r, const struct view *view, size_t place,
            const struct od_param_value *value)
{
    int param = 0;
    while (param < OD_PARAM_COUNT && strcmp(od_params[param].wire, value->name) != 0) {
        param++;
    }
    if (param == OD_PARAM_COUNT || !message_has(view, place, (enum od_param)param)) {
        return;
    }
    struct path path = path_of(view->part, "tracks", view->part->tracks[place].id.text);
    step(&path, "params");
    step(&path, "extra_params");
    step(&path, value->name);
    char message[128];
    snprintf(message, sizeof message,
             "the message has '%s' already: which of the two counts is up to SuperDirt",
             value->name);
    warn(r, value->offset, &path, "hidden-parameter", message);
}

static void
check_values(struct resolving *r, const struct view *view, size_t place)
{
    const struct od_track *track = &view->part->tracks[place];
    for (size_t i = 0; i < track->n_values; i++) {
        const struct od_param_value *value = &track->values[i];
        if (value->param == OD_PARAM_EXTRA) {
            check_extra(r, view, place, value);
        } else if (value->param == OD_PARAM_ORBIT && view->line_of[place] == NOWHERE &&
                   (value->number < 0 || value->number >= ORBITS)) {
            struct path path = path_of(view->part, "tracks", track->id.text);
            step(&path, "params");
            step(&path, "orbit");
            char message[96];
            snprintf(message, sizeof message, "orbit %g: SuperDirt has 0..%d and wraps around",
                     value->number, ORBITS - 1);
            warn(r, value->offset, &path, "orbit", message);
        }
    }
}

static void
check_sequences(struct resolving *r, const struct view *view)
{
    for (size_t i = 0; i < view->part->n_sequences; i++) {
        const struct od_name *id = &view->part->sequences[i].id;
        if (od_read_names_find(&view->tracks, id->text) == NULL &&
            od_read_names_find(&view->midi_tracks, id->text) == NULL) {
            struct path path = path_of(view->part, "sequences", id->text);
            warn_unknown_track(r, id, &path, view, " for this sequence: it is silent");
        }
    }
}

static void
check_midi_tracks(struct resolving *r, const struct view *view)
{
    for (size_t i = 0; i < view->part->n_midi_tracks; i++) {
        const struct od_name *id = &view->part->midi_tracks[i].id;
        if (od_read_names_find(&view->tracks, id->text) != NULL) {
            struct path path = path_of(view->part, "tracks_midi", id->text);
            warn(r, id->offset, &path, "same-track",
                 "a SuperDirt track has this id too: mute and solo by id mean both");
        }
    }
}

static void
check_part(struct resolving *r, const struct view *view)
{
    for (size_t i = 0; i < view->part->n_tracks; i++) {
        check_sends(r, view, i);
        check_values(r, view, i);
    }
    check_heard(r, view);
    check_midi_tracks(r, view);
    check_sequences(r, view);
}

/* ---- apply ---- */

static bool
index_scenes(struct resolving *r, struct od_read_names *names)
{
    const struct od_session *session = r->reader->session;
    if (!od_read_names_init(r->reader, names, session->n_scenes)) {
        return false;
    }
    for (size_t i = 0; i < session->n_scenes; i++) {
        od_read_names_put(names, session->scenes[i].name.text, i);
    }
    return true;
}

/* The scene of that name; NULL, and an error, if there is none. */
static const struct view *
find_scene(struct resolving *r, const struct od_read_names *names, const struct od_name *scene,
           const struct path *path)
{
    char shown[OD_READ_SHOWN], near[OD_READ_SHOWN + 32];
    const struct od_read_names_slot *slot = od_read_names_find(names, scene->text);
    if (slot != NULL) {
        return &r->views[slot->value + 1]; /* view 0 is the session's */
    }
    struct kind kind = {"unknown-scene", "scene", names, NULL, ""};
    od_diag_add(r->reader->diags, OD_ERROR, scene->offset, path->text, kind.code,
                "there is no %s '%s'%s", kind.what,
                od_read_shown(scene->text, strlen(scene->text), shown),
                suggest(r, scene->text, &kind, near, sizeof near));
    return NULL;
}

static void
check_song(struct resolving *r, const struct od_read_names *scenes)
{
    const struct od_session *session = r->reader->session;
    for (size_t i = 0; i < session->n_song; i++) {
        struct path path = {"/song"};
        step_index(&path, i);
        step(&path, "scene");
        if (session->song[i].scene.text != NULL) {
            find_scene(r, scenes, &session->song[i].scene, &path);
        }
    }
}

static bool
has_track(const struct view *view, const char *id)
{
    return view != NULL && (od_read_names_find(&view->tracks, id) != NULL ||
                            od_read_names_find(&view->midi_tracks, id) != NULL);
}

static void
check_apply(struct resolving *r, const struct od_read_names *scenes)
{
    const struct od_apply *apply = &r->reader->session->apply;
    const struct path scene_name = {"/apply/scene_name"};
    const struct view *scene =
        apply->scene.text == NULL ? NULL : find_scene(r, scenes, &apply->scene, &scene_name);
    for (size_t i = 0; i < apply->n_track_ids; i++) {
        const struct od_name *id = &apply->track_ids[i];
        if (id->text == NULL || has_track(&r->views[0], id->text) || has_track(scene, id->text)) {
            continue;
        }
        struct path path = {"/apply/track_ids"};
        step_index(&path, i);
        warn_unknown_track(r, id, &path, &r->views[0], "");
    }
}

void
od_session_resolve(struct od_reader *reader)
{
    struct resolving r = {.reader = reader};
    if (!build(&r)) {
        return;
    }
    for (size_t i = 0; i < r.n_views; i++) {
        check_part(&r, &r.views[i]);
    }
    for (size_t i = 0; i < r.n_views; i++) {
        if (r.lines[i].owner != NULL) {
            check_lines(&r, &r.lines[i]);
        }
    }
    struct od_read_names scenes;
    if (index_scenes(&r, &scenes)) {
        check_apply(&r, &scenes);
        check_song(&r, &scenes);
    }
}
