#!/usr/bin/env python3
"""A model of timed commands: a piece (sessions and lines) in, trace out. Plain on purpose, as model.py.

timeline.py SEED                        prints the piece of a seed
timeline.py COMPILE PLAY FIRST COUNT    holds the player's dry run against the model, a TAP line each seed
"""
import copy
import fnmatch
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


class Song:
    """Where a song stands that began with an entry (from 0) at a step."""

    def __init__(self, session, top, number=0):
        self.entries, self.end = session["song"], session.get("song_end", "loop")
        self.number, self.top = number, top

    def due(self):
        """The step at which the entry is over."""
        return self.top + 16 * self.entries[self.number]["bars"]

    def next(self):
        """True if an entry follows, false if none does; None if the last one goes on."""
        last = self.number + 1 == len(self.entries)
        if last and self.end == "hold":
            return None
        if last and self.end == "stop":
            return False
        self.top, self.number = self.due(), 0 if last else self.number + 1
        return True

    def scene(self):
        return self.entries[self.number].get("scene")


def relative(word, held, signed=False):
    """The number that a word makes of the one that holds."""
    if word[:2] in ("+=", "-=", "*=", "/="):
        number = float(word[2:])
        return {"+": held + number, "-": held - number, "*": held * number,
                "/": held / number if number else 0}[word[0]]
    return held + float(word) if signed and word[0] in "+-" else float(word)


