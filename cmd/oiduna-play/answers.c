#include "answers.h"

#include <inttypes.h>
#include <string.h>

#include "ahead.h"
#include "base/counter.h"
#include "world/clock.h"

#define RANGE "what it would be is out of its range: bpm 1..999, swing 0..1, gate from 0"

static od_nsec
wall(const struct desk *desk, od_nsec time)
{
    return engine_wall(desk->engine, time);
}

/* ---- answers to what was asked ---- */

static void
change_midi_port(struct desk *desk, const struct answer *answer)
{
    char error[OD_MIDIOUT_ERROR];
    if (connections_rename_midi(desk->connections, answer->port, error) != OD_OK) {
        say_error(desk->speech, answer->id, "midi-port", "UNKNOWN_PORT", "%s", error);
        return;
    }
    struct od_buf *line = say_ok_begin(desk->speech, answer->id, "midi-port");
    events_text(line, "port", connections_facts(desk->connections).midi_port);
    events_end(&desk->speech->events, false);
    say_answer(desk->speech, "midi-port: %s", answer->port);
}

/* Answers a session or scene change; `waits`: for its boundary. */
static void
say_change(struct desk *desk, struct answer *answer, const struct od_notice *notice, bool waits)
{
    char place[SAY_PLACE_SIZE];
    struct od_buf *line = say_ok_begin(desk->speech, answer->id, answer->command);
    events_count(line, "change", notice->change);
    events_bool(line, "pending", waits);
    outcome_add(&answer->outcome, line);
    say_applies_at(line, notice->step, wall(desk, notice->time));
    events_end(&desk->speech->events, false);
    say_place(place, notice->step);
    const char *words = outcome_words(&answer->outcome);
    say_answer(desk->speech, "%s %s %s", *words != '\0' ? words : answer->command,
               waits ? "waits for" : "from", place);
}

static void
repeat(struct desk *desk, const struct answer *answer, int repeats)
{
    if (answer->line == NULL) {
        say_error(desk->speech, answer->id, answer->command, "OUT_OF_MEMORY", "out of memory");
        conversation_done(desk->conversation);
    } else {
        conversation_repeat(desk->conversation, repeats);
    }
}

/* A master's lines come many a second: none is answered but to whom it has an id for. */
static bool
is_told(const struct answer *answer)
{
    return strcmp(answer->command, "sync") != 0 || answer->id[0] != '\0';
}

static bool
sets_environment(const struct answer *answer)
{
    return strcmp(answer->command, "bpm") == 0 || strcmp(answer->command, "tap") == 0 ||
           strcmp(answer->command, "swing") == 0 || strcmp(answer->command, "gate") == 0;
}

/* Answers what acts at once. */
static void
say_outcome(struct desk *desk, struct answer *answer, const struct od_notice *notice)
{
    char place[SAY_PLACE_SIZE];
    struct outcome *outcome = &answer->outcome;
    if (sets_environment(answer)) {
        outcome_environment(outcome, answer->command, notice);
    }
    struct od_buf *line = say_ok_begin(desk->speech, answer->id, answer->command);
    outcome_add(outcome, line);
    say_applies_at(line, notice->step, wall(desk, notice->time));
    events_end(&desk->speech->events, false);
    say_place(place, notice->step);
    const char *words = outcome_words(outcome);
    say_answer(desk->speech, *words != '\0' ? "%s from %s" : "%s: from %s",
               *words != '\0' ? words : answer->command, place);
}

static void
try_again(struct desk *desk, const struct answer *answer)
{
    int repeats = answer->repeats + 1;
    if (repeats <= CONVERSATION_REPEATS) {
        repeat(desk, answer, repeats);
        return;
    }
    say_error(desk->speech, answer->id, answer->command, "BUSY",
              "sessions change faster than this can be done; try again");
    conversation_done(desk->conversation);
}

