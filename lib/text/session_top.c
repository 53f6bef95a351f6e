#include <string.h>

#include "text/session_read.h"

#define ORBITS   12 /* SuperDirt's */
#define SEED_MAX ((UINT64_C(1) << 53) - 1)

bool
od_read_bpm(struct od_reader *reader, double *bpm)
{
    double value;
    if (!od_read_number(reader, &value)) {
        return false;
    }
    if (value < OD_BPM_MIN || value > OD_BPM_MAX) {
        od_read_error(reader, "range", "'bpm' must be %g..%g, found %g", OD_BPM_MIN, OD_BPM_MAX,
                      value);
        return false;
    }
    if (value < OD_BPM_USUAL_MIN || value > OD_BPM_USUAL_MAX) {
        od_read_warn(reader, "range", "%g bpm is outside the usual %g..%g", value, OD_BPM_USUAL_MIN,
                     OD_BPM_USUAL_MAX);
    }
    *bpm = value;
    return true;
}

static void
read_swing(struct od_reader *reader, double *swing)
{
    double value;
    if (!od_read_number(reader, &value)) {
        return;
    }
    if (value < 0 || value > 1) {
        od_read_error(reader, "range", "'swing' must be 0..1, found %g", value);
        return;
    }
    *swing = value;
}

static void
read_default_gate(struct od_reader *reader, double *gate)
{
    if (od_read_positive(reader, gate) && od_read_is_zero(*gate)) {
        od_read_warn(reader, "zero-sustain",
                     "a default_gate of 0 makes no sound: SuperDirt drops what lasts 0 s");
    }
}

static void
read_loop_steps(struct od_reader *reader)
{
    int steps;
    if (od_read_integer(reader, OD_STEPS, OD_STEPS, &steps)) {
        return;
    }
}

static void
skip_deprecated(struct od_reader *reader, const char *name)
{
    od_read_warn(reader, "deprecated", "'%s' is deprecated and ignored", name);
    od_json_skip(&reader->json);
}

static const struct od_environment default_environment = {
    .bpm = 120, .default_gate = 1, .swing = 0};

void
od_read_environment(struct od_reader *reader, struct od_environment *environment)
{
    enum {
        BPM,
        DEFAULT_GATE,
        SWING,
        LOOP_STEPS,
        SEED,
        TEMPO_MAP,
        SCALE,
        CHORDS
    };
    static const char *const names[] = {"bpm",  "default_gate", "swing", "loop_steps",
                                        "seed", "tempo_map",    "scale", "chords"};
    struct od_read_object object = {.names = names, .n_names = 8, .what = "environment"};
    *environment = default_environment;
    if (!od_read_enter_object(reader)) {
        return;
    }
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case BPM:
            od_read_bpm(reader, &environment->bpm);
            break;
        case DEFAULT_GATE:
            read_default_gate(reader, &environment->default_gate);
            break;
        case SWING:
            read_swing(reader, &environment->swing);
            break;
        case LOOP_STEPS:
            read_loop_steps(reader);
            break;
        case SEED:
            od_read_whole(reader, SEED_MAX, &environment->seed);
            break;
        case TEMPO_MAP:
            od_read_tempo_map(reader, environment);
            break;
        default:
            skip_deprecated(reader, names[field]);
            break;
        }
    }
}

/* ---- apply ---- */

static void
read_timing(struct od_reader *reader, enum od_timing *timing)
{
    static const char *const words[] = {"now", "beat", "bar", "seq", "immediate"};
    struct od_name name;
    char shown[OD_READ_SHOWN];
    if (!od_read_name(reader, &name) || od_timing_parse(name.text, timing)) {
        return;
    }
    od_read_shown(name.text, strlen(name.text), shown);
    const char *nearest = od_diag_nearest(shown, words, sizeof words / sizeof words[0]);
    od_read_error(reader, "timing",
                  "'timing' must be \"now\", \"beat\", \"bar\" or \"seq\", found \"%s\"%s%s%s",
                  shown, nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                  nearest != NULL ? "\"?" : "");
}

static struct od_name *
read_names(struct od_reader *reader, size_t *count)
{
    struct od_name name;
    *count = 0;
    if (!od_read_enter_array(reader)) {
        return NULL;
    }
    while (od_json_element(&reader->json)) {
        /* one that failed is kept too, without a text: then places in the file still agree */
        name = (struct od_name){0};
        od_read_name(reader, &name);
        od_buf_append(&reader->names, &name, sizeof name);
    }
    return od_read_keep(reader, &reader->names, sizeof name, count);
}

