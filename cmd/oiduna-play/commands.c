#include "commands.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "diag.h"
#include "input.h"
#include "people.h"
#include "report.h"
#include "say.h"
#include "watch.h"

#define BLANKS     " \t\r"
#define NAMES_TOLD 8
#define MOST_LOOPS 1e9 /* thousands of years */

/* One command being done. */
struct call {
    struct control *control;
    const char *id; /* "" = none */
    char **words;   /* the command first */
    const bool *quoted;
    int n;
    const char *line; /* as it came, with its id */
    int repeats;
};

typedef void command_fn(struct call *call);

static void
refuse(struct call *call, const char *code, const char *text)
{
    say_error(call->control, call->id, call->words[0], code, "%s", text);
}

static void
bad_argument(struct call *call, const char *wanted)
{
    say_error(call->control, call->id, call->words[0], "BAD_ARGUMENT", "%s wants %s",
              call->words[0], wanted);
}

static bool
parse_number(const char *text, double min, double max, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value) && *value >= min && *value <= max;
}

static bool
parse_whole(const char *text, double max, double *value)
{
    return parse_number(text, 0, max, value) && *value == rint(*value);
}

static bool
parse_switch(const char *text, bool *on)
{
    *on = strcmp(text, "on") == 0 || strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *on || strcmp(text, "off") == 0 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

/* now, beat, bar, seq, immediate, or a step 0..255. */
static bool
parse_when(const char *text, enum od_when *when, int64_t *step)
{
    static const enum od_when of_timing[] = {[OD_TIMING_NOW] = OD_WHEN_NOW,
                                             [OD_TIMING_BEAT] = OD_WHEN_BEAT,
                                             [OD_TIMING_BAR] = OD_WHEN_BAR,
                                             [OD_TIMING_SEQ] = OD_WHEN_SEQ};
    enum od_timing timing;
    double number;
    if (od_timing_parse(text, &timing)) {
        *when = of_timing[timing];
        return true;
    }
    if (!parse_whole(text, OD_STEPS - 1, &number)) {
        return false;
    }
    *when = OD_WHEN_STEP;
    *step = (int64_t)number;
    return true;
}

/* ---- what the player answers ---- */

static void
remember(struct call *call)
{
    struct answer *answer = &call->control->answer;
    answer->active = true;
    answer->repeats = call->repeats;
    snprintf(answer->id, sizeof answer->id, "%s", call->id);
    snprintf(answer->command, sizeof answer->command, "%s", call->words[0]);
    answer->line = call->line != NULL ? strdup(call->line) : NULL;
}

static void
ask(struct call *call, struct od_command command)
{
    remember(call);
    answers_ask(call->control, &command);
}

static void
simple(struct call *call, enum od_command_kind kind)
{
    ask(call, (struct od_command){.kind = kind, .time = OD_NSEC_NEVER});
}

/* ---- transport ---- */

static bool
has_program(struct call *call)
{
    if (call->control->current == NULL) {
        refuse(call, "NO_SCORE", "nothing to play: send a score first");
        return false;
    }
    return true;
}

static void
do_start(struct call *call)
{
    if (has_program(call)) {
        ask(call, (struct od_command){.kind = OD_COMMAND_START,
                                      .time = answers_first_start(call->control)});
    }
}

static void
do_stop(struct call *call)
{
    simple(call, OD_COMMAND_STOP);
}

static void
do_pause(struct call *call)
{
    double step = 0;
    double loop = 0;
    if (call->n == 1) {
        simple(call, OD_COMMAND_PAUSE);
    } else if (!parse_whole(call->words[1], OD_STEPS - 1, &step) ||
               (call->n > 2 && !parse_whole(call->words[2], MOST_LOOPS, &loop))) {
        bad_argument(call, "a step 0..255 and the number of a loop, from 0");
    } else {
        ask(call, (struct od_command){.kind = OD_COMMAND_PAUSE,
                                      .when = OD_WHEN_AT,
                                      .step = (int64_t)loop * OD_STEPS + (int64_t)step});
    }
}

static void
do_quit(struct call *call)
{
    struct answer answer = {.active = true};
    snprintf(answer.id, sizeof answer.id, "%s", call->id);
    snprintf(answer.command, sizeof answer.command, "quit");
    say_ok(call->control, &answer, 0, 0, false);
    control_end(call->control, "quit");
}

static void
do_bpm(struct call *call)
{
    double bpm;
    if (!parse_number(call->words[1], OD_BPM_MIN, OD_BPM_MAX, &bpm)) {
        bad_argument(call, "a tempo from 1 to 999");
        return;
    }
    ask(call, (struct od_command){.kind = OD_COMMAND_BPM, .bpm = bpm});
}

/* ---- edits: a new take in the place of the current one ---- */

static void
edit(struct call *call, enum od_status status, struct od_take *take, const char *error)
{
    if (status != OD_OK) {
        refuse(call, status == OD_ENOMEM ? "OUT_OF_MEMORY" : "BAD_ARGUMENT",
               *error != '\0' ? error : od_status_text(status));
        return;
    }
    remember(call);
    answers_hand_over(call->control, take, OD_WHEN_NOW, 0);
}

/* Says that there is no such track or scene, and what may be meant or is there. */
static void
refuse_name(struct call *call, const char *code, const char *kind, const char *name,
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
        say_error(call->control, call->id, call->words[0], code,
                  "no %s '%.80s'; did you mean '%.80s'?", kind, name, near);
    } else {
        say_error(call->control, call->id, call->words[0], code, "no %s '%.80s'%s", kind, name,
                  known.failed ? "" : (const char *)known.data);
    }
    od_buf_clear(&known);
}

