"""The clients under examples/ do what they say."""

import os
import shutil
import subprocess
import sys

from serve import SESSION, TMP, Server, eq, finish, ok, skip

server = Server()
token = Server(env={"API_TOKEN": "open-sesame"})


def run(command, on, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "OIDUNA_URL": "http://127.0.0.1:%d" % on.port, "BARS": "0.3", "STEPS": "3", **more})
    return done.returncode, done.stdout, done.stderr


clients = [("session.sh", ["sh", "examples/clients/session.sh"]), ("client.py", [sys.executable, "examples/clients/client.py"]),
           ("client.mjs", ["node", "examples/clients/client.mjs"])]
for name, command in clients:
    if not shutil.which(command[0]):
        skip("%s plays" % name, "no " + command[0])
        continue
    for on, secret in ((server, {}), (token, {"API_TOKEN": "open-sesame"})):
        status, out, err = run(command, on, **secret)
        eq((status, err), (0, ""), "%s plays%s" % (name, " with a token" if secret else ""))
        ok("step 3" in out or '"playback_state":"playing"' in out, "%s tells what happens" % name, out)
    eq(server.get("/playback/status")["playing"], False, "%s stops at the end" % name)
    eq(len(server.get("/tracks")["tracks"]) > 2, True, "%s has loaded a session" % name)
    ok(run(command, token)[0] != 0, "%s fails without the token" % name)

# ---- clients that nobody here wrote ----
wave = os.path.join(TMP, "kick.wav")
with open(wave, "wb") as file:
    file.write(b"RIFF" + bytes(100))
url = "http://127.0.0.1:%d" % server.port
status, out, err = run(["curl", "-sS", "-F", "file=@" + wave, "-F", "category=kicks", "-F", "tags=a,b", url + "/assets/samples"], server)
ok('"tags":["a","b"]' in out, "curl uploads a sample", (out, err))
status, out, err = run(["curl", "-sS", "-d", '{"bpm": 99}', url + "/playback/bpm"], server)
ok("application/json" in out, "curl -d without a type is told which", out)
status, out, err = run(["curl", "-sS", "--data-binary", "@examples/four-on-the-floor.json", "-H", "Content-Type: application/json",
                        "-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked", url + "/playback/session"], server)
ok('"status":"ok"' in out, "curl sends a session in chunks, when it is asked for", (out, err))
try:
    import requests
except ImportError:
    requests = None
    skip("requests does what curl does", "no module requests")
if requests:
    with requests.Session() as session:
        answer = session.post(url + "/playback/session", json=SESSION)
        eq((answer.status_code, answer.json()["status"]), (200, "ok"), "requests posts a session")
        eq(session.patch(url + "/playback/environment", json={"bpm": 140}).json()["environment"]["bpm"], 140, "patches")
        with open(wave, "rb") as file:
            answer = session.post(url + "/assets/samples", files={"file": file}, data={"category": "sn\u00e4res"})
        eq((answer.status_code, answer.json().get("category")), (200, "sn\u00e4res"), "uploads, with a name beyond ASCII")
        session.post(url + "/playback/start")
        with session.get(url + "/stream", stream=True, timeout=20) as stream:
            names = []
            for line in stream.iter_lines(decode_unicode=True):
                if line.startswith("event: "):
                    names.append(line[7:])
                if names.count("position") == 3:
                    break
        eq(names[:3], ["connected", "status", "tracks"], "and reads the stream")
if shutil.which("wrk"):
    status, out, err = run(["wrk", "-t1", "-c16", "-d1s", url + "/playback/status"], server)
    ok("Non-2xx" not in out and "Socket errors" not in out, "wrk gets no error", out)
else:
    skip("wrk gets no error", "no wrk")
finish()
