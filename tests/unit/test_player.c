/* The player's core in virtual time: what is sent, when, and that nothing is lost or sent twice. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "score/midi.h"
#include "switches.h"

#define NOTE_ON  0x90u
#define NOTE_OFF 0x80u
#define STEP     MS(125) /* at 120 BPM */
#define FIRST    MS(200) /* when step 0 sounds: a look-ahead after the start */

/* A session text: `head` (more top-level members, each with a comma after), tracks, events. */
static OD_PRINTF(1, 2) char *session(const char *format, ...)
{
    static char texts[4][262144];
    static int next;
    char *text = texts[next++ % 4];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof texts[0], format, args);
    va_end(args);
    return text;
}

/* Events at every multiple of `every` steps. */
static char *
events(int every, const char *more)
{
    static char texts[4][65536];
    static int next;
    char *text = texts[next++ % 4];
    size_t at = 0;
    for (int step = 0; step < 256; step += every) {
        at += (size_t)snprintf(text + at, sizeof texts[0] - at, "%s{\"step\":%d%s}",
                               step == 0 ? "[" : ",", step, more);
    }
    snprintf(text + at, sizeof texts[0] - at, "]");
    return text;
}

/* One MIDI track "m" and one SuperDirt track "d", an event of each at every step. */
static char *
both(const char *environment, const char *sound, int note)
{
    char more[64];
    snprintf(more, sizeof more, ",\"note\":%d,\"gate\":0.5", note);
    return session("{\"environment\":{%s},\"tracks\":{\"d\":{\"params\":{\"s\":\"%s\"}}},"
                   "\"tracks_midi\":{\"m\":{\"channel\":0}},\"sequences\":{\"d\":{\"events\":%s},"
                   "\"m\":{\"events\":%s}}}",
                   environment, sound, events(1, ""), events(1, more));
}

static char *
midi_only(const char *track, const char *sequence)
{
    return session("{\"tracks_midi\":{\"m\":{\"channel\":0%s}},\"sequences\":{\"m\":{\"events\":%s}"
                   "}}",
                   track, sequence);
}

static struct rig *
rig_of(od_nsec latency)
{
    struct od_player_settings settings = rig_settings();
    settings.latency = latency;
    return rig_new(&settings);
}

static struct rig *
rig_with_clock(void)
{
    struct od_player_settings settings = rig_settings();
    settings.clock_ports = OD_ALL_PORTS;
    return rig_new(&settings);
}

static void
a_step_is_sent_a_look_ahead_early_and_sounds_in_time(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "bd", 60));
    rig_to(rig, FIRST + 255 * STEP + MS(100));
    assert_int_equal(rig_count_osc(rig, "bd"), 258); /* the next two are on their way already */
    assert_int_equal(rig_count_midi(rig, NOTE_ON), 256);
    for (size_t k = 0; k < 256; k++) {
        const struct heard *osc = rig_osc(rig, "bd", k);
        const struct heard *midi = rig_midi(rig, NOTE_ON, k);
        assert_int_equal(osc->sounds, FIRST + (od_nsec)k * STEP);
        assert_int_equal(osc->sent, osc->sounds - MS(200));
        assert_int_equal(midi->sounds, osc->sounds);
        assert_int_equal(midi->sent, midi->sounds);
        assert_int_equal(osc->step, k);
    }
    rig_free(rig);
}

static void
without_a_program_nothing_starts(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_command(rig, OD_COMMAND_START);
    assert_int_equal(rig->player.state, OD_STOPPED);
    assert_true(od_player_next(&rig->player) == OD_NSEC_NEVER);
    rig_command(rig, OD_COMMAND_STOP);
    rig_command(rig, OD_COMMAND_PAUSE);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_STATE), 0);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_DONE), 3);
    rig_free(rig);
}

static void
stop_ends_all_notes_and_starts_over_at_step_0(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig,
              midi_only("", "[{\"step\":0,\"note\":60,\"gate\":100},{\"step\":9,\"note\":61}]"));
    rig_to(rig, FIRST + 5 * STEP);
    assert_int_equal(rig->player.ledger.count, 1);
    rig_command(rig, OD_COMMAND_STOP);
    assert_int_equal(rig->player.ledger.count, 0);
    assert_int_equal(rig_midi(rig, NOTE_OFF, 0)->bytes[1], 60);
    assert_int_equal(rig->player.state, OD_STOPPED);
    assert_true(od_player_next(&rig->player) == OD_NSEC_NEVER);
    rig_forget(rig);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + MS(210));
    assert_int_equal(rig_count_midi(rig, NOTE_ON), 1);
    assert_int_equal(rig_midi(rig, NOTE_ON, 0)->step, 0);
    rig_free(rig);
}

static void
stop_drops_what_was_planned(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(1000));
    rig_start(rig, both("", "bd", 60));
    rig_to(rig, MS(500)); /* four steps are planned, none sounds yet */
    assert_int_equal(rig_count_osc(rig, "bd"), 5);
    rig_command(rig, OD_COMMAND_STOP);
    rig_to(rig, MS(5000));
    assert_int_equal(rig_count_midi(rig, NOTE_ON), 0);
    assert_int_equal(rig_count_osc(rig, "bd"), 5);
    rig_free(rig);
}

static void
pause_keeps_the_place_and_nothing_is_lost_or_repeated(void **state)
{
    (void)state;
    for (int ms = 0; ms < 400; ms += 13) {
        struct rig *rig = rig_of(MS(200));
        rig_start(rig, both("", "bd", 60));
        rig_to(rig, MS(1000 + ms));
        rig_command(rig, OD_COMMAND_PAUSE);
        rig_to(rig, rig->now + MS(ms * 5)); /* resumed at once, or much later */
        rig_command(rig, OD_COMMAND_START);
        rig_to(rig, rig->now + MS(5000));
        size_t n = rig_count_midi(rig, NOTE_ON);
        assert_true(n > 30);
        od_nsec before = INT64_MIN;
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(rig_midi(rig, NOTE_ON, k)->step, k);
            assert_int_equal(rig_osc(rig, "bd", k)->step, k);
            assert_int_equal(rig_osc(rig, "bd", k)->sounds, rig_midi(rig, NOTE_ON, k)->sounds);
            assert_true(rig_midi(rig, NOTE_ON, k)->sounds >= before + STEP - 1);
            before = rig_midi(rig, NOTE_ON, k)->sounds;
        }
        rig_free(rig);
    }
}

static void
pause_releases_long_notes_where_it_begins(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", "[{\"step\":0,\"note\":60,\"gate\":200}]"));
    rig_to(rig, MS(1000));
    rig_command(rig, OD_COMMAND_PAUSE);
    rig_to(rig, MS(3000));
    assert_int_equal(rig_count_midi(rig, NOTE_OFF), 1);
    assert_true(rig_midi(rig, NOTE_OFF, 0)->sounds <= MS(1000) + MS(200) + STEP);
    assert_true(od_player_next(&rig->player) == OD_NSEC_NEVER);
    rig_free(rig);
}

static void
pause_at(struct rig *rig, int64_t step)
{
    struct od_command command = {.kind = OD_COMMAND_PAUSE, .moves = true, .place = step};
    od_player_command(&rig->player, &command, rig->now);
}

/* Starts and plays two steps: the first of them is `step`, and no sooner than it can be sent. */
static void
goes_on_from(struct rig *rig, int64_t step)
{
    od_nsec begin = rig->now;
    rig_forget(rig);
    assert_int_equal(rig->player.state, OD_PAUSED);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, begin + MS(1000));
    assert_int_equal(rig_midi(rig, NOTE_ON, 0)->step, step);
    assert_int_equal(rig_midi(rig, NOTE_ON, 1)->step, step + 1);
    assert_true(rig_midi(rig, NOTE_ON, 0)->sounds >= begin + MS(200));
}

static void
a_pause_can_name_its_place_whatever_plays(void **state)
{
    (void)state;
    const int64_t places[] = {0, 1, 40, 255, 256 * 1000000 + 77};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct rig *rig = rig_of(MS(200));
        pause_at(rig, 7); /* with nothing loaded */
        rig_start(rig, both("", "bd", 60));
        rig_to(rig, MS(1000));
        pause_at(rig, places[i]); /* while it plays: what was planned sounds first */
        rig_to(rig, rig->now + MS(1000));
        goes_on_from(rig, places[i]);
        rig_command(rig, OD_COMMAND_STOP);
        pause_at(rig, places[i]);
        goes_on_from(rig, places[i]);
        rig_command(rig, OD_COMMAND_PAUSE);
        rig_to(rig, rig->now + MS(1000));
        pause_at(rig, places[i]);
        pause_at(rig, places[i] + 5); /* while it pauses */
        assert_true(od_player_next(&rig->player) == OD_NSEC_NEVER);
        goes_on_from(rig, places[i] + 5);
        rig_free(rig);
    }
}

static void
a_place_beyond_the_end_is_the_end(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    struct od_command end = {.kind = OD_COMMAND_END, .place = OD_STEPS};
    rig_start(rig, both("", "bd", 60));
    od_player_command(&rig->player, &end, rig->now);
    pause_at(rig, OD_STEPS + 3);
    rig_to(rig, MS(3000));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FINISHED), 0);
    rig_forget(rig);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, MS(6000));
    assert_int_equal(rig_count_midi(rig, NOTE_ON), 0);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FINISHED), 1);
    rig_free(rig);
}

