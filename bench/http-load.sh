#!/bin/sh
# What HTTP does to the beat: a session plays, first alone, then while wrk asks for the status over 64
# connections and a client posts a session of 20,000 events a second. Prints both, twice over: a machine
# that is disturbed by others shows in the difference between the two that should be the same, and in the
# time that its hypervisor stole. The tempo is high so that a p99 rests on more than one step. At the end
# come crowds, and how soon one client is answered beside each (crowd.py).
#   BIN=build TEMPO=960 bench/http-load.sh [SECONDS of each of the four]
LC_ALL=C
export LC_ALL
BIN=${BIN:-build}
seconds=${1:-20}
connections=${CONNECTIONS:-64}
events=${EVENTS:-20000}
tempo=${TEMPO:-960}
for tool in wrk curl jq; do
    command -v "$tool" >/dev/null || { echo "http-load: $tool is needed" >&2; exit 69; }
done
tmp=$(mktemp -d) || exit 1
server=
poster=
clean() {
    [ -z "$poster" ] || kill "$poster" 2>/dev/null
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null
    rm -rf "$tmp"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

jq -nc --argjson bpm "$tempo" '{environment: {bpm: $bpm}, tracks: {kick: {params: {s: "bd"}}, hat: {params: {s: "hh"}}},
    sequences: {kick: {events: [range(0; 256; 4) | {step: .}]}, hat: {events: [range(256) | {step: .}]}}}' >"$tmp/play.json"
jq -nc --argjson bpm "$tempo" --argjson n "$events" '
    [range(40) | "t\(.)"] as $ids |
    {environment: {bpm: $bpm}, tracks: ([$ids[] | {key: ., value: {params: {s: "bd"}}}] | from_entries),
     sequences: ([range(40) as $t | {key: $ids[$t], value: {events: [range($n / 40) | {step: ((. * 7 + $t) % 256), velocity: 0.5}]}}] | from_entries),
     apply: {timing: "beat"}}' >"$tmp/big.json"

: >"$tmp/log"
# shellcheck disable=SC2086 # several options
"$BIN/oiduna-serve" --port 0 --assets "$tmp/assets" ${SERVE_OPTIONS:---no-osc} 2>"$tmp/log" &
server=$!
url=
for _ in $(seq 100); do
    url=$(sed -n 's/.*listening on //p' "$tmp/log")
    [ -z "$url" ] || break
    sleep 0.1
done
[ -n "$url" ] || { cat "$tmp/log" >&2; exit 69; }

post() {
    curl -s -o /dev/null -w '%{http_code} %{time_total}\n' -H 'Content-Type: application/json' --data-binary @"$1" "$url$2"
}

# stolen: milliseconds that the hypervisor gave to others, of all processors
stolen() {
    awk -v hz="$(getconf CLK_TCK)" '/^cpu / { printf "%.0f", $9 * 1000 / hz }' /proc/stat
}

# measure NAME: lateness and ticks since the last time
measure() {
    curl -s "$url/metrics" >"$tmp/now.json"
    lost=$(($(stolen) - stolen_was))
    jq -rn --arg name "$1" --arg lost "$lost" --slurpfile now "$tmp/now.json" --slurpfile was "$tmp/was.json" '
        def at($h; $us): ([$h[] | select(.[0] != null and .[0] <= $us) | .[1]] | last) // 0;
        def fresh($k): $now[0][$k] as $n | $was[0][$k] as $w |
            [$n[] | select(.[0] != null) | {us: .[0], n: (.[1] - at($w; .[0]))}];
        def p($k; $q): fresh($k) as $f | ($f | last | .n) as $all |
            [$f[] | select(.n >= $all * $q)] | first | .us | round;
        "\($name): lateness p50 \(p("lateness_histogram"; 0.5)), p99 \(p("lateness_histogram"; 0.99)), " +
        "p99.9 \(p("lateness_histogram"; 0.999)), highest \(p("lateness_histogram"; 1)) us; " +
        "tick p99 \(p("tick_histogram"; 0.99)) us; \($now[0].ticks - $was[0].ticks) steps, " +
        "\($now[0].dropped_steps - $was[0].dropped_steps) dropped; \($lost) ms stolen"'
    mark
}

mark() {
    curl -s "$url/metrics" >"$tmp/was.json"
    stolen_was=$(stolen)
}

load() {
    (while sleep 1; do post "$tmp/big.json" /playback/session; done) >>"$tmp/posts" &
    poster=$!
    wrk -t2 -c"$connections" -d"${seconds}s" --latency "$url/playback/status" >"$tmp/wrk"
    kill "$poster"
    wait "$poster" 2>/dev/null
    poster=
}

post "$tmp/play.json" /playback/session >/dev/null
curl -s -o /dev/null -X POST "$url/playback/start"
player=$(curl -s "$url/health" | jq .components.engine.pid)
ps -L -o comm=,cls=,rtprio= -p "$player" | sed 's/^/thread of the player: /'
sleep 1
mark
for _ in 1 2; do
    sleep "$seconds"
    measure 'alone     '
    load
    measure 'under load'
done
awk '/Requests\/sec|99%|50%|Non-2xx|Socket errors/ { $1 = $1; print "wrk: " $0 }' "$tmp/wrk"
awk -v events="$events" '{ n++; bad += $1 != 200; if ($2 > most) most = $2; sum += $2 }
    END { printf "%d sessions of %d events: %d refused, answered after %.0f ms on average, %.0f ms at most\n", n, events, bad, 1000 * sum / n, 1000 * most }' "$tmp/posts"
command -v python3 >/dev/null || exit 0
"$(dirname "$0")"/crowd.py "$url" "${CROWD_SECONDS:-3}"
