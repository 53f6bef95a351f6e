"""The control stream: commands, ids, scores and lines in any pieces, bounds, taking over."""

import re

from play import *

SCENES = {
    'environment': {'bpm': 240},
    'tracks': {'bd': {'params': {'s': 'bd'}}, 'sn': {'params': {'s': 'sn'}}},
    'tracks_midi': {'bass': {'channel': 2}},
    'sequences': {'bd': {'events': [{'step': s} for s in range(0, STEPS, 2)]},
                  'sn': {'events': [{'step': s} for s in range(4, STEPS, 8)]},
                  'bass': {'events': [{'step': s, 'note': 40} for s in range(0, STEPS, 4)]}},
    'scenes': {'verse': {'tracks': {'hh': {'params': {'s': 'hh'}}},
                         'sequences': {'hh': {'events': [{'step': s} for s in range(STEPS)]}}},
               'chorus': {'environment': {'bpm': 300},
                          'tracks': {'cp': {'params': {'s': 'cp'}}},
                          'sequences': {'cp': {'events': [{'step': 0}]}}}},
}


def values_of(message):
    return dict(zip(message[1::2], message[2::2]))


def heard(receiver, after=0):
    return [values_of(m) for _, m in receiver.messages()[after:]]


RIGHT = [
    ('bpm 200', {}), ('swing 0.25', {}), ('gate 0.5', {}), ('mute bd on', {}), ('mute bd off', {}),
    ('solo sn on', {}), ('solo sn off', {}), ('set bd cutoff 800', {}), ('set bd cutoff null', {}),
    ('set bass velocity 90', {}), ('set bd gain 0.5 pan 0.25 cutoff null', {}), ('set bass velocity 80 channel 2', {}), ('set bass transpose -12', {}), ('set bass channel 3', {}),
    ('trigger bd', {}), ('trigger bd 0.5', {}), ('trigger bd 0.5 60', {}),
    ('trigger bd 0.5 null 100', {}), ('trigger bass 100 48 50', {}), ('apply beat', {}),
    ('apply 17', {}), ('panic', {}), ('midi-panic', {}), ('ping', {'word': None}),
    ('ping "two words"', {'word': 'two words'}), ('scene verse now', {}), ('midi-ports', {}),
    ('pause', {}), ('start', {}), ('stop', {}), ('start', {}), ('pause 30', {}), ('pause 255 7', {}), ('start', {}),
]

WRONG = [
    ('bpm', 'BAD_ARGUMENT', 'bpm N'), ('bpm fast', 'BAD_ARGUMENT', '1 to 999'),
    ('bpm 0.5', 'BAD_ARGUMENT', '1 to 999'), ('bpm 1000', 'BAD_ARGUMENT', '1 to 999'),
    ('bpm nan', 'BAD_ARGUMENT', '1 to 999'), ('bpm 120 4', 'BAD_ARGUMENT', 'over N'),
    ('start now', 'BAD_ARGUMENT', 'start'), ('stop it', 'BAD_ARGUMENT', 'stop'),
    ('pause 1 2 3', 'BAD_ARGUMENT', 'pause [STEP [LOOP]]'), ('pause 256', 'BAD_ARGUMENT', '0..255'),
    ('pause 1.5', 'BAD_ARGUMENT', '0..255'), ('pause 1 -1', 'BAD_ARGUMENT', 'loop'), ('quit now', 'BAD_ARGUMENT', 'quit'),
    ('swing 2', 'BAD_ARGUMENT', '0 to 1'), ('gate -9', 'BAD_ARGUMENT', 'gate from 0'), ('bpm +900', 'BAD_ARGUMENT', '1..999'), ('bpm *=0', 'BAD_ARGUMENT', '1..999'),
    ('swing -0.5', 'BAD_ARGUMENT', 'swing 0..1'), ('swing /=0', 'BAD_ARGUMENT', 'swing 0..1'), ('bpm ++5', 'BAD_ARGUMENT', '+N'), ('bpm *2', 'BAD_ARGUMENT', '+N'),
    ('set bd gain +5', 'BAD_ARGUMENT', '+=5'), ('set bd cut *=2', 'BAD_ARGUMENT', 'a number first'), ('set bd s += 1', 'BAD_ARGUMENT', 'as often'), ('set bd s +=1', 'BAD_ARGUMENT', 'a number first'),
    ('set bass velocity *=9', 'BAD_ARGUMENT', '0..127'), ('set bass note +=1', 'UNKNOWN_PARAM', 'note'), ('set bd gain /=0', 'BAD_ARGUMENT', 'gain'),
    ('mute', 'BAD_ARGUMENT', 'mute TRACK... [on|off|toggle]'), ('mute bd maybe', 'UNKNOWN_TRACK', "no track 'maybe'"), ('mute x*', 'UNKNOWN_TRACK', 'bd, sn, bass'), ('mute on', 'UNKNOWN_TRACK', "'on'"),
    ('unmute bd off', 'UNKNOWN_TRACK', "'off'"), ('unsolo', 'BAD_ARGUMENT', 'unsolo TRACK...'), ('unset bd', 'BAD_ARGUMENT', 'unset TRACK PARAM...'), ('unset bd cuttoff', 'UNKNOWN_PARAM', 'cutoff'), ('unset bd s', 'BAD_ARGUMENT', 'sound'),
    ('mute drum on', 'UNKNOWN_TRACK', "no track 'drum'"),
    ('solo bdd on', 'UNKNOWN_TRACK', "did you mean 'bd'?"),
    ('set bd cutoff', 'BAD_ARGUMENT', 'set TRACK PARAM VALUE'),
    ('set bd cuttoff 8', 'UNKNOWN_PARAM', "did you mean 'cutoff'?"),
    ('set bd cutoff loud', 'BAD_ARGUMENT', 'cutoff'), ('set bd s 3', 'BAD_ARGUMENT', 's'),
    ('set bd latency 1', 'UNKNOWN_PARAM', 'latency'),
    ('set bass velocity 128', 'BAD_ARGUMENT', 'velocity'),
    ('set bass cutoff 8', 'UNKNOWN_PARAM', 'cutoff'), ('set xx gain 1', 'UNKNOWN_TRACK', 'xx'),
    ('scene vers', 'UNKNOWN_SCENE', "did you mean 'verse'?"),
    ('scene verse soon', 'BAD_ARGUMENT', 'now, beat, bar, seq'),
    ('apply', 'BAD_ARGUMENT', 'apply'), ('apply 256', 'BAD_ARGUMENT', '0..255'),
    ('cancel', 'NOTHING_PENDING', 'nothing'), ('cancel x', 'BAD_ARGUMENT', 'number'),
    ('cancel 0', 'BAD_ARGUMENT', 'number'), ('cancel 1.5', 'BAD_ARGUMENT', 'number'),
    ('at bar 3 status', 'BAD_ARGUMENT', 'done at once'), ('trigger', 'BAD_ARGUMENT', 'trigger'), ('trigger bd loud', 'BAD_ARGUMENT', 'velocity'),
    ('trigger bd 1 128', 'BAD_ARGUMENT', '0..127'), ('trigger bass', 'BAD_ARGUMENT', 'note'),
    ('trigger bass 200 60', 'BAD_ARGUMENT', '0..127'), ('trigger no', 'UNKNOWN_TRACK', 'no'),
    ('midi-port nowhere', ('NO_MIDI', 'UNKNOWN_PORT'), ''), ('midi-port', 'BAD_ARGUMENT', 'midi-port NAME'),
    ('status please', 'BAD_ARGUMENT', 'status'), ('metrics 1', 'BAD_ARGUMENT', 'metrics'),
    ('tracks 1', 'BAD_ARGUMENT', 'tracks'), ('ping a b', 'BAD_ARGUMENT', 'ping [WORD]'),
    ('score-id ' + 65 * 'x', 'BAD_ARGUMENT', '64'), ('stat', 'UNKNOWN_COMMAND', "'start'"),
    ('xyzzy', 'UNKNOWN_COMMAND', "no command 'xyzzy'"), ('ping "open', 'BAD_ARGUMENT', 'not closed'),
    ('ping "a"b', 'BAD_ARGUMENT', 'blank'), ('ping "\\x"', 'BAD_ARGUMENT', 'JSON string'),
    ('ping ' + 'a ' * 300, 'BAD_ARGUMENT', '256 words'),
    ('set bd gain 1 pan', 'BAD_ARGUMENT', 'as often'), ('set bd gain 1 cuttoff 8', 'UNKNOWN_PARAM', "did you mean 'cutoff'?"),
]


