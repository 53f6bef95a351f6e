"""Fails the first call from every place in a program, once each, in as many runs as that takes.

A place is where a call is made and, if a library makes it, where the program called that library.
What has failed is kept in a file that the runs share (FAIL_ONCE in tests/preload/failnth.c), so that
runs can go on beside each other: each fails what no other has, and the last finds nothing left.
"""

import os
import re
import subprocess
import threading

ROOM = 8192    # places in the file, 256 bytes each
RUNS = 2000    # more are no progress
WORKERS = 2    # beside each other


def call_sites(program, wrapped):
    """{address behind a call of a wrapped function: name of the function it is in}; empty without objdump."""
    try:
        text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], stdout=subprocess.PIPE, check=True,
                              stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace").stdout
    except (OSError, subprocess.CalledProcessError):
        return {}
    sites = {}
    function = called = ""
    for line in text.splitlines():
        start = re.match(r"[0-9a-f]+ <([^>]*)>:", line)
        here = re.match(r" *([0-9a-f]+):\s*(.*)", line)
        if start:
            function = start.group(1)
        elif here:
            if called:
                sites[int(here.group(1), 16)] = function + ": " + called
            call = re.match(r"(?:call|bl)\w* .*<(\w+)@plt>", here.group(2))
            called = call.group(1) if call and call.group(1) in wrapped else ""
    return sites


class Places:
    """The places of one program, and what came of it when their calls failed."""

    def __init__(self, tmp, name, most=0):
        """most: how many calls fail in one run; 0 = as many as there are."""
        self.tmp, self.name, self.most = tmp, name, most
        self.once = os.path.join(tmp, "once-" + name)
        with open(self.once, "wb") as file:
            file.truncate(ROOM * 256)
        self.lock = threading.Lock()
        self.runs = self.failed = self.ended = 0
        self.nothing_left = False
        self.bad, self.leaks = [], []
        self.known, self.files = set(), 3  # what a run without failures does not free or close either

    def environment(self, where, call="each"):
        """Of one run: what the last one left behind is forgotten."""
        for name in ("live", "trace"):
            if os.path.exists(where.path(name)):
                os.remove(where.path(name))
        return {"FAIL_CALL": call, "FAIL_ONCE": self.once, "FAIL_MOST": str(self.most), "FAIL_WHERE": "anywhere",
                "FAIL_LIVE": where.path("live"), "FAIL_TRACE": where.path("trace")}

    def texts(self):
        """What has failed: "malloc libjansson.so.4+0x12 from oiduna-serve+0x34"."""
        with open(self.once, "rb") as file:
            data = file.read()
        entries = (data[at + 8:at + 256].split(b"\0")[0] for at in range(0, len(data), 256))
        return sorted(entry.decode() for entry in entries if entry)

    def fail_all(self, wheres, once, judge, first=True):
        """`once(where, environment)` runs the program; `judge(where, done)` says what is wrong with that.

        first: nothing fails in the first run, which tells what is never freed.
        """
        if first:
            done = once(wheres[0], self.environment(wheres[0], "none"))
            if done.returncode != 0:
                self.bad.append("not even without failures: status %d: %s" % (done.returncode, done.stderr.decode()))
            files, blocks = left_behind(wheres[0])
            self.files = max(files, self.files)
            self.known |= blocks
        self.nothing_left = False
        threads = [threading.Thread(target=self._work, args=(where, once, judge)) for where in wheres]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, where, once, judge):
        while not self.nothing_left and self.runs < RUNS:
            environment = self.environment(where)
            try:
                done = once(where, environment)
                why = judge(where, done)
            except subprocess.TimeoutExpired:
                done, why = None, "it never ended"
            failures = where.trace().count("\n\n")
            self.nothing_left = self.nothing_left or failures == 0
            with self.lock:
                self.runs += 1
                self.failed += failures
                self.ended += failures > 0 and done is not None and done.returncode != 0
                if why:
                    said = done.stderr.decode(errors="replace")[-300:] if done else ""
                    self.bad.append("%s\n%s\n%s" % (why, said, where.trace()[-3000:]))
                files, blocks = left_behind(where)
                for line in sorted(blocks - self.known) + ["%d files" % files] * (files > self.files):
                    self.leaks.append(line + "\n" + where.trace()[-3000:])


def reached_in(program, wrapped, texts):
    """How many of the program's own calls are among the places in `texts`, of how many, and which are not."""
    sites = call_sites(program, wrapped)
    own = re.compile(r"\S+ %s\+0x([0-9a-f]+)$" % re.escape(os.path.basename(program)))
    failed = {int(found.group(1), 16) for found in map(own.match, texts) if found}
    rest = sorted(where for address, where in sites.items() if address not in failed)
    return len(sites) - len(rest), len(sites), rest


def left_behind(where):
    """What a run that came to its end did not close and free: number of files, {"malloc oiduna-play+0x12"}."""
    if not os.path.exists(where.path("live")):
        return 0, set()
    with open(where.path("live"), encoding="ascii", errors="replace") as file:
        files, *blocks = file.read().splitlines()
    return int(files.split()[0]), {line.split(" ", 1)[1] for line in blocks}
