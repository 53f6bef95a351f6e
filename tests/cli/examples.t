#!/bin/sh
# The examples: they compile without a word, play what they always played, and their Makefile works.
. tests/tap.sh

unset MAKEFLAGS MAKELEVEL
golden=tests/golden/examples

for session in examples/*.json; do
    name=$(basename "$session" .json)
    "$BIN/oiduna-compile" --strict -o "$tmp/$name.odn" "$session" 2>"$tmp/err"
    is "$?,$(cat "$tmp/err")" 0, "$name compiles without a warning"

    "$BIN/oiduna-play" --dry-run --loops 1 "$tmp/$name.odn" >"$tmp/trace" 2>"$tmp/err"
    is "$?,$(cat "$tmp/err")" 0, "$name plays a loop in virtual time"
    cmp "$golden/$name.trace.jsonl" "$tmp/trace" >"$tmp/out" 2>&1
    ok $? "$name plays what it always played"
    diff "$golden/$name.trace.jsonl" "$tmp/trace" 2>&1 | head -n 5 | cut -c 1-200 | sed 's/^/# /'

    "$BIN/oiduna-compile" --strict <"$session" 2>/dev/null |
        "$BIN/oiduna-play" --dry-run --loops 1 - 2>/dev/null | cmp -s "$tmp/trace" - && [ -s "$tmp/trace" ]
    ok $? "$name plays the same through a pipe"

    grep -q "^| \`$name.json\` " examples/README.md
    ok $? "$name is in the list of examples"
done

# With a second place, which a file names.
"$BIN/oiduna-compile" --strict -o "$tmp/rooms.odn" examples/two-rooms/session.json 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" 0, 'two-rooms compiles without a warning'
"$BIN/oiduna-play" --dry-run --destinations examples/two-rooms/destinations.json "$tmp/rooms.odn" >"$tmp/trace" 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" 0, 'two-rooms plays with its destinations'
"$BIN/oiduna-play" --dry-run "$tmp/rooms.odn" >"$tmp/out" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" "65,.*track 'far' goes to 'garden'" '... and not without'

# Chance is none: the model, which shares nothing with the programs, decides alike.
for name in chances polymeter long-song midi-programs; do
    python3 -B tests/model/model.py "examples/$name.json" >"$tmp/model" &&
        python3 -B tests/model/compare.py "$tmp/model" "$golden/$name.trace.jsonl" >"$tmp/out" 2>&1
    ok $? "$name plays what the model says"
done

for trace in "$golden"/*.trace.jsonl; do
    name=$(basename "$trace" .trace.jsonl)
    [ -f "examples/$name.json" ] || echo "$name"
done >"$tmp/out"
is "$(cat "$tmp/out")" '' 'every trace kept belongs to an example'

# The Makefile, in a copy, as a user has it: oiduna-compile is on the PATH.
mkdir "$tmp/work"
cp examples/Makefile examples/*.json "$tmp/work"
PATH=$(cd "$BIN" && pwd):$PATH
make -s -C "$tmp/work" -j2 >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'make compiles them all, two at a time'
for session in "$tmp"/work/*.json; do
    [ -s "${session%.json}.odn" ] || echo "$session"
done >"$tmp/out"
is "$(cat "$tmp/out")" '' '... a score for each session'
cmp -s "$tmp/swing.odn" "$tmp/work/swing.odn"
ok $? 'a score is the same bytes wherever it is made'
make -q -C "$tmp/work"
ok $? 'make has nothing to do the second time'
touch -d '1 hour ago' "$tmp"/work/*.odn "$tmp"/work/*.json
touch "$tmp/work/swing.json"
is "$(make -n -C "$tmp/work" | grep -c oiduna-compile)" 1 'one session changed: one score is made'
cp "$tmp/work/swing.odn" "$tmp/before.odn"
make -C "$tmp/work" check-swing >"$tmp/out" 2>&1
is "$?" 2 'make check without a trace fails'
like "$(cat "$tmp/out")" "no swing.trace.*'make accept'" '... and says how to begin'
printf '{"environment": {"bpm": "fast"}}\n' >"$tmp/work/swing.json"
make -s -C "$tmp/work" >"$tmp/out" 2>&1
is "$?" 2 'a broken session stops make'
like "$(cat "$tmp/out")" 'swing\.json:1:25: error: ' '... with the place'
cmp -s "$tmp/before.odn" "$tmp/work/swing.odn"
ok $? '... and the old score stays'

# A MIDI file is a source like another.
cp examples/blues.mid "$tmp/work"
cp examples/swing.json "$tmp/work"
make -s -C "$tmp/work" >"$tmp/out" 2>&1 && make -s -C "$tmp/work" O="$tmp/away" >>"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out"),$(find "$tmp/work" -name "*blues*" | grep -c .)" 0,,2 'make makes a score of a MIDI file'
"$BIN/oiduna-smf" examples/blues.mid | "$BIN/oiduna-compile" | cmp -s - "$tmp/work/blues.odn" &&
    cmp -s "$tmp/work/blues.odn" "$tmp/away/blues.odn"
ok $? '... that of its session'
make -s -C "$tmp/work" blues.json && "$BIN/oiduna-smf" examples/blues.mid | cmp -s - "$tmp/work/blues.json"
ok $? 'make makes a session of a MIDI file'
make -s -C "$tmp/work" clean && cmp -s examples/blues.mid "$tmp/work/blues.mid"
ok $? '... and leaves the file alone'

# The Makefile of the README.
mkdir "$tmp/readme"
sed -n '/^## Make/,/^## /s/^    //p' README.md >"$tmp/readme/Makefile"
cp examples/flams.json "$tmp/readme"
make -s -C "$tmp/readme" flams.odn && cmp -s "$tmp/flams.odn" "$tmp/readme/flams.odn"
ok $? "the README's rule compiles a session"

finish
