#!/usr/bin/env python3
"""Read a score by its manual page and print what `oiduna-compile --dump --json` prints.

Usage: score_reader.py PAGE SCORE [DUMP]
Takes all offsets, types and parameter names from the tables of the page (oiduna-score(5)), and
nothing from the library. With DUMP, a file with the program's output, prints nothing and exits 0
if both say the same, else the first differences and 1.
"""
import json
import math
import re
import struct
import sys

NONE = 0xFFFFFFFF
TYPES = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "f32": "f",
         "f64": "d", "string": "I"}
FROMS = [None, "here", "top"]
ENDS = ["loop", "hold", "stop"]
KINDS = {0: "cc", 1: "pitch_bend", 2: "pressure"}
TIMINGS = ["now", "beat", "bar", "seq"]


class Page:
    """The tables of the page: records (name -> size, fields) and the numbers of parameters."""

    def __init__(self, path):
        self.records = {}
        self.params = {}
        self.sections = []
        title = None
        for line in open(path, encoding="utf-8"):
            heading = re.match(r"\.Ss (.*)", line)
            if heading:
                title = heading.group(1)
                size = re.match(r"(\w+): (\d+) bytes? a record", title)
                if size:
                    title = size.group(1)
                    self.sections.append(title)
                    self.records[title] = (int(size.group(2)), [])
                else:
                    self.records[title] = (0, [])
            row = re.match(r"\.It (\d+) Ta (.*)", line)
            if row and title == "Numbers of parameters":
                name, wire, kind, _ = row.group(2).split(" Ta ")
                self.params[int(row.group(1))] = (name, wire, kind)
            elif row and title:
                kind, name = row.group(2).strip().split(" Ta ")[:2]
                self.records[title][1].append((int(row.group(1)), kind, name))

    def read(self, title, data, at):
        """One record as a dictionary."""
        out = {}
        for offset, kind, name in self.records[title][1]:
            many = re.match(r"(\w+)\[(\d+)\]$", kind)
            code = TYPES.get(many.group(1) if many else kind)
            if code is None:  # "8 bytes": the caller knows
                continue
            count = int(many.group(2)) if many else 1
            values = struct.unpack_from("<%d%s" % (count, code), data, at + offset)
            out[name] = list(values) if many else values[0]
        return out


def crc32c(data):
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def osc(data):
    """An OSC 1.0 message as a list."""
    def text(at):
        end = data.index(b"\0", at)
        return data[at:end].decode(), (end + 4) // 4 * 4
    address, at = text(0)
    types, at = text(at)
    out = [address]
    for kind in types[1:]:
        if kind == "s":
            value, at = text(at)
        else:
            value = struct.unpack_from(">i" if kind == "i" else ">f", data, at)[0]
            at += 4
        out.append(value)
    assert at == len(data), "a message ends early"
    return out


