"""The OpenAPI document and the routes are one: every operation of it is called."""

import glob
import json
import re

from serve import SESSION, Server, eq, finish, ok

server = Server()
server.load()
document = server.get("/openapi.json")
schemas = document["components"]["schemas"]
eq(document["openapi"], "3.1.0", "the document is OpenAPI 3.1")
text = json.dumps(document)
eq([r for r in set(re.findall(r"#/components/schemas/(\w+)", text)) if r not in schemas], [], "every reference leads somewhere")
eq([s for s in schemas if '#/components/schemas/%s"' % s not in text], [], "every schema is used")
operations = [(m, p, o) for p, methods in document["paths"].items() for m, o in methods.items()]
eq(len(operations), len({o["operationId"] for _, _, o in operations}), "every operation has an id of its own")


def faults(schema, value, where="$"):
    """What does not fit a schema: the part of JSON Schema that the document uses."""
    if "$ref" in schema:
        return faults(schemas[schema["$ref"].rsplit("/", 1)[1]], value, where)
    for key in ("oneOf", "anyOf"):
        if key in schema and all(faults(s, value, where) for s in schema[key]):
            return ["%s fits nothing of %s" % (where, key)]
    if "const" in schema and value != schema["const"]:
        return ["%s is not %r" % (where, schema["const"])]
    if "enum" in schema and value not in schema["enum"]:
        return ["%s is none of %r" % (where, schema["enum"])]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    python = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
              "integer": int, "number": (int, float)}
    if kinds and not any(isinstance(value, python[k]) and not (isinstance(value, bool) and k in ("integer", "number")) for k in kinds):
        return ["%s is no %s: %r" % (where, kinds, value)]
    found = []
    if isinstance(value, dict):
        found += ["%s.%s is missing" % (where, k) for k in schema.get("required", []) if k not in value]
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            found += faults(inner, item, where + "." + key)
    if isinstance(value, list):
        for i, item in enumerate(value):
            found += faults(schema.get("items", {}), item, "%s[%d]" % (where, i))
    return found


def read_fields():
    """What the reader of sessions takes, by what it calls the object: its own lists of names."""
    texts = []
    for path in sorted(glob.glob("lib/text/[cs]*.[ch]")):
        with open(path) as file:
            texts.append(file.read().replace("\\\n", " "))
    macros = {m: re.findall('"([^"]*)"', names) for m, names in re.findall(r"#define (\w+_NAMES) (.*)", "".join(texts))}
    found = {}
    for text in texts:
        for names, what in re.findall(r'names\[\] = \{([^;]*?)\};(?:(?!names\[\] = ).)*?\.names = [^;]*?\.what = "([^"]*)"', text, re.S):
            found[what] = [n for part in re.findall(r'"[^"]*"|\w+_NAMES', names)
                           for n in ([part.strip('"')] if part[0] == '"' else macros[part])]
    return found


SCHEMAS = {
    "the session": "Session", "environment": "SessionEnvironment", "a track": "SessionTrack", "meta": "SessionMeta", "a send": "SessionSend",
    "a MIDI track": "SessionMidiTrack", "init": "SessionInit", "a mixer line": "SessionLine", "a mixer line's fx": "SessionLineFx",
    "dynamics": "SessionDynamics", "a sequence": "SessionSequence", "an event": "SessionEvent", "when": "SessionWhen",
    "a modulation": "SessionModulation", "a scene": "SessionScene", "apply": "SessionApply", "an entry of a song": "SessionSongEntry",
    "a message": "BatchMessage",
}
fields = read_fields()
eq(sorted(fields), sorted(SCHEMAS), "every object that the reader of sessions knows has a schema")
for what, schema in SCHEMAS.items():
    eq(sorted(schemas.get(schema, {}).get("properties", {})), sorted(set(fields.get(what, []))), "%s has the fields of %s" % (schema, what))

WAVE = ("multipart/form-data; boundary=b",
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n\r\nx\r\n"
        b"--b\r\nContent-Disposition: form-data; name=\"category\"\r\n\r\nkicks\r\n--b--\r\n")