static void
on_done(struct desk *desk, struct answer *answer, const struct od_notice *notice)
{
    bool change = answer->take != NULL && notice->change != 0;
    bool edit = answer->take != NULL && notice->change == 0;
    if (edit) {
        session_state_play(desk->session, answer->take);
    }
    session_state_heard(desk->session, notice);
    if (notice->step + answer->timed.over > desk->session->ramped && answer->timed.over > 0) {
        desk->session->ramped = notice->step + answer->timed.over;
    }
    if (answer->again) {
        try_again(desk, answer);
        ahead_settle(desk);
        return;
    }
    if (answer->port != NULL) {
        change_midi_port(desk, answer);
    } else if (change) {
        say_change(desk, answer, notice, false);
    } else if (is_told(answer)) {
        say_outcome(desk, answer, notice);
    }
    bool environment = sets_environment(answer);
    bool left = answer->take == NULL && strcmp(answer->command, "song") == 0;
    bool can_wait = answer->by_osc;
    conversation_done(desk->conversation);
    if (left) {
        songs_left(desk->songs);
    }
    desk_tell(desk, change || edit || environment || left, edit, can_wait);
    if (change || edit || left) {
        ahead_settle(desk);
    }
    if (change) {
        desk_start(desk);
    }
}

/* Answers a command that waits for its place; while nothing plays it has no time yet. */
static void
say_timed(struct desk *desk, const struct answer *answer, const struct od_notice *notice)
{
    char place[SAY_PLACE_SIZE];
    struct od_buf *line = say_ok_begin(desk->speech, answer->id, answer->command);
    events_count(line, "change", notice->change);
    events_bool(line, "pending", true);
    if (notice->time != OD_NSEC_NEVER) {
        say_applies_at(line, notice->step, wall(desk, notice->time));
    }
    events_end(&desk->speech->events, false);
    say_place(place, notice->step);
    const struct waiting_entry *entry = waiting_find(&desk->waiting, notice->change);
    say_answer(desk->speech, "%.100s waits for %s, number %" PRIu64,
               entry != NULL ? entry->timed.text : answer->command,
               notice->time != OD_NSEC_NEVER ? place : "its time", notice->change);
}

static void
on_timed(struct desk *desk, struct answer *answer, const struct od_notice *notice)
{
    if (!waiting_add(&desk->waiting, answer, notice)) {
        const struct od_command command = {.kind = OD_COMMAND_CANCEL, .change = notice->change};
        say_error(desk->speech, answer->id, answer->command, "OUT_OF_MEMORY", "out of memory");
        conversation_send(desk->conversation, &command);
    } else {
        say_timed(desk, answer, notice);
    }
    conversation_done(desk->conversation);
    ahead_settle(desk);
}

static void
on_pending(struct desk *desk, struct answer *answer, const struct od_notice *notice)
{
    if (answer->timed.text != NULL) {
        on_timed(desk, answer, notice);
        return;
    }
    say_change(desk, answer, notice, true);
    answer->pending.step = notice->step;
    answer->pending.take = answer->take;
    answer->take = NULL;
    session_state_wait(desk->session, &answer->pending);
    conversation_done(desk->conversation);
    status_say(desk->status, NULL);
}

static void
on_refused(struct desk *desk, const struct answer *answer, enum od_notice_kind why)
{
    switch (why) {
    case OD_NOTICE_PAST:
        say_error(desk->speech, answer->id, answer->command, "TOO_LATE",
                  "that place was sent already; a later one can still be had");
        break;
    case OD_NOTICE_IDLE:
        say_error(desk->speech, answer->id, answer->command, "NOT_PLAYING", "nothing plays: %s",
                  strcmp(answer->command, "nudge") == 0
                      ? "there is nothing to nudge"
                      : "there is no next bar to count from; 'bar N' counts from the next start");
        break;
    case OD_NOTICE_FULL:
        say_error(desk->speech, answer->id, answer->command, "FULL",
                  "%d commands wait already: that is as many as can", OD_TIMELINE_CAPACITY);
        break;
    case OD_NOTICE_RANGE:
        say_error(desk->speech, answer->id, answer->command, "BAD_ARGUMENT", "%s", RANGE);
        break;
    default:
        say_error(desk->speech, answer->id, answer->command, "NOTHING_PENDING",
                  "nothing is pending");
        break;
    }
    conversation_done(desk->conversation);
}

