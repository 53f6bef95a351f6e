#!/usr/bin/env python3
"""Plays for minutes what chance chooses, and holds every message that comes out against what was said.

soak.py [--minutes N] [--seed S] [--through http|stream] [--kills WEIGHT] [--keep]    (BIN: where the programs are)
"""

import argparse
import http.client
import json
import os
import pickle
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from decimal import Decimal

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../cli/lib"))
sys.path.insert(0, HERE)

from judge import Judge, Record, ledger  # noqa: E402
from midi import midi_of  # noqa: E402
from music import MIDI, SCENES, TRACKS, Music  # noqa: E402
from play import messages  # noqa: E402

BIN = os.path.abspath(os.environ.get("BIN", "build"))
PATIENCE = 20


def ns(seconds):
    return int(Decimal(seconds) * 10**9)


def parse(text):
    return json.loads(text, parse_float=Decimal)


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("waited in vain for " + what)


class Receiver(threading.Thread):
    """SuperDirt's place: keeps every packet, answers the handshake."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.packets = []
        self.start()

    def run(self):
        while True:
            packet, sender = self.socket.recvfrom(65536)
            if packet.startswith(b"/dirt/handshake\0"):
                self.socket.sendto(b"/dirt/handshake/reply\0\0\0,\0\0\0", sender)
            else:
                self.packets.append(packet)

    def lost(self):
        """Packets for which the kernel had no room."""
        with open("/proc/net/udp", encoding="ascii") as file:
            rows = [line.split() for line in file][1:]
        return sum(int(row[-1]) for row in rows if row[1].endswith(":%04X" % self.port))


class MidiReader(threading.Thread):
    """The instrument's end of a FIFO."""

    def __init__(self, path):
        super().__init__(daemon=True)
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.data = bytearray()
        self.start()

    def run(self):
        while True:
            select.select([self.fd], [], [])
            self.data += os.read(self.fd, 65536)


class Process:
    """What is told of a process by /proc."""

    @staticmethod
    def memory(pid):
        with open("/proc/%d/status" % pid, encoding="ascii") as file:
            return int(re.search(r"RssAnon:\s+(\d+)", file.read()).group(1)) * 1024

    @staticmethod
    def files(pid):
        return len(os.listdir("/proc/%d/fd" % pid))


