/* The last word wins, by parts: what a performer changed outlasts scenes and sessions until one of
 * them changes that same thing. */
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"
#include "score/message.h"

#define AWAY_MAX 64 /* tracks that are kept in mind while no part has them; the oldest goes */

static uint32_t
flags_of(const struct strip *strip)
{
    return strip->midi ? od_strip_midi(strip)->flags : od_strip_track(strip)->flags;
}

/* What the score says of a parameter; NULL: nothing. */
static const struct od_score_param *
given_param(const struct strip *strip, unsigned param, const char *name)
{
    const struct od_score *score = &strip->shared->score;
    const struct od_score_track *track = od_strip_track(strip);
    for (uint32_t i = 0; i < track->n_params; i++) {
        const struct od_score_param *given = &score->params[track->first_param + i];
        if (given->param == param &&
            (param != OD_PARAM_EXTRA || strcmp(score->strings + given->name, name) == 0)) {
            return given;
        }
    }
    return NULL;
}

/* Do both scores give a parameter the same value? */
static bool
same_given(const struct strip *a, const struct strip *b, unsigned param, const char *name)
{
    const struct od_score_param *left = given_param(a, param, name);
    const struct od_score_param *right = given_param(b, param, name);
    if (left == NULL || right == NULL) {
        return left == right;
    }
    bool string = left->type == OD_VALUE_STRING;
    if (string != (right->type == OD_VALUE_STRING)) {
        return false;
    }
    return string ? strcmp(a->shared->score.strings + left->value.string,
                           b->shared->score.strings + right->value.string) == 0
                  : left->value.number == right->value.number;
}

static const struct od_score_param *
next_live(const struct strip *strip, size_t *at)
{
    const struct patch *patch = strip->patch;
    size_t n = patch != NULL ? patch->params.length / sizeof(struct od_score_param) : 0;
    while (*at < n) {
        const struct od_score_param *param =
            (const struct od_score_param *)(const void *)patch->params.data + (*at)++;
        if ((param->flags & OD_SCORE_PARAM_LIVE) != 0) {
            return param;
        }
    }
    return NULL;
}

static bool
is_changed(const struct strip *strip)
{
    size_t at = 0;
    return strip->live != 0 || (!strip->midi && next_live(strip, &at) != NULL);
}

bool
od_take_is_changed(const struct od_take *take)
{
    for (size_t i = 0; take != NULL && i < take->n_strips; i++) {
        if (is_changed(&take->strips[i])) {
            return true;
        }
    }
    return take != NULL && take->n_away > 0;
}

static void
tell_changes(const struct strip *strip, od_live_fn *tell, void *context)
{
    static const struct {
        unsigned bit;
        const char *what, *param;
    } bits[] = {{OD_LIVE_MUTE, "mute", ""},
                {OD_LIVE_SOLO, "solo", ""},
                {OD_LIVE_VELOCITY, "set", "velocity"},
                {OD_LIVE_TRANSPOSE, "set", "transpose"},
                {OD_LIVE_CHANNEL, "set", "channel"}};
    const char *id = od_strip_id(strip);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if ((strip->live & bits[i].bit) != 0) {
            tell(context, id, bits[i].what, bits[i].param);
        }
    }
    size_t at = 0;
    const struct od_score_param *param;
    while (!strip->midi && (param = next_live(strip, &at)) != NULL) {
        tell(context, id, "set",
             param->param == OD_PARAM_EXTRA ? od_strip_string(strip, param->name)
                                            : od_params[param->param].name);
    }
}

void
od_take_each_change(const struct od_take *take, od_live_fn *tell, void *context)
{
    for (size_t i = 0; i < take->n_strips; i++) {
        tell_changes(&take->strips[i], tell, context);
    }
    for (size_t i = 0; i < take->n_away; i++) {
        tell_changes(&take->away[i], tell, context);
    }
}

/* ---- one track ---- */

static void
keep_switches(struct strip *strip, const struct strip *old)
{
    uint32_t differ = flags_of(strip) ^ flags_of(old);
    if ((old->live & OD_LIVE_MUTE) != 0 && (differ & OD_TRACK_MUTE) == 0) {
        strip->mute = old->mute;
        strip->live |= OD_LIVE_MUTE;
    }
    if ((old->live & OD_LIVE_SOLO) != 0 && (differ & OD_TRACK_SOLO) == 0) {
        strip->solo = old->solo;
        strip->live |= OD_LIVE_SOLO;
    }
}

static struct glide *
shared_glide(struct glide *glide)
{
    return glide != NULL ? od_glide_ref(glide) : NULL;
}

static void
keep_midi(struct strip *strip, const struct strip *old)
{
    const struct od_score_midi_track *given = od_strip_midi(strip);
    const struct od_score_midi_track *was = od_strip_midi(old);
    if ((old->live & OD_LIVE_VELOCITY) != 0 && given->velocity == was->velocity) {
        strip->velocity = old->velocity;
        strip->velocity_glide = shared_glide(old->velocity_glide);
        strip->revalued = strip->velocity != given->velocity || strip->velocity_glide != NULL;
        strip->live |= OD_LIVE_VELOCITY;
    }
    if ((old->live & OD_LIVE_TRANSPOSE) != 0 && given->transpose == was->transpose) {
        strip->transpose = old->transpose;
        strip->transpose_glide = shared_glide(old->transpose_glide);
        strip->live |= OD_LIVE_TRANSPOSE;
    }
    if ((old->live & OD_LIVE_CHANNEL) != 0 && given->channel == was->channel) {
        strip->channel = old->channel;
        strip->live |= OD_LIVE_CHANNEL;
    }
}

