"""The player behind it: dies and comes back, is stopped in order, is not touched by what HTTP does."""

import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import threading
import time

from serve import BIN, SESSION, TMP, Server, Stream, big_session, eq, finish, ok, read_all, status_of, wait_for


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rsplit(")", 1)[1].split()[0] != "Z"


killed = {None}


def kill_next(server):
    """Kills the player that is not known to be dead."""
    pid = wait_for(lambda: (lambda pid: pid not in killed and pid)(server.player()))
    killed.add(pid)
    os.kill(pid, signal.SIGKILL)


def sounding(path):
    """Notes that a raw MIDI file leaves on."""
    with open(path, "rb") as file:
        data = file.read()
    on, status, i = set(), 0, 0
    while i < len(data):
        if data[i] >= 0x80:
            status = data[i]
            i += 1
            if status >= 0xf0:
                continue
        kind = status & 0xf0
        size = 1 if kind in (0xc0, 0xd0) else 2
        if i + size > len(data):
            break
        if kind == 0x90 and data[i + 1] > 0:
            on.add((status & 15, data[i]))
        elif kind in (0x80, 0x90):
            on.discard((status & 15, data[i]))
        elif kind == 0xb0 and data[i] in (120, 123):
            on = {n for n in on if n[0] != status & 15}
        i += size
    return on, len(data)


# ---- it dies ----
server = Server()
server.load()
server.json("POST", "/playback/bpm", {"bpm": 157})
server.json("POST", "/tracks/hat/mute", {"muted": True})
server.json("PATCH", "/playback/tracks/kick/params", {"gain": 0.625})
stream = Stream(server)
before = stream.until("position", lambda p: p["step"] > 6)
pid = server.player()
killed.add(pid)
os.kill(pid, signal.SIGKILL)
eq(stream.until("error")["code"], "PLAYER_DIED", "the stream tells when the player dies")
after = stream.until("position")
step = 15 / 157
drift = (after["time"] - before["time"]) / step - ((after["loop"] - before["loop"]) * 256 + after["step"] - before["step"])
ok(abs(drift) < 0.01, "a new one goes on in phase", "%g steps off" % drift)
health = wait_for(lambda: (lambda h: h["components"]["engine"]["running"] and h)(server.get("/health")))
eq(health["components"]["engine"]["restarts"], 1, "it is counted")
ok(health["components"]["engine"]["pid"] not in (pid, None), "it is another process")
status = server.get("/playback/status")
eq((status["playing"], status["bpm"]), (True, 157), "it plays at the tempo that was set")
eq(wait_for(lambda: len(server.get("/tracks")["tracks"])), 3, "it has the session")
eq((server.get("/tracks/hat")["muted"], server.get("/tracks/kick")["gain"]), (True, 0.625), "and what was changed in it")
server.json("POST", "/scene/activate", {"scene_id": "verse", "timing": "now"})
wait_for(lambda: server.get("/playback/status")["current_scene"] == "verse")
server.json("POST", "/playback/session", {"data": {"tracks": {"later": {"params": {"s": "sn"}}}}, "timing": "seq"})
kill_next(server)
stream.until("error")
wait_for(lambda: server.get("/health")["components"]["engine"]["restarts"] == 2 and server.get("/playback/status")["current_scene"])
eq(server.get("/playback/status")["current_scene"], "verse", "the scene is there again")
eq(wait_for(lambda: len(server.get("/playback/changes/pending")["pending"])), 1, "what waited waits again")
wait_for(lambda: server.get("/health")["status"] == "ok")
eq(server.json("POST", "/playback/changes/cancel-all")[1].get("cancelled_count"), 1, "and can be cancelled")
server.json("POST", "/playback/bpm", {"bpm": 163})
server.json("POST", "/playback/stop")
for _ in range(3):
    kill_next(server)
health = wait_for(lambda: (lambda h: h["status"] == "ok" and h["components"]["engine"]["restarts"] == 5)(server.get("/health")))
ok(health, "it comes back as often as it dies")
eq(server.get("/playback/status")["playback_state"], "stopped", "what stood still stands still")

server.json("POST", "/playback/session", {"data": SESSION, "timing": "now"})
server.json("POST", "/playback/session", {"tracks": {"hat": {"params": {"s": "hc"}}}, "sequences": {"hat": {"events": [{"step": 1}]}},
                                          "apply": {"timing": "now", "track_ids": ["hat"]}})
