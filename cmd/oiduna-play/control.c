#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli.h"
#include "commands.h"
#include "display.h"
#include "report.h"
#include "version.h"

#define READ_PIECE      ((size_t)64 * 1024)
#define NOTICES_AT_ONCE 512
#define DISPLAY_EVERY   (OD_NSEC_PER_SEC / 10)
#define SLOW_TICK       (20 * OD_NSEC_PER_MS)
#define SLOW_EVERY      (10 * OD_NSEC_PER_SEC)
#define BYE_PATIENCE    (OD_NSEC_PER_SEC / 2)
#define MESSAGE_NSEC    (OD_NSEC_PER_MS / 2)  /* what sclang needs for a message … */
#define MESSAGES_MARGIN (50 * OD_NSEC_PER_MS) /* … and for a bundle */

/* ---- what is said ---- */

static od_nsec
wall(const struct control *control, od_nsec time)
{
    return engine_wall(control->engine, time);
}

static void
add_applies_at(struct control *control, struct od_buf *line, int64_t step, od_nsec time)
{
    od_buf_printf(line, ",\"applies_at\":{");
    events_step(line, step, wall(control, time));
    od_buf_printf(line, "}");
}

void
control_say_ok(struct control *control, const struct answer *answer, int64_t step, od_nsec time,
               bool has_step)
{
    struct od_buf *line = events_begin(&control->events, "ok", answer->id);
    events_text(line, "command", answer->command);
    if (has_step) {
        add_applies_at(control, line, step, time);
    }
    events_end(&control->events, false);
}

void
control_say_error(struct control *control, const char *id, const char *command, const char *code,
                  const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct od_buf *line = events_begin(&control->events, "error", id);
    events_text(line, "command", command);
    events_text(line, "code", code);
    events_text(line, "message", text);
    events_end(&control->events, false);
    if (!control->options->events && !control->options->quiet) {
        display_clear(&control->display);
        od_cli_message("%s%s%s", command, *command != '\0' ? ": " : "", text);
    }
}

void
control_warn(struct control *control, const char *code, uint64_t count, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct od_buf *line = events_begin(&control->events, "warning", NULL);
    events_text(line, "code", code);
    events_text(line, "message", text);
    if (count > 0) {
        events_count(line, "count", count);
    }
    events_end(&control->events, false);
    if (!control->options->quiet) {
        display_clear(&control->display);
        od_cli_message("%s", text);
    }
}

static void
say_ready(struct control *control)
{
    const struct options *options = control->options;
    struct od_buf *line = events_begin(&control->events, "ready", NULL);
    events_text(line, "version", OD_VERSION);
    events_count(line, "control", 1);
    events_count(line, "pid", (uint64_t)getpid());
    events_number(line, "latency_ms", (double)options->latency / (double)OD_NSEC_PER_MS);
    if (options->osc) {
        od_buf_printf(line, ",\"osc\":{\"host\":");
        od_buf_json_string(line, options->osc_host);
        events_count(line, "port", options->osc_port);
        od_buf_printf(line, "}");
    } else {
        events_null(line, "osc");
    }
    events_text(line, "midi",
                od_midiout_connected(&control->engine->midi, 0)
                    ? od_midiout_name(&control->engine->midi, 0)
                    : NULL);
    events_end(&control->events, false);
}

static const char *
state_word(enum od_state state)
{
    static const char *const words[] = {
        [OD_STOPPED] = "stopped", [OD_PLAYING] = "playing", [OD_PAUSED] = "paused"};
    return words[state];
}

/* Members of an array of the take's track ids, each once. */
static void
add_track_ids(struct od_buf *line, const struct od_take *take, bool audible_only)
{
    bool first = true;
    for (size_t i = 0; take != NULL && i < od_take_tracks(take); i++) {
        struct od_track_info info = od_take_track(take, i);
        bool repeated = od_take_find(take, info.id) != (int)i;
        if (*info.id == '\0' || repeated || (audible_only && !info.audible)) {
            continue;
        }
        od_buf_printf(line, "%s", first ? "" : ",");
        od_buf_json_string(line, info.id);
        first = false;
    }
}

static void
add_scenes(struct od_buf *line, const struct od_take *take)
{
    if (take == NULL) {
        return;
    }
    const struct od_score *score = od_shared_score_get(od_take_scenes(take));
    for (uint32_t i = 1; i < score->count[OD_SECTION_PARTS]; i++) {
        od_buf_printf(line, "%s", i > 1 ? "," : "");
        od_buf_json_string(line, score->strings + score->parts[i].name);
    }
}

static void
add_pending(struct control *control, struct od_buf *line)
{
    const struct pending *pending = &control->pending;
    od_buf_printf(line, ",\"pending\":[");
    if (pending->active) {
        const char *scene = od_take_scene(pending->take);
        od_buf_printf(line, "{\"change\":%" PRIu64, pending->change);
        events_text(line, "type", pending->scene ? "scene" : "session");
        events_text(line, "scene", *scene != '\0' ? scene : NULL);
        events_text(line, "timing", pending->when);
        events_count(line, "step", (uint64_t)(pending->step & (OD_STEPS - 1)));
        od_buf_printf(line, "}");
    }
    od_buf_printf(line, "]");
}

