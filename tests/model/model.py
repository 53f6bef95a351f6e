#!/usr/bin/env python3
"""An independent model of what a session says: session in, trace out.

Written from oiduna-ir(5), sharing nothing with the programs, slow and plain on purpose.

model.py SESSION [LOOPS]        prints the trace as `oiduna-play --dry-run --loops LOOPS` must
"""
import json
import math
import sys

STEPS = 256
OFFSETS = {"hall": 7.25e-3, "synth": -11.5e-3}  # seconds, of the destinations of generate11.py
LOUDEST = 2.0  # what oiduna-play lets out unless --gain-limit says otherwise

# The arguments of a message after the fixed head, in order: IR name, name on the wire.
TAIL = [
    ("cut", "cut"), ("legato", "legato"),
    ("cutoff", "cutoff"), ("resonance", "resonance"), ("hcutoff", "hcutoff"),
    ("hresonance", "hresonance"), ("bandf", "bandf"), ("bandq", "bandq"),
    ("room", "room"), ("size", "size"), ("dry", "dry"),
    ("delay_send", "delay"), ("delay_time", "delaytime"), ("delay_feedback", "delayfeedback"),
    ("shape", "shape"), ("crush", "crush"), ("coarse", "coarse"),
    ("attack", "attack"), ("hold", "hold"), ("decay", "decay"), ("release", "release"),
    ("tremolo_rate", "tremolorate"), ("tremolo_depth", "tremolodepth"),
    ("phaser_rate", "phaserrate"), ("phaser_depth", "phaserdepth"),
    ("leslie", "leslie"), ("leslie_rate", "lrate"), ("leslie_size", "lsize"),
    ("detune", "detune"), ("accelerate", "accelerate"), ("psrate", "psrate"),
    ("psdisp", "psdisp"), ("vowel", "vowel"),
] + [(name, name) for name in (
    "freeze smear binshift comb scram hbrick lbrick enhance tsdelay xsdelay ring ringf ringdf "
    "squiz waveloss octer octersub octersubsub fshift fshiftnote fshiftphase "
    "krush kcutoff triode djf").split()] + [
    ("cthresh", "cThresh"), ("cratio", "cRatio"), ("cattack", "cAttack"),
    ("crelease", "cRelease"), ("cgain", "cGain"), ("cknee", "cKnee"), ("panspread", "panspread"),
]

BOTH_FX = ("cutoff resonance hcutoff hresonance bandf bandq shape crush coarse attack hold "
           "release").split()
ONLY_FX = "room size dry delay_send delay_time delay_feedback".split()
ONLY_TRACK_FX = [name for name, _ in TAIL if name not in BOTH_FX + ONLY_FX + [
    "cut", "legato", "leslie", "leslie_rate", "leslie_size"]]

# Parameter: least, greatest, default, how a signal moves it.
MODULATED = {
    "gain": (0, 2, 1, "*"), "pan": (0, 1, 0.5, "~"), "speed": (0.1, 4, 1, "*"),
    "cutoff": (20, 20000, 1000, "*"), "resonance": (0, 1, 0, "+"),
    "hcutoff": (20, 20000, 5000, "*"), "hresonance": (0, 1, 0, "+"),
    "room": (0, 1, 0, "+"), "shape": (0, 1, 0, "+"), "hold": (0, 2, 0, "+"),
    "delay_send": (0, 1, 0, "+"), "delay_feedback": (0, 1, 0, "+"),
    "size": (0, 1, 0.5, "+"), "dry": (0, 1, 1, "+"), "delay_time": (0, 2, 0, "+"),
    "crush": (1, 16, 16, "+"), "attack": (0, 2, 0.001, "+"), "release": (0, 2, 0.2, "+"),
}

PATHS = {
    "filter.cutoff": "cutoff", "filter.resonance": "resonance", "filter.hcutoff": "hcutoff",
    "filter.hresonance": "hresonance", "reverb.room": "room", "reverb.size": "size",
    "reverb.dry": "dry", "delay.send": "delay_send", "delay.time": "delay_time",
    "delay.feedback": "delay_feedback", "distortion.shape": "shape", "distortion.crush": "crush",
    "envelope.attack": "attack", "envelope.hold": "hold", "envelope.release": "release",
}

