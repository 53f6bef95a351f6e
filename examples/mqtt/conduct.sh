#!/bin/sh
# conduct.sh BROKER SCORE [START]: conducts all machines that run play.sh.
# Gives them the score and START (RFC 3339 or Unix time; without it in five seconds), then each line of
# standard input: `at bar 16 scene chorus`. A line has to come to them before its place is sent, so say it
# a bar ahead. ^D ends the conducting, not the music.
set -eu
broker=$1 score=$2
start=${3:-$(($(date +%s) + 5))}
topic=${OIDUNA_TOPIC:-oiduna}
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
n=0

# Retained: whoever comes later gets the newest one, which says all that was said.
publish() {
    { cat "$lines" && echo start; } | mosquitto_pub -h "$broker" -t "$topic/lines" -q 1 -r -s
}

mosquitto_pub -h "$broker" -t "$topic/lines" -q 1 -r -n # what was played before is over
mosquitto_pub -h "$broker" -t "$topic/score" -q 1 -r -f "$score"
mosquitto_pub -h "$broker" -t "$topic/start" -q 1 -r -m "$start"
publish
while IFS= read -r line; do
    n=$((n + 1))
    echo "$n $line" >>"$lines"
    publish
done