static void
add_connections(struct control *control, struct od_buf *line)
{
    const struct options *options = control->options;
    const struct od_midiout *midi = &control->engine->midi;
    bool connected = od_midiout_connected(midi, 0);
    const char *name = od_midiout_name(midi, 0);
    od_buf_printf(line, ",\"osc\":{\"enabled\":%s", options->osc ? "true" : "false");
    events_bool(line, "connected", control->superdirt.present);
    events_text(line, "host", options->osc_host);
    events_count(line, "port", options->osc_port);
    od_buf_printf(line, "},\"midi\":{\"enabled\":%s",
                  name != NULL && *name != '\0' ? "true" : "false");
    events_bool(line, "connected", connected);
    events_text(line, "port", name != NULL && *name != '\0' ? name : NULL);
    od_buf_printf(line, "}");
}

static void
add_position(struct control *control, struct od_buf *line)
{
    od_buf_printf(line, ",\"position\":{");
    int64_t step = control->position >= 0 ? control->position : 0;
    events_step(line, step, wall(control, control->position_time));
    od_buf_printf(line, "}");
    if (control->state == OD_PLAYING) {
        events_time(line, "anchor", wall(control, od_transport_time(&control->transport, 0)));
    } else {
        events_null(line, "anchor");
    }
}

void
control_say_status(struct control *control, const char *id)
{
    struct od_take *take = control->current;
    const char *scene = take != NULL ? od_take_scene(take) : "";
    struct od_buf *line = events_begin(&control->events, "status", id);
    events_text(line, "state", state_word(control->state));
    events_number(line, "bpm", control->bpm);
    events_number(line, "swing", take != NULL ? od_take_program(take)->swing : 0);
    events_number(line, "default_gate", take != NULL ? od_take_program(take)->default_gate : 1);
    add_position(control, line);
    od_buf_printf(line, ",\"tracks\":[");
    add_track_ids(line, take, false);
    od_buf_printf(line, "],\"active_tracks\":[");
    add_track_ids(line, take, true);
    od_buf_printf(line, "]");
    events_text(line, "scene", *scene != '\0' ? scene : NULL);
    od_buf_printf(line, ",\"scenes\":[");
    add_scenes(line, take);
    od_buf_printf(line, "]");
    add_pending(control, line);
    add_connections(control, line);
    events_end(&control->events, false);
}

/* The steps at which a track (all voices of its id) has events, and how many those are. */
struct track_steps {
    bool has[OD_STEPS];
    uint64_t events;
};

static void
find_steps(const struct od_take *take, const char *id, struct track_steps *steps)
{
    const struct od_program *program = od_take_program((struct od_take *)(uintptr_t)take);
    *steps = (struct track_steps){0};
    for (unsigned step = 0; step < OD_STEPS; step++) {
        const struct od_event *event;
        size_t n = od_program_step(program, step, &event);
        for (size_t i = 0; i < n; i++) {
            if (strcmp(od_take_track(take, event[i].track).id, id) == 0) {
                steps->has[step] = true;
                steps->events++;
            }
        }
    }
}

static void
add_track(struct od_buf *line, const struct od_take *take, const struct od_track_info *info)
{
    struct track_steps steps;
    unsigned length = 0;
    find_steps(take, info->id, &steps);
    od_buf_printf(line, "{\"id\":");
    od_buf_json_string(line, info->id);
    events_text(line, "kind", info->midi ? "midi" : "osc");
    events_text(line, "sound", info->sound);
    if (info->midi) {
        events_count(line, "channel", (uint64_t)info->channel);
    } else {
        events_null(line, "channel");
    }
    od_buf_printf(line, ",\"orbit\":%d", info->orbit);
    events_number(line, "gain", info->gain);
    events_number(line, "pan", info->pan);
    events_count(line, "velocity", (uint64_t)info->velocity);
    events_bool(line, "muted", info->mute);
    events_bool(line, "solo", info->solo);
    events_bool(line, "audible", info->audible);
    events_text(line, "line", info->line);
    events_count(line, "events", steps.events);
    od_buf_printf(line, ",\"steps\":[");
    for (unsigned step = 0; step < OD_STEPS; step++) {
        if (steps.has[step]) {
            od_buf_printf(line, "%s%u", length > 0 ? "," : "", step);
            length = step + 1;
        }
    }
    od_buf_printf(line, "],\"length\":%u}", length);
}

void
control_say_tracks(struct control *control, const char *id)
{
    const struct od_take *take = control->current;
    if (!control->events.enabled) {
        return;
    }
    struct od_buf *line = events_begin(&control->events, "tracks", id);
    od_buf_printf(line, ",\"tracks\":[");
    bool first = true;
    for (size_t i = 0; take != NULL && i < od_take_tracks(take); i++) {
        struct od_track_info info = od_take_track(take, i);
        if (*info.id == '\0' || od_take_find(take, info.id) != (int)i) {
            continue;
        }
        od_buf_printf(line, "%s", first ? "" : ",");
        add_track(line, take, &info);
        first = false;
    }
    od_buf_printf(line, "]");
    events_end(&control->events, false);
}

/* ---- asking the player ---- */

static void
clear_answer(struct control *control)
{
    struct answer *answer = &control->answer;
    free(answer->line);
    free(answer->port);
    od_take_unref(answer->take);
    *answer = (struct answer){0};
    control->answer_pending = (struct pending){0};
}

