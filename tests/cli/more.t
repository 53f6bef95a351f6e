#!/bin/sh
# What a session may say beyond 1.0 and no foreign trace has: tempo maps, what MIDI tracks begin
# with, rings that meet, destinations. The times are computed here, by the words of oiduna-ir(5).
. tests/tap.sh

# play OPTIONS... <SESSION: its trace is in $tmp/trace, what was said in $tmp/said
play() {
    "$BIN/oiduna-compile" -o "$tmp/s.odn" - 2>"$tmp/said" &&
        "$BIN/oiduna-play" --dry-run "$@" "$tmp/s.odn" >"$tmp/trace" 2>>"$tmp/said"
    status=$?
    [ "$status" = 0 ] || sed 's/^/# /' "$tmp/said"
}

# onsets FILTER: when the messages that the filter chooses sound, in microseconds
onsets() {
    jq -r "select($1) | .t * 1000000 + 0.5 | floor" "$tmp/trace" | tr '\n' ' '
}

if ! command -v jq >/dev/null 2>&1; then
    skip 'traces are looked at' 'no jq'
    finish
fi

play --loops 1 <<'JSON'
{"environment": {"bpm": 120, "tempo_map": [[4, 60], [8, 240], [250, 120]]},
 "tracks": {"a": {"params": {"s": "bd"}}},
 "sequences": {"a": {"events": [{"step": 0}, {"step": 4}, {"step": 6, "offset": 0.5}, {"step": 8},
                                {"step": 9}]}}}
JSON
is "$(onsets .osc)" '0 500000 1125000 1500000 1562500 ' \
    'the tempo changes at exactly its step, and an offset is in lengths of its own'
is "$(jq -r 'select(.osc) | .osc[6]' "$tmp/trace" | tr '\n' ' ')" '0.5 0.25 0.25 1 1 ' \
    'cps is that of the step'

play --loops 2 <<'JSON'
{"environment": {"bpm": 120, "tempo_map": [[128, 60]]},
 "tracks": {"a": {"params": {"s": "bd"}}},
 "sequences": {"a": {"events": [{"step": 0}, {"step": 129}]}}}
JSON
is "$(onsets .osc)" '0 16250000 48000000 64250000 ' 'the map begins anew with the loop'

play --loops 1 --bpm 240 <<'JSON'
{"environment": {"bpm": 120, "tempo_map": [[4, 60]]},
 "tracks": {"a": {"params": {"s": "bd"}}},
 "sequences": {"a": {"events": [{"step": 0}, {"step": 16}]}}}
JSON
is "$(onsets .osc)" '0 1000000 ' '--bpm replaces it'

play --loops 1 <<'JSON'
{"tracks": {"x": {"params": {"s": "x"}}, "y": {"params": {"s": "y"}}, "z": {"params": {"s": "z"}}},
 "sequences": {"x": {"length": 5, "events": [{"step": 0}]},
               "y": {"length": 3, "events": [{"step": 0}]},
               "z": {"length": 5, "events": [{"step": 0}]}}}
JSON
is "$(jq -r 'select(.step == 15) | .osc[2]' "$tmp/trace" | tr '\n' ' ')" 'x y z ' \
    'tracks of several lengths play in their order where they meet'
is "$(jq -r 'select(.osc[2] == "y") | .step' "$tmp/trace" | wc -l)" 86 \
    'a sequence of three steps begins every third'

play --loops 1 <<'JSON'
{"tracks_midi": {"m": {"channel": 2, "init": {"program": 5, "bank": 130, "cc": {"7": 100},
                                             "nrpn": {"131": 258}, "bend": -1}}},
 "sequences": {"m": {"events": [{"step": 0, "note": 60}, {"step": 2, "note": 62, "pressure": 9,
   "poly_pressure": 3, "rpn": {"0": 256}, "cc14": {"1": 129}, "program": 1}]}}}
