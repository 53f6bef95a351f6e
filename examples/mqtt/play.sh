#!/bin/sh
# play.sh BROKER [OPTION...]: plays what conduct.sh conducts; options are those of oiduna-play. It may
# come late and be cut off for a while: the broker keeps all that was said.
set -eu
broker=$1
shift
topic=${OIDUNA_TOPIC:-oiduna}
here=$(mktemp -d)
# Whatever ends this ends all that it started, also what has no name in `children` yet: the player last
# of all, which releases its notes.
children=
trap 'kill $children ${!-} 2>/dev/null || :; wait; rm -r "$here"' EXIT
trap 'exit 0' HUP INT TERM

# A shell minds its signals only while it waits for what runs beside it.
ask() {
    mosquitto_sub -h "$broker" -t "$topic/$1" -C 1 -N >"$here/$1" &
    children=$!
    wait "$children"
}
ask start
ask score

# Each message has all lines since the beginning, numbered: those that are new are passed on. `start` is
# their last, and counts once, when all that was said before has been taken in.
fresh() {
    seen=0
    started=
    while read -r number line; do
        case $number in
        start)
            [ -n "$started" ] || echo start
            started=yes
            ;;
        *[!0-9]* | '' | ??????????*) ;;
        *)
            [ "$number" -le "$seen" ] || printf '%s\n' "$line"
            [ "$number" -le "$seen" ] || seen=$number
            ;;
        esac
    done
}

mkfifo "$here/lines" "$here/stream"
mosquitto_sub -h "$broker" -t "$topic/lines" -q 1 -k 5 >"$here/lines" &
children=$!
{
    cat "$here/score"
    fresh <"$here/lines"
} >"$here/stream" &
children="$children $!"
oiduna-play --paused --start-at "$(cat "$here/start")" "$@" - <"$here/stream" &
children="$children $!"
wait $!
