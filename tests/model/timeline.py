#!/usr/bin/env python3
"""A model of timed commands: a piece (sessions and lines) in, trace out. Plain on purpose, as model.py.

timeline.py SEED                        prints the piece of a seed
timeline.py COMPILE PLAY FIRST COUNT    holds the player's dry run against the model, a TAP line each seed
"""
import copy
import json
import random
import shlex
import subprocess
import sys

import compare
import generate
import model
from model import MODULATED, STEPS, clean

SET = ["gain", "pan", "speed", "cutoff", "resonance", "shape", "n", "begin"]
FX = ("cutoff", "resonance", "shape")
DEFAULTS = {**{name: MODULATED[name][2] for name in SET if name in MODULATED}, "n": 0, "begin": 0, "end": 1}
WHOLE = ("n", "velocity", "transpose")


class Ramp:
    """A value that moves: of a parameter."""

    def __init__(self, old, new, steps, start):
        self.old, self.new, self.steps, self.start = old, new, steps, start

    def at(self, step):
        j = step - self.start
        return self.new if j >= self.steps else self.old + (self.new - self.old) * j / self.steps


class Tempo(Ramp):
    def at(self, step):
        j = step - self.start
        return self.new if j >= self.steps else self.old * (self.new / self.old) ** (j / self.steps)


def given(track, what):
    """What a session says of a track: of mute, solo, or a parameter."""
    if what in ("mute", "solo"):
        return bool(track.get("meta", track).get(what, False))
    if what in ("velocity", "transpose"):
        return track.get(what, 127 if what == "velocity" else 0)
    if what in FX:
        return track.get("track_fx", {}).get(what, track.get("fx", {}).get(what))
    return track["params"].get(what)


class Player:
    """Where a piece stands."""

    def __init__(self):
        self.session = self.part = None
        self.given_environment = None
        self.tempo, self.swing, self.gate = Tempo(120, 120, 0, 0), 0, 1
        self.live = {}     # (track, what) → value, None (removed) or a Ramp
        self.last = {}     # track → as the last session or scene that had it gave it
        self.step, self.time = 0, 0.0
        self.osc, self.midi, self.generation, self.releases = [], [], 0, []
        self.times = []    # of each step
        self.over = False

    # ---- what plays ----

    def arrive(self, session, scene):
        self.session = session
        self.part = model.Part(session, scene)
        for name, track in {**self.part.tracks, **self.part.midi}.items():
            old = self.last.get(name)
            for key in [key for key in self.live if key[0] == name]:
                if given(old, key[1]) != given(track, key[1]):
                    del self.live[key]
            self.last[name] = track
        raw = session if scene is None else session["scenes"][scene]
        if scene is None or "environment" in raw:
            env = self.part.environment
            self.set_environment((env.get("bpm", 120), env.get("swing", 0.0), env.get("default_gate", 1.0)))
        self.took_over(True)

    def set_environment(self, word):
        old = self.given_environment or (None, None, None)
        if word[0] != old[0]:
            self.tempo = Tempo(word[0], word[0], 0, self.step)
        self.swing = word[1] if word[1] != old[1] else self.swing
        self.gate = word[2] if word[2] != old[2] else self.gate
        self.given_environment = word

    def took_over(self, everything):
        self.generation += 1
        self.part.heard = self.heard(self.part.tracks)
        self.part.heard_midi = self.heard(self.part.midi)
        self.releases.append((self.time, self.generation, None if everything else set(self.part.heard_midi)))

    def switch(self, name, what):
        return self.live.get((name, what), given(self.last[name], what))

    def heard(self, tracks):
        return model.audible([(n, self.switch(n, "mute"), self.switch(n, "solo")) for n in tracks])

    def now(self, name, what):
        value = self.live[name, what] if (name, what) in self.live else given(self.last[name], what)
        value = value.at(self.step) if isinstance(value, Ramp) else value
        return DEFAULTS.get(what) if value is None else value

    # ---- lines ----

    def act(self, words, session=None):
        command, rest = words[0], words[1:]
        steps = 0
        if "over" in rest:
            at = rest.index("over")
            steps = int(rest[at + 1]) * {"bars": 16, "beats": 4, "steps": 1}[rest[at + 2]]
            rest = rest[:at]
        if command == "quit":
            self.over = True
        elif command == "score":
            self.arrive(session, None)
        elif command == "scene":
            self.arrive(self.session, rest[0])
        elif command == "bpm":
            self.tempo = Tempo(self.tempo.at(self.step), float(rest[0]), steps, self.step)
        elif command == "swing":
            self.swing = float(rest[0])
        elif command == "gate":
            self.gate = float(rest[0])
        elif command in ("mute", "solo"):
            self.live[rest[0], command] = rest[1] == "on"
            self.took_over(False)
        elif command == "set":
            for what, value in zip(rest[1::2], rest[2::2]):
                new = None if value == "null" else float(value)
                if steps:
                    new = Ramp(self.now(rest[0], what), new, steps, self.step)
                self.live[rest[0], what] = new
            self.took_over(False)
        elif command == "trigger":
            self.trigger(rest[0], float(rest[1]), int(rest[2]))

    # ---- steps ----

    def track(self, name):
        """The track as it is at this step."""
        track = copy.deepcopy(self.last[name])
        for (of, what), value in self.live.items():
            if of != name or what in ("mute", "solo"):
                continue
            value = value.at(self.step) if isinstance(value, Ramp) else value
            value = round(value) if value is not None and what in WHOLE else value
            if what in ("velocity", "transpose"):
                track[what] = value
                continue
            if what in FX:
                track.setdefault("fx", {}).pop(what, None)
            place = track.setdefault("track_fx", {}) if what in FX else track["params"]
            place.pop(what, None)
            if value is not None:
                place[what] = value
        return track

    def here(self):
        now = model.Now(self.step)
        now.since, now.grid, now.bpm = self.step, self.time, self.tempo.at(self.step)
        now.swing, now.gate = self.swing, self.gate
        return now

    def trigger(self, name, velocity, note):
        own = self.part.line_of(name)
        event = {"step": self.step % STEPS, "velocity": velocity, "note": note}
        heard, events = self.part.heard, self.part.events
        lines = self.part.heard_lines
        self.part.heard = {name}
        self.part.heard_lines = lines | ({own.name} if own else set())
        self.part.events = lambda *_: [event]
        out = []
        model.play_track(self.part, name, self.track(name), self.here(), out)
        self.part.heard, self.part.events, self.part.heard_lines = heard, events, lines
        self.triggered += [row for row in out if row[2][0] == "/dirt/play"]

    def play(self):
        now = self.here()
        for name in self.part.tracks:
            model.play_track(self.part, name, self.track(name), now, self.osc)
        for name in self.part.midi:
            if name in self.part.heard_midi:
                out = []
                model.notes(self.part, name, self.track(name), now, {}, out)
                self.midi += [row[:4] + (row[5], name, self.generation) for row in out]
        self.osc += self.triggered
        self.times.append(self.time)
        self.time += 15 / self.tempo.at(self.step)
        self.step += 1

    def run(self, lines):
        """lines: (step, words, session), those of a step in their order."""
        lines = sorted(lines, key=lambda line: line[0])
        while not self.over:
            self.triggered = []
            while lines and lines[0][0] == self.step and not self.over:
                self.act(*lines.pop(0)[1:])
            if not self.over:
                self.play()
        return self.rows()

    def rows(self):
        rows = [(t, {"t": t, "step": k, "osc": args}) for t, k, args in self.osc]
        rows += [(t, {"t": t, "step": k, "midi": data}) for t, k, data in sound(self.midi, self.releases)]
        return [row for _, row in sorted(rows, key=lambda row: row[0])]