JSON
is "$(jq -c 'select(.midi and .step == 0) | .midi' "$tmp/trace" | tr '\n' ' ')" \
    '[178,0,1] [178,32,2] [194,5] [178,99,1] [178,98,3] [178,6,2] [178,38,2] [178,101,127] [178,100,127] [178,7,100] [226,127,63] [146,60,127] [130,60,0] ' \
    'a MIDI track begins with what it says, in its order, before its first note'
is "$(jq -c 'select(.midi and .step == 2) | .midi' "$tmp/trace" | tr '\n' ' ')" \
    '[194,1] [178,101,0] [178,100,0] [178,6,2] [178,38,0] [178,101,127] [178,100,127] [178,1,1] [178,33,1] [210,9] [162,62,3] ' \
    'an event sends its messages in their order; a key that is pressed is not struck'

play --loops 1 <<'JSON'
{"tracks": {"a": {"params": {"s": "bd", "begin": 0.5}}},
 "sequences": {"a": {"events": [{"step": 0, "params": {"cut": null, "n": null, "begin": null, "room": null}}]}}}
JSON
is "$(jq -c '.osc[17:]' "$tmp/trace")" '["speed",1,"begin",0,"end",1,"sustain",0.125]' \
    'null takes a parameter of the track away, and none is sent that it does not have'

cat >"$tmp/sysex.json" <<'JSON'
{"environment": {"bpm": 240},
 "tracks_midi": {"m": {"channel": 3, "init": {"program": 5, "sysex": ["F0 7E 7F 09 01 F7", "f0f7"]}}},
 "sequences": {"m": {"length": 16, "events": [{"step": 0, "note": 60}]}}}
JSON
sed 's/240/60/' "$tmp/sysex.json" | play --bars 1
is "$(jq -c 'select(.midi) | .midi' "$tmp/trace" | tr '\n' ' ')" \
    '[240,126,127,9,1,247] [240,247] [195,5] [147,60,127] [131,60,0] ' 'SysEx goes before all else'
"$BIN/oiduna-play" -q --bars 1 --render "$tmp/m.mid" "$tmp/s.odn"
is "$(od -An -tx1 "$tmp/m.mid" | tr -d ' \n' |
    grep -c 'f0057e7f0901f7.*f001f7.*c305')" 1 'and is in a MIDI file'
"$BIN/oiduna-compile" -o "$tmp/s.odn" "$tmp/sysex.json" 2>"$tmp/said"
is "$(cat "$tmp/said")" '' 'nothing is said of it'
timeout 20 "$BIN/oiduna-play" -q --no-osc --bars 1 --midi-raw "$tmp/raw" "$tmp/s.odn" >"$tmp/out" 2>&1
is "$(od -An -tx1 "$tmp/raw" | tr -d ' \n' | cut -c1-34)" 'f07e7f0901f7f0f7c305933c7f833c00' \
    'and in what a device gets'
# A scene that begins in the same way gets nothing anew; one that differs does.
play --loops 1 <<'JSON'
{"scenes": {"a": {"tracks_midi": {"m": {"channel": 0, "init": {"sysex": ["F0 01 F7"]}}}},
            "b": {"tracks_midi": {"m": {"channel": 0, "init": {"sysex": ["F0 01 F7"]}}}},
            "c": {"tracks_midi": {"m": {"channel": 0, "init": {"sysex": ["F0 02 F7"]}}}}},
 "song": [{"scene": "a", "bars": 1}, {"scene": "b", "bars": 1}, {"scene": "c", "bars": 1}]}
JSON
is "$(jq -c '[.t, .midi]' "$tmp/trace" | tr '\n' ' ')" '[0,[240,1,247]] [4,[240,2,247]] ' \
    'SysEx is sent where it differs'

