"""Commands at a time: exact to the step, listed, cancelled, made anew when what comes before changes."""

from play import *

EVERY = [{'step': s} for s in range(STEPS)]


def song(**more):
    return session(tracks=2, every=1, bpm=480, midi=1, scenes={
        's': {'tracks': {'x': {'params': {'s': 'xx'}}}, 'sequences': {'x': {'events': EVERY}}}}, **more)


def steps_of(receiver, **wanted):
    """The steps of the loop at which a message with these arguments sounded."""
    steps = []
    for _, message in receiver.messages():
        values = dict(zip(message[1::2], message[2::2]))
        if all(values.get(k) == v for k, v in wanted.items()):
            steps.append(round(values['cycle'] * 16))
    return steps


def tags_of(receiver, **wanted):
    return [tag for tag, message in receiver.messages()
            if all(dict(zip(message[1::2], message[2::2])).get(k) == v for k, v in wanted.items())]


PIECE = ['at bar 2 mute t0 on', 'at bar 3 set t1 gain 0.5', 'at bar 4 scene s', 'at step 70 mute x on',
         'at step 72 mute x off', 'at bar 5 bpm 240', 'at step 84 bpm 480 over 2 beats', 'at step 10 trigger t1 0.25', 'at bar 6 quit']


def a_piece_of_lines_plays_exactly_as_it_says():
    receiver = Receiver()
    player = Player('--paused', osc=receiver)
    player.score(compile(song()))
    for line in PIECE:
        answer = player.answer(line)
        ok(answer['event'] == 'ok' and answer['pending'] and 'applies_at' not in answer,
           '%s waits' % line, answer)
    player.answer('start')
    player.answer('mute t1 on')  # what waits is made of what plays
    player.answer('mute t1 off')
    equal(player.join(), 0, 'quit at its time ends it')
    equal(player.bye()['reason'], 'quit', 'as quit does')
    equal(steps_of(receiver, s='bd', n=0), list(range(32)), 'a mute lets no event slip')
    equal(steps_of(receiver, s='bd', n=1, gain=0.25), [10], 'a trigger is heard at its step')
    equal(steps_of(receiver, s='bd', n=1, gain=0.5), list(range(48, 64)), 'a parameter holds from its step')
    equal(steps_of(receiver, s='xx'), [s for s in range(64, 96) if not 70 <= s < 72],
          'edits of a scene that comes are made of that scene')
    tags = tags_of(receiver, s='xx')
    ok(abs((tags[17] - tags[16]) - 2 * (tags[1] - tags[0])) < 2e-6, 'a tempo sets the grid of its step',
       (tags[17] - tags[16], tags[1] - tags[0]))
    acted = [(e['text'], e['bar'] * 16 + e['step'] % 16) for e in player.find('acted')]
    equal(sorted(step for _, step in acted), [10, 32, 48, 64, 70, 72, 80, 84, 96], 'each is told when it acts')


def a_piece_in_virtual_time_is_what_is_played():
    stream = compile(song()) + '\n'.join(PIECE + ['start', '']).encode()
    path = os.path.join(tmp, 'piece.mid')
    done = subprocess.run([PLAY, '--dry-run', '--render', path, '-'], input=stream, capture_output=True,
                          timeout=PATIENCE, check=False)
    equal((done.returncode, done.stderr), (0, b''), 'a dry run takes a control stream')
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    dry = [(line['t'], line['osc']) for line in lines if 'osc' in line]
    receiver = Receiver()
    player = Player('--paused', osc=receiver)
    player.score(compile(song()))
    for line in PIECE + ['start']:
        player.answer(line)
    player.join()
    live = [(tag / 1e9, message) for tag, message in receiver.messages() if message[0] == '/dirt/play']
    equal(len(live), len(dry), 'as many messages are played')
    order = lambda pair: (round(pair[0] - start, 4), json.dumps(pair[1]))
    start = live[0][0]
    live.sort(key=order)
    start = dry[0][0]
    dry.sort(key=order)
    ok(all(same_message(a[1], b[1]) for a, b in zip(live, dry)), 'message for message the same')
    first = live[0][0] - dry[0][0]
    worst = max(abs(a[0] - b[0] - first) for a, b in zip(live, dry))
    ok(worst < 3e-6, 'tag for tag', worst)
    ok(os.path.getsize(path) > 100, 'and a MIDI file is written', os.path.getsize(path))
    done = subprocess.run([PLAY, '--dry-run', '-'], input=compile(song()) + b'at bar 1 mute none on\n',
                          capture_output=True, timeout=PATIENCE, check=False)
    ok(done.returncode == 65 and b"no track 'none'" in done.stderr, 'a line that cannot be done is an error',
       (done.returncode, done.stderr))


