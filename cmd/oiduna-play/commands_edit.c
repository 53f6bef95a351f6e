/* Commands that change what plays: each makes a new take of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "score/controls.h"

void
call_edit(struct call *call, enum od_status status, struct od_take *take, const char *error)
{
    if (status != OD_OK) {
        outcome_clear(&call->outcome);
        call_fail(call, status, "BAD_ARGUMENT", error);
        return;
    }
    call_hand_over(call, take, &(struct boundary){.when = OD_WHEN_NOW});
}

static struct od_live_value
parse_value(const char *word, bool quoted)
{
    double number;
    enum od_relation relation;
    struct od_live_value value = {.type = OD_VALUE_STRING, .string = word};
    if (quoted) {
        return value;
    }
    if (strcmp(word, "null") == 0) {
        value.remove = true;
    } else if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
        value = (struct od_live_value){.type = OD_VALUE_INT, .number = word[0] == 't'};
    } else if (od_relative_parse(word, false, &relation, &number)) {
        bool whole = strpbrk(word, ".eEnN") == NULL && fabs(number) <= INT32_MAX;
        value = (struct od_live_value){
            .type = whole ? OD_VALUE_INT : OD_VALUE_FLOAT, .relation = relation, .number = number};
    }
    return value;
}

/* "+5" could be meant as 5 more, and would be 5. */
static bool
has_bare_plus(const struct call *call, int i)
{
    double number;
    return call->words[i][0] == '+' && !call->quoted[i] &&
           call_number(call->words[i], -1e308, 1e308, &number);
}

/* A value of the parameter at word `i` into `take`, which is replaced; false if it was refused. */
static bool
set_value(struct call *call, int i, const struct od_live_value *value, struct od_take **take)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *base = *take != NULL ? *take : call->base;
    struct od_take *next = NULL;
    enum od_status status = od_take_set(base, call->words[1], call->words[i], value, &next, error);
    if (status != OD_OK) {
        say_set_error(call->desk->speech, call->id, call->words[0], call->words[i],
                      status == OD_ENOMEM     ? "OUT_OF_MEMORY"
                      : status == OD_EUNKNOWN ? "UNKNOWN_PARAM"
                                              : "BAD_ARGUMENT",
                      *error != '\0' ? error : od_status_text(status));
        return false;
    }
    od_take_unref(*take);
    *take = next;
    return true;
}

/* The pair of words at `i`. */
static bool
set_one(struct call *call, int i, struct od_take **take)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    if (has_bare_plus(call, i + 1)) {
        snprintf(error, sizeof error, "'%.40s' is no value: +=%.40s is that much more",
                 call->words[i + 1], call->words[i + 1] + 1);
        say_set_error(call->desk->speech, call->id, "set", call->words[i], "BAD_ARGUMENT", error);
        return false;
    }
    struct od_live_value value = parse_value(call->words[i + 1], call->quoted[i + 1]);
    value.over = call->over;
    return set_value(call, i, &value, take);
}

/* The new take, and what became of every `stride`th word from the third on. */
static void
edit_params(struct call *call, struct od_take *take, int n, int stride)
{
    for (int i = 2; i < n; i += stride) {
        outcome_value(&call->outcome, take, call->words[1], call->words[i]);
    }
    outcome_end(&call->outcome);
    call_edit(call, OD_OK, take, "");
}

void
command_set(struct call *call)
{
    struct od_take *take = NULL;
    int n = call_over(call);
    if (n < 0) {
        return;
    }
    if (n < 4 || n % 2 != 0) {
        call_bad_argument(call, "a track, then a parameter and its value, as often as you like");
        return;
    }
    if (call_find_track(call, call->words[1]) < 0) {
        return;
    }
    for (int i = 2; i < n; i += 2) {
        if (!set_one(call, i, &take)) {
            od_take_unref(take);
            return;
        }
    }
    edit_params(call, take, n, 2);
}

void
command_unset(struct call *call)
{
    const struct od_live_value none = {.remove = true};
    struct od_take *take = NULL;
    if (call_find_track(call, call->words[1]) < 0) {
        return;
    }
    for (int i = 2; i < call->n; i++) {
        if (!set_value(call, i, &none, &take)) {
            od_take_unref(take);
            return;
        }
    }
    edit_params(call, take, call->n, 1);
}

void
command_reset(struct call *call)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *take = NULL;
    const char *track = call->n > 1 ? call->words[1] : NULL;
    const char *param = call->n > 2 ? call->words[2] : NULL;
    if (!call_has_program(call) || (track != NULL && call_find_track(call, track) < 0)) {
        return;
    }
    enum od_status status = od_take_reset(call->base, track, param, &take, error);
    if (status == OD_EUNKNOWN) {
        call_refuse(call, "UNKNOWN_PARAM", error);
        return;
    }
    outcome_reset(&call->outcome, track, param);
    call_edit(call, status, take, error);
}

/* ---- triggers: of a track that may have to be prepared first ---- */