song='"environment": {"bpm": 120},
 "tracks": {"main": {"params": {"s": "main"}}}, "sequences": {"main": {"events": [{"step": 0}]}},
 "scenes": {"verse": {"environment": {"bpm": 240, "tempo_map": [[16, 120]]},
    "tracks": {"v": {"params": {"s": "v"}}},
    "sequences": {"v": {"length": 12, "events": [{"step": 0}]}}},
   "still": {"tracks": {"q": {"params": {"s": "q"}}}, "sequences": {"q": {"events": [{"step": 1}]}}}},
 "song": [{"scene": "verse", "bars": 2}, {"scene": null, "bars": 1}, {"scene": "still", "bars": 1}]'
said() {
    jq -r 'select(.osc) | .osc[2] + "@" + (.t * 1000000 + 0.5 | floor | tostring)' "$tmp/trace" |
        tr '\n' ' '
}
pass='v@0 v@750000 v@2000000 main@3000000 q@5125000 '
play --loops 1 <<JSON
{$song}
JSON
is "$(said)" "$pass" 'each entry of a song begins at its bar, from the top, with its tempo map'
play --loops 2 <<JSON
{$song}
JSON
is "$(said)" "${pass}v@7000000 v@7750000 v@9000000 main@10000000 q@12125000 " \
    '--loops counts passes of the song'
play --loops 2 <<JSON
{$song, "song_end": "stop"}
JSON
is "$(said)" "$pass" 'a song that stops has one'
play --loops 2 <<JSON
{$song, "song_end": "hold"}
JSON
is "$(said)" "$pass" 'a song that holds stays in its last entry'
is "$(jq -s 'last.step' "$tmp/trace")" 49 'in phase with where that began'
play --loops 1 <<JSON
{$song, "apply": {"scene_name": "still"}}
JSON
is "$(said)" 'q@125000 ' 'apply.scene_name leaves the song off'
play --loops 1 <<'JSON'
{"tracks_midi": {"m": {"channel": 0, "init": {"program": 1}}},
 "sequences": {"m": {"events": [{"step": 14, "note": 60, "gate": 8}]}},
 "song": [{"bars": 1}, {"bars": 1}]}
JSON
is "$(jq -c '[.t, .midi]' "$tmp/trace" | tr '\n' ' ')" \
    '[0,[192,1]] [1.75,[144,60,127]] [2.75,[128,60,0]] [3.75,[144,60,127]] [4.75,[128,60,0]] ' \
    'a note goes on over the end of an entry, and what it begins with is sent once'

# An event that comes before its step is not late where the map slows down.
play --loops 1 <<'JSON'
{"environment": {"bpm": 300, "tempo_map": [[4, 30], [5, 300], [8, 20]]}, "tracks": {"a": {"params": {"s": "bd"}}},
 "sequences": {"a": {"events": [{"step": 1}, {"step": 3}, {"step": 4, "offset": -0.5}, {"step": 7}, {"step": 8, "offset": -0.9}]}}}
JSON
is "$(jq -r '"\(.step)@\(.t * 1000 + 0.5 | floor)"' "$tmp/trace" | tr '\n' ' ')" '4@-50 1@50 3@150 8@175 7@800 ' \
    'each at its time, in the order of time'
# A note of a song goes on over the end of an entry if its track does, whatever its place is there.
play --loops 1 <<'JSON'
{"scenes": {
  "a": {"tracks_midi": {"x": {"channel": 0}, "y": {"channel": 1}},
        "sequences": {"x": {"events": [{"step": 14, "note": 50, "gate": 8}]}, "y": {"events": [{"step": 15, "note": 60, "gate": 8}]}}},
  "b": {"tracks_midi": {"y": {"channel": 1}}, "sequences": {"y": {"events": [{"step": 200, "note": 1}]}}}},
 "song": [{"scene": "a", "bars": 1}, {"scene": "b", "bars": 1}]}
JSON
is "$(jq -c '[.t * 8, .midi]' "$tmp/trace" | tr -d '\n')" \
    '[14,[144,50,127]][15,[145,60,127]][16,[128,50,0]][23,[129,60,0]]' 'a note ends with its track'