class Server:
    """Changes through HTTP. Events are copied between player and server, so that each is known."""

    kills = True

    def __init__(self, tmp, options):
        self.tmp = tmp
        tap = os.path.join(tmp, "player")
        with open(tap, "w", encoding="ascii") as file:
            file.write('#!/bin/bash\nexec %s/oiduna-play "$@" > >(exec tee -a %s/events.$$)\n' % (BIN, tmp))
        os.chmod(tap, 0o755)
        self.log = os.path.join(tmp, "log")
        environment = {k: v for k, v in os.environ.items() if not re.match("API_|OSC_|MIDI_|NOTIFY", k)}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [BIN + "/oiduna-serve", "--port", "0", "--assets", tmp + "/assets", "--player", tap,
                 "--answer-timeout", "10"] + options, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        self.port = int(wait_for(lambda: re.search(r"listening on .*:(\d+)", self.said()), "the server").group(1))
        self.lives = []
        self.note_life()

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def note_life(self):
        health = self.ask("GET", "/health")[1]
        if self.lives[-1:] != [health["components"]["engine"]["pid"]]:
            self.lives.append(health["components"]["engine"]["pid"])

    def ask(self, method, path, body=None, kind="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        connection.request(method, path, body, {"Content-Type": kind} if body is not None else {})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, parse(text) if text else None

    def change(self, method, path, body=None):
        """The answer, or None: it is not known whether the change was made."""
        status, answer = self.ask(method, path, body)
        if status in (503, 504):
            return None
        if status != 200:
            raise AssertionError("%s %s: %d %r" % (method, path, status, answer))
        return answer

    def session(self, music, timing):
        return self.change("POST", "/playback/session", {"data": music.session(), "timing": timing})

    def scene(self, name, timing):
        return self.change("POST", "/scene/activate", {"scene_id": name, "timing": timing})

    def mute(self, track, on):
        return self.change("POST", "/tracks/%s/mute" % track, {"muted": on})

    def set(self, track, cutoff):
        return self.change("PATCH", "/playback/tracks/%s/params" % track, {"cutoff": cutoff})

    def bpm(self, bpm):
        return self.change("POST", "/playback/bpm", {"bpm": bpm})

    def swing(self, swing):
        return self.change("PATCH", "/playback/environment", {"swing": swing})

    def transport(self, word):
        return self.change("POST", "/playback/" + word)

    def trigger(self, track):
        if track == "t":
            return self.change("POST", "/playback/trigger/osc", {"track_id": "t"})
        return self.change("POST", "/playback/trigger/midi", {"track_id": track, "note": 60, "duration_ms": 90})

    def cancel(self):
        return self.change("POST", "/playback/changes/cancel-all")

    def metrics(self):
        return self.ask("GET", "/metrics")[1]

    def nonsense(self, rng):
        """Requests that must be refused, and ones that have nothing to do with the music."""
        expected = [
            ("POST", "/playback/session", b'{"tracks": {"a": ', 400), ("GET", "/nowhere", None, 404),
            ("POST", "/playback/session", b'{"tracks": {"a": {"params": {}}}}', 422),
            ("POST", "/playback/bpm", b'{"bpm": 0}', 422), ("DELETE", "/playback/bpm", None, 405),
            ("POST", "/tracks/nobody/mute", b'{"muted": true}', 404), ("GET", "/tracks", None, 200),
            ("POST", "/session/clients/c%d/metadata" % rng.randrange(50), b'{"x": [1, 2, 3]}', 200),
            ("GET", "/openapi.json", None, 200), ("GET", "/playback/status", None, 200),
        ]
        method, path, body, status = rng.choice(expected)
        got = self.ask(method, path, body)[0]
        if got != status:
            raise AssertionError("%s %s: %d, not %d" % (method, path, got, status))

    def strangers(self, rng):
        """Connections that begin something and go away."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as sock:
            sock.sendall(rng.choice([b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST /playback/ses", b"",
                                     b"POST /playback/bpm HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"]))
            time.sleep(rng.random() / 5)

    def file(self, rng):
        name = "s%d.wav" % rng.randrange(5)
        body = (b'--x\r\nContent-Disposition: form-data; name="category"\r\n\r\nbd\r\n--x\r\nContent-Disposition: '
                b'form-data; name="file"; filename="%s"\r\n\r\nRIFF%s\r\n--x--\r\n' % (name.encode(), b"x" * 999))
        status = self.ask("POST", "/assets/samples", body, "multipart/form-data; boundary=x")[0]
        if status == 200:
            status = self.ask("DELETE", "/assets/samples/bd/" + name)[0]
        if status != 200:
            raise AssertionError("a file: %d" % status)

    def pids(self):
        return {"oiduna-serve": self.process.pid, "oiduna-play": self.lives[-1]}

    def back(self, old):
        """Waits until another player plays."""
        def plays():
            status, health = self.ask("GET", "/health")
            return status == 200 and health["components"]["engine"]["pid"] != old and \
                any('"position"' in line for line in self.events(health["components"]["engine"]["pid"]))
        wait_for(plays, "another player")
        self.note_life()

    def accounts(self, pid):
        """What players of that number said, each by itself: numbers come again."""
        try:
            with open("%s/events.%d" % (self.tmp, pid), encoding="utf-8") as file:
                lines = file.readlines()
        except FileNotFoundError:
            return []
        begins = [at for at, line in enumerate(lines) if line.startswith('{"event":"ready"')] + [len(lines)]
        return [lines[begin:end] for begin, end in zip(begins, begins[1:])]

    def events(self, pid):
        return (self.accounts(pid) or [[]])[-1]

    def account(self, life):
        pid = self.lives[life]
        return (self.accounts(pid)[self.lives[:life].count(pid):] or [[]])[0]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


class Stream:
    """Changes through the control stream of a player without a server."""

    kills = False

    def __init__(self, tmp, options):
        self.process = subprocess.Popen([BIN + "/oiduna-play", "--events", "--paused", "--quit-on-eof"] + options,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=open(tmp + "/log", "wb"))
        self.lives = [self.process.pid]
        self.lines = []
        self.copy = open(tmp + "/events.%d" % self.process.pid, "w", encoding="utf-8")
        self.answers = {}
        self.numbers = {}  # id -> number of the session
        self.ids = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            text = line.decode()
            self.lines.append(text)
            self.copy.write(text)
            if text.startswith(('{"event":"ok"', '{"event":"error"', '{"event":"metrics"')):
                event = parse(text)
                self.answers[event.get("id")] = event

    def _wait(self, name):
        answer = wait_for(lambda: self.answers.pop(name, None), "an answer")
        if answer["event"] == "error" and answer["code"] != "NOTHING_PENDING":
            raise AssertionError(answer)
        return answer

    def say(self, text):
        self.ids += 1
        self.process.stdin.write(b"#%d %s\n" % (self.ids, text.encode()))
        self.process.stdin.flush()
        return self._wait(str(self.ids))

    def session(self, music, timing):
        score = subprocess.run([BIN + "/oiduna-compile"], input=json.dumps(music.session()).encode(),
                               stdout=subprocess.PIPE, check=True).stdout
        self.ids += 1
        self.numbers[str(self.ids)] = music.number
        half = len(score) // 2
        self.process.stdin.write(b"apply %s\nscore-id %d\n" % (timing.encode(), self.ids) + score[:half])
        self.process.stdin.flush()
        self.process.stdin.write(score[half:])
        self.process.stdin.flush()
        return self._wait(str(self.ids))

    def scene(self, name, timing):
        return self.say("scene %s %s" % (name, timing))

    def mute(self, track, on):
        return self.say("mute %s %s" % (track, "on" if on else "off"))

    def set(self, track, cutoff):
        return self.say("set %s cutoff %s" % (track, cutoff))

    def bpm(self, bpm):
        return self.say("bpm %s" % bpm)

    def swing(self, swing):
        return self.say("swing %s" % swing)

    def transport(self, word):
        return self.say(word)

    def trigger(self, track):
        return self.say("trigger t" if track == "t" else "trigger tm 100 60 90")

    def cancel(self):
        return self.say("cancel")

    def metrics(self):
        return self.say("metrics")

    def nonsense(self, rng):
        self.ids += 1
        self.process.stdin.write(b"#%d %s\n" % (self.ids, rng.choice([
            b"bpm 0", b"dance", b"mute nobody on", b'set "a', b"set a pan x", b"\xff\xfe", b"x" * 70000])))
        self.process.stdin.flush()
        wait_for(lambda: self.answers.pop(str(self.ids), None) or self.answers.pop(None, None), "a refusal")

    def strangers(self, _rng):
        self.process.stdin.write(b"\r\n\n")

    def file(self, _rng):
        self.say("ping " + '"a\\u00e9 b"')

    def pids(self):
        return {"oiduna-play": self.process.pid}

    def account(self, _life):
        return list(self.lines)

    def end(self):
        self.say("quit")
        return self.process.wait(PATIENCE)


class Soak:
    def __init__(self, place, rng, record):
        self.place, self.rng, self.record = place, rng, record
        self.number = 0
        self.done = {}

    def music(self):
        self.number += 1
        self.record.music[self.number] = Music(self.number, self.rng, not self.place.kills)
        return self.record.music[self.number]

    def timing(self):
        return self.rng.choice(["now", "beat", "beat", "bar", "bar", "seq"])

    def changed(self, what, track, value, answer):
        """A change whose answer never came may hold or not, until the next."""
        if answer is None:
            self.record.changes.append((time.time_ns() - 10**9, what, track, None, (len(self.record.kills), 10**9)))
        else:
            self.record.changes.append((ns(answer["applies_at"]["time"]), what, track, value, (0, 0)))

    def session(self):
        self.place.session(self.music(), self.timing())

    def scene(self):
        self.place.scene(self.rng.choice(SCENES[1:]), self.timing())

    def mute(self):
        track, on = self.rng.choice(TRACKS), self.rng.random() < 0.5
        self.changed("mute", track, on, self.place.mute(track, on))

    def mute_midi(self):
        track, on = self.rng.choice(MIDI), self.rng.random() < 0.5
        self.changed("mute", track, on, self.place.mute(track, on))

    def set(self):
        track, cutoff = self.rng.choice(TRACKS), self.rng.randrange(100, 9000)
        self.changed("cutoff", track, cutoff, self.place.set(track, cutoff))

    def bpm(self):
        self.record.tempo.append(time.time_ns())
        self.place.bpm(self.rng.choice([60, 97.7, 128, 200, 333, 480]))
        self.record.tempo.append(time.time_ns())

    def swing(self):
        self.record.tempo.append(time.time_ns())
        self.place.swing(self.rng.choice([0, 0.25, 0.5, 1]))

    def pause(self):
        self._halt("pause")

    def stop(self):
        self._halt("stop")

    def _halt(self, word):
        self.record.jumps.append(time.time_ns())
        self.place.transport(word)
        time.sleep(self.rng.choice([0, 0.02, 0.3]))
        self.record.jumps.append(time.time_ns())
        self.place.transport("start")

    def trigger(self):
        track = self.rng.choice(["t", "tm"])
        self.record.triggers += self.place.trigger(track) is not None and track == "t"

    def cancel(self):
        self.place.cancel()

    def nonsense(self):
        self.place.nonsense(self.rng)

    def strangers(self):
        self.place.strangers(self.rng)

    def file(self):
        self.place.file(self.rng)

    def stall(self):
        """Up to 400 ms: within the look-ahead, or beyond it."""
        name, pid = self.rng.choice(sorted(self.place.pids().items()))
        os.kill(pid, signal.SIGSTOP)
        time.sleep(self.rng.choice([0.02, 0.1, 0.4]) * (2 if name == "oiduna-serve" else 1))
        os.kill(pid, signal.SIGCONT)

    def kill(self):
        """Kills the player while a change is on its way."""
        if not self.place.kills:
            return
        self.count()
        old = self.place.lives[-1]
        timer = threading.Timer(self.rng.random() / 50, os.kill, (old, signal.SIGKILL))
        begun = time.time_ns()
        timer.start()
        self.rng.choice([self.mute, self.set, self.session, self.scene, lambda: None])()
        timer.join()
        self.place.back(old)
        self.record.kills.append([begun, time.time_ns()])

    def count(self):
        """What the present player has counted; a server tells what the last one had until this one answers."""
        metrics = self.place.metrics()
        if not metrics.get("player_answers", True):
            return
        self.record.dropped[len(self.place.lives) - 1] = metrics["dropped_steps"]
        self.record.late[len(self.place.lives) - 1] = metrics["late_events"]

    def run(self, seconds, kills=1):
        weights = {self.mute: 20, self.set: 15, self.bpm: 5, self.swing: 2, self.session: 8, self.scene: 8,
                   self.pause: 2, self.stop: 2, self.trigger: 10, self.mute_midi: 10, self.cancel: 2,
                   self.nonsense: 8, self.strangers: 4, self.file: 3, self.stall: 2, self.kill: kills}
        self.place.session(self.music(), "now")
        self.place.transport("start")
        begun = time.monotonic()
        sizes = []
        while time.monotonic() - begun < seconds:
            do = self.rng.choices(list(weights), list(weights.values()))[0]
            do()
            self.done[do.__name__] = self.done.get(do.__name__, 0) + 1
            time.sleep(self.rng.choice([0, 0.05, 0.2, 0.4]))
            if time.monotonic() - begun > len(sizes):
                sizes.append({n: (p, Process.memory(p), Process.files(p)) for n, p in self.place.pids().items()})
        self.record.jumps.append(time.time_ns())
        self.place.transport("stop")
        time.sleep(0.5)
        wait_for(lambda: self.place.metrics().get("player_answers", True), "the player's answer")
        self.count()
        return sizes, self.place.metrics()


def read_events(place, record):
    """The player's own account, life by life."""
    for life in range(len(place.lives)):
        began = life == 0
        for at, line in enumerate(place.account(life)):
            if not line.startswith(('{"event":"position"', '{"event":"applied"', '{"event":"status"',
                                    '{"event":"ok"')):
                continue
            event = parse(line)
            if event["event"] == "position":
                if not record.positions or record.positions[-1][2] != life:
                    for kill in record.kills[life - 1:life]:
                        kill[1] = ns(event["time"])
                record.positions.append((ns(event["time"]), event["loop"] * 256 + event["step"], life))
            elif event["event"] == "status":
                began = began or event["state"] == "playing"
            elif event["event"] == "ok":
                what = {"mute": "mute", "set": "cutoff"}.get(event["command"])
                if what and "id" in event:
                    record.answered.append((ns(event["applies_at"]["time"]), what, (life, at)))
            elif began:
                record.applied.append((ns(event["time"]), (life, at)))


def read_arrivals(place, record):
    """What was taken over, of a player whose sessions are told apart."""
    events = [(at, parse(line)) for at, line in enumerate(place.account(0))
              if line.startswith(('{"event":"applied"', '{"event":"ok"'))]
    numbers = {event["change"]: place.numbers[event["id"]] for _, event in events
               if event["event"] == "ok" and event["command"] == "score"}
    number = None
    for at, event in events:
        if event["event"] == "applied":
            number = numbers.get(event["change"], number)
            record.arrived.append(((0, at), ns(event["time"]), number, SCENES.index(event["scene"] or "")))


def growth(sizes, name, which):
    """From the first quarter (the first tenth left out) to the last: medians."""
    values = [s[name][which] for s in sizes]
    quarter = max(len(values) // 4, 1)
    first = sorted(values[len(values) // 10:][:quarter])
    last = sorted(values[-quarter:])
    return first[len(first) // 2], last[len(last) // 2]


def judge_sizes(sizes, faults):
    for name in sizes[0]:
        before, after = growth(sizes, name, 1)
        files_before, files_after = growth(sizes, name, 2)
        print("%s: %d kB of memory early, %d kB late; %d and %d descriptors" % (
            name, before // 1024, after // 1024, files_before, files_after))
        if after > before * 1.25 + (2 << 20):
            faults["memory grew"].append(name)
        if files_after > files_before + 1:
            faults["descriptors grew"].append(name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--through", choices=["http", "stream"], default="http")
    parser.add_argument("--kills", type=int, default=1, help="of about a hundred changes so many kill the player")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    print("soak: %g minutes through %s, seed %d" % (arguments.minutes, arguments.through, arguments.seed), flush=True)
    tmp = tempfile.mkdtemp(prefix="oiduna-soak.")
    receiver = Receiver()
    midi = MidiReader(tmp + "/midi")
    record = Record()
    options = ["--osc", "127.0.0.1:%d" % receiver.port, "--midi-raw", tmp + "/midi", "--midi-clock"]
    place = {"http": Server, "stream": Stream}[arguments.through](tmp, options)
    soak = Soak(place, random.Random(arguments.seed), record)
    try:
        sizes, metrics = soak.run(60 * arguments.minutes, arguments.kills)
        status = place.end()
    finally:
        if place.process.poll() is None:
            place.process.kill()
    read_events(place, record)
    if not place.kills:
        read_arrivals(place, record)
    record.heard = [item for packet in receiver.packets for item in messages(packet)]
    faults, counts = Judge(record).judge()
    if len(faults["missing"]) <= sum(record.late.values()):
        counts["planned and then too late"] = len(faults.pop("missing"))
    counts["notes"] = ledger(midi_of(bytes(midi.data)), faults, len(record.kills))
    judge_sizes(sizes, faults)
    if counts["triggered"] != record.triggers and not record.kills:
        faults["triggers"].append("%d of %d" % (counts["triggered"], record.triggers))
    if status != 0:
        faults["end"].append("exit status %d" % status)
    if metrics["pending_note_offs"] != 0:
        faults["pending"].append(str(metrics["pending_note_offs"]))
    if receiver.lost():
        faults["this machine is too slow for the receiver"].append(str(receiver.lost()))
    print("done:", " ".join("%s %d" % item for item in sorted(soak.done.items())))
    print("seen:", ", ".join("%d %s" % (n, what) for what, n in sorted(counts.items())))
    faults = {kind: texts for kind, texts in faults.items() if texts}
    for kind, texts in sorted(faults.items()):
        print("FAULT %s: %d times; %s" % (kind, len(texts), "; ".join(texts[:4])))
    if arguments.keep or faults:
        with open(tmp + "/record", "wb") as file:
            pickle.dump(record, file)
        print("kept in", tmp)
    else:
        shutil.rmtree(tmp)
    print("soak: " + ("FAILED, seed %d" % arguments.seed if faults else "good"))
    sys.exit(bool(faults))


main()
