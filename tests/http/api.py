"""Every route with the shapes that clients of the upstream API 1.0 know."""

import json
import re
import time

from serve import SESSION, Server, Stream, eq, finish, ok, read_all, wait_for

server = Server()


def has(document, keys, name):
    missing = [k for k in keys.split() if k not in document]
    return ok(not missing, name, "missing: %s in %s" % (missing, document))


root = server.json("GET", "/", headers={"Accept": "application/json"})[1]
eq(root["name"], "Oiduna API", "the root says what this is")
eq(set(root), {"name", "version", "docs", "health"}, "and where to read on")
for accept in ({}, {"Accept": "*/*"}, {"Accept": "text/html,*/*"}, {"Accept": "text/html;q=0.9, application/json;q=0.5"},
               {"Accept": "application/json;q=0, */*;q=0.1"}, {"Accept": "text/*, application/json;q=0.9"}):
    status, headers, text = server.ask("GET", "/", headers=accept)
    ok(headers["Content-Type"].startswith("text/html") and b"<title>Oiduna Dashboard</title>" in text, "%s gets the dashboard" % accept)
for accept in ("application/json, */*;q=0.5", "text/html;q=0.8, application/json", "application/*;q=0.2, text/html;q=0.1"):
    ok(server.ask("GET", "/", headers={"Accept": accept})[1]["Content-Type"] == "application/json", "%s gets JSON" % accept)
for path, kind in (("/static/css/dashboard.css", "text/css"), ("/static/js/dashboard.js", "text/javascript"), ("/redoc", "text/html"),
                   ("/tracks/", "application/json"), ("/playback/status/", "application/json")):
    status, headers, text = server.ask("GET", path)
    eq((status, headers["Content-Type"].split(";")[0]), (200, kind), "%s is there" % path)
status, headers, _ = server.ask("GET", "/docs/")
eq((status, headers["Location"]), (307, "../docs"), "a page is asked for where what it refers to lies beside it")
eq(re.findall(r'(?:href|src)="(/[^"]*)"', server.ask("GET", "/")[2].decode()), [], "the dashboard refers to nothing by its whole path")
eq(re.findall(r'href="(/[^"]*)"', server.ask("GET", "/docs")[2].decode()), [], "nor does the page of the routes")
ok(b"/playback/session" in server.ask("GET", "/docs")[2], "/docs is a page of the routes")

health = server.get("/health")
eq(health["status"], "ok", "health is ok")
has(health["components"]["osc"], "connected host port", "with OSC's state")
has(health["components"]["midi"], "connected port available_ports", "with MIDI's")
has(health["components"]["engine"], "running bpm pid restarts", "with the engine's")

status = server.get("/playback/status")
has(status, "playing playback_state bpm position active_tracks has_pending scenes current_scene", "status has the upstream's keys")
eq((status["playing"], status["playback_state"], status["active_tracks"], status["current_scene"]),
   (False, "stopped", [], None), "at first nothing plays")
eq(server.json("PATCH", "/playback/environment", {"bpm": 99, "swing": 0.5})[0], 409, "nor to swing")
ok(server.get("/playback/status")["bpm"] != 99, "and then nothing of it is done")
first = Server()
eq(first.json("POST", "/playback/pause")[0], 200, "without a session it may be paused")
eq(first.json("POST", "/playback/start")[0], 200, "and started, as with the upstream")
eq(wait_for(lambda: first.get("/playback/status")["playing"]), True, "then it plays nothing")
eq(first.json("POST", "/playback/session", {"data": SESSION, "timing": "now"})[0], 200, "and a session that comes then")
eq(wait_for(lambda: len(first.get("/playback/status")["active_tracks"])), 3, "plays at once")
first.stop()
eq(server.json("POST", "/tracks/kick/mute", {"muted": True})[0], 404, "nor to mute")

# ---- sessions ----
status, answer = server.load(start=False)
eq((status, answer["status"], answer["message"], answer["warnings"], answer["change_id"]),
   (200, "ok", "Session loaded successfully", [], None), "a session is loaded")
has(answer["applies_at"], "step loop time", "and says from where on it holds")
eq(server.get("/playback/status")["playing"], False, "loading does not start")
eq(server.load({"data": SESSION, "timing": {"type": "boundary", "unit": "bar"}}, start=False)[0], 200, "wrapped as well")
eq(server.json("POST", "/playback/pattern", SESSION)[0], 200, "and under its older name")
status, answer = server.load({"messages": [{"destination_id": "superdirt", "cycle": 0, "step": 0,
                                            "params": {"s": "bd", "track_id": "a"}}], "bpm": 100}, start=False)
