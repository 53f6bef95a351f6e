/* The last word wins, by parts: what a performer changed outlasts scenes and sessions until one of
 * them changes that same thing. */
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"
#include "score/message.h"

#define AWAY_MAX 64 /* tracks that are kept in mind while no part has them; the oldest goes */

static uint32_t
flags_of(const struct entry *entry)
{
    return entry->midi ? od_entry_midi(entry)->flags : od_entry_track(entry)->flags;
}

/* What the score says of a parameter; NULL: nothing. */
static const struct od_score_param *
given_param(const struct entry *entry, unsigned param, const char *name)
{
    const struct od_score *score = &entry->shared->score;
    const struct od_score_track *track = od_entry_track(entry);
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
same_given(const struct entry *a, const struct entry *b, unsigned param, const char *name)
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
next_live(const struct entry *entry, size_t *at)
{
    const struct patch *patch = entry->patch;
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
is_changed(const struct entry *entry)
{
    size_t at = 0;
    return entry->live != 0 || (!entry->midi && next_live(entry, &at) != NULL);
}

bool
od_take_is_changed(const struct od_take *take)
{
    for (size_t i = 0; take != NULL && i < take->n_entries; i++) {
        if (is_changed(&take->entries[i])) {
            return true;
        }
    }
    return take != NULL && take->n_away > 0;
}

static void
tell_changes(const struct entry *entry, od_live_fn *tell, void *context)
{
    static const struct {
        unsigned bit;
        const char *what, *param;
    } bits[] = {{OD_LIVE_MUTE, "mute", ""},
                {OD_LIVE_SOLO, "solo", ""},
                {OD_LIVE_VELOCITY, "set", "velocity"},
                {OD_LIVE_TRANSPOSE, "set", "transpose"},
                {OD_LIVE_CHANNEL, "set", "channel"}};
    const char *id = od_entry_id(entry);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        if ((entry->live & bits[i].bit) != 0) {
            tell(context, id, bits[i].what, bits[i].param);
        }
    }
    size_t at = 0;
    const struct od_score_param *param;
    while (!entry->midi && (param = next_live(entry, &at)) != NULL) {
        tell(context, id, "set",
             param->param == OD_PARAM_EXTRA ? od_entry_string(entry, param->name)
                                            : od_params[param->param].name);
    }
}

void
od_take_each_change(const struct od_take *take, od_live_fn *tell, void *context)
{
    for (size_t i = 0; i < take->n_entries; i++) {
        tell_changes(&take->entries[i], tell, context);
    }
    for (size_t i = 0; i < take->n_away; i++) {
        tell_changes(&take->away[i], tell, context);
    }
}

/* ---- one track ---- */

static void
keep_switches(struct entry *entry, const struct entry *old)
{
    uint32_t differ = flags_of(entry) ^ flags_of(old);
    if ((old->live & OD_LIVE_MUTE) != 0 && (differ & OD_TRACK_MUTE) == 0) {
        entry->mute = old->mute;
        entry->live |= OD_LIVE_MUTE;
    }
    if ((old->live & OD_LIVE_SOLO) != 0 && (differ & OD_TRACK_SOLO) == 0) {
        entry->solo = old->solo;
        entry->live |= OD_LIVE_SOLO;
    }
}

static struct glide *
shared_glide(struct glide *glide)
{
    return glide != NULL ? od_glide_ref(glide) : NULL;
}

static void
keep_midi(struct entry *entry, const struct entry *old)
{
    const struct od_score_midi_track *given = od_entry_midi(entry);
    const struct od_score_midi_track *was = od_entry_midi(old);
    if ((old->live & OD_LIVE_VELOCITY) != 0 && given->velocity == was->velocity) {
        entry->velocity = old->velocity;
        entry->velocity_glide = shared_glide(old->velocity_glide);
        entry->revalued = entry->velocity != given->velocity || entry->velocity_glide != NULL;
        entry->live |= OD_LIVE_VELOCITY;
    }
    if ((old->live & OD_LIVE_TRANSPOSE) != 0 && given->transpose == was->transpose) {
        entry->transpose = old->transpose;
        entry->transpose_glide = shared_glide(old->transpose_glide);
        entry->live |= OD_LIVE_TRANSPOSE;
    }
    if ((old->live & OD_LIVE_CHANNEL) != 0 && given->channel == was->channel) {
        entry->channel = old->channel;
        entry->live |= OD_LIVE_CHANNEL;
    }
}

static bool
keep_param(struct entry *entry, const struct entry *old, const struct od_score_param *param)
{
    const char *name = param->param == OD_PARAM_EXTRA ? od_entry_string(old, param->name) : NULL;
    if (!same_given(entry, old, param->param, name)) {
        return true;
    }
    struct od_live_value value = {.remove = param->type == OD_VALUE_ABSENT,
                                  .type = (enum od_value_type)param->type};
    if (param->type == OD_VALUE_STRING) {
        value.string = od_entry_string(old, param->value.string);
    } else {
        value.number = param->value.number;
    }
    const struct setting setting = {
        .name = name, .value = &value, .param = param->param, .glide = od_entry_glide(old, param)};
    struct patch *patch = od_patch_with(entry, &setting);
    if (patch != NULL) {
        od_patch_unref(entry->patch);
        entry->patch = patch;
    }
    return patch != NULL;
}

static enum od_status
keep_params(const struct od_take *take, struct entry *entry, const struct entry *old)
{
    size_t at = 0;
    const struct od_score_param *param;
    while ((param = next_live(old, &at)) != NULL) {
        if (!keep_param(entry, old, param)) {
            return OD_ENOMEM;
        }
    }
    if (entry->patch == NULL) {
        return OD_OK;
    }
    od_entry_address(take, entry);
    enum od_status status = od_patch_render(entry->patch, entry, od_entry_all_variants(entry));
    if (status == OD_EDATA) { /* too long with what the new score says: it is the last word */
        od_patch_unref(entry->patch);
        entry->patch = NULL;
        return OD_OK;
    }
    return status;
}

/* ---- all of them ---- */

/* The track as it was last, wherever that is; NULL: it was never there, or nobody changed it. */
static const struct entry *
find_old(const struct od_take *base, const struct entry *entry)
{
    const char *id = od_entry_id(entry);
    int place = od_take_find(base, id);
    if (place >= 0 && base->entries[place].midi == entry->midi) {
        return &base->entries[place];
    }
    for (size_t i = 0; place < 0 && i < base->n_away; i++) {
        if (base->away[i].midi == entry->midi && strcmp(od_entry_id(&base->away[i]), id) == 0) {
            return &base->away[i];
        }
    }
    return NULL;
}

enum od_status
od_take_keep(struct od_take *take, const struct od_take *base)
{
    enum od_status status = OD_OK;
    for (size_t i = 0; i < take->n_entries && status == OD_OK; i++) {
        struct entry *entry = &take->entries[i];
        const struct entry *old = find_old(base, entry);
        if (old == NULL || !is_changed(old)) {
            continue;
        }
        keep_switches(entry, old);
        if (entry->midi) {
            keep_midi(entry, old);
        } else {
            status = keep_params(take, entry, old);
        }
    }
    return status;
}

static bool
put_away(struct od_take *take, const struct entry *old)
{
    if (!is_changed(old) || od_take_find(take, od_entry_id(old)) >= 0) {
        return true;
    }
    if (take->n_away == AWAY_MAX) {
        od_entry_clear(&take->away[0]);
        memmove(&take->away[0], &take->away[1], (AWAY_MAX - 1) * sizeof take->away[0]);
        take->n_away--;
    }
    struct entry *away = &take->away[take->n_away++];
    od_entry_copy(away, old);
    return od_entry_alone(away, take->scenes);
}

bool
od_take_put_away(struct od_take *take, const struct od_take *base)
{
    size_t room = base->n_away + base->n_entries;
    room = room < AWAY_MAX ? room : AWAY_MAX;
    take->away = calloc(room + 1, sizeof *take->away);
    bool kept = take->away != NULL;
    for (size_t i = 0; kept && i < base->n_away; i++) {
        kept = put_away(take, &base->away[i]);
    }
    for (size_t i = 0; kept && i < base->n_entries; i++) {
        kept = put_away(take, &base->entries[i]);
    }
    return kept;
}

void
od_take_forget_away(struct od_take *take)
{
    while (take->n_away > 0) {
        od_entry_clear(&take->away[--take->n_away]);
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
