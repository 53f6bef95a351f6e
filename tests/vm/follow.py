#!/usr/bin/env python3
"""Holds the notes that a port heard against the clock of the master they were to follow.

follow.py CLOCKS LOG MILLISECONDS [BEATS [FROM TO]]: exit 0 if from BEATS (4) beats after the first note on, there is one
note for each step (six clocks) and 99 of 100 are within MILLISECONDS of it. FROM..TO: seconds after the first clock that
are not looked at (the tempo changes there).
"""
import sys


def main():
    clocks = [float(line) for line in open(sys.argv[1])]
    tolerance = float(sys.argv[3])
    beats = int(sys.argv[4]) if len(sys.argv) > 4 else 4
    gap = [float(x) + clocks[0] for x in sys.argv[5:7]]
    steps = clocks[::6]
    notes = [line.split() for line in open(sys.argv[2])]
    notes = [float(n[0]) for n in notes if len(n) == 4 and n[1].startswith('9') and n[3] != '00']
    if not notes:
        print('no note was heard')
        return 1
    begun = notes[0]
    wanted = [i for i, t in enumerate(steps) if t > begun + beats * (clocks[24] - clocks[0]) and t < steps[-1] - 0.3 and
              not (gap and gap[0] < t < gap[1])]
    errors, odd = [], 0
    for i in wanted:
        half = (steps[i + 1] - steps[i]) / 2
        near = [n for n in notes if abs(n - steps[i]) < half]
        odd += len(near) != 1
        errors += [(n - steps[i]) * 1000 for n in near]
    sizes = sorted(map(abs, errors))
    if not sizes:
        print('no step to compare')
        return 1
    p99 = sizes[len(sizes) * 99 // 100]
    sound = odd == 0 and p99 <= tolerance
    print(f'{len(wanted)} steps, {odd} without their note or with two, {"in" if sound else "NOT in"} step: '
          f'p50 {sizes[len(sizes) // 2]:.3f} p99 {p99:.3f} max {sizes[-1]:.3f} ms, '
          f'mean {sum(errors) / len(errors):+.3f} ms')
    return 0 if sound else 1


if __name__ == '__main__':
    sys.exit(main())
