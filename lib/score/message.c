#include "score/message.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "score/osc.h"
#include "text/param.h"

/* What happens to an argument from event to event. */
enum role {
    ROLE_FIXED,
    ROLE_CPS,
    ROLE_CYCLE,
    ROLE_DELTA,
    ROLE_GAIN,
    ROLE_NOTE,
    ROLE_SUSTAIN,
    ROLE_TABLE, /* loaded from `values` at the step */
};

/* A name and its value, which become two arguments. */
struct pair {
    const char *name;
    enum role role;
    uint32_t values; /* in VALUES; of ROLE_GAIN also OD_SCORE_NONE */
    struct od_osc_arg value;
    const struct od_message_move *move; /* NULL: it does not */
};

/* Where one message goes: the track's own line, or a send. */
struct target {
    const struct od_score_line *line; /* NULL if the track is on none */
    double amount;
    bool main; /* not a send */
};

struct renderer {
    const struct od_message_source *source;
    struct od_message_sink *sink;
    const struct od_score_param *own[OD_PARAM_COUNT];
    const struct od_score_signal *signals[OD_PARAM_COUNT];
    struct od_hash tables; /* those rendered now → their places in VALUES */
    struct od_arena kept;  /* their bytes, which must stay where they are */
    const struct target *target;
    unsigned variant;
    struct od_buf pairs; /* struct pair, of the message being made */
    struct od_buf args;  /* struct od_osc_arg */
    float gain_factor, sustain_factor;
    bool failed; /* no memory */
};

static float
to_float(double value)
{
    return (float)fmin(fmax(value, -(double)FLT_MAX), (double)FLT_MAX);
}

static int32_t
to_int(double value)
{
    return (int32_t)fmin(fmax(value, INT32_MIN), INT32_MAX);
}

static double
clamp_pan(double value)
{
    return fmin(fmax(value, 0), 1);
}

static void
add_pair(struct renderer *r, struct pair pair)
{
    if (!od_buf_append(&r->pairs, &pair, sizeof pair)) {
        r->failed = true;
    }
}

static void
add_float(struct renderer *r, const char *name, double value, enum role role)
{
    const struct od_osc_arg arg = {.type = 'f', .f = to_float(value)};
    add_pair(r, (struct pair){name, role, OD_SCORE_NONE, arg, NULL});
}

static void
add_int(struct renderer *r, const char *name, double value, enum role role)
{
    const struct od_osc_arg arg = {.type = 'i', .i = to_int(value)};
    add_pair(r, (struct pair){name, role, OD_SCORE_NONE, arg, NULL});
}

static void
add_string(struct renderer *r, const char *name, const char *text)
{
    const struct od_osc_arg arg = {.type = 's', .s = text};
    add_pair(r, (struct pair){name, ROLE_FIXED, OD_SCORE_NONE, arg, NULL});
}

/* A modulated argument while it is computed: its value at each step of its signal. */
struct table {
    uint32_t length;
    float values[OD_LENGTH_MAX];
};

static void
keep_table(struct renderer *r, const struct table *table, uint32_t place)
{
    size_t size = table->length * sizeof table->values[0];
    struct od_score_values values = {
        .first = (uint32_t)(r->sink->floats.length / sizeof table->values[0]),
        .length = table->length};
    float *kept = od_arena_alloc(&r->kept, size);
    if (kept == NULL || !od_buf_append(&r->sink->values, &values, sizeof values) ||
        !od_buf_append(&r->sink->floats, table->values, size)) {
        r->failed = true;
        return;
    }
    memcpy(kept, table->values, size);
    r->failed = r->failed || !od_hash_add(&r->tables, kept, size, place);
}

/* A modulated argument. Tables are shared between the variants, and by sends where they agree. */
static void
add_table(struct renderer *r, const char *name, const struct table *table, enum role role)
{
    uint32_t at = od_hash_find(&r->tables, table->values, table->length * sizeof table->values[0]);
    if (at == OD_HASH_NONE) {
        at = (uint32_t)(r->sink->values.length / sizeof(struct od_score_values));
        keep_table(r, table, at);
    }
    const struct od_osc_arg arg = {.type = 'f', .f = table->values[0]};
    add_pair(r, (struct pair){name, role, at, arg, NULL});
}

