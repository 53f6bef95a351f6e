#include <stdlib.h>
#include <string.h>

#include "score/compile_work.h"
#include "text/json.h"

/* A SuperDirt track while it is compiled. */
struct work {
    struct od_work *part;
    const struct od_track *track;
    const struct od_sequence *sequence;
    uint32_t place;
    struct od_score_track out;
    unsigned variants;     /* that its events without own parameters need */
    struct od_hash known;  /* what own parameters say → their place among the owns */
    struct od_arena keys;  /* of `known` */
    struct od_buf owns;    /* struct od_score_own */
    struct od_buf needed;  /* unsigned: the variants of each own */
    struct od_buf key;     /* scratch */
    struct od_buf overlay; /* scratch: the parameters of an own, whole */
};

static uint32_t
count(const struct work *work, enum od_section section, size_t size)
{
    return od_compiler_count(work->part->compiler, section, size);
}

static uint32_t
find_name(const struct od_hash *hash, const struct od_name *name)
{
    return od_hash_find(hash, name->text, strlen(name->text));
}

static const struct od_score_line *
part_lines(const struct work *work)
{
    return od_work_record(work->part->compiler, OD_SECTION_LINES, work->part->record.first_line,
                          sizeof(struct od_score_line));
}

static void
compile_params(struct work *work)
{
    const struct od_track *track = work->track;
    work->out.first_param = count(work, OD_SECTION_PARAMS, sizeof(struct od_score_param));
    work->out.n_params = (uint32_t)track->n_values;
    for (size_t i = 0; i < track->n_values; i++) {
        od_compiler_param(work->part->compiler, &track->values[i]);
    }
}

static void
compile_modulations(struct work *work)
{
    struct od_compiler *compiler = work->part->compiler;
    const struct od_track *track = work->track;
    work->out.first_mod = count(work, OD_SECTION_MODS, sizeof(struct od_score_mod));
    for (size_t i = 0; i < track->n_modulations; i++) {
        uint32_t signal = od_work_signal(compiler, track->modulations[i].signal);
        struct od_score_mod *mod = od_compiler_add(compiler, OD_SECTION_MODS, sizeof *mod);
        if (mod != NULL) {
            mod->param = (uint16_t)track->modulations[i].param;
            mod->signal = signal;
            work->out.n_mods++;
        }
    }
}

static void
compile_sends(struct work *work)
{
    struct od_compiler *compiler = work->part->compiler;
    const struct od_track *track = work->track;
    work->out.first_send = count(work, OD_SECTION_SENDS, sizeof(struct od_score_send));
    for (size_t i = 0; i < track->n_sends; i++) {
        uint32_t line = find_name(&work->part->line_names, &track->sends[i].target);
        if (line == OD_HASH_NONE || line == work->out.line) {
            continue;
        }
        struct od_score_send *send = od_compiler_add(compiler, OD_SECTION_SENDS, sizeof *send);
        if (send != NULL) {
            send->line = line;
            send->amount = track->sends[i].amount;
            work->out.n_sends++;
        }
    }
}

/* ---- owns ---- */

static void
append_text(struct od_buf *key, const char *text)
{
    od_buf_append(key, text, strlen(text) + 1);
}

/* All that makes own parameters the same as others, as bytes. */
static void
write_key(const struct od_session_more *more, struct od_buf *key)
{
    key->length = 0;
    for (size_t i = 0; i < more->n_values; i++) {
        const struct od_param_value *value = &more->values[i];
        const uint32_t what[] = {(uint32_t)value->param, (uint32_t)value->type};
        od_buf_append(key, what, sizeof what);
        if (value->param == OD_PARAM_EXTRA) {
            append_text(key, value->name);
        }
        if (value->type == OD_VALUE_STRING) {
            append_text(key, value->string);
        } else if (value->type != OD_VALUE_ABSENT) {
            double number = value->number + 0.0;
            od_buf_append(key, &number, sizeof number);
        }
    }
}

static void
add_own(struct work *work, const struct od_session_more *more)
{
    struct od_score_own own = {
        .first_param = count(work, OD_SECTION_PARAMS, sizeof(struct od_score_param)),
        .n_params = (uint32_t)more->n_values,
    };
    for (size_t i = 0; i < more->n_values; i++) {
        od_compiler_param(work->part->compiler, &more->values[i]);
    }
    const unsigned none = 0;
    od_buf_append(&work->owns, &own, sizeof own);
    od_buf_append(&work->needed, &none, sizeof none);
}

