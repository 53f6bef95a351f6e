#!/bin/sh
# MIDI files that have broken others, made anew by mido or byte by byte: what oiduna-smf makes of each
# holds the notes, velocities, programs and controllers of the file, at their times, as mido reads it.
. tests/tap.sh

# mido is Debian's: another python3 that comes first does not have it.
for python in python3 /usr/bin/python3; do
    $python -c 'import mido' 2>/dev/null && break
done
smf=$BIN/oiduna-smf
corpus=$tmp/corpus
mkdir "$corpus"
$python tests/cli/lib/smf_corpus.py "$corpus" >"$tmp/names"
ok $? 'the files are made'

# plain NAME: what mido can read of it
plain() {
    if [ -f "$corpus/$1.plain.mid" ]; then echo "$corpus/$1.plain.mid"; else echo "$corpus/$1.mid"; fi
}

# said NAME: what is warned of, without the file's name
said() {
    sed "s|^oiduna-smf: $corpus/$1.mid: warning: ||" "$tmp/$1.err"
}

while read -r name; do
    "$smf" "$corpus/$name.mid" >"$tmp/$name.json" 2>"$tmp/$name.err"
    status=$?
    judged=$($python tests/cli/lib/smf_judge.py session "$(plain "$name")" "$tmp/$name.json" 2>&1)
    like "$status, $judged" '^0, [0-9]+ events, 0 differences$' "$name holds what the file holds"
done <"$tmp/names"

quiet='ppq24 ppq960 odd-ppq1 odd-ppq32767 channels16 tempo-map long overlap zero-length on-with-0 banks
    parameters fourteen-bits sysex empty-tracks shift-jis japanese latin-1 key-signature split-sysex
    unknown-chunks long-header rmid wrong-length'
for name in $quiet; do cat "$tmp/$name.err"; done >"$tmp/out"
is "$(cat "$tmp/out")" '' 'what is as it may be is taken without a word'

# warns NAME TEXT: all that is said of it
warns() {
    is "$(said "$1")" "$2" "$1: what is odd is told, with its track and tick"
}
warns no-end 'track 1, tick 480: the track has no end-of-track'
warns hanging 'track 1, tick 1920: a note is never ended: it sounds until the end of the track'
warns bad-meta 'track 1, tick 0: a tempo of 0 microseconds: ignored (and 1 more)
track 1, tick 0: a time signature that is none: ignored (and 1 more)'
warns bad-sysex 'track 1, tick 480: SysEx after the start, before the first note: sent at the start
track 1, tick 481: SysEx while music plays: left out
track 1, tick 0: SysEx that is broken: left out (and 1 more)
track 1, tick 0: bytes that are no MIDI event of a file: left out'
warns no-tracks 'no track has a note: nothing is heard of it'
warns ports 'track 3, tick 0: a second MIDI port: its channels are played with those of the first'
warns cut 'fewer tracks are here than the file says
track 1, tick 480: the file ends within this track: what is there is used
track 1, tick 480: a note is never ended: it sounds until the end of the track'
warns broken 'track 1, tick 480: what follows is no MIDI event: the rest of the track is left out'
warns broken-data 'track 1, tick 480: what follows is no MIDI event: the rest of the track is left out'
warns far 'track 1, tick 480: what follows lies beyond the longest piece there is: it is left out'
warns fast "track 1, tick 0: a tempo beyond 999 bpm: all steps are longer, times are as in the file"
warns metres "track 1, tick 0: not in 4/4: the loop's bars are 16 steps all the same (and 1 more)"

# ---- the shape of a session ----
is "$(jq -c '[.song, .song_end, (.sequences[] | .length), (.scenes // {} | keys)]' "$tmp/velocities.json")" \
    '[[{"scene":null,"bars":8}],null,128,[]]' 'a piece is one entry of a song, as long as it is, in whole bars'
is "$(jq -c '[.song, (.sequences[] | .length), (.scenes[].sequences[] | .length), (.scenes | keys)]' "$tmp/long.json")" \
    '[[{"scene":null,"bars":256},{"scene":"part 2","bars":256},{"scene":"part 3","bars":212}],4096,4096,3392,["part 2","part 3"]]' \
    'a longer one is cut into entries of 4096 steps'
