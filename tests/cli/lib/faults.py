"""Runs each program again and again, each time with another call failing (tests/preload/failnth.c).

faults.py [files|play|serve|memory|bench|pattern]...
"""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from places import Places, reached_in
from served import Conversation, Gone

BIN = os.path.abspath(os.environ.get("BIN", "build"))
SHIM = os.path.join(BIN, "tests/preload/failnth.so")
MOST = 150         # failures of one call in one program …
MOST_TAKEN = 60    # … of what takes memory anywhere in a process
EXITS = {0, 64, 65, 66, 69, 70, 71, 73, 74, 75, 77}
MEMORY = {"memory", "malloc", "calloc", "realloc", "strdup", "asprintf", "aligned_alloc", "posix_memalign"}
ERRNO = {"open": errno.EACCES, "fopen": errno.EACCES, "poll": errno.ENOMEM, "ppoll": errno.ENOMEM, "send": errno.ENOBUFS,
         "socket": errno.EMFILE, "eventfd": errno.EMFILE, "signalfd": errno.EMFILE, "pipe2": errno.EMFILE,
         "accept4": errno.EMFILE, "inotify_init1": errno.EMFILE, "timerfd_create": errno.EMFILE, "opendir": errno.EMFILE, "epoll_create1": errno.EMFILE, "fork": errno.EAGAIN, "mmap": errno.ENOMEM,
         "mlockall": errno.EPERM, "bind": errno.EADDRINUSE, "connect": errno.ENETUNREACH}
ERRNOS = ":" + "".join("%s=%d:" % item for item in {**dict.fromkeys(MEMORY, errno.ENOMEM), **ERRNO}.items())

# What a program calls that cannot fail, fails only by what it is given, or not so that it could go
# on; what tests/unit makes fail; and what is only asked for news, of which there may be none.
CANNOT_FAIL = set("""
    __errno_location __libc_start_main __stack_chk_fail _exit clock_gettime clock_nanosleep ferror
    fputc free freeaddrinfo freelocale gai_strerror getenv getloadavg getopt_long getpid getpriority
    gettid gmtime_r inet_pton ioctl isatty kill llrint localtime_r nanosleep newlocale
    pthread_attr_destroy pthread_cond_destroy pthread_cancel pthread_cond_init pthread_cond_signal
    pthread_cond_timedwait pthread_cond_wait pthread_join pthread_mutex_destroy pthread_mutex_init
    pthread_mutex_lock pthread_mutex_unlock pthread_once pthread_self pthread_setcancelstate
    pthread_setname_np pthread_sigmask qsort sigprocmask sched_setaffinity sched_yield sem_clockwait
    sem_destroy sem_post sem_trywait sem_wait sigaddset sigemptyset sigfillset signal snprintf
    alphasort syscall sysconf time umask uname unsetenv usleep putc puts printf munmap gethostname
    fputs reallocarray getc program_invocation_short_name stderr stdout stdin optarg optind
    sigaction __isoc99_fscanf raise dirname setvbuf __libc_current_sigrtmin __libc_current_sigrtmax closedir inotify_rm_watch
    getpgrp mktime sigdelset tcgetattr tcgetpgrp tcsetattr ttyname_r
    fileno fnmatch
""".split())
LIBRARIES = re.compile(r"_?_?(event|evbuffer|bufferevent|evutil|evconn|json_|lo_|Pm_|Pt_|str|mem|ITM_|cxa_|gmon|ctype_|"
                       r"is|to(lower|upper)|f(max|min|mod|abs|ma)$|(trunc|floor|ceil|rint|erfc?|exp2?|log10|log1p|log2?|pow|sqrt|"
                       r"hypot|l?l?r(?:int|ound)|nextafterf?|frexp|ldexp|sin|cos)$|raw?memchr|stp|\w*printf_chk|\w*(mem|str)\w*_chk)")

# What a library does without memory, where it is the library that does it: the program ends there.
# liblo 0.31 and libevent 2.1 write into memory that they did not get.
OF_THE_LIBRARY = re.compile(r"lib(?:lo|event)[-.][^\n]*\((lo_message_new|bufferevent_setwatermark)\+")
# Whoever cannot write to standard error cannot say so there.
SPEECHLESS = re.compile(r"failnth\.so\(f?write\+")

count = 0
theirs = {}


