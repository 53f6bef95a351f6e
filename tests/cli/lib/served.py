"""A conversation with oiduna-serve that reaches as much of it as can be reached, whatever fails."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import time

PATIENCE = 60   # seconds until something hangs
TRIES = 60      # of one request: one call of those behind it fails each time
SECONDS = 3     # for all of them: a player that is started again takes a while

SESSION = {
    "environment": {"bpm": 240}, "tracks": {"kick": {"params": {"s": "bd"}}},
    "tracks_midi": {"bass": {"track_id": "bass", "channel": 2}},
    "sequences": {"kick": {"events": [{"step": 0}, {"step": 8}]}, "bass": {"events": [{"step": 2, "note": 36}]}},
    "scenes": {"verse": {"tracks": {"kick": {"params": {"s": "cp"}}},
                         "sequences": {"kick": {"events": [{"step": 0}]}}}},
}


def form(**fields):
    """A form as bytes; a value that is a pair is a file: its name and what is in it."""
    parts = []
    for name, value in fields.items():
        filename, value = ('; filename="%s"' % value[0], value[1]) if isinstance(value, tuple) else ("", value)
        parts.append('--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (name, filename, value))
    return ("".join(parts) + "--x--\r\n").encode()


SAMPLE = form(category="bd", file=("a.wav", "RIFF"))
SYNTHDEF = form(file=("acid.scd", "SynthDef(\\acid, {}).add;"))
REQUESTS = [
    ("GET", "/health", None), ("GET", "/", None), ("GET", "/docs", None), ("GET", "/openapi.json", None),
    ("POST", "/playback/session", SESSION), ("POST", "/playback/start", None), ("GET", "/playback/status", None),
    ("POST", "/playback/pattern", {"data": SESSION, "timing": "now"}), ("POST", "/playback/session", {"tracks": 1}),
    ("POST", "/playback/session", {"data": SESSION, "timing": "seq", "client_id": "me"}),
    ("GET", "/playback/changes/pending", None), ("DELETE", "/playback/changes/none", None),
    ("POST", "/playback/changes/cancel-all", None),
    ("PATCH", "/playback/environment", {"bpm": 140, "swing": 0.1, "default_gate": 0.9}),
    ("POST", "/playback/bpm", {"bpm": 140}), ("POST", "/playback/bpm", b"{"), ("POST", "/playback/bpm", {"bpm": "x"}),
    ("PATCH", "/playback/tracks/kick/params", {"gain": 0.5, "cutoff": 2000.0, "s": "sn"}),
    ("POST", "/playback/trigger/osc", {"track_id": "kick", "velocity": 0.8}),
    ("POST", "/playback/trigger/midi", {"track_id": "bass", "note": 60, "velocity": 100, "duration_ms": 50}),
    ("POST", "/session/clients/me/metadata", {"scale": "C_major", "chords": ["Dm7"]}),
    ("GET", "/session/clients", None), ("GET", "/session/clients/me", None), ("DELETE", "/session/clients/me", None),
    ("GET", "/tracks", None), ("GET", "/tracks/kick", None), ("POST", "/tracks/kick/mute", {"muted": True}),
    ("POST", "/tracks/kick/solo", {"solo": True}), ("POST", "/scene/activate", {"scene_id": "verse", "timing": "now"}),
    ("POST", "/scene/activate", {"scene_id": "verse"}), ("GET", "/midi/ports", None),
    ("POST", "/midi/port", {"port_name": "nowhere"}), ("POST", "/midi/panic", None), ("POST", "/panic", None),
    ("POST", "/assets/samples", SAMPLE), ("GET", "/assets/samples", None), ("POST", "/assets/synthdefs", SYNTHDEF),
    ("GET", "/assets/synthdefs", None), ("GET", "/assets/info", None),
    ("DELETE", "/assets/samples/bd/a.wav", None), ("DELETE", "/assets/synthdefs/acid.scd", None),
    ("POST", "/assets/samples", form(category="bd")), ("GET", "/nowhere", None), ("OPTIONS", "/tracks", None),
    ("GET", "/metrics", None), ("POST", "/playback/pause", None), ("POST", "/playback/stop", None),
]


def as_bytes(method, path, body, more=""):
    kind = "application/json"
    if body in (SAMPLE, SYNTHDEF) or (isinstance(body, bytes) and body.startswith(b"--x")):
        kind = "multipart/form-data; boundary=x"
    if not isinstance(body, bytes):
        body = json.dumps(body).encode() if body is not None else b""
    head = "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n" % (
        method, path, kind, len(body), more)
    return head.encode() + body


def whole(answer):
    """An answer is there from its first line to its last byte, or not at all."""
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if answer.startswith(b"HTTP/1.1 204") and not body:
        return True
    return answer == b"" or (length is not None and int(length.group(1)) == len(body))


class Gone(Exception):
    """Nobody listens any more."""


class Conversation:
    """With one server, by one connection a request, until it answers or has refused too often."""

    def __init__(self, port, token=""):
        self.port = port
        self.more = "Connection: close\r\nOrigin: http://localhost\r\nAccept-Encoding: gzip\r\n"
        if token:
            self.more += "Authorization: Bearer %s\r\n" % token
        self.halves = []  # answers that ended in the middle
        self.refused = []  # those that say that it cannot be done at present

    def once(self, method, path, body):
        """What came back; b"" if nothing did. A server that is silent hangs."""
        answer = b""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as sock:
                sock.sendall(as_bytes(method, path, body, self.more))
                while True:
                    piece = sock.recv(65536)
                    if not piece:
                        break
                    answer += piece
        except socket.timeout as late:
            raise subprocess.TimeoutExpired(path, PATIENCE) from late
        except ConnectionRefusedError as refused:
            raise Gone() from refused
        except OSError:
            pass
        if answer.startswith(b"HTTP/1.1 503"):
            self.refused.append(answer)
        if not whole(answer):
            self.halves.append("%s %s: %r" % (method, path, answer[:300]))
        return answer

    def until_answered(self, method, path, body=None):
        end = time.monotonic() + SECONDS
        answer = b""
        for _ in range(TRIES):
            answer = self.once(method, path, body)
            if re.match(rb"HTTP/1.1 [234]", answer) or time.monotonic() > end:
                break
            time.sleep(0.01)
        return answer

    def listen(self):
        """Opens a stream and reads what comes first."""
        try:
            sock = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            sock.sendall(as_bytes("GET", "/stream", None, self.more))
            sock.recv(65536)
            return sock
        except OSError:
            return None

    def kill_player(self):
        """Ends it as a crash would, and waits until another one plays."""
        pid = re.search(rb'"pid": *(\d+)', self.until_answered("GET", "/health"))
        if pid is None:
            return
        try:
            os.kill(int(pid.group(1)), signal.SIGKILL)
        except OSError:
            return
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            answer = self.once("GET", "/health", None)
            again = re.search(rb'"pid": *(\d+)', answer)
            if answer.startswith(b"HTTP/1.1 200") and again and again.group(1) != pid.group(1):
                return
            time.sleep(0.02)

    def a_little(self):
        """What other options change."""
        for method, path, body in REQUESTS[:6]:
            self.until_answered(method, path, body)

    def everything(self):
        streams = []
        for number, (method, path, body) in enumerate(REQUESTS):
            if number % 16 == 4:
                streams.append(self.listen())
            self.until_answered(method, path, body)
            if number == len(REQUESTS) // 2:
                self.until_answered("POST", "/playback/session", SESSION)
                self.until_answered("POST", "/playback/start")
                self.kill_player()
        for sock in filter(None, streams):
            try:
                while select.select([sock], [], [], 0)[0] and sock.recv(65536):
                    pass
            except OSError:
                pass
            sock.close()