/* Where the words begin that have a "=": controls of MIDI, behind all else. */
static int
first_control(const struct call *call)
{
    int i = 2;
    while (i < call->n && strchr(call->words[i], '=') == NULL) {
        i++;
    }
    return i;
}

static bool
parse_note(struct call *call, int n, bool midi, struct od_command *command)
{
    double velocity = midi ? 100 : 1;
    double note = OD_EVENT_NO_NOTE;
    double milliseconds = -1;
    bool no_note = n <= 3 || strcmp(call->words[3], "null") == 0;
    if (n > 5 || (n > 2 && !call_number(call->words[2], 0, midi ? 127 : 1000, &velocity)) ||
        (!no_note && !call_whole(call->words[3], 0, 127, &note)) ||
        (n > 4 && !call_number(call->words[4], 0, 3600e3, &milliseconds))) {
        call_bad_argument(call, midi ? "a track, velocity 0..127, note 0..127, milliseconds"
                                     : "a track, velocity, note 0..127 or null, milliseconds");
        return false;
    }
    if (midi && no_note && n == call->n) {
        call_bad_argument(call, "a note 0..127 for a MIDI track, as in: trigger bass 100 48 250");
        return false;
    }
    command->trigger.velocity = (float)velocity;
    command->trigger.note = (uint8_t)note;
    command->trigger.milliseconds = (float)milliseconds;
    return true;
}

struct controls {
    struct od_control items[OD_TRIGGER_CONTROLS];
    size_t n;
    bool presses; /* a key, which strikes none */
};

static bool
parse_controls(struct call *call, int first, struct controls *controls)
{
    char error[OD_CONTROL_ERROR];
    for (int i = first; i < call->n; i++) {
        if (controls->n == OD_TRIGGER_CONTROLS) {
            call_refuse(call, "BAD_ARGUMENT", "so many controls are too many for one trigger");
            return false;
        }
        struct od_control *control = &controls->items[controls->n++];
        if (!od_control_parse(call->words[i], control, error)) {
            call_refuse(call, "BAD_ARGUMENT", error);
            return false;
        }
        controls->presses = controls->presses || control->kind == OD_CONTROL_POLY_PRESSURE;
    }
    return true;
}

static void
keep_control(void *context, const struct od_score_control *message)
{
    struct od_command *command = context;
    if (command->trigger.n_controls < OD_TRIGGER_CONTROLS) {
        command->trigger.controls[command->trigger.n_controls++] = *message;
    }
}

static bool
parse_trigger(struct call *call, bool midi, struct od_command *command)
{
    int first = first_control(call);
    struct controls controls = {.n = 0};
    if (!parse_note(call, first, midi, command) || !parse_controls(call, first, &controls)) {
        return false;
    }
    if (controls.n > 0 && !midi) {
        call_refuse(call, "BAD_ARGUMENT", "only MIDI tracks have program=, cc.N= and the like");
        return false;
    }
    uint8_t note = command->trigger.note;
    if (controls.presses && note == OD_EVENT_NO_NOTE) {
        call_refuse(call, "BAD_ARGUMENT", "poly_pressure= needs the note that is pressed");
        return false;
    }
    uint32_t n = od_controls_send(controls.items, controls.n, note, keep_control, command);
    if (n > OD_TRIGGER_CONTROLS) {
        call_refuse(call, "BAD_ARGUMENT", "so many controls are too many for one trigger");
        return false;
    }
    command->trigger.note = controls.presses ? OD_EVENT_NO_NOTE : note;
    return true;
}

/* What plays is prepared at once, and the line done again. Another scene that has yet to come
 * cannot be: it is not known what it will be made of. */
static void
prepare(struct call *call)
{
    struct od_take *current = call->desk->session->current;
    struct od_take *take = NULL;
    if (current == NULL ||
        od_take_program(current)->lineage != od_take_program(call->base)->lineage) {
        call_refuse(call, "NOT_PREPARED",
                    "a track of a scene that does not play yet cannot be triggered ahead of time");
        return;
    }
    enum od_status status = od_take_prepare(current, call->words[1], &take);
    if (status != OD_OK) {
        call_fail(call, status, "BAD_ARGUMENT", "");
        return;
    }
    call_remember(call)->again = true;
    conversation_hand_over(call->desk->conversation, take,
                           (struct od_command){.when = OD_WHEN_NOW});
}

void
command_trigger(struct call *call)
{
    int voice = call_find_track(call, call->words[1]);
    if (voice < 0) {
        return;
    }
    struct od_take *current = call->base;
    const struct od_program *program = od_take_program(current);
    struct od_command command = {.kind = OD_COMMAND_TRIGGER};
    command.trigger.lineage = program->lineage;
    command.trigger.voice = (uint16_t)voice;
    command.trigger.gate_steps = -1; /* the default gate of its time */
    if (!parse_trigger(call, od_take_track(current, (size_t)voice).midi, &command)) {
        return;
    }
    if (!od_take_prepared(current, voice)) {
        prepare(call);
        return;
    }
    call_ask(call, command);
}