eq(status, 200, "a message batch is loaded")
eq(server.get("/playback/status")["bpm"], 100, "with its tempo")
broken = '{"environment": {"bpm": 1000},\n "tracks": {"kick": {"params": {"s": 3}}},\n "sequences": {"x": {"events": [{"step": 300}]}}}'
status, answer = server.json("POST", "/playback/session", broken)
eq(status, 422, "a session that cannot be played is refused")
faults = answer["detail"]
eq([f["pointer"] for f in faults], ["/environment/bpm", "/tracks/kick/params/s", "/sequences/x/events/0/step"],
   "with one entry for each fault")
for fault in faults:
    has(fault, "type loc msg input line column pointer", "%s has every key" % fault["pointer"])
eq((faults[0]["loc"], faults[0]["input"], faults[0]["line"], faults[0]["column"]),
   (["body", "environment", "bpm"], 1000, 1, 25), "with place and value")
eq((faults[2]["loc"][-2:], faults[2]["line"]), ([0, "step"], 3), "array indices are numbers")
status, answer = server.json("POST", "/playback/session", '{"timing": "never",\n"data": ' + broken + "}")
eq([f["pointer"] for f in answer["detail"]],
   ["/timing", "/data/environment/bpm", "/data/tracks/kick/params/s", "/data/sequences/x/events/0/step"],
   "a wrapped one is told by its place in the whole body")
eq(answer["detail"][1]["line"], 2, "and by its line")
eq(server.get("/playback/status")["bpm"], 100, "a refused session changes nothing")
status, answer = server.load({"tracks": {"kick": {"params": {"s": "bd", "gian": 1}}}}, start=False)
eq((status, answer["warnings"][0]["pointer"]), (200, "/tracks/kick/params/gian"), "warnings come with the answer")

# ---- transport ----
server.load(start=False)
status, answer = server.json("POST", "/playback/start")
eq((status, answer["status"], answer["playing"]), (200, "ok", True), "start plays")
has(answer["applies_at"], "step loop time", "from a step on")
ok(abs(answer["applies_at"]["time"] - time.time()) < 5, "at a time soon")
ok(wait_for(lambda: server.get("/playback/status")["position"]["step"] > 1), "the position moves")
status = server.get("/playback/status")
eq((status["playing"], status["playback_state"], status["bpm"], sorted(status["active_tracks"])),
   (True, "playing", 150, ["bass", "hat", "kick"]), "status tells it")
