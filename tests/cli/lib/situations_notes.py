"""Notes and time, in situations that public reports of other players tell of; see situations.py."""

from midi import midi_of, notes_left_on
from play import *

LOUD = {'channel': 3}


def long_note(track=None, note=60, gate=250, **more):
    """A session of one MIDI track, whose one note lasts nearly the whole loop."""
    return dict({'environment': {'bpm': 240}, 'tracks_midi': {'m': track or LOUD},
                 'sequences': {'m': {'events': [{'step': 0, 'note': note, 'gate': gate}]}}}, **more)


def midi_after(*commands, made=None, before='start'):
    """The MIDI messages when a note sounds and the commands were done; then it still runs."""
    path = os.path.join(tmp, 'situation.mid')
    player = Player('--midi-raw', path, '--latency', '20')
    player.score(compile(made or long_note()))
    player.answer(before)
    wait_for(lambda: os.path.exists(path) and any(m[0] & 0xf0 == 0x90 for m in messages_in(path)))
    for command in commands:
        answer = player.score(command) if isinstance(command, bytes) else player.answer(command)
        if answer['event'] == 'error':
            raise AssertionError(str(answer))
        if 'change' in answer:
            player.wait('applied', change=answer['change'])
    time.sleep(0.2)
    found = messages_in(path)
    player.kill()
    return found


def messages_in(path):
    with open(path, 'rb') as file:
        return midi_of(file.read())


def ends(*commands, made=None):
    equal(notes_left_on(midi_after(*commands, made=made)), set(), ' and '.join(
        c if isinstance(c, str) else 'a new score' for c in commands) + ' while a note sounds: it is ended')


# ---- notes ----

def stop_and_pause_end_what_sounds():
    ends('stop')
    ends('pause')
    ends('panic')


def a_scene_without_the_track_ends_its_note():
    ends('scene empty now', made=long_note(scenes={'empty': {'tracks_midi': {'other': {'channel': 4}}}}))


def a_session_without_the_track_ends_its_note():
    ends('apply now', compile({}))


def an_exclusive_apply_of_another_track_ends_its_note():
    other = {'tracks_midi': {'n': {'channel': 5}}, 'apply': {'timing': 'now', 'track_ids': ['n']}}
    ends(compile(other))


def a_changed_channel_ends_the_note_where_it_began():
    ends('set m channel 7', 'stop')


def a_changed_transposition_ends_the_note_that_was_struck():
    ends('set m transpose 12', 'stop')


def a_solo_of_another_ends_the_note():
    made = long_note()
    made['tracks_midi']['n'] = {'channel': 9}
    ends('solo n on', made=made)


def two_tracks_with_one_note_leave_none_on():
    made = {'tracks_midi': {'a': LOUD, 'b': LOUD}, 'sequences': {
        'a': {'events': [{'step': s, 'note': 60, 'gate': 5} for s in range(0, 256, 4)]},
        'b': {'events': [{'step': s, 'note': 60, 'gate': 3} for s in range(0, 256, 6)]}}}
    found = [e['midi'] for e in trace(compile(made), '--loops', '3') if 'midi' in e]
    equal(notes_left_on(found), set(), 'notes of one pitch that overlap, of two tracks')
    ok(all(a[0] >> 4 != b[0] >> 4 for a, b in zip(found, found[1:]) if a[1] == b[1]), 'on and off take turns', found[:20])


def a_gate_longer_than_the_loop_ends_before_it_is_struck_again():
    found = [e['midi'] for e in trace(compile(long_note(gate=1000)), '--loops', '3') if 'midi' in e]
    equal([m[0] >> 4 for m in found], [9, 8] * 3, 'each time round one note-on and one note-off')


def a_gate_of_nothing_ends_behind_its_beginning():
    found = [e['midi'] for e in trace(compile(long_note(gate=0))) if 'midi' in e]
    equal([m[0] >> 4 for m in found], [9, 8], 'not before it, which would leave it on')


def notes_stay_on_the_keyboard():
    for transpose in (-127, 127):
        made = long_note({'channel': 0, 'transpose': transpose}, note=64)
        ok(all(0 <= m[1] <= 127 and m[0] in (0x80, 0x90) for m in (e['midi'] for e in trace(compile(made)) if 'midi' in e)),
           'transposed by %d' % transpose)


def every_note_of_a_dense_score_is_ended():
    made = session(tracks=0, midi=16, every=1, bpm=999)
    found = [e['midi'] for e in trace(compile(made), '--loops', '2') if 'midi' in e]
    equal((len(found) > 16 * 256 * 2, notes_left_on(found)), (True, set()), '16 channels, a note a step')


