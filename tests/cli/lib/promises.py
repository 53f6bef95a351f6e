"""What README.md promises and no other test shows."""

import re
import resource
import urllib.request

from play import *

NOBODY = 65534


def without_privileges():
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))


def sockets(pid):
    """(protocol, local address, remote address, state) of a process's IP sockets."""
    mine = set()
    for fd in os.listdir('/proc/%d/fd' % pid):
        found = re.match(r'socket:\[(\d+)\]', os.readlink('/proc/%d/fd/%s' % (pid, fd)))
        if found:
            mine.add(found.group(1))
    rows = []
    for protocol in ('tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'):
        path = '/proc/%d/net/%s' % (pid, protocol)
        if os.path.exists(path):
            with open(path, encoding='ascii') as file:
                rows += [[protocol] + line.split()[1:4] for line in file.readlines()[1:] if line.split()[9] in mine]
    return rows


def no_program_needs_to_be_root():
    score = compile(session(every=1, bpm=900, midi=1))
    receiver = Receiver(handshake=0)
    user = NOBODY if os.getuid() == 0 else None
    command = [os.path.abspath(PLAY), '--events', '--loops', '1', '--osc', '127.0.0.1:%d' % receiver.port]
    try:
        done = subprocess.run(command, input=score, user=user, cwd='/', preexec_fn=without_privileges,
                              capture_output=True, check=False, timeout=PATIENCE)
    except PermissionError:
        skip('a user without privileges plays', 'nobody may not read ' + BIN)
        return
    events = [json.loads(line) for line in done.stdout.splitlines()]
    equal(done.returncode, 0, 'a user without privileges plays')
    equal([e['code'] for e in events if e['event'] == 'warning'].count('NO_REALTIME'), 1,
          'that real-time scheduling is not permitted is told once')
    equal(done.stderr.count(b'no real-time scheduling ('), 1, 'to people too')


def nothing_listens_unless_it_is_asked_for():
    receiver = Receiver(handshake=0)
    player = Player(osc=receiver)
    player.score(compile(session(every=1)))
    wait_for(lambda: receiver.got)
    rows = sockets(player.pid)
    ok(rows, 'a player that plays has sockets')
    equal([r for r in rows if not r[0].startswith('udp') or re.fullmatch('0*:0000', r[2])], [],
          'each is connected to SuperDirt')
    player.quit()


class Server:
    """An oiduna-serve without options but a free port."""

    def __init__(self, *options, **more):
        self.log = tempfile.TemporaryFile()
        environment = {k: v for k, v in os.environ.items() if not re.match('API_|OSC_|MIDI_|NOTIFY', k)}
        environment.update(more.get('env', {}))
        self.process = subprocess.Popen(
            [os.path.join(BIN, 'oiduna-serve'), '--port', '0', '--assets', os.path.join(tmp, 'assets'), '--no-rt',
             '--no-osc', *options], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors='replace')

    def listens(self):
        found = re.search(r'listening on http://.*:(\d+)', self.said())
        return found and int(found.group(1))

    def post(self, path, body):
        request = urllib.request.Request('http://127.0.0.1:%d%s' % (wait_for(self.listens), path), body,
                                         {'Content-Type': 'application/json'})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def a_server_listens_on_this_machine_only():
    server = Server()
    wait_for(server.listens)
    rows = [r for r in sockets(server.process.pid) if r[0].startswith('tcp')]
    equal([r[1].split(':')[0] for r in rows], ['0100007F'], 'a server that is not told otherwise: on 127.0.0.1')
    equal(server.end(), 0, 'it ends when it is asked')


def hostile(text):
    """A session with that text wherever a session may have one, and a batch."""
    events = {'events': [{'step': 0}, {'step': 1}]}
    made = {'environment': {'bpm': 480}, 'tracks': {text: {
        'meta': {'track_id': text}, 'params': {'s': text, 'extra_params': {'voice': text, 'buffer': text}},
        'track_fx': {'vowel': text}, 'sends': [{'target': 'line', 'amount': 0.5}]}},
        'tracks_midi': {text + 'm': {'channel': 0}},
        'mixer_lines': {'line': {'include': [text]}},
        'sequences': {text: events, text + 'm': {'events': [{'step': 0, 'note': 60}]}},
        'scenes': {text: {'tracks': {text: {'params': {'s': text}}}}},
        'apply': {'scene_name': text}, text: text, 'include': text, '$ref': text}
    batch = {'messages': [{'destination_id': 'superdirt', 'step': 0, 'cycle': 0.0,
                           'params': {'s': text, 'host': text, 'file': text, 'port': 1}}]}
    return json.dumps(made).encode(), json.dumps(batch).encode()


