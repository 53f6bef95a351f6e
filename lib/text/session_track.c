#include <string.h>

#include "text/session_read.h"

/* An object of parameters: which may stand in it, and what else. */
struct place {
    unsigned where;
    const char *what;
    const char *const *others;
    size_t n_others;
};

/* A parameter in the wrong object, or under the name that SuperDirt or Tidal has for it, is the
 * likeliest reason for a key nobody knows. */
static void
read_unknown(struct od_reader *reader, struct od_json_string key, size_t key_at,
             const struct place *place)
{
    const char *names[OD_PARAM_COUNT + 4];
    bool is_object = od_json_peek(&reader->json) == OD_JSON_OBJECT;
    char hint[OD_READ_HINT], shown[OD_READ_SHOWN];
    if (od_read_param_hint(key, is_object, place->where, hint)) {
        od_read_diag(reader, OD_WARNING, key_at, "unknown-key", "unknown key '%s' in %s; %s",
                     od_read_shown(key.text, key.length, shown), place->what, hint);
        od_json_skip(&reader->json);
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < place->n_others; i++) {
        names[n++] = place->others[i];
    }
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        if ((od_params[i].where & place->where) != 0) {
            names[n++] = od_params[i].name;
        }
    }
    od_read_unknown(reader, key, key_at, place->what, names, n);
}

/* What a track's objects say, by parameter, before it is known which value counts. */
struct values {
    bool is_set[OD_PARAM_COUNT];
    struct od_param_value of[OD_PARAM_COUNT];
};

static bool
read_text_value(struct od_reader *reader, struct od_param_value *value)
{
    struct od_name name;
    value->type = OD_VALUE_STRING;
    if (!od_read_name(reader, &name)) {
        return false;
    }
    value->string = name.text;
    return true;
}

bool
od_read_param(struct od_reader *reader, enum od_param param, struct od_param_value *value)
{
    int integer;
    bool ok;
    *value = (struct od_param_value){.param = param};
    switch (od_params[param].type) {
    case OD_PARAM_STRING:
        ok = read_text_value(reader, value);
        break;
    case OD_PARAM_INT:
        ok = od_read_integer(reader, INT32_MIN, INT32_MAX, &integer);
        value->type = OD_VALUE_INT;
        value->number = ok ? integer : 0;
        break;
    default:
        ok = od_read_number(reader, &value->number);
        value->type = OD_VALUE_FLOAT;
        break;
    }
    value->offset = od_json_offset(&reader->json);
    if (ok) {
        od_read_check_superdirt(reader, od_params[param].wire, value);
    }
    return ok;
}

void
od_read_check_superdirt(struct od_reader *reader, const char *param,
                        const struct od_param_value *value)
{
    bool is_text = value->type == OD_VALUE_STRING;
    char shown[OD_READ_SHOWN];
    if (strcmp(param, "s") == 0 && is_text && strchr(value->string, ':') != NULL) {
        od_read_warn(reader, "sample-colon",
                     "SuperDirt finds no sound \"%s\": the number behind the colon goes into 'n'",
                     od_read_shown(value->string, strlen(value->string), shown));
    } else if (strcmp(param, "speed") == 0 && !is_text && od_read_is_zero(value->number)) {
        od_read_warn(reader, "zero-speed", "at speed 0 a sound never ends in SuperDirt");
    } else if (strcmp(param, "legato") == 0 && !is_text && od_read_is_zero(value->number)) {
        od_read_warn(reader, "zero-sustain",
                     "legato 0 makes no sound: SuperDirt drops what lasts 0 s");
    } else if (strcmp(param, "pan") == 0 && !is_text && (value->number < 0 || value->number > 1)) {
        od_read_warn(reader, "range", "'pan' is 0 (left) to 1 (right), 0.5 in the middle, found %g",
                     value->number);
    }
}

