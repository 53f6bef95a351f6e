"""What the tests of oiduna-play share: TAP, an OSC receiver of their own, a player to talk to."""

import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

BIN = os.environ.get('BIN', 'build')
PLAY = os.path.join(BIN, 'oiduna-play')
COMPILE = os.path.join(BIN, 'oiduna-compile')
EMULATOR = os.environ.get('EMULATOR', '')
TESTS = os.path.join(os.path.dirname(BIN) if EMULATOR else BIN, 'tests')
PRELOADS = os.path.join(TESTS, 'preload')
SLOW = bool(EMULATOR) or 'san' in os.path.basename(BIN)  # it runs, but not as fast
NTP_TO_UNIX = 2208988800
STEPS = 256
# Sanitizers take their time; what is waited for comes all the same.
PATIENCE = 60

tmp = tempfile.mkdtemp(prefix='oiduna-test.')
_count = 0
_failed = False
_players = []
_receivers = []


def note(text):
    for line in str(text).splitlines():
        print('#', line, flush=True)


def ok(passed, name, why=''):
    global _count, _failed
    _count += 1
    _failed = _failed or not passed
    print('ok' if passed else 'not ok', _count, '-', name, flush=True)
    if not passed and why != '':
        note(str(why)[:2000])
    return passed


def equal(got, wanted, name):
    return ok(got == wanted, name, 'got:    %r\nwanted: %r' % (got, wanted))


def skip(name, why):
    global _count
    _count += 1
    print('ok', _count, '-', name, '# SKIP', why, flush=True)


def with_test(process):
    """A process that is ended with the test function, if that does not end it."""
    _players.append(process)
    return process


def run(tests):
    """Runs the functions, whose names are what they show; one that breaks is one that failed."""
    only = sys.argv[1:]
    for test in tests:
        if only and test.__name__ not in only:
            continue
        begun = time.monotonic()
        try:
            test()
        except Skip as why:
            skip(test.__name__.replace('_', ' '), why)
        except Exception as error:  # noqa: BLE001
            import traceback
            ok(False, test.__name__.replace('_', ' '), traceback.format_exc() + str(error))
        finally:
            for player in list(_players):
                player.kill()
            for receiver in list(_receivers):
                receiver.close()
        note('%s: %.1f s' % (test.__name__.replace('_', ' '), time.monotonic() - begun))
    print('1..%d' % _count, flush=True)
    shutil.rmtree(tmp, ignore_errors=True)
    sys.exit(0)


class Skip(Exception):
    """Raised by a test that cannot be done here."""


