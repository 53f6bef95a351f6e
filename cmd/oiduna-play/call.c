#include "call.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/diag.h"

#define NAMES_TOLD 8

void
call_refuse(struct call *call, const char *code, const char *text)
{
    say_error(call->desk->speech, call->id, call->words[0], code, "%s", text);
}

void
call_bad_argument(struct call *call, const char *wanted)
{
    say_error(call->desk->speech, call->id, call->words[0], "BAD_ARGUMENT", "%s wants %s",
              call->words[0], wanted);
}

void
call_fail(struct call *call, enum od_status status, const char *code, const char *error)
{
    call_refuse(call, status == OD_ENOMEM ? "OUT_OF_MEMORY" : code,
                *error != '\0' ? error : od_status_text(status));
}

/* ---- arguments ---- */

bool
call_number(const char *text, double min, double max, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value) && *value >= min && *value <= max;
}

bool
call_amount(const char *text, double min, double max, struct od_command *command)
{
    return od_relative_parse(text, true, &command->relation, &command->number) &&
           (command->relation != OD_ABSOLUTE || (command->number >= min && command->number <= max));
}

bool
call_whole(const char *text, double min, double max, double *value)
{
    return call_number(text, min, max, value) && *value == rint(*value);
}

bool
call_switch(const char *text, bool *on)
{
    *on = strcmp(text, "on") == 0 || strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *on || strcmp(text, "off") == 0 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

struct boundary
call_boundary_of(enum od_timing timing)
{
    static const enum od_when whens[] = {[OD_TIMING_NOW] = OD_WHEN_NOW,
                                         [OD_TIMING_BEAT] = OD_WHEN_BEAT,
                                         [OD_TIMING_BAR] = OD_WHEN_BAR,
                                         [OD_TIMING_SEQ] = OD_WHEN_SEQ};
    struct boundary boundary = {.when = whens[timing]};
    snprintf(boundary.word, sizeof boundary.word, "%s", od_timing_word(timing));
    return boundary;
}

bool
call_boundary(const char *text, struct boundary *boundary)
{
    enum od_timing timing;
    double step;
    if (od_timing_parse(text, &timing)) {
        *boundary = call_boundary_of(timing);
        return true;
    }
    if (!call_whole(text, 0, OD_STEPS - 1, &step)) {
        return false;
    }
    *boundary = (struct boundary){.when = OD_WHEN_STEP, .step = (int64_t)step};
    snprintf(boundary->word, sizeof boundary->word, "%u", (uint8_t)step);
    return true;
}

/* ---- names ---- */

bool
call_has_program(struct call *call)
{
    if (call->base == NULL) {
        call_refuse(call, "NO_SCORE", "nothing to play: send a score first");
        return false;
    }
    return true;
}

void
call_refuse_name(struct call *call, const char *code, const char *kind, const char *name,
                 const char **names, size_t n)
{
    struct od_buf known = {0};
    const char *near = names != NULL ? od_diag_nearest(name, names, n) : NULL;
    for (size_t i = 0; near == NULL && names != NULL && i < n && i < NAMES_TOLD; i++) {
        od_buf_printf(&known, "%s%.40s", i > 0 ? ", " : "; there is ", names[i]);
    }
    if (known.length > 0 && n > NAMES_TOLD) {
        od_buf_printf(&known, " and %zu more", n - NAMES_TOLD);
    }
    od_buf_append(&known, "", 1);
    if (near != NULL) {
        say_error(call->desk->speech, call->id, call->words[0], code,
                  "no %s '%.80s'; did you mean '%.80s'?", kind, name, near);
    } else {
        say_error(call->desk->speech, call->id, call->words[0], code, "no %s '%.80s'%s", kind, name,
                  known.failed ? "" : (const char *)known.data);
    }
    od_buf_clear(&known);
}

int
call_find_track(struct call *call, const char *id)
{
    if (!call_has_program(call)) {
        return -1;
    }
    const struct od_take *take = call->base;
    int voice = od_take_find(take, id);
    if (voice >= 0) {
        return voice;
    }
    size_t n = od_take_tracks(take);
    const char **names = calloc(n + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < n; i++) {
        names[i] = od_take_track(take, i).id;
    }
    call_refuse_name(call, "UNKNOWN_TRACK", "track", id, names, n);
    free(names);
    return -1;
}

/* ---- answers ---- */

void
call_done(struct call *call)
{
    say_ok(call->desk->speech, call->id, call->words[0]);
}

struct answer *
call_remember(struct call *call)
{
    struct answer *answer = conversation_expect(call->desk->conversation, call->id, call->words[0],
                                                call->line, call->repeats);
    answer->by_osc = call->desk->speech->by_osc;
    answer->timed.over = call->over;
    answer->outcome = call->outcome;
    call->outcome = (struct outcome){0};
    return answer;
}

/* The command as it came, so that it can be shown and done again. */
static char *
text_of(const struct call *call)
{
    struct od_buf text = {0};
    for (int i = 0; i < call->n; i++) {
        od_buf_append(&text, " ", i > 0);
        if (call->quoted != NULL && call->quoted[i]) {
            od_buf_json_string(&text, call->words[i]);
        } else {
            od_buf_append(&text, call->words[i], strlen(call->words[i]));
        }
    }
    od_buf_append(&text, "", 1);
    if (text.failed) {
        od_buf_clear(&text);
    }
    return (char *)text.data;
}

/* False, having said so, if there is no memory. */
static bool
remember_timed(struct call *call, struct od_command *command)
{
    const struct timing *timing = call->timing;
    char *text = text_of(call);
    if (text == NULL) {
        call_refuse(call, "OUT_OF_MEMORY", "out of memory");
        return false;
    }
    struct timed *timed = &call_remember(call)->timed;
    snprintf(timed->id, sizeof timed->id, "%s", call->id);
    timed->text = text;
    timed->wall = timing->wall;
    timed->reset = call->reset;
    timed->score = od_shared_score_ref(call->score);
    if (call->base != NULL) {
        od_take_ref(call->base);
        timed->base = call->base;
    }
    command->owner = OD_OWNER_TIMED;
    command->when = timing->when;
    command->step = timing->step;
    command->wall = timing->wall;
    return true;
}

void
call_ask(struct call *call, struct od_command command)
{
    if (call->timing == NULL) {
        call_remember(call);
    } else if (remember_timed(call, &command)) {
        command.change = conversation_number(call->desk->conversation);
    } else {
        return;
    }
    conversation_ask(call->desk->conversation, &command);
}

void
call_hand_over(struct call *call, struct od_take *take, const struct boundary *boundary)
{
    struct conversation *conversation = call->desk->conversation;
    struct od_program *program = od_take_program(take);
    struct od_command command = {.when = boundary->when, .step = boundary->step};
    if (call->making != NULL) {
        *call->making = take;
        outcome_clear(&call->outcome);
        return;
    }
    if (call->timing == NULL) {
        call_remember(call);
    } else if (!remember_timed(call, &command)) {
        od_take_unref(take);
        outcome_clear(&call->outcome);
        return;
    } else if (program->edit) {
        program->change = conversation_number(conversation);
    }
    conversation_hand_over(conversation, take, command);
}

void
call_simple(struct call *call, enum od_command_kind kind)
{
    call_ask(call, (struct od_command){.kind = kind, .time = OD_NSEC_NEVER});
}