def tap(good, name, why=""):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if good else "not ok", count, name), flush=True)
    if not good:
        print("# " + why.replace("\n", "\n# "))


class Where:
    """A folder for the files of the programs; what the shim is told."""

    def __init__(self, tmp):
        os.makedirs(tmp, exist_ok=True)
        self.tmp = tmp
        self.counter = tmp + "/count"
        self.anywhere = False

    def path(self, name):
        return os.path.join(self.tmp, name)

    def environment(self, call, nth, raised=0):
        env = dict(os.environ, LD_PRELOAD=SHIM, FAIL_CALL=call, FAIL_NTH=str(nth), FAIL_COUNT=self.counter,
                   FAIL_ERRNO=str(ERRNO.get(call, errno.ENOMEM if call in MEMORY else errno.EIO)),
                   FAIL_TRACE=self.path("trace"), FAIL_RAISE=str(raised))
        if self.anywhere:
            env["FAIL_WHERE"] = "anywhere"
        return env

    @staticmethod
    def with_places(told):
        """Of a run where what fails is told by a program's Places."""
        return dict(os.environ, LD_PRELOAD=SHIM, FAIL_ERRNOS=ERRNOS, **told)

    def counted(self):
        """{call: how often} of a run that came to its end."""
        with open(self.counter, encoding="ascii") as file:
            rows = [line.split() for line in file]
        return {name: int(n) for name, n in rows}

    def trace(self):
        if not os.path.exists(self.path("trace")):
            return ""
        with open(self.path("trace"), encoding="utf-8", errors="replace") as file:
            return file.read()


def run(where, command, stdin, call, nth, raised=0):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=where.environment(call, nth, raised), timeout=60, check=False)


