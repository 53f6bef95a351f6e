"""Makes MIDI files that have broken others: smf_corpus.py FOLDER. Prints their names.

Built with mido where it can, byte by byte where the point is that no library writes so: then
NAME.plain.mid beside it says the same in a way that mido reads.
"""
import random
import struct
import sys

import mido
from mido import Message, MetaMessage, MidiFile, MidiTrack

FOLDER = sys.argv[1]


def varying(value):
    text = [value & 0x7F]
    while value > 0x7F:
        value >>= 7
        text.insert(0, value & 0x7F | 0x80)
    return bytes(text)


def chunk(name, data, length=None):
    return name + struct.pack(">I", len(data) if length is None else length) + data


def header(kind=1, tracks=1, division=480):
    return chunk(b"MThd", struct.pack(">HHH", kind, tracks, division))


def track(*events, end=True):
    data = b"".join(varying(delta) + bytes(message) for delta, message in events)
    return chunk(b"MTrk", data + (b"\0\xff\x2f\0" if end else b""))


def raw(name, data, *plain):
    for path, content in ((name, data), (f"{name}.plain", header(1, len(plain)) + b"".join(plain))):
        with open(f"{FOLDER}/{path}.mid", "wb") as out:
            out.write(content)
    print(name)


def save(name, tracks, kind=1, division=480):
    midi = MidiFile(type=kind, ticks_per_beat=division)
    for events in tracks:  # (tick, message), in any order
        events = sorted(events, key=lambda event: event[0])
        line = MidiTrack()
        now = 0
        for tick, message in events:
            line.append(message.copy(time=tick - now))
            now = tick
        midi.tracks.append(line)
    midi.save(f"{FOLDER}/{name}.mid")
    print(name)


def note(tick, length, pitch, velocity=90, channel=0):
    return [(tick, Message("note_on", note=pitch, velocity=velocity, channel=channel)),
            (tick + length, Message("note_off", note=pitch, velocity=0, channel=channel))]


def tempo(tick, bpm):
    return (tick, MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm)))


def name(text):
    return (0, MetaMessage("track_name", name=text))


def melody(chance, division, notes, channel):
    """A player who is never quite on the grid."""
    events = []
    now = 0
    for _ in range(notes):
        now += chance.randrange(0, division)
        length = chance.randrange(1, 2 * division + 1)
        pitch = chance.randrange(24, 100)
        events += note(now, length, pitch, chance.randrange(1, 128), channel)
        kind = chance.randrange(12)
        if kind == 0:
            events.append((now, Message("program_change", program=chance.randrange(128),
                                        channel=channel)))
        elif kind == 1:
            events.append((now, Message("control_change", control=chance.choice([1, 7, 10, 11, 64]),
                                        value=chance.randrange(128), channel=channel)))
        elif kind == 2:
            events.append((now, Message("pitchwheel", pitch=chance.randrange(-8192, 8192),
                                        channel=channel)))
        elif kind == 3:
            events.append((now, Message("aftertouch", value=chance.randrange(128),
                                        channel=channel)))
        elif kind == 4:
            events.append((now, Message("polytouch", note=pitch, value=chance.randrange(128),
                                        channel=channel)))
    return events


# ---- what every program writes -----------------------------------------------------------------
for division in (24, 96, 120, 192, 384, 480, 960):
    chance = random.Random(division)
    save(f"ppq{division}", [[tempo(0, 117.3), name("tempo")]] +
         [[name(f"part {i}")] + melody(chance, division, 60, i) for i in range(3)], 1, division)
for division in (1, 3, 7, 25, 32767):
    chance = random.Random(division)
    save(f"odd-ppq{division}", [melody(chance, max(division, 2), 40, 0)], 0, division)
chance = random.Random(16)
save("channels16", [sum((melody(chance, 480, 25, channel) for channel in range(16)), [])], 0)
save("tracks-of-channels", [[name("Band")] + melody(chance, 480, 20, 0) + melody(chance, 480, 20, 9),
                            [name("Band")] + melody(chance, 480, 20, 0)])
# Tempo changes on and off the grid, and in another track than the first; about ten minutes.
changes = [tempo(0, 90)]
for i in range(400):
    changes.append(tempo(1 + i * 2711, chance.uniform(40, 240)))
save("tempo-map", [melody(chance, 480, 2600, 0), changes])
save("ramp", [[tempo(i * 40, 60 + i / 4) for i in range(480)] + melody(chance, 960, 60, 3)], 0, 960)
save("tempo-twice", [[tempo(0, 100), tempo(0, 140), tempo(480, 120), tempo(480, 60)] +
                     note(480, 480, 60) + note(960, 480, 62)])
