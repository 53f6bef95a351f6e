"""What README.md promises and no other test shows."""

import re
import resource

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


run([no_program_needs_to_be_root, nothing_listens_unless_it_is_asked_for])
