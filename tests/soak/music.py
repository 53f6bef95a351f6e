"""What the soak plays: sessions in which each message tells what it is of.

The argument n is the number of the session, `part` the scene (0: none). "grid" plays each step of
every part, so that no step can be missed unnoticed; "t" and "tm" play only when they are triggered.
"""

STEPS = 256
TRACKS = ["a", "b", "c", "d"]
MIDI = ["m0", "m1", "m2"]
SCENES = ["", "verse", "chorus"]


def _track(number, part, name, given=(False, None)):
    mute, cutoff = given
    track = {"params": {"s": name, "n": number, "extra_params": {"part": part}}}
    return {**track, **({"meta": {"mute": True}} if mute else {}),
            **({"track_fx": {"cutoff": cutoff}} if cutoff is not None else {})}


class Music:
    """A session; what plays is in steps[part, track], what is said of the track in given[part, track]: mute and
    cutoff, if the session `gives` them."""

    def __init__(self, number, rng, gives):
        self.number = number
        self.bpm = rng.choice([97, 120, 133.3, 174, 240, 288])
        self.swing = rng.choice([0, 0, 0.3, 1])
        self.steps = {}
        for part in range(len(SCENES)):
            self.steps[part, "grid"] = frozenset(range(STEPS))
            for name in TRACKS:
                self.steps[part, name] = frozenset(rng.sample(range(STEPS), rng.randrange(8, 200)))
        self.given = {(part, name): (rng.random() < 0.25, rng.choice([None, 400, 1500])) if gives else (False, None)
                      for part in range(len(SCENES)) for name in TRACKS}
        self.notes = {(part, name): self._notes(rng) for part in range(len(SCENES)) for name in MIDI}

    @staticmethod
    def _notes(rng):
        return [{"step": step, "note": rng.randrange(36, 48), "gate": rng.choice([0.1, 0.9, 3.5, 40]),
                 "velocity": rng.choice([0.4, 1])} for step in sorted(rng.sample(range(STEPS), 60))]

    def _part(self, part):
        tracks = {name: _track(self.number, part, name) for name in ["grid", "t"]}
        tracks.update({name: _track(self.number, part, name, self.given[part, name]) for name in TRACKS})
        midi = {name: {"channel": i} for i, name in enumerate(MIDI + ["tm"])}
        sequences = {name: {"events": [{"step": s} for s in sorted(self.steps[part, name])]}
                     for name in ["grid"] + TRACKS}
        for name in MIDI:
            sequences[name] = {"events": self.notes[part, name]}
        return {"tracks": tracks, "tracks_midi": midi, "sequences": sequences}

    def session(self):
        made = self._part(0)
        made["environment"] = {"bpm": self.bpm, "swing": self.swing}
        made["scenes"] = {SCENES[part]: self._part(part) for part in range(1, len(SCENES))}
        return made
