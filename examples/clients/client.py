#!/usr/bin/env python3
"""Loads a session and follows it: client.py [SESSION.json]. Needs nothing but Python."""

import json
import os
import sys
import urllib.request

URL = os.environ.get("OIDUNA_URL", "http://127.0.0.1:57122")
HERE = os.path.dirname(os.path.abspath(__file__))


def ask(method, path, body=None):
    request = urllib.request.Request(URL + path, body, method=method, headers={"Content-Type": "application/json"})
    if "API_TOKEN" in os.environ:
        request.add_header("Authorization", "Bearer " + os.environ["API_TOKEN"])
    return urllib.request.urlopen(request)


session = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "swing.json")
with open(session, "rb") as file:
    for warning in json.load(ask("POST", "/playback/session", file.read()))["warnings"]:
        print("line %(line)d: %(msg)s" % warning)
ask("POST", "/playback/start")
event = None
for line in ask("GET", "/stream"):
    name, _, value = line.decode().rstrip("\n").partition(": ")
    event = value if name == "event" else event
    if name == "data" and event == "position":
        position = json.loads(value)
        print("bar %(bar)d beat %(beat)d step %(step)d" % position, flush=True)
        if position["step"] >= int(os.environ.get("STEPS", 64)):
            break
ask("POST", "/playback/stop")
