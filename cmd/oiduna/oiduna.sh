#!/bin/sh
# The front door: joins the programs that play what it is given.
set -u
locale=${LC_ALL-}
LC_ALL=C
export LC_ALL
name=oiduna

# Closed, it would be the pipeline's first pipe; what is not there has nothing to say.
{ true 3<&0; } 2>/dev/null || exec </dev/null
unset CDPATH # cd goes where it is told, and prints nothing
# The programs that were installed, or built, with it: also if a link leads here.
here=$(readlink -f -- "$0" 2>/dev/null) || here=$0
case $here in
*/*) here=$(cd "${here%/*}" && pwd) ;;
*) here= ;;
esac
for program in "$here"/oiduna-*; do
    [ -x "$program" ] || continue
    PATH=$here:$PATH
    export PATH
    break
done

usage() {
    cat <<'END'
usage: oiduna [--print] FILE...|FOLDER [-- PLAY-OPTION...]
       oiduna --wav OUT.wav FILE
       oiduna [--print] [-- SERVE-OPTION...]

Plays what it is given, and goes on with each new version that is saved:
  song.pat     patterns, oiduna-pattern(5); several files are one text
  song.json    a session, oiduna-ir(5)
  song.mid     a MIDI file: by SuperDirt, unless there is a MIDI output
  song.odn     a score of oiduna-compile; several are played one after another
  FOLDER       all files in it, which are of one kind
Without a file it serves the HTTP API and its page (oiduna-serve).

      --print    only say what would be run
      --wav OUT  make a WAV of it once, by FluidSynth, instead of playing
  -h, --help     this text
  -V, --version  version

    oiduna song.pat -- -m USB

See oiduna(1), oiduna(7).
END
}

say() {
    printf '%s: %s\n' "$name" "$*" >&2
}

# fail STATUS TEXT...
fail() {
    status=$1
    shift
    say "$@"
    [ "$status" -ne 64 ] || echo "Try '$name --help'." >&2
    exit "$status"
}

# put TEXT: on standard output
put() {
    { printf '%s\n' "$1"; } 2>/dev/null || fail 74 'cannot write to standard output'
}

# quote WORD: as a shell would have to be told it
quote() {
    case $1 in
    *[!A-Za-z0-9_.,:/=@%+-]* | '') printf "'%s'" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
    esac
}

kind=
files=
count=0
missing=

# is_taken FILE: it is among the files
is_taken() {
    eval "set -- $(quote "$1") $files"
    new=$1
    shift
    for old; do
        # shellcheck disable=SC3013 # every sh has it, and POSIX since 2024
        [ "$new" != "$old" ] && [ ! "$new" -ef "$old" ] || return 0
    done
    return 1
}

# guess NAME: what may have been meant
guess() {
    for found in "$1.pat" "$1.json" "$1.mid" "$1.odn"; do
        [ ! -f "$found" ] || { printf "; did you mean '%s'?" "$found" && return; }
    done
}

# take FILE: adds it to the files, which are all of one kind
take() {
    case $1 in
    *.[Pp][Aa][Tt]) this=pat ;;
    *.[Jj][Ss][Oo][Nn]) this=json ;;
    *.[Oo][Dd][Nn]) this=odn ;;
    *.[Mm][Ii][Dd] | *.[Mm][Ii][Dd][Ii] | *.[Kk][Aa][Rr] | *.[Rr][Mm][Ii]) this=mid ;;
    -) fail 64 "a text from standard input is played by 'oiduna-pattern | oiduna-compile | oiduna-play'" ;;
    *) fail 64 "'$1' is neither .pat, .json, .mid nor .odn$(guess "$1")" ;;
    esac
    [ "${kind:-$this}" = "$this" ] || fail 64 "$1: files of one kind at a time, not .$kind and .$this"
    kind=$this
    file=$1
    case $file in
    -*) file=./$file ;;
    esac
    # Patterns and sessions that are not there yet are waited for; nobody follows the others.
    case $this in
    mid | odn) [ -r "$file" ] || missing=${missing:-$1} ;;
    *) ! is_taken "$file" || return 0 ;; # scores may be played twice
    esac
    files="$files $(quote "$file")"
    count=$((count + 1))
    case $this in
    pat | json) [ "$count" -le 256 ] || fail 64 "$1: more than 256 files cannot be followed" ;;
    esac
}

# take_folder FOLDER: all in it that can be played
take_folder() {
    inside=
    for found in "$1"/*.[Pp][Aa][Tt] "$1"/*.[Jj][Ss][Oo][Nn] "$1"/*.[Mm][Ii][Dd] "$1"/*.[Mm][Ii][Dd][Ii] \
        "$1"/*.[Kk][Aa][Rr] "$1"/*.[Rr][Mm][Ii] "$1"/*.[Oo][Dd][Nn]; do
        [ -f "$found" ] && inside=$found && take "$found"
    done
    [ -n "$inside" ] || fail 66 "$1: no .pat, .json, .mid or .odn in this folder"
}

print=
wavs=
wav=
while [ $# -gt 0 ]; do
    case $1 in
    --print) print=1 ;;
    --wav)
        wavs=1
        wav=
        [ "${2---}" = -- ] || { wav=$2 && shift; }
        ;;
    --wav=*)
        wavs=1
        wav=${1#--wav=}
        ;;
    -h | --help)
        put "$(usage)"
        exit 0
        ;;
    -V | --version)
        version=$(oiduna-play --version 2>/dev/null) || fail 69 'oiduna-play is not installed'
        put "$name ${version#* }"
        exit 0
        ;;
    --)
        shift
        break
        ;;
    -?*) fail 64 "there is no option '$1'; options of oiduna-play stand behind '--'" ;;
    *)
        if [ -d "$1" ]; then
            take_folder "${1%/}"
        else
            take "$1"
        fi
        ;;
    esac
    shift
done

options=
midi=${MIDI_PORT:-}
follow=' --follow'
for option; do
    options="$options $(quote "$option")"
    case $option in
    --dry-run | --render | --render=* | --osc-score | --osc-score=*) follow= ;; # as it is now
    -m* | --midi | --midi=* | --midi-raw | --midi-raw=*) midi=1 ;;
    esac
done

# A WAV is the business of a script among the examples, installed or in a clone.
if [ -n "$wavs" ]; then
    [ -n "$wav" ] || fail 64 '--wav needs the name of a file'
    [ "$count" -eq 1 ] || fail 64 '--wav makes a WAV of one file'
    [ $# -eq 0 ] || fail 64 "--wav goes without options of oiduna-play: '$1'"
    case $wav in
    -) wav=/dev/stdout ;;
    -*) wav=./$wav ;;
    esac
    for script in "$here/../share/doc/oiduna/examples/wav.sh" "$here/../examples/wav.sh" /dev/null; do
        [ ! -s "$script" ] || break
    done
    [ -s "$script" ] || fail 69 'wav.sh, one of the examples, is not installed'
    [ -z "$print" ] || { put "$(quote "$script")$files $(quote "$wav")" && exit; }
    eval "exec sh \"\$script\"$files \"\$wav\""
fi

# join KEEP TIE: the line that plays it, with these in front of what follows files and of the player
join() {
    compile="$1oiduna-compile$follow"
    case $kind in
    pat) line="$1oiduna-pattern$follow$files | $compile --told pattern - | $2oiduna-play -v$options -" ;;
    json) line="$compile$files | $2oiduna-play -v$options -" ;;
    mid) line="oiduna-smf$to$files | oiduna-compile | $2oiduna-play -v$options -" ;;
    esac
}

to=
join '' ''
needed='oiduna-compile oiduna-play'
case $kind in
pat) needed="oiduna-pattern $needed" ;;
json) ;;
mid)
    needed="oiduna-smf $needed"
    [ "$count" -eq 1 ] || fail 64 'one MIDI file at a time'
    [ -n "$midi" ] || to=' --to superdirt'
    join '' ''
    ;;
odn)
    needed=oiduna-play
    line="oiduna-play -v$options$files"
    [ "$count" -ne 1 ] || line="oiduna-play -v$options - <${files# }"
    ;;
*)
    needed=oiduna-serve
    line="oiduna-serve$options"
    ;;
esac

if [ -n "$print" ]; then
    put "$line"
    exit 0
fi
[ -z "$missing" ] || fail 66 "cannot read $missing"
for program in $needed; do
    command -v "$program" >/dev/null || fail 69 "$program is not installed"
done
say "$line"
if [ -n "$locale" ]; then LC_ALL=$locale; else unset LC_ALL; fi # of who sees it
[ -z "$to" ] || say "SuperDirt plays it: '-- --midi NAME' has a synthesizer play it, '--wav OUT.wav' makes a WAV of it"
case $kind in
pat | json | mid) ;;
*) eval "exec $line" ;;
esac

# keep PROGRAM ARGUMENT...: a filter before the player, started again if it dies: the music goes on
# meanwhile, and what is saved is to be heard. Not for ever, if it dies of what it reads.
# shellcheck disable=SC2317 # by way of eval
keep() {
    exec 3<&0
    for pause in 1 2 4 8 16 ''; do
        "$@" <&3 3<&- &
        wait "$!" 2>/dev/null # where shells say by themselves what ended it
        status=$?
        [ "$status" -gt 128 ] || return "$status"
        died="$1 died (SIG$(kill -l "$status"))"
        [ -n "$pause" ] || break
        case $* in
        *' -') say "$died and is started again: save once more" ;;
        *) say "$died and is started again; what plays plays on" ;;
        esac
        sleep "$pause"
    done
    say "$died again: what plays plays on, but no save is heard; end it and begin anew"
    return "$status"
}

# stop: when the player has given the terminal back, to whom it belongs then
# shellcheck disable=SC2317 # by way of trap
stop() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        state=
        { read -r state <"/proc/$player/stat"; } 2>/dev/null
        case $state in
        *') T '*) break ;;
        esac
        sleep 0.05
    done
    kill -STOP "$$"
}

# tell_death STATUS: what the player would have done, had it not been killed
tell_death() {
    [ -z "$keys" ] || stty "$keys" 2>/dev/null
    # The whole screen scrolls again; no picture, colour or pasting of the player's is left.
    [ ! -t 2 ] || printf '\0337\033[r\0338\033[0m\033[?25h\033[?7h\033[?2004l\033[J\r' >&2
    say "oiduna-play died (SIG$(kill -l "$1")): 'oiduna-play --panic' ends what may still sound"
}

# In the background, so that who ends this ends the player, which then ends the others.
keys=
ending=
[ ! -t 0 ] || keys=$(stty -g 2>/dev/null)
tie=
! setpriv --pdeathsig TERM true 2>/dev/null || tie='setpriv --pdeathsig TERM ' # also if this is killed
join 'keep ' "$tie"
eval "$line &"
player=$!
trap 'ending=1; kill -TERM "$player" 2>/dev/null' HUP INT QUIT TERM
trap stop TSTP
trap 'kill -USR1 "$player" 2>/dev/null' USR1 # its metrics
while :; do
    wait "$player" 2>/dev/null
    status=$?
    kill -0 "$player" 2>/dev/null || break
done
# It may have ended while the trap was at work: then its status is still to be had.
wait "$player" 2>/dev/null
again=$?
[ "$again" -eq 127 ] || status=$again
[ "$status" -le 128 ] || [ -n "$ending" ] || tell_death "$status"
exit "$status"