PLAIN = "s n gain pan speed begin end orbit cut legato".split()
MASK = 2**64 - 1

LINE_FX = {"reverb_room": 0.0, "reverb_size": 0.5, "reverb_dry": 1.0, "delay_send": 0.0,
           "delay_time": 0.375, "delay_feedback": 0.4, "leslie_rate": 0.0, "leslie_size": 0.0}


def clean(value, of_event=False):
    """Null equals absent, but as an event's gate, and among its own params."""
    if isinstance(value, dict):
        return {k: v if of_event and k == "params" and v else clean(v, k == "events")
                for k, v in value.items() if v is not None or k == "gate"}
    if isinstance(value, list):
        return [clean(v, of_event) for v in value if v is not None]
    return value


def clamp(value, low, high):
    return min(max(value, low), high)


def modulate(name, base, x):
    low, high, _, how = MODULATED[name]
    if how == "*":
        value = base * (1 + x)
    elif how == "+":
        value = base + x * (high - low)
    else:
        value = base + x * (high - low) / 2
    return clamp(value, low, high)


def audible(things):
    """Names that are heard of (name, mute, solo)."""
    if any(solo for _, _, solo in things):
        return {name for name, _, solo in things if solo}
    return {name for name, mute, _ in things if not mute}


class Line:
    def __init__(self, number, name, raw):
        fx = raw.get("fx", {})
        self.number, self.name = raw.get("orbit", number), name
        self.include = raw.get("include", [])
        self.volume, self.pan = raw.get("volume", 1.0), raw.get("pan", 0.5)
        self.mute, self.solo = raw.get("mute", False), raw.get("solo", False)
        self.fx = {key: fx.get(key, default) for key, default in LINE_FX.items()}
        if "reverb_room" not in fx:
            self.fx["reverb_room"] = fx.get("reverb_send", 0.0)
        self.spatial = {"room": self.fx["reverb_room"], "size": self.fx["reverb_size"],
                        "dry": self.fx["reverb_dry"], "delay_send": self.fx["delay_send"],
                        "delay_time": self.fx["delay_time"],
                        "delay_feedback": self.fx["delay_feedback"]}


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def mix(x):
    x = x + 0x9E3779B97F4A7C15 & MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


def values(modulation):
    """The signal, its points spelled out."""
    if "points" not in modulation:
        return modulation["signal"]
    points, out = modulation["points"], []
    for k in range(modulation.get("length", STEPS)):
        before = [p for p in points if p[0] <= k]
        after = [p for p in points if p[0] > k]
        if not before or not after:
            out.append(before[-1][1] if before else after[0][1])
            continue
        (x, y), (x2, y2) = before[-1], after[0]
        out.append(y + (y2 - y) * (k - x) / (x2 - x))
    return out


def at(signal, k):
    return signal[k % len(signal)]


class Part:
    """What plays: the session or one of its scenes."""

    def __init__(self, session, scene=None, only=None):
        raw = session if scene is None else session.get("scenes", {})[scene]
        self.environment = raw.get("environment", session.get("environment", {}))
        self.brings = scene is None or "environment" in raw
        lines = raw.get("mixer_lines", session.get("mixer_lines", {}))
        self.lines = [Line(i, name, line) for i, (name, line) in enumerate(lines.items())]
        self.heard_lines = audible([(line.name, line.mute, line.solo) for line in self.lines])
        self.sequences = raw.get("sequences", {})
        self.longest = max([STEPS] + [self.length_of(k) for k in [*raw.get("tracks", {}), *raw.get("tracks_midi", {})]])
        self.tracks = {k: v for k, v in raw.get("tracks", {}).items() if not only or k in only}
        self.midi = {k: v for k, v in raw.get("tracks_midi", {}).items() if not only or k in only}
        metas = [(k, v.get("meta", {})) for k, v in self.tracks.items()]
        self.heard = audible([(k, m.get("mute", False), m.get("solo", False)) for k, m in metas])
        self.heard_midi = audible([(k, v.get("mute", False), v.get("solo", False))
                                   for k, v in self.midi.items()])
        self.of_step = {}
        for name, sequence in self.sequences.items():
            for place, event in enumerate(sequence.get("events", [])):
                self.of_step.setdefault((name, event["step"]), []).append((place, event))

    def line_of(self, track):
        for line in self.lines:
            if track in line.include:
                return line
        return None

    def length_of(self, track):
        return self.sequences.get(track, {}).get("length", STEPS)

    def events(self, track, now):
        """Those that play, so many steps after the top."""
        length = self.length_of(track)
        for place, event in self.of_step.get((track, now.since % length), []):
            number = now.since // length
            when, prob = event.get("when"), event.get("prob", 1)
            if when is not None and number % when["of"] not in when["is"]:
                continue
            if prob < 1:
                h = mix(mix(now.seed) ^ crc32c(track.encode()))
                h = mix(mix(h ^ place) ^ number)
                if not (h >> 11) * 2.0**-53 < prob:
                    continue
            yield event