static void
read_fx(struct od_reader *reader, const struct place *place, struct values *values)
{
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_read_entry(reader, &keys, &key, &key_at)) {
        enum od_param param = od_param_find(key.text, key.length, place->where);
        if (param == OD_PARAM_COUNT) {
            read_unknown(reader, key, key_at, place);
        } else {
            values->is_set[param] = od_read_param(reader, param, &values->of[param]);
        }
    }
}

/* ---- params ---- */

static bool
read_extra_number(struct od_reader *reader, enum od_json_type type, struct od_param_value *value)
{
    int integer;
    if (type == OD_JSON_REAL) {
        value->type = OD_VALUE_FLOAT;
        return od_read_number(reader, &value->number);
    }
    value->type = OD_VALUE_INT;
    if (!od_read_integer(reader, INT32_MIN, INT32_MAX, &integer)) {
        return false;
    }
    value->number = integer;
    return true;
}

bool
od_read_extra(struct od_reader *reader, struct od_json_string key, size_t key_at,
              struct od_param_value *value)
{
    struct od_json *json = &reader->json;
    enum od_json_type type = od_json_peek(json);
    char shown[OD_READ_SHOWN];
    bool ok = true;
    *value = (struct od_param_value){.param = OD_PARAM_EXTRA, .offset = od_json_offset(json)};
    if (od_json_is(key, "latency")) {
        od_read_diag(reader, OD_ERROR, key_at, "latency",
                     "'latency' would overwrite the time at which SuperDirt plays");
        od_json_skip(json);
        return false;
    }
    if (type == OD_JSON_BOOL) {
        value->number = od_json_bool(json);
    } else if (type == OD_JSON_STRING) {
        ok = read_text_value(reader, value);
    } else if (type == OD_JSON_ARRAY || type == OD_JSON_OBJECT) {
        od_read_error(reader, "type", "'%s' must be a number, a text, true or false, found %s",
                      od_read_shown(key.text, key.length, shown),
                      type == OD_JSON_ARRAY ? "an array" : "an object");
        od_json_skip(json);
        ok = false;
    } else {
        ok = read_extra_number(reader, type, value);
    }
    return ok;
}

static void
read_extras(struct od_reader *reader)
{
    struct od_json_keys keys = {0};
    struct od_json_string key;
    struct od_param_value value;
    size_t key_at;
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_read_entry(reader, &keys, &key, &key_at)) {
        if (od_read_extra(reader, key, key_at, &value)) {
            value.name = od_read_keep_name(reader, key, key_at).text;
            od_buf_append(&reader->values, &value, sizeof value);
        }
    }
}

/* Extras go to reader->values at once: they come behind the known ones, which wait in `values`. */
static void
read_params(struct od_reader *reader, struct values *values)
{
    static const char *const others[] = {"s_path", "extra_params"};
    static const struct place place = {OD_IN_PARAMS, "params", others, 2};
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_read_entry(reader, &keys, &key, &key_at)) {
        enum od_param param = od_param_find(key.text, key.length, OD_IN_PARAMS);
        if (param != OD_PARAM_COUNT) {
            values->is_set[param] = od_read_param(reader, param, &values->of[param]);
        } else if (od_json_is(key, "s_path")) {
            od_json_skip(&reader->json);
        } else if (od_json_is(key, "extra_params")) {
            read_extras(reader);
        } else {
            read_unknown(reader, key, key_at, &place);
        }
    }
}

/* ---- sends ---- */

struct send_reading {
    struct od_name target, line;
    double amount, gain;
    bool has_amount, has_gain, failed;
};

/* The synonyms mixer_line and gain count where target and amount are not there. */
static void
decide_send(struct od_reader *reader, const struct send_reading *reading, size_t at,
            struct od_send *send)
{
    bool by_line = reading->target.text == NULL;
    send->target = by_line ? reading->line : reading->target;
    if (send->target.text == NULL) {
        od_read_diag(reader, OD_ERROR, at, "missing", "a send needs a 'target'");
        return;
    }
    if (!by_line && reading->line.text != NULL) {
        od_read_diag(reader, OD_WARNING, at, "same-parameter",
                     "'target' and 'mixer_line' are the same: 'target' counts");
    }
    if (reading->has_amount || reading->has_gain) {
        send->amount = reading->has_amount ? reading->amount : reading->gain;
    } else if (by_line) {
        send->amount = 1;
    } else {
        od_read_diag(reader, OD_WARNING, at, "send-amount",
                     "this send names no amount: it is sent with gain 0");
    }
}

