#include <math.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"
#include "text/param.h"

double
od_strip_number(const struct strip *strip, const char *name, double otherwise)
{
    const struct od_score_param *param = od_strip_param(strip, OD_PARAM_EXTRA, name);
    return param != NULL && param->type != OD_VALUE_STRING ? od_strip_number_of(strip, param)
                                                           : otherwise;
}

/* Most takes are played and never asked: the index is made when one is, for it and its copies. */
static bool
index_ids(const struct od_take *take)
{
    struct od_hash *ids = &take->notes->ids;
    bool complete = od_hash_reserve(ids, take->n_strips);
    for (size_t i = 0; complete && i < take->n_strips; i++) {
        const char *id = od_strip_id(&take->strips[i]);
        complete = od_hash_add(ids, id, strlen(id), (uint32_t)i);
    }
    return complete;
}

/* Without memory for an index it takes longer. */
static int
search(const struct od_take *take, const char *id)
{
    size_t i = 0;
    while (i < take->n_strips && strcmp(od_strip_id(&take->strips[i]), id) != 0) {
        i++;
    }
    return i < take->n_strips ? (int)i : -1;
}

int
od_take_find(const struct od_take *take, const char *id)
{
    const struct od_hash *ids = &take->notes->ids;
    if (ids->count == 0 && !index_ids(take)) {
        return search(take, id);
    }
    uint32_t found = od_hash_find(ids, id, strlen(id));
    return found != OD_HASH_NONE ? (int)found : -1;
}

size_t
od_take_tracks(const struct od_take *take)
{
    return take->n_strips;
}

static double
known_number(const struct strip *strip, enum od_param param)
{
    const struct od_score_param *found = od_strip_param(strip, param, NULL);
    return found != NULL ? od_strip_number_of(strip, found) : od_params[param].def;
}

static void
osc_info(const struct strip *strip, struct od_track_info *info)
{
    const struct od_score_track *track = od_strip_track(strip);
    bool batch = (track->flags & OD_TRACK_BATCH) != 0;
    const struct od_score_param *sound =
        od_strip_param(strip, batch ? OD_PARAM_EXTRA : OD_PARAM_S, "s");
    info->sound = sound != NULL && sound->type == OD_VALUE_STRING
                      ? od_strip_string(strip, sound->value.string)
                      : "";
    info->gain = batch ? od_strip_number(strip, "gain", 1) : known_number(strip, OD_PARAM_GAIN);
    info->pan = batch ? od_strip_number(strip, "pan", 0.5) : known_number(strip, OD_PARAM_PAN);
    double orbit = batch ? od_strip_number(strip, "orbit", 0) : known_number(strip, OD_PARAM_ORBIT);
    info->orbit = (int)fmin(fmax(orbit, INT32_MIN), INT32_MAX); /* a batch's may be any number */
    if (track->line != OD_SCORE_NONE) {
        const struct od_score *score = &strip->shared->score;
        const struct od_score_line *line =
            &score->lines[od_strip_part(strip)->first_line + track->line];
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
    return od_strip_id(&take->strips[voice]);
}

struct od_track_info
od_take_track(const struct od_take *take, size_t voice)
{
    const struct strip *strip = &take->strips[voice];
    uint32_t flags = strip->midi ? od_strip_midi(strip)->flags : od_strip_track(strip)->flags;
    struct od_track_info info = {
        .id = od_strip_id(strip),
        .midi = strip->midi,
        .mute = strip->mute,
        .solo = strip->solo,
        .audible = take->voices[voice].audible,
        .given_mute = (flags & OD_TRACK_MUTE) != 0,
        .given_solo = (flags & OD_TRACK_SOLO) != 0,
        .gain = 1,
        .pan = 0.5,
        .channel = strip->channel,
        .velocity = whole_of(strip->velocity_glide, strip->velocity),
        .transpose = whole_of(strip->transpose_glide, strip->transpose),
    };
    if (!strip->midi) {
        osc_info(strip, &info);
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