static void
on_answer(struct desk *desk, const struct od_notice *notice)
{
    if (!conversation_is_answer(desk->conversation, notice)) {
        return;
    }
    struct answer *answer = conversation_awaits(desk->conversation);
    if (notice->kind == OD_NOTICE_DONE) {
        on_done(desk, answer, notice);
    } else if (notice->kind == OD_NOTICE_PENDING) {
        on_pending(desk, answer, notice);
    } else if (notice->kind == OD_NOTICE_STALE) {
        try_again(desk, answer);
    } else {
        on_refused(desk, answer, notice->kind);
    }
}

/* ---- what becomes of what waits and plays ---- */

static bool
is_exclusive(const struct desk *desk, const struct od_take *take, uint64_t change)
{
    const struct answer *answer = conversation_awaits(desk->conversation);
    const struct pending *pending = &desk->session->pending;
    return (answer != NULL && answer->take == take && answer->pending.tracks) ||
           (pending->active && pending->change == change && pending->tracks);
}

/* Also of the scene that is none: `scene -`. */
static bool
is_scene(const struct desk *desk, const struct od_take *take, uint64_t change)
{
    const struct answer *answer = conversation_awaits(desk->conversation);
    const struct pending *pending = &desk->session->pending;
    return *od_take_scene(take) != '\0' ||
           (answer != NULL && answer->take == take && answer->pending.scene) ||
           (pending->active && pending->change == change && pending->scene);
}

/* What waited has acted; its id, until it is forgotten. */
static void
say_acted(struct desk *desk, const struct waiting_entry *entry, const struct od_notice *notice)
{
    struct od_buf *line = events_begin(&desk->speech->events, "acted", NULL);
    events_count(line, "change", entry->number);
    events_text(line, "for", *entry->timed.id != '\0' ? entry->timed.id : NULL);
    events_text(line, "text", entry->timed.text);
    od_buf_append(line, ",", 1);
    events_step(line, notice->step, wall(desk, notice->time));
    events_end(&desk->speech->events, false);
}

static void
on_acted(struct desk *desk, const struct od_notice *notice)
{
    struct waiting_entry *entry = waiting_find(&desk->waiting, notice->change);
    session_state_heard(desk->session, notice);
    if (entry != NULL) {
        desk->quits = desk->quits || strcmp(entry->timed.text, "quit") == 0;
        bool left = strcmp(entry->timed.text, "song off") == 0;
        say_acted(desk, entry, notice);
        waiting_remove(&desk->waiting, entry);
        if (left) {
            songs_left(desk->songs);
            ahead_settle(desk);
        }
    }
    desk_tell(desk, true, false, true);
}

/* A timed edit; the answer said so when it was asked for. */
static void
on_edit_applied(struct desk *desk, struct od_take *take, const struct od_notice *notice)
{
    session_state_play(desk->session, take);
    on_acted(desk, notice);
    desk_tell(desk, false, true, true);
    ahead_settle(desk);
}

/* An edit met another session than it was made of: one of that is done instead. */
static bool
is_done_late(struct waiting_entry *entry, const struct od_notice *notice)
{
    bool edit = entry->take != NULL && od_take_program(entry->take)->edit;
    entry->late = notice->kind == OD_NOTICE_STALE && edit && entry->tries++ < CONVERSATION_REPEATS;
    return entry->late;
}

/* What waited and cannot be done: another session plays than it was made of, or … */
static void
on_timed_refused(struct desk *desk, const struct od_notice *notice)
{
    struct waiting_entry *entry = waiting_find(&desk->waiting, notice->change);
    if (entry != NULL && is_done_late(entry, notice)) {
        ahead_settle(desk);
    } else if (entry != NULL) {
        bool stale = notice->kind == OD_NOTICE_STALE;
        say_error(desk->speech, entry->timed.id, "at", stale ? "STALE" : "BAD_ARGUMENT",
                  "'%.80s' was not done: %s", entry->timed.text,
                  stale ? "another session plays by now" : RANGE);
        waiting_remove(&desk->waiting, entry);
    }
}