static void
send(struct control *control, const struct od_command *command)
{
    if (!engine_send(control->engine, command)) {
        od_cli_message("%s", od_status_text(OD_EBUG));
        control->exit_status = od_status_exit(OD_EBUG);
        control_end(control, "error");
    }
}

void
control_ask(struct control *control, struct od_command *command)
{
    control->answer.request = ++control->requests;
    command->request = control->answer.request;
    send(control, command);
}

/* A step of messages that sclang cannot take in within the look-ahead is said in advance. */
static void
check_latency(struct control *control, struct od_take *take)
{
    const struct od_program *program = od_take_program(take);
    unsigned most = 0;
    unsigned densest = 0;
    for (unsigned step = 0; step < OD_STEPS; step++) {
        const struct od_event *event;
        unsigned messages = 0;
        for (size_t n = od_program_step(program, step, &event); n > 0; n--, event++) {
            const struct od_voice *voice = &program->voices[event->track];
            messages +=
                voice->kind == OD_VOICE_OSC && voice->audible ? voice->as.osc.n_messages : 0;
        }
        if (messages > most) {
            most = messages;
            densest = step;
        }
    }
    od_nsec needed = MESSAGES_MARGIN + most * MESSAGE_NSEC;
    if (control->options->osc && most > 1 && needed > control->options->latency) {
        control_warn(control, "LATENCY_SHORT", most,
                     "step %u has %u messages: SuperDirt needs about %" PRId64
                     " ms for them, the look-ahead is %" PRId64 " ms; raise --latency",
                     densest, most, needed / OD_NSEC_PER_MS,
                     control->options->latency / OD_NSEC_PER_MS);
    }
}

void
control_hand_over(struct control *control, struct od_take *take, enum od_when when, int64_t step)
{
    struct od_program *program = od_take_program(take);
    struct od_command command = {.kind = OD_COMMAND_PROGRAM,
                                 .when = when,
                                 .step = step,
                                 .change = program->change,
                                 .program = program};
    od_take_unref(control->answer.take);
    control->answer.take = take; /* the reference that came */
    od_take_ref(take);           /* one for the player, given back when it retires */
    control_ask(control, &command);
}

static void
set_current(struct control *control, struct od_take *take)
{
    od_take_ref(take);
    od_take_unref(control->current);
    control->current = take;
}

od_nsec
control_first_start(struct control *control)
{
    bool first = !control->started_once;
    control->started_once = true;
    if (!first || control->options->start_at == NULL) {
        return OD_NSEC_NEVER;
    }
    return control->start_at - atomic_load(&control->engine->wall_offset);
}

static void
start_by_itself(struct control *control)
{
    if (control->started_once || control->options->paused || control->current == NULL) {
        return;
    }
    struct od_command command = {.kind = OD_COMMAND_START};
    command.time = control_first_start(control);
    send(control, &command);
}

/* ---- what the player says ---- */

static void
say_change_ok(struct control *control, const struct od_notice *notice, bool waits)
{
    const struct answer *answer = &control->answer;
    struct od_buf *line = events_begin(&control->events, "ok", answer->id);
    events_text(line, "command", answer->command);
    events_count(line, "change", notice->change);
    events_bool(line, "pending", waits);
    add_applies_at(control, line, notice->step, notice->time);
    events_end(&control->events, false);
}

static void
change_midi_port(struct control *control)
{
    char error[OD_MIDIOUT_PATH + 64];
    struct answer *answer = &control->answer;
    enum od_status status = od_midiout_rename(&control->engine->midi, 0, answer->port, error);
    od_waker_post(&control->engine->waker);
    if (status != OD_OK) {
        control_say_error(control, answer->id, "midi-port", "UNKNOWN_PORT", "%s", error);
        return;
    }
    struct od_buf *line = events_begin(&control->events, "ok", answer->id);
    events_text(line, "command", "midi-port");
    events_text(line, "port", od_midiout_name(&control->engine->midi, 0));
    events_end(&control->events, false);
}

static void
repeat_answer(struct control *control, int repeats)
{
    char *line = control->answer.line;
    control->answer.line = NULL;
    clear_answer(control);
    if (line != NULL) {
        commands_line(control, line, repeats);
    }
    free(line);
}

static void
on_done(struct control *control, const struct od_notice *notice)
{
    struct answer *answer = &control->answer;
    if (answer->take != NULL) {
        set_current(control, answer->take);
    }
    control->bpm = notice->bpm;
    control->transport = notice->transport;
    if (answer->again) {
        repeat_answer(control, answer->repeats);
        return;
    }
    bool change = answer->take != NULL && notice->change != 0;
    bool edit = answer->take != NULL && notice->change == 0;
    if (answer->port != NULL) {
        change_midi_port(control);
    } else if (change) {
        say_change_ok(control, notice, false);
    } else {
        control_say_ok(control, answer, notice->step, notice->time, true);
    }
    bool tempo = strcmp(answer->command, "bpm") == 0;
    clear_answer(control);
    if (edit) {
        control_say_tracks(control, NULL);
    }
    if (change || edit || tempo) {
        control_say_status(control, NULL);
    }
    if (change) {
        start_by_itself(control);
    }
}

