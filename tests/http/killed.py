"""What a killed player leaves behind, and what the next one makes of it."""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli/lib"))

from midi import midi_of, notes_left_on  # noqa: E402
from serve import TMP, Server, eq, finish, wait_for  # noqa: E402


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
kill(server)
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

finish()
