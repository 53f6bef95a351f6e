"""Standard input and output as they may be inherited, and outputs that are inputs."""

import fcntl
import socket

from play import *

SESSION = {'tracks': {'t': {'params': {'s': 'bd'}}},
           'sequences': {'t': {'events': [{'step': k} for k in range(256)]}}}


def path(name, content=None):
    made = os.path.join(tmp, name)
    if content is not None:
        with open(made, 'wb') as file:
            file.write(content)
    return made


def contents(name):
    with open(name, 'rb') as file:
        return file.read()


def score():
    return subprocess.run([COMPILE, '-'], input=json.dumps(SESSION).encode(), stdout=subprocess.PIPE, check=True).stdout


def non_blocking(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)


def small_pipe():
    """A pipe that holds 4096 bytes, whose ends do not block."""
    ends = os.pipe()
    fcntl.fcntl(ends[0], 1031, 4096)  # F_SETPIPE_SZ
    for end in ends:
        non_blocking(end)
    return ends


def drain(fd):
    """All that comes, after a reader's nap."""
    got = b''
    time.sleep(0.1)
    while True:
        select.select([fd], [], [], PATIENCE)
        piece = os.read(fd, 4096)
        if not piece:
            os.close(fd)
            return got
        got += piece


def slowly(command, given, stream):
    """(exit status, what came) of a command, all of whose streams do not block: input comes in two pieces with a
    pause before each, `stream` is read late."""
    into, out = small_pipe(), small_pipe()
    where = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    where[stream] = out[1]
    process = subprocess.Popen(command, stdin=into[0], **where)
    os.close(into[0])
    os.close(out[1])

    def write():
        half = len(given) // 2
        for piece in (given[:half], given[half:]):
            time.sleep(0.1)
            while piece:
                select.select([], [into[1]], [], PATIENCE)
                try:
                    piece = piece[os.write(into[1], piece):]
                except BlockingIOError:
                    pass
                except BrokenPipeError:
                    return
        os.close(into[1])
    writer = threading.Thread(target=write)
    writer.start()
    got = drain(out[0])
    writer.join()
    return process.wait(), got


def in_peace(command, given, stream):
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, getattr(done, stream)


def streams_that_do_not_block_are_waited_for():
    made = score()
    wrong = json.dumps({'tracks': {str(i): {'params': {'s': 1}} for i in range(200)}}).encode()
    for name, command, given, stream in (
            ('oiduna-compile', [COMPILE, '-'], json.dumps(SESSION).encode(), 'stdout'),
            ('oiduna-compile, findings', [COMPILE, '--check', '-'], wrong, 'stderr'),
            ('oiduna-compile --dump --json', [COMPILE, '--dump', '--json', '-'], made, 'stdout'),
            ('oiduna-play --dry-run', [PLAY, '--dry-run', '--loops', '1', '-'], made, 'stdout'),
            ('oiduna-play --osc-score -', [PLAY, '--osc-score', '-', '--loops', '1', '-'], made, 'stdout'),
            ('oiduna-play --render -', [PLAY, '--render', '-', '--gm', '--loops', '4', '-'], made, 'stdout'),
            ('oiduna-pattern', [os.path.join(BIN, 'oiduna-pattern'), '-'], b'bpm 120\n' + b''.join(b't%d: s "bd*16"\n' % k for k in range(40)), 'stdout'),
            ('oiduna-smf', [os.path.join(BIN, 'oiduna-smf'), '-'], contents('examples/blues.mid'), 'stdout'),
            ('oiduna-bench', [os.path.join(BIN, 'oiduna-bench'), '--write-workload', 'small', '-'], b'', 'stdout')):
        wanted = in_peace(command, given, stream)
        ok(len(wanted[1]) > 1000, '%s: a page at least' % name)
        equal(slowly(command, given, stream), wanted, '... comes all the same')


def outputs_that_are_inputs_are_refused():
    made = score()
    name = path('x.odn', made)
    os.symlink('x.odn', path('link.odn'))
    for words in (['--render', name, name], ['--osc-score', name, name], ['--midi-raw', name, name],
                  ['--report', name, name],
                  ['--render', path('link.odn'), name]):
        done = subprocess.run([PLAY, '--no-osc', '--loops', '1'] + words, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE)
        equal((done.returncode, contents(name) == made), (64, True), ' '.join(words[:-1]).replace(tmp + '/', ''))
        ok(name in done.stderr.decode() or 'link.odn' in done.stderr.decode(), '... and is named', done.stderr)
    with open(name, 'rb') as given:
        done = subprocess.run([PLAY, '--render', name, '-'], stdin=given, check=False, stderr=subprocess.PIPE)
    equal((done.returncode, contents(name) == made), (64, True), '--render of what is standard input')
    with open(path('s.json', json.dumps(SESSION).encode()), 'rb+') as both:
        done = subprocess.run([COMPILE, path('s.json')], stdout=both, check=False, stderr=subprocess.PIPE)
    ok(done.returncode == 64 and json.loads(contents(path('s.json'))) == SESSION,
       'a session that is standard output', done.stderr)


