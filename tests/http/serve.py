"""What the HTTP tests share: a server of their own, requests to the byte, TAP."""

import atexit
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = os.environ.get("BIN", "build")
TMP = tempfile.mkdtemp()
atexit.register(shutil.rmtree, TMP, ignore_errors=True)
_servers = []
_count = 0
atexit.register(lambda: [server.process.kill() for server in _servers if server.process.poll() is None])


def ok(passed, name, note=""):
    global _count
    _count += 1
    print("%s %d - %s" % ("ok" if passed else "not ok", _count, name), flush=True)
    if not passed and note != "":
        for line in str(note)[:2000].splitlines():
            print("# " + line)
    return passed


def eq(got, wanted, name):
    return ok(got == wanted, name, "got: %r\nwanted: %r" % (got, wanted))


def skip(name, why):
    global _count
    _count += 1
    print("ok %d - %s # SKIP %s" % (_count, name, why), flush=True)


def finish():
    """Ends what runs; a server that ends otherwise than asked (a sanitizer's word) fails the test."""
    ends = [(server.stop(), server.said()) for server in _servers]
    bad = [end for end in ends if end[0] not in (0, -9) or "Sanitizer" in end[1]]
    ok(not bad, "every server ends as it should", bad)
    print("1..%d" % _count)
    sys.exit(0)


def wait_for(condition, seconds=10.0):
    """The condition's value as soon as it is true, else its last value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


SESSION = {
    "environment": {"bpm": 150},
    "tracks": {
        "kick": {"params": {"s": "bd"}},
        "hat": {"params": {"s": "hh", "pan": 0.25, "gain": 0.8}},
    },
    "tracks_midi": {"bass": {"track_id": "bass", "channel": 2}},
    "sequences": {
        "kick": {"events": [{"step": s} for s in range(0, 256, 4)]},
        "hat": {"events": [{"step": s} for s in range(2, 256, 4)]},
        "bass": {"events": [{"step": s, "note": 36, "gate": 8} for s in range(0, 256, 8)]},
    },
    "scenes": {
        "verse": {"tracks": {"kick": {"params": {"s": "cp"}}},
                  "sequences": {"kick": {"events": [{"step": 0}]}}},
    },
}


def big_session(events):
    """A session with so many events, spread over tracks and steps."""
    tracks = {"t%d" % i: {"params": {"s": "bd"}} for i in range(40)}
    sequences = {"t%d" % i: {"events": []} for i in range(40)}
    for n in range(events):
        sequences["t%d" % (n % 40)]["events"].append({"step": n * 7 % 256, "velocity": 0.5})
    return {"tracks": tracks, "sequences": sequences}


class Server:
    """oiduna-serve on a free port, with a player of its own."""

    def __init__(self, *options, env=None, osc=False, wait=True, pipe=False):
        """pipe: standard error is a pipe that is read by drain() only; "full": and that is not waited for."""
        self.log_path = os.path.join(TMP, "log%d" % len(_servers))
        self.assets = os.path.join(TMP, "assets%d" % len(_servers))
        arguments = [os.path.join(BIN, "oiduna-serve"), "--port", "0", "--assets", self.assets,
                     "--no-rt"]
        if not osc:
            arguments.append("--no-osc")
        environment = {k: v for k, v in os.environ.items()
                       if k not in ("API_HOST", "API_PORT", "API_TOKEN", "OSC_HOST", "OSC_PORT",
                                    "MIDI_PORT", "NOTIFY_SOCKET")}
        environment.update(env or {})
        self.log = open(self.log_path, "w")
        ends = os.pipe() if pipe else (None, self.log)
        if pipe == "full":
            os.set_blocking(ends[1], False)
        self.process = subprocess.Popen(arguments + list(options), stderr=ends[1], stdout=subprocess.DEVNULL,
                                        stdin=subprocess.DEVNULL, env=environment)
        if pipe:
            os.close(ends[1])
            self.process.stderr = os.fdopen(ends[0], "rb")
        _servers.append(self)
        self.host, self.port = "127.0.0.1", 0
        if pipe:
            self.drain(r"listening on")
        if wait:
            found = wait_for(lambda: re.search(r"listening on http://(.*):(\d+)", self.said())
                             or self.process.poll() is not None, 20)
            if not hasattr(found, "group"):
                print("Bail out! the server did not start: " + self.said())
                sys.exit(1)
            self.port = int(found.group(2))
            self.address = found.group(1) + ":" + found.group(2)

    def said(self):
        with open(self.log_path) as log:
            return log.read()

    def drain(self, pattern):
        """Reads the pipe until a line matches; False if none does."""
        for line in self.process.stderr:
            with open(self.log_path, "ab") as log:
                log.write(line)
            if re.search(pattern, line.decode()):
                return True
        return False

    def connect(self, timeout=20):
        return socket.create_connection((self.host, self.port), timeout=timeout)

    def raw(self, data, timeout=20, read=True):
        """Sends bytes on a connection of its own; all that comes back until it is closed."""
        with self.connect(timeout) as sock:
            try:
                sock.sendall(data)
            except OSError:
                pass  # refused before it was all sent; the answer is there to read
            return read_all(sock) if read else b""

    def ask(self, method, path, body=None, headers=None, timeout=20):
        """(status, headers, text)"""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, text

    def json(self, method, path, body=None, headers=None):
        """(status, document)"""
        status, _, text = self.ask(method, path, body, headers)
        return status, json.loads(text) if text else None

    def get(self, path):
        return self.json("GET", path)[1]

    def player(self):
        return self.get("/health")["components"]["engine"]["pid"]

    def load(self, session=None, start=True):
        answer = self.json("POST", "/playback/session", session or SESSION)
        if start:
            self.json("POST", "/playback/start")
        return answer

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        return self.process.returncode


def read_all(sock):
    data = b""
    try:
        while True:
            piece = sock.recv(65536)
            if not piece:
                return data
            data += piece
    except OSError:
        return data


def status_of(answer):
    """The status of a raw answer, 0 if there is none."""
    found = re.match(rb"HTTP/1\.1 (\d+) ", answer)
    return int(found.group(1)) if found else 0


class Stream:
    """A listener of /stream."""

    def __init__(self, server, headers="", small=False):
        self.sock = socket.socket()
        if small:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.settimeout(20)
        self.sock.connect((server.host, server.port))
        self.sock.sendall(("GET /stream HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % headers).encode())
        self.data = b""
        self.head = b""
        self.events = []
        while not small and b"\r\n\r\n" not in self.data:
            piece = self.sock.recv(4096)
            if not piece:
                break
            self.data += piece
        if b"\r\n\r\n" in self.data:
            self.head, self.data = self.data.split(b"\r\n\r\n", 1)

    def next(self):
        """The next event: {"id", "event", "data"}; None at the end."""
        while True:
            while b"\n\n" not in self.data:
                piece = self.sock.recv(65536)
                if not piece:
                    return None
                self.data += piece
            text, self.data = self.data.split(b"\n\n", 1)
            fields = dict(line.split(": ", 1) for line in text.decode().split("\n"))
            if "event" in fields:
                fields["data"] = json.loads(fields["data"])
                self.events.append(fields)
                return fields

    def until(self, event, condition=lambda data: True, seconds=20):
        """The data of the next event of that name for which the condition holds; None if none."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                found = self.next()
            except OSError:
                return None
            if found is None:
                return None
            if found["event"] == event and condition(found["data"]):
                return found["data"]
        return None

    def close(self):
        self.sock.close()