/* The voice of a track; −1 after saying that there is none, and what may be meant. */
static int
find_track(struct call *call, const char *id)
{
    if (!has_program(call)) {
        return -1;
    }
    const struct od_take *take = call->control->current;
    int voice = od_take_find(take, id);
    if (voice >= 0) {
        return voice;
    }
    size_t n = od_take_tracks(take);
    const char **names = calloc(n + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < n; i++) {
        names[i] = od_take_track(take, i).id;
    }
    refuse_name(call, "UNKNOWN_TRACK", "track", id, names, n);
    free(names);
    return -1;
}

static void
do_mute(struct call *call)
{
    bool on;
    if (!parse_switch(call->words[2], &on)) {
        bad_argument(call, "a track and on or off");
    } else if (find_track(call, call->words[1]) >= 0) {
        struct od_take *take = NULL;
        enum od_status status = od_take_mute(call->control->current, call->words[1], on, &take);
        edit(call, status, take, "");
    }
}

static void
do_solo(struct call *call)
{
    bool on;
    if (!parse_switch(call->words[2], &on)) {
        bad_argument(call, "a track and on or off");
    } else if (find_track(call, call->words[1]) >= 0) {
        struct od_take *take = NULL;
        enum od_status status = od_take_solo(call->control->current, call->words[1], on, &take);
        edit(call, status, take, "");
    }
}

static struct od_live_value
parse_value(const char *word, bool quoted)
{
    double number;
    struct od_live_value value = {.type = OD_VALUE_STRING, .string = word};
    if (quoted) {
        return value;
    }
    if (strcmp(word, "null") == 0) {
        value.remove = true;
    } else if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
        value = (struct od_live_value){.type = OD_VALUE_INT, .number = word[0] == 't'};
    } else if (parse_number(word, -1e308, 1e308, &number)) {
        bool whole = strpbrk(word, ".eEnN") == NULL && fabs(number) <= INT32_MAX;
        value =
            (struct od_live_value){.type = whole ? OD_VALUE_INT : OD_VALUE_FLOAT, .number = number};
    }
    return value;
}

/* The pair of words at `i` into `take`, which is replaced; false if it was refused. */
static bool
set_one(struct call *call, int i, struct od_take **take)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *base = *take != NULL ? *take : call->control->current;
    struct od_take *next = NULL;
    struct od_live_value value = parse_value(call->words[i + 1], call->quoted[i + 1]);
    enum od_status status = od_take_set(base, call->words[1], call->words[i], &value, &next, error);
    if (status != OD_OK) {
        bool unknown = status == OD_EDATA && strncmp(error, "no parameter", 12) == 0;
        say_set_error(call->control, call->id, call->words[i],
                      status == OD_ENOMEM ? "OUT_OF_MEMORY"
                      : unknown           ? "UNKNOWN_PARAM"
                                          : "BAD_ARGUMENT",
                      *error != '\0' ? error : od_status_text(status));
        return false;
    }
    od_take_unref(*take);
    *take = next;
    return true;
}

