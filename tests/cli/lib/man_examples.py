"""Runs the commands of man pages' EXAMPLES in a folder that has the files they name.

A command may end by itself (its status must be one it promises), or play on (it is interrupted, and
must then end with 0). Wrong usage (64), unknown commands and shell errors fail the test.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

BIN = os.path.abspath(os.environ.get("BIN", "build"))
PATIENCE = 4  # seconds until what plays on is interrupted
MERCY = 60  # seconds until what was interrupted has to have ended
# 65 and 69 are promised answers where there is no SuperDirt, no MIDI and no such session.
FINE = {0, 1, 69}
FILES = {"song.json": "four-on-the-floor", "intro.json": "swing", "verse.json": "midi-bass",
         "scenes.json": "scenes", "session.json": "sweep", "left.json": "flams", "right.json": "phasing"}
# What needs another machine, root, or a desktop.
ELSEWHERE = re.compile(r"^(sudo|systemctl|setcap|sclang|ssh|@|\S+ +(-|hard|soft) |\[|%|#|[A-Za-z]+=\S*$)")


def lines_of(text):
    return text.replace("\\e", "\\").replace("\\-", "-").replace("\\(aq", "'").replace("\\&", "")


def examples(page):
    """Blocks of shell text in the section EXAMPLES."""
    inside = literal = False
    block = []
    for line in open(page):
        line = line.rstrip("\n")
        if line.startswith(".Sh "):
            inside = line == ".Sh EXAMPLES"
        elif inside and line.startswith(".Dl "):
            yield lines_of(line[4:])
        elif inside and line.startswith(".Bd"):
            literal, block = True, []
        elif inside and line.startswith(".Ed"):
            literal = False
            yield lines_of("\n".join(block))
        elif inside and literal:
            block.append(line)


def commands(block):
    """Of a block with prompts only what is typed; the rest is what the programs print."""
    lines = block.split("\n")
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return "\n".join(lines)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def run(block, folder):
    port = free_port()
    env = dict(os.environ, PATH=BIN + ":" + os.environ["PATH"], OSC_PORT="9", API_PORT=port)
    # Not the port of a server that may run here; and a server in the background needs a moment.
    # Nothing is there to be built.
    block = "make() { :; }\n" + block.replace("57122", port).replace("curl ", "curl --retry 9 --retry-connrefused --retry-delay 1 ")
    shell = subprocess.Popen(["sh", "-e", "-c", block], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             start_new_session=True)
    try:
        said = shell.communicate(timeout=PATIENCE)[0]
        return shell.returncode, said.decode(errors="replace"), False
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGINT)
    try:
        said = shell.communicate(timeout=MERCY)[0]
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        said = shell.communicate()[0]
        return -9, said.decode(errors="replace"), True
    return shell.returncode, said.decode(errors="replace"), True


def main():
    count = 0
    for page in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            for name, example in FILES.items():
                shutil.copy("examples/%s.json" % example, os.path.join(folder, name))
                subprocess.run([BIN + "/oiduna-compile", "-o",
                                os.path.join(folder, name.replace(".json", ".odn")),
                                "examples/%s.json" % example], check=True)
            shutil.copy("examples/blues.mid", os.path.join(folder, "song.mid"))
            shutil.copy("examples/patterns/ghosts.pat", os.path.join(folder, "song.pat"))
            for block in map(commands, examples(page)):
                count += 1
                title = "%s: %s" % (os.path.basename(page), block.split("\n")[0][:70])
                if ELSEWHERE.match(block) or "/etc/" in block or "oiduna" not in block:
                    print("ok %d - %s # SKIP not for a test machine" % (count, title), flush=True)
                    continue
                status, said, playing = run(block, folder)
                good = status in FINE or (playing and status in (-2, 130))
                print("%s %d - %s" % ("ok" if good else "not ok", count, title), flush=True)
                if not good:
                    print("# status %d\n# " % status + said[-1500:].replace("\n", "\n# "))
    print("1..%d" % count)


main()
