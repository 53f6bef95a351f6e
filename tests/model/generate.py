#!/usr/bin/env python3
"""Random sessions that have everything a session may have.

generate.py SEED        prints one, the same for the same seed
"""
import json
import random
import sys

from model import BOTH_FX, MODULATED, ONLY_FX, ONLY_TRACK_FX, PATHS

SOUNDS = ["bd", "sn", "hh", "cp", "super808", "gretsch", "ピアノ", "a b", "x\"y", "superpiano"]


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def maybe(self, p=0.5):
        return self.r.random() < p

    def number(self, low, high):
        kind = self.r.random()
        if kind < 0.15:
            return self.r.choice([low, high])
        if kind < 0.3 and int(high) > low:
            return self.r.randint(int(low), int(high))
        if kind < 0.7:
            return round(self.r.uniform(low, high), self.r.randint(1, 4))
        return self.r.uniform(low, high)

    def put(self, obj, key, value, p=0.5, null=0.06):
        """A key that may be absent, null or set."""
        if self.maybe(null):
            obj[key] = None
        elif self.maybe(p):
            obj[key] = value() if callable(value) else value

    def signal(self):
        shape = self.r.randrange(4)
        if shape == 0:
            return [self.number(-1, 1) for _ in range(256)]
        if shape == 1:
            return [-1 + 2 * k / 255 for k in range(256)]
        if shape == 2:
            x = self.number(-1, 1)
            return [x] * 256
        return [self.r.choice([-1, 0, 1, 0.5, -0.25]) for _ in range(256)]

    def modulation(self, name=""):
        return {"target_param": name, "signal": self.signal()}

    def environment(self):
        env = {}
        self.put(env, "bpm", lambda: self.number(30, 300), 0.8)
        self.put(env, "default_gate", lambda: self.number(0, 4), 0.4)
        self.put(env, "swing", lambda: self.number(0, 1), 0.4)
        self.put(env, "loop_steps", 256, 0.2)
        self.put(env, "scale", "C_major", 0.1)
        self.put(env, "chords", lambda: [{"name": "Am"}], 0.1)
        return env

    def effects(self, names):
        out = {}
        for name in self.r.sample(names, self.r.randint(0, min(len(names), 12))):
            if name == "vowel":
                self.put(out, name, lambda: self.r.choice("aeiou"), 1)
            elif name in ("cutoff", "hcutoff", "bandf", "kcutoff"):
                self.put(out, name, lambda: self.number(20, 20000), 1)
            else:
                self.put(out, name, lambda: self.number(0, 1), 1)
        return out

    def extras(self):
        out = {}
        for i in range(self.r.randint(0, 5)):
            value = self.r.choice([self.r.randint(-5, 2**31 - 1), self.number(-3, 3), "text é",
                                   True, False, None])
            out["x%d" % i] = value
        return out

    def sends(self, lines):
        out = []
        for _ in range(self.r.randint(0, 4)):
            target = self.r.choice(lines + ["nowhere"])
            amount = self.number(0, 1) if self.maybe(0.9) else self.number(-1, 3)
            if self.maybe(0.3):
                send = {"mixer_line": target}
                self.put(send, "gain", amount, 0.8, 0)
            else:
                send = {"target": target}
                self.put(send, "amount", amount, 0.9, 0)
                self.put(send, "gain", self.number(0, 1), 0.1, 0)
            out.append(send)
        return out

    def modulations(self):
        paths = {flat: path for path, flat in PATHS.items()}
        out = {}
        for name in self.r.sample(sorted(MODULATED), self.r.choice([0, 0, 0, 1, 2, 4])):
            key = paths[name] if name in paths and self.maybe() else name
            self.put(out, key, lambda: self.modulation(key), 1)
        if self.maybe(0.1):
            out["no_such_thing"] = self.modulation()
        return out

    def track(self, name, lines, loud):
        params = {"s": self.r.choice(SOUNDS)}
        self.put(params, "s_path", "/x/y.wav", 0.1)
        self.put(params, "n", lambda: self.r.randint(-3, 60))
        self.put(params, "gain", lambda: self.number(0, 2))
        self.put(params, "pan", lambda: self.number(0, 1))
        self.put(params, "speed", lambda: self.number(0.1, 4))
        self.put(params, "begin", lambda: self.number(0, 1))
        self.put(params, "end", lambda: self.number(0, 1))
        self.put(params, "orbit", lambda: self.r.randint(0, 11))
        self.put(params, "cut", lambda: self.r.randint(-1, 9), 0.3)
        self.put(params, "legato", lambda: self.number(0.1, 2), 0.3)
        self.put(params, "extra_params", self.extras, 0.3)
        meta = {"track_id": name} if self.maybe() else {}
        self.put(meta, "mute", lambda: self.maybe(0.2))
        self.put(meta, "solo", lambda: loud and self.maybe(0.3))
        self.put(meta, "range_id", 3, 0.1)
        track = {"params": params}
        self.put(track, "meta", meta, 0.8)
        self.put(track, "fx", lambda: self.effects(BOTH_FX + ONLY_FX))
        self.put(track, "track_fx", lambda: self.effects(BOTH_FX + ONLY_TRACK_FX))
        self.put(track, "sends", lambda: self.sends(lines))
        self.put(track, "modulations", self.modulations)
        return track

    def midi_track(self, name, loud):
        track = {"channel": self.r.randint(0, 3)}
        self.put(track, "track_id", name)
        self.put(track, "velocity", lambda: self.r.randint(0, 127))
        self.put(track, "transpose", lambda: self.r.choice([0, 12, -12, 127, -127, 1]))
        self.put(track, "mute", lambda: self.maybe(0.2))
        self.put(track, "solo", lambda: loud and self.maybe(0.3))
        self.put(track, "cc_modulations", lambda: {
            str(n): self.modulation() for n in self.r.sample(range(128), self.r.randint(0, 3))}, 0.4)
        self.put(track, "pitch_bend_modulation", self.modulation, 0.3)
        self.put(track, "aftertouch_modulation", self.modulation, 0.3)
        self.put(track, "velocity_modulation", self.modulation, 0.3)
        return track

    def line(self, name, tracks, loud):
        line = {}
        self.put(line, "name", name)
        self.put(line, "include", lambda: self.r.sample(
            tracks + ["nobody"], self.r.randint(0, len(tracks) + 1)), 0.8)
        self.put(line, "volume", lambda: self.number(0, 1.5))
        self.put(line, "pan", lambda: self.number(0, 1))
        self.put(line, "mute", lambda: self.maybe(0.2))
        self.put(line, "solo", lambda: loud and self.maybe(0.3))
        self.put(line, "output", 0, 0.2)
        self.put(line, "dynamics", lambda: {"limiter": True, "compressor_ratio": 4}, 0.2)
        fx = {}
        for key in ("reverb_room", "reverb_size", "reverb_dry", "delay_send", "delay_time",
                    "delay_feedback", "leslie_rate", "leslie_size"):
            self.put(fx, key, lambda: self.number(0, 1), 0.4)
        if "reverb_room" not in fx:
            self.put(fx, "reverb_send", lambda: self.number(0, 1), 0.2)
        self.put(line, "fx", fx, 0.7)
        return line

    def event(self, notes, offsets):
        event = {"step": self.r.randint(0, 255)}
        self.put(event, "velocity", lambda: self.number(0, 1.2))
        self.put(event, "note", lambda: self.r.randint(0, 127), 0.9 if notes else 0.3)
        if self.maybe(0.6):
            event["gate"] = self.r.choice([None, 0, 1, 0.5, self.number(0, 20), self.number(0, 2)])
        if offsets:
            self.put(event, "offset_ms", lambda: self.r.choice(
                [0, -5.5, 12, self.number(-900, 900), self.number(-20, 20)]), 0.5)
        return event

    def sequence(self, name, notes):
        offsets = self.maybe(0.4)
        out = {"events": [self.event(notes, offsets) for _ in range(self.r.choice(
            [0, 1, 8, 40, 120]))]}
        if self.maybe(0.1):  # a burst on one step
            out["events"] += [dict(self.event(notes, offsets), step=77) for _ in range(30)]
        self.put(out, "track_id", name)
        if self.maybe(0.05):
            out["events"] = None
        return out

    def part(self):
        loud = self.maybe(0.3)
        tracks = ["t%d" % i for i in range(self.r.randint(0, 5))]
        midi = ["m%d" % i for i in range(self.r.randint(0, 3))]
        lines = ["line %d" % i for i in range(self.r.randint(0, 4))]
        self.r.shuffle(tracks)
        out = {}
        self.put(out, "environment", self.environment, 0.9)
        self.put(out, "tracks", lambda: {n: self.track(n, lines, loud) for n in tracks}, 0.95, 0.02)
        self.put(out, "tracks_midi", lambda: {n: self.midi_track(n, loud) for n in midi}, 0.9)
        self.put(out, "mixer_lines", lambda: {n: self.line(n, tracks, loud) for n in lines}, 0.9)
        self.put(out, "sequences", lambda: {n: self.sequence(n, n in midi) for n in self.r.sample(
            tracks + midi + ["ghost"], self.r.randint(0, len(tracks + midi) + 1))}, 0.98, 0.01)
        return out

    def session(self):
        session = self.part()
        if self.maybe(0.3):
            session["scenes"] = {name: dict(self.part(), name=name) for name in
                                 self.r.sample(["verse", "chorus", "break é"], self.r.randint(0, 3))}
        apply = {}
        if self.maybe(0.5):
            self.put(apply, "timing", lambda: self.r.choice(
                ["now", "beat", "bar", "seq", "immediate"]), 0.9)
            scenes = session.get("scenes") or {}
            if scenes and self.maybe():
                apply["scene_name"] = self.r.choice(sorted(scenes))
            elif self.maybe(0.3):
                named = list(session.get("tracks") or {}) + list(session.get("tracks_midi") or {})
                apply["track_ids"] = self.r.sample(named, self.r.randint(0, len(named)))
            session["apply"] = apply
        keys = list(session)
        self.r.shuffle(keys)
        return {key: session[key] for key in keys}

    def batch(self):
        messages = []
        for _ in range(self.r.choice([1, 10, 100])):
            params = {"s": self.r.choice(SOUNDS)}
            self.put(params, "gain", lambda: self.number(0, 2))
            self.put(params, "n", lambda: self.r.randint(-3, 60))
            self.put(params, "room", lambda: self.number(0, 1))
            self.put(params, "flag", self.maybe(), 0.2)
            self.put(params, "cps", lambda: self.number(0, 2), 0.2)
            self.put(params, "track_id", "a", 0.2)
            step = self.r.randint(0, 255)
            messages.append({"destination_id": "superdirt", "cycle": step / 16, "step": step,
                             "params": params})
        out = {"messages": messages}
        self.put(out, "bpm", lambda: self.number(30, 300))
        self.put(out, "pattern_length", 4.0)
        return out


def session(seed):
    maker = Maker(seed)
    return maker.batch() if seed % 10 == 9 else maker.session()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    json.dump(session(int(sys.argv[1])), sys.stdout, ensure_ascii=False)
    print()