static void
a_tempo_change_loses_no_step_and_plays_none_twice(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "bd", 60));
    uint32_t random = 7;
    for (int i = 0; i < 400; i++) {
        rig_to(rig, rig->now + MS(10 + rig_random(&random) % 300));
        rig_bpm(rig, 30 + rig_random(&random) % 270 + 0.375);
    }
    size_t n = rig_count_midi(rig, NOTE_ON);
    assert_true(n > 300);
    od_nsec before = INT64_MIN;
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(rig_midi(rig, NOTE_ON, k)->step, k);
        assert_int_equal(rig_osc(rig, "bd", k)->step, k);
        assert_true(rig_midi(rig, NOTE_ON, k)->sounds > before + MS(49));
        before = rig_midi(rig, NOTE_ON, k)->sounds;
    }
    assert_int_equal(rig->player.counts.dropped_steps, 0);
    rig_free(rig);
}

static void
what_was_planned_before_a_tempo_change_keeps_its_tempo(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    /* step 255's offset makes every step be planned 2 s early */
    rig_start(rig, session("{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},\"sequences\":{\"d\":"
                           "{\"events\":[{\"step\":0},{\"step\":12},{\"step\":255,\"offset_ms\":"
                           "-2000}]}}}"));
    rig_to(rig, MS(500)); /* step 0 is at 2200, step 12 (3700) is planned at 1500 */
    rig_to(rig, MS(1150));
    rig_bpm(rig, 60);
    rig_to(rig, MS(4000));
    assert_near(rig_number(rig_osc(rig, "bd", 0), "cps"), 0.5, 1e-6);
    assert_near(rig_number(rig_osc(rig, "bd", 0), "sustain"), 0.125, 1e-6);
    assert_near(rig_number(rig_osc(rig, "bd", 1), "cps"), 0.25, 1e-6);
    rig_free(rig);
}

/* Step by step, exactly one of the two sounds is heard, the second from the boundary on. */
static void
check_boundary(const struct rig *rig, int64_t boundary, size_t total)
{
    int64_t osc = 0;
    int64_t midi = 0;
    for (size_t i = 0; i < rig->n_heard; i++) {
        const struct heard *heard = &rig->heard[i];
        if (heard->midi && heard->bytes[0] == NOTE_ON) {
            assert_int_equal(heard->step, midi);
            assert_int_equal(heard->bytes[1], midi < boundary ? 60 : 62);
            midi++;
        } else if (!heard->midi) {
            assert_int_equal(heard->step, osc);
            assert_non_null(strstr(heard->text, osc < boundary ? "\"old\"" : "\"new\""));
            osc++;
        }
    }
    assert_true(osc >= (int64_t)total);
    assert_true(midi >= (int64_t)total - 8);
}

static void
a_program_takes_over_at_its_boundary_without_gap_or_double(void **state)
{
    (void)state;
    static const struct {
        enum od_when when;
        int64_t step, unit, phase;
    } cases[] = {
        {OD_WHEN_NOW, 0, 1, 0},   {OD_WHEN_BEAT, 0, 4, 0},   {OD_WHEN_BAR, 0, 16, 0},
        {OD_WHEN_SEQ, 0, 256, 0}, {OD_WHEN_STEP, 7, 256, 7}, {OD_WHEN_AT, 301, 0, 301},
        {OD_WHEN_AT, 3, 0, -1}, /* in the past: at once */
    };
    static const od_nsec latencies[] = {0, MS(50), MS(200), MS(1000)};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < 4; j++) {
            for (int ms = 0; ms < 3; ms++) {
                struct rig *rig = rig_of(latencies[j]);
                rig_start(rig, both("", "old", 60));
                rig_to(rig, MS(3000 + 61 * ms));
                int64_t next = rig->player.next_step;
                struct od_take *take = rig_take(rig, both("\"bpm\":150", "new", 62));
                rig_program(rig, take, cases[i].when, cases[i].step);
                int64_t at = next;
                if (cases[i].unit == 0) {
                    at = cases[i].phase < next ? next : cases[i].phase;
                }
                while (cases[i].unit != 0 && at % cases[i].unit != cases[i].phase) {
                    at++;
                }
                rig_to(rig, MS(60000));
                assert_int_equal(rig_notice(rig, OD_NOTICE_APPLIED)->step, at);
                check_boundary(rig, at, (size_t)at + 20);
                assert_int_equal(rig->player.counts.dropped_steps, 0);
                assert_int_equal(rig->player.counts.late_events, 0);
                rig_free(rig);
            }
        }
    }
}

static void
a_program_may_begin_before_its_boundary(void **state)
{
    (void)state;
    static const od_nsec latencies[] = {0, MS(200)};
    for (size_t i = 0; i < 2; i++) {
        struct rig *rig = rig_of(latencies[i]);
        rig_start(rig, both("", "old", 60));
        rig_to(rig, MS(100));
        rig_program(rig,
                    rig_take(rig, "{\"tracks\":{\"d\":{\"params\":{\"s\":\"new\"}}},\"sequences\":"
                                  "{\"d\":{\"events\":[{\"step\":16,\"offset_ms\":-900}]}}}"),
                    OD_WHEN_BAR, 0);
        rig_to(rig, MS(4000));
        assert_int_equal(rig->player.counts.late_events, 0);
        assert_int_equal(rig_osc(rig, "new", 0)->sounds, latencies[i] + 16 * STEP - MS(900));
        assert_int_equal(rig_count_osc(rig, "old"), 16);
        rig_free(rig);
    }
}

static void
notes_of_the_old_program_end_where_the_new_one_begins(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", "[{\"step\":0,\"note\":60,\"gate\":250}]"));
    rig_to(rig, MS(1000));
    rig_program(rig, rig_take(rig, midi_only("", "[{\"step\":16,\"note\":64,\"gate\":2}]")),
                OD_WHEN_BAR, 0);
    rig_to(rig, MS(4000));
    assert_int_equal(rig_midi(rig, NOTE_OFF, 0)->bytes[1], 60);
    assert_int_equal(rig_midi(rig, NOTE_OFF, 0)->sounds, FIRST + 16 * STEP);
    assert_int_equal(rig_midi(rig, NOTE_ON, 1)->bytes[1], 64);
    assert_int_equal(rig_midi(rig, NOTE_OFF, 1)->sounds, FIRST + 18 * STEP);
    rig_free(rig);
}

static void
the_same_note_across_a_boundary_is_released_first(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", "[{\"step\":15,\"note\":60,\"gate\":250}]"));
    rig_to(rig, MS(1000));
    rig_program(rig, rig_take(rig, midi_only("", "[{\"step\":16,\"note\":60,\"gate\":1}]")),
                OD_WHEN_BAR, 0);
    rig_to(rig, MS(4000));
    assert_int_equal(rig->n_heard, 4);
    static const unsigned char order[] = {NOTE_ON, NOTE_OFF, NOTE_ON, NOTE_OFF};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(rig->heard[i].bytes[0], order[i]);
    }
    assert_int_equal(rig->heard[1].sounds, FIRST + 16 * STEP);
    rig_free(rig);
}

static void
a_muted_track_ends_its_notes_and_only_its(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    struct od_take *base = rig_start(
        rig, "{\"tracks_midi\":{\"a\":{\"channel\":0},\"b\":{\"channel\":1}},\"sequences\":{"
             "\"a\":{\"events\":[{\"step\":0,\"note\":60,\"gate\":100}]},"
             "\"b\":{\"events\":[{\"step\":0,\"note\":61,\"gate\":100}]}}}");
    rig_to(rig, MS(1000));
    struct od_take *muted = NULL;
    assert_int_equal(switch_one(base, OD_SWITCH_MUTE, "a", true, &muted), OD_OK);
    rig_program(rig, rig_keep(rig, muted), OD_WHEN_NOW, 0);
    rig_to(rig, MS(2000));
    assert_int_equal(rig_count_midi(rig, NOTE_OFF), 1);
    assert_int_equal(rig_count_midi(rig, NOTE_OFF | 1), 0);
    assert_int_equal(rig->player.ledger.count, 1);
    rig_free(rig);
}

static void
solo_silences_the_others_of_its_kind_only(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    struct od_take *base = rig_take(
        rig,
        "{\"tracks\":{\"x\":{\"params\":{\"s\":\"x\"}},\"y\":{\"params\":{\"s\":\"y\"}}},"
        "\"tracks_midi\":{\"m\":{\"channel\":3}},\"sequences\":{\"x\":{\"events\":[{\"step\":"
        "0}]},\"y\":{\"events\":[{\"step\":0}]},\"m\":{\"events\":[{\"step\":0,\"note\":1}]}}}");
    struct od_take *solo = NULL;
    assert_int_equal(switch_one(base, OD_SWITCH_SOLO, "y", true, &solo), OD_OK);
    rig_keep(rig, solo);
    od_take_program(solo)->edit = false; /* nothing plays that it could be an edit of */
    rig_program(rig, solo, OD_WHEN_NOW, 0);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, MS(1000));
    assert_int_equal(rig_count_osc(rig, "x"), 0);
    assert_int_equal(rig_count_osc(rig, "y"), 1);
    assert_int_equal(rig_count_midi(rig, NOTE_ON | 3), 1);
    rig_free(rig);
}

