#include "answers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "files.h"
#include "people.h"
#include "say.h"
#include "world/cli.h"

#define NOTICES_AT_ONCE 512
#define MESSAGE_NSEC    (OD_NSEC_PER_MS / 2)  /* what sclang needs for a message … */
#define MESSAGES_MARGIN (50 * OD_NSEC_PER_MS) /* … and for a bundle */

void
answers_clear(struct control *control)
{
    struct answer *answer = &control->answer;
    free(answer->line);
    free(answer->port);
    od_take_unref(answer->take);
    *answer = (struct answer){0};
    control->answer_pending = (struct pending){0};
}

void
answers_send(struct control *control, const struct od_command *command)
{
    if (!control->engine->running) {
        od_take_unref(command->program != NULL ? od_take_of(command->program) : NULL);
        return;
    }
    if (!engine_send(control->engine, command)) {
        display_clear(&control->display);
        od_cli_message("%s", od_status_text(OD_EBUG));
        control->exit_status = od_status_exit(OD_EBUG);
        control_end(control, "error");
    }
}

void
answers_ask(struct control *control, struct od_command *command)
{
    control->answer.request = ++control->requests;
    command->request = control->answer.request;
    answers_send(control, command);
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
    if (control->options->osc && most > 1 && needed > control->options->latency &&
        most > control->said_dense) {
        control->said_dense = most;
        say_warning(control, "LATENCY_SHORT", most,
                    "step %u has %u messages: SuperDirt needs about %" PRId64
                    " ms for them, the look-ahead is %" PRId64 " ms; raise --latency",
                    densest, most, needed / OD_NSEC_PER_MS,
                    control->options->latency / OD_NSEC_PER_MS);
    }
}

/* MIDI tracks that go nowhere are the commonest reason for silence: said once. */
static void
check_midi(struct control *control, struct od_take *take)
{
    const struct od_program *program = od_take_program(take);
    const char *name = od_midiout_name(&control->engine->midi, 0);
    bool named = control->options->midi_raw != NULL || (name != NULL && *name != '\0');
    for (size_t i = 0; i < program->n_voices && !named && !control->said_no_midi; i++) {
        if (program->voices[i].kind == OD_VOICE_MIDI) {
            control->said_no_midi = true;
            say_warning(control, "MIDI_OFF", 0,
                        "there are MIDI tracks, but no MIDI output was named: they are silent; "
                        "--midi NAME names one, --midi-list shows which there are");
        }
    }
}

/* Whoever forgot the sequences hears nothing, and nothing is wrong. */
static void
check_events(struct control *control, const struct od_take *take)
{
    const struct od_score *score = od_shared_score_get(od_take_scenes(take));
    if (score->count[OD_SECTION_EVENTS] == 0 && !control->said_no_events && people_ask(control)) {
        control->said_no_events = true;
        display_clear(&control->display);
        od_cli_message("the score has no events, so it is silent: what its tracks play is in the "
                       "session's \"sequences\"");
    }
}

void
answers_hand_over(struct control *control, struct od_take *take, enum od_when when, int64_t step)
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
    answers_ask(control, &command);
}

void
answers_set_current(struct control *control, struct od_take *take)
{
    od_take_ref(take);
    od_take_unref(control->current);
    control->current = take;
    tracks_clear(&control->tracks);
}

od_nsec
answers_first_start(struct control *control)
{
    bool first = !control->started_once;
    control->started_once = true;
    control->plays = true;
    if (!first || control->options->start_at == NULL) {
        return OD_NSEC_NEVER;
    }
    return control->start_at - atomic_load(&control->engine->wall_offset);
}

void
answers_start(struct control *control)
{
    if (control->started_once || control->options->paused || control->current == NULL) {
        return;
    }
    struct od_command command = {.kind = OD_COMMAND_START, .time = answers_first_start(control)};
    answers_send(control, &command);
}

/* ---- what the player says ---- */

static void
change_midi_port(struct control *control)
{
    char error[OD_MIDIOUT_PATH + 64];
    struct answer *answer = &control->answer;
    enum od_status status = od_midiout_rename(&control->engine->midi, 0, answer->port, error);
    od_waker_post(&control->engine->waker);
    if (status != OD_OK) {
        say_error(control, answer->id, "midi-port", "UNKNOWN_PORT", "%s", error);
        return;
    }
    say_port(control);
}

static void
repeat_answer(struct control *control, int repeats)
{
    char *line = control->answer.line;
    if (line == NULL) {
        say_error(control, control->answer.id, control->answer.command, "OUT_OF_MEMORY",
                  "out of memory");
    }
    control->answer.line = NULL;
    answers_clear(control);
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
        answers_set_current(control, answer->take);
    }
    control->environment = notice->environment;
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
        say_change(control, notice, false);
    } else {
        say_ok(control, answer, notice->step, notice->time, true);
    }
    bool environment = strcmp(answer->command, "bpm") == 0 ||
                       strcmp(answer->command, "swing") == 0 ||
                       strcmp(answer->command, "gate") == 0;
    answers_clear(control);
    if (edit) {
        say_tracks(control, NULL);
    }
    if (change || edit || environment) {
        say_status(control, NULL);
    }
    if (change) {
        answers_start(control);
    }
}

