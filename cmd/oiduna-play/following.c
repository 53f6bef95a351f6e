#include "following.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MICROSECOND 1000.0

void
following_line(struct following *following, const char *source, int64_t peers, bool takes_tempo,
               double bpm)
{
    snprintf(following->source, sizeof following->source, "%s", source);
    following->peers = peers;
    following->takes_tempo = takes_tempo;
    following->bpm = bpm;
}

static void
say_state(const struct following *following, struct speech *speech, enum od_sync_state before)
{
    if (following->state == OD_SYNC_HOLDING) {
        say_warning(speech, "SYNC_LOST", 0, "%s is not heard any more: going on at %.6g bpm",
                    following->source, following->bpm);
    } else if (following->state == OD_SYNC_LOCKED && before == OD_SYNC_HOLDING) {
        say_warning(speech, "SYNC_BACK", 0, "%s is heard again", following->source);
    } else if (following->state == OD_SYNC_LOCKED) {
        say_warning(speech, "SYNC_LOCKED", 0, "%s leads, at %.6g bpm", following->source,
                    following->bpm);
    }
}

bool
following_heard(struct following *following, struct engine *engine, struct speech *speech,
                const struct od_notice *notice, od_nsec now)
{
    enum od_sync_state before = following->state;
    bool jumped = notice->sync.jumps > following->jumps;
    following->state = notice->sync.state;
    following->lost = notice->sync.lost;
    following->jumps = notice->sync.jumps;
    if (notice->sync.measured) {
        following->error = notice->sync.error;
        following->measured = true;
        following->heard = now;
        if (notice->sync.in_step) {
            od_nsec size = following->error < 0 ? -following->error : following->error;
            od_histogram_add(&engine->exchange.phase, size);
        }
    } else if (before == OD_SYNC_OFF) {
        following->heard = now;
    }
    if (following->state != before) {
        say_state(following, speech, before);
    }
    if (jumped) {
        say_warning(speech, "SYNC_JUMP", following->jumps,
                    "jumped to where %s is: more than half a step was between us",
                    following->source);
    }
    return following->state != before || jumped;
}

void
following_ask(struct following *following, double bpm)
{
    following->wish = bpm;
}

bool
following_leads(const struct following *following)
{
    return following->state == OD_SYNC_LOCKED;
}

const char *
following_word(enum od_sync_state state)
{
    return state == OD_SYNC_LOCKED ? "locked" : state == OD_SYNC_HOLDING ? "holding" : "off";
}

static double
age(const struct following *following, od_nsec now)
{
    return (double)(now - following->heard) / (double)OD_NSEC_PER_SEC;
}

void
following_member(const struct following *following, struct od_buf *line, od_nsec now)
{
    bool off = following->state == OD_SYNC_OFF;
    od_buf_printf(line, ",\"sync\":{\"state\":\"%s\"", following_word(following->state));
    events_bool(line, "locked", following->state == OD_SYNC_LOCKED);
    events_text(line, "source", off ? NULL : following->source);
    if (off) {
        events_null(line, "bpm");
        events_null(line, "age_s");
    } else {
        events_number(line, "bpm", following->bpm);
        events_number(line, "age_s", age(following, now));
    }
    if (!off && following->measured) {
        events_number(line, "phase_error_us", (double)following->error / MICROSECOND);
    } else {
        events_null(line, "phase_error_us");
    }
    if (!off && following->peers >= 0) {
        events_count(line, "peers", (uint64_t)following->peers);
    } else {
        events_null(line, "peers");
    }
    events_count(line, "jumps", following->jumps);
    events_count(line, "lost", following->lost);
    od_buf_printf(line, "}");
}

void
following_tell(const struct following *following, struct speech *speech, od_nsec now)
{
    if (following->state == OD_SYNC_OFF) {
        return;
    }
    say_people(speech, "sync: %s %s, %.6g bpm, %+.3f ms off, heard %.1f s ago",
               following_word(following->state), following->source, following->bpm,
               (double)following->error / (double)OD_NSEC_PER_MS, age(following, now));
}