static void
a_pending_program_is_replaced_and_handed_back(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "old", 60));
    rig_to(rig, MS(1000));
    struct od_take *never = rig_take(rig, both("", "never", 61));
    od_take_program(never)->change = 7;
    rig_program(rig, never, OD_WHEN_SEQ, 0);
    assert_int_equal(rig_notice(rig, OD_NOTICE_PENDING)->step, 256);
    rig_program(rig, rig_take(rig, both("", "new", 62)), OD_WHEN_BAR, 0);
    assert_int_equal(rig_notice(rig, OD_NOTICE_DROPPED)->change, 7);
    assert_ptr_equal(od_take_of(rig_notice(rig, OD_NOTICE_RETIRED)->program), never);
    rig_to(rig, MS(40000));
    assert_int_equal(rig_count_osc(rig, "never"), 0);
    check_boundary(rig, 16, 200);
    rig_free(rig);
}

static void
a_pending_program_can_be_cancelled_by_number(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "old", 60));
    rig_to(rig, MS(1000));
    struct od_take *never = rig_take(rig, both("", "never", 61));
    od_take_program(never)->change = 7;
    rig_program(rig, never, OD_WHEN_SEQ, 0);
    struct od_command command = {.kind = OD_COMMAND_CANCEL, .change = 6};
    od_player_command(&rig->player, &command, rig->now);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_NOTHING), 1);
    command.change = 7;
    od_player_command(&rig->player, &command, rig->now);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_DROPPED), 1);
    command.change = 0;
    od_player_command(&rig->player, &command, rig->now);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_NOTHING), 2);
    rig_to(rig, MS(40000));
    assert_int_equal(rig_count_osc(rig, "never"), 0);
    rig_free(rig);
}

static void
a_stop_takes_over_what_is_pending(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "old", 60));
    rig_to(rig, MS(1000));
    rig_program(rig, rig_take(rig, both("", "new", 62)), OD_WHEN_SEQ, 0);
    rig_command(rig, OD_COMMAND_STOP);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_APPLIED), 2);
    rig_forget(rig);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + MS(1000));
    assert_int_equal(rig_count_osc(rig, "old"), 0);
    assert_true(rig_count_osc(rig, "new") > 5);
    rig_free(rig);
}

static void
draining_with_things_waiting_hands_everything_back(void **state)
{
    (void)state;
    for (int ms = 0; ms < 2000; ms += 37) {
        struct rig *rig = rig_of(MS(1000));
        rig_start(rig, both("", "old", 60));
        rig_to(rig, MS(ms));
        rig_program(rig, rig_take(rig, both("", "a", 61)), OD_WHEN_NOW, 0);
        rig_to(rig, rig->now + MS(ms % 300));
        rig_program(rig, rig_take(rig, both("", "b", 62)), OD_WHEN_BEAT, 0);
        rig_program(rig, rig_take(rig, both("", "c", 63)), OD_WHEN_NOW, 0);
        rig_program(rig, rig_take(rig, both("", "d", 64)), OD_WHEN_SEQ, 0);
        rig_free(rig); /* checks */
    }
}

static void
takeovers_at_every_step_hand_back_each_program_once(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(700));
    rig_start(rig, both("", "bd", 60));
    for (int i = 0; i < 60; i++) {
        rig_to(rig, rig->now + MS(40 + 17 * (i % 5)));
        rig_program(rig, rig_take(rig, both("", "bd", 60)), i % 3 == 0 ? OD_WHEN_BEAT : OD_WHEN_NOW,
                    0);
    }
    rig_to(rig, rig->now + MS(3000));
    for (size_t k = 0; k < rig_count_midi(rig, NOTE_ON); k++) {
        assert_int_equal(rig_midi(rig, NOTE_ON, k)->step, k);
    }
    for (size_t k = 0; k < rig_count_osc(rig, "bd"); k++) {
        assert_int_equal(rig_osc(rig, "bd", k)->step, k);
    }
    assert_null(rig->player.retiring);
    rig_free(rig);
}

static void
a_note_struck_again_is_released_first(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", "[{\"step\":0,\"note\":60,\"gate\":8},{\"step\":4,\"note\":60,"
                                 "\"gate\":8}]"));
    rig_to(rig, MS(4000));
    assert_int_equal(rig->n_heard, 4);
    assert_int_equal(rig->heard[1].bytes[0], NOTE_OFF);
    assert_int_equal(rig->heard[1].sounds, FIRST + 4 * STEP);
    assert_int_equal(rig->heard[2].bytes[0], NOTE_ON);
    assert_int_equal(rig->heard[3].bytes[0], NOTE_OFF);
    assert_int_equal(rig->heard[3].sounds, FIRST + 12 * STEP); /* the old end is forgotten */
    rig_free(rig);
}

static void
a_note_that_ends_where_the_same_begins_is_released_before(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", events(1, ",\"note\":60,\"gate\":1")));
    rig_to(rig, MS(10000));
    for (size_t i = 0; i + 1 < rig->n_heard; i++) {
        assert_int_equal(rig->heard[i].bytes[0], i % 2 == 0 ? NOTE_ON : NOTE_OFF);
    }
    rig_free(rig);
}

static void
a_gate_of_0_and_a_null_gate(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", "[{\"step\":0,\"note\":60,\"gate\":0},{\"step\":4,\"note\":61,"
                                 "\"gate\":null}]"));
    rig_to(rig, MS(4000));
    assert_int_equal(rig->n_heard, 4);
    assert_int_equal(rig->heard[1].bytes[0], NOTE_OFF);
    assert_int_equal(rig->heard[1].sounds, FIRST);
    assert_int_equal(rig->heard[3].sounds, FIRST + 5 * STEP); /* null: one step */
    rig_free(rig);
}

static void
an_event_before_step_0_sounds_before_it(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, session("{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},\"tracks_midi\":{\"m\":"
                           "{\"channel\":0}},\"sequences\":{\"d\":{\"events\":[{\"step\":0,"
                           "\"offset_ms\":-300},{\"step\":1}]},\"m\":{\"events\":[{\"step\":0,"
                           "\"note\":60,\"offset_ms\":-299}]}}}"));
    rig_to(rig, MS(3000));
    od_nsec grid = rig_osc(rig, "bd", 1)->sounds - STEP;
    assert_int_equal(rig_osc(rig, "bd", 0)->sounds, grid - MS(300));
    assert_int_equal(rig_osc(rig, "bd", 0)->sent, grid - MS(500));
    assert_int_equal(rig_midi(rig, NOTE_ON, 0)->sounds, grid - MS(299));
    assert_int_equal(rig->player.counts.late_events, 0);
    rig_free(rig);
}

static void
offsets_longer_than_a_step_change_the_order_of_sounding(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", "[{\"step\":0,\"note\":60,\"offset_ms\":1000,\"gate\":0.1},"
                                 "{\"step\":1,\"note\":61,\"gate\":0.1},{\"step\":4,\"note\":62,"
                                 "\"offset_ms\":-450.5,\"gate\":0.1}]"));
    rig_to(rig, MS(4000));
    assert_int_equal(rig_count_midi(rig, NOTE_ON), 3);
    static const unsigned char order[] = {62, 61, 60};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rig_midi(rig, NOTE_ON, i)->bytes[1], order[i]);
    }
    od_nsec grid = rig_midi(rig, NOTE_ON, 1)->sounds - STEP;
    assert_int_equal(rig_midi(rig, NOTE_ON, 0)->sounds, grid + 4 * STEP - MS(450.5));
    assert_int_equal(rig_midi(rig, NOTE_ON, 2)->sounds, grid + MS(1000));
    rig_free(rig);
}

static void
outputs_can_be_shifted_against_each_other(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    rig_osc_offset(&settings, MS(-150));
    rig_midi_offset(&settings, MS(40));
    struct rig *rig = rig_new(&settings);
    rig_start(rig, both("", "bd", 60));
    rig_to(rig, MS(3000));
    assert_int_equal(rig_osc(rig, "bd", 3)->sounds, FIRST + 3 * STEP - MS(150));
    assert_int_equal(rig_osc(rig, "bd", 3)->sent, FIRST + 3 * STEP - MS(200));
    assert_int_equal(rig_midi(rig, NOTE_ON, 3)->sounds, FIRST + 3 * STEP + MS(40));
    rig_free(rig);
    rig_osc_offset(&settings, MS(70));
    rig = rig_new(&settings);
    rig_start(rig, both("", "bd", 60));
    rig_to(rig, MS(3000));
    assert_int_equal(rig_osc(rig, "bd", 3)->sounds, FIRST + 3 * STEP + MS(70));
    assert_int_equal(rig_osc(rig, "bd", 3)->sent, FIRST + 3 * STEP + MS(70) - MS(200));
    rig_free(rig);
}

