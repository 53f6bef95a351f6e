# TAP for shell tests: `. tests/tap.sh`, then ok, is, like; at the end `finish`. $tmp is a folder of
# the test's own. Run from the top of the source tree.
# shellcheck shell=sh
LC_ALL=C
export LC_ALL
BIN=${BIN:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
tap_n=0

# ok STATUS NAME: passes if STATUS is 0
ok() {
    tap_n=$((tap_n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_n - $2"
    else
        echo "not ok $tap_n - $2"
    fi
}

# is GOT WANTED NAME
is() {
    [ "$1" = "$2" ]
    ok $? "$3"
    [ "$1" = "$2" ] || printf '%s\n' "got: $1" "wanted: $2" | sed 's/^/# /'
}

# like GOT PATTERN NAME: PATTERN is an extended regular expression
like() {
    if printf '%s\n' "$1" | grep -qE -- "$2"; then
        ok 0 "$3"
    else
        ok 1 "$3"
        printf '%s\n' "got: $1" "wanted: $2" | sed 's/^/# /'
    fi
}

# skip NAME WHY
skip() {
    tap_n=$((tap_n + 1))
    echo "ok $tap_n - $1 # SKIP $2"
}

finish() {
    echo "1..$tap_n"
    exit 0
}
