"""The options of oiduna-play, each right and wrong once, and what it prints."""

import pty
import re
import termios

from play import *

WRONG = [
    (['--osc', ''], '--osc'), (['--osc', 'host:0'], '--osc'), (['--osc', 'host:70000'], '--osc'),
    (['--latency', '-1'], '--latency'), (['--latency', '1e9'], '--latency'),
    (['--latency', 'x'], '--latency'), (['--latency', '20', '--osc-offset=-30'], '--osc-offset'),
    (['--midi-offset=-201'], '--midi-offset'), (['--osc-offset', '1x'], '--osc-offset'),
    (['--loops', '0'], '--loops'), (['--loops', '1.5'], '--loops'), (['--bars', '-3'], '--bars'),
    (['--control-host', '127.0.0.1', 'SCORE'], '--control-port'),
    (['--events', '--report', '-', 'SCORE'], 'standard output'),
    (['--dry-run', '--render', '-', 'SCORE'], 'standard output'),
    (['--dry-run', '--report', 'r.json', 'SCORE'], '--report'), (['--gain-limit', '0'], '--gain-limit'), (['--gain-limit', 'loud'], '--gain-limit'),
    (['--max-score', '64'], '--max-score'), (['--max-score', '1Kb'], '--max-score'), (['--max-memory', '-5G'], '--max-memory'),
    (['--bpm', '0'], '--bpm'), (['--bpm', '1000'], '--bpm'), (['--bpm', 'nan'], '--bpm'),
    (['--start-at', 'noon'], '--start-at'), (['--start-at', '2026-01-01'], '--start-at'),
    (['--rt=0'], '--rt'), (['--rt=100'], '--rt'), (['--control-port', '0'], '--control-port'),
    (['--control-port', 'x'], '--control-port'), (['--json', 'SCORE'], '--json'),
    (['--events', '--show', 'SCORE'], '--show'), (['--events', '--dry-run', 'SCORE'], '--dry-run'),
    (['--midi', 'a', '--midi-raw', 'b', 'SCORE'], '--midi-raw'), (['-', 'SCORE'], "'-'"), (['--dry-run', 'SCORE', '-'], "'-'"),
    (['--control-port', '5000', '--control-host', '0.0.0.0', 'SCORE'], '--insecure'),
    (['--loops'], 'loops'), (['--no-such'], 'no-such'), (['--paused=yes'], 'paused'),
]

FAILS = [
    (66, ['missing.odn'], 'missing.odn'), (65, ['GARBAGE'], 'garbage.odn'), (66, [tmp], tmp),
    (69, ['--osc', 'host.invalid:1', 'SCORE'], 'host.invalid'),
    (69, ['--require-midi', 'SCORE'], 'MIDI'),
    (69, ['--require-midi', '--midi-raw', '/nonexistent/midi', 'SCORE'], '/nonexistent/midi'),
    (69, ['--control-port', '5000', '--insecure', '--control-host', '192.0.2.1', 'SCORE'], '--control-port'),
    (69, ['--control-port', '5000', '--insecure', '--control-host', 'host.invalid', 'SCORE'],
     "cannot resolve 'host.invalid'"),
    (66, ['--destinations', 'missing.json', 'SCORE'], 'missing.json'),
    (65, ['--destinations', 'GARBAGE', 'SCORE'], 'garbage.odn'),
    (74, ['--report', '/dev/full', '--bars', '1', '--bpm', '999', 'SCORE'], '/dev/full'),
    (73, ['--report', '/nonexistent/r', 'SCORE'], '/nonexistent/r'),  # before it plays for ever
    (73, ['--report', '', 'SCORE'], 'No such file'), (73, ['--report', tmp, 'SCORE'], tmp),
    (73, ['--render', '', 'SCORE'], 'No such file'),
    (65, ['--max-score', '1K', 'SCORE'], '--max-score allows 1024'),
    (71, ['--max-memory', '1M', 'SCORE'], '--max-memory allows 1048576'),
    (69, ['--panic'], 'nothing is silenced'),
    (73, ['--render', '/nonexistent/r', 'SCORE'], '/nonexistent/r'),
    (74, ['--osc-score', '/dev/full', 'SCORE'], '/dev/full'),
]