static void
do_set(struct call *call)
{
    struct od_take *take = NULL;
    if (call->n % 2 != 0) {
        bad_argument(call, "a track, then a parameter and its value, as often as you like");
        return;
    }
    if (find_track(call, call->words[1]) < 0) {
        return;
    }
    for (int i = 2; i < call->n; i += 2) {
        if (!set_one(call, i, &take)) {
            od_take_unref(take);
            return;
        }
    }
    edit(call, OD_OK, take, "");
}

static void
do_swing(struct call *call)
{
    double swing;
    if (!parse_number(call->words[1], 0, 1, &swing)) {
        bad_argument(call, "a number from 0 to 1");
    } else if (has_program(call)) {
        struct od_take *take = NULL;
        enum od_status status = od_take_swing(call->control->current, swing, &take);
        edit(call, status, take, "");
    }
}

static void
do_gate(struct call *call)
{
    double gate;
    if (!parse_number(call->words[1], 0, 1e6, &gate)) {
        bad_argument(call, "a number of steps, at least 0");
    } else if (has_program(call)) {
        struct od_take *take = NULL;
        enum od_status status = od_take_gate(call->control->current, gate, &take);
        edit(call, status, take, "");
    }
}

/* ---- sessions and scenes ---- */

static void
hand_over_change(struct call *call, struct od_take *take, enum od_apply_what what, const char *word)
{
    struct control *control = call->control;
    enum od_when when = OD_WHEN_BAR;
    int64_t step = 0;
    (void)parse_when(word, &when, &step); /* it was checked when it came */
    struct od_program *program = od_take_program(take);
    program->change = ++control->changes;
    program->lineage = program->change;
    remember(call);
    struct pending *next = &control->answer_pending;
    *next = (struct pending){.change = program->change,
                             .scene = what == OD_APPLY_SCENE,
                             .tracks = what == OD_APPLY_TRACKS};
    snprintf(next->when, sizeof next->when, "%s", word);
    answers_hand_over(control, take, when, step);
}

static uint32_t
find_scene(struct call *call, const struct od_score *score, const char *name)
{
    uint32_t part = od_score_find_scene(score, name);
    if (part != OD_SCORE_NONE) {
        return part;
    }
    uint32_t n = score->count[OD_SECTION_PARTS];
    const char **names = calloc(n, sizeof *names);
    for (uint32_t i = 1; names != NULL && i < n; i++) {
        names[i - 1] = score->strings + score->parts[i].name;
    }
    refuse_name(call, "UNKNOWN_SCENE", "scene", name, names, n - 1);
    free(names);
    return OD_SCORE_NONE;
}

static void
do_scene(struct call *call)
{
    struct control *control = call->control;
    const char *word = call->n > 2 ? call->words[2] : "bar";
    enum od_when when;
    int64_t step;
    if (!parse_when(word, &when, &step)) {
        bad_argument(call, "a scene and now, beat, bar, seq or a step 0..255");
        return;
    }
    if (!has_program(call)) {
        return;
    }
    struct od_shared_score *shared = od_take_scenes(control->current);
    uint32_t part = find_scene(call, od_shared_score_get(shared), call->words[1]);
    if (part == OD_SCORE_NONE) {
        return;
    }
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *take = NULL;
    enum od_status status = od_take_new(&control->setup.live, shared, part, &take, error);
    if (status != OD_OK) {
        refuse(call, status == OD_ENOMEM ? "OUT_OF_MEMORY" : "BAD_SCORE",
               *error != '\0' ? error : od_status_text(status));
        return;
    }
    od_take_keep_environment(take, control->current);
    hand_over_change(call, take, OD_APPLY_SCENE, word);
}

static void
say_done(struct call *call)
{
    struct answer answer = {.active = true};
    snprintf(answer.id, sizeof answer.id, "%s", call->id);
    snprintf(answer.command, sizeof answer.command, "%s", call->words[0]);
    say_ok(call->control, &answer, 0, 0, false);
}

static void
do_apply(struct call *call)
{
    enum od_when when;
    int64_t step;
    if (!parse_when(call->words[1], &when, &step)) {
        bad_argument(call, "now, beat, bar, seq or a step 0..255");
        return;
    }
    snprintf(call->control->next_when, sizeof call->control->next_when, "%s", call->words[1]);
    say_done(call);
}

static void
do_score_id(struct call *call)
{
    if (strlen(call->words[1]) > CONTROL_ID_MAX) {
        bad_argument(call, "an id of at most 64 characters");
        return;
    }
    snprintf(call->control->next_id, sizeof call->control->next_id, "%s", call->words[1]);
    say_done(call);
}

