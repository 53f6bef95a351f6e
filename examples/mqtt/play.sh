#!/bin/sh
# play.sh BROKER [OPTION...]: plays what conduct.sh conducts; options are those of oiduna-play. It may
# come late and be cut off for a while: the broker keeps all that was said.
set -eu
broker=$1
shift
topic=${OIDUNA_TOPIC:-oiduna}
here=$(mktemp -d)
trap 'rm -r "$here"' EXIT
start=$(mosquitto_sub -h "$broker" -t "$topic/start" -C 1)
mosquitto_sub -h "$broker" -t "$topic/score" -C 1 -N >"$here/score"

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

# When the player ends, so does what listens for it.
mkfifo "$here/lines"
mosquitto_sub -h "$broker" -t "$topic/lines" -q 1 -k 5 >"$here/lines" &
listener=$!
{
    cat "$here/score"
    fresh <"$here/lines"
} | {
    status=0
    oiduna-play --paused --start-at "$start" "$@" - || status=$?
    kill "$listener" 2>/dev/null || :
    exit "$status"
}
