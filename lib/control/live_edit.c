#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"
#include "text/diag.h"
#include "text/param.h"

#define ALL_VARIANTS ((1u << OD_VARIANTS) - 1)

const char *
od_strip_string(const struct strip *strip, uint64_t offset)
{
    return strip->patch != NULL ? (const char *)strip->patch->strings.data + offset
                                : strip->shared->score.strings + offset;
}

static const struct od_score_param *
params_of(const struct strip *strip, size_t *n)
{
    if (strip->patch != NULL) {
        *n = strip->patch->params.length / sizeof(struct od_score_param);
        return (const void *)strip->patch->params.data;
    }
    *n = od_strip_track(strip)->n_params;
    return strip->shared->score.params + od_strip_track(strip)->first_param;
}

const struct od_score_param *
od_strip_param(const struct strip *strip, unsigned param, const char *name)
{
    size_t n;
    const struct od_score_param *params = params_of(strip, &n);
    for (size_t i = 0; i < n; i++) {
        if (params[i].param == param &&
            (param != OD_PARAM_EXTRA ||
             strcmp(od_strip_string(strip, params[i].name), name) == 0)) {
            return params[i].type != OD_VALUE_ABSENT ? &params[i] : NULL;
        }
    }
    return NULL;
}

static uint32_t
keep_string(struct patch *patch, const char *text)
{
    uint32_t offset = (uint32_t)patch->strings.length;
    od_buf_append(&patch->strings, text, strlen(text) + 1);
    return offset;
}

/* Appends a parameter whose strings lie in `strings` to one of the patch's lists. */
static void
keep_in(struct patch *patch, struct od_buf *list, const char *strings,
        const struct od_score_param *param)
{
    struct od_score_param kept = *param;
    if (param->name != 0) {
        kept.name = keep_string(patch, strings + param->name);
    }
    if (param->type == OD_VALUE_STRING) {
        kept.value.string = keep_string(patch, strings + param->value.string);
    }
    od_buf_append(list, &kept, sizeof kept);
}

static void
keep_param(struct patch *patch, const struct strip *strip, const struct od_score_param *param)
{
    struct glide *glide = od_strip_glide(strip, param);
    keep_in(patch, &patch->params, od_strip_string(strip, 0), param);
    if (glide != NULL && !patch->params.failed) {
        od_patch_glide(patch,
                       (const struct od_score_param *)(const void *)(patch->params.data +
                                                                     patch->params.length) -
                           1,
                       glide);
    }
}

static struct patch *
empty_patch(void)
{
    struct patch *patch = calloc(1, sizeof *patch);
    if (patch != NULL) {
        patch->refs = 1;
        od_buf_append(&patch->strings, "", 1);
    }
    return patch;
}

struct patch *
od_patch_new(const struct strip *strip)
{
    struct patch *patch = empty_patch();
    size_t n;
    const struct od_score_param *params = params_of(strip, &n);
    for (size_t i = 0; patch != NULL && i < n; i++) {
        keep_param(patch, strip, &params[i]);
    }
    return patch;
}

/* What events say themselves no live change changes: it comes from the score. */
static void
keep_owns(struct patch *patch, const struct strip *strip)
{
    const struct od_score *score = &strip->shared->score;
    const struct od_score_track *track = od_strip_track(strip);
    for (uint32_t i = 0; i < track->n_owns; i++) {
        struct od_score_own own = score->owns[track->first_own + i];
        const struct od_score_param *params = score->params + own.first_param;
        own.first_param = (uint32_t)(patch->own_params.length / sizeof *params);
        for (uint32_t k = 0; k < own.n_params; k++) {
            keep_in(patch, &patch->own_params, score->strings, &params[k]);
        }
        od_buf_append(&patch->owns, &own, sizeof own);
    }
}