static void
do_cancel(struct call *call)
{
    double change = 0;
    if (call->n > 1 && !parse_number(call->words[1], 1, 1e15, &change)) {
        bad_argument(call, "the number of a change, or nothing");
        return;
    }
    ask(call, (struct od_command){.kind = OD_COMMAND_CANCEL, .change = (uint64_t)change});
}

void
commands_score(struct control *control, void *bytes, size_t length)
{
    char *words[] = {(char *)(uintptr_t) "score"};
    char id[sizeof control->next_id];
    char when[sizeof control->next_when];
    memcpy(id, control->next_id, sizeof id);
    memcpy(when, control->next_when, sizeof when);
    control->next_id[0] = '\0';
    control->next_when[0] = '\0';
    control->garbled = 0;
    struct call call = {.control = control, .id = id, .words = words, .n = 1};
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_score score;
    enum od_status status = od_score_open_heap(&score, bytes, length, error);
    if (status != OD_OK) {
        refuse(&call, "BAD_SCORE", error);
        return;
    }
    if (when[0] == '\0') {
        uint32_t timing = score.header->apply_timing;
        snprintf(when, sizeof when, "%s",
                 timing == OD_SCORE_NONE ? "bar" : od_timing_word((enum od_timing)timing));
    }
    struct od_shared_score *shared = od_shared_score_new(&score);
    struct od_take *take = NULL;
    enum od_apply_what what = OD_APPLY_SESSION;
    status = shared == NULL ? OD_ENOMEM
                            : od_take_apply(&control->setup.live, control->current, shared, &take,
                                            &what, error);
    od_shared_score_unref(shared);
    if (status != OD_OK) {
        refuse(&call, status == OD_ENOMEM ? "OUT_OF_MEMORY" : "BAD_SCORE",
               *error != '\0' ? error : od_status_text(status));
        return;
    }
    hand_over_change(&call, take, what, when);
}

/* ---- triggers ---- */

static bool
parse_trigger(struct call *call, bool midi, struct od_command *command)
{
    double velocity = midi ? 100 : 1;
    double note = OD_EVENT_NO_NOTE;
    double milliseconds = -1;
    bool no_note = call->n <= 3 || strcmp(call->words[3], "null") == 0;
    if ((call->n > 2 && !parse_number(call->words[2], 0, midi ? 127 : 1000, &velocity)) ||
        (!no_note && !parse_whole(call->words[3], 127, &note)) ||
        (call->n > 4 && !parse_number(call->words[4], 0, 3600e3, &milliseconds))) {
        bad_argument(call, midi ? "a track, velocity 0..127, note 0..127, milliseconds"
                                : "a track, velocity, note 0..127 or null, milliseconds");
        return false;
    }
    if (midi && no_note) {
        bad_argument(call, "a note 0..127 for a MIDI track, as in: trigger bass 100 48 250");
        return false;
    }
    command->trigger.velocity = (float)velocity;
    command->trigger.note = (uint8_t)note;
    command->trigger.milliseconds = (float)milliseconds;
    return true;
}

static void
do_trigger(struct call *call)
{
    struct control *control = call->control;
    int voice = find_track(call, call->words[1]);
    if (voice < 0) {
        return;
    }
    const struct od_program *program = od_take_program(control->current);
    struct od_command command = {.kind = OD_COMMAND_TRIGGER, .change = program->lineage};
    command.trigger.voice = (uint16_t)voice;
    command.trigger.gate_steps = (float)program->default_gate;
    if (!parse_trigger(call, od_take_track(control->current, (size_t)voice).midi, &command)) {
        return;
    }
    if (!od_take_prepared(control->current, voice)) {
        struct od_take *take = NULL;
        enum od_status status = od_take_prepare(control->current, call->words[1], &take);
        control->answer.again = status == OD_OK;
        edit(call, status, take, "");
        return;
    }
    ask(call, command);
}

/* ---- the rest ---- */

