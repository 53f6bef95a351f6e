"""The front door on a terminal: what ends it, and what it does when a part of its pipeline dies."""

import glob
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from play import BIN, PATIENCE, equal, ok, run, tmp  # noqa: E402
from vt import Terminal  # noqa: E402

DOOR = os.path.abspath(os.path.join(BIN, 'oiduna'))


def opened(name, text='kick: s "bd*4"\n'):
    """A terminal with the front door on it, and how that terminal was before."""
    folder = os.path.join(tmp, name)
    os.mkdir(folder)
    path = os.path.join(folder, 'song.pat')
    save(path, text)
    where = Terminal(['sh', '-c', 'cd "$1" && exec "$2" song.pat -- --no-osc --no-rt', 'sh', folder, DOOR])
    before = where.attributes()
    ok(where.wait_for('kick +█'), name + ': it plays', where.screen.text())
    return where, path, before


def save(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def children(pid):
    """Its children, and what they are called."""
    found = []
    for stat in glob.glob('/proc/[0-9]*/stat'):
        try:
            with open(stat, encoding='utf-8') as file:
                number, name, _, parent = re.match(r'(\d+) \((.*)\) (\S) (\d+) ', file.read()).groups()
        except OSError:
            continue  # it has ended
        if int(parent) == pid:
            found.append((int(number), name))
    return found


def part(where, name):
    """The process of that name in its pipeline."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for pid, command in children(where.pid):
            for found, called in [(pid, command)] + children(pid):
                if called == name:
                    return found
        where.read(0.05)
    return None


def parts(where):
    """All processes of its pipeline."""
    found = [pid for pid, _ in children(where.pid)]
    return found + [below for pid in found for below, _ in children(pid)]


def gone(where, pids):
    """Until none of them is there."""
    end = time.monotonic() + PATIENCE
    while any(os.path.exists('/proc/%d' % pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(os.path.exists('/proc/%d' % pid) for pid in pids)


def given_back(where, before):
    screen = where.screen
    ok((screen.top, screen.bottom) == (0, screen.rows - 1) and screen.cursor_shown and screen.wraps
       and not screen.pastes, '... the terminal is given back', screen.text())
    equal(where.attributes(), before, '... its keys too')
    ok('█' not in screen.text(), '... and no picture is left', screen.text())


def whatever_ends_it_ends_all_of_it():
    for name, end in (('^C', '\x03'), ('QUIT by its key', '\x1c'), ('QUIT', signal.SIGQUIT), ('HUP', signal.SIGHUP),
                      ('INT', signal.SIGINT), ('TERM', signal.SIGTERM), ('quit', 'quit\r')):
        where, _, before = opened(name)
        pids = parts(where)
        if isinstance(end, str):
            where.type(end)
        else:
            where.kill(end)
        equal(where.end(PATIENCE), 0, '... and ends')
        ok(gone(where, pids), '... all of it', pids)
        ok(where.wait_for(r' steps, \d+ events', everything=True) and 'died' not in where.screen.text(),
           '... in order', where.screen.text())
        given_back(where, before)
        where.close()


def a_job_is_stopped_and_goes_on():
    folder = os.path.join(tmp, 'job')
    os.mkdir(folder)
    save(os.path.join(folder, 'song.pat'), 'kick: s "bd*4"\n')
    where = Terminal(['sh'], 80, 24, env={'PS1': 'shell$ ', 'ENV': ''})
    where.type('set -m; cd %s\r' % folder)
    where.read(0.3)
    before = where.attributes()
    for n, turn in enumerate(('%s song.pat -- --no-osc --no-rt\r' % DOOR, 'fg\r', 'fg\r', 'fg\r')):
        where.type(turn)
        ok(where.wait_for('kick +█'), 'a job has its picture', where.screen.text())
        where.type('\x1a')
        where.read(0.5)
        where.type('echo turn %d\r' % n)
        ok(where.wait_for('^turn %d' % n), '^Z stops it', where.screen.text())
        given_back(where, before)
    where.type('fg\r')
    where.wait_for('kick +█')
    where.type('\x03')
    ok(where.wait_for(r' steps, \d+ events'), '^C ends it', where.screen.text())
    given_back(where, before)
    where.type('exit\r')
    where.end()
    where.close()


def a_filter_that_dies_is_started_again():
    where, path, _ = opened('deaths')
    os.kill(part(where, 'oiduna-pattern'), signal.SIGKILL)
    ok(where.wait_for('^oiduna: oiduna-pattern died .SIGKILL. and is started again; what plays plays on$'),
       'that the patterns are read no more is told', where.screen.text())
    save(path, 'snare: s "cp*4"\n')
    ok(where.wait_for('snare +█'), '... and they are read again', where.screen.text())
    os.kill(part(where, 'oiduna-compile'), signal.SIGTERM)
    ok(where.wait_for('^oiduna: oiduna-compile died .SIGTERM. and is started again: save once more$'),
       'that nothing is compiled any more is told', where.screen.text())
    ok(part(where, 'oiduna-compile') is not None, '... and there is another one')
    save(path, 'hat: s "hh*4"\n')
    ok(where.wait_for('hat +█'), '... which compiles', where.screen.text())
    ok('illed' not in where.screen.text(), 'the shell says nothing of its own', where.screen.text())
    where.type('\x03')
    equal(where.end(PATIENCE), 0, 'it ends well')
    where.close()


def what_dies_at_once_is_not_started_for_ever():
    """With a door that does not wait between."""
    programs = os.path.join(tmp, 'programs')
    os.mkdir(programs)
    for name in ('oiduna', 'oiduna-compile', 'oiduna-play'):
        os.symlink(os.path.join(os.path.dirname(DOOR), name), os.path.join(programs, name))
    os.remove(os.path.join(programs, 'oiduna'))
    with open(DOOR, encoding='utf-8') as file:
        text = file.read().replace('for pause in 1 2 4 8 16 ', 'for pause in 0 0 0 ')
    for name, script in (('oiduna', text), ('oiduna-pattern', '#!/bin/sh\nkill -ABRT $$\n'), ):
        with open(os.path.join(programs, name), 'w', encoding='utf-8') as file:
            file.write(script)
        os.chmod(os.path.join(programs, name), 0o755)
    done = subprocess.run([os.path.join(programs, 'oiduna'), 'song.pat', '--', '--no-osc', '--no-rt'],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    equal(done.stderr.count('died (SIGABRT) and is started again'), 3, 'a filter that dies at once is started again some times')
    ok('died (SIGABRT) again: what plays plays on, but no save is heard; end it and begin anew' in done.stderr,
       '... and then no more, which is told', done.stderr)


def a_player_that_is_killed_leaves_the_terminal_as_it_was():
    where, _, before = opened('killed')
    pids = parts(where)
    os.kill(part(where, 'oiduna-play'), signal.SIGKILL)
    equal(where.end(PATIENCE), 128 + signal.SIGKILL, 'it ends with the player')
    ok(gone(where, pids), '... all of it', pids)
    ok(where.wait_for("^oiduna: oiduna-play died .SIGKILL.: 'oiduna-play --panic' ends what may still"),
       '... and says so', where.screen.text())
    given_back(where, before)
    where.close()


run([whatever_ends_it_ends_all_of_it, a_job_is_stopped_and_goes_on, a_filter_that_dies_is_started_again, what_dies_at_once_is_not_started_for_ever,
     a_player_that_is_killed_leaves_the_terminal_as_it_was])
