#!/bin/sh
# oiduna-smf: each option, each exit status, what is told of a file, and what is left behind when
# something goes wrong.
. tests/tap.sh

smf=$BIN/oiduna-smf
for python in python3 /usr/bin/python3; do
    $python -c 'import mido' 2>/dev/null && break
done

run() {
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
    err=$(cat "$tmp/err")
}

# refuses STATUS PATTERN ARGUMENT...
refuses() {
    wanted=$1 pattern=$2
    shift 2
    run "$smf" "$@"
    is "$status" "$wanted" "$*: status $wanted"
    like "$err" "^oiduna-smf: .*$pattern" '... and it says why'
    is "$(cat "$tmp/out")" '' '... with nothing on standard output'
}

song=$tmp/song.mid
$python - "$song" <<'PY'
import sys
from mido import Message, MetaMessage, MidiFile, MidiTrack
midi = MidiFile(type=1, ticks_per_beat=96)
def line(*events):
    midi.tracks.append(MidiTrack(events))
def beats(channel, notes, velocity=100):
    for note in notes:
        yield Message("note_on", channel=channel, note=note, velocity=velocity)
        yield Message("note_off", channel=channel, note=note, time=96)
line(MetaMessage("track_name", name="Three, then four"), MetaMessage("set_tempo", tempo=600000),
     MetaMessage("time_signature", numerator=3, denominator=4),
     MetaMessage("time_signature", numerator=4, denominator=4, time=3 * 96 * 2),
     MetaMessage("set_tempo", tempo=400000))
line(MetaMessage("track_name", name="Bass"), Message("program_change", channel=1, program=33),
     Message("control_change", channel=1, control=7, value=100), Message("pitchwheel", channel=1, pitch=5),
     *beats(1, [36, 38, 40] * 2 + [41, 43, 45, 47]), Message("program_change", channel=1, program=38),
     Message("control_change", channel=1, control=10, value=127), *beats(1, [24]))
line(MetaMessage("track_name", name="Drums"), *beats(9, [36, 42, 38] * 2 + [36, 46, 99, 36], 64))
line(MetaMessage("track_name", name="Pad"), Message("control_change", channel=2, control=91, value=127),
     Message("note_on", channel=2, note=60, velocity=80), Message("note_off", channel=2, note=60, time=96 * 10))
midi.save(sys.argv[1])
PY
ok $? 'a file is made'

# ---- what is in it ----
run "$smf" --list "$song"
is "$status,$err" "0,oiduna-smf: $song: warning: track 1, tick 0: not in 4/4: the loop's bars are 16 steps all the same" \
    'a file is listed, and what is odd in it told'
is "$(sed "s|$tmp/||" "$tmp/out")" 'song.mid: format 1, 96 ticks to a quarter note, 4 tracks
4 bars, 48 steps, 5.600 s, 100 to 150 bpm (2 tempi), 3/4, 4/4 from bar 3

   #  name   channel   notes  from  to    program
   1  Bass         2      11  C1    B2    33 Fingered Bass, and 1 more
   2  Drums       10      10  C2    D#7   drums
   3  Pad          3       1  C4    C4' '... for a person'
run "$smf" -l --json "$song"
is "$(jq -c '[.format, .division, .bars, .steps, .seconds, .tempi, .signatures, (.warnings | length)]' "$tmp/out")" \
    '[1,96,4,48,5.6,[[0,100],[576,150]],[[1,3,4],[3,4,4]],1]' '... for a program'
is "$(jq -c '.tracks[0], .tracks[2]' "$tmp/out")" \
    '{"name":"Bass","number":1,"track":2,"channel":1,"notes":11,"lowest":24,"highest":47,"program":33,"other_events":5,"chosen":true}
{"name":"Pad","number":3,"track":4,"channel":2,"notes":1,"lowest":60,"highest":60,"other_events":1,"chosen":true}' '... with its tracks'

$python - "$tmp/kits.mid" <<'PY'
import sys
from mido import Message, MetaMessage, MidiFile, MidiTrack
midi = MidiFile(ticks_per_beat=480)
midi.tracks.append(MidiTrack([MetaMessage("set_tempo", tempo=615385)] + [
    Message("program_change", channel=channel, program=program) for channel, program in
    ((0, 5), (0, 5), (1, 5), (1, 6), (1, 5), (9, 25))] + [
    Message("note_on", channel=channel, note=60) for channel in (0, 1, 9)] + [
    Message("note_off", channel=channel, note=60, time=10) for channel in (0, 1, 9)]))
