"""Who has the token, and who guesses."""

import os
import re
import subprocess
import sys

from serve import BIN, TMP, Server, Stream, eq, finish, ok, skip, status_of, wait_for

path = os.path.join(TMP, "token")


def write(text, mode):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


write("swordfish&co\n", 0o600)
server = Server("--token-file", path, "--log")
RIGHT = {"Authorization": "Bearer swordfish&co"}
status, headers, text = server.ask("GET", "/tracks")
eq((status, b"a token is needed" in text), (401, True), "without a token one is asked for")
status, headers, text = server.ask("GET", "/tracks", headers={"Authorization": "Bearer tunafish"})
eq((status, b"the token is wrong" in text), (401, True), "a wrong one is called wrong")
eq(server.ask("GET", "/tracks", headers=RIGHT)[0], 200, "the right one opens")

# ---- the cookie ----
status, headers, text = server.ask("POST", "/gate", headers=RIGHT)
cookie = headers["Set-Cookie"]
ok(all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/")) and "Secure" not in cookie, "the gate sets a cookie", cookie)
ok("swordfish" not in cookie, "which is not the token")
ok("Secure" in server.ask("POST", "/gate", headers=dict(RIGHT, **{"X-Forwarded-Proto": "https"}))[1]["Set-Cookie"], "behind https it is Secure")
eq(server.ask("POST", "/gate")[0], 401, "nobody else gets one")
ok("Set-Cookie" not in server.ask("GET", "/tracks", headers=RIGHT)[1], "and nowhere else")
sent = "Cookie: theme=dark; %s\r\n" % cookie.split(";")[0]
eq(status_of(Stream(server, sent).head), 200, "the cookie opens the stream")
eq(server.ask("GET", "/tracks", headers={"Cookie": sent[8:-2]})[0], 401, "and nothing else")
eq(server.ask("POST", "/playback/stop", headers={"Cookie": sent[8:-2]})[0], 401, "nothing that changes, above all")
eq(status_of(Stream(server, "Cookie: oiduna-%d=0123456789abcdef0123456789abcdef\r\n" % server.port).head), 401, "a made up one does not")

# ---- the address ----
GET = "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
with server.connect() as sock:
    sock.sendall((GET % "/stream?x=1&access_token=swordfish%26co").encode())
    eq(status_of(sock.recv(4096)), 200, "the token in the stream's address opens it")
eq(status_of(server.raw((GET % "/stream?access_token=guess").encode())), 401, "a wrong one does not")
eq(status_of(server.raw((GET % "/tracks?access_token=swordfish%26co").encode())), 401, "nor any other route by the right one")
wait_for(lambda: "GET /tracks?" in server.said())
ok("swordfish" not in server.said() and "access_token=***" in server.said(), "the log does not know it", re.findall(".*access.*", server.said()))
status, headers, _ = server.ask("HEAD", "/stream", headers=RIGHT)
eq((status, headers["Content-Length"], headers["Content-Type"].split(";")[0]), (200, None, "text/event-stream"), "HEAD of the stream has no length")

# ---- guessing ----
codes = [server.ask("GET", "/tracks", headers={"Authorization": "Bearer guess%d" % i})[0] for i in range(10)]
ok(429 in codes and set(codes) <= {401, 429}, "who guesses is told to wait", codes)
status, headers, _ = server.ask("GET", "/tracks", headers={"Authorization": "Bearer guess"})
eq((status, headers["Retry-After"].isdigit()), (429, True), "and how long")
eq(server.ask("GET", "/tracks", headers=RIGHT)[0], 200, "the owner at this machine does not wait")
server.stop()
inside = r"""
import subprocess, sys
subprocess.run("ip link set lo up && ip addr add 10.9.8.7/32 dev lo", shell=True, check=True)
sys.path.insert(0, "tests/http")
from serve import Server
server = Server("--host", "0.0.0.0", "--token-file", sys.argv[1])
server.host = "10.9.8.7"
def ask(token):
    return server.ask("GET", "/tracks", headers={"Host": "localhost", "Authorization": "Bearer " + token})[0]
print(ask("swordfish&co"), [ask("guess") for _ in range(5)][-1], ask("swordfish&co"))
server.stop()
"""
done = subprocess.run(["unshare", "-rn", sys.executable, "-B", "-c", inside, path], stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT, text=True, check=False, env=dict(os.environ, BIN=os.path.abspath(BIN)))
if "unshare" in done.stdout or "RTNETLINK" in done.stdout:
    skip("from elsewhere not even the right token is looked at while one has to wait", done.stdout[:80])
else:
    eq(done.stdout.strip(), "200 429 429", "from elsewhere not even the right token is looked at while one has to wait")

# ---- what a token file is worth ----
for text, mode, word in (("swordfish-and-chips\n", 0o644, "others can read"), ("swordfish-and-chips\n", 0o622, "others can write"), ("x\n", 0o600, "short")):
    write(text, mode)
    server = Server("--token-file", path)
    ok(word in server.said(), "a token file that is %o with %d characters: %s" % (mode, len(text) - 1, word), server.said())
    server.stop()
write("swordfish-and-chips\n", 0o600)
server = Server("--token-file", path)
eq(server.said().count("\n"), 1, "a good one is not spoken of")

# ---- who is not asked for ----
status, _, text = server.ask("GET", "/", headers={"Host": "stage.example"})
eq((status, b"--name" in text and b"stage.example" in text), (421, True), "who asks for another name is told of --name")
finish()
