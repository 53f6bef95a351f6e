"""oiduna-play on a terminal: the picture, the prompt, and that nothing mixes."""

import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from play import BIN, PLAY, PATIENCE, compile, equal, in_file, note, ok, run, session, tmp  # noqa: E402
from vt import Terminal  # noqa: E402

STATES = re.compile(r'^(?:[●○.*]{4}  )?(?:\d+\.\d\.\d  )?[\d.]+ bpm\b')
SIZES = [(80, 24), (60, 20), (200, 50), (40, 10), (20, 6), (20, 3), (10, 3)]


def song(name='song.odn', **more):
    made = session(tracks=4, every=4, bpm=240, **more)
    made['tracks']['hat'] = {'params': {'s': 'hh'}, 'meta': {'mute': True}}
    made['tracks']['a b'] = {'params': {'s': 'cp'}}
    made['sequences']['hat'] = {'events': [{'step': s, 'velocity': 0.5} for s in range(2, 256, 4)]}
    made['scenes'] = {'verse': {}, 'chorus': {'environment': {'bpm': 240}}}
    return in_file(compile(made), name)


def terminal(*words, columns=80, rows=24, env=None, redirect=None):
    return Terminal([PLAY, '-v', '--no-osc', *words], columns, rows, env, redirect)


def states(screen):
    """The rows that tell tempo and place."""
    return [i for i, line in enumerate(screen.lines()) if STATES.match(line)]


def given_back(where, before, name):
    """The terminal is as it was, and no part of a picture is left."""
    screen = where.screen
    ok((screen.top, screen.bottom) == (0, screen.rows - 1) and screen.cursor_shown and screen.wraps
       and not screen.pastes, 'the terminal is given back: ' + name,
       (screen.top, screen.bottom, screen.cursor_shown, screen.wraps, screen.pastes))
    equal(where.attributes(), before, '... its keys too')
    ok(not states(screen) and not any('▁' in line or '█' in line for line in screen.lines()),
       '... and no picture is left', screen.text())


def the_picture_stands_at_the_bottom_of_every_terminal():
    score = song()
    for columns, rows in SIZES:
        where = terminal(score, columns=columns, rows=rows)
        before = where.attributes()
        size = '%dx%d' % (columns, rows)
        ok(where.wait_for(r'240'), 'the tempo is shown at ' + size, where.screen.text())
        found = states(where.screen)
        equal(len(found), 1, '... once')
        ok(where.screen.bottom == found[0] - 1, '... and nothing else can come there',
           (where.screen.bottom, found))
        if rows >= 20:
            ok(where.wait_for(r'^m hat +··▄· ··▄· ··▄· ··▄·$'), '... with the bar of each track',
               where.screen.text())
            ok(where.wait_for(r' [34]\.\d\.\d '), '... and moves on', where.screen.text())
        where.kill(signal.SIGTERM)
        equal(where.end(), 0, '... until it ends')
        given_back(where, before, size)
        where.close()


def a_terminal_of_one_character_is_no_reason_to_fail():
    for columns, rows in ((1, 1), (80, 1), (80, 2), (1, 24), (2, 3)):
        where = terminal('--bars', '1', song(), columns=columns, rows=rows)
        equal(where.end(PATIENCE), 0, 'it plays on %dx%d' % (columns, rows))
        where.close()


def it_goes_along_when_the_terminal_is_resized():
    where = terminal(song())
    where.wait_for(r'^m hat')
    for columns, rows in ((60, 20), (200, 50), (20, 3), (100, 12), (80, 24), (80, 3), (132, 43)):
        where.resize(columns, rows)
        moved = where.wait_for(r'240', 5)
        where.read(0.2)
        found = states(where.screen)
        ok(moved and len(found) == 1 and where.screen.bottom == found[0] - 1,
           'one picture, at the bottom, at %dx%d' % (columns, rows), where.screen.text())
        lines = where.screen.lines()[found[0]:] if found else []
        ok(found and (rows < 20 or any('m hat' in line for line in lines)), '... all of it', lines)
    where.kill(signal.SIGTERM)
    where.end()
    where.close()