def serve(where, command, environment, talk):
    """A server that is asked a few things and told to end."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment)
        port = None
        end = time.monotonic() + 60
        while process.poll() is None and port is None and time.monotonic() < end:
            time.sleep(0.01)
            said.seek(0)
            port = re.search(rb"listening on http://.*:(\d+)", said.read())
        try:
            if port is not None:
                talk(int(port.group(1)))
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, b"", said.read())


def judge(done, check):
    """What is wrong with the end of a run; '' if nothing is."""
    if done.returncode not in EXITS:
        return "exit status %d" % done.returncode
    said = done.stderr.decode(errors="replace")
    if done.returncode != 0 and ": " not in said:
        return "exit status %d without a word" % done.returncode
    return check(done.returncode)


def some(n, most):
    """At most so many of 1 … n, the first and the last among them."""
    return sorted({1 + i * (n - 1) // max(min(n, most) - 1, 1) for i in range(min(n, most))})


def try_calls(where, name, again, check, most, calls):
    """`again(call, nth)` runs the program; a line of TAP for each call that it makes."""
    for call, n in sorted(calls.items()):
        bad = []
        failed = 0
        tried = some(n, most)
        for nth in tried:
            try:
                done = again(call, nth)
            except subprocess.TimeoutExpired:
                bad.append("%s number %d: it never ended\n%s" % (call, nth, where.trace()))
                continue
            failed += done.returncode != 0
            why = judge(done, check)
            library = OF_THE_LIBRARY.search(where.trace()) if done.returncode < 0 else None
            if library:
                theirs[library.group(1)] = theirs.get(library.group(1), 0) + 1
            elif why:
                bad.append("%s number %d: %s\n%s\n%s" % (
                    call, nth, why, done.stderr.decode(errors="replace")[:300], where.trace()))
        tap(not bad, "%s: each of %d %s fails once (%d end the program)" % (name, len(tried), call, failed)
            if len(tried) == n else "%s: %d of %d %s fail once (%d end the program)" % (
                name, len(tried), n, call, failed), "\n".join(bad[:5]))


def nothing(_status):
    return ""


class Every:
    """The first call from every place in a program fails once."""

    def __init__(self, tmp, program, rounds, workers=2):
        """rounds: how many calls fail in a run, one round after the other; 0 = as many as there are."""
        self.program = os.path.join(BIN, program)
        name = os.path.basename(program)
        self.rounds = [Places(tmp, "%s-%d" % (name, i), most) for i, most in enumerate(rounds)]
        self.wheres = [Where(os.path.join(tmp, "%s-%d" % (name, i))) for i in range(workers)]

    def fail(self, once, check=lambda where, status: "", first=True):
        """`once(where, environment)`: a run; `check(where, status)`: what is wrong with what it left.

        first: nothing fails in the first run, which tells what is never freed.
        """

        def judged(where, done):
            why = judge(done, lambda status: check(where, status))
            last = where.trace().rstrip().split("\n\n")[-1]
            library = OF_THE_LIBRARY.search(last) if done.returncode < 0 else None
            if library:
                theirs[library.group(1)] = theirs.get(library.group(1), 0) + 1
            speechless = "without a word" in why and SPEECHLESS.search(where.trace())
            return "" if library or speechless else why

        for places in self.rounds:
            places.fail_all(self.wheres, lambda where, told: once(where, where.with_places(told)), judged, first)

    def tell(self):
        """TAP: what happened, and what is left on the heap."""
        name = os.path.basename(self.program)
        found = set()
        for places in self.rounds:
            texts = places.texts()
            found |= set(texts)
            tap(not places.bad and places.failed > 0,
                "%s: a call from each of %d places fails once%s (%d runs, %d end so)" % (
                    name, len(texts), "" if places.most else ", and what comes after", places.runs, places.ended),
                "\n".join(places.bad[:5]))
            tap(not places.leaks, "%s: nothing that was taken is left at the end of any" % name,
                "\n".join(places.leaks[:5]))
        reached, there_are, rest = reached_in(self.program, names("--defined-only", SHIM) - {"free"}, found)
        if there_are > 0:
            print("# %s: %d of the %d calls that stand in it; not: %s" % (name, reached, there_are, ", ".join(rest)))


def names(kind, path):
    found = subprocess.run(["nm", "-D", kind, path], stdout=subprocess.PIPE, check=True, encoding="ascii").stdout
    return {line.split()[-1].split("@")[0] for line in found.splitlines()}


def every_call_is_known():
    """Each function that a program takes from the C library fails here, or is known not to."""
    wrapped = names("--defined-only", SHIM)
    for program in ("oiduna-compile", "oiduna-pattern", "oiduna-play", "oiduna-serve", "oiduna-bench", "oiduna-midi",
                    "tests/link/oiduna-link"):
        used = {name for name in names("--undefined-only", BIN + "/" + program) if not LIBRARIES.match(name)}
        rest = used - wrapped - CANNOT_FAIL
        tap(not rest, "%s calls nothing that could fail and does not here" % program, " ".join(sorted(rest)))


class Target:
    """A file that is there whole, or as it was."""

    def __init__(self, where, good):
        self.where, self.good = where, good
        self.path = where.path("target.odn")

    def reset(self):
        for name in os.listdir(self.where.tmp):
            if name.startswith("target"):
                os.remove(os.path.join(self.where.tmp, name))
        with open(self.path, "wb") as file:
            file.write(b"old")

    def left(self):
        return [n for n in os.listdir(self.where.tmp) if n.startswith("target") and n != "target.odn"]

    def now(self):
        with open(self.path, "rb") as file:
            return file.read()

    def whole_or_old(self, status):
        if status != 0 and self.now() not in (b"old", self.good):
            return "half a target was left"
        if status == 0 and self.now() != self.good:
            return "success without a whole target"
        return "left behind: %s" % self.left() if self.left() and status == 0 else ""


def interrupted(where, target, command, calls):
    """Signals at every call while the file is written: it is there whole or not at all, and alone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        bad = []
        ended = 0
        for call, nth in [(c, i) for c, n in calls.items() if c not in MEMORY for i in some(n, 10)]:
            target.reset()
            done = run(where, command, b"", call, nth, number)
            ended += done.returncode == -number
            if done.returncode not in (0, -number) or target.left() or target.now() not in (b"old", target.good):
                bad.append("%s at %s number %d: status %d, left %s" % (
                    number.name, call, nth, done.returncode, target.left()))
        tap(ended > 0 and not bad, "%s at any call of -o leaves the old score or the new, and nothing else" %
            number.name, "\n".join(bad[:5]) or "it ended nothing")


