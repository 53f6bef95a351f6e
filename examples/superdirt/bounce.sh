#!/bin/sh
# A recording of what SuperDirt makes of a song: bounce.sh SONG OUT.wav [LOOPS]
#
# SONG is a session (.json), a score (.odn), a pattern (.pat), a MIDI file (.mid), or - for a control stream
# on standard input, which then says when it ends (quit). It plays in real time, LOOPS times (1), and ends by itself
# some seconds later, when echoes are gone. Neither a display nor a sound card is needed, and a SuperDirt
# that runs already is left alone: JACK has a name of its own here, and all ports are others.
#
#   SUPERDIRT  a folder with SuperDirt, Vowel and Dirt-Samples in it, as git clones them; otherwise those
#              that SuperCollider has installed (Quarks.install("SuperDirt"))
#   SAMPLES    more samples: a pattern of folders, /my/samples/*; several with : between
#   TAIL       seconds that are recorded after the last step (4)
#   SETTLE     seconds that the synthesizer's clock may take to settle before it begins (5)
#   READY      a file that is made when it records, for who sends a control stream
#   FORMAT     of the samples: int16, int24, float (int24)
set -u
LC_ALL=C
export LC_ALL

unset CDPATH # cd goes where it is told, and prints nothing
here=$(dirname "$0")
name=bounce.sh
song=${1:-}
wav=${2:-}
loops=${3:-1}
# In a clone the programs are beside; installed they are on the PATH.
[ ! -x "$here/../../build/oiduna-play" ] || PATH=$(cd "$here/../../build" && pwd):$PATH

say() {
    echo "$name: $*" >&2
}
fail() {
    status=$1
    shift
    say "$*"
    exit "$status"
}

[ $# -eq 2 ] || [ $# -eq 3 ] || fail 64 "usage: $name SONG OUT.wav [LOOPS]"
case $loops in
'' | *[!0-9]* | 0) fail 64 "LOOPS is a whole number from 1, not '$loops'" ;;
esac
# shellcheck disable=SC3013 # every sh has it, and POSIX since 2024
[ ! "$song" -ef "$wav" ] || fail 64 "the recording would replace its song, '$song'"
missing=
for program in jackd:jackd2 scsynth:supercollider-server sclang:supercollider-language; do
    command -v "${program%:*}" >/dev/null || missing="$missing ${program#*:}"
done
[ -z "$missing" ] || fail 69 "please install:$missing (and sc3-plugins-server); on Debian: apt-get install$missing"
command -v oiduna-play >/dev/null || fail 69 'oiduna-play is not on the PATH'
[ "$song" = - ] || [ -r "$song" ] || fail 66 "cannot read '$song'"
if [ -n "${SUPERDIRT:-}" ]; then
    [ -f "$SUPERDIRT/SuperDirt/SuperDirt.quark" ] || fail 66 "SUPERDIRT: no SuperDirt in '$SUPERDIRT'"
    [ -d "$SUPERDIRT/Vowel" ] || fail 66 "SUPERDIRT: no Vowel in '$SUPERDIRT' (github.com/supercollider-quarks/Vowel)"
fi

folder=$(mktemp -d) || exit 73
jack=
sclang=
clean() {
    for pid in $sclang $jack; do
        kill "$pid" 2>/dev/null
    done
    # It ends at its leisure; its children with it.
    for pid in $sclang $jack; do
        wait "$pid" 2>/dev/null
    done
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A song of any kind → a score.
score=$folder/song.odn
case $song in
-) score=- ;;
*.[Pp][Aa][Tt]) oiduna-pattern -o "$folder/song.json" "$song" && oiduna-compile -o "$score" "$folder/song.json" || exit 65 ;;
*.[Jj][Ss][Oo][Nn]) oiduna-compile -o "$score" "$song" || exit 65 ;;
*.[Mm][Ii][Dd] | *.[Mm][Ii][Dd][Ii] | *.[Kk][Aa][Rr] | *.[Rr][Mm][Ii]) oiduna-smf --to superdirt "$song" >"$folder/song.json" && oiduna-compile -o "$score" "$folder/song.json" || exit 65 ;;
*) score=$song ;;
esac
why=$( (: >"$wav") 2>&1) || fail 73 "cannot create '$wav': ${why##*: }"
wav=$(cd "$(dirname "$wav")" && pwd)/$(basename "$wav")