p = status["position"]
eq((p["beat"], p["bar"]), (p["step"] // 4, p["step"] // 16), "step, beat and bar agree")
status, answer = server.json("POST", "/playback/pause")
eq((answer["playing"], answer["paused"]), (False, True), "pause pauses")
eq(server.get("/playback/status")["playback_state"], "paused", "status tells that too")
server.json("POST", "/playback/start")
status, answer = server.json("POST", "/playback/stop")
eq((status, answer["playing"]), (200, False), "stop stops")
eq(server.get("/playback/status")["playback_state"], "stopped", "and it is so")
server.json("POST", "/playback/start")

# ---- environment ----
status, answer = server.json("PATCH", "/playback/environment", {"bpm": 140, "swing": 0.1, "default_gate": 0.9})
environment = answer["environment"]
eq((status, environment["bpm"], environment["swing"], environment["default_gate"], environment["loop_steps"]),
   (200, 140, 0.1, 0.9, 256), "the environment can be changed")
eq(server.json("PATCH", "/playback/environment", {"bpm": 141})[1]["environment"]["swing"], 0.1, "in part too")
status, answer = server.json("PATCH", "/playback/environment", {"bpm": -10})
eq((status, answer["detail"][0]["loc"], answer["detail"][0]["input"]), (422, ["body", "bpm"], -10), "not to a tempo below 1")
ok(answer["detail"][0]["type"].startswith("greater_than"), "which says what is wrong with it")
eq(server.json("PATCH", "/playback/environment", {})[0], 422, "something must be given")
status, answer = server.json("PATCH", "/playback/environment", {"bpm": 142, "swing": None, "default_gate": None})
eq((status, answer["environment"]["bpm"], answer["environment"]["swing"]), (200, 142, 0.1), "null is as if it were not there")
eq(server.json("PATCH", "/playback/environment", {"swing": None})[0], 422, "and alone is nothing")
eq(len(server.json("PATCH", "/playback/environment", {"bpm": "x", "swing": 2})[1]["detail"]), 2, "every fault is told")
eq(server.json("POST", "/playback/bpm", {"bpm": 133.5})[1]["bpm"], 133.5, "the tempo can be set alone")
eq(server.json("POST", "/playback/bpm", {})[1]["detail"][0]["type"], "missing", "it must be there")
eq(server.json("POST", "/playback/bpm", [1])[0], 422, "in an object")
eq(wait_for(lambda: server.get("/playback/status")["bpm"] == 133.5 and 133.5), 133.5, "and status tells it")

# ---- tracks ----
tracks = server.get("/tracks")["tracks"]
eq([t["id"] for t in tracks], ["kick", "hat", "bass"], "tracks are listed in order")
has(tracks[0], "id sound orbit gain pan muted solo length", "with the upstream's keys")
eq((tracks[1]["sound"], tracks[1]["gain"], tracks[1]["pan"], tracks[1]["length"]), ("hh", 0.8, 0.25, 255), "and their values")
eq(server.get("/tracks/hat"), tracks[1], "one can be asked for")
eq(server.json("GET", "/tracks/nobody")[0], 404, "if it is there")
status, answer = server.json("POST", "/tracks/kick/mute", {"muted": True})
eq((status, answer["track_id"], answer["muted"]), (200, "kick", True), "a track can be muted")
ok(wait_for(lambda: server.get("/tracks/kick")["muted"]), "and is")
ok("kick" not in server.get("/playback/status")["active_tracks"], "and not active any more")
server.json("POST", "/tracks/kick/mute", {"muted": False})
status, answer = server.json("POST", "/tracks/hat/solo", {"solo": True})
eq((status, answer["solo"]), (200, True), "a track can play solo")
eq(wait_for(lambda: "kick" not in server.get("/playback/status")["active_tracks"]), True, "the others are silent then")
server.json("POST", "/tracks/hat/solo", {"solo": False})
eq(server.json("POST", "/tracks/nobody/solo", {"solo": True})[0], 404, "not one that is not there")
eq(server.json("POST", "/tracks/hat/solo", {"solo": "yes"})[1]["detail"][0]["type"], "bool_type", "on is true, off is false")
status, answer = server.json("PATCH", "/playback/tracks/hat/params", {"gain": 0.5, "pan": 0.75, "cutoff": 2000.0})
eq((status, answer["track_id"], answer["updated_params"]), (200, "hat", {"gain": 0.5, "pan": 0.75, "cutoff": 2000}), "parameters can be changed")
eq(wait_for(lambda: server.get("/tracks/hat")["pan"] == 0.75), True, "and are")
eq(server.json("PATCH", "/playback/tracks/hat/params", {"cutoff": None})[0], 200, "null removes one")
status, answer = server.json("PATCH", "/playback/tracks/hat/params", {"cutof": 1})
eq(status, 422, "an unknown one is refused")
before = server.get("/tracks/hat")
status, answer = server.json("PATCH", "/playback/tracks/hat/params", '{"gain": 0.125, "pan": 0,\n "gian": 3, "cutoff": 1}')
fault = answer["detail"][0]
eq((status, fault["loc"], fault["pointer"], fault["input"], fault["line"]), (422, ["body", "gian"], "/gian", 3, 2),
   "one among several too, with its place")
eq(server.get("/tracks/hat"), before, "and then none of them is set")
many = {"gain": 0.6, "pan": 0.4, "cutoff": 900, "resonance": 0.2, "room": 0.3, "size": 0.5, "attack": 0.1, "shape": 0.2, "speed": 1.5, "orbit": 1}
eq(server.json("PATCH", "/playback/tracks/hat/params", many)[1]["updated_params"], many, "ten are set together")
eq(wait_for(lambda: [server.get("/tracks/hat")[k] for k in ("gain", "pan", "orbit")] == [0.6, 0.4, 1]), True, "and are")
eq(server.json("PATCH", "/playback/tracks/hat/params", {"p%d" % i: i for i in range(128)})[0], 422, "128 are too many")
status, answer = server.json("PATCH", "/playback/tracks/hat/params", {"s": "x" * 70000})
eq((status, answer["detail"][0]["type"]), (422, "LINE_TOO_LONG"), "so is a name of 70,000 letters, at once")
server.json("PATCH", "/playback/tracks/hat/params", {"orbit": 0})
eq(server.json("PATCH", "/playback/tracks/hat/params", {"gain": [1]})[1]["detail"][0]["pointer"], "/gain", "so is a list")
for name in "\u00e4" * 150, "a/~" + "\u00e4" * 150:  # longer than any buffer of one size, and its letters two bytes each
    fault = server.json("PATCH", "/playback/tracks/hat/params", {name: [1]})[1]["detail"][0]
    eq((fault["loc"], fault["pointer"]), (["body", name], "/" + name.replace("~", "~0").replace("/", "~1")),
       "a name of %d letters is told whole" % len(name))
eq(server.json("PATCH", "/playback/tracks/hat/params", {})[0], 422, "and none")
eq(server.json("PATCH", "/playback/tracks/nobody/params", {"gain": 1})[0], 404, "and a track that is not there")
eq(server.json("PATCH", "/playback/tracks/bass/params", {"velocity": 90})[0], 200, "a MIDI track has some as well")

# ---- triggers ----
status, answer = server.json("POST", "/playback/trigger/osc", {"track_id": "kick", "velocity": 0.8, "note": None})
eq((status, answer["message"]), (200, "OSC trigger sent"), "a sound can be triggered")
status, answer = server.json("POST", "/playback/trigger/midi", {"track_id": "bass", "note": 60, "velocity": 100, "duration_ms": 50})
eq((status, answer["message"]), (200, "MIDI trigger sent"), "a note too")
eq(server.json("POST", "/playback/trigger/osc", {"track_id": "kick", "velocity": 2000})[1]["detail"][0]["loc"], ["body", "velocity"],
   "there is a loudest one")
eq(server.json("POST", "/playback/trigger/osc", {"track_id": "bass"})[0], 404, "a MIDI track makes no sound")
eq(server.json("POST", "/playback/trigger/midi", {"track_id": "kick", "note": 60})[0], 404, "nor a sound a note")
eq(server.json("POST", "/playback/trigger/midi", {"track_id": "bass", "note": 128})[0], 422, "a note has bounds")
eq(server.json("POST", "/playback/trigger/midi", {"track_id": "bass"})[1]["detail"][0]["loc"], ["body", "note"], "and must be there")
eq([server.json("POST", "/playback/trigger/midi", dict({"track_id": "bass"}, **controls))[0] for controls in (
    {"program": 11, "bank": 3}, {"cc": {"7": 100, "91": 0}, "nrpn": {"136": 8192}}, {"cc14": {"1": 16383}, "rpn": {"0": 256}},
    {"bend": -8192, "pressure": 127}, {"note": 60, "poly_pressure": 9}, {"note": 60, "velocity": 1, "program": 5.0})], [200] * 6,
   "controls go with a note or without one")
for controls, at in (({"program": 128}, "program"), ({"cc": {"128": 1}}, "cc"), ({"cc": {"7": 128}}, "cc"), ({"cc": 7}, "cc"),
                     ({"cc": {"07": 1}}, "cc"), ({"bend": 1.5}, "bend"), ({"nrpn": {"1": "x"}}, "nrpn"), ({"rpn": []}, "rpn")):
    status, answer = server.json("POST", "/playback/trigger/midi", dict({"track_id": "bass"}, **controls))
    eq((status, answer["detail"][0]["loc"]), (422, ["body", at]), "%s is refused" % controls)
status, answer = server.json("POST", "/playback/trigger/midi", {"track_id": "bass", "rpn": {str(i): 1 for i in range(5)}})
ok(status == 422 and "too many" in str(answer), "so are more than 16 messages", answer)
eq(server.json("POST", "/playback/trigger/midi", {"track_id": "bass", "poly_pressure": 1})[0], 422, "and pressure of no key")

# ---- changes and scenes ----
eq(server.get("/playback/changes/pending"), {"pending": []}, "nothing waits")
status, answer = server.json("POST", "/playback/session", {"data": SESSION, "timing": {"type": "boundary", "unit": "seq"}})
change = answer["change_id"]
ok(isinstance(change, str) and answer["applies_at"]["step"] == 0, "a change that waits has an id", answer)
pending = server.get("/playback/changes/pending")["pending"]
eq(len(pending), 1, "it is listed")
has(pending[0], "id type track_id apply_timing apply_at_step", "with the upstream's keys")
eq((pending[0]["id"], pending[0]["type"], pending[0]["apply_timing"], pending[0]["apply_at_step"]), (change, "session", "seq", 0), "and their values")
eq(server.get("/playback/status")["has_pending"], True, "status tells it")
eq(server.json("DELETE", "/playback/changes/" + change), (200, {"status": "ok", "cancelled_id": change}), "it can be cancelled")
eq(server.json("DELETE", "/playback/changes/" + change)[0], 404, "once")
for wrong in ("change_123", "0", "0" + change, "-1", "9" * 18, "1e3", "1.0", "%20" + change):
    eq(server.json("DELETE", "/playback/changes/" + wrong)[0], 404, "and only if there is one, not %s" % wrong)
eq(server.json("POST", "/playback/changes/cancel-all")[1]["cancelled_count"], 0, "all of none are none")
step = (server.get("/playback/status")["position"]["step"] + 128) % 256
status, answer = server.json("POST", "/playback/session", {"data": SESSION, "timing": {"type": "absolute", "step": step}})
eq(answer["applies_at"]["step"], step, "a change can wait for a step")
eq(server.json("POST", "/playback/changes/cancel-all")[1]["cancelled_count"], 1, "all of one are one")
for timing in ({"type": "absolute", "step": 256}, {"type": "absolute"}, {"type": "boundary"}, {"type": "x"}, "later", 7):
    eq(server.json("POST", "/playback/session", {"data": SESSION, "timing": timing})[0], 422, "the timing %s is refused" % (timing,))
eq(server.json("POST", "/playback/session", {"data": SESSION, "timing": "now"})[0], 200, "the bare word is understood")
stream = Stream(server)
stream.until("tracks")
status, answer = server.json("POST", "/scene/activate", {"scene_id": "verse", "timing": "beat"})
eq((status, answer["scene_id"], answer["applied_at"]["step"] % 4), (200, "verse", 0), "a scene is activated at a beat")
eq(stream.until("applied")["scene"], "verse", "and the stream tells when it is")
eq(wait_for(lambda: server.get("/playback/status")["current_scene"] == "verse"), True, "status tells it")
eq(server.get("/playback/status")["scenes"], ["verse"], "scenes are listed")
eq(server.json("POST", "/scene/activate", {"scene_id": "verse"})[1]["applied_at"]["step"] % 16, 0, "if nothing is said at a bar")
status, answer = server.json("POST", "/scene/activate", {"scene_id": "verse", "timing": "seq"})
eq(server.json("DELETE", "/playback/changes/" + answer["change_id"])[0], 200, "one that waits can be cancelled by its id")
eq(server.json("POST", "/scene/activate", {"scene_id": "verse", "timing": "now"})[1]["change_id"], None, "one that does not has none")
eq(server.json("POST", "/scene/activate", {"scene_id": "none"})[0], 404, "an unknown scene is not found")
eq(server.json("POST", "/scene/activate", {"scene_id": "verse", "timing": "x"})[0], 422, "nor another timing")
stream.close()

# ---- clients ----
path = "/session/clients/user_alice_mars"
stream = Stream(server)
stream.until("tracks")
eq(server.get("/session/clients"), {}, "at first there are no clients")
status, answer = server.json("POST", path + "/metadata", {"scale": "C_major", "chords": ["Dm7"]})
eq((status, answer["client_id"]), (200, "user_alice_mars"), "a client can leave word")
ok(abs(answer["updated_at"] - time.time()) < 5, "with the time")
eq(stream.until("client_connected"), {"client_id": "user_alice_mars"}, "the others are told who came")
eq(stream.until("client_metadata_updated")["metadata"], {"scale": "C_major", "chords": ["Dm7"]}, "and what was said")
eq(server.get(path), {"metadata": {"scale": "C_major", "chords": ["Dm7"]}, "updated_at": answer["updated_at"]}, "it can be asked for")
eq(list(server.get("/session/clients")), ["user_alice_mars"], "all are listed")
verbatim = b'{"n":123456789012345678901234567890,"x":"a\\u0000 b","e":1E20,"z":-0}'
eq(server.ask("POST", "/session/clients/exact/metadata", verbatim.replace(b",", b" ,\n "))[0], 200, "whatever is JSON")
ok(b'{"metadata":' + verbatim + b"," in server.ask("GET", "/session/clients/exact")[2], "is kept as it was sent")
server.json("DELETE", "/session/clients/exact")
stream.until("client_disconnected")
status, answer = server.json("POST", "/playback/bpm", b'{"bpm": 1' + b"0" * 30 + b"}")
eq((status, answer["detail"][0]["type"]), (422, "less_than_equal"), "a number that is too large for an integer is one all the same")
for broken in (b'{"\\u0000":1}', b'{"a":1e400}', b'{"a":"\\ud800"}', b'{"a":"\0"}'):
    status, _, answer = server.ask("POST", path + "/metadata", broken)
    ok(status == 400 and b" at line 1 column " in answer and b"JSON_" not in answer,
       "%r is broken JSON, in our words" % broken, answer)
eq(server.json("POST", path + "/metadata", [1])[0], 422, "what is no object is refused")
eq(server.json("DELETE", path), (200, {"status": "ok", "removed_client_id": "user_alice_mars"}), "it can go")
eq(stream.until("client_disconnected"), {"client_id": "user_alice_mars"}, "which is told")
eq(server.json("GET", path), (404, {"detail": "Client not found"}), "and then it is gone")
eq(server.json("DELETE", path)[0], 404, "once")
eq(server.json("POST", "/session/clients/a/metadata", {"x": "y" * 65536})[0], 413, "what is said has a bound")
eq(server.json("POST", "/session/clients/" + "a" * 200 + "/metadata", {})[0], 413, "so has a name")
stream.close()
figures = {"a": 0.1, "b": 1 / 3, "c": 1793390400.1234567, "d": 120.0, "e": 9.95, "f": 1e300, "g": -2.5e-7, "h": 12, "i": 1e22}
server.json("POST", "/session/clients/figures/metadata", figures)
text = server.ask("GET", "/session/clients/figures")[2].decode()
eq(json.loads(text)["metadata"], figures, "numbers come back as they were sent, to the last bit")
ok('"a":0.1,' in text and '"d":120.0,' in text and '"e":9.95,' in text and '"h":12,' in text, "and no longer than need be", text)
server.json("DELETE", "/session/clients/figures")
for i in range(60):
    server.json("POST", "/session/clients/c%d/metadata" % i, {"n": i, "filler": "x" * 60000})
with server.connect() as sock:  # reads only when they are no more
    sock.sendall(b"GET /session/clients HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head = sock.recv(1)
    for i in range(60):
        server.json("DELETE", "/session/clients/c%d" % i)
    kept = json.loads((head + read_all(sock)).split(b"\r\n\r\n", 1)[1])
eq([client["metadata"]["n"] for client in kept.values()], list(range(60)), "who asked for all gets those that there were")
eq(server.get("/session/clients"), {}, "though they are gone since")
small = Server("--max-clients", "2", "--max-metadata", "64")
eq([small.json("POST", "/session/clients/%d/metadata" % i, {})[0] for i in range(3)], [200, 200, 507], "clients have a bound")
eq(small.json("POST", "/session/clients/1/metadata", {"a": 1})[0], 200, "known ones may go on")
eq(small.json("POST", "/session/clients/1/metadata", {"a": "x" * 60})[0], 413, "the bounds are options")

# ---- MIDI ----
ports = server.get("/midi/ports")["ports"]
ok(isinstance(ports, list) and all({"name", "is_input", "is_output"} <= set(p) for p in ports), "MIDI ports are listed", ports)
status, answer = server.json("POST", "/midi/port", {"port_name": "no such port"})
ok(status == 404 and "detail" in answer, "a port that is not there is not found", (status, answer))
eq(server.json("POST", "/midi/port", {})[0], 422, "its name must be given")
eq(server.json("POST", "/midi/panic")[1]["message"], "MIDI panic sent (all notes off)", "MIDI can be silenced")
eq(server.json("POST", "/panic")[0], 200, "everything can be silenced")
eq(server.get("/playback/status")["playback_state"], "stopped", "and is stopped then")
ok(re.search(r"^oiduna-serve: listening on http://127\.0\.0\.1:\d+$", server.said(), re.M), "where it listens is said at the start")
finish()