static enum od_from
read_from(struct od_reader *reader)
{
    static const char *const words[] = {"here", "top"};
    int word = od_read_word(reader, words, 2);
    return word < 0 ? OD_FROM_UNSAID : word == 0 ? OD_FROM_HERE : OD_FROM_TOP;
}

static void
read_apply(struct od_reader *reader, struct od_apply *apply)
{
    enum {
        TIMING,
        TRACK_IDS,
        FROM,
        SCENE_NAME
    };
    static const char *const names[] = {"timing", "track_ids", "from", "scene_name"};
    struct od_read_object object = {.names = names, .n_names = 4, .what = "apply"};
    if (!od_read_enter_object(reader)) {
        return;
    }
    apply->present = true;
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case TIMING:
            read_timing(reader, &apply->timing);
            break;
        case TRACK_IDS:
            apply->track_ids = read_names(reader, &apply->n_track_ids);
            break;
        case FROM:
            apply->from = read_from(reader);
            break;
        default:
            od_read_name(reader, &apply->scene);
            break;
        }
    }
}

/* ---- mixer lines ---- */

static void
read_line_fx(struct od_reader *reader, struct od_mixer_line *line)
{
    static const char *const names[] = {
        "reverb_room",    "reverb_size", "reverb_dry",  "delay_send",  "delay_time",
        "delay_feedback", "leslie_rate", "leslie_size", "reverb_send", "leslie_send"};
    enum {
        DRY = 2,
        DELAY_TIME = 4,
        REVERB_SEND = 8,
        LESLIE_SEND = 9
    };
    double *const fields[] = {&line->room,        &line->size,        &line->dry,
                              &line->delay_send,  &line->delay_time,  &line->delay_feedback,
                              &line->leslie_rate, &line->leslie_size, &line->room};
    struct od_read_object object = {
        .names = names, .n_names = sizeof names / sizeof names[0], .what = "a mixer line's fx"};
    bool has_room = false;
    if (!od_read_enter_object(reader)) {
        return;
    }
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        if (field == LESLIE_SEND) {
            od_read_warn(reader, "ignored", "'leslie_send' is ignored: use leslie_rate");
            od_json_skip(&reader->json);
            continue;
        }
        od_read_number(reader, fields[field]);
        if (field == DRY || field == DELAY_TIME) {
            *(field == DRY ? &line->dry_offset : &line->delay_time_offset) =
                od_json_offset(&reader->json);
        }
        if (field == 0 || field == REVERB_SEND) {
            if (has_room) {
                od_read_warn(reader, "same-parameter",
                             "reverb_send and reverb_room are the same: the later one counts");
            }
            has_room = true;
        }
    }
}

/* What we do not send, but front-ends write. */
static void
skip_dynamics(struct od_reader *reader)
{
    static const char *const names[] = {
        "limiter",           "limiter_type",       "compression_ratio",    "compression_threshold",
        "limiter_threshold", "limiter_release",    "compressor_threshold", "compressor_ratio",
        "compressor_attack", "compressor_release", "compressor_knee",      "compressor_makeup"};
    struct od_read_object object = {
        .names = names, .n_names = sizeof names / sizeof names[0], .what = "dynamics"};
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_read_field(reader, &object) >= 0) {
        od_json_skip(&reader->json);
    }
}

static void
read_pan(struct od_reader *reader, double *pan)
{
    if (od_read_number(reader, pan) && (*pan < 0 || *pan > 1)) {
        od_read_warn(reader, "range", "'pan' is 0 (left) to 1 (right), 0.5 in the middle, found %g",
                     *pan);
    }
}

static void
read_orbit(struct od_reader *reader, int *orbit)
{
    if (od_read_integer(reader, 0, INT32_MAX, orbit) && *orbit >= ORBITS) {
        od_read_warn(reader, "orbit",
                     "orbit %d: SuperDirt has 0..%d unless it is started with more", *orbit,
                     ORBITS - 1);
    }
}