def play(*arguments, stdin=b'', env=None, **more):
    environment = dict(os.environ)
    environment.update(env or {})
    return subprocess.run([PLAY, *arguments], input=stdin, capture_output=True, timeout=PATIENCE,
                          check=False, env=environment, **more)


def files():
    score = in_file(compile(session(every=4)), 'a.odn')
    garbage = in_file(b'{"osc"', 'garbage.odn')
    return {'SCORE': score, 'GARBAGE': garbage}


def wrong_usage_is_64_and_names_the_option():
    named = files()
    for arguments, text in WRONG:
        done = play(*[named.get(a, a) for a in arguments])
        first = done.stderr.decode().splitlines()[0] if done.stderr else ''
        ok(done.returncode == 64 and text in first and first.startswith('oiduna-play: ') and
           done.stdout == b'', 'wrong: %s' % ' '.join(arguments), (done.returncode, done.stderr))
    for name, value in (('OSC_PORT', 'x'), ('OSC_HOST', 'h' * 300)):
        done = play(named['SCORE'], env={name: value})
        ok(done.returncode == 64 and name.encode() in done.stderr, 'wrong: %s' % name, done.stderr)


def what_fails_says_what_and_where():
    named = files()
    for status, arguments, text in FAILS:
        done = play('--no-osc' if '--osc' not in arguments else '-q',
                    *[named.get(a, a) for a in arguments])
        ok(done.returncode == status and text in done.stderr.decode(),
           '%d: %s' % (status, ' '.join(arguments)), (done.returncode, done.stderr))
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([PLAY, '--dry-run', named['SCORE']], stdout=full,
                              stderr=subprocess.PIPE, check=False)
        ok(done.returncode == 74 and b'No space' in done.stderr, 'a trace to a full disk',
           (done.returncode, done.stderr))
    for option in ('--events', '--show'):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([PLAY, option, '--osc', '127.0.0.1:9', named['SCORE']],
                                  stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                  timeout=PATIENCE, check=False)
        ok(done.returncode == 74 and b'No space' in done.stderr,
           '%s to a full disk ends it' % option, (done.returncode, done.stderr))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([PLAY, '--dry-run', '--loops', '9', named['SCORE']], stdout=writing,
                          stderr=subprocess.PIPE, check=False,
                          preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
    os.close(writing)
    ok(done.returncode in (-signal.SIGPIPE, 74), 'a trace to a closed pipe', done.returncode)
    done = play('--midi-raw', '/nonexistent/midi', '--no-osc', '--bars', '1', '--bpm', '999',
                named['SCORE'])
    ok(done.returncode == 0 and b'/nonexistent/midi' in done.stderr and
       b'No such file' in done.stderr, 'MIDI that cannot be opened is told, and it plays',
       done.stderr)


def what_is_closed_is_nothing_else():
    receiver = Receiver()
    score = files()['SCORE']

    def closed(fd, *arguments):
        return subprocess.run([PLAY, '--osc', '127.0.0.1:%d' % receiver.port, *arguments],
                              stdin=subprocess.DEVNULL if fd else None, capture_output=True,
                              timeout=PATIENCE, check=False, preexec_fn=lambda: os.close(fd))
    done = closed(0)
    ok(done.returncode == 65 and b'no score had come' in done.stderr,
       'no standard input is an empty one', (done.returncode, done.stderr))
    for arguments in (['--events', score], ['--show', score], ['--dry-run', score], ['--version']):
        done = closed(1, *arguments)
        ok(done.returncode == 74 and b'Bad file descriptor' in done.stderr,
           '%s needs a standard output' % arguments[0], (done.returncode, done.stderr))
    equal(closed(1, '--bars', '1', '--bpm', '999', score).returncode, 0, 'playing needs none')
    equal(closed(2, '--bars', '1', '--bpm', '999', '-v', score).returncode, 0,
          'nor a standard error')
    strange = [p for _, p in receiver.got if not p.startswith((b'#bundle', b'/dirt'))]
    equal(strange, [], 'what was to be printed is not sent')


def help_fits_a_small_terminal():
    lines = play('--help').stdout.decode().splitlines()
    ok(max(map(len, lines)) <= 80, '--help fits 80 columns', max(lines, key=len))


def scores_are_played_one_after_another():
    receiver = Receiver()
    first = session(every=1, bpm=960)
    second = session(every=1, bpm=960)
    second['tracks']['t0']['params']['s'] = 'second'
    paths = [in_file(compile(first), 'first.odn'), in_file(compile(second), 'second.odn')]
    player = Player('--loops', '1', *paths, osc=receiver)
    equal(player.join(), 0, 'two files, each once, end by themselves')
    heard = [dict(zip(m[1::2], m[2::2])) for _, m in receiver.messages()]
    equal([v['s'] for v in heard], ['bd'] * STEPS + ['second'] * STEPS, 'one after the other')
    equal([round(v['cycle'] * 16) for v in heard], list(range(STEPS)) * 2, 'each from its step 0')
    tags = [tag for tag, _ in receiver.messages()]
    off = max(abs(t - tags[0] - i * 15_625_000) for i, t in enumerate(tags))
    ok(off <= 1000, 'without a gap, to 1 us', off)
    equal(player.bye()['reason'], 'finished', 'it says that it is finished')


def offsets_move_one_output_exactly():
    start = '%.6f' % (time.time() + (15 if SLOW else 3))  # three programs have begun by then
    receivers = [Receiver(), Receiver(), Receiver()]
    score = in_file(compile(session(every=1, bpm=480)), 'offset.odn')
    options = ['--bars', '2', '--start-at', start, score]
    players = [Player(*options, osc=receivers[0], wait=False),
               Player('--osc-offset', '40', *options, osc=receivers[1], wait=False),
               Player('--osc-offset=-100', *options, osc=receivers[2], wait=False)]
    for player in players:
        equal(player.join(), 0, 'an offset is played')
    tags = [[tag for tag, _ in receiver.messages()] for receiver in receivers]
    equal([len(t) for t in tags], [32] * 3, 'every step is there')
    for i, offset in ((1, 40_000_000), (2, -100_000_000)):
        off = max(abs(b - a - offset) for a, b in zip(tags[0], tags[i]))
        ok(off <= 1000, 'an offset of %d ms, to 1 us' % (offset // 1000000), off)


def without_look_ahead_every_step_is_played():
    receiver = Receiver()
    player = Player('--latency', '0', '--bars', '2', osc=receiver)
    player.score(compile(session(every=1, bpm=480)))
    equal(player.join(), 0, '--latency 0 plays')
    report = player.report()
    ok(len(receiver.messages()) + report['dropped_steps'] + report['late_events'] == 32,
       'each step once', report)


def paused_waits_and_quit_on_eof_ends():
    receiver = Receiver()
    player = Player('--paused', '--quit-on-eof', osc=receiver)
    player.score(compile(session(every=1, bpm=480)))
    equal(player.answer('status')['state'], 'stopped', '--paused does not start by itself')
    player.answer('start')
    wait_for(lambda: len(receiver.got) > 8)
    equal(player.end(), 0, '--quit-on-eof ends with the control stream')
    equal((player.bye()['reason'], player.bye()['pending_note_offs']), ('eof', 0), 'all notes off')


def a_stream_that_stops_the_player_and_ends_ends_it():
    receiver = Receiver()
    player = Player(osc=receiver)
    player.score(compile(session(every=1, bpm=480)))
    wait_for(lambda: len(receiver.got) > 8)
    player.line('stop')
    equal(player.end(), 0, 'when nothing plays and nobody can start it, it ends')


def people_are_answered_on_standard_error():
    score = compile(SCENES)
    done = play('--no-osc', stdin=score + b'pause\nstatus\ntracks\nmetrics\nmidi-ports\nquit\n')
    text = done.stderr.decode()
    ok(done.returncode == 0 and done.stdout == b'', 'without --events nothing is on standard output')
    for command, wanted in (('status', '120 bpm  paused'), ('status', 'scene verse'),
                            ('tracks', 't0 .*64 events'), ('metrics', 'dropped steps'),
                            ('midi-ports', 'MIDI output')):
        ok(re.search(wanted, text), '%s: %s' % (command, wanted), text)
    equal([line for line in text[text.index(' steps, '):].splitlines() if len(line) > 80 and 'MIDI output' not in line], [], 'in lines of 80 columns')
    done = undisturbed_end()
    ok('1 steps' not in done and ' late ' not in done and re.search(r' 16 steps, \d+ events\n', done), 'at the end no lateness that does not matter', done)


def undisturbed_end():
    """What -v says in its last lines, of a run that was not held up."""
    for _ in range(6):
        done = play('-v', '--no-osc', '--bars', '1', '--bpm', '480', in_file(compile(SCENES), 'end.odn')).stderr.decode()
        if 'dropped steps' not in done and ' late by' not in done:
            break
    return done


SCENES = session(scenes={'verse': {'tracks': {'v': {'params': {'s': 'sn'}}}}})


def nobody_steers_the_terminal_of_the_player():
    steering = '\x1b]0;title\x07\x1b[31m\x9b2J'
    made = session()
    made['tracks'] = {steering: {'params': {'s': 'bd' + steering}}}
    made['sequences'] = {steering: {'events': [{'step': 0}]}}
    made['scenes'] = {steering: {}}
    commands = ['set "%s" x 1', '"%s"', 'mute "%s x" on', 'scene "%s x"', 'scene "%s"', 'status', 'tracks']
    typed = '\n'.join(c.replace('%s', json.dumps(steering)[1:-1]) for c in commands) + '\nxx\x1b[2J\nquit\n'
    done = play('--no-osc', stdin=compile(made) + typed.encode())
    said = done.stderr.decode()
    equal(done.returncode, 0, 'names that hold control characters')
    ok(all(c >= ' ' and not '\x7f' <= c < '\xa0' for c in said.replace('\n', '')) and
       said.count('?]0;title') >= 6, 'are shown without them', said)


def batches_go_to_their_destinations():
    dirt, lights = Receiver(), Receiver()
    batch = {'messages': [
        {'destination_id': 'superdirt', 'cycle': 0, 'step': s, 'params': {'s': 'bd', 'n': s}}
        for s in range(0, 32, 2)] + [
        {'destination_id': 'lights', 'cycle': 0, 'step': s, 'params': {'level': s / 32}}
        for s in range(1, 32, 2)] + [
        {'destination_id': 'synth', 'cycle': 0, 'step': 0, 'params': {'note': 60}}],
        'bpm': 480, 'pattern_length': 4.0}
    where = {'lights': {'type': 'osc', 'host': '127.0.0.1', 'port': lights.port, 'address': '/cue'},
             'synth': {'type': 'midi', 'port_name': 'no such synth', 'default_channel': 3}}
    path = in_file(json.dumps(where).encode(), 'where.json')
    player = Player('--bars', '2', '--destinations', path, osc=dirt)
    answer = player.score(compile(batch))
    equal(answer['event'], 'ok', 'a batch is taken')
    equal(player.join(), 0, 'and played')
    equal([dict(zip(m[1::2], m[2::2]))['n'] for _, m in dirt.messages()], list(range(0, 32, 2)),
          'SuperDirt gets its messages')
    got = lights.messages()
    equal([m[0] for _, m in got], ['/cue'] * 16, 'another destination its own, to its address')
    equal([m[m.index('level') + 1] for _, m in got], [s / 32 for s in range(1, 32, 2)],
          'with their params')
    player = Player(osc=dirt)
    answer = player.score(compile(batch))
    ok(answer['event'] == 'error' and 'lights' in answer['message'] and
       '--destinations' in answer['message'], 'an unknown destination is named', answer)
    player.kill()


def a_dash_is_standard_output():
    name = files()['SCORE']
    path = os.path.join(tmp, 'dash.mid')
    play('--render', path, name)
    with open(path, 'rb') as file:
        equal(play('--render', '-', name).stdout, file.read(), '--render -')
    ok(b'#bundle' in play('--osc-score', '-', name).stdout, '--osc-score -')
    done = play('--report', '-', '--no-osc', '--bars', '1', '--bpm', '999', name)
    equal(json.loads(done.stdout)['ticks'], 16, '--report -')
    ok(not os.path.exists('-'), 'and no file of that name')


def probe_says_what_is_there():
    receiver = Receiver(handshake=0.01)
    where = '127.0.0.1:%d' % receiver.port
    done = play('--probe', '--osc', where)
    ok(done.returncode == 0 and b'answers on ' + where.encode() in done.stdout,
       '--probe finds SuperDirt', done.stdout)
    found = json.loads(play('--probe', '--json', '--osc', where).stdout)
    ok(found['superdirt']['connected'] and found['superdirt']['round_trip_ms'] >= 10,
       '--probe --json tells the round trip', found)
    ok(all(f['good'] or f['remedy'] for f in found['findings']), 'each finding has its remedy', found)
    ok({'superdirt', 'midi', 'midi in', 'link', 'scheduling', 'clock', 'wall clock', 'socket'} ==
       {f['name'] for f in found['findings']}, 'all is looked at', found)
    receiver.handshake = None
    done = play('--probe', '--osc', where)
    equal(done.returncode, 69, '--probe is 69 if SuperDirt does not answer')
    ok(b'SuperDirt.start' in done.stdout, 'and says what to do', done.stdout)
    ok(max(map(len, done.stdout.decode().splitlines())) <= 80, 'in 80 columns', done.stdout)
    done = play('--probe', '--osc', 'host.invalid:1')
    ok(b'wmem_max' not in done.stdout and b'OSC_HOST' in done.stdout,
       'a wrong name is no matter of buffers', done.stdout)
    done = play('--midi-list')
    equal(done.returncode, 0, '--midi-list')


def the_environment_gives_defaults():
    receiver = Receiver()
    score = in_file(compile(session(every=1, bpm=960)), 'env.odn')
    done = play('--bars', '1', score, env={'OSC_HOST': '127.0.0.1', 'OSC_PORT': str(receiver.port)})
    equal((done.returncode, len(receiver.got)), (0, 16), 'OSC_HOST and OSC_PORT')
    done = play('--bars', '1', '--no-osc', score, env={'MIDI_PORT': 'no such port'})
    ok(b"'no such port'" in done.stderr, 'MIDI_PORT', done.stderr)


def show_prints_what_sounds():
    receiver = Receiver()
    score = in_file(compile(session(every=4, bpm=480)), 'show.odn')
    done = play('--show', '--bars', '2', '--osc', '127.0.0.1:%d' % receiver.port, score)
    lines = done.stdout.decode().splitlines()
    equal(len(lines), 8, '--show prints a line a message')
    ok(all(re.match(r' *\d+\.\d{3} s  (late [1-9]\d* ms  )?/dirt/play s bd ', line) for line in lines),
       'time, message, and how late only where it matters', lines)


def show_tells_what_was_late():
    score = in_file(compile(session(every=1, bpm=480)), 'late.odn')
    process = subprocess.Popen([PLAY, '--show', '--latency', '0', '--osc', '127.0.0.1:%d' % Receiver().port, score],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    line = process.stdout.readline().decode()
    end = time.monotonic() + PATIENCE
    while not re.match(r' *\d+\.\d{3} s  late [1-9]\d* ms  /dirt/play s bd ', line) and time.monotonic() < end:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        process.send_signal(signal.SIGCONT)
        line = process.stdout.readline().decode()
    ok(time.monotonic() < end, 'a message that was sent late is shown as that', line)
    process.terminate()
    process.communicate()




def show_tells_names_as_they_are():
    made = session(every=64, bpm=999)
    made['tracks']['t0']['params']['s'] = 'a,b]\\'
    made['tracks']['t0']['params']['extra_params'] = {'x': 'a, "[e', 'y': 1}
    done = play('--show', '--no-osc', '--bars', '1', in_file(compile(made), 'odd.odn'))
    ok(b' s a,b]\\\\ orbit 0 ' in done.stdout and b' x a, \\"[e y 1' in done.stdout,
       'what is inside of a name separates nothing', done.stdout)


def show_lets_no_name_steer_a_terminal():
    made = session(every=16, bpm=999)
    made['tracks']['t0']['params']['s'] = 'a\u009b2Jb'
    out = on_terminal(200, option='--show', stream='stdout', made=made)
    ok(' s a?2Jb ' in out and '\u009b' not in out, 'a control character is shown as ?', out[:200])


def a_reader_of_show_that_goes_away_ends_the_player():
    score = in_file(compile(session(every=1, bpm=480)), 'show.odn')
    process = subprocess.Popen([PLAY, '--show', '--osc', '127.0.0.1:%d' % Receiver().port, score],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ok(b'/dirt/play s bd' in process.stdout.readline(), '--show prints while it plays')
    process.stdout.close()
    equal(process.wait(PATIENCE), 0, 'and ends with its reader, as with | head')
    process.stderr.close()


def on_terminal(columns, env=None, option='-v', stream='stderr', made=None):
    master, slave = pty.openpty()
    fcntl_size(slave, columns)
    score = in_file(compile(made or session(every=1, bpm=480, tracks=3)), 'tty.odn')
    environment = dict(os.environ, TERM='xterm')
    environment.pop('NO_COLOR', None)
    environment.update(env or {})
    where = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL, stream: slave}
    process = subprocess.Popen([PLAY, option, '--no-osc', '--bars', '3', score],
                               stdin=subprocess.DEVNULL, env=environment, **where)
    os.close(slave)
    out = b''
    while True:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        if not data:
            break
        out += data
    process.wait()
    os.close(master)
    return out.decode()


def fcntl_size(fd, columns):
    import fcntl
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))


def quiet_says_nothing():
    score = in_file(compile(session(every=1, bpm=960)), 'plain.odn')
    done = play('-q', '--bars', '1', '--osc', '127.0.0.1:9', score)
    equal((done.stdout, done.stderr), (b'', b''), '-q says nothing')
    done = subprocess.run([PLAY, '-q', '--no-osc', '-'], input=b'ping\nbpm 0\ndance\nquit\n', capture_output=True)
    told = [word for word in (b'ping', b'bpm', b'dance') if b'oiduna-play: ' + word in done.stderr]
    equal((done.returncode, done.stdout, told), (0, b'', [b'bpm', b'dance']), '... but of commands that cannot be done')


run([wrong_usage_is_64_and_names_the_option,
     what_fails_says_what_and_where,
     what_is_closed_is_nothing_else,
     help_fits_a_small_terminal,
     scores_are_played_one_after_another,
     offsets_move_one_output_exactly,
     without_look_ahead_every_step_is_played,
     paused_waits_and_quit_on_eof_ends,
     a_stream_that_stops_the_player_and_ends_ends_it,
     people_are_answered_on_standard_error,
     nobody_steers_the_terminal_of_the_player,
     batches_go_to_their_destinations,
     a_dash_is_standard_output,
     probe_says_what_is_there,
     the_environment_gives_defaults,
     show_prints_what_sounds, show_tells_what_was_late,
     show_tells_names_as_they_are, show_lets_no_name_steer_a_terminal,
     a_reader_of_show_that_goes_away_ends_the_player,
     quiet_says_nothing])