static void
forget_pending(struct control *control)
{
    od_take_unref(control->pending.take);
    control->pending = (struct pending){0};
}

static void
on_pending(struct control *control, const struct od_notice *notice)
{
    say_change_ok(control, notice, true);
    forget_pending(control);
    control->pending = control->answer_pending;
    control->pending.active = true;
    control->pending.step = notice->step;
    control->pending.take = control->answer.take;
    control->answer.take = NULL;
    clear_answer(control);
    control_say_status(control, NULL);
}

static void
on_stale(struct control *control)
{
    int repeats = control->answer.repeats + 1;
    if (repeats <= CONTROL_REPEATS) {
        repeat_answer(control, repeats);
        return;
    }
    control_say_error(control, control->answer.id, control->answer.command, "BUSY",
                      "sessions change faster than this can be done; try again");
    clear_answer(control);
}

static void
say_cancelled(struct control *control, uint64_t change)
{
    struct od_buf *line = events_begin(&control->events, "ok", control->answer.id);
    events_text(line, "command", "cancel");
    od_buf_printf(line, ",\"cancelled\":[%" PRIu64 "]", change);
    events_end(&control->events, false);
    clear_answer(control);
    control_say_status(control, NULL);
}

static void
note_playing(struct control *control, const struct od_take *take)
{
    for (size_t i = 0; i < control->list.n && control->list.takes != NULL; i++) {
        if (control->list.takes[i] == take) {
            control->list_playing = i;
        }
    }
}

static void
next_of_list(struct control *control)
{
    struct od_command command;
    if (od_playlist_next(&control->list, &command)) {
        struct od_take *take = control->list.takes[control->list.next - 1];
        od_take_program(take)->change = ++control->changes;
        od_take_program(take)->lineage = control->changes;
        od_take_ref(take);
        send(control, &command);
    }
}

static void
on_applied(struct control *control, const struct od_notice *notice)
{
    control->bpm = notice->bpm;
    control->transport = notice->transport;
    if (notice->change == 0) {
        return; /* an edit: its answer says all */
    }
    struct od_take *take = od_take_of(notice->program);
    bool scene = *od_take_scene(take) != '\0';
    bool tracks =
        control->answer.active && control->answer.take == take && control->answer_pending.tracks;
    set_current(control, take);
    if (control->pending.active && control->pending.change == notice->change) {
        tracks = control->pending.tracks;
        forget_pending(control);
    }
    struct od_buf *line = events_begin(&control->events, "applied", NULL);
    events_text(line, "what", scene ? "scene" : tracks ? "tracks" : "session");
    events_count(line, "change", notice->change);
    events_text(line, "scene", scene ? od_take_scene(take) : NULL);
    events_number(line, "bpm", notice->bpm);
    od_buf_append(line, ",", 1);
    events_step(line, notice->step, wall(control, notice->time));
    events_end(&control->events, false);
    check_latency(control, take);
    control_say_tracks(control, NULL);
    control_say_status(control, NULL);
    note_playing(control, take);
    next_of_list(control);
}

static void
on_position(struct control *control, const struct od_notice *notice)
{
    control->position = notice->step;
    control->position_time = notice->time;
    control->bpm = notice->bpm;
    struct od_buf *line = events_begin(&control->events, "position", NULL);
    od_buf_append(line, ",", 1);
    events_step(line, notice->step, wall(control, notice->time));
    events_end(&control->events, true);
}

static void
on_state(struct control *control, const struct od_notice *notice)
{
    control->state = notice->state;
    control->transport = notice->transport;
    control->bpm = notice->bpm;
    if (notice->state == OD_STOPPED) {
        control->position = 0;
    }
    control_say_status(control, NULL);
}

static bool
is_answer(const struct control *control, const struct od_notice *notice)
{
    return control->answer.active && notice->request != 0 &&
           notice->request == control->answer.request;
}

static void
on_dropped(struct control *control, const struct od_notice *notice)
{
    if (control->pending.active && control->pending.change == notice->change) {
        forget_pending(control);
    }
    if (is_answer(control, notice)) {
        say_cancelled(control, notice->change);
    }
}

static void
on_answer(struct control *control, const struct od_notice *notice)
{
    if (notice->kind == OD_NOTICE_DONE) {
        on_done(control, notice);
    } else if (notice->kind == OD_NOTICE_PENDING) {
        on_pending(control, notice);
    } else if (notice->kind == OD_NOTICE_STALE) {
        on_stale(control);
    } else {
        control_say_error(control, control->answer.id, "cancel", "NOTHING_PENDING",
                          "nothing is pending");
        clear_answer(control);
    }
}

static void
on_notice(struct control *control, const struct od_notice *notice)
{
    switch (notice->kind) {
    case OD_NOTICE_DONE:
    case OD_NOTICE_PENDING:
    case OD_NOTICE_STALE:
    case OD_NOTICE_NOTHING:
        if (is_answer(control, notice)) {
            on_answer(control, notice);
        }
        break;
    case OD_NOTICE_APPLIED:
        on_applied(control, notice);
        break;
    case OD_NOTICE_DROPPED:
        on_dropped(control, notice);
        break;
    case OD_NOTICE_RETIRED:
        od_take_unref(od_take_of(notice->program));
        break;
    case OD_NOTICE_POSITION:
        on_position(control, notice);
        break;
    case OD_NOTICE_STATE:
        on_state(control, notice);
        break;
    case OD_NOTICE_SKIPPED:
        control_warn(control, "STEPS_DROPPED", notice->count,
                     "%" PRIu64 " steps were skipped: the player was held up past their time",
                     notice->count);
        break;
    case OD_NOTICE_LOST:
        break;
    case OD_NOTICE_FINISHED:
        control_end(control, "finished");
        break;
    }
}

