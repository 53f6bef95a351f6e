#include <math.h>
#include <string.h>

#include "score/compile_work.h"
#include "text/json.h"

#define ORBITS 12 /* of SuperDirt, unless it is started with others */

static void
append_key(char *pointer, const char *key)
{
    od_json_pointer_step(pointer, OD_WORK_POINTER, key, strlen(key));
}

/* The pointer to a member of a part: "/tracks/bass", "/scenes/break/tracks/bass". */
static void
member_pointer(const struct od_work *work, const char *object, const char *key, char *pointer)
{
    memcpy(pointer, work->pointer, OD_WORK_POINTER);
    append_key(pointer, object);
    append_key(pointer, key);
}

static void
add_name(struct od_work *work, struct od_hash *hash, const struct od_name *name, size_t place)
{
    if (!od_hash_add(hash, name->text, strlen(name->text), (uint32_t)place)) {
        od_compiler_fail(work->compiler, OD_ENOMEM);
    }
}

static uint32_t
find_name(const struct od_hash *hash, const struct od_name *name)
{
    return od_hash_find(hash, name->text, strlen(name->text));
}

static bool
is_audible(bool mute, bool solo, bool any_solo)
{
    return any_solo ? solo : !mute;
}

uint32_t
od_work_flags(bool mute, bool solo)
{
    return (mute ? OD_TRACK_MUTE : 0) | (solo ? OD_TRACK_SOLO : 0);
}

static void
compile_line(struct od_work *work, size_t place, bool any_solo)
{
    const struct od_mixer_line *line = &work->lines[place];
    struct od_score_line *out = od_compiler_add(work->compiler, OD_SECTION_LINES, sizeof *out);
    if (out == NULL) {
        return;
    }
    bool audible = is_audible(line->mute, line->solo, any_solo);
    *out = (struct od_score_line){
        .name = od_compiler_string(work->compiler, line->name.text),
        .flags = od_work_flags(line->mute, line->solo) | (audible ? 0 : OD_TRACK_LINE_SILENT),
        .orbit = line->orbit >= 0 ? (uint32_t)line->orbit : (uint32_t)place,
        .volume = line->volume,
        .pan = line->pan,
        .room = line->room,
        .size = line->size,
        .dry = line->dry,
        .delay_send = line->delay_send,
        .delay_time = line->delay_time,
        .delay_feedback = line->delay_feedback,
        .leslie_rate = line->leslie_rate,
        .leslie_size = line->leslie_size,
    };
}

static void
compile_lines(struct od_work *work)
{
    bool any_solo = false;
    for (size_t i = 0; i < work->n_lines; i++) {
        const struct od_mixer_line *line = &work->lines[i];
        any_solo = any_solo || line->solo;
        add_name(work, &work->line_names, &line->name, i);
        for (size_t k = 0; k < line->n_include; k++) {
            add_name(work, &work->track_lines, &line->include[k], i);
        }
    }
    work->record.first_line =
        od_compiler_count(work->compiler, OD_SECTION_LINES, sizeof(struct od_score_line));
    work->record.n_lines = (uint32_t)work->n_lines;
    for (size_t i = 0; i < work->n_lines; i++) {
        compile_line(work, i, any_solo);
    }
}

const void *
od_work_record(const struct od_compiler *compiler, enum od_section section, uint32_t first,
               size_t size)
{
    const unsigned char *data = compiler->sections[section].data;
    return data == NULL ? NULL : data + first * size;
}

const struct od_sequence *
od_work_sequence(const struct od_work *work, const struct od_name *id)
{
    static const struct od_sequence silence = {.length = OD_STEPS};
    uint32_t at = find_name(&work->sequences, id);
    return at == OD_HASH_NONE ? &silence : &work->part->sequences[at];
}

uint32_t
od_work_signal(struct od_compiler *compiler, struct od_signal signal)
{
    uint32_t at = od_compiler_count(compiler, OD_SECTION_SIGNALS, sizeof(struct od_score_signal));
    uint32_t first = od_compiler_count(compiler, OD_SECTION_NUMBERS, sizeof(double));
    struct od_score_signal *out = od_compiler_add(compiler, OD_SECTION_SIGNALS, sizeof *out);
    double *numbers =
        od_compiler_add(compiler, OD_SECTION_NUMBERS, signal.length * sizeof *numbers);
    if (out != NULL && numbers != NULL) {
        *out = (struct od_score_signal){first, signal.length};
        memcpy(numbers, signal.values, signal.length * sizeof *numbers);
    }
    return at;
}

/* ---- events ---- */

struct od_event
od_work_event(const struct od_session_event *event, uint32_t track)
{
    float gate = event->gate == OD_GATE_DEFAULT ? OD_EVENT_DEFAULT_GATE
                 : event->gate == OD_GATE_NULL  ? NAN
                                                : od_compiler_float(event->gate_steps);
    return (struct od_event){
        .track = (uint16_t)track,
        .note = event->note == OD_NO_NOTE ? OD_EVENT_NO_NOTE : (uint8_t)event->note,
        .velocity = od_compiler_float(event->velocity),
        .gate_steps = gate,
        .offset_ms = od_compiler_float(event->offset_ms),
    };
}

