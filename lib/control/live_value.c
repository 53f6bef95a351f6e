/* What a parameter is, for those that change it and tell it. */
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"

static const struct od_live_value none = {.remove = true, .type = OD_VALUE_ABSENT};

/* OD_PARAM_EXTRA for what the table does not have. */
static unsigned
param_of(const struct strip *strip, const char *name)
{
    unsigned param = od_param_find(name, strlen(name), OD_IN_PARAMS | OD_IN_BOTH_FX);
    bool batch = (od_strip_track(strip)->flags & OD_TRACK_BATCH) != 0;
    return batch || param == OD_PARAM_COUNT ? OD_PARAM_EXTRA : param;
}

static struct od_live_value
osc_value(const struct strip *strip, const char *name)
{
    unsigned param = param_of(strip, name);
    const struct od_score_param *held = od_strip_param(strip, param, name);
    struct od_live_value value = none;
    if (held != NULL && held->type == OD_VALUE_STRING) {
        value = (struct od_live_value){.type = OD_VALUE_STRING,
                                       .string = od_strip_string(strip, held->value.string)};
    } else if (held != NULL) {
        value = (struct od_live_value){.type = (enum od_value_type)held->type,
                                       .number = od_strip_number_of(strip, held)};
    }
    return value;
}

static struct od_live_value
midi_value(const struct strip *strip, const char *name)
{
    struct od_live_value value = {.type = OD_VALUE_INT};
    if (strcmp(name, "velocity") == 0) {
        value.number = strip->velocity;
    } else if (strcmp(name, "transpose") == 0) {
        value.number = strip->transpose;
    } else if (strcmp(name, "channel") == 0) {
        value.number = strip->channel;
    } else {
        value = none;
    }
    return value;
}

struct od_live_value
od_strip_value(const struct strip *strip, const char *name)
{
    return strip->midi ? midi_value(strip, name) : osc_value(strip, name);
}

struct od_live_value
od_strip_start(const struct strip *strip, const char *name)
{
    struct od_live_value value = od_strip_value(strip, name);
    double number;
    if (strip->midi || value.type == OD_VALUE_STRING) {
        return value;
    }
    unsigned param = param_of(strip, name);
    if (!od_strip_now(strip, param, od_strip_param(strip, param, name), &number)) {
        return none;
    }
    bool whole =
        param < OD_PARAM_COUNT ? od_params[param].type == OD_PARAM_INT : value.type == OD_VALUE_INT;
    return (struct od_live_value){.type = whole ? OD_VALUE_INT : OD_VALUE_FLOAT, .number = number};
}

bool
od_strip_knows(const struct strip *strip, const char *name)
{
    return !od_strip_value(strip, name).remove ||
           (!strip->midi && param_of(strip, name) != OD_PARAM_EXTRA);
}

struct od_live_value
od_take_value(const struct od_take *take, const char *id, const char *param)
{
    int voice = od_take_find(take, id);
    return voice >= 0 ? od_strip_value(&take->strips[voice], param) : none;
}