static void
take_notices(struct control *control)
{
    struct od_notice notice;
    for (int i = 0; i < NOTICES_AT_ONCE && od_ring_pop(&control->engine->notices, &notice); i++) {
        on_notice(control, &notice);
    }
}

/* ---- input ---- */

static void
read_input(struct control *control)
{
    static char piece[READ_PIECE];
    ssize_t size = read(STDIN_FILENO, piece, sizeof piece);
    if (size > 0) {
        if (!od_stream_feed(&control->stream, piece, (size_t)size)) {
            control_say_error(control, NULL, "", "OUT_OF_MEMORY", "out of memory: input is lost");
        }
    } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
        control->reading = false;
    }
}

static void
do_item(struct control *control, struct od_stream_item *item)
{
    switch (item->kind) {
    case OD_STREAM_LINE:
        commands_line(control, item->line, 0);
        break;
    case OD_STREAM_SCORE:
        commands_score(control, item->score, item->length);
        break;
    case OD_STREAM_TOO_LONG:
        control_say_error(control, NULL, "", "LINE_TOO_LONG",
                          "a line is longer than %zu bytes: it is dropped", OD_LINE_MAX);
        break;
    case OD_STREAM_BAD_SCORE:
        control_say_error(control, control->next_id, "score", "BAD_SCORE", "%s", item->error);
        control->next_id[0] = '\0';
        break;
    case OD_STREAM_NO_MEMORY:
        control_say_error(control, control->next_id, "score", "OUT_OF_MEMORY",
                          "out of memory: a score is dropped");
        break;
    case OD_STREAM_MORE:
        break;
    }
}

/* Commands are done one after another, each when the one before has its answer. */
static void
do_input(struct control *control)
{
    while (!control->answer.active && !control->ending) {
        if (control->queued > 0) {
            char *line = control->queue[0];
            control->queued--;
            memmove(control->queue, control->queue + 1, control->queued * sizeof line);
            commands_line(control, line, 0);
            free(line);
            continue;
        }
        struct od_stream_item item = od_stream_next(&control->stream);
        if (item.kind == OD_STREAM_MORE) {
            return;
        }
        do_item(control, &item);
    }
}

/* The input is over and all of it is done: play on, or end. */
static void
at_input_end(struct control *control)
{
    if (control->reading || control->answer.active || control->ending ||
        control->options->n_scores > 0 || control->input_ended) {
        return;
    }
    control->input_ended = true;
    if (od_stream_cut(&control->stream)) {
        control_say_error(
            control, NULL, "", "BAD_SCORE", "the input ended in mid-%s, which is dropped",
            control->stream.buf.data[control->stream.at] == OD_SCORE_FIRST_BYTE ? "score" : "line");
    }
    if (control->options->quit_on_eof) {
        control_end(control, "eof");
    } else if (control->current == NULL && control->pending.take == NULL &&
               control->osc_server == NULL) {
        control->exit_status =
            od_cli_fail(OD_EDATA, "<stdin>: the input ended and no score had come");
        control_end(control, "eof");
    }
}

static void
on_osc(void *context, const char *path, const char *types, const struct od_osc_arg *args,
       size_t n_args)
{
    struct control *control = context;
    struct od_buf line = {0};
    if (!commands_from_osc(path, types, args, n_args, &line) || control->queued == CONTROL_QUEUE) {
        control->queue_dropped++;
        od_buf_clear(&line);
        return;
    }
    control->queue[control->queued++] = (char *)line.data;
}

/* ---- connections ---- */

void
control_superpanic(struct control *control)
{
    struct od_osc_arg args[] = {{.type = 's', .s = "s"}, {.type = 's', .s = "superpanic"}};
    struct od_buf message = {0};
    size_t size;
    if (od_osc_serialise("/dirt/play", args, 2, &message, &size) == OD_OK) {
        for (size_t i = 0; i < control->engine->n_outputs; i++) {
            struct od_udp own;
            char error[OD_ERROR_MAX];
            const struct od_udp *output = &control->engine->outputs[i];
            if (od_udp_open(&own, output->host, output->port, error) == OD_OK) {
                od_udp_send(&own, message.data, size);
                od_udp_close(&own);
            }
        }
    }
    od_buf_clear(&message);
}

