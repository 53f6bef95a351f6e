"""What public reports of other players and sequencers tell of, tried on ours: each test is named after
what it protects. Signals and slow ports are in notes.py, streams that do not block in pipes.py, clocks in
play_time.py, HTTP in tests/http."""

import math
import resource

from midi import midi_of, notes_left_on
from play import *


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def playing(*options, made=None, **more):
    player = Player(*options, **more)
    player.score(compile(made or session()))
    player.line('start')
    player.wait('position')
    return player


# ---- what comes in ----

def a_command_with_a_nul_byte_does_nothing():
    player = playing()
    player.write(b'#x bpm 1\x0020\n')
    equal(player._answer('x').get('code'), 'BAD_ARGUMENT', 'it is refused, with its id')
    equal(player.answer('status')['bpm'], 120, '... and the tempo is what it was')
    player.quit()


def a_switch_by_osc_is_no_number():
    port = free_port()
    player = playing('--control-port', str(port))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.sendto(b'/oiduna/bpm\0,T\0\0', ('127.0.0.1', port))
    player.wait('error', command='bpm')
    equal(player.answer('status')['bpm'], 120, '/oiduna/bpm ,T sets nothing')
    sender.sendto(b'/oiduna/mute\0\0\0\0,sT\0t0\0\0', ('127.0.0.1', port))
    player.wait('ok', command='mute')
    equal([t['muted'] for t in player.answer('tracks')['tracks']], [True], '/oiduna/mute ,sT mutes')
    player.quit()


def a_flood_of_osc_does_not_shut_out_standard_input():
    port = free_port()
    player = playing('--control-port', str(port))
    stop = threading.Event()

    def flood():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        k = 0
        while not stop.is_set():
            k += 1
            sender.sendto(osc('/oiduna/set', 't0', 'gain', 0.5 + k % 2 / 10), ('127.0.0.1', port))
            if k % 20 == 0:
                time.sleep(0.002)
    thread = threading.Thread(target=flood)
    thread.start()
    time.sleep(0.5)
    slowest = 0
    for _ in range(5):
        begun = time.monotonic()
        player.answer('ping')
        slowest = max(slowest, time.monotonic() - begun)
    note('slowest answer: %.0f ms' % (slowest * 1000))
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(osc('/oiduna/stop'), ('127.0.0.1', port))
    player.wait('ok', command='stop')
    ok(True, 'stop comes through the flood')
    stop.set()
    thread.join()
    equal(player.quit(), 0, 'and so does quit')


def a_flood_of_osc_makes_no_flood_of_events():
    port = free_port()
    player = playing('--control-port', str(port), made=session(tracks=3))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    before = len(player.events)
    for k in range(2000):
        sender.sendto(osc('/oiduna/set', 't0', 'gain', float(k % 2)), ('127.0.0.1', port))
        if k % 20 == 0:
            time.sleep(0.002)
    sender.sendto(osc('/oiduna/bpm', 133.0), ('127.0.0.1', port))
    sender.sendto(osc('/oiduna/set', 't0', 'gain', 0.75), ('127.0.0.1', port))
    wait_for(lambda: [t['gain'] for t in (player.find('tracks') or [{'tracks': []}])[-1]['tracks']][:1] == [0.75])
    told = player.events[before:]
    made = sum(e['event'] == 'ok' and e['command'] == 'set' for e in told)
    seen = sum(e['event'] in ('status', 'tracks') for e in told)
    ok(made > 500 and seen < made, 'what many commands change is told together', (made, seen))
    equal((player.find('tracks')[-1]['tracks'][0]['gain'], player.find('status')[-1]['bpm']), (0.75, 133),
          '... and the last of it is what holds')
    player.quit()


def the_next_writer_of_a_fifo_is_heard():
    path = os.path.join(tmp, 'fifo')
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    writer = os.open(path, os.O_WRONLY)
    player = Player(stdin=reader)
    os.close(reader)
    os.write(writer, compile(session()))
    os.close(writer)
    player.wait('position')
    for name in ('second', 'third'):
        time.sleep(0.3)
        with open(path, 'wb') as again:
            again.write(b'#%s bpm 90\n' % name.encode())
        equal(player._answer(name)['event'], 'ok', 'the %s writer' % name)
    with open(path, 'wb') as again:
        again.write(b'quit\n')
    equal(player.join(), 0, 'and the last one ends it')


def scores_and_commands_go_together():
    score = in_file(compile(session()), 'with commands.odn')
    player = Player(score, '-')
    player.wait('position')
    equal(player.answer('bpm 90')['event'], 'ok', 'a command comes to a score of a file')
    equal(player.quit(), 0, 'quit ends it')


# ---- notes ----

def a_note_struck_again_before_its_end_is_ended_once():
    made = session(tracks=0)
    made['tracks_midi'] = {'m': {'channel': 0}}
    made['sequences'] = {'m': {'events': [{'step': s, 'note': 60, 'gate': 3} for s in range(0, 256, 2)]}}
    lines = [e['midi'] for e in trace(compile(made)) if 'midi' in e]
    on = 0
    for message in lines:
        on += 1 if message[0] == 0x90 else -1
        if on not in (0, 1):
            break
    equal((on, len(lines)), (0, 256), 'on and off take turns')


