"""What is heard in a recording of SuperDirt.

    listen.py samples FOLDER    writes the samples that are played
    listen.py session NAME      prints a session
    listen.py judge FILE.wav    tells what is heard, a line each: "yes: …" or "no: …"
"""
import array
import json
import math
import os
import random
import sys
import wave

RATE = 48000
BEAT = 0.5  # seconds, at 120 bpm
LOUD = 0.02  # of full scale: a click
QUIET = 0.002  # what counts as silence


# ---- what is played ----------------------------------------------------------------------------
def write(path, values):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with wave.open(path, "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(array.array("h", (int(32000 * v) for v in values)).tobytes())


def samples(folder):
    chance = random.Random(1)
    write(folder + "/odclick/0.wav", [math.sin(i * 0.3) * (1 - i / 480) for i in range(480)])
    write(folder + "/odnoise/0.wav", [chance.uniform(-0.3, 0.3) for _ in range(20 * RATE)])


def session(name):
    track = {"params": {"s": "odclick"}}
    once = {"events": [{"step": 0, "gate": None}]}
    beats = {"events": [{"step": step, "gate": None} for step in range(0, 256, 4)]}
    line = {"include": ["click"], "fx": {}}
    session = {"environment": {"bpm": 120}, "tracks": {"click": track}, "sequences": {"click": once}}
    every_bar = {"events": [{"step": step, "gate": None} for step in range(0, 256, 32)]}
    if name == "clicks":
        session["sequences"]["click"] = beats
    elif name == "hall":
        session["sequences"]["click"] = every_bar
        session["mixer_lines"] = {"hall": line}
        line["fx"] = {"reverb_room": 0.9, "reverb_size": 0.9}
    elif name == "echo":
        session["sequences"]["click"] = every_bar
        session["mixer_lines"] = {"echo": line}
        line["fx"] = {"delay_send": 0.9, "delay_time": 0.3, "delay_feedback": 0.5}
    else:
        track["params"]["s"] = "odnoise"
        session["sequences"]["click"] = {"events": [{"step": 32 * k, "gate": None} for k in range(8)]}
        track["params"]["cut"] = 1
    print(json.dumps(session))


# ---- what is heard -----------------------------------------------------------------------------
class Recording:
    def __init__(self, path):
        with wave.open(path) as file:
            assert file.getsampwidth() == 2
            self.rate = file.getframerate()
            channels = file.getnchannels()
            values = array.array("h", file.readframes(file.getnframes()))
        self.values = [abs(v) / 32768 for v in values[::channels]]
        self.length = len(self.values) / self.rate

    def peak(self, start, end):
        piece = self.values[max(0, int(start * self.rate)) : int(end * self.rate)]
        return max(piece, default=0.0)

    def onsets(self, start, end, apart=0.1):
        """Where it becomes loud after it was not."""
        found, quiet_until = [], start
        for i in range(int(start * self.rate), min(int(end * self.rate), len(self.values))):
            if self.values[i] > LOUD:
                if i / self.rate >= quiet_until:
                    found.append(i / self.rate)
                quiet_until = i / self.rate + apart
        return found


def tell(good, what, *how):
    print(("yes: " if good else "no: ") + what, *how)


def judge(path):
    heard = Recording(path)
    first = heard.onsets(0, heard.length)[0]
    onsets = heard.onsets(first - 0.01, heard.length, 0.05)

    # Clicks until they are muted, after seven seconds or so.
    clicks = [time for time in onsets if time < first + 6.2]
    # Where this machine stalls, the synthesizer's clock jumps and plays on from there: that is one interval
    # of many. What is sent off the grid would be most of them.
    spaced = [b - a - BEAT for a, b in zip(clicks, clicks[1:])]
    good = sum(abs(x) < 0.005 for x in spaced)
    tell(len(clicks) == 13 and good >= 9 and max(map(abs, spaced)) < 0.1, "onsets on the grid",
         f"({len(clicks)} clicks, {good} of {len(spaced)} intervals within 5 ms, the worst "
         f"{max(map(abs, spaced)) * 1000:.1f} ms off)")

    # The longest silence among the clicks is the mute; it lasts some four seconds.
    gaps = [(b - a, a, b) for a, b in zip(onsets, onsets[1:]) if a < first + 13]
    gap, a, b = max(gaps)
    tell(3 < gap < 5 and heard.peak(a + 0.2, b - 0.02) < QUIET, "mute silent",
         f"({gap:.1f} s, peak {heard.peak(a + 0.2, b - 0.02):.5f})")

    # Then the echo, at the next bar: each half as loud as the one before.
    echo, hall = first + 16, first + 20
    echoes = heard.onsets(echo - 0.8, hall - 0.2, 0.05)
    spaced = [b - a for a, b in zip(echoes, echoes[1:])]
    alike = sum(abs(s - 0.3) < 0.03 for s in spaced)
    tell(alike >= 3, "echoes heard", "(" + ", ".join(f"{s:.3f}" for s in spaced) + " s apart)")

    # Then the hall: a tail behind its click. A click alone is over in 10 ms.
    dry = heard.peak(first + 0.1, first + 0.45)
    tail = heard.peak(hall + 0.1, hall + 0.6)
    tell(tail > 0.005 > dry, "hall heard", f"(tail {tail:.4f}, without it {dry:.5f})")

    # A noise of twenty seconds, ended by panic.
    last = max(i for i, value in enumerate(heard.values) if value > QUIET) / heard.rate
    begin = first + 24
    tell(heard.peak(begin + 0.2, begin + 2) > LOUD and begin + 2 < last < heard.length - 1.5,
         "panic silent", f"(noise from {begin - first:.1f} s, silence from {last - first:.1f} s)")


{"samples": samples, "session": session, "judge": judge}[sys.argv[1]](*sys.argv[2:])