def files(where, score, good):
    every_call_is_known()
    session = "tests/fuzz/seeds/ir/small.json"
    target = Target(where, good)
    compile_ = [BIN + "/oiduna-compile", "-o", target.path, session]
    dump = [BIN + "/oiduna-compile", "--dump", "--json", score]
    dry = [BIN + "/oiduna-play", "--dry-run", "--loops", "1", "--render", where.path("x.mid"),
           "--osc-score", where.path("x.osc"), score]

    def again(command):
        def once(call, nth):
            target.reset()
            return run(where, command, b"", call, nth)
        return once

    for name, command, check in (("oiduna-compile -o", compile_, target.whole_or_old),
                                 ("oiduna-compile --dump", dump, nothing), ("oiduna-play --dry-run", dry, nothing)):
        again(command)("none", 0)
        calls = where.counted()
        try_calls(where, name, again(command), check, MOST, calls)
        if command is compile_:
            interrupted(where, target, command, calls)
    every_place_of_compile(where, score, good)


def quiet(command, stdin, environment):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                          timeout=120, check=False)


def every_place_of_compile(where, score, good):
    every = Every(where.tmp, "oiduna-compile", [1, 0])
    targets = {place: Target(place, good) for place in every.wheres}
    with open("tests/fuzz/seeds/ir/small.json", "rb") as file:
        session = file.read()

    def compiling(place, environment):
        targets[place].reset()
        return quiet([BIN + "/oiduna-compile", "-o", targets[place].path, "tests/fuzz/seeds/ir/small.json"], b"",
                     environment)

    every.fail(compiling, lambda place, status: targets[place].whole_or_old(status))
    for words, stdin in ((["-"], session), (["--check", "-"], session), (["-o", "/dev/null", "-"], session),
                         (["--check", "-"], b'{"tracks":1}'), (["--dump", score], b""), (["--dump", "--json", "-"], good)):
        every.fail(lambda place, environment, words=words, stdin=stdin: quiet(
            [BIN + "/oiduna-compile"] + words, stdin, environment), first=stdin != b'{"tracks":1}')
    every.tell()


def pattern(where, _score, _good):
    every = Every(where.tmp, "oiduna-pattern", [1, 0])
    texts = ["tests/golden/pattern/%s.pat" % name for name in ("spec", "values", "chance", "midi", "scenes", "time")]
    for text in texts:
        good = subprocess.run([BIN + "/oiduna-pattern", text], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=True).stdout
        targets = {place: Target(place, good) for place in every.wheres}

        def compiling(place, environment, text=text, targets=targets):
            targets[place].reset()
            return quiet([BIN + "/oiduna-pattern", "-o", targets[place].path, text], b"", environment)

        every.fail(compiling, lambda place, status, targets=targets: targets[place].whole_or_old(status))
    with open(texts[0], "rb") as file:
        stdin = file.read()
    for words in (["-"], ["--check", "-"], ["--seed", "3", "-e", 'a: s "bd*4?"'],
                  ["--check", "tests/golden/pattern/bad.pat"]):
        every.fail(lambda place, environment, words=words: quiet(
            [BIN + "/oiduna-pattern"] + words, stdin, environment), first=len(words) != 2 or words[1] == "-")
    every.tell()


def playing(where, good):
    command = [BIN + "/oiduna-play", "--events", "--quit-on-eof", "--osc", "127.0.0.1:9", "--control-port", "0",
               "--midi-raw", where.path("midi"), "--report", where.path("report.json")]
    command.remove("--control-port")
    command.remove("0")
    stream = good + b"mute bd on\nset bd cutoff 400\ntrigger sn\nscene a now\nstatus\nmetrics\npanic\nmidi-ports\nquit\n"
    return command, stream


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def play(where, score, good):
    command, stream = playing(where, good)
    run(where, command, stream, "none", 0)
    try_calls(where, "oiduna-play", lambda call, nth: run(where, command, stream, call, nth), nothing, 40,
              where.counted())
    every = Every(where.tmp, "oiduna-play", [1, 0])

    def dry(place, environment):
        return quiet([BIN + "/oiduna-play", "--dry-run", "--loops", "1", "--render", place.path("x.mid"), "--osc-score",
                      place.path("x.osc"), score], b"", environment)

    every.fail(dry)
    every.fail(lambda place, environment: quiet(playing(place, good)[0], stream, environment))
    with open(where.path("to.json"), "w", encoding="ascii") as file:
        file.write('{"a": {"type": "osc", "host": "127.0.0.1", "port": 9}}')
    for words in (["--bars", "1", "--bpm", "600", "--show", "--verbose", "--midi-clock", "--destinations",
                   where.path("to.json"), score],
                  ["--midi-list"], ["--panic"], ["--dry-run", "--render", "/dev/null", "-"]):
        every.fail(lambda place, environment, words=words: quiet(
            [BIN + "/oiduna-play", "--osc", "127.0.0.1:9", "--midi-raw", place.path("raw")] + words, good, environment),
                   first="--panic" not in words)
    more = b"#1 midi-port nowhere\n#2 merge\n#3 batch\n#4 bpm x\n#5 scene none\nnonsense\n"
    every.fail(lambda place, environment: quiet(
        [BIN + "/oiduna-play", "--events", "--quit-on-eof", "--osc", "127.0.0.1:9", "--control-port",
         str(free_port()), "-"],
        stream.replace(b"quit\n", more), environment))
    every.tell()


