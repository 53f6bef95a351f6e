"""Holds what was heard against what was said: the player's events and the answers to the changes."""

import bisect
from collections import Counter, defaultdict

from music import STEPS, TRACKS

LIMIT = 1000     # ns
ROUNDED = 10000  # ns: what a time loses in an HTTP answer
SECOND = 10**9


class Record:
    """All that happened, in the order in which it was learnt; times are ns since 1970."""

    def __init__(self):
        self.music = {}        # number -> Music
        self.heard = []        # (tag, [address, argument, ...])
        self.positions = []    # (time, step counted through all loops, life of the player)
        self.applied = []      # (time, place in the account)
        self.changes = []      # (time, "mute" | "cutoff", track, value or None: not known, place)
        self.arrived = []      # (place in the account, time, number of the session, part): what was taken over
        self.answered = []     # (time, "mute" | "cutoff", place in the account)
        self.tempo = []        # (time)
        self.jumps = []        # when stop was asked for
        self.kills = []        # (time, time of the first position of the next life)
        self.dropped = {}      # life -> dropped_steps as last counted
        self.late = {}         # life -> late_events as last counted
        self.triggers = 0


class Judge:
    def __init__(self, record):
        self.r = record
        self.faults = defaultdict(list)
        self.counts = Counter()
        self.positions = sorted(record.positions)
        self.times = [p[0] for p in self.positions]

    def fault(self, kind, text):
        self.faults[kind].append(text)

    def near_kill(self, time, before=SECOND // 4):
        """In the time that a killed player had taken over, or that none played."""
        return any(killed - before <= time <= back + SECOND // 2 for killed, back in self.r.kills)

    def near_halt(self, time):
        """Stopped or paused: what was planned and not sent yet is not sent any more."""
        return any(halt <= time <= halt + SECOND // 2 for halt in self.r.jumps)

    def place(self, tag, step):
        """Number of the position that a message belongs to; None if there is none."""
        at = bisect.bisect_left(self.times, tag - LIMIT)
        while at < len(self.times) and self.times[at] <= tag + LIMIT:
            if self.positions[at][1] % STEPS == step:
                return at
            at += 1
        return None

    def judge(self):
        self.r.answered.sort()
        messages = self.sort_messages()
        self.steps_follow_each_other()
        self.step_lengths()
        self.parts_change_when_they_are_told(messages)
        self.all_is_heard(messages)
        return self.faults, self.counts

    def sort_messages(self):
        """{position: {track: message}}"""
        found = defaultdict(dict)
        for tag, message in self.r.heard:
            args = dict(zip(message[1::2], message[2::2]))
            track = args.get("s")
            if track in ("t", "superpanic"):
                self.counts["triggered" if track == "t" else "panics"] += 1
                continue
            self.counts["messages"] += 1
            step = round(args["cycle"] * 16) % STEPS
            at = self.place(tag, step)
            if at is None:
                if self.near_kill(tag):
                    self.counts["unannounced before a kill"] += 1
                else:
                    self.fault("off the grid", "%s, step %d at %d" % (track, step, tag))
                continue
            if track in found[at]:
                self.repeated(tag, track, step)
            found[at][track] = args
        return found

    def repeated(self, tag, track, step):
        if self.near_kill(tag):
            self.counts["twice around a kill"] += 1
        else:
            self.fault("twice", "%s, step %d at %d" % (track, step, tag))

    def steps_follow_each_other(self):
        gaps = Counter()
        lives = defaultdict(list)
        for position in self.r.positions:
            lives[position[2]].append(position)
        for life, all_of in lives.items():
            for (before, last, _), (time, step, _) in zip(all_of, all_of[1:]):
                jumped = any(before - SECOND <= jump <= time for jump in self.r.jumps)
                if step > last:
                    gaps[life] += step - last - 1
                elif not (step < STEPS and jumped):
                    self.fault("out of order", "step %d after %d at %d" % (step, last, time))
                elif step > 0:
                    gaps[life] += step
            counted = self.r.dropped.get(life, 0)
            if gaps[life] < counted or (gaps[life] > counted and life == max(lives)):
                self.fault("steps missing", "life %d: %d missing, %d counted" % (life, gaps[life], counted))
            self.counts["dropped steps"] += gaps[life]
        self.counts["steps"] = len(self.positions)

    def step_lengths(self):
        """From one even step to the next the time is the same, unless the tempo changed."""
        changes = sorted(self.r.tempo + [t for t, _ in self.r.applied] + self.r.jumps +
                         [t for kill in self.r.kills for t in kill])
        last = None
        for time, step, life in self.positions:
            if step % 2 or last is None or life != last[2] or step != last[1] + 2:
                if step % 2 == 0:
                    last = (time, step, life, None)
                continue
            length = time - last[0]
            at = bisect.bisect_left(changes, last[0] - SECOND)
            changed = at < len(changes) and changes[at] <= time + LIMIT
            if last[3] is not None and not changed and abs(length - last[3]) > 2 * LIMIT:
                self.fault("uneven", "step %d at %d: %d ns after %d ns" % (step, time, length, last[3]))
            last = (time, step, life, None if changed else length)

    def parts_change_when_they_are_told(self, messages):
        applied = sorted(t for t, _ in self.r.applied)
        last = None
        for at in sorted(messages):
            grid = messages[at].get("grid")
            if grid is None:
                continue
            time = self.times[at]
            now = (grid["n"], grid["part"])
            if last is not None and now != last[1] and not self.near_kill(time):
                halted = self.near_halt(last[0]) or self.near_halt(time)  # its times are over then
                slack = SECOND // 2 if halted else 0
                first = bisect.bisect_right(applied, last[0] + LIMIT - slack)
                if first == len(applied) or applied[first] > time + LIMIT + slack:
                    self.fault("changed unannounced", "%r after %r at %d" % (now, last[1], time))
                if now[0] < last[1][0]:
                    self.fault("went back", "%r after %r at %d" % (now, last[1], time))
            last = (time, now)

    def place_of(self, change):
        """Where in the player's account a change was made: times through HTTP are not exact."""
        if change[3] is None:
            return change[4]
        first = bisect.bisect_left(self.r.answered, (change[0] - ROUNDED,))
        like = [(place, at) for at, (time, what, place) in enumerate(self.r.answered[first:first + 20], first)
                if what == change[1] and abs(time - change[0]) <= ROUNDED]
        if like:
            place, at = min(like)  # changes come in their order, also where a player was killed between two
            del self.r.answered[at]  # the next one at that time is another
            return place
        self.fault("unknown", "%r is not in the player's account" % (change,))
        return change[4]

    def state(self):
        """(time, {(what, track): value}) from when on what holds: the last word, by parts."""
        events = [(self.place_of(c), c[0], {c[1:3]: c[3]}, False) for c in self.r.changes]
        events += [(place, time, self.given(number, part), True) for place, time, number, part in self.r.arrived]
        now, before = {}, {}
        states = [(0, {})]
        for _, time, word, arrives in sorted(events, key=lambda e: e[0]):
            if arrives:  # what differs from what the last session or scene gave is its word
                new = {key: value for key, value in word.items() if before.get(key, value) != value or key not in now}
                self.counts["changes that outlast what arrives"] += sum(
                    1 for key, value in word.items() if key not in new and now[key] != value)
                before, word = word, new
            now = {**now, **word}
            if None in word.values():  # its time is a guess: not before what came before
                time = max(time, states[-1][0])
            while states[-1][0] > time:  # a stop brings things forward
                states.pop()
            states.append((time, now))
        return states

    def given(self, number, part):
        """What a session, or scene, says."""
        said = {}
        for track in TRACKS:
            mute, cutoff = self.r.music[number].given[part, track]
            said["mute", track] = mute
            said["cutoff", track] = "none" if cutoff is None else cutoff
        return said

    def all_is_heard(self, messages):
        states = self.state()
        times = [s[0] for s in states]
        for at, (time, step, _) in enumerate(self.positions):
            there = messages.get(at, {})
            if "grid" not in there:
                if self.near_kill(time):
                    self.counts["missing around a kill"] += 1
                elif self.near_halt(time):
                    self.counts["planned and then halted"] += 1
                else:
                    self.fault("missing", "step %d at %d" % (step, time))
                continue
            if not self.near_kill(time) and not self.near_halt(time):
                now = states[bisect.bisect_right(times, time + ROUNDED) - 1][1]
                self.hold(there, now, time, step % STEPS)

    def hold(self, there, now, time, step):
        grid = there["grid"]
        music = self.r.music[grid["n"]]
        for track in TRACKS:
            muted = now.get(("mute", track), False)
            wanted = step in music.steps[grid["part"], track] and not muted
            if muted is not None and wanted != (track in there):
                self.fault("not as muted", "%s, step %d at %d: wanted %s" % (track, step, time, wanted))
            elif track in there:
                self.counts["as wanted"] += 1
                cutoff = now.get(("cutoff", track), "none")
                if cutoff is not None and there[track].get("cutoff", "none") != cutoff:
                    self.fault("not as set", "%s, step %d at %d: cutoff %r, wanted %r" % (
                        track, step, time, there[track].get("cutoff", "none"), cutoff))


def ledger(messages, faults, kills):
    """Notes that are on at the end; one struck while it is on is a fault, but for what kills left."""
    on = Counter()
    struck = 0
    for message in messages:
        kind, channel = message[0] & 0xf0, message[0] & 0x0f
        if kind == 0x90 and message[2] > 0:
            struck += 1
            on[channel, message[1]] += 1
            if on[channel, message[1]] > 1:
                faults["struck twice"].append("channel %d note %d" % (channel, message[1]))
                on[channel, message[1]] = 1
        elif kind in (0x80, 0x90):
            on.pop((channel, message[1]), None)
        elif kind == 0xb0 and message[1] in (120, 123):
            for note in [n for n in on if n[0] == channel]:
                del on[note]
    if on:
        faults["left on"].append("%r after %d kills" % (sorted(on), kills))
    return struck