static void
watch_osc(struct control *control, od_nsec now)
{
    if (!control->options->osc) {
        return;
    }
    const struct od_udp *output = &control->engine->outputs[0];
    bool refused = atomic_load_explicit(&output->refused, memory_order_relaxed);
    if (refused && !control->refused) {
        control_warn(control, "OSC_REFUSED", 0,
                     "nobody listens on %s:%u: is SuperDirt running? Playing on; "
                     "--probe tells more",
                     output->host, output->port);
    } else if (!refused && control->refused) {
        control_warn(control, "OSC_BACK", 0, "%s:%u takes messages again", output->host,
                     output->port);
    }
    control->refused = refused;
    uint64_t errors = atomic_load_explicit(&output->errors, memory_order_relaxed);
    if (errors > control->said_errors && now >= control->next_error_warning) {
        control_warn(control, "OSC_ERROR", errors - control->said_errors,
                     "%" PRIu64 " packets to %s:%u were lost: %s", errors - control->said_errors,
                     output->host, output->port, strerror(atomic_load(&output->last_error)));
        control->said_errors = errors;
        control->next_error_warning = now + SLOW_EVERY;
    }
    switch (od_superdirt_poll(&control->superdirt, now)) {
    case OD_SUPERDIRT_PRESENT:
        control_warn(control, "SUPERDIRT_BACK", 0, "SuperDirt answers on %s:%u", output->host,
                     output->port);
        control_say_status(control, NULL);
        break;
    case OD_SUPERDIRT_MISSING:
        control_warn(control, "SUPERDIRT_MISSING", 0, "SuperDirt does not answer on %s:%u",
                     output->host, output->port);
        control_say_status(control, NULL);
        break;
    case OD_SUPERDIRT_NOTHING:
        break;
    }
}

static void
watch_midi(struct control *control, od_nsec now)
{
    size_t port;
    for (;;) {
        enum od_midiout_change change = od_midiout_poll(&control->engine->midi, now, &port);
        if (change == OD_MIDIOUT_NOTHING) {
            return;
        }
        const char *name = od_midiout_name(&control->engine->midi, port);
        if (change == OD_MIDIOUT_LOST) {
            struct od_command command = {.kind = OD_COMMAND_RELEASE_PORT, .port = (uint8_t)port};
            send(control, &command);
            control_warn(control, "MIDI_LOST", 0,
                         "MIDI port '%s' is gone; it is opened again when it comes back", name);
        } else if (change == OD_MIDIOUT_BACK) {
            control_warn(control, "MIDI_BACK", 0, "MIDI port '%s' is back", name);
        }
        control_say_status(control, NULL);
    }
}

static void
watch_player(struct control *control, od_nsec now)
{
    const struct engine *engine = control->engine;
    uint64_t lost = atomic_load_explicit(&engine->player.counts.lost_events, memory_order_relaxed);
    od_nsec slowest = (od_nsec)atomic_load_explicit(&engine->tick.max, memory_order_relaxed);
    if (now < control->next_slow_warning) {
        return;
    }
    if (lost > control->said_lost) {
        control_warn(control, "EVENTS_LOST", lost - control->said_lost,
                     "%" PRIu64 " events were lost: more wait for their time than there is room",
                     lost - control->said_lost);
        control->said_lost = lost;
        control->next_slow_warning = now + SLOW_EVERY;
    }
    if (slowest > SLOW_TICK && slowest > control->said_slowest) {
        control_warn(control, "SLOW_TICK", 0, "a step took %.1f ms to send",
                     (double)slowest / (double)OD_NSEC_PER_MS);
        control->said_slowest = slowest;
        control->next_slow_warning = now + SLOW_EVERY;
    }
}

/* ---- signals ---- */

static int
open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* HUP: the files are read again; what plays now is replaced at the next bar. */
static void
reload(struct control *control)
{
    struct od_take **takes;
    size_t n;
    if (control->options->n_scores == 0 || control->list.next == 0) {
        return;
    }
    if (setup_takes(&control->setup, control->options, &takes, &n) != 0) {
        control_warn(control, "BAD_SCORE", 0,
                     "the score files are not taken: playing on as before");
        return;
    }
    for (size_t i = 0; i < control->list.n; i++) {
        od_take_unref(control->list.takes[i]);
    }
    free(control->list.takes);
    control->list.takes = takes;
    size_t now_playing = control->list_playing < n ? control->list_playing : n - 1;
    control->list.n = n;
    control->list.next = now_playing;
    struct od_command command;
    if (od_playlist_next(&control->list, &command)) {
        struct od_take *take = takes[now_playing];
        od_take_program(take)->change = ++control->changes;
        od_take_program(take)->lineage = control->changes;
        od_take_ref(take);
        command.when = OD_WHEN_BAR;
        send(control, &command);
    }
}

static void
take_signals(struct control *control, int fd)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGUSR1) {
            display_clear(&control->display);
            report_print(control->engine, control->bpm);
        } else if (info.ssi_signo == SIGHUP) {
            reload(control);
        } else {
            control_end(control, "signal");
        }
    }
}

/* ---- the loop ---- */

void
control_end(struct control *control, const char *reason)
{
    if (!control->ending) {
        control->ending = true;
        control->reason = reason;
    }
}

enum {
    POLL_SIGNALS,
    POLL_NOTICES,
    POLL_INPUT,
    POLL_EVENTS,
    POLL_DIRT,
    POLL_OSC,
    POLL_SHOW,
    N_POLL
};

