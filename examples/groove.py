#!/usr/bin/env python3
"""Writes a session: a swinging groove, a MIDI bass line, a filter sweep, two scenes.

groove.py | oiduna-compile | oiduna-play --midi NAME

A place to begin: every line of music is a line of Python here. oiduna-ir(5) tells what else there is.
"""
import json
import math

BAR, LOOP = 16, 256  # steps

drums = {
    "kick": "x.....x...x.....",
    "snare": "....x.......x..x",
    "hat": "x.x.x.x.x.x.x.xx",
}
bass = [33, None, None, 33, None, 36, None, None, 38, None, 36, None, 33, None, 31, None]  # A C D C A G


def pattern(text):
    """The steps of a bar at which there is an x, in every bar; the first beat is louder."""
    return [
        {"step": bar + step, "velocity": 1.0 if step == 0 else 0.8}
        for bar in range(0, LOOP, BAR)
        for step, mark in enumerate(text)
        if mark == "x"
    ]


def line(notes):
    return [
        {"step": bar + step, "note": note, "gate": 1.5}
        for bar in range(0, LOOP, BAR)
        for step, note in enumerate(notes)
        if note is not None
    ]


def sweep():
    """Closed at both ends of the loop, open in the middle: -1 to 1, a number for each step."""
    return [round(-math.cos(2 * math.pi * step / LOOP), 4) for step in range(LOOP)]


tracks = {
    "kick": {"params": {"s": "bd"}},
    "snare": {"params": {"s": "sn", "gain": 0.9}},
    "hat": {"params": {"s": "hh", "gain": 0.8, "pan": 0.6}},
    "pad": {
        "params": {"s": "supersaw", "gain": 0.7},
        "track_fx": {"cutoff": 900},
        "modulations": {"cutoff": {"signal": sweep()}},
    },
}
sequences = {name: {"events": pattern(text)} for name, text in drums.items()}
sequences["pad"] = {
    "events": [{"step": step, "note": note, "gate": 30} for step in range(0, LOOP, 32) for note in (57, 60, 64)]
}
sequences["bass"] = {"events": line(bass)}
midi = {"bass": {"channel": 0, "velocity": 100}}


def scene(*names):
    return {
        "tracks": {name: tracks[name] for name in names if name in tracks},
        "tracks_midi": {name: midi[name] for name in names if name in midi},
        "sequences": {name: sequences[name] for name in names},
    }


print(
    json.dumps(
        {
            "environment": {"bpm": 104, "swing": 0.5},
            "tracks": tracks,
            "tracks_midi": midi,
            "sequences": sequences,
            "scenes": {"break": scene("hat", "pad"), "full": scene(*sequences)},
        },
        indent=1,
    )
)
