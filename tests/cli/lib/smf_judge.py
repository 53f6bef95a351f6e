"""Holds what became of a MIDI file against the file, as mido reads it.

    smf_judge.py session FILE.mid SESSION.json   the session, played by the few lines below
    smf_judge.py render FILE.mid RENDERED.mid    what the player wrote of it

Prints what differs, and a line that counts.
"""
import json
import sys
from collections import defaultdict
from fractions import Fraction

import mido


class Piece:
    """Notes and controllers by what they are about, each a list of (seconds, …) in order."""

    def __init__(self):
        self.notes = []  # [on, off, channel, note, velocity], as played
        self.streams = defaultdict(list)
        self.sysex = []
        self.tick = 0.0  # the longest, in seconds
        self.banks = {}

    def controller(self, time, voice, channel, kind, number, value):
        """Banks count when a program is chosen: CC 0 and 32 alone change nothing."""
        if kind == "cc" and number in (0, 32):
            self.banks.setdefault(voice, [0, 0])[number // 32] = value
            return
        if kind == "program":
            value = (value, *self.banks.get(voice, (0, 0)))
        self.streams[channel, kind, number].append((time, value))

    def sounding(self):
        """A note that is struck again ends the one before it."""
        last = {}
        played = sorted(self.notes, key=lambda note: note[0])
        for note in played:
            before = last.get((note[2], note[3]))
            if before is not None and before[1] > note[0]:
                before[1] = note[0]
            last[note[2], note[3]] = note
        for on, off, channel, note, velocity in played:
            self.streams[channel, "note", note].append((on, velocity))
            self.streams[channel, "off", note].append((off, velocity))


class Clock:
    """Seconds of a tick."""

    def __init__(self, midi):
        changes = []
        for line in midi.tracks:
            tick = 0
            for message in line:
                tick += message.time
                if message.type == "set_tempo" and message.tempo > 0:
                    changes.append((tick, message.tempo))
        changes.sort(key=lambda change: change[0])
        self.division = midi.ticks_per_beat
        self.parts = [(0, Fraction(0), 500000)]
        for tick, tempo in changes:
            at, time, before = self.parts[-1]
            self.parts.append((tick, time + Fraction((tick - at) * before, self.division), tempo))
        self.slowest = max(tempo for _, _, tempo in self.parts)

    def __call__(self, tick):
        low, high = 0, len(self.parts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.parts[middle][0] <= tick else (low, middle)
        at, time, tempo = self.parts[low]
        return float((time + Fraction((tick - at) * tempo, self.division)) / 1000000)


def take_message(piece, message, time, voice, waiting):
    channel = message.channel
    if message.type == "note_on" and message.velocity > 0:
        note = [time, None, channel, message.note, message.velocity]
        waiting[channel, message.note].append(note)
        piece.notes.append(note)
    elif message.type in ("note_on", "note_off"):
        if waiting[channel, message.note]:
            waiting[channel, message.note].pop(0)[1] = time
    elif message.type == "control_change":
        piece.controller(time, voice, channel, "cc", message.control, message.value)
        if message.control == 120 or message.control >= 123:
            for key, notes in waiting.items():
                while key[0] == channel and notes:
                    notes.pop(0)[1] = time
    elif message.type == "program_change":
        piece.controller(time, voice, channel, "program", 0, message.program)
    elif message.type == "pitchwheel":
        piece.controller(time, voice, channel, "bend", 0, message.pitch)
    elif message.type == "aftertouch":
        piece.controller(time, voice, channel, "pressure", 0, message.value)
    elif message.type == "polytouch":
        piece.controller(time, voice, channel, "poly", message.note, message.value)


def read_midi(path):
    midi = mido.MidiFile(path, clip=False)
    clock = Clock(midi)
    piece = Piece()
    piece.tick = clock.slowest / clock.division / 1e6
    for number, line in enumerate(midi.tracks):
        tick = 0
        waiting = defaultdict(list)
        for message in line:
            tick += message.time
            if message.type == "sysex":
                piece.sysex.append(message.data)
            elif not message.is_meta:
                take_message(piece, message, clock(tick), (number, message.channel), waiting)
        for notes in waiting.values():
            for note in notes:
                note[1] = clock(tick)
    piece.sounding()
    return piece


# ---- a session, played -------------------------------------------------------------------------
def steps_of(environment, length):
    """When each step is, from the part's start; one more at the end."""
    changes = dict((step, bpm) for step, bpm in environment.get("tempo_map", []))
    times, bpm = [0.0], environment["bpm"]
    for step in range(length):
        bpm = changes.get(step, bpm)
        times.append(times[-1] + 15 / bpm)
    return times


def play_event(piece, event, start, times, track, channel):
    length = times[event["step"] + 1] - times[event["step"]]
    time = start + times[event["step"]] + event.get("offset", 0) * length
    assert 0 <= event.get("offset", 0) < 1
    if "bank" in event:
        piece.controller(time, track, channel, "cc", 0, event["bank"] >> 7)
        piece.controller(time, track, channel, "cc", 32, event["bank"] & 127)
    if "program" in event:
        piece.controller(time, track, channel, "program", 0, event["program"])
    for kind, numbers in (("rpn", (101, 100)), ("nrpn", (99, 98))):
        for key, value in event.get(kind, {}).items():
            for number, byte in ((numbers[0], int(key) >> 7), (numbers[1], int(key) & 127),
                                 (6, value >> 7), (38, value & 127), (101, 127), (100, 127)):
                piece.controller(time, track, channel, "cc", number, byte)
    for key, value in event.get("cc", {}).items():
        piece.controller(time, track, channel, "cc", int(key), value)
    for key, value in event.get("cc14", {}).items():
        piece.controller(time, track, channel, "cc", int(key), value >> 7)
        piece.controller(time, track, channel, "cc", int(key) + 32, value & 127)
    if "bend" in event:
        piece.controller(time, track, channel, "bend", 0, event["bend"])
    if "pressure" in event:
        piece.controller(time, track, channel, "pressure", 0, event["pressure"])
    if "poly_pressure" in event:
        piece.controller(time, track, channel, "poly", event["note"], event["poly_pressure"])
    elif "note" in event:
        velocity = int(event["velocity"] * 127)
        end = time + event["gate"] * length
        piece.notes.append([time, end, channel, event["note"], velocity])


def read_session(path):
    with open(path) as text:
        session = json.load(text)
    piece = Piece()
    start = 0.0
    first = True
    for entry in session["song"]:
        part = session if entry["scene"] is None else session["scenes"][entry["scene"]]
        steps = entry["bars"] * 16
        times = steps_of(part["environment"], steps)
        assert list(part.get("tracks_midi", {})) == list(part["sequences"])
        for track, sequence in part["sequences"].items():
            assert sequence["length"] == steps <= 4096
            midi = part["tracks_midi"][track]
            if first:
                for text in midi.get("init", {}).get("sysex", []):
                    data = bytes.fromhex(text)
                    assert data[0] == 0xF0 and data[-1] == 0xF7
                    piece.sysex.append(tuple(data[1:-1]))
            for event in sequence["events"]:
                play_event(piece, event, start, times, track, midi["channel"])
        start += times[-1]
        first = False
    piece.sounding()
    return piece


# ---- judging -----------------------------------------------------------------------------------
def compare(wanted, got, slack):
    differences = 0
    count = 0

    def differ(*words):
        nonlocal differences
        differences += 1
        if differences <= 10:
            print(*words)

    if sorted(wanted.sysex) != sorted(got.sysex):
        differ("sysex", wanted.sysex, got.sysex)
    for key in sorted(set(wanted.streams) | set(got.streams)):
        # What happens at one time may come in another order of tracks.
        a = sorted(wanted.streams[key], key=lambda event: event[0])
        b = sorted(got.streams[key], key=lambda event: event[0])
        count += len(a)
        if len(a) != len(b):
            differ(key, f"{len(a)} in the file, {len(b)} here")
            continue
        for x, y in zip(a, b):
            if abs(x[0] - y[0]) > slack * (1 + x[0] / 600) + 1e-3 * x[0] / 600:
                differ(key, f"at {x[0]:.6f} s in the file, {y[0]:.6f} s here")
            elif x[1] != y[1]:
                differ(key, f"at {x[0]:.6f} s: {x[1]} in the file, {y[1]} here")
    print(f"{count} events, {differences} differences")
    return differences


def main():
    kind, midi, other = sys.argv[1:]
    wanted = read_midi(midi)
    if kind == "session":
        return compare(wanted, read_session(other), 1e-6) > 0
    got = read_midi(other)
    return compare(wanted, got, max(wanted.tick, got.tick)) > 0


sys.exit(main())
