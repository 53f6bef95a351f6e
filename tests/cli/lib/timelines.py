"""Random pieces of timed lines: in virtual time as the model says, in real time as in virtual time, and the same
from two players that get the same lines at different moments."""

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
    """But for what a panic sends at once."""
    return [(tag, message) for tag, message in receiver.messages()
            if message[0] == '/dirt/play' and 'superpanic' not in message]


def bundles(receiver):
    """(tag, the bytes behind it) of each bundle of the music."""
    return [(messages(packet)[0][0], packet[16:]) for _, packet in list(receiver.got)
            if packet.startswith(b'#bundle\0') and b'superpanic' not in packet]


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
     lines_may_come_whenever_they_are_before_their_time, thousands_wait_for_one_step])