merged = wait_for(lambda: (lambda t: t["sound"] == "hc" and server.get("/tracks"))(server.get("/tracks/hat")))
kill_next(server)
wait_for(lambda: server.player() not in killed)
wait_for(lambda: server.get("/health")["status"] == "ok")
eq(wait_for(lambda: server.get("/tracks") == merged and merged), merged, "what was merged into a session is there again")
server.json("POST", "/playback/bpm", {"bpm": 163})
server.json("POST", "/playback/start")
time.sleep(0.3)
for _ in range(3):  # the second and third before the one before them was told anything
    kill_next(server)
eq(wait_for(lambda: server.get("/health")["status"] == "ok" and server.get("/playback/status")["playing"]), True,
   "what played plays, however often it dies")
eq(server.get("/playback/status")["bpm"], 163, "at its tempo")

# ---- it hangs ----
slow = Server("--answer-timeout", "0.3")
slow.load()
pid = slow.player()
os.kill(pid, signal.SIGSTOP)
status, answer = slow.json("POST", "/playback/bpm", {"bpm": 90})
eq(status, 504, "a player that does not answer is a 504")
status, answer = slow.json("GET", "/health")
eq((status, answer["status"], answer["detail"]), (503, "degraded", "the player does not answer"), "and no good health")
eq([answer["components"]["engine"][k] for k in ("running", "answers")], [True, False], "though it runs")
eq((slow.get("/metrics")["player_up"], slow.get("/metrics")["player_answers"]), (True, False), "which the metrics tell")
eq(slow.json("GET", "/playback/status")[0], 200, "what is known is answered still")
os.kill(pid, signal.SIGCONT)
eq(wait_for(lambda: slow.json("GET", "/health")[0] == 200), True, "until it goes on")
os.kill(pid, signal.SIGSTOP)
eq(wait_for(lambda: slow.json("GET", "/health")[0] == 503), True, "health finds out by itself, and does not wait")
os.kill(pid, signal.SIGCONT)
busy = Server("--answer-timeout", "0.05")
pid = busy.player()
os.kill(pid, signal.SIGSTOP)
last = []


def press():
    connection = http.client.HTTPConnection(busy.host, busy.port, timeout=60)
    for _ in range(300):
        connection.request("POST", "/playback/stop")
        answer = connection.getresponse()
        last.append((answer.status, json.loads(answer.read())["detail"]))
        if answer.status != 504:
            return


pressing = [threading.Thread(target=press) for _ in range(20)]
for thread in pressing:
    thread.start()
for thread in pressing:
    thread.join()
eq([said for said in last if said[0] != 504], [(503, "the player cannot be told anything at present")] * 20,
   "a player that hangs is told so much and no more")
refused = busy.get("/metrics")["server"]["sessions_refused"]
eq((busy.load(start=False)[0], busy.get("/metrics")["server"]["sessions_refused"]), (503, refused + 1), "nor of a session, which is counted")
os.kill(pid, signal.SIGCONT)
eq(wait_for(lambda: busy.json("POST", "/playback/stop")[0] == 200), True, "until it goes on")
busy.stop()
patient = Server("--answer-timeout", "60")
patient.load()
first = patient.get("/health")["components"]["midi"]
os.kill(patient.player(), signal.SIGSTOP)
later = wait_for(lambda: (lambda m: m["ports_age_s"] > 1.5 and m)(patient.get("/health")["components"]["midi"]))
eq(later["available_ports"], first["available_ports"], "what was known of the ports is told meanwhile, and how old it is")
os.kill(patient.player(), signal.SIGCONT)
eq(wait_for(lambda: patient.get("/health")["components"]["midi"]["ports_age_s"] < 1), True, "until it is new again")
patient.stop()
down = Server()
down.load()
victim = down.player()
os.kill(down.process.pid, signal.SIGSTOP)
os.kill(victim, signal.SIGKILL)
os.kill(down.process.pid, signal.SIGCONT)
seen = {down.json("POST", "/playback/stop")[0] for _ in range(20)}
ok(seen <= {200, 503}, "while it is down changes are answered with 503", seen)

# ---- the server dies, or is ended ----
midi = os.path.join(TMP, "midi")
open(midi, "w").close()
held = {"tracks_midi": {"pad": {"track_id": "pad", "channel": 0}},
        "sequences": {"pad": {"events": [{"step": 0, "note": n, "gate": 250} for n in (48, 52, 55)]}}}