def every_command_is_answered_with_its_id():
    receiver = Receiver(handshake=0)
    player = Player(osc=receiver)
    for command in ('start', 'mute bd on', 'scene verse', 'trigger bd'):
        equal(player.answer(command).get('code'), 'NO_SCORE', '%s without a score says so' % command)
    player.score(compile(SCENES))
    for command, code, text in WRONG:
        answer = player.answer(command)
        codes = code if isinstance(code, tuple) else (code,)
        ok(answer['event'] == 'error' and answer['code'] in codes and text in answer['message'],
           'wrong: %.40s' % command, answer)
    for command, members in RIGHT:
        answer = player.answer(command)
        ok(answer['event'] == 'ok' and answer['command'] == command.split()[0] and
           all(answer.get(k) == v for k, v in members.items()), 'right: %s' % command, answer)
    for command in ('status', 'tracks', 'metrics'):
        equal(player.answer(command)['event'], command, '%s is answered by its event' % command)
    player.line('ping without')
    player.answer('ping with')
    equal([e.get('id') for e in player.find('ok', command='ping', word='without')], [None],
          'a command without an id is answered without one')
    player.line('#%s ping' % (65 * 'i'))
    player.wait('error', code='BAD_ARGUMENT')
    player.line('#only')
    equal(player.wait('error', id='only')['code'], 'UNKNOWN_COMMAND', 'an id alone is no command')
    player.line('#q quit')
    equal(player.join(), 0, 'quit ends it')
    ok(player.find('ok', id='q') and player.bye()['reason'] == 'quit', 'and is answered first')
    equal(player.events[-1]['event'], 'bye', 'bye is the last word')


def a_number_may_be_relative_to_what_holds():
    player = Player('--paused')
    player.score(compile(SCENES))
    for line, value in (('bpm +5', 245), ('bpm -2.5', 242.5), ('bpm *=2', 485), ('bpm /=2', 242.5), ('bpm +=7.5', 250),
                        ('bpm -=10', 240), ('swing +0.05', 0.05), ('swing *=2', 0.1), ('gate *=0.5', 0.5), ('gate +0.25', 0.75),
                        ('bpm "+5"', 245), ('bpm 100', 100)):
        equal(player.answer(line).get('value'), value, '%s makes %g of it' % (line, value))
    for line, values in (('set bd gain *=0.5', {'gain': 0.5}), ('set bd gain +=1 pan -=0.25', {'gain': 1.5, 'pan': 0.25}),
                         ('set bd speed -1', {'speed': -1}), ('set bd speed *=2', {'speed': -2}), ('set bd n +=3', {'n': 3}), ('set bd n +=1', {'n': 4}),
                         ('set bd cutoff /=2', {'cutoff': 500}), ('set bd cutoff null', {'cutoff': None}), ('set bass transpose -12', {'transpose': -12}),
                         ('set bass transpose +=24', {'transpose': 12}), ('set bass velocity /=4', {'velocity': None}), ('set bd s "*=2"', {'s': '*=2'})):
        answer = player.answer(line)
        if line == 'set bass velocity /=4':  # 127 or so by 4 is no whole number
            equal(answer.get('code'), 'BAD_ARGUMENT', line + ' is refused where only whole ones will do')
        else:
            equal((answer.get('track'), answer.get('values')), (line.split()[1], values), line)
    player.quit()


