#!/usr/bin/env python3
"""Do two traces say the same?

compare.py EXPECTED ACTUAL      exit 0 if so, 1 with the first differences

Times may differ by a microsecond, numbers by two millionths (an OSC float has 24 bits). What lies
within a microsecond is one moment; in a moment the OSC messages of each step to one address have an
order, MIDI messages have none.
"""
import json
import sys


def load(path):
    with open(path) as file:
        return [row for row in map(json.loads, file) if "osc" in row or "midi" in row]


def moments(rows):
    """Lists of rows whose neighbours are at most 1.1 microseconds apart."""
    out = []
    for row in sorted(rows, key=lambda row: round(row["t"] * 1e9)):  # whole nanoseconds, as played
        if out and row["t"] - out[-1][-1]["t"] <= 1.1e-6:
            out[-1].append(row)
        else:
            out.append([row])
    return out


def same_value(a, b):
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return abs(a - b) <= 2e-6 * max(1.0, abs(a), abs(b))


def same(a, b):
    return len(a) == len(b) and all(map(same_value, a, b))


def osc_by_step(rows):
    steps = {}
    for row in rows:
        if "osc" in row:
            steps.setdefault((row["step"], row["osc"][0]), []).append(row["osc"])
    return steps


def show(args):
    return json.dumps(args)


def compare_osc(want, got):
    want, got = osc_by_step(want), osc_by_step(got)
    for place in sorted(set(want) | set(got)):
        step, w, g = place[0], want.get(place, []), got.get(place, [])
        for i in range(max(len(w), len(g))):
            if i >= len(w) or i >= len(g) or not same(w[i], g[i]):
                yield "step %d, OSC message %d:\n  expected %s\n  actual   %s" % (
                    step, i, show(w[i]) if i < len(w) else "none", show(g[i]) if i < len(g) else "none")
                return


def compare_midi(want, got):
    left = [row["midi"] for row in got if "midi" in row]
    for row in want:
        if "midi" in row:
            if row["midi"] in left:
                left.remove(row["midi"])
            else:
                yield "expected MIDI %s" % row["midi"]
    for data in left:
        yield "unexpected MIDI %s" % data


def compare(want, got):
    want, got = moments(want), moments(got)
    for w, g in zip(want, got):
        if abs(w[0]["t"] - g[0]["t"]) > 1e-6 + 1e-9:
            yield "moment %.9f is expected, the next is %.9f (%s)" % (
                w[0]["t"], g[0]["t"], show(g[0])[:200])
            return
        for text in list(compare_osc(w, g)) + list(compare_midi(w, g)):
            yield "t %.9f: %s" % (w[0]["t"], text)
    if len(want) != len(got):
        yield "%d moments are expected, there are %d" % (len(want), len(got))


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    bad = 0
    for text in compare(load(sys.argv[1]), load(sys.argv[2])):
        print(text)
        bad += 1
        if bad == 5:
            break
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