static bool
read_amount(struct od_reader *reader, const char *name, double *amount)
{
    if (!od_read_number(reader, amount)) {
        return false;
    }
    if (*amount < 0 || *amount > 1) {
        double nearer = *amount < 0 ? 0 : 1;
        od_read_warn(reader, "range", "'%s' of a send is 0..1, found %g: %g is played", name,
                     *amount, nearer);
        *amount = nearer;
    }
    return true;
}

static void
read_send(struct od_reader *reader, struct od_send *send)
{
    enum {
        TARGET,
        AMOUNT,
        MIXER_LINE,
        GAIN
    };
    static const char *const names[] = {"target", "amount", "mixer_line", "gain"};
    struct od_read_object object = {.names = names, .n_names = 4, .what = "a send"};
    struct send_reading reading = {0};
    size_t at = od_json_offset(&reader->json);
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case TARGET:
            reading.failed |= !od_read_name(reader, &reading.target);
            break;
        case AMOUNT:
            reading.has_amount = read_amount(reader, "amount", &reading.amount);
            reading.failed |= !reading.has_amount;
            break;
        case MIXER_LINE:
            reading.failed |= !od_read_name(reader, &reading.line);
            break;
        default:
            reading.has_gain = read_amount(reader, "gain", &reading.gain);
            reading.failed |= !reading.has_gain;
            break;
        }
    }
    if (!reading.failed) {
        decide_send(reader, &reading, at, send);
    }
}

static void
read_sends(struct od_reader *reader, struct od_track *track)
{
    if (!od_read_enter_array(reader)) {
        return;
    }
    while (od_json_element(&reader->json)) {
        struct od_send send = {0};
        if (od_read_enter_object(reader)) {
            read_send(reader, &send);
        }
        /* one that failed is kept too, without a target: then places in the file still agree */
        od_buf_append(&reader->sends, &send, sizeof send);
    }
    track->sends = od_read_keep(reader, &reader->sends, sizeof *track->sends, &track->n_sends);
}

/* ---- modulations ---- */

static void
skip_unknown_modulation(struct od_reader *reader, struct od_json_string key, size_t key_at)
{
    const char *names[2 * OD_PARAM_COUNT];
    char shown[OD_READ_SHOWN], hint[OD_READ_HINT];
    size_t n = 0;
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        if (od_params[i].modulate != OD_MODULATE_NOT) {
            names[n++] = od_params[i].name;
            if (od_params[i].path != NULL) {
                names[n++] = od_params[i].path;
            }
        }
    }
    od_read_shown(key.text, key.length, shown);
    if (od_read_param_hint(key, false, OD_IN_ALL, hint) && strncmp(hint, "here", 4) == 0) {
        od_read_diag(reader, OD_WARNING, key_at, "unknown-modulation",
                     "'%s' cannot be modulated: it is dropped; %s", shown, hint);
        od_json_skip(&reader->json);
        return;
    }
    const char *nearest = od_diag_nearest(shown, names, n);
    od_read_diag(reader, OD_WARNING, key_at, "unknown-modulation",
                 "'%s' cannot be modulated: it is dropped%s%s%s", shown,
                 nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                 nearest != NULL ? "'?" : "");
    od_json_skip(&reader->json);
}

static void
keep_modulations(struct od_reader *reader, const struct od_modulation *found,
                 struct od_track *track)
{
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        if (found[i].signal.values != NULL) {
            od_buf_append(&reader->modulations, &found[i], sizeof found[i]);
        }
    }
    track->modulations = od_read_keep(reader, &reader->modulations, sizeof *track->modulations,
                                      &track->n_modulations);
}

