#!/usr/bin/env python3
"""Judge the grid: is every step where exact arithmetic puts it?

grid.py tempos SEED          lines "STEP BPM STEPS" for 24 hours with a new tempo, or a ramp to it over so
                             many steps, every 10 seconds
grid.py judge TEMPOS TIMES   compares the times printed for them; exit 1 if one is not the exact value rounded
"""
import random
import sys
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 60

DAY = 24 * 3600
BITS = 400  # a sum of 10^7 numbers cut to 2^-400 is exact for our purpose


def length(bpm):
    exact = Fraction(15 * 10**9) / Fraction(bpm)
    return (exact.numerator << BITS) // exact.denominator


def tempos(seed):
    rnd = random.Random(seed)
    ugly = [1.0, 999.0, 30.0, 300.0, 7 * 17.13, 100 / 3, 0.1 * 1234.5678, 2.0**9 - 2.0**-43]
    step, seconds, before = 0, 0.0, 120.0
    while seconds < DAY:
        bpm = rnd.choice(ugly) if rnd.random() < 0.05 else rnd.uniform(30, 300)
        bpm = before * (1 + rnd.uniform(-1e-12, 1e-12)) if rnd.random() < 0.02 else bpm
        n = max(1, round(10 / (15 / bpm)))
        steps = rnd.choice([1, n // 2, n, 4 * n]) if step > 0 and rnd.random() < 0.3 else 0
        print(step, float(bpm).hex(), steps)
        step += n
        seconds += n * 15 / bpm
        before = float(tempo(before, bpm, steps, n))
    print(step, 0, 0)


def tempo(old, new, steps, j):
    """Of the j-th step since it was to change within so many steps."""
    return Decimal(new) if j >= steps else Decimal(old) * (Decimal(new) / Decimal(old)) ** (Decimal(j) / steps)


def times_of(start, old, new, steps, n):
    """When n steps are, in 2^-BITS ns since all began, and when the next is."""
    one = length(new)
    if steps == 0 or old == new:
        return [start + k * one for k in range(n)], start + n * one
    q = (Decimal(old) / Decimal(new)) ** (1 / Decimal(steps))
    unit = Decimal(15 * 10**9) / Decimal(old) / (1 - q)
    power, out = Decimal(1), []
    for k in range(n + 1):
        if k <= steps:
            out.append(start + int(unit * (1 - power) * (1 << BITS)))
            power *= q
        else:
            out.append(out[-1] + one)
    return out[:-1], out[-1]


def judge(tempo_file, time_file):
    rows = [line.split() for line in open(tempo_file)]
    changes = [(int(step), float.fromhex(bpm), int(steps)) for step, bpm, steps in rows]
    times = [int(line) for line in open(time_file)]
    if len(times) != changes[-1][0]:
        print("%d times for %d steps" % (len(times), changes[-1][0]))
        return 1
    exact, bad, half, old = 0, 0, 1 << (BITS - 1), 120.0
    for (step, bpm, steps), (end, _, _) in zip(changes, changes[1:]):
        due, exact = times_of(exact, old, bpm, steps, end - step)
        for k, at in enumerate(due, step):
            if times[k] != (at + half) >> BITS:
                bad += 1
                if bad <= 5:
                    print("step %d: %d, exact %.6f" % (k, times[k], at / 2.0**BITS))
        old = float(tempo(old, bpm, steps, end - step))
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
