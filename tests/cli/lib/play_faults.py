"""What happens on stage: receivers, networks, clocks and writers that fail, and what is played then."""

import errno
import fcntl

from play import *
from midi import midi_of, notes_left_on

CPU_SECONDS = 10
ENDURANCE = float(os.environ.get('OIDUNA_ENDURANCE', '20'))


def an_osc_port_that_closes_and_opens_again_is_told_once_each():
    receiver = Receiver()
    port = receiver.port
    player = Player(osc=receiver)
    player.score(compile(session(every=1, bpm=240)))
    wait_for(lambda: receiver.got)
    receiver.close()
    player.wait('warning', code='OSC_REFUSED')
    time.sleep(1)
    again = Receiver(port)
    player.wait('warning', code='OSC_BACK')
    count = len(again.got)
    wait_for(lambda: len(again.got) > count + 8)
    equal(len(player.find('warning', code='OSC_REFUSED')), 1, 'a closed port is told once')
    equal(len(player.find('warning', code='OSC_BACK')), 1, 'one that opens again too')
    ok('is SuperDirt running?' in player.stderr(), 'people read what to do', player.stderr())
    equal([line for line in player.stderr().splitlines() if len(line) > 80], [], '... in lines of 80 columns')
    steps = [dict(zip(m[1::2], m[2::2]))['cycle'] * 16 for _, m in again.messages()]
    equal([b - a for a, b in zip(steps, steps[1:]) if (b - a) % STEPS != 1], [],
          'from then on every step is heard, in order')
    player.quit()
    equal(player.bye()['dropped_steps'], 0, 'the player went on all the time')


def a_full_network_queue_loses_packets_and_nothing_else():
    net = in_file(b'0', 'net')
    receiver = Receiver()
    player = Player(osc=receiver, preload='fullnet', env={'OIDUNA_TEST_NET': net})
    player.score(compile(session(every=1, bpm=480)))
    player.wait('position', bar=1)
    with open(net, 'r+b') as file:
        file.write(b'1')
    warning = player.wait('warning', code='OSC_ERROR')
    player.wait('position', bar=3)
    with open(net, 'r+b') as file:
        file.write(b'0')
    last = player.wait('position', bar=4)['step']
    wait_for(lambda: any(dict(zip(m[1::2], m[2::2]))['cycle'] * 16 >= last
                         for _, m in receiver.messages()))
    player.quit()
    report = player.report()
    ok('No buffer space' in warning['message'] and 'txqueuelen' in warning['message'],
       'ENOBUFS is named with a remedy', warning)
    ok(report['osc_errors'] > 10, 'the lost packets are counted', report['osc_errors'])
    steps = [round(dict(zip(m[1::2], m[2::2]))['cycle'] * 16) for _, m in receiver.messages()]
    anchor = receiver.messages()[0][0]
    off = max(abs(tag - anchor - step * 31_250_000)
              for (tag, _), step in zip(receiver.messages(), steps))
    ok(off <= 1000, 'what comes before and after is on one grid', off)
    equal(report['dropped_steps'], 0, 'no step was dropped for it')


def superdirt_that_answers_late_or_never_is_known_by_its_answer():
    never = Receiver()
    late = Receiver(handshake=1.0)
    players = [Player(osc=never), Player(osc=late)]
    for player in players:
        player.score(compile(session(every=4)))
    players[1].wait('status', **{'osc': {'enabled': True, 'connected': True, 'host': '127.0.0.1',
                                         'port': late.port}})
    ok(True, 'SuperDirt that answers late is connected then')
    players[0].wait('warning', code='SUPERDIRT_MISSING')
    equal(players[0].answer('status')['osc']['connected'], False,
          'one that never answers is not connected, though its socket takes everything')
    ok(never.got, 'it is played to all the same')
    never.handshake = 0.0
    players[0].wait('warning', code='SUPERDIRT_BACK')
    ok('SuperDirt answers' in players[0].stderr(), 'and told when it comes')
    for player in players:
        player.quit()


def read_nonblocking(fd, into):
    try:
        into.extend(os.read(fd, 65536))
    except BlockingIOError:
        pass


