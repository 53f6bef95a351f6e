#!/bin/sh
# What newcomers do wrong is told so that they can go on.
. tests/tap.sh

song=$tmp/song.json
cat >"$song" <<'EOF'
{"tracks": {"kick": {"params": {"s": "bd"}}, "hat": {"params": {"s": "hh"}}},
 "tracks_midi": {"bass": {"channel": 0}},
 "sequences": {"kick": {"events": [{"step": 0}]},
               "bass": {"events": [{"step": 0, "note": 36}]}},
 "scenes": {"verse": {}, "chorus": {}}}
EOF
"$BIN/oiduna-compile" -o "$tmp/song.odn" "$song"

# Plays the song, then reads what is given; leaves what was said in $tmp/err.
play() {
    { cat "$tmp/song.odn" && cat && echo quit; } |
        timeout 30 "$BIN/oiduna-play" --no-osc --no-rt "$@" >"$tmp/out" 2>"$tmp/err"
}

"$BIN/oiduna-play" "$song" 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" \
    "65,oiduna-play: $song: error: this is a session, not a score: compile it with oiduna-compile" \
    'a session in the place of a score is told as that'
"$BIN/oiduna-compile" --dump "$song" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" '^65,.*: this is a session, not a score' '... by --dump too'

"$BIN/oiduna-play" --dry-run - <"$song" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" '^65,.*: a score is needed, this is a session, to be compiled' \
    '... and in virtual time'

{ cat "$song" && echo 'mute hatt on'; } >"$tmp/in"
play <"$tmp/in"
is "$?" 0 'a session in the control stream does not stop it'
is "$(grep -c 'this is JSON: a session has to go through oiduna-compile first' "$tmp/err")" 1 \
    '... it is told once what to do'
is "$(sed '/JSON\|MIDI tracks/d' "$tmp/err")" "oiduna-play: mute: no track 'hatt'; did you mean 'hat'?" \
    '... its other lines are not, and commands behind it are done'

seq 1000 >"$tmp/in"
play <"$tmp/in"
is "$(grep -c 'no command' "$tmp/err")" 4 'of a thousand lines that are no commands four are told'
is "$(grep -c 'more of this is not told' "$tmp/err")" 1 '... and that there are more'
play --events <"$tmp/in"
is "$(grep -c UNKNOWN_COMMAND "$tmp/out")" 1000 '... but a program gets an answer to each'

echo help | play
like "$(cat "$tmp/err")" "^oiduna-play: mute TRACK... \[on\|off\|toggle\]: " 'who asks for help is told what there is, a line each'
echo 'mute xylophone on' | play
like "$(cat "$tmp/err")" "no track 'xylophone'; there is kick, hat, bass\$" 'the tracks that there are are named'
echo 'scene xylophone' | play
like "$(cat "$tmp/err")" "no scene 'xylophone'; there is verse, chorus\$" '... and the scenes'
echo 'bpm fast' | play
like "$(cat "$tmp/err")" '^oiduna-play: bpm wants a tempo from 1 to 999, or' 'a wrong argument is told without a stutter'

echo 'scene verse now' | play
is "$(grep -c 'no MIDI output was named: they are silent; --midi NAME' "$tmp/err")" 1 \
    'MIDI tracks without an output are told, once'
: | play --midi-raw "$tmp/midi"
is "$(cat "$tmp/err")" '' '... and are no news with one'

printf quit | timeout 30 "$BIN/oiduna-play" --no-osc --no-rt 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" '0,oiduna-play: the last line ended without a line feed; it is done all the same' \
    'a last line without a line feed is done'
: >"$tmp/err"
mkfifo "$tmp/half"
{ timeout 60 "$BIN/oiduna-play" --no-osc --no-rt - 0<>"$tmp/half" 2>"$tmp/err" || echo "$?" >>"$tmp/err"; } &
printf quit >"$tmp/half"
until grep -q . "$tmp/err"; do sleep 0.1; done
like "$(cat "$tmp/err")" 'a line waits for its line feed' '... and in a FIFO, where none is the last, what it waits for is told'
echo >"$tmp/half"
wait $!
is "$(wc -l <"$tmp/err" | tr -d ' ')" 1 '... and done when it comes'

printf '{"tracks": {"a": {"params": {"s": "bd"}}}}' | "$BIN/oiduna-compile" |
    timeout 30 "$BIN/oiduna-play" --no-osc --no-rt --bars 1 --bpm 999 - 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" '^0,oiduna-play: the score has no events, so it is silent: .*"sequences"$' \
    'a score in which nothing happens is told'

# The first hour by the README, where the programs are in build/.
mkdir "$tmp/clone"
cp -R examples "$tmp/clone"
ln -s "$(cd "$BIN" && pwd)" "$tmp/clone/build"
section() {
    sed -n "/^## $1/,/^## /s/^    //p" README.md
}
section 'A session of your own' | sed '/^python3 song.py/q' >"$tmp/recipe"
cd "$tmp/clone" || exit 1
sh -e "$tmp/recipe"
build/oiduna-compile --strict -o song.odn song.json >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'the session of the README has no fault'
build/oiduna-play --dry-run --bars 1 song.odn >"$tmp/trace"
is "$(wc -l <"$tmp/trace" | tr -d ' ')" 9 '... and plays its bar'
is "$(sed -n 3p "$tmp/trace" | cut -c 1-35)" '{"t":0.402542373,"step":3,"osc":["/' '... with a swing'
if command -v python3 >/dev/null; then
    examples/groove.py >groove.json
    build/oiduna-compile --strict -o groove.odn groove.json >"$tmp/out" 2>&1
    is "$?,$(cat "$tmp/out")" 0, 'the script of the examples writes a session without fault'
    build/oiduna-compile --dump groove.odn >"$tmp/out"
    is "$(grep -c '^scene.*swing\|^  MIDI track\|1 modulated' "$tmp/out")" 7 '... with scenes, a bass line and a sweep'
fi

# The recipe for a FIFO, in a folder of ours; the player is given time, and nobody to play to.
cd - >/dev/null || exit 1
section Pipes | sed -n '/^mkfifo/,$p' |
    sed "s|/tmp/oiduna|$tmp/fifo|g;s|oiduna-play -|oiduna-play --no-osc --no-rt -|" >"$tmp/recipe"
echo wait >>"$tmp/recipe"
(cd "$tmp/clone" && timeout 60 sh -e "$tmp/recipe") >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'the FIFO of the README is driven without a complaint'
like "$(cat "$tmp/recipe")" 'bpm 132' '... by what it says'

is "$(awk '/^## / { made = 0 } /^    .*make .*(examples|demo)/ { made = 1 } /^    .*build\/examples/ && !made' README.md)" '' \
    'no block of the README uses a score that none before it makes'
section 'Golden tests' | sed -n 's/^make \(-j8\)\{0,1\} *\([a-z]*\).*/\2/p' | grep . >"$tmp/targets"
is "$(tr '\n' ' ' <"$tmp/targets")" 'accept check review render ' 'the README tells the targets of a set'
xargs make -s -n -C "$tmp/clone/examples" <"$tmp/targets" >/dev/null 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" 0, '... and they are there'

finish
