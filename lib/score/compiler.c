#include "score/compiler.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "score/controls.h"
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
    bool whole =
        !extra && value->type != OD_VALUE_ABSENT && od_params[value->param].type == OD_PARAM_INT;
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
                   uint16_t **steps)
{
    *events = od_buf_extend(&compiler->events, n * sizeof **events);
    *steps = od_buf_extend(&compiler->steps, n * sizeof **steps);
    if (*events == NULL || *steps == NULL) {
        od_compiler_fail(compiler, OD_ENOMEM);
        return false;
    }
    return true;
}

static void
keep_control(void *context, const struct od_score_control *message)
{
    struct od_score_control *kept = od_compiler_add(context, OD_SECTION_CONTROLS, sizeof *kept);
    if (kept != NULL) {
        *kept = *message;
    }
}

uint32_t
od_compiler_controls(struct od_compiler *compiler, const struct od_control *controls, size_t n,
                     int note)
{
    return od_controls_send(controls, n, note, keep_control, compiler);
}
