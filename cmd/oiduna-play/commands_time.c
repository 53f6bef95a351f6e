/* at WHEN COMMAND, pending, cancel: what waits for its place. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "course.h"
#include "world/clock.h"

#define MOST 1e12 /* of bars, beats …: as good as for ever */

struct unit {
    const char *word;
    enum od_when boundary; /* the next of it */
    int64_t steps;
};

/* "bar" and "bars" */
static const struct unit *
unit_of(const char *word)
{
    static const struct unit units[] = {{"bar", OD_WHEN_BAR, OD_BAR_STEPS},
                                        {"beat", OD_WHEN_BEAT, OD_BEAT_STEPS},
                                        {"step", OD_WHEN_AFTER, 1},
                                        {"loop", OD_WHEN_SEQ, OD_STEPS}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t length = strlen(units[i].word);
        if (strncmp(word, units[i].word, length) == 0 &&
            (word[length] == '\0' || strcmp(word + length, "s") == 0)) {
            return &units[i];
        }
    }
    return NULL;
}

int
call_over(struct call *call)
{
    double number;
    int n = call->n - 3;
    if (n < 1 || strcmp(call->words[n], "over") != 0 || (call->quoted != NULL && call->quoted[n])) {
        return call->n;
    }
    const struct unit *unit = unit_of(call->words[n + 2]);
    if (unit == NULL || unit->steps == OD_STEPS ||
        !call_whole(call->words[n + 1], 1, OD_RAMP_MAX, &number) ||
        (int64_t)number * unit->steps > OD_RAMP_MAX) {
        call_bad_argument(call,
                          "a number of bars, beats or steps behind 'over', 65536 bars at most");
        return -1;
    }
    call->over = (int64_t)number * unit->steps;
    return n;
}

/* HH:MM or HH:MM:SS of today, or tomorrow if it is past. */
static bool
time_of_day(const char *text, od_nsec *wall)
{
    unsigned hour;
    unsigned minute;
    unsigned second = 0;
    int end = 0;
    if ((sscanf(text, "%2u:%2u:%2u%n", &hour, &minute, &second, &end) < 3 &&
         (second = 0, sscanf(text, "%2u:%2u%n", &hour, &minute, &end) < 2)) ||
        text[end] != '\0' || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    od_nsec now = od_clock_real();
    time_t seconds = (time_t)(now / OD_NSEC_PER_SEC);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL) {
        return false;
    }
    local.tm_hour = (int)hour;
    local.tm_min = (int)minute;
    local.tm_sec = (int)second;
    local.tm_isdst = -1;
    od_nsec then = (od_nsec)mktime(&local) * OD_NSEC_PER_SEC;
    if (then <= now) {
        local.tm_mday++;
        local.tm_isdst = -1;
        then = (od_nsec)mktime(&local) * OD_NSEC_PER_SEC;
    }
    *wall = then;
    return true;
}

static bool
wall_time(const char *text, od_nsec *wall)
{
    const char *unix_time = text[0] == '@' ? text + 1 : text;
    bool dated = text[0] == '@' || strchr(text, 'T') != NULL || strchr(text, 't') != NULL;
    return time_of_day(text, wall) ||
           (dated && unix_time[0] != '+' && od_clock_parse(unix_time, od_clock_real(), wall));
}

/* How many words say when; 0 if they do not. */
static int
parse_when(const struct call *call, struct timing *timing)
{
    double number;
    const char *first = call->words[1];
    const char *second = call->n > 2 ? call->words[2] : "";
    int64_t next = call->desk->session->position + 1;
    const struct unit *unit = unit_of(first);
    if (unit != NULL && call_whole(second, 0, MOST, &number)) {
        int64_t step = (int64_t)number * unit->steps;
        *timing = (struct timing){.when = OD_WHEN_AT, .step = step, .about = step};
        return 2;
    }
    if (unit != NULL && unit->steps > 1) {
        int64_t step = (next + unit->steps - 1) / unit->steps * unit->steps;
        *timing = (struct timing){.when = unit->boundary, .about = step};
        return 1;
    }
    unit = unit_of(second);
    if (first[0] == '+' && unit != NULL && call_whole(first + 1, 0, MOST, &number)) {
        int64_t steps = (int64_t)number * unit->steps;
        *timing = (struct timing){.when = OD_WHEN_AFTER, .step = steps, .about = next + steps};
        return 2;
    }
    od_nsec wall;
    if (wall_time(first, &wall)) {
        const struct session_state *session = call->desk->session;
        od_nsec time = wall - engine_wall_offset(call->desk->engine);
        bool plays = session->state == OD_PLAYING;
        *timing =
            (struct timing){.when = OD_WHEN_CLOCK,
                            .wall = wall,
                            .about = plays ? od_transport_step_at(&session->transport, time) : 0};
        return 1;
    }
    return 0;
}