static void
read_line(struct od_reader *reader, void *record)
{
    struct od_mixer_line *line = record;
    enum {
        NAME,
        INCLUDE,
        VOLUME,
        PAN,
        MUTE,
        SOLO,
        OUTPUT,
        ORBIT,
        DYNAMICS,
        FX
    };
    static const char *const names[] = {"name", "include", "volume", "pan",      "mute",
                                        "solo", "output",  "orbit",  "dynamics", "fx"};
    struct od_read_object object = {.names = names, .n_names = 10, .what = "a mixer line"};
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case NAME:
            od_read_own_name(reader, &line->name);
            break;
        case INCLUDE:
            line->include = read_names(reader, &line->n_include);
            break;
        case VOLUME:
            od_read_number(reader, &line->volume);
            break;
        case PAN:
            read_pan(reader, &line->pan);
            break;
        case MUTE:
            od_read_bool(reader, &line->mute);
            break;
        case SOLO:
            od_read_bool(reader, &line->solo);
            break;
        case OUTPUT:
            od_read_integer(reader, INT32_MIN, INT32_MAX, &line->output);
            break;
        case ORBIT:
            read_orbit(reader, &line->orbit);
            break;
        case DYNAMICS:
            skip_dynamics(reader);
            break;
        default:
            read_line_fx(reader, line);
            break;
        }
    }
}

void
od_read_mixer_lines(struct od_reader *reader, struct od_part *part)
{
    static const struct od_mixer_line initial = {.volume = 1,
                                                 .pan = 0.5,
                                                 .orbit = -1,
                                                 .size = 0.5,
                                                 .dry = 1,
                                                 .delay_time = 0.375,
                                                 .delay_feedback = 0.4};
    const struct od_read_kind kind = {&reader->lines, sizeof initial, &initial, read_line};
    part->has_lines = true;
    part->lines = od_read_members(reader, &kind, &part->n_lines);
}

/* ---- the whole ---- */

/* What a session and a scene may both have, in this order. */
#define PART_NAMES "environment", "tracks", "tracks_midi", "mixer_lines", "sequences"
enum {
    ENVIRONMENT,
    TRACKS,
    TRACKS_MIDI,
    MIXER_LINES,
    SEQUENCES,
    PART_FIELDS
};

static void
read_part_field(struct od_reader *reader, struct od_part *part, int field)
{
    switch (field) {
    case ENVIRONMENT:
        part->has_environment = true;
        od_read_environment(reader, &part->environment);
        break;
    case TRACKS:
        od_read_tracks(reader, part);
        break;
    case TRACKS_MIDI:
        od_read_midi_tracks(reader, part);
        break;
    case MIXER_LINES:
        od_read_mixer_lines(reader, part);
        break;
    default:
        od_read_sequences(reader, part);
        break;
    }
}

static void
read_scene(struct od_reader *reader, void *record)
{
    struct od_part *scene = record;
    static const char *const names[] = {PART_NAMES, "from", "name"};
    struct od_read_object object = {
        .names = names, .n_names = sizeof names / sizeof names[0], .what = "a scene"};
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        if (field < PART_FIELDS) {
            read_part_field(reader, scene, field);
        } else if (field == PART_FIELDS) {
            scene->from_top = read_from(reader) == OD_FROM_TOP;
        } else {
            od_read_own_name(reader, &scene->name);
        }
    }
}

static void
read_scenes(struct od_reader *reader)
{
    static const struct od_part initial;
    const struct od_read_kind kind = {&reader->scenes, sizeof initial, &initial, read_scene};
    reader->session->scenes = od_read_members(reader, &kind, &reader->session->n_scenes);
}

enum {
    SCENES = PART_FIELDS,
    APPLY,
    SONG,
    SONG_END,
    MESSAGES,
    ENTRIES, /* the same */
    BPM,
    PATTERN_LENGTH,
    TOP_FIELDS
};
static const char *const top_names[] = {PART_NAMES, "scenes",  "apply", "song",          "song_end",
                                        "messages", "entries", "bpm",   "pattern_length"};

/* Where the keys stand that decide the dialect, or would be of the wrong one. */
struct top {
    bool has[TOP_FIELDS];
    size_t at[TOP_FIELDS];
    double bpm;
};

static void
read_song_end(struct od_reader *reader)
{
    static const char *const words[] = {"loop", "hold", "stop"};
    int word = od_read_word(reader, words, 3);
    if (word >= 0) {
        reader->session->song_end = (enum od_song_end)word;
    }
}

static void
read_top_field(struct od_reader *reader, int field, struct top *top)
{
    struct od_session *session = reader->session;
    double ignored;
    switch (field) {
    case SCENES:
        read_scenes(reader);
        break;
    case APPLY:
        read_apply(reader, &session->apply);
        break;
    case SONG:
        od_read_song(reader);
        break;
    case SONG_END:
        read_song_end(reader);
        break;
    case MESSAGES:
    case ENTRIES:
        session->is_batch = true;
        od_read_messages(reader);
        break;
    case BPM:
        od_read_bpm(reader, &top->bpm);
        break;
    case PATTERN_LENGTH:
        od_read_number(reader, &ignored);
        break;
    default:
        read_part_field(reader, &session->main, field);
        break;
    }
}

