#!/usr/bin/env python3
"""An independent model of what a session says: session in, trace out.

Written from oiduna-ir(5), sharing nothing with the programs, slow and plain on purpose.

model.py SESSION [LOOPS]        prints the trace as `oiduna-play --dry-run --loops LOOPS` must
"""
import json
import math
import sys

STEPS = 256
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

LINE_FX = {"reverb_room": 0.0, "reverb_size": 0.5, "reverb_dry": 1.0, "delay_send": 0.0,
           "delay_time": 0.375, "delay_feedback": 0.4, "leslie_rate": 0.0, "leslie_size": 0.0}


def clean(value):
    """Null equals absent, but as an event's gate."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items() if v is not None or k == "gate"}
    if isinstance(value, list):
        return [clean(v) for v in value if v is not None]
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
        self.number, self.name = number, name
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


class Part:
    """What plays: the session or one of its scenes."""

    def __init__(self, session, scene=None, only=None):
        raw = session if scene is None else session.get("scenes", {})[scene]
        env = raw.get("environment", session.get("environment", {}))
        self.bpm = env.get("bpm", 120)
        self.swing = env.get("swing", 0.0)
        self.default_gate = env.get("default_gate", 1.0)
        self.length = 60 / self.bpm / 4
        lines = raw.get("mixer_lines", session.get("mixer_lines", {}))
        self.lines = [Line(i, name, line) for i, (name, line) in enumerate(lines.items())]
        self.heard_lines = audible([(line.name, line.mute, line.solo) for line in self.lines])
        self.tracks = {k: v for k, v in raw.get("tracks", {}).items() if not only or k in only}
        self.midi = {k: v for k, v in raw.get("tracks_midi", {}).items() if not only or k in only}
        self.sequences = raw.get("sequences", {})
        metas = [(k, v.get("meta", {})) for k, v in self.tracks.items()]
        self.heard = audible([(k, m.get("mute", False), m.get("solo", False)) for k, m in metas])
        self.heard_midi = audible([(k, v.get("mute", False), v.get("solo", False))
                                   for k, v in self.midi.items()])

    def line_of(self, track):
        for line in self.lines:
            if track in line.include:
                return line
        return None

    def events(self, track, step):
        for event in self.sequences.get(track, {}).get("events", []):
            if event["step"] == step:
                yield event

    def time(self, step, offset_ms):
        swing = self.swing * self.length / 3 if step % 2 == 1 else 0
        return step * self.length + swing + offset_ms / 1000

    def gate(self, event):
        return event["gate"] if "gate" in event else self.default_gate


def signals_of(track):
    found = {}
    for key, modulation in track.get("modulations", {}).items():
        name = PATHS.get(key, key)
        if name in MODULATED:
            found[name] = modulation["signal"]
    return found


def message(part, name, track, event, step, target, amount):
    """One /dirt/play for an event; `target` is the line it goes through, or None."""
    k = step % STEPS
    params = track["params"]
    signals = signals_of(track)
    fx, track_fx = track.get("fx", {}), track.get("track_fx", {})

    def moved(key, base):
        return modulate(key, base, signals[key][k]) if key in signals else base

    gain = moved("gain", params.get("gain", 1.0)) * event.get("velocity", 1.0) * amount
    pan = moved("pan", params.get("pan", 0.5))
    if target is not None:
        gain *= target.volume
        pan += target.pan - 0.5
    gain = min(gain, LOUDEST)
    args = ["/dirt/play", "s", params["s"],
            "orbit", target.number if target is not None else params.get("orbit", 0),
            "cps", part.bpm / 240, "cycle", k / 16, "delta", part.length,
            "gain", gain, "pan", clamp(pan, 0, 1), "n", params.get("n", 0),
            "speed", moved("speed", params.get("speed", 1.0)),
            "begin", params.get("begin", 0.0), "end", params.get("end", 1.0)]
    if event.get("note") is not None:
        args += ["midinote", event["note"]]
    gate = part.gate(event)
    if gate is not None:
        args += ["sustain", gate * part.length * params.get("legato", 1)]
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
            value = modulate(key, MODULATED[key][2] if value is None else value, signals[key][k])
        if value is not None:
            args += [wire, value]
    for key, value in params.get("extra_params", {}).items():
        args += [key, int(value) if isinstance(value, bool) else value]
    return args


def play_track(part, name, track, step, out):
    own = part.line_of(name)
    if name not in part.heard or (own is not None and own.name not in part.heard_lines):
        return
    by_name = {line.name: line for line in part.lines}
    for event in part.events(name, step % STEPS):
        t = part.time(step, event.get("offset_ms", 0.0))
        out.append((t, step % STEPS, message(part, name, track, event, step, own, 1)))
        for send in track.get("sends", []):
            line = by_name.get(send["target"] if "target" in send else send["mixer_line"])
            silent = 0 if "target" in send else 1
            amount = clamp(send.get("amount", send.get("gain", silent)), 0, 1)
            if line is not None and line is not own and line.name in part.heard_lines:
                out.append((t, step % STEPS, message(part, name, track, event, step, line, amount)))


def controls(track, step, sent, out, t):
    channel = track["channel"]
    k = step % STEPS

    def send(what, value, data):
        if sent.get((channel, what)) != value:
            sent[(channel, what)] = value
            out.append((t, 1, k, data))

    for number, modulation in track.get("cc_modulations", {}).items():
        value = clamp(math.trunc((modulation["signal"][k] + 1) / 2 * 127), 0, 127)
        send(int(number), value, [0xB0 | channel, int(number), value])
    if "pitch_bend_modulation" in track:
        value = clamp(math.trunc(track["pitch_bend_modulation"]["signal"][k] * 8191), -8192, 8191)
        send("bend", value, [0xE0 | channel, (value + 8192) & 127, (value + 8192) >> 7])
    if "aftertouch_modulation" in track:
        value = clamp(
            math.trunc((track["aftertouch_modulation"]["signal"][k] + 1) / 2 * 127), 0, 127)
        send("pressure", value, [0xD0 | channel, value])


def notes(part, name, track, step, out):
    k = step % STEPS
    for event in part.events(name, k):
        if event.get("note") is None:
            continue
        x = track["velocity_modulation"]["signal"][k] if "velocity_modulation" in track else 0
        velocity = clamp(math.trunc(
            event.get("velocity", 1.0) * track.get("velocity", 127) * (1 + x)), 0, 127)
        if velocity == 0:
            continue
        note = clamp(event["note"] + track.get("transpose", 0), 0, 127)
        gate = part.gate(event)
        length = (1 if gate is None else gate) * part.length
        out.append((part.time(step, event.get("offset_ms", 0.0)), 2, k,
                    [0x90 | track["channel"], note, velocity], length))


def sound(waiting):
    """Note-ons and controllers → what is sent, note-offs included, in order of time."""
    out, ends = [], {}
    for number, item in enumerate(sorted(waiting, key=lambda item: item[:2])):
        t, kind, k, data = item[:4]
        for key, (end, off, step) in sorted(ends.items(), key=lambda e: e[1][0]):
            if end <= t:
                out.append((end, step, off))
                del ends[key]
        if kind == 2:
            key = (data[0] & 15, data[1])
            if key in ends:
                out.append((t, ends[key][2], ends[key][1]))
            ends[key] = (t + item[4], [0x80 | key[0], key[1], 0], k)
        out.append((t, k, data))
    out += [(end, step, off) for end, off, step in ends.values()]
    return out


def batch(session, loops):
    bpm = session.get("bpm", 120)
    length = 60 / bpm / 4
    out = []
    for step in range(loops * STEPS):
        for m in session["messages"]:
            if m["step"] != step % STEPS:
                continue
            args = ["/dirt/play"]
            for key, value in m.get("params", {}).items():
                if key != "track_id":
                    args += [key, int(value) if isinstance(value, bool) else value]
            if "cps" not in m.get("params", {}):
                args += ["cps", bpm / 240]
            out.append((step * length, step % STEPS, args))
    return [{"t": t, "step": k, "osc": args} for t, k, args in out]


def trace(session, loops=1):
    session = clean(session)
    if "messages" in session:
        return batch(session, loops)
    apply = session.get("apply", {})
    part = Part(session, apply.get("scene_name"), apply.get("track_ids"))
    osc, midi, sent = [], [], {}
    for step in range(loops * STEPS):
        for name, track in part.tracks.items():
            play_track(part, name, track, step, osc)
        for name, track in part.midi.items():
            if name in part.heard_midi:
                controls(track, step, sent, midi, part.time(step, 0))
                notes(part, name, track, step, midi)
    rows = [(t, {"t": t, "step": k, "osc": args}) for t, k, args in osc]
    rows += [(t, {"t": t, "step": k, "midi": data}) for t, k, data in sound(midi)]
    return [row for _, row in sorted(rows, key=lambda row: row[0])]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        session = json.load(file)
    for row in trace(session, int(sys.argv[2]) if len(sys.argv) == 3 else 1):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
