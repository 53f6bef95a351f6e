#!/bin/sh
# What a real SuperDirt makes of what is sent, heard by a program: its recording is looked at for onsets,
# tails and silence. SUPERDIRT names a folder with SuperDirt and Vowel in it (make check-superdirt).
. tests/tap.sh

missing=
for program in jackd scsynth sclang; do
    command -v $program >/dev/null || missing="$missing $program"
done
[ -n "${SUPERDIRT:-}" ] || missing="$missing SUPERDIRT=folder"
if [ -n "$missing" ]; then
    skip 'SuperDirt is heard' "not here:$missing"
    finish
fi

# Samples of our own, so that it is known what is heard: a click, and a noise that goes on.
mkdir -p "$tmp/samples"
python3 tests/superdirt/listen.py samples "$tmp/samples"
compile=$BIN/oiduna-compile

# The piece: 120 bpm, so a bar is two seconds. What is judged where is in listen.py.
for part in clicks echo hall noise; do
    python3 tests/superdirt/listen.py session $part >"$tmp/$part.json"
    "$compile" --strict -o "$tmp/$part.odn" "$tmp/$part.json"
    ok $? "the session '$part' compiles"
done
PATH=$(cd "$BIN" && pwd):$PATH
{
    while [ ! -e "$tmp/ready" ]; do sleep 0.1; done
    cat "$tmp/clicks.odn"
    sleep 7
    echo 'mute click on'
    sleep 4
    echo 'mute click off'
    sleep 3
    cat "$tmp/echo.odn"
    sleep 4
    cat "$tmp/hall.odn"
    sleep 4
    cat "$tmp/noise.odn"
    sleep 5
    echo panic
    echo stop
    sleep 3
    echo quit
} | READY=$tmp/ready SAMPLES="$tmp/samples/*" FORMAT=int16 TAIL=1 SETTLE=${SETTLE:-25} \
    sh examples/superdirt/bounce.sh - "$tmp/heard.wav" >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'a control stream is played to SuperDirt, and recorded'
python3 tests/superdirt/listen.py judge "$tmp/heard.wav" >"$tmp/judged" 2>&1
sed 's/^/# /' "$tmp/judged"
for what in 'onsets on the grid' 'mute silent' 'echoes heard' 'hall heard' 'panic silent'; do
    grep -q "^yes: $what" "$tmp/judged"
    ok $? "$what"
done
finish