midi.save(sys.argv[1])
PY
run "$smf" -l "$tmp/kits.mid"
is "$(sed -n '2s/.*, \(.* bpm\).*/\1/p; s/.*C4  *//p' "$tmp/out")" '97.5 bpm
5 Electric Piano 2
5 Electric Piano 2, and 2 more
drums, kit 25' '... a program that is chosen again is none more'

$python - "$tmp/names.mid" <<'PY'
import sys
from mido import Message, MetaMessage, MidiFile, MidiTrack
midi = MidiFile(charset="utf-8")
for name in ("ピアノ", "x" * 300, "bass"):
    midi.tracks.append(MidiTrack([MetaMessage("track_name", name=name), Message("note_on", note=60)]))
midi.save(sys.argv[1])
PY
run "$smf" -l "$tmp/names.mid"
x13=xxxxxxxxxxxxx
is "$(sed -n '5,$s/  *1       1 .*//p' "$tmp/out")" "   1  ピアノ
   2  $x13$x13$x13…
   3  bass" '... a long name is cut'
is "$(sed -n '5p;7p' "$tmp/out" | sed 's/ピアノ/bass  /' | cut -c 5- | sed s/bass/name/ | uniq | wc -l)" 1 '... and a wide one takes its columns'

# ---- parts of it ----
run "$smf" --from 3 "$song"
is "$(jq -c '[.song[].bars, .environment, [.sequences.Bass.events[] | [.step, .note]]]' "$tmp/out")" \
    '[2,{"bpm":150},[[0,41],[4,43],[8,45],[12,47],[16,null],[16,null],[16,24]]]' '--from counts the bars of the file'
is "$(jq -c '[.tracks_midi[].init]' "$tmp/out")" \
    '[{"program":33,"cc":{"7":100},"bend":5},null,{"cc":{"91":127}}]' '... and what was set before comes first'
run "$smf" --from 2 --bars 1 "$song"
is "$(jq -c '[.song[].bars, [.sequences[].length], [.sequences[].events[] | [.step, .note, .gate]]]' "$tmp/out")" \
    '[1,[16,16,16],[[0,36,4],[4,38,4],[8,40,4],[0,36,4],[4,42,4],[8,38,4]]]' '--bars takes so many of them'
run "$smf" --from 4 --bars 2 "$song"
like "$status,$err" '^0,.*: warning: the piece ends before so many bars' '... as far as there are some'
run "$smf" --from 3 --bars 2 "$song"
is "$status,$(printf %s "$err" | grep -c 'many bars')" 0,0 '... to the last one'
run "$smf" -f 1 -b 2 --tracks Pad "$song"
is "$(jq -c '.sequences | [keys, (.Pad.events[1] | .gate)]' "$tmp/out")" '[["Pad"],24]' 'a note ends where the part ends'
run "$smf" --tracks 1,3-3 "$song"
is "$(jq -c '[(.tracks_midi | keys_unsorted), (.sequences | keys_unsorted)]' "$tmp/out")" '[["Bass","Pad"],["Bass","Pad"]]' \
    '--tracks chooses by number'
run "$smf" --tracks Drums,Bass "$song"
is "$(jq -c '.tracks_midi | keys_unsorted' "$tmp/out")" '["Bass","Drums"]' '... and by name'
run "$smf" --list --json --tracks 2 "$song"
is "$(jq -c '[.tracks[].chosen]' "$tmp/out")" '[false,true,false]' '... also what is listed'
run "$smf" --list --tracks 2 --from 2 --bars 1 "$song"
is "$(sed -n '2p;5,$p' "$tmp/out")" '1 bar, 16 steps, 1.800 s, 100 to 150 bpm (2 tempi), 3/4, 4/4 from bar 3
   2  Drums       10       3  C2    F#2   drums' '... of a part its notes'