def wait_for(condition, seconds=PATIENCE):
    """The first true value of condition(); fails the test if there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError('waited in vain: ' + (condition.__doc__ or 'condition'))
        time.sleep(0.005)


# ---- OSC, read without any of the project's code ----

def _string(packet, at):
    end = packet.index(b'\0', at)
    return packet[at:end].decode(), (end + 4) & ~3


def _message(packet):
    address, at = _string(packet, 0)
    types, at = _string(packet, at)
    args = []
    for kind in types[1:]:
        if kind == 'i':
            args.append(struct.unpack_from('>i', packet, at)[0])
            at += 4
        elif kind == 'f':
            args.append(struct.unpack_from('>f', packet, at)[0])
            at += 4
        elif kind == 's':
            text, at = _string(packet, at)
            args.append(text)
        else:
            raise ValueError('type %r must not be sent' % kind)
    if at != len(packet):
        raise ValueError('%d bytes behind the arguments' % (len(packet) - at))
    return [address] + args


def messages(packet, tag=None):
    """(time tag in ns since 1970 or None, [address, argument, ...]) of each message."""
    if not packet.startswith(b'#bundle\0'):
        return [(tag, _message(packet))]
    seconds, fraction = struct.unpack_from('>II', packet, 8)
    tag = (seconds - NTP_TO_UNIX) * 10**9 + (fraction * 10**9 + 2**31) // 2**32
    found = []
    at = 16
    while at < len(packet):
        size = struct.unpack_from('>I', packet, at)[0]
        found += messages(packet[at + 4:at + 4 + size], tag)
        at += 4 + size
    return found


def osc(address, *args):
    """An OSC message as bytes."""
    def pad(data):
        return data + b'\0' * (4 - len(data) % 4)
    types = ','
    data = b''
    for arg in args:
        if isinstance(arg, bool):
            types += 'T' if arg else 'F'
        elif isinstance(arg, int):
            types += 'i'
            data += struct.pack('>i', arg)
        elif isinstance(arg, float):
            types += 'f'
            data += struct.pack('>f', arg)
        else:
            types += 's'
            data += pad(arg.encode())
    return pad(address.encode()) + pad(types.encode()) + data


def as_sent(value):
    """A number of the trace as a float32 has it."""
    if isinstance(value, float):
        return struct.unpack('>f', struct.pack('>f', value))[0]
    return value


def same_message(a, b):
    return len(a) == len(b) and all(as_sent(x) == as_sent(y) for x, y in zip(a, b))


class Receiver:
    """A socket on 127.0.0.1 that keeps what comes in; `handshake`: seconds until it answers, or None."""

    def __init__(self, port=0, handshake=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(('127.0.0.1', port))
        self.port = self.socket.getsockname()[1]
        self.handshake = handshake
        self.got = []  # (arrival, monotonic ns; packet)
        self.asked = 0
        self.keep = True
        self.open = True
        self.thread = threading.Thread(target=self._receive, daemon=True)
        self.thread.start()
        _receivers.append(self)

    def _receive(self):
        owed = []
        while self.open:
            if select.select([self.socket], [], [], 0.02)[0]:
                packet, sender = self.socket.recvfrom(65536)
                if packet.startswith(b'/dirt/handshake\0'):
                    self.asked += 1
                    if self.handshake is not None:
                        owed.append((time.monotonic() + self.handshake, sender))
                elif self.keep:
                    self.got.append((time.monotonic_ns(), packet))
            while owed and owed[0][0] <= time.monotonic():
                self.socket.sendto(osc('/dirt/handshake/reply', '&serverHostname', '127.0.0.1',
                                       '&serverPort', 57110), owed.pop(0)[1])

    def messages(self):
        """[tag, message] of all, in the order they came."""
        return [item for _, packet in list(self.got) for item in messages(packet)]

    def close(self):
        if self.open:
            self.open = False
            self.thread.join()
            self.socket.close()
            _receivers.remove(self)


# ---- programs ----

def compile(session, name='score'):
    """The score of a session (an object, or the name of a file)."""
    if isinstance(session, str):
        done = subprocess.run([COMPILE, session], capture_output=True, check=False)
    else:
        done = subprocess.run([COMPILE], input=json.dumps(session).encode(), capture_output=True,
                              check=False)
    if done.returncode != 0:
        raise AssertionError('compile: ' + done.stderr.decode())
    return done.stdout


def in_file(data, name):
    path = os.path.join(tmp, name)
    with open(path, 'wb') as file:
        file.write(data)
    return path


def trace(score, *options):
    done = subprocess.run([PLAY, '--dry-run', *options, '-'], input=score, capture_output=True,
                          check=False)
    if done.returncode != 0:
        raise AssertionError('dry run: ' + done.stderr.decode())
    return [json.loads(line) for line in done.stdout.splitlines()]


def session(tracks=1, every=4, bpm=120, midi=0, **more):
    """A session: tracks t0.. with an event at each step that is a multiple of `every`."""
    made = {'environment': {'bpm': bpm}, 'tracks': {}, 'tracks_midi': {}, 'sequences': {}}
    for i in range(tracks):
        made['tracks']['t%d' % i] = {'params': {'s': 'bd', 'n': i}}
        made['sequences']['t%d' % i] = {'events': [{'step': s} for s in range(0, STEPS, every)]}
    for i in range(midi):
        made['tracks_midi']['m%d' % i] = {'channel': i}
        made['sequences']['m%d' % i] = {
            'events': [{'step': s, 'note': 48 + i, 'gate': every * 0.8}
                       for s in range(0, STEPS, every)]}
    made.update(more)
    return made


def undisturbed(play):
    """Calls play() until the player it returns was not held up by a busy machine."""
    for _ in range(6):
        player = play()
        report = player.report()
        if report['dropped_steps'] + report['late_events'] == 0:
            break
        note('held up: %d dropped steps, %d late events; once more' %
             (report['dropped_steps'], report['late_events']))
    return player


def preloaded(name, env=None):
    """An environment with a library of tests/preload."""
    if EMULATOR:
        raise Skip('an emulated program takes no LD_PRELOAD')
    with open(os.path.join(BIN, 'flags'), encoding='utf-8') as file:
        if name == 'failnth' and '-fsanitize' in file.read():
            raise Skip('a sanitizer has the allocations for itself')
    made = dict(os.environ, **(env or {}))
    made['ASAN_OPTIONS'] = (made.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0').lstrip(':')
    made['LD_PRELOAD'] = ' '.join(filter(None, [made.get('LD_PRELOAD'),
                                                os.path.join(PRELOADS, name + '.so')]))
    return made


class Player:
    """An oiduna-play with --events, its stdin a pipe; `own_group`: a job, as a shell starts it."""

    def __init__(self, *options, preload=None, env=None, stdin=subprocess.PIPE, events=True,
                 osc=None, wait=True, own_group=False):
        arguments = [PLAY]
        self.report_path = os.path.join(tmp, 'report.%d' % id(self))
        arguments += ['--report', self.report_path]
        if events:
            arguments.append('--events')
        arguments += ['--osc', '127.0.0.1:%d' % osc.port] if osc else ['--no-osc']
        environment = preloaded(preload, env) if preload else dict(os.environ, **(env or {}))
        self.errors = open(os.path.join(tmp, 'stderr.%d' % id(self)), 'w+b')
        self.process = subprocess.Popen(arguments + list(options), stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=self.errors, env=environment,
                                        preexec_fn=os.setpgrp if own_group else None)
        self.pid = self.process.pid
        self.events = []
        self.ids = 0
        self.reading = threading.Event()
        self.reading.set()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        _players.append(self)
        if events and wait:
            self.wait('ready')

    def _read(self):
        for line in self.process.stdout:
            self.reading.wait()
            self.events.append(json.loads(line))

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def line(self, text):
        self.write(text.encode() + b'\n')

    def find(self, event, **members):
        return [e for e in list(self.events) if e['event'] == event
                and all(e.get(k) == v for k, v in members.items())]

    def wait(self, event, seconds=PATIENCE, after=0, **members):
        end = time.monotonic() + seconds
        while True:
            found = [e for e in self.events[after:] if e['event'] == event
                     and all(e.get(k) == v for k, v in members.items())]
            if found:
                return found[0]
            if time.monotonic() > end or (self.process.poll() is not None
                                          and not self.thread.is_alive()):
                raise AssertionError('no %s %r; last events %r; stderr: %s' % (
                    event, members, self.events[-3:], self.stderr()))
            time.sleep(0.005)

    def answer(self, text):
        """Does a command and returns what answers it."""
        self.ids += 1
        name = 'c%d' % self.ids
        self.line('#%s %s' % (name, text))
        return self._answer(name)

    def _answer(self, name):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for event in list(self.events):
                if event.get('id') == name:
                    return event
            if self.process.poll() is not None and not self.thread.is_alive():
                break
            time.sleep(0.003)
        raise AssertionError('no answer to %s; stderr: %s' % (name, self.stderr()))

    def score(self, data):
        """Sends a score and returns what answers it."""
        self.ids += 1
        name = 's%d' % self.ids
        self.write(b'score-id ' + name.encode() + b'\n' + data)
        return self._answer(name)

    def stderr(self):
        with open(self.errors.name, 'rb') as file:
            return file.read().decode(errors='replace')

    def end(self, seconds=PATIENCE):
        """Closes its input if that is open and waits for its end; the exit status."""
        if self.process.stdin and not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        return self.join(seconds)

    def quit(self):
        self.line('quit')
        return self.join()

    def join(self, seconds=PATIENCE):
        status = self.process.wait(seconds)
        self.thread.join(seconds)
        if self in _players:
            _players.remove(self)
        self.errors.close()
        return status

    def report(self):
        with open(self.report_path, encoding='ascii') as file:
            return json.load(file)

    def bye(self):
        found = self.find('bye')
        return found[0] if found else None

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.reading.set()
        self.process.wait()
        if self in _players:
            _players.remove(self)
