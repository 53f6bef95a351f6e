#!/bin/sh
# Makes a base for `make bench-check` from quick runs, every other one beside a busy loop on each
# processor: a base that only knows quiet cries wolf as soon as somebody else uses the machine.
#   bench/baseline.sh BUILD-FOLDER SUITES RUNS >bench/baseline.json
LC_ALL=C
export LC_ALL
if [ $# -ne 3 ]; then
    echo "usage: bench/baseline.sh BUILD-FOLDER SUITES RUNS" >&2
    exit 64
fi
tmp=$(mktemp -d) || exit 1
busy=
calm() {
    # shellcheck disable=SC2086 # a list
    [ -z "$busy" ] || kill $busy
    busy=
}
trap 'calm; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

i=0
while [ "$i" -lt "$3" ]; do
    if [ $((i % 2)) -eq 1 ]; then
        for _ in $(seq "$(nproc)"); do
            (while :; do :; done) &
            busy="$busy $!"
        done
    fi
    "$1/oiduna-bench" --quick --suite "$2" --format json >"$tmp/$(printf %03d $i).json" || exit
    calm
    i=$((i + 1))
done
"$1/oiduna-bench" --merge "$tmp"/*.json
