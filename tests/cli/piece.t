#!/bin/sh
# A piece of timed lines with ramps: its trace, and its MIDI file with the tempo map, are kept.
. tests/tap.sh

golden=tests/golden/piece
{ "$BIN/oiduna-compile" <"$golden/session.json" && cat "$golden/lines"; } >"$tmp/piece"

"$BIN/oiduna-play" --dry-run --render "$tmp/piece.mid" - <"$tmp/piece" >"$tmp/trace" 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" 0, 'the piece is played in virtual time'
cmp "$golden/trace.jsonl" "$tmp/trace" >"$tmp/out" 2>&1
ok $? 'it plays what is kept, byte for byte'
diff "$golden/trace.jsonl" "$tmp/trace" 2>&1 | head -n 5 | cut -c 1-200 | sed 's/^/# /'
cmp "$golden/piece.mid" "$tmp/piece.mid" >"$tmp/out" 2>&1
ok $? 'so does the MIDI file'
python3 tests/cli/lib/tempos.py "$tmp/piece.mid" >"$tmp/out"
ok $? 'which has the tempo of every step of a ramp, and the others'
sed 's/^/# /' "$tmp/out"
"$BIN/oiduna-play" --osc-score "$tmp/piece.osc" - <"$tmp/piece" >"$tmp/out" 2>&1
ok $? 'and it can be written for scsynth'
is "$(grep -c '"osc"' "$golden/trace.jsonl")" "$(strings -n 10 "$tmp/piece.osc" | grep -c '^/dirt/play')" \
    '... with every message of it'
finish
