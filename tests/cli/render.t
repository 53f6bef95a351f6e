#!/bin/sh
# --render and --osc-score: the files hold what the trace of the same run says, as others read them
# (mido reads the MIDI file), and are the same bytes on every run.
. tests/tap.sh

compare=tests/cli/lib/render.py
# mido is Debian's: another python3 that comes first does not have it.
for python in python3 /usr/bin/python3; do
    $python -c 'import mido' 2>/dev/null && break
done
play=$BIN/oiduna-play

# rendered NAME OPTION...: both files and the trace of one run
rendered() {
    name=$1
    shift
    "$play" --render "$tmp/$name.mid" "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" &&
        "$play" --osc-score "$tmp/$name.osc" "$@" >>"$tmp/$name.out" 2>>"$tmp/$name.err" &&
        "$play" --dry-run "$@" >"$tmp/$name.trace"
}

"$BIN/oiduna-compile" -o "$tmp/bass.odn" examples/midi-bass.json &&
    jq '.environment.bpm = 171.3 | .environment.swing = 0.4' examples/midi-bass.json >"$tmp/fast.json" &&
    "$BIN/oiduna-compile" -o "$tmp/fast.odn" "$tmp/fast.json" &&
    "$BIN/oiduna-compile" -o "$tmp/flams.odn" examples/flams.json
ok $? 'the sessions are compiled'

rendered bass --loops 1 "$tmp/bass.odn"
ok $? 'a session is rendered'
is "$(cat "$tmp/bass.out" "$tmp/bass.err")" '' 'without a word'
is "$($python $compare midi "$tmp/bass.trace" "$tmp/bass.mid")" \
    'type 1, 9600 ticks, tracks oiduna,bass,keys, tempi [104.0]' 'mido reads what the trace says'
like "$($python $compare osc "$tmp/bass.trace" "$tmp/bass.osc")" '^[0-9]+ messages, 36\.9' \
    'the OSC score says what the trace says'

rendered two --loops 1 "$tmp/bass.odn" "$tmp/fast.odn"
ok $? 'two sessions are rendered one after the other'
is "$($python $compare midi "$tmp/two.trace" "$tmp/two.mid")" \
    'type 1, 9600 ticks, tracks oiduna,bass,keys, tempi [104.0, 171.3]' 'their tempi are in the map'
like "$($python $compare osc "$tmp/two.trace" "$tmp/two.osc")" '^[0-9]+ messages' 'so is the OSC side'

cp "$tmp/two.mid" "$tmp/again.mid"
cp "$tmp/two.osc" "$tmp/again.osc"
rendered two --loops 1 "$tmp/bass.odn" "$tmp/fast.odn"
cmp -s "$tmp/two.mid" "$tmp/again.mid" && cmp -s "$tmp/two.osc" "$tmp/again.osc"
ok $? 'each run writes the same bytes'

rendered clock --loops 1 --midi-clock "$tmp/bass.odn"
cmp -s "$tmp/clock.mid" "$tmp/bass.mid"
ok $? 'the MIDI clock has no place in the file'

rendered flams --loops 2 --bpm 999 "$tmp/flams.odn"
ok $? 'offsets before the start and the fastest tempo are rendered'
like "$($python $compare midi "$tmp/flams.trace" "$tmp/flams.mid")" '^type 1' 'a file without MIDI tracks is one'
like "$(cat "$tmp/flams.err")" '^oiduna-play: .*/flams.mid is empty: no track is a MIDI track' '... and is told to be empty'
like "$($python $compare osc "$tmp/flams.trace" "$tmp/flams.osc")" '^[0-9]+ messages' 'its OSC side is whole'

for option in --render --osc-score; do
    "$play" $option /dev/full --loops 1 "$tmp/bass.odn" 2>"$tmp/err"
    is $? 74 "$option says that a disk is full"
    "$play" $option "$tmp/none/x" --loops 1 "$tmp/bass.odn" 2>"$tmp/err"
    is $? 73 "$option says that a folder is missing"
    is "$(wc -l <"$tmp/err")" 1 'in one line'
done
finish