def what_others_print_scrolls_above_it():
    where = terminal(song())
    where.wait_for(r'^m hat')
    with open(os.ttyname(open_slave(where)), 'w', encoding='utf-8') as other:
        for i in range(100):
            other.write('another program says %d\n' % i)
            other.flush()
            where.read(0.01)
    where.read(0.3)
    said = [line for line in where.screen.everything() if 'another' in line]
    equal(said, ['another program says %d' % i for i in range(100)],
          'lines of another program stand there whole')
    equal(len(states(where.screen)), 1, 'above the picture')
    ok(where.screen.lines()[where.screen.bottom - 1] == 'another program says 99', 'the last one last',
       where.screen.text())
    where.kill(signal.SIGTERM)
    where.end()
    where.close()


def what_is_said_is_broken_where_words_end():
    folder = 'tests/golden/diag'
    for name, columns in (('heard-orbits', 80), ('heard-lines', 60), ('heard-lines', 41)):
        where = Terminal(['sh', '-c', 'cd %s && exec "$0" --check %s.json' % (folder, name), os.path.abspath(os.path.join(BIN, 'oiduna-compile'))], columns, 60)
        where.end()
        with open(os.path.join(folder, name + '.txt'), encoding='utf-8') as file:
            wanted = [line for line in file.read().splitlines() if line.startswith('oiduna-compile')]
        said = [line for line in where.screen.everything() if line]
        ok(max(map(len, said)) <= columns, 'in %d columns no line is wider' % columns, said)
        whole = '\n'.join(said).replace('\n    ', ' ')
        ok(all(line in whole for line in wanted), '... and what goes on is indented', where.screen.text())
        where.close()
    where = Terminal([PLAY, '--osc', '127.0.0.1:9', '--paused', '-'], 50, 30)
    ok(where.wait_for(r'^oiduna-play: SuperDirt on 127.0.0.1:9 does not\n    answer: not started yet\?$', 20), 'the player says so, too',
       where.screen.text())
    where.type('quit\r')
    where.end()
    where.close()
    where = Terminal([os.path.join(BIN, 'oiduna-serve'), '--port', '0', '--no-osc', '--assets', os.path.join(tmp, 'assets'), '--log'], 40, 30)
    ok(where.wait_for(r'^oiduna-serve: listening on\n    http://[0-9.:]+$', 20), 'and the server', where.screen.text())
    where.kill(signal.SIGTERM)
    where.end()
    where.close()


def open_slave(where):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptsname.restype = ctypes.c_char_p
    return os.open(libc.ptsname(where.master).decode(), os.O_RDWR | os.O_NOCTTY)


def typing_never_mixes_with_a_storm_of_events():
    where = Terminal([PLAY, '-v', '--no-osc', '--events', '--bpm', '960'], 100, 30)
    where.wait_for('^>')
    where.type('ping one\r')
    where.wait_for('"word":"one"')
    for i in range(30):
        for key in 'ping storm%d' % i:
            where.type(key)
            where.read(0.002)
        where.type('\r')
    ok(where.wait_for('"word":"storm29"', 20, everything=True), 'each line typed is done')
    words = re.findall(r'"word":"(storm\d+)"', ''.join(where.screen.everything()))
    equal(words, ['storm%d' % i for i in range(30)], '... in order')
    echoed = [line for line in where.screen.everything() if line.startswith('> ping storm')]
    equal(echoed, ['> ping storm%d' % i for i in range(30)], 'what was typed stands there whole')
    where.type('quit\r')
    equal(where.end(), 0, 'and quit ends it')
    where.close()


def events_on_the_same_terminal_stay_whole():
    score = song()
    where = Terminal([PLAY, '-v', '--no-osc', '--events', '--bpm', '960', '--bars', '8', score], 3000, 40)
    where.end(PATIENCE)
    lines = [line for line in where.screen.everything() if '"event"' in line]
    broken = []
    for line in lines:
        try:
            json.loads(line)
        except ValueError:
            broken.append(line)
    ok(len(lines) > 50 and not broken, 'each event stands on a line of its own', broken[:2] or lines[-5:])
    where.close()