# A trigger may say what an event says. Its note comes last.
echo '{"tracks_midi": {"k": {"channel": 2, "transpose": 12}}, "sequences": {"k": {"events": [{"step": 0, "note": 60, "gate": 0.5}]}}}' |
    "$BIN/oiduna-compile" -o "$tmp/s.odn"
{ cat "$tmp/s.odn"; echo 'at step 4 trigger k 90 70 100 nrpn.136=8192 pressure=5 cc.7=100 program=9 bank=130'
  echo 'at step 8 trigger k 90 70 100 poly_pressure=3'; echo 'at step 12 trigger k bend=-8192'; } |
    "$BIN/oiduna-play" --dry-run --loops 1 - 2>"$tmp/said" >"$tmp/trace"
is "$(jq -c 'select(.step > 0) | .midi' "$tmp/trace" | tr -d '\n')" \
    '[178,0,1][178,32,2][194,9][178,99,1][178,98,8][178,6,64][178,38,0][178,101,127][178,100,127][178,7,100][210,5][146,82,90][130,82,0][162,82,3][226,0,0]' \
    'a trigger sends bank, program, NRPN, controllers and pressure, then its note'
for bad in cc.128=1 cc7=1 cc.=1 cc.7 cc.7= bank.1=2 bend=-8193 program=+5 poly_pressure=1 =1; do
    { cat "$tmp/s.odn"; echo "trigger k $bad"; } | "$BIN/oiduna-play" --dry-run - 2>&1 >/dev/null | head -n 1
done >"$tmp/said"
is "$(grep -vc '^oiduna-play: trigger: \|^oiduna-play: trigger wants' "$tmp/said") $(grep -c . "$tmp/said")" '0 10' 'what is no control is refused'

# What is changed in a song stays changed in the entries that follow, from their first step on.
# live LINES...: the steps at which a bar's kick is heard, two passes of three bars
live() {
    kick='"tracks": {"k": {"params": {"s": "bd"}}}, "sequences": {"k": {"length": 16, "events": [{"step": 0}]}}'
    echo "{$kick, \"scenes\": {\"a\": {$kick}}, \"song\": [{\"bars\": 1}, {\"scene\": \"a\", \"bars\": 2}]}" |
        "$BIN/oiduna-compile" -o "$tmp/s.odn"
    { cat "$tmp/s.odn"; printf '%s\n' "$@"; } | "$BIN/oiduna-play" --dry-run --loops 2 - 2>"$tmp/said" |
        jq .step | tr '\n' ' '
    cat "$tmp/said"
}
is "$(live 'at bar 2 mute k')" '0 16 ' 'a mute holds in the entries that follow'
is "$(live 'at bar 3 mute k')" '0 16 32 ' 'one at the very step where the next entry begins, too'
is "$(live 'at bar 1 mute k' 'at bar 3 unmute k' 'at bar 4 mute k')" '0 48 ' 'each in its turn'
is "$(live 'at bar 5 mute k' 'at bar 2 mute k' 'at bar 3 unmute k')" '0 16 48 64 ' 'however late it was said'
is "$(live 'at bar 1 scene a' 'at bar 4 mute k')" '0 16 32 48 ' 'a scene leaves the song, and the mute is of the scene'
is "$(live 'at bar 2 song off' 'at bar 4 mute k')" '0 16 32 48 ' 'so it is with a song that is left'

play --loops 1 <<'JSON'
{"tracks": {"a": {"params": {"s": "bd"}, "destination": "hall"}},
 "sequences": {"a": {"events": [{"step": 0}]}}}
JSON
is "$status" 65 'a destination that no file names is bad data'
like "$(cat "$tmp/said")" "track 'a' goes to 'hall', which no --destinations file names" \
    'and the track is named'

# stream JSON LINES...: what a control stream with that session sounds like
stream() {
    printf '%s' "$1" | "$BIN/oiduna-compile" -o "$tmp/s.odn" - 2>"$tmp/said"
    shift
    (cat "$tmp/s.odn" && printf '%s\n' "$@") | "$BIN/oiduna-play" --dry-run --bars 8 >"$tmp/trace" 2>>"$tmp/said"
    said
}
is "$(stream "{$song}" 'at bar 7 bpm 120')" "${pass}v@7000000 v@7750000 v@9000000 main@10000000 q@12125000 " \
    'a song that came in a control stream is played, pass after pass'