def tracks_are_switched_by_name_and_pattern():
    player = Player('--paused')
    player.score(compile(dict(SCENES, tracks={**SCENES['tracks'], 'hat1': {'params': {'s': 'h'}}, 'hat2': {'params': {'s': 'h'}}, 'h*': {'params': {'s': 'h'}}},
                              tracks_midi={'hat2': {'channel': 1}, 'bass': {'channel': 2}}, sequences={})))
    for line, key, states in (('mute bd', 'muted', {'bd': True}), ('mute bd sn toggle', 'muted', {'bd': False, 'sn': True}), ('unmute *n', 'muted', {'sn': False}),
                              ('mute hat? bd on', 'muted', {'hat1': True, 'hat2': True, 'bd': True}), ('mute h*', 'muted', {'h*': True}),
                              ('mute hat* hat2 toggle', 'muted', {'hat1': False, 'hat2': False}), ('unmute *', 'muted', {k: False for k in ('bd', 'sn', 'hat1', 'hat2', 'h*', 'bass')}),
                              ('solo bass hat2', 'solo', {'bass': True, 'hat2': True}), ('solo [bh]* toggle', 'solo', {'bd': True, 'hat1': True, 'hat2': False, 'h*': True, 'bass': False}),
                              ('unsolo *', 'solo', {k: False for k in ('bd', 'sn', 'hat1', 'hat2', 'h*', 'bass')}), ('mute bd true', 'muted', {'bd': True}), ('mute bd 0', 'muted', {'bd': False})):
        equal(player.answer(line).get(key), states, line)
    player.answer('solo hat* toggle')
    told = {(t['id'], t['kind']): t['solo'] for t in player.answer('tracks')['tracks']}
    equal([k for k, solo in told.items() if solo], [('hat1', 'osc'), ('hat2', 'osc')], 'tracks tells it')
    equal(player.answer('unset bd gain pan')['values'], {'gain': None, 'pan': None}, 'unset removes parameters')
    player.answer('mute bd on')
    for line in ('at bar 1 mute * toggle', 'at bar 1 unmute bd', 'at bar 1 unsolo *', 'at bar 2 unset bd gain'):
        equal(player.answer(line).get('pending'), True, line + ' waits')
    player.answer('unmute bd')
    player.answer('start')
    player.wait('acted', text='unset bd gain')
    equal({t['id'] for t in player.answer('tracks')['tracks'] if t['muted']}, {'sn', 'hat1', 'hat2', 'h*', 'bass'}, 'a toggle turns over what is at its time')
    player.quit()


def a_number_is_relative_to_what_holds_when_its_time_comes():
    stream = compile(session(tracks=1, every=8, bpm=480)) + b'at bar 1 bpm +20\nat bar 1 bpm /=2\nat bar 2 set t0 gain *=0.5\nat bar 3 set t0 gain *=0.5\n'
    dry = lambda more: subprocess.run([PLAY, '--dry-run', '--bars', '4', '-'], input=stream + more, capture_output=True, timeout=PATIENCE, check=False)
    done = dry(b'bpm 980\n')
    rows = [json.loads(line)['osc'] for line in done.stdout.splitlines() if b'cps' in line]
    of = lambda key: [row[row.index(key) + 1] for row in rows]
    equal([round(240 * cps, 3) for cps in of('cps')], [980, 980] + [490] * 6, 'what is out of its range is not done, what comes behind it is')
    ok(done.returncode == 65 and b"'bpm +20' was not done" in done.stderr, 'and is said', (done.returncode, done.stderr))
    equal(of('gain'), [1] * 4 + [0.5] * 2 + [0.25] * 2, 'parameters follow each other')
    done = dry(b'bpm 100\n')
    equal((done.returncode, done.stderr), (0, b''), 'nothing is wrong with them where they fit')
    rows = [json.loads(line)['osc'] for line in done.stdout.splitlines() if b'cps' in line]
    equal([round(240 * cps, 3) for cps in of('cps')], [100, 100] + [60] * 6, 'in the order they came')


def scenes_go_round_and_back_to_none():
    player = Player('--paused')
    player.score(compile(SCENES))
    for word, scene in (('next', 'verse'), ('next', 'chorus'), ('next', 'verse'), ('prev', 'chorus'), ('prev', 'verse'), ('-', None), ('prev', 'chorus'), ('-', None)):
        equal(player.answer('scene %s now' % word)['scene'], scene, 'scene %s is %s' % (word, scene))
        equal(player.answer('status')['scene'], scene, 'and plays')
    equal(player.find('applied')[-1]['what'], 'scene', 'none is a scene, too, and no new session')
    player.answer('start')
    player.answer('scene next seq')
    equal(player.answer('scene next seq')['scene'], 'chorus', 'what waits is the one that next is next to')
    player.answer('at bar 100 scene verse')
    equal(player.answer('at bar 200 scene next')['event'], 'ok', 'it can wait')
    player.quit()
    player = Player('--paused')
    player.score(compile(session()))
    equal(player.answer('scene next')['code'], 'UNKNOWN_SCENE', 'where there are no scenes there is no next')
    player.quit()


