"""Songs over HTTP: what plays where, what leaves and takes up a song, and that a player which follows a killed
one goes on in the same entry and pass, on the same grid of tempos."""

import os
import signal

from serve import Server, Stream, eq, finish, ok, wait_for

SONG = {
    "environment": {"bpm": 600},
    "tracks": {"main": {"params": {"s": "main"}}},
    "sequences": {"main": {"length": 4, "events": [{"step": 0}]}},
    "scenes": {"fast": {"environment": {"bpm": 900, "tempo_map": [[5, 300], [16, 450], [40, 999]]},
                        "tracks": {"f": {"params": {"s": "f"}}},
                        "sequences": {"f": {"length": 12, "events": [{"step": 0}]}}},
               "calm": {"tracks": {"c": {"params": {"s": "c"}}},
                        "sequences": {"c": {"events": [{"step": 1}]}}}},
    "song": [{"scene": "fast", "bars": 2}, {"scene": "calm", "bars": 1}, {"scene": None, "bars": 1},
             {"scene": "fast", "bars": 3}],
}
STEPS = [(e["scene"], e["bars"] * 16) for e in SONG["song"]]
PASS = sum(steps for _, steps in STEPS)


MAPS = {"fast": (900, [(5, 300), (16, 450), (40, 999)]), None: (600, [])}
MAPS["calm"] = MAPS["fast"]  # it has no environment: the map of the one before begins anew


def tempo(scene, step):
    bpm, tempos = MAPS[scene]
    for at, value in tempos:
        bpm = value if step >= at else bpm
    return bpm


def place(step):
    """Entry (from 1), scene, step of the entry and pass at a step of the song."""
    number, rest = step // PASS, step % PASS
    for entry, (scene, steps) in enumerate(STEPS, 1):
        if rest < steps:
            return entry, scene, rest, number
        rest -= steps
    raise ValueError(step)


def seconds(start, end):
    """From one step of the song to another, at a bpm for each."""
    total = 0.0
    for step in range(start, end):
        _, scene, at, _ = place(step)
        total += 15 / tempo(scene, at)
    return total


def absolute(position):
    return position["loop"] * 256 + position["step"]


def follow(stream, top, first, n):
    """Reads n positions; what is not as the song says, and the last one."""
    wrong, last = [], first
    for _ in range(n):
        position = stream.until("position")
        step = absolute(position) - top
        _, scene, at, number = place(step)
        if position["section"] != {"scene": scene, "step": at, "pass": number}:
            wrong.append(("section", step, position["section"]))
        gone = seconds(absolute(first) - top, step)
        if abs(position["time"] - first["time"] - gone) > 0.005:
            wrong.append(("time", step, position["time"] - first["time"], gone))
        last = position
    return wrong, last


server = Server()
stream = Stream(server)
eq(server.json("POST", "/playback/session", {"data": SONG, "timing": "now"})[0], 200, "a session with a song is taken")
server.json("POST", "/playback/start")
first = stream.until("position")
eq(first["section"]["scene"], "fast", "its first entry plays")
top = absolute(first) - first["section"]["step"]
wrong, last = follow(stream, top, first, PASS + 10)
eq(wrong[:3], [], "each entry begins at its bar, in each pass, and so do its tempos")
for i in range(4):
    restarts = server.get("/health")["components"]["engine"]["restarts"]
    os.kill(server.player(), signal.SIGKILL)
    wait_for(lambda: server.get("/health")["components"]["engine"]["restarts"] > restarts)
    stream.until("position", lambda p: absolute(p) > absolute(last) + 5)
    wrong, last = follow(stream, top, first, 23 + 7 * i)
    eq(wrong[:3], [], "kill %d: the next player is in the same entry, pass and tempo" % (i + 1))
song = server.get("/playback/status")["song"]
eq((song["on"], song["entries"]), (True, 4), "the status knows the song")


def command(line):
    return server.json("POST", "/playback/command", {"line": line})


eq(command("song off")[0], 200, "a song is left")
since = absolute(stream.until("position"))
scene = stream.until("position", lambda p: absolute(p) > since + 20)["section"]["scene"]  # behind the look-ahead
late = stream.until("position", lambda p: absolute(p) > since + 20 + 3 * 16)
eq(late["section"]["scene"], scene, "and what plays of it goes on")
os.kill(server.player(), signal.SIGKILL)
after = stream.until("position", lambda p: absolute(p) > absolute(late) + 20)
eq(after and after["section"]["scene"], scene, "... after a kill, too")
eq(server.get("/playback/status")["song"]["on"], False, "... where it is still left")
eq(command("song on 4")[0], 200, "it is taken up at an entry")
entry = stream.until("position", lambda p: p["section"]["scene"] == "fast" and p["section"]["step"] == 32)
ok(entry is not None, "which plays for all of its bars")
eq(server.json("POST", "/scene/activate", {"scene_id": "calm", "timing": "now"})[0], 200, "a scene is activated")
calm = stream.until("position", lambda p: p["section"]["scene"] == "calm")
stays = stream.until("position", lambda p: absolute(p) > absolute(calm) + 60)
eq(stays["section"]["scene"], "calm", "and the song is over")
eq(server.get("/playback/status")["song"], None, "... which the status knows")
eq([command(line)[0] for line in ("song on 5", "song on 0", "song maybe", "song off 1", "place 5 6")], [422] * 5,
   "what is no entry is refused")
server.json("POST", "/playback/stop")
command("song on 2")
server.json("POST", "/playback/stop")
server.json("POST", "/playback/start")
begun = stream.until("position", lambda p: p["section"]["scene"] == "calm")
eq(begun["section"]["pass"], 0, "an entry is where the song begins while nothing plays")
server.json("POST", "/playback/stop")
server.json("POST", "/playback/start")
begun = stream.until("position", lambda p: absolute(p) == 0)
eq(begun["section"], {"scene": "fast", "step": 0, "pass": 0}, "and a stop goes back to its first")
finish()