def a_midi_fifo_without_a_reader_never_holds_the_player_up():
    path = os.path.join(tmp, 'fifo')
    os.mkfifo(path)
    player = Player('--midi-raw', path)
    player.score(compile(session(tracks=0, every=1, bpm=960, midi=12)))
    player.wait('position', bar=1)
    equal(player.answer('status')['midi']['connected'], False, 'a FIFO nobody reads is not connected')
    first = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    data = bytearray()
    wait_for(lambda: read_nonblocking(first, data) or len(data) > 50)
    ok(data, 'a reader that comes is played to')
    os.close(first)
    player.wait('warning', code='MIDI_LOST')
    again = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    player.wait('warning', code='MIDI_BACK')
    data.clear()
    wait_for(lambda: read_nonblocking(again, data) or len(data) > 50)
    heard = midi_of(bytes(data))
    ok(len(heard[0]) == 3 and heard[0][0] >= 0x80, 'the next one gets whole messages', heard[:3])
    # Stalled: it is open but not read until it is full.
    fcntl.fcntl(again, fcntl.F_SETPIPE_SZ, 4096)
    wait_for(lambda: player.answer('metrics')['midi_dropped'] > 20)
    ok('not taken' in player.wait('warning', code='MIDI_ERROR')['message'], 'that it stalls is told')
    position = player.find('position')[-1]
    player.wait('position', bar=(position['bar'] + 2) % 16)
    data.clear()
    wait_for(lambda: read_nonblocking(again, data) or not player.answer('ping')['event'] or
             len(data) > 4096)
    player.quit()
    for _ in range(20):
        read_nonblocking(again, data)
        time.sleep(0.01)
    os.close(again)
    bye = player.bye()
    equal((bye['dropped_steps'], bye['pending_note_offs']), (0, 0),
          'a stalled one costs no step and leaves no note')
    on = notes_left_on(midi_of(bytes(data)))
    equal(on, set(), 'all notes are off when it reads again')


def midi_to_a_full_disk_is_told():
    player = Player('--midi-raw', '/dev/full')
    player.score(compile(session(tracks=0, every=1, bpm=480, midi=1)))
    ok('No space' in player.wait('warning', code='MIDI_ERROR')['message'], 'a full disk is told')
    ok('/dev/full' in player.stderr(), 'to people, too', player.stderr())
    player.quit()


def a_control_stream_that_ends_in_the_middle_plays_on():
    score = compile(session(every=1, bpm=480))
    for name, rest, kind, start in (('line', b'bpm 481', 'warning', 'the last line ended without'),
                                    ('score', score[:100], 'error', 'the input ended in mid-score')):
        receiver = Receiver()
        player = Player(osc=receiver)
        player.score(score)
        player.write(rest)
        player.process.stdin.close()
        wait_for(lambda: [e for e in player.find(kind) if e['message'].startswith(start)])
        ok(True, 'a stream that ends in mid-%s is told' % name)
        if name == 'line':
            player.wait('ok', command='bpm')
            ok(True, 'which is done')
        count = len(receiver.got)
        wait_for(lambda: len(receiver.got) > count + 16)
        equal(player.process.poll(), None, 'the player plays on')
        player.process.send_signal(signal.SIGTERM)
        equal(player.join(), 0, 'until it is stopped')
        equal(player.bye()['reason'], 'signal', 'which it tells')


def a_writer_that_stalls_in_mid_score_disturbs_nothing():
    score = compile(session(every=1, bpm=480))
    receiver = Receiver()
    player = Player(osc=receiver)
    player.score(score)
    half = len(score) // 2
    player.write(score[:half])
    player.wait('position', bar=3)
    before = len(player.find('ok', command='score'))
    player.write(score[half:])
    wait_for(lambda: len(player.find('ok', command='score')) > before)
    player.quit()
    steps = [round(dict(zip(m[1::2], m[2::2]))['cycle'] * 16) for _, m in receiver.messages()]
    equal(steps, [s % STEPS for s in range(len(steps))], 'every step was played once, in order')
    equal(player.bye()['dropped_steps'], 0, 'none was dropped')