def ramps_are_heard_as_they_are_defined():
    lines = b'bpm 960 over 4 beats\nat bar 2 bpm 240 over 17 bars\n'
    done = subprocess.run([PLAY, '--dry-run', '-'], input=compile(song()) + lines, capture_output=True,
                          timeout=PATIENCE, check=False)
    equal((done.returncode, done.stderr), (0, b''), 'ramps are played in virtual time')
    rows = [json.loads(line) for line in done.stdout.splitlines() if b'"n",0' in line]
    equal(len(rows), 2 * STEPS, 'to the end of the loop in which the last one ends')
    t, worst = 0.0, 0.0
    for step, row in enumerate(rows):
        begun = step - 32
        tempo = (480 * 2 ** (min(step, 16) / 16)) if begun < 0 else 960 * 0.25 ** (min(begun, 272) / 272)
        worst = max(worst, abs(row['t'] - t), abs(row['osc'][row['osc'].index('cps') + 1] * 240 / tempo - 1) * 1e-2)
        t += 15 / tempo
    ok(worst < 2e-9, 'each step has the tempo and the time of the definition', worst)


def what_waits_is_listed_and_cancelled():
    player = Player('--paused')
    player.score(compile(song()))
    player.line('#one at bar 9 bpm 99')
    numbers = [player.answer(line)['change'] for line in
               ('at beat 7 swing 0.5', 'at loop 1 mute t0 on', 'at 2199-01-01T00:00:00Z stop', 'at @7000000000 gate 2')]
    listed = player.answer('pending')['pending']
    equal([(e['text'], e['at']) for e in listed if e['time'] is None],
          [('swing 0.5', 28), ('bpm 99', 144), ('mute t0 on', 256)], 'in their order')
    equal([e['time'] for e in listed if e['time']], [7226582400, 7000000000], 'and those of the clock')
    equal(player.answer('cancel #one')['cancelled'], [e['change'] for e in listed if e['for'] == 'one'],
          'one is cancelled by its id')
    equal(player.answer('cancel %d' % numbers[0])['cancelled'], [numbers[0]], 'one by its number')
    equal(player.answer('cancel %d' % numbers[0])['code'], 'NOTHING_PENDING', 'once')
    equal(player.answer('cancel #one')['code'], 'NOTHING_PENDING', 'so with an id')
    equal(sorted(player.answer('cancel all')['cancelled']), sorted(numbers[1:]), 'and all')
    equal(player.answer('pending')['pending'], [], 'then nothing waits')
    player.quit()


def a_stop_drops_what_is_musical():
    player = Player()
    player.score(compile(song()))
    player.answer('at bar 900 bpm 99')
    player.answer('at bar 901 mute t0 on')
    player.answer('at @7000000000 gate 2')
    player.answer('stop')
    equal(player.wait('warning', code='TIMED_DROPPED')['count'], 2, 'a stop says what it drops')
    equal([e['text'] for e in player.answer('pending')['pending']], ['gate 2'], 'the clock goes on')
    player.quit()


def a_score_waits_and_what_is_behind_it_is_made_of_it():
    receiver = Receiver()
    player = Player('--paused', osc=receiver)
    player.score(compile(song()))
    other = session(tracks=3, every=1, bpm=480)
    player.answer('at bar 1 score')
    answer = player.score(compile(other))
    ok(answer['pending'] and answer['command'] == 'score', 'a score waits', answer)
    equal(player.answer('at bar 2 mute t2 on')['event'], 'ok', 'a track that only it has can be named')
    player.answer('at bar 3 quit')
    player.answer('start')
    player.answer('set t0 gain 0.75')
    equal(player.join(), 0, 'it plays to its end')
    equal(steps_of(receiver, n=2), list(range(16, 32)), 'it comes with its step, the mute with its own')