# Longer than an entry of a song, with a note over the border.
save("long", [[tempo(0, 240)] + sum((note(i * 479, 300, 40 + i % 50) for i in range(2900)), []) +
              note(1024 * 480 - 100, 4000, 99)])
save("borders", [note(1024 * 480 - 1, 10, 60) + note(1024 * 480, 10, 61) + note(1024 * 480 + 1, 10, 62)])
save("fast", [[tempo(0, 1500)] + note(0, 480, 60) + note(480, 480, 62) + note(10000, 7, 64)])
save("slow", [[tempo(0, 3.6)] + note(0, 480, 60) + note(480, 10, 62)])

# ---- notes -------------------------------------------------------------------------------------
save("velocities", [sum((note(i * 120, 60, 60, i) for i in range(1, 128)), [])])
save("overlap", [note(0, 960, 60, 80) + note(480, 960, 60, 90) + note(480, 240, 60, 100) +
                 note(1920, 480, 60) + note(2400, 480, 60)])
save("zero-length", [note(0, 0, 60) + note(480, 0, 61) + note(480, 0, 61) + note(960, 240, 60)])
save("on-with-0", [[(0, Message("note_on", note=60, velocity=70)),
                    (480, Message("note_on", note=60, velocity=0)),
                    (480, Message("note_on", note=62, velocity=70)),
                    (960, Message("note_on", note=62, velocity=0))]])
save("hanging", [[(0, Message("note_on", note=60, velocity=70)),
                  (240, Message("note_on", note=64, velocity=70)),
                  (480, Message("control_change", control=123, value=0)),
                  (960, Message("note_on", note=67, velocity=70)),
                  (1920, Message("control_change", control=7, value=1))]])
save("two-on-one", [[name("a")] + note(0, 960, 60), [name("b")] + note(480, 960, 60)])
save("ports", [[(0, MetaMessage("midi_port", port=3))] + note(0, 480, 60),
               [(0, MetaMessage("midi_port", port=3))] + note(0, 480, 62),
               [(0, MetaMessage("midi_port", port=0))] + note(0, 480, 64)])
save("end-on-bar", [note(1440, 480, 60) + [(1920, Message("control_change", control=1, value=9))]])

# ---- controllers -------------------------------------------------------------------------------
def cc(tick, number, value, channel=0):
    return (tick, Message("control_change", control=number, value=value, channel=channel))


def program(tick, number, channel=0):
    return (tick, Message("program_change", program=number, channel=channel))


save("banks", [[cc(0, 0, 8), cc(0, 32, 3), program(0, 5), cc(480, 0, 1), program(480, 7),
                program(960, 9), cc(1440, 0, 2), cc(1440, 7, 100), cc(1440, 32, 4),
                program(1440, 11), cc(1440, 0, 5), cc(1920, 32, 1), program(2400, 1)] +
               note(2400, 100, 60)])
save("parameters", [
    [cc(0, 101, 0), cc(0, 100, 0), cc(0, 6, 12), cc(0, 38, 0), cc(0, 101, 127), cc(0, 100, 127),
     cc(480, 99, 1), cc(480, 98, 8), cc(480, 6, 64), cc(480, 38, 5), cc(480, 101, 127),
     cc(480, 100, 127), cc(480, 7, 99),
     cc(960, 101, 0), cc(960, 100, 1), cc(960, 6, 64),
     cc(1440, 6, 33), cc(1440, 101, 0), cc(1440, 100, 0), cc(1440, 6, 2), cc(1440, 38, 0),
     cc(1440, 101, 127), cc(1440, 100, 127), cc(1920, 96, 0)] + note(0, 1920, 60)])
save("fourteen-bits", [[cc(0, 1, 64), cc(0, 33, 1), cc(480, 1, 3), cc(481, 33, 4), cc(960, 7, 1),
                        cc(960, 10, 2), cc(960, 42, 3), cc(960, 7, 9)] + note(0, 960, 60)])
save("same-time", [[(480, Message("note_on", note=60, velocity=9)), cc(480, 1, 5), cc(480, 1, 9),
                    program(480, 3), (480, Message("pitchwheel", pitch=100)),
                    (480, Message("pitchwheel", pitch=-8192)), program(480, 4),
                    (960, Message("note_off", note=60))]])
save("sysex", [[(0, Message("sysex", data=(0x7E, 0x7F, 9, 1))),
                (0, Message("sysex", data=tuple([0x41] + [5] * 300)))] + note(480, 100, 60),
               [(0, Message("sysex", data=(1,)))] + note(480, 100, 62, channel=2)])

# ---- signatures, names -------------------------------------------------------------------------
def metre(tick, beats, unit):
    return (tick, MetaMessage("time_signature", numerator=beats, denominator=unit))