run "$smf" --list --json --from 4 "$song"
is "$(jq -c '[.tracks[] | [.notes, .lowest, .program, .other_events]]' "$tmp/out")" \
    '[[1,24,38,2],[0,null,null,0],[0,null,null,0]]' '... and what was chosen before'

# ---- where it goes ----
unset MIDI_PORT
run "$smf" --to superdirt "$song"
is "$(jq -c '[.tracks_midi, .tracks.Bass, .tracks.Drums, .tracks.Pad]' "$tmp/out")" \
    '[null,{"params":{"s":"superpwm","orbit":0,"gain":0.787401574803}},{"params":{"s":"bd","orbit":1}},{"params":{"s":"superpiano","orbit":2},"fx":{"room":1,"size":0.8}}]' \
    'to SuperDirt: synths for programs, samples for drums, effects for controllers'
is "$(jq -c '[.sequences.Drums.events[] | [.step, .note, .gate, .params.s]]' "$tmp/out")" \
    '[[0,null,null,null],[4,null,null,"hh"],[8,null,null,"sn"],[12,null,null,null],[16,null,null,"hh"],[20,null,null,"sn"],[24,null,null,null],[28,null,null,"ho"],[36,null,null,null]]' \
    '... drums by their notes'
is "$(jq -c '.sequences.Bass.events | [.[0], .[-1]]' "$tmp/out")" \
    '[{"step":0,"note":36,"velocity":0.787402,"gate":4},{"step":40,"note":24,"velocity":0.787402,"gate":4,"params":{"s":"superreese","pan":1}}]' \
    '... and what changes is said by the notes that follow'
like "$err" "track 2, tick 0: SuperDirt has no counterpart of bend" 'what SuperDirt cannot do is told'
like "$err" "track 3, tick 768: a drum that no sound is known for" '... and which drum it does not know'
printf '{"36": {"s": "808bd", "n": 2, "pan": 0.2}, "38": null, "99": {"s": "cp"}}' >"$tmp/drums.json"
run "$smf" --to superdirt --drums "$tmp/drums.json" "$song"
is "$(jq -c '[.tracks.Drums.params.s, [.sequences.Drums.events[0,1,6] | .params]]' "$tmp/out")" \
    '["808bd",[{"n":2,"pan":0.2},{"s":"hh"},{"s":"cp"}]]' '--drums changes sounds'
like "$err" 'track 3, tick 192: a drum that no sound' '... and leaves drums out'
run "$smf" --to auto "$song"
is "$(jq -c '[.tracks, .tracks_midi | keys_unsorted]' "$tmp/out")" '[["Drums"],["Bass","Pad"]]' '--to auto: drums to SuperDirt'
MIDI_PORT=Synth run "$smf" --to auto "$song"
is "$(jq -c '[.tracks, .tracks_midi | keys?]' "$tmp/out")" '[["Bass","Drums","Pad"]]' '... unless there is a MIDI port'

# ---- in and out ----
run "$smf" "$song"
cp "$tmp/out" "$tmp/wanted"
"$smf" <"$song" 2>"$tmp/err" | cmp -s - "$tmp/wanted"
ok $? 'standard input is taken'
like "$(cat "$tmp/err")" '^oiduna-smf: <stdin>: warning: ' '... and called so'
run "$smf" -o "$tmp/song.json" "$song"
is "$status,$(cmp "$tmp/song.json" "$tmp/wanted" 2>&1)" 0, '-o writes a file'
"$smf" - <"$song" 2>/dev/null | cmp -s - "$tmp/wanted"
ok $? '- is standard input'
for part in 1 13 14 21 40 100; do
    head -c $part "$song" >"$tmp/part.mid"
    run "$smf" "$tmp/part.mid"
    like "$status" '^(0|65)$' "a file of $part bytes is used as far as it goes, or refused"
done

