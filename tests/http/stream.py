"""Server-Sent Events: what comes, in which order, and that nobody waits for a slow reader."""

import time

from serve import SESSION, Server, Stream, eq, finish, ok, status_of, wait_for

server = Server("--heartbeat", "0.3", "--max-streams", "3", "--max-backlog", "64K", "--max-metadata", "64K")
server.load()

stream = Stream(server, "Last-Event-ID: 99\r\nAccept: text/event-stream\r\n")
ok(b"200 OK" in stream.head and b"text/event-stream" in stream.head, "a stream is answered with its type", stream.head)
ok(b"no-cache" in stream.head, "and is not to be kept")
first = [stream.next() for _ in range(3)]
eq([e["event"] for e in first], ["connected", "status", "tracks"], "first come connected, status and tracks")
ok(abs(first[0]["data"]["timestamp"] - time.time()) < 5, "connected has the time")
eq((first[1]["data"]["playing"], first[1]["data"]["bpm"]), (True, 150), "status is whole")
eq(sorted(first[2]["data"]["active_tracks"]), ["bass", "hat", "kick"], "so are tracks")
positions = [stream.until("position") for _ in range(6)]
steps = [p["step"] for p in positions]
eq(steps, [(steps[0] + i) % 256 for i in range(6)], "position comes for every step")
ok(all(p["beat"] == p["step"] // 4 and p["bar"] == p["step"] // 16 for p in positions), "with beat and bar")
ok(all(abs(p["time"] - time.time()) < 3 for p in positions), "at the time it sounds")
eq(stream.until("heartbeat") is not None, True, "a heartbeat comes when asked for")
ids = [int(e["id"]) for e in stream.events]
eq(ids, sorted(set(ids)), "ids ascend")
server.json("POST", "/tracks/kick/mute", {"muted": True})
eq(stream.until("tracks")["tracks"][0]["muted"], True, "a mute is told")
server.json("POST", "/playback/bpm", {"bpm": 160})
eq(stream.until("status", lambda d: d["bpm"] == 160)["bpm"], 160, "a tempo too")
server.json("POST", "/playback/session", {"data": SESSION, "timing": "beat"})
applied = stream.until("applied")
ok(applied["what"] == "session" and "step" in applied, "a session that is taken over too", applied)
server.json("POST", "/playback/stop")
eq(stream.until("status", lambda d: not d["playing"])["playback_state"], "stopped", "a stop too")
stream.events.clear()
time.sleep(0.5)
server.json("POST", "/session/clients/mark/metadata", {})
stream.until("client_connected")
eq([e for e in stream.events if e["event"] == "position"], [], "then no step is told any more")
server.json("POST", "/playback/start")

# ---- how many ----
others = [Stream(server) for _ in range(2)]
answer = server.raw(b"GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
ok(status_of(answer) == 503 and b"Retry-After" in answer, "a stream too many is told to come again")
others[0].close()
eq(wait_for(lambda: server.get("/metrics")["server"]["streams"] == 2), True, "when one goes there is room")
again = Stream(server)
ok(b"200 OK" in again.head, "for another")
again.close()
others[1].close()
wait_for(lambda: server.get("/metrics")["server"]["streams"] == 1)

# ---- a reader that does not read ----
slow = Stream(server, small=True)
wait_for(lambda: server.get("/metrics")["server"]["streams"] == 2)
seen = 0
for n in range(60):
    server.json("POST", "/session/clients/mark/metadata", {"n": n, "filler": "x" * 30000})
    got = stream.until("client_metadata_updated", lambda d: d["metadata"].get("n") == n)
    seen += got is not None
eq(seen, 60, "one that reads gets every event while one beside it reads nothing")
eq(wait_for(lambda: server.get("/metrics")["server"]["streams_dropped"] == 1), True, "which is dropped when too much waits")
eq(server.get("/metrics")["server"]["streams"], 1, "alone")
rss = open("/proc/%d/statm" % server.process.pid).read().split()[1]
ok(int(rss) * 4096 < 60e6, "and no memory is piled up for it", rss)
slow.close()

# ---- an event that is longer than what may wait ----
wide = Server("--max-backlog", "4K")
wide.load({"tracks": {"t%d" % i: {"params": {"s": "bd"}} for i in range(400)},
           "sequences": {"t%d" % i: {"events": [{"step": s} for s in range(0, 256, 8)]} for i in range(400)}})
listener = Stream(wide)
eq(len(listener.until("tracks")["tracks"]), 400, "one who reads gets it")
wide.json("POST", "/tracks/t7/mute", {"muted": True})
eq(listener.until("tracks", lambda d: d["tracks"][7]["muted"]) is not None, True, "and the next")
eq(listener.until("position") is not None, True, "and what follows")
wide.stop()

# ---- ends ----
gone = Stream(server)
gone.close()
eq(wait_for(lambda: server.get("/metrics")["server"]["streams"] == 1), True, "one that goes away is forgotten")
stream.sock.sendall(b"x" * 1000000)
ok(stream.until("position") is not None, "what a listener sends is not looked at")
server.process.terminate()
end = []
while True:
    try:
        event = stream.next()
    except OSError:
        event = None
    if event is None:
        break
    end.append(event)
eq(server.stop(), 0, "the end of the server ends the stream")
finish()
