/* uses: oiduna-link */
/* Between a Link session and a player: what each is told of the other. */
#include <math.h>
#include <string.h>

#include "../../cmd/oiduna-link/bridge.h"
#include "rig.h"

static struct od_link_state
session_at(double beat, double bpm, size_t peers)
{
    return (struct od_link_state){
        .time = 5 * OD_NSEC_PER_SEC, .bpm = bpm, .beat = beat, .peers = peers};
}

static struct bridge_player
player_at(double step, double bpm)
{
    return (struct bridge_player){
        .known = true, .playing = true, .placed = true, .step = step, .bpm = bpm};
}

static void
the_player_is_moved_as_little_as_can_be(void **state)
{
    (void)state;
    for (int step = 0; step < 4000; step += 7) {
        for (int beat = -40; beat < 40; beat++) {
            struct bridge bridge = {.quantum = 4};
            struct od_link_state session = session_at(beat + 0.3, 130, 1);
            struct bridge_player player = player_at(step + 0.6, 120);
            struct bridge_deeds deeds = bridge_look(&bridge, &session, &player);
            assert_true(deeds.tell);
            assert_true(fabs(deeds.line.step - player.step) <= 8);
            double phase = fmod(deeds.line.step - session.beat * 4, 16);
            assert_true(fabs(phase) < 1e-9 || fabs(fabs(phase) - 16) < 1e-9);
            assert_near(deeds.line.bpm, 130, 0);
        }
    }
}

static void
without_a_place_of_the_player_it_goes_on_from_what_was_told(void **state)
{
    (void)state;
    struct bridge bridge = {.quantum = 4};
    struct bridge_player player = player_at(1000, 120);
    struct od_link_state session = session_at(2, 120, 1);
    double told = bridge_look(&bridge, &session, &player).line.step;
    player.placed = false;
    session.time += OD_NSEC_PER_SEC;
    session.beat += 2 - 400; /* the same place in the quantum, another count */
    assert_near(bridge_look(&bridge, &session, &player).line.step, told + 8, 1e-9);
}

static void
alone_the_session_becomes_what_the_player_is(void **state)
{
    (void)state;
    struct bridge bridge = {.quantum = 4};
    struct bridge_player player = player_at(10, 97);
    struct od_link_state session = session_at(7, 120, 0);
    struct bridge_deeds deeds = bridge_look(&bridge, &session, &player);
    assert_false(deeds.tell);
    assert_near(deeds.tempo, 97, 0);
    assert_true(deeds.place);
    assert_near(deeds.beat, 2.5, 1e-9);
    session = session_at(6.5, 97, 0); /* the same but for a quantum */
    deeds = bridge_look(&bridge, &session, &player);
    assert_false(deeds.place);
    assert_near(deeds.tempo, 0, 0);
}

static void
when_all_are_gone_nobody_leads_once(void **state)
{
    (void)state;
    struct bridge bridge = {.quantum = 4};
    struct bridge_player player = player_at(10, 97);
    struct od_link_state session = session_at(7, 120, 2);
    assert_true(bridge_look(&bridge, &session, &player).tell);
    session.peers = 0;
    assert_true(bridge_look(&bridge, &session, &player).let_go);
    assert_false(bridge_look(&bridge, &session, &player).let_go);
}

static void
who_starts_first_starts_the_other(void **state)
{
    (void)state;
    struct bridge bridge = {.quantum = 4, .start_stop = true};
    struct bridge_player player = player_at(0, 120);
    struct od_link_state session = session_at(5.25, 120, 1);
    player.playing = player.placed = false;
    struct bridge_deeds deeds = bridge_look(&bridge, &session, &player);
    assert_false(deeds.start || deeds.stop || deeds.play || deeds.pause);
    session.playing = true;
    deeds = bridge_look(&bridge, &session, &player);
    assert_true(deeds.start && deeds.tell);
    assert_near(deeds.line.step, -11, 1e-9); /* 2.75 beats are left of the quantum */
    player.playing = true;
    player.changes++;
    deeds = bridge_look(&bridge, &session, &player);
    assert_false(deeds.start || deeds.stop || deeds.play || deeds.pause);
    player.playing = false;
    deeds = bridge_look(&bridge, &session, &player);
    assert_true(deeds.pause);
    session.playing = false;
    deeds = bridge_look(&bridge, &session, &player);
    assert_false(deeds.start || deeds.stop || deeds.play || deeds.pause);
    player.playing = true;
    assert_true(bridge_look(&bridge, &session, &player).play);
}

