#!/bin/sh
# A set of sessions kept by make and judged in CI, as README.md and examples/Makefile tell it.
. tests/tap.sh

unset MAKEFLAGS MAKELEVEL O COMPILE PLAY COMPILE_FLAGS
PATH=$(cd "$BIN" && pwd):$PATH
set=$tmp/set
mkdir "$set"
cp examples/Makefile "$set"
for n in 1 2 3 4 5 6 7 8; do
    cat >"$set/song$n.json" <<EOF
{"environment": {"bpm": $((100 + n))},
 "tracks": {"kick": {"params": {"s": "bd", "gain": 0.$n}}},
 "sequences": {"kick": {"events": [{"step": 0}, {"step": $n}]}}}
EOF
done
it() {
    make -s -C "$set" "$@" >"$tmp/out" 2>&1
    status=$?
}

it O=one
is "$status,$(cat "$tmp/out")" 0, 'a set is compiled'
it -j4 O=four
is "$status,$(cat "$tmp/out")" 0, '... four at a time'
diff -r "$set/one" "$set/four" >"$tmp/out"
ok $? '... to the same bytes'
is "$(find "$set/four" -type f | wc -l | tr -d ' ')" 8 '... a score for each session, and nothing else'

it check
is "$status" 2 'a session of which no trace is kept fails the check'
like "$(cat "$tmp/out")" 'there is no song1.trace to compare with' '... which says so'
it accept
is "$status" 0 'what is played is accepted'
it -j2 check
is "$status,$(cat "$tmp/out")" 0, '... and then the check is content'
it accept
is "$status,$(cat "$tmp/out")" 0, '... and there is nothing more to accept'

# Spaces are no music.
sed -i 's/: /:   /g' "$set/song2.json"
it check
is "$status,$(cat "$tmp/out")" 0, 'a session that is only laid out anew plays the same'

sed -i 's/"step": *3/"step": 5/' "$set/song3.json"
it -k check
is "$status" 2 'a session that plays something else fails the check'
is "$(grep -c '^[-+]{"t"' "$tmp/out")" 2 '... which shows the one event that moved'
like "$(cat "$tmp/out")" '^\+\{"t":0\.728155340,"step":5,"osc":\["/dirt/play","s","bd",.*"gain",0\.3,' \
    '... with its time and words'
is "$(grep -c '^--- song' "$tmp/out")" 1 '... and no other session'
it accept
like "$status,$(cat "$tmp/out")" '^0,.*song3\.trace' 'a change is accepted by name'
it check
is "$status" 0 '... and is right then'

cp "$set/song4.odn" "$tmp/before.odn"
printf '{"environment": {"bpm": 100,}}\n' >"$set/song4.json"
it -j2
is "$status" 2 'a session that does not compile fails the build'
like "$(cat "$tmp/out")" 'song4\.json:1:[0-9]+: error: ' '... with its place'
cmp -s "$tmp/before.odn" "$set/song4.odn"
ok $? '... and the old score is still there, whole'
is "$(find "$set" -name 'song4.odn?*')" '' '... with nothing half written beside it'
it check
is "$status" 2 '... and fails the check'
rm "$set/song4.json"

printf '{"tracks": {"kick": {"params": {"s": "bd", "gian": 1}}}}\n' >"$set/song5.json"
it
like "$status,$(cat "$tmp/out")" "^2,.*song5\.json:1:[0-9]+: warning: unknown key 'gian'|^2,.*song5.*gian" \
    'a warning fails the build'
it COMPILE_FLAGS=
is "$status" 0 '... unless it is told not to'

it COMPILE_FLAGS= review
like "$status,$(tr '\n' ' ' <"$tmp/out")" '^0,.*== song1 .*score version 2.* track 0 "kick": s "bd", 2 events' \
    'the scores can be looked at'
it COMPILE_FLAGS= render
is "$status" 0 'the set is rendered'
is "$(head -c 4 "$set/rendered/song1.mid")" MThd '... as MIDI files'
like "$(head -c 12 "$set/rendered/song1.osc" | tr '\0' .)" '#bundle' '... and as files of OSC bundles'
it COMPILE_FLAGS= clean
is "$(find "$set" -maxdepth 1 -name '*.odn' -o -maxdepth 1 -name '*.played' -o -path '*/rendered/*' | grep -v song4)" '' \
    'clean removes what was made'
is "$(find "$set" -maxdepth 1 -name '*.trace' | wc -l | tr -d ' ')" 8 '... and keeps the traces'

# The gate for speed, in the words of the README.
"$BIN/oiduna-bench" --quick --suite load.score --format json >"$tmp/base.json" 2>"$tmp/err"
is "$?" 0 'this machine is measured'
"$BIN/oiduna-bench" --compare "$tmp/base.json" "$tmp/base.json" >"$tmp/out" 2>&1
is "$?" 0 'a run is no worse than itself'
# A quiet machine, and one on which all is three times as slow: of them the gate is sure.
for times in 1 3; do
    python3 - "$times" >"$tmp/$times.json" <<'EOF' 3<"$tmp/base.json"
import json, os, sys
run = json.load(os.fdopen(3))
for row in run["results"]:
    if "ratio" in row:
        for key in ("min", "median", "p99", "max", "ratio"):
            row[key] *= float(sys.argv[1])
        row["ratio_low"] = row["ratio_high"] = row["ratio"]
json.dump(run, sys.stdout)
EOF
done
"$BIN/oiduna-bench" --compare "$tmp/1.json" "$tmp/3.json" >"$tmp/out" 2>&1
is "$?" 1 '... and one that is three times worse fails the gate'

finish