/* The variants that a group has messages for. */
static unsigned
variants_of(const uint32_t first[OD_VARIANTS])
{
    unsigned variants = 0;
    for (unsigned v = 0; v < OD_VARIANTS; v++) {
        variants |= first[v] != OD_SCORE_NONE ? 1u << v : 0;
    }
    return variants;
}

static enum od_status
render_owns(struct patch *patch, const struct od_message_source *source)
{
    struct od_score_own *owns = (void *)patch->owns.data;
    const struct od_score_param *params = (const void *)patch->own_params.data;
    struct od_message_source overlaid = *source;
    struct od_buf overlay = {0};
    enum od_status status = OD_OK;
    for (size_t i = 0; i < patch->owns.length / sizeof *owns && status == OD_OK; i++) {
        struct od_message_groups groups;
        overlay.length = 0;
        od_message_overlay(source->strings, source->params, source->n_params,
                           params + owns[i].first_param, owns[i].n_params, &overlay);
        overlaid.params = (const void *)overlay.data;
        overlaid.n_params = overlay.length / sizeof *params;
        status = overlay.failed ? OD_ENOMEM
                                : od_message_render(&overlaid, variants_of(owns[i].first_message),
                                                    &patch->sink, &groups);
        if (status == OD_OK) {
            memcpy(owns[i].first_message, groups.first, sizeof groups.first);
        }
    }
    od_buf_clear(&overlay);
    return status;
}

enum od_status
od_patch_render(struct patch *patch, const struct strip *strip, unsigned variants)
{
    keep_owns(patch, strip);
    if (patch->strings.failed || patch->params.failed || patch->own_params.failed ||
        patch->owns.failed || patch->moving.failed || patch->glides.failed) {
        return OD_ENOMEM;
    }
    const struct od_score *score = &strip->shared->score;
    const struct od_score_track *track = od_strip_track(strip);
    const struct od_message_source source = {
        .strings = (const char *)patch->strings.data,
        .track = track,
        .params = (const void *)patch->params.data,
        .n_params = patch->params.length / sizeof(struct od_score_param),
        .mods = score->mods + track->first_mod,
        .n_mods = track->n_mods,
        .signals = score->signals,
        .numbers = score->numbers,
        .sends = score->sends + track->first_send,
        .n_sends = track->n_sends,
        .lines = score->lines + od_strip_part(strip)->first_line,
        .address = strip->address,
        .glides = (const void *)patch->moving.data,
        .n_glides = patch->moving.length / sizeof(struct od_message_glide),
    };
    struct od_message_groups groups;
    enum od_status status = od_message_render(&source, variants, &patch->sink, &groups);
    patch->track = *track;
    od_message_set(&patch->track, &groups);
    status = status == OD_OK ? render_owns(patch, &source) : status;
    const struct od_buf *moves = &patch->sink.moves;
    patch->voice_glides =
        (struct od_voice_glides){.messages = (const void *)patch->sink.messages.data,
                                 .moves = (const void *)moves->data,
                                 .n = moves->length / sizeof(struct od_message_move),
                                 .of = (void *)patch->glides.data,
                                 .numbers = score->numbers};
    return status;
}

unsigned
od_strip_all_variants(const struct strip *strip)
{
    return (od_strip_track(strip)->flags & OD_TRACK_BATCH) != 0 ? 1u : ALL_VARIANTS;
}

unsigned
od_strip_variants(const struct strip *strip)
{
    return variants_of(od_strip_track(strip)->first_message);
}

/* Every change: copy, let `change` do its part on the tracks of that id, make the voices. */
typedef enum od_status change_fn(struct strip *strip, const void *what, char *error);

static enum od_status
with_change(struct od_take *base, const char *id, change_fn *change, const void *what,
            struct od_take **result, char *error)
{
    struct od_take *take = od_take_copy(base);
    if (take == NULL) {
        return OD_ENOMEM;
    }
    enum od_status status = OD_OK;
    for (size_t i = 0; i < take->n_strips && status == OD_OK; i++) {
        if (strcmp(od_strip_id(&take->strips[i]), id) == 0) {
            status = change(&take->strips[i], what, error);
        }
    }
    if (status == OD_OK) {
        status = od_take_finish(take, error);
    }
    if (status != OD_OK) {
        od_take_unref(take);
        return status;
    }
    *result = take;
    return OD_OK;
}