BODIES = {
    "loadSession": {"data": SESSION, "timing": {"type": "boundary", "unit": "seq"}}, "loadPattern": SESSION, "command": {"line": "ping"},
    "setEnvironment": {"bpm": 140}, "setBpm": {"bpm": 140}, "setParams": {"gain": 0.5},
    "triggerOsc": {"track_id": "kick"}, "triggerMidi": {"track_id": "bass", "note": 60, "duration_ms": 10},
    "setClientMetadata": {"a": 1}, "muteTrack": {"muted": True}, "soloTrack": {"solo": False},
    "activateScene": {"scene_id": "verse", "timing": "now"}, "setMidiPort": {"port_name": "none"},
    "addSample": WAVE[1] % b"a.wav", "addSynthdef": WAVE[1] % b"a.scd",
}
NAMES = {"track_id": "kick", "client_id": "mark", "category": "kicks", "change_id": "1"}
FILES = {"removeSample": "a.wav", "removeSynthdef": "a.scd"}
# What is there to be removed must be made first.
ORDER = {"delete": 1, "get": 0, "post": 0, "patch": 0}


def url(path, operation):
    return re.sub(r"\{(\w+)\}", lambda m: FILES.get(operation, "?") if m.group(1) == "filename" else NAMES[m.group(1)], path)


for method, path, operation in sorted(operations, key=lambda o: (ORDER[o[0]], o[0] == "get")):
    name = operation["operationId"]
    if name == "stream" or operation["responses"].get("200") is None:
        continue
    body = BODIES.get(name)
    eq("requestBody" in operation, body is not None, "%s: the test knows whether there is a body" % name)
    headers = {"Content-Type": WAVE[0]} if isinstance(body, bytes) else {}
    if name == "activateScene":
        server.json("POST", "/playback/session", {"data": SESSION, "timing": "now"})
    status, headers, text = server.ask(method.upper(), url(path, name), body, headers)
    answers = operation["responses"]
    ok(str(status) in answers, "%s %s answers as described" % (method.upper(), path), (status, text))
    if name not in ("setMidiPort", "cancelChange"):
        eq(status, 200, "%s succeeds" % name)
    content = answers.get(str(status), {}).get("content", {})
    kind = headers["Content-Type"].split(";")[0]
    ok(kind in content, "%s answers %s" % (name, kind), list(content))
    if kind == "application/json" and kind in content:
        eq(faults(content[kind]["schema"], json.loads(text)), [], "%s: the answer fits its schema" % name)
    if body is not None and isinstance(body, dict):
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        eq(faults(schema, body), [], "%s: what was sent fits its schema" % name)
    eq([p["name"] for p in operation.get("parameters", [])], re.findall(r"\{(\w+)\}", path), "%s: its parameters are those of the path" % name)
    allowed = server.ask("OPTIONS", url(path, name))[1]["Allow"]
    ok(method.upper() in allowed, "%s is allowed where it is described" % name, allowed)

# ---- the session: what the document knows the reader knows, and the other way round ----
PLACES = {  # where each object of a session stands, in one that is otherwise sound
    "Session": lambda o: dict(o, **({"messages": []} if {"bpm", "pattern_length"} & set(o) else {})), "SessionEnvironment": lambda o: {"environment": o},
    "SessionTrack": lambda o: {"tracks": {"a": dict({"params": {"s": "bd"}}, **o)}},
    "SessionParams": lambda o: {"tracks": {"a": {"params": dict({"s": "bd"}, **o)}}},
    "SessionFx": lambda o: {"tracks": {"a": {"params": {"s": "bd"}, "fx": o}}},
    "SessionTrackFx": lambda o: {"tracks": {"a": {"params": {"s": "bd"}, "track_fx": o}}},
    "SessionModulations": lambda o: {"tracks": {"a": {"params": {"s": "bd"}, "modulations": {
        k: {"signal": [0] * 256} for k in o}}}},
    "SessionMeta": lambda o: {"tracks": {"a": {"params": {"s": "bd"}, "meta": o}}},
    "SessionSend": lambda o: {"tracks": {"a": {"params": {"s": "bd"}, "sends": [dict({"target": "l"}, **o)]}}, "mixer_lines": {"l": {}}},
    "SessionMidiTrack": lambda o: {"tracks_midi": {"a": dict({"channel": 1}, **o)}}, "SessionLine": lambda o: {"mixer_lines": {"a": o}},
    "SessionLineFx": lambda o: {"mixer_lines": {"a": {"fx": o}}}, "SessionDynamics": lambda o: {"mixer_lines": {"a": {"dynamics": o}}},
    "SessionSequence": lambda o: {"sequences": {"a": o}}, "SessionEvent": lambda o: {"sequences": {"a": {"events": [dict({"step": 0}, **o)]}}},
    "SessionWhen": lambda o: {"sequences": {"a": {"events": [{"step": 0, "when": dict({"of": 2, "is": [0]}, **o)}]}}},
    "SessionInit": lambda o: {"tracks_midi": {"a": {"channel": 1, "init": o}}}, "SessionSongEntry": lambda o: {"song": [dict({"bars": 1}, **o)]},
    "SessionScene": lambda o: {"scenes": {"a": o}}, "SessionApply": lambda o: {"apply": dict({"timing": "bar"}, **o)},
    "BatchMessage": lambda o: {"messages": [dict({"step": 0, "destination_id": "superdirt", "params": {"s": "bd"}}, **o)]},
}