/* ---- what moves ---- */

static bool
moves(const struct od_score_param *param)
{
    return param != NULL && (param->flags & OD_SCORE_PARAM_MOVES) != 0;
}

static uint32_t
glide_of(const struct od_message_source *source, const struct od_score_param *param)
{
    uint32_t i = 0;
    while (i + 1 < source->n_glides &&
           (source->glides[i].param != param->param ||
            (param->param == OD_PARAM_EXTRA && strcmp(source->strings + source->glides[i].name,
                                                      source->strings + param->name) != 0))) {
        i++;
    }
    return i;
}

/* Makes the pair that was added last move with `param`, as `move` says. */
static void
let_move(struct renderer *r, const struct od_score_param *param, struct od_message_move move)
{
    struct od_message_move *kept = od_arena_alloc(&r->kept, sizeof *kept);
    if (kept == NULL || r->failed) {
        r->failed = true;
        return;
    }
    const struct od_score_signal *signal =
        param->param < OD_PARAM_COUNT ? r->signals[param->param] : NULL;
    *kept = move;
    kept->glide = glide_of(r->source, param);
    kept->param = param->param;
    kept->signal = signal != NULL ? signal->first : 0;
    kept->length = signal != NULL && move.kind != OD_MOVE_SUSTAIN ? signal->length : 0;
    ((struct pair *)(void *)(r->pairs.data + r->pairs.length))[-1].move = kept;
}

double
od_message_moved(const struct od_message_move *move, const double *numbers, double value,
                 int64_t since)
{
    if (move->length > 0) {
        double x = numbers[move->signal + (uint64_t)since % move->length];
        value = od_param_modulate((enum od_param)move->param, value, x);
    }
    value = value * move->factor + move->shift;
    if (move->kind == OD_MOVE_INT) {
        return to_int(rint(value));
    }
    return (double)to_float(move->inside ? clamp_pan(value) : value);
}

/* The same, if the track's own does. */
static void
move_last(struct renderer *r, enum od_param param, struct od_message_move move)
{
    if (moves(r->own[param])) {
        let_move(r, r->own[param], move);
    }
}

static void
keep_move(struct renderer *r, const struct pair *pair, uint16_t offset)
{
    if (pair->move == NULL) {
        return;
    }
    struct od_message_move move = *pair->move;
    move.message = (uint32_t)(r->sink->messages.length / sizeof(struct od_score_message));
    move.offset = offset;
    r->failed = !od_buf_append(&r->sink->moves, &move, sizeof move) || r->failed;
}

/* ---- arguments ---- */

static double
own_number(const struct renderer *r, enum od_param param)
{
    return r->own[param] != NULL ? r->own[param]->value.number : od_params[param].def;
}

/* A value set while playing counts more than the track's line, but not more than a send's. */
static bool
is_from_line(const struct renderer *r, enum od_param param)
{
    const struct od_score_param *own = r->own[param];
    bool live = own != NULL && (own->flags & OD_SCORE_PARAM_LIVE) != 0 && r->target->main;
    return r->target->line != NULL && !live;
}

double
od_message_line_number(const struct od_score_line *line, enum od_param param)
{
    switch ((int)param) {
    case OD_PARAM_ORBIT:
        return line->orbit;
    case OD_PARAM_ROOM:
        return line->room;
    case OD_PARAM_SIZE:
        return line->size;
    case OD_PARAM_DRY:
        return line->dry;
    case OD_PARAM_DELAY_SEND:
        return line->delay_send;
    case OD_PARAM_DELAY_TIME:
        return line->delay_time;
    case OD_PARAM_DELAY_FEEDBACK:
        return line->delay_feedback;
    case OD_PARAM_LESLIE:
        return 1;
    case OD_PARAM_LRATE:
        return line->leslie_rate;
    default:
        return line->leslie_size;
    }
}

