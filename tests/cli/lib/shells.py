"""Types into bash, zsh and fish, and sees what the Tab key makes of it.

shells.py PREFIX: where the programs and their completions are installed.
"""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

PATIENCE = 60
QUIET = 0.1  # seconds without a byte: the shell waits for the next key
PREFIX = os.path.abspath(sys.argv[1])
SHARE = PREFIX + '/share'
FILES = ('one.odn', 'one.json', 'my song.odn', 'take.txt', 'folder/two.odn')

# What is typed before the Tab key; what the program is then called with.
CASES = (
    ('oiduna-play --require', ['--require-midi']),
    ('oiduna-play on', ['one.odn']),
    ('oiduna-play my', ['my song.odn']),
    ('oiduna-play fol', ['folder']),
    ('oiduna-play --report ta', ['--report', 'take.txt']),
    ('oiduna-play -q --midi US', ['-q', '--midi', 'USB MIDI']),
    ('oiduna-compile --str', ['--strict']),
    ('oiduna-compile on', ['one.json']),
    ('oiduna-compile --dump on', ['--dump', 'one.odn']),
    ('oiduna-compile -o on.odn on', ['-o', 'on.odn', 'one.json']),
    ('oiduna-compile --diagnostics=j', ['--diagnostics=json']),
    ('oiduna-serve --token-file ta', ['--token-file', 'take.txt']),
    ('oiduna-serve --assets fol', ['--assets', 'folder']),
    ('oiduna-serve --max-head', ['--max-header']),
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
                         '--midi-list) printf "USB MIDI\\nThrough\\n" ;;\n'
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

    def listen(self):
        """Until it is quiet."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and select.select([self.fd], [], [], QUIET)[0]:
            self.said += os.read(self.fd, 65536)

    def type(self, text):
        os.write(self.fd, text.encode())

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


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
        end = time.monotonic() + PATIENCE / 3
        while not os.path.exists(got) and time.monotonic() < end:
            shell.listen()
        if os.path.exists(got):
            # zsh takes the slash of a folder back when the line is done.
            words = [word.rstrip('/') for word in open(got).read().splitlines()]
            if words[-1] != typed.split(' ')[-1]:
                return words
    return None


def main():
    count = 0
    for start in (bash, zsh, fish):
        if not shutil.which(start.__name__):
            count += 1
            print('ok %d - %s completes # SKIP no %s' % (count, start.__name__, start.__name__), flush=True)
            continue
        with tempfile.TemporaryDirectory(prefix='oiduna-shell.') as folder:
            programs = prepare(folder)
            shell = Shell(start(folder), folder, programs)
            shell.listen()
            for typed, wanted in CASES:
                got = complete(shell, folder, typed)
                count += 1
                print('%s %d - %s completes: %s' % ('ok' if got == wanted else 'not ok', count,
                                                    start.__name__, typed), flush=True)
                if got != wanted:
                    print('# got:    %r\n# wanted: %r\n# %r' % (got, wanted, shell.said[-300:]), flush=True)
            shell.close()
    print('1..%d' % count)


main()