/* Two rooms: SuperDirt and a MIDI port, and of each another that is nearer or farther. */
static void
each_output_has_an_offset_of_its_own(void **state)
{
    static const struct od_route routes[] = {
        {.id = "superdirt", .address = "/dirt/play"},
        {.id = "hall", .output = 1, .address = "/hall"},
        {.id = "synth", .midi = true, .output = 1},
    };
    static const char rooms[] =
        "{\"tracks\":{\"k\":{\"params\":{\"s\":\"bd\"}},"
        "\"h\":{\"params\":{\"s\":\"hh\"},\"destination\":\"hall\"}},"
        "\"tracks_midi\":{\"m\":{\"channel\":0},\"n\":{\"channel\":0,\"destination\":\"synth\"}},"
        "\"sequences\":{\"k\":{\"events\":[{\"step\":4}]},\"h\":{\"events\":[{\"step\":4}]},"
        "\"m\":{\"events\":[{\"step\":4,\"note\":60,\"gate\":100}]},"
        "\"n\":{\"events\":[{\"step\":4,\"note\":61,\"gate\":100}]}}}";
    (void)state;
    struct od_player_settings settings = rig_settings();
    settings.n_ports = 2;
    settings.osc_offset[1] = MS(50);
    settings.midi_offset[1] = MS(-30);
    settings.clock_ports = 2;
    struct rig *rig = rig_new(&settings);
    rig->setup.routes = routes;
    rig->setup.n_routes = sizeof routes / sizeof routes[0];
    rig_start(rig, rooms);
    rig_to(rig, FIRST + 5 * STEP);
    rig_program(rig, rig_take(rig, session("{}")), OD_WHEN_BAR, 0);
    rig_to(rig, MS(4000));
    assert_int_equal(rig_osc(rig, "bd", 0)->sounds, FIRST + 4 * STEP);
    assert_int_equal(rig_osc(rig, "hh", 0)->sounds, FIRST + 4 * STEP + MS(50));
    assert_int_equal(rig_osc(rig, "hh", 0)->output, 1);
    assert_int_equal(rig_osc(rig, "hh", 0)->sent, FIRST + 4 * STEP + MS(50) - MS(200));
    assert_int_equal(rig_midi(rig, NOTE_ON, 0)->sounds, FIRST + 4 * STEP + MS(-30));
    assert_int_equal(rig_midi(rig, NOTE_ON, 1)->sounds, FIRST + 4 * STEP);
    assert_int_equal(rig_count_midi(rig, NOTE_OFF), 2);
    assert_int_equal(rig_midi(rig, NOTE_OFF, 0)->sounds, FIRST + 16 * STEP + MS(-30));
    assert_int_equal(rig_midi(rig, NOTE_OFF, 1)->sounds, FIRST + 16 * STEP);
    assert_int_equal(rig_midi(rig, OD_MIDI_CLOCK, 6)->sounds, FIRST + STEP + MS(-30));
    for (size_t i = 0; i < rig_count_midi(rig, OD_MIDI_CLOCK); i++) {
        assert_int_equal(rig_midi(rig, OD_MIDI_CLOCK, i)->output, 1);
    }
    assert_int_equal(rig_count_midi(rig, OD_MIDI_START), 1);
    rig_free(rig);
}

/* A stop is planned a look-ahead before it is heard, and what is to play next may come in between.
 */
static void
notes_before_a_stop_sound_until_it(void **state)
{
    static const enum od_command_kind kinds[] = {OD_COMMAND_STOP, OD_COMMAND_PAUSE};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rig *rig = rig_of(MS(200));
        rig_start(rig, midi_only("", "[{\"step\":4,\"note\":60,\"gate\":100}]"));
        const struct od_command end = {
            .kind = kinds[i], .when = OD_WHEN_AT, .step = 16, .owner = OD_OWNER_TIMED, .change = 7};
        od_player_command(&rig->player, &end, rig->now);
        rig_to(rig, FIRST + 16 * STEP - MS(100));
        rig_program(rig, rig_take(rig, session("{}")), OD_WHEN_NOW, 0);
        assert_int_equal(rig_count_midi(rig, NOTE_OFF), 0);
        rig_to(rig, MS(4000));
        assert_int_equal(rig_count_midi(rig, NOTE_OFF), 1);
        assert_int_equal(rig_midi(rig, NOTE_OFF, 0)->sounds, FIRST + 16 * STEP);
        rig_free(rig);
    }
}

/* … on a port that is late, until it is there. */
static void
notes_of_a_late_port_sound_until_a_stop_is_there(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    rig_midi_offset(&settings, MS(80));
    struct rig *rig = rig_new(&settings);
    rig_start(rig, midi_only("", "[{\"step\":4,\"note\":60,\"gate\":100}]"));
    const struct od_command end = {.kind = OD_COMMAND_STOP,
                                   .when = OD_WHEN_AT,
                                   .step = 16,
                                   .owner = OD_OWNER_TIMED,
                                   .change = 7};
    od_player_command(&rig->player, &end, rig->now);
    rig_to(rig, FIRST + 16 * STEP + MS(40));
    rig_program(rig, rig_take(rig, session("{}")), OD_WHEN_NOW, 0);
    rig_to(rig, MS(4000));
    assert_int_equal(rig_count_midi(rig, NOTE_OFF), 1);
    assert_int_equal(rig_midi(rig, NOTE_OFF, 0)->sounds, FIRST + 16 * STEP + MS(80));
    rig_free(rig);
}

/* The first step is 60 ms, those after it a second: what begins long before the second is early. */
static void
the_first_step_waits_for_what_comes_before_a_slow_second(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, "{\"environment\":{\"bpm\":250,\"tempo_map\":[[1,15]]},"
                   "\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},"
                   "\"sequences\":{\"d\":{\"events\":[{\"step\":1,\"offset\":-0.9}]}}}");
    rig_to(rig, MS(3000));
    assert_int_equal(rig_count_osc(rig, "bd"), 1);
    assert_true(rig_osc(rig, "bd", 0)->sounds >= MS(200));
    rig_free(rig);
}

static void
swing_delays_odd_steps(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("\"swing\":0.5", "bd", 60));
    rig_to(rig, MS(3000));
    for (size_t k = 0; k < 16; k++) {
        od_nsec late = k % 2 == 0 ? 0 : llrint(0.5 * 125e6 / 3);
        assert_int_equal(rig_midi(rig, NOTE_ON, k)->sounds, FIRST + (od_nsec)k * STEP + late);
        assert_int_equal(rig_osc(rig, "bd", k)->sounds, FIRST + (od_nsec)k * STEP + late);
    }
    rig_free(rig);
}

/* ---- being late ---- */

static void
waking_late_within_the_look_ahead_costs_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "bd", 60));
    rig_late(rig, MS(190));
    rig_to(rig, MS(3000));
    assert_int_equal(rig_osc(rig, "bd", 0)->sounds, FIRST);
    assert_int_equal(rig->player.counts.dropped_steps, 0);
    assert_int_equal(rig->player.counts.late_events, 0);
    rig_free(rig);
}

static void
three_seconds_late_skips_steps_in_phase_without_a_burst(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "bd", 60));
    rig_to(rig, MS(2000));
    size_t heard = rig->n_heard;
    rig_late(rig, MS(5000));
    for (size_t i = heard; i < rig->n_heard; i++) {
        bool off = rig->heard[i].midi && rig->heard[i].bytes[0] == NOTE_OFF;
        assert_true(off || rig->heard[i].sounds >= MS(4950));
    }
    uint64_t dropped = rig->player.counts.dropped_steps;
    assert_in_range(dropped, 21, 25);
    assert_int_equal(rig_notice(rig, OD_NOTICE_SKIPPED)->count, dropped);
    rig_to(rig, MS(8000));
    for (size_t i = 0; i < rig->n_heard; i++) {
        const struct heard *one = &rig->heard[i];
        if (!one->midi || one->bytes[0] == NOTE_ON) {
            assert_int_equal(one->sounds, FIRST + one->step * STEP);
        }
    }
    assert_int_equal(rig_count_midi(rig, NOTE_ON),
                     rig_count_midi(rig, NOTE_OFF) + rig->player.ledger.count);
    rig_free(rig);
}

static void
note_offs_are_never_skipped(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", events(4, ",\"note\":60,\"gate\":3.9")));
    rig_to(rig, MS(250));
    assert_int_equal(rig->player.ledger.count, 1);
    rig_late(rig, MS(60 * 1000));
    assert_int_equal(rig->player.counts.pending_note_offs, rig->player.ledger.count);
    assert_int_equal(rig_count_midi(rig, NOTE_OFF) + rig->player.ledger.count,
                     rig_count_midi(rig, NOTE_ON));
    rig_free(rig);
}

static void
sleeping_for_a_day_skips_to_the_right_step(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("\"bpm\":131.7", "bd", 60));
    rig_to(rig, MS(1000));
    rig_forget(rig);
    rig_late(rig, MS(1000) + 86400 * OD_NSEC_PER_SEC);
    const struct heard *first = rig_osc(rig, "bd", 0);
    double exact = 0.2 + (double)first->step * 15 / 131.7;
    assert_near((double)first->sounds / 1e9, exact, 1e-6);
    assert_true(first->sounds >= rig->now - MS(50));
    assert_true(first->sounds < rig->now + MS(70));
    rig_free(rig);
}

static void
a_take_over_that_was_slept_through_still_happens(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "old", 60));
    rig_to(rig, MS(1000));
    rig_program(rig, rig_take(rig, both("\"bpm\":60", "new", 62)), OD_WHEN_AT, 16);
    rig_late(rig, MS(6000)); /* step 16 was at 2.2 s; since then steps are 250 ms */
    rig_to(rig, MS(9000));
    assert_int_equal(rig_notice(rig, OD_NOTICE_APPLIED)->step, 16);
    const struct heard *first = rig_osc(rig, "new", 0);
    assert_int_equal(first->sounds, FIRST + 16 * STEP + (first->step - 16) * 2 * STEP);
    assert_true(first->sounds >= MS(5950) && first->sounds < MS(6250));
    rig_free(rig);
}

static void
a_run_of_loops_ends_though_it_slept(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "bd", 60));
    struct od_command end = {.kind = OD_COMMAND_END, .place = 256};
    od_player_command(&rig->player, &end, rig->now);
    rig_to(rig, MS(1000));
    rig_late(rig, MS(100000));
    assert_int_equal(rig->player.state, OD_STOPPED);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FINISHED), 1);
    rig_free(rig);
}