enum od_status
od_take_switch(struct od_take *base, enum od_switch which, const uint8_t *wanted,
               struct od_take **result)
{
    struct od_take *take = od_take_copy(base);
    for (size_t i = 0; take != NULL && i < take->n_strips; i++) {
        struct strip *strip = &take->strips[i];
        bool *on = which == OD_SWITCH_MUTE ? &strip->mute : &strip->solo;
        if (wanted[i] != OD_WANTED_AS_IT_IS) {
            *on = wanted[i] == OD_WANTED_ON;
            strip->live |= which == OD_SWITCH_MUTE ? OD_LIVE_MUTE : OD_LIVE_SOLO;
        }
    }
    enum od_status status = take == NULL ? OD_ENOMEM : od_take_finish(take, NULL);
    if (status != OD_OK) {
        od_take_unref(take);
        return status;
    }
    *result = take;
    return OD_OK;
}

/* ---- parameters ---- */

static void
new_param(struct patch *patch, const struct setting *setting)
{
    const struct od_live_value *value = setting->value;
    struct od_score_param param = {.param = (uint16_t)setting->param,
                                   .type = (uint8_t)(value->remove ? OD_VALUE_ABSENT : value->type),
                                   .flags = setting->loaded != NULL ? setting->loaded->flags
                                                                    : OD_SCORE_PARAM_LIVE};
    if (setting->param == OD_PARAM_EXTRA) {
        param.name = keep_string(patch, setting->name);
    }
    if (param.type == OD_VALUE_STRING) {
        param.value.string = keep_string(patch, value->string);
    } else {
        param.value.number = value->number;
    }
    param.flags |= setting->glide != NULL ? OD_SCORE_PARAM_MOVES : 0;
    od_buf_append(&patch->params, &param, sizeof param);
    if (setting->glide != NULL) {
        od_patch_glide(patch, &param, setting->glide);
    }
}

static bool
is_meant(const struct strip *strip, const struct od_score_param *param,
         const struct setting *setting)
{
    return param->param == setting->param &&
           (setting->param != OD_PARAM_EXTRA ||
            strcmp(od_strip_string(strip, param->name), setting->name) == 0);
}

/* Known parameters stay in the order of od_param, extras behind them as they came. */
struct patch *
od_patch_with(const struct strip *strip, const struct setting *setting)
{
    struct patch *patch = empty_patch();
    size_t n;
    const struct od_score_param *params = params_of(strip, &n);
    bool placed = setting->reset && setting->value->remove;
    for (size_t i = 0; patch != NULL && i < n; i++) {
        bool meant = is_meant(strip, &params[i], setting);
        if (!placed && (meant || params[i].param > setting->param)) {
            new_param(patch, setting);
            placed = true;
        }
        if (!meant) {
            keep_param(patch, strip, &params[i]);
        }
    }
    if (patch != NULL && !placed) {
        new_param(patch, setting);
    }
    return patch;
}

static enum od_status
too_long(char *error)
{
    snprintf(error, OD_SCORE_ERROR_SIZE, "the message would be longer than %u bytes",
             OD_SCORE_MESSAGE_MAX);
    return OD_EDATA;
}

static enum od_status
set_osc(struct strip *strip, const struct setting *given, char *error)
{
    struct setting with = *given;
    const struct setting *setting = &with;
    enum od_status moved = OD_OK;
    if (given->value->over > 0) {
        moved = od_strip_move(strip, given->param, given->name, given->value, &with.glide, error);
    }
    struct patch *patch = moved == OD_OK ? od_patch_with(strip, setting) : NULL;
    od_glide_unref(with.glide);
    if (patch == NULL) {
        return moved == OD_OK ? OD_ENOMEM : moved;
    }
    enum od_status status = od_patch_render(patch, strip, od_strip_all_variants(strip));
    if (status != OD_OK) {
        od_patch_unref(patch);
        return status == OD_EDATA ? too_long(error) : status;
    }
    od_patch_unref(strip->patch);
    strip->patch = patch;
    return OD_OK;
}

