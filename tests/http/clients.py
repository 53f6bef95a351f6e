"""The clients under examples/ do what they say."""

import os
import shutil
import subprocess
import sys

from serve import Server, eq, finish, ok, skip

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
finish()
