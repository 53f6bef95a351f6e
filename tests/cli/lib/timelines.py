"""Random pieces of timed lines: in virtual time as the model says, in real time as in virtual time, and the same
from two players that get the same lines at different moments."""

import signal
import threading

from play import *

sys.path.insert(0, 'tests/model')
import timeline  # noqa: E402

FIRST = int(os.environ.get('TIMELINE_FIRST', '1'))
COUNT = int(os.environ.get('TIMELINE_N', '40'))
AHEAD = 2.0  # seconds: by so much a line is before its time


def short_piece(seed):
    """The first piece from a seed on that lasts a few seconds and ends by `quit`, and when its steps are."""
    while True:
        piece = timeline.Composer(seed).compose()
        model = timeline.Player()
        rows = model.run(piece.model)
        if 20 < len([row for row in rows if 'osc' in row]) and model.time < 9 and not model.stopped:
            return piece, model.times
        seed += 1


def stream_of(piece):
    """(step or None, bytes) of each line, with its score."""
    out = [(None, compile(piece.sessions[0]))]
    for text, made in piece.lines:
        words = text.split()
        step = int(words[2]) * (16 if words[1] == 'bar' else 1) if words[0] == 'at' else None
        out.append((step, text.encode() + b'\n' + (compile(made) if made else b'')))
    return out


def listen(options):
    receiver = Receiver()
    return receiver, Player('--paused', *options, osc=receiver)


def heard(receiver):
    return [(tag, message) for tag, message in receiver.messages() if message[0] == '/dirt/play']


def bundles(receiver):
    """(tag, the bytes behind it) of each bundle of the music."""
    return [(messages(packet)[0][0], packet[16:]) for _, packet in list(receiver.got)
            if packet.startswith(b'#bundle\0')]


def pieces_play_as_the_model_says():
    for seed in range(FIRST, FIRST + COUNT):
        bad = timeline.check(COMPILE + ' -', PLAY + ' --dry-run -', seed)
        ok(not bad, 'the piece of seed %d plays as the model says' % seed, '\n'.join(bad[:3]))


def in_real_time_it_is_what_it_is_in_virtual_time():
    for seed in (FIRST, FIRST + 100):
        piece, _ = short_piece(seed)
        data = b''.join(part for _, part in stream_of(piece))
        dry = [row for row in trace(data) if 'osc' in row]
        receiver, player = listen([])
        player.write(data)
        player.answer('start')
        player.join()
        live = heard(receiver)
        equal(len(live), len(dry), 'as many messages are played (seed %d)' % seed)
        order = lambda pair: (round(pair[0], 4), json.dumps(pair[1]))  # noqa: E731
        live = sorted(((tag - live[0][0]) / 1e9, message) for tag, message in live)
        dry = sorted((row['t'] - dry[0]['t'], [as_sent(x) for x in row['osc']]) for row in dry)
        live.sort(key=order)
        dry.sort(key=order)
        ok(all(same_message(a[1], b[1]) for a, b in zip(live, dry)), 'message for message the same')
        worst = max(abs(a[0] - b[0]) for a, b in zip(live, dry))
        ok(worst < 5e-6, 'tag for tag', worst)


def lines_may_come_whenever_they_are_before_their_time():
    piece, times = short_piece(FIRST + 200)
    parts = stream_of(piece)
    start = time.time() + AHEAD + 1
    first, early = listen(['--start-at', '%.6f' % start])
    second, late = listen(['--start-at', '%.6f' % start])
    early.write(b''.join(part for _, part in parts) + b'start\n')

    def feed():
        begun = False
        for step, part in parts:
            due = start + times[step] - AHEAD if step is not None and step < len(times) else 0
            if due > time.time() and not begun:
                late.write(b'start\n')
                begun = True
            time.sleep(max(0, due - time.time()))
            late.write(part)
        late.write(b'' if begun else b'start\n')
    feeder = threading.Thread(target=feed)
    feeder.start()
    early.join()
    feeder.join()
    late.join()
    a, b = bundles(first), bundles(second)
    ok(len(a) > 10 and len(a) == len(b), 'both send as much', (len(a), len(b)))
    ok(all(x[1] == y[1] for x, y in zip(a, b)), 'the same bytes in the same order')
    apart = [x[0] - y[0] for x, y in zip(a, b)]
    worst = max(map(abs, apart))
    ok(worst < 20000, 'at the same times, but for what two readings of the clocks differ', worst)
    turns = sum(abs(x - y) > 2 for x, y in zip(apart, apart[1:]))
    ok(turns <= 2 * (times[-1] + AHEAD + 2), 'which each reads once a second: else to the nanosecond', turns)


def a_song():
    """Six entries of one or two bars, some with a tempo of their own; each scene sounds as itself."""
    tracks = {'k': {'params': {'s': 'bd'}}, 'h': {'params': {'s': 'hh'}}}
    every = {'events': [{'step': step} for step in range(256)]}
    scene = lambda name, bpm=None: {  # noqa: E731
        **({'environment': {'bpm': bpm}} if bpm else {}), 'tracks': {'k': {'params': {'s': name}}, 'h': {'params': {'s': name + 'h'}}},
        'sequences': {'k': every, 'h': every}}
    return {'environment': {'bpm': 480}, 'tracks': tracks, 'sequences': {},
            'scenes': {'a': scene('a'), 'b': scene('b', 700), 'c': scene('c', 900), 'd': scene('d', 333)},
            'song': [{'scene': name, 'bars': 1 + (name == 'd')} for name in 'abacad']}


