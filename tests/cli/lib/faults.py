"""Runs each program again and again, each time with another call failing (tests/preload/failnth.c)."""

import errno
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = os.path.abspath(os.environ.get("BIN", "build"))
SHIM = os.path.join(BIN, "tests/preload/failnth.so")
MOST = 150  # failures of one call in one program
EXITS = {0, 64, 65, 66, 69, 70, 71, 73, 74, 75, 77}
NO_MEMORY = ["malloc", "calloc", "realloc", "strdup"]
FILES = ["open", "read", "write", "close", "fstat", "rename", "fclose", "fflush"]
NET = ["socket", "connect", "bind", "send", "poll", "eventfd", "signalfd", "pthread_create"]
SERVE = ["malloc", "calloc", "realloc", "strdup", "open", "close", "pipe2", "fork", "pthread_create"]
MOST_SERVED = 12
ERRNO = {"open": errno.EACCES, "pthread_create": errno.EAGAIN, "poll": errno.ENOMEM,
         "send": errno.ENOBUFS, "socket": errno.EMFILE, "eventfd": errno.EMFILE,
         "signalfd": errno.EMFILE, "pipe2": errno.EMFILE, "fork": errno.EAGAIN}

count = 0


def tap(good, name, why=""):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if good else "not ok", count, name), flush=True)
    if not good:
        print("# " + why.replace("\n", "\n# "))


def run(command, stdin, call, nth, counter):
    env = dict(os.environ, LD_PRELOAD=SHIM, FAIL_CALL=call, FAIL_NTH=str(nth), FAIL_COUNT=counter,
               FAIL_ERRNO=str(ERRNO.get(call, errno.ENOMEM if call in NO_MEMORY else errno.EIO)))
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=env, timeout=20)


REQUESTS = [b"GET /health HTTP/1.1", b"POST /playback/session HTTP/1.1", b"POST /playback/bpm HTTP/1.1",
            b"POST /tracks/bd/mute HTTP/1.1", b"GET /metrics HTTP/1.1", b"GET /nowhere HTTP/1.1"]
BODIES = {1: b'{"tracks":{"bd":{"params":{"s":"bd"}}},"sequences":{"bd":{"events":[{"step":0}]}}}',
          2: b'{"bpm":140}', 3: b'{"muted":true}'}


def ask(port):
    """Some requests; answers may fail, but not hang."""
    for i, line in enumerate(REQUESTS):
        body = BODIES.get(i, b"")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
                sock.sendall(line + b"\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                             b"Content-Length: %d\r\n\r\n" % len(body) + body)
                while sock.recv(65536):
                    pass
        except socket.timeout as late:
            raise subprocess.TimeoutExpired(line, 10) from late
        except OSError:
            pass


def serve(command, call, nth, counter):
    """A server that is asked a few things and told to end."""
    env = dict(os.environ, LD_PRELOAD=SHIM, FAIL_CALL=call, FAIL_NTH=str(nth), FAIL_COUNT=counter,
               FAIL_ERRNO=str(ERRNO.get(call, errno.ENOMEM if call in NO_MEMORY else errno.EIO)))
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=env)
        port = None
        end = time.monotonic() + 15
        while process.poll() is None and port is None and time.monotonic() < end:
            time.sleep(0.01)
            said.seek(0)
            port = re.search(rb"listening on http://.*:(\d+)", said.read())
        try:
            if port is not None:
                ask(int(port.group(1)))
            process.send_signal(signal.SIGTERM)
            process.wait(15)
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, b"", said.read())


