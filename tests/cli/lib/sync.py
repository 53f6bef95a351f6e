"""Following a master, being told what a player does, leading one: oiduna-control(7)."""

import play
from play import *

SONG = session(tracks=1, every=1, bpm=120)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]


def message(packet):
    address, at = play._string(packet, 0)
    types, at = play._string(packet, at)
    args = []
    for kind in types[1:]:
        if kind == 's':
            text, at = play._string(packet, at)
            args.append(text)
        elif kind == 'd':
            args.append(struct.unpack_from('>d', packet, at)[0])
            at += 8
        else:
            args.append(struct.unpack_from('>i', packet, at)[0])
            at += 4
    assert at == len(packet), packet
    return [address] + args


class Client:
    """Talks to a control port and keeps what comes back."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(('127.0.0.1', port))
        self.socket.setblocking(False)
        self.got = []

    def send(self, address, *args):
        self.socket.send(osc(address, *args))

    def read(self):
        while True:
            try:
                self.got.append(message(self.socket.recv(65536)))
            except BlockingIOError:
                return self.got

    def wait(self, name, condition=lambda m: True):
        return wait_for(lambda: next((m for m in self.read() if m[0] == '/oiduna/' + name and condition(m)), None))


class Master:
    """Says every 100 ms where it is, by standard input; the player answers nothing."""

    def __init__(self, player, bpm=120.0, step=0.0, more=''):
        self.player, self.bpm, self.more = player, bpm, more
        self.begun = time.monotonic_ns() - int(step * 15e9 / bpm)
        self.running = True
        self.thread = threading.Thread(target=self._speak, daemon=True)
        self.thread.start()

    def position(self, at=None):
        return ((time.monotonic_ns() if at is None else at) - self.begun) / 15e9 * self.bpm

    def _speak(self):
        while self.running:
            now = time.monotonic_ns()
            self.player.line('sync %.9f %.9g %d %s' % (self.position(now), self.bpm, now, self.more))
            time.sleep(0.1)

    def stop(self):
        self.running = False
        self.thread.join()


def status_of(player):
    return player.answer('status')


def lines_are_judged():
    player = Player('--paused')
    for line in ('sync', 'sync on', 'sync 1', 'sync 1 120', 'sync x 120 @0', 'sync 1 0.5 @0', 'sync 1 1000 @0',
                 'sync 1 120 soon', 'sync 1 120 @soon', 'sync 1 120 @+1', 'sync 1e13 120 @0', 'sync nan 120 @0',
                 'sync 1 120 1e300', 'sync 1 120 nan', 'sync 1 120 @0 x y', 'sync 1 120 @0 x peers=-1', 'sync off now',
                 'sync 1 120 @0 x peers=1 bpm=yes more'):
        answer = player.answer(line)
        ok(answer['event'] == 'error' and answer['code'] == 'BAD_ARGUMENT', 'it is refused: ' + line, answer)
    equal(status_of(player)['sync']['state'], 'off', 'none of them is followed')
    for line in ('sync 1 120 @0', 'sync -5.25 120.5 @1700000000.123456789', 'sync 1e6 999 0', 'sync 3 1 1.5e9 someone',
                 'sync 7 133 "1000000000" "two words" peers=3 bpm=yes'):
        equal(player.answer(line)['event'], 'ok', 'it is taken: ' + line)
    sync = status_of(player)['sync']
    equal([sync['state'], sync['source'], sync['bpm'], sync['peers']], ['locked', 'two words', 133, 3],
          'the status tells of it')
    equal(player.answer('sync off')['event'], 'ok', 'off is taken')
    sync = status_of(player)['sync']
    equal([sync['state'], sync['locked'], sync['source'], sync['bpm'], sync['phase_error_us']],
          ['off', False, None, None, None], 'and told')
    player.quit()


def a_master_is_followed_lost_and_found():
    receiver = Receiver()
    player = Player('--latency', '100', osc=receiver)
    master = Master(player, bpm=100.0, step=1000.3, more='conductor')
    player.wait('warning', code='SYNC_LOCKED')
    player.score(compile(SONG))
    wait_for(lambda: len(receiver.messages()) > 30)
    sync = status_of(player)['sync']
    ok(sync['locked'] and sync['source'] == 'conductor' and abs(sync['bpm'] - 100) < 0.001, 'it is followed', sync)
    # Where each step sounds, by its time tag, against where the master has it.
    wall = time.time_ns() - time.monotonic_ns()
    errors = []
    for tag, sound in receiver.messages():
        position = master.position(tag - wall)
        errors.append((position - round(position)) * 150)  # ms
    note('worst of %d steps: %.3f ms' % (len(errors), max(map(abs, errors))))
    ok(max(map(abs, errors)) < 5, 'every step is where the master has it', errors)
    equal(len(player.find('ok', command='sync')), 0, 'its lines are not answered')
    refused = player.answer('bpm 90')
    ok(refused['code'] == 'SYNC_LEADS' and 'conductor' in refused['message'], 'no other tempo is taken', refused)
    master.stop()
    player.wait('warning', code='SYNC_LOST')
    sync = status_of(player)['sync']
    ok(sync['state'] == 'holding' and sync['lost'] == 1, 'when it is lost that is told', sync)
    again = Master(player, bpm=100.0, more='conductor')
    again.begun = master.begun
    player.wait('warning', code='SYNC_BACK')
    equal(status_of(player)['sync']['jumps'], 0, 'when it is back nothing jumps')
    again.begun -= int(7.3 * 150e6)
    player.wait('warning', code='SYNC_JUMP')
    equal(status_of(player)['sync']['jumps'], 1, 'a far one is jumped to, and counted')
    again.stop()
    player.wait('warning', code='SYNC_LOST', after=len(player.events))
    equal(player.answer('bpm 90')['event'], 'ok', 'then a tempo is taken again')
    equal(player.quit(), 0, 'and all ends well')
    report = player.report()
    ok(report['phase_us']['max'] < 1000 and report['phase_histogram'][-1][1] > 10, 'the metrics have the phase',
       (report['phase_us'], report['phase_histogram']))
    equal(report['dropped_steps'], 0, 'no step was dropped')


def who_subscribes_is_told():
    port = free_port()
    player = Player('--control-port', str(port))
    client, silent = Client(port), Client(port)
    silent.send('/oiduna/ping')
    client.send('/oiduna/subscribe')
    equal(client.wait('status')[1:], ['stopped', 120.0, '', 'off', ''], 'how it is, at once')
    player.score(compile(SONG))
    client.wait('status', lambda m: m[1] == 'playing')
    sync = client.wait('sync')
    ok(abs(sync[2] - 120) < 1e-9 and abs(sync[3] - time.time()) < 30, 'where it is', sync)
    one, two = [client.wait('sync', lambda m, n=n: m[1] > n) for n in (sync[1] + 0.5, sync[1] + 4.5)]
    ok(abs((two[1] - one[1]) / (two[3] - one[3]) - 8) < 1e-3, 'on one grid', (one, two))
    step, loop, when = client.wait('position', lambda m: m[1] == 8)[1:]
    line = client.wait('sync', lambda m: m[1] > 8)
    ok(loop == 0 and abs(line[3] - (line[1] - 8) / 8 - when) < 1e-3, 'each beat, when it sounds', (when, line))
    client.send('/oiduna/mute', 'nobody', 1)
    equal(client.wait('error')[1], 'UNKNOWN_TRACK', 'what it sent and cannot be done')
    player.answer('mute nobody on')
    player.line('stop')
    client.wait('status', lambda m: m[1] == 'stopped')
    equal(len([m for m in client.read() if m[0] == '/oiduna/error']), 1, 'not what others said')
    equal(silent.read(), [], 'who did not subscribe is told nothing')
    player.quit()


def a_subscription_ends_and_is_bounded():
    port = free_port()
    player = Player('--control-port', str(port))
    client = Client(port)
    client.send('/oiduna/subscribe')
    client.wait('status')
    for i in range(600):
        player.line('bpm %d' % (60 + i % 2))
        time.sleep(0.002)
    player.answer('ping')
    time.sleep(0.3)
    n = len(client.read())
    ok(200 < n <= 256, 'one question is worth so many messages', n)
    client.send('/oiduna/subscribe')
    player.line('bpm 99')
    client.wait('status', lambda m: m[2] == 99)
    ok(True, 'another one, as many again')
    begun = time.monotonic()
    while time.monotonic() - begun < 10.5:
        time.sleep(0.1)
    client.read()
    client.got.clear()
    player.answer('bpm 77')
    time.sleep(0.2)
    equal(client.read(), [], 'after ten seconds of silence it is over')
    player.quit()


def more_than_there_is_room_for_are_refused():
    port = free_port()
    player = Player('--control-port', str(port))
    clients = [Client(port) for _ in range(20)]
    for client in clients:
        client.send('/oiduna/subscribe')
    player.answer('bpm 88')
    wait_for(lambda: sum(any(m[2] == 88 for m in client.read() if m[0] == '/oiduna/status') for client in clients) == 16)
    ok(True, 'sixteen are told')
    ok(sum(bool(client.read()) for client in clients) == 16, 'and no more')
    player.quit()


def a_tempo_is_passed_on_to_a_source_that_takes_it():
    port = free_port()
    player = Player('--control-port', str(port))
    client = Client(port)
    client.send('/oiduna/subscribe')
    client.wait('status')
    player.answer('sync 0 120 %d source bpm=yes' % time.monotonic_ns())
    equal(player.answer('bpm 97')['event'], 'ok', 'it is taken')
    equal(client.wait('bpm')[1:], [97.0], 'and passed on')
    equal(status_of(player)['bpm'], 120, 'until the source says so, the tempo stays')
    player.quit()


def one_player_leads_another():
    lead, events = free_port(), Receiver()
    other = Receiver()
    follower = Player('--follow', '127.0.0.1:%d' % lead, osc=other)
    follower.wait('warning', code='LEADER_AWAY')
    leader = Player('--lead', '127.0.0.1:%d' % lead, osc=events)
    leader.score(compile(SONG))
    leader.answer('bpm 137')
    follower.wait('warning', code='SYNC_LOCKED')
    follower.score(compile(SONG))
    wait_for(lambda: len(other.messages()) > 40)
    grid = {tag for tag, _ in events.messages()}
    apart = [min(abs(tag - g) for g in grid) / 1e6 for tag, _ in other.messages()[:40]]
    note('worst of 40 steps: %.3f ms' % max(apart))
    ok(max(apart) < 5, 'both play on one grid', apart)
    sync = status_of(follower)['sync']
    ok(sync['locked'] and abs(sync['bpm'] - 137) < 0.001, 'in one tempo', sync)
    client = Client(lead)
    client.send('/oiduna/stop')
    client.send('/oiduna/bpm', 60.0)
    client.socket.send(os.urandom(500))
    time.sleep(0.2)
    equal([status_of(leader)['state'], status_of(leader)['bpm']], ['playing', 137], 'where it leads no command is taken')
    equal(leader.quit(), 0, 'the leader may go')
    follower.wait('warning', code='SYNC_LOST')
    equal(follower.quit(), 0, 'and the other goes on')


def options_are_judged():
    for options, said in ((['--lead', '0'], '--lead'), (['--lead', 'x:y'], '--lead'), (['--lead', '70000'], '--lead'),
                          (['--follow', '57000'], 'HOST:PORT'), (['--follow', 'host'], 'HOST:PORT'),
                          (['--follow', ':5'], 'HOST:PORT')):
        done = subprocess.run([PLAY] + options, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        ok(done.returncode == 64 and said in done.stderr, 'wrong usage: ' + ' '.join(options), done.stderr)
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(('127.0.0.1', 0))
    done = subprocess.run([PLAY, '--no-osc', '--lead', '127.0.0.1:%d' % taken.getsockname()[1]], capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL)
    ok(done.returncode == 69 and 'lead' in done.stderr, 'a port that is taken is said', done.stderr)


def noise_at_the_control_port_does_no_harm():
    port = free_port()
    player = Player('--control-port', str(port))
    client = Client(port)
    for junk in (b'', b'\0', b'/oiduna/subscribe', b'/oiduna/subscribe\0\0\0,s\0\0', b'/oiduna/subscribe\0\0\0,i\0\0\0\0\0\1',
                 osc('/oiduna/subscribe', 'x' * 5000), osc('/oiduna/sync'), osc('/oiduna/sync', 1.0, 2.0, 3.0, 4.0),
                 osc('/oiduna/sync', 'off', 'off'), osc('/oiduna/challenge', 'x'), osc('/oiduna/error', 'a', 'b'),
                 os.urandom(1400)) * 20:
        client.socket.send(junk)
    equal(player.answer('ping')['event'], 'ok', 'it goes on')
    client.send('/oiduna/subscribe')
    client.wait('status')
    ok(True, 'and tells who asks rightly')
    player.quit()


run([lines_are_judged, a_master_is_followed_lost_and_found, who_subscribes_is_told, a_subscription_ends_and_is_bounded,
     more_than_there_is_room_for_are_refused, a_tempo_is_passed_on_to_a_source_that_takes_it, one_player_leads_another,
     options_are_judged, noise_at_the_control_port_does_no_harm])
