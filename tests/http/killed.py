"""What a killed player leaves behind, and what the next one makes of it."""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli/lib"))

from midi import midi_of, notes_left_on  # noqa: E402
from serve import TMP, Server, Stream, eq, finish, ok, wait_for  # noqa: E402


def named(track):
    return {"tracks": {track: {"params": {"s": track}}}, "sequences": {track: {"events": [{"step": 0}]}}}


def post(server, track, timing):
    return server.json("POST", "/playback/session", {"data": named(track), "timing": timing})[0]


def kill(server):
    """Kills the player and waits until the next one knows all."""
    restarts = server.get("/health")["components"]["engine"]["restarts"]
    os.kill(server.player(), signal.SIGKILL)
    wait_for(lambda: server.get("/health")["components"]["engine"]["restarts"] > restarts
             and server.get("/health")["status"] == "ok" and server.get("/tracks")["tracks"])


def waiting(server):
    return len(server.get("/playback/changes/pending")["pending"])


def tracks(server):
    return [t["id"] for t in server.get("/tracks")["tracks"]]


# ---- notes ----
path = os.path.join(TMP, "midi")
os.mkfifo(path)
fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)
data = b""


def on():
    global data
    try:
        data += os.read(fifo, 65536)
    except BlockingIOError:
        pass
    return len(notes_left_on(midi_of(data)))


server = Server("--midi-raw", path)
server.load({"tracks_midi": {"pad": {"channel": 3}},
             "sequences": {"pad": {"events": [{"step": 0, "note": n, "gate": 250} for n in (48, 52, 55)]}}})
eq(wait_for(lambda: on() == 3), True, "notes sound")
stream = Stream(server)
eq(stream.until("status")["midi"]["connected"], True, "on an output that is connected")
kill(server)
for state, name in (False, "listeners are told when it is not"), (True, "and when it is again"):
    ok(stream.until("status", lambda data: data["midi"]["connected"] is state), name)
stream.close()
eq(wait_for(lambda: on() == 0), True, "the next player ends what the dead one left on")
server.stop()

# ---- what waited ----
server = Server()
server.load(named("a"))
eq([post(server, "b", "seq"), post(server, "c", "seq")], [200, 200], "two sessions wait, the second in the first one's place")
eq(server.json("POST", "/playback/changes/cancel-all")[0], 200, "it is cancelled")
kill(server)
eq((waiting(server), tracks(server)), (0, ["a"]), "neither waits with the next player")
eq([post(server, t, "now") for t in "bcdef"], [200] * 5, "sessions are taken over at once")
kill(server)
eq([post(server, t, "now") for t in "ag"], [200] * 2, "and with the next player")
eq(post(server, "h", "seq"), 200, "one waits, whose number has been before")
kill(server)
eq(wait_for(lambda: waiting(server) == 1), True, "it waits with the one after that")
eq(tracks(server), ["g"], "which plays what played")
server.stop()

# ---- what comes into force while the next player is still being told ----
server = Server()
server.load(named("a"))
server.json("POST", "/playback/bpm", {"bpm": 999})
back = []
for i in range(12):
    name = "n%d" % i
    post(server, name, "beat")
    kill(server)
    wait_for(lambda: tracks(server) == [name])
    kill(server)
    back += [] if wait_for(lambda: tracks(server) == [name], 1) else [(name, tracks(server))]
eq(back, [], "is what the one after that plays")

# ---- parameters ----
server = Server()
server.load({"tracks": {"a b": {"params": {"s": "a"}}, "a": {"params": {"s": "b"}}}, "sequences": {}})
for track, params in (("a%20b", {"gain": 0.5, "pan": 0.25}), ("a", {"gain": 0.75}), ("a%20b", {"gain": 1.5})):
    eq(server.json("PATCH", "/playback/tracks/%s/params" % track, params)[0], 200, "%s of %s" % (params, track))
kill(server)
eq([(t["id"], t["gain"], t["pan"]) for t in server.get("/tracks")["tracks"]], [("a b", 1.5, 0.25), ("a", 0.75, 0.5)],
   "are what the next player has, each as it was set last")
server.stop()