/* The place among the track's owns of what the event says, new if nothing was the same. */
static uint32_t
find_own(struct work *work, const struct od_session_more *more)
{
    write_key(more, &work->key);
    uint32_t place = od_hash_find(&work->known, work->key.data, work->key.length);
    if (place != OD_HASH_NONE) {
        return place;
    }
    place = (uint32_t)(work->owns.length / sizeof(struct od_score_own));
    char *kept = work->key.failed
                     ? NULL
                     : od_arena_string(&work->keys, (const char *)work->key.data, work->key.length);
    if (kept == NULL || !od_hash_add(&work->known, kept, work->key.length, place)) {
        od_compiler_fail(work->part->compiler, OD_ENOMEM);
        return OD_SCORE_NONE;
    }
    add_own(work, more);
    return place;
}

/* ---- events ---- */

static unsigned
variant_of(const struct od_session_event *event)
{
    return (event->note != OD_NO_NOTE ? OD_VARIANT_NOTE : 0) |
           (event->gate != OD_GATE_NULL ? OD_VARIANT_SUSTAIN : 0);
}

static void
need(struct work *work, uint32_t own, unsigned variant)
{
    unsigned *needed = (unsigned *)(void *)work->needed.data;
    if (own == OD_SCORE_NONE) {
        work->variants |= 1u << variant;
    } else if (needed != NULL && !work->needed.failed) {
        needed[own] |= 1u << variant;
    }
}

static void
compile_event(struct work *work, const struct od_session_event *from,
              const struct od_session_more *more, struct od_event *event)
{
    struct od_score_extra extra;
    *event = od_work_event(from, work->place);
    if (more == NULL) {
        need(work, OD_SCORE_NONE, variant_of(from));
        return;
    }
    bool says_more = od_work_extra(more, &extra);
    if (more->n_values > 0) {
        extra.own = find_own(work, more);
        says_more = true;
    }
    need(work, extra.own, variant_of(from));
    if (says_more) {
        od_compiler_extra(work->part->compiler, event, from->offset_ms, extra);
    }
}

static void
compile_events(struct work *work)
{
    const struct od_sequence *sequence = work->sequence;
    struct od_event *events;
    uint16_t *steps;
    size_t next = 0;
    if (!od_compiler_events(work->part->compiler, sequence->n_events, &events, &steps)) {
        return;
    }
    for (size_t i = 0; i < sequence->n_events; i++) {
        compile_event(work, &sequence->events[i], od_work_more(sequence, i, &next), &events[i]);
        steps[i] = sequence->events[i].step;
    }
}

/* ---- messages ---- */

static enum od_status
render(struct work *work, const struct od_score_param *params, size_t n_params, unsigned variants,
       struct od_message_groups *groups)
{
    struct od_compiler *compiler = work->part->compiler;
    const struct od_score_track *track = &work->out;
    struct od_message_source source = {
        .strings = od_work_record(compiler, OD_SECTION_STRINGS, 0, 1),
        .track = track,
        .params = params,
        .n_params = n_params,
        .mods = od_work_record(compiler, OD_SECTION_MODS, track->first_mod,
                               sizeof(struct od_score_mod)),
        .n_mods = track->n_mods,
        .signals = od_work_record(compiler, OD_SECTION_SIGNALS, 0, sizeof(struct od_score_signal)),
        .numbers = od_work_record(compiler, OD_SECTION_NUMBERS, 0, sizeof(double)),
        .sends = od_work_record(compiler, OD_SECTION_SENDS, track->first_send,
                                sizeof(struct od_score_send)),
        .n_sends = track->n_sends,
        .lines = part_lines(work),
        .address = OD_OSC_ADDRESS,
    };
    return od_message_render(&source, variants, &compiler->sink, groups);
}

static enum od_status
render_own(struct work *work, struct od_score_own *own, unsigned variants)
{
    struct od_compiler *compiler = work->part->compiler;
    const struct od_score_param *params = (const void *)compiler->sections[OD_SECTION_PARAMS].data;
    struct od_message_groups groups;
    work->overlay.length = 0;
    od_message_overlay(od_work_record(compiler, OD_SECTION_STRINGS, 0, 1),
                       params + work->out.first_param, work->out.n_params,
                       params + own->first_param, own->n_params, &work->overlay);
    if (work->overlay.failed) {
        return OD_ENOMEM;
    }
    enum od_status status =
        render(work, (const void *)work->overlay.data,
               work->overlay.length / sizeof(struct od_score_param), variants, &groups);
    memcpy(own->first_message, groups.first, sizeof own->first_message);
    return status;
}