bool
od_work_extra(const struct od_session_more *more, struct od_score_extra *extra)
{
    *extra = (struct od_score_extra){.prob = 1, .own = OD_SCORE_NONE};
    if (more == NULL) {
        return false;
    }
    extra->offset_steps = more->offset_steps + 0.0;
    extra->prob = more->prob + 0.0;
    extra->of = more->of;
    extra->is = more->is;
    extra->place = more->event;
    return more->offset_steps != 0 || more->prob < 1 || more->of > 0;
}

const struct od_session_more *
od_work_more(const struct od_sequence *sequence, size_t i, size_t *next)
{
    if (*next == sequence->n_more || sequence->more[*next].event != i) {
        return NULL;
    }
    return &sequence->more[(*next)++];
}

/* ---- the part ---- */

/* What is audible counts for orbits: a line that carries nothing is harmless. */
static void
warn_of_orbits(struct od_work *work)
{
    for (size_t i = ORBITS; work->own_lines && i < work->n_lines; i++) {
        const struct od_mixer_line *line = &work->lines[i];
        char pointer[OD_WORK_POINTER];
        if (line->orbit >= 0) {
            continue;
        }
        member_pointer(work, "mixer_lines", line->name.text, pointer);
        od_diag_add(work->compiler->diags, OD_WARNING, line->name.offset, pointer, "orbit-range",
                    "there are %zu mixer lines and SuperDirt has %d orbits: from \"%s\" on they "
                    "share the orbits of the first",
                    work->n_lines, ORBITS, line->name.text);
        return;
    }
}

static void
compile_tempos(struct od_work *work, const struct od_environment *environment)
{
    work->record.first_tempo =
        od_compiler_count(work->compiler, OD_SECTION_TEMPOS, sizeof(struct od_score_tempo));
    work->record.n_tempos = (uint32_t)environment->n_tempos;
    for (size_t i = 0; i < environment->n_tempos; i++) {
        struct od_score_tempo *tempo =
            od_compiler_add(work->compiler, OD_SECTION_TEMPOS, sizeof *tempo);
        if (tempo != NULL) {
            tempo->step = environment->tempo_map[i].step;
            tempo->bpm = environment->tempo_map[i].bpm;
        }
    }
}

static void
start_part(struct od_work *work)
{
    const struct od_session *session = work->compiler->session;
    const struct od_part *part = work->part;
    bool is_main = part == &session->main;
    const struct od_environment *environment =
        &(part->has_environment ? part : &session->main)->environment;
    work->own_lines = is_main || part->has_lines;
    work->lines = work->own_lines ? part->lines : session->main.lines;
    work->n_lines = work->own_lines ? part->n_lines : session->main.n_lines;
    work->record = (struct od_score_part){
        .bpm = environment->bpm,
        .swing = environment->swing,
        .default_gate = environment->default_gate,
        .seed = environment->seed,
        .name = od_compiler_string(work->compiler, part->name.text),
        .flags = (part->has_environment ? OD_PART_ENVIRONMENT : 0) |
                 (part->has_lines ? OD_PART_LINES : 0) | (part->from_top ? OD_PART_TOP : 0),
        .first_track =
            od_compiler_count(work->compiler, OD_SECTION_TRACKS, sizeof(struct od_score_track)),
        .n_tracks = (uint32_t)part->n_tracks,
        .first_midi_track = od_compiler_count(work->compiler, OD_SECTION_MIDI_TRACKS,
                                              sizeof(struct od_score_midi_track)),
        .n_midi_tracks = (uint32_t)part->n_midi_tracks,
    };
    compile_tempos(work, environment);
    if (!is_main) {
        append_key(work->pointer, "scenes");
        append_key(work->pointer, part->name.text);
    }
}

static bool
is_too_wide(struct od_work *work)
{
    size_t tracks = work->part->n_tracks;
    if (tracks <= OD_TRACKS_MAX && work->part->n_midi_tracks <= OD_TRACKS_MAX - tracks) {
        return false;
    }
    od_diag_add(work->compiler->diags, OD_ERROR, 0, work->pointer, "too-many-tracks",
                "there are more than %zu tracks", OD_TRACKS_MAX);
    od_compiler_fail(work->compiler, OD_EDATA);
    return true;
}

void
od_compile_part(struct od_compiler *compiler, const struct od_part *part)
{
    struct od_work work = {.compiler = compiler, .part = part};
    start_part(&work);
    if (is_too_wide(&work)) {
        return;
    }
    compile_lines(&work);
    warn_of_orbits(&work);
    for (size_t i = 0; i < part->n_sequences; i++) {
        add_name(&work, &work.sequences, &part->sequences[i].id, i);
    }
    uint32_t place = 0;
    for (size_t i = 0; i < part->n_tracks && !compiler->stopped; i++) {
        od_work_track(&work, &part->tracks[i], place++);
    }
    for (size_t i = 0; i < part->n_midi_tracks && !compiler->stopped; i++) {
        od_work_midi_track(&work, &part->midi_tracks[i], place++);
    }
    od_compiler_part(compiler, &work.record, work.pointer);
    od_hash_clear(&work.line_names);
    od_hash_clear(&work.track_lines);
    od_hash_clear(&work.sequences);
}