# ---- what the dead one took too late to be told ----
server = Server("--answer-timeout", "0.3")
server.load(named("a"))
os.kill(server.player(), signal.SIGSTOP)
eq(post(server, "b", "now"), 504, "a player that hangs does not take a session in time")
os.kill(server.player(), signal.SIGCONT)
eq(wait_for(lambda: tracks(server) == ["b"]), True, "but takes it")
os.kill(server.player(), signal.SIGSTOP)
eq(server.json("POST", "/tracks/b/mute", {"muted": True})[0], 504, "nor is a track muted")
os.kill(server.player(), signal.SIGCONT)
eq(wait_for(lambda: server.get("/tracks/b")["muted"]), True, "but then it is")
kill(server)
os.kill(server.player(), signal.SIGSTOP)
eq(server.json("PATCH", "/playback/tracks/b/params", {"gain": 0.5, "pan": 0.25})[0], 504, "nor are parameters set")
os.kill(server.player(), signal.SIGCONT)
eq(wait_for(lambda: server.get("/tracks/b")["gain"] == 0.5), True, "but then they are")
kill(server)
b = server.get("/tracks/b")
eq((tracks(server), b["muted"], b["gain"], b["pan"]), (["b"], True, 0.5, 0.25), "and the next player knows it all")
server.stop()

# ---- what is counted ----
server = Server()
server.load(named("a"))
wait_for(lambda: server.get("/metrics")["uptime_s"] > 2)
begun = time.monotonic()
kill(server)
metrics = wait_for(lambda: (lambda now: now["player_answers"] and now)(server.get("/metrics")))
ok(metrics["uptime_s"] <= time.monotonic() - begun, "the next player's metrics are its own", metrics["uptime_s"])
server.stop()

# ---- a pause ----
def place(answer):
    return answer["applies_at"]["step"], answer["applies_at"]["loop"]


server = Server()
server.load({**named("a"), "environment": {"bpm": 960}})
wait_for(lambda: server.get("/playback/status")["position"]["loop"] == 1)
paused = server.json("POST", "/playback/pause")[1]
before = server.get("/playback/status")
eq(before["playback_state"], "paused", "it pauses in the second loop")
for kills in 1, 2:
    kill(server)
    eq({k: server.get("/playback/status")[k] for k in ("playback_state", "position")},
       {k: before[k] for k in ("playback_state", "position")}, "player %d pauses where it did" % (kills + 1))
eq(post(server, "b", "bar"), 200, "a session is taken over meanwhile")
kill(server)
eq(tracks(server), ["b"], "and by the next player")
eq(place(server.json("POST", "/playback/start")[1]), place(paused), "start goes on from the step where it paused")
server.json("POST", "/playback/stop")
server.json("POST", "/playback/pause")
kill(server)
eq(server.get("/playback/status")["playback_state"], "stopped", "what was stopped is stopped, and no pause changes that")
eq(place(server.json("POST", "/playback/start")[1]), (0, 0), "and starts from the beginning")
server.stop()

# ---- a scene that waits ----
SCENES = {**named("a"), "scenes": {name: named("in_" + name) for name in ("one", "two", "odd \"name\"")}}


def scene(server, name, timing):
    return server.json("POST", "/scene/activate", {"scene_id": name, "timing": timing})[0]


def what_waits(server):
    return [(p["type"], p.get("scene_id"), p["apply_timing"]) for p in server.get("/playback/changes/pending")["pending"]]


server = Server()
server.load({**SCENES, "environment": {"bpm": 30}})
eq([scene(server, "one", "now"), scene(server, "two", "seq")], [200, 200], "one scene plays, another waits")
kill(server)
eq((what_waits(server), tracks(server)), ([("scene", "two", "seq")], ["in_one"]), "so it is with the next player")
absolute = {"type": "absolute", "step": 250}
eq(scene(server, 'odd "name"', absolute), 200, "another waits in its place")
kill(server)
eq(what_waits(server), [("scene", 'odd "name"', "250")], "and with the player after that")
eq(server.json("POST", "/playback/changes/cancel-all")[1]["cancelled_count"], 1, "it can be cancelled there")
kill(server)
eq((what_waits(server), tracks(server)), ([], ["in_one"]), "and waits no more")
eq(post(server, "b", "seq"), 200, "a session waits")
eq(scene(server, "two", "seq"), 200, "a scene takes its place")
kill(server)
eq(what_waits(server), [("scene", "two", "seq")], "it alone waits with the next player")
server.json("POST", "/playback/bpm", {"bpm": 999})
eq(wait_for(lambda: tracks(server) == ["in_two"], 30), True, "and takes over when it is time")
kill(server)
eq((what_waits(server), tracks(server)), ([], ["in_two"]), "which holds for the next player too")
server.stop()

