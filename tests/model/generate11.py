#!/usr/bin/env python3
"""Random sessions that also say what is ours beyond 1.0.

generate11.py SEED        prints one, the same for the same seed
"""
import json
import sys

from generate import SOUNDS, Maker
from model import BOTH_FX, ONLY_FX, ONLY_TRACK_FX

DESTINATIONS = {"hall": {"type": "osc", "port": 57130, "address": "/hall", "offset_ms": 7.25},
                "synth": {"type": "midi", "port_name": "S", "offset_ms": -11.5, "default_channel": 6}}


class Maker11(Maker):
    length = 256

    def steps(self):
        return self.r.choice([256, 256, 16, 12, 5, 3, 1, 7, 96, 300, 512, self.r.randint(1, 700)])

    def signal(self):
        whole = super().signal()
        n = self.r.choice([256, 256, 1, 16, 12, 300, self.r.randint(1, 500)])
        return (whole + whole)[:n]

    def modulation(self, name=""):
        if self.maybe(0.7):
            return super().modulation(name)
        out = {"points": []}
        length = self.steps()
        if length != 256 or self.maybe():
            out["length"] = length
        for step in sorted(self.r.sample(range(length + 1), self.r.randint(1, min(6, length + 1)))):
            out["points"].append([step, round(self.r.uniform(-1, 1), 3)])
        return out

    def environment(self):
        env = super().environment()
        self.put(env, "seed", lambda: self.r.choice([0, 1, 2**53 - 1, self.r.randrange(2**53)]), 0.4)
        if self.maybe(0.4):
            steps = sorted(self.r.sample(range(self.r.choice([40, 600, 4096])), self.r.randint(0, 6)))
            env["tempo_map"] = [[step, self.number(40, 300)] for step in steps]
        return env

    def own(self):
        out = self.effects(BOTH_FX + ONLY_FX + ONLY_TRACK_FX)
        out = {key: None if self.maybe(0.15) else value for key, value in out.items()}
        self.put(out, "s", lambda: self.r.choice(SOUNDS), 0.2, 0)
        self.put(out, "n", lambda: self.r.randint(-3, 60), 0.3)
        self.put(out, "gain", lambda: self.number(0, 2), 0.3)
        self.put(out, "pan", lambda: self.number(0, 1), 0.3)
        self.put(out, "speed", lambda: self.number(0.1, 4), 0.2)
        self.put(out, "begin", lambda: self.number(0, 1), 0.2)
        self.put(out, "orbit", lambda: self.r.randint(0, 11), 0.2)
        self.put(out, "cut", lambda: self.r.randint(-1, 9), 0.2)
        self.put(out, "legato", lambda: self.number(0.1, 2), 0.2)
        for i in self.r.sample(range(7), self.r.randint(0, 3)):
            self.put(out, "x%d" % i, lambda: self.r.choice([self.r.randint(-5, 9), self.number(-3, 3), "text", True]), 1)
        return out

    def midi_messages(self, event, note):
        def seven():
            return self.r.randint(0, 127)

        def fourteen():
            return self.r.choice([0, 127, 128, 16383, self.r.randint(0, 16383)])
        self.put(event, "program", seven, 0.2)
        self.put(event, "bank", fourteen, 0.2)
        self.put(event, "bend", lambda: self.r.choice([-8192, -1, 0, 8191]), 0.2)
        self.put(event, "pressure", seven, 0.2)
        self.put(event, "cc", lambda: {str(seven()): seven() for _ in range(self.r.randint(0, 3))}, 0.2)
        self.put(event, "cc14", lambda: {str(self.r.randint(0, 31)): fourteen()}, 0.1)
        self.put(event, "rpn", lambda: {str(fourteen()): fourteen() for _ in range(self.r.randint(0, 2))}, 0.1)
        self.put(event, "nrpn", lambda: {str(fourteen()): fourteen()}, 0.1)
        if note and self.maybe(0.1):
            event["poly_pressure"] = seven()

    def event(self, notes, offsets):
        event = super().event(notes, offsets)
        event["step"] = self.r.randrange(self.length)
        if self.maybe(0.3):
            event["offset"] = self.r.choice([1 / 3, -1 / 3, 0.5, round(self.r.uniform(-0.99, 0.99), 3)])
            event.pop("offset_ms", None) if self.maybe() else None
        if self.maybe(0.2):
            of = self.r.choice([1, 2, 3, 4, 64])
            event["when"] = {"of": of, "is": self.r.sample(range(of), self.r.randint(0 if of > 1 else 1, min(of, 3)))}
        if self.maybe(0.2):
            event["prob"] = self.r.choice([0, 1, 0.5, self.number(0, 1)])
        if notes and self.maybe(0.3):
            self.midi_messages(event, event.get("note") is not None)
        elif not notes and self.maybe(0.4):
            event["params"] = self.own()
        return event

    def sequence(self, name, notes):
        self.length = self.steps()
        out = super().sequence(name, notes)
        for event in out["events"] or []:
            event["step"] %= self.length
        if self.length != 256 or self.maybe(0.2):
            out["length"] = self.length
        return out

    def track(self, name, lines, loud):
        track = super().track(name, lines, loud)
        self.put(track, "destination", lambda: self.r.choice(["hall", "superdirt"]), 0.2)
        return track

    def midi_track(self, name, loud):
        track = super().midi_track(name, loud)
        self.put(track, "destination", "synth", 0.3)
        if self.maybe(0.4):
            init = {}
            self.midi_messages(init, False)
            self.put(init, "sysex", lambda: ["F0 7E 7F 09 01 F7", "f0f7"][:self.r.randint(0, 2)], 0.4)
            track["init"] = init
        return track

    def line(self, name, tracks, loud):
        line = super().line(name, tracks, loud)
        self.put(line, "orbit", lambda: self.r.randint(0, 14), 0.3)
        return line

    def session(self):
        session = super().session()
        scenes = sorted(session.get("scenes") or {})
        if self.maybe(0.4):
            session["song"] = []
            for _ in range(self.r.randint(1, 5)):
                entry = {"bars": self.r.choice([1, 1, 2, 3, 17])}
                self.put(entry, "scene", lambda: self.r.choice(scenes) if scenes else None, 0.8)
                session["song"].append(entry)
            self.put(session, "song_end", lambda: self.r.choice(["loop", "hold", "stop"]))
        return session

    def midi_params(self):
        params = {}
        self.put(params, "channel", lambda: self.r.randint(0, 15))
        self.put(params, "cc", lambda: {str(self.r.randint(0, 127)): self.r.randint(0, 127)
                                        for _ in range(self.r.randint(1, 3))}, 0.3, 0)
        self.put(params, "nrpn", lambda: {str(self.r.randint(0, 16383)): self.r.randint(0, 16383)}, 0.3, 0)
        if self.maybe(0.6) or not set(params) & {"cc", "nrpn"}:
            params["note"] = self.r.randint(0, 127)
            self.put(params, "velocity", lambda: self.r.randint(1, 127), 0.7)
            self.put(params, "duration_ms", lambda: self.number(1, 900), 0.7)
        elif self.maybe(0.3):
            params = {"pitch_bend": self.r.randint(-8192, 8191)}
        return params

    def batch(self):
        batch = super().batch()
        for message in batch["messages"]:
            self.put(message, "offset", lambda: round(self.r.uniform(-0.99, 0.99), 3), 0.4)
            where = self.r.choice(["superdirt", "superdirt", "hall", "synth"])
            message["destination_id"] = where
            if where == "synth":
                message["params"] = self.midi_params()
        if self.maybe():
            batch["entries"] = batch.pop("messages")
        return batch


def session(seed):
    maker = Maker11(seed)
    return maker.batch() if seed % 10 == 9 else maker.session()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    json.dump(session(int(sys.argv[1])), sys.stdout, ensure_ascii=False)
    print()
