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
is "$($python $compare midi "$tmp/flams.trace" "$tmp/flams.mid")" 'type 1, 9600 ticks, tracks oiduna, tempi [999.0]' \
    'a file without MIDI tracks is one'
like "$(cat "$tmp/flams.err")" '^oiduna-play: .*/flams.mid is empty: no track is a MIDI track' '... and is told to be empty'
like "$($python $compare osc "$tmp/flams.trace" "$tmp/flams.osc")" '^[0-9]+ messages' 'its OSC side is whole'

# What sounds early by MIDI, and tempi that MIDI files have no number for.
cat >"$tmp/early.json" <<'EOF'
{"environment": {"bpm": 120}, "tracks_midi": {"a": {"channel": 3}, "silent": {"channel": 11}},
 "tracks": {"o": {"params": {"s": "bd"}}},
 "sequences": {"o": {"events": [{"step": 0, "offset_ms": -70}, {"step": 1}]}, "a": {"events": [{"step": 0, "note": 60, "offset_ms": -30}, {"step": 16, "note": 62}, {"step": 255, "note": 64}]}}}
EOF
jq '.environment.bpm = 3' "$tmp/early.json" >"$tmp/slow.json"
jq '.environment.bpm = 1.25 | .tracks_midi = {("é" * 100): {"channel": 3}} | .sequences = {("é" * 100): .sequences.a}' \
    "$tmp/early.json" >"$tmp/slowest.json"
for name in early slow slowest; do "$BIN/oiduna-compile" -o "$tmp/$name.odn" "$tmp/$name.json" 2>/dev/null; done
rendered early --loops 1 "$tmp/early.odn"
is "$($python $compare midi "$tmp/early.trace" "$tmp/early.mid" 2)" \
    'type 1, 9600 ticks, tracks oiduna,a,silent, tempi [120.0]' 'a note before the first step has its time'
is "$(sed "s|$tmp/||" "$tmp/early.err")" "oiduna-play: early.mid begins 1 bar early: something sounds 30.000 ms before step 0
oiduna-play: early.osc begins 1 bar early: something sounds 70.000 ms before step 0" \
    '... in a file that begins a bar early, which is told'
like "$($python $compare osc "$tmp/early.trace" "$tmp/early.osc" 2)" '^2 messages, ' '... and an OSC score likewise'
"$play" --render "$tmp/both.mid" --osc-score "$tmp/both.osc" --loops 1 "$tmp/early.odn" "$tmp/bass.odn" 2>"$tmp/both.err"
"$play" --dry-run --loops 1 "$tmp/early.odn" "$tmp/bass.odn" >"$tmp/both.trace"
like "$($python $compare osc "$tmp/both.trace" "$tmp/both.osc" 2 2>&1 | tr '\n' ' '; $python $compare midi "$tmp/both.trace" "$tmp/both.mid" 2 2>&1)" \
    '^[0-9]+ messages.* type 1, ' '... both in one run as well'
rendered slow --bars 3 "$tmp/slow.odn"
is "$($python $compare midi "$tmp/slow.trace" "$tmp/slow.mid" 80)" \
    'type 1, 9600 ticks, tracks oiduna,a,silent, tempi [6.0]' 'below 3.58 bpm the times are right all the same'
like "$(cat "$tmp/slow.err")" 'slow.mid: below 3.58 bpm its bars are longer' '... and that bars are longer is told'
rendered list --loops 1 "$tmp/bass.odn" "$tmp/slow.odn" "$tmp/slowest.odn" "$tmp/bass.odn"
like "$($python $compare midi "$tmp/list.trace" "$tmp/list.mid")" \
    '^type 1, 9600 ticks, tracks oiduna,bass,keys,a,silent,(Ã©){63}, tempi \[104.0, 6.0, 5.0, 104.0\]$' \
    '... in any score of a list, and a name is cut between characters'

