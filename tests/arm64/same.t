#!/bin/sh
# What the programs in $BIN make is, byte for byte, what those in $NATIVE make: programs of another
# machine or compiler. Every session here that has no error, and SAME_N that chance makes.
. tests/tap.sh
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
if [ -z "${NATIVE:-}" ]; then
    skip 'the same bytes' 'NATIVE, a folder with other programs, is not set'
    finish
fi

mkdir "$tmp/sessions" "$tmp/here" "$tmp/there"
for session in examples/*.json tests/golden/*/*.json ${OIDUNA_GOLDEN:+"$OIDUNA_GOLDEN"/*.session.json}; do
    cp "$session" "$tmp/sessions/$(echo "$session" | tr / -)"
done
examples/groove.py >"$tmp/sessions/groove.json"
for seed in $(seq "${SAME_N:-40}"); do
    python3 tests/model/generate.py "$seed" >"$tmp/sessions/chance-$seed.json"
done

# make_all PROGRAMS FOLDER: what they make of each session; a status and the findings if it has an error
make_all() {
    for session in "$tmp"/sessions/*.json; do
        made=$2/${session##*/}
        "$1/oiduna-compile" -o "$made.odn" - <"$session" 2>"$made.found"
        echo "$?" >>"$made.found"
        [ -f "$made.odn" ] || continue
        "$1/oiduna-play" --dry-run --loops 1 --render "$made.mid" --osc-score "$made.osc" \
            "$made.odn" >"$made.trace" 2>"$made.said"
        echo "$?" >>"$made.said"
    done
}
make_all "$BIN" "$tmp/here"
make_all "$NATIVE" "$tmp/there"

# all KIND NAME: there are files of that kind, and each is the same there
all() {
    for made in "$tmp"/here/*."$1"; do
        cmp "$made" "$tmp/there/${made##*/}" 2>&1
    done >"$tmp/out"
    is "$(cat "$tmp/out")" '' "$2: $(find "$tmp/here" -name "*.$1" -size +1c | wc -l | tr -d ' ')"
}
is "$(ls "$tmp/here")" "$(ls "$tmp/there")" 'the same files are made'
[ "$(find "$tmp/here" -name '*.odn' -size +1c | wc -l)" -gt "${SAME_N:-40}" ]
ok $? 'there are scores'
all odn 'scores are the same bytes'
all found 'findings are the same'
all trace 'traces are the same'
all mid 'MIDI files are the same bytes'
all osc 'files of OSC bundles are the same bytes'
all said 'messages are the same'
finish