static bool
can_wait(const char *name)
{
    static const char *const names[] = {"start",   "stop",  "pause",      "bpm",   "swing",
                                        "gate",    "mute",  "unmute",     "solo",  "unsolo",
                                        "set",     "unset", "reset",      "scene", "song",
                                        "trigger", "panic", "midi-panic", "quit",  "score"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void
score_at(struct call *call, const struct timing *timing)
{
    call->desk->next.timed = true;
    call->desk->next.timing = *timing;
    call_done(call);
}

void
command_at(struct call *call, void (*run)(struct call *call))
{
    struct timing timing = {0};
    int words = parse_when(call, &timing);
    if (words == 0 || call->n < words + 2) {
        call_bad_argument(call, "bar N, beat N, step N or loop N, +N bars, bar, beat or loop, "
                                "HH:MM, RFC 3339 or @UNIX, and a command");
        return;
    }
    struct call timed = *call;
    timed.words += 1 + words;
    timed.quoted = call->quoted != NULL ? call->quoted + 1 + words : NULL;
    timed.n -= 1 + words;
    timed.timing = &timing;
    timed.base =
        course_base(&call->desk->waiting, call->desk->session, call->desk->songs, timing.about);
    if (strcmp(timed.words[0], "scene") == 0 && timed.n > 2) {
        call_refuse(call, "BAD_ARGUMENT", "under 'at' a scene has no boundary of its own");
    } else if (!can_wait(timed.words[0])) {
        say_error(call->desk->speech, call->id, "at", "BAD_ARGUMENT",
                  "'%.40s' is done at once: no 'at' delays it", timed.words[0]);
    } else if (strcmp(timed.words[0], "score") == 0) {
        score_at(&timed, &timing);
    } else {
        run(&timed);
    }
}

/* ---- what waits ---- */

static void
tell_pending(struct speech *speech, const struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->n; i++) {
        const struct waiting_entry *entry = &waiting->entries[i];
        const char *id = entry->timed.id;
        say_people(speech, "%" PRIu64 "%s%s: at bar %" PRId64 ", step %" PRId64 ": %s",
                   entry->number, *id != '\0' ? " #" : "", id, entry->step / OD_BAR_STEPS,
                   entry->step, entry->timed.text);
    }
    if (waiting->n == 0) {
        say_people(speech, "nothing waits for its time");
    }
}

void
command_pending(struct call *call)
{
    struct speech *speech = call->desk->speech;
    const struct waiting *waiting = &call->desk->waiting;
    if (speech->people) {
        tell_pending(speech, waiting);
    }
    struct od_buf *line = events_begin(&speech->events, "pending", call->id);
    od_buf_printf(line, ",\"pending\":[");
    for (size_t i = 0; i < waiting->n; i++) {
        const struct waiting_entry *entry = &waiting->entries[i];
        od_buf_printf(line, "%s{\"change\":%" PRIu64, i > 0 ? "," : "", entry->number);
        events_text(line, "for", *entry->timed.id != '\0' ? entry->timed.id : NULL);
        events_text(line, "text", entry->timed.text);
        od_buf_printf(line, ",\"at\":%" PRId64, entry->step);
        if (entry->wall != 0) {
            events_time(line, "time", entry->wall);
        } else {
            events_null(line, "time");
        }
        od_buf_printf(line, "}");
    }
    od_buf_printf(line, "]");
    events_end(&speech->events, false);
}

void
command_cancel(struct call *call)
{
    double number = 0;
    struct od_command command = {.kind = OD_COMMAND_CANCEL};
    const char *what = call->n > 1 ? call->words[1] : "";
    if (what[0] == '#') {
        const struct waiting_entry *entry = waiting_find_id(&call->desk->waiting, what + 1);
        if (entry == NULL) {
            say_error(call->desk->speech, call->id, "cancel", "NOTHING_PENDING",
                      "nothing waits with the id '%.64s'", what + 1);
            return;
        }
        command.change = entry->number;
    } else if (strcmp(what, "all") == 0) {
        command.change = OD_CHANGE_ALL;
    } else if (call->n > 1 && !call_whole(what, 1, 1e15, &number)) {
        call_bad_argument(call, "the number of a change, #ID, all, or nothing");
        return;
    } else {
        command.change = (uint64_t)number;
    }
    call_ask(call, command);
}