static void
a_run_ends_when_its_last_step_and_its_last_note_are_over(void **state)
{
    (void)state;
    struct rig *rig = rig_of(0);
    rig_start(rig, midi_only("", "[{\"step\":255,\"note\":60,\"gate\":6}]"));
    struct od_command end = {.kind = OD_COMMAND_END, .place = 512};
    od_player_command(&rig->player, &end, rig->now);
    rig_to(rig, 600 * STEP);
    assert_int_equal(rig_count_midi(rig, NOTE_ON), 2);
    assert_int_equal(rig_midi(rig, NOTE_OFF, 1)->sounds, (511 + 6) * STEP);
    assert_int_equal(rig_notice(rig, OD_NOTICE_FINISHED)->time, (511 + 6) * STEP);
    rig_free(rig);
}

/* ---- MIDI clock ---- */

static void
the_clock_runs_24_per_beat_behind_start(void **state)
{
    (void)state;
    struct rig *rig = rig_with_clock();
    rig_start(rig, midi_only("", "[]"));
    rig_to(rig, FIRST + 16 * STEP - 1);
    assert_int_equal(rig_count_midi(rig, OD_MIDI_CLOCK), 96);
    assert_int_equal(rig->heard[0].bytes[0], OD_MIDI_START);
    assert_true(rig->heard[0].sounds < FIRST);
    for (size_t i = 0; i < 96; i++) {
        od_nsec exact = FIRST + (od_nsec)i * STEP / 6;
        assert_in_range(rig_midi(rig, OD_MIDI_CLOCK, i)->sounds - exact + 1, 0, 2);
    }
    rig_free(rig);
}

static void
stop_reaches_the_slave_before_the_note_offs(void **state)
{
    (void)state;
    struct rig *rig = rig_with_clock();
    rig_start(rig, midi_only("", "[{\"step\":0,\"note\":60,\"gate\":100}]"));
    rig_to(rig, MS(1000));
    rig_command(rig, OD_COMMAND_STOP);
    assert_int_equal(rig->heard[rig->n_heard - 2].bytes[0], OD_MIDI_STOP);
    assert_int_equal(rig->heard[rig->n_heard - 1].bytes[0], NOTE_OFF);
    rig_command(rig, OD_COMMAND_STOP);
    assert_int_equal(rig_count_midi(rig, OD_MIDI_STOP), 1);
    rig_free(rig);
}

/* What a slave makes of the messages: its place in clocks, and whether it runs. */
struct slave {
    bool running;
    int64_t place; /* of the next clock, in sixths of a step */
};

static void
follow(struct slave *slave, const struct heard *heard)
{
    switch (heard->bytes[0]) {
    case OD_MIDI_START:
        slave->running = true;
        slave->place = 0;
        break;
    case OD_MIDI_CONTINUE:
        slave->running = true;
        break;
    case OD_MIDI_STOP:
        slave->running = false;
        break;
    case OD_MIDI_SONG_POSITION:
        assert_false(slave->running); /* MIDI 1.0: only while stopped */
        slave->place = INT64_C(6) * (heard->bytes[1] | heard->bytes[2] << 7);
        break;
    case OD_MIDI_CLOCK:
        slave->place += slave->running;
        break;
    default:
        break;
    }
}

/* At the end the slave is where the player is: each on-time clock counts one sixth of a step. */
static void
check_slave(const struct rig *rig, od_nsec anchor, od_nsec step)
{
    struct slave slave = {0};
    const struct heard *last = &rig->heard[0];
    for (size_t i = 0; i < rig->n_heard; i++) {
        if (rig->heard[i].midi) {
            follow(&slave, &rig->heard[i]);
            last = rig->heard[i].bytes[0] == OD_MIDI_CLOCK ? &rig->heard[i] : last;
        }
    }
    assert_true(slave.running);
    double place = (double)(last->sounds - anchor) * 6 / (double)step;
    assert_near(place, (double)slave.place - 1, 0.01);
}

/* Starts after a pause: the slave has been stopped and goes on from the same place. */
static void
check_continue(struct rig *rig)
{
    rig_command(rig, OD_COMMAND_START);
    od_nsec anchor = od_transport_time(&rig->player.transport, 0);
    rig_to(rig, rig->now + MS(2000));
    assert_int_equal(rig_count_midi(rig, OD_MIDI_CONTINUE), 1);
    assert_int_equal(rig_count_midi(rig, OD_MIDI_STOP), 1);
    check_slave(rig, anchor, STEP);
}

static void
continue_names_the_place(void **state)
{
    (void)state;
    for (int ms = 0; ms < 700; ms += 11) {
        struct rig *rig = rig_with_clock();
        rig_start(rig, midi_only("", "[]"));
        rig_to(rig, MS(1000 + ms));
        rig_command(rig, OD_COMMAND_PAUSE);
        rig_to(rig, rig->now + MS(ms)); /* also before the pause was reached */
        check_continue(rig);
        rig_free(rig);
    }
}

static void
continue_names_a_place_that_was_given(void **state)
{
    (void)state;
    for (int ms = 0; ms < 700; ms += 50) {
        struct rig *rig = rig_with_clock();
        rig_start(rig, midi_only("", "[]"));
        rig_to(rig, MS(1000));
        pause_at(rig, 30);
        rig_to(rig, rig->now + MS(ms));
        check_continue(rig);
        rig_free(rig);
    }
}

static void
a_pause_and_a_stop_tell_the_slave_to_stop(void **state)
{
    (void)state;
    for (int ms = 0; ms < 500; ms += 50) {
        struct rig *rig = rig_with_clock();
        rig_start(rig, midi_only("", "[]"));
        rig_to(rig, MS(1000));
        rig_command(rig, OD_COMMAND_PAUSE);
        rig_to(rig, rig->now + MS(ms));
        rig_command(rig, OD_COMMAND_STOP);
        rig_to(rig, rig->now + MS(1000));
        assert_int_equal(rig_count_midi(rig, OD_MIDI_STOP), 1);
        rig_free(rig);
    }
}

static void
a_slave_is_in_phase_again_after_the_player_overslept(void **state)
{
    (void)state;
    static const int sleeps[] = {40, 60, 100, 180, 260, 333, 1000, 3000, 10000};
    for (size_t i = 0; i < sizeof sleeps / sizeof sleeps[0]; i++) {
        for (int offset = 0; offset <= 400; offset += 400) {
            struct rig *rig = rig_with_clock();
            rig_start(rig, midi_only("", session("[{\"step\":200,\"note\":1,\"offset_ms\":%d}]",
                                                 offset)));
            rig_to(rig, MS(2000));
            rig_late(rig, MS(2000 + sleeps[i]));
            rig_to(rig, rig->now + MS(3000));
            check_slave(rig, FIRST, STEP);
            rig_free(rig);
        }
    }
}

static void
the_first_program_is_told_for_when_it_sounds(void **state)
{
    (void)state;
    for (int clock = 0; clock < 2; clock++) {
        struct od_player_settings settings = rig_settings();
        settings.clock_ports = clock != 0 ? OD_ALL_PORTS : 0;
        struct rig *rig = rig_new(&settings);
        rig_start(rig, midi_only("", "[]"));
        assert_true(rig_notice(rig, OD_NOTICE_APPLIED)->time ==
                    od_transport_time(&rig->player.transport, 0));
        rig_free(rig);
    }
}

static void
overdue_clocks_are_dropped_and_one_place_is_told_in_its_time(void **state)
{
    (void)state;
    for (int ms = 120; ms < 1500; ms += 23) {
        struct rig *rig = rig_with_clock();
        rig_start(rig, midi_only("", "[]"));
        rig_to(rig, MS(2000));
        rig_forget(rig);
        rig_late(rig, MS(2000 + ms));
        rig_to(rig, rig->now + MS(1000));
        assert_int_equal(rig_count_midi(rig, OD_MIDI_SONG_POSITION), 1);
        assert_int_equal(rig_count_midi(rig, OD_MIDI_CONTINUE), 1);
        for (size_t i = 0; i < rig->n_heard; i++) {
            assert_true(rig->heard[i].sent - rig->heard[i].sounds <= OD_LATE_LIMIT);
        }
        rig_free(rig);
    }
}

static void
the_clock_follows_a_tempo_change(void **state)
{
    (void)state;
    struct rig *rig = rig_with_clock();
    rig_start(rig, midi_only("", "[]"));
    rig_to(rig, MS(1000));
    rig_bpm(rig, 90);
    od_nsec anchor = od_transport_time(&rig->player.transport, 0);
    rig_to(rig, MS(9000));
    struct slave slave = {0};
    for (size_t i = 0; i < rig->n_heard; i++) {
        follow(&slave, &rig->heard[i]);
    }
    od_nsec step = rig->player.transport.length.ns;
    double place = (double)(MS(9000) - anchor) * 6 / (double)step;
    assert_near(place, (double)slave.place, 1.01);
    rig_free(rig);
}

/* ---- controllers ---- */

static char *
ramp(const char *name)
{
    static char texts[4][8192];
    static int next;
    char *text = texts[next++ % 4];
    size_t at = (size_t)snprintf(text, sizeof texts[0], "\"%s\":{\"signal\":[", name);
    for (int k = 0; k < 256; k++) {
        at += (size_t)snprintf(text + at, sizeof texts[0] - at, "%s%g", k == 0 ? "" : ",",
                               k < 128 ? -1.0 : 1.0);
    }
    snprintf(text + at, sizeof texts[0] - at, "]}");
    return text;
}