def what_is_shown_on_the_same_terminal_stays_whole():
    where = Terminal([PLAY, '-v', '--show', '--no-osc', '--bpm', '960', '--bars', '8', song()], 90, 40)
    where.end(PATIENCE)
    said = [line for line in where.screen.everything() if line and not line.startswith('oiduna-play: ')]
    strange = [line for line in said if not re.match(r' *\d+\.\d{3} s  (late \d+ ms  )?/dirt/play s \w+ .*\.\.\.$', line)]
    ok(len(said) > 50 and not strange, 'each message stands on a line of its own, cut at its end', strange[:5] or said[-5:])
    where.close()


def without_colours_it_has_none():
    where = terminal('--bars', '2', song())
    where.end(PATIENCE)
    ok(where.screen.coloured, 'it has colours')
    where.close()
    where = terminal('--bars', '2', song(), env={'NO_COLOR': '1'})
    where.wait_for(r'^m hat')
    ok(where.wait_for('▼'), 'without them the step is marked all the same', where.screen.text())
    where.end(PATIENCE)
    ok(not where.screen.coloured, 'NO_COLOR is heeded')
    where.close()


def where_there_is_no_utf8_it_is_ascii():
    for env in ({'LC_ALL': 'C'}, {'LC_ALL': None, 'LC_CTYPE': None, 'LANG': None},
                {'LC_ALL': '', 'LANG': 'en_GB.ISO-8859-1'}):
        where = terminal(song(), env=env)
        ok(where.wait_for(r'^m hat +\.\.\+\. '), 'ASCII with %s' % env, where.screen.text())
        ok(where.screen.text().isascii(), '... only', where.screen.text())
        where.kill(signal.SIGTERM)
        where.end()
        where.close()
    where = terminal(song(), env={'LC_ALL': None, 'LANG': 'de_DE.utf8'})
    ok(where.wait_for('█'), 'a locale that is not installed says it too', where.screen.text())
    where.kill(signal.SIGTERM)
    where.end()
    where.close()


def plain(*words, **more):
    done = subprocess.run([PLAY, '-v', '--no-osc', *words], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, check=False, **more)
    return done.stderr.decode()


def without_a_terminal_it_is_a_line_a_bar():
    score = song()
    out = plain('--bars', '4', '--bpm', '480', score)
    bars = re.findall(r'^oiduna-play: .*?(\d+)\.1\.\d  480 bpm  playing', out, re.M)
    equal(bars, ['1', '2', '3', '4'], 'a line a bar')
    ok('\033' not in out and '\r' not in out and out.isascii(), 'plain text', out)
    ok(max(map(len, [line for line in out.splitlines() if 'bpm  playing' in line])) < 80,
       'in 80 columns', out)
    where = terminal('--bars', '2', score, env={'TERM': 'dumb'})
    where.end(PATIENCE)
    ok(re.search(r'2\.1\.\d  240 bpm  playing', where.screen.text()), 'a dumb terminal gets lines',
       where.screen.text())
    equal(len(states(where.screen)), 0, 'and no picture')
    where.close()


def the_prompt_completes_and_remembers():
    words = ['--paused', song(), '-'] if takes_dash() else []
    where = terminal(*words)
    where.wait_for('^>')
    where.type('pi\t')
    ok(where.wait_for('^> ping'), 'a command is completed', where.screen.text())
    where.type('x\r')
    ok(where.wait_for('^oiduna-play: ping: x$'), 'each is answered in a line', where.screen.text())
    where.type('me\t')
    ok(where.wait_for('^> metrics'), '... the only one that begins so', where.screen.text())
    where.type('\x15st\t\t')
    ok(where.wait_for(r'^start +stop +status'), 'what it could become is shown', where.screen.text())
    where.type('\x15\x1b[A')
    ok(where.wait_for('^> ping x$'), 'the last line comes back', where.screen.text())
    where.type('y\r')
    ok(where.wait_for('^oiduna-play: ping: xy$'), '... to be changed', where.screen.text())
    where.type('\x1b[A\x1b[A\r')
    ok(where.wait_for('ping: x$'), '... and those before it')
    where.type('no-such\r')
    ok(where.wait_for('^oiduna-play: .*no-such'), 'what is wrong is said', where.screen.text())
    ok(any('no-such' in line for line in where.screen.lines()[where.screen.bottom + 1:]),
       '... and stays in the picture', where.screen.text())
    if takes_dash():
        where.type('mute h\t')
        ok(where.wait_for('^> mute hat'), 'a track is completed', where.screen.text())
        where.type('\x15mute "a\t')
        ok(where.wait_for('^> mute "a b"'), '... in quotes, if it has blanks', where.screen.text())
        where.type('\x15set t0 cut\t\t')
        ok(where.wait_for('^cut +cutoff'), 'and a parameter', where.screen.text())
        where.type('\x15at b\t\t')
        ok(where.wait_for('^bar +beat'), 'and a time', where.screen.text())
        where.type('ar 4 sce\tver\t')
        ok(where.wait_for('^> at bar 4 scene verse'), '... with a command behind it, and its words', where.screen.text())
        where.type('\x15mute hat tog\t\r')
        ok(where.wait_for('^oiduna-play: hat not muted from '), 'a command is answered in a line that says what it made', where.screen.text())
        where.type('help nudge\r')
        ok(where.wait_for('^oiduna-play: nudge MS: '), 'help tells how it is called', where.screen.text())
        where.type('\x15scene ch\t\r')
        ok(where.wait_for('^oiduna-play: scene chorus (from|waits for) '), 'and a scene, which is taken', where.screen.text())
    before = where.screen.text()
    where.type('\x04')
    where.read(0.3)
    ok(where.status is None or where.status == 0, '^D ends the input', before)
    where.kill(signal.SIGTERM)
    where.end()
    where.close()


