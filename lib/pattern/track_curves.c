/* Signals that move what a track has: of its parameters, of its MIDI messages. */
#include <string.h>

#include "pattern/track.h"
#include "pattern/track_work.h"

#define SIGNAL_MOST 4096 /* steps of a modulation */

/* ---- modulations ------------------------------------------------------------------------------
 */

/* How far from its base, -1..1, a modulation has to be for a value. */
static double
deviation(enum od_param param, double base, double value)
{
    const struct od_param_info *info = &od_params[param];
    double range = info->max - info->min;
    switch (info->modulate) {
    case OD_MODULATE_SCALE:
        return base > 0 ? value / base - 1 : 0;
    case OD_MODULATE_CENTRE:
        return 2 * (value - base) / range;
    default:
        return (value - base) / range;
    }
}

/* The middle of what a controller's value comes from, so that nothing rounds it away. */
static double
controller_deviation(const struct od_sheet_value *value, double number)
{
    bool bend = value->name.kind == OD_NAME_BEND;
    int64_t whole = (int64_t)(number < 0 ? number - 0.5 : number + 0.5);
    double part = (double)whole;
    double x = bend ? (part + (whole < 0   ? -0.5
                               : whole > 0 ? 0.5
                                           : 0)) /
                          8191
                    : 2 * (part + 0.5) / 127 - 1;
    return x < -1 ? -1 : x > 1 ? 1 : x;
}

static void
put_curve(struct od_track_work *work, struct od_buf *out, const struct od_sheet_value *value)
{
    bool lost = false;
    struct od_frac period = od_signal_period(&value->signal, &lost);
    struct od_frac steps = od_frac_mul(period, od_frac_int(OD_BAR_STEPS), &lost);
    double base = od_track_is_message(value) ? 0 : od_track_base_of(work, value);
    uint64_t key = od_track_key_of(work, value);
    if (lost || steps.num > SIGNAL_MOST) {
        OD_TRACK_FAIL(work, value->at, "too-many",
                      "this curve comes round after more than %d steps", SIGNAL_MOST);
        return;
    }
    od_buf_text(out, "[");
    for (int64_t step = 0; step < steps.num && !lost; step++) {
        struct od_frac time = od_frac_make(step, OD_BAR_STEPS, &lost);
        double number = od_signal_at(&value->signal, key, time, &lost);
        double x = od_track_is_message(value) ? controller_deviation(value, number)
                                              : deviation(value->name.param, base, number);
        od_buf_text(out, step > 0 ? "," : "");
        od_number_float(out, (float)x);
    }
    od_buf_text(out, "]");
    if (lost) {
        OD_TRACK_FAIL(work, value->at, "overflow", "this does not fit any fraction");
    }
}

static bool
check_modulation(struct od_track_work *work, const struct od_sheet_value *value)
{
    enum od_param param = value->name.param;
    const struct od_param_info *info = value->name.kind == OD_NAME_PARAM ? &od_params[param] : NULL;
    if (info == NULL || info->modulate == OD_MODULATE_NOT) {
        OD_TRACK_FAIL(
            work, value->word.at, "modulation",
            "'%.*s' cannot be modulated; these can: gain pan speed cutoff resonance hcutoff "
            "hresonance room size dry delay delaytime delayfeedback shape crush attack hold "
            "release",
            OD_TRACK_SHOW(value->word));
        return false;
    }
    double least = value->signal.low < value->signal.high ? value->signal.low : value->signal.high;
    double most = value->signal.low < value->signal.high ? value->signal.high : value->signal.low;
    if (least < info->min || most > info->max) {
        OD_TRACK_FAIL(work, value->at, "range", "'%.*s' can be modulated within %.15g..%.15g%s",
                      OD_TRACK_SHOW(value->word), info->min, info->max,
                      value->bounded ? "" : ": say from where to where behind the signal's name");
        return false;
    }
    for (size_t i = 0; i < work->n_fields; i++) {
        const struct od_name *name = &work->fields[i].value->name;
        if (name->kind == OD_NAME_PARAM && name->param == param) {
            OD_TRACK_FAIL(work, work->fields[i].value->word.at, "modulation",
                          "'mod %.*s' says its values already; leave one of them out",
                          OD_TRACK_SHOW(value->word));
            return false;
        }
    }
    return true;
}

bool
od_track_check_modulations(struct od_track_work *work)
{
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        if (value->mod && !check_modulation(work, value)) {
            return false;
        }
    }
    return true;
}

void
od_track_put_modulations(struct od_track_work *work, struct od_buf *out)
{
    size_t start = out->length;
    bool any = false;
    od_buf_text(out, ",\"modulations\":{");
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        if (!value->mod) {
            continue;
        }
        od_track_put_separator(out, &any);
        od_track_put_key(out, value);
        od_buf_text(out, "{\"target_param\":\"");
        od_buf_text(out, value->name.ir);
        od_buf_text(out, "\",\"signal\":");
        put_curve(work, out, value);
        od_buf_text(out, "}");
    }
    od_buf_text(out, "}");
    out->length = any ? out->length : start;
}

/* ---- MIDI -------------------------------------------------------------------------------------
 */

static void
put_midi_curve(struct od_track_work *work, struct od_buf *out, const struct od_sheet_value *value)
{
    bool bend = value->name.kind == OD_NAME_BEND;
    double low = bend ? -8192 : 0, high = bend ? 8191 : 127;
    const struct od_signal *signal = &value->signal;
    if (signal->low < low || signal->low > high || signal->high < low || signal->high > high) {
        OD_TRACK_FAIL(work, value->at, "range", "'%.*s' is %.15g..%.15g",
                      OD_TRACK_SHOW(value->word), low, high);
        return;
    }
    od_buf_text(out, "{\"signal\":");
    put_curve(work, out, value);
    od_buf_text(out, "}");
}

static void
put_cc_curves(struct od_track_work *work, struct od_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        if (value->name.kind != OD_NAME_CC || value->kind != OD_VALUE_SIGNAL ||
            od_track_is_overridden(work, i)) {
            continue;
        }
        od_buf_text(out, any ? ",\"" : ",\"cc_modulations\":{\"");
        any = true;
        od_number_integer(out, value->name.controller);
        od_buf_text(out, "\":");
        put_midi_curve(work, out, value);
    }
    od_buf_text(out, any ? "}" : "");
}

void
od_track_put_midi_curves(struct od_track_work *work, struct od_buf *out)
{
    put_cc_curves(work, out);
    for (size_t i = 0; i < work->track->n_values; i++) {
        const struct od_sheet_value *value = &work->track->values[i];
        if (!od_track_is_message(value) || value->kind != OD_VALUE_SIGNAL ||
            value->name.kind == OD_NAME_CC || od_track_is_overridden(work, i)) {
            continue;
        }
        if (value->name.kind == OD_NAME_PROGRAM) {
            OD_TRACK_FAIL(work, value->at, "program",
                          "a program is chosen by a number or a pattern");
            return;
        }
        od_buf_text(out, value->name.kind == OD_NAME_BEND ? ",\"pitch_bend_modulation\":"
                                                          : ",\"aftertouch_modulation\":");
        put_midi_curve(work, out, value);
    }
}