static void
on_applied(struct desk *desk, struct checks *checks, const struct od_notice *notice)
{
    struct session_state *session = desk->session;
    session_state_heard(session, notice);
    if (notice->change == 0) {
        return; /* an edit: its answer says all */
    }
    struct od_take *take = od_take_of(notice->program);
    if (notice->program->edit) {
        on_edit_applied(desk, take, notice);
        return;
    }
    const char *scene = od_take_scene(take);
    const struct connections_facts facts = connections_facts(desk->connections);
    bool tracks = is_exclusive(desk, take, notice->change);
    struct od_take *before = session->current;
    bool behind = before != NULL && !od_take_is_after(take, before);
    session_state_play(session, take);
    if (behind) {
        ahead_catch_up(desk, take, before);
    }
    if (session->pending.active && session->pending.change == notice->change) {
        session_state_forget_pending(session);
    }
    songs_playing(desk->songs, take);
    status_applied(desk->status, notice,
                   is_scene(desk, take, notice->change) ? "scene"
                   : tracks                             ? "tracks"
                                                        : "session",
                   *scene != '\0' ? scene : NULL);
    checks_say(checks, desk->speech, desk->options, &facts, take);
    struct waiting_entry *entry = waiting_find(&desk->waiting, notice->change);
    if (entry != NULL) {
        say_acted(desk, entry, notice);
        waiting_remove(&desk->waiting, entry);
    }
    status_say_tracks(desk->status, NULL);
    status_say(desk->status, NULL);
    files_playing(desk->files, take);
    ahead_settle(desk);
}

/* The members of what was cancelled, forgotten meanwhile. */
static void
add_cancelled(struct desk *desk, struct od_buf *line, const struct od_notice *notice)
{
    struct waiting *waiting = &desk->waiting;
    od_buf_printf(line, ",\"cancelled\":[");
    if (notice->change != OD_CHANGE_ALL) {
        od_buf_printf(line, "%" PRIu64, notice->change);
    }
    for (size_t i = 0; notice->change == OD_CHANGE_ALL && i < waiting->n; i++) {
        od_buf_printf(line, "%s%" PRIu64, i > 0 ? "," : "", waiting->entries[i].number);
    }
    od_buf_printf(line, "]");
}

static void
forget_dropped(struct desk *desk, const struct od_notice *notice, bool cancelled)
{
    struct session_state *session = desk->session;
    struct waiting_entry *entry = waiting_find(&desk->waiting, notice->change);
    if (entry != NULL) {
        waiting_remove(&desk->waiting, entry);
    } else if (notice->change == OD_CHANGE_ALL) {
        waiting_drop(&desk->waiting, !cancelled);
    }
    if (session->pending.active && (session->pending.change == notice->change ||
                                    (cancelled && notice->change == OD_CHANGE_ALL))) {
        session_state_forget_pending(session);
    }
}

static void
on_dropped(struct desk *desk, const struct od_notice *notice)
{
    bool cancelled = conversation_is_answer(desk->conversation, notice);
    bool timed =
        notice->change == OD_CHANGE_ALL || waiting_find(&desk->waiting, notice->change) != NULL;
    if (cancelled) {
        const struct answer *answer = conversation_awaits(desk->conversation);
        add_cancelled(desk, say_ok_begin(desk->speech, answer->id, "cancel"), notice);
        events_end(&desk->speech->events, false);
        say_answer(desk->speech, "cancel: done");
        conversation_done(desk->conversation);
    } else if (timed && !desk->ending->begun) {
        say_warning(desk->speech, "TIMED_DROPPED", notice->count,
                    "%" PRIu64 " commands that waited for their place were dropped", notice->count);
    }
    forget_dropped(desk, notice, cancelled);
    if (cancelled) {
        status_say(desk->status, NULL);
    }
    ahead_settle(desk);
}

