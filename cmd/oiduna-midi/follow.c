#include "follow.h"

#include <string.h>

#include "play/player.h"
#include "score/midi.h"
#include "world/cli.h"

#define TELL_EVERY   (20 * OD_NSEC_PER_MS)  /* at most: no tempo needs more */
#define TELL_AT_LAST (500 * OD_NSEC_PER_MS) /* at least: slow clocks */
#define SOURCE       "midi-clock"

static void
command(struct follow *follow, const char *text)
{
    char line[32];
    strncpy(line, text, sizeof line - 1);
    line[sizeof line - 1] = '\0';
    od_client_command(follow->client, line);
}

static void
say(const struct follow *follow, const char *text)
{
    if (!follow->quiet) {
        od_cli_message("%s", text);
    }
}

/* Nobody said where the master is: it is where the player is, to the nearest clock. */
static void
assume_place(struct follow *follow, od_nsec now)
{
    double step;
    if (follow->clock.placed || follow->clock.running ||
        !od_client_position(follow->client, now, &step)) {
        return;
    }
    od_midi_clock_assume(&follow->clock, step);
    if (!follow->said_unplaced) {
        follow->said_unplaced = true;
        say(follow,
            "the clock ran before we listened: in tempo and on its clocks, but only Start or "
            "Song Position of the master tells which bar it is in");
    }
}

/* A tempo that no session can have is said once, until a beat long it was one that can be. */
static void
judge_tempo(struct follow *follow)
{
    double bpm = od_midi_clock_bpm(&follow->clock);
    if (bpm == 0 || follow->clock.n_ticks < OD_MIDI_CLOCKS_BEAT) {
        return;
    }
    if (bpm >= OD_BPM_MIN * 0.999 && bpm <= OD_BPM_MAX * 1.001) {
        follow->sound_clocks++;
        follow->said_tempo = follow->said_tempo && follow->sound_clocks < OD_MIDI_CLOCKS_BEAT;
        return;
    }
    follow->sound_clocks = 0;
    if (!follow->said_tempo) {
        follow->said_tempo = true;
        od_cli_message("the clock runs at %.1f bpm: not followed, 1..999 can be", bpm);
    }
}

static void
start_player(struct follow *follow)
{
    if (!follow->to_start) {
        return;
    }
    /* One that plays already would only jump at the next bar. */
    if (follow->from_the_top && strcmp(follow->client->state, "playing") == 0) {
        command(follow, "stop");
    }
    command(follow, "start");
    follow->to_start = follow->from_the_top = false;
}

static void
tell(struct follow *follow, od_nsec now)
{
    struct od_sync_line line;
    bool due = follow->clock.index - follow->told >= OD_CLOCKS_PER_STEP ||
               now - follow->told_at >= TELL_AT_LAST || follow->to_start;
    if (!due || now - follow->told_at < TELL_EVERY || !od_midi_clock_line(&follow->clock, &line)) {
        return;
    }
    follow->told = follow->clock.index;
    follow->told_at = now;
    od_client_sync(follow->client, &line, SOURCE, NULL);
    start_player(follow);
}

static void
on_clock(struct follow *follow, od_nsec now)
{
    if (!follow->heard_clock) {
        follow->heard_clock = true;
        say(follow, "a MIDI clock is heard");
    }
    od_midi_clock_tick(&follow->clock, now);
    assume_place(follow, now);
    judge_tempo(follow);
    tell(follow, now);
}

static void
on_stop(struct follow *follow)
{
    od_midi_clock_stop(&follow->clock);
    follow->runs = follow->to_start = false;
    command(follow, "pause");
}

void
follow_take(struct follow *follow, const struct od_midi_word *word, od_nsec now)
{
    switch (word->bytes[0]) {
    case OD_MIDI_CLOCK:
        on_clock(follow, now);
        break;
    case OD_MIDI_START:
        od_midi_clock_start(&follow->clock);
        follow->runs = follow->to_start = follow->from_the_top = true;
        break;
    case OD_MIDI_CONTINUE:
        od_midi_clock_continue(&follow->clock);
        follow->runs = follow->to_start = true;
        break;
    case OD_MIDI_STOP:
        on_stop(follow);
        break;
    case OD_MIDI_SONG_POSITION:
        od_midi_clock_locate(&follow->clock,
                             (unsigned)word->bytes[1] | (unsigned)word->bytes[2] << 7);
        break;
    default:
        break;
    }
}

void
follow_present(struct follow *follow)
{
    follow->to_start = follow->runs;
}