static void
add_gain(struct renderer *r)
{
    const struct od_score_signal *signal = r->signals[OD_PARAM_GAIN];
    double base = own_number(r, OD_PARAM_GAIN);
    double factor = r->target->amount * (r->target->line != NULL ? r->target->line->volume : 1);
    r->gain_factor = to_float(base * factor);
    if (signal == NULL || moves(r->own[OD_PARAM_GAIN])) {
        r->gain_factor = moves(r->own[OD_PARAM_GAIN]) ? 0 : r->gain_factor;
        add_float(r, "gain", base * factor, ROLE_GAIN);
        move_last(r, OD_PARAM_GAIN,
                  (struct od_message_move){.kind = OD_MOVE_GAIN, .factor = factor});
        return;
    }
    const double *x = r->source->numbers + signal->first;
    struct table table; /* as much of it as the signal is long */
    table.length = signal->length;
    for (uint32_t k = 0; k < table.length; k++) {
        table.values[k] = to_float(od_param_modulate(OD_PARAM_GAIN, base, x[k]) * factor);
    }
    add_table(r, "gain", &table, ROLE_GAIN);
}

static void
add_pan(struct renderer *r)
{
    const struct od_score_signal *signal = r->signals[OD_PARAM_PAN];
    double base = own_number(r, OD_PARAM_PAN);
    double shift = r->target->line != NULL ? r->target->line->pan - 0.5 : 0;
    if (signal == NULL || moves(r->own[OD_PARAM_PAN])) {
        add_float(r, "pan", clamp_pan(base + shift), ROLE_FIXED);
        move_last(r, OD_PARAM_PAN,
                  (struct od_message_move){.factor = 1, .shift = shift, .inside = true});
        return;
    }
    const double *x = r->source->numbers + signal->first;
    struct table table; /* as much of it as the signal is long */
    table.length = signal->length;
    for (uint32_t k = 0; k < table.length; k++) {
        table.values[k] = to_float(clamp_pan(od_param_modulate(OD_PARAM_PAN, base, x[k]) + shift));
    }
    add_table(r, "pan", &table, ROLE_TABLE);
}

static void
add_modulated(struct renderer *r, enum od_param param, double base)
{
    const struct od_score_signal *signal = r->signals[param];
    const double *x = r->source->numbers + signal->first;
    struct table table; /* as much of it as the signal is long */
    table.length = signal->length;
    for (uint32_t k = 0; k < table.length; k++) {
        table.values[k] = to_float(od_param_modulate(param, base, x[k]));
    }
    add_table(r, od_params[param].wire, &table, ROLE_TABLE);
}

static void
add_sustain(struct renderer *r)
{
    double factor = r->own[OD_PARAM_LEGATO] != NULL ? own_number(r, OD_PARAM_LEGATO) : 1;
    r->sustain_factor = to_float(factor);
    if ((r->variant & OD_VARIANT_SUSTAIN) != 0) {
        add_float(r, "sustain", 0, ROLE_SUSTAIN);
        move_last(r, OD_PARAM_LEGATO,
                  (struct od_message_move){.kind = OD_MOVE_SUSTAIN, .factor = 1});
    }
}

static void
add_orbit(struct renderer *r)
{
    if (is_from_line(r, OD_PARAM_ORBIT)) {
        add_int(r, "orbit", r->target->line->orbit, ROLE_FIXED);
        return;
    }
    add_int(r, "orbit", own_number(r, OD_PARAM_ORBIT), ROLE_FIXED);
    move_last(r, OD_PARAM_ORBIT, (struct od_message_move){.kind = OD_MOVE_INT, .factor = 1});
}

static void
add_leslie(struct renderer *r, enum od_param param)
{
    const struct od_score_line *line = r->target->line;
    if (line != NULL && line->leslie_rate > 0) {
        add_float(r, od_params[param].wire, od_message_line_number(line, param), ROLE_FIXED);
    }
}

/* SuperDirt multiplies its reverb by 1 − dry: a line's dry of 1, which front-ends write because it
 * is the default, would make every hall silent. It is left out, unless a signal moves it. */
static bool
is_left_out(const struct renderer *r, enum od_param param)
{
    return param == OD_PARAM_DRY && r->signals[param] == NULL && is_from_line(r, param) &&
           (float)r->target->line->dry == 1;
}

/* The names of params that are sent even if the session does not say them. */
static bool
is_always_sent(enum od_param param)
{
    return param == OD_PARAM_N || param == OD_PARAM_SPEED || param == OD_PARAM_BEGIN ||
           param == OD_PARAM_END;
}

