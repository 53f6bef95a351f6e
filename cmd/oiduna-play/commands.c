#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "control/stream.h"
#include "report.h"
#include "text/diag.h"

#define BLANKS       " \t\r"
#define GARBLED_TOLD 4   /* so many lines that are no commands are told one by one */
#define MOST_LOOPS   1e9 /* centuries */

typedef void command_fn(struct call *call);

/* ---- transport ---- */

static void
do_start(struct call *call)
{
    if (call_has_program(call)) {
        od_nsec anchor = call->timing == NULL ? desk_first_start(call->desk) : OD_NSEC_NEVER;
        call_ask(call, (struct od_command){.kind = OD_COMMAND_START, .time = anchor});
    }
}

static void
do_stop(struct call *call)
{
    call_simple(call, OD_COMMAND_STOP);
}

static void
do_pause(struct call *call)
{
    double step = 0;
    double loop = 0;
    if (call->n == 1) {
        call_simple(call, OD_COMMAND_PAUSE);
    } else if (!call_whole(call->words[1], 0, OD_STEPS - 1, &step) ||
               (call->n > 2 && !call_whole(call->words[2], 0, MOST_LOOPS, &loop))) {
        call_bad_argument(call, "a step 0..255 and the number of a loop, from 0");
    } else {
        call_ask(call, (struct od_command){.kind = OD_COMMAND_PAUSE,
                                           .moves = true,
                                           .place = (int64_t)loop * OD_STEPS + (int64_t)step});
    }
}

static void
do_quit(struct call *call)
{
    if (call->timing != NULL) {
        call_simple(call, OD_COMMAND_QUIT);
        return;
    }
    call_done(call);
    ending_begin(call->desk->ending, "quit");
}

/* ---- outputs ---- */