def serve_all(tmp, counter):
    command = [BIN + "/oiduna-serve", "--port", "0", "--no-osc", "--no-rt", "--assets", os.path.join(tmp, "assets")]
    for call in SERVE:
        serve(command, call, 0, counter)
        with open(counter, encoding="ascii") as file:
            n = int(file.read())
        bad = []
        tried = sorted({1 + i * n // MOST_SERVED for i in range(MOST_SERVED)}) if n else []
        failed = 0
        for nth in tried:
            try:
                done = serve(command, call, nth, counter)
                why = judge(done, lambda _status: "")
                failed += done.returncode != 0
            except subprocess.TimeoutExpired:
                why = "it hung"
            if why:
                bad.append("%s number %d: %s" % (call, nth, why))
        if tried:
            tap(not bad, "oiduna-serve: %d of %d %s fail once (%d end the program)" % (
                len(tried), n, call, failed), "\n".join(bad[:5]))


def calls(command, stdin, call, counter):
    run(command, stdin, call, 0, counter)
    with open(counter) as f:
        return int(f.read())


def judge(done, check):
    """What is wrong with the end of a run; '' if nothing is."""
    if done.returncode not in EXITS:
        return "exit status %d" % done.returncode
    said = done.stderr.decode(errors="replace")
    if done.returncode != 0 and ": " not in said:
        return "exit status %d without a word" % done.returncode
    return check(done.returncode)


def try_all(name, command, stdin, which, reset, check, counter):
    for call in which:
        reset()
        n = min(calls(command, stdin, call, counter), MOST)
        if n == 0:
            continue
        bad = []
        failed = 0
        for nth in range(1, n + 1):
            reset()
            try:
                done = run(command, stdin, call, nth, counter)
            except subprocess.TimeoutExpired:
                bad.append("%s number %d: it never ended" % (call, nth))
                continue
            failed += done.returncode != 0
            why = judge(done, check)
            if why:
                bad.append("%s number %d: %s\n%s" % (call, nth, why, done.stderr.decode(errors="replace")[:300]))
        tap(not bad, "%s: each of %d %s fails once (%d end the program)" % (name, n, call, failed),
            "\n".join(bad[:5]))


def main():
    if not os.path.exists(SHIM):
        print("1..0 # SKIP no %s (make tests)" % SHIM)
        return
    with tempfile.TemporaryDirectory() as tmp:
        counter = os.path.join(tmp, "count")
        session = "tests/fuzz/seeds/ir/small.json"
        score = os.path.join(tmp, "good.odn")
        target = os.path.join(tmp, "target.odn")
        subprocess.run([BIN + "/oiduna-compile", "-o", score, session], check=True,
                       stderr=subprocess.DEVNULL)
        with open(score, "rb") as f:
            good = f.read()

        def reset():
            for name in os.listdir(tmp):
                if name.startswith("target"):
                    os.remove(os.path.join(tmp, name))
            with open(target, "wb") as f:
                f.write(b"old")

        def whole_or_old(status):
            with open(target, "rb") as f:
                now = f.read()
            rest = [n for n in os.listdir(tmp) if n.startswith("target") and n != "target.odn"]
            if status != 0 and now != b"old" and now != good:
                return "half a target was left"
            if status == 0 and now != good:
                return "success without a whole target"
            return "left behind: %s" % rest if rest and status == 0 else ""

        def nothing(_status):
            return ""

        compile_ = [BIN + "/oiduna-compile", "-o", target, session]
        try_all("oiduna-compile -o", compile_, b"", NO_MEMORY + FILES, reset, whole_or_old, counter)
        dump = [BIN + "/oiduna-compile", "--dump", "--json", score]
        try_all("oiduna-compile --dump", dump, b"", NO_MEMORY + FILES, reset, nothing, counter)
        dry = [BIN + "/oiduna-play", "--dry-run", "--loops", "1", "--render", tmp + "/x.mid",
               "--osc-score", tmp + "/x.osc", score]
        try_all("oiduna-play --dry-run", dry, b"", NO_MEMORY + FILES, reset, nothing, counter)
        play = [BIN + "/oiduna-play", "--no-rt", "--events", "--quit-on-eof", "--osc", "127.0.0.1:9", "--report",
                tmp + "/report.json"]
        stream = good + b"mute bd on\nset bd cutoff 400\ntrigger sn\nscene a now\nstatus\nquit\n"
        try_all("oiduna-play", play, stream, NO_MEMORY + FILES + NET, reset, nothing, counter)
        serve_all(tmp, counter)
    print("1..%d" % count)


sys.exit(main())
