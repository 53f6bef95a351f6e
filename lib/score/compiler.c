#include "score/compiler.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "score/stepindex.h"

void
od_compiler_fail(struct od_compiler *compiler, enum od_status status)
{
    if (compiler->status == OD_OK) {
        compiler->status = status;
    }
    compiler->stopped = compiler->stopped || status == OD_ENOMEM;
}

void
od_compiler_too_long(struct od_compiler *compiler)
{
    if (compiler->stopped) {
        return;
    }
    compiler->stopped = true;
    od_compiler_fail(compiler, OD_EDATA);
    od_diag_add(compiler->diags, OD_ERROR, 0, "", "too-long",
                "its score would be longer than %llu MiB",
                (unsigned long long)(OD_SCORE_LENGTH_MAX >> 20));
}

bool
od_compiler_is_too_long(const struct od_compiler *compiler)
{
    uint64_t length = od_message_sink_length(&compiler->sink);
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        length += compiler->sections[i].length;
    }
    return length > OD_SCORE_LENGTH_MAX;
}

uint32_t
od_compiler_string(struct od_compiler *compiler, const char *text)
{
    struct od_buf *pool = &compiler->sections[OD_SECTION_STRINGS];
    if (text == NULL || text[0] == '\0') {
        return 0;
    }
    size_t length = strlen(text);
    uint32_t at = od_hash_find(&compiler->strings, text, length);
    if (at != OD_HASH_NONE) {
        return at;
    }
    if (pool->length > OD_SCORE_LENGTH_MAX) { /* the score is refused when it is written */
        return 0;
    }
    at = (uint32_t)pool->length;
    if (!od_hash_add(&compiler->strings, text, length, at) ||
        !od_buf_append(pool, text, length + 1)) {
        od_compiler_fail(compiler, OD_ENOMEM);
    }
    return at;
}

void *
od_compiler_add(struct od_compiler *compiler, enum od_section section, size_t size)
{
    if (od_compiler_is_too_long(compiler)) {
        od_compiler_too_long(compiler);
        return NULL;
    }
    void *record = od_buf_extend(&compiler->sections[section], size);
    if (record == NULL) {
        od_compiler_fail(compiler, OD_ENOMEM);
    }
    return record;
}

uint32_t
od_compiler_count(const struct od_compiler *compiler, enum od_section section, size_t size)
{
    return (uint32_t)(compiler->sections[section].length / size);
}

float
od_compiler_float(double value)
{
    const double limit = (double)FLT_MAX;
    return (float)(value < -limit ? -limit : value > limit ? limit : value) + 0.0f;
}

void
od_compiler_param(struct od_compiler *compiler, const struct od_param_value *value)
{
    struct od_score_param *param = od_compiler_add(compiler, OD_SECTION_PARAMS, sizeof *param);
    if (param == NULL) {
        return;
    }
    bool extra = value->param == OD_PARAM_EXTRA;
    bool whole = !extra && od_params[value->param].type == OD_PARAM_INT;
    param->param = (uint16_t)value->param;
    param->type = (uint8_t)(whole ? OD_VALUE_INT : value->type);
    param->name = extra ? od_compiler_string(compiler, value->name) : 0;
    if (value->type == OD_VALUE_STRING) {
        param->value.string = od_compiler_string(compiler, value->string);
    } else {
        param->value.number = whole ? trunc(value->number) : value->number;
    }
}

bool
od_compiler_events(struct od_compiler *compiler, size_t n, struct od_event **events,
                   uint8_t **steps)
{
    *events = od_buf_extend(&compiler->events, n * sizeof **events);
    *steps = od_buf_extend(&compiler->steps, n);
    if (*events == NULL || *steps == NULL) {
        od_compiler_fail(compiler, OD_ENOMEM);
        return false;
    }
    return true;
}

static void
find_offsets(const struct od_event *events, size_t n, struct od_score_part *part)
{
    float min = 0;
    float max = 0;
    for (size_t i = 0; i < n; i++) {
        min = events[i].offset_ms < min ? events[i].offset_ms : min;
        max = events[i].offset_ms > max ? events[i].offset_ms : max;
    }
    part->min_offset_ms = min;
    part->max_offset_ms = max;
}

static void
find_densest(struct od_compiler *compiler, struct od_score_part *part, const uint32_t *messages,
             const char *pointer)
{
    for (uint32_t k = 0; k < OD_STEPS; k++) {
        if (messages[k] > part->densest_messages) {
            part->densest_messages = messages[k];
            part->densest_step = k;
        }
    }
    if (part->densest_messages > OD_DENSE_STEP) {
        od_diag_add(compiler->diags, OD_WARNING, 0, pointer, "dense-step",
                    "step %u has %u messages: SuperDirt needs a look-ahead of about %u ms for them",
                    part->densest_step, part->densest_messages, 50 + part->densest_messages / 2);
    }
}

void
od_compiler_part(struct od_compiler *compiler, struct od_score_part *part, const uint32_t *messages,
                 const char *pointer)
{
    size_t n = compiler->events.length / sizeof(struct od_event);
    if (n > OD_SCORE_LENGTH_MAX / sizeof(struct od_event)) {
        n = 0;
        od_compiler_fail(compiler, OD_EDATA);
        od_diag_add(compiler->diags, OD_ERROR, 0, pointer, "too-long", "there are too many events");
    }
    part->first_event = od_compiler_count(compiler, OD_SECTION_EVENTS, sizeof(struct od_event));
    part->first_index = od_compiler_count(compiler, OD_SECTION_INDEX, sizeof(uint32_t));
    part->n_events = (uint32_t)n;
    struct od_event *sorted =
        od_compiler_add(compiler, OD_SECTION_EVENTS, n * sizeof(struct od_event));
    uint32_t *index =
        od_compiler_add(compiler, OD_SECTION_INDEX, (OD_STEPS + 1) * sizeof(uint32_t));
    if (sorted != NULL && index != NULL && compiler->status == OD_OK) {
        const struct od_event *events = (const void *)compiler->events.data;
        find_offsets(events, n, part);
        od_stepindex_build(events, compiler->steps.data, (uint32_t)n, sorted, index);
    }
    compiler->events.length = 0;
    compiler->steps.length = 0;
    find_densest(compiler, part, messages, pointer);
    struct od_score_part *record = od_compiler_add(compiler, OD_SECTION_PARTS, sizeof *record);
    if (record != NULL) {
        *record = *part;
    }
}