/* A wrong name is found before the notes of the present port are cut. */
static bool
is_output(struct call *call)
{
    struct od_midiport_info ports[OD_MIDIPORT_MAX];
    if (call->desk->options->midi_raw != NULL) {
        call_refuse(call, "UNKNOWN_PORT", "--midi-raw was given: the output cannot be changed");
        return false;
    }
    size_t n = od_midiport_list(NULL, ports, OD_MIDIPORT_MAX);
    if (n == 0) {
        call_refuse(call, "NO_MIDI",
                    "no MIDI system or no port; oiduna-play --probe tells what to do");
        return false;
    }
    int found = od_midiport_find(ports, n, call->words[1]);
    if (found < 0) {
        say_error(call->desk->speech, call->id, "midi-port", "UNKNOWN_PORT",
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
    if (!is_output(call)) {
        return;
    }
    char *port = strdup(call->words[1]);
    if (port == NULL) {
        call_refuse(call, "OUT_OF_MEMORY", "out of memory");
        return;
    }
    struct od_command command = {.kind = OD_COMMAND_RELEASE_PORT, .port = 0};
    call_remember(call)->port = port;
    conversation_ask(call->desk->conversation, &command);
}

static void
tell_ports(struct speech *speech, const struct od_midiport_info *ports, size_t n)
{
    size_t outputs = 0;
    for (size_t i = 0; i < n; i++) {
        if (ports[i].is_output) {
            say_people(speech, "MIDI output: %s", ports[i].name);
            outputs++;
        }
    }
    if (outputs == 0) {
        say_people(speech, "no MIDI output port");
    }
}

static void
do_midi_ports(struct call *call)
{
    struct od_midiport_info ports[OD_MIDIPORT_MAX];
    struct speech *speech = call->desk->speech;
    size_t n = od_midiport_list(NULL, ports, OD_MIDIPORT_MAX);
    if (speech->people) {
        tell_ports(speech, ports, n);
    }
    struct od_buf *line = say_ok_begin(speech, call->id, call->words[0]);
    od_buf_printf(line, ",\"ports\":[");
    for (size_t i = 0; i < n; i++) {
        od_buf_printf(line, "%s{\"name\":", i > 0 ? "," : "");
        od_buf_json_string(line, ports[i].name);
        events_bool(line, "is_input", ports[i].is_input);
        events_bool(line, "is_output", ports[i].is_output);
        od_buf_printf(line, "}");
    }
    od_buf_printf(line, "]");
    events_end(&speech->events, false);
}

static void
do_panic(struct call *call)
{
    call_simple(call, OD_COMMAND_PANIC);
}

static void
do_midi_panic(struct call *call)
{
    call_simple(call, OD_COMMAND_MIDI_PANIC);
}

/* ---- questions ---- */

static void
do_status(struct call *call)
{
    if (call->desk->speech->people) {
        status_tell(call->desk->status);
    }
    status_say(call->desk->status, call->id);
}

static void
do_tracks(struct call *call)
{
    if (call->desk->speech->people) {
        status_tell_tracks(call->desk->status);
    }
    status_say_tracks(call->desk->status, call->id);
}

static void
do_metrics(struct call *call)
{
    struct desk *desk = call->desk;
    if (desk->speech->people) {
        display_clear(&desk->speech->display);
        report_print(desk->engine, desk->session->environment.bpm, true);
    }
    struct od_buf *line = events_begin(&desk->speech->events, "metrics", call->id);
    od_buf_append(line, ",", 1);
    report_members(desk->engine, desk->session->environment.bpm, desk->ignored, line);
    events_end(&desk->speech->events, false);
}

static void
do_ping(struct call *call)
{
    struct od_buf *line = say_ok_begin(call->desk->speech, call->id, "ping");
    events_text(line, "word", call->n > 1 ? call->words[1] : NULL);
    events_end(&call->desk->speech->events, false);
    say_answer(call->desk->speech, "ping: %s", call->n > 1 ? call->words[1] : "here");
}

/* ---- lines ---- */

static void do_at(struct call *call);
static void do_help(struct call *call);

/* The form says what the words behind the name are, for who completes them: T a track, B on, off or
 * toggle, P a parameter, C a scene, W a boundary, A a time, N a command, S on or
 * off, Y what sync takes, X what
 * cancel takes; anything else cannot be guessed. The last holds for all that follow, or those
 * behind
 * '*'. */
static const struct command {
    const char *name;
    int min, max; /* words after the name */
    command_fn *run;
    const char *usage, *about, *form;
} commands[] = {
    {"start", 0, 0, do_start, "start", "play, from where it stands", "-"},
    {"stop", 0, 0, do_stop, "stop", "all notes off, back to the beginning", "-"},
    {"pause", 0, 2, do_pause, "pause [STEP [LOOP]]", "stop and keep the place", "-"},
    {"quit", 0, 0, do_quit, "quit", "all notes off, and end", "-"},
    {"bpm", 1, 4, command_bpm, "bpm N|+N|-N|*=N|/=N [over N bars|beats|steps]", "the tempo", "-"},
    {"swing", 1, 1, command_swing, "swing X|+X|-X|*=X|/=X", "how late odd steps are, 0..1", "-"},
    {"gate", 1, 1, command_gate, "gate STEPS|+N|-N|*=N|/=N", "how long events sound", "-"},
    {"tap", 0, 0, command_tap, "tap", "four of them make a tempo", "-"},
    {"nudge", 1, 1, command_nudge, "nudge MS", "all later by so much, + or -, over a beat", "-"},
    {"mute", 1, OD_WORDS_MAX - 1, command_mute, "mute TRACK... [on|off|toggle]",
     "tracks by name or pattern", "T*M"},
    {"unmute", 1, OD_WORDS_MAX - 1, command_unmute, "unmute TRACK...", "the same as off", "T*T"},
    {"solo", 1, OD_WORDS_MAX - 1, command_solo, "solo TRACK... [on|off|toggle]",
     "only these are heard", "T*M"},
    {"unsolo", 1, OD_WORDS_MAX - 1, command_unsolo, "unsolo TRACK...", "the same as off", "T*T"},
    {"set", 3, OD_WORDS_MAX - 1, command_set,
     "set TRACK PARAM VALUE [PARAM VALUE]... [over N bars|beats|steps]", "parameters of a track",
     "T*PV"},
    {"unset", 2, OD_WORDS_MAX - 1, command_unset, "unset TRACK PARAM...", "without parameters",
     "T*P"},
    {"reset", 0, 2, command_reset, "reset [TRACK [PARAM]]", "as it was loaded", "TP-"},
    {"scene", 1, 2, command_scene, "scene NAME|next|prev|- [now|beat|bar|seq|STEP]",
     "another scene, or none", "CW-"},
    {"song", 1, 3, command_song, "song on [ENTRY [PASS]] | song off", "the song of the session",
     "S-"},
    {"trigger", 1, 4 + OD_TRIGGER_CONTROLS, command_trigger,
     "trigger TRACK [VELOCITY [NOTE [MS]]] [NAME=VALUE...]", "one event, now", "T-"},
    {"at", 2, OD_WORDS_MAX - 1, do_at, "at WHEN COMMAND...", "a command at a time", "A-"},
    {"pending", 0, 0, command_pending, "pending", "what waits for its time", "-"},
    {"cancel", 0, 1, command_cancel, "cancel [CHANGE|#ID|all]", "drop what waits", "X-"},
    {"apply", 1, 2, command_apply, "apply [now|beat|bar|seq|STEP] [keep|reset]",
     "when the next score comes", "W-"},
    {"score-id", 1, 1, command_score_id, "score-id ID", "whose the next score is", "-"},
    {"place", 2, 2, command_place, "place STEP TOP", "go on where another player ended", "-"},
    {"midi-port", 1, 1, do_midi_port, "midi-port NAME", "another MIDI output", "-"},
    {"midi-ports", 0, 0, do_midi_ports, "midi-ports", "which there are", "-"},
    {"sync", 1, 7, command_sync, "sync off | sync STEP BPM TIME [SOURCE]", "where a master is",
     "Y-"},
    {"panic", 0, 0, do_panic, "panic", "everything silent", "-"},
    {"midi-panic", 0, 0, do_midi_panic, "midi-panic", "the MIDI part of it", "-"},
    {"status", 0, 0, do_status, "status", "how it stands", "-"},
    {"tracks", 0, 0, do_tracks, "tracks", "which there are", "-"},
    {"metrics", 0, 0, do_metrics, "metrics", "how well it keeps time", "-"},
    {"ping", 0, 1, do_ping, "ping [WORD]", "an answer", "-"},
    {"help", 0, 1, do_help, "help [COMMAND]", "this", "N-"},
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

const char *
commands_name(size_t i)
{
    return i < N_COMMANDS ? commands[i].name : NULL;
}

const char *
commands_form(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return commands[i].form;
        }
    }
    return "-";
}

/* A file that was meant for the compiler has thousands of lines: a person is not told of each. */
static void
garbled(struct call *call, const char *word, const char *code, const char *text)
{
    struct desk *desk = call->desk;
    desk->garbled++;
    if (desk->options->events || desk->garbled > GARBLED_TOLD) {
        say_error_event(desk->speech, call->id, word, code, text);
    } else {
        say_error(desk->speech, call->id, word, code, "%s%s", text,
                  desk->garbled == GARBLED_TOLD ? " (more of this is not told)" : "");
    }
}

static bool
is_command(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void
unknown(struct call *call, const char *name)
{
    char text[200];
    const char *names[N_COMMANDS];
    for (size_t i = 0; i < N_COMMANDS; i++) {
        names[i] = commands[i].name;
    }
    const char *near = od_diag_nearest(name, names, N_COMMANDS);
    snprintf(text, sizeof text, "no command '%.60s'; %s%s%s", name,
             near != NULL ? "did you mean '" : "help tells which there are",
             near != NULL ? near : "", near != NULL ? "'?" : "");
    garbled(call, call->words[0], "UNKNOWN_COMMAND", text);
}

/* No command begins so; a session does. */
static void
refuse_json(struct call *call)
{
    struct desk *desk = call->desk;
    desk->garbled = desk->garbled < GARBLED_TOLD ? GARBLED_TOLD - 1 : desk->garbled;
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
        call->desk->garbled = 0;
        if (call->n - 1 < command->min || call->n - 1 > command->max) {
            say_error(call->desk->speech, call->id, command->name, "BAD_ARGUMENT", "expected: %s",
                      command->usage);
            return;
        }
        command->run(call);
        return;
    }
    unknown(call, call->words[0]);
}

static void
do_help(struct call *call)
{
    struct speech *speech = call->desk->speech;
    const char *only = call->n > 1 ? call->words[1] : NULL;
    if (only != NULL && !is_command(only)) {
        unknown(call, only);
        return;
    }
    struct od_buf *line = events_begin(&speech->events, "help", call->id);
    od_buf_printf(line, ",\"commands\":[");
    for (size_t i = 0, n = 0; i < N_COMMANDS; i++) {
        const struct command *command = &commands[i];
        if (only != NULL && strcmp(command->name, only) != 0) {
            continue;
        }
        od_buf_printf(line, "%s{\"name\":\"%s\"", n++ > 0 ? "," : "", command->name);
        events_text(line, "usage", command->usage);
        events_text(line, "about", command->about);
        od_buf_printf(line, "}");
        if (speech->people) {
            say_people(speech, "%s: %s", command->usage, command->about);
        }
    }
    od_buf_printf(line, "]");
    events_end(&speech->events, false);
}

static void
do_at(struct call *call)
{
    command_at(call, run);
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

void
commands_again(struct call *call, const char *text)
{
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    char error[OD_SCORE_ERROR_SIZE];
    char *copy = strdup(text);
    if (copy == NULL) {
        say_error(call->desk->speech, call->id, "at", "OUT_OF_MEMORY", "out of memory");
        return;
    }
    call->words = words;
    call->quoted = quoted;
    call->n = od_words_split(copy, words, quoted, error);
    run(call);
    free(copy);
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
        say_error(call.desk->speech, call.id, "", "UNKNOWN_COMMAND", "an id without a command");
    } else {
        run(&call);
    }
}

void
commands_refuse_nul(struct desk *desk, const char *line)
{
    static char none[] = "";
    char *id = none, *copy = strdup(line);
    if (copy != NULL) {
        take_id(copy, &id);
    }
    say_error(desk->speech, strlen(id) <= CONVERSATION_ID_MAX ? id : NULL, "", "BAD_ARGUMENT",
              "a byte 0 stands in the line; nothing of it is done");
    free(copy);
}

void
commands_line(struct desk *desk, const char *line, int repeats)
{
    static char none[] = "";
    char *id = none;
    char *copy = strdup(line);
    if (copy == NULL) {
        say_error(desk->speech, NULL, "", "OUT_OF_MEMORY", "out of memory");
        return;
    }
    char *rest = take_id(copy, &id);
    struct call call = {
        .desk = desk, .base = desk->session->current, .id = id, .line = line, .repeats = repeats};
    if (strlen(id) > CONVERSATION_ID_MAX) {
        say_error(desk->speech, NULL, "", "BAD_ARGUMENT", "an id has at most %d characters",
                  CONVERSATION_ID_MAX);
    } else {
        do_words(call, rest);
    }
    free(copy);
}
