#!/bin/sh
# conduct.sh BROKER SCORE [START]: conducts all machines that run play.sh.
# Gives them the score and START (RFC 3339 or Unix time; without it in five seconds), then each line of
# standard input: `at bar 16 scene chorus`. A line has to come to them before its place is sent, so say it
# a bar ahead. ^D ends the conducting, not the music.
set -eu
broker=$1 score=$2
start=${3:-$(($(date +%s) + 5))}
topic=${OIDUNA_TOPIC:-oiduna}
here=$(mktemp -d)
trap 'rm -r "$here"' EXIT
trap 'exit 0' HUP INT TERM
cat "$score" >"$here/score" # a file that is saved meanwhile is another piece
: >"$here/said"
n=0

retain() {
    mosquitto_pub -h "$broker" -t "$topic/$1" -q 1 -r -f "$here/$1"
}

# Whoever comes later gets the newest lines, which are all that were said. A broker that was started anew may
# have kept nothing: so the score and the start are told with each.
publish() {
    { cat "$here/said" && echo start; } >"$here/lines"
    retain score && retain start && retain lines
}

printf %s "$start" >"$here/start"
mosquitto_pub -h "$broker" -t "$topic/lines" -q 1 -r -n # what was played before is over
publish
while IFS= read -r line || [ -n "$line" ]; do
    n=$((n + 1))
    echo "$n $line" >>"$here/said"
    publish || {
        echo "conduct.sh: no broker at $broker; trying on" >&2
        until sleep 1 && publish 2>/dev/null; do :; done
        echo "conduct.sh: the broker is back" >&2
    }
done