static const char *
nearest_param(const char *name)
{
    const char *names[OD_PARAM_COUNT];
    size_t n = 0;
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        if (od_params[i].name != NULL) {
            names[n++] = od_params[i].name;
        }
    }
    return od_diag_nearest(name, names, n);
}

static enum od_status
wrong(char *error, const char *name, const char *wanted)
{
    snprintf(error, OD_SCORE_ERROR_SIZE, "'%.60s' wants %s", name, wanted);
    return OD_EDATA;
}

static bool
is_whole(const struct od_live_value *value, double min, double max)
{
    return value->type != OD_VALUE_STRING && value->number >= min && value->number <= max &&
           value->number == rint(value->number);
}

/* Can it be sent as it is? */
static bool
fits(const struct od_live_value *value)
{
    switch (value->type) {
    case OD_VALUE_INT:
        return is_whole(value, INT32_MIN, INT32_MAX);
    case OD_VALUE_FLOAT:
        return fabs(value->number) <= (double)FLT_MAX;
    case OD_VALUE_STRING:
    case OD_VALUE_ABSENT:
        break;
    }
    return true;
}

static enum od_status
check_known(const struct setting *setting, char *error)
{
    const struct od_live_value *value = setting->value;
    const struct od_param_info *info = &od_params[setting->param];
    if (value->remove) {
        return setting->param == OD_PARAM_S
                   ? wrong(error, setting->name, "a sound: it cannot be removed")
                   : OD_OK;
    }
    switch (info->type) {
    case OD_PARAM_STRING:
        return value->type == OD_VALUE_STRING ? OD_OK : wrong(error, setting->name, "a string");
    case OD_PARAM_INT:
        return is_whole(value, INT32_MIN, INT32_MAX)
                   ? OD_OK
                   : wrong(error, setting->name, "a whole number of 32 bits");
    case OD_PARAM_FLOAT:
        break;
    }
    return value->type == OD_VALUE_FLOAT && fits(value)
               ? OD_OK
               : wrong(error, setting->name, "a number that fits 32 bits");
}

static enum od_status
change_known(struct strip *strip, const struct setting *setting, char *error)
{
    struct od_live_value value = *setting->value;
    struct setting known = *setting;
    known.value = &value;
    if (!value.remove && od_params[known.param].type == OD_PARAM_FLOAT &&
        value.type == OD_VALUE_INT) {
        value.type = OD_VALUE_FLOAT;
    }
    enum od_status status = check_known(&known, error);
    if (status != OD_OK) {
        return status;
    }
    if (!value.remove && od_params[known.param].type == OD_PARAM_INT) {
        value.type = OD_VALUE_INT;
    }
    return set_osc(strip, &known, error);
}

static enum od_status
change_extra(struct strip *strip, const struct setting *setting, char *error)
{
    if (od_strip_param(strip, OD_PARAM_EXTRA, setting->name) == NULL) {
        const char *near = nearest_param(setting->name);
        snprintf(error, OD_SCORE_ERROR_SIZE, "no parameter '%.60s'%s%s%s", setting->name,
                 near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                 near != NULL ? "'?" : "");
        return OD_EUNKNOWN;
    }
    if (!setting->value->remove && !fits(setting->value)) {
        return wrong(error, setting->name, "a number that fits 32 bits");
    }
    return set_osc(strip, setting, error);
}