def sound(notes, releases):
    """Note-ons and take-overs → what is sent: a note ends in its time, when it is struck again, and when
    what plays from then on does not play it."""
    out, ends = [], {}

    def end(key, time):
        out.append((time, ends[key][2], ends[key][1]))
        del ends[key]

    items = [(t, 0, generation, heard) for t, generation, heard in releases]
    items += [(row[0], 1) + row[2:] for row in notes]
    for item in sorted(items, key=lambda item: item[:2]):
        for key, (time, _, _, _, _) in sorted(ends.items(), key=lambda e: e[1][0]):
            if time <= item[0] + 1e-9:
                end(key, time)
        if item[1] == 0:
            for key, value in list(ends.items()):
                if value[4] < item[2] and (item[3] is None or value[3] not in item[3]):
                    end(key, item[0])
            continue
        _, _, k, data, length, name, generation = item
        key = (data[0] & 15, data[1])
        if key in ends:
            end(key, item[0])
        ends[key] = (item[0] + length, [0x80 | key[0], key[1], 0], k, name, generation)
        out.append((item[0], k, data))
    for key, value in list(ends.items()):
        end(key, value[0])
    return out


# ---- pieces ----

class Composer:
    """A piece of a seed: sessions, and lines that can all be done."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.seed = seed
        self.lines = []    # (text for the stream, session or None)
        self.model = []    # as Player.run wants them
        self.sessions = [self.session(seed), self.session(seed + 1)]
        self.bars = self.r.randint(2, 12)

    @staticmethod
    def session(seed):
        made = clean(generate.Maker(seed).session())
        made.pop("apply", None)
        for part in [made] + list(made.get("scenes", {}).values()):
            part["tracks"] = part.get("tracks") or {}
            part["tracks_midi"] = part.get("tracks_midi") or {}
            for track in part["tracks_midi"].values():
                for key in ("cc_modulations", "pitch_bend_modulation", "aftertouch_modulation"):
                    track.pop(key, None)
        return made

    def number(self, low, high):
        return "%.4g" % self.r.uniform(low, high)

    def over(self):
        if self.r.random() < 0.5:
            return ""
        return self.r.choice([" over %d bars" % self.r.randint(1, 3), " over %d beats" % self.r.randint(1, 9),
                              " over %d steps" % self.r.randint(1, 50)])

    def edit(self, part):
        name = self.r.choice(list(part["tracks"]) + list(part["tracks_midi"]))
        if self.r.random() < 0.5:
            return "%s %s %s" % (self.r.choice(["mute", "mute", "solo"]), name, self.r.choice(["on", "off"]))
        over = self.over()
        if name in part["tracks_midi"]:
            return "set %s velocity %d transpose %d%s" % (
                name, self.r.randint(0, 127), self.r.randint(-24, 24), over)
        what = self.r.sample(SET, self.r.randint(1, 2))
        values = ["%s %s" % (w, self.value(w, over)) for w in what]
        return "set %s %s%s" % (name, " ".join(values), over)

    def value(self, what, over):
        if not over and self.r.random() < 0.15:
            return "null"
        if what == "n":
            return str(self.r.randint(0, 40))
        low, high = {"cutoff": (20, 9000), "gain": (0, 3), "speed": (-2, 4)}.get(what, (0, 1))
        return self.number(low, high)

    def command(self, session, scene, step):
        part = session if scene is None else session["scenes"][scene]
        kind = self.r.random()
        if kind < 0.15:
            return "bpm %s%s" % (self.number(60, 300), self.over())
        if kind < 0.25:
            return "%s %s" % (self.r.choice(["swing", "gate"]), self.number(0, 1))
        if kind < 0.4 and session.get("scenes"):
            return "scene \"%s\"" % self.r.choice(sorted(session["scenes"]))
        if kind < 0.5 and step > 0:
            return "score"
        if kind < 0.6 and scene is None and session is self.sessions[0] and part["tracks"] and step > 0:
            return "trigger %s %s %d" % (self.r.choice(list(part["tracks"])), self.number(0, 1), self.r.randint(0, 127))
        if part["tracks"] or part["tracks_midi"]:
            return self.edit(part)
        return "swing 0.5"

    def compose(self):
        session, scene = self.sessions[0], None
        steps = sorted(self.r.choice([0, self.r.randrange(self.bars * 16), self.r.randrange(self.bars) * 16])
                       for _ in range(self.r.randint(1, 25)))
        self.model.append((0, ["score"], session))
        for number, step in enumerate(steps):
            text = self.command(session, scene, step)
            word = text.split()[0]
            if word == "scene":
                scene = text.split('"')[1]
            elif word == "score":
                session, scene = self.sessions[1], None
            at = self.r.choice(["at step %d " % step] + (["at bar %d " % (step // 16)] if step % 16 == 0 else []))
            if step == 0 and word not in ("scene", "score") and scene is None and self.r.random() < 0.5:
                at = ""
            if at and word in ("bpm", "swing", "gate", "mute") and self.r.random() < 0.15:
                self.lines.append(("#c%d %s%s" % (number, at, text), None))
                self.lines.append(("cancel #c%d" % number, None))
                continue
            self.lines.append((at + text, session if word == "score" else None))
            words = ["scene", scene] if word == "scene" else text.split()
            # what is said without a time is done before all that waits for step 0
            self.model.append((step, words, session if word == "score" else None, at != ""))
        self.lines.append(("at bar %d quit" % self.bars, None))
        self.model.append((self.bars * 16, ["quit"], None))
        begun = [line[:3] for line in self.model[:1]]
        begun += [line[:3] for line in self.model[1:] if len(line) > 3 and not line[3]]
        self.model = begun + [line[:3] for line in self.model[1:] if len(line) < 4 or line[3]]
        return self


def run(command, text):
    done = subprocess.run(shlex.split(command), input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError("%s: exit %d: %s" % (command, done.returncode, done.stderr.decode(errors="replace")[:1000]))
    return done.stdout


def stream(compile_command, piece):
    """The control stream of a piece."""
    def score(session):
        return run(compile_command, json.dumps(session, ensure_ascii=False).encode())
    out = score(piece.sessions[0])
    for text, session in piece.lines:
        out += text.encode() + b"\n" + (score(session) if session else b"")
    return out


def check(compile_command, play_command, seed):
    piece = Composer(seed).compose()
    said = run(play_command, stream(compile_command, piece))
    got = [row for row in map(json.loads, said.splitlines()) if "osc" in row or "midi" in row]
    return list(compare.compare(Player().run(piece.model), got))


def main():
    if len(sys.argv) == 2:
        for text, session in Composer(int(sys.argv[1])).compose().lines:
            print(text + (" (a session)" if session else ""))
        return 0
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 64
    first, count = map(int, sys.argv[3:])
    failed = 0
    for number, seed in enumerate(range(first, first + count), 1):
        try:
            bad = check(sys.argv[1], sys.argv[2], seed)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            bad = [str(error)]
        print("%s %d - the piece of seed %d plays as the model says" % ("not ok" if bad else "ok", number, seed))
        for text in bad[:3]:
            print("# " + text.replace("\n", "\n# "))
        failed += bool(bad)
    print("1..%d" % count)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
