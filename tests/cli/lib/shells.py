"""Types into bash, zsh and fish, and sees what the Tab key makes of it.

shells.py PREFIX: where the programs and their completions are installed.
"""
import os
import pty
import select
import shutil
import signal
import sys
import tempfile
import time

PATIENCE = 30  # for one case
BOUND = int(os.environ.get('TEST_SECONDS', 300)) / 4  # for all of a shell; there are three
QUIET = 0.1  # seconds without a byte: the shell waits for the next key
PREFIX = os.path.abspath(sys.argv[1])
SHARE = PREFIX + '/share'
FILES = ('one.odn', 'one.json', 'one.mid', 'my song.odn', 'take.txt', 'folder/two.odn', 'song.pat', 'song.txt')

# What is typed before the Tab key; what the program is then called with.
CASES = (
    ('oiduna-play --require', ['--require-midi']),
    ('oiduna-play on', ['one.odn']),
    ('oiduna-play my', ['my song.odn']),
    ('oiduna-play fol', ['folder']),
    ('oiduna-play --report ta', ['--report', 'take.txt']),
    ('oiduna-play -q --midi US', ['-q', '--midi', 'USB MIDI']),
    ('oiduna son', ['song.pat']),
    ('oiduna --pr', ['--print']),
    ('oiduna-pattern --fol', ['--follow']),
    ('oiduna-pattern son', ['song.pat']),
    ('oiduna-compile --str', ['--strict']),
    ('oiduna-compile on', ['one.json']),
    ('oiduna-compile --dump on', ['--dump', 'one.odn']),
    ('oiduna-compile -o on.odn on', ['-o', 'on.odn', 'one.json']),
    ('oiduna-compile --diagnostics=j', ['--diagnostics=json']),
    ('oiduna-serve --token-file ta', ['--token-file', 'take.txt']),
    ('oiduna-serve --assets fol', ['--assets', 'folder']),
    ('oiduna-serve --max-head', ['--max-header']),
    ('oiduna-midi -q --from US', ['-q', '--from', 'USB MIDI']),
    ('oiduna-midi --map ta', ['--map', 'take.txt']),
    ('oiduna-midi --lea', ['--learn']),
    ('oiduna-smf on', ['one.mid']),
    ('oiduna-smf --to su', ['--to', 'superdirt']),
    ('oiduna-smf --dr', ['--drums']),
    ('oiduna-bench --for', ['--format']),
    ('oiduna-bench --compare on', ['--compare', 'one.json']),
)


def prepare(folder):
    """A folder of files, and of programs that answer --help as ours do and else tell what they got."""
    for name in FILES:
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        open(os.path.join(folder, name), 'w').close()
    programs = os.path.join(folder, '.programs')
    os.mkdir(programs)
    for name in os.listdir(PREFIX + '/bin'):
        path = os.path.join(programs, name)
        with open(path, 'w') as script:
            script.write('#!/bin/sh\ncase $1 in\n--help) exec %s/bin/%s --help ;;\n'
                         '--midi-list | --list) printf "USB MIDI\\nThrough\\n" ;;\n'
                         '*) printf "%%s\\n" "$@" >%s/.got.new; mv %s/.got.new %s/.got ;;\nesac\n'
                         % (PREFIX, name, folder, folder, folder))
        os.chmod(path, 0o755)
    return programs


def bash(home):
    with open(home + '/.rc', 'w') as rc:
        # What bash-completion does: a file of the command's name, when it is first needed.
        for name in os.listdir(PREFIX + '/bin'):
            rc.write('. "%s/bash-completion/completions/%s"\n' % (SHARE, name))
    return ['bash', '--noprofile', '--rcfile', home + '/.rc', '-i']


def zsh(home):
    with open(home + '/.zshrc', 'w') as rc:
        rc.write('fpath=(%s/zsh/site-functions $fpath)\nautoload -Uz compinit\ncompinit -u -D\n' % SHARE)
    return ['zsh', '-i']


def fish(home):
    return ['fish', '--private', '-i']


class Hung(Exception):
    """The shell did not do in time what it should: it is not asked any more."""


class Shell:
    def __init__(self, command, folder, programs):
        env = {'HOME': folder, 'ZDOTDIR': folder, 'PATH': programs + ':' + os.environ['PATH'], 'TERM': 'dumb',
               'XDG_DATA_DIRS': SHARE + ':/usr/share', 'XDG_CONFIG_HOME': folder + '/.config',
               'XDG_DATA_HOME': folder + '/.local', 'LC_ALL': 'C.UTF-8'}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, env)
        self.said = b''
        self.end = time.monotonic() + BOUND

    def left(self):
        return max(0.0, self.end - time.monotonic())

    def listen(self):
        """Until it is quiet."""
        while select.select([self.fd], [], [], QUIET)[0]:
            if not self.left():
                raise Hung('its time is over')
            try:
                self.said += os.read(self.fd, 65536)
            except OSError:
                raise Hung('it ended') from None

    def type(self, text):
        if not select.select([], [self.fd], [], self.left())[1]:
            raise Hung('it takes no key')
        os.write(self.fd, text.encode())

    def close(self):
        """A terminal that is closed ends a shell; what hangs is killed."""
        os.close(self.fd)
        end = time.monotonic() + 5
        while not os.waitpid(self.pid, os.WNOHANG)[0]:
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                return
            time.sleep(0.01)


def complete(shell, folder, typed):
    """What the program got. A busy machine may swallow a Tab that came too early: typed again."""
    got = os.path.join(folder, '.got')
    for _ in range(3):
        if os.path.exists(got):
            os.remove(got)
        shell.type('\x15' + typed)
        shell.listen()
        shell.type('\t')
        shell.listen()
        shell.type('\r')
        end = time.monotonic() + min(PATIENCE / 3, shell.left())
        while not os.path.exists(got) and time.monotonic() < end:
            shell.listen()
        if os.path.exists(got):
            # zsh takes the slash of a folder back when the line is done.
            words = [word.rstrip('/') for word in open(got).read().splitlines()]
            if words[-1] != typed.split(' ')[-1]:
                return words
    if not os.path.exists(got):
        raise Hung('nothing was called')
    return words


count = 0


def result(shell, typed, passed, why=''):
    global count
    count += 1
    print('%s %d - %s completes: %s' % ('ok' if passed else 'not ok', count, shell, typed), flush=True)
    if not passed:
        print('# ' + why, flush=True)


def try_all(start, folder):
    """All cases in one shell. After the first at which it hangs the others fail untried."""
    name = start.__name__
    programs = prepare(folder)
    shell = Shell(start(folder), folder, programs)
    hung = None
    try:
        shell.listen()
    except Hung as why:
        hung = why
    for typed, wanted in CASES:
        if hung:
            result(name, typed, False, 'not tried: %s hung: %s' % (name, hung))
            continue
        try:
            got = complete(shell, folder, typed)
            result(name, typed, got == wanted,
                   'got: %r, wanted: %r, %r' % (got, wanted, shell.said[-300:]))
        except Hung as why:
            hung = why
            result(name, typed, False, '%s hangs: %s; %r' % (name, why, shell.said[-300:]))
    shell.close()


def main():
    global count
    for start in (bash, zsh, fish):
        if shutil.which(start.__name__):
            with tempfile.TemporaryDirectory(prefix='oiduna-shell.') as folder:
                try_all(start, folder)
        else:
            count += 1
            print('ok %d - %s completes # SKIP no %s' % (count, start.__name__, start.__name__), flush=True)
    print('1..%d' % count)


main()