static enum od_status
change_osc(struct strip *strip, const struct setting *given, char *error)
{
    struct setting setting = *given;
    bool batch = (od_strip_track(strip)->flags & OD_TRACK_BATCH) != 0;
    unsigned known =
        od_param_find(setting.name, strlen(setting.name), OD_IN_PARAMS | OD_IN_BOTH_FX);
    if (!batch && known != OD_PARAM_COUNT) {
        setting.param = known;
        return change_known(strip, &setting, error);
    }
    setting.param = OD_PARAM_EXTRA;
    return change_extra(strip, &setting, error);
}

/* What a MIDI track's number moves with now; the one before is let go. */
static enum od_status
move_midi(struct glide **glide, int from, const struct od_live_value *value)
{
    struct glide *moves = NULL;
    if (value->over > 0) {
        moves = od_glide_new(from, *glide, value->number, value->over);
        if (moves == NULL) {
            return OD_ENOMEM;
        }
    }
    od_glide_unref(*glide);
    *glide = moves;
    return OD_OK;
}

/* What is removed is the session's again. */
static void
note_change(struct strip *strip, unsigned bit, const struct od_live_value *value)
{
    strip->live = (uint8_t)(value->remove ? strip->live & ~bit : strip->live | bit);
}

static enum od_status
change_midi(struct strip *strip, const struct setting *setting, char *error)
{
    const struct od_score_midi_track *track = od_strip_midi(strip);
    const struct od_live_value *value = setting->value;
    enum od_status status = OD_OK;
    if (value->remove && value->over > 0) {
        return wrong(error, setting->name, "a number that it moves to");
    }
    if (strcmp(setting->name, "velocity") == 0) {
        if (!value->remove && !is_whole(value, 0, 127)) {
            return wrong(error, setting->name, "a whole number 0..127");
        }
        status = move_midi(&strip->velocity_glide, strip->velocity, value);
        strip->velocity = value->remove ? track->velocity : (uint8_t)value->number;
        strip->revalued = strip->velocity != track->velocity || strip->velocity_glide != NULL;
        note_change(strip, OD_LIVE_VELOCITY, value);
    } else if (strcmp(setting->name, "transpose") == 0) {
        if (!value->remove && !is_whole(value, -127, 127)) {
            return wrong(error, setting->name, "a whole number -127..127");
        }
        status = move_midi(&strip->transpose_glide, strip->transpose, value);
        strip->transpose = value->remove ? track->transpose : (int8_t)value->number;
        note_change(strip, OD_LIVE_TRANSPOSE, value);
    } else if (strcmp(setting->name, "channel") == 0) {
        if (value->over > 0 || (!value->remove && !is_whole(value, 0, 15))) {
            return wrong(error, setting->name, "a whole number 0..15, at once");
        }
        strip->channel = value->remove ? track->channel : (uint8_t)value->number;
        note_change(strip, OD_LIVE_CHANNEL, value);
    } else {
        snprintf(error, OD_SCORE_ERROR_SIZE,
                 "no parameter '%.60s': a MIDI track has velocity, transpose, channel",
                 setting->name);
        return OD_EUNKNOWN;
    }
    return status;
}

/* A number that is relative to what holds becomes one that is not. */
static bool
resolve(const struct strip *strip, const char *name, struct od_live_value *value)
{
    const struct od_live_value held = od_strip_start(strip, name);
    if (held.remove || held.type == OD_VALUE_STRING) {
        return false;
    }
    value->number = od_relative(value->relation, held.number, value->number);
    value->relation = OD_ABSOLUTE;
    bool whole = held.type == OD_VALUE_INT && value->number == rint(value->number);
    value->type = whole ? OD_VALUE_INT : OD_VALUE_FLOAT;
    return true;
}

static enum od_status
change_param(struct strip *strip, const void *what, char *error)
{
    struct setting setting = *(const struct setting *)what;
    struct od_live_value value = *setting.value;
    setting.value = &value;
    if (value.relation != OD_ABSOLUTE && od_strip_knows(strip, setting.name) &&
        !resolve(strip, setting.name, &value)) {
        return wrong(error, setting.name, "a number first, which another can be relative to");
    }
    return strip->midi ? change_midi(strip, &setting, error) : change_osc(strip, &setting, error);
}

