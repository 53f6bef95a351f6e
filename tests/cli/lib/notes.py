"""Nothing sounds on after the music: whatever ended it, and whatever listens."""

import fcntl

from midi import midi_of, notes_left_on
from play import *

UP = [1.0] * STEPS
ENDERS = ('INT', 'TERM', 'QUIT', 'XCPU', 'ALRM', 'VTALRM', 'PROF', 'USR2', 'POLL', 'PWR')


class Fifo:
    """A FIFO, read at `rate` bytes a second (None: as they come)."""

    def __init__(self, name, rate=None, reads=True):
        self.path = os.path.join(tmp, name)
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        if rate or not reads:
            fcntl.fcntl(self.fd, 1031, 4096)  # F_SETPIPE_SZ: a second of MIDI
        self.got = b''
        self.rate = rate
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        if reads:
            self.thread.start()

    def _read(self):
        while True:
            last = self.ended.is_set()
            try:
                piece = os.read(self.fd, max(1, self.rate // 100) if self.rate else 4096)
            except BlockingIOError:
                piece = b''
            self.got += piece
            if not piece and last:
                return
            time.sleep(0.01 if self.rate or not piece else 0)

    def all(self):
        """What came until its writer was gone, as messages."""
        self.ended.set()
        self.thread.join()
        os.close(self.fd)
        return midi_of(self.got)


def chords(notes=24, curves=0, **more):
    """One long chord, with a pedal and a bend, and curves that fill a slow port."""
    controls = {'64': {'signal': UP}}
    wild = [(-1) ** k * 0.9 for k in range(STEPS)]
    for number in range(curves):
        controls[str(70 + number)] = {'signal': wild}
    others = {'c%d' % i: {'channel': 8 + i, 'cc_modulations': controls} for i in range(4) if curves}
    return {'environment': {'bpm': 300},
            'tracks_midi': dict(others, m=dict({'channel': 2, 'cc_modulations': controls,
                                                'pitch_bend_modulation': {'signal': [0.5] * STEPS}}, **more)),
            'sequences': {'m': {'events': [{'step': s, 'note': 40 + n, 'gate': 40}
                                           for s in (0, 64, 128) for n in range(notes)]}}}


def held(messages):
    """Controllers of pedals that are down and channels that are bent."""
    down = {}
    for message in messages:
        if message[0] & 0xf0 == 0xb0 and message[1] in (64, 66, 69):
            down[message[0], message[1]] = message[2]
        elif message[0] & 0xf0 == 0xe0:
            down[message[0]] = (message[1] | message[2] << 7) - 8192
    return {key: value for key, value in down.items() if value != 0}


def sounding(player):
    player.wait('position')
    time.sleep(0.4)


def pedals_go_up_and_bends_back():
    for name in ('stop', 'pause', 'quit', 'signal', 'the last loop'):
        fifo = Fifo('pedal ' + name)
        options = ['--midi-raw', fifo.path, '--latency', '50'] + (['--bars', '1'] if name == 'the last loop' else [])
        player = Player(*options)
        player.score(compile(chords()))
        player.line('start')
        sounding(player)
        if name in ('stop', 'pause'):
            player.answer(name)
            time.sleep(0.3)
            ended = midi_of(fifo.got)
            ok([0xb2, 64, 127] in ended, name + ': the pedal was down', ended[-20:])
            equal((held(ended), notes_left_on(ended)), ({}, set()), '... and is up then, and nothing is bent')
            player.answer('start')
            time.sleep(0.4)
            ok(held(midi_of(fifo.got)) != {}, '... and down again after start')
        if name == 'signal':
            player.process.send_signal(signal.SIGTERM)
        elif name != 'the last loop':
            player.line('quit')
        equal(player.join(), 0, name + ': the player ends')
        messages = fifo.all()
        equal((held(messages), notes_left_on(messages)), ({}, set()), '... with nothing held')


def a_track_that_goes_takes_its_pedal_along():
    fifo = Fifo('scene')
    made = chords()
    made['scenes'] = {'quiet': {'tracks_midi': {'n': {'channel': 2}},
                                'sequences': {'n': {'events': [{'step': 0, 'note': 50}]}}}}
    player = Player('--midi-raw', fifo.path, '--latency', '50')
    player.score(compile(made))
    player.line('start')
    sounding(player)
    player.answer('scene quiet now')
    player.wait('applied', what='scene')
    time.sleep(0.3)
    equal(held(midi_of(fifo.got)), {}, 'a scene without it')
    player.quit()
    fifo.all()


def every_signal_ends_the_player_in_order():
    for name in ENDERS:
        fifo = Fifo('signal ' + name)
        player = Player('--midi-raw', fifo.path)
        player.score(compile(chords()))
        player.line('start')
        sounding(player)
        player.process.send_signal(getattr(signal, 'SIG' + name))
        equal(player.join(), 0, 'SIG%s ends it' % name)
        messages = fifo.all()
        equal((held(messages), notes_left_on(messages), len(player.find('bye'))), ({}, set(), 1),
              '... in order')


def a_slow_port_takes_the_ends():
    fifo = Fifo('slow', rate=3125)
    player = Player('--midi-raw', fifo.path)
    player.score(compile(chords(curves=50)))
    player.line('start')
    player.wait('position')
    time.sleep(2)
    status = player.quit()
    left = player.find('warning', code='NOTES_LEFT')
    messages = fifo.all()
    equal(notes_left_on(messages), set(), 'no note is left on at 3125 bytes a second')
    equal((status, player.bye()['pending_note_offs'], left), (0, 0, []), '... and none is told of')
    ok(player.report()['midi_dropped'] > 0, '... though the port was full')


def a_port_that_takes_nothing_is_told():
    fifo = Fifo('stuck', reads=False)
    player = Player('--midi-raw', fifo.path)
    player.score(compile(chords(curves=50)))
    player.line('start')
    player.wait('position')
    time.sleep(1.5)
    begun = time.monotonic()
    status = player.quit()
    ok(time.monotonic() - begun < 20, 'the player does not wait for ever')
    equal(status, 74, 'the exit status tells it')
    count = player.bye()['pending_note_offs']
    ok(count > 0, '... so does bye', player.bye())
    equal(player.report()['pending_note_offs'], count, '... and the report')
    equal(len(player.find('warning', code='NOTES_LEFT')), 1, '... and a warning')
    os.close(fifo.fd)


def panic_ends_all_notes_one_by_one():
    fifo = Fifo('panic')
    done = subprocess.run([PLAY, '--no-osc', '--midi-raw', fifo.path, '--panic'], stderr=subprocess.PIPE, check=False)
    equal(done.returncode, 0, '--panic', )
    offs = {(m[0] & 15, m[1]) for m in fifo.all() if m[0] & 0xf0 == 0x80}
    equal(len(offs), 16 * 128, '... has a note-off for each note of each channel')
    stuck = Fifo('panic stuck', reads=False)
    writer = os.open(stuck.path, os.O_WRONLY | os.O_NONBLOCK)
    try:
        while os.write(writer, b'\xfe' * 4096):
            pass
    except BlockingIOError:
        pass
    done = subprocess.run([PLAY, '--no-osc', '--midi-raw', stuck.path, '--panic'], stderr=subprocess.PIPE, check=False)
    equal(done.returncode, 74, '--panic to a port that takes nothing says so', )


def what_a_trigger_presses_is_let_go():
    """Also while nothing plays, and asked for by OSC; in its order, before the note."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    fifo = Fifo('pressed')
    player = Player('--midi-raw', fifo.path, '--paused', '--control-port', str(port))
    player.score(compile({'tracks_midi': {'k': {'channel': 2}}, 'sequences': {'k': {'events': [{'step': 0, 'note': 60}]}}}))
    equal(player.answer('trigger k 100 64 50 cc.64=127 program=5')['event'], 'ok', 'a trigger brings controllers')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(osc('/oiduna/trigger', 'k', 'bend=100'), ('127.0.0.1', port))
    wait_for(lambda: b'\xe2\x64\x40' in bytes(fifo.got))
    equal(player.quit(), 0, 'the player ends')
    sent = [bytes(m).hex(' ') for m in fifo.all()]
    equal(sent[:3], ['c2 05', 'b2 40 7f', '92 40 64'], 'program, pedal, then the note')
    ok('b2 40 00' in sent[4:] and 'e2 00 40' in sent[4:], 'at the end the pedal is up and the bend is gone', sent)


run([pedals_go_up_and_bends_back, a_track_that_goes_takes_its_pedal_along, every_signal_ends_the_player_in_order,
     a_slow_port_takes_the_ends, a_port_that_takes_nothing_is_told, panic_ends_all_notes_one_by_one,
     what_a_trigger_presses_is_let_go])