/* A wrong name is found before the notes of the present port are cut. */
static bool
is_output(struct call *call)
{
    static struct od_midiport_info ports[OD_MIDIPORT_MAX];
    if (call->control->options->midi_raw != NULL) {
        refuse(call, "UNKNOWN_PORT", "--midi-raw was given: the output cannot be changed");
        return false;
    }
    size_t n = od_midiport_list(NULL, ports, OD_MIDIPORT_MAX);
    if (n == 0) {
        refuse(call, "NO_MIDI", "no MIDI system or no port; oiduna-play --probe tells what to do");
        return false;
    }
    int found = od_midiport_find(ports, n, call->words[1]);
    if (found < 0) {
        say_error(call->control, call->id, "midi-port", "UNKNOWN_PORT",
                  found == OD_MIDIPORT_NONE ? "no MIDI output '%.100s'; midi-ports lists them"
                                            : "several MIDI outputs match '%.100s'; give more of "
                                              "the name",
                  call->words[1]);
    }
    return found >= 0;
}

static void
do_midi_port(struct call *call)
{
    struct control *control = call->control;
    if (!is_output(call)) {
        return;
    }
    control->answer.port = strdup(call->words[1]);
    if (control->answer.port == NULL) {
        refuse(call, "OUT_OF_MEMORY", "out of memory");
        return;
    }
    ask(call, (struct od_command){.kind = OD_COMMAND_RELEASE_PORT, .port = 0});
}

static void
do_midi_ports(struct call *call)
{
    static struct od_midiport_info ports[128];
    size_t n = od_midiport_list(NULL, ports, sizeof ports / sizeof ports[0]);
    if (people_ask(call->control)) {
        people_ports(call->control, ports, n);
    }
    struct od_buf *line = events_begin(&call->control->events, "ok", call->id);
    events_text(line, "command", call->words[0]);
    od_buf_printf(line, ",\"ports\":[");
    for (size_t i = 0; i < n; i++) {
        od_buf_printf(line, "%s{\"name\":", i > 0 ? "," : "");
        od_buf_json_string(line, ports[i].name);
        events_bool(line, "is_input", ports[i].is_input);
        events_bool(line, "is_output", ports[i].is_output);
        od_buf_printf(line, "}");
    }
    od_buf_printf(line, "]");
    events_end(&call->control->events, false);
}

static void
do_panic(struct call *call)
{
    watch_superpanic(call->control);
    simple(call, OD_COMMAND_PANIC);
}

static void
do_midi_panic(struct call *call)
{
    simple(call, OD_COMMAND_PANIC);
}

static void
do_status(struct call *call)
{
    if (people_ask(call->control)) {
        people_status(call->control);
    }
    say_status(call->control, call->id);
}

static void
do_tracks(struct call *call)
{
    if (people_ask(call->control)) {
        people_tracks(call->control);
    }
    say_tracks(call->control, call->id);
}

static void
do_metrics(struct call *call)
{
    struct events *events = &call->control->events;
    if (people_ask(call->control)) {
        people_metrics(call->control);
    }
    struct od_buf *line = events_begin(events, "metrics", call->id);
    od_buf_append(line, ",", 1);
    report_members(call->control->engine, call->control->bpm, input_ignored(call->control), line);
    events_end(events, false);
}

static void
do_ping(struct call *call)
{
    struct od_buf *line = events_begin(&call->control->events, "ok", call->id);
    events_text(line, "command", "ping");
    events_text(line, "word", call->n > 1 ? call->words[1] : NULL);
    events_end(&call->control->events, false);
}

