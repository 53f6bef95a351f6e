"""Judges the tempo map of the MIDI file of tests/golden/piece: tempos.py FILE."""
import struct
import sys

PPQ_STEP = 2400  # ticks


def varying(data, at):
    value = 0
    while True:
        value = value << 7 | data[at] & 127
        at += 1
        if data[at - 1] < 128:
            return value, at


def tempos(data):
    """step → microseconds a quarter, of the first track, which has nothing but meta events."""
    at, end, tick, found = 22, 22 + struct.unpack('>I', data[18:22])[0], 0, {}
    while at < end:
        delta, at = varying(data, at)
        tick += delta
        assert data[at] == 255
        kind = data[at + 1]
        size, at = varying(data, at + 2)
        if kind == 0x51:
            assert tick % PPQ_STEP == 0
            found[tick // PPQ_STEP] = int.from_bytes(data[at:at + size], 'big')
        at += size
    return found


def ramp(wanted, step, old, new, steps, until):
    for j in range(until - step):
        wanted[step + j] = round(60e6 / (old * (new / old) ** (min(j, steps) / steps)))


def main():
    wanted = {}
    ramp(wanted, 0, 120, 150, 48, 64)
    ramp(wanted, 64, 150, 90, 20, 80)
    ramp(wanted, 80, 130, 130, 1, 88)
    ramp(wanted, 88, 130, 60, 16, 112)
    wanted = {step: tempo for step, tempo in wanted.items() if wanted.get(step - 1) != tempo}
    with open(sys.argv[1], 'rb') as file:
        got = tempos(file.read())
    bad = [(step, wanted.get(step), got.get(step)) for step in sorted(wanted.keys() | got.keys())
           if wanted.get(step) != got.get(step)]
    for step in bad[:5]:
        print('step %d: %s is wanted, it is %s' % step)
    print('%d tempos' % len(got))
    return 1 if bad else 0


sys.exit(main())
