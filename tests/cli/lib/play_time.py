"""Real time: what is sent, and when it says it sounds, against the trace of virtual time."""

from midi import midi_of
from play import *


class Dump:
    """tests/tools/oscdump: a receiver whose packets liblo takes apart."""

    def __init__(self):
        self.process = subprocess.Popen([*EMULATOR.split(), os.path.join(TESTS, 'tools/oscdump')],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = json.loads(self.process.stdout.readline())['port']

    def read(self):
        out = self.process.communicate()[0]
        return [json.loads(line) for line in out.splitlines()]


def tag_of(line):
    return (line['seconds'] - NTP_TO_UNIX) * 10**9 + (line['fraction'] * 10**9 + 2**31) // 2**32


def expected(traces, changes):
    """[ns since the anchor, message] for a run that has trace i from absolute step changes[i] on."""
    wanted = []
    base = 0
    for i, lines in enumerate(traces):
        first = changes[i]
        last = changes[i + 1] if i + 1 < len(changes) else None
        length = round(15e9 / BPMS[i] * 2**20)  # of a step, in 2^-20 ns

        def grid(step):
            return step * length / 2**20
        for line in lines:
            t = round(line['t'] * 1e9)
            loop = round((t - grid(line['step'])) / grid(STEPS))
            step = loop * STEPS + line['step']
            if step >= first and (last is None or step < last):
                wanted.append((base + t - grid(first), line['osc']))
        if last is not None:
            base += grid(last) - grid(first)
    return sorted(wanted, key=lambda item: item[0])


BPMS = (120, 960, 500)


def each_message_of_the_trace_arrives_once_with_its_time_on_the_grid():
    score = compile('examples/four-on-the-floor.json')
    bars = 38  # two loops and a bit
    traces = [[line for line in trace(score, '--bpm', str(bpm), '--bars', str(bars))
               if 'osc' in line] for bpm in BPMS]
    dump = Dump()
    dump.osc = True
    player = Player('--bpm', '120', '--bars', str(bars), osc=dump)
    changes = [0]
    player.score(score)
    for bpm, step in ((960, 14), (500, 16 * 30 + 3)):
        player.wait('position', step=step % STEPS, loop=step // STEPS)
        at = player.answer('bpm %d' % bpm)['applies_at']
        changes.append(at['loop'] * STEPS + at['step'])
    status = player.join()
    got = [line for line in dump.read() if line.get('osc', [''])[0] != '/dirt/handshake']
    equal(status, 0, 'a run of so many bars ends by itself, without error')
    equal([line for line in got if 'malformed' in line], [], 'liblo understands every datagram')
    got.sort(key=tag_of)
    wanted = expected(traces, changes)
    note('tempo changes at steps %r; %d messages in %d datagrams' %
         (changes[1:], len(got), len({line['packet'] for line in got})))
    equal(len(got), len(wanted), 'as many messages arrive as the trace has')
    different = [(w, g) for (_, w), g in zip(wanted, got) if not same_message(w, g['osc'])]
    equal(different[:1], [], 'they are the messages of the trace, in its order')
    anchor = tag_of(got[0]) - wanted[0][0]
    off = [abs(tag_of(g) - anchor - t) for (t, _), g in zip(wanted, got)]
    note('greatest distance of a time tag from the grid: %.3f us' % (max(off) / 1000))
    ok(max(off) <= 1000, 'each bundle is on the grid to 1 us, over loop ends and tempo changes',
       max(off))
    kinds = {t for line in got for t in line['types']}
    ok(kinds <= set('ifs'), 'only int32, float32 and strings are sent', kinds)
    equal(player.bye()['dropped_steps'], 0, 'no step was dropped')


def steps_of(receiver):
    """{(loop is not told) step: tag} by the cycle argument, in the order of arrival."""
    found = []
    for tag, message in receiver.messages():
        values = dict(zip(message[1::2], message[2::2]))
        found.append((round(values['cycle'] * 16), tag, values))
    return found


def players_with_one_start_time_agree_on_every_tag():
    score = in_file(compile(session(tracks=1, every=1, bpm=480)), 'shared.odn')
    receivers = [Receiver() for _ in range(4)]
    shift = in_file(struct.pack('<q', 250_000_000), 'shift')
    start = time.time() + 1.0
    unix = '%.9f' % start
    rfc = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(start)) + '%sZ' % ('%.9f' % (start % 1))[1:]
    arguments = ['--bars', '8', score, '--start-at']
    players = [Player(*arguments, unix, osc=receivers[0], wait=False),
               Player(*arguments, rfc, osc=receivers[1], wait=False),
               Player(*arguments, unix, osc=receivers[2], preload='wallclock',
                      env={'OIDUNA_TEST_CLOCK': shift}, wait=False)]
    time.sleep(2)
    players.append(Player(*arguments, unix, osc=receivers[3], wait=False))
    for player in players:
        player.join()
    found = [{step: tag for step, tag, _ in steps_of(receiver)} for receiver in receivers]
    equal(sorted(found[0]), list(range(128)), 'the first player plays every step')
    length = 31_250_000
    off = max(abs(tag - (int(unix.replace('.', '')) + step * length))
              for step, tag in found[0].items())
    ok(off <= 1000, 'its steps are on the grid of --start-at to 1 us', off)
    off = max(abs(found[0][s] - found[1][s]) for s in found[0])
    ok(found[1].keys() == found[0].keys() and off <= 1000,
       'a second player has the same tags for the same steps to 1 us', off)
    late = sorted(found[3])
    ok(20 < len(late) < 120 and late == list(range(late[0], 128)),
       'one that comes late joins at the step that is due and plays to the end', late[:3])
    off = max(abs(found[0][s] - found[3][s]) for s in late)
    ok(off <= 1000, 'its tags are those of the others to 1 us', off)
    off = max(abs(found[0][s] - found[2][s]) for s in found[2])
    ok(off <= 1000, 'one whose clock is 250 ms ahead has the same tags, by its own clock', off)
    at = [{round(values['cycle'] * 16): arrival
           for arrival, packet in receiver.got
           for values in [dict(zip(messages(packet)[0][1][1::2], messages(packet)[0][1][2::2]))]}
          for receiver in (receivers[0], receivers[2])]
    apart = sorted(at[0][s] - at[1][s] for s in at[1] if s in at[0])[len(at[1]) // 2]
    note('it is %.1f ms ahead of the others: the error of its clock' % (apart / 1e6))
    ok(100e6 < apart < 400e6, 'and is ahead of the others by the error of its clock', apart)


def a_start_that_lies_too_far_back_says_so():
    score = in_file(compile(session()), 'over.odn')
    player = Player('--bars', '1', '--start-at', '2001-01-01T00:00:00Z', score, wait=False)
    equal(player.join(), 0, 'a run whose end is over ends at once')
    ok(player.find('warning', code='ALREADY_OVER') and 'far back' in player.stderr(),
       'and says why nothing was heard', player.events)


def set_shift(path, nanoseconds):
    with open(path, 'r+b') as file:
        file.write(struct.pack('<q', nanoseconds))


def a_wall_clock_that_is_set_moves_the_tags_and_not_the_grid():
    shift = in_file(struct.pack('<q', 0), 'clock')
    receiver = Receiver()
    player = Player('--bars', '12', osc=receiver, preload='wallclock',
                    env={'OIDUNA_TEST_CLOCK': shift})
    player.score(compile(session(every=1, bpm=480)))
    player.wait('position', bar=3)
    set_shift(shift, 5 * 10**9)
    player.wait('position', bar=7)
    set_shift(shift, -3 * 10**9)
    equal(player.join(), 0, 'a player whose wall clock was set plays to the end')
    found = [(step, tag) for step, tag, _ in steps_of(receiver)]
    equal([step for step, _ in found], list(range(12 * 16)), 'every step is played once')
    anchor = found[0][1]
    moved = [tag - anchor - step * 31_250_000 for step, tag in found]
    phases = []
    for by in moved:
        near = min((0, 5 * 10**9, -3 * 10**9), key=lambda shift: abs(by - shift))
        phases.append((near, abs(by - near)))
    ok(max(off for _, off in phases) <= 1000, 'tags follow the clock to 1 us, on one grid',
       max(off for _, off in phases))
    order = [p for i, (p, _) in enumerate(phases) if i == 0 or phases[i - 1][0] != p]
    equal(order, [0, 5 * 10**9, -3 * 10**9], 'forward, then back')
    changes = [i for i in range(1, len(phases)) if phases[i][0] != phases[i - 1][0]]
    ok(all(i % 16 in (0, 1) for i in changes), 'measured anew at a bar', changes)
    equal(player.bye()['dropped_steps'], 0, 'no step was dropped for it')


def a_wall_clock_that_is_set_at_rest_is_looked_at_again():
    shift = in_file(struct.pack('<q', 0), 'clock')
    receiver = Receiver()
    start = time.time() + 3600 + 4
    player = Player('--paused', '--start-at', '%.3f' % start, osc=receiver, preload='wallclock',
                    env={'OIDUNA_TEST_CLOCK': shift})
    player.score(compile(session(every=1, bpm=480)))
    player.answer('trigger t0')  # prepared
    set_shift(shift, 3600 * 10**9)
    before = time.time() + 3600
    player.answer('trigger t0')
    wait_for(lambda: len(receiver.got) == 2)
    tag = receiver.messages()[1][0] / 1e9
    ok(before <= tag <= time.time() + 3600, 'a trigger is tagged by the new time', (before, tag))
    player.answer('start')
    wait_for(lambda: len(receiver.got) > 4)
    tag = receiver.messages()[2][0]
    ok(abs(tag - round(start * 1000) * 10**6) <= 1000, '--start-at is kept to by it', tag)
    player.quit()


def all_midi_bytes_of_a_run_are_those_of_the_trace():
    curve = {'target_param': 'x', 'signal': [(s % 64) / 32 - 1 for s in range(STEPS)]}
    made = session(tracks=0, every=2, bpm=999, midi=4)
    made['environment']['swing'] = 0.5
    made['tracks_midi']['m1']['cc_modulations'] = {'74': curve}
    made['tracks_midi']['m2']['pitch_bend_modulation'] = curve
    made['tracks_midi']['m3']['aftertouch_modulation'] = curve
    for i, event in enumerate(made['sequences']['m3']['events']):
        event['gate'] = 3.5  # struck again before it ends
        event['offset_ms'] = (i % 5) - 2
    score = compile(made)
    for name, options in (('alone', []), ('with clock', ['--midi-clock']),
                          ('with an offset', ['--midi-offset', '-30', '--midi-clock'])):
        path = os.path.join(tmp, 'midi')
        options = ['--bars', '17', *options]

        def play():
            player = Player('--midi-raw', path, *options)
            player.score(score)
            equal(player.join(), 0, 'a MIDI session %s is played' % name)
            return player
        player = undisturbed(play)
        with open(path, 'rb') as file:
            data = file.read()
        os.unlink(path)
        got = midi_of(data)
        wanted = [line['midi'] for line in trace(score, '--no-osc', *options) if 'midi' in line]
        wanted.append([0xe2, 0, 64])  # at the end no pitch stays bent, which a trace does not show
        note('%d messages, %d bytes' % (len(got), len(data)))
        equal(len(got), len(wanted), 'as many messages are written as the trace has, %s' % name)
        first = next((i for i, (g, w) in enumerate(zip(got, wanted)) if g != w), None)
        near = slice(max((first or 0) - 2, 0), (first or 0) + 3)
        ok(first is None, 'they are those of the trace, byte for byte, in order, %s' % name,
           (first, got[near], wanted[near]))
        equal(player.bye()['pending_note_offs'], 0, 'no note sounds at the end, %s' % name)


def the_player_thread_allocates_nothing():
    if SLOW:
        raise Skip('a sanitizer or emulator allocates')
    counts = os.path.join(tmp, 'counts')
    receiver = Receiver(handshake=0)
    made = session(tracks=8, every=1, bpm=600, midi=4)
    score = compile(made)
    player = Player('--midi-raw', os.path.join(tmp, 'midi'), '--midi-clock', osc=receiver,
                    preload='alloccount', env={'OIDUNA_TEST_ALLOC': counts})
    player.score(score)
    for line in ('mute t0 on', 'set t1 cutoff 500', 'bpm 700', 'trigger t2 1 60 50',
                 'trigger m1 100 60 50', 'pause', 'start', 'panic', 'solo m0 on', 'swing 0.3',
                 'cancel', 'stop', 'start'):
        player.answer(line)
        time.sleep(0.1)
    player.answer('apply now')
    player.score(score)
    player.wait('position', bar=2)
    equal(player.quit(), 0, 'a counted run ends well')
    with open(counts, encoding='ascii') as file:
        lines = [line.split() for line in file]
    others = [line for line in lines if line[0] == 'other']
    mains = [line for line in lines if line[0] == 'main']
    note('main thread: %s allocations' % mains[0][1])
    ok(mains and int(mains[0][1]) > 50, 'the counter counts', lines)
    equal([line for line in others if line[1:] != ['0', '0']], [],
          'the player thread allocates and frees nothing')


run([each_message_of_the_trace_arrives_once_with_its_time_on_the_grid,
     players_with_one_start_time_agree_on_every_tag,
     a_start_that_lies_too_far_back_says_so,
     a_wall_clock_that_is_set_moves_the_tags_and_not_the_grid,
     a_wall_clock_that_is_set_at_rest_is_looked_at_again,
     all_midi_bytes_of_a_run_are_those_of_the_trace,
     the_player_thread_allocates_nothing])