class Now:
    """A step: how many since the top, its time, and what holds at it."""

    def __init__(self, step):
        self.step, self.k = step, step % STEPS
        self.since = self.top_time = 0
        self.grid = self.bpm = self.swing = self.gate = self.seed = 0

    @property
    def length(self):
        return 60 / self.bpm / 4

    def time(self, event):
        swing = self.swing * self.length / 3 if self.since % 2 == 1 else 0
        return self.grid + swing + event.get("offset_ms", 0.0) / 1000 + event.get("offset", 0) * self.length

    def gate_of(self, event):
        return event["gate"] if "gate" in event else self.gate


def signals_of(track):
    found = {}
    for key, modulation in track.get("modulations", {}).items():
        name = PATHS.get(key, key)
        if name in MODULATED:
            found[name] = values(modulation)
    return found


def with_own(track, own):
    """The track as an event has it whose own parameters are these; null: absent."""
    params, fx = dict(track["params"]), dict(track.get("fx", {}))
    track_fx, extra = dict(track.get("track_fx", {})), dict(params.get("extra_params", {}))
    for key, value in own.items():
        kind = (track_fx if key in ONLY_TRACK_FX else fx if key in BOTH_FX + ONLY_FX
                else params if key in PLAIN else extra)
        if key in BOTH_FX:
            track_fx.pop(key, None)
        if value is None:
            kind.pop(key, None)
        else:
            kind[key] = value
    params["extra_params"] = extra
    return dict(track, params=params, fx=fx, track_fx=track_fx)


def address_of(destination):
    return "/hall" if destination == "hall" else "/dirt/play"


def message(track, event, now, target, amount):
    """One /dirt/play for an event; `target` is the line it goes through, or None."""
    track = with_own(track, event.get("params", {}))
    params = track["params"]
    signals = signals_of(track)
    fx, track_fx = track.get("fx", {}), track.get("track_fx", {})

    def moved(key, base):
        return modulate(key, base, at(signals[key], now.since)) if key in signals else base

    gain = moved("gain", params.get("gain", 1.0)) * event.get("velocity", 1.0) * amount
    pan = moved("pan", params.get("pan", 0.5))
    if target is not None:
        gain *= target.volume
        pan += target.pan - 0.5
    gain = min(gain, LOUDEST)
    address = address_of(track.get("destination"))
    args = [address, "s", params["s"],
            "orbit", target.number if target is not None else params.get("orbit", 0),
            "cps", now.bpm / 240, "cycle", now.since % STEPS / 16, "delta", now.length,
            "gain", gain, "pan", clamp(pan, 0, 1), "n", params.get("n", 0),
            "speed", moved("speed", params.get("speed", 1.0)),
            "begin", params.get("begin", 0.0), "end", params.get("end", 1.0)]
    if event.get("note") is not None:
        args += ["midinote", event["note"]]
    gate = now.gate_of(event)
    if gate is not None:
        args += ["sustain", gate * now.length * params.get("legato", 1)]
    for key, wire in TAIL:
        value = None
        if key in ("cut", "legato"):
            value = params.get(key)
        elif key in ONLY_FX:
            value = target.spatial[key] if target is not None else fx.get(key)
            if key == "dry" and target is not None and value == 1 and key not in signals:
                value = None  # it would silence the reverb
        elif key in ("leslie", "leslie_rate", "leslie_size"):
            if target is not None and target.fx["leslie_rate"] > 0:
                value = 1 if key == "leslie" else target.fx[key]
        elif key in BOTH_FX:
            value = track_fx.get(key, fx.get(key))
        else:
            value = track_fx.get(key)
        if key in signals:
            value = modulate(key, MODULATED[key][2] if value is None else value, at(signals[key], now.since))
        if value is not None:
            args += [wire, value]
    for key, value in params.get("extra_params", {}).items():
        args += [key, int(value) if isinstance(value, bool) else value]
    return args


