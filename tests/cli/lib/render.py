#!/usr/bin/env python3
"""Compares rendered files with the trace of the same run.

render.py midi TRACE FILE.mid [LEAD]    the MIDI side, read by mido
render.py osc TRACE FILE.osc [LEAD]     the OSC side: an scsynth score, read here
LEAD is how much earlier than step 0 the file begins, in seconds.
Prints what it found; exit 1 at the first difference.
"""
import json
import struct
import sys
from collections import defaultdict

TOLERANCE = 0.0005  # s: half a tick at the slowest tempo, and the tempo map's whole microseconds
LEAD = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0


def fail(text):
    print(text)
    sys.exit(1)


def near(a, b):
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return abs(a - b) <= 2e-6 * max(1.0, abs(a), abs(b))


def compare_midi(trace, path):
    import mido

    want = defaultdict(list)
    for line in trace:
        if "midi" in line and line["midi"][0] < 0xF0:
            want[bytes(line["midi"]).hex(" ")].append(line["t"] + LEAD)
    file = mido.MidiFile(path)
    got = defaultdict(list)
    time = 0
    for message in file:
        time += message.time
        if not message.is_meta:
            got[bytes(message.bytes()).hex(" ")].append(time)
    if want.keys() != got.keys():
        fail(f"messages differ: {sorted(want.keys() ^ got.keys())[:5]}")
    worst = 0
    for key, times in want.items():
        if len(times) != len(got[key]):
            fail(f"{key}: wanted {len(times)} times, found {len(got[key])}")
        worst = max([worst] + [abs(a - b) for a, b in zip(times, got[key])])
    if worst > TOLERANCE:
        fail(f"a message is {worst * 1000:.3f} ms off")
    names = [track.name for track in file.tracks]
    tempi = [round(mido.tempo2bpm(m.tempo), 2) for m in file.tracks[0] if m.type == "set_tempo"]
    print(f"type {file.type}, {file.ticks_per_beat} ticks, tracks {','.join(names)}, tempi {tempi}")


def read_string(data, at):
    end = data.index(b"\0", at)
    return data[at:end].decode(), (end // 4 + 1) * 4


def read_message(data):
    address, at = read_string(data, 0)
    types, at = read_string(data, at)
    out = [address]
    for kind in types[1:]:
        if kind == "s":
            value, at = read_string(data, at)
        else:
            value = struct.unpack_from(">i" if kind == "i" else ">f", data, at)[0]
            at += 4
        out.append(value)
    if at != len(data):
        fail(f"{address}: {len(data) - at} bytes too many")
    return out


def read_score(path):
    data = open(path, "rb").read()
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from(">i", data, at)
        bundle = data[at + 4 : at + 4 + size]
        at += 4 + size
        if bundle[:8] != b"#bundle\0" or len(bundle) != size:
            fail(f"no bundle at byte {at}")
        seconds, fraction = struct.unpack_from(">II", bundle, 8)
        inner, messages = 16, []
        while inner < size:
            (length,) = struct.unpack_from(">i", bundle, inner)
            messages.append(read_message(bundle[inner + 4 : inner + 4 + length]))
            inner += 4 + length
        yield seconds + fraction / 2**32, messages


def compare_osc(trace, path):
    want = [(line["t"] + LEAD, line["osc"]) for line in trace if "osc" in line]
    bundles = list(read_score(path))
    got = [(time, message) for time, messages in bundles for message in messages]
    if len(want) != len(got):
        fail(f"wanted {len(want)} messages, found {len(got)}")
    if any(b[0] < a[0] for a, b in zip(bundles, bundles[1:])):
        fail("bundles do not come in order of time")
    for (t, w), (u, g) in zip(want, got):
        if abs(t - u) > 1e-8 or len(w) != len(g) or not all(map(near, w, g)):
            fail(f"at {t}: wanted {w}, at {u} found {g}")
    if bundles[-1][1]:
        fail("no empty bundle says how long it is")
    print(f"{len(got)} messages, {bundles[-1][0]:.6f} s")


def main():
    with open(sys.argv[2]) as file:
        trace = [json.loads(line) for line in file]
    {"midi": compare_midi, "osc": compare_osc}[sys.argv[1]](trace, sys.argv[3])


if __name__ == "__main__":
    main()
