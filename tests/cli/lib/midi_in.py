"""oiduna-midi between bytes and a player that is the test's own."""

import contextlib
import random
import re
import tty

import play
from play import *

MIDI = os.path.join(BIN, 'oiduna-midi')
START, CONTINUE, STOP, CLOCK = b'\xfa', b'\xfb', b'\xfc', b'\xf8'


def message(packet):
    """[address, argument...]; d is a number too."""
    address, at = play._string(packet, 0)
    types, at = play._string(packet, at)
    args = []
    for kind in types[1:]:
        if kind == 's':
            text, at = play._string(packet, at)
            args.append(text)
        else:
            assert kind == 'd', kind
            args.append(struct.unpack_from('>d', packet, at)[0])
            at += 8
    assert at == len(packet)
    return [address] + args


def double_osc(address, *args):
    def pad(data):
        return data + b'\0' * (4 - len(data) % 4)
    types = ','.encode()
    data = b''
    for arg in args:
        if isinstance(arg, str):
            types += b's'
            data += pad(arg.encode())
        else:
            types += b'd'
            data += struct.pack('>d', arg)
    return pad(address.encode()) + pad(types) + data


class Partner:
    """A player's control port, as far as it matters: keeps what comes, answers who subscribes."""

    def __init__(self, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', port))
        self.port = self.socket.getsockname()[1]
        self.got = []
        self.subscribed = 0
        self.answers = [double_osc('/oiduna/status', 'stopped', 120.0)]
        self.open = True
        self.thread = threading.Thread(target=self._receive, daemon=True)
        self.thread.start()
        play._receivers.append(self)

    def _receive(self):
        while self.open:
            if not select.select([self.socket], [], [], 0.02)[0]:
                continue
            packet, sender = self.socket.recvfrom(65536)
            got = message(packet)
            if got[0] == '/oiduna/subscribe':
                self.subscribed += 1
                for answer in self.answers:
                    self.socket.sendto(answer, sender)
            else:
                self.got.append(got)

    def heard(self, *addresses):
        return [m for m in list(self.got) if m[0][8:] in addresses]

    def close(self):
        if self.open:
            self.open = False
            self.thread.join()
            self.socket.close()
            play._receivers.remove(self)


class Bridge:
    count = 0

    def __init__(self, *options, partner=None, fifo=True, stdin=None):
        Bridge.count += 1
        self.fifo = os.path.join(play.tmp, 'fifo.%d' % Bridge.count)
        self.errors = os.path.join(play.tmp, 'err.%d' % Bridge.count)
        arguments = [MIDI] + list(options)
        if fifo:
            os.mkfifo(self.fifo)
            arguments += ['--raw', self.fifo]
        if partner is not None:
            arguments += ['--player', ':%d' % partner.port]
        with open(self.errors, 'wb') as errors:
            self.process = subprocess.Popen(arguments, stdin=stdin, stdout=subprocess.PIPE, stderr=errors)
        if fifo:
            self.pipe = os.open(self.fifo, os.O_WRONLY)
        play._players.append(self)

    def write(self, data):
        os.write(self.pipe, data)

    def said(self):
        with open(self.errors, encoding='utf-8', errors='replace') as file:
            return file.read()

    def wait_said(self, pattern):
        wait_for(lambda: re.search(pattern, self.said()))
        return self.said()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=PATIENCE)
        if self in play._players:
            play._players.remove(self)
        return self.process.returncode, out.decode()

    def kill(self):
        self.process.kill()
        self.process.wait()
        play._players.remove(self)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]


def map_file(text):
    path = os.path.join(play.tmp, 'keys.map')
    with open(path, 'w') as file:
        file.write(text)
    return path


def clocks(bridge, n, until=lambda: True, bpm=120.0):
    """n clocks, as exactly as this machine will, and more until something is true."""
    begun = time.monotonic()
    i = 0
    while i < n or (not until() and time.monotonic() < begun + PATIENCE):
        bridge.write(CLOCK)
        i += 1
        time.sleep(max(0, begun + i * 2.5 / bpm - time.monotonic()))
    wait_for(until)


