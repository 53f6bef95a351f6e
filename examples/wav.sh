#!/bin/sh
# A song as sound, without SuperDirt and without instruments: wav.sh SONG OUT.wav [LOOPS]
#
# SONG is a session (.json), a score (.odn), a pattern (.pat) or a MIDI file (.mid). Both its sides are
# written as General MIDI (oiduna-play --render --gm), and FluidSynth plays that with a sound font: drums
# are drums and a piano a piano, but SuperDirt's samples and effects are not heard. bounce.sh in superdirt/
# records the real thing.
#
#   SOUNDFONT  a sound font (.sf2, .sf3); otherwise one that the system has
set -u
LC_ALL=C
export LC_ALL
name=wav.sh
song=${1:-}
wav=${2:-}
loops=${3:-1}

fail() {
    status=$1
    shift
    echo "$name: $*" >&2
    exit "$status"
}

[ $# -eq 2 ] || [ $# -eq 3 ] || fail 64 "usage: $name SONG OUT.wav [LOOPS]"
# In a clone the programs are beside; installed they are on the PATH.
unset CDPATH # cd goes where it is told, and prints nothing
here=$(dirname "$0")
[ ! -x "$here/../build/oiduna-play" ] || PATH=$PATH:$(cd "$here/../build" && pwd)
command -v oiduna-play >/dev/null || fail 69 'oiduna-play is not on the PATH'
command -v fluidsynth >/dev/null ||
    fail 69 'please install fluidsynth, and a sound font: on Debian, apt-get install fluidsynth timgm6mb-soundfont'
font=${SOUNDFONT:-}
for try in /usr/share/sounds/sf2/TimGM6mb.sf2 /usr/share/sounds/sf?/default-GM.sf? /usr/share/sounds/sf2/*.sf2 \
    /usr/share/soundfonts/*.sf2 /usr/local/share/soundfonts/*.sf2; do
    [ -n "$font" ] || [ ! -r "$try" ] || font=$try
done
[ -n "$font" ] ||
    fail 69 'there is no sound font: SOUNDFONT=FILE.sf2 names one; on Debian, apt-get install timgm6mb-soundfont'
[ -r "$font" ] || fail 66 "cannot read the sound font '$font'"
[ -r "$song" ] || fail 66 "cannot read '$song'"
# shellcheck disable=SC3013 # every sh has it, and POSIX since 2024
[ ! "$song" -ef "$wav" ] || fail 64 "the WAV would replace its song, '$song'"
[ ! -d "$wav" ] || fail 73 "cannot write '$wav': it is a folder"

folder=$(mktemp -d) || exit 73
beside=
trap 'rm -rf "$folder" ${beside:+"$beside"}' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Whole or not at all, like the outputs of the programs, also where a link leads; a device is written to.
if [ ! -e "$wav" ] || [ -f "$wav" ]; then
    named=$wav
    [ ! -h "$wav" ] || wav=$(readlink -f -- "$wav") || fail 73 "cannot create '$named': it is a link that leads nowhere"
    case $wav in
    */*) beside=${wav%/*}/.oiduna.$$ ;;
    *) beside=.oiduna.$$ ;;
    esac
    why=$( (: >"$beside") 2>&1) || fail 73 "cannot create '$wav': ${why##*: }"
fi

# A song of any kind → a score.
score=$folder/song.odn
case $song in
*.[Jj][Ss][Oo][Nn]) cp "$song" "$folder/song.json" ;;
*.[Mm][Ii][Dd] | *.[Mm][Ii][Dd][Ii] | *.[Kk][Aa][Rr] | *.[Rr][Mm][Ii]) oiduna-smf -o "$folder/song.json" "$song" || exit ;;
*.[Pp][Aa][Tt]) oiduna-pattern -o "$folder/song.json" "$song" || exit ;;
*) score=$song ;;
esac
if [ -e "$folder/song.json" ]; then
    oiduna-compile -o "$score" "$folder/song.json" || exit
fi
oiduna-play --render "$folder/song.mid" --gm --loops "$loops" "$score" || exit
fluidsynth -niq -g 0.6 -r 48000 -F "$folder/song.wav" "$font" "$folder/song.mid" >"$folder/log" 2>&1
[ -s "$folder/song.wav" ] || fail 70 "fluidsynth fails: $(tail -n 1 "$folder/log")"
# It ends well also if it could not write all.
! grep -q 'write error' "$folder/log" || fail 74 "$(grep 'write error' "$folder/log" | head -n 1)"

if [ -n "$beside" ]; then
    cp "$folder/song.wav" "$beside" 2>/dev/null || fail 74 "cannot write '$wav'"
    mv -f "$beside" "$wav" 2>/dev/null || fail 73 "cannot create '$wav'"
else
    cp "$folder/song.wav" "$wav" || fail 74 "cannot write '$wav'"
fi