OIDUNA_FOLDER=$folder
OIDUNA_WAV=$wav
OIDUNA_FORMAT=${FORMAT:-int24}
OIDUNA_SAMPLES=${SAMPLES:-}
OIDUNA_PORT=$((20000 + $$ % 10000))
OIDUNA_SERVER=$((30000 + $$ % 10000))
JACK_DEFAULT_SERVER=oiduna-$$
JACK_NO_AUDIO_RESERVATION=1
JACK_NO_START_SERVER=1
QT_QPA_PLATFORM=offscreen
export OIDUNA_FOLDER OIDUNA_WAV OIDUNA_FORMAT OIDUNA_SAMPLES OIDUNA_PORT OIDUNA_SERVER JACK_DEFAULT_SERVER \
    JACK_NO_AUDIO_RESERVATION JACK_NO_START_SERVER QT_QPA_PLATFORM

# A browser that is built in, and not used here, does not let root start it otherwise.
[ "$(id -u)" -ne 0 ] || export QTWEBENGINE_DISABLE_SANDBOX=1

# Where the classes are. SuperDirt looks for Dirt-Samples beside its own folder.
set --
if [ -n "${SUPERDIRT:-}" ]; then
    SUPERDIRT=$(cd "$SUPERDIRT" && pwd)
    printf 'includePaths:\n    - %s\n    - %s\nexcludePaths:\n    []\npostInlineWarnings: false\n' \
        "$SUPERDIRT/SuperDirt" "$SUPERDIRT/Vowel" >"$folder/sclang.yaml"
    set -- -l "$folder/sclang.yaml"
fi

# Real-time scheduling where it is permitted; without it a dummy driver keeps time well enough.
jackd --no-realtime -n "$JACK_DEFAULT_SERVER" -d dummy -r 48000 -p 512 >"$folder/jack.log" 2>&1 &
jack=$!
sleep 1
kill -0 "$jack" 2>/dev/null || fail 69 "jackd does not start: $(tail -n 1 "$folder/jack.log")"
sclang -u $((40000 + $$ % 10000)) "$@" "$here/bounce.scd" >"$folder/sclang.log" 2>&1 </dev/null &
sclang=$!

# until_there FILE SECONDS: false if SuperDirt ended, or it took too long
until_there() {
    left=$(($2 * 5))
    while [ ! -e "$folder/$1" ]; do
        left=$((left - 1))
        if [ "$left" -le 0 ] || ! kill -0 "$sclang" 2>/dev/null; then
            return 1
        fi
        sleep 0.2
    done
}

if ! until_there ready 120; then
    grep -E 'ERROR|FAILURE|not found|does not start' "$folder/sclang.log" | head -n 5 >&2
    if grep -q "Class not defined\|'SuperDirt' not\|nil.*'SuperDirt'" "$folder/sclang.log"; then
        say 'SuperCollider has no SuperDirt: SUPERDIRT=FOLDER says where one is, or Quarks.install("SuperDirt") gets it'
    fi
    fail 69 'SuperDirt does not start'
fi
sleep "${SETTLE:-5}"
: >"$folder/record"
until_there recording 20 || fail 74 'SuperDirt does not record'
[ -z "${READY:-}" ] || : >"$READY"
if [ "$score" = - ]; then
    oiduna-play --osc "127.0.0.1:$OIDUNA_PORT" -q --quit-on-eof -
else
    oiduna-play --osc "127.0.0.1:$OIDUNA_PORT" -q --loops "$loops" "$score"
fi
played=$?
sleep "${TAIL:-4}"
: >"$folder/stop"
until_there 'done' 20 || say 'SuperDirt does not end by itself'
late=$(grep -cE '^late [0-9]' "$folder/sclang.log")
[ "$late" -eq 0 ] || say "$late messages came too late: this machine is busy, or the look-ahead too short"
[ "$played" -eq 0 ] || exit "$played"
[ -s "$wav" ] || fail 74 "nothing was recorded: see what SuperCollider said: $(tail -n 2 "$folder/sclang.log")"