def a_player_that_was_stopped_for_3_seconds_goes_on_in_phase():
    path = os.path.join(tmp, 'raw')
    receiver = Receiver()
    player = Player('--midi-raw', path, '--midi-clock', osc=receiver)
    player.score(compile(session(every=1, bpm=120, midi=1)))
    player.wait('position', beat=2)
    os.kill(player.pid, signal.SIGSTOP)
    time.sleep(3)
    os.kill(player.pid, signal.SIGCONT)
    begun = time.monotonic_ns()
    warning = player.wait('warning', code='STEPS_DROPPED')
    at = player.find('position')[-1]['step']
    player.wait('position', step=at + 10)
    player.quit()
    found = [(round(dict(zip(m[1::2], m[2::2]))['cycle'] * 16), tag)
             for tag, m in receiver.messages()]
    anchor = found[0][1]
    off = max(abs(tag - anchor - step * 125_000_000) for step, tag in found)
    ok(off <= 1000, 'all that is sent is on the grid of before', off)
    steps = [step for step, _ in found]
    missing = sorted(set(range(steps[-1] + 1)) - set(steps))
    note('%d steps were skipped' % len(missing))
    equal(len(missing), warning['count'], 'the steps that are missing are the ones that are told')
    ok(missing and missing == list(range(missing[0], missing[-1] + 1)), 'they are one gap', missing)
    equal(len(steps), len(set(steps)), 'no step is played twice')
    equal(player.bye()['dropped_steps'], len(missing), 'they are counted')
    burst = [p for arrival, p in receiver.got if 0 <= arrival - begun < 20_000_000]
    ok(len(burst) <= 4, 'there is no burst on waking', len(burst))
    with open(path, 'rb') as file:
        heard = midi_of(file.read())
    equal(notes_left_on(heard), set(), 'no MIDI note is left on')
    equal(player.bye()['pending_note_offs'], 0, 'the ledger is empty')
    again = [i for i, m in enumerate(heard) if m[0] == 0xfb]
    ok(again and heard[again[0] - 1][0] == 0xf2, 'the MIDI clock is put right: position, Continue',
       [m for m in heard if m[0] > 0xf0 and m[0] != 0xf8])
    words = [m[0] for m in heard if m[0] in (0xfa, 0xfb, 0xfc, 0xf2)]
    equal(words, [0xfa, 0xfc, 0xf2, 0xfb, 0xfc], '... once: Stop, position, Continue')
    run_of = max(len(run) for run in ''.join('c' if m[0] == 0xf8 else ' ' for m in heard).split())
    ok(run_of <= 6, '... and there is no burst of clocks: a step has six', run_of)


def panic_silences_what_a_killed_player_left():
    path = os.path.join(tmp, 'killed')
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    receiver = Receiver()
    player = Player('--midi-raw', path, osc=receiver)
    made = session(every=4, bpm=240, midi=3)
    for i in range(3):
        made['sequences']['m%d' % i]['events'] = [{'step': 0, 'note': 60 + i, 'gate': 200}]
    player.score(compile(made))
    player.wait('position', step=4)
    player.process.kill()
    player.process.wait()
    data = bytearray()
    read_nonblocking(reader, data)
    equal(len(notes_left_on(midi_of(bytes(data)))), 3, 'a killed player leaves notes on')
    receiver.got.clear()
    done = subprocess.run([PLAY, '--panic', '--midi-raw', path, '--osc',
                           '127.0.0.1:%d' % receiver.port], capture_output=True, check=False)
    equal((done.returncode, done.stdout), (0, b''), '--panic succeeds and prints nothing')
    ok(b'all notes off' in done.stderr and b'superpanic' in done.stderr, 'it says what it did',
       done.stderr)
    after = bytearray()
    read_nonblocking(reader, after)
    heard = midi_of(bytes(after))
    wanted = []
    for channel in range(16):
        wanted += [[0xb0 + channel, 64, 0], [0xb0 + channel, 123, 0], [0xb0 + channel, 120, 0],
                   [0xb0 + channel, 121, 0], [0xe0 + channel, 0, 64]]
    equal(heard[:len(wanted)], wanted, 'pedal, notes, sounds, controllers, bend on 16 channels')
    equal(heard[len(wanted):], [[0x80 + channel, number, 0] for channel in range(16) for number in range(128)],
          'and each note of each, for devices that know nothing else')
    equal(notes_left_on(midi_of(bytes(data)) + heard), set(), 'no note is left')
    equal({tuple(m) for _, m in receiver.messages()}, {('/dirt/play', 's', 'superpanic')},
          'SuperDirt gets superpanic')
    lines = done.stderr.decode().splitlines()
    ok('all notes off' in lines[0] and 'superpanic' in lines[1],
       'MIDI does not wait for the name of the other machine', lines)
    os.close(reader)


