"""A master that is followed, as HTTP tells of it: status, stream, both forms of the metrics."""

import re
import socket
import threading
import time

from serve import Server, Stream, eq, finish, ok, wait_for

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = Server("--control-port", str(port))
server.load()


def padded(text):
    return text.encode() + b"\0" * (4 - len(text) % 4)


class Master:
    """Says every 50 ms where it is: at 137 bpm, in its seventh bar to begin with."""

    def __init__(self):
        self.begun, self.going = time.monotonic_ns(), True
        self.thread = threading.Thread(target=self._say, daemon=True)
        self.thread.start()

    def _say(self):
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while self.going:
            now = time.monotonic_ns()
            words = ("%.6f" % (96 + (now - self.begun) * 137 / 15e9), "137", str(now), "the drummer", "peers=3")
            out.sendto(padded("/oiduna/sync") + padded("," + "s" * len(words)) + b"".join(map(padded, words)),
                       ("127.0.0.1", port))
            time.sleep(0.05)

    def end(self):
        self.going = False
        self.thread.join()


def prometheus():
    return server.ask("GET", "/metrics", headers={"Accept": "text/plain"})[2].decode()


def sample(name):
    found = re.search(r"^%s (\S+)$" % name, prometheus(), re.M)
    return float(found.group(1)) if found else None


listener = Stream(server)
sync = listener.until("status")["sync"]
eq((sync["state"], sync["locked"], sync["source"], sync["bpm"]), ("off", False, None, None), "nobody is followed, the stream says")
eq(server.get("/playback/status")["sync"], sync, "so does the status")
eq((sample("oiduna_sync_locked"), sample("oiduna_sync_jumps_total")), (0, 0), "so do the metrics")
master = Master()
heard = listener.until("status", lambda d: d["sync"]["locked"])
eq((heard["sync"]["source"], heard["sync"]["peers"], heard["sync"]["bpm"], heard["sync"]["state"]), ("the drummer", 3, 137, "locked"),
   "a master that comes is told at once: who, with how many, how fast")
wait_for(lambda: server.get("/metrics")["phase_histogram"][-1][1] > 20)
status = server.get("/playback/status")
sync = status["sync"]
ok(sync["locked"] and 0 <= sync["age_s"] < 60 and isinstance(sync["phase_error_us"], (int, float)), "the status has age and phase error", sync)
eq(round(status["bpm"], 3), 137, "and the tempo is the master's")
text = prometheus()
buckets = [int(n) for n in re.findall(r'^oiduna_sync_phase_error_seconds_bucket\{le="[^"]+"\} (\d+)$', text, re.M)]
ok(buckets == sorted(buckets) and buckets[-1] > 20, "the phase error has a histogram", buckets)
eq(sample("oiduna_sync_phase_error_seconds_count") >= buckets[-1], True, "with its count")
eq((sample("oiduna_sync_locked"), sample("oiduna_sync_lost_total")), (1, 0), "it is locked")
phase = server.get("/metrics")["phase_us"]
ok(phase["p50"] <= phase["p99"] <= phase["max"], "and quantiles", phase)
code, _ = server.json("POST", "/playback/bpm", {"bpm": 90})[:2]
eq(code, 409, "a tempo is refused while a master leads")
master.end()
lost = listener.until("status", lambda d: d["sync"]["state"] == "holding")
eq((lost["sync"]["locked"], lost["sync"]["bpm"], lost["sync"]["lost"]), (False, 137, 1), "a master that is lost is told, and its tempo stays")
eq((sample("oiduna_sync_locked"), sample("oiduna_sync_lost_total")), (0, 1), "the metrics count it")
eq(server.json("POST", "/playback/bpm", {"bpm": 90})[0], 200, "a tempo is taken again")
finish()