# ---- sessions of which some tracks are taken ----
def whole(*names, **more):
    return {"tracks": {name: {"params": {"s": name}} for name in names},
            "sequences": {name: {"events": [{"step": 0}]} for name in names}, **more}


def take(server, session, *names, timing="now"):
    return server.json("POST", "/playback/session", {"data": {**session, "apply": {"track_ids": list(names)}}, "timing": timing})[0]


def same(server, name):
    """True if the next player has what this one has."""
    before = server.get("/tracks"), server.get("/playback/status")["scenes"]
    kill(server)
    eq((server.get("/tracks"), server.get("/playback/status")["scenes"]), before, name)


def heard(server):
    return [(t["id"], t["events"], t["gain"], t["muted"]) for t in server.get("/tracks")["tracks"]]


server = Server()
server.load(whole("a", "b", "c", scenes={"one": whole("a", "b", "d")}, environment={"bpm": 30}))
server.json("POST", "/tracks/b/mute", {"muted": True})
for name in "ac":
    server.json("PATCH", "/playback/tracks/%s/params" % name, {"gain": 0.5})
eq(take(server, whole("a", "c"), "a", "b"), 200, "a track is taken from another session")
eq(wait_for(lambda: heard(server) == [("a", 1, 0.5, False), ("b", 0, 1, True), ("c", 0, 0.5, False)]), True,
   "what was changed of it stays, for that session says nothing new of it")
same(server, "which the next player knows")
wait_for(lambda: server.get("/playback/status")["position"]["step"] > 2)
eq(take(server, whole("b"), "b", timing="seq"), 200, "the other one waits to be taken")
server.json("POST", "/tracks/b/mute", {"muted": False})
server.json("POST", "/tracks/c/mute", {"muted": True})
eq(server.get("/tracks/c")["muted"], True, "meanwhile a third is muted")
kill(server)
eq(server.get("/tracks/c")["muted"], True, "also with the next player")
server.json("POST", "/tracks/a/mute", {"muted": True})
server.json("POST", "/playback/bpm", {"bpm": 999})
eq(wait_for(lambda: [t[1] for t in heard(server)] == [0, 1, 0], 30), True, "it is taken when it is time")
eq(heard(server), [("a", 0, 0.5, True), ("b", 1, 1, False), ("c", 0, 0.5, True)], "and knows what was changed before it came")
same(server, "so does the player after that")
eq(scene(server, "one", "now"), 200, "a scene is taken over")
wait_for(lambda: tracks(server) == ["a", "b", "d"])
server.json("PATCH", "/playback/tracks/d/params", {"gain": 0.25})
eq(take(server, whole("a"), "a"), 200, "and a track on top of it")
wait_for(lambda: server.get("/playback/status")["current_scene"] is None)
eq(heard(server), [("a", 1, 0.5, True), ("b", 0, 1, False), ("d", 0, 0.25, False)], "into its tracks")
same(server, "which the next player knows, too")
for n in range(20):
    take(server, {"tracks": {"a": {"params": {"s": "a%d" % n}}}, "sequences": {"a": {"events": [{"step": n}]}}}, "a")
eq(wait_for(lambda: server.get("/tracks/a")["sound"] == "a19"), True, "the track is taken from twenty sessions, one after the other")
same(server, "the next player has the others still")
server.stop()

# ---- tracks that the scene lacks ----
server = Server()
server.load({**whole("k", "h"), "scenes": {"a": whole("k")}})
server.json("PATCH", "/playback/tracks/h/params", {"gain": 0.25})
server.json("POST", "/tracks/h/mute", {"muted": True})
eq(scene(server, "a", "now"), 200, "a scene without a track that was changed is taken over")
eq(wait_for(lambda: tracks(server) == ["k"]), True, "so it does not play")
kill(server)
server.json("POST", "/playback/command", {"line": "scene - now"})
eq(wait_for(lambda: [t[2:] for t in heard(server)] == [(1, False), (0.25, True)]), True,
   "where it comes back with the next player, it is as it was changed")
server.stop()

# ---- a session that begins with a scene of its own ----
server = Server()
server.load(named("x"))
server.load({**SCENES, "apply": {"timing": "now", "scene_name": "two"}})
wait_for(lambda: tracks(server) == ["in_two"])
kill(server)
eq(tracks(server), ["in_two"], "a session's own choice of a scene is there again")
eq(scene(server, "one", "now"), 200, "and so are its other scenes")
eq(wait_for(lambda: tracks(server) == ["in_one"]), True, "which can be played")
server.stop()

finish()