static void
add_plain(struct renderer *r, enum od_param param)
{
    const struct od_param_info *info = &od_params[param];
    const struct od_score_param *own = r->own[param];
    if (info->type == OD_PARAM_STRING) {
        if (own != NULL) {
            add_string(r, info->wire, r->source->strings + own->value.string);
        }
        return;
    }
    bool from_line = (info->where & OD_SPATIAL) != 0 && is_from_line(r, param);
    if (!from_line && own == NULL && r->signals[param] == NULL && !is_always_sent(param)) {
        return;
    }
    if (is_left_out(r, param)) {
        return;
    }
    double base = from_line ? od_message_line_number(r->target->line, param) : own_number(r, param);
    if (r->signals[param] != NULL && (from_line || !moves(own))) {
        add_modulated(r, param, base);
        return;
    }
    bool whole = info->type == OD_PARAM_INT;
    (whole ? add_int : add_float)(r, info->wire, base, ROLE_FIXED);
    if (!from_line) {
        move_last(
            r, param,
            (struct od_message_move){.kind = whole ? OD_MOVE_INT : OD_MOVE_FLOAT, .factor = 1});
    }
}

static void
add_param(struct renderer *r, enum od_param param)
{
    switch ((int)param) {
    case OD_PARAM_ORBIT:
        add_orbit(r);
        break;
    case OD_PARAM_CPS:
        add_float(r, "cps", 0, ROLE_CPS);
        break;
    case OD_PARAM_CYCLE:
        add_float(r, "cycle", 0, ROLE_CYCLE);
        break;
    case OD_PARAM_DELTA:
        add_float(r, "delta", 0, ROLE_DELTA);
        break;
    case OD_PARAM_GAIN:
        add_gain(r);
        break;
    case OD_PARAM_PAN:
        add_pan(r);
        break;
    case OD_PARAM_MIDINOTE:
        if ((r->variant & OD_VARIANT_NOTE) != 0) {
            add_int(r, "midinote", 0, ROLE_NOTE);
        }
        break;
    case OD_PARAM_SUSTAIN:
        add_sustain(r);
        break;
    case OD_PARAM_LESLIE:
    case OD_PARAM_LRATE:
    case OD_PARAM_LSIZE:
        add_leslie(r, param);
        break;
    default:
        add_plain(r, param);
    }
}

/* The gain of a batch's message to SuperDirt is a place like a track's, so that the player can
 * limit it. A whole number stays one as long as it is not loud. */
static bool
is_gain(const struct renderer *r, const struct od_score_param *param, const char *key)
{
    return (r->source->track->flags & OD_TRACK_BATCH) != 0 && strcmp(key, "gain") == 0 &&
           strcmp(r->source->address, OD_OSC_ADDRESS) == 0 &&
           (param->type == OD_VALUE_FLOAT || param->value.number > 1);
}

static void
add_batch_gain(struct renderer *r, const struct od_score_param *param)
{
    r->gain_factor = moves(param) ? 0 : to_float(param->value.number);
    add_float(r, "gain", param->value.number, ROLE_GAIN);
    if (moves(param)) {
        let_move(r, param, (struct od_message_move){.kind = OD_MOVE_GAIN, .factor = 1});
    }
}

/* The parameters that are no known ones, in the file's order. True if one is called `name`. */
static bool
add_extras(struct renderer *r, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < r->source->n_params; i++) {
        const struct od_score_param *param = &r->source->params[i];
        if (param->param != OD_PARAM_EXTRA || param->type == OD_VALUE_ABSENT) {
            continue;
        }
        const char *key = r->source->strings + param->name;
        found = found || strcmp(key, name) == 0;
        if (param->type == OD_VALUE_STRING) {
            add_string(r, key, r->source->strings + param->value.string);
        } else if (is_gain(r, param, key)) {
            add_batch_gain(r, param);
        } else {
            bool whole = param->type == OD_VALUE_INT;
            (whole ? add_int : add_float)(r, key, param->value.number, ROLE_FIXED);
            if (moves(param)) {
                let_move(r, param,
                         (struct od_message_move){.kind = whole ? OD_MOVE_INT : OD_MOVE_FLOAT,
                                                  .factor = 1});
            }
        }
    }
    return found;
}

