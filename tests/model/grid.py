#!/usr/bin/env python3
"""Judge the grid: is every step where exact arithmetic puts it?

grid.py tempos SEED          lines "STEP BPM" for 24 hours with a new tempo every 10 seconds
grid.py judge TEMPOS TIMES   compares the times printed for them; exit 1 if one is not the exact value rounded
"""
import random
import sys
from fractions import Fraction

DAY = 24 * 3600
BITS = 400  # a sum of 10^7 numbers cut to 2^-400 is exact for our purpose


def length(bpm):
    exact = Fraction(15 * 10**9) / Fraction(bpm)
    return (exact.numerator << BITS) // exact.denominator


def tempos(seed):
    rnd = random.Random(seed)
    ugly = [1.0, 999.0, 30.0, 300.0, 7 * 17.13, 100 / 3, 0.1 * 1234.5678, 2.0**9 - 2.0**-43]
    step, seconds = 0, 0.0
    while seconds < DAY:
        bpm = rnd.choice(ugly) if rnd.random() < 0.05 else rnd.uniform(30, 300)
        print(step, float(bpm).hex())
        n = max(1, round(10 / (15 / bpm)))
        step += n
        seconds += n * 15 / bpm
    print(step, 0)


def judge(tempo_file, time_file):
    rows = [line.split() for line in open(tempo_file)]
    changes = [(int(step), float.fromhex(bpm)) for step, bpm in rows]
    times = [int(line) for line in open(time_file)]
    if len(times) != changes[-1][0]:
        print("%d times for %d steps" % (len(times), changes[-1][0]))
        return 1
    exact, bad, half = 0, 0, 1 << (BITS - 1)
    for (step, bpm), (end, _) in zip(changes, changes[1:]):
        one = length(bpm)
        for k in range(step, end):
            if times[k] != (exact + half) >> BITS:
                bad += 1
                if bad <= 5:
                    print("step %d: %d, exact %.6f" % (k, times[k], exact / 2.0**BITS))
            exact += one
    print("%d steps in %.3f hours, %d tempos: %d are not the exact value rounded"
          % (len(times), exact / 2.0**BITS / 3600e9, len(changes) - 1, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "tempos":
        tempos(int(sys.argv[2]))
    elif len(sys.argv) == 4 and sys.argv[1] == "judge":
        sys.exit(judge(sys.argv[2], sys.argv[3]))
    else:
        sys.exit(__doc__)
