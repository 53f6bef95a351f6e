#!/usr/bin/env python3
"""Holds the programs against the model, for sessions of many seeds.

check.py COMPILE PLAY LOOPS FIRST COUNT COUNT11     prints a TAP line for each seed

COUNT sessions of 1.0, then COUNT11 that say more.

COMPILE reads a session on standard input and writes a score; PLAY reads a score from a file.
"""
import json
import os
import shlex
import subprocess
import sys
import tempfile

import compare
import generate
import generate11
import model


def run(command, text):
    done = subprocess.run(shlex.split(command), input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError("%s: exit %d: %s" % (
            command, done.returncode, done.stderr.decode(errors="replace")[:2000]))
    return done.stdout


def check(compile_command, play_command, loops, session, folder):
    text = json.dumps(session, ensure_ascii=False).encode()
    path = os.path.join(folder, "score.odn")
    with open(path, "wb") as file:
        file.write(run(compile_command, text))
    places = os.path.join(folder, "destinations.json")
    with open(places, "w") as file:
        json.dump(generate11.DESTINATIONS, file)
    said = run("%s --destinations %s %s" % (play_command, shlex.quote(places), shlex.quote(path)), b"")
    got = [row for row in map(json.loads, said.splitlines()) if "osc" in row or "midi" in row]
    if any(a["t"] > b["t"] for a, b in zip(got, got[1:])):
        yield "the lines are not in order of time"
    yield from compare.compare(model.trace(session, loops), got)


def main():
    if len(sys.argv) != 7:
        print(__doc__, file=sys.stderr)
        return 64
    compile_command, play_command = sys.argv[1:3]
    loops, first, count, count11 = map(int, sys.argv[3:])
    failed = 0
    sessions = [(seed, generate, "") for seed in range(first, first + count)]
    sessions += [(seed, generate11, " that says more") for seed in range(first, first + count11)]
    with tempfile.TemporaryDirectory() as folder:
        for number, (seed, maker, more) in enumerate(sessions, 1):
            session = maker.session(seed)
            try:
                bad = list(check(compile_command, play_command, loops, session, folder))
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                bad = [str(error)]
            print("%s %d - the session of seed %d%s plays as the model says"
                  % ("not ok" if bad else "ok", number, seed, more))
            for text in bad[:3]:
                print("# " + text.replace("\n", "\n# "))
            failed += bool(bad)
    print("1..%d" % len(sessions))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