def commands_are_typed_beside_what_comes_by_a_pipe():
    name = song()
    for words, redirect, what in (
            ([PLAY, '-v', '--no-osc', '--paused', name], '', 'score files'),
            ([PLAY, '-v', '--no-osc', '--paused', '-'], '(cat %s; sleep 60) |' % name, 'a pipe')):
        where = Terminal(['sh', '-c', redirect + ' exec "$@"', 'sh', *words] if redirect else words)
        where.wait_for('stopped')
        where.type('x')
        ok(where.wait_for('^> x'), 'there is a prompt beside ' + what, where.screen.text())
        where.type('\x15')
        where.type('mute t1\r')
        ok(where.wait_for('^oiduna-play: t1 muted from '), '... which is heard', where.screen.text())
        ok(where.wait_for('^m t1 '), '... and seen', where.screen.text())
        equal([line for line in where.screen.lines() if 'mute t1' in line], ['> mute t1'], '... and typed once, above the picture')
        where.type('nonsense\r')
        ok(where.wait_for('^oiduna-play: .*nonsense'), '... what is wrong is said', where.screen.text())
        where.type('\x04')
        where.read(0.2)
        ok(where.status is None, '... ^D ends the prompt alone')
        where.kill(signal.SIGTERM)
        where.end()
        where.close()


def the_front_door_takes_commands():
    for kind, text in (('pat', 'hat: s "hh*8"\nbd: s "bd*4"\n'), ('odn', None)):
        path = song('door.odn') if text is None else os.path.join(tmp, 'door.' + kind)
        if text is not None:
            with open(path, 'w', encoding='utf-8') as out:
                out.write(text)
        where = Terminal([os.path.join(BIN, 'oiduna'), path, '--', '--no-osc'],
                         env={'PATH': BIN + ':' + os.environ['PATH']})
        ok(where.wait_for('playing'), 'oiduna song.%s plays' % kind, where.screen.text())
        ok(where.wait_for('●|○'), '... with the picture that the terminal can show', where.screen.text())
        where.type('solo hat\r')
        ok(where.wait_for('^oiduna-play: hat solo from '), '... which takes commands', where.screen.text())
        where.type('quit\r')
        ok(where.end() == 0, '... and quit ends all of it', where.screen.text())
        where.close()


def bars_are_counted_from_the_top():
    first, go = song(), os.path.join(tmp, 'go')
    second = song('top.odn', apply={'timing': 'now', 'from': 'top'})
    wait = 'while [ ! -e %s ]; do sleep 0.05; done' % go
    where = Terminal(['sh', '-c', '(cat %s; %s; cat %s; sleep 60) | exec "$@"' % (first, wait, second), 'sh', PLAY, '-v', '--no-osc', '--paused', '-'])
    where.wait_for('t0')
    where.type('pause 41\r')
    ok(where.wait_for(r'  3\.3\.1  '), 'a place of the loop', where.screen.text())
    open(go, 'w', encoding='utf-8').close()
    ok(where.wait_for(r'  1\.1\.1  '), '... is the first of a session that begins at its top there', where.screen.text())
    where.kill(signal.SIGTERM)
    where.end()
    where.close()