def a_note_on_of_velocity_0_is_never_sent():
    made = session(tracks=0)
    made['tracks_midi'] = {'m': {'channel': 0, 'velocity': 1}}
    made['sequences'] = {'m': {'events': [{'step': 0, 'note': 60, 'velocity': 0.5}]}}
    equal([e for e in trace(compile(made)) if 'midi' in e], [], 'it would end a note, or begin one that none ends')


def muting_ends_what_sounds():
    path = os.path.join(tmp, 'muted.mid')
    made = session(tracks=0, midi=1)
    made['sequences']['m0'] = {'events': [{'step': 0, 'note': 60, 'gate': 255}]}
    player = playing('--midi-raw', path, made=made)
    time.sleep(0.3)
    player.answer('mute m0 on')
    time.sleep(0.3)
    with open(path, 'rb') as file:
        equal(notes_left_on(midi_of(file.read())), set(), 'a long note of a muted track')
    player.quit()


# ---- loudness ----

def gains(receiver):
    return [dict(zip(m[1::2], m[2::2]))['gain'] for _, m in receiver.messages() if m[0] == '/dirt/play'
            and 'gain' in m]


def a_midi_velocity_does_not_blow_the_speakers():
    loud = session(tracks=2, every=1, bpm=300)
    for event in loud['sequences']['t0']['events']:
        event['velocity'] = 127
    receiver = Receiver()
    player = playing('--latency', '50', osc=receiver, made=loud)
    player.wait('warning', code='GAIN_LIMITED')
    player.answer('trigger t1 127')
    player.answer('set t1 gain 100')
    time.sleep(0.5)
    told = player.find('warning', code='GAIN_LIMITED')
    player.quit()
    equal(max(gains(receiver)), 2.0, 'velocity 127, trigger 127, gain 100: nothing is louder than 2')
    equal([[t for t in ('t0', 't1') if "'%s'" % t in w['message']] for w in told], [['t0'], ['t1']],
          'each track is told of once')
    receiver = Receiver()
    player = playing('--latency', '50', '--gain-limit', '0.5', osc=receiver, made=loud)
    time.sleep(0.3)
    player.quit()
    equal(set(gains(receiver)), {0.5}, '--gain-limit says how loud')
    batch = {'messages': [{'step': s, 'destination_id': 'superdirt', 'params': {'s': 'bd', 'gain': (100, 77.5, 1, 0.25)[s % 4]}}
                          for s in range(256)], 'bpm': 300}
    receiver = Receiver()
    player = playing('--latency', '50', osc=receiver, made=batch)
    player.wait('warning', code='GAIN_LIMITED')
    time.sleep(0.3)
    player.quit()
    equal(set(gains(receiver)), {2.0, 1, 0.25}, 'nor is a message of a batch')


# ---- time ----

def a_slow_tempo_follows_the_wall_clock_within_seconds():
    shift = in_file(struct.pack('<q', 0), 'shift')
    receiver = Receiver()
    player = Player('--latency', '50', osc=receiver, preload='wallclock', env={'OIDUNA_TEST_CLOCK': shift})
    player.score(compile(session(every=1, bpm=20)))  # a bar lasts 12 s
    player.line('start')
    player.wait('position')
    in_file(struct.pack('<q', 1000 * 10**9), 'shift')
    time.sleep(2.5)
    ahead = max(tag for tag, m in receiver.messages() if m[0] == '/dirt/play') / 1e9 - time.time()
    ok(ahead > 900, 'a step of the clock is in the tags before the bar is over', ahead)
    player.quit()


def at_rest_the_position_is_of_now():
    player = Player()
    player.score(compile(session()))
    at = player.answer('status')['position']['time']
    ok(abs(at - time.time()) < 5, 'before the first start', at)
    player.quit()
    player = Player('--latency', '1000')
    player.score(compile(session()))
    player.answer('start')
    player.wait('position', step=2)
    player.answer('stop')
    for command in ('start', 'pause', 'start'):
        player.answer(command)
    player.wait('position', step=4)
    player.quit()
    told = [e for e in player.events if e['event'] == 'status' and e['state'] == 'playing']
    off = [abs(e['position']['time'] - time.time()) for e in told]
    ok(len(told) > 2 and max(off) < 60, 'also in the moment before the first step sounds', off)


def a_tempo_change_moves_no_step():
    receiver = Receiver()
    player = playing('--latency', '50', osc=receiver, made=session(every=1, bpm=240))
    for bpm in (90, 300, 61.5, 240):
        player.answer('bpm %g' % bpm)
        time.sleep(0.2)
    player.quit()
    cycles = [dict(zip(m[1::2], m[2::2]))['cycle'] for _, m in receiver.messages() if m[0] == '/dirt/play']
    ok(len(cycles) > 5 and all(math.isclose((b - a) % 16, 1 / 16, abs_tol=1e-6) for a, b in zip(cycles, cycles[1:])),
       'each step once, in order', cycles)