def play_track(part, name, track, now, out):
    own = part.line_of(name)
    if name not in part.heard or (own is not None and own.name not in part.heard_lines):
        return
    by_name = {line.name: line for line in part.lines}
    for event in part.events(name, now):
        t = now.time(event) + OFFSETS.get(track.get("destination"), 0)
        out.append((t, now.k, message(track, event, now, own, 1)))
        for send in track.get("sends", []):
            line = by_name.get(send["target"] if "target" in send else send["mixer_line"])
            silent = 0 if "target" in send else 1
            amount = clamp(send.get("amount", send.get("gain", silent)), 0, 1)
            if line is not None and line is not own and line.name in part.heard_lines:
                out.append((t, now.k, message(track, event, now, line, amount)))


# What comes first at one time.
SYSEX, PROGRAM, PARAMETER, CONTROL, BEND, RELEASE, NOTE = range(7)


def port_of(track):
    return 1 if track.get("destination") == "synth" else 0


def port_offset(port):
    return OFFSETS["synth"] if port == 1 else 0


def messages_of(fields, channel, transpose):
    """The MIDI messages that an event or `init` has, with their ranks."""
    def cc(number, value):
        return [0xB0 | channel, number, value]
    if "bank" in fields:
        yield PROGRAM, cc(0, fields["bank"] >> 7)
        yield PROGRAM, cc(32, fields["bank"] & 127)
    if "program" in fields:
        yield PROGRAM, [0xC0 | channel, fields["program"]]
    for kind, msb, lsb in (("rpn", 101, 100), ("nrpn", 99, 98)):
        for number, value in fields.get(kind, {}).items():
            for message_ in ((msb, int(number) >> 7), (lsb, int(number) & 127), (6, value >> 7),
                             (38, value & 127), (101, 127), (100, 127)):
                yield PARAMETER, cc(*message_)
    for number, value in fields.get("cc", {}).items():
        yield CONTROL, cc(int(number), value)
    for number, value in fields.get("cc14", {}).items():
        yield CONTROL, cc(int(number), value >> 7)
        yield CONTROL, cc(int(number) + 32, value & 127)
    if "bend" in fields:
        yield BEND, [0xE0 | channel, fields["bend"] + 8192 & 127, fields["bend"] + 8192 >> 7]
    if "pressure" in fields:
        yield BEND, [0xD0 | channel, fields["pressure"]]
    if "poly_pressure" in fields:
        yield BEND, [0xA0 | channel, clamp(fields["note"] + transpose, 0, 127), fields["poly_pressure"]]


def put_messages(fields, track, t, k, sent, out):
    port = port_of(track)
    for rank, data in messages_of(fields, track["channel"], track.get("transpose", 0)):
        kind, channel = data[0] & 0xF0, data[0] & 15
        if kind == 0xB0:
            sent[(port, channel, data[1])] = data[2]
        elif kind == 0xE0:
            sent[(port, channel, "bend")] = data[1] + data[2] * 128 - 8192
        elif kind == 0xD0:
            sent[(port, channel, "pressure")] = data[1]
        out.append((t, rank, k, data, port))