def panic_that_is_not_sent_says_so():
    receiver = Receiver(handshake=0)
    lost = {'FAIL_CALL': 'send', 'FAIL_NTH': '1', 'FAIL_ERRNO': str(errno.ENOBUFS)}
    done = subprocess.run([PLAY, '--panic', '--osc', '127.0.0.1:%d' % receiver.port],
                          capture_output=True, check=False, env=preloaded('failnth', lost))
    ok(done.returncode == 74 and b'superpanic was not sent' in done.stderr and
       os.strerror(errno.ENOBUFS).encode() in done.stderr and b'superpanic sent' not in done.stderr,
       '--panic into a full queue', (done.returncode, done.stderr))


def panic_needs_no_name_server():
    receiver = Receiver(handshake=0)
    # A name is looked up once, at the start.
    player = Player(osc=receiver, preload='failnth',
                    env={'FAIL_CALL': 'getaddrinfo', 'FAIL_NTH': '2'})
    wait_for(lambda: [e for e in player.find('status') if e['osc']['connected']])
    equal(player.find('warning', code='SUPERDIRT_BACK'), [], 'who was never missed is not told to be back')
    equal(player.answer('panic')['event'], 'ok', 'panic without a name server')
    wait_for(lambda: ['/dirt/play', 's', 'superpanic'] in [m for _, m in receiver.messages()])
    ok(True, 'SuperDirt gets superpanic')
    player.quit()


def big(number):
    """100,000 events: 250 tracks, 400 events each."""
    made = session(tracks=250, bpm=300)
    for i in range(250):
        made['sequences']['t%d' % i] = {
            'events': [{'step': (s * 7 + i + number) % STEPS, 'velocity': 0.5 + s % 2 / 4}
                       for s in range(400)]}
    made['apply'] = {'timing': 'bar'}
    return compile(made)


def memory_of(pid):
    with open('/proc/%d/statm' % pid, encoding='ascii') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE')