def a_restarted_start_strikes_no_note_twice():
    found = midi_after('start', 'start')
    equal([m[0] >> 4 for m in found if m[0] >> 4 in (8, 9)], [9], 'start while it plays changes nothing')


# ---- time ----

def times_of(made, *options):
    return [(e['step'], round(e['t'] * 10**9)) for e in trace(compile(made), *options)]


def a_thousand_loops_drift_by_nothing():
    made = session(every=255, bpm=133)
    found = [t for s, t in times_of(made, '--loops', '1000') if s % 256 == 0]
    step = 60 * 10**9 / 133 / 4
    worst = max(abs(t - k * 256 * step) for k, t in enumerate(found))
    ok(len(found) == 1000 and worst <= 2, 'each begins where it should, to 2 ns', worst)


def swing_changes_no_bar():
    straight = times_of(session(every=1, bpm=137))
    swung = times_of(session(every=1, environment={'bpm': 137, 'swing': 1}))
    ok(all(a == b for a, b in zip(straight, swung) if a[0] % 2 == 0), 'even steps stay where they are')
    ok(all(a[1] < b[1] for a, b in zip(straight, swung) if a[0] % 2 == 1), 'odd ones are later')


def a_tempo_map_begins_anew_with_each_loop():
    made = session(every=64, environment={'bpm': 120, 'tempo_map': [[0, 120], [64, 90], [128, 180]]})
    found = [t for s, t in times_of(made, '--loops', '4') if s % 256 == 0]
    spans = {b - a for a, b in zip(found, found[1:])}
    ok(len(found) == 4 and max(spans) - min(spans) <= 2, 'all loops are equally long', spans)
    each = 64 * 15 * 10**9 / 120 + 64 * 15 * 10**9 / 90 + 128 * 15 * 10**9 / 180
    ok(abs(min(spans) - each) <= 2, 'and as long as their tempi say', (spans, each))


def the_slowest_and_the_fastest_tempo_play():
    for bpm in (1, 999):
        found = times_of(session(every=1, bpm=bpm))
        equal(len(found), 256, '%d beats a minute: every step' % bpm)
        ok(abs(found[255][1] - 255 * 15 * 10**9 / bpm) < 2, '... in its time', found[255])


def offsets_before_the_beginning_are_no_time_before_it():
    made = {'tracks': {'t': {'params': {'s': 'bd'}}}, 'sequences': {'t': {'events': [{'step': 0, 'offset_ms': -50}]}}}
    found = trace(compile(made), '--loops', '2')
    ok(len(found) == 2 and found[1]['t'] - found[0]['t'] > 30, 'both are played, a loop apart', [e['t'] for e in found])


def a_scene_at_the_bar_plays_each_step_once():
    made = session(every=1, bpm=480)
    made['scenes'] = {'s': dict(made, tracks={'u': {'params': {'s': 'sn'}}}, sequences={
        'u': {'events': [{'step': s} for s in range(256)]}})}
    receiver = Receiver()
    player = Player('--latency', '50', osc=receiver)
    player.score(compile(made))
    player.answer('start')
    time.sleep(0.4)
    change = player.answer('scene s')['change']
    player.wait('applied', change=change)
    time.sleep(0.4)
    player.quit()
    cycles = [round(dict(zip(m[1::2], m[2::2]))['cycle'] * 16) for _, m in receiver.messages() if m[0] == '/dirt/play']
    ok(len(cycles) > 16 and all((b - a) % 256 == 1 for a, b in zip(cycles, cycles[1:])), 'none is missing, none comes twice', cycles)


run([stop_and_pause_end_what_sounds, a_scene_without_the_track_ends_its_note, a_session_without_the_track_ends_its_note,
     an_exclusive_apply_of_another_track_ends_its_note, a_changed_channel_ends_the_note_where_it_began,
     a_changed_transposition_ends_the_note_that_was_struck, a_solo_of_another_ends_the_note, two_tracks_with_one_note_leave_none_on,
     a_gate_longer_than_the_loop_ends_before_it_is_struck_again, a_gate_of_nothing_ends_behind_its_beginning,
     notes_stay_on_the_keyboard, every_note_of_a_dense_score_is_ended, a_restarted_start_strikes_no_note_twice,
     a_thousand_loops_drift_by_nothing, swing_changes_no_bar, a_tempo_map_begins_anew_with_each_loop,
     the_slowest_and_the_fastest_tempo_play, offsets_before_the_beginning_are_no_time_before_it,
     a_scene_at_the_bar_plays_each_step_once])