static void
controllers_are_sent_when_they_change_and_anew_on_start(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only(session(",\"cc_modulations\":{%s},%s,%s", ramp("7"),
                                     ramp("pitch_bend_modulation"), ramp("aftertouch_modulation")),
                             "[]"));
    rig_to(rig, FIRST + 257 * STEP);
    assert_int_equal(rig_count_midi(rig, 0xb0), 3);
    assert_int_equal(rig_count_midi(rig, 0xe0), 3);
    assert_int_equal(rig_count_midi(rig, 0xd0), 3);
    assert_int_equal(rig_midi(rig, 0xb0, 1)->bytes[2], 127);
    assert_int_equal(rig_midi(rig, 0xb0, 1)->sounds, FIRST + 128 * STEP);
    assert_int_equal(rig_midi(rig, 0xd0, 1)->size, 2);
    assert_int_equal(rig_midi(rig, 0xe0, 0)->bytes[2] << 7 | rig_midi(rig, 0xe0, 0)->bytes[1], 1);
    rig_command(rig, OD_COMMAND_STOP);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + MS(250));
    assert_int_equal(rig_count_midi(rig, 0xb0), 4);
    rig_free(rig);
}

static void
controllers_come_before_notes_and_after_note_offs(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only(session(",\"cc_modulations\":{%s}", ramp("7")),
                             "[{\"step\":127,\"note\":60,\"gate\":1},{\"step\":128,\"note\":61}]"));
    rig_to(rig, FIRST + 128 * STEP);
    size_t n = rig->n_heard;
    assert_int_equal(rig->heard[n - 3].bytes[0], NOTE_OFF);
    assert_int_equal(rig->heard[n - 2].bytes[0], 0xb0);
    assert_int_equal(rig->heard[n - 1].bytes[0], NOTE_ON);
    rig_free(rig);
}

static void
a_changed_port_gets_its_controllers_anew_and_its_slave_started(void **state)
{
    (void)state;
    struct rig *rig = rig_with_clock();
    rig_start(rig, midi_only(session(",\"cc_modulations\":{%s}", ramp("7")),
                             "[{\"step\":0,\"note\":60,\"gate\":200}]"));
    rig_to(rig, MS(1000));
    struct od_command command = {.kind = OD_COMMAND_RELEASE_PORT, .port = 0};
    od_player_command(&rig->player, &command, rig->now);
    assert_int_equal(rig->player.ledger.count, 0);
    rig_forget(rig); /* the new port's device has heard nothing */
    rig_to(rig, MS(3000));
    assert_int_equal(rig_count_midi(rig, 0xb0), 1);
    check_slave(rig, FIRST, STEP);
    rig_free(rig);
}

/* ---- bundles ---- */

static char *
dense(int tracks, int n)
{
    char *text = session("%s", "");
    size_t at = (size_t)sprintf(text, "{\"tracks\":{");
    for (int i = 0; i < tracks; i++) {
        at += (size_t)sprintf(text + at, "%s\"t%d\":{\"params\":{\"s\":\"bd\"}}", i ? "," : "", i);
    }
    at += (size_t)sprintf(text + at, "},\"sequences\":{");
    for (int i = 0; i < tracks; i++) {
        at += (size_t)sprintf(text + at, "%s\"t%d\":{\"events\":[", i ? "," : "", i);
        for (int k = 0; k < n; k++) {
            at += (size_t)sprintf(text + at, "%s{\"step\":0,\"velocity\":0.%03d}", k ? "," : "",
                                  i * n + k);
        }
        at += (size_t)sprintf(text + at, "]}");
    }
    sprintf(text + at, "}}");
    return text;
}

static void
a_bundle_never_exceeds_the_limit_and_its_parts_share_the_tag(void **state)
{
    (void)state;
    static const size_t limits[] = {OD_PACKET_LIMIT_NETWORK, OD_PACKET_LIMIT_LOOPBACK, 40};
    for (size_t i = 0; i < 3; i++) {
        struct od_player_settings settings = rig_settings();
        settings.packet_limit[0] = limits[i];
        struct rig *rig = rig_new(&settings);
        rig_start(rig, dense(10, 60));
        rig_to(rig, MS(1000));
        assert_int_equal(rig_count_osc(rig, "bd"), 600);
        int velocity = 0;
        for (size_t k = 0; k < rig->n_heard; k++) {
            const struct heard *heard = &rig->heard[k];
            assert_int_equal(heard->sounds, FIRST);
            assert_true(heard->size <= limits[i] || strchr(heard->text, '\n')[1] == '\0');
            for (const char *at = strstr(heard->text, "\"gain\","); at != NULL;
                 at = strstr(at + 1, "\"gain\",")) {
                assert_near(strtod(at + 7, NULL), velocity++ / 1000.0, 1e-6);
            }
        }
        assert_int_equal(velocity, 600);
        assert_true(i != 1 || rig->n_heard == 2);
        rig_free(rig);
    }
}

static void
sends_stay_behind_their_message_across_a_split(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    settings.packet_limit[0] = 400;
    struct rig *rig = rig_new(&settings);
    rig_start(rig, session("{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"},\"sends\":[{\"target\":"
                           "\"a\",\"amount\":0.5},{\"target\":\"b\",\"amount\":0.25}]}},"
                           "\"mixer_lines\":{\"z\":{},\"a\":{},\"b\":{}},\"sequences\":{\"d\":"
                           "{\"events\":[{\"step\":0},{\"step\":0}]}}}"));
    rig_to(rig, MS(1000));
    static const double orbits[] = {0, 1, 2, 0, 1, 2};
    size_t n = 0;
    for (size_t k = 0; k < rig->n_heard; k++) {
        for (const char *at = strstr(rig->heard[k].text, "\"orbit\","); at != NULL;
             at = strstr(at + 1, "\"orbit\",")) {
            assert_near(strtod(at + 8, NULL), orbits[n++], 0);
        }
    }
    assert_int_equal(n, 6);
    assert_true(rig->n_heard > 2);
    rig_free(rig);
}

static void
each_offset_of_a_step_has_its_own_bundle(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    char *text = session("%s", "");
    size_t at = (size_t)sprintf(text, "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},"
                                      "\"sequences\":{\"d\":{\"events\":[");
    for (int i = 0; i < 300; i++) { /* 100 different ones, more than are kept apart cheaply */
        at += (size_t)sprintf(text + at, "%s{\"step\":2,\"velocity\":0.%03d,\"offset_ms\":%d}",
                              i ? "," : "", i, i % 100);
    }
    sprintf(text + at, "]}}}");
    rig_start(rig, text);
    rig_to(rig, MS(2000));
    assert_int_equal(rig_count_osc(rig, "bd"), 300);
    bool seen[300] = {false};
    for (size_t k = 0; k < rig->n_heard; k++) {
        const char *gain = strstr(rig->heard[k].text, "\"gain\",");
        for (; gain != NULL; gain = strstr(gain + 1, "\"gain\",")) {
            int i = (int)lrint(strtod(gain + 7, NULL) * 1000);
            assert_false(seen[i]);
            seen[i] = true;
            assert_int_equal(rig->heard[k].sounds, FIRST + 2 * STEP + MS(i % 100));
        }
    }
    rig_free(rig);
}

/* ---- a rehearsal ---- */

/* More events on a step than are rehearsed, a step of many offsets, two programs, MIDI. */
static struct rig *
concert(bool rehearses)
{
    struct od_player_settings settings = rig_settings();
    settings.clock_ports = OD_ALL_PORTS;
    settings.packet_limit[0] = OD_PACKET_LIMIT_NETWORK;
    struct rig *rig = rig_new(&settings);
    rig->rehearses = rehearses;
    od_player_rehearse(&rig->player); /* of nothing */
    rig_start(rig, dense(10, 60));
    rig_to(rig, MS(1000));
    rig_program(rig, rig_take(rig, both("\"bpm\":147,\"swing\":0.4", "sn", 62)), OD_WHEN_BAR, 0);
    rig_to(rig, MS(6000));
    rig_command(rig, OD_COMMAND_PAUSE);
    rig_to(rig, MS(7000));
    return rig;
}

static void
a_rehearsal_changes_nothing_that_is_heard_or_said(void **state)
{
    (void)state;
    struct rig *with = concert(true);
    struct rig *without = concert(false);
    assert_int_equal(with->n_heard, without->n_heard);
    assert_int_equal(with->n_notices, without->n_notices);
    assert_true(rig_count_osc(with, "bd") == 600 && rig_count_osc(with, "sn") > 0);
    for (size_t k = 0; k < with->n_heard; k++) {
        const struct heard *a = &with->heard[k];
        const struct heard *b = &without->heard[k];
        assert_true(a->sent == b->sent && a->sounds == b->sounds && a->size == b->size);
        assert_memory_equal(a->bytes, b->bytes, sizeof a->bytes);
        assert_true(a->midi || strcmp(a->text, b->text) == 0);
    }
    assert_int_equal(with->player.counts.events, without->player.counts.events);
    assert_int_equal(with->player.counts.ticks, without->player.counts.ticks);
    rig_free(with);
    rig_free(without);
}

/* ---- a full agenda ---- */