def a_link_to_nowhere_is_followed():
    os.symlink('there.odn', path('nowhere.odn'))
    session = path('s2.json', json.dumps(SESSION).encode())
    equal(subprocess.run([COMPILE, '-o', path('nowhere.odn'), session], check=False).returncode, 0, 'it compiles')
    ok(os.path.islink(path('nowhere.odn')), 'the link is still one')
    equal(contents(path('there.odn')), score(), 'the score is where it leads')


def ends_of_pipe():
    return os.pipe()


def ends_of_socket():
    """As node gives them to what it starts."""
    ends = socket.socketpair()
    return tuple(end.detach() for end in ends)


def read_all(fd):
    got = b''
    piece = os.read(fd, 65536)
    while piece:
        got += piece
        piece = os.read(fd, 65536)
    os.close(fd)
    return got


def a_reader_too_slow_at_the_end_gets_whole_lines():
    control = b'\x01' * 40000  # six bytes each, in an answer
    # bytes of what is answered, how often: none goes into a pipe without a rest
    for ends, answer, times, least in (
            (ends_of_pipe, 41, 3000, 100), (ends_of_pipe, 59, 3000, 100), (ends_of_pipe, 5000, 40, 4),
            (ends_of_pipe, 30000, 9, 1), (ends_of_pipe, control, 4, 1),
            (ends_of_socket, 41, 6000, 100), (ends_of_socket, 5000, 80, 4), (ends_of_socket, 30000, 30, 1),
            (ends_of_socket, control, 4, 1)):
        reads, writes = ends()
        player = subprocess.Popen([PLAY, '--no-osc', '--events', '-'], stdin=subprocess.PIPE, stdout=writes, stderr=subprocess.DEVNULL)
        os.close(writes)
        words = (b'%0*d' % (answer, k) if isinstance(answer, int) else answer for k in range(times))
        player.stdin.write(score() + b''.join(b'ping %s\n' % word for word in words) + b'quit\n')
        player.stdin.close()
        status = player.wait(PATIENCE)  # meanwhile nobody reads
        lines = read_all(reads).split(b'\n')
        where = '%s, %s: ' % (ends.__name__.replace('ends_of_', 'a '), answer if isinstance(answer, int) else 'escaped')
        equal((status, lines[-1][-60:]), (0, b''), where + 'the last line has its end')
        ok(len(lines) > least and all(json.loads(line)['event'] for line in lines[:-1]), '... and all are JSON',
           (len(lines), [line[:200] for line in lines[-2:]]))


def a_reader_that_loses_answers_is_told_how_many():
    player = subprocess.Popen([PLAY, '--no-osc', '--events', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    player.stdin.write(b''.join(b'ping %030000d\n' % k for k in range(400)) + b'ping last\n')
    player.stdin.flush()
    time.sleep(0.5)  # 12 MB wait for their reader, and 8 find room
    seen = []
    for line in player.stdout:
        seen.append(json.loads(line))
        if seen[-1].get('code') == 'ANSWERS_LOST':
            break
    lost = 401 - sum(event.get('command') == 'ping' for event in seen)
    equal(seen[-1].get('count'), lost, 'it is told how many answers were lost')
    ok(lost > 50, '... which are some', lost)
    player.stdin.write(b'quit\n')
    player.stdin.close()
    equal((player.stdout.read().count(b'"bye"'), player.wait(PATIENCE)), (1, 0), '... and all is well again')


def what_a_person_keeps_is_on_the_disk_before_it_has_its_name():
    session = path('kept.json', json.dumps(SESSION).encode())
    order = path('order')
    env = preloaded('ordered', {'OIDUNA_TEST_ORDER': order})
    whole = path('kept.odn', score())
    for arguments in ([COMPILE, '-o', path('new.odn'), session], [PLAY, '--render', path('new.mid'), whole],
                      [PLAY, '--osc-score', path('new.osc'), whole]):
        path('order', b'')
        done = subprocess.run(arguments, check=False, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        equal((done.returncode, contents(order).split()), (0, [b'fsync', b'rename']), ' '.join(arguments[0:-1]).replace(tmp, ''))


run([what_a_person_keeps_is_on_the_disk_before_it_has_its_name, a_reader_too_slow_at_the_end_gets_whole_lines, a_reader_that_loses_answers_is_told_how_many, streams_that_do_not_block_are_waited_for, outputs_that_are_inputs_are_refused, a_link_to_nowhere_is_followed])
