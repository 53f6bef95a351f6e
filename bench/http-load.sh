#!/bin/sh
# What HTTP does to the beat: a session plays, first alone, then while wrk asks for the status over 64
# connections and a client posts a session of 20,000 events a second. Prints both.
#   BIN=build bench/http-load.sh [SECONDS]
LC_ALL=C
export LC_ALL
BIN=${BIN:-build}
seconds=${1:-20}
connections=${CONNECTIONS:-64}
events=${EVENTS:-20000}
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

jq -nc '{environment: {bpm: 140}, tracks: {kick: {params: {s: "bd"}}, hat: {params: {s: "hh"}}},
    sequences: {kick: {events: [range(0; 256; 4) | {step: .}]}, hat: {events: [range(256) | {step: .}]}}}' >"$tmp/play.json"
jq -nc --argjson n "$events" '
    [range(40) | "t\(.)"] as $ids |
    {environment: {bpm: 140}, tracks: ([$ids[] | {key: ., value: {params: {s: "bd"}}}] | from_entries),
     sequences: ([range(40) as $t | {key: $ids[$t], value: {events: [range($n / 40) | {step: ((. * 7 + $t) % 256), velocity: 0.5}]}}] | from_entries),
     apply: {timing: "beat"}}' >"$tmp/big.json"

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

# measure NAME: lateness and ticks since the last time
measure() {
    curl -s "$url/metrics" >"$tmp/now.json"
    jq -rn --arg name "$1" --slurpfile now "$tmp/now.json" --slurpfile was "$tmp/was.json" '
        def at($h; $us): ([$h[] | select(.[0] != null and .[0] <= $us) | .[1]] | last) // 0;
        def fresh($k): $now[0][$k] as $n | $was[0][$k] as $w |
            [$n[] | select(.[0] != null) | {us: .[0], n: (.[1] - at($w; .[0]))}];
        def p($k; $q): fresh($k) as $f | ($f | last | .n) as $all |
            [$f[] | select(.n >= $all * $q)] | first | .us;
        "\($name): lateness p50 \(p("lateness_histogram"; 0.5)), p99 \(p("lateness_histogram"; 0.99)), highest \(p("lateness_histogram"; 1)) us; " +
        "tick p99 \(p("tick_histogram"; 0.99)) us; \($now[0].ticks - $was[0].ticks) steps, " +
        "\($now[0].dropped_steps - $was[0].dropped_steps) dropped"'
    mv "$tmp/now.json" "$tmp/was.json"
}

post "$tmp/play.json" /playback/session >/dev/null
curl -s -o /dev/null -X POST "$url/playback/start"
sleep 1
curl -s "$url/metrics" >"$tmp/was.json"
sleep "$seconds"
measure 'alone     '

(while sleep 1; do post "$tmp/big.json" /playback/session; done) >"$tmp/posts" &
poster=$!
wrk -t2 -c"$connections" -d"${seconds}s" --latency "$url/playback/status" >"$tmp/wrk"
kill "$poster"
wait "$poster" 2>/dev/null
poster=
measure 'under load'
awk '/Requests\/sec|99%|50%|Non-2xx|Socket errors/ { $1 = $1; print "wrk: " $0 }' "$tmp/wrk"
awk -v events="$events" '{ n++; bad += $1 != 200; if ($2 > most) most = $2; sum += $2 }
    END { printf "%d sessions of %d events: %d refused, answered after %.0f ms on average, %.0f ms at most\n", n, events, bad, 1000 * sum / n, 1000 * most }' "$tmp/posts"