WRONG = [('at', 'BAD_ARGUMENT'), ('at bar 1', 'BAD_ARGUMENT'), ('at bar -1 stop', 'BAD_ARGUMENT'),
         ('at bar 1.5 stop', 'BAD_ARGUMENT'), ('at 25:00 stop', 'BAD_ARGUMENT'), ('at noon stop', 'BAD_ARGUMENT'),
         ('at bar 1 ping', 'BAD_ARGUMENT'), ('at bar 1 at bar 2 stop', 'BAD_ARGUMENT'),
         ('at bar 1 scene s bar', 'BAD_ARGUMENT'), ('at bar 1 scene none', 'UNKNOWN_SCENE'),
         ('at bar 1 mute none on', 'UNKNOWN_TRACK'), ('at bar 1 set t0 gain loud', 'BAD_ARGUMENT'),
         ('at bar 1 bpm 5000', 'BAD_ARGUMENT'), ('bpm 99 over 0 bars', 'BAD_ARGUMENT'),
         ('bpm 99 over 1 loop', 'BAD_ARGUMENT'), ('bpm 99 over 65537 bars', 'BAD_ARGUMENT'),
         ('bpm 99 over bars', 'BAD_ARGUMENT'), ('bpm 99 in 2 bars', 'BAD_ARGUMENT'), ('at +1 bar bpm 99', 'NOT_PLAYING'), ('at bar bpm 99', 'NOT_PLAYING')]


def arrangement():
    """A bar of each: t0 and t1, x, y, over and over."""
    made = session(tracks=2, every=1, bpm=480, scenes={
        n: {'tracks': {n: {'params': {'s': n}}}, 'sequences': {n: {'events': EVERY}}} for n in 'xy'})
    made['song'] = [{'bars': 1}, {'scene': 'x', 'bars': 1}, {'scene': 'y', 'bars': 1}]
    return compile(made)


def lines_mean_the_entry_of_a_song_that_plays_at_their_time():
    rows = trace(arrangement() + b'at bar 2 set y gain 0.5\nat step 70 mute x toggle\n'
                 b'at step 120 unmute x\nat bar 9 solo t1\nat bar 12 quit\n')
    heard = [(row['step'], row['osc'][2], row['osc'][row['osc'].index('gain') + 1]) for row in rows if 'osc' in row]
    equal({gain for step, name, gain in heard if name == 'y'}, {0.5}, 'a value holds whenever its track plays')
    equal([step for step, name, _ in heard if name == 'x'],
          list(range(16, 32)) + list(range(64, 70)) + list(range(120, 128)) + list(range(160, 176)),
          'a track that plays now and then is muted then')
    equal(len([1 for step, name, _ in heard if name == 'bd' and step >= 144]), 16, 'and soloed')
    done = subprocess.run([PLAY, '--dry-run', '-'], input=arrangement() + b'at bar 5 mute x\n', capture_output=True,
                          timeout=PATIENCE, check=False)
    equal((done.returncode, b"no track 'x'; there is y" in done.stderr), (65, True), 'what is not there then is told')
    player = Player('--paused')
    player.score(arrangement())
    equal(player.answer('at bar 8 trigger y')['code'], 'NOT_PREPARED', 'a trigger needs a track that plays')
    equal(player.answer('at bar 999999998 mute y')['event'], 'ok', 'however far')
    player.answer('at bar 8 mute y')
    player.answer('start')
    player.answer('set t0 gain 0.25')  # all that waits is made of it
    player.wait('acted', text='mute y')
    player.wait('position', bar=10)
    equal(player.find('error')[1:], [], 'it waits until its entry comes, while others do')
    player.quit()


