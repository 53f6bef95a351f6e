"""oiduna-link and a peer that is not ours, on two hosts of the test's own."""

import netns
netns.enter()

import random

from play import *

LINK = os.path.join(BIN, 'oiduna-link')
PEER = os.path.join(BIN, 'tests', 'linkpeer')
SONG = session(tracks=1, every=1, bpm=110)
MINUTES = float(os.environ.get('LINK_MINUTES', 0))
there, here = netns.stage(2)


class Peer:
    """The library's own side, on another host."""

    def __init__(self, bpm, quantum=4):
        self.process = with_test(subprocess.Popen(there.inside(PEER, str(bpm), str(quantum)), stdin=subprocess.PIPE,
                                                  stdout=subprocess.PIPE, text=True))
        self.lines = []
        threading.Thread(target=self._read, daemon=True).start()
        wait_for(lambda: self.lines)

    def _read(self):
        for line in self.process.stdout:
            at, bpm, beat, playing, peers = line.split()
            self.lines.append((int(at), float(bpm), float(beat), playing == '1', int(peers)))

    def say(self, text):
        self.process.stdin.write(text + '\n')
        self.process.stdin.flush()

    def beat_at(self, when):
        """Its beat at a moment of CLOCK_MONOTONIC, by what it said nearest to that."""
        at, bpm, beat, _, _ = min(self.lines, key=lambda line: abs(line[0] - when))
        return beat + (when - at) / 60e9 * bpm

    def wait(self, condition):
        return wait_for(lambda: self.lines and condition(self.lines[-1]))

    def end(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(PATIENCE)


def phases(receiver, peer, last=40):
    """Of the steps that were sent last: how far from the peer's beat, ms; and that bars are its bars."""
    wall = time.time_ns() - time.monotonic_ns()
    errors = []
    for tag, sound in receiver.messages()[-last:]:
        step = peer.beat_at(tag - wall) * 4
        values = dict(zip(sound[1::2], sound[2::2]))
        here_ = round(values['cycle'] * 16)
        off = (step - here_ + 8) % 16 - 8
        errors.append(off * 15000 / peer.lines[-1][1])
    return errors


def spread(errors):
    sizes = sorted(map(abs, errors))
    return 'p50 %.3f p99 %.3f max %.3f ms' % (sizes[len(sizes) // 2], sizes[len(sizes) * 99 // 100], sizes[-1])


class Stage:
    """A player and oiduna-link, on one host."""

    def __init__(self, *options, song=True, latency='400'):
        self.port = self.free_port()
        self.receiver = Receiver()
        self.player = Player('--latency', latency, '--control-port', str(self.port), *([] if song else ['--paused']),
                             osc=self.receiver)
        self.player.score(compile(SONG))
        self.errors = open(os.path.join(tmp, 'link.%d' % id(self)), 'w+b')
        self.link = with_test(subprocess.Popen([LINK, '--player', ':%d' % self.port] + list(options),
                                               stdout=subprocess.DEVNULL, stderr=self.errors))

    @staticmethod
    def free_port():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(('127.0.0.1', 0))
            return free.getsockname()[1]

    def sync(self):
        return self.player.answer('status')['sync']

    def said(self):
        with open(self.errors.name, encoding='utf-8') as file:
            return file.read()

    def end(self):
        self.link.terminate()
        status = self.link.wait(PATIENCE)
        self.player.quit()
        return status


def told(stage, peer, bpm):
    """Locked, in that tempo, and settled for some beats."""
    wait_for(lambda: stage.sync()['locked'] and abs(stage.sync()['bpm'] - bpm) < 0.01)
    n = len(stage.receiver.messages())
    wait_for(lambda: len(stage.receiver.messages()) > n + 70)
    errors = phases(stage.receiver, peer)
    note('phase: worst %.3f ms' % max(map(abs, errors)))
    return errors


def a_session_is_joined_followed_and_left():
    peer = Peer(133)
    time.sleep(1.5)  # of two sessions that meet the older one stays; Link takes half a second for nothing
    stage = Stage()
    errors = told(stage, peer, 133)
    ok(max(map(abs, errors)) < 5, 'bars and steps are the peer\'s', errors)
    sync = stage.sync()
    ok(sync['source'] == 'link' and sync['peers'] == 1, 'it is told who leads, and how many there are', sync)
    peer.say('tempo 97.5')
    errors = told(stage, peer, 97.5)
    ok(max(map(abs, errors)) < 5, 'another tempo of the peer is followed', errors)
    refused = stage.player.answer('bpm 140')
    equal(refused.get('code'), 'SYNC_LEADS', 'a tempo of ours is refused')
    ok(abs(peer.lines[-1][1] - 97.5) < 0.001, 'and the session\'s is what it was', peer.lines[-1])
    peer.end()
    wait_for(lambda: stage.sync()['state'] == 'off')
    equal(stage.player.answer('bpm 121')['event'], 'ok', 'when nobody is left the player is free')
    second = Peer(88)
    wait_for(lambda: stage.sync()['locked'])
    wait_for(lambda: abs(second.lines[-1][1] - stage.sync()['bpm']) < 0.001)
    ok(True, 'who comes later and the player have one tempo: %g' % second.lines[-1][1])
    errors = told(stage, second, second.lines[-1][1])
    ok(max(map(abs, errors)) < 5, 'and one beat', errors)
    second.end()
    equal(stage.end(), 0, 'SIGTERM ends it')
    note('%d steps came too late' % stage.player.report()['dropped_steps'])


def who_leads_sets_the_tempo_of_the_session():
    peer = Peer(120)
    stage = Stage('--lead')
    wait_for(lambda: stage.sync()['locked'])
    equal(stage.player.answer('bpm 141')['event'], 'ok', 'with --lead a tempo is taken')
    peer.wait(lambda line: abs(line[1] - 141) < 0.001)
    errors = told(stage, peer, 141)
    ok(max(map(abs, errors)) < 5, 'and holds for all', errors)
    peer.end()
    stage.end()


def a_session_begins_when_a_player_is_there():
    port = Stage.free_port()
    errors = open(os.path.join(tmp, 'early'), 'w+b')
    link = with_test(subprocess.Popen([LINK, '--player', ':%d' % port], stdout=subprocess.DEVNULL, stderr=errors))
    wait_for(lambda: os.path.getsize(errors.name) > 0)  # nobody is there, it says
    peer = Peer(133)
    time.sleep(2)
    equal(peer.lines[-1][4], 0, 'without a player it is in no session')
    player = Player('--control-port', str(port), '--bpm', '57')
    peer.wait(lambda line: line[4] == 1)
    wait_for(lambda: player.answer('status')['sync']['locked'])
    equal({line[1] for line in peer.lines}, {133.0}, 'the older session keeps its tempo')
    link.terminate()
    equal(link.wait(PATIENCE), 0, 'SIGTERM ends it')
    player.quit()
    peer.end()


def start_and_stop_are_shared():
    peer = Peer(150)
    stage = Stage('--start-stop', song=False)
    wait_for(lambda: stage.sync()['locked'])
    peer.say('play')
    stage.player.wait('status', state='playing')
    n = len(stage.receiver.messages())
    wait_for(lambda: len(stage.receiver.messages()) > n + 20)
    errors = phases(stage.receiver, peer)
    ok(max(map(abs, errors)) < 5, 'the peer starts the player, in phase', errors)
    peer.say('stop')
    stage.player.wait('status', state='stopped', after=len(stage.player.events))
    ok(True, 'and stops it')
    stage.player.answer('start')
    peer.wait(lambda line: line[3])
    ok(True, 'the player starts the peer')
    stage.player.answer('stop')
    peer.wait(lambda line: not line[3])
    ok(True, 'and stops it')
    peer.end()
    stage.end()


def another_quantum_is_kept():
    peer = Peer(180, quantum=8)
    stage = Stage('--quantum', '8')
    wait_for(lambda: stage.sync()['locked'])
    n = len(stage.receiver.messages())
    wait_for(lambda: len(stage.receiver.messages()) > n + 100)
    wall = time.time_ns() - time.monotonic_ns()
    tag, sound = stage.receiver.messages()[-1]
    step = round(dict(zip(sound[1::2], sound[2::2]))['cycle'] * 16)
    off = (peer.beat_at(tag - wall) * 4 - step + 16) % 32 - 16
    ok(abs(off) < 0.1, 'eight beats are in phase', off)
    peer.end()
    stage.end()


def noise_on_the_session_s_address_does_no_harm():
    peer = Peer(120)
    stage = Stage()
    wait_for(lambda: stage.sync()['locked'])
    noise = subprocess.run(there.inside(sys.executable, '-c', '''
import random, socket, struct
chance = random.Random(3)
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
for i in range(3000):
    body = bytes(chance.randrange(256) for _ in range(chance.randrange(0, 500)))
    head = (b'', b'_asdp_v\\1', b'_asdp_v\\1\\1\\5\\0\\0' + body[:8], b'_asdp_v\\1\\2\\5\\0\\0' + body[:8],
            b'_asdp_v\\1\\1\\5\\0\\0' + b'\\0' * 8 + b'tmln\\0\\0\\0\\30', b'_link_v\\1\\1' )[i % 6]
    out.sendto(head + body, ('224.76.78.75', 20808))
'''), check=False)
    equal(noise.returncode, 0, 'noise was made')
    ok(stage.link.poll() is None, 'it lives', stage.said())
    errors = told(stage, peer, peer.lines[-1][1])
    ok(max(map(abs, errors)) < 5, 'and is in phase', errors)
    peer.end()
    stage.end()


def wrong_usage_is_said():
    for options, said in ((['--quantum', '0'], '1 to 256'), (['--quantum', 'x'], '1 to 256'), (['--quantum', 'nan'], '1 to 256'),
                          (['--player', ':0'], 'HOST:PORT'), (['more'], "'more'")):
        done = subprocess.run([LINK] + options, capture_output=True, text=True, check=False)
        ok(done.returncode == 64 and said in done.stderr, 'wrong usage: ' + ' '.join(options), done.stderr)


def many_minutes_lose_no_step():
    if MINUTES == 0:
        raise Skip('LINK_MINUTES says how many')
    peer = Peer(128)
    time.sleep(1.5)  # the older session stays
    stage = Stage()
    told(stage, peer, 128)
    ear = Receiver()
    beside = Player('--bpm', '128', osc=ear)
    beside.score(compile(SONG))
    stage.receiver.got = []
    jumps = stage.sync()['jumps']
    begun = time.monotonic()
    steps, last, odd, all_, alone = 0, None, 0, [], []
    while time.monotonic() - begun < MINUTES * 60:
        time.sleep(5)
        all_ += phases(stage.receiver, peer)
        alone += phases(ear, peer)
        ear.got = []
        taken, stage.receiver.got = stage.receiver.got, []  # what comes meanwhile is in the new list
        for _, sound in [item for _, packet in taken for item in messages(packet)]:
            step = round(dict(zip(sound[1::2], sound[2::2]))['cycle'] * 16)
            odd += last is not None and (step - last) % 256 != 1
            last = step
            steps += 1
        del peer.lines[:-100]
    note('%d steps, phase %s; of a player beside that nobody led: %s' % (steps, spread(all_), spread(alone)))
    equal(odd, 0, 'no step of %d is lost or doubled' % steps)
    equal(stage.sync()['jumps'], jumps, 'nothing jumps')
    peer.end()
    stage.end()
    note(stage.player.report()['phase_us'])


run([a_session_is_joined_followed_and_left, who_leads_sets_the_tempo_of_the_session,
     a_session_begins_when_a_player_is_there, start_and_stop_are_shared,
     another_quantum_is_kept, noise_on_the_session_s_address_does_no_harm, wrong_usage_is_said, many_minutes_lose_no_step])