is "$(stream "{$song}" 'at bar 1 scene still' 'at bar 2 song on 2')" \
    'v@0 v@750000 main@3000000 q@5125000 v@7000000 v@7750000 v@9000000 main@10000000 q@12125000 ' \
    'a scene leaves it, song on takes it up with an entry'
is "$(stream "{$song}" 'at bar 3 song off' 'at bar 4 bpm 120')" "$pass" 'song off lets the entry go on'
is "$(stream "{$song, \"song_end\": \"stop\"}" 'at bar 2 bpm 60')" \
    'v@0 v@750000 v@2000000 main@3000000 q@7250000 ' 'a song that stops stops all'
is "$(stream "{$song}" 'at bar 0 bpm 120')" \
    'v@0 v@1500000 v@4000000 main@6000000 q@8125000 v@10000000 v@10750000 v@12000000 main@13000000 q@15125000 ' \
    'a change of tempo scales the map until an entry brings the next'
is "$(stream '{"tracks": {"a": {"params": {"s": "a"}}}}' 'song on' >"$tmp/none"; grep -c 'has no song' "$tmp/said")" 1 \
    'a session without a song says so'
is "$(stream '{"tracks": {"a": {"params": {"s": "a"}}}}' 'at bar 1 reset a' 'at bar 2 trigger a 1' 'at bar 3 reset' 'at bar 4 trigger a 1' |
    wc -w)" 2 'a trigger behind a reset that waits is done'

play --bars 33 <<'JSON'
{"environment": {"bpm": 120, "tempo_map": [[16, 240]]}, "tracks": {"a": {"params": {"s": "a"}}, "rest": {"params": {"s": "r"}}},
 "sequences": {"a": {"length": 256, "events": [{"step": 0}, {"step": 16}]}, "rest": {"length": 512, "events": []}}}
JSON
is "$(jq -r '.osc | .[indices("cps")[0] + 1]' "$tmp/trace" | tr '\n' ' ')" '0.5 1 1 1 0.5 ' \
    'a tempo map begins anew after the longest sequence, be it empty'

stream '{"tracks_midi": {"m": {"channel": 0}}, "sequences": {"m": {"events": [{"step": 16, "note": 60, "velocity": 1.18}]}}}' \
    'at bar 0 set m velocity 100' >"$tmp/none"
is "$(jq -c 'select(.midi[0] == 144).midi' "$tmp/trace")" '[144,60,118]' 'a velocity above 1 counts exactly where the track has another'

# slower JSON: what a session says of steps that become twice as long, and of an event before the first of them
slower() {
    printf '{"environment": {"bpm": 300}, "tracks": {"a": {"params": {"s": "a"}}},
    "sequences": {"a": {"length": 2, "events": [{"step": 0}, {"step": 1}, {"step": 1, "offset": -0.9}]}}, "scenes": {"b": {"environment": {"bpm": 150},
    "tracks": {"b": {"params": {"s": "b"}}}, "sequences": {"b": {"length": 16, "events": [{"step": 0, "offset": -0.9}]}}}}%s}' "$@"
}
b_is_in_its_place() {
    is "$(sed 's/.*"s","\([ab]\)".*/\1/' "$tmp/trace" | sed -n '/b/{=;q;}')" "$1" "$2"
    is "$(jq .t "$tmp/trace" | sort -gc 2>&1)" '' 'and all are in the order of time'
}
slower ', "song": [{"scene": null, "bars": 1}, {"scene": "b", "bars": 1}]' | play --loops 1
b_is_in_its_place 24 'an event before a slower entry of a song comes before the last one of the entry before'
slower '' | "$BIN/oiduna-compile" -o "$tmp/s.odn" - 2>"$tmp/said"
(cat "$tmp/s.odn" && echo 'at bar 1 scene b') | "$BIN/oiduna-play" --dry-run --bars 2 >"$tmp/trace" 2>>"$tmp/said"
b_is_in_its_place 24 'so it does before a scene that waits for its time'