def who_joins_a_song_late_does_what_was_to_be_done_in_its_entries():
    receiver = Receiver()
    player = Player('--paused', '--start-at', '%.3f' % (time.time() - 3), osc=receiver)
    player.score(arrangement())
    player.answer('at bar 2 mute y')
    player.answer('at bar 2 set y gain 0.5')
    player.answer('at bar 1 mute x')
    player.answer('start')
    player.wait('acted', text='set y gain 0.5')
    player.answer('at +5 bars unmute *')
    player.wait('acted', text='unmute *')
    player.wait('position', bar=(player.find('acted')[-1]['bar'] + 4) % 16)
    equal(player.find('error'), [], 'nothing is dropped')
    rows = [dict(zip(m[1::2], m[2::2])) for _, m in receiver.messages()]
    heard = [row['gain'] for row in rows if row.get('s') == 'y']
    equal(heard[-16:], [0.5] * 16, 'a value holds')  # but for what is heard while the song catches up
    player.quit()


def a_song_that_comes_again_leaves_what_was_changed_in_its_first_entry():
    made = session(tracks=1, every=1, scenes={
        'x': {'tracks': {'t0': {'params': {'s': 'xx', 'gain': 0.5}}}, 'sequences': {'t0': {'events': EVERY}}}})
    made['song'] = [{'scene': 'x', 'bars': 1}]
    rows = trace(compile(made) + b'set t0 gain 0.75\nat bar 1 score\n' + compile(made) + b'at bar 2 quit\n')
    equal({row['osc'][row['osc'].index('gain') + 1] for row in rows}, {0.75}, 'only what plays has a word on it')


def a_curve_holds_from_the_step_of_a_panic():
    held = session(tracks=1, bpm=480, midi=1)
    held['tracks_midi']['m0']['cc_modulations'] = {'7': {'target_param': '', 'signal': [0.5] * STEPS}}
    rows = trace(compile(held) + b'at bar 1 panic\nat bar 2 quit\n')
    equal([row['t'] for row in rows if row.get('midi', [0, 0])[1] == 7], [0, 0.5], 'its value comes behind it, once')


def what_cannot_wait_is_refused_at_once():
    player = Player('--paused')
    player.score(compile(song()))
    for line, code in WRONG:
        equal(player.answer(line).get('code'), code, '%s is refused' % line)
    equal(player.answer('pending')['pending'], [], 'and does not wait')
    player.answer('start')
    player.wait('position', step=40)
    equal(player.answer('at step 3 stop')['code'], 'TOO_LATE', 'a place that was sent is refused')
    place = player.answer('at +2 bars bpm 99')['applies_at']
    ok(place['bar'] * 16 + place['step'] % 16 >= 72, 'two bars ahead', place)
    player.quit()


def many_wait_for_one_step():
    player = Player('--paused')
    player.score(compile(song()))
    player.write(b''.join(b'at bar 4 bpm %d\n' % (400 + i % 200) for i in range(4096)))
    equal(player.answer('at bar 4 bpm 99')['code'], 'FULL', '4,096 wait, no more')
    player.answer('start')
    player.wait('position', bar=5)
    equal(len(player.find('acted')), 4096, 'all act')
    equal(player.answer('status')['bpm'], 400 + 4095 % 200, 'the last one holds')
    player.quit()
    equal(player.bye()['dropped_steps'], 0, 'no step is lost')


def who_asked_for_one_of_many_edits_is_told():
    player = Player('--paused')
    player.score(compile(session(tracks=30, every=4, bpm=480)))
    player.write(b''.join(b'at bar 4 set t0 gain %g\n' % (i % 8 / 8) for i in range(800)))
    player.answer('start')
    player.wait('position', bar=6)
    equal(len(player.find('acted')), 800, 'of each edit it is told that it acted')
    equal([t['gain'] for t in player.find('tracks')[-1]['tracks']][0], 799 % 8 / 8, 'and then what the last one made')
    player.quit()


run([a_piece_of_lines_plays_exactly_as_it_says, a_piece_in_virtual_time_is_what_is_played,
     ramps_are_heard_as_they_are_defined, what_waits_is_listed_and_cancelled,
     a_stop_drops_what_is_musical, a_score_waits_and_what_is_behind_it_is_made_of_it,
     who_joins_a_song_late_does_what_was_to_be_done_in_its_entries,
     a_song_that_comes_again_leaves_what_was_changed_in_its_first_entry, a_curve_holds_from_the_step_of_a_panic, lines_mean_the_entry_of_a_song_that_plays_at_their_time,
     what_cannot_wait_is_refused_at_once, many_wait_for_one_step, who_asked_for_one_of_many_edits_is_told])