def begin(part, before, now, sent, out):
    """What MIDI tracks begin with that did not begin so in the part before."""
    def what(track):
        return (track.get("init"), track["channel"], port_of(track))
    for name, track in part.midi.items():
        init = track.get("init", {})
        if not init or (before is not None and name in before.midi and
                        what(before.midi[name]) == what(track)):
            continue
        for text in init.get("sysex", []):
            data = list(bytes.fromhex(text))
            out.append((now.grid + port_offset(port_of(track)), SYSEX, now.k, data, port_of(track)))
        put_messages(init, track, now.grid + port_offset(port_of(track)), now.k, sent, out)


def controls(track, now, sent, out):
    channel, port, k = track["channel"], port_of(track), now.since
    t = now.time({}) + port_offset(port)

    def send(what, value, data):
        if sent.get((port, channel, what)) != value:
            sent[(port, channel, what)] = value
            out.append((t, CONTROL, now.k, data, port))

    for number, modulation in track.get("cc_modulations", {}).items():
        value = clamp(math.trunc((at(values(modulation), k) + 1) / 2 * 127), 0, 127)
        send(int(number), value, [0xB0 | channel, int(number), value])
    if "pitch_bend_modulation" in track:
        value = clamp(math.trunc(at(values(track["pitch_bend_modulation"]), k) * 8191), -8192, 8191)
        send("bend", value, [0xE0 | channel, (value + 8192) & 127, (value + 8192) >> 7])
    if "aftertouch_modulation" in track:
        value = clamp(
            math.trunc((at(values(track["aftertouch_modulation"]), k) + 1) / 2 * 127), 0, 127)
        send("pressure", value, [0xD0 | channel, value])


def notes(part, name, track, now, sent, out):
    port = port_of(track)
    for event in part.events(name, now):
        t = now.time(event) + port_offset(port)
        put_messages(event, track, t, now.k, sent, out)
        if event.get("note") is None or "poly_pressure" in event:
            continue
        x = at(values(track["velocity_modulation"]), now.since) if "velocity_modulation" in track else 0
        velocity = clamp(math.trunc(
            event.get("velocity", 1.0) * track.get("velocity", 127) * (1 + x)), 0, 127)
        if velocity == 0:
            continue
        note = clamp(event["note"] + track.get("transpose", 0), 0, 127)
        gate = now.gate_of(event)
        length = (1 if gate is None else gate) * now.length
        out.append((t, NOTE, now.k, [0x90 | track["channel"], note, velocity], port, length, name, now.step))


def sound(waiting):
    """Note-ons and controllers → what is sent, note-offs included, in order of time."""
    out, ends = [], {}
    # Times are whole nanoseconds: what a float makes of one decides no order, steps do.
    for item in sorted(waiting, key=lambda item: (round(item[0] * 1e9), item[1])):
        t, kind, k, data, port = item[:5]
        for key, (end, off, step, _, _) in sorted(ends.items(), key=lambda e: e[1][0]):
            if end <= t:
                out.append((end, step, off))
                del ends[key]
        if kind == RELEASE:  # a song's entry: the notes of tracks it does not play end
            for key, (_, off, step, name, planned) in list(ends.items()):
                if key[0] == port and name not in data and planned < item[5]:
                    out.append((t, step, off))
                    del ends[key]
            continue
        if kind == NOTE:
            key = (port, data[0] & 15, data[1])
            if key in ends:
                out.append((t, ends[key][2], ends[key][1]))
            ends[key] = (t + item[5], [0x80 | key[1], key[2], 0], k, item[6], item[7])
        out.append((t, k, data))
    out += [(end, step, off) for end, off, step, _, _ in ends.values()]
    return out


def batch_midi(params, t, step, out):
    channel, k = params.get("channel", 6), step % STEPS
    fields = {key: params[key] for key in ("cc", "nrpn") if key in params}
    if "pitch_bend" in params:
        fields["bend"] = params["pitch_bend"]
    for rank, data in messages_of(fields, channel, 0):
        out.append((t, rank, k, data, 1))
    if "note" in params:
        data = [0x90 | channel, params["note"], params.get("velocity", 100)]
        out.append((t, NOTE, k, data, 1, params.get("duration_ms", 250) / 1000, "", step))


