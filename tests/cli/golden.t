#!/bin/sh
# Traces that were made elsewhere: OIDUNA_GOLDEN names a folder of N.session.json and N.trace.jsonl.
. tests/tap.sh
if [ -z "${OIDUNA_GOLDEN:-}" ]; then
    skip 'foreign traces' 'OIDUNA_GOLDEN is not set'
    finish
fi
for session in "$OIDUNA_GOLDEN"/*.session.json; do
    name=${session##*/}
    name=${name%.session.json}
    expected=$OIDUNA_GOLDEN/$name.trace.jsonl
    "$BIN/oiduna-compile" -o "$tmp/score.odn" "$session" 2>"$tmp/said"
    ok $? "$name is compiled"
    "$BIN/oiduna-play" --dry-run --loops 1 "$tmp/score.odn" >"$tmp/trace" 2>>"$tmp/said"
    ok $? "$name is played"
    python3 tests/model/compare.py "$expected" "$tmp/trace" >"$tmp/differs" 2>&1
    ok $? "$name sounds as it should"
    sed 's/^/# /' "$tmp/differs"
    python3 tests/model/model.py "$session" >"$tmp/model" 2>"$tmp/differs" &&
        python3 tests/model/compare.py "$expected" "$tmp/model" >"$tmp/differs" 2>&1
    ok $? "$name is what the model says"
    sed 's/^/# /' "$tmp/differs"
done
finish
