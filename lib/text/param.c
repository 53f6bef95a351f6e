#include "text/param.h"

#include <string.h>

const struct od_param_info od_params[] = {
#define INFO(id, name, path, wire, type, where, how, min, max, def)                                \
    {name, path, wire, OD_PARAM_##type, where, OD_MODULATE_##how, min, max, def},
    OD_PARAM_LIST(INFO)
#undef INFO
};

static bool
is(const char *known, const char *name, size_t length)
{
    return known != NULL && strncmp(known, name, length) == 0 && known[length] == '\0';
}

enum od_param
od_param_find(const char *name, size_t length, unsigned where)
{
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        if ((od_params[i].where & where) != 0 && is(od_params[i].name, name, length)) {
            return (enum od_param)i;
        }
    }
    return OD_PARAM_COUNT;
}

enum od_param
od_param_find_modulated(const char *name, size_t length)
{
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        const struct od_param_info *info = &od_params[i];
        if (info->modulate != OD_MODULATE_NOT &&
            (is(info->name, name, length) || is(info->path, name, length))) {
            return (enum od_param)i;
        }
    }
    return OD_PARAM_COUNT;
}

static double
clamp(double value, double min, double max)
{
    return value < min ? min : value > max ? max : value;
}

double
od_param_modulate(enum od_param param, double base, double signal)
{
    const struct od_param_info *info = &od_params[param];
    double range = info->max - info->min;
    double value = base;
    switch (info->modulate) {
    case OD_MODULATE_NOT:
        return base;
    case OD_MODULATE_ADD:
        value = base + signal * range;
        break;
    case OD_MODULATE_SCALE:
        value = base * (1 + signal);
        break;
    case OD_MODULATE_CENTRE:
        value = base + signal * range / 2;
        break;
    }
    return clamp(value, info->min, info->max);
}
