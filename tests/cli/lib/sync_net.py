"""Players on hosts of the test's own: --lead and --follow, and what the control port tells other machines."""

import netns
netns.enter()

from play import *

SONG = session(tracks=1, every=1, bpm=120)
there, = netns.stage(1)
HERE = '10.77.0.254'

# On the other host: sends packets given as hexadecimal lines "PORT HEX", prints what comes back.
CLIENT = '''
import os, select, socket, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.bind(("%s", 0))
rest = b""
while True:
    ready = select.select([0, out], [], [])[0]
    if out in ready:
        print(out.recv(65536).hex(), flush=True)
    if 0 in ready:
        piece = os.read(0, 65536)
        if not piece:
            break
        *lines, rest = (rest + piece).split(b"\\n")
        for line in lines:
            port, packet = line.decode().split()
            out.sendto(bytes.fromhex(packet), ("%s", int(port)))
''' % (there.address, HERE)


class Stranger:
    def __init__(self, port):
        self.port = port
        self.process = with_test(subprocess.Popen(there.inside(sys.executable, '-c', CLIENT), stdin=subprocess.PIPE,
                                                  stdout=subprocess.PIPE, text=True))
        self.got = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.got.append(bytes.fromhex(line))

    def send(self, address, *args):
        self.process.stdin.write('%d %s\n' % (self.port, osc(address, *args).hex()))
        self.process.stdin.flush()

    def wait(self, name):
        return wait_for(lambda: next((p for p in self.got if p.startswith(b'/oiduna/' + name.encode() + b'\0')), None))

    def word(self):
        packet = self.wait('challenge')
        return packet[packet.index(b',s\0\0') + 4:].rstrip(b'\0').decode()

    def end(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)


def other_machines_are_told_nothing_without_a_token():
    player = Player('--control-port', '57124', '--control-host', '0.0.0.0', '--insecure')
    stranger = Stranger(57124)
    for _ in range(20):
        stranger.send('/oiduna/subscribe')
        stranger.send('/oiduna/subscribe', 'guess')
    stranger.send('/oiduna/bpm', 99.0)
    wait_for(lambda: player.answer('status')['bpm'] == 99)
    time.sleep(0.3)
    equal(stranger.got, [], 'nothing comes back')
    stranger.end()
    player.quit()


def a_token_and_the_word_that_comes_back_open_it():
    player = Player('--control-port', '57124', '--control-host', '0.0.0.0', '--insecure', env={'OIDUNA_CONTROL_TOKEN': 'open sesame'})
    stranger = Stranger(57124)
    stranger.send('/oiduna/subscribe', 'wrong')
    stranger.send('/oiduna/subscribe')
    stranger.send('/oiduna/subscribe', 'open sesame')
    word = stranger.word()
    time.sleep(0.3)
    equal(len(stranger.got), 1, 'the right token is answered by one word')
    ok(len(stranger.got[0]) <= len(osc('/oiduna/subscribe', 'open sesame')) + 8, 'which is no longer than the question')
    stranger.send('/oiduna/subscribe', 'open sesame', 'f' * 16)
    player.answer('bpm 77')
    time.sleep(0.3)
    ok(all(p.startswith(b'/oiduna/challenge') for p in stranger.got), 'a wrong word opens nothing', stranger.got)
    stranger.send('/oiduna/subscribe', 'open sesame', word)
    stranger.wait('status')
    ok(True, 'the right one does')
    for i in range(600):
        player.line('bpm %d' % (60 + i % 2))
        time.sleep(0.002)
    player.answer('ping')
    time.sleep(0.3)
    n = len([p for p in stranger.got if not p.startswith(b'/oiduna/challenge')])
    ok(n <= 256, 'and no more than it is worth', n)
    stranger.end()
    player.quit()


def a_player_leads_one_on_another_host():
    leading, following = Receiver(), Receiver()
    leader = Player('--lead', '57130', osc=leading)
    leader.score(compile(SONG))
    leader.answer('bpm 133')
    # The follower is the other way about: its control stream and its OSC stay on its own host.
    script = ('%s --no-osc --events --follow %s:57130 --control-port 57124 -' % (PLAY, HERE)).split()
    other = with_test(subprocess.Popen(there.inside(*script), stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    events = []

    def read():
        for line in other.stdout:
            events.append(json.loads(line))

    threading.Thread(target=read, daemon=True).start()
    wait_for(lambda: any(e.get('code') == 'SYNC_LOCKED' for e in events))
    ok(True, 'a player on another host is told where the first one is')
    other.stdin.write(compile(SONG))
    other.stdin.flush()
    wait_for(lambda: len([e for e in events if e['event'] == 'position']) > 60)
    wait_for(lambda: len(leading.messages()) > 40)
    wall = {}
    for tag, sound in leading.messages():
        wall[round(dict(zip(sound[1::2], sound[2::2]))['cycle'] * 16)] = tag / 1e9
    apart = []
    beat = 15 / 133
    for event in [e for e in events if e['event'] == 'position'][-30:]:
        step, when = event['step'] % 256, event['time']
        known = min(wall, key=lambda s: abs((s - step + 128) % 256 - 128))
        distance = (step - known + 128) % 256 - 128
        apart.append((when - wall[known] - distance * beat) % (256 * beat))
    apart = [min(a, 256 * beat - a) * 1000 for a in apart]
    note('worst of 30 steps: %.3f ms' % max(apart))
    ok(max(apart) < 5, 'and plays its steps at the same moments', apart)
    there.cut()
    wait_for(lambda: any(e.get('code') == 'SYNC_LOST' for e in events))
    n = len(events)
    there.cut(False)
    wait_for(lambda: any(e.get('code') == 'SYNC_BACK' for e in events[n:]))
    ok(not any(e.get('code') in ('SYNC_JUMP', 'STEPS_DROPPED') for e in events[n:]), 'cut off and back, nothing jumps')
    other.stdin.write(b'quit\n')
    other.stdin.close()
    equal(other.wait(PATIENCE), 0, 'it ends well')
    leader.quit()


run([other_machines_are_told_nothing_without_a_token, a_token_and_the_word_that_comes_back_open_it,
     a_player_leads_one_on_another_host])