def wrong_usage_is_said():
    for options, said in ((['--clock'], 'listen to what'), (['--from', 'x'], 'nothing to do'),
                          (['--from', 'x', '--raw', 'y', '--clock'], 'exclude each other'),
                          (['--check'], 'goes with --map'), (['--check', '--map', 'x', '--clock'], 'alone'),
                          (['--list', '--clock'], 'stands alone'), (['--from', '', '--clock'], 'needs a name'),
                          (['--raw', '', '--clock'], 'needs a name'), (['--map', ''], 'needs a name'),
                          (['--raw', '-', '--clock', '--player', ':99999'], 'HOST:PORT'),
                          (['--raw', '-', '--clock', 'more'], "'more'")):
        done = subprocess.run([MIDI] + options, capture_output=True, text=True, check=False)
        ok(done.returncode == 64 and said in done.stderr, 'wrong usage: %s' % ' '.join(options), done.stderr)
    done = subprocess.run([MIDI, '--raw', '/no/such', '--clock'], capture_output=True, text=True, check=False)
    ok(done.returncode == 66 and '/no/such' in done.stderr, 'a device that is not there is an input that is missing',
       done.stderr)
    done = subprocess.run([MIDI, '--check', '--map', '/no/such'], capture_output=True, text=True, check=False)
    equal(done.returncode, 66, 'so is a map')