class Player:
    """Where a piece stands."""

    def __init__(self):
        self.session = self.part = None
        self.given_environment = None
        self.tempo, self.swing, self.gate = Tempo(120, 120, 0, 0), 0, 1
        self.live = {}     # (track, what) → value, None (removed) or a Ramp
        self.last = {}     # track → as the last session or scene that had it gave it
        self.song, self.top = None, 0
        self.step, self.time = 0, 0.0
        self.osc, self.midi, self.generation, self.releases = [], [], 0, []
        self.controls, self.sent = [], {}
        self.times = []    # of each step
        self.over = self.stopped = False

    # ---- what plays ----

    def begin(self, session, number=0, first=True):
        """A session, or an entry of its song."""
        if not session.get("song"):
            self.arrive(session, None)
            return
        self.arrive(session, session["song"][number].get("scene"), first=first)
        self.song, self.top = Song(session, self.step, number), self.step

    def follow(self):
        """What the song has at this step."""
        while self.song is not None and self.song.due() <= self.step:
            song, follows = self.song, self.song.next()
            if follows is None:
                self.song = None
            elif follows:
                self.arrive(self.session, song.scene(), later=True)
                self.song, self.top = song, song.top
            else:
                self.end()

    def end(self):
        """It stops, and so does all that sounds."""
        self.song, self.over, self.stopped = None, True, True
        self.took_over(True)

    def arrive(self, session, scene, first=False, later=False):
        self.session, self.song = session, None
        self.part = model.Part(session, scene)
        self.part.name = scene
        for name, track in {**self.part.tracks, **self.part.midi}.items():
            old = self.last.get(name)
            for key in [key for key in self.live if key[0] == name]:
                if given(old, key[1]) != given(track, key[1]):
                    del self.live[key]
            self.last[name] = track
        raw = session if scene is None else session["scenes"][scene]
        if scene is None or first or "environment" in raw:
            env = self.part.environment
            self.set_environment((env.get("bpm", 120), env.get("swing", 0.0), env.get("default_gate", 1.0)))
        if scene is not None and raw.get("from") == "top":
            self.top = self.step
        self.took_over(not later)

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
            self.begin(session)
        elif command == "scene":
            self.arrive(self.session, self.scene_of(rest[0]))
        elif command == "song":
            if rest[0] == "off":
                self.song = None
            else:
                self.begin(self.session, int(rest[1]) - 1, first=False)
        elif command in ("stop", "pause"):
            self.end()
        elif command in ("panic", "midi-panic"):
            self.releases.append((self.time, float("inf"), None))
            self.controls += [(self.time, self.step % STEPS, data) for channel in range(16)
                              for data in [[0xB0 | channel, number, 0] for number in (64, 123, 120, 121)]
                              + [[0xE0 | channel, 0, 64]]]
            self.sent = {}
            if command == "panic":
                self.osc.append((self.time, self.step % STEPS, ["/dirt/play", "s", "superpanic"]))
        elif command == "bpm":
            old = self.tempo.at(self.step)
            self.tempo = Tempo(old, relative(rest[0], old, True), steps, self.step)
        elif command == "swing":
            self.swing = relative(rest[0], self.swing, True)
        elif command == "gate":
            self.gate = relative(rest[0], self.gate, True)
        elif command in ("mute", "solo", "unmute", "unsolo"):
            self.turn(command, rest)
        elif command == "reset":
            self.reset(rest)
        elif command in ("set", "unset"):
            pairs = zip(rest[1::2], rest[2::2]) if command == "set" else [(what, "null") for what in rest[1:]]
            for what, value in pairs:
                new = None if value == "null" else relative(value, self.now(rest[0], what))
                if steps:
                    new = Ramp(self.now(rest[0], what), new, steps, self.step)
                self.live[rest[0], what] = new
            self.took_over(False)
        elif command == "trigger":
            self.trigger(rest[0], float(rest[1]), int(rest[2]))

    def scene_of(self, word):
        names = list(self.session.get("scenes", {}))
        if word == "-" or word in names:
            return None if word == "-" else word
        at = names.index(self.part.name) if self.part.name in names else -1
        return names[(at + 1) % len(names) if word == "next" else (at - 1 if at > 0 else -1)]

    def meant(self, words):
        """The tracks that words name: an id goes before a pattern."""
        names = list(self.part.tracks) + list(self.part.midi)
        return [name for name in names
                if any(word == name if word in names else fnmatch.fnmatchcase(name, word) for word in words)]

    def turn(self, command, words):
        what, state = command.replace("un", "", 1) if command.startswith("un") else command, "on"
        if command.startswith("un"):
            state = "off"
        elif words[-1] in ("on", "off", "toggle"):
            words, state = words[:-1], words[-1]
        for name in self.meant(words):
            self.live[name, what] = not self.switch(name, what) if state == "toggle" else state == "on"
        self.took_over(False)

    def reset(self, words):
        """A parameter, a track, or everything that was changed."""
        for key in list(self.live):
            if words in ([], [key[0]], list(key)):
                del self.live[key]
        if not words:
            bpm, self.swing, self.gate = self.given_environment
            self.tempo = Tempo(bpm, bpm, 0, self.step)
        self.took_over(False)

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
        now.since, now.grid, now.bpm = self.step - self.top, self.time, self.tempo.at(self.step)
        now.swing, now.gate = self.swing, self.gate
        return now

    def trigger(self, name, velocity, note):
        own = self.part.line_of(name)
        event = {"step": (self.step - self.top) % STEPS, "velocity": velocity, "note": note}
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
                model.controls(self.track(name), now, self.sent, out)
                self.controls += [(row[0],) + row[2:4] for row in out]
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
            self.follow()
            while lines and lines[0][0] == self.step and not self.over:
                self.act(*lines.pop(0)[1:])
            if self.over:
                self.osc += self.triggered
            else:
                self.play()
        return self.rows()

    def rows(self):
        rows = [(t, {"t": t, "step": k, "osc": args}) for t, k, args in self.osc]
        rows += [(t, {"t": t, "step": k, "midi": data})
                 for t, k, data in sound(self.midi, self.releases) + self.controls]
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
        self.player = Player()    # only where it is, not what it plays
        self.moved = False

    def session(self, seed):
        made = clean(generate.Maker(seed).session())
        made.pop("apply", None)
        for part in [made] + list(made.get("scenes", {}).values()):
            part["tracks"] = part.get("tracks") or {}
            part["tracks_midi"] = part.get("tracks_midi") or {}
        for scene in made.get("scenes", {}).values():
            if self.r.random() < 0.4:
                scene["from"] = self.r.choice(["top", "top", "here"])
        if self.r.random() < 0.4:
            scenes = [None] + sorted(made.get("scenes", {}))
            made["song"] = [{"bars": self.r.choice([1, 1, 2, 3, 5]), "scene": self.r.choice(scenes)}
                            for _ in range(self.r.randint(1, 4))]
            made["song_end"] = self.r.choice(["loop", "loop", "hold", "stop"])
        return clean(made)

    def number(self, low, high):
        return "%.4g" % self.r.uniform(low, high)

    def over(self):
        if self.r.random() < 0.5:
            return ""
        return self.r.choice([" over %d bars" % self.r.randint(1, 3), " over %d beats" % self.r.randint(1, 9),
                              " over %d steps" % self.r.randint(1, 50)])

    def turn(self, names):
        name = self.r.choice(names)
        meant = self.r.choice([name, name, name[0] + "*", "*", "%s %s" % (name, self.r.choice(names))])
        return self.r.choice(["mute %s", "unmute %s", "unsolo %s", "mute %s on", "mute %s off", "mute %s toggle",
                              "solo %s on", "solo %s off", "solo %s toggle"]) % meant

    def edit(self, part):
        names = list(part.tracks) + list(part.midi)
        name = self.r.choice(names)
        kind = self.r.random()
        if kind < 0.45:
            return self.turn(names)
        if kind < 0.55:
            what = self.r.choice(["velocity", "transpose"] if name in part.midi else SET)
            return self.r.choice(["reset", "reset " + name, "reset %s mute" % name, "reset %s %s" % (name, what)])
        over = self.over()
        if name in part.midi:
            return "set %s velocity %d transpose %d%s" % (
                name, self.r.randint(0, 127), self.r.randint(-24, 24), over)
        what = self.r.sample(SET, self.r.randint(1, 2))
        if kind < 0.6:
            return "unset %s %s" % (name, " ".join(what))
        values = ["%s %s" % (w, self.value(w, over)) for w in what]
        return "set %s %s%s" % (name, " ".join(values), over)

    def value(self, what, over):
        if not over and self.r.random() < 0.15:
            return "null"
        if what == "n":
            return str(self.r.randint(0, 40))
        if self.r.random() < 0.2:
            return self.r.choice(["*=0.5", "/=2", "*=0.9"])
        low, high = {"cutoff": (20, 9000), "gain": (0, 3), "speed": (-2, 4)}.get(what, (0, 1))
        return self.number(low, high)

    def environment(self):
        which = self.r.choice(["bpm", "bpm", "swing", "gate"])
        if which == "bpm":
            value = self.r.choice([self.number(60, 300)] * 2 + ["+3", "-2.5", "+=4", "*=1.05", "/=1.1"])
            return "bpm %s%s" % (value, self.over())
        if which == "swing":
            return "swing " + self.r.choice([self.number(0, 1)] * 2 + ["*=0.5", "/=3"])
        return "gate " + self.r.choice([self.number(0, 1)] * 2 + ["+0.25", "+=0.1", "*=1.5"])

    def switch(self, session):
        """To another scene, or an entry of the song, or on without it."""
        scenes = sorted(session.get("scenes", {}))
        if session.get("song") and self.r.random() < 0.5:
            return self.r.choice(["song off", "song on %d" % self.r.randint(1, len(session["song"]))])
        return "scene " + self.r.choice(['"%s"' % name for name in scenes] + ["next", "prev", "-"])

    def command(self, step):
        player, part = self.player, self.player.part
        kind = self.r.random()
        if kind < 0.25:
            return self.environment()
        if kind < 0.4 and (player.session.get("scenes") or player.session.get("song")):
            made = self.switch(player.session)
            return made if player.session.get("scenes") or made.startswith("song") else "scene -"
        if kind < 0.5 and step > 0:
            return "score"
        if kind < 0.6 and not self.moved and part.tracks and step > 0 and not player.session.get("song"):
            return "trigger %s %s %d" % (self.r.choice(list(part.tracks)), self.number(0, 1), self.r.randint(0, 127))
        if kind < 0.63:
            return self.r.choice(["panic", "midi-panic"])
        if kind < 0.65 and step > 0:
            return self.r.choice(["stop", "pause"])
        if part.tracks or part.midi:
            return self.edit(part)
        return "swing 0.5"

    def line(self, number, step):
        text = self.command(step)
        word = text.split()[0]
        at = self.r.choice(["at step %d " % step] + (["at bar %d " % (step // 16)] if step % 16 == 0 else []))
        stays = word not in ("scene", "score", "song", "panic", "midi-panic")
        if step == 0 and stays and not self.moved and self.r.random() < 0.5:
            at = ""
        if at and word in ("bpm", "swing", "gate", "mute") and self.r.random() < 0.15:
            self.lines.append(("#c%d %s%s" % (number, at, text), None))
            self.lines.append(("cancel #c%d" % number, None))
            return
        self.moved = self.moved or word in ("scene", "score", "song")
        session = self.sessions[1] if word == "score" else None
        self.lines.append((at + text, session))
        words = shlex.split(text)
        # what is said without a time is done before all that waits for step 0
        self.model.append((step, words, session, at != ""))
        self.player.act(words, session)

    def compose(self):
        steps = sorted(self.r.choice([0, self.r.randrange(self.bars * 16), self.r.randrange(self.bars) * 16])
                       for _ in range(self.r.randint(1, 25)))
        self.model.append((0, ["score"], self.sessions[0]))
        self.player.act(["score"], self.sessions[0])
        self.player.triggered = []
        for number, step in enumerate(steps):
            self.player.step = step
            self.player.follow()
            if self.player.over:
                break
            self.line(number, step)
            if self.player.over:
                break
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
