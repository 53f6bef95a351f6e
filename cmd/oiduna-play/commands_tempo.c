/* Tempo, swing, gate: what the player itself has; tap and nudge, for who plays with others by ear.
 */
#include <math.h>
#include <string.h>

#include "call.h"

#define TAPS_NEEDED   4
#define TAP_FORGOTTEN (2 * OD_NSEC_PER_SEC) /* who taps so late begins anew */
#define NUDGE_MOST    1000.0                /* ms */

/* Who leads says the tempo, or is asked for it. */
static void
ask_leader(struct call *call, const struct od_command *command)
{
    struct following *following = call->desk->following;
    double held = call->desk->session->environment.bpm;
    double bpm = od_relative(command->relation, held, command->number);
    if (!following->takes_tempo || call->over > 0) {
        say_error(call->desk->speech, call->id, "bpm", "SYNC_LEADS",
                  "%s leads and says the tempo; 'sync off' takes it back", following->source);
    } else if (bpm >= OD_BPM_MIN && bpm <= OD_BPM_MAX) {
        following_ask(following, bpm);
        call_done(call);
    } else {
        call_bad_argument(call, "a tempo from 1 to 999");
    }
}

static void
ask_tempo(struct call *call, struct od_command command)
{
    if (following_leads(call->desk->following)) {
        ask_leader(call, &command);
        return;
    }
    command.place = call->over;
    call_ask(call, command);
}

void
command_bpm(struct call *call)
{
    struct od_command command = {.kind = OD_COMMAND_BPM};
    int n = call_over(call);
    if (n < 0) {
        return;
    }
    if (n != 2 || !call_amount(call->words[1], OD_BPM_MIN, OD_BPM_MAX, &command)) {
        call_bad_argument(call, "a tempo from 1 to 999, or +N, -N, *=N, /=N, and maybe: over N "
                                "bars, beats or steps");
        return;
    }
    ask_tempo(call, command);
}

static void
change_number(struct call *call, enum od_command_kind kind, double max, const char *wanted)
{
    struct od_command command = {.kind = kind};
    if (!call_amount(call->words[1], 0, max, &command)) {
        call_bad_argument(call, wanted);
    } else if (call_has_program(call)) {
        call_ask(call, command);
    }
}

void
command_swing(struct call *call)
{
    change_number(call, OD_COMMAND_SWING, OD_SWING_MAX,
                  "a number from 0 to 1, or +X, -X, *=X, /=X");
}

void
command_gate(struct call *call)
{
    change_number(call, OD_COMMAND_GATE, OD_GATE_MAX,
                  "a number of steps, at least 0, or +N, -N, *=N, /=N");
}

/* ---- by ear ---- */

/* Notes when it came; how many there are in a row. */
static unsigned
add_tap(struct taps *taps, od_nsec now)
{
    if (taps->n > 0 && now - taps->at[taps->n - 1] > TAP_FORGOTTEN) {
        taps->n = 0;
    }
    if (taps->n == TAPS_MAX) {
        memmove(taps->at, taps->at + 1, (TAPS_MAX - 1) * sizeof *taps->at);
        taps->n--;
    }
    taps->at[taps->n++] = now;
    return taps->n;
}

void
command_tap(struct call *call)
{
    struct taps *taps = &call->desk->taps;
    unsigned n = add_tap(taps, call->desk->arrived);
    od_nsec span = taps->at[n - 1] - taps->at[0];
    double bpm = span > 0 ? 60.0 * (n - 1) * (double)OD_NSEC_PER_SEC / (double)span : 0;
    if (n < TAPS_NEEDED) {
        struct speech *speech = call->desk->speech;
        events_count(say_ok_begin(speech, call->id, "tap"), "taps", n);
        events_end(&speech->events, false);
        say_answer(speech, "tap %u of %d", n, TAPS_NEEDED);
    } else if (bpm >= OD_BPM_MIN && bpm <= OD_BPM_MAX) {
        ask_tempo(call, (struct od_command){.kind = OD_COMMAND_BPM, .number = bpm});
    } else {
        taps->n = 0;
        call_refuse(call, "BAD_ARGUMENT", "these taps make no tempo from 1 to 999");
    }
}

void
command_nudge(struct call *call)
{
    double milliseconds;
    const struct following *following = call->desk->following;
    if (!call_number(call->words[1], -NUDGE_MOST, NUDGE_MOST, &milliseconds)) {
        call_bad_argument(call, "milliseconds, at most 1000; + is later");
    } else if (following_leads(following)) {
        say_error(call->desk->speech, call->id, "nudge", "SYNC_LEADS",
                  "%s leads and says where we are; 'sync off' takes it back", following->source);
    } else {
        call_ask(call, (struct od_command){.kind = OD_COMMAND_NUDGE,
                                           .time = llrint(milliseconds * (double)OD_NSEC_PER_MS)});
    }
}