# ---- what is refused ----
printf 'RIFFxxxxWAVE' >"$tmp/wave"
: >"$tmp/empty"
printf 'MThd\0\0\0\6\0\2\0\1\0\140' >"$tmp/two"
printf 'MThd\0\0\0\6\0\1\0\1\347\050' >"$tmp/smpte"
printf 'MThd\0\0\0\6\0\1\0\1\0\0' >"$tmp/none"
printf 'MThd\0\0\0\6\0\3\0\1\0\140' >"$tmp/three"
refuses 65 'wave: no Standard MIDI File: MThd is missing$' "$tmp/wave"
refuses 65 'empty: is empty$' "$tmp/empty"
refuses 65 'two: format 2: patterns without a common time; save it as format 0 or 1$' "$tmp/two"
refuses 65 'three: format 3: only 0 and 1 are known$' "$tmp/three"
refuses 65 'smpte: SMPTE time \(25 frames a second, 40 ticks a frame\)' "$tmp/smpte"
refuses 65 'none: its header says 0 ticks to a quarter note$' "$tmp/none"
$python - "$tmp/64" "$tmp/30" <<'PY'
import struct, sys
for path, notes in zip(sys.argv[1:], (11184800, 5000000)):
    track = b"\0\x90\x3c\x40" + b"\1\x3c\0\0\x3c\x40" * notes + b"\0\xff\x2f\0"
    with open(path, "wb") as out:
        out.write(b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk" + struct.pack(">I", len(track)) + track)
PY
refuses 65 '64: more than 16777216 events: no session holds so many; save it in parts$' "$tmp/64"
refuses 65 '30: its session would be longer than 256 MiB: take a part of it by --from and --bars' "$tmp/30"
run "$smf" --from 100 --bars 2 "$tmp/30"
is "$status,$(jq '.sequences[].events | length' "$tmp/out")" 0,3840 '... a part of it is taken'
rm "$tmp/64" "$tmp/30"
$python - "$tmp/crowd" <<'PY'
import sys
with open(sys.argv[1], "wb") as out:
    out.write(b"MThd\0\0\0\6\0\1\377\377\0\140" + b"MTrk\0\0\0\4\0\377\57\0" * 65536)
PY
run "$smf" --list "$tmp/crowd"
like "$status,$err" '^0,.*: warning: more than 65535 tracks: the others are left out' 'tracks beyond the most are told'
rm "$tmp/crowd"
refuses 66 'missing.mid: No such file' "$tmp/missing.mid"
refuses 64 'only one input' "$song" "$song"
refuses 64 "the session would replace its MIDI file, '$song'" -o "$song" "$song"
refuses 64 '-o needs the name of a file' -o '' "$song"
refuses 64 "--to is 'midi', 'superdirt' or 'auto', not 'osc'" --to osc "$song"
refuses 64 "--from is a whole number, 1 to 1000000, not '0'" --from 0 "$song"
refuses 64 "--bars is a whole number, 1 to 1000000, not '2x'" --bars 2x "$song"
refuses 64 'the piece has no bar 5: its last is bar 4' --from 5 "$song"
refuses 64 "no track is named 'Lead': --list tells" --tracks Lead "$song"
refuses 64 "'2-4': the tracks have the numbers 1 to 3" --tracks 2-4 "$song"
refuses 64 "no track is named ''" --tracks '' "$song"
refuses 64 '--json goes with --list' --json "$song"
refuses 64 'do not go with --list' --list --to midi "$song"
refuses 64 '--drums goes with --to' --drums "$tmp/drums.json" "$song"
refuses 64 "the session would replace its drums, '.*drums.json'" -o "$tmp/drums.json" --to superdirt --drums "$tmp/drums.json" "$song"
printf '{"36": {"n": 1}, "200": {"s": "bd"}, "40": 3, "41": {"s": 3}}' >"$tmp/bad.json"
refuses 65 'bad.json:1:8: error: a drum needs a sound' --to superdirt --drums "$tmp/bad.json" "$song"
is "$(grep -c ": error: " "$tmp/err")" 4 'every fault of a drum file is told'
refuses 64 'the MIDI file and its drums cannot both be standard input$' --to superdirt --drums - -
refuses 66 'none.json: No such file' --to superdirt --drums "$tmp/none.json" "$song"
refuses 73 'cannot create .*/none/x.json' -o "$tmp/none/x.json" "$song"
if [ -c /dev/full ]; then
    "$smf" "$song" >/dev/full 2>"$tmp/err"
    is "$?" 74 'a full disk is an I/O error'
    "$smf" -o /dev/full "$song" 2>"$tmp/err"
    is "$?" 74 '... also with -o'
fi
finish