def serving(where):
    return [BIN + "/oiduna-serve", "--port", "0", "--no-osc", "--no-rt", "--assets", where.path("assets")]


def serving_strangers(where):
    """With other options."""
    with open(where.path("token"), "w", encoding="ascii") as file:
        file.write("0123456789abcdef\n")
    with open(where.path("destinations.json"), "w", encoding="ascii") as file:
        file.write('{"a": {"type": "osc", "host": "127.0.0.1", "port": 9}}')
    return [BIN + "/oiduna-serve", "--port", "0", "--token-file", where.path("token"), "--log", "--cors",
            "http://localhost", "--name", "elsewhere", "--osc", "127.0.0.1:9", "--report", where.path("report.json"),
            "--destinations", where.path("destinations.json"), "--max-connections", "2000"]


def server(where, _score, _good):
    every = Every(where.tmp, "oiduna-serve", [0])
    halves = {}
    refused = []

    def once(place, command, environment, talk):
        def speak(port):
            conversation = Conversation(port, "0123456789abcdef" if "--token-file" in command else "")
            halves[place] = conversation.halves
            try:
                talk(conversation)
            except Gone:
                pass  # why is told by its end
            refused.extend(conversation.refused)
        return serve(place, command, environment, speak)

    def is_whole(place, _status):
        return "half an answer: %s" % halves[place] if halves.get(place) else ""

    every.fail(lambda place, environment: once(place, serving(place), environment, Conversation.everything), is_whole)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(where.path("manager"))
        every.fail(lambda place, environment: once(
            place, serving_strangers(place), dict(environment, NOTIFY_SOCKET=where.path("manager")),
            Conversation.a_little), is_whole)
    every.tell()
    short = [answer for answer in refused if b"out of memory" in answer]
    odd = [answer for answer in refused if b"\r\nRetry-After: " not in answer or not answer.endswith(b"}")]
    tap(len(short) > 10 and not odd, "oiduna-serve: %d answers are 503, out of memory, and say when to ask again" % len(short),
        "%d of %d: %r" % (len(odd), len(refused), odd[:3]))


ROW = ('{"schema":1,"results":[{"suite":"s","case":"c","ratio":2,"ratio_low":1.9,"ratio_high":2.1},'
       '{"suite":"s","case":"d%d","ratio":2,"ratio_low":1.9,"ratio_high":2.1}]}')
PEERS = {"liblo_messages": "", "sleep_loop": "", "jansson_tree": 'read -r n; head -c "$n" >/dev/null\n'}
BENCHES = [  # what is quick comes first: the rest fails only what that has left
    ["--write-workload", "small", "target.odn"], ["--write-workload", "small", "-"], ["--list"],
    ["--merge", "run0", "run1"], ["--compare", "run0", "run1"], ["--session", "session", "--format", "text"],
    ["--suite", "drift", "--format", "markdown"], ["--suite", "load.index,tick.total", "--format", "svg"],
    ["--suite", "load.score,tick.lookup,tick.pack", "--format", "csv"], ["--suite", "compile", "--format", "json"],
    ["--suite", "memory", "--format", "json"], ["--suite", "load.tree,tick.naive", "--format", "json"],
    ["--suite", "timetag", "--format", "json"], ["--suite", "jitter", "--format", "json"],
]


