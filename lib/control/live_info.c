#include <math.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"
#include "text/param.h"

double
od_entry_number(const struct entry *entry, const char *name, double otherwise)
{
    const struct od_score_param *param = od_entry_param(entry, OD_PARAM_EXTRA, name);
    return param != NULL && param->type != OD_VALUE_STRING ? od_entry_number_of(entry, param)
                                                           : otherwise;
}

int
od_take_find(const struct od_take *take, const char *id)
{
    uint32_t found = od_hash_find(&take->ids->hash, id, strlen(id));
    return found != OD_HASH_NONE ? (int)found : -1;
}

size_t
od_take_tracks(const struct od_take *take)
{
    return take->n_entries;
}

static double
known_number(const struct entry *entry, enum od_param param)
{
    const struct od_score_param *found = od_entry_param(entry, param, NULL);
    return found != NULL ? od_entry_number_of(entry, found) : od_params[param].def;
}

static void
osc_info(const struct entry *entry, struct od_track_info *info)
{
    const struct od_score_track *track = od_entry_track(entry);
    bool batch = (track->flags & OD_TRACK_BATCH) != 0;
    const struct od_score_param *sound =
        od_entry_param(entry, batch ? OD_PARAM_EXTRA : OD_PARAM_S, "s");
    info->sound = sound != NULL && sound->type == OD_VALUE_STRING
                      ? od_entry_string(entry, sound->value.string)
                      : "";
    info->gain = batch ? od_entry_number(entry, "gain", 1) : known_number(entry, OD_PARAM_GAIN);
    info->pan = batch ? od_entry_number(entry, "pan", 0.5) : known_number(entry, OD_PARAM_PAN);
    double orbit = batch ? od_entry_number(entry, "orbit", 0) : known_number(entry, OD_PARAM_ORBIT);
    info->orbit = (int)fmin(fmax(orbit, INT32_MIN), INT32_MAX); /* a batch's may be any number */
    if (track->line != OD_SCORE_NONE) {
        const struct od_score *score = &entry->shared->score;
        const struct od_score_line *line =
            &score->lines[od_entry_part(entry)->first_line + track->line];
        info->orbit = (int)line->orbit;
        info->line = score->strings + line->name;
    }
}

static int
whole_of(const struct glide *glide, int otherwise)
{
    return glide != NULL && glide->ended ? (int)rint(glide->at.left) : otherwise;
}

const char *
od_take_id(const struct od_take *take, size_t voice)
{
    return od_entry_id(&take->entries[voice]);
}

struct od_track_info
od_take_track(const struct od_take *take, size_t voice)
{
    const struct entry *entry = &take->entries[voice];
    uint32_t flags = entry->midi ? od_entry_midi(entry)->flags : od_entry_track(entry)->flags;
    struct od_track_info info = {
        .id = od_entry_id(entry),
        .midi = entry->midi,
        .mute = entry->mute,
        .solo = entry->solo,
        .audible = take->voices[voice].audible,
        .given_mute = (flags & OD_TRACK_MUTE) != 0,
        .given_solo = (flags & OD_TRACK_SOLO) != 0,
        .gain = 1,
        .pan = 0.5,
        .channel = entry->channel,
        .velocity = whole_of(entry->velocity_glide, entry->velocity),
        .transpose = whole_of(entry->transpose_glide, entry->transpose),
    };
    if (!entry->midi) {
        osc_info(entry, &info);
    }
    return info;
}

struct od_shared_score *
od_take_scenes(const struct od_take *take)
{
    return take->scenes;
}

const char *
od_take_scene(const struct od_take *take)
{
    return take->scene;
}