def opened(name, run):
    """What was opened, made and connected to while run(environment) ran; numbers are not told apart."""
    path = os.path.join(tmp, name)
    shim = os.path.join(PRELOADS, 'opened.so')
    run({'LD_PRELOAD': shim, 'OIDUNA_TEST_OPENED': path})
    with open(path, encoding='utf-8', errors='replace') as file:
        return sorted({re.sub(r'\.[0-9A-Za-z]{6}$', '', re.sub(r'\d+', 'N', line.rstrip())) for line in file})


def play_offline(text):
    def once(environment):
        for data in hostile(text):
            score = os.path.join(tmp, 'made.odn')
            subprocess.run([COMPILE, '-o', score, '-'], input=data, stderr=subprocess.DEVNULL, check=True,
                           env={**os.environ, **environment})
            subprocess.run([COMPILE, '--dump', score], stdout=subprocess.DEVNULL, check=True,
                           env={**os.environ, **environment})
            subprocess.run([PLAY, '--dry-run', '--render', os.path.join(tmp, 'made.mid'), '--osc-score',
                            os.path.join(tmp, 'made.osc'), score], stdout=subprocess.DEVNULL, check=True,
                           env={**os.environ, **environment})
    return once


def play_live(text):
    def once(environment):
        receiver = Receiver(handshake=0)
        for data in hostile(text):
            done = subprocess.run([COMPILE], input=data, capture_output=True, check=True)
            subprocess.run([PLAY, '--no-rt', '--bars', '1', '--quit-on-eof', '--events', '--osc', '127.0.0.1:%d' %
                            receiver.port], input=done.stdout + b'start\nstatus\ntracks\n', capture_output=True,
                           check=True, env={**os.environ, **environment}, timeout=PATIENCE)
        receiver.close()
    return once


def serve_it(text):
    def once(environment):
        server = Server(env=environment)
        equal(server.post('/playback/session', hostile(text)[0]), 200, 'a server takes it')
        equal(server.post('/playback/start', b'{}'), 200, 'and plays it')
        server.end()
    return once


def a_session_opens_no_file_and_no_connection():
    if EMULATOR or SLOW:
        raise Skip('no LD_PRELOAD here')
    for name, way in (('offline', play_offline), ('live', play_live), ('serve', serve_it)):
        harmless = opened('harmless.' + name, way('bd'))
        ok(any(line.startswith(('open', 'connect', 'mkostemp')) for line in harmless), name + ': what is opened is seen',
           harmless)
        for number, text in enumerate(('/etc/passwd', '../../../tmp/x', 'http://192.0.2.1:80/x', '|touch x',
                                       '$(touch x)', 'file:///etc/passwd', '192.0.2.1:57120')):
            equal(opened('hostile.%s.%d' % (name, number), way(text)), harmless,
                  '%s: %s opens nothing more' % (name, text))


def kilobytes(pid, key):
    with open('/proc/%d/status' % pid, encoding='ascii') as file:
        return int(re.search(r'%s:\s+(\d+)' % key, file.read()).group(1))


def what_is_locked_in_memory_is_small():
    receiver = Receiver(handshake=0)
    player = Player('--paused', osc=receiver)
    player.score(compile(session(every=1)))
    if SLOW or kilobytes(player.pid, 'VmLck') == 0:
        skip('what is locked is small', 'memory may not be locked here, or a sanitizer has most of it')
    else:
        own = kilobytes(player.pid, 'RssAnon')
        ok(own <= 4096, 'beside programs and libraries, 4 MB are locked', own)
    player.quit()


def what_is_of_another_release_is_refused_by_name():
    other = os.path.join(tmp, 'player')
    with open(other, 'w', encoding='ascii') as file:
        file.write('#!/bin/sh\necho \'{"event":"ready","version":"9.0","control":3,"pid":1}\'\ncat >/dev/null\n')
    os.chmod(other, 0o755)
    server = Server('--player', other)
    equal(server.process.wait(PATIENCE), 69, 'a player with another control stream is not used')
    ok('version 3 of the control stream' in server.said(), 'the server says why', server.said())
    score = bytearray(compile(session()))
    score[8] = 3
    done = subprocess.run([PLAY, '--dry-run', '-'], input=bytes(score), capture_output=True, check=False)
    equal(done.returncode, 65, 'so is a score of another layout')
    ok(b'made by version 3, this program reads 2' in done.stderr, 'by name', done.stderr)
    receiver = Receiver(handshake=0)
    player = Player(osc=receiver)
    player.write(bytes(score))
    error = player.wait('error', code='BAD_SCORE')
    ok('made by version 3' in error['message'], 'in the control stream too', error)
    player.quit()


run([no_program_needs_to_be_root, nothing_listens_unless_it_is_asked_for,
     a_server_listens_on_this_machine_only, a_session_opens_no_file_and_no_connection,
     what_is_locked_in_memory_is_small, what_is_of_another_release_is_refused_by_name])
