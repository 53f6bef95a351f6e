#!/bin/sh
# Each option of oiduna-serve given wrong once, and what the right ones do that no other test sees.
# shellcheck source=tests/tap.sh
. tests/tap.sh

serve() {
    timeout 20 "$BIN/oiduna-serve" "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
    err=$(cat "$tmp/err")
}

wrong() {
    serve --port 0 "$@"
    is "$status" "$code" "$* ends with $code"
    like "$err" "$says" "$* says why"
}

: >"$tmp/empty"
printf 'two words\n' >"$tmp/blank"
head -c 5000 /dev/zero | tr '\0' x >"$tmp/long"
code=64
says='port of 0\.\.65535'
wrong --port x
wrong --port -1
wrong --port 65536
wrong -p ''
says='loopback'
wrong --host 192.0.2.1
wrong -H 0.0.0.0
says='number of'
wrong --max-body 1
wrong --max-body 1T
wrong --max-body x
wrong --max-header 1K1
wrong --max-header 511
wrong --max-connections 0
wrong --max-connections 1.5
wrong --max-streams -1
wrong --max-backlog 1
wrong --max-clients x
wrong --max-metadata 1
wrong --max-assets ''
wrong --header-timeout 0
wrong --body-timeout nan
wrong --idle-timeout 1e9
wrong --answer-timeout x
wrong --heartbeat 0
wrong --drain-timeout -1
says='not as arguments'
wrong song.json
says='requires an argument'
wrong --cors
wrong --name
wrong --assets
says='more than 32 times'
many=$(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33; do echo "--cors http://$i"; done)
# shellcheck disable=SC2086 # many words
serve --port 0 --no-osc $many
is "$status" 64 'more than 32 origins are too many'
code=66 says='the token file .* No such file'
wrong --token-file "$tmp/none"
wrong -t "$tmp/none"
code=65 says='the token is empty: .*choose a long one'
wrong --token-file "$tmp/empty"
says='without blanks'
wrong --token-file "$tmp/blank"
says='the token file .* is longer than .*: it holds the token, nothing else'
wrong --token-file "$tmp/long"
code=69 says='cannot run'
wrong --player "$tmp/none"
wrong -P "$tmp/none"
says='Cannot assign|cannot assign|not known|No address|Name or service'
wrong --insecure --host 192.0.2.1
wrong --insecure --host no.such.host.invalid
code=64
says='latency'
wrong --latency x
says='midi-offset'
wrong --midi-offset x
code=69 says='cannot resolve'
wrong --osc no.such.host.invalid:57120
API_PORT=x serve
is "$status" 64 'API_PORT is looked at too'
API_TOKEN='a b' serve --port 0
is "$status" 64 'so is API_TOKEN'
API_HOST=0.0.0.0 serve --port 0
is "$status" 64 'and API_HOST'
is "$(cat "$tmp/out")" '' 'nothing was said on standard output'
finish
