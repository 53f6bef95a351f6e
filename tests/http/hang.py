"""A player that hangs is no player: it is ended, and the next one goes on in phase."""

import os
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli/lib"))

from midi import midi_of, notes_left_on  # noqa: E402
from serve import BIN, SESSION, TMP, Server, Stream, eq, finish, ok, wait_for  # noqa: E402

path = os.path.join(TMP, "midi")
os.mkfifo(path)
fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)
data = b""


def on():
    global data
    try:
        while True:
            data += os.read(fifo, 65536)
    except BlockingIOError:
        pass
    return len(notes_left_on(midi_of(data)))


notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(os.path.join(TMP, "notify"))
notify.settimeout(10)

server = Server("--hang-timeout", "1", "--midi-raw", path,
                env={"NOTIFY_SOCKET": os.path.join(TMP, "notify"), "WATCHDOG_USEC": "400000"})
server.load(dict(SESSION, environment={"bpm": 157}, sequences=dict(
    SESSION["sequences"], bass={"events": [{"step": s, "note": 36, "gate": 15} for s in range(0, 256, 16)]})))
stream = Stream(server)
before = stream.until("position", lambda p: p["step"] % 16 == 6)
eq(on(), 1, "a note sounds")
pid = server.player()
os.kill(pid, signal.SIGSTOP)
begin = time.monotonic()
eq(stream.until("error")["code"], "PLAYER_DIED", "a player that hangs is ended")
ok(time.monotonic() - begin > 0.9, "not before its time")
after = stream.until("position")
step = 15 / 157
drift = (after["time"] - before["time"]) / step - ((after["loop"] - before["loop"]) * 256 + after["step"] - before["step"])
ok(abs(drift) < 0.01, "the next one goes on in phase", "%g steps off" % drift)
ok(server.player() not in (pid, None), "it is another process")
eq(wait_for(lambda: server.get("/health")["status"] == "ok"), True, "all is well again")
ok("has not answered for" in server.said(), "the log says why")
eq(wait_for(lambda: on() <= 1), True, "the note that the hung one left on is ended")
said = []
while b"WATCHDOG=1" not in said:
    said.append(notify.recv(100))
ok(True, "systemd is told that both live")
stream.close()
eq(server.stop(), 0, "it ends in order")

# ---- the wall clock is set, then the player dies ----
clock = os.path.join(TMP, "clock")
with open(os.path.join(BIN, "flags")) as flags:
    sanitized = "-fsanitize" in flags.read()  # it takes the clock's place itself
for seconds in () if sanitized else (1000, -3600):
    with open(clock, "wb") as file:
        file.write(struct.pack("q", 0))
    server = Server(env={"OIDUNA_TEST_CLOCK": clock,
                         "LD_PRELOAD": os.path.abspath(os.path.join(BIN, "tests/preload/wallclock.so"))})
    server.load(dict(SESSION, environment={"bpm": 157}))
    stream = Stream(server)
    before = stream.until("position", lambda p: p["step"] > 6)
    with open(clock, "r+b") as file:
        file.write(struct.pack("q", seconds * 10**9))
    wait_for(lambda: False, 0.2)
    os.kill(server.player(), signal.SIGKILL)
    stream.until("error", lambda e: e["code"] == "PLAYER_DIED")
    after = stream.until("position", seconds=10) or {"time": 0, "loop": 0, "step": 0}
    steps = (after["time"] - before["time"] - seconds) / step
    drift = steps - ((after["loop"] - before["loop"]) * 256 + after["step"] - before["step"])
    ok(abs(drift) < 0.02, "the next player is in phase though the wall clock was set by %+d s" % seconds, "%g steps off" % drift)
    stream.close()
    server.stop()

# ---- both are killed together ----
server = Server("--midi-raw", path)
server.load(dict(SESSION, sequences={"bass": {"events": [{"step": 0, "note": n, "gate": 250} for n in (40, 45)]}}))
eq(wait_for(lambda: on() >= 2), True, "notes sound")
pid = server.player()
os.kill(pid, signal.SIGSTOP)  # or it would see the server's end, and end them
os.kill(server.process.pid, signal.SIGKILL)
os.kill(pid, signal.SIGKILL)
server.process.wait()
wait_for(lambda: False, 0.3)
ok(on() >= 2, "and sound on when server and player are killed together")
again = Server("--midi-raw", path, "--assets", server.assets)
eq(wait_for(lambda: on() == 0), True, "the next server's first player ends them")
again.stop()
on()
data = b""
again = Server("--midi-raw", path, "--assets", server.assets)
wait_for(lambda: False, 0.3)
on()
eq(data, b"", "after an end in order it has nothing to end")
again.stop()

# ---- a player that never answers again, however often it is started ----
player = os.path.join(TMP, "player")
with open(player, "w") as script:
    script.write('#!/bin/sh\n[ ! -e %s/mute ] || exec sleep 1000\nexec %s "$@"\n'
                 % (TMP, os.path.abspath(os.path.join(os.environ.get("BIN", "build"), "oiduna-play"))))
os.chmod(player, 0o755)
server = Server("--player", player)
server.load()
open(os.path.join(TMP, "mute"), "w").close()
os.kill(server.player(), signal.SIGKILL)
eq(wait_for(lambda: server.json("GET", "/health")[0] == 503), True, "as long as the next one says nothing it is not well")
os.remove(os.path.join(TMP, "mute"))
eq(wait_for(lambda: server.json("GET", "/health")[0] == 200, 40), True, "it is not waited for for ever")

# ---- who comes before the first player is ready ----
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with open(player, "w") as script:
    script.write('#!/bin/sh\nsleep 0.7\nexec %s "$@"\n' % os.path.abspath(os.path.join(BIN, "oiduna-play")))
early = Server("--port", str(port), "--player", player, wait=False)
early.port = port


def reach():
    try:
        early.connect(1).close()
        return True
    except OSError:
        return False


wait_for(reach, 10)
begin = time.monotonic()
eq(early.json("GET", "/health")[0], 200, "who asks before the first player is ready waits for it")
ok(time.monotonic() - begin > 0.2, "a moment", time.monotonic() - begin)
eq(early.load()[0], 200, "and then all is as ever")
early.stop()
with open(player, "w") as script:
    script.write("#!/bin/sh\nexec sleep 1000\n")
never = Server("--port", str(port), "--player", player, wait=False)
never.port = port
wait_for(reach, 10)
eq([never.json(*what)[0] for what in (("GET", "/health"), ("POST", "/playback/stop"))], [503, 503], "but not for ever")
never.signal(signal.SIGTERM)
eq(never.process.wait(10), 0, "and the server can be ended meanwhile")
finish()
