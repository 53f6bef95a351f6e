#!/usr/bin/env python3
"""Compares what a MIDI port heard with the trace of the same run in virtual time.

compare.py TRACE LOG [MILLISECONDS]: exit 0 if all messages came, in order, byte by byte, and each at
its time to within MILLISECONDS (0.5) of the grid; the grid's place is the median of all. With "some" in place of
MILLISECONDS times are not looked at and notes may be missing, but no end of a note that was heard.
"""
import collections
import json
import statistics
import sys


def compare_some(want, got):
    rest = iter(want)
    for message in got:
        if message not in rest:
            print(f"{message} was not to be heard, or not here")
            return 1
    ons, offs = (collections.Counter(m[1:5] for m in got if m[0] == kind) for kind in "98")
    print(f"{len(got)} of {len(want)} messages in order, {ons.total()} notes, {(ons - offs).total()} not ended")
    return 0 if ons and not ons - offs else 1


def main():
    some = sys.argv[3:] == ["some"]
    tolerance = float(sys.argv[3]) if len(sys.argv) > 3 and not some else 0.5
    with open(sys.argv[1]) as file:
        lines = [json.loads(line) for line in file]
    want = [(line["t"], bytes(line["midi"]).hex(" ")) for line in lines if "midi" in line]
    with open(sys.argv[2]) as file:
        got = [line.rstrip("\n").partition(" ") for line in file]
    got = [(float(time), message) for time, _, message in got]
    if some:
        return compare_some([message for _, message in want], [message for _, message in got])
    for i, (w, g) in enumerate(zip(want, got)):
        if w[1] != g[1]:
            print(f"message {i} at {w[0]:.6f} s: wanted {w[1]}, heard {g[1]}")
            return 1
    if len(want) != len(got) or not want:
        print(f"wanted {len(want)} messages, heard {len(got)}")
        return 1
    late = [(g[0] - w[0]) * 1000 for w, g in zip(want, got)]
    middle = statistics.median(late)
    off = [x - middle for x in late]
    in_time = max(map(abs, off)) <= tolerance
    print(f"{len(want)} messages, order and bytes exact, {'in' if in_time else 'NOT in'} time: off the grid by "
          f"{min(off):.3f}..{max(off):.3f} ms, stdev {statistics.pstdev(off):.3f} ms")
    return 0 if in_time else 1


if __name__ == "__main__":
    sys.exit(main())
