/* Parameters that move: the control thread's part of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"
#include "text/param.h"

struct glide *
od_glide_new(double from, struct glide *before, double to, int64_t steps)
{
    struct glide *glide = calloc(1, sizeof *glide);
    if (glide == NULL) {
        return NULL;
    }
    glide->refs = 1;
    glide->before = before != NULL ? od_glide_ref(before) : NULL;
    glide->at = (struct od_glide){
        .to = to, .steps = steps, .from = from, .before = before != NULL ? &before->at : NULL};
    return glide;
}

struct glide *
od_glide_ref(struct glide *glide)
{
    glide->refs++;
    return glide;
}

void
od_glide_unref(struct glide *glide)
{
    while (glide != NULL && --glide->refs == 0) {
        struct glide *before = glide->before;
        free(glide);
        glide = before;
    }
}

/* ---- of patches and strips ---- */

void
od_patch_glide(struct patch *patch, const struct od_score_param *param, struct glide *glide)
{
    const struct od_message_glide moving = {.param = param->param, .name = param->name};
    if (od_buf_append(&patch->moving, &moving, sizeof moving) &&
        od_buf_append(&patch->glides, &glide, sizeof glide)) {
        od_glide_ref(glide);
    }
}

static size_t
count_glides(const struct patch *patch)
{
    return patch->glides.length / sizeof(struct glide *);
}

static struct glide *
glide_at(const struct patch *patch, size_t i)
{
    return ((struct glide *const *)(const void *)patch->glides.data)[i];
}

struct glide *
od_strip_glide(const struct strip *strip, const struct od_score_param *param)
{
    const struct patch *patch = strip->patch;
    if (patch == NULL || param == NULL || (param->flags & OD_SCORE_PARAM_MOVES) == 0) {
        return NULL;
    }
    const struct od_message_glide *moving = (const void *)patch->moving.data;
    for (size_t i = 0; i < count_glides(patch); i++) {
        if (moving[i].param == param->param &&
            (param->param != OD_PARAM_EXTRA || strcmp(od_strip_string(strip, moving[i].name),
                                                      od_strip_string(strip, param->name)) == 0)) {
            return glide_at(patch, i);
        }
    }
    return NULL;
}

double
od_strip_number_of(const struct strip *strip, const struct od_score_param *param)
{
    const struct glide *glide = od_strip_glide(strip, param);
    return glide != NULL && glide->ended ? glide->at.left : param->value.number;
}

/* A mixer line says it, unless it was set while playing. */
static const struct od_score_line *
line_of(const struct strip *strip, unsigned param, const struct od_score_param *own)
{
    uint32_t line = od_strip_track(strip)->line;
    bool live = own != NULL && (own->flags & OD_SCORE_PARAM_LIVE) != 0;
    bool spatial = param == OD_PARAM_ORBIT ||
                   (param < OD_PARAM_COUNT && (od_params[param].where & OD_SPATIAL) != 0);
    if (line == OD_SCORE_NONE || live || !spatial) {
        return NULL;
    }
    return &strip->shared->score.lines[od_strip_part(strip)->first_line + line];
}

static bool
has_default(unsigned param)
{
    return param < OD_PARAM_COUNT &&
           (od_params[param].modulate != OD_MODULATE_NOT || param == OD_PARAM_ORBIT ||
            param == OD_PARAM_N || param == OD_PARAM_BEGIN || param == OD_PARAM_END);
}

bool
od_strip_now(const struct strip *strip, unsigned param, const struct od_score_param *own,
             double *value)
{
    const struct od_score_line *line = line_of(strip, param, own);
    if (line != NULL) {
        *value = od_message_line_number(line, (enum od_param)param);
        return true;
    }
    if (own != NULL) {
        *value = od_strip_number_of(strip, own);
        return own->type != OD_VALUE_STRING;
    }
    *value = has_default(param) ? od_params[param].def : 0;
    return has_default(param);
}

enum od_status
od_strip_move(const struct strip *strip, unsigned param, const char *name,
              const struct od_live_value *to, struct glide **glide, char *error)
{
    const struct od_score_param *own = od_strip_param(strip, param, name);
    double from;
    if (to->remove || to->type == OD_VALUE_STRING) {
        snprintf(error, OD_SCORE_ERROR_SIZE, "'%.60s' wants a number that it moves to", name);
        return OD_EDATA;
    }
    if (!od_strip_now(strip, param, own, &from)) {
        snprintf(error, OD_SCORE_ERROR_SIZE,
                 "'%.60s' has no number to move from: set it to one first", name);
        return OD_EDATA;
    }
    *glide = od_glide_new(from, od_strip_glide(strip, own), to->number, to->over);
    return *glide != NULL ? OD_OK : OD_ENOMEM;
}

/* ---- of takes ---- */

typedef void glide_fn(void *context, struct glide *glide);

static void
each_glide(const struct od_take *take, glide_fn *function, void *context)
{
    for (size_t i = 0; i < take->n_strips; i++) {
        const struct strip *strip = &take->strips[i];
        for (size_t k = 0; strip->patch != NULL && k < count_glides(strip->patch); k++) {
            function(context, glide_at(strip->patch, k));
        }
        if (strip->velocity_glide != NULL) {
            function(context, strip->velocity_glide);
        }
        if (strip->transpose_glide != NULL) {
            function(context, strip->transpose_glide);
        }
    }
}

struct list {
    struct od_glide **out;
    size_t n;
};

static void
list_one(void *context, struct glide *glide)
{
    struct list *list = context;
    if (list->out != NULL) {
        list->out[list->n] = &glide->at;
    }
    list->n++;
}

size_t
od_take_glides(const struct od_take *take, struct od_glide **out)
{
    struct list list = {out, 0};
    each_glide(take, list_one, &list);
    return list.n;
}

static void
forget_before(void *context, struct glide *glide)
{
    (void)context;
    od_glide_unref(glide->before);
    glide->before = NULL;
}

void
od_take_applied(struct od_take *take)
{
    each_glide(take, forget_before, NULL);
    od_take_unref(take->base);
    take->base = NULL;
}

static void
note_end(void *context, struct glide *glide)
{
    (void)context;
    glide->ended = true;
}

void
od_take_stopped(struct od_take *take)
{
    each_glide(take, note_end, NULL);
}