/* bpm and pattern_length belong to a batch only; in a batch the rest of a session has no place. */
static void
check_dialect(struct od_reader *reader, const struct top *top)
{
    bool is_batch = reader->session->is_batch;
    for (int i = 0; i < TOP_FIELDS; i++) {
        char pointer[32];
        bool of_batch = i == BPM || i == PATTERN_LENGTH;
        if (!top->has[i] || i == MESSAGES || i == ENTRIES || of_batch == is_batch) {
            continue;
        }
        pointer[0] = '\0';
        od_json_pointer_step(pointer, sizeof pointer, top_names[i], strlen(top_names[i]));
        if (!is_batch) {
            od_diag_add(reader->diags, OD_WARNING, top->at[i], pointer, "unknown-key",
                        "'%s' is ignored here: %s", top_names[i],
                        i == BPM ? "a session's tempo is environment.bpm"
                                 : "it is of message batches");
        } else if (i == ENVIRONMENT || i == APPLY || i == SONG_END) {
            od_diag_add(reader->diags, OD_WARNING, top->at[i], pointer, "unknown-key",
                        "'%s' is ignored in a message batch%s", top_names[i],
                        i == ENVIRONMENT ? ": its tempo is 'bpm' beside 'messages'" : "");
        } else {
            od_diag_add(reader->diags, OD_ERROR, top->at[i], pointer, "mixed-dialects",
                        "a text has either 'messages' (a message batch) or '%s' (a session), "
                        "not both",
                        top_names[i]);
        }
    }
}

/* What is the same, and what is nothing alone. */
static void
check_pairs(struct od_reader *reader, const struct top *top)
{
    if (top->has[MESSAGES] && top->has[ENTRIES]) {
        od_diag_add(reader->diags, OD_ERROR, top->at[ENTRIES], "/entries", "same-parameter",
                    "'entries' is another word for 'messages': a text has one of them");
    }
    if (top->has[SONG_END] && !top->has[SONG] && !reader->session->is_batch) {
        od_diag_add(reader->diags, OD_WARNING, top->at[SONG_END], "/song_end", "ignored",
                    "'song_end' is ignored: there is no 'song'");
    }
}

static void
read_top(struct od_reader *reader)
{
    struct od_session *session = reader->session;
    struct od_read_object object = {
        .names = top_names, .n_names = TOP_FIELDS, .what = "the session"};
    struct top top = {.bpm = default_environment.bpm};
    if (!od_read_enter_object(reader)) {
        return;
    }
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        top.has[field] = true;
        top.at[field] = object.key_at;
        read_top_field(reader, field, &top);
    }
    if (od_json_finish(&reader->json)) {
        check_dialect(reader, &top);
        check_pairs(reader, &top);
    }
    if (session->is_batch) {
        session->main.environment = default_environment;
        session->main.environment.bpm = top.bpm;
        session->apply = (struct od_apply){.timing = OD_TIMING_BAR};
    }
}

static void
clear_reader(struct od_reader *reader)
{
    struct od_buf *const bufs[] = {&reader->tracks,    &reader->midi_tracks, &reader->lines,
                                   &reader->sequences, &reader->scenes,      &reader->names,
                                   &reader->values,    &reader->modulations, &reader->sends,
                                   &reader->ccs,       &reader->events,      &reader->messages,
                                   &reader->controls,  &reader->sysex,       &reader->more,
                                   &reader->tempos,    &reader->song,        &reader->beyond};
    for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++) {
        od_buf_clear(bufs[i]);
    }
    od_arena_clear(&reader->scratch);
}

enum od_status
od_session_read(struct od_session *session, const struct od_source *source,
                struct od_diag_list *diags)
{
    struct od_reader reader = {.session = session, .diags = diags};
    *session =
        (struct od_session){.main.environment = default_environment, .apply.timing = OD_TIMING_BAR};
    od_json_init(&reader.json, source, diags, &reader.scratch);
    read_top(&reader);
    if (!reader.json.broken) {
        od_session_resolve(&reader);
    }
    clear_reader(&reader);
    od_diag_sort(diags);
    if (diags->out_of_memory) {
        return OD_ENOMEM;
    }
    return diags->errors > 0 ? OD_EDATA : OD_OK;
}

void
od_session_clear(struct od_session *session)
{
    od_arena_clear(&session->arena);
    *session = (struct od_session){0};
}