def a_map_is_judged_with_place_and_nearest_name():
    path = map_file('cc 1 74 -> set bass cutoff 200..8000 exp\nnote 10 36 -> trigar kick\npc 1 -> stop\n')
    done = subprocess.run([MIDI, '--check', '--map', path], capture_output=True, text=True, check=False)
    equal(done.returncode, 65, 'a wrong map is bad data')
    ok("keys.map:2:15: error: no command 'trigar'; did you mean 'trigger'?\n  note 10 36 -> trigar kick\n" in
       done.stderr and 'keys.map:3:6: error: the number is missing' in done.stderr, 'each error has its place', done.stderr)
    done = subprocess.run([MIDI, '--check', '--map', map_file('# nothing\n')], capture_output=True, text=True,
                          check=False)
    ok(done.returncode == 0 and not done.stderr, 'a sound map is not spoken of', done.stderr)
    path = map_file('# ' + 'x' * 77 + '\n')
    for size, status, said in ((8 << 20, 0, ''), ((8 << 20) + 1, 65, 'oiduna-midi: %s: longer than 8 MiB\n' % path)):
        map_file(('# ' + 'x' * 77 + '\n') * (size // 80 + 1))
        os.truncate(path, size)
        done = subprocess.run([MIDI, '--check', '--map', path], capture_output=True, text=True, check=False)
        equal((done.returncode, done.stderr), (status, said), 'a map of %d bytes' % size)


def what_is_touched_is_learnt_once():
    done = subprocess.run([MIDI, '--raw', '-', '--learn', '-q'], stdout=subprocess.PIPE, check=True,
                          input=b'\xb0\x4a\x10\x4a\x11\x99\x24\x40\x89\x24\x00\xc0\x03\xe1\x00\x40\xd2\x10\xb0\x4a\x12'
                          ).stdout.decode()
    equal(done, 'cc 1 74 -> set TRACK gain 0..1\nnote 10 36 -> trigger TRACK\npc 1 3 -> scene NAME\n'
          'bend 2 -> set TRACK pan 0..1\npressure 3 -> set TRACK gain 0..1\n', 'a line for each controller')
    checked = subprocess.run([MIDI, '--check', '--map', map_file(done)], check=False)
    equal(checked.returncode, 0, 'what it prints is a map')


def controllers_do_what_the_map_says():
    partner = Partner()
    bridge = Bridge('--map', map_file('cc 1 74 -> set bass cutoff 200..8000 exp\n'
                                      'note 10 36 -> trigger kick\ncc 1 64 -> start\npc 1 3 -> scene "my verse" bar\n'
                                      'cc 1 20 -> bpm 60..180\nnote 10 48 -> mute hat toggle\n'), partner=partner)
    bridge.wait_said('a player answers')
    bridge.write(b'\x99\x24\x40\xb0\x40\x7f\xc0\x03\x99\x30\x01')
    wait_for(lambda: partner.heard('mute'))
    equal(partner.got, [['/oiduna/trigger', 'kick'], ['/oiduna/start'], ['/oiduna/scene', 'my verse', 'bar'],
                        ['/oiduna/mute', 'hat', 'toggle']], 'keys and buttons act in their order')
    for value in range(128):
        bridge.write(bytes((0xb0, 74, value)))
    last = ['/oiduna/set', 'bass', 'cutoff', 8000.0]
    wait_for(lambda: last in partner.got)
    values = [m[3] for m in partner.heard('set')]
    ok(values == sorted(values) and values[-1] == 8000.0, 'a fader ends where it was left', values)
    bridge.write(b'\xb0\x14\x00')
    wait_for(lambda: ['/oiduna/bpm', 60.0] in partner.got)
    ok(True, 'a number is sent as one')
    status, _ = bridge.end()
    equal(status, 0, 'SIGTERM ends it')


def a_map_is_read_again_on_hup():
    partner = Partner()
    path = map_file('note 1 1 -> start\n')
    bridge = Bridge('--map', path, partner=partner)
    bridge.wait_said('a player answers')
    map_file('note 1 1 -> stop\n')
    bridge.process.send_signal(signal.SIGHUP)
    bridge.wait_said('read again, 1 lines')
    bridge.write(b'\x90\x01\x40')
    wait_for(lambda: partner.heard('stop'))
    ok(not partner.heard('start'), 'the new map holds')
    map_file('note 1 1 -> strat\n')
    bridge.process.send_signal(signal.SIGHUP)
    said = bridge.wait_said('stays in force')
    ok("did you mean 'start'" in said, 'a wrong one is told', said)
    partner.got.clear()
    bridge.write(b'\x90\x01\x40')
    wait_for(lambda: partner.heard('stop'))
    ok(True, 'and the one before stays')
    bridge.end()


def a_clock_is_followed():
    partner = Partner()
    bridge = Bridge('--clock', partner=partner)
    bridge.wait_said('a player answers')
    bridge.write(START)
    clocks(bridge, 72, lambda: len(partner.heard('sync')) > 5)
    names = [m[0][8:] for m in partner.got]
    equal(names[:2], ['sync', 'start'], 'the player is told where the master is, then to start')
    equal(names.count('start'), 1, 'once')
    lines = partner.heard('sync')
    steps = [float(m[1]) for m in lines]
    ok(steps == sorted(steps) and 0 <= steps[0] <= 11, 'steps go on from the start', steps)
    ok(all(m[4] == 'midi-clock' for m in lines), 'the source has a name')
    # What the lines say together: the position at each one's time is on one line through all.
    first = [float(x) for x in lines[1][1:4]]
    last = [float(x) for x in lines[-1][1:4]]
    bpm = (last[0] - first[0]) * 15e9 / (last[2] - first[2])
    ok(1 < bpm < 999, 'in the tempo they came in, as far as this machine keeps it: %.2f' % bpm, bpm)
    bridge.write(STOP)
    wait_for(lambda: partner.heard('pause'))
    ok(True, 'Stop pauses')
    partner.got.clear()
    bridge.write(b'\xf2\x64\x00' + CONTINUE)
    clocks(bridge, 24, lambda: partner.heard('start'))
    steps = [float(m[1]) for m in partner.heard('sync')]
    ok(steps and 99.8 <= steps[0] <= 112, 'Song Position and Continue go on there', steps)
    bridge.end()


def a_player_that_plays_is_started_anew_by_start_only():
    partner = Partner()
    partner.answers = [double_osc('/oiduna/status', 'playing', 120.0)]
    bridge = Bridge('--clock', partner=partner)
    bridge.wait_said('a player answers')
    bridge.write(START)
    clocks(bridge, 24, lambda: partner.heard('start'))
    equal([m[0][8:] for m in partner.got][:3], ['sync', 'stop', 'start'], 'Start begins at the top')
    partner.got.clear()
    bridge.write(STOP + CONTINUE)
    clocks(bridge, 24, lambda: partner.heard('start'))
    ok(not partner.heard('stop'), 'Continue does not')
    bridge.end()


def a_clock_that_ran_before_is_followed_in_tempo():
    partner = Partner()
    partner.answers = [double_osc('/oiduna/status', 'playing', 120.0),
                       double_osc('/oiduna/sync', 40.0, 120.0, time.time())]
    bridge = Bridge('--clock', partner=partner)
    bridge.wait_said('a player answers')
    clocks(bridge, 48, lambda: partner.heard('sync'))
    bridge.wait_said('ran before we listened')
    ok(not partner.heard('start', 'stop', 'pause'), 'nothing is started')
    ok(float(partner.heard('sync')[0][1]) >= 40, 'the place is the player\'s own', partner.heard('sync')[0])
    bridge.end()


def no_player_is_said_once_and_one_that_comes_is_found():
    port = free_port()
    bridge = Bridge('--clock', '--player', ':%d' % port)
    bridge.wait_said('no player answers')
    partner = Partner(port)
    bridge.wait_said('a player answers')
    equal(bridge.said().count('no player answers'), 1, 'its absence is said once')
    partner.socket.sendto(b'\0' * 8, partner.socket.getsockname())  # not to the bridge: it is connected
    bridge.end()


def a_player_that_comes_back_comes_in_where_the_master_is():
    song = compile(session(tracks=1, every=1))
    port = free_port()
    bridge = Bridge('--clock', '--player', ':%d' % port)
    bridge.wait_said('no player answers')
    bridge.write(START)
    for came in (1, 2):  # the second time after the first was killed
        player = Player('--control-port', str(port), '--paused', '--no-osc')
        player.score(song)
        clocks(bridge, 1, lambda: bridge.said().count('a player answers') == came)
        clocks(bridge, 1, lambda: player.answer('status')['state'] == 'playing')
        sync = player.answer('status')['sync']
        ok(sync['source'] == 'midi-clock', 'a player that comes while the master runs is started', sync)
        player.kill()
        clocks(bridge, 1, lambda: bridge.said().count('no player answers') > came)
        ok(True, 'that it is gone is said at once')
    bridge.end()


def what_a_map_may_say_a_player_does():
    with open('man/oiduna-midimap.5', encoding='utf-8') as page:
        lines = re.findall(r'^(?:cc|note|pc|bend|pressure) .*->.*', page.read(), re.M)
    ok(len(lines) > 4, 'the page has examples', lines)
    port = free_port()
    player = Player('--control-port', str(port), '--paused', '--no-osc')
    tracks = ('bass', 'kick', 'hat', 'lead')
    part = {'tracks': {t: {'params': {'s': 'bd'}} for t in tracks}, 'sequences': {t: {'events': [{'step': 0}]} for t in tracks}}
    song = {**part, 'scenes': {'verse': part}}
    player.score(compile(song))
    bridge = Bridge('--map', map_file('\n'.join(lines) + '\n'), '--player', ':%d' % port)
    bridge.wait_said('a player answers')
    for channel in range(16):
        for number in range(128):
            bridge.write(bytes((0x90 + channel, number, 100, 0xb0 + channel, number, 127, 0xc0 + channel, number)))
            time.sleep(0.0005)
        bridge.write(bytes((0xe0 + channel, 0, 96, 0xd0 + channel, 90)))
    player.answer('ping')
    time.sleep(0.5)
    errors = [e for e in player.events if e['event'] == 'error']
    equal(errors, [], 'and a player takes each of them')
    bridge.end()
    player.quit()


def what_the_player_refuses_is_printed():
    partner = Partner()
    partner.answers.append(double_osc('/oiduna/error', 'UNKNOWN_TRACK', "no track 'bas'; did you mean \x1b[31m'bass'?"))
    bridge = Bridge('--clock', partner=partner)
    said = bridge.wait_said('the player says')
    ok("no track 'bas'" in said and '\x1b' not in said, 'in its words, without what steers a terminal', said)
    bridge.end()


def what_is_refused_a_hundred_times_a_second_is_printed_a_few_times():
    partner = Partner()
    same = [double_osc('/oiduna/error', 'UNKNOWN_TRACK', 'no track a')] * 20
    partner.answers += same + [double_osc('/oiduna/error', 'UNKNOWN_TRACK', 'no track b%d' % i) for i in range(20)]
    bridge = Bridge('--clock', partner=partner)
    bridge.wait_said('no track b3')
    wait_for(lambda: partner.subscribed > 1)
    lines = [line for line in bridge.said().splitlines() if 'the player says' in line]
    ok(len(lines) <= 10 and len([line for line in lines if line.endswith('track a')]) <= 2, 'once, and not all of them', lines)
    bridge.end()


def a_tempo_that_none_can_follow_is_said_and_not_followed():
    partner = Partner()
    bridge = Bridge('--clock', partner=partner)
    bridge.wait_said('a player answers')
    bridge.write(START)
    for _ in range(20):
        bridge.write(CLOCK * 200)
        time.sleep(0.01)
    for message_ in partner.heard('sync'):
        ok(1 <= float(message_[2]) <= 999, 'a tempo within bounds', message_)
    chance = random.Random(1)
    for _ in range(200):
        bridge.write(bytes(chance.randrange(256) for _ in range(4000)))
    bridge.write(STOP)
    wait_for(lambda: partner.heard('pause'))
    ok(True, 'a flood of clocks is outlived')
    equal(bridge.said().count('not followed'), 1, 'and said once')
    bridge.end()


def garbage_does_no_harm():
    partner = Partner()
    partner.answers += [b'', b'#bundle\0', b'/oiduna/sync\0\0\0\0,ddd\0\0\0\0' + b'\xff' * 24,
                        double_osc('/oiduna/sync', float('nan'), 120.0, 1e300),
                        double_osc('/oiduna/sync', 1e30, -5.0, -1.0), double_osc('/oiduna/status', 'x' * 1000, float('inf')),
                        double_osc('/oiduna/challenge', 'y' * 1500), os.urandom(700)]
    bridge = Bridge('--clock', '--map', map_file(''.join('cc %d %d -> set t%d gain 0..1\n' % (i % 16 + 1, i // 16 % 128, i)
                                                         for i in range(10000))), '--learn', partner=partner)
    bridge.wait_said('a player answers')
    chance = random.Random(7)
    for _ in range(200):
        bridge.write(bytes(chance.randrange(256) for _ in range(4000)))
    def is_heard():
        bridge.write(b'\xb0\x00\x7f')  # again: a datagram may be lost in the crowd
        time.sleep(0.05)
        return ['/oiduna/set', 't0', 'gain', 1.0] in partner.got

    bridge.write(b'\xf7' + STOP)
    wait_for(is_heard)
    ok(True, 'after noise, a controller is heard')
    ok(bridge.said().count('commands are dropped') <= 1, 'what is too much is said once')
    status, _ = bridge.end()
    equal(status, 0, 'and it ends as ever')


def a_writer_may_go_away_and_come_back():
    partner = Partner()
    bridge = Bridge('--map', map_file('note 1 1 -> start\n'), partner=partner)
    bridge.wait_said('a player answers')
    os.close(bridge.pipe)
    time.sleep(0.1)
    bridge.pipe = os.open(bridge.fifo, os.O_WRONLY)
    bridge.write(b'\x90\x01\x40')
    wait_for(lambda: partner.heard('start'))
    ok(bridge.process.poll() is None, 'a FIFO has no end')
    bridge.end()


def a_pipe_ends_with_its_last_writer_by_whatever_name():
    for path in ('-', '/dev/stdin', '/dev/fd/0'):
        done = subprocess.run([MIDI, '--raw', path, '--learn'], input=b'\xb0\x4a\x10', capture_output=True, check=False,
                              timeout=PATIENCE)
        equal((done.returncode, done.stdout, done.stderr), (0, b'cc 1 74 -> set TRACK gain 0..1\n', b''),
              '%s: read to its end, then it ends' % path)


def what_can_never_be_read_ends_it():
    for path, stdin, status, said in (
            (play.tmp, subprocess.DEVNULL, 66, 'cannot read %s: Is a directory' % play.tmp),
            ('-', os.open(play.tmp, os.O_RDONLY), 66, 'cannot read <stdin>: Is a directory'),
            ('-', os.open('/dev/null', os.O_WRONLY), 74, 'cannot read <stdin>: Bad file descriptor')):
        done = subprocess.run([MIDI, '--raw', path, '--clock'], stdin=stdin, capture_output=True, text=True,
                              check=False, timeout=PATIENCE)
        equal((done.returncode, done.stderr), (status, 'oiduna-midi: %s\n' % said), '%s: said, %d' % (path, status))
    done = subprocess.run(['sh', '-c', 'exec "$0" --raw - --clock <&-', MIDI], capture_output=True, text=True,
                          check=False, timeout=PATIENCE)
    equal((done.returncode, done.stderr.count('\n')), (74, 1), 'so does standard input that it was started without')


def who_does_not_take_what_is_learnt_is_told():
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([MIDI, '--raw', '-', '--learn'], input=b'\xb0\x4a\x10', stdout=full,
                              stderr=subprocess.PIPE, check=False)
    equal((done.returncode, done.stderr), (74, b'oiduna-midi: cannot write: No space left on device\n'), 'a full disk')
    bridge = Bridge('--learn')
    bridge.process.stdout.close()
    bridge.write(b'\xb0\x4a\x10')
    equal(bridge.process.wait(PATIENCE), 74, 'a reader that went away ends it')
    play._players.remove(bridge)
    partner = Partner()
    bridge = Bridge('--learn', '--map', map_file('note 1 1 -> start\n'), partner=partner)
    bridge.process.stdout.close()
    bridge.write(b'\xb0\x4a\x10\x90\x01\x40')
    wait_for(lambda: partner.heard('start'))
    ok(bridge.process.poll() is None, 'but not where a player is told, too')
    bridge.process.terminate()
    equal(bridge.process.wait(PATIENCE), 74, 'at its end that is said')
    play._players.remove(bridge)


def a_device_that_goes_is_said_once_and_found_again():
    partner = Partner()
    device = os.path.join(play.tmp, 'device')
    master, slave = os.openpty()
    tty.setraw(slave)
    os.symlink(os.ttyname(slave), device)
    bridge = Bridge('--map', map_file('note 1 1 -> start\n'), '--raw', device, partner=partner, fifo=False)
    bridge.wait_said('a player answers')
    os.write(master, b'\x90\x01\x40')
    wait_for(lambda: partner.heard('start'))
    os.remove(device)
    os.symlink('/proc/self/mem', device)  # it can be opened, but not read
    os.close(slave)
    os.close(master)
    bridge.wait_said('waiting until it can be read again')
    time.sleep(1.2)
    said = bridge.said()
    ok(said.count('waiting until') == 1 and 'is back' not in said, 'it is gone: said once', said)
    master, slave = os.openpty()
    tty.setraw(slave)
    os.symlink(os.ttyname(slave), device + '.new')
    os.rename(device + '.new', device)
    os.write(master, b'\x90\x01\x40')
    bridge.wait_said('device is back')
    wait_for(lambda: len(partner.heard('start')) == 2)
    ok(True, 'it is heard again, and that is said')
    bridge.end()
    os.close(slave)
    os.close(master)


def who_says_what_nobody_reads_ends_all_the_same():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for size in (65536, 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b'x' * size)
    os.set_blocking(writer, True)
    for words in (['--from', 'No Such Port', '--clock'], ['--raw', '-', '--clock']):
        partner = Partner()
        process = with_test(subprocess.Popen([MIDI] + words + ['--player', ':%d' % partner.port], stdin=subprocess.PIPE,
                                             stdout=subprocess.DEVNULL, stderr=writer))
        wait_for(lambda: partner.subscribed)  # it asks the player: signals are taken from here on
        process.terminate()
        equal(process.wait(PATIENCE), 0, '%s: SIGTERM ends it though its standard error is full' % words[0])
        process.stdin.close()
    os.close(writer)
    os.close(reader)


def a_port_that_is_not_there_is_awaited():
    bridge = Bridge('--from', 'No Such Port', '--clock', fifo=False)
    said = bridge.wait_said("no MIDI input 'No Such Port'")
    time.sleep(1.2)
    equal(bridge.said().count('no MIDI input'), 1, 'its absence is said once')
    status, _ = bridge.end()
    equal(status, 0, 'and that is no failure')


run([wrong_usage_is_said, a_map_is_judged_with_place_and_nearest_name, what_is_touched_is_learnt_once,
     controllers_do_what_the_map_says, a_map_is_read_again_on_hup, a_clock_is_followed,
     a_player_that_plays_is_started_anew_by_start_only, a_clock_that_ran_before_is_followed_in_tempo,
     no_player_is_said_once_and_one_that_comes_is_found, what_the_player_refuses_is_printed,
     what_is_refused_a_hundred_times_a_second_is_printed_a_few_times,
     a_player_that_comes_back_comes_in_where_the_master_is, what_a_map_may_say_a_player_does,
     a_tempo_that_none_can_follow_is_said_and_not_followed, garbage_does_no_harm,
     a_writer_may_go_away_and_come_back, a_pipe_ends_with_its_last_writer_by_whatever_name,
     what_can_never_be_read_ends_it, who_does_not_take_what_is_learnt_is_told,
     a_device_that_goes_is_said_once_and_found_again, who_says_what_nobody_reads_ends_all_the_same,
     a_port_that_is_not_there_is_awaited])
