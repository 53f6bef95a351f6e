#!/bin/sh
# Traces that were made elsewhere: OIDUNA_GOLDEN names a folder of N.session.json and N.trace.jsonl,
# OIDUNA_GOLDEN11 one of two loops of sessions that say more than 1.0.
. tests/tap.sh

# play FOLDER LOOPS: every session of the folder, compiled and played
play() {
    for session in "$1"/*.session.json; do
        name=${session##*/}
        name=${name%.session.json}
        expected=$1/$name.trace.jsonl
        "$BIN/oiduna-compile" -o "$tmp/score.odn" "$session" 2>"$tmp/said"
        ok $? "$name is compiled"
        "$BIN/oiduna-play" --dry-run --loops "$2" "$tmp/score.odn" >"$tmp/trace" 2>>"$tmp/said"
        ok $? "$name is played"
        python3 tests/model/compare.py "$expected" "$tmp/trace" >"$tmp/differs" 2>&1
        ok $? "$name sounds as it should"
        sed 's/^/# /' "$tmp/differs"
        [ "$2" = 1 ] || continue
        python3 tests/model/model.py "$session" >"$tmp/model" 2>"$tmp/differs" &&
            python3 tests/model/compare.py "$expected" "$tmp/model" >"$tmp/differs" 2>&1
        ok $? "$name is what the model says"
        sed 's/^/# /' "$tmp/differs"
    done
}

if [ -n "${OIDUNA_GOLDEN:-}" ]; then
    play "$OIDUNA_GOLDEN" 1
else
    skip 'foreign traces' 'OIDUNA_GOLDEN is not set'
fi
if [ -n "${OIDUNA_GOLDEN11:-}" ]; then
    play "$OIDUNA_GOLDEN11" 2
else
    skip 'foreign traces of two loops' 'OIDUNA_GOLDEN11 is not set'
fi
finish
