"""What comes in, in situations that public reports of other players tell of; see situations.py."""

import random

from play import *


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def playing(*options, **more):
    player = Player(*options, **more)
    player.score(compile(session()))
    player.answer('start')
    return player


def goes_on(player, name):
    equal(player.answer('status')['state'], 'playing', name + ': it plays on')


def checked(text):
    """What oiduna-compile says of a text: exit status and standard error."""
    done = subprocess.run([COMPILE, '--check', '-'], input=text, check=False, timeout=PATIENCE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return done.returncode, done.stderr.decode()


# ---- OSC ----

def to_the_player(*packets):
    port = free_port()
    player = playing('--control-port', str(port))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for packet in packets:
        sender.sendto(packet, ('127.0.0.1', port))
    sender.sendto(osc('/oiduna/bpm', 90.0), ('127.0.0.1', port))
    player.wait('ok', command='bpm')
    return player


def bundle(*elements, tag=1):
    return b'#bundle\0' + struct.pack('>Q', tag) + b''.join(struct.pack('>I', len(e)) + e for e in elements)


def packets_that_are_no_osc_change_nothing():
    stop = osc('/oiduna/stop')
    player = to_the_player(b'', b'\0', b'/', b'/oiduna/stop', b'#bundle', b'#bundle\0', stop[:-1], stop[:13], b'\xff' * 64,
                           b'/oiduna/bpm\0,f\0\0', b'/oiduna/bpm\0,f\0\0\x7f\xc0\0\0', b'/oiduna/mute\0\0\0\0,ss\0t0\0\0')
    goes_on(player, 'cut, unending, without what its tags promise, not a number')
    player.quit()


def bundles_that_lie_about_their_sizes_change_nothing():
    head = b'#bundle\0' + struct.pack('>Q', 1)
    player = to_the_player(head + struct.pack('>I', 0), head + struct.pack('>I', 0) * 1000, head + struct.pack('>i', -4),
                           head + struct.pack('>I', 2**31) + osc('/oiduna/stop'), head + struct.pack('>I', 15) + osc('/oiduna/stop'))
    goes_on(player, 'elements of no bytes, of less than none, of more than there are')
    player.quit()


def bundles_in_bundles_do_not_eat_the_stack():
    packet = osc('/oiduna/ping')
    while len(packet) < 60000:
        packet = bundle(packet)
    player = to_the_player(packet)
    goes_on(player, '3,000 bundles in one another')
    player.quit()


def random_packets_change_nothing():
    dice = random.Random(1)
    whole = [osc('/oiduna/set', 't0', 'gain', 0.5), osc('/oiduna/mute', 't0', True), bundle(osc('/oiduna/bpm', 100.0))]
    packets = []
    for _ in range(500):
        packet = bytearray(dice.choice(whole))
        packet[dice.randrange(8, len(packet))] = dice.randrange(256)
        packets.append(bytes(packet[:dice.randrange(1, len(packet) + 1)]))
    player = to_the_player(*packets)
    equal(player.answer('ping')['event'], 'ok', '500 damaged ones: it answers')
    player.quit()


def a_time_tag_of_next_century_holds_nothing_up():
    player = to_the_player(bundle(osc('/oiduna/ping'), tag=(2**32 - 1) << 32))
    goes_on(player, 'a bundle for then')
    player.quit()


def addresses_are_taken_literally():
    player = to_the_player(osc('/oiduna/st*'), osc('/oiduna/{stop,pause}'), osc('/OIDUNA/STOP'), osc('/oiduna//stop'), osc('/stop'))
    goes_on(player, 'patterns and other spellings of stop')
    player.quit()


def a_second_player_on_the_port_says_so():
    port = str(free_port())
    first = playing('--control-port', port)
    done = subprocess.run([PLAY, '--no-osc', '--control-port', port], stdin=subprocess.DEVNULL, check=False, timeout=PATIENCE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ok(done.returncode == 69 and port.encode() in done.stderr, 'the port is taken, by its number', (done.returncode, done.stderr))
    goes_on(first, 'the first')
    first.quit()


def a_superdirt_that_dies_and_comes_back_is_sent_to_again():
    receiver = Receiver()
    port = receiver.port
    player = playing('--latency', '50', osc=receiver)
    wait_for(lambda: len(receiver.got) > 2)
    receiver.close()
    time.sleep(0.5)
    goes_on(player, 'nobody at the port')
    again = Receiver(port)
    wait_for(lambda: len(again.got) > 2)
    ok(True, 'the next one is sent to')
    player.quit()


# ---- the control stream ----

def commands_come_in_pieces_of_any_size():
    player = playing()
    for byte in b'#slow set t0 gain 0.5\n':
        player.write(bytes([byte]))
    equal(player._answer('slow')['event'], 'ok', 'a byte at a time')
    player.write(b'#a ping\n#b ping\r\n\r\n\n#c ping\n')
    equal([player._answer(n)['event'] for n in 'abc'], ['ok'] * 3, 'several at once, with line ends of all kinds')
    player.quit()


def ten_thousand_commands_are_all_answered_in_their_order():
    player = Player()
    player.write(b''.join(b'#n%d ping\n' % k for k in range(10000)))
    player._answer('n9999')
    equal([e['id'] for e in player.find('ok') if e.get('id', '').startswith('n')], ['n%d' % k for k in range(10000)], 'none is lost')
    player.quit()


def names_of_any_language_are_names():
    made = session(tracks=0)
    for name in ('Trömmel 大太鼓', 'a "quoted" one', ' ', '-', '#x', 'null'):
        made['tracks'][name] = {'params': {'s': 'bd'}}
    player = Player()
    player.score(compile(made))
    for name in made['tracks']:
        equal(player.answer('mute %s on' % json.dumps(name))['event'], 'ok', 'mute ' + repr(name))
    equal(player.answer('mute "no\\u0000name" on')['event'], 'error', 'but a NUL is in none')
    player.quit()


def binary_rubbish_is_refused_line_by_line():
    dice = random.Random(2)
    player = playing()
    rubbish = bytes(b for b in dice.randbytes(20000) if b not in (0x89, 10)) + b'\n'
    player.write(rubbish + b'#after ping\n')
    equal(player._answer('after')['event'], 'ok', 'what comes behind it is understood')
    goes_on(player, 'rubbish')
    player.quit()


def a_session_where_a_score_is_meant_is_told_what_to_do():
    player = playing()
    player.write(json.dumps(session(every=64)).encode() + b'\n#after ping\n')
    player._answer('after')
    ok(any('oiduna-compile' in e['message'] for e in player.find('error')), 'it names oiduna-compile', player.find('error'))
    goes_on(player, 'a session')
    player.quit()


# ---- texts ----

def a_text_of_brackets_does_not_eat_the_stack():
    for text in (b'[' * 1000000, b'{"tracks":' * 200000, b'{"a":' + b'[' * 500000 + b']' * 500000 + b'}'):
        status, said = checked(text)
        ok(status == 65 and 'error' in said, 'a million %r' % text[:10], (status, said[:300]))


def what_editors_put_into_json_is_said_where_it_is():
    for text, place in ((b'\xef\xbb\xbf{}x', ':1:'), (b'{"tracks": {},}', ':1:'), (b'{// no\n}', ':1:2'), (b"{'tracks': {}}", ':1:2'),
                        (b'{"environment": {"bpm": NaN}}', ':1:'), (b'{"environment": {"bpm": Infinity}}', ':1:'),
                        ('{"tracks": {“a”: 1}}'.encode(), ':1:'), (b'{"environment": {"bpm": 0120}}', ':1:'), (b'\xff\xfe{\0}\0', ':1:')):
        status, said = checked(text)
        ok(status == 65 and place in said, repr(text), (status, said))


def numbers_of_any_size_are_judged_not_wrapped():
    for number in ('1e308', '99999999999999999999', '-1', '4294967416', '1e-320'):
        status, said = checked(b'{"environment": {"bpm": %s}}' % number.encode())
        ok(status == 65 and 'bpm' in said or '1' in said and status == 65, 'bpm %s is refused' % number, (status, said))
    status, said = checked(b'{"tracks": {"a": {"params": {"s": "bd"}}}, "sequences": {"a": {"events": [{"step": 4294967296}]}}}')
    ok(status == 65 and 'step' in said, 'a step that is 0 in 32 bits is refused', said)


def an_empty_session_is_silence():
    for text in (b'{}', b'{"tracks": {}}', b'{"tracks": null, "sequences": null}'):
        status, said = checked(text)
        equal((status, 'error' in said), (0, False), '%r is no error' % text)
    player = Player()
    player.score(compile({}))
    equal(player.answer('start')['event'], 'ok', 'it can be started')
    equal(player.quit(), 0, 'and ended')


run([packets_that_are_no_osc_change_nothing, bundles_that_lie_about_their_sizes_change_nothing, bundles_in_bundles_do_not_eat_the_stack,
     random_packets_change_nothing, a_time_tag_of_next_century_holds_nothing_up, addresses_are_taken_literally,
     a_second_player_on_the_port_says_so, a_superdirt_that_dies_and_comes_back_is_sent_to_again, commands_come_in_pieces_of_any_size,
     ten_thousand_commands_are_all_answered_in_their_order, names_of_any_language_are_names, binary_rubbish_is_refused_line_by_line,
     a_session_where_a_score_is_meant_is_told_what_to_do, a_text_of_brackets_does_not_eat_the_stack,
     what_editors_put_into_json_is_said_where_it_is, numbers_of_any_size_are_judged_not_wrapped, an_empty_session_is_silence])