is "$(jq -c '[.sequences[].events[], .scenes[].sequences[].events[] | .step]' "$tmp/borders.json")" '[4095,0,0]' \
    'a note belongs to the entry in which it begins'
is "$(jq -c '[.sequences[].events[].velocity * 127 | floor] == [range(1; 128)]' "$tmp/velocities.json")" true \
    'each velocity comes back as it was'
is "$(jq -c '.environment' "$tmp/tempo-twice.json")" '{"bpm":140.00014000014,"tempo_map":[[4,60]]}' \
    'of two tempi at one place the later one counts'
is "$(jq -c '.environment' "$tmp/fast.json")" '{"bpm":750}' 'no tempo is beyond 999'
is "$(jq -c '[.tracks_midi | keys_unsorted[]]' "$tmp/channels16.json")" \
    '["ch 1","ch 2","ch 3","ch 4","ch 5","ch 6","ch 7","ch 8","ch 9","ch 10","ch 11","ch 12","ch 13","ch 14","ch 15","ch 16"]' \
    'the channels of a track become tracks'
is "$(jq -c '[.tracks_midi | keys_unsorted[]]' "$tmp/tracks-of-channels.json")" '["Band ch 1","Band ch 10","Band"]' \
    '... named after it and their channel'
is "$(jq -c '[.tracks_midi | keys_unsorted[]]' "$tmp/two-on-one.json")" '["a","b"]' '... or after their names'
names() {
    jq -c '[.tracks_midi | keys_unsorted[]]' "$tmp/$1.json"
}
is "$(names shift-jis),$(names japanese)" '["ピアノ","Café"],["ﾋﾟｱﾉ","1.右手","Piano 左手","珈琲 (ドラム)"]' 'names in Shift-JIS are read'
is "$(names latin-1)" '["Don t","FÄÖN","Bläser","ÄÖÜ","track 5","à la élève"]' '... and what is not is Latin-1'
is "$(jq -c '[.tracks_midi[] | .init.sysex[] | .[0:11]]' "$tmp/sysex.json")" '["F0 7E 7F 09","F0 41 05 05","F0 01 F7"]' 'SysEx of the start is the init of its track'
is "$(jq -c '[.sequences[].events[] | del(.step) | select(has("note") | not)]' "$tmp/banks.json")" \
    '[{"bank":1027,"program":5},{"bank":131,"program":7},{"program":9},{"cc":{"7":100}},{"bank":260,"program":11},{"cc":{"0":5}},{"cc":{"32":1}},{"program":1}]' \
    'a bank goes with its program'
is "$(jq -c '[.sequences[].events[] | select(has("note") | not)]' "$tmp/parameters.json")" \
    '[{"step":0,"rpn":{"0":1536}},{"step":4,"nrpn":{"136":8197}},{"step":4,"cc":{"7":99}},{"step":8,"cc":{"101":0}},{"step":8,"cc":{"100":1}},{"step":8,"cc":{"6":64}},{"step":12,"cc":{"6":33}},{"step":12,"cc":{"101":0}},{"step":12,"cc":{"100":0}},{"step":12,"cc":{"6":2}},{"step":12,"cc":{"38":0}},{"step":12,"cc":{"101":127}},{"step":12,"cc":{"100":127}},{"step":16,"cc":{"96":0}}]' 'a whole RPN is one event, what is not whole stays single'
is "$(jq -c '[.sequences[].events[] | select(has("note") | not)]' "$tmp/fourteen-bits.json")" \
    '[{"step":0,"cc14":{"1":8193}},{"step":4,"cc":{"1":3}},{"step":4,"offset":0.008333333333,"cc":{"33":4}},{"step":8,"cc":{"7":1}},{"step":8,"cc14":{"10":259}},{"step":8,"cc":{"7":9}}]' \
    'a controller and its LSB are one of 14 bits'
"$smf" "$corpus/sysex.mid" | cmp -s - "$tmp/sysex.json"
ok $? 'the same bytes each time'
finish