static void
a_full_agenda_loses_events_counts_them_and_stays_sound(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    settings.agenda_capacity = 1024 + 50;
    settings.latency = MS(1000);
    settings.clock_ports = OD_ALL_PORTS;
    struct rig *rig = rig_new(&settings);
    char *text = session("%s", "");
    size_t at = (size_t)sprintf(text, "[");
    for (int i = 0; i < 1280; i++) {
        at += (size_t)sprintf(text + at, "%s{\"step\":%d,\"note\":%d,\"gate\":3}", i ? "," : "",
                              i / 10, 10 * (i % 10) + i / 10 % 10);
    }
    sprintf(text + at, "]");
    rig_start(rig, midi_only("", text));
    rig_to(rig, MS(30000));
    uint64_t lost = rig->player.counts.lost_events;
    assert_true(lost > 0);
    assert_int_equal(rig_count_midi(rig, NOTE_ON) + lost, 1280);
    assert_int_equal(rig_count_midi(rig, NOTE_OFF), rig_count_midi(rig, NOTE_ON));
    assert_true(rig->player.counts.agenda_high_water <= settings.agenda_capacity);
    assert_true(rig_count_midi(rig, OD_MIDI_CLOCK) > 1380); /* the reserve is for these */
    assert_true(rig_count_notices(rig, OD_NOTICE_LOST) > 0);
    rig_free(rig);
}

/* ---- by hand ---- */

static void
trigger(struct rig *rig, uint16_t voice, uint8_t note, float velocity, float milliseconds)
{
    struct od_command command = {.kind = OD_COMMAND_TRIGGER,
                                 .trigger = {.voice = voice,
                                             .note = note,
                                             .velocity = velocity,
                                             .gate_steps = 2,
                                             .milliseconds = milliseconds}};
    od_player_command(&rig->player, &command, rig->now);
}

static void
a_trigger_plays_one_event_at_once_even_when_stopped(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    struct od_take *base = rig_take(rig, both("", "bd", 60));
    struct od_take *ready = NULL;
    assert_int_equal(od_take_prepare(base, "d", &ready), OD_OK);
    rig_keep(rig, ready);
    od_take_program(ready)->edit = false;
    trigger(rig, 0, 60, 1, -1); /* nothing to play yet */
    rig_program(rig, ready, OD_WHEN_NOW, 0);
    trigger(rig, 0, 67, 0.5F, 300);
    assert_int_equal(rig_count_osc(rig, "bd"), 1);
    assert_near(rig_number(rig_osc(rig, "bd", 0), "midinote"), 67, 0);
    assert_near(rig_number(rig_osc(rig, "bd", 0), "gain"), 0.5, 1e-6);
    assert_near(rig_number(rig_osc(rig, "bd", 0), "sustain"), 0.3, 1e-6);
    trigger(rig, 1, 64, 99, 300);
    assert_int_equal(rig_midi(rig, NOTE_ON, 0)->bytes[2], 99);
    trigger(rig, 1, 65, 99, -1);
    trigger(rig, 99, 65, 99, -1); /* no such voice */
    rig_to(rig, MS(1000));
    assert_int_equal(rig_midi(rig, NOTE_OFF, 0)->sounds, MS(250));
    assert_int_equal(rig_midi(rig, NOTE_OFF, 1)->sounds, MS(300));
    assert_int_equal(rig_count_midi(rig, NOTE_ON), 2);
    rig_free(rig);
}

static void
a_trigger_holds_where_it_is_heard(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(1000));
    rig_start(rig, both("", "bd", 60));
    rig_to(rig, MS(1000) + 10 * STEP + MS(3));
    trigger(rig, 1, 64, 99, 300);
    const struct od_notice *done = rig_notice(rig, OD_NOTICE_DONE);
    assert_int_equal(done->step, 10);
    assert_int_equal(done->time, rig->now);
    assert_true(rig->player.next_step > 17); /* what is planned is a look-ahead further */
    rig_free(rig);
}

static void
a_trigger_for_another_session_is_stale(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    struct od_take *take = rig_take(rig, both("", "bd", 60));
    od_take_program(take)->lineage = 7;
    rig_program(rig, take, OD_WHEN_NOW, 0);
    trigger(rig, 1, 64, 99, 300);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_STALE), 1);
    assert_int_equal(rig_count_midi(rig, NOTE_ON), 0);
    rig_free(rig);
}

static void
panic_silences_every_channel_of_every_port(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    settings.n_ports = 2;
    struct rig *rig = rig_new(&settings);
    rig_start(rig, midi_only("", "[{\"step\":0,\"note\":60,\"gate\":200}]"));
    rig_to(rig, MS(1000));
    rig_command(rig, OD_COMMAND_PANIC);
    assert_int_equal(rig->player.ledger.count, 0);
    assert_int_equal(rig->n_heard, 2 + 2 * 16 * 5);
    assert_int_equal(rig->player.state, OD_PLAYING);
    rig_free(rig);
}

static void
a_second_start_changes_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, both("", "bd", 60));
    rig_to(rig, MS(1000));
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, MS(3000));
    for (size_t k = 0; k < rig_count_midi(rig, NOTE_ON); k++) {
        assert_int_equal(rig_midi(rig, NOTE_ON, k)->sounds, FIRST + (od_nsec)k * STEP);
    }
    rig_free(rig);
}

static void
an_anchor_in_the_future_is_waited_for(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_program(rig, rig_take(rig, both("", "bd", 60)), OD_WHEN_NOW, 0);
    struct od_command command = {.kind = OD_COMMAND_START, .time = MS(5000)};
    od_player_command(&rig->player, &command, rig->now);
    rig_to(rig, MS(6000));
    assert_int_equal(rig_osc(rig, "bd", 0)->sounds, MS(5000));
    assert_int_equal(rig_osc(rig, "bd", 0)->step, 0);
    rig_free(rig);
}

static void
an_anchor_long_past_joins_in_phase_at_once(void **state)
{
    (void)state;
    static const double tempos[] = {120, 131.7, 999, 61.37};
    for (size_t i = 0; i < 4; i++) {
        struct rig *rig = rig_of(MS(200));
        char environment[32];
        snprintf(environment, sizeof environment, "\"bpm\":%g", tempos[i]);
        rig_program(rig, rig_take(rig, both(environment, "bd", 60)), OD_WHEN_NOW, 0);
        od_nsec anchor = -INT64_C(1790000000) * OD_NSEC_PER_SEC; /* as since 1970 */
        struct od_command command = {.kind = OD_COMMAND_START, .time = anchor};
        od_player_command(&rig->player, &command, rig->now);
        od_nsec length = rig->player.transport.length.ns;
        rig_to(rig, MS(3000));
        rig_late(rig, MS(3100));
        rig_to(rig, MS(8000));
        assert_true(rig_osc(rig, "bd", 0)->sounds < MS(200) + length + 1);
        assert_int_equal(rig->player.counts.dropped_steps, 0);
        for (size_t k = 1; k < rig_count_osc(rig, "bd"); k++) {
            const struct heard *one = rig_osc(rig, "bd", k);
            assert_int_equal(one->step, rig_osc(rig, "bd", 0)->step + (int64_t)k);
            assert_in_range(one->sounds - rig_osc(rig, "bd", k - 1)->sounds, length, length + 1);
        }
        rig_free(rig);
    }
}

static void
positions_are_told_for_every_step(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    rig_start(rig, midi_only("", "[]"));
    rig_to(rig, FIRST + 99 * STEP - MS(200));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_POSITION), 100);
    assert_int_equal(rig_notice(rig, OD_NOTICE_POSITION)->step, 99);
    assert_int_equal(rig_notice(rig, OD_NOTICE_POSITION)->time, FIRST + 99 * STEP);
    assert_int_equal(rig->player.counts.ticks, 100);
    rig_free(rig);
}

static void
an_edit_of_a_session_that_is_gone_is_handed_back(void **state)
{
    (void)state;
    struct rig *rig = rig_of(MS(200));
    struct od_take *first = rig_take(rig, both("", "old", 60));
    od_take_program(first)->lineage = 1;
    rig_program(rig, first, OD_WHEN_NOW, 0);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, MS(1000));
    struct od_take *edit = NULL;
    assert_int_equal(switch_one(first, OD_SWITCH_MUTE, "d", true, &edit), OD_OK);
    rig_keep(rig, edit);
    struct od_take *second = rig_take(rig, both("", "new", 62));
    od_take_program(second)->lineage = 2;
    rig_program(rig, second, OD_WHEN_NOW, 0);
    rig_program(rig, edit, OD_WHEN_NOW, 0);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_STALE), 1);
    rig_to(rig, MS(3000));
    assert_true(rig_count_osc(rig, "new") > 5);
    rig_free(rig);
}

/* ---- anything at any time ---- */

/* Every note-on is of a silent note, every note-off of a sounding one; slaves are told in order. */
struct watch {
    bool sounding[OD_NOTES];
    struct slave slave;
    int64_t osc_step;
    size_t seen;
};

static void
watch_note(struct watch *watch, const struct heard *heard)
{
    if (heard->bytes[0] == NOTE_ON) {
        assert_false(watch->sounding[heard->bytes[1]]);
        watch->sounding[heard->bytes[1]] = true;
    } else if (heard->bytes[0] == NOTE_OFF) {
        assert_true(watch->sounding[heard->bytes[1]]);
        watch->sounding[heard->bytes[1]] = false;
    }
}

static void
watch_all(struct watch *watch, const struct rig *rig)
{
    for (; watch->seen < rig->n_heard; watch->seen++) {
        const struct heard *heard = &rig->heard[watch->seen];
        if (heard->midi) {
            watch_note(watch, heard);
            follow(&watch->slave, heard);
        } else {
            assert_true(heard->step > watch->osc_step);
            assert_true(heard->sounds >= heard->sent - OD_LATE_LIMIT);
            watch->osc_step = heard->step;
        }
    }
}

