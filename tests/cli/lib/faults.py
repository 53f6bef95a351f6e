"""Runs each program again and again, each time with another call failing (tests/preload/failnth.c).

faults.py [files|play|serve|memory]...
"""

import errno
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = os.path.abspath(os.environ.get("BIN", "build"))
SHIM = os.path.join(BIN, "tests/preload/failnth.so")
MOST = 150         # failures of one call in one program …
MOST_SERVED = 4    # … of one in the server, whose runs take long
MOST_TAKEN = 60    # … of what takes memory anywhere in a process
EXITS = {0, 64, 65, 66, 69, 70, 71, 73, 74, 75, 77}
MEMORY = {"memory", "malloc", "calloc", "realloc", "strdup", "asprintf", "aligned_alloc", "posix_memalign"}
IN_THE_CHILD = {"dup2": 3, "execvp": 1, "setpriority": 2}  # calls after fork are not counted
ERRNO = {"open": errno.EACCES, "fopen": errno.EACCES, "poll": errno.ENOMEM, "send": errno.ENOBUFS,
         "socket": errno.EMFILE, "eventfd": errno.EMFILE, "signalfd": errno.EMFILE, "pipe2": errno.EMFILE,
         "accept4": errno.EMFILE, "epoll_create1": errno.EMFILE, "fork": errno.EAGAIN, "mmap": errno.ENOMEM,
         "mlockall": errno.EPERM, "bind": errno.EADDRINUSE, "connect": errno.ENETUNREACH}

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
    sigaction __isoc99_fscanf raise
""".split())
LIBRARIES = re.compile(r"_?_?(event|evbuffer|bufferevent|evutil|evconn|json_|lo_|Pm_|Pt_|str|mem|ITM_|cxa_|gmon|ctype_|"
                       r"is|to(lower|upper)|f(max|min|mod|abs)$|(trunc|floor|ceil|rint|erfc?|exp2?|log10|log2?|pow|sqrt|"
                       r"hypot|lrint|round|frexp|ldexp|sin|cos)$|raw?memchr|stp|\w*printf_chk|\w*(mem|str)\w*_chk)")

# What a library does without memory, where it is the library that does it: the program ends there.
# liblo 0.31 writes into memory that it did not get.
OF_THE_LIBRARY = re.compile(r"liblo\.so[^\n]*\((lo_message_new)\+")

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


REQUESTS = [b"GET /health HTTP/1.1", b"POST /playback/session HTTP/1.1", b"POST /playback/bpm HTTP/1.1",
            b"POST /tracks/bd/mute HTTP/1.1", b"GET /metrics HTTP/1.1", b"GET /nowhere HTTP/1.1",
            b"POST /assets/samples HTTP/1.1", b"GET /assets/samples HTTP/1.1",
            b"DELETE /assets/samples/bd/a.wav HTTP/1.1"]
FORM = (b'--x\r\nContent-Disposition: form-data; name="category"\r\n\r\nbd\r\n--x\r\nContent-Disposition: '
        b'form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--x--\r\n')
BODIES = {1: b'{"tracks":{"bd":{"params":{"s":"bd"}}},"sequences":{"bd":{"events":[{"step":0}]}}}',
          2: b'{"bpm":140}', 3: b'{"muted":true}', 6: FORM}


def ask(port):
    """Some requests; answers may fail, but not hang."""
    for i, line in enumerate(REQUESTS):
        body = BODIES.get(i, b"")
        kind = b"multipart/form-data; boundary=x" if body is FORM else b"application/json"
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as sock:
                sock.sendall(line + b"\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + kind +
                             b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                while sock.recv(65536):
                    pass
        except socket.timeout as late:
            raise subprocess.TimeoutExpired(line, 30) from late
        except OSError:
            pass


def serve(where, command, call, nth):
    """A server that is asked a few things and told to end."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                   env=where.environment(call, nth))
        port = None
        end = time.monotonic() + 40
        while process.poll() is None and port is None and time.monotonic() < end:
            time.sleep(0.01)
            said.seek(0)
            port = re.search(rb"listening on http://.*:(\d+)", said.read())
        try:
            if port is not None:
                ask(int(port.group(1)))
            process.send_signal(signal.SIGTERM)
            process.wait(40)
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


def names(kind, path):
    found = subprocess.run(["nm", "-D", kind, path], stdout=subprocess.PIPE, check=True, encoding="ascii").stdout
    return {line.split()[-1].split("@")[0] for line in found.splitlines()}


def every_call_is_known():
    """Each function that a program takes from the C library fails here, or is known not to."""
    wrapped = names("--defined-only", SHIM)
    for program in ("oiduna-compile", "oiduna-play", "oiduna-serve", "oiduna-bench"):
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


def playing(where, good):
    command = [BIN + "/oiduna-play", "--events", "--quit-on-eof", "--osc", "127.0.0.1:9", "--control-port", "0",
               "--midi-raw", where.path("midi"), "--report", where.path("report.json")]
    command.remove("--control-port")
    command.remove("0")
    stream = good + b"mute bd on\nset bd cutoff 400\ntrigger sn\nscene a now\nstatus\nmetrics\npanic\nmidi-ports\nquit\n"
    return command, stream


def play(where, _score, good):
    command, stream = playing(where, good)
    run(where, command, stream, "none", 0)
    try_calls(where, "oiduna-play", lambda call, nth: run(where, command, stream, call, nth), nothing, 40,
              where.counted())


def serving(where):
    return [BIN + "/oiduna-serve", "--port", "0", "--no-osc", "--no-rt", "--assets", where.path("assets")]


def server(where, _score, _good):
    command = serving(where)
    serve(where, command, "none", 0)
    calls = {**where.counted(), **IN_THE_CHILD}
    calls.pop("write")  # to the eventfd that wakes the loop: it takes a number of 64 bits for ever
    try_calls(where, "oiduna-serve", lambda call, nth: serve(where, command, call, nth), nothing, MOST_SERVED, calls)


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
    serve(where, serving(where), "memory", 0)
    try_calls(where, "oiduna-serve and its libraries", lambda call, nth: serve(where, serving(where), call, nth),
              nothing, MOST_TAKEN, {"memory": where.counted()["memory"]})


def main():
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
        for part in sys.argv[1:] or ["files", "play", "serve", "memory"]:
            {"files": files, "play": play, "serve": server, "memory": memory}[part](where, score, good)
    for name, n in sorted(theirs.items()):
        print("# %d times the program ended in the library's %s" % (n, name))
    print("1..%d" % count)


sys.exit(main())
