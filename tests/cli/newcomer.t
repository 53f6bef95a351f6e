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

echo 'mute xylophone on' | play
like "$(cat "$tmp/err")" "no track 'xylophone'; there is kick, hat, bass\$" 'the tracks that there are are named'
echo 'scene xylophone' | play
like "$(cat "$tmp/err")" "no scene 'xylophone'; there is verse, chorus\$" '... and the scenes'
echo 'bpm fast' | play
like "$(cat "$tmp/err")" '^oiduna-play: bpm wants a tempo from 1 to 999$' 'a wrong argument is told without a stutter'

echo 'scene verse now' | play
is "$(grep -c 'no MIDI output was named: they are silent; --midi NAME' "$tmp/err")" 1 \
    'MIDI tracks without an output are told, once'
: | play --midi-raw "$tmp/midi"
is "$(cat "$tmp/err")" '' '... and are no news with one'

finish
