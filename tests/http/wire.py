"""HTTP itself: what is asked wrongly is refused with the right status, and nothing hangs."""

import json
import os
import re
import signal
import socket
import struct
import threading
import time

from serve import Server, Stream, eq, finish, ok, read_all, status_of, wait_for

server = Server("--header-timeout", "1", "--body-timeout", "1", "--idle-timeout", "1",
                "--max-body", "64K", "--max-header", "4K", "--max-connections", "40", "--log")

HOST = b"Host: localhost\r\n"
GET = b"GET /playback/status HTTP/1.1\r\n" + HOST


def detail(answer):
    return json.loads(answer.split(b"\r\n\r\n", 1)[1])["detail"]


# ---- the request line and the head ----
for head, status, name in [
    (GET + b"Connection: close\r\n\r\n", 200, "a plain request is answered"),
    (b"\r\n\r\n" + GET + b"Connection: close\r\n\r\n", 200, "empty lines before a request are skipped"),
    (b"GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200,
     "the absolute form is understood"),
    (b"GET /health HTTP/1.0\r\n\r\n", 200, "HTTP/1.0 without a Host is answered"),
    (b"GET /health HTTP/1.1\r\n\r\n", 400, "HTTP/1.1 without a Host is refused"),
    (b"GET /health HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400, "two Hosts are refused"),
    (b"GET /health HTTP/2.0\r\n" + HOST + b"\r\n", 505, "another version is refused"),
    (b"GET /health\r\n" + HOST + b"\r\n", 400, "a line without a version is refused"),
    (b"GET  /health HTTP/1.1\r\n" + HOST + b"\r\n", 400, "two blanks in the line are refused"),
    (b"GET health HTTP/1.1\r\n" + HOST + b"\r\n", 400, "a target without a slash is refused"),
    (b"G@T /health HTTP/1.1\r\n" + HOST + b"\r\n", 400, "a method that is no token is refused"),
    (b"BREW /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 501, "an unknown method is not implemented"),
    (b"GET /health HTTP/1.1\n" + b"Host: localhost\n\n", 400, "lines without CR are refused"),
    (b"GET /health HTTP/1.1\r\n" + HOST + b"A : b\r\n\r\n", 400, "a blank before a colon is refused"),
    (b"GET /health HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n", 400, "a continued header is refused"),
    (b"GET /health HTTP/1.1\r\n" + HOST + b"nothing\r\n\r\n", 400, "a header without a colon is refused"),
    (b"GET /health HTTP/1.1\r\n" + HOST + b"A: b\0c\r\n\r\n", 400, "a NUL in a header is refused"),
    (b"GET /he%zzlth HTTP/1.1\r\n" + HOST + b"\r\n", 400, "a broken escape is refused"),
    (b"GET /he%00lth HTTP/1.1\r\n" + HOST + b"\r\n", 400, "an escaped NUL is refused"),
    (b"GET /he%ffalth HTTP/1.1\r\n" + HOST + b"\r\n", 400, "an escape that is not UTF-8 is refused"),
    (b"GET /nothing HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 404, "an unknown path is not found"),
    (b"GET /tracks/a/b/c/d/e/f/g/h/i/j HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 404,
     "a deep path is not found"),
    (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 431, "a head over the limit is refused"),
    (b"GET /" + b"x" * 5000, 414, "a request line over the limit is refused before it ends"),
    (GET + b"A: " + b"x" * 5000 + b"\r\n\r\n", 431, "a header over the limit is refused"),
    (GET + b"A: b\r\n" * 101 + b"\r\n", 431, "more than 100 headers are refused"),
    (GET + b"Expect: a-miracle\r\n\r\n", 417, "an unknown expectation is refused"),
]:
    answer = server.raw(head)
    eq(status_of(answer), status, name)

answer = server.raw(b"GET /" + b"x" * 1000000)
eq(status_of(answer), 414, "a request line of 1 MB is refused, and the answer arrives")

# ---- how long the body is ----
POST = b"POST /playback/bpm HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
for head, status, name in [
    (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "both lengths are refused"),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400, "in either order"),
    (b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n{} ", 400, "two Content-Lengths are refused"),
    (b"Content-Length: +3\r\n\r\n{} ", 400, "a signed Content-Length is refused"),
    (b"Content-Length: 3, 3\r\n\r\n{} ", 400, "a list of Content-Lengths is refused"),
    (b"Content-Length: 99999999999999999999999\r\n\r\n", 400, "a Content-Length beyond 64 bits is refused"),
    (b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "another coding is not implemented"),
    (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "two codings are refused"),
    (b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "a chunk without a size is refused"),
    (b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", 400, "a chunk longer than its size is refused"),
    (b"Transfer-Encoding: chunked\r\n\r\n0x3\r\n", 400, "a size with 0x is refused"),
    (b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffff0\r\n", 400, "an absurd size is refused"),
    (b"Transfer-Encoding: chunked\r\n\r\n" + b"fffff\r\n", 413, "a chunk over the limit is too large"),
    (b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 5000, 400, "an endless chunk extension is refused"),
    (b"Content-Length: 100000\r\n\r\n" + b"x" * 100000, 413, "a body over the limit is too large"),
    (b"Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n", 413, "and not asked for"),
]:
    eq(status_of(server.raw(POST + head)), status, name)

answer = server.raw(POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                    b"4;ext=1\r\n{\"bp\r\n9\r\nm\": 144 }\r\n0\r\nTrailer: x\r\n\r\n")
eq(status_of(answer), 200, "a chunked body with extension and trailer is read")
with server.connect() as sock:
    sock.sendall(POST + b"Connection: close\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n")
    first = sock.recv(100)
    ok(first.startswith(b"HTTP/1.1 100 Continue\r\n\r\n"), "100 Continue is said when the body is wanted", first)
    sock.sendall(b'{"bpm": 120}')
    eq(status_of(read_all(sock)), 200, "and the answer comes after it")

# ---- JSON ----
def post(path, text, kind="application/json"):
    status, _, body = server.ask("POST", path, text, {"Content-Type": kind})
    return status, json.loads(body)["detail"]

status, text = post("/playback/bpm", b'{"bpm":\n  120,}')
eq(status, 400, "broken JSON is refused")
ok(re.search(r"line 2 column \d+", text), "with line and column", text)
eq(post("/playback/bpm", b'{"bpm": "\xff"}')[0], 400, "JSON that is not UTF-8 is refused")
eq(post("/playback/bpm", b"[" * 30000)[0], 400, "JSON 30,000 levels deep is refused")
eq(post("/playback/session", b"[" * 30000)[0], 400, "a session 30,000 levels deep is refused")
eq(post("/playback/bpm", b'{"bpm": 1, "bpm": 2}')[0], 400, "a repeated key is refused")
status, text = post("/playback/session", b'{\n "tracks": {"a" 1}}')
eq(status, 400, "a session that is no JSON is refused")
ok(re.search(r"line 2 column \d+", text), "with line and column too", text)
eq(post("/playback/session", b'{"tracks": "\xff"}')[0], 400, "and one that is not UTF-8")
eq(post("/playback/session", b"")[0], 400, "and one that is empty")
eq(post("/playback/bpm", b'{"bpm": 120}', "text/plain")[0], 415, "a body of another type is refused")
eq(server.ask("POST", "/playback/bpm", b"bpm=1", {"Content-Type": "application/x-www-form-urlencoded"})[0],
   415, "and a form")
eq(server.ask("POST", "/playback/bpm", b'{"bpm": 120}', {"Content-Type": "Application/JSON; charset=utf-8"})[0],
   200, "but not one with a charset")

# ---- methods ----
status, headers, _ = server.ask("DELETE", "/tracks")
eq((status, headers["Allow"]), (405, "GET, HEAD, OPTIONS"), "a wrong method says which are right")
status, headers, _ = server.ask("GET", "/playback/start")
eq((status, headers["Allow"]), (405, "POST, OPTIONS"), "for a POST as well")
status, headers, text = server.ask("OPTIONS", "/tracks/x")
eq((status, headers["Allow"], text), (204, "GET, HEAD, OPTIONS", b""), "OPTIONS is answered")
eq(server.ask("OPTIONS", "/nothing")[0], 404, "but not for what is not there")
eq(status_of(server.raw(b"OPTIONS * HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")), 204, "OPTIONS * is answered")
status, headers, text = server.ask("HEAD", "/health")
ok(status == 200 and text == b"" and int(headers["Content-Length"]) > 50, "HEAD is GET without a body", headers)
eq(server.ask("HEAD", "/stream")[0], 200, "HEAD of the stream ends")

# ---- keeping and closing ----
with server.connect() as sock:
    sock.sendall((GET + b"\r\n") * 20 + GET + b"Connection: close\r\n\r\n")
    answers = read_all(sock)
eq(answers.count(b"HTTP/1.1 200 OK"), 21, "21 pipelined requests get 21 answers")
with server.connect() as sock:
    body = b'{"bpm": 121}'
    sock.sendall((POST + b"Content-Length: 12\r\n\r\n" + body) * 5 + GET + b"Connection: close\r\n\r\n")
    answers = read_all(sock)
eq(answers.count(b"HTTP/1.1 200 OK"), 6, "also when the player has to answer in between")
with server.connect() as sock:
    sock.sendall((GET + b"\r\n") * 3)
    sock.shutdown(socket.SHUT_WR)
    eq(read_all(sock).count(b"HTTP/1.1 200 OK"), 3, "a client that closed its side gets its answers")
with server.connect() as sock:
    for path, wanted in [(b"/nothing", 404), (b"/playback/bpm", 415), (b"/tracks", 405)]:
        sock.sendall(b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nabcde")
        got = b""
        while got.count(b"}") < 1:
            got += sock.recv(4096)
        eq(status_of(got), wanted, "%d with a small body keeps the connection" % wanted)
ok(b"Connection: keep-alive" in server.raw(b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", timeout=0.5),
   "HTTP/1.0 keeps it if asked to")

# ---- deadlines ----
begin = time.monotonic()
with server.connect() as sock:
    got = b""
    try:
        for byte in GET + b"\r\n":
            sock.send(bytes([byte]))
            sock.settimeout(0.25)
            try:
                got = sock.recv(4096)
                break
            except TimeoutError:
                pass
    except OSError:
        pass
    sock.settimeout(5)
    got += read_all(sock)
ok(time.monotonic() - begin < 6, "a head at four bytes a second is not waited for")
eq(status_of(got), 408, "and gets 408")
begin = time.monotonic()
eq(server.raw(b""), b"", "a client that says nothing is closed")
ok(time.monotonic() - begin < 6, "in time")
eq(status_of(server.raw(POST + b"Content-Length: 12\r\n\r\n{")), 408, "a body that stops gets 408")
drip = Server("--body-timeout", "0.1")
begin = time.monotonic()
with drip.connect() as sock:
    sock.sendall(POST + b"Content-Length: 10000\r\n\r\n")
    got = b""
    sock.settimeout(0.05)
    while time.monotonic() - begin < 10 and not got:
        try:
            sock.send(b"x")
            got = sock.recv(4096)
        except TimeoutError:
            pass
        except OSError:
            break
eq(status_of(got), 408, "a body that drips gets 408 as well")
ok(time.monotonic() - begin < 5, "after ten times the timeout")
with server.connect() as sock:
    sock.sendall(GET + b"\r\n")
    sock.recv(4096)
    begin = time.monotonic()
    eq(read_all(sock), b"", "an idle connection is closed without a word")

# ---- too many ----
crowd = [server.connect() for _ in range(40)]
wait_for(lambda: False, 0.3)
late = [status_of(server.raw(GET + b"Connection: close\r\n\r\n", timeout=5)) for _ in range(5)]
eq(late, [200] * 5, "connection 41 to 45 of 40 are answered: those who say nothing give way")
for sock in crowd:
    sock.close()
crowd = [Stream(server) for _ in range(40)]
late = [server.raw(b"", timeout=5) for _ in range(5)]
ok(all(status_of(a) == 503 and b"Retry-After" in a for a in late), "but listeners do not: who comes is told to come again", late)
for stream in crowd:
    stream.close()
eq(wait_for(lambda: status_of(server.raw(GET + b"Connection: close\r\n\r\n")), 5), 200, "and then there is room again")
storm = []
lock = threading.Lock()


def one():
    try:
        answer = server.raw(GET + b"Connection: close\r\n\r\n", timeout=10)
    except OSError:
        answer = b""
    with lock:
        storm.append(status_of(answer))


threads = [threading.Thread(target=one) for _ in range(300)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
ok(storm.count(200) > 0 and set(storm) <= {0, 200, 503}, "300 connections at once are answered or refused", sorted(storm))
eq(server.ask("GET", "/health")[0], 200, "and the server lives")
eq(wait_for(lambda: "BREW" in server.said()), True, "the log is written")
ok(re.search(r'^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET /health HTTP/1\.1" 200 \d+$',
             server.said(), re.M), "the access log has the common format")
ok('"' + r"BREW /health HTTP/1.1" + '" 501' in server.said(), "and every request")
eq(server.stop(), 0, "TERM ends it with 0")

# ---- what the loop reads itself ----
server = Server()
for size, status in ((100000, 200), (140000, 413)):
    eq(server.json("POST", "/playback/bpm", b'{"bpm": 120, "filler": "' + b"x" * size + b'"}')[0], status,
       "a tempo of %d bytes is a %d" % (size, status))
eq(server.json("POST", "/playback/session", b" " * 300000 + b"{}")[0], 200, "a session may be longer")
ok(b"413" in server.raw(b"POST /playback/bpm HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n80000\r\n")[:12], "a chunked one may not either")
for coding, status in (("gzip", 415), ("identity", 200)):
    eq(server.ask("POST", "/playback/bpm", {"bpm": 120}, {"Content-Encoding": coding})[0], status, "Content-Encoding: %s" % coding)
answer = server.raw(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n")
ok(b"Connection: close" in answer, "close counts in whatever line it comes")

# ---- what is counted and logged of an answer without a body ----
sizes = Server("--log")
length = {method: int(sizes.ask(method, "/openapi.json")[1]["Content-Length"]) for method in ("HEAD", "GET")}
eq(length["HEAD"], length["GET"], "HEAD tells how long the body would be")
logged = wait_for(lambda: (lambda found: len(found) == 2 and found)(
    re.findall(r'"(HEAD|GET) /openapi.json HTTP/1.1" 200 (\d+)', sizes.said())))
eq(logged,
   [("HEAD", "0"), ("GET", str(length["GET"]))], "the log tells how much was sent")
ok(sizes.get("/metrics")["server"]["bytes_out"] < 2 * length["GET"], "and the metrics count it")

# ---- bodies of those who are gone ----
held = Server("--max-body", "128K", "--answer-timeout", "60", "--hang-timeout", "60")
pid = held.player()
os.kill(pid, signal.SIGSTOP)
session = b'{"tracks": {}}' + b" " * 131000
for _ in range(16):  # eight find room, unless they are gone before they are read
    sock = held.connect()
    sock.sendall(b"POST /playback/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(session) + session)
    eq(held.json("GET", "/playback/status")[0], 200, "a session waits for a player that hangs")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    held.json("GET", "/playback/status")
try:
    status = held.ask("POST", "/playback/session", session, timeout=5)[0]
except OSError:
    status = 0
eq(status, 503, "those who do not wait with it still count")
os.kill(pid, signal.SIGCONT)
eq(wait_for(lambda: held.json("POST", "/playback/session", session)[0] == 200), True, "until it goes on")

# ---- a log that nobody reads ----
for reads in False, True:
    unread = Server("--log", pipe=True)
    answers = [status_of(unread.raw(b"GET /%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % (b"x" * 8000))) for _ in range(80)]
    eq(set(answers), {404}, "every request is answered though nobody reads the log")
    ok(unread.get("/metrics")["server"]["log_lines_dropped"] > 10, "what found no room in it is counted")
    if reads:
        ok(unread.drain(r"\d+ lines are missing here"), "and told to who reads it at last")
    eq(unread.stop(), 0, "it ends as it should")

# ---- one that node, or ssh, left non-blocking ----
full = Server("--log", pipe="full")
for i in range(20):
    full.raw(b"GET /%d-%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % (i, b"x" * 8000))
threading.Thread(target=full.drain, args=("-never-",)).start()
eq(wait_for(lambda: re.findall(r'"GET /(\d+)-x{8000} ', full.said()) == [str(i) for i in range(20)]), True,
   "a log that does not block gets every line, too")
eq(full.stop(), 0, "and the server ends")
finish()