LINES = b''.join(b'at bar %d %s\n' % line for line in (
    (3, b'mute h on'), (5, b'set k gain 0.5'), (9, b'mute h off'), (11, b'bpm 500'), (20, b'set k pan 0.25'),
    (31, b'scene b'), (33, b'song on 5'), (200, b'quit')))


def is_in_the_piece(live, dry, first):
    """From a time on, for a second at most, what is heard is what the dry run has there."""
    end = min(first + 1, max(row[0] for row in live) - 0.05)
    order = lambda row: (round(row[0], 3), json.dumps(row[1]))  # noqa: E731
    here = lambda rows: sorted((row for row in rows if first - 1e-4 < row[0] < end), key=order)  # noqa: E731
    got, want = here(live), here(dry)
    bad = [(a, b) for a, b in zip(got, want) if abs(a[0] - b[0]) > 1e-4 or not same_message(a[1], b[1])]
    ok(len(got) > 10 and abs(len(got) - len(want)) <= 2 and not bad, 'it is what is to be heard there',
       (len(got), len(want), bad[:2]))


def who_joins_a_song_late_plays_what_the_others_play():
    data = compile(a_song()) + LINES
    dry = [(row['t'], [as_sent(x) for x in row['osc']]) for row in trace(data) if 'osc' in row]
    for late in (0.9, 7.7, 15.3, 30.2):
        begin = time.time() - late
        receiver, player = listen(['--start-at', '%.6f' % begin])
        player.write(data + b'start\n')
        wait_for(lambda: len(heard(receiver)) > 60)
        player.quit()
        live = [(tag / 1e9 - begin, message) for tag, message in heard(receiver)]
        is_in_the_piece(live, dry, min(tag for tag, _ in live))
        ok(min(tag for tag, _ in live) > late, '%s s late, nothing comes that is past' % late)
        equal(player.bye()['dropped_steps'], 0, 'no step counts as lost')


def who_was_held_up_in_a_song_goes_on_where_it_should_be():
    data = compile(a_song()) + LINES
    dry = [(row['t'], [as_sent(x) for x in row['osc']]) for row in trace(data) if 'osc' in row]
    receiver, player = listen([])
    player.write(data + b'start\n')
    wait_for(lambda: len(heard(receiver)) > 20)
    os.kill(player.process.pid, signal.SIGSTOP)
    time.sleep(6)
    held = len(heard(receiver))
    os.kill(player.process.pid, signal.SIGCONT)
    wait_for(lambda: len(heard(receiver)) > held + 80)
    player.quit()
    live = heard(receiver)
    begin = live[0][0]
    live = [((tag - begin) / 1e9 + dry[0][0], message) for tag, message in live]
    later = [row[0] for row in live[held:] if row[0] > live[held][0] + 0.1]  # what was overdue is past
    is_in_the_piece(live, dry, min(later))
    equal(len(player.find('warning', code='STEPS_DROPPED')), 1, 'what was skipped is told once')


def a_timed_panic_silences_superdirt_at_its_time():
    receiver, player = listen([])
    player.score(compile(session(tracks=1, every=16, bpm=240)))
    player.answer('start')
    place = player.answer('at bar 3 panic')['applies_at']
    player.wait('position', bar=4)
    player.quit()
    found = [tag for tag, message in receiver.messages() if 'superpanic' in message]
    ok(len(found) == 1 and abs(found[0] / 1e9 - place['time']) < 1e-3, 'once, and tagged with its step', (found, place))


def thousands_wait_for_one_step():
    lines = [b'at bar 4 %s' % text for i in range(1024) for text in (
        b'bpm %d over 3 bars' % (400 + i % 100), b'set t0 gain 0.5 over 2 bars' if i % 64 == 0 else b'swing 0.%d' % (i % 10),
        b'gate %d' % (1 + i % 3), b'mute t1 %s' % (b'on' if i % 2 else b'off') if i % 64 == 0 else b'gate 1')]
    player = Player('--paused')
    player.score(compile(session(tracks=2, every=1, bpm=480)))
    player.write(b'\n'.join(lines) + b'\n')
    equal(player.answer('at bar 4 gate 9')['code'], 'FULL', '4,096 wait')
    player.answer('start')
    player.wait('position', bar=6)
    equal(len(player.find('acted')), 4096, 'all act')
    player.quit()
    bye = player.bye()
    equal((bye['dropped_steps'], player.report()['late_events']), (0, 0), 'and no step is lost, no event late')


run([pieces_play_as_the_model_says, in_real_time_it_is_what_it_is_in_virtual_time,
     lines_may_come_whenever_they_are_before_their_time,
     who_joins_a_song_late_plays_what_the_others_play,
     who_was_held_up_in_a_song_goes_on_where_it_should_be,
     a_timed_panic_silences_superdirt_at_its_time, thousands_wait_for_one_step])