def rows_of(osc, midi):
    rows = [{"t": t, "step": k, "osc": args} for t, k, args in osc]
    rows += [{"t": t, "step": k, "midi": data} for t, k, data in sound(midi)]
    return sorted(rows, key=lambda row: round(row["t"] * 1e9))  # as sound(): whole nanoseconds


def batch(session, loops):
    bpm = session.get("bpm", 120)
    length = 60 / bpm / 4
    out, midi = [], []
    for step in range(loops * STEPS):
        for m in session["messages"] if "messages" in session else session["entries"]:
            if m["step"] != step % STEPS:
                continue
            where, t = m.get("destination_id"), (step + m.get("offset", 0)) * length
            t += OFFSETS.get(where, 0)
            if where == "synth":
                batch_midi(m["params"], t, step, midi)
                continue
            args = [address_of(where)]
            for key, value in m.get("params", {}).items():
                if key != "track_id":
                    args += [key, int(value) if isinstance(value, bool) else value]
            if "cps" not in m.get("params", {}):
                args += ["cps", bpm / 240]
            out.append((t, step % STEPS, args))
    return rows_of(out, midi)


def has_song(session):
    """A session's song plays, unless its apply leaves it off."""
    apply = session.get("apply", {})
    return bool(session.get("song")) and "scene_name" not in apply and not apply.get("track_ids")


def entries_of(session, loops):
    """What plays: (part, steps, whether it is a later entry of a song), one after another."""
    apply, song = session.get("apply", {}), session.get("song", [])
    if not has_song(session):
        yield Part(session, apply.get("scene_name"), apply.get("track_ids")), loops * STEPS, False
        return
    parts = [(Part(session, entry.get("scene")), entry["bars"] * 16) for entry in song]
    end = session.get("song_end", "loop")
    passes = parts * (loops if end == "loop" else 1)
    if end == "hold":
        passes[-1] = (passes[-1][0], passes[-1][1] + (loops - 1) * sum(steps for _, steps in parts))
    for i, (part, steps) in enumerate(passes):
        yield part, steps, i > 0


class Tempo:
    """The tempo map of the part that brought the environment; without one, its bpm."""

    def __init__(self, part, in_song):
        self.bpm = part.environment.get("bpm", 120)
        self.map = part.environment.get("tempo_map", [])
        self.period = None if in_song else part.longest

    def at(self, since):
        place = since if self.period is None else since % self.period
        bpm = self.bpm
        for step, value in self.map:
            bpm = value if place >= step else bpm
        return bpm


def play_step(part, now, osc, midi, sent):
    for name, track in part.midi.items():
        if name in part.heard_midi:
            controls(track, now, sent, midi)
    for name, track in part.tracks.items():
        play_track(part, name, track, now, osc)
    for name, track in part.midi.items():
        if name in part.heard_midi:
            notes(part, name, track, now, sent, midi)


def trace(session, loops=1):
    session = clean(session)
    if "messages" in session or "entries" in session:
        return batch(session, loops)
    osc, midi, sent = [], [], {}
    step, grid, before, tempo, environment = 0, 0.0, None, None, {}
    for part, steps, later in entries_of(session, loops):
        if part.brings or not later:
            tempo, environment = Tempo(part, has_song(session)), part.environment
        for since in range(steps):
            now = Now(step)
            now.since, now.grid, now.bpm = since, grid, tempo.at(since)
            now.swing, now.gate = environment.get("swing", 0.0), environment.get("default_gate", 1.0)
            now.seed = environment.get("seed", 0)
            if since == 0:
                begin(part, before, now, sent, midi)
                if later:
                    midi += [(grid + port_offset(port), RELEASE, now.k, part.heard_midi, port, step)
                             for port in (0, 1)]
            play_step(part, now, osc, midi, sent)
            grid += now.length
            step += 1
        before = part
    return rows_of(osc, midi)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        session = json.load(file)
    for row in trace(session, int(sys.argv[2]) if len(sys.argv) == 3 else 1):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
