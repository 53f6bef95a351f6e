#!/bin/sh
# From nothing to music with curl: loads a session, starts, changes things, stops.
#   oiduna-serve &  examples/clients/session.sh [SESSION.json]
set -eu
url=${OIDUNA_URL:-http://127.0.0.1:${API_PORT:-57122}}
here=$(dirname "$0")
session=${1:-$here/../four-on-the-floor.json}
bars=${BARS:-2}

# ask METHOD PATH [BODY]
ask() {
    printf '%s %s ' "$1" "$2"
    curl --silent --show-error --fail-with-body --request "$1" ${API_TOKEN:+--header "Authorization: Bearer $API_TOKEN"} \
        ${3:+--header 'Content-Type: application/json' --data-binary "$3"} "$url$2"
    echo
}

ask GET /health
ask POST /playback/session "@$session"
ask POST /playback/start
sleep "$bars"
ask PATCH /playback/environment '{"bpm": 132, "swing": 0.2}'
first=$(curl --silent ${API_TOKEN:+--header "Authorization: Bearer $API_TOKEN"} "$url/tracks" | sed 's/.*"tracks":\[{"id":"\([^"]*\)".*/\1/')
ask POST "/tracks/$first/mute" '{"muted": true}'
sleep "$bars"
ask POST "/tracks/$first/mute" '{"muted": false}'
ask GET /playback/status
sleep "$bars"
ask POST /playback/stop