static void
list_pairs(struct renderer *r)
{
    if ((r->source->track->flags & OD_TRACK_BATCH) != 0) {
        r->gain_factor = 1;
        r->sustain_factor = 1;
        if (!add_extras(r, "cps")) {
            add_float(r, "cps", 0, ROLE_CPS);
        }
        return;
    }
    for (int p = 0; p < OD_PARAM_COUNT; p++) {
        add_param(r, (enum od_param)p);
    }
    add_extras(r, "");
}

static bool
list_args(struct renderer *r)
{
    const struct pair *pairs = (const struct pair *)(const void *)r->pairs.data;
    size_t n = r->pairs.length / sizeof *pairs;
    r->args.length = 0;
    struct od_osc_arg *args = od_buf_extend(&r->args, 2 * n * sizeof *args);
    if (args == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        args[2 * i] = (struct od_osc_arg){.type = 's', .s = pairs[i].name};
        args[2 * i + 1] = pairs[i].value;
    }
    return true;
}

static void
add_slot(struct renderer *r, struct od_score_message *message, uint16_t offset, uint32_t values)
{
    struct od_score_slot slot = {.offset = offset, .values = values};
    if (!od_buf_append(&r->sink->slots, &slot, sizeof slot)) {
        r->failed = true;
    }
    message->n_slots++;
}

static void
mark_slot(struct renderer *r, struct od_score_message *message, const struct pair *pair,
          uint16_t offset)
{
    switch (pair->role) {
    case ROLE_FIXED:
        break;
    case ROLE_CPS:
        message->cps = offset;
        break;
    case ROLE_CYCLE:
        message->cycle = offset;
        break;
    case ROLE_DELTA:
        message->delta = offset;
        break;
    case ROLE_GAIN:
        message->gain = offset;
        message->gain_values = pair->values;
        break;
    case ROLE_NOTE:
        message->note = offset;
        break;
    case ROLE_SUSTAIN:
        message->sustain = offset;
        break;
    case ROLE_TABLE:
        add_slot(r, message, offset, pair->values);
        break;
    }
}

static enum od_status
write_message(struct renderer *r)
{
    struct od_message_sink *sink = r->sink;
    size_t size = 0;
    size_t at = sink->bytes.length;
    if (r->failed || !list_args(r)) {
        return OD_ENOMEM;
    }
    struct od_osc_arg *args = (struct od_osc_arg *)(void *)r->args.data;
    size_t n_args = r->args.length / sizeof *args;
    enum od_status status = od_osc_serialise(r->source->address, args, n_args, &sink->bytes, &size);
    if (status != OD_OK) {
        return status;
    }
    if (size > OD_SCORE_MESSAGE_MAX || od_message_sink_length(sink) > OD_SCORE_LENGTH_MAX) {
        return OD_EDATA;
    }
    struct od_score_message message = {
        .bytes = (uint32_t)at,
        .size = (uint16_t)size,
        .first_slot = (uint32_t)(sink->slots.length / sizeof(struct od_score_slot)),
        .gain_values = OD_SCORE_NONE,
        .gain_factor = r->gain_factor,
        .sustain_factor = r->sustain_factor,
    };
    const struct pair *pairs = (const struct pair *)(const void *)r->pairs.data;
    for (size_t i = 0; i < n_args / 2; i++) {
        mark_slot(r, &message, &pairs[i], (uint16_t)args[2 * i + 1].offset);
        keep_move(r, &pairs[i], (uint16_t)args[2 * i + 1].offset);
    }
    bool kept = od_buf_append(&sink->messages, &message, sizeof message);
    return kept && !r->failed ? OD_OK : OD_ENOMEM;
}

static enum od_status
render_message(struct renderer *r, struct target target)
{
    r->target = &target;
    r->pairs.length = 0;
    list_pairs(r);
    return write_message(r);
}

