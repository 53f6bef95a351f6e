#!/bin/sh
# oiduna-smf | oiduna-compile | oiduna-play --render: the file that comes out holds the notes, velocities,
# programs and controllers of the one that went in, at the same times, as mido reads both; and made into a
# session once more it is written as the same file, byte for byte.
. tests/tap.sh

# mido is Debian's: another python3 that comes first does not have it.
for python in python3 /usr/bin/python3; do
    $python -c 'import mido' 2>/dev/null && break
done
PATH=$(cd "$BIN" && pwd):$PATH
judge=tests/cli/lib/smf_judge.py

# through FILE OTHER: plays a MIDI file once, into another one
through() {
    rm -f "$2" "$tmp/song.odn"
    oiduna-smf "$1" 2>/dev/null | oiduna-compile -o "$tmp/song.odn" 2>"$tmp/err" &&
        oiduna-play --render "$2" --loops 1 "$tmp/song.odn" 2>>"$tmp/err"
    sed -n 's/.* warning: //p' "$tmp/err" >>"$tmp/warnings"
}

# holds FILE NAME: FILE is what mido can read of the one that was played
holds() {
    like "$($python $judge render "$1" "$tmp/once.mid" 2>&1; cat "$tmp/err")" '^[0-9]+ events, 0 differences$' \
        "$2 plays what it holds"
}

again() {
    through "$tmp/once.mid" "$tmp/twice.mid"
    cmp "$tmp/once.mid" "$tmp/twice.mid" >"$tmp/out" 2>&1
    ok $? "$1, read and written again, is the same file"
}

corpus=$tmp/corpus
mkdir "$corpus"
$python tests/cli/lib/smf_corpus.py "$corpus" >"$tmp/names"
while read -r name; do
    plain=$corpus/$name.plain.mid
    [ -f "$plain" ] || plain=$corpus/$name.mid
    through "$corpus/$name.mid" "$tmp/once.mid"
    holds "$plain" "$name"
    again "$name"
done <"$tmp/names"
is "$(sort -u "$tmp/warnings")" '3.6 bpm is outside the usual 30..300
750 bpm is outside the usual 30..300
nothing is heard of this session: it has no tracks' 'the compiler has nothing else to say of them'

oiduna-compile -o "$tmp/song.odn" examples/midi-bass.json && oiduna-play --render "$tmp/once.mid" "$tmp/song.odn"
again 'an example'

# A piece of three bars is over after three, however it comes to the player.
echo '{"environment": {"bpm": 300}, "tracks_midi": {"m": {"channel": 0}},
 "sequences": {"m": {"length": 48, "events": [{"step": 0, "note": 60}, {"step": 46, "note": 61}]}},
 "song": [{"bars": 3}]}' | oiduna-compile - | oiduna-play --render "$tmp/three.mid" --loops 1 -
# told WHAT COMMAND...: it is played through a pipe, in real time; ends after so many steps
told() {
    steps=$1
    shift
    oiduna-smf "$tmp/three.mid" | oiduna-compile |
        oiduna-play --no-osc --midi-raw "$tmp/raw" --events --report "$tmp/report" "$@" >"$tmp/events"
    is "$(grep -c '"event":"position"' "$tmp/events") $(od -An -v -tx1 "$tmp/raw" | tr -d '\n' | grep -o '90 3[cd] 7f' | wc -l)" \
        "$steps" "a piece of three bars in a pipe: $*"
}
told '48 2' --loops 1
told '96 4' --loops 2
told '32 1' --loops 2 --bars 2
is "$({ oiduna-smf "$tmp/three.mid" | oiduna-compile; echo at bar 1 gate 0.5; } | oiduna-play --dry-run --loops 2 - |
    grep -c '"midi":\[144')" 4 'with timed lines it has as many passes'

# Songs that nobody here wrote.
songs=/usr/share/games/openttd/baseset/openmsx
if [ -d $songs ]; then
    for song in "$songs"/*.mid; do
        through "$song" "$tmp/once.mid"
        holds "$song" "${song##*/}"
        again "${song##*/}"
    done
else
    skip 'songs of OpenTTD are played' 'openttd-openmsx is not installed'
fi
finish