def scores_of_100000_events_are_taken_over_at_every_bar():
    scores = [big(0), big(1)]
    receiver = Receiver()
    receiver.keep = False
    # What the sanitizer keeps to find late uses is no growth of ours.
    keep = os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=8'
    player = Player('--midi-raw', os.path.join(tmp, 'none'), osc=receiver,
                    env={'ASAN_OPTIONS': keep.lstrip(':')})
    player.score(scores[0])
    end = time.monotonic() + ENDURANCE
    taken = 0
    sizes = []
    while time.monotonic() < end:
        change = player.score(scores[taken % 2])['change']
        player.wait('applied', change=change)
        taken += 1
        sizes.append(memory_of(player.pid))
    player.quit()
    report = player.report()
    note('%d scores of %d bytes in %d s, %d messages a second; memory after 4: %d kB, at the end: '
         '%d kB; tick p99 %.0f us' %
         (taken, len(scores[0]), ENDURANCE, report['events'] / ENDURANCE, sizes[3] // 1024,
          sizes[-1] // 1024, report['tick_us']['p99']))
    ok(taken > ENDURANCE / (10 if SLOW else 2), 'a score is taken over at every bar', taken)
    ok(max(sizes[4:]) < sizes[3] * 1.25 + (4 << 20), 'memory does not grow', sizes)
    if not SLOW:
        equal(report['dropped_steps'], 0, 'no step is dropped')
    equal(report['lost_events'], 0, 'no event is lost')
    equal(player.bye()['pending_note_offs'], 0, 'no note is left')


def cpu_of(pid):
    """CPU time of all its threads, seconds."""
    total = 0
    for thread in os.listdir('/proc/%d/task' % pid):
        with open('/proc/%d/task/%s/schedstat' % (pid, thread), encoding='ascii') as file:
            total += int(file.read().split()[0])
    return total / 1e9


def a_player_that_has_nothing_to_play_costs_next_to_nothing():
    if not os.path.exists('/proc/self/schedstat'):
        raise Skip('no schedstat')
    receiver = Receiver(handshake=0)
    player = Player('--paused', osc=receiver)
    player.score(compile(session(tracks=8, midi=2)))
    time.sleep(0.5)
    before = cpu_of(player.pid)
    time.sleep(CPU_SECONDS)
    share = (cpu_of(player.pid) - before) / CPU_SECONDS
    note('idle: %.3f %% of a core' % (share * 100))
    ok(share < (0.1 if SLOW else 0.005),
       'idle costs less than 0.5 % of a core', share)
    player.quit()


def a_reload_in_the_last_bar_spoils_nothing_of_the_next_score():
    names = []
    for i in range(2):
        made = session(every=1, bpm=960)
        made['tracks']['t0']['params']['n'] = i
        names.append(in_file(compile(made), 'turn%d.odn' % i))
    receiver = Receiver()
    player = Player('--loops', '1', *names, osc=receiver)
    wait_for(lambda: any(e['step'] > 240 for e in player.find('position')))
    os.kill(player.pid, signal.SIGHUP)
    equal(player.join(), 0, 'two scores play to their end')
    if player.bye()['dropped_steps'] == 0:
        equal([m[m.index('n') + 1] for _, m in receiver.messages()], [0] * STEPS + [1] * STEPS,
              'the second from its first step on')


def full_pipe():
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETFL, os.O_NONBLOCK)
    try:
        while True:
            os.write(write, b'x' * 4096)
    except BlockingIOError:
        pass
    fcntl.fcntl(write, fcntl.F_SETFL, 0)
    return read, write


def who_reads_nothing_does_not_keep_the_player_from_ending():
    score = in_file(compile(session(every=1, bpm=480)), 'stalled.odn')
    for option, stream in (('-v', 'stderr'), ('--show', 'stdout'), ('--events', 'stdout')):
        receiver = Receiver()
        read, write = full_pipe()
        where = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL, stream: write}
        process = subprocess.Popen([PLAY, option, '--osc', '127.0.0.1:%d' % receiver.port, score],
                                   stdin=subprocess.DEVNULL, **where)
        wait_for(lambda: len(receiver.got) > 24)
        process.send_signal(signal.SIGTERM)
        equal(process.wait(PATIENCE), 0, '%s into a full pipe: TERM ends it' % option)
        os.close(read)
        os.close(write)
        receiver.close()


def getting_ready_can_be_broken_off():
    path = os.path.join(tmp, 'nobody-writes')
    os.mkfifo(path)
    process = subprocess.Popen([PLAY, '--no-osc', path], stdin=subprocess.DEVNULL)

    def writer():
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # the player has not opened it yet
            return None
    fd = wait_for(writer)
    process.send_signal(signal.SIGINT)
    equal(process.wait(PATIENCE), 0, 'a score that nobody writes is not waited for after INT')
    os.close(fd)