save("metres", [[metre(0, 3, 4), metre(3 * 1440, 7, 8), metre(3 * 1440 + 2 * 1680, 4, 4)] +
                sum((note(i * 240, 120, 60 + i % 12) for i in range(80)), [])])
save("empty-tracks", [[], [name("nothing")], note(0, 480, 60), []])
save("no-tracks", [])
# ---- what no library writes --------------------------------------------------------------------
ON, OFF = b"\x90\x3c\x40", b"\x80\x3c\x00"
TRACK = track((0, ON), (480, OFF))
raw("shift-jis", header(1, 2) +
    track((0, b"\xff\x03\x08\x83\x73\x83\x41\x83\x6d\x0a\x00"), (0, ON), (480, OFF)) +
    track((0, b"\xff\x03\x07 Caf\xc3\xa9 "), (0, ON), (480, OFF)), TRACK, TRACK)
NAMES = ("Don\x92t", "FÄÖN", "Bläser", "ÄÖÜ", "\x85\x96", "à la élève")
raw("latin-1", header(1, len(NAMES)) + b"".join(
    track((0, b"\xff\x03" + bytes([len(text)]) + text.encode("latin-1")), (0, ON), (480, OFF))
    for text in NAMES), *[TRACK] * len(NAMES))
JAPANESE = ("ﾋﾟｱﾉ", "1.右手", "Piano 左手", "珈琲 (ドラム)")
raw("japanese", header(1, len(JAPANESE)) + b"".join(
    track((0, b"\xff\x03" + bytes([len(text.encode("cp932"))]) + text.encode("cp932")), (0, ON), (480, OFF))
    for text in JAPANESE), *[TRACK] * len(JAPANESE))
raw("no-end", header() + track((0, ON), (480, OFF), end=False), TRACK)
raw("running-over-meta", header() + track(
    (0, ON), (10, b"\xff\x01\x02hi"), (10, b"\x40\x50"), (10, b"\xf0\x03\x01\x02\xf7"),
    (10, b"\x40\x00"), (440, b"\x3c\x00")),
    track((0, ON), (20, b"\x90\x40\x50"), (20, b"\x80\x40\0"), (440, OFF)))
raw("key-signature", header() + track((0, b"\xff\x59\x02\x63\x09"), (0, ON), (480, OFF)), TRACK)
raw("bad-meta", header() + track((0, b"\xff\x51\x03\0\0\0"), (0, b"\xff\x51\x01\x09"),
                                 (0, b"\xff\x58\x04\0\x02\x18\x08"), (0, b"\xff\x58\x01\x04"),
                                 (0, ON), (480, OFF)), TRACK)
raw("split-sysex", header() + track(
    (0, b"\xf0\x03\x43\x12\x00"), (0, b"\xf7\x03\x43\x12\x00"), (0, b"\xf7\x02\x05\xf7"),
    (480, ON), (480, OFF)),
    track((0, b"\xf0\x08\x43\x12\0\x43\x12\0\x05\xf7"), (480, ON), (480, OFF)))
raw("bad-sysex", header() + track(
    (0, b"\xf0\x02\x43\x12"), (0, b"\xf0\x03\x43\x92\xf7"), (0, b"\xf7\x01\xf8"),
    (480, ON), (0, b"\xf0\x02\x01\xf7"), (1, b"\xf0\x02\x02\xf7"), (479, OFF)),
    track((0, b"\xf0\x02\x01\xf7"), (480, ON), (480, OFF)))
raw("unknown-chunks", header(1, 2) + chunk(b"XYZZ", b"hello") + TRACK + chunk(b"MTrX", b"") +
    TRACK + b"junk", TRACK, TRACK)
raw("long-header", chunk(b"MThd", struct.pack(">HHH", 0, 1, 480) + b"more") + TRACK, TRACK)
raw("rmid", b"RIFF" + struct.pack("<I", 0) + b"RMID" + b"LIST" + struct.pack("<I", 3) + b"abc\0" +
    b"data" + struct.pack("<I", 14 + len(TRACK)) + header() + TRACK, TRACK)
raw("wrong-length", header() + chunk(b"MTrk", b"\0" + ON + b"\x83\x60" + OFF + b"\0\xff\x2f\0", 9999),
    TRACK)
raw("cut", (header(1, 2) + track((0, ON), (480, OFF), (0, ON), (480, OFF)))[:-9],
    track((0, ON), (480, OFF), (0, ON), (0, OFF)))
raw("broken", header() + track((0, ON), (480, OFF), (0, b"\xf4\x01\x02"), (0, ON)), TRACK)
raw("broken-data", header() + track((0, ON), (480, OFF), (0, b"\x90\x3c\xff"), (0, ON)), TRACK)
raw("far", header(1, 1, 480) + track((0, ON), (480, OFF), (0xFFFFFFF, ON), (0xFFFFFFF, OFF)), TRACK)