class Score:
    def __init__(self, page, data):
        self.page, self.data = page, data
        header = page.read("The header", data, 0)
        assert bytes(header["magic"]) == b"\x89ODN\r\n\x1a\n", "magic"
        assert header["version"] == 2 and header["length"] == len(data), "version or length"
        assert header["n_sections"] == len(page.sections), "number of sections"
        crc_at = next(f[0] for f in page.records["The header"][1] if f[2] == "crc")
        assert header["crc"] == crc32c(data[:crc_at] + data[crc_at + 4:]), "checksum"
        self.header = header
        table_at = next(f[0] for f in page.records["The header"][1] if f[2] == "sections")
        self.where = {}
        end = table_at + 16 * len(page.sections)
        for i, name in enumerate(page.sections):
            entry = page.read("Section table", data, table_at + 16 * i)
            assert entry["size"] == page.records[name][0], "size of a record of " + name
            assert entry["offset"] == (end + 7) // 8 * 8, "offset of " + name
            assert not any(data[end:entry["offset"]]), "a gap is not zero"
            end = entry["offset"] + entry["count"] * entry["size"]
            self.where[name] = entry
        assert (end + 7) // 8 * 8 == len(data), "end"

    def place(self, section, index):
        entry = self.where[section]
        assert 0 <= index < entry["count"], "%s has no record %d" % (section, index)
        return entry["offset"] + index * entry["size"]

    def get(self, section, index):
        return self.page.read(section, self.data, self.place(section, index))

    def many(self, section, first, count):
        return [self.get(section, first + i) for i in range(count)]

    def text(self, offset):
        at = self.place("STRINGS", offset)
        return self.data[at:self.data.index(b"\0", at)].decode()

    def round(self, section, record):
        """What goes round: a record says which entries of another section it has."""
        entries = self.many(section, record["first"], record["length"])
        return [value for entry in entries for value in entry.values()]

    def values(self, index):
        return None if index == NONE else self.round("FLOATS", self.get("VALUES", index))

    def signal(self, index):
        return None if index == NONE else self.round("NUMBERS", self.get("SIGNALS", index))

    def apply(self):
        header = self.header
        if header["apply_timing"] == NONE:
            return None
        count = self.where["APPLY_IDS"]["count"]
        part = header["apply_part"]
        return {"timing": TIMINGS[header["apply_timing"]],
                "from": FROMS[header["apply_from"]],
                "track_ids": [self.text(r["id"]) for r in self.many("APPLY_IDS", 0, count)],
                "scene_name": None if part == NONE else self.text(self.get("PARTS", part)["name"])}

    def song(self):
        name = lambda part: None if part == 0 else self.text(self.get("PARTS", part)["name"])
        return [{"scene": name(r["part"]), "bars": r["bars"]}
                for r in self.many("SONG", 0, self.where["SONG"]["count"])]

    def params(self, track, extra):
        out = {}
        for i in range(track["n_params"]):
            at = self.place("PARAMS", track["first_param"] + i)
            record = self.page.read("PARAMS", self.data, at)
            value_at = next(f[0] for f in self.page.records["PARAMS"][1] if f[2] == "value")
            code = "<Q" if record["type"] >= 2 else "<d"
            value = struct.unpack_from(code, self.data, at + value_at)[0]
            value = {2: lambda: self.text(value), 3: lambda: None}.get(record["type"],
                                                                       lambda: value)()
            if (record["param"] == 65535) == extra:
                name = self.text(record["name"]) if extra else self.page.params[record["param"]][0]
                out[name] = value
        return out

    def message(self, index, variant):
        record = self.get("MESSAGES", index)
        at = self.place("BYTES", record["bytes"])
        slots = self.many("SLOTS", record["first_slot"], record["n_slots"])
        out = {name: record[name] for name in ("cps", "cycle", "delta", "gain", "note", "sustain",
                                               "gain_factor", "sustain_factor")}
        out.update(variant=variant, osc=osc(self.data[at:at + record["size"]]),
                   gain_values=self.values(record["gain_values"]),
                   slots=[{"offset": s["offset"], "values": self.values(s["values"])}
                          for s in slots])
        return out

    def messages(self, groups, count):
        return [self.message(first + i, variant) for variant, first in enumerate(groups)
                if first != NONE for i in range(count)]

    def controls(self, record):
        return [[r["rank"]] + r["bytes"] for r in
                self.many("CONTROLS", record["first_control"], record["n_controls"])]

    def track(self, part, record):
        line = lambda i: self.text(self.get("LINES", part["first_line"] + i)["name"])
        flags = record["flags"]
        mods = self.many("MODS", record["first_mod"], record["n_mods"])
        sends = self.many("SENDS", record["first_send"], record["n_sends"])
        return {
            "track_id": self.text(record["id"]),
            "destination": self.text(record["destination"]),
            "mute": bool(flags & 1), "solo": bool(flags & 2), "line_silent": bool(flags & 4),
            "mixer_line": None if record["line"] == NONE else line(record["line"]),
            "length": record["length"],
            "n_events": record["n_events"], "n_messages": record["n_messages"],
            "params": self.params(record, False), "extra_params": self.params(record, True),
            "sends": [{"target": line(s["line"]), "amount": s["amount"]} for s in sends],
            "modulations": {self.page.params[m["param"]][0]: self.signal(m["signal"])
                            for m in mods},
            "messages": self.messages(record["first_message"], record["n_messages"]),
            "owns": [{"params": self.params(own, False), "extra_params": self.params(own, True),
                      "messages": self.messages(own["first_message"], record["n_messages"])}
                     for own in self.many("OWNS", record["first_own"], record["n_owns"])],
            "controls": self.controls(record),
        }

    def midi_track(self, record):
        curves = self.many("CURVES", record["first_curve"], record["n_curves"])
        sysex = []
        for entry in self.many("SYSEX", record["first_sysex"], record["n_sysex"]):
            at = self.place("BYTES", entry["bytes"])
            sysex.append(self.data[at:at + entry["size"]].hex(" ").upper())
        return {"track_id": self.text(record["id"]), "channel": record["channel"],
                "destination": self.text(record["destination"]),
                "moves": bool(record["flags"] & 16), "length": record["length"],
                "init": self.controls(record), "sysex": sysex,
                "velocity": record["velocity"], "transpose": record["transpose"],
                "mute": bool(record["flags"] & 1), "solo": bool(record["flags"] & 2),
                "n_events": record["n_events"],
                "curves": [{"kind": KINDS[c["kind"]], "controller": c["controller"],
                            "values": self.round("LEVELS", c)} for c in curves],
                "velocity_modulation": self.signal(record["velocity_signal"])}

    def line(self, record):
        rename = {"room": "reverb_room", "size": "reverb_size", "dry": "reverb_dry"}
        out = {rename.get(k, k): v for k, v in record.items() if k not in ("name", "flags",
                                                                             "reserved")}
        out.update(name=self.text(record["name"]), mute=bool(record["flags"] & 1),
                   solo=bool(record["flags"] & 2), silent=bool(record["flags"] & 4))
        return out

    def event(self, part, step, place):
        event = self.get("EVENTS", part["first_event"] + place)
        gate, default = event["gate_steps"], event["gate_steps"] == -1
        out = {"step": step, "track": event["track"],
               "note": None if event["note"] == 255 else event["note"],
               "velocity": event["velocity"],
               "gate": None if math.isnan(gate) or default else gate, "default_gate": default,
               "midi_velocity": event["midi_velocity"] & 127, "offset_ms": event["offset_ms"]}
        if event["midi_velocity"] & 128:
            out.update(self.extra(self.get("EXTRAS", part["first_extra"] + event["extra"])))
        return out

    def extra(self, extra):
        return {"offset_ms": extra["offset_ms"], "offset": extra["offset_steps"],
                "place": extra["place"], "prob": extra["prob"], "of": extra["of"],
                "is": extra["is"], "own": None if extra["own"] == NONE else extra["own"],
                "controls": self.controls(extra)}

    def events(self, part):
        out, begin = [], 0
        for ring in self.many("RINGS", part["first_ring"], part["n_rings"]):
            index = [r["event"] for r in self.many("INDEX", ring["first_index"],
                                                   ring["length"] + 1)]
            assert index[0] == begin, "a ring begins where the one before ends"
            begin = index[-1]
            out += [self.event(part, step, i) for step in range(ring["length"])
                    for i in range(index[step], index[step + 1])]
        assert len(out) == part["n_events"], "index"
        return out

    def part(self, part):
        return {
            "name": self.text(part["name"]),
            "environment": dict({k: part[k] for k in ("bpm", "default_gate", "swing", "seed")},
                                tempo_map=[[t["step"], t["bpm"]] for t in
                                           self.many("TEMPOS", part["first_tempo"],
                                                     part["n_tempos"])]),
            "from": "top" if part["flags"] & 4 else "here", "length": part["length"],
            "own_environment": bool(part["flags"] & 1), "own_mixer_lines": bool(part["flags"] & 2),
            "densest": {"step": part["densest_step"], "messages": part["densest_messages"]},
            "offset_ms": {"min": part["min_offset_ms"], "max": part["max_offset_ms"]},
            "offset": {"min": part["min_offset_steps"], "max": part["max_offset_steps"]},
            "rings": [r["length"] for r in
                      self.many("RINGS", part["first_ring"], part["n_rings"])],
            "mixer_lines": [self.line(r) for r in
                            self.many("LINES", part["first_line"], part["n_lines"])],
            "tracks": [self.track(part, r) for r in
                       self.many("TRACKS", part["first_track"], part["n_tracks"])],
            "tracks_midi": [self.midi_track(r) for r in
                            self.many("MIDI_TRACKS", part["first_midi_track"],
                                      part["n_midi_tracks"])],
            "events": self.events(part),
        }

    def whole(self):
        count = self.where["PARTS"]["count"]
        return {"version": self.header["version"], "length": self.header["length"],
                "crc": self.header["crc"],
                "dialect": "batch" if self.header["dialect"] else "session",
                "apply": self.apply(), "song": self.song(),
                "song_end": ENDS[self.header["song_end"]],
                "parts": [self.part(p) for p in self.many("PARTS", 0, count)]}


def single(value):
    """As a 32-bit float: the program prints as many digits as one has."""
    return struct.unpack("f", struct.pack("f", value))[0]


def differences(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        if list(a) != list(b) and sorted(a) != sorted(b):
            yield "%s: keys %s and %s" % (path, sorted(a), sorted(b))
            return
        if path.endswith(("params", "modulations")) and list(a) != list(b):
            yield "%s: order" % path
        for key in a:
            yield from differences(a[key], b[key], path + "/" + key)
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield "%s: %d and %d long" % (path, len(a), len(b))
            return
        for i, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, "%s/%d" % (path, i))
    elif a != b and not (isinstance(a, float) and isinstance(b, (int, float))
                         and a == single(b)):
        yield "%s: %r and %r" % (path, a, b)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with open(sys.argv[2], "rb") as file:
        whole = Score(Page(sys.argv[1]), file.read()).whole()
    if len(sys.argv) == 3:
        print(json.dumps(whole))
        return
    with open(sys.argv[3], encoding="utf-8") as file:
        found = list(differences(whole, json.load(file)))
    for line in found[:5]:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