static void
a_player_that_takes_its_time_is_not_taken_to_have_changed(void **state)
{
    (void)state;
    struct bridge bridge = {.quantum = 4, .start_stop = true};
    struct bridge_player player = player_at(0, 120);
    struct od_link_state session = session_at(5.25, 120, 1);
    player.playing = player.placed = false;
    bridge_look(&bridge, &session, &player);
    session.playing = true;
    assert_true(bridge_look(&bridge, &session, &player).start);
    session.time += OD_NSEC_PER_SEC; /* it has not begun yet */
    struct bridge_deeds deeds = bridge_look(&bridge, &session, &player);
    assert_false(deeds.start || deeds.stop || deeds.play || deeds.pause);
    session.playing = false; /* nor does the session wait for that */
    assert_true(bridge_look(&bridge, &session, &player).stop);
    session.playing = true;
    assert_true(bridge_look(&bridge, &session, &player).start);
    session.time += 3 * OD_NSEC_PER_SEC; /* it cannot: that stops nobody else */
    deeds = bridge_look(&bridge, &session, &player);
    assert_false(deeds.start || deeds.stop || deeds.play || deeds.pause);
    player.playing = true;
    player.changes++;
    deeds = bridge_look(&bridge, &session, &player);
    assert_false(deeds.start || deeds.stop || deeds.play || deeds.pause);
    player.playing = false; /* that is its own wish */
    player.changes++;
    assert_true(bridge_look(&bridge, &session, &player).pause);
    session.playing = true;
    assert_true(bridge_look(&bridge, &session, &player).start);
    player.changes += 2; /* it began and was stopped since */
    assert_true(bridge_look(&bridge, &session, &player).pause);
}

static void
a_player_that_comes_back_comes_to_what_the_session_does(void **state)
{
    (void)state;
    struct bridge bridge = {.quantum = 4, .start_stop = true};
    struct bridge_player player = player_at(0, 120);
    struct od_link_state session = session_at(5.25, 120, 1);
    session.playing = true;
    bridge_look(&bridge, &session, &player);
    struct bridge_player none = {0};
    struct bridge_deeds deeds = bridge_look(&bridge, &session, &none);
    assert_false(deeds.start || deeds.stop || deeds.play || deeds.pause);
    player.playing = false;
    assert_true(bridge_look(&bridge, &session, &player).start);
}

static void
a_session_is_given_no_tempo_that_it_cannot_have(void **state)
{
    (void)state;
    struct bridge bridge = {.quantum = 4};
    struct bridge_player player = player_at(0, 5);
    struct od_link_state session = session_at(0, 120, 0);
    assert_near(bridge_look(&bridge, &session, &player).tempo, OD_LINK_BPM_MIN, 0);
    session.bpm = OD_LINK_BPM_MIN;
    assert_near(bridge_look(&bridge, &session, &player).tempo, 0, 0);
}

static void
a_tempo_that_no_session_of_ours_has_is_not_told(void **state)
{
    (void)state;
    static const double tempos[] = {0.5, 1000, NAN, INFINITY, -3};
    for (size_t i = 0; i < sizeof tempos / sizeof tempos[0]; i++) {
        struct bridge bridge = {.quantum = 4};
        struct bridge_player player = player_at(0, 120);
        struct od_link_state session = session_at(1, tempos[i], 1);
        assert_false(bridge_look(&bridge, &session, &player).tell);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_player_is_moved_as_little_as_can_be),
        cmocka_unit_test(without_a_place_of_the_player_it_goes_on_from_what_was_told),
        cmocka_unit_test(alone_the_session_becomes_what_the_player_is),
        cmocka_unit_test(when_all_are_gone_nobody_leads_once),
        cmocka_unit_test(who_starts_first_starts_the_other),
        cmocka_unit_test(a_player_that_takes_its_time_is_not_taken_to_have_changed),
        cmocka_unit_test(a_player_that_comes_back_comes_to_what_the_session_does),
        cmocka_unit_test(a_session_is_given_no_tempo_that_it_cannot_have),
        cmocka_unit_test(a_tempo_that_no_session_of_ours_has_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