def findings(session):
    status, answer = server.json("POST", "/playback/session", session)
    return answer["detail"] if status == 422 else answer["warnings"]


for name, place in PLACES.items():
    def strange(key):
        return [f for f in findings(place({key: 1})) if (f["type"].startswith("unknown") or name == "SessionApply" and f["pointer"] == "/apply") and (f["pointer"].endswith("/" + key) or key in f["msg"] or key in str(f["input"]))]
    eq([key for key in schemas[name]["properties"] if strange(key)], [], "%s: the reader knows every member" % name)
    ok(strange("surely-unknown"), "%s: and would tell one that it does not know" % name)
eq(sorted(n for n in schemas if n.startswith("Session") and n not in PLACES), ["SessionAnswer", "SessionModulation", "SessionRequest"],
   "every object of a session is held so")
full = {"environment": {"bpm": 120, "swing": 0.1}, "tracks": {"a": {"meta": {"mute": False}, "params": {"s": "bd", "gain": 1, "extra_params": {"x": 1}},
        "track_fx": {"cutoff": 500, "vowel": "a"}, "sends": [{"target": "l", "amount": 0.5}], "modulations": {"filter.cutoff": {"signal": [0] * 256}}}},
        "tracks_midi": {"m": {"channel": 1, "cc_modulations": {"1": [0] * 256}}}, "mixer_lines": {"l": {"include": ["b"], "fx": {"reverb_room": 0.5}}},
        "sequences": {"a": {"events": [{"step": 0, "gate": None}]}}, "scenes": {"v": {"tracks": {}}}, "apply": {"timing": "bar"}}
eq(faults({"$ref": "#/components/schemas/SessionRequest"}, full), [], "a session with everything fits")
ok(faults({"$ref": "#/components/schemas/Session"}, {"sequences": {"a": {"events": [{"step": "0"}]}}}), "and one that is none does not")
events = {one["properties"]["event"]["const"] for one in schemas["StreamEvent"]["oneOf"]}
with open("man/oiduna-http.7") as page:
    stream = page.read().split(".Sh STREAM")[1].split(".Sh ")[0]
named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"^\.It Li (.*)$", stream, re.M))))
eq(events, named, "every event of the stream is in the document and in the manual")

answer = server.json("POST", "/playback/session", {"environment": {"bpm": 0}})[1]
eq(faults({"$ref": "#/components/schemas/ValidationError"}, answer), [], "findings fit their schema")
eq(faults({"$ref": "#/components/schemas/Error"}, server.get("/nothing")), [], "errors fit theirs")
status, headers, text = server.ask("GET", "/docs")
eq([o["operationId"] for _, _, o in operations if ('id="%s"' % o["operationId"]).encode() not in text], [], "the page has every operation")
eq([s for s in schemas if ('id="schema-%s"' % s).encode() not in text], [], "and every schema")
token = Server(env={"API_TOKEN": "secret-word"})
asked = token.get("/openapi.json")
ok(asked["components"]["securitySchemes"]["token"]["scheme"] == "bearer" and asked["security"] == [{"token": []}],
   "a server that asks for a token says so")
finish()
