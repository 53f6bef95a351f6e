#include <math.h>
#include <stdio.h>
#include <string.h>

#include "score/compiler.h"

#define POINTER_SIZE 40

/* Distinct messages of a batch: the same destination, track and parameters are one track. */
struct batch {
    struct od_compiler *compiler;
    struct od_hash known; /* what a message says → its place among the tracks */
    struct od_arena keys;
    struct od_score_part record;
};

static void
append_text(struct od_buf *key, const char *text)
{
    od_buf_append(key, text != NULL ? text : "", strlen(text != NULL ? text : "") + 1);
}

/* All that makes a message the same as another, as bytes. */
static void
write_key(const struct od_message_event *message, struct od_buf *key)
{
    key->length = 0;
    append_text(key, message->destination.text);
    append_text(key, message->track.text);
    od_buf_append(key, &message->n_controls, sizeof message->n_controls);
    for (size_t i = 0; i < message->n_controls; i++) {
        od_buf_append(key, &message->controls[i], sizeof message->controls[i]);
    }
    for (size_t i = 0; i < message->n_values; i++) {
        const struct od_param_value *value = &message->values[i];
        unsigned char type = (unsigned char)value->type;
        append_text(key, value->name);
        od_buf_append(key, &type, 1);
        if (value->type == OD_VALUE_STRING) {
            append_text(key, value->string);
        } else {
            od_buf_append(key, &value->number, sizeof value->number);
        }
    }
}

static enum od_status
render(struct batch *batch, struct od_score_track *track)
{
    struct od_compiler *compiler = batch->compiler;
    const struct od_score_param *params = (const void *)compiler->sections[OD_SECTION_PARAMS].data;
    struct od_message_source source = {
        .strings = (const char *)compiler->sections[OD_SECTION_STRINGS].data,
        .track = track,
        .params = params == NULL ? NULL : params + track->first_param,
        .n_params = track->n_params,
        .address = OD_OSC_ADDRESS,
    };
    struct od_message_groups groups;
    enum od_status status = od_message_render(&source, 1, &compiler->sink, &groups);
    od_message_set(track, &groups);
    return status;
}

static void
message_pointer(const struct batch *batch, const struct od_message_event *message,
                char pointer[POINTER_SIZE])
{
    size_t place = (size_t)(message - batch->compiler->session->messages);
    snprintf(pointer, POINTER_SIZE, "/messages/%zu", place);
}

static void
report_render(struct batch *batch, const struct od_message_event *message, enum od_status status)
{
    char pointer[POINTER_SIZE];
    od_compiler_fail(batch->compiler, status);
    if (od_compiler_is_too_long(batch->compiler)) {
        od_compiler_too_long(batch->compiler);
    } else if (status == OD_EDATA) {
        message_pointer(batch, message, pointer);
        od_diag_add(batch->compiler->diags, OD_ERROR, message->offset, pointer, "message-too-long",
                    "the message is longer than %u bytes", OD_SCORE_MESSAGE_MAX);
    }
}

static void
add_track(struct batch *batch, const struct od_message_event *message)
{
    struct od_compiler *compiler = batch->compiler;
    struct od_score_track out = {
        .id = od_compiler_string(compiler, message->track.text),
        .destination = od_compiler_string(compiler, message->destination.text),
        .flags = OD_TRACK_BATCH,
        .line = OD_SCORE_NONE,
        .first_param =
            od_compiler_count(compiler, OD_SECTION_PARAMS, sizeof(struct od_score_param)),
        .n_params = (uint32_t)message->n_values,
        .first_control =
            od_compiler_count(compiler, OD_SECTION_CONTROLS, sizeof(struct od_score_control)),
        .length = OD_STEPS,
    };
    out.n_controls = od_compiler_controls(compiler, message->controls, message->n_controls, 0);
    for (size_t i = 0; i < message->n_values; i++) {
        od_compiler_param(compiler, &message->values[i]);
    }
    if (compiler->stopped) {
        return;
    }
    enum od_status status = render(batch, &out);
    if (status != OD_OK) {
        report_render(batch, message, status);
    }
    struct od_score_track *record = od_compiler_add(compiler, OD_SECTION_TRACKS, sizeof *record);
    if (record != NULL) {
        *record = out;
    }
}

/* The track that plays this message, new if no other message was the same. */
static uint32_t
find_track(struct batch *batch, const struct od_message_event *message, struct od_buf *key)
{
    struct od_compiler *compiler = batch->compiler;
    write_key(message, key);
    uint32_t place = od_hash_find(&batch->known, key->data, key->length);
    if (place != OD_HASH_NONE) {
        return place;
    }
    place = od_compiler_count(compiler, OD_SECTION_TRACKS, sizeof(struct od_score_track));
    if (place == OD_TRACKS_MAX) {
        char pointer[POINTER_SIZE];
        message_pointer(batch, message, pointer);
        od_diag_add(compiler->diags, OD_ERROR, message->offset, pointer, "too-many-tracks",
                    "there are more than %zu different messages", OD_TRACKS_MAX);
        od_compiler_fail(compiler, OD_EDATA);
        return 0;
    }
    char *kept =
        key->failed ? NULL : od_arena_string(&batch->keys, (const char *)key->data, key->length);
    if (kept == NULL || !od_hash_add(&batch->known, kept, key->length, place)) {
        od_compiler_fail(compiler, OD_ENOMEM);
        return 0;
    }
    add_track(batch, message);
    return place;
}

static void
compile_message(struct batch *batch, const struct od_message_event *message, struct od_buf *key)
{
    struct od_compiler *compiler = batch->compiler;
    uint32_t track = find_track(batch, message, key);
    if (compiler->status != OD_OK) {
        return;
    }
    void *tracks = compiler->sections[OD_SECTION_TRACKS].data;
    ((struct od_score_track *)tracks)[track].n_events++;
    struct od_event *event;
    uint16_t *step;
    if (!od_compiler_events(compiler, 1, &event, &step)) {
        return;
    }
    *event = (struct od_event){
        .track = (uint16_t)track, .note = OD_EVENT_NO_NOTE, .velocity = 1, .gate_steps = NAN};
    *step = message->step;
    if (message->offset_steps != 0) {
        struct od_score_extra extra = {
            .offset_steps = message->offset_steps, .prob = 1, .own = OD_SCORE_NONE};
        od_compiler_extra(compiler, event, 0, extra);
    }
}

void
od_compile_batch(struct od_compiler *compiler)
{
    const struct od_session *session = compiler->session;
    const struct od_environment *environment = &session->main.environment;
    struct od_buf key = {0};
    struct batch batch = {.compiler = compiler,
                          .record = {.bpm = environment->bpm,
                                     .swing = environment->swing,
                                     .default_gate = environment->default_gate,
                                     .flags = OD_PART_ENVIRONMENT}};
    for (size_t i = 0; i < session->n_messages && compiler->status == OD_OK; i++) {
        compile_message(&batch, &session->messages[i], &key);
    }
    batch.record.n_tracks =
        od_compiler_count(compiler, OD_SECTION_TRACKS, sizeof(struct od_score_track));
    od_compiler_run(compiler, compiler->events.length / sizeof(struct od_event), OD_STEPS, 1);
    od_compiler_part(compiler, &batch.record, "");
    od_buf_clear(&key);
    od_arena_clear(&batch.keys);
    od_hash_clear(&batch.known);
}