for end, name in ((signal.SIGKILL, "killed"), (signal.SIGTERM, "ended"), (signal.SIGINT, "interrupted")):
    open(midi, "w").close()
    server = Server("--midi-raw", midi)
    server.load(held)
    wait_for(lambda: len(sounding(midi)[0]) == 3)
    eq(len(sounding(midi)[0]), 3, "notes sound")
    pid = server.player()
    server.signal(end)
    status = server.process.wait(10)
    eq(wait_for(lambda: not alive(pid)), True, "a server that is %s takes its player along" % name)
    eq(sounding(midi)[0], set(), "and no note stays on")
    if end != signal.SIGKILL:
        eq(status, 0, "and it ends with 0")

# ---- TERM under load ----
server = Server("--drain-timeout", "20")  # on a slow machine a session takes its time
server.load()
counts = {"answered": 0, "cut": 0}
stop = threading.Event()


def hammer():
    while not stop.is_set():
        try:
            status = server.ask("GET", "/playback/status", timeout=5)[0]
            counts["answered"] += status == 200
        except ConnectionRefusedError:
            return
        except OSError as error:
            if not stop.is_set():
                counts["cut"] += 1
                counts["why"] = repr(error)
            return
        except Exception as error:
            counts["cut"] += 1
            counts["why"] = repr(error)
            return


threads = [threading.Thread(target=hammer) for _ in range(16)]
for thread in threads:
    thread.start()
wait_for(lambda: counts["answered"] > 200)
text = json.dumps(big_session(20000)).encode()
poster = server.connect()
poster.sendall(b"POST /playback/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
               b"Content-Length: %d\r\n\r\n" % len(text) + text)
server.signal(signal.SIGTERM)
eq(server.process.wait(30), 0, "TERM under load ends with 0")
session = status_of(read_all(poster))
stop.set()
for thread in threads:
    thread.join()
ok(counts["cut"] <= 1, "nobody is cut off, but for who came in the last moment", counts)
eq(session, 200, "a session that was being compiled is answered")

# ---- the loop is not held up ----
server = Server()
server.load()
text = json.dumps(big_session(20000))
status, answer = server.json("POST", "/playback/session", text)
eq((status, answer["warnings"] is not None), (200, True), "a session of 20,000 events is loaded")
times, stop = [], threading.Event()


def watch():
    while not stop.is_set():
        begin = time.monotonic()
        server.ask("GET", "/playback/status")
        times.append(time.monotonic() - begin)


watcher = threading.Thread(target=watch)
watcher.start()
for _ in range(5):
    server.json("POST", "/playback/session", text)
stop.set()
watcher.join()
print("# status while 5 sessions of 20,000 events came: median %.2f ms, longest %.2f ms of %d"
      % (statistics.median(times) * 1e3, max(times) * 1e3, len(times)))
ok(len(times) > 10, "others are answered meanwhile")
metrics = server.get("/metrics")
eq(metrics["dropped_steps"], 0, "no step was dropped")
ok(metrics["server"]["compile_seconds_max"] > 0, "compiling is measured")

# ---- systemd ----
path = os.path.join(TMP, "notify")
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(path)
notify.settimeout(10)
server = Server(env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"})
said = notify.recv(100)
while said == b"WATCHDOG=1":  # it lives before it is ready, on a slow machine
    said = notify.recv(100)
eq(said, b"READY=1", "systemd is told when it is ready")
eq([notify.recv(100) for _ in range(2)], [b"WATCHDOG=1"] * 2, "and that it lives")
server.signal(signal.SIGTERM)
said = notify.recv(100)
while said == b"WATCHDOG=1":
    said = notify.recv(100)
eq(said, b"STOPPING=1", "and that it ends")
server.stop()

# ---- it cannot begin ----


def start(*options):
    done = subprocess.run([os.path.join(BIN, "oiduna-serve"), "--port", "0", *options], capture_output=True, text=True, timeout=20)
    return done.returncode, done.stderr


status, said = start("--player", "/no/such/player")
ok(status == 69 and "/no/such/player" in said, "a player that is not there is said", (status, said))
eq(start("--no-osc", "--latency", "bad")[0], 64, "an option that the player refuses ends both with its status")
path = os.path.join(TMP, "moaning")
with open(path, "w") as file:
    file.write("#!/bin/sh\necho one >&2\nprintf two >&2\nexit 3\n")
os.chmod(path, 0o700)
status, said = start("--player", path)
eq((status, said.splitlines()[:2]), (3, ["one", "two"]), "what the player complains about is passed on, to the last word")
eq(start("--player", "/bin/true")[0], 69, "a player that ends at once is of no use")
busy = Server()
status, said = start("--port", str(busy.port), "--no-osc")
ok(status == 69 and re.search(r"in use", said), "a port that is taken is said", (status, said))
finish()