def stage(where):
    """The files that oiduna-bench reads, and programs that answer as its peers do."""
    for i in range(2):
        with open(where.path("run%d" % i), "w", encoding="ascii") as file:
            file.write(ROW % i)
    shutil.copy("tests/fuzz/seeds/ir/small.json", where.path("session"))
    os.makedirs(where.path("peers"), exist_ok=True)
    for name in ("oiduna-play", "oiduna-compile"):
        if not os.path.lexists(where.path(name)):
            os.symlink(os.path.join(BIN, name), where.path(name))
    for name, first in PEERS.items():
        with open(where.path("peers/" + name), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + first + "while read -r times; do echo 1000000; done\n")
        os.chmod(where.path("peers/" + name), 0o755)


def told(arguments, done):
    """What is wrong with a report: it is there whole if all is well, else not at all."""
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        return "half a report: " + text[:200] if text and "--suite" in arguments and done.returncode != 74 else ""
    if "--merge" in arguments or "json" in arguments:
        try:
            rows = json.loads(text)
        except ValueError as error:
            return "no JSON: %s" % error
        wrong = [row for row in rows["results"] if "--merge" in arguments and row.get("runs", 0) < 1]
        return "an empty report" if not rows["results"] and not rows["notes"] else "not merged" if wrong else ""
    return "" if text or "target.odn" in arguments else "nothing was told"


def bench(where, _score, _good):
    """Its children are forked: what they call fails, too."""
    every = Every(where.tmp, "oiduna-bench", [0], 4)
    targets = {}
    workload = subprocess.run([BIN + "/oiduna-bench", "--write-workload", "small", "-"], stdout=subprocess.PIPE,
                              check=True).stdout
    for place in every.wheres:
        stage(place)
        targets[place] = Target(place, workload)
    for arguments in BENCHES:
        wrong = {}

        def once(place, environment):
            targets[place].reset()
            where_else = [] if "drift" in arguments else ["--programs", "."]
            done = subprocess.run([BIN + "/oiduna-bench", "--quick"] + arguments + where_else,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  cwd=place.tmp, env=environment, timeout=240, check=False)
            wrong[place] = told(arguments, done)
            return done

        def check(place, status):
            return wrong[place] or (targets[place].whole_or_old(status) if "target.odn" in arguments else "")

        every.fail(once, check, first="timetag" not in arguments and "jitter" not in arguments)
    every.tell()


def memory(where, score, good):
    """Whoever takes it: the program, or a library on its behalf."""
    where.anywhere = True
    command, stream = playing(where, good)
    target = Target(where, good)
    for name, arguments in (
            ("oiduna-compile", [BIN + "/oiduna-compile", "-o", target.path, "tests/fuzz/seeds/ir/small.json"]),
            ("oiduna-play --dry-run", [BIN + "/oiduna-play", "--dry-run", "--render", where.path("x.mid"), score]),
            ("oiduna-play", command)):
        data = stream if arguments is command else b""
        target.reset()
        run(where, arguments, data, "memory", 0)
        try_calls(where, name + " and its libraries",
                  lambda call, nth: (target.reset(), run(where, arguments, data, call, nth))[1],
                  target.whole_or_old if name == "oiduna-compile" else nothing, MOST_TAKEN,
                  {"memory": where.counted()["memory"]})


PARTS = {"files": files, "play": play, "serve": server, "memory": memory, "bench": bench, "pattern": pattern}


def main(parts):
    if not os.path.exists(SHIM):
        print("1..0 # SKIP no %s (make tests)" % SHIM)
        return
    with open(BIN + "/flags", encoding="utf-8") as file:
        if "-fsanitize" in file.read():
            print("1..0 # SKIP a sanitizer has the allocations for itself")
            return
    with tempfile.TemporaryDirectory() as tmp:
        where = Where(tmp)
        score = where.path("good.odn")
        subprocess.run([BIN + "/oiduna-compile", "-o", score, "tests/fuzz/seeds/ir/small.json"], check=True,
                       stderr=subprocess.DEVNULL)
        with open(score, "rb") as file:
            good = file.read()
        for part in sys.argv[1:] or parts:
            parts[part](where, score, good)
    for name, n in sorted(theirs.items()):
        print("# %d times the program ended in the library's %s" % (n, name))
    print("1..%d" % count)


if __name__ == "__main__":
    sys.exit(main(PARTS))
