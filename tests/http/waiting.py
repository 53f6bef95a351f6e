"""What waits for its boundary can be seen, and what took its place."""

import os
import signal

from serve import Server, Stream, eq, finish, ok, wait_for


def named(track, **more):
    return dict({"tracks": {track: {"params": {"s": track}}}, "sequences": {track: {"events": [{"step": 0}]}}}, **more)


def post(server, track, timing, **more):
    return server.json("POST", "/playback/session", {"data": named(track, **more), "timing": timing})


server = Server()
server.load(named("first"))
server.json("POST", "/playback/bpm", {"bpm": 30})
stream = Stream(server)
stream.until("tracks")

# ---- names of what waits ----
status, answer = post(server, "later", {"type": "absolute", "step": 128}, scenes={"verse": {}})
change = answer["change_id"]
eq((status, change is not None), (200, True), "a session waits")
for method, path, body in (("GET", "/tracks/later", None), ("POST", "/tracks/later/mute", {"muted": True}),
                           ("POST", "/tracks/later/solo", {"solo": True}), ("PATCH", "/playback/tracks/later/params", {"gain": 1}),
                           ("POST", "/playback/trigger/osc", {"track_id": "later"}),
                           ("POST", "/scene/activate", {"scene_id": "verse"})):
    status, answer = server.json(method, path, body)
    eq((status, "waits in change %s until bar 9" % change in str(answer["detail"])), (409, True), "%s %s says that it waits" % (method, path))
eq(server.json("GET", "/tracks/never")[0], 404, "what is nowhere is not found")

# ---- another takes its place ----
status, answer = post(server, "instead", {"type": "absolute", "step": 192})
told = stream.until("change_replaced", seconds=5)
eq(told, {"change": change, "by": answer["change_id"]}, "the stream tells what took whose place")
eq(server.json("DELETE", "/playback/changes/" + change)[0], 410, "who asks for the old one is told that it is gone")
eq(server.json("DELETE", "/playback/changes/99")[0], 404, "a number that never was is not found")
eq(server.json("DELETE", "/playback/changes/" + answer["change_id"])[0], 200, "the new one can be dropped")
eq(server.json("DELETE", "/playback/changes/" + answer["change_id"])[0], 404, "and then is not there")
status, answer = post(server, "soon", "now")
applied = stream.until("applied", lambda data: data["what"] == "session")
ok(isinstance(applied["change"], str), "ids are strings in the stream, too", applied)
status, answer = post(server, "beat", "beat")
eq(stream.until("applied")["change"], answer["change_id"], "the same ones that were answered")
eq(server.json("DELETE", "/playback/changes/" + answer["change_id"])[0], 404, "what is in force was not replaced")

# ---- many exclusive applies, then a death ----
server = Server()
server.load(named("t0"))
names = ["t%d" % i for i in range(24)]
for name in names[1:]:
    status, answer = server.json("POST", "/playback/session", named(name, apply={"timing": "now", "track_ids": [name]}))
    eq(status, 200, "an exclusive apply of %s" % name)
wait_for(lambda: len(server.get("/tracks")["tracks"]) == 24)
eq(sorted(t["id"] for t in server.get("/tracks")["tracks"]), sorted(names), "all tracks are there")
os.kill(server.player(), signal.SIGKILL)
wait_for(lambda: server.get("/health")["components"]["engine"]["restarts"] == 1 and server.get("/health")["status"] == "ok")
eq(sorted(t["id"] for t in server.get("/tracks")["tracks"]), sorted(names), "and all come back with the next player")
finish()