static void
read_modulations(struct od_reader *reader, struct od_track *track)
{
    struct od_modulation found[OD_PARAM_COUNT] = {0};
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_read_entry(reader, &keys, &key, &key_at)) {
        enum od_param param = od_param_find_modulated(key.text, key.length);
        if (param == OD_PARAM_COUNT) {
            skip_unknown_modulation(reader, key, key_at);
            continue;
        }
        if (found[param].signal.values != NULL) {
            od_read_diag(reader, OD_WARNING, key_at, "same-parameter",
                         "'%s' is modulated by an earlier key too: this one counts",
                         od_params[param].name);
        }
        found[param] = (struct od_modulation){param, od_read_modulation(reader), key_at};
    }
    keep_modulations(reader, found, track);
}

/* ---- tracks ---- */

static void
read_meta(struct od_reader *reader, struct od_track *track)
{
    enum {
        TRACK_ID,
        RANGE_ID,
        MUTE,
        SOLO
    };
    static const char *const names[] = {"track_id", "range_id", "mute", "solo"};
    struct od_read_object object = {.names = names, .n_names = 4, .what = "meta"};
    if (!od_read_enter_object(reader)) {
        return;
    }
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case TRACK_ID:
            od_read_own_name(reader, &track->id);
            break;
        case MUTE:
            od_read_bool(reader, &track->mute);
            break;
        case SOLO:
            od_read_bool(reader, &track->solo);
            break;
        default:
            od_json_skip(&reader->json);
            break;
        }
    }
}

/* The known values in order, `own` (params and track_fx) before `fx`; then the extras, which wait
 * in reader->values. */
static void
keep_values(struct od_reader *reader, const struct values *own, const struct values *fx,
            struct od_track *track)
{
    struct od_buf all = {0};
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        if (own->is_set[i] || fx->is_set[i]) {
            od_buf_append(&all, own->is_set[i] ? &own->of[i] : &fx->of[i], sizeof own->of[i]);
        }
    }
    od_buf_append(&all, reader->values.data, reader->values.length);
    all.failed = all.failed || reader->values.failed;
    reader->values.length = 0;
    track->values = od_read_keep(reader, &all, sizeof *track->values, &track->n_values);
    od_buf_clear(&all);
}

static void
read_track(struct od_reader *reader, void *record)
{
    struct od_track *track = record;
    enum {
        META,
        PARAMS,
        FX,
        TRACK_FX,
        SENDS,
        MODULATIONS,
        DESTINATION
    };
    static const char *const names[] = {"meta",  "params",      "fx",         "track_fx",
                                        "sends", "modulations", "destination"};
    static const struct place places[] = {{.where = OD_IN_FX, .what = "fx"},
                                          {.where = OD_IN_TRACK_FX, .what = "track_fx"}};
    struct od_read_object object = {.names = names, .n_names = 7, .what = "a track"};
    struct values own = {0}, fx = {0};
    size_t at = od_json_offset(&reader->json);
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case META:
            read_meta(reader, track);
            break;
        case PARAMS:
            read_params(reader, &own);
            break;
        case FX:
            read_fx(reader, &places[0], &fx);
            break;
        case TRACK_FX:
            read_fx(reader, &places[1], &own);
            break;
        case SENDS:
            read_sends(reader, track);
            break;
        case MODULATIONS:
            read_modulations(reader, track);
            break;
        default:
            od_read_name(reader, &track->destination);
            break;
        }
    }
    if (own.of[OD_PARAM_S].offset == 0) {
        od_read_diag(reader, OD_ERROR, at, "missing", "a track needs params.s, the sound's name");
    }
    keep_values(reader, &own, &fx, track);
}

void
od_read_tracks(struct od_reader *reader, struct od_part *part)
{
    static const struct od_track initial;
    const struct od_read_kind kind = {&reader->tracks, sizeof initial, &initial, read_track};
    part->tracks = od_read_members(reader, &kind, &part->n_tracks);
}