def what_was_loaded_comes_back():
    player = Player('--paused')
    player.score(compile(dict(SCENES, tracks={'bd': {'params': {'s': 'bd', 'gain': 0.7}}, 'sn': {'params': {'s': 'sn'}, 'mute': True}})))
    loaded = player.answer('tracks')['tracks']
    for line in ('mute bd', 'unmute sn', 'solo bass', 'set bd gain 0.2 cutoff 300 n 4', 'set bass velocity 3 channel 9', 'bpm 77', 'swing 0.3', 'gate 3'):
        player.answer(line)
    equal(player.answer('reset bd gain')['param'], 'gain', 'a parameter can be reset')
    equal(player.answer('set bd gain *=1')['values'], {'gain': 0.7}, 'and is what it was')
    player.answer('set bd gain 0.2')
    player.answer('reset bd mute')
    player.answer('reset bass velocity')
    bd, sn, bass = player.answer('tracks')['tracks']
    equal((bd['muted'], bd['gain'], bass['velocity'], bass['channel']), (False, 0.2, loaded[2]['velocity'], 9), 'one thing and nothing else')
    player.answer('reset bd')
    equal(player.answer('tracks')['tracks'][0], loaded[0], 'a track')
    equal(player.answer('set bd cutoff *=1 n *=1')['values'], {'cutoff': 1000, 'n': 0}, 'without what it did not have')
    equal(player.answer('reset')['event'], 'ok', 'or all')
    equal(player.answer('tracks')['tracks'], loaded, 'tracks')
    status = player.answer('status')
    equal((status['bpm'], status['swing'], status['default_gate']), (240, 0, 1), 'and tempo, swing and gate')
    for scene, tempo in (('verse', 240), ('chorus', 300), ('-', 240)):
        for line in ('scene %s now' % scene, 'bpm 99', 'reset'):
            player.answer(line)
        equal(player.answer('status')['bpm'], tempo, 'in scene %s its tempo, or that of the session' % scene)
    for line, code in (('reset nobody', 'UNKNOWN_TRACK'), ('reset bd cuttoff', 'UNKNOWN_PARAM'), ('reset bass cutoff', 'UNKNOWN_PARAM')):
        equal(player.answer(line)['code'], code, line)
    player.quit()


def taps_make_a_tempo():
    player = Player('--paused')
    player.score(compile(SCENES))
    answers = []
    while not answers or ('value' not in answers[-1] and len(answers) < 30):
        answers.append(player.answer('tap'))
        time.sleep(0.2)
    equal([a.get('taps') for a in answers[-4:]], [1, 2, 3, None], 'the fourth in a row makes one')
    equal(player.answer('status')['bpm'], answers[-1]['value'], 'which holds')
    player.quit()


def a_nudge_moves_the_grid():
    receiver = Receiver()
    player = Player(osc=receiver)
    equal(player.answer('nudge 5')['code'], 'NOT_PLAYING', 'while nothing plays there is no grid')
    player.score(compile(session(tracks=1, every=1, bpm=480)))
    step = round(15e9 / 480)
    player.wait('position', step=8)
    for line in ('nudge +10', 'nudge -4', 'nudge 2.5'):
        equal(player.answer(line)['event'], 'ok', line)
    player.wait('position', step=60)
    tags = sorted(tag for tag, message in receiver.messages() if message[0] == '/dirt/play')
    ok(abs(tags[50] - tags[0] - 50 * step - 8.5e6) < 2e3, 'the sum of all is what it moved', (tags[50] - tags[0] - 50 * step) / 1e6)
    ok(all(0.87 * step < b - a < 1.13 * step for a, b in zip(tags, tags[1:51])), 'no step is more than an eighth off', [b - a for a, b in zip(tags, tags[1:51])])
    for line in ('nudge', 'nudge far', 'nudge 1001'):
        equal(player.answer(line)['code'], 'BAD_ARGUMENT', line + ' is refused')
    player.quit()


def help_tells_every_command():
    player = Player('--paused')
    told = player.answer('help')['commands']
    ok(len(told) > 30 and all(c['usage'].startswith(c['name']) and c['about'] for c in told), 'in a line each', told)
    equal([c['name'] for c in player.answer('help nudge')['commands']], ['nudge'], 'or one')
    ok("'nudge'" in player.answer('help nudg')['message'], 'no command is said so')
    page = open(os.path.join(os.path.dirname(__file__), '..', '..', '..', 'man', 'oiduna-control.7'), encoding='utf-8').read()
    page = page[page.index('.Sh COMMANDS\n'):page.index('.Sh EVENTS')]
    words = set(re.findall(r'[a-z-]+', ' '.join(re.findall(r'^\.It Ic (.*)$', page, re.M))))
    equal([c['name'] for c in told if c['name'] not in words], [], 'the page tells of them all')
    player.quit()


def any_fragmentation_is_understood():
    score = compile(session(tracks=2, every=8, bpm=300))
    stream = (b'bpm 130\r\n\n   \n#one ping "a b"\nscore-id two\n' + score +
              b'#three mute t0 on\n' + score + score + b'#four ping\n')
    for name, size in (('a byte at a time', 1), ('in sevens', 7), ('in one piece', len(stream))):
        player = Player()
        for at in range(0, len(stream), size):
            player.write(stream[at:at + size])
        answers = [player._answer(i) for i in ('one', 'two', 'three', 'four')]
        equal([a['event'] for a in answers], ['ok'] * 4, 'scores and lines %s' % name)
        equal(len(player.find('ok', command='score')), 3, 'every score is answered, %s' % name)
        player.quit()
        errors = player.find('error')
        equal(errors, [], 'nothing is misread, %s' % name)