static const struct command {
    const char *name;
    int min, max; /* words after the name */
    command_fn *run;
    const char *usage;
} commands[] = {
    {"start", 0, 0, do_start, "start"},
    {"stop", 0, 0, do_stop, "stop"},
    {"pause", 0, 2, do_pause, "pause [STEP [LOOP]]"},
    {"quit", 0, 0, do_quit, "quit"},
    {"bpm", 1, 1, do_bpm, "bpm N"},
    {"swing", 1, 1, do_swing, "swing X"},
    {"gate", 1, 1, do_gate, "gate STEPS"},
    {"mute", 2, 2, do_mute, "mute TRACK on|off"},
    {"solo", 2, 2, do_solo, "solo TRACK on|off"},
    {"set", 3, OD_WORDS_MAX - 1, do_set, "set TRACK PARAM VALUE [PARAM VALUE]..."},
    {"scene", 1, 2, do_scene, "scene NAME [now|beat|bar|seq|STEP]"},
    {"apply", 1, 1, do_apply, "apply now|beat|bar|seq|STEP"},
    {"score-id", 1, 1, do_score_id, "score-id ID"},
    {"cancel", 0, 1, do_cancel, "cancel [CHANGE]"},
    {"trigger", 1, 4, do_trigger, "trigger TRACK [VELOCITY [NOTE [MS]]]"},
    {"midi-port", 1, 1, do_midi_port, "midi-port NAME"},
    {"midi-ports", 0, 0, do_midi_ports, "midi-ports"},
    {"panic", 0, 0, do_panic, "panic"},
    {"midi-panic", 0, 0, do_midi_panic, "midi-panic"},
    {"status", 0, 0, do_status, "status"},
    {"tracks", 0, 0, do_tracks, "tracks"},
    {"metrics", 0, 0, do_metrics, "metrics"},
    {"ping", 0, 1, do_ping, "ping [WORD]"},
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

/* A file that was meant for the compiler has thousands of lines: a person is not told of each. */
static void
garbled(struct call *call, const char *word, const char *code, const char *text)
{
    struct control *control = call->control;
    control->garbled++;
    if (control->options->events || control->garbled > CONTROL_GARBLED) {
        say_error_event(control, call->id, word, code, text);
    } else {
        say_error(control, call->id, word, code, "%s%s", text,
                  control->garbled == CONTROL_GARBLED ? " (more of this is not told)" : "");
    }
}

static void
unknown(struct call *call)
{
    char text[200];
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) {
        names[i] = commands[i].name;
    }
    const char *near = od_diag_nearest(call->words[0], names, N_COMMANDS);
    snprintf(text, sizeof text, "no command '%.60s'; %s%s%s", call->words[0],
             near != NULL ? "did you mean '" : "oiduna-control(7) tells which there are",
             near != NULL ? near : "", near != NULL ? "'?" : "");
    garbled(call, call->words[0], "UNKNOWN_COMMAND", text);
}

/* No command begins so; a session does. */
static void
refuse_json(struct call *call)
{
    struct control *control = call->control;
    control->garbled = control->garbled < CONTROL_GARBLED ? CONTROL_GARBLED - 1 : control->garbled;
    garbled(call, "", "UNKNOWN_COMMAND",
            "this is JSON: a session has to go through oiduna-compile first");
}

static void
run(struct call *call)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const struct command *command = &commands[i];
        if (strcmp(command->name, call->words[0]) != 0) {
            continue;
        }
        call->control->garbled = 0;
        if (call->n - 1 < command->min || call->n - 1 > command->max) {
            say_error(call->control, call->id, command->name, "BAD_ARGUMENT", "expected: %s",
                      command->usage);
            return;
        }
        command->run(call);
        return;
    }
    unknown(call);
}

/* Takes "#ID " off the front of a line; the rest. `id` is left empty if there is none. */
static char *
take_id(char *line, char **id)
{
    char *word = line + strspn(line, BLANKS);
    if (word[0] != '#' || word[1] == '\0' || strchr(BLANKS, word[1]) != NULL) {
        return line;
    }
    *id = word + 1;
    char *end = word + strcspn(word, BLANKS);
    if (*end != '\0') {
        *end++ = '\0';
    }
    return end;
}

static void
do_words(struct call call, char *text)
{
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    char error[OD_SCORE_ERROR_SIZE];
    char first[24];
    text += strspn(text, BLANKS);
    if (*text == '{') {
        refuse_json(&call);
        return;
    }
    snprintf(first, sizeof first, "%.*s", (int)strcspn(text, BLANKS), text);
    call.words = words;
    call.quoted = quoted;
    call.n = od_words_split(text, words, quoted, error);
    if (call.n < 0) {
        garbled(&call, first, "BAD_ARGUMENT", error);
    } else if (call.n == 0) {
        say_error(call.control, call.id, "", "UNKNOWN_COMMAND", "an id without a command");
    } else {
        run(&call);
    }
}

void
commands_line(struct control *control, const char *line, int repeats)
{
    static char none[] = "";
    char *id = none;
    char *copy = strdup(line);
    if (copy == NULL) {
        say_error(control, NULL, "", "OUT_OF_MEMORY", "out of memory");
        return;
    }
    char *rest = take_id(copy, &id);
    struct call call = {.control = control, .id = id, .line = line, .repeats = repeats};
    if (strlen(id) > CONTROL_ID_MAX) {
        say_error(control, NULL, "", "BAD_ARGUMENT", "an id has at most %d characters",
                  CONTROL_ID_MAX);
    } else {
        do_words(call, rest);
    }
    free(copy);
}