static enum od_status
render_variant(struct renderer *r)
{
    const struct od_message_source *source = r->source;
    uint32_t line = source->track->line;
    struct target own = {NULL, 1, true};
    if (line != OD_SCORE_NONE) {
        own.line = &source->lines[line];
    }
    enum od_status status = render_message(r, own);
    for (size_t i = 0; i < source->n_sends && status == OD_OK; i++) {
        const struct od_score_send *send = &source->sends[i];
        const struct od_score_line *to = &source->lines[send->line];
        if ((to->flags & OD_TRACK_LINE_SILENT) == 0) {
            status = render_message(r, (struct target){to, send->amount, false});
        }
    }
    return status;
}

static uint32_t
count_messages(const struct od_message_source *source)
{
    uint32_t count = 1;
    for (size_t i = 0; i < source->n_sends; i++) {
        count += (source->lines[source->sends[i].line].flags & OD_TRACK_LINE_SILENT) == 0;
    }
    return count;
}

static void
look_up(struct renderer *r)
{
    const struct od_message_source *source = r->source;
    for (size_t i = 0; i < source->n_params; i++) {
        if (source->params[i].param < OD_PARAM_COUNT && source->params[i].type != OD_VALUE_ABSENT) {
            r->own[source->params[i].param] = &source->params[i];
        }
    }
    for (size_t i = 0; i < source->n_mods; i++) {
        r->signals[source->mods[i].param] = &source->signals[source->mods[i].signal];
    }
}

enum od_status
od_message_render(const struct od_message_source *source, unsigned variants,
                  struct od_message_sink *sink, struct od_message_groups *groups)
{
    struct renderer r = {.source = source, .sink = sink};
    enum od_status status = OD_OK;
    look_up(&r);
    groups->n = count_messages(source);
    for (unsigned v = 0; v < OD_VARIANTS; v++) {
        groups->first[v] = OD_SCORE_NONE;
        if (status == OD_OK && (variants & 1u << v) != 0) {
            groups->first[v] = (uint32_t)(sink->messages.length / sizeof(struct od_score_message));
            r.variant = v;
            status = render_variant(&r);
        }
    }
    od_buf_clear(&r.pairs);
    od_buf_clear(&r.args);
    od_hash_clear(&r.tables);
    od_arena_clear(&r.kept);
    return status;
}

void
od_message_set(struct od_score_track *track, const struct od_message_groups *groups)
{
    memcpy(track->first_message, groups->first, sizeof track->first_message);
    track->n_messages = groups->n;
}

/* The own's parameter that counts instead of one of the track's, or NULL. */
static const struct od_score_param *
find_over(const char *strings, const struct od_score_param *param, const struct od_score_param *own,
          size_t n_own)
{
    for (size_t i = 0; i < n_own; i++) {
        if (own[i].param == param->param &&
            (param->param != OD_PARAM_EXTRA ||
             strcmp(strings + own[i].name, strings + param->name) == 0)) {
            return &own[i];
        }
    }
    return NULL;
}

static void
append_present(struct od_buf *out, const struct od_score_param *param)
{
    if (param->type != OD_VALUE_ABSENT) {
        od_buf_append(out, param, sizeof *param);
    }
}

void
od_message_overlay(const char *strings, const struct od_score_param *track, size_t n_track,
                   const struct od_score_param *own, size_t n_own, struct od_buf *out)
{
    size_t next = 0; /* the own's that is due */
    for (size_t i = 0; i < n_track; i++) {
        for (; next < n_own && own[next].param < track[i].param; next++) {
            append_present(out, &own[next]);
        }
        const struct od_score_param *over = find_over(strings, &track[i], own, n_own);
        append_present(out, over != NULL ? over : &track[i]);
        next += over != NULL && over->param != OD_PARAM_EXTRA;
    }
    for (; next < n_own; next++) {
        if (find_over(strings, &own[next], track, n_track) == NULL) {
            append_present(out, &own[next]);
        }
    }
}

uint64_t
od_message_sink_length(const struct od_message_sink *sink)
{
    return (uint64_t)sink->messages.length + sink->moves.length + sink->slots.length +
           sink->values.length + sink->floats.length + sink->bytes.length;
}

void
od_message_sink_clear(struct od_message_sink *sink)
{
    od_buf_clear(&sink->messages);
    od_buf_clear(&sink->moves);
    od_buf_clear(&sink->slots);
    od_buf_clear(&sink->values);
    od_buf_clear(&sink->floats);
    od_buf_clear(&sink->bytes);
}
