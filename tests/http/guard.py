"""Who may ask: names of the server, pages of others, tokens."""

import os
import subprocess

from serve import BIN, TMP, Server, eq, finish, ok

server = Server("--cors", "https://studio.example", "--name", "stage.example")
BPM = {"bpm": 130}


def host(name):
    return server.ask("GET", "/playback/status", headers={"Host": name})[0]


for name in ("localhost", "localhost:%d" % server.port, "127.0.0.1", "[::1]:80", "LOCALHOST",
             "stage.example", "stage.example:8080", os.uname().nodename):
    eq(host(name), 200, "Host %s is this server" % name)
for name in ("evil.example", "evil.example:57122", "localhost.evil.example", "127.0.0.1.evil.example",
             "10.0.0.1", "", "localhost:x", "[::1", "a" * 300):
    eq(host(name), 421, "Host %s is not" % (name[:40] or "(empty)"))


def origin(value, method="POST", path="/playback/bpm", body=BPM, **more):
    headers = {"Origin": value} if value else {}
    headers.update(more)
    status, answer, _ = server.ask(method, path, body, headers)
    return status, answer["Access-Control-Allow-Origin"]


for value in ("http://localhost:3000", "http://127.0.0.1:8080", "http://localhost", "https://studio.example"):
    eq(origin(value), (200, value), "a page of %s may change things and see the answer" % value)
eq(origin(None), (200, None), "so may what is no page")
eq(origin("http://stage.example:99", Host="stage.example:99"), (200, "http://stage.example:99"), "and our own page")
eq(origin("https://stage.example", Host="stage.example"), (200, "https://stage.example"), "also behind one who speaks TLS")
for value in ("http://evil.example", "null", "https://localhost:1", "http://localhost.evil.example",
              "http://evil.example:3000", "https://studio.example.evil", "file://", "http://localhost:80:80"):
    eq(origin(value), (403, None), "a page of %s may not" % value)
eq(origin("http://evil.example", "GET", "/playback/status", None), (200, None),
   "what it may not read it gets without leave to")
for method, path in (("DELETE", "/playback/changes/1"), ("PATCH", "/playback/environment"), ("POST", "/panic")):
    eq(origin("http://evil.example", method, path, {})[0], 403, "%s %s is closed to it" % (method, path))
eq(server.ask("POST", "/playback/stop", headers={"Sec-Fetch-Site": "cross-site"})[0], 403,
   "a browser that says cross-site without an origin is refused")

status, headers, _ = server.ask("OPTIONS", "/playback/environment", headers={
    "Origin": "http://localhost:3000", "Access-Control-Request-Method": "PATCH"})
eq((status, headers["Access-Control-Allow-Origin"], headers["Access-Control-Allow-Methods"]),
   (204, "http://localhost:3000", "PATCH, OPTIONS"), "a preflight is answered")
ok("Authorization" in headers["Access-Control-Allow-Headers"], "and allows the token's header")
status, headers, _ = server.ask("OPTIONS", "/playback/environment", headers={
    "Origin": "http://evil.example", "Access-Control-Request-Method": "PATCH"})
eq((headers["Access-Control-Allow-Origin"], headers["Access-Control-Allow-Methods"]), (None, None),
   "a preflight of a stranger gets nothing")
ok("frame-ancestors 'none'" in server.ask("GET", "/", headers={"Accept": "text/html"})[1]["Content-Security-Policy"],
   "no page may frame the dashboard")

# ---- tokens ----
path = os.path.join(TMP, "token")
with open(path, "w") as file:
    file.write("correct-horse-battery\n")
server = Server("--token-file", path)


def bearer(value, where="/playback/status"):
    headers = {"Authorization": value} if value is not None else {}
    status, answer, _ = server.ask("GET", where, headers=headers)
    return status, answer["WWW-Authenticate"]


eq(bearer("Bearer correct-horse-battery"), (200, None), "the right token is let in")
eq(bearer("bearer  correct-horse-battery"), (200, None), "the scheme in any case")
for value in (None, "", "Bearer", "Bearer ", "Bearer correct-horse-batter", "Bearer correct-horse-battery2",
              "Bearer x", "Basic correct-horse-battery", "correct-horse-battery", "Bearer " + "x" * 4000):
    eq(bearer(value), (401, 'Bearer realm="oiduna"'), "%.40r is not" % (value,))
eq(server.ask("POST", "/playback/bpm", BPM)[0], 401, "nothing is changed without it")
eq(server.ask("GET", "/stream")[0], 401, "nothing is streamed")
eq(server.ask("GET", "/health")[0], 401, "not even health is told")
for where in ("/", "/docs", "/openapi.json"):
    eq(bearer(None, where)[0], 200, "%s, which says nothing of what plays, is for all" % where)
eq(server.ask("OPTIONS", "/playback/bpm")[0], 204, "as is OPTIONS, which has no token by nature")
server = Server(env={"API_TOKEN": "from-the-environment"})
eq(bearer("Bearer from-the-environment")[0], 200, "API_TOKEN is a token")
eq(bearer("Bearer x")[0], 401, "and no other is")
server = Server("--token-file", path, env={"API_TOKEN": "from-the-environment"})
eq(bearer("Bearer correct-horse-battery")[0], 200, "--token-file overrides it")
eq(bearer("Bearer from-the-environment")[0], 401, "wholly")


def start(*options, **env):
    done = subprocess.run([os.path.join(BIN, "oiduna-serve"), "--port", "0", "--no-osc", *options],
                          capture_output=True, text=True, timeout=20, env={**os.environ, **env})
    return done.returncode, done.stderr


status, said = start("--host", "0.0.0.0")
eq(status, 64, "another address than loopback needs a token")
ok("--token-file" in said and "--insecure" in said, "and the message says what to do", said)
for name in ("::", "127.example", "127.0.0.1.example", "127.1", "localhost.example"):
    eq(start("--host", name)[0], 64, "so does %s" % name)
server = Server("--host", "0.0.0.0", "--insecure")
eq(host("localhost"), 200, "--insecure lets it listen everywhere")
eq(host("evil.example"), 421, "and names are still looked at")
server = Server("--host", "0.0.0.0", "--token-file", path)
eq(bearer(None)[0], 401, "with a token it listens everywhere and asks for it")
finish()