def what_waits_is_counted():
    where = terminal('--paused', song(), '-')
    where.wait_for('^>')
    for line in ('at bar 9 bpm 140', 'at bar 4 mute t1', 'at bar 20 stop'):
        where.type(line + '\r')
    ok(where.wait_for(r'^oiduna-play: bpm 140 waits for its time, number \d'), 'what waits is answered with its number', where.screen.text())
    ok(where.wait_for('(→|->) mute t1, 2 more'), 'the first is shown, the others counted', where.screen.text())
    where.kill(signal.SIGTERM)
    where.end()
    where.close()


def takes_dash():
    """SCORE... - plays the scores and reads commands."""
    done = subprocess.run([PLAY, '--no-osc', '--paused', '--quit-on-eof', song(), '-'],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
    return done.returncode == 0


def sanitized():
    """A sanitizer has the faults for itself."""
    with open(os.path.join(BIN, 'flags'), encoding='utf-8') as file:
        return '-fsanitize' in file.read()


def whatever_ends_it_the_terminal_is_given_back():
    faults = [] if sanitized() else [('SIGSEGV', signal.SIGSEGV), ('SIGABRT', signal.SIGABRT)]
    for name, end in [('SIGTERM', signal.SIGTERM), ('^C', '\x03'), ('quit', 'quit\r')] + faults:
        where = Terminal([PLAY, '-v', '--no-osc'], 80, 24)
        before = where.attributes()
        where.wait_for('^>')
        ok(where.screen.bottom < 23 and where.attributes() != before, 'it has the terminal before ' + name)
        if isinstance(end, str):
            where.type(end)
        else:
            where.kill(end)
        status = where.end()
        ok(status == (0 if end in (signal.SIGTERM, '\x03', 'quit\r') else -end), '... and ends', status)
        given_back(where, before, name)
        where.close()


def a_job_is_stopped_and_goes_on():
    where = Terminal(['sh'], 80, 24, env={'PS1': 'shell$ ', 'ENV': ''})
    where.wait_for(r'shell\$')
    where.type('set -m\r')
    where.wait_for(r'set -m')
    before = where.attributes()
    where.type('%s -v --no-osc %s\r' % (os.path.abspath(PLAY), song()))
    ok(where.wait_for(r'^m hat'), 'a job has its picture', where.screen.text())
    where.type('\x1a')
    ok(where.wait_for(r'Stopped'), '^Z stops it', where.screen.text())
    where.read(0.3)
    given_back(where, before, '^Z')
    where.type('bg\r')
    where.read(1)
    ok(not states(where.screen), 'in the background it draws nothing', where.screen.text())
    where.type('echo mine\r')
    ok(where.wait_for(r'^mine$'), '... and the shell has the terminal', where.screen.text())
    where.type('fg\r')
    ok(where.wait_for(r'^m hat'), 'in the foreground it does again', where.screen.text())
    equal(len(states(where.screen)), 1, '... once')
    where.type('\x03')
    ok(where.wait_for(r'steps, [0-9]+ events'), '^C ends it', where.screen.text())
    where.type('echo $?\r')
    ok(where.wait_for(r'^0$'), '... well', where.screen.text())
    given_back(where, before, 'the shell')
    where.type('exit\r')
    where.end()
    where.close()


def a_terminal_that_takes_nothing_holds_nobody_up():
    report = os.path.join(tmp, 'stalled.json')
    where = Terminal([PLAY, '-v', '--no-osc', '--bpm', '960', '--report', report, song()], 200, 50)
    where.wait_for(r'^m hat')
    time.sleep(3)  # its buffer is full long since
    where.read(0.2)
    ok(where.wait_for(r' \d+\.\d\.\d  960 bpm'), 'it draws again when it can', where.screen.text())
    equal(len(states(where.screen)), 1, '... one picture')
    where.kill(signal.SIGTERM)
    equal(where.end(PATIENCE), 0, 'and ends')
    with open(report, encoding='utf-8') as file:
        equal(json.load(file)['dropped_steps'], 0, 'no step was dropped')
    where.close()


def a_terminal_that_goes_away_is_no_reason_to_spin():
    where = Terminal([PLAY, '-v', '--no-osc', song()], 80, 24)
    where.wait_for(r'^m hat')
    os.close(where.master)  # SIGHUP, and nobody is there any more
    time.sleep(0.5)
    used = cpu_seconds(where.pid)
    time.sleep(1)
    spent = cpu_seconds(where.pid) - used
    ok(spent < 0.5, 'it does not spin without its terminal', spent)
    os.kill(where.pid, signal.SIGTERM)
    _, status = os.waitpid(where.pid, 0)
    ok(os.waitstatus_to_exitcode(status) in (0, 74), 'and can be ended', status)


def cpu_seconds(pid):
    with open('/proc/%d/stat' % pid, encoding='utf-8') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def it_draws_sixty_times_a_second_at_most():
    where = Terminal([PLAY, '-v', '--no-osc', '--events', '--bpm', '999', song()], 120, 30)
    where.wait_for(r'^m hat')
    frames = 0
    feed = where.screen.feed

    def count(data):
        nonlocal frames
        frames += data.count(b'\033[?25l')
        feed(data)
    where.screen.feed = count
    used = cpu_seconds(where.pid)
    where.read(3)
    note('%.1f %% of a core, %d pictures a second, %d bytes in all' %
         ((cpu_seconds(where.pid) - used) / 3 * 100, frames / 3, where.sent))
    ok(30 <= frames <= 3 * 60 + 2, 'sixty pictures a second at most', frames)
    where.kill(signal.SIGTERM)
    where.end()
    where.close()


def readme_pictures():
    """(the first line, the rows of the tracks) of each picture in README.md."""
    found = []
    for line in open('README.md', encoding='utf-8').read().split('\n'):
        if re.match(r'    [○●]{4} ', line):
            found.append((line.strip(), []))
        elif found and re.match(r'    .* [·▁-█ ]{19}$', line):
            found[-1][1].append(line[4:])
    return found


def the_pictures_of_the_readme_are_what_is_shown():
    found = readme_pictures()
    equal(len(found), 2, 'the README shows two pictures')
    for (first, rows), name, lines in zip(found, ('four-on-the-floor', 'scenes'), (
            [], ['scene verse now', 'mute snare', 'scene chorus seq'])):
        score = in_file(compile('examples/%s.json' % name), name + '.odn')
        where = terminal('--bpm', '480', '--loops', '3', score, *['-'] * bool(lines))
        ok(where.wait_for('480 bpm'), name + ' plays', where.screen.text())
        for line in lines:
            where.type(line + '\r')
        ok(len(rows) >= 5 and where.wait_for('\n'.join(re.escape(row.rstrip()) + ' *' for row in rows), 20),
           'its bar is the one that the README shows', '\n'.join([*rows, where.screen.text()]))
        what = re.search('scene.*→ chorus|playing', first)[0]
        ok(where.wait_for(re.escape(what)), '... and so is what plays, and waits', where.screen.text())
        where.kill(signal.SIGTERM)
        where.end()
        where.close()


run([the_picture_stands_at_the_bottom_of_every_terminal,
     a_terminal_of_one_character_is_no_reason_to_fail,
     it_goes_along_when_the_terminal_is_resized,
     what_others_print_scrolls_above_it,
     what_is_said_is_broken_where_words_end,
     typing_never_mixes_with_a_storm_of_events,
     events_on_the_same_terminal_stay_whole,
     what_is_shown_on_the_same_terminal_stays_whole,
     without_colours_it_has_none,
     where_there_is_no_utf8_it_is_ascii,
     without_a_terminal_it_is_a_line_a_bar,
     the_prompt_completes_and_remembers,
     commands_are_typed_beside_what_comes_by_a_pipe,
     the_front_door_takes_commands,
     bars_are_counted_from_the_top,
     what_waits_is_counted,
     whatever_ends_it_the_terminal_is_given_back,
     a_job_is_stopped_and_goes_on,
     a_terminal_that_takes_nothing_holds_nobody_up,
     a_terminal_that_goes_away_is_no_reason_to_spin,
     it_draws_sixty_times_a_second_at_most,
     the_pictures_of_the_readme_are_what_is_shown])