static void
fill_polls(const struct control *control, int signals, struct pollfd polls[N_POLL])
{
    bool wants_input = control->reading && !control->answer.active;
    bool writes =
        control->events.enabled && !control->events.broken && control->events.out.length > 0;
    polls[POLL_SIGNALS] = (struct pollfd){signals, POLLIN, 0};
    polls[POLL_NOTICES] = (struct pollfd){control->engine->notice_event, POLLIN, 0};
    polls[POLL_INPUT] = (struct pollfd){wants_input ? STDIN_FILENO : -1, POLLIN, 0};
    polls[POLL_EVENTS] = (struct pollfd){writes ? STDOUT_FILENO : -1, POLLOUT, 0};
    polls[POLL_DIRT] =
        (struct pollfd){control->options->osc ? control->superdirt.fd : -1, POLLIN, 0};
    polls[POLL_OSC] = (struct pollfd){
        control->osc_server != NULL ? od_osc_server_fd(control->osc_server) : -1, POLLIN, 0};
    polls[POLL_SHOW] = (struct pollfd){control->show.fd, POLLIN, 0};
}

static od_nsec
earlier(od_nsec a, od_nsec b)
{
    return a < b ? a : b;
}

/* When the loop must wake though nothing comes in. */
static od_nsec
next_wake(struct control *control, od_nsec now)
{
    od_nsec next = OD_NSEC_NEVER;
    if (control->options->osc) {
        next = earlier(next, od_superdirt_next(&control->superdirt));
    }
    next = earlier(next, control->engine->midi.next_look);
    if (control->options->verbose && control->state == OD_PLAYING) {
        next = earlier(next, now + DISPLAY_EVERY);
    }
    if (control->show.fd >= 0) {
        od_nsec wait = show_print(&control->show, wall(control, now));
        next = earlier(next, wait == OD_NSEC_NEVER ? wait : now + wait);
    }
    return next;
}

static int
poll_timeout(od_nsec next, od_nsec now)
{
    if (next == OD_NSEC_NEVER) {
        return -1;
    }
    od_nsec wait = next > now ? (next - now + OD_NSEC_PER_MS - 1) / OD_NSEC_PER_MS : 0;
    return wait > 60000 ? 60000 : (int)wait;
}

static void
draw(struct control *control, od_nsec now)
{
    if (!control->options->verbose) {
        return;
    }
    const char *name = od_midiout_name(&control->engine->midi, 0);
    struct display_state state = {.state = control->state,
                                  .bpm = control->bpm,
                                  .step = control->position,
                                  .summary = report_summary(control->engine),
                                  .osc_enabled = control->options->osc,
                                  .osc_connected = control->superdirt.present,
                                  .midi_enabled = name != NULL && *name != '\0',
                                  .midi_connected =
                                      od_midiout_connected(&control->engine->midi, 0)};
    display_draw(&control->display, &state, now);
}

