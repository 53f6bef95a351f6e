#include <string.h>

#include "text/session_read.h"

#define PLACES (OD_IN_PARAMS | OD_IN_BOTH_FX)

/* It is sent under the name that it has; who misspelt one wants to know. */
static void
warn_of_name(struct od_reader *reader, struct od_json_string key, size_t key_at)
{
    const char *names[OD_PARAM_COUNT];
    char shown[OD_READ_SHOWN];
    size_t n = 0;
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        if ((od_params[i].where & PLACES) != 0) {
            names[n++] = od_params[i].name;
        }
    }
    od_read_shown(key.text, key.length, shown);
    const char *nearest = od_diag_nearest(shown, names, n);
    if (nearest != NULL) {
        od_read_diag(reader, OD_WARNING, key_at, "near-parameter",
                     "'%s' is sent under this name; did you mean '%s'?", shown, nearest);
    }
}

static bool
read_absent(struct od_reader *reader, enum od_param param, struct od_param_value *value)
{
    *value = (struct od_param_value){
        .param = param, .type = OD_VALUE_ABSENT, .offset = od_json_offset(&reader->json)};
    if (param == OD_PARAM_S) {
        od_read_error(reader, "type",
                      "'s' must be a text in quotes, found null: what would sound?");
        return false;
    }
    return true;
}

static bool
read_own(struct od_reader *reader, struct od_json_string key, size_t key_at,
         struct od_param_value *value)
{
    enum od_param param = od_param_find(key.text, key.length, PLACES);
    bool ok;
    param = param == OD_PARAM_COUNT ? OD_PARAM_EXTRA : param;
    if (od_read_null(reader)) {
        ok = read_absent(reader, param, value);
    } else if (param != OD_PARAM_EXTRA) {
        ok = od_read_param(reader, param, value);
    } else {
        warn_of_name(reader, key, key_at);
        ok = od_read_extra(reader, key, key_at, value);
    }
    if (ok && param == OD_PARAM_EXTRA) {
        value->name = od_read_keep_name(reader, key, key_at).text;
    }
    return ok;
}

/* Known ones come in the order of od_param, the others behind them in that of the file. */
static void
keep_in_order(struct od_reader *reader, const struct od_param_value *value)
{
    od_buf_append(&reader->values, value, sizeof *value);
    if (reader->values.failed) {
        return;
    }
    struct od_param_value *values = (void *)reader->values.data;
    size_t at = reader->values.length / sizeof *values - 1;
    for (; at > 0 && values[at - 1].param > value->param; at--) {
        values[at] = values[at - 1];
    }
    values[at] = *value;
}

void
od_read_own_params(struct od_reader *reader, struct od_session_more *more)
{
    struct od_json *json = &reader->json;
    struct od_json_keys keys = {0};
    struct od_json_string key;
    struct od_param_value value;
    size_t key_at;
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_json_key(json, &key, &key_at)) {
        if (!od_json_keys_add(json, &keys, key, key_at)) {
            od_json_skip(json);
        } else if (read_own(reader, key, key_at, &value)) {
            keep_in_order(reader, &value);
        }
    }
    more->values = od_read_keep(reader, &reader->values, sizeof *more->values, &more->n_values);
}