static enum od_status
render_owns(struct work *work)
{
    struct od_score_own *owns = (void *)work->owns.data;
    const unsigned *needed = (const void *)work->needed.data;
    enum od_status status = work->owns.failed || work->needed.failed ? OD_ENOMEM : OD_OK;
    size_t n = status == OD_OK ? work->owns.length / sizeof *owns : 0;
    work->out.first_own = count(work, OD_SECTION_OWNS, sizeof *owns);
    work->out.n_owns = (uint32_t)n;
    for (size_t i = 0; i < n && status == OD_OK; i++) {
        status = render_own(work, &owns[i], needed[i]);
        struct od_score_own *record =
            od_compiler_add(work->part->compiler, OD_SECTION_OWNS, sizeof *record);
        if (record != NULL) {
            *record = owns[i];
        }
    }
    return status;
}

static enum od_status
render_all(struct work *work)
{
    struct od_compiler *compiler = work->part->compiler;
    struct od_message_groups groups = {.n = 0};
    enum od_status status =
        render(work,
               od_work_record(compiler, OD_SECTION_PARAMS, work->out.first_param,
                              sizeof(struct od_score_param)),
               work->out.n_params, work->variants, &groups);
    od_message_set(&work->out, &groups);
    return status == OD_OK ? render_owns(work) : status;
}

static void
report_render(struct work *work, enum od_status status)
{
    struct od_compiler *compiler = work->part->compiler;
    const struct od_name *id = &work->track->id;
    char pointer[OD_WORK_POINTER];
    od_compiler_fail(compiler, status);
    if (od_compiler_is_too_long(compiler)) {
        od_compiler_too_long(compiler);
    } else if (status == OD_EDATA) {
        memcpy(pointer, work->part->pointer, sizeof pointer);
        od_json_pointer_step(pointer, sizeof pointer, "tracks", sizeof "tracks" - 1);
        od_json_pointer_step(pointer, sizeof pointer, id->text, strlen(id->text));
        od_diag_add(compiler->diags, OD_ERROR, id->offset, pointer, "message-too-long",
                    "the message of track \"%s\" is longer than %u bytes", id->text,
                    OD_SCORE_MESSAGE_MAX);
    }
}

/* ---- the track ---- */

static void
start(struct work *work)
{
    struct od_compiler *compiler = work->part->compiler;
    const struct od_track *track = work->track;
    const char *destination = track->destination.text;
    work->out = (struct od_score_track){
        .id = od_compiler_string(compiler, track->id.text),
        .destination =
            od_compiler_string(compiler, destination != NULL ? destination : OD_OSC_DESTINATION),
        .flags = od_work_flags(track->mute, track->solo),
        .line = find_name(&work->part->track_lines, &track->id),
        .n_events = (uint32_t)work->sequence->n_events,
        .length = work->sequence->length,
    };
    if (work->out.line != OD_SCORE_NONE &&
        (part_lines(work)[work->out.line].flags & OD_TRACK_LINE_SILENT) != 0) {
        work->out.flags |= OD_TRACK_LINE_SILENT;
    }
}

static void
finish(struct work *work)
{
    od_hash_clear(&work->known);
    od_arena_clear(&work->keys);
    od_buf_clear(&work->owns);
    od_buf_clear(&work->needed);
    od_buf_clear(&work->key);
    od_buf_clear(&work->overlay);
}

void
od_work_track(struct od_work *part, const struct od_track *track, uint32_t place)
{
    struct od_compiler *compiler = part->compiler;
    struct work work = {.part = part,
                        .track = track,
                        .sequence = od_work_sequence(part, &track->id),
                        .place = place};
    start(&work);
    compile_params(&work);
    compile_modulations(&work);
    compile_sends(&work);
    compile_events(&work);
    enum od_status status = compiler->stopped ? OD_OK : render_all(&work);
    if (status != OD_OK) {
        report_render(&work, status);
    }
    od_compiler_run(compiler, work.sequence->n_events, work.sequence->length, work.out.n_messages);
    struct od_score_track *record =
        compiler->stopped ? NULL : od_compiler_add(compiler, OD_SECTION_TRACKS, sizeof *record);
    if (record != NULL) {
        *record = work.out;
    }
    finish(&work);
}