def tags_never_go_back():
    receiver = Receiver()
    player = playing('--latency', '50', osc=receiver, made=session(every=1, bpm=240))
    for bpm in (300, 60, 300):
        player.answer('bpm %g' % bpm)
        time.sleep(0.15)
    player.quit()
    tags = [tag for tag, m in receiver.messages() if m[0] == '/dirt/play']
    ok(tags == sorted(tags) and all(tags), 'and none is "immediately"', tags[:20])


def stopping_and_starting_a_hundred_times_leaves_nothing_on():
    path = os.path.join(tmp, 'again.mid')
    player = Player('--midi-raw', path, '--latency', '20')
    player.score(compile(session(tracks=0, midi=4, every=1, bpm=300)))
    for _ in range(50):
        player.answer('start')
        player.answer('stop')
    equal(player.quit(), 0, 'the player ends')
    with open(path, 'rb') as file:
        equal(notes_left_on(midi_of(file.read())), set(), 'no note is left')


# ---- scarcity ----

def few_descriptors_are_said_not_crashed_of():
    score = in_file(compile(session()), 'few.odn')
    for limit in range(3, 16):
        done = subprocess.run([PLAY, '--no-osc', '--bars', '1', '--bpm', '999', score], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                              preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        if done.returncode not in (0, 66, 69, 71, 74, 75, 127):  # 127: the loader itself had none
            ok(False, 'ulimit -n %d' % limit, (done.returncode, done.stderr))
            return
    ok(True, 'from 3 to 15 descriptors it plays, or says what is missing')


def a_reader_that_goes_away_ends_the_events_not_the_music():
    path = os.path.join(tmp, 'reader.mid')
    player = playing('--midi-raw', path, made=session(tracks=0, midi=1, every=1))
    os.dup2(os.open('/dev/null', os.O_RDONLY), player.process.stdout.fileno())  # the pipe has no reader now
    status = player.process.wait(PATIENCE)
    with open(path, 'rb') as file:
        equal((status, notes_left_on(midi_of(file.read()))), (0, set()), 'it ends in order')


def a_score_too_large_is_refused_and_the_music_goes_on():
    player = playing('--max-score', '64K')
    answer = player.score(compile(session(tracks=400, every=1)))
    equal(answer.get('code'), 'BAD_SCORE', 'a score larger than is allowed is refused')
    ok('--max-score' in answer.get('message', ''), '... by the name of the option', answer)
    equal(player.answer('status')['state'], 'playing', '... and what plays goes on')
    equal(player.score(compile(session()))['event'], 'ok', '... a smaller one is taken')
    player.quit()
    player = Player('--max-memory', '2M')
    answer = player.score(compile(session()))
    equal(answer.get('code'), 'OUT_OF_MEMORY', 'one with which the player needs more than is allowed as well')
    ok('--max-memory' in answer.get('message', ''), '... by the name of the option', answer)
    equal(player.answer('ping')['event'], 'ok', '... and it goes on')
    player.quit()


def a_score_cut_short_anywhere_is_refused():
    whole = compile(session())
    for size in list(range(0, 200, 7)) + [len(whole) // 2, len(whole) - 1]:
        done = subprocess.run([PLAY, '--dry-run', in_file(whole[:size], 'cut.odn')], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if (done.returncode, done.stdout) != (65, b''):
            ok(False, 'cut at %d' % size, (done.returncode, done.stderr))
            return
    ok(True, 'and nothing of it is played')


def a_score_that_is_written_over_while_it_plays_changes_nothing():
    path = in_file(compile(session(every=1)), 'over.odn')
    player = Player(path)
    player.wait('position')
    with open(path, 'r+b') as file:
        file.write(b'\0' * 4096)
    time.sleep(0.5)
    equal(player.process.poll(), None, 'it plays on')
    player.process.send_signal(signal.SIGTERM)
    equal(player.join(), 0, 'and ends well')


run([a_command_with_a_nul_byte_does_nothing, a_switch_by_osc_is_no_number,
     a_flood_of_osc_does_not_shut_out_standard_input,
     a_flood_of_osc_makes_no_flood_of_events, the_next_writer_of_a_fifo_is_heard,
     scores_and_commands_go_together, a_note_struck_again_before_its_end_is_ended_once,
     a_note_on_of_velocity_0_is_never_sent, muting_ends_what_sounds,
     a_midi_velocity_does_not_blow_the_speakers, a_slow_tempo_follows_the_wall_clock_within_seconds,
     at_rest_the_position_is_of_now, a_tempo_change_moves_no_step,
     tags_never_go_back, stopping_and_starting_a_hundred_times_leaves_nothing_on,
     few_descriptors_are_said_not_crashed_of, a_reader_that_goes_away_ends_the_events_not_the_music,
     a_score_too_large_is_refused_and_the_music_goes_on,
     a_score_cut_short_anywhere_is_refused, a_score_that_is_written_over_while_it_plays_changes_nothing])