void
answers_forget_pending(struct control *control)
{
    od_take_unref(control->pending.take);
    control->pending = (struct pending){0};
}

static void
on_pending(struct control *control, const struct od_notice *notice)
{
    say_change(control, notice, true);
    answers_forget_pending(control);
    control->pending = control->answer_pending;
    control->pending.active = true;
    control->pending.step = notice->step;
    control->pending.take = control->answer.take;
    control->answer.take = NULL;
    answers_clear(control);
    say_status(control, NULL);
}

static void
on_stale(struct control *control)
{
    int repeats = control->answer.repeats + 1;
    if (repeats <= CONTROL_REPEATS) {
        repeat_answer(control, repeats);
        return;
    }
    say_error(control, control->answer.id, control->answer.command, "BUSY",
              "sessions change faster than this can be done; try again");
    answers_clear(control);
}

static void
on_applied(struct control *control, const struct od_notice *notice)
{
    control->environment = notice->environment;
    control->transport = notice->transport;
    if (notice->change == 0) {
        return; /* an edit: its answer says all */
    }
    struct od_take *take = od_take_of(notice->program);
    bool scene = *od_take_scene(take) != '\0';
    bool tracks =
        control->answer.active && control->answer.take == take && control->answer_pending.tracks;
    answers_set_current(control, take);
    if (control->pending.active && control->pending.change == notice->change) {
        tracks = control->pending.tracks;
        answers_forget_pending(control);
    }
    say_applied(control, notice,
                scene    ? "scene"
                : tracks ? "tracks"
                         : "session",
                scene ? od_take_scene(take) : NULL);
    check_latency(control, take);
    check_midi(control, take);
    check_events(control, take);
    say_tracks(control, NULL);
    say_status(control, NULL);
    files_playing(control, take);
}

static void
on_position(struct control *control, const struct od_notice *notice)
{
    control->position = notice->step;
    control->position_time = notice->time;
    control->environment = notice->environment;
    say_position(control);
}

static void
on_state(struct control *control, const struct od_notice *notice)
{
    control->state = notice->state;
    control->plays = notice->state == OD_PLAYING;
    control->transport = notice->transport;
    control->environment = notice->environment;
    if (notice->state == OD_STOPPED) {
        control->position = 0;
        control->list_began = 0;
    } else if (notice->state == OD_PAUSED && control->position != notice->step - 1) {
        control->position = notice->step - 1;
        control->position_time = notice->time;
    }
    say_status(control, NULL);
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
        answers_forget_pending(control);
    }
    if (is_answer(control, notice)) {
        say_cancelled(control, notice->change);
        answers_clear(control);
        say_status(control, NULL);
    }
}

static void
on_refused(struct control *control, enum od_notice_kind why)
{
    const struct answer *answer = &control->answer;
    switch (why) {
    case OD_NOTICE_PAST:
        say_error(control, answer->id, answer->command, "TOO_LATE",
                  "that place was sent already; a later one can still be had");
        break;
    case OD_NOTICE_IDLE:
        say_error(control, answer->id, answer->command, "NOT_PLAYING",
                  "nothing plays: there is no next bar to count from; 'bar N' counts from the next "
                  "start");
        break;
    case OD_NOTICE_FULL:
        say_error(control, answer->id, answer->command, "FULL",
                  "%d commands wait already: that is as many as can", OD_TIMELINE_CAPACITY);
        break;
    default:
        say_error(control, answer->id, answer->command, "NOTHING_PENDING", "nothing is pending");
        break;
    }
    answers_clear(control);
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
        on_refused(control, notice->kind);
    }
}

static void
on_finished(struct control *control)
{
    if (atomic_load(&control->engine->player.counts.ticks) == 0) {
        say_warning(control, "ALREADY_OVER", 0,
                    "nothing was played: --start-at lies so far back that the end is over");
    }
    control_end(control, "finished");
}

static void
on_notice(struct control *control, const struct od_notice *notice)
{
    switch (notice->kind) {
    case OD_NOTICE_DONE:
    case OD_NOTICE_PENDING:
    case OD_NOTICE_STALE:
    case OD_NOTICE_NOTHING:
    case OD_NOTICE_PAST:
    case OD_NOTICE_IDLE:
    case OD_NOTICE_FULL:
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
        say_warning(control, "STEPS_DROPPED", notice->count,
                    "%" PRIu64 " steps were skipped: the player was held up past their time",
                    notice->count);
        break;
    case OD_NOTICE_LOST:
    case OD_NOTICE_ACTED:
        break;
    case OD_NOTICE_FINISHED:
        on_finished(control);
        break;
    }
}

void
answers_take(struct control *control)
{
    struct od_notice notice;
    for (int i = 0; i < NOTICES_AT_ONCE && od_ring_pop(&control->engine->notices, &notice); i++) {
        on_notice(control, &notice);
    }
}