static void
on_state(struct desk *desk, const struct od_notice *notice)
{
    session_state_heard(desk->session, notice);
    if (notice->state == OD_STOPPED) {
        if (desk->session->current != NULL) {
            od_take_stopped(desk->session->current);
        }
        files_stopped(desk->files);
        if (!desk->ending->begun) {
            songs_stopped(desk->songs);
        }
    }
    status_say(desk->status, NULL);
}

static void
on_position(struct desk *desk, const struct od_notice *notice)
{
    session_state_heard(desk->session, notice);
    status_position(desk->status);
}

static void
on_sync(struct desk *desk, const struct od_notice *notice)
{
    session_state_heard(desk->session, notice);
    if (following_heard(desk->following, desk->engine, desk->speech, notice, od_clock_now())) {
        status_say(desk->status, NULL);
    }
}

static void
on_finished(struct desk *desk)
{
    if (od_counter_read(&desk->engine->counts->ticks) == 0) {
        say_warning(desk->speech, "ALREADY_OVER", 0,
                    "nothing was played: --start-at lies so far back that the end is over");
    }
    ending_begin(desk->ending, desk->quits ? "quit" : "finished");
}

static void
say_skipped(struct speech *speech, const struct od_notice *notice)
{
    say_warning(speech, "STEPS_DROPPED", notice->count,
                "%" PRIu64 " steps were skipped: the player was held up past their time",
                notice->count);
}

static void
say_loud(const struct desk *desk, const struct od_notice *notice)
{
    double limit = desk->options->gain_limit;
    say_warning(desk->speech, "GAIN_LIMITED", 0,
                "track '%.100s' is louder than --gain-limit %g: it is played at that%s",
                od_take_track(od_take_of(notice->program), notice->count).id, limit,
                limit <= 2 ? " (a MIDI velocity? 127 is 1.0 here)" : "");
}

static void
say_passed_over(const struct desk *desk, const struct od_notice *notice)
{
    say_warning(desk->speech, "SYNC_LEADS", 0,
                notice->change != 0 ? "a tempo that was to change is passed over: %s leads"
                                    : "the tempo's ramp is over: %s leads",
                desk->following->source);
}

void
answers_take(struct desk *desk, struct checks *checks, const struct od_notice *notice)
{
    switch (notice->kind) {
    case OD_NOTICE_DONE:
    case OD_NOTICE_PENDING:
    case OD_NOTICE_STALE:
    case OD_NOTICE_NOTHING:
    case OD_NOTICE_PAST:
    case OD_NOTICE_IDLE:
    case OD_NOTICE_FULL:
    case OD_NOTICE_RANGE:
        if (notice->request == 0) {
            on_timed_refused(desk, notice);
        } else {
            on_answer(desk, notice);
        }
        break;
    case OD_NOTICE_APPLIED:
        on_applied(desk, checks, notice);
        break;
    case OD_NOTICE_DROPPED:
        on_dropped(desk, notice);
        break;
    case OD_NOTICE_RETIRED:
        od_take_unref(od_take_of(notice->program));
        break;
    case OD_NOTICE_POSITION:
        on_position(desk, notice);
        break;
    case OD_NOTICE_TEMPO:
        session_state_heard(desk->session, notice);
        status_say(desk->status, NULL); /* the grid is another */
        break;
    case OD_NOTICE_STATE:
        on_state(desk, notice);
        break;
    case OD_NOTICE_SKIPPED:
        say_skipped(desk->speech, notice);
        break;
    case OD_NOTICE_LOUD:
        say_loud(desk, notice);
        break;
    case OD_NOTICE_SYNC:
        on_sync(desk, notice);
        break;
    case OD_NOTICE_PASSED_OVER:
        say_passed_over(desk, notice);
        break;
    case OD_NOTICE_ACTED:
        on_acted(desk, notice);
        break;
    case OD_NOTICE_LOST:
        break;
    case OD_NOTICE_FINISHED:
        on_finished(desk);
        break;
    }
}