def signals_end_reload_and_report():
    path = in_file(compile(session(every=1, bpm=480)), 'reload.odn')
    receiver = Receiver()
    player = Player(path, osc=receiver)
    player.wait('position', bar=1)
    os.kill(player.pid, signal.SIGUSR1)
    wait_for(lambda: 'dropped steps' in player.stderr())
    ok(True, 'USR1 prints the metrics on standard error')
    with open(path + '.new', 'wb') as file:
        file.write(compile(session(tracks=2, every=1, bpm=480)))
    os.rename(path + '.new', path)
    seen = len(player.events)
    os.kill(player.pid, signal.SIGHUP)
    applied = player.wait('applied', after=seen)
    equal(applied['step'] % 16, 0, 'HUP takes the new file over at a bar')
    player.wait('position', after=seen, step=(applied['step'] + 4) % STEPS)
    wait_for(lambda: any(m[m.index('n') + 1] == 1 for _, m in receiver.messages()))
    ok(True, 'its new track is heard')
    with open(path + '.new', 'wb') as file:
        file.write(b'\x89garbage')
    os.rename(path + '.new', path)
    os.kill(player.pid, signal.SIGHUP)
    player.wait('warning', code='BAD_SCORE')
    equal(player.process.poll(), None, 'a bad file is told, and what plays plays on')
    os.kill(player.pid, signal.SIGINT)
    equal(player.join(), 0, 'INT ends it without error')
    ok(path in player.stderr(), 'the bad file was named', player.stderr())


def read_bytes(path):
    with open(path, 'rb') as file:
        return file.read()


def is_stopped(pid):
    with open('/proc/%d/stat' % pid, encoding='ascii') as file:
        return file.read().rsplit(') ', 1)[1].startswith('T')


def a_player_sent_to_sleep_leaves_no_note_on():
    if EMULATOR:
        raise Skip('what stops is the emulator')
    for bpm, state in ((240, 'playing'), (5, 'playing'), (240, 'paused')):
        path = os.path.join(tmp, 'asleep.%d.%s' % (bpm, state))
        player = Player('--midi-raw', path, '--midi-clock', own_group=True)
        made = session(tracks=0, midi=2, every=1, bpm=bpm)
        for sequence in made['sequences'].values():
            for event in sequence['events']:
                event['gate'] = 60
        player.score(compile(made))
        wait_for(lambda: os.path.exists(path) and notes_left_on(midi_of(read_bytes(path))))
        if state == 'paused':
            player.answer('pause')
            player.line('trigger m0 100 50 60000')
            wait_for(lambda: (0, 50) in notes_left_on(midi_of(read_bytes(path))))
        seen = len(player.events)
        os.kill(player.pid, signal.SIGTSTP)
        wait_for(lambda: is_stopped(player.pid))
        played = midi_of(read_bytes(path))
        equal(notes_left_on(played), set(), '%s at %d BPM, ^Z: no note is left on' % (state, bpm))
        os.kill(player.pid, signal.SIGCONT)
        if state == 'playing':
            player.wait('status', after=seen, state='paused')
            player.wait('status', after=seen, state='playing')
            wait_for(lambda: notes_left_on(midi_of(read_bytes(path))[len(played):]))
            ok(True, 'and it plays on')
        else:
            equal(player.answer('status')['state'], 'paused', 'what was paused stays so')
        player.quit()
        equal(player.bye()['dropped_steps'], 0, 'nothing was skipped')
        equal(notes_left_on(midi_of(read_bytes(path))), set(), 'in the end no note is on either')


run([an_osc_port_that_closes_and_opens_again_is_told_once_each,
     a_full_network_queue_loses_packets_and_nothing_else,
     superdirt_that_answers_late_or_never_is_known_by_its_answer,
     a_midi_fifo_without_a_reader_never_holds_the_player_up,
     midi_to_a_full_disk_is_told,
     a_control_stream_that_ends_in_the_middle_plays_on,
     a_writer_that_stalls_in_mid_score_disturbs_nothing,
     a_player_that_was_stopped_for_3_seconds_goes_on_in_phase,
     panic_silences_what_a_killed_player_left,
     panic_that_is_not_sent_says_so,
     panic_needs_no_name_server,
     scores_of_100000_events_are_taken_over_at_every_bar,
     a_player_that_has_nothing_to_play_costs_next_to_nothing,
     a_reload_in_the_last_bar_spoils_nothing_of_the_next_score,
     who_reads_nothing_does_not_keep_the_player_from_ending,
     getting_ready_can_be_broken_off,
     signals_end_reload_and_report,
     a_player_sent_to_sleep_leaves_no_note_on])
