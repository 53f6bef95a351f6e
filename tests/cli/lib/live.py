"""oiduna song.pat on a terminal, edited and saved with mistakes in between: what is shown helps."""

import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from play import BIN, PATIENCE, Receiver, equal, note, ok, run, tmp  # noqa: E402
from vt import Terminal  # noqa: E402

STATES = re.compile(r'^[●○]{4}  \d+\.\d\.\d  [\d.]+ bpm  playing')
SONG = '''bpm 300
kick: s "bd*4"
hat: s "hh(5,8)" gain "0.9 0.6"
bass: s superpwm note "c2 eb2" cutoff 500
'''
SCENES = 'scene verse\nhat: s "hh*8"\nscene chorus\nhat: s "oh*2"\nsong verse chorus\n'


def in_place(path, text):
    with open(path, 'wb') as file:
        file.write(text)


def by_rename(path, text):
    in_place(path + '.new', text)
    os.rename(path + '.new', path)


def backup_first(path, text):
    if os.path.exists(path):
        os.rename(path, path + '~')
    in_place(path, text)


def in_halves(path, text):
    """Nobody closes it between: an editor that is slow to write."""
    with open(path, 'wb', buffering=0) as file:
        file.write(text[:len(text) // 2])
        time.sleep(0.1)
        file.write(text[len(text) // 2:])


def removed(path, _):
    os.remove(path)


MENDED = ['oiduna-pattern: song.pat is mended']


def error(line, column, text, source, at):
    """What is said of an error: its place, its line, its caret."""
    return ['oiduna-pattern: song.pat:%d:%d: %s' % (line, column, text), '  ' + source, '  ' + ' ' * at + '^']


HAT, BASS = SONG.splitlines()[2:]
# What is wrong, how it is saved, the text, what is said of it; the tracks that play then, if it is taken.
SAVES = [
    ('an unclosed bracket', in_place, SONG.replace('(5,8)', '(5,8'),
     error(3, 11, "error: '(' is not closed: ')' is missing", HAT.replace('(5,8)', '(5,8'), 10), None),
    ('it mended', by_rename, SONG, MENDED, 'kick hat bass'),
    ('an unclosed quote', by_rename, SONG.replace('*4"', '*4'),
     error(2, 9, 'error: this quote is not closed on its line', 'kick: s "bd*4', 8), None),
    ('half of it', in_place, SONG[:50], error(3, 23, 'error: this quote is not closed on its line', SONG[:50].splitlines()[-1], 22), None),
    ('all of it, slowly', in_halves, SONG, MENDED, 'kick hat bass'),
    ('a name misspelt', backup_first, SONG.replace('cutoff', 'cutof'),
     error(4, 32, "warning: 'cutof' is sent as it is; did you mean 'cutoff'?", BASS.replace('cutoff', 'cutof'), 31), 'kick hat bass'),
    ('a statement that there is none of', in_place, SONG + 'tempo 90\n',
     error(5, 1, "error: no statement begins with 'tempo': 'bpm 120' is the tempo, with 4 beats a bar, as cps 0.5 in Tidal", 'tempo 90', 0), None),
    ('a tempo out of range', in_place, SONG.replace('300', '3000'), error(1, 5, 'error: bpm is 1..999, found 3000', 'bpm 3000', 4), None),
    ('a tempo that is no number', in_place, SONG.replace('300', 'fast'),
     error(1, 5, "error: bpm needs a number, found 'fast'", 'bpm fast', 4), None),
    ('a signal that is of nothing', by_rename, SONG + 'pad: s bd sine 0..1\n',
     error(5, 11, "error: a signal is the value of a name, as in pan sine 0..1 per 2, found 'sine'", 'pad: s bd sine 0..1', 10), None),
    ('it mended, with a track renamed', by_rename, SONG.replace('kick:', 'boom:'), MENDED, 'boom hat bass'),
    ('nothing there', removed, '', ['oiduna-pattern: song.pat is not there: it is compiled when it is'], None),
    ('it back', in_place, SONG, [], 'kick hat bass'),
    ('rubbish', in_place, bytes(range(256)), error(1, 1, 'error: this is no text: a zero byte', '?????????', 0), None),
    ('a number that is none', backup_first, SONG.replace('5,8', '5,x'),
     error(3, 14, "error: of how many is a whole number, 1..100000, found 'x'", HAT.replace('5,8', '5,x'), 13), None),
    ('scenes', by_rename, SONG + SCENES, MENDED, 'kick hat bass'),
    ('a scene that is gone', by_rename, SONG + SCENES.replace('scene chorus\nhat: s "oh*2"\n', ''),
     error(7, 12, "error: there is no scene 'chorus'", 'song verse chorus', 11), None),
    ('a scene misspelt', in_place, SONG + SCENES.replace('song verse', 'song vers'),
     error(9, 6, "error: there is no scene 'vers'; did you mean 'verse'?", 'song vers chorus', 5), None),
    ('no scenes', by_rename, SONG, MENDED, 'kick hat bass'),
    ('nothing in it', in_place, '', ['oiduna-pattern: song.pat:1:1: warning: nothing is heard of this text: it has no track, as in kick: s "bd*4"'], ''),
    ('all of it again', in_place, SONG, MENDED, 'kick hat bass'),
]




def packed(text):
    """Without blanks, of which the terminal loses those at the ends of its lines."""
    return ''.join(text.split())


class Stage:
    """A performer's terminal, and what SuperDirt hears."""

    def __init__(self, columns, rows):
        self.folder = os.path.join(tmp, '%dx%d' % (columns, rows))
        os.mkdir(self.folder)
        self.path = os.path.join(self.folder, 'song.pat')
        in_place(self.path, SONG.encode())
        self.dirt = Receiver(handshake=0)
        door = os.path.abspath(os.path.join(BIN, 'oiduna'))
        self.where = Terminal(['sh', '-c', 'cd "$1" && exec "$2" song.pat -- --no-rt --osc "127.0.0.1:$3"', 'sh',
                               self.folder, door, str(self.dirt.port)], columns, rows)
        self.screen = self.where.screen

    def see(self, true):
        """Until the screen is so, or it never will be."""
        end = time.monotonic() + PATIENCE
        while not true() and time.monotonic() < end:
            self.where.read(0.05)
        return true()

    def states(self):
        return [i for i, line in enumerate(self.screen.lines()) if STATES.match(line)]

    def tracks(self):
        """Those of the picture, by name."""
        found = self.states()
        below = self.screen.lines()[found[0] + 1:] if found else []
        return ' '.join(line.split()[0] for line in below if '···' in line)

    def said(self):
        """All that was said, as one text: the terminal breaks lines where it ends."""
        found = self.states()
        lines = self.screen.scrolled + self.screen.lines()[:found[0] if found else None]
        return '\n'.join(lines).rstrip()

    def told(self, before, says):
        """What was said since then, and is said once, with no part of the picture in it."""
        flat = packed(self.said()[len(before):])
        return all(flat.count(packed(line)) == 1 for line in says[:2]) and flat.count('ismended') <= 1

    def plays_on(self):
        heard = len(self.dirt.got)
        return self.see(lambda: len(self.dirt.got) > heard + 5)


def save_and_look(stage, name, save, text, says, tracks):
    before, picture = stage.said(), stage.tracks()
    save(stage.path, text if isinstance(text, bytes) else text.encode())
    if says:
        ok(stage.see(lambda: stage.told(before, says)), name + ': what is said helps, once', stage.screen.text())
    caret = says[2:] if len(says) > 2 and len(says[1]) <= stage.screen.columns else []
    ok(all(line in stage.said().split('\n') for line in caret), '... with its caret', stage.screen.text())
    wanted = picture if tracks is None else tracks
    ok(stage.see(lambda: stage.tracks() == wanted), '... the picture is that of what plays', stage.screen.text())
    ok('█' not in stage.said() and '···' not in stage.said(), '... and mixes with nothing', stage.said())
    equal(len(stage.states()), 1, '... there is one of it')
    if wanted:
        ok(stage.plays_on(), '... and it plays on', stage.screen.text())


def a_performer_is_helped(columns, rows):
    stage = Stage(columns, rows)
    ok(stage.see(lambda: stage.tracks() == 'kick hat bass'), 'it plays on %dx%d' % (columns, rows), stage.screen.text())
    for case in SAVES:
        save_and_look(stage, *case)
    ok('<stdin>ismended' not in packed(stage.said()), 'what is mended is told by the name of its file', stage.said())
    note('%d saves' % len(SAVES))
    stage.where.type('quit\r')
    equal(stage.where.end(PATIENCE), 0, 'and it ends well')
    stage.where.close()


def twenty_saves_with_mistakes_in_between():
    a_performer_is_helped(80, 24)


def a_small_terminal_shows_them_too():
    a_performer_is_helped(60, 20)


run([twenty_saves_with_mistakes_in_between, a_small_terminal_shows_them_too])
