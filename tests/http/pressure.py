"""Crowds: silent, slow, and many. One client asks meanwhile, and is answered."""

import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from serve import BIN, TMP, Server, Stream, big_session, eq, finish, ok, skip, status_of, wait_for

HOST = b"Host: localhost\r\n"
TOKEN = {"Authorization": "Bearer swordfish"}
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def answers(server, name, headers=None):
    """Three requests of each kind a person makes; all are answered, soon."""
    for method, path, body in (("GET", "/playback/status", None), ("POST", "/playback/bpm", {"bpm": 99}),
                               ("POST", "/playback/stop", None)):
        begin = time.monotonic()
        try:
            status = server.ask(method, path, body, headers, timeout=5)[0]
        except OSError as error:
            status = error
        eq(status, 200, "%s: %s %s is answered" % (name, method, path))
        ok(time.monotonic() - begin < 3, "%s: and soon" % name, time.monotonic() - begin)


def crowd(server, n, data=b""):
    there = []
    for _ in range(n):
        sock = server.connect()
        sock.sendall(data)
        there.append(sock)
    wait_for(lambda: False, 0.2)
    return there


def close(there):
    for sock in there:
        sock.close()


for options, status in (("--max-score", "4K"), 413), (("--max-memory", "1M"), 507):
    server = Server(*options)
    answer = server.ask("POST", "/playback/session", big_session(2000))
    eq(answer[0], status, "%s: a session that is too much is refused" % options[0])
    ok(options[0] in str(answer), "%s: by the name of the option" % options[0], answer)
    eq(server.ask("GET", "/playback/status")[0], 200, "%s: and the server goes on" % options[0])
    server.stop()

with open(os.path.join(TMP, "token"), "w") as file:
    file.write("swordfish\n")
os.chmod(os.path.join(TMP, "token"), 0o600)

for options, headers in (("--token-file", os.path.join(TMP, "token")), TOKEN), ((), None):
    who = "with a token" if headers else "without one"
    server = Server(*options)
    server.ask("POST", "/playback/session", {"tracks": {}}, headers)
    for n, data, name in ((300, b"", "300 silent connections"), (300, b"GET / HTTP/1.1\r\nX: ", "300 heads that do not end")):
        there = crowd(server, n, data)
        answers(server, "%s, %s" % (name, who), headers)
        close(there)
    large = (b"POST /playback/session HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 16000000\r\n" + HOST
             + (b"Authorization: Bearer swordfish\r\n" if headers else b"") + b"\r\n{")
    there = crowd(server, 12, large)
    answers(server, "12 slow uploads, %s" % who, headers)
    eq(server.ask("POST", "/playback/session", b'{"tracks": {}}' + b" " * 200000, headers)[0], 200,
       "12 slow uploads, %s: a large session finds room, too" % who)
    close(there)
    streams = [Stream(server, "Authorization: Bearer swordfish\r\n", small=True) for _ in range(64)]
    answers(server, "64 listeners that do not read, %s" % who, headers)
    for stream in streams:
        stream.close()
    server.stop()

# ---- a flood of OSC commands at the player ----
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
server = Server("--control-port", str(port))
server.load()
server.json("POST", "/playback/start")
over = threading.Event()


def flood():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while not over.is_set():
        for n in range(50):
            sock.sendto(b"/oiduna/set\0,ssf\0\0\0\0kick\0\0\0\0gain\0\0\0\0" + struct.pack(">f", n / 50), ("127.0.0.1", port))
        time.sleep(0.01)


thread = threading.Thread(target=flood)
thread.start()
time.sleep(2)
answers(server, "5,000 OSC commands a second")
over.set()
thread.join()
server.stop()

# ---- few descriptors ----
shell = os.path.join(TMP, "limited")
with open(shell, "w") as script:
    script.write('#!/bin/sh\nulimit -n 24\nexec "$0.real" "$@"\n')
os.chmod(shell, 0o755)
os.symlink(os.path.abspath(os.path.join(BIN, "oiduna-serve")), shell + ".real")


class Limited(Server):
    def __init__(self, *options):
        real, self_bin = subprocess.Popen, os.path.join(BIN, "oiduna-serve")
        subprocess.Popen = lambda args, **more: real([shell if a == self_bin else a for a in args], **more)
        try:
            super().__init__("--player", os.path.abspath(os.path.join(BIN, "oiduna-play")), *options)
        finally:
            subprocess.Popen = real


server = Limited()
server.load()
there = crowd(server, 60)
answers(server, "24 descriptors and 60 silent connections")
os.kill(server.player(), signal.SIGKILL)
eq(wait_for(lambda: server.json("GET", "/health")[0] == 200 and server.get("/health")["components"]["engine"]["restarts"]), 1,
   "24 descriptors: another player finds its own")
sample = (b"--x\r\nContent-Disposition: form-data; name=\"category\"\r\n\r\nbd\r\n--x\r\nContent-Disposition: form-data; "
          b"name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n--x--\r\n")
eq(server.ask("POST", "/assets/samples", sample, {"Content-Type": "multipart/form-data; boundary=x"})[0], 200,
   "24 descriptors: a file is stored")
close(there)
server.stop()

# ---- one address among others: in a network of its own, for loopback has no share ----
inside = r"""
import os, subprocess, sys
subprocess.run("ip link set lo up && ip addr add 10.9.8.7/32 dev lo",
               shell=True, check=True)
sys.path.insert(0, "tests/http")
from serve import Server, wait_for
server = Server("--host", "0.0.0.0", "--insecure", "--max-per-address", "5")
server.host = "10.9.8.7"  # so that is where it comes from, too
there = [server.connect() for _ in range(20)]
wait_for(lambda: False, 0.3)
alive = 0
for sock in there:
    sock.settimeout(0.2)
    try:
        sock.recv(1)
    except TimeoutError:
        alive += 1
print("alive", alive)
print("status", server.ask("GET", "/playback/status", headers={"Host": "localhost"})[0])
server.host = "127.0.0.1"
there = [server.connect() for _ in range(20)]
wait_for(lambda: False, 0.3)
gone = 0
for sock in there:
    sock.settimeout(0.1)
    try:
        gone += sock.recv(1) == b""
    except TimeoutError:
        pass
print("gone", gone)
server.stop()
"""
done = subprocess.run(["unshare", "-rn", sys.executable, "-B", "-c", inside], stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT, text=True, check=False, env=dict(os.environ, BIN=os.path.abspath(BIN)))
if "unshare" in done.stdout or "Operation not" in done.stdout or "RTNETLINK" in done.stdout:
    skip("an address over its share loses its own longest idle connection", done.stdout.strip()[:80])
else:
    eq(done.stdout.split(), ["alive", "5", "status", "200", "gone", "0"],
       "an address over its share loses its own longest idle connections, loopback none")
finish()
