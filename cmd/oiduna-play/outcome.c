#include "outcome.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "events.h"

#define TOLD 6 /* so many are named to people */

void
outcome_clear(struct outcome *outcome)
{
    od_buf_clear(&outcome->members);
    od_buf_clear(&outcome->words);
}

const char *
outcome_words(struct outcome *outcome)
{
    struct od_buf *words = &outcome->words;
    if (words->length == 0 || words->failed || !od_buf_append(words, "", 1)) {
        return "";
    }
    words->length--;
    return (const char *)words->data;
}

/* A number of a parameter is a float or none to whom it is sent: the text says which. */
static void
add_number(struct od_buf *members, const struct od_live_value *value)
{
    bool whole = value->number == rint(value->number) && fabs(value->number) < 1e15;
    od_buf_printf(members, whole ? ":%.0f%s" : ":%.17g%s", value->number,
                  whole && value->type == OD_VALUE_FLOAT ? ".0" : "");
}

void
outcome_value(struct outcome *outcome, const struct od_take *take, const char *id,
              const char *param)
{
    const struct od_live_value value = od_take_value(take, id, param);
    struct od_buf *members = &outcome->members;
    struct od_buf *words = &outcome->words;
    bool first = outcome->told++ == 0;
    if (first) {
        events_text(members, "track", id);
        od_buf_printf(members, ",\"values\":{");
    } else {
        od_buf_append(members, ",", 1);
    }
    od_buf_json_string(members, param);
    od_buf_printf(words, first ? "%s %s " : ", %s%s ", first ? id : "", param);
    if (value.remove) {
        od_buf_printf(members, ":null");
        od_buf_printf(words, "unset");
    } else if (value.type == OD_VALUE_STRING) {
        od_buf_append(members, ":", 1);
        od_buf_json_string(members, value.string);
        od_buf_append(words, value.string, strlen(value.string));
    } else {
        add_number(members, &value);
        od_buf_printf(words, "%.6g", value.number);
    }
}

void
outcome_switch(struct outcome *outcome, const char *what, const char *id, bool on)
{
    struct od_buf *members = &outcome->members;
    struct od_buf *words = &outcome->words;
    bool first = outcome->told++ == 0;
    od_buf_printf(members, first ? ",\"%s\":{" : ",", what);
    od_buf_json_string(members, id);
    od_buf_printf(members, on ? ":true" : ":false");
    if (outcome->told <= TOLD) {
        od_buf_printf(words, "%s%s %s%s", first ? "" : ", ", id, on ? "" : "not ", what);
    }
}

void
outcome_end(struct outcome *outcome)
{
    od_buf_printf(&outcome->members, "}");
    if (outcome->told > TOLD) {
        od_buf_printf(&outcome->words, " and %zu more", outcome->told - TOLD);
    }
}

void
outcome_reset(struct outcome *outcome, const char *track, const char *param)
{
    events_text(&outcome->members, "track", track);
    events_text(&outcome->members, "param", param);
    od_buf_printf(&outcome->words, "%s%s%s as it was loaded", track != NULL ? track : "all",
                  param != NULL ? " " : "", param != NULL ? param : "");
}

void
outcome_scene(struct outcome *outcome, const char *scene)
{
    events_text(&outcome->members, "scene", *scene != '\0' ? scene : NULL);
    od_buf_printf(&outcome->words, *scene != '\0' ? "scene %s" : "no scene%s", scene);
}

void
outcome_add(const struct outcome *outcome, struct od_buf *line)
{
    if (!outcome->members.failed) {
        od_buf_append(line, outcome->members.data, outcome->members.length);
    }
}

void
outcome_environment(struct outcome *outcome, const char *command, const struct od_notice *notice)
{
    const struct od_player_environment *now = &notice->environment;
    bool bpm = strcmp(command, "swing") != 0 && strcmp(command, "gate") != 0;
    bool moves = bpm && notice->ramp_steps > 0;
    double value = moves                           ? notice->ramp_to
                   : bpm                           ? now->bpm
                   : strcmp(command, "swing") == 0 ? now->swing
                                                   : now->gate;
    events_number(&outcome->members, "value", value);
    od_buf_printf(&outcome->words, "%s %.6g", bpm ? "bpm" : command, value);
    if (moves) {
        od_buf_printf(&outcome->words, " over %" PRId64 " steps", notice->ramp_steps);
    }
}