static void
service(struct control *control, const struct pollfd polls[N_POLL])
{
    if ((polls[POLL_SIGNALS].revents & POLLIN) != 0) {
        take_signals(control, polls[POLL_SIGNALS].fd);
    }
    if ((polls[POLL_NOTICES].revents & POLLIN) != 0) {
        uint64_t count;
        ssize_t size = read(polls[POLL_NOTICES].fd, &count, sizeof count);
        (void)size;
    }
    take_notices(control);
    if ((polls[POLL_INPUT].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        read_input(control);
    }
    if ((polls[POLL_OSC].revents & POLLIN) != 0) {
        (void)od_osc_server_receive(control->osc_server, CONTROL_QUEUE);
    }
    if ((polls[POLL_SHOW].revents & POLLIN) != 0) {
        show_receive(&control->show, atomic_load(&control->engine->wall_offset));
    }
    do_input(control);
    at_input_end(control);
    if ((polls[POLL_EVENTS].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
        events_flush(&control->events, STDOUT_FILENO);
    }
}

static void
loop(struct control *control, int signals)
{
    struct pollfd polls[N_POLL];
    while (!control->ending) {
        od_nsec now = od_clock_now();
        watch_osc(control, now);
        watch_midi(control, now);
        watch_player(control, now);
        draw(control, now);
        fill_polls(control, signals, polls);
        if (poll(polls, N_POLL, poll_timeout(next_wake(control, now), now)) < 0 && errno != EINTR) {
            control->exit_status = od_cli_fail(OD_EBUG, "poll: %s", strerror(errno));
            control_end(control, "error");
            return;
        }
        service(control, polls);
        if (control->events.broken) {
            control_end(control, "eof");
        }
    }
}

/* ---- beginning and end ---- */

static int
open_connections(struct control *control)
{
    const struct options *options = control->options;
    char error[256];
    control->superdirt.fd = -1;
    if (options->osc) {
        const struct od_udp *output = &control->engine->outputs[0];
        enum od_status status = od_superdirt_open(&control->superdirt, output->host, output->port,
                                                  od_clock_now(), error);
        if (status != OD_OK) {
            return od_cli_fail(status, "%s", error);
        }
    }
    if (options->control_port != 0) {
        enum od_status status = od_osc_server_new(options->control_host, options->control_port,
                                                  on_osc, control, &control->osc_server, error);
        if (status != OD_OK) {
            return od_cli_fail(status, "--control-port: %s", error);
        }
    }
    return options->show ? show_open(&control->show, &control->engine->show, options->latency) : 0;
}

static int
open_midi(struct control *control)
{
    const struct options *options = control->options;
    size_t port;
    while (od_midiout_poll(&control->engine->midi, od_clock_now(), &port) != OD_MIDIOUT_NOTHING) {
    }
    if (options->midi == NULL && options->midi_raw == NULL && !options->require_midi) {
        return 0;
    }
    if (od_midiout_connected(&control->engine->midi, 0)) {
        return 0;
    }
    const char *wanted = options->midi_raw != NULL ? options->midi_raw : options->midi;
    if (options->require_midi) {
        return od_cli_fail(
            OD_EUNAVAILABLE, "no MIDI output%s%s%s; --midi-list shows the ports there are",
            wanted != NULL ? " '" : "", wanted != NULL ? wanted : "", wanted != NULL ? "'" : "");
    }
    control->midi_off = true;
    return 0;
}

static int
parse_start(struct control *control)
{
    const char *text = control->options->start_at;
    if (text == NULL || od_clock_parse(text, od_clock_real(), &control->start_at)) {
        return 0;
    }
    return od_cli_usage("--start-at wants +SECONDS, Unix seconds or RFC 3339 with an offset "
                        "(2026-05-01T20:00:00+02:00), not '%s'",
                        text);
}

static int
load_list(struct control *control)
{
    const struct options *options = control->options;
    control->list.loops = options->loops;
    control->list.bars = options->bars;
    if (options->n_scores == 0) {
        control->list.n = options->loops > 0 || options->bars > 0 ? 1 : 0;
        return 0;
    }
    return setup_takes(&control->setup, options, &control->list.takes, &control->list.n);
}

/* A control stream has no list, but --loops and --bars end it as if it had one score. */
static void
begin(struct control *control)
{
    struct od_command end;
    if (control->list.n > 0 && od_playlist_end(&control->list, &end)) {
        send(control, &end);
    }
    say_ready(control);
    if (control->midi_off) {
        control_warn(control, "MIDI_OFF", 0,
                     "no MIDI output: MIDI is off until it appears; --midi-list shows the ports");
    }
    if (!control->engine->rt.scheduled && control->options->rt == RT_TRY) {
        struct od_buf *line = events_begin(&control->events, "warning", NULL);
        events_text(line, "code", "NO_REALTIME");
        events_text(line, "message", "real-time scheduling is not permitted");
        events_end(&control->events, false);
    }
    if (control->options->n_scores > 0) {
        next_of_list(control);
        set_current(control, control->list.takes[0]);
        start_by_itself(control);
    } else {
        control->list = (struct od_playlist){0};
        control->reading = true;
    }
}

static int
end(struct control *control)
{
    engine_stop(control->engine);
    take_notices(control);
    while (od_ring_count(&control->engine->notices) > 0) {
        take_notices(control);
    }
    display_clear(&control->display);
    struct od_buf *line = events_begin(&control->events, "bye", NULL);
    events_text(line, "reason", control->reason);
    events_count(line, "dropped_steps", report_summary(control->engine).dropped_steps);
    events_count(line, "pending_note_offs",
                 atomic_load(&control->engine->player.counts.pending_note_offs));
    events_end(&control->events, false);
    events_drain(&control->events, STDOUT_FILENO, BYE_PATIENCE);
    if (control->options->show || control->options->verbose) {
        report_print(control->engine, control->bpm);
    }
    if (control->options->report != NULL) {
        int exit_status = report_write(control->engine, control->bpm, control->options->report);
        return control->exit_status != 0 ? control->exit_status : exit_status;
    }
    return control->exit_status;
}

static void
clear(struct control *control)
{
    clear_answer(control);
    forget_pending(control);
    od_take_unref(control->current);
    for (size_t i = 0; control->list.takes != NULL && i < control->list.n; i++) {
        od_take_unref(control->list.takes[i]);
    }
    free(control->list.takes);
    for (size_t i = 0; i < control->queued; i++) {
        free(control->queue[i]);
    }
    od_osc_server_free(control->osc_server);
    od_superdirt_close(&control->superdirt);
    show_close(&control->show);
    od_stream_clear(&control->stream);
    events_clear(&control->events);
    setup_clear(&control->setup);
}

static int
prepare(struct control *control)
{
    int exit_status = parse_start(control);
    if (exit_status == 0) {
        exit_status = setup_init(&control->setup, control->options);
    }
    if (exit_status == 0) {
        exit_status = load_list(control);
    }
    if (exit_status == 0) {
        exit_status = engine_init(control->engine, control->options, &control->setup);
    }
    if (exit_status == 0) {
        exit_status = open_connections(control);
    }
    return exit_status != 0 ? exit_status : open_midi(control);
}

int
control_run(const struct options *options)
{
    struct control *control = calloc(1, sizeof *control);
    struct engine *engine = calloc(1, sizeof *engine);
    if (control == NULL || engine == NULL) {
        free(control);
        free(engine);
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    control->options = options;
    control->engine = engine;
    control->bpm = options->bpm > 0 ? options->bpm : 120;
    control->show.fd = -1;
    control->superdirt.fd = -1;
    control->events.enabled = options->events;
    display_init(&control->display);
    int signals = open_signals();
    int exit_status = prepare(control);
    if (exit_status == 0) {
        exit_status = engine_start(engine, options);
    }
    if (exit_status == 0) {
        begin(control);
        loop(control, signals);
        exit_status = end(control);
    }
    engine_clear(engine);
    clear(control);
    close(signals);
    free(engine);
    free(control);
    return exit_status;
}
