"""Three machines, one conductor: late, cut off and back, the broker gone; what they send is the same at every step."""

import contextlib

import netns
netns.enter()

from play import *

HERE = '10.77.0.254'
machines = netns.stage(3)
EVERY = [{'step': s} for s in range(STEPS)]
SONG = session(tracks=2, every=1, bpm=240, scenes={
    'chorus': {'tracks': {'x': {'params': {'s': 'cp'}}}, 'sequences': {'x': {'events': EVERY}}}})
# On each machine what is sent to SuperDirt is kept there, a packet a line in hexadecimal.
EAR = '''
import socket
ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ear.bind(("127.0.0.1", 57120))
while True:
    packet, sender = ear.recvfrom(65536)
    if packet.startswith(b"/dirt/handshake\\0"):
        continue
    print(packet.hex(), flush=True)
'''


def broker():
    conf = os.path.join(tmp, 'mosquitto.conf')
    with open(conf, 'w') as file:
        file.write('listener 1883 %s\nallow_anonymous true\nuser root\npersistence false\n' % HERE)
    started = with_test(subprocess.Popen(['mosquitto', '-c', conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    wait_for(lambda: subprocess.run(['mosquitto_pub', '-h', HERE, '-t', 'probe', '-m', 'x'], check=False,
                                    stderr=subprocess.DEVNULL).returncode == 0)
    return started


class Group:
    """A script and all that it started, ended with the test."""

    def __init__(self, leader):
        self.leader = leader

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.leader, signal.SIGKILL)


class Machine:
    def __init__(self, host, name):
        self.host = host
        self.heard = []
        self.ear = subprocess.Popen(host.inside(sys.executable, '-c', EAR), stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._hear, daemon=True).start()
        self.events_path = os.path.join(tmp, name + '.events')
        environment = dict(os.environ, PATH=os.path.abspath(BIN) + ':' + os.environ['PATH'])
        with open(self.events_path, 'wb') as events:
            self.player = subprocess.Popen(host.inside('examples/mqtt/play.sh', HERE, '--events', '-q'), stdout=events,
                                           env=environment, start_new_session=True)
        with_test(self)

    def _hear(self):
        for line in self.ear.stdout:
            self.heard += messages(bytes.fromhex(line))

    def events(self):
        with open(self.events_path, encoding='utf-8') as file:
            return [json.loads(line) for line in file if line.endswith('\n')]

    def sent(self):
        """Time tag → what is sent then, in its order."""
        found = {}
        for tag, message in list(self.heard):
            found.setdefault(tag, []).append(message)
        return found

    def end(self, signum=signal.SIGTERM):
        if self.player.returncode is None:
            os.killpg(self.player.pid, signum)
            self.player.wait()
        self.ear.kill()
        self.ear.wait()

    def kill(self):
        self.end(signal.SIGKILL)


class Conductor:
    def __init__(self, start):
        score = in_file(compile(SONG), 'stage.odn')
        self.process = with_test(subprocess.Popen(['examples/mqtt/conduct.sh', HERE, score, '%.3f' % start], text=True,
                                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL))

    def say(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)


def bar_of(start, bars):
    """When a bar begins, at 240 bpm: one a second."""
    return start + bars


def on_grid_of(first, other):
    """What the other sent, at the moments of the first: each reads its own clocks, which a busy machine blurs."""
    times = sorted(first)
    found, apart = {}, [0]
    for tag, sent in other.items():
        nearest = min(times, key=lambda t: abs(t - tag))
        close = abs(nearest - tag) < 10e6  # a step is 57 ms at least
        apart += [abs(nearest - tag)] * close
        found[nearest if close else tag] = sent
    note('clocks differ by up to %.3f ms' % (max(apart) / 1e6))
    return found


def sleep_to(when):
    time.sleep(max(0, when - time.time()))


def three_machines_play_one_piece():
    stage = broker()
    start = round(time.time() + 4, 3)
    conductor = Conductor(start)
    a, b = Machine(machines[0], 'a'), Machine(machines[1], 'b')
    conductor.say('at bar 2 mute t0 on')
    conductor.say('at bar 3 bpm 200')
    conductor.say('at bar 5 set t1 gain 0.5')
    wait_for(lambda: len(a.sent()) > 20 and len(b.sent()) > 20)
    sleep_to(start + 4)
    machines[1].cut()
    conductor.say('at bar 14 scene chorus')
    conductor.say('at step 230 bpm 260')
    sleep_to(start + 6)
    late = Machine(machines[2], 'c')
    sleep_to(start + 9)
    machines[1].cut(False)  # after five seconds
    wait_for(lambda: any(values.get('s') == 'cp' for m in (a, b, late) for _, message in m.heard[-4:]
                         for values in [dict(zip(message[1::2], message[2::2]))]))
    stage.terminate()  # the broker dies; the music goes on
    stage.wait()
    sleep_to(start + 22)
    all_ = [a.sent()]
    all_ += [on_grid_of(all_[0], machine.sent()) for machine in (b, late)]
    steps = sorted(set(all_[0]) | set(all_[1]) | set(all_[2]))
    shared = [[t for t in steps if t in x and t in y] for x, y in ((all_[0], all_[1]), (all_[0], all_[2]))]
    for name, times, other in (('the one that was cut off', shared[0], all_[1]), ('the late one', shared[1], all_[2])):
        different = [(t, all_[0][t], other[t]) for t in times if all_[0][t] != other[t]]
        ok(len(times) > 60 and not different, '%s sends the same at each of %d moments' % (name, len(times)), different[:2])
        alone = [t for t in all_[0] if min(other) <= t <= max(other) and t not in other]
        alone += [t for t in other if min(all_[0]) <= t <= max(all_[0]) and t not in all_[0]]
        equal(alone, [], 'and nothing at another one')
    sounds = [dict(zip(m[0][1::2], m[0][2::2]))['s'] for t, m in sorted(all_[0].items())]
    ok(sounds[0] == 'bd' and sounds[-1] == 'cp', 'the piece came to its chorus', sounds[-3:])
    for name, machine in (('first', a), ('one that was cut off', b), ('late one', late)):
        events = machine.events()
        errors = [e for e in events if e['event'] == 'error']
        equal(errors, [], 'the %s refused nothing' % name)
        note('the %s dropped %d steps' % (name, sum(e['count'] for e in events if e.get('code') == 'STEPS_DROPPED')))
    conductor.process.kill()
    conductor.process.wait()
    for machine in (a, b, late):
        machine.end()


def publish(topic, message, *options):
    subprocess.run(['mosquitto_pub', '-h', HERE, '-q', '1', '-t', 'oiduna/' + topic, '-s' if message else '-n'] + list(options),
                   input=message, check=True, timeout=PATIENCE)


def what_is_no_line_of_the_conductor_does_no_harm():
    stage = broker()
    environment = dict(os.environ, PATH=os.path.abspath(BIN) + ':' + os.environ['PATH'])

    def machine(*options, stdout=subprocess.DEVNULL, **files):
        started = subprocess.Popen(machines[0].inside('examples/mqtt/play.sh', HERE, '--no-osc', *options), env=environment,
                                   stdout=stdout, start_new_session=True, **files)
        with_test(Group(started.pid))
        return started

    publish('start', b'no time', '-r')
    publish('score', compile(SONG), '-r')
    done = machine(stderr=subprocess.DEVNULL)
    equal(done.wait(PATIENCE), 64, 'a start that is none ends it, and nothing is left waiting')
    publish('start', b'%d' % (time.time() + 1), '-r')
    events = os.path.join(tmp, 'nasty.events')
    with open(events, 'wb') as out:
        player = machine('--events', stdout=out, stderr=subprocess.DEVNULL)

    def heard(text):
        with open(events, 'rb') as file:
            return text in file.read()

    publish('lines', b'1 ping one\nstart\n', '-r')
    wait_for(lambda: heard(b'"word":"one"'))
    noise = os.urandom(100000).translate(None, b'0123456789')
    for message in (b'', b'\n', noise, b'x' * 1000000, b'99999999999999999999999 quit\n', b'-5 quit\n', b'quit\n',
                    b'1 quit\n', b'2 $(touch %s/hurt) `touch %s/hurt` *\n' % (tmp.encode(), tmp.encode()), b'start\nstart\n'):
        publish('lines', message)
    publish('lines', b'3 ping two\n')
    wait_for(lambda: heard(b'"word":"two"') or player.poll() is not None)
    ok(player.poll() is None and not os.path.exists(tmp + '/hurt'), 'what is no line is passed over, what is one is only read')
    publish('lines', b'4 quit\n')
    equal(player.wait(PATIENCE), 0, 'a line may end it')
    stage.terminate()
    stage.wait()


def a_broker_that_forgot_all_is_told_it_again():
    stage = broker()
    conductor = Conductor(round(time.time() + 2, 3))
    a = Machine(machines[0], 'before')
    wait_for(lambda: len(a.sent()) > 2)
    stage.kill()
    stage.wait()
    conductor.say('at bar 30 scene chorus')
    sleep_to(time.time() + 1.5)
    equal(conductor.process.poll(), None, 'a conductor outlives the broker')
    stage = broker()
    late = Machine(machines[1], 'after')
    for name, machine in (('who was there', a), ('who comes later', late)):
        wait_for(lambda: [e for e in machine.events() if e['event'] == 'ok' and e['command'] == 'scene'])
        ok(True, name + ' is told what was said meanwhile')
    wait_for(lambda: len(late.sent()) > 2)
    ok(True, 'and plays the piece')
    conductor.process.stdin.write('at bar 40 scene -')
    conductor.end()
    wait_for(lambda: len([e for e in a.events() if e['event'] == 'ok' and e['command'] == 'scene']) > 1)
    ok(True, 'a last line without its end is said, too')
    for machine in (a, late):
        machine.end()
    stage.terminate()
    stage.wait()


def of_group(leader):
    """Which processes a script left."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError):
            with open('/proc/%s/stat' % pid, encoding='ascii', errors='replace') as stat:
                state, _, group = stat.read().rpartition(')')[2].split()[:3]
            if int(group) == leader and state != 'Z':
                found.append(pid)
    return found


def who_is_told_to_end_leaves_nothing():
    stage = broker()
    scratch = os.path.join(tmp, 'scratch')
    os.mkdir(scratch)
    environment = dict(os.environ, PATH=os.path.abspath(BIN) + ':' + os.environ['PATH'], TMPDIR=scratch)

    def script(*words, **files):
        started = subprocess.Popen(words, env=environment, start_new_session=True, stderr=subprocess.DEVNULL, **files)
        with_test(Group(started.pid))
        return started

    def left(started, signum):
        os.kill(started.pid, signum)
        return started.wait(PATIENCE), of_group(started.pid), os.listdir(scratch)

    player = ('examples/mqtt/play.sh', HERE, '--no-osc', '--events')
    waits = script(*player, stdout=subprocess.DEVNULL)
    wait_for(lambda: len(of_group(waits.pid)) > 1)
    equal(left(waits, signal.SIGTERM), (0, [], []), 'a machine that waits for its conductor')
    publish('start', b'%d' % time.time(), '-r')
    publish('score', compile(SONG), '-r')
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        plays = script(*player, stdout=subprocess.PIPE)
        plays.stdout.readline()
        equal(left(plays, signum), (0, [], []), 'a machine that plays, and %s' % signum.name)
        ok(b'"event":"bye"' in plays.stdout.read(), 'its player says good-bye')
    conducts = script('examples/mqtt/conduct.sh', HERE, in_file(compile(SONG), 'end.odn'), stdin=subprocess.PIPE)
    wait_for(lambda: os.listdir(scratch) and len(of_group(conducts.pid)) == 1)
    equal(left(conducts, signal.SIGTERM), (0, [], []), 'a conductor')
    stage.terminate()
    stage.wait()


run([three_machines_play_one_piece, what_is_no_line_of_the_conductor_does_no_harm,
     a_broker_that_forgot_all_is_told_it_again, who_is_told_to_end_leaves_nothing])