# SuperDirt's side as General MIDI.
"$play" --render "$tmp/gm.mid" --gm --loops 1 "$tmp/bass.odn" 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" '0,' 'a session of both kinds is rendered as General MIDI'
"$play" --dry-run --loops 1 "$tmp/bass.odn" >"$tmp/gm.trace"
is "$($python - "$tmp/gm.mid" "$tmp/gm.trace" <<'EOF'
import json, sys, mido
wanted = [(l["osc"][2] == "sn", l["t"]) for l in map(json.loads, open(sys.argv[2])) if "osc" in l]
time, got, bass = 0, [], 0
for message in mido.MidiFile(sys.argv[1]):
    time += message.time
    if message.type == "note_on" and message.channel == 9:
        got.append((message.note in (38, 40), time))
    bass += message.type == "note_on" and message.channel != 9
same = all(a[0] == b[0] and abs(a[1] - b[1]) < 1e-3 for a, b in zip(sorted(got), sorted(wanted)))
print(same and len(got) == len(wanted), len(got) > 100, bass > 50)
EOF
)" 'True True True' '... its drums on channel 10, each at its time'
cat >"$tmp/odd.json" <<'EOF'
{"tracks": {"a": {"params": {"s": "superpiano", "pan": 0.25}}, "b": {"params": {"s": "arpy"}}, "c": {"params": {"s": "xyzzy"}},
  "d": {"params": {"s": "plugh"}}, "k": {"params": {"s": "bd", "n": 1, "gain": 0.5}}},
 "tracks_midi": {"m": {"channel": 0}},
 "sequences": {"a": {"events": [{"step": 0, "note": 64, "velocity": 0.5, "gate": 2}, {"step": 1, "note": 64}, {"step": 4, "velocity": 0}]},
  "b": {"events": [{"step": 1}]}, "c": {"events": [{"step": 0}, {"step": 8}]}, "d": {"events": [{"step": 0, "note": 50}]},
  "k": {"events": [{"step": 2}]}}}
EOF
"$BIN/oiduna-compile" -o "$tmp/odd.odn" "$tmp/odd.json" 2>/dev/null
"$play" --render "$tmp/odd.mid" --gm --bars 1 "$tmp/odd.odn" 2>"$tmp/err"
is "$(sed "s|$tmp/||" "$tmp/err")" \
    "oiduna-play: odd.mid: General MIDI has no counterpart of 'xyzzy' (2); 'plugh' plays as a piano" \
    'what has no counterpart is told, once'
is "$($python - "$tmp/odd.mid" <<'EOF'
import sys, mido
for track in mido.MidiFile(sys.argv[1]).tracks[1:]:
    tick, said = 0, []
    for m in track:
        tick += m.time
        if not m.is_meta:
            said.append(f"{tick / 2400:g}:" + " ".join(map(str, m.bytes())))
    print(track.name, *said, sep=", ")
EOF
)" 'm
superpiano, 0:193 0, 0:177 10 32, 0:145 64 64, 1:129 64 0, 1:145 64 127, 2:129 64 0
plugh, 0:194 0, 0:146 50 127, 1:130 50 0
arpy, 1:195 46, 1:147 60 127, 2:131 60 0
bd, 2:153 35 64, 3:137 35 0' 'sounds with notes have channels of their own, and programs that come near'
(cat "$tmp/bass.odn" && printf 'at bar 1 panic\nat bar 2 quit\n') | "$play" --render "$tmp/panic.mid" --gm - 2>"$tmp/err"
is "$?,$(grep -c superpanic "$tmp/err")" 0,0 'a panic is no sound that General MIDI lacks'
"$play" --gm "$tmp/odd.odn" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" '^64,oiduna-play: --gm goes with --render' '--gm alone is wrong usage'

for option in --render --osc-score; do
    "$play" $option /dev/full --loops 1 "$tmp/bass.odn" 2>"$tmp/err"
    is $? 74 "$option says that a disk is full"
    "$play" $option "$tmp/none/x" --loops 1 "$tmp/bass.odn" 2>"$tmp/err"
    is $? 73 "$option says that a folder is missing"
    is "$(wc -l <"$tmp/err")" 1 'in one line'
done
finish
