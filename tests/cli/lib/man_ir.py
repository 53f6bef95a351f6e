"""Tries what oiduna-ir(5) claims, in its order: what is an error, what a warning, what is sent."""

import json
import os
import struct
import subprocess
import sys

BIN = os.environ.get('BIN', 'build')
N = [0] * 256
HALF = [0.5] * 256
count = 0
silences = []  # of each session compiled: is it said that nothing is heard of it?


def single(value):
    return struct.unpack('f', struct.pack('f', value))[0]


def compile(text):
    """(codes of errors, codes of warnings, the score)"""
    if not isinstance(text, (str, bytes)):
        text = json.dumps(text)
    if isinstance(text, str):
        text = text.encode()
    done = subprocess.run([BIN + '/oiduna-compile', '--diagnostics=json', '-'], input=text, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    found = [json.loads(line) for line in done.stderr.splitlines()]
    # Most sessions here are as short as can be, so that nothing is heard of them: that has a claim of its own.
    kinds = [sorted(f['code'] for f in found if f['severity'] == kind and f['code'] != 'silent')
             for kind in ('error', 'warning')]
    if (done.returncode == 65) != bool(kinds[0]):
        kinds[0].append('status %d' % done.returncode)
    silences.append('silent' in [f['code'] for f in found])
    return kinds[0], kinds[1], done.stdout


def play(score, loops=1):
    done = subprocess.run([BIN + '/oiduna-play', '--dry-run', '--loops', str(loops), '-'], input=score,
                          check=True, stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def result(good, claim, why=''):
    global count
    count += 1
    print('%s %d - %s' % ('ok' if good else 'not ok', count, claim), flush=True)
    if not good:
        print('# ' + why[:1500].replace('\n', '\n# '), flush=True)


def finds(claim, text, errors='', warnings=''):
    got = compile(text)[:2]
    wanted = errors.split(), warnings.split()
    result(list(got) == [sorted(w) for w in wanted], claim, 'got %r\nwanted %r\nof %s' %
           (got, wanted, text if isinstance(text, (str, bytes)) else json.dumps(text)[:600]))


def sends(claim, session, judge, warnings='', loops=1):
    errors, warned, score = compile(session)
    if errors or warned != sorted(warnings.split()):
        result(False, claim, 'found %r %r' % (errors, warned))
        return
    lines = play(score, loops)
    try:
        good = judge(lines)
    except (KeyError, IndexError, TypeError) as error:
        good, claim = False, '%s: %r' % (claim, error)
    result(good, claim, '\n'.join(map(json.dumps, lines)))


def args(line):
    """The arguments of a message by name."""
    return dict(zip(line['osc'][1::2], line['osc'][2::2]))


def track(params=None, events=None, environment=None, lines=None, **members):
    """A session of one track t."""
    made = {'tracks': {'t': dict(members, params=dict({'s': 'bd'}, **(params or {})))},
            'sequences': {'t': {'events': events or [{'step': 0}]}}}
    if environment is not None:
        made['environment'] = environment
    if lines is not None:
        made['mixer_lines'] = lines
    return made


def midi(events=None, environment=None, **members):
    made = {'tracks_midi': {'m': dict({'channel': 0}, **members)},
            'sequences': {'m': {'events': events or [{'step': 0, 'note': 60}]}}}
    if environment is not None:
        made['environment'] = environment
    return made


def first(name, value):
    return lambda lines: args(lines[0])[name] == value


def near(name, value):
    return lambda lines: abs(args(lines[0])[name] - value) < 1e-6


def lacks(name):
    return lambda lines: name not in args(lines[0])


def text():
    finds('an empty object is a session', '{}')
    finds('text: JSON as RFC 8259 has it', '{"tracks": {},}', 'syntax')
    finds('text: UTF-8', b'{"tracks": {"\xff": {}}}', 'utf-8')
    finds('text: without byte order mark', '\ufeff{}', 'byte-order-mark')
    finds('text: 64 levels', '{"x": ' + '[' * 63 + ']' * 63 + '}', '', 'unknown-key')
    finds('text: no more levels', '{"x": ' + '[' * 64 + ']' * 64 + '}', 'too-deep', 'unknown-key')
    finds('a key may stand once', '{"tracks": {}, "tracks": {}}', 'duplicate-key')
    finds('... in any object', '{"tracks": {"t": {"params": {"s": "a", "extra_params": {"x": 1, "x": 2}}}}}', 'duplicate-key')
    finds('null is the same as not being there', {
        'environment': {'bpm': None, 'swing': None, 'loop_steps': None, 'scale': None},
        'tracks': {'t': {'params': {'s': 'bd', 'n': None, 'extra_params': None}, 'fx': None, 'sends': None,
                         'meta': {'mute': None}, 'modulations': {'gain': None}}, 'u': None},
        'tracks_midi': None, 'mixer_lines': {'a': None}, 'scenes': None, 'apply': None,
        'sequences': {'t': {'events': [{'step': 0, 'velocity': None, 'note': None, 'offset_ms': None}]}}})
    finds('... where it is required, too', track({'s': None}), 'missing')
    sends('... with one exception, the gate', track(events=[{'step': 0, 'gate': None}]), lacks('sustain'))
    sends('3.0 is an integer', track({'n': 3.0}, [{'step': 4.0}]),
          lambda lines: lines[0]['step'] == 4 and args(lines[0])['n'] == 3)
    finds('3.5 is none', track({'n': 3.5}), 'type')
    finds('a number must fit a 32-bit float', track({'gain': 1e39}), 'range')
    finds('an integer 32 bits', track({'n': 2147483648}), 'range')
    finds('an integer may have all of 32 bits', track({'n': -2147483648}))
    finds('a number that no double holds', '{"environment": {"bpm": 1e999}}', 'range')
    finds('a key that nobody knows is a warning', {'trakcs': {}}, '', 'unknown-key')
    finds('the character U+0000', '{"tracks": {"a\\u0000": {}}}', 'nul')


def environment():
    for bpm, errors, warnings in ((0.9, 'range', ''), (1, '', 'range'), (29.9, '', 'range'), (30, '', ''),
                                  (300, '', ''), (300.5, '', 'range'), (999, '', 'range'), (999.5, 'range', ''),
                                  ('120', 'type', ''), (True, 'type', '')):
        finds('bpm %r' % (bpm,), {'environment': {'bpm': bpm}}, errors, warnings)
    for swing, errors in ((0, ''), (1, ''), (-0.1, 'range'), (1.1, 'range')):
        finds('swing %r' % swing, {'environment': {'swing': swing}}, errors)
    finds('default_gate below 0', {'environment': {'default_gate': -1}}, 'range')
    finds('default_gate 0', {'environment': {'default_gate': 0}}, '', 'zero-sustain')
    finds('loop_steps 256', {'environment': {'loop_steps': 256}})
    finds('loop_steps 128', {'environment': {'loop_steps': 128}}, 'range')
    finds('scale and chords', {'environment': {'scale': 'C', 'chords': [1]}}, '', 'deprecated deprecated')
    sends('120 bpm without a word', track(events=[{'step': 1}]), lambda lines: lines[0]['t'] == 0.125)
    sends('swing 1 is a triplet shuffle', track(events=[{'step': 0}, {'step': 1}], environment={'swing': 1}),
          lambda lines: [e['t'] for e in lines] == [0, 0.166666667])
    sends('an event of step k in loop l', track(events=[{'step': 3, 'offset_ms': 2}],
                                                environment={'bpm': 90, 'swing': 0.5}),
          lambda lines: [round(e['t'], 6) for e in lines] ==
          [round((256 * l + 3) / 6 + 0.5 / 18 + 0.002, 6) for l in (0, 1)], loops=2)
    sends('default_gate counts for events that name none', track(environment={'default_gate': 2}),
          first('sustain', 0.25))


def tracks():
    finds('meta', track(meta={'track_id': 't', 'range_id': 3, 'mute': True, 'solo': False}))
    finds('another track_id', track(meta={'track_id': 'u'}), '', 'name-mismatch')
    finds('mute is a boolean', track(meta={'mute': 1}), 'type')
    finds('s is required', {'tracks': {'t': {'params': {}}}}, 'missing')
    finds('... and so is params', {'tracks': {'t': {}}}, 'missing')
    sends('the defaults of params', track(), lambda lines: lines[0]['osc'][1:] == [
        's', 'bd', 'orbit', 0, 'cps', 0.5, 'cycle', 0, 'delta', 0.125, 'gain', 1, 'pan', 0.5, 'n', 0,
        'speed', 1, 'begin', 0, 'end', 1, 'sustain', 0.125])
    finds('s_path is ignored', track({'s_path': 'x'}))
    finds('a colon in s', track({'s': 'bd:3'}), '', 'sample-colon')
    finds('a speed of 0', track({'speed': 0}), '', 'zero-speed')
    finds('a legato of 0', track({'legato': 0}), '', 'zero-sustain')
    for orbit, warnings in ((0, ''), (11, ''), (12, 'orbit'), (-1, 'orbit')):
        finds('orbit %d' % orbit, track({'orbit': orbit}), '', warnings)
    for pan, warnings in ((0, ''), (1, ''), (1.1, 'range'), (-0.1, 'range')):
        finds('pan %g' % pan, track({'pan': pan}), '', warnings)
    sends('extra_params are sent behind all others, in their order', track(
        {'extra_params': {'z': 1, 'a': 2.0, 'b': True, 'c': False, 'd': 'text'}}),
        lambda lines: lines[0]['osc'][-10:] == ['z', 1, 'a', 2, 'b', 1, 'c', 0, 'd', 'text'])
    finds('an extra one that is neither number, text nor boolean', track({'extra_params': {'x': []}}), 'type')
    finds('a name that the message has already', track({'extra_params': {'gain': 1}}), '', 'hidden-parameter')
    finds('the name latency', track({'extra_params': {'latency': 1}}), 'latency')
    finds('cut and legato', track({'cut': 1, 'legato': 0.5}))
    sends('legato is a factor of the sustain', track({'legato': 0.5}),
          lambda lines: (args(lines[0])['sustain'], args(lines[0])['legato']) == (0.0625, 0.5))


BOTH = 'cutoff resonance hcutoff hresonance bandf bandq shape crush coarse attack hold release'.split()
FX = 'room size dry delay_send delay_time delay_feedback'.split()
TRACK_FX = '''krush kcutoff triode decay tremolo_rate tremolo_depth phaser_rate phaser_depth detune
    accelerate psrate psdisp freeze smear binshift comb scram hbrick lbrick enhance tsdelay xsdelay ring
    ringf ringdf squiz waveloss octer octersub octersubsub fshift fshiftnote fshiftphase djf cthresh
    cratio cattack crelease cgain cknee panspread'''.split()
# The order in which they are sent, where the name is another one.
WIRE = {'delay_send': 'delay', 'delay_time': 'delaytime', 'delay_feedback': 'delayfeedback',
        'tremolo_rate': 'tremolorate', 'tremolo_depth': 'tremolodepth', 'phaser_rate': 'phaserrate',
        'phaser_depth': 'phaserdepth', 'cthresh': 'cThresh', 'cratio': 'cRatio', 'cattack': 'cAttack',
        'crelease': 'cRelease', 'cgain': 'cGain', 'cknee': 'cKnee'}


def order_of_page(page):
    """The argument names in the order of WHAT IS SENT."""
    words = open(page).read().split('s orbit cps cycle delta')[1].split('and the extra')[0]
    return ('s orbit cps cycle delta' + words).replace('[', '').replace(']', '').split()


def effects(page):
    finds('fx has', track(fx=dict({name: 1 for name in BOTH + FX}, dry=0.3)))
    finds('track_fx has', track(track_fx={name: 1 for name in BOTH + TRACK_FX}))
    finds('vowel is a string', track(track_fx={'vowel': 'a'}))
    finds('... and no number', track(track_fx={'vowel': 1}), 'type')
    finds('only fx has room', track(track_fx={'room': 1}), '', 'unknown-key')
    finds('only track_fx has krush', track(fx={'krush': 1}), '', 'unknown-key')
    sends('where both have one, track_fx counts', track(fx={'cutoff': 100}, track_fx={'cutoff': 200}),
          first('cutoff', 200))
    sends('a track on a line gets room from the line', track(
        fx={'room': 0.1}, lines={'l': {'include': ['t'], 'fx': {'reverb_room': 0.7}}}), first('room', 0.7))
    sends('an effect that is not named is not sent', track(), lacks('cutoff'))
    wanted = order_of_page(page)
    everything = track({'cut': 1, 'legato': 1}, [{'step': 0, 'note': 60}],
                       lines={'l': {'include': ['t'], 'fx': {'leslie_rate': 1, 'reverb_dry': 0.3}}},
                       fx={name: 1 for name in FX}, track_fx={n: 1 for n in BOTH + TRACK_FX})
    everything['tracks']['t']['track_fx']['vowel'] = 'a'
    sends('all arguments are sent in the order of the page', everything,
          lambda lines: lines[0]['osc'][1::2] == wanted)


def lines_and_sends():
    hall = {'hall': {'fx': {'reverb_room': 0.9}}}
    finds('a send without target', track(sends=[{'amount': 1}], lines=hall), 'missing')
    sends('no such line: the send is dropped', track(sends=[{'target': 'hal', 'amount': 1}], lines=hall),
          lambda lines: len(lines) == 1, 'unknown-target')
    sends('the line the track is on: dropped without a word', track(
        sends=[{'target': 'l', 'amount': 1}], lines={'l': {'include': ['t']}}), lambda lines: len(lines) == 1)
    for amount, played, warnings in ((0, 0, ''), (1, 1, ''), (1.5, 1, 'range'), (-0.5, 0, 'range')):
        sends('amount %g' % amount, track(sends=[{'target': 'hall', 'amount': amount}], lines=hall),
              lambda lines, played=played: args(lines[1])['gain'] == played, warnings)
    sends('without amount a send is silent', track(sends=[{'target': 'hall'}], lines=hall),
          lambda lines: args(lines[1])['gain'] == 0, 'send-amount')
    sends('mixer_line and gain are synonyms', track(sends=[{'mixer_line': 'hall', 'gain': 0.5}], lines=hall),
          lambda lines: args(lines[1])['gain'] == 0.5)
    sends('with mixer_line the amount is 1', track(sends=[{'mixer_line': 'hall'}], lines=hall),
          lambda lines: args(lines[1])['gain'] == 1)
    sends('a send goes through its line', track(
        {'pan': 0.4}, sends=[{'target': 'b', 'amount': 0.5}],
        lines={'a': {}, 'b': {'volume': 0.5, 'pan': 0.7, 'fx': {'leslie_rate': 2, 'leslie_size': 0.3}}}),
        lambda lines: [args(lines[1])[k] for k in ('orbit', 'gain', 'leslie', 'lrate', 'lsize')] ==
        [1, 0.25, 1, 2, 0.3] and abs(args(lines[1])['pan'] - 0.6) < 1e-6)
    finds('a line that includes nobody known', track(lines={'l': {'include': ['x']}}), '', 'unknown-track')
    finds('... or a MIDI track', dict(midi(), mixer_lines={'l': {'include': ['m']}}), '', 'unknown-track')
    sends('the first line that includes it', track(lines={'a': {}, 'b': {'include': ['t']},
                                                          'c': {'include': ['t']}}), first('orbit', 1))
    finds('more than 12 lines', track(lines={str(i): {} for i in range(13)}), '', 'orbit-range')
    finds('12 lines', track(lines={str(i): {} for i in range(12)}))
    finds('the pan of a line', track(lines={'l': {'pan': 1.2}}), '', 'range')
    sends('the defaults of a line', track(lines={'l': {'include': ['t']}}),
          lambda lines: [args(lines[0])[k] for k in ('room', 'size', 'delay', 'delaytime',
                                                     'delayfeedback')] == [0, 0.5, 0, 0.375, 0.4] and
          'leslie' not in args(lines[0]) and 'dry' not in args(lines[0]))
    sends('reverb_send is reverb_room', track(lines={'l': {'include': ['t'], 'fx': {'reverb_send': 0.3}}}),
          first('room', 0.3))
    finds('... and both are one too many', track(lines={'l': {'fx': {'reverb_send': 0.3, 'reverb_room': 1}}}),
          '', 'same-parameter')
    finds('leslie_send', track(lines={'l': {'fx': {'leslie_send': 1}}}), '', 'ignored')
    finds('dynamics', track(lines={'l': {'name': 'l', 'output': 1, 'dynamics': dict({
        k: 1 for k in '''compression_ratio compression_threshold limiter_threshold limiter_release
        compressor_threshold compressor_ratio compressor_attack compressor_release compressor_knee
        compressor_makeup limiter_type'''.split()}, limiter=True)}}))
    finds('a type that is ignored', track(lines={'l': {'output': 'x'}}), 'type')
    finds('the name of a line', track(lines={'l': {'name': 'm'}}), '', 'name-mismatch')


def silent(claim, text, wanted=True):
    finds(claim, text)
    result(silences[-1] == wanted, '... and %s' % ('that is said' if wanted else 'nothing is said'))


def what_is_heard():
    silent('no tracks', {})
    silent('tracks without events', {'tracks': {'t': {'params': {'s': 'bd'}}}})
    muted = track(meta={'mute': True})
    silent('every track with events is muted', muted)
    muted['scenes'] = {'s': track()}
    silent('a scene is heard', muted, False)
    silent('a line that is muted', track(lines={'l': {'include': ['t'], 'mute': True}}))
    silent('a MIDI track that moves a controller', dict(midi(), sequences={}))
    silent('... is not silent', dict(midi(cc_modulations={'7': {'signal': N}}), sequences={}), False)
    silent('tracks that come to others', {'apply': {'track_ids': ['t']}, 'tracks': {'t': {'params': {'s': 'bd'}}}},
           False)
    hall = {'l': {'include': ['t'], 'fx': {'reverb_room': 0.5, 'reverb_dry': 1}}}
    sends('a line\'s dry of 1 is left out', track(lines=hall), lacks('dry'))
    sends('... unless it is modulated', track(lines=hall, modulations={'dry': {'signal': [-0.5] * 256}}),
          first('dry', 0.5))
    sends('any other value goes out as it is', track(lines={'l': {'include': ['t'], 'fx': {'reverb_dry': 0.75}}}),
          first('dry', 0.75))
    sends('a track\'s own 1 goes out as it is', track(fx={'dry': 1}), first('dry', 1))
    finds('a reverb under a dry of 1', track(fx={'room': 0.5, 'dry': 1}), '', 'reverb-unheard')
    finds('... of a line, above 0.95', track(lines={'l': {'fx': {'reverb_room': 0.5, 'reverb_dry': 0.96}}}), '',
          'reverb-unheard')
    finds('a delay without a time', track(fx={'delay_send': 0.5}), '', 'echo-unheard')
    finds('a delay without a send', track(fx={'delay_time': 0.5}), '', 'echo-unheard')
    finds('... of a line', track(lines={'l': {'fx': {'delay_send': 0.5, 'delay_time': 0}}}), '', 'echo-unheard')
    finds('a line whose fields say the defaults', track(lines={'l': {'fx': {
        'reverb_room': 0, 'reverb_size': 0.5, 'reverb_dry': 1, 'delay_send': 0, 'delay_time': 0.375,
        'delay_feedback': 0.4, 'leslie_rate': 0, 'leslie_size': 0}}}))
    finds('a send to a line that has none of them', track(sends=[{'target': 'l', 'amount': 1}], lines={'l': {}}),
          '', 'send-unheard')
    two = track(fx={'room': 0.5})
    two['tracks']['u'] = {'params': {'s': 'sn'}, 'fx': {'room': 0.25}}
    two['sequences']['u'] = {'events': [{'step': 1}]}
    finds('two tracks that say different things to one orbit', two, '', 'orbit-shared')
    two['tracks']['u']['params']['orbit'] = 1
    finds('... and to two', two)
    two['mixer_lines'] = {'a': {}, 'b': {'include': ['t'], 'fx': {'reverb_room': 0.75}}}
    finds('a line has the orbit of its number', two, '', 'orbit-shared')


# Of the page's table: key, path, least, greatest, base, kind.
MODULATED = (
    ('gain', None, 0, 2, 1, '*'), ('pan', None, 0, 1, 0.5, '~'), ('speed', None, 0.1, 4, 1, '*'),
    ('cutoff', 'filter', 20, 20000, 1000, '*'), ('resonance', 'filter', 0, 1, 0, '+'),
    ('hcutoff', 'filter', 20, 20000, 5000, '*'), ('hresonance', 'filter', 0, 1, 0, '+'),
    ('room', 'reverb', 0, 1, 0, '+'), ('size', 'reverb', 0, 1, 0.5, '+'), ('dry', 'reverb', 0, 1, 1, '+'),
    ('delay_send', 'delay', 0, 1, 0, '+'), ('delay_time', 'delay', 0, 2, 0, '+'),
    ('delay_feedback', 'delay', 0, 1, 0, '+'), ('shape', 'distortion', 0, 1, 0, '+'),
    ('crush', 'distortion', 1, 16, 16, '+'), ('attack', 'envelope', 0, 2, 0.001, '+'),
    ('hold', 'envelope', 0, 2, 0, '+'), ('release', 'envelope', 0, 2, 0.2, '+'))


def modulations():
    for key, group, least, most, base, kind in MODULATED:
        path = key if group is None else group + '.' + key.replace('delay_', '')
        wire = WIRE.get(key, key)
        for name, x in ((key, 0.25), (path, -0.5), (path, 1), (key, -1)):
            value = {'*': base * (1 + x), '+': base + x * (most - least), '~': base + x * (most - least) / 2}[kind]
            value = min(max(value, least), most)
            sends('%s at %g' % (name, x), track(modulations={name: {'signal': [x] * 256}}),
                  lambda lines, wire=wire, value=value: abs(args(lines[0])[wire] - single(value)) < 1e-5,
                  'echo-unheard' if key in ('delay_send', 'delay_time') else '')
    sends('the base is the track\'s own', track(fx={'cutoff': 100}, track_fx={'cutoff': 400},
                                               modulations={'cutoff': {'signal': HALF}}), first('cutoff', 600))
    sends('... or the line\'s', track(fx={'room': 0}, lines={'l': {'include': ['t'], 'fx': {'reverb_room': 0.25}}},
                                     modulations={'room': {'signal': HALF}}), first('room', 0.75))
    finds('target_param is ignored', track(modulations={'gain': {'target_param': 'pan', 'signal': N}}))
    finds('a signal of another length', track(modulations={'gain': {'signal': [0] * 4097}}), 'signal-length')
    finds('... of none', track(modulations={'gain': {}}), 'missing')
    finds('a number outside -1..1', track(modulations={'gain': {'signal': [2] + N[1:]}}), '', 'range')
    finds('an unknown parameter', track(modulations={'vowel': {'signal': N}}), '', 'unknown-modulation')
    sends('of two keys for one the later counts', track(
        modulations={'cutoff': {'signal': N}, 'filter.cutoff': {'signal': HALF}}), first('cutoff', 1500),
        'same-parameter')


def midi_tracks():
    for channel, errors in ((0, ''), (15, ''), (16, 'range'), (-1, 'range'), (None, 'missing')):
        finds('channel %r' % channel, midi(channel=channel), errors)
    sends('velocity and transpose', midi([{'step': 0, 'note': 60, 'velocity': 0.5}], velocity=101, transpose=-12,
                                         channel=3), lambda lines: lines[0]['midi'] == [147, 48, 50])
    sends('velocity outside 0..127', midi(velocity=200), lambda lines: lines[0]['midi'][2] == 127, 'range')
    sends('transpose outside -127..127', midi(transpose=200), lambda lines: lines[0]['midi'][1] == 127, 'range')
    finds('a controller', midi(cc_modulations={'0': {'signal': N}, '127': {'signal': N}}))
    for key in ('128', '-1', '01', 'x', ''):
        finds('controller "%s"' % key, midi(cc_modulations={key: {'signal': N}}), 'range')
    sends('note and transpose are clamped', midi([{'step': 0, 'note': 127}], transpose=10),
          lambda lines: lines[0]['midi'] == [144, 127, 127])
    sends('a velocity of 0 sends nothing', midi([{'step': 0, 'note': 60, 'velocity': 0.001}]),
          lambda lines: lines == [])
    sends('velocity_modulation', midi(velocity=50, velocity_modulation={'signal': HALF}),
          lambda lines: lines[0]['midi'][2] == 75)
    sends('a gate is a note-off later', midi([{'step': 0, 'note': 60, 'gate': 3}]),
          lambda lines: lines[1] == {'t': 0.375, 'step': 0, 'midi': [128, 60, 0]} or
          (lines[1]['t'], lines[1]['midi'][1:]) == (0.375, [60, 0]))
    sends('a gate of null is one step', midi([{'step': 0, 'note': 60, 'gate': None}]),
          lambda lines: lines[1]['t'] == 0.125)
    sends('a note struck again is ended first, its old end forgotten', midi(
        [{'step': 0, 'note': 60, 'gate': 8}, {'step': 4, 'note': 60, 'gate': 8}]),
        lambda lines: [(e['t'], e['midi'][0] & 0xf0 == 0x90 and e['midi'][2] > 0) for e in lines] ==
        [(0, True), (0.5, False), (0.5, True), (1.5, False)])
    ramp = [0, 0, 1, -1] + [-1] * 252
    sends('a controller is sent when it differs', midi([{'step': 9, 'note': 1}], cc_modulations={'7': {'signal': ramp}}),
          lambda lines: [(e['step'], e['midi']) for e in lines if e['midi'][0] == 176] ==
          [(0, [176, 7, 63]), (2, [176, 7, 127]), (3, [176, 7, 0])])
    sends('pitch bend is x times 8191', midi([{'step': 9, 'note': 1}], pitch_bend_modulation={'signal': ramp}),
          lambda lines: [(e['midi'][1] + 128 * e['midi'][2] - 8192) for e in lines if e['midi'][0] == 224] ==
          [0, 8191, -8191])
    sends('aftertouch is channel pressure', midi([{'step': 9, 'note': 1}], aftertouch_modulation={'signal': ramp}),
          lambda lines: [e['midi'][1] for e in lines if e['midi'][0] == 208] == [63, 127, 0])
    sends('a MIDI track without a sequence sends its controllers', {
        'tracks_midi': {'m': {'channel': 0, 'cc_modulations': {'7': {'signal': N}}}}},
        lambda lines: [e['midi'] for e in lines] == [[176, 7, 63]])
    sends('at equal times note-offs, controllers, note-ons', midi(
        [{'step': 0, 'note': 60}, {'step': 1, 'note': 61}], cc_modulations={'7': {'signal': [0] + [1] * 255}}),
        lambda lines: [e['midi'][0] for e in lines if e['t'] == 0.125][-1] == 144 and
        [e['midi'][0] for e in lines if e['t'] == 0.125][1] == 176)
    sends('a MIDI event without note plays nothing', midi([{'step': 0}]), lambda lines: lines == [])


def sequences():
    for step, errors in ((0, ''), (255, ''), (256, 'range'), (-1, 'range'), (1.5, 'type'), (None, 'missing')):
        finds('step %r' % step, track(events=[{'step': step}]), errors)
    for velocity, errors, warnings in ((-0.1, 'range', ''), (0, '', ''), (1, '', ''), (1.5, '', 'range')):
        finds('velocity %r' % velocity, track(events=[{'step': 0, 'velocity': velocity}]), errors, warnings)
    for note, errors in ((0, ''), (127, ''), (128, 'range'), (-1, 'range')):
        finds('note %r' % note, track(events=[{'step': 0, 'note': note}]), errors)
    finds('gate below 0', track(events=[{'step': 0, 'gate': -1}]), 'range')
    finds('gate 0', track(events=[{'step': 0, 'gate': 0}]), '', 'zero-sustain')
    sends('velocity is a factor of the gain', track({'gain': 0.8}, [{'step': 0, 'velocity': 0.5}]),
          first('gain', 0.4))
    sends('note is midinote', track(events=[{'step': 0, 'note': 64}]), first('midinote', 64))
    sends('offset_ms, either sign', track(events=[{'step': 4, 'offset_ms': -10}, {'step': 4, 'offset_ms': 10}]),
          lambda lines: [e['t'] for e in lines] == [0.49, 0.51])
    sends('an offset of more than a day is a day', track(events=[{'step': 0, 'offset_ms': 1e8}]),
          lambda lines: lines[0]['t'] == 86400, 'range')
    for offset, warnings in ((-60000, ''), (-60001, 'range'), (86400000, ''), (86400001, 'range')):
        finds('offset_ms %d' % offset, track(events=[{'step': 0, 'offset_ms': offset}]), '', warnings)
    sends('events need no order', track(events=[{'step': 9}, {'step': 2}]),
          lambda lines: [e['step'] for e in lines] == [2, 9])
    sends('those of one step play in the order of the array', track(
        events=[{'step': 0, 'note': 3}, {'step': 0, 'note': 1}, {'step': 0, 'note': 2}]),
        lambda lines: [args(e)['midinote'] for e in lines] == [3, 1, 2])
    finds('a sequence without a track', {'sequences': {'x': {'events': []}}}, '', 'unknown-track')
    sends('a track without a sequence plays nothing', {'tracks': {'t': {'params': {'s': 'bd'}}}},
          lambda lines: lines == [])
    finds('track_id of a sequence', {'tracks': {'t': {'params': {'s': 'a'}}},
                                     'sequences': {'t': {'track_id': 'u', 'events': []}}}, '', 'name-mismatch')
    both = track()
    both['tracks_midi'] = {'t': {'channel': 0}}
    finds('a SuperDirt and a MIDI track of one id', both, '', 'same-track')
    sends('... play both', dict(both, sequences={'t': {'events': [{'step': 0, 'note': 60}]}}),
          lambda lines: sorted('midi' in e for e in lines) == [False, True, True], 'same-track')
    dense = [{'step': 7}] * 301
    finds('more than 300 messages of a step', track(events=dense), '', 'dense-step')
    finds('300 messages of a step', track(events=dense[1:]))


def scenes_and_apply():
    scene = {'name': 'v', 'environment': {}, 'tracks': {}, 'tracks_midi': {}, 'sequences': {}, 'mixer_lines': {}}
    finds('a scene', {'scenes': {'v': scene}})
    finds('a scene has no scenes', {'scenes': {'v': {'scenes': {}}}}, '', 'unknown-key')
    finds('the name of a scene', {'scenes': {'v': {'name': 'w'}}}, '', 'name-mismatch')
    finds('rules hold in scenes', {'scenes': {'v': {'environment': {'bpm': 0}}}}, 'range')
    for word in ('now', 'immediate', 'beat', 'bar', 'seq'):
        finds('timing %s' % word, {'apply': {'timing': word}})
    finds('another timing', {'apply': {'timing': 'soon'}}, 'timing')
    finds('track_ids', dict(track(), apply={'track_ids': ['t']}))
    finds('an id without a track', dict(track(), apply={'track_ids': ['u']}), '', 'unknown-track')
    finds('scene_name', {'scenes': {'v': {}}, 'apply': {'scene_name': 'v'}})
    finds('an unknown scene', {'scenes': {'v': {}}, 'apply': {'scene_name': 'w'}}, 'unknown-scene')
    made = track()
    made['scenes'] = {'v': {'tracks': {'v': {'params': {'s': 'sn'}}}, 'sequences': {'v': {'events': [{'step': 8}]}}}}
    made['environment'] = {'bpm': 60}
    made['apply'] = {'scene_name': 'v'}
    sends('a scene replaces tracks and sequences, and leaves the tempo', made,
          lambda lines: [(e['t'], args(e)['s']) for e in lines] == [(2, 'sn')])


def audible():
    def heard(tracks, lines=None, sends_=None):
        made = {'tracks': {}, 'sequences': {}, 'mixer_lines': lines or {}}
        for name, meta in tracks.items():
            made['tracks'][name] = {'params': {'s': name}, 'meta': meta, 'sends': sends_ or []}
            made['sequences'][name] = {'events': [{'step': 0}]}
        return made
    def are(names):
        return lambda lines: [args(e)['s'] for e in lines] == names.split()
    sends('muted', heard({'a': {'mute': True}, 'b': {}}), are('b'))
    sends('soloed', heard({'a': {'solo': True}, 'b': {}}), are('a'))
    sends('soloed and muted', heard({'a': {'solo': True, 'mute': True}, 'b': {}}), are('a'))
    sends('a line muted', heard({'a': {}, 'b': {}}, {'l': {'include': ['a'], 'mute': True}}), are('b'))
    sends('a line soloed', heard({'a': {}, 'b': {}, 'c': {}}, {'l': {'include': ['a'], 'solo': True},
                                                             'm': {'include': ['b']}}), are('a c'))
    sends('a send to a line that is not heard', heard({'a': {}}, {'l': {'mute': True, 'fx': {'leslie_rate': 1}}},
                                                    [{'target': 'l', 'amount': 1}]), are('a'))
    made = dict(heard({'a': {'solo': True}}), tracks_midi={'m': {'channel': 0}})
    made['sequences']['m'] = {'events': [{'step': 0, 'note': 60}]}
    sends('MIDI tracks among themselves', made, lambda lines: len(lines) == 3)
    sends('a MIDI track that is not heard sends no controllers', midi(
        mute=True, cc_modulations={'7': {'signal': N}}), lambda lines: lines == [])


def batches():
    def batch(*messages, **more):
        return dict({'messages': list(messages)}, **more)
    finds('a batch', batch({'step': 0, 'cycle': 0.0, 'destination_id': 'superdirt', 'params': {'s': 'bd'}},
                           bpm=90, pattern_length=4.0))
    finds('bpm as in environment', batch(bpm=1000), 'range')
    for member in ('tracks', 'tracks_midi', 'mixer_lines', 'sequences', 'scenes'):
        finds('%s beside messages' % member, batch(**{member: {}}), 'mixed-dialects')
    for member in ('environment', 'apply'):
        finds('%s beside messages' % member, batch(**{member: {}}), '', 'unknown-key')
    for member in ('bpm', 'pattern_length'):
        finds('%s in a session' % member, {member: 100}, '', 'unknown-key')
    finds('step is required', batch({'params': {'s': 'bd'}}), 'missing')
    sends('params in their order, cps added', batch({'step': 4, 'params': {'s': 'bd', 'x': 1, 'track_id': 'k'}}),
          lambda lines: lines[0]['osc'] == ['/dirt/play', 's', 'bd', 'x', 1, 'cps', 0.5])
    sends('... if it is not there', batch({'step': 4, 'params': {'cps': 2.0, 's': 'bd'}}),
          lambda lines: lines[0]['osc'] == ['/dirt/play', 'cps', 2, 's', 'bd'])
    finds('a message that is too long', batch({'step': 0, 'params': {'s': 'x' * 17000}}), 'message-too-long')
    finds('a destination that nobody named compiles', batch(
        {'step': 0, 'destination_id': 'lights', 'params': {'x': 1}}))


def main():
    text()
    environment()
    tracks()
    effects(sys.argv[1])
    lines_and_sends()
    what_is_heard()
    modulations()
    midi_tracks()
    sequences()
    scenes_and_apply()
    audible()
    batches()
    print('1..%d' % count)


main()
