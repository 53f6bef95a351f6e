"""Lets each call of oiduna-midi and oiduna-link fail once (see faults.py), while a player answers them.

faults_sync.py [midi|link]...
"""

import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import faults

MAP = "cc 1 74 -> set bass cutoff 200..8000 exp\nnote 10 36 -> trigger kick\n"
BYTES = b"\xfa" + b"\xf8" * 30 + b"\xb0\x4a\x10\x99\x24\x40\xf2\x10\x00\xfb\xf8\xfc\xff\xfe"


def osc(address, types="", *args):
    def padded(text):
        return text + b"\0" * (4 - len(text) % 4)
    data = padded(address) + padded(b"," + types.encode())
    for arg in args:
        data += padded(arg) if isinstance(arg, bytes) else struct.pack(">d", arg)
    return data


class Partner:
    """A player's control port: answers who subscribes."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked = threading.Event()
        self.open = True
        self.thread = threading.Thread(target=self._answer, daemon=True)
        self.thread.start()

    def _answer(self):
        while self.open:
            if not select.select([self.socket], [], [], 0.02)[0]:
                continue
            packet, sender = self.socket.recvfrom(65536)
            if packet.startswith(b"/oiduna/subscribe\0"):
                for answer in (osc(b"/oiduna/challenge", "s", b"word"), osc(b"/oiduna/status", "sd", b"playing", 120.0),
                               osc(b"/oiduna/sync", "ddd", 40.0, 120.0, time.time()), b"\xff" * 40,
                               osc(b"/oiduna/bpm", "d", 99.0), osc(b"/oiduna/error", "ss", b"CODE", b"no")):
                    self.socket.sendto(answer, sender)
                self.asked.set()

    def close(self):
        self.open = False
        self.thread.join()
        self.socket.close()


def talk(command, environment, talking, stdin=subprocess.DEVNULL):
    """Runs it beside a player; `talking(process, partner)` once it has asked that, if it does."""
    partner = Partner()
    try:
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command + ["--player", ":%d" % partner.port], stdin=stdin, env=environment,
                                       stdout=subprocess.DEVNULL, stderr=said)
            try:
                end = time.monotonic() + 20
                while process.poll() is None and not partner.asked.wait(0.01) and time.monotonic() < end:
                    pass
                if process.poll() is None:
                    talking(process, partner)
                process.wait(20)
            finally:
                process.kill()
                process.wait()
            said.seek(0)
            return subprocess.CompletedProcess(command, process.returncode, b"", said.read())
    finally:
        partner.close()


def end(process, _partner):
    time.sleep(0.05)  # some of what it does is done by then; which is for other runs to find
    process.send_signal(signal.SIGHUP)
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)


def feed(process, _partner):
    """Two pieces, and between them the map is read again."""
    try:
        process.stdin.write(BYTES)
        process.stdin.flush()
        time.sleep(0.03)
        process.send_signal(signal.SIGHUP)
        process.stdin.write(BYTES)
        process.stdin.flush()
        time.sleep(0.03)
        process.stdin.close()
    except BrokenPipeError:
        pass


def midi(where, _score, _good):
    program = os.path.join(faults.BIN, "oiduna-midi")
    every = faults.Every(where.tmp, "oiduna-midi", [1, 0])
    with open(where.path("keys.map"), "w", encoding="ascii") as file:
        file.write(MAP)
    with open(where.path("wrong.map"), "w", encoding="ascii") as file:
        file.write("cc 1 -> nothing\n")
    keys = where.path("keys.map")
    for words in (["--check", "--map", keys], ["--list"], ["--check", "--map", where.path("wrong.map")]):
        every.fail(lambda place, environment, words=words: faults.quiet([program] + words, b"", environment),
                   first="wrong" not in words[-1])
    every.fail(lambda place, environment: talk([program, "--raw", "-", "--clock", "--learn", "--map", keys],
                                               environment, feed, subprocess.PIPE))
    device = where.path("device")
    os.mkfifo(device)
    every.fail(lambda place, environment: talk([program, "--raw", device, "--clock"], environment, end))
    every.fail(lambda place, environment: talk([program, "--from", "none", "--clock"], environment, end))
    every.tell()


def link(where, _score, _good):
    """With a stand-in for the library: that one runs threads of its own, which end the program without memory."""
    program = "tests/link/oiduna-link"
    every = faults.Every(where.tmp, program, [1, 0])

    def look_on(process, partner):
        time.sleep(0.6)
        end(process, partner)

    every.fail(lambda place, environment: talk([os.path.join(faults.BIN, program), "--lead", "--start-stop"],
                                               environment, look_on))
    every.tell()


if __name__ == "__main__":
    sys.exit(faults.main({"midi": midi, "link": link}))
