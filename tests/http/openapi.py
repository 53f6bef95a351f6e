"""The OpenAPI document and the routes are one: every operation of it is called."""

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