cat >"$tmp/d.json" <<'JSON'
{"hall": {"type": "osc", "port": 57130, "address": "/hall"}, "synth": {"type": "midi", "port_name": "S"}}
JSON
play --loops 1 --destinations "$tmp/d.json" <<'JSON'
{"tracks": {"a": {"params": {"s": "bd"}, "destination": "hall"}},
 "sequences": {"a": {"events": [{"step": 0}, {"step": 1, "params": {"s": "sn"}}]}}}
JSON
is "$(jq -r '.osc[0], .osc[2]' "$tmp/trace" | tr '\n' ' ')" '/hall bd /hall sn ' \
    'a destination has its own address'
play --loops 1 --destinations "$tmp/d.json" <<'JSON'
{"tracks": {"a": {"params": {"s": "bd"}, "destination": "synth"}},
 "sequences": {"a": {"events": [{"step": 0}]}}}
JSON
is "$status" 65 'a SuperDirt track does not go to a MIDI destination'

# rooms DESTINATIONS-JSON OPTION...: when a SuperDirt, a hall, a MIDI and a synth track sound, in order
rooms() {
    printf '%s' "$1" >"$tmp/d.json"
    shift
    play --loops 1 --destinations "$tmp/d.json" "$@" <<'JSON'
{"tracks": {"a": {"params": {"s": "bd"}}, "b": {"params": {"s": "sn"}, "destination": "hall"}},
 "tracks_midi": {"m": {"channel": 0}, "n": {"channel": 1, "destination": "synth"}},
 "sequences": {"a": {"events": [{"step": 4}]}, "b": {"events": [{"step": 4}]},
  "m": {"events": [{"step": 4, "note": 60}]}, "n": {"events": [{"step": 4, "note": 61}]}}}
JSON
    jq -rj '"\(.osc[2] // (.midi | map(tostring) | join(","))) \(.t * 1000 | round); "' "$tmp/trace"
}
hall='{"hall": {"type": "osc", "port": 57130, "offset_ms": -12.5}, "synth": {"type": "midi", "port_name": "S", "offset_ms": 30}}'
is "$(rooms "$hall")" 'sn 488; bd 500; 144,60,127 500; 145,61,127 530; 128,60,0 625; 129,61,0 655; ' \
    'each destination is as much earlier or later as its offset_ms says'
is "$(rooms "$hall" --osc-offset 20 --midi-offset -40)" \
    '144,60,127 460; sn 488; bd 520; 145,61,127 530; 128,60,0 585; 129,61,0 655; ' \
    'which holds in the place of --osc-offset and --midi-offset'
wrong() {
    rooms "$1" >"$tmp/none" 2>&1
    is "$status" 65 "$2 is bad data"
    like "$(cat "$tmp/said")" "$3" 'it says why'
}
wrong '{"hall": {"type": "osc", "port": 57130, "offset_ms": -300}}' 'an offset beyond the look-ahead' \
    "destination 'hall': offset_ms -300 is earlier than the look-ahead of 200 ms allows: raise --latency"
wrong '{"hall": {"type": "osc", "port": 57130, "offset_ms": "5"}}' 'an offset that is a string' \
    "d.json:1:41: error: 'offset_ms' must be a number of milliseconds, -30000 to 30000"
wrong '{"synth": {"type": "midi", "port_name": "S", "clock": 1}}' 'a clock that is a number' \
    "'clock' must be true or false"
wrong '{"synth": {"type": "midi", "port_name": "S", "offset_ms": 1}, "bass": {"type": "midi", "port_name": "S", "offset_ms": 2}}' \
    'one port with two offsets' \
    "destinations 'synth' and 'bass' are one MIDI port: they must have the same offset_ms and clock"

finish
