#!/bin/sh
# What else is installed that one could play with, timed at the same work. What is not there is a
# line, not an error. bench/peers.sh [BUILD-FOLDER]
LC_ALL=C
export LC_ALL
build=${1:-build}
bench=$build/oiduna-bench
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

[ -x "$bench" ] || {
    echo "peers: no $bench: build it first" >&2
    exit 66
}
"$bench" --write-workload extreme "$tmp/extreme.json" || exit 1

# The Debian one knows the Debian modules.
python=
for candidate in python3 /usr/bin/python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import json' 2>/dev/null; then
        python=$candidate
        "$candidate" -c 'import mido' 2>/dev/null && break
    fi
done

if [ -n "$python" ]; then
    "$python" - "$tmp/extreme.json" <<'PYTHON'
import json, statistics, sys, time
from collections import defaultdict

def timed(what, work, times):
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    print("peers: %-58s %9.3f ms" % (what, statistics.median(took) * 1e3))

text = open(sys.argv[1]).read()

def load():
    steps = defaultdict(list)
    for name, sequence in json.loads(text)["sequences"].items():
        for event in sequence["events"]:
            steps[event["step"]].append((name, event))
    return steps

timed("python3: session of 20,000 events to events by step", load, 5)
try:
    import mido
except ImportError:
    print("peers: python3 has no mido: not timed")
else:
    def notes():
        for note in range(200):
            mido.Message("note_on", note=note % 128, velocity=100).bytes()
    timed("python3-mido: 200 note-ons made and turned to bytes", notes, 50)
PYTHON
else
    echo 'peers: no python3: not timed'
fi

if command -v sclang >/dev/null; then
    cat >"$tmp/send.scd" <<'SCLANG'
var to = NetAddr("127.0.0.1", 9), start, took = List.new;
50.do {
    start = Process.elapsedTime;
    200.do { |i| to.sendMsg("/dirt/play", \s, "superpiano", \orbit, i % 12, \cps, 0.5, \cycle, 0.0,
        \delta, 0.125, \gain, 0.9, \pan, 0.5, \n, i % 16, \speed, 1.0, \begin, 0.0, \end, 1.0,
        \midinote, 60, \sustain, 0.125, \cutoff, 800.0, \resonance, 0.2) };
    took.add(Process.elapsedTime - start);
};
("peers: sclang: 200 messages sent one by one: " ++ (took.asArray.sort[25] * 1000).round(0.001) ++ " ms").postln;
0.exit;
SCLANG
    # It draws nothing: no screen, and no browser whose sandbox root may not have.
    QT_QPA_PLATFORM=offscreen QTWEBENGINE_DISABLE_SANDBOX=1 timeout 60 sclang "$tmp/send.scd" 2>/dev/null </dev/null |
        grep '^peers:' || echo 'peers: sclang is there but did not answer'
else
    echo 'peers: no sclang: not timed'
fi