/* A command that waits, of those after which steps still count on. */
static void
wait_for_something(struct rig *rig, uint32_t *random)
{
    static const enum od_command_kind kinds[] = {
        OD_COMMAND_BPM,   OD_COMMAND_SWING,   OD_COMMAND_GATE, OD_COMMAND_PAUSE,
        OD_COMMAND_START, OD_COMMAND_TRIGGER, OD_COMMAND_PANIC};
    static const enum od_when whens[] = {OD_WHEN_BEAT, OD_WHEN_AT, OD_WHEN_AFTER, OD_WHEN_CLOCK};
    struct od_command command = {.kind = kinds[rig_random(random) % 7],
                                 .owner = OD_OWNER_TIMED,
                                 .when = whens[rig_random(random) % 4],
                                 .change = 1,
                                 .wall = rig->now + MS(rig_random(random) % 2000)};
    command.step = command.when == OD_WHEN_AT ? rig->player.next_step : 0;
    command.step += rig_random(random) % 40;
    if (command.kind == OD_COMMAND_TRIGGER) {
        command.trigger.voice = 1;
        command.trigger.note = (uint8_t)(rig_random(random) % 128);
        command.trigger.velocity = 100;
        command.trigger.milliseconds = 300;
    } else {
        command.time = OD_NSEC_NEVER;
        command.number = command.kind == OD_COMMAND_BPM ? 30 + rig_random(random) % 270 : 1;
    }
    od_player_command(&rig->player, &command, rig->now);
}

static void
do_something(struct rig *rig, struct watch *watch, struct od_take **spare, uint32_t *random)
{
    struct od_command command = {.kind = OD_COMMAND_CANCEL};
    switch (rig_random(random) % 14) {
    case 0:
        rig_command(rig, OD_COMMAND_PAUSE);
        break;
    case 1:
        watch_all(watch, rig);
        rig_command(rig, OD_COMMAND_STOP);
        watch_all(watch, rig);
        watch->osc_step = -1;
        break;
    case 2:
        rig_late(rig, rig->now + MS(rig_random(random) % 3000));
        break;
    case 3:
        od_player_command(&rig->player, &command, rig->now);
        break;
    case 4:
        rig_bpm(rig, 30 + rig_random(random) % 270);
        break;
    case 5:
        trigger(rig, 1, (uint8_t)(rig_random(random) % 128), 100, 700);
        break;
    case 6:
        command.kind = OD_COMMAND_RELEASE_PORT;
        od_player_command(&rig->player, &command, rig->now);
        break;
    case 8:
    case 9:
        wait_for_something(rig, random);
        break;
    case 7:
        if (*spare != NULL) {
            rig_program(rig, *spare, (enum od_when)(rig_random(random) % 5),
                        rig_random(random) % 256);
            *spare = NULL;
        }
        break;
    default:
        rig_command(rig, OD_COMMAND_START);
        break;
    }
}

static void
nothing_breaks_whatever_is_done_in_whatever_order(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        uint32_t random = seed;
        struct od_player_settings settings = rig_settings();
        settings.clock_ports = OD_ALL_PORTS;
        settings.latency = MS(rig_random(&random) % 500);
        rig_midi_offset(&settings, MS(rig_random(&random) % 100));
        struct rig *rig = rig_new(&settings);
        struct watch watch = {.osc_step = -1};
        rig->rehearses = seed % 2 == 0;
        rig_start(rig, both("", "bd", 60));
        for (int i = 0; i < 300; i++) {
            struct od_take *spare = NULL;
            if (i % 10 == 0) {
                spare = rig_take(rig, both("\"bpm\":147,\"swing\":0.4", "bd", 40 + i / 10));
            }
            do_something(rig, &watch, &spare, &random);
            rig_to(rig, rig->now + MS(rig_random(&random) % 400));
            watch_all(&watch, rig);
        }
        rig_command(rig, OD_COMMAND_STOP);
        watch_all(&watch, rig);
        for (size_t note = 0; note < OD_NOTES; note++) {
            assert_false(watch.sounding[note]);
        }
        assert_false(watch.slave.running);
        rig_free(rig);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_breaks_whatever_is_done_in_whatever_order),
        cmocka_unit_test(a_step_is_sent_a_look_ahead_early_and_sounds_in_time),
        cmocka_unit_test(without_a_program_nothing_starts),
        cmocka_unit_test(stop_ends_all_notes_and_starts_over_at_step_0),
        cmocka_unit_test(stop_drops_what_was_planned),
        cmocka_unit_test(pause_keeps_the_place_and_nothing_is_lost_or_repeated),
        cmocka_unit_test(pause_releases_long_notes_where_it_begins),
        cmocka_unit_test(a_pause_can_name_its_place_whatever_plays),
        cmocka_unit_test(a_place_beyond_the_end_is_the_end),
        cmocka_unit_test(a_tempo_change_loses_no_step_and_plays_none_twice),
        cmocka_unit_test(what_was_planned_before_a_tempo_change_keeps_its_tempo),
        cmocka_unit_test(a_program_takes_over_at_its_boundary_without_gap_or_double),
        cmocka_unit_test(a_program_may_begin_before_its_boundary),
        cmocka_unit_test(notes_of_the_old_program_end_where_the_new_one_begins),
        cmocka_unit_test(the_same_note_across_a_boundary_is_released_first),
        cmocka_unit_test(a_muted_track_ends_its_notes_and_only_its),
        cmocka_unit_test(solo_silences_the_others_of_its_kind_only),
        cmocka_unit_test(a_pending_program_is_replaced_and_handed_back),
        cmocka_unit_test(a_pending_program_can_be_cancelled_by_number),
        cmocka_unit_test(a_stop_takes_over_what_is_pending),
        cmocka_unit_test(draining_with_things_waiting_hands_everything_back),
        cmocka_unit_test(takeovers_at_every_step_hand_back_each_program_once),
        cmocka_unit_test(a_note_struck_again_is_released_first),
        cmocka_unit_test(a_note_that_ends_where_the_same_begins_is_released_before),
        cmocka_unit_test(a_gate_of_0_and_a_null_gate),
        cmocka_unit_test(an_event_before_step_0_sounds_before_it),
        cmocka_unit_test(offsets_longer_than_a_step_change_the_order_of_sounding),
        cmocka_unit_test(outputs_can_be_shifted_against_each_other),
        cmocka_unit_test(each_output_has_an_offset_of_its_own),
        cmocka_unit_test(notes_before_a_stop_sound_until_it),
        cmocka_unit_test(notes_of_a_late_port_sound_until_a_stop_is_there),
        cmocka_unit_test(the_first_step_waits_for_what_comes_before_a_slow_second),
        cmocka_unit_test(swing_delays_odd_steps),
        cmocka_unit_test(waking_late_within_the_look_ahead_costs_nothing),
        cmocka_unit_test(three_seconds_late_skips_steps_in_phase_without_a_burst),
        cmocka_unit_test(note_offs_are_never_skipped),
        cmocka_unit_test(sleeping_for_a_day_skips_to_the_right_step),
        cmocka_unit_test(a_take_over_that_was_slept_through_still_happens),
        cmocka_unit_test(a_run_of_loops_ends_though_it_slept),
        cmocka_unit_test(a_run_ends_when_its_last_step_and_its_last_note_are_over),
        cmocka_unit_test(the_clock_runs_24_per_beat_behind_start),
        cmocka_unit_test(stop_reaches_the_slave_before_the_note_offs),
        cmocka_unit_test(continue_names_the_place),
        cmocka_unit_test(continue_names_a_place_that_was_given),
        cmocka_unit_test(a_pause_and_a_stop_tell_the_slave_to_stop),
        cmocka_unit_test(a_slave_is_in_phase_again_after_the_player_overslept),
        cmocka_unit_test(the_first_program_is_told_for_when_it_sounds),
        cmocka_unit_test(overdue_clocks_are_dropped_and_one_place_is_told_in_its_time),
        cmocka_unit_test(the_clock_follows_a_tempo_change),
        cmocka_unit_test(controllers_are_sent_when_they_change_and_anew_on_start),
        cmocka_unit_test(controllers_come_before_notes_and_after_note_offs),
        cmocka_unit_test(a_changed_port_gets_its_controllers_anew_and_its_slave_started),
        cmocka_unit_test(a_bundle_never_exceeds_the_limit_and_its_parts_share_the_tag),
        cmocka_unit_test(sends_stay_behind_their_message_across_a_split),
        cmocka_unit_test(each_offset_of_a_step_has_its_own_bundle),
        cmocka_unit_test(a_rehearsal_changes_nothing_that_is_heard_or_said),
        cmocka_unit_test(a_full_agenda_loses_events_counts_them_and_stays_sound),
        cmocka_unit_test(a_trigger_plays_one_event_at_once_even_when_stopped),
        cmocka_unit_test(a_trigger_holds_where_it_is_heard),
        cmocka_unit_test(a_trigger_for_another_session_is_stale),
        cmocka_unit_test(panic_silences_every_channel_of_every_port),
        cmocka_unit_test(a_second_start_changes_nothing),
        cmocka_unit_test(an_anchor_in_the_future_is_waited_for),
        cmocka_unit_test(an_anchor_long_past_joins_in_phase_at_once),
        cmocka_unit_test(positions_are_told_for_every_step),
        cmocka_unit_test(an_edit_of_a_session_that_is_gone_is_handed_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