def what_is_too_long_or_broken_is_dropped_and_the_rest_is_understood():
    score = compile(session())
    bad = bytearray(score)
    bad[len(bad) // 2] ^= 0x40
    other = bytearray(score)
    other[4 if other[4] else 8] ^= 0x7f
    player = Player()
    player.write(b'x' * 65536 + b'\n')
    equal(player.wait('error')['code'], 'UNKNOWN_COMMAND', 'a line of 64 KiB is read')
    player.write(b'y' * 65537 + b'\n#after ping\n')
    equal(player.wait('error', code='LINE_TOO_LONG')['event'], 'error', 'a longer one is dropped')
    equal(player._answer('after')['event'], 'ok', 'the next line is understood')
    answer = player.score(bytes(bad))
    equal((answer['event'], answer['code']), ('error', 'BAD_SCORE'), 'a damaged score is refused')
    equal(player.answer('ping')['event'], 'ok', 'the next line is understood')
    equal(player.score(score)['event'], 'ok', 'and the next score')
    header = bytearray(score[:64])
    at = score.index(struct.pack('<Q', len(score)))
    header[at:at + 8] = struct.pack('<Q', 1 << 40)
    answer = player.score(bytes(header))
    equal(answer['code'], 'BAD_SCORE', 'a score that says it is a terabyte is refused')
    player.kill()
    for name, data in (('nothing', b''), ('garbage', os.urandom(5000).replace(b'\x89', b'')),
                       ('a damaged score', bytes(bad)), ('blank lines', b'\n\n \n')):
        done = subprocess.run([PLAY, '--no-osc', '-'], input=data, capture_output=True, timeout=60,
                              check=False)
        equal(done.returncode, 65, 'with %s on standard input it ends with 65' % name)
        ok(b'no score had come' in done.stderr and done.stdout == b'', 'and says so', done.stderr)


def changes_are_taken_over_where_the_answer_says():
    receiver = Receiver()
    player = Player(osc=receiver)
    score = compile(dict(SCENES, apply={'timing': 'now'}))
    player.score(score)
    player.wait('position', step=6)
    for word, unit in (('now', 1), ('beat', 4), ('bar', 16), ('seq', 256), ('42', 256)):
        if word != 'seq':
            answer = player.answer('scene verse ' + word)
        else:
            player.answer('apply seq')
            answer = player.score(score)
        at = answer['applies_at']
        step = at['loop'] * STEPS + at['step']
        phase = 42 if word == '42' else 0
        equal((step - phase) % unit, 0, 'a change at %s is taken over there' % word)
        position = player.find('position')[-1]
        if word in ('now', 'beat', 'bar'):
            applied = player.wait('applied', change=answer['change'])
            equal((applied['step'], applied['loop'], applied['time']),
                  (at['step'], at['loop'], at['time']), 'applied, %s: step and time of the answer' % word)
            first = next(tag for tag, m in receiver.messages()
                         if abs(tag - round(at['time'] * 1e9)) < 1e6) if wait_for(
                lambda: any(abs(tag - round(at['time'] * 1e9)) < 1e6
                            for tag, _ in receiver.messages())) else 0
            ok(first, 'and sounds then, %s' % word)
            player.answer('scene chorus now')
        else:
            ok(answer['pending'] and step > position['loop'] * STEPS + position['step'],
               'a change at %s waits' % word, answer)
            pending = player.answer('status')['pending']
            equal([p['change'] for p in pending], [answer['change']], 'status tells what is pending')
            equal(player.answer('cancel %d' % answer['change'])['cancelled'], [answer['change']],
                  'and it can be cancelled')
            equal(player.answer('status')['pending'], [], 'then nothing is')
    player.answer('scene verse seq')
    player.answer('scene chorus seq')
    equal(len(player.answer('status')['pending']), 1, 'a later change replaces one that waits')
    player.answer('stop')
    equal(player.answer('status')['scene'], 'chorus', 'a stop takes over what waits')
    player.quit()


def a_boundary_is_what_was_said_however_it_is_written():
    player = Player()
    score = compile(SCENES)
    player.score(score)
    player.wait('position', step=2)
    player.answer('apply immediate')
    equal(player.score(score)['pending'], False, 'immediate is now')
    for word, timing in (('0000000042', '42'), ('4.2e1', '42'), ('42', '42')):
        player.answer('apply ' + word)
        answer = player.score(score)
        waits = player.answer('status')['pending'][0]
        equal((answer['applies_at']['step'], waits['step'], waits['timing']), (42, 42, timing),
              'apply %s is step 42' % word)
        answer = player.answer('scene verse ' + word)
        waits = player.answer('status')['pending'][0]
        equal((answer['applies_at']['step'], waits['step'], waits['timing']), (42, 42, timing),
              'a scene at %s too' % word)
    player.quit()


def what_was_said_of_the_next_score_is_said_of_one_only():
    score = compile(SCENES)
    late = bytearray(score)
    late[len(late) // 2] ^= 0x40
    early = bytearray(score[:64])
    at = score.index(struct.pack('<Q', len(score)))
    early[at:at + 8] = struct.pack('<Q', 1 << 40)
    player = Player()
    player.score(score)
    player.wait('position', step=2)
    for name, bad in (('behind its header', bytes(late)), ('in its header', bytes(early))):
        player.answer('apply now')
        equal(player.score(bad)['code'], 'BAD_SCORE', 'a score damaged %s is refused by its id' % name)
        known = len(player.find('ok', command='score'))
        player.write(score)
        wait_for(lambda: len(player.find('ok', command='score')) > known)
        answer = player.find('ok', command='score')[-1]
        equal((answer.get('id'), answer['pending'], answer['applies_at']['step'] % 16), (None, True, 0),
              'the next one has no id and waits for its bar')
    player.write(b'score-id last\n' + score[:len(score) - 1])
    player.process.stdin.close()
    equal(player._answer('last')['code'], 'BAD_SCORE', 'half a score at the end is refused by its id')
    player.kill()


def nothing_is_lost_or_played_twice_over_a_boundary():
    receiver = Receiver()
    player = Player(osc=receiver)
    a = compile(session(every=1, bpm=480, apply={'timing': 'bar'}))
    b = compile(session(every=1, bpm=480, apply={'timing': 'beat'}))
    player.score(a)
    for i in range(12):
        answer = player.score(b if i % 2 else a)
        player.wait('applied', change=answer['change'])
    player.wait('position', step=(player.find('position')[-1]['step'] + 8) % STEPS)
    player.quit()
    steps = [round(v['cycle'] * 16) for v in heard(receiver)]
    equal(steps, [s % STEPS for s in range(len(steps))],
          'over twelve take-overs every step is played once, in order')
    tags = [tag for tag, _ in receiver.messages()]
    off = max(abs(t - tags[0] - i * 31_250_000) for i, t in enumerate(tags))
    ok(off <= 1000, 'and the grid stays, to 1 us', off)


def an_exclusive_apply_takes_only_the_named_tracks():
    receiver = Receiver()
    player = Player(osc=receiver)
    player.score(compile(session(tracks=3, every=2, bpm=480)))
    player.wait('position', step=4)
    new = session(tracks=3, every=1, bpm=480)
    new['tracks']['t1']['params']['s'] = 'new'
    new['apply'] = {'timing': 'beat', 'track_ids': ['t1']}
    answer = player.score(compile(new))
    applied = player.wait('applied', change=answer['change'])
    equal(applied['what'], 'tracks', 'an exclusive apply is told as such')
    tracks = {t['id']: t['events'] for t in player.answer('tracks')['tracks']}
    equal(tracks, {'t0': 0, 't1': 256, 't2': 0}, 'other tracks stay and lose their events')
    count = len(receiver.got)
    wait_for(lambda: len(receiver.got) > count + 20)
    equal({v['s'] for v in heard(receiver)[-5:]}, {'new'}, 'only the named track is heard')
    player.quit()


def set_takes_every_kind_of_parameter():
    receiver = Receiver()
    player = Player(osc=receiver)
    made = session(every=1, bpm=480)
    made['tracks']['t0']['params']['extra_params'] = {'custom': 1}
    player.score(compile(made))

    def after(command):
        answer = player.answer(command)
        if answer['event'] != 'ok':
            raise AssertionError(answer)
        time_ns = round(answer['applies_at']['time'] * 1e9)
        return wait_for(lambda: next((values_of(m) for tag, m in receiver.messages()
                                      if tag >= time_ns - 1000), None))
    equal(after('set t0 s "super saw"')['s'], 'super saw', 'a string')
    equal(after('set t0 n 3')['n'], 3, 'an integer')
    equal(after('set t0 gain 0.5')['gain'], 0.5, 'a number')
    equal(after('set t0 cutoff 1200')['cutoff'], 1200, 'one the track did not have')
    equal(after('set t0 vowel "a"')['vowel'], 'a', 'a string it did not have')
    equal(after('set t0 delay_time 0.25')['delaytime'], 0.25, 'by the name of the session, sent by SuperDirt\'s')
    equal(after('set t0 cut 2')['cut'], 2, 'an optional integer')
    ok('cut' not in after('set t0 cut null'), 'null removes it')
    ok('cutoff' not in after('set t0 cutoff null'), 'and the other')
    equal(after('set t0 legato 0.5')['legato'], 0.5, 'legato')
    equal(after('set t0 custom 7')['custom'], 7, 'an extra parameter of the track')
    equal(after('set t0 pan 0.25')['pan'], 0.25, 'pan')
    with open('lib/text/param.h', encoding='utf-8') as file:
        text = file.read()
    import re
    known = re.findall(r'X\([A-Z0-9_]+, "([a-z_]+)", (?:NULL|"[a-z_.]+"), "\w+", (\w+),', text)
    note('%d parameters in the list' % len(known))
    failed = []
    for name, kind in known:
        value = '"x"' if 'STRING' in kind else '1'
        answer = player.answer('set t0 %s %s' % (name, value))
        if answer['event'] != 'ok':
            failed.append((name, answer['message']))
    equal(failed, [], 'every parameter of the list can be set')
    player.quit()


def several_parameters_are_set_together_or_not_at_all():
    receiver = Receiver()
    player = Player(osc=receiver)
    player.score(compile(session(tracks=1, every=1)))
    answer = player.answer('set t0 cutoff 700 gain 0.25 room 0.5')
    at = round(answer['applies_at']['time'] * 1e9)
    later = wait_for(lambda: [values_of(m) for tag, m in receiver.messages() if tag >= at - 1000])
    equal((later[0]['cutoff'], later[0]['gain'], later[0]['room']), (700, 0.25, 0.5), 'all from one step on')
    answer = player.answer('set t0 cutoff 900 sieze 0.1 gain 1')
    equal((answer['code'], answer['param']), ('UNKNOWN_PARAM', 'sieze'), 'one that will not do is named')
    answer = player.answer('set t0 pan 0.5')
    at = round(answer['applies_at']['time'] * 1e9)
    later = wait_for(lambda: [values_of(m) for tag, m in receiver.messages() if tag >= at - 1000])
    equal((later[0]['cutoff'], later[0]['gain']), (700, 0.25), 'and none is set')
    player.quit()


def what_was_set_outlasts_a_session_that_says_nothing_of_it():
    receiver = Receiver()
    player = Player(osc=receiver)
    score = compile(session(every=1, bpm=480))
    player.score(score)

    def first_of(answer):
        at = round(answer['applies_at']['time'] * 1e9)
        return wait_for(lambda: [values_of(m) for tag, m in receiver.messages() if tag >= at - 1000])[0]
    player.answer('set t0 cutoff 500')
    player.answer('bpm 600')
    player.answer('apply now')
    equal(first_of(player.score(score)).get('cutoff'), 500, 'the same session again keeps what was set')
    equal(player.answer('status')['bpm'], 600, 'and the tempo')
    player.answer('apply now reset')
    ok('cutoff' not in first_of(player.score(score)), 'one that resets does not')
    equal(player.answer('status')['bpm'], 480, 'nor the tempo')
    equal(player.answer('apply now later')['code'], 'BAD_ARGUMENT', 'it is keep or reset')
    player.quit()


def nothing_is_lost_that_was_made_while_a_change_waits():
    receiver = Receiver()
    player = Player(osc=receiver)
    player.score(compile(session(every=1, bpm=960)))
    player.wait('position', step=4)
    player.answer('apply seq')
    other = session(tracks=2, every=1, bpm=961)
    ok(player.score(compile(other))['pending'], 'a session waits')
    player.answer('mute t0 on')
    player.answer('set t0 gain 0.25')
    applied = player.wait('applied', what='session', step=0, loop=1)
    at = round(applied['time'] * 1e9)
    wait_for(lambda: any(tag > at + 3 * 10**8 for tag, _ in receiver.messages()))
    later = [values_of(m) for tag, m in receiver.messages() if tag >= at - 1000]
    ok(all(m['n'] == 1 for m in later), 'the mute holds from its first step', later[0])
    track = [t for t in player.answer('tracks')['tracks'] if t['id'] == 't0'][0]
    equal((track['muted'], track['muted_in_session'], track['gain']), (True, False, 0.25), 'and is told apart')
    player.answer('mute t0 off')
    player.quit()


def a_trigger_sounds_at_once_even_when_stopped():
    receiver = Receiver()
    path = os.path.join(tmp, 'trigger')
    player = Player('--paused', '--midi-raw', path, osc=receiver)
    player.score(compile(SCENES))
    player.answer('trigger bd 0.5 60 100')
    wait_for(lambda: receiver.got)
    v = heard(receiver)[0]
    equal((v['s'], v['midinote'], v['gain']), ('bd', 60, 0.5), 'a SuperDirt track')
    before = time.time()
    at = player.answer('trigger bd')['applies_at']['time']
    ok(before <= at <= time.time(), 'its answer says when: now', (before, at))
    player.answer('trigger bass 100 48 30')
    wait_for(lambda: os.path.getsize(path) >= 5)
    player.quit()
    with open(path, 'rb') as file:
        data = file.read()
    ok(data.startswith(bytes([0x92, 48, 100])) and bytes([48]) in data[3:],
       'a MIDI track, and its note ends', data)


def a_pause_with_a_step_is_where_start_goes_on():
    player = Player('--paused')
    player.score(compile(session()))
    for place in ((40, 3), (0, 0), (255, 1)):
        answer = player.answer('pause %d %d' % place)['applies_at']
        equal((answer['step'], answer['loop']), place, 'step %d of loop %d is the place' % place)
        equal(player.answer('status')['state'], 'paused', 'and there it pauses')
        answer = player.answer('start')['applies_at']
        equal((answer['step'], answer['loop']), place, 'and from there it goes on')
    player.answer('pause 9')
    last = player.answer('status')['position']
    equal((last['step'], last['loop']), (8, 0), 'the step before counts as the last one planned')
    player.quit()


def a_reader_that_does_not_keep_up_loses_positions_only():
    receiver = Receiver()
    player = Player(osc=receiver)
    player.score(compile(session(tracks=20, every=1, bpm=960)))
    player.reading.clear()
    for i in range(2000):
        player.line('#n%d status' % i)
    # Steps go by, slowly where the machine is busy, while nobody reads: more than pipes can hold.
    end = time.monotonic() + 20
    first = len({tag for tag, _ in receiver.messages()})
    wait_for(lambda: len({tag for tag, _ in receiver.messages()}) > first + 64 * 4
             or time.monotonic() > end)
    player.reading.set()
    player._answer('n1999')
    ids = [e['id'] for e in player.events if str(e.get('id', '')).startswith('n')]
    equal(ids, ['n%d' % i for i in range(2000)], 'every answer comes, in order')

    def a_gap():
        seen = [p['loop'] * STEPS + p['step'] for p in player.find('position')]
        return any(b - a > 1 for a, b in zip(seen, seen[1:]))
    ok(wait_for(a_gap), 'positions are left out')
    player.quit()
    equal(player.bye()['dropped_steps'], 0, 'time is not')
    steps = [round(v['cycle'] * 16) for v in heard(receiver) if v['n'] == 0]
    equal(steps, [s % STEPS for s in range(len(steps))], 'and every step was played')


def a_reader_that_goes_away_ends_the_player():
    receiver = Receiver()
    process = subprocess.Popen([PLAY, '--events', '--osc', '127.0.0.1:%d' % receiver.port],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdin.write(compile(session(every=1, bpm=480)))
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    equal(process.wait(PATIENCE), 0, 'a closed reader of the events ends it')
    process.stdin.close()
    process.stderr.close()


def a_burst_of_osc_commands_is_done_to_the_last():
    spare = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    spare.bind(('127.0.0.1', 0))
    port = spare.getsockname()[1]
    spare.close()
    player = Player('--paused', '--control-port', str(port))
    player.score(compile(session()))
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for bpm in range(100, 300):
        out.sendto(osc('/oiduna/bpm', bpm), ('127.0.0.1', port))
    wait_for(lambda: player.answer('status')['bpm'] == 299)
    equal(len(player.find('ok', command='bpm')), 200, '200 commands at once are all done')
    equal(player.answer('metrics')['control_malformed'], 0, 'none was dropped')
    player.quit()
    out.close()


def commands_come_by_osc_too():
    receiver = Receiver(handshake=0)
    spare = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    spare.bind(('127.0.0.1', 0))
    port = spare.getsockname()[1]
    spare.close()
    player = Player('--control-port', str(port), osc=receiver)
    player.score(compile(SCENES))
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(*args):
        out.sendto(osc(*args), ('127.0.0.1', port))
    send('/oiduna/bpm', 180.0)
    player.wait('ok', command='bpm')
    equal(player.answer('status')['bpm'], 180, '/oiduna/bpm f')
    send('/oiduna/mute', 'bd', 1)
    player.wait('ok', command='mute')
    send('/oiduna/mute', 'sn', True)
    wait_for(lambda: 'sn' not in player.answer('status')['active_tracks'])
    ok('bd' not in player.answer('status')['active_tracks'], '/oiduna/mute s i, s T')
    send('/oiduna/set', 'bd', 'cutoff', 500.5)
    player.wait('ok', command='set')
    send('/oiduna/set', 'bd', 'cutoff', '*=2')
    equal(player.wait('ok', command='set', values={'cutoff': 1001})['track'], 'bd', '/oiduna/set s s s, relative to what holds')
    send('/oiduna/bpm', '+5')
    equal(player.wait('ok', command='bpm', value=185)['event'], 'ok', '/oiduna/bpm s')
    send('/oiduna/scene', 'verse', 'now')
    player.wait('ok', command='scene')
    send('/oiduna/set', 'hh', 's', 'a "quoted" name')
    wait_for(lambda: any(v['s'] == 'a "quoted" name' for v in heard(receiver)))
    ok(True, '/oiduna/set s s f, s s s; /oiduna/scene s s')
    for junk in (b'', b'x', b'/oiduna/bpm', b'#bundle\0', b'/oiduna/bpm\0,f\0\0', os.urandom(500),
                 osc('/other/bpm', 1.0), osc('/oiduna/')):
        out.sendto(junk, ('127.0.0.1', port))
    for number in (float('nan'), float('inf')):
        send('/oiduna/set', 'hh', 's', number)
    send('/oiduna/bpm', 'fast')
    equal(player.wait('error')['command'], 'bpm', 'a wrong argument is told')
    ok(not any(v['s'] in ('nan', 'inf') for v in heard(receiver)) and
       all(t['sound'] == 'a "quoted" name' for t in player.answer('tracks')['tracks'] if t['id'] == 'hh'),
       'what is no number is no word either')
    send('/oiduna/pause')
    wait_for(lambda: player.answer('status')['state'] == 'paused')
    ok(True, 'malformed packets are ignored, and the next is understood')
    ok(player.answer('metrics')['control_malformed'] >= 6, 'and counted')
    send('/oiduna/quit')
    equal(player.join(), 0, '/oiduna/quit')
    out.close()



def an_input_that_cannot_be_read_is_told():
    folder = os.open(tmp, os.O_RDONLY)
    done = subprocess.run([PLAY, '--no-osc', '--events'], stdin=folder, capture_output=True,
                          timeout=PATIENCE, check=False)
    os.close(folder)
    warnings = [json.loads(line) for line in done.stdout.splitlines() if b'INPUT_ERROR' in line]
    ok(len(warnings) == 1 and 'Is a directory' in warnings[0]['message'],
       'a folder as standard input is told', done.stdout)
    ok(b'cannot be read' in done.stderr, 'to people, too', done.stderr)


run([an_input_that_cannot_be_read_is_told,
     every_command_is_answered_with_its_id,
     a_number_may_be_relative_to_what_holds,
     tracks_are_switched_by_name_and_pattern,
     a_number_is_relative_to_what_holds_when_its_time_comes,
     scenes_go_round_and_back_to_none,
     what_was_loaded_comes_back,
     taps_make_a_tempo,
     a_nudge_moves_the_grid,
     help_tells_every_command,
     any_fragmentation_is_understood,
     what_is_too_long_or_broken_is_dropped_and_the_rest_is_understood,
     changes_are_taken_over_where_the_answer_says,
     a_boundary_is_what_was_said_however_it_is_written,
     what_was_said_of_the_next_score_is_said_of_one_only,
     nothing_is_lost_or_played_twice_over_a_boundary,
     an_exclusive_apply_takes_only_the_named_tracks,
     set_takes_every_kind_of_parameter,
     several_parameters_are_set_together_or_not_at_all,
     what_was_set_outlasts_a_session_that_says_nothing_of_it,
     nothing_is_lost_that_was_made_while_a_change_waits,
     a_trigger_sounds_at_once_even_when_stopped,
     a_pause_with_a_step_is_where_start_goes_on,
     a_reader_that_does_not_keep_up_loses_positions_only,
     a_reader_that_goes_away_ends_the_player,
     a_burst_of_osc_commands_is_done_to_the_last,
     commands_come_by_osc_too])