enum od_status
od_take_set(struct od_take *base, const char *id, const char *param,
            const struct od_live_value *value, struct od_take **take, char *error)
{
    struct setting setting = {.name = param, .value = value};
    return with_change(base, id, change_param, &setting, take, error);
}

/* ---- back to what was loaded ---- */

/* A patch, as a trigger needs it. */
static enum od_status
prepare(struct strip *strip)
{
    strip->patch = od_patch_new(strip);
    return strip->patch == NULL ? OD_ENOMEM : od_patch_render(strip->patch, strip, ALL_VARIANTS);
}

static enum od_status
reset_all(struct strip *strip)
{
    struct strip loaded;
    bool prepared = strip->patch != NULL;
    od_strip_loaded(&loaded, strip);
    od_strip_clear(strip);
    *strip = loaded;
    return prepared ? prepare(strip) : OD_OK; /* a trigger may wait for it */
}

/* A MIDI track's values go back by themselves when they are removed. */
static enum od_status
reset_param(struct strip *strip, const struct strip *loaded, const char *param, char *error)
{
    struct od_live_value value = od_strip_value(loaded, param);
    struct setting setting = {.name = param, .value = &value, .reset = true};
    if (strip->midi) {
        value.remove = true;
        return change_midi(strip, &setting, error);
    }
    unsigned known = od_param_find(param, strlen(param), OD_IN_PARAMS | OD_IN_BOTH_FX);
    bool batch = (od_strip_track(strip)->flags & OD_TRACK_BATCH) != 0;
    setting.loaded =
        od_strip_param(loaded, batch || known == OD_PARAM_COUNT ? OD_PARAM_EXTRA : known, param);
    return change_osc(strip, &setting, error);
}

static enum od_status
change_reset(struct strip *strip, const void *what, char *error)
{
    const char *param = what;
    struct strip loaded;
    enum od_status status = OD_OK;
    if (param == NULL) {
        return reset_all(strip);
    }
    od_strip_loaded(&loaded, strip);
    if (strcmp(param, "mute") == 0) {
        strip->mute = loaded.mute;
        strip->live &= (uint8_t)~OD_LIVE_MUTE;
    } else if (strcmp(param, "solo") == 0) {
        strip->solo = loaded.solo;
        strip->live &= (uint8_t)~OD_LIVE_SOLO;
    } else {
        status = reset_param(strip, &loaded, param, error);
    }
    od_strip_clear(&loaded);
    return status;
}

enum od_status
od_take_reset(struct od_take *base, const char *id, const char *param, struct od_take **result,
              char *error)
{
    if (id != NULL) {
        return with_change(base, id, change_reset, param, result, error);
    }
    struct od_take *take = od_take_copy(base);
    enum od_status status = take == NULL ? OD_ENOMEM : OD_OK;
    for (size_t i = 0; status == OD_OK && i < take->n_strips; i++) {
        status = reset_all(&take->strips[i]);
    }
    status = status == OD_OK ? od_take_finish(take, error) : status;
    if (status != OD_OK) {
        od_take_unref(take);
        return status;
    }
    od_take_load_environment(take);
    od_take_forget_away(take);
    *result = take;
    return OD_OK;
}

/* ---- triggers ---- */

bool
od_take_prepared(const struct od_take *take, int voice)
{
    const struct strip *strip = &take->strips[voice];
    return strip->midi || strip->patch != NULL ||
           (od_strip_track(strip)->flags & OD_TRACK_BATCH) != 0;
}

static enum od_status
change_prepare(struct strip *strip, const void *what, char *error)
{
    (void)what;
    (void)error;
    return strip->midi || strip->patch != NULL ? OD_OK : prepare(strip);
}

enum od_status
od_take_prepare(struct od_take *base, const char *id, struct od_take **take)
{
    return with_change(base, id, change_prepare, NULL, take, NULL);
}