static bool
keep_param(struct strip *strip, const struct strip *old, const struct od_score_param *param)
{
    const char *name = param->param == OD_PARAM_EXTRA ? od_strip_string(old, param->name) : NULL;
    if (!same_given(strip, old, param->param, name)) {
        return true;
    }
    struct od_live_value value = {.remove = param->type == OD_VALUE_ABSENT,
                                  .type = (enum od_value_type)param->type};
    if (param->type == OD_VALUE_STRING) {
        value.string = od_strip_string(old, param->value.string);
    } else {
        value.number = param->value.number;
    }
    const struct setting setting = {
        .name = name, .value = &value, .param = param->param, .glide = od_strip_glide(old, param)};
    struct patch *patch = od_patch_with(strip, &setting);
    if (patch != NULL) {
        od_patch_unref(strip->patch);
        strip->patch = patch;
    }
    return patch != NULL;
}

static enum od_status
keep_params(const struct od_take *take, struct strip *strip, const struct strip *old)
{
    size_t at = 0;
    const struct od_score_param *param;
    while ((param = next_live(old, &at)) != NULL) {
        if (!keep_param(strip, old, param)) {
            return OD_ENOMEM;
        }
    }
    if (strip->patch == NULL) {
        return OD_OK;
    }
    od_strip_address(take, strip);
    enum od_status status = od_patch_render(strip->patch, strip, od_strip_all_variants(strip));
    if (status == OD_EDATA) { /* too long with what the new score says: it is the last word */
        od_patch_unref(strip->patch);
        strip->patch = NULL;
        return OD_OK;
    }
    return status;
}

/* ---- all of them ---- */

/* The track as it was last, wherever that is; NULL: it was never there, or nobody changed it. */
static const struct strip *
find_old(const struct od_take *base, const struct strip *strip)
{
    const char *id = od_strip_id(strip);
    int place = od_take_find(base, id);
    if (place >= 0 && base->strips[place].midi == strip->midi) {
        return &base->strips[place];
    }
    for (size_t i = 0; place < 0 && i < base->n_away; i++) {
        if (base->away[i].midi == strip->midi && strcmp(od_strip_id(&base->away[i]), id) == 0) {
            return &base->away[i];
        }
    }
    return NULL;
}

enum od_status
od_take_keep(struct od_take *take, const struct od_take *base)
{
    enum od_status status = OD_OK;
    for (size_t i = 0; i < take->n_strips && status == OD_OK; i++) {
        struct strip *strip = &take->strips[i];
        const struct strip *old = find_old(base, strip);
        if (old == NULL || !is_changed(old)) {
            continue;
        }
        keep_switches(strip, old);
        if (strip->midi) {
            keep_midi(strip, old);
        } else {
            status = keep_params(take, strip, old);
        }
    }
    return status;
}

static bool
put_away(struct od_take *take, const struct strip *old)
{
    if (!is_changed(old) || od_take_find(take, od_strip_id(old)) >= 0) {
        return true;
    }
    if (take->n_away == AWAY_MAX) {
        od_strip_clear(&take->away[0]);
        memmove(&take->away[0], &take->away[1], (AWAY_MAX - 1) * sizeof take->away[0]);
        take->n_away--;
    }
    struct strip *away = &take->away[take->n_away++];
    od_strip_copy(away, old);
    return od_strip_alone(away, take->scenes);
}

bool
od_take_put_away(struct od_take *take, const struct od_take *base)
{
    size_t room = base->n_away + base->n_strips;
    room = room < AWAY_MAX ? room : AWAY_MAX;
    take->away = calloc(room + 1, sizeof *take->away);
    bool kept = take->away != NULL;
    for (size_t i = 0; kept && i < base->n_away; i++) {
        kept = put_away(take, &base->away[i]);
    }
    for (size_t i = 0; kept && i < base->n_strips; i++) {
        kept = put_away(take, &base->strips[i]);
    }
    return kept;
}

void
od_take_forget_away(struct od_take *take)
{
    while (take->n_away > 0) {
        od_strip_clear(&take->away[--take->n_away]);
    }
}

/* ---- made anew, of what was changed since ---- */

bool
od_take_is_after(const struct od_take *take, const struct od_take *base)
{
    return take->program.anew || take->base == base ||
           (!od_take_is_changed(take->base) && !od_take_is_changed(base));
}

enum od_status
od_take_anew(const struct od_take *take, struct od_take *base, struct od_take **result, char *error)
{
    enum od_status status =
        take->exclusive ? od_take_merge(take->setup, base, take->source, result, error)
                        : od_take_after(take->setup, take->source, take->part, base, result, error);
    if (status == OD_OK) {
        struct od_program *program = &(*result)->program;
        program->sets_environment = take->program.sets_environment;
        program->anew = take->program.anew;
        program->releases = take->program.releases;
        program->in_song = take->program.in_song;
        program->from_top = take->program.from_top;
        program->change = take->program.change;
        program->lineage = take->program.lineage;
        (*result)->entry = take->entry;
        (*result)->pass = take->pass;
    }
    return status;
}

enum od_status
od_take_catch_up(const struct od_take *take, struct od_take *base, struct od_take **result,
                 char *error)
{
    enum od_status status = od_take_anew(take, base, result, error);
    if (status == OD_OK) {
        (*result)->program.edit = true;
        (*result)->program.sets_environment = false;
        (*result)->program.releases = false;
    }
    return status;
}
