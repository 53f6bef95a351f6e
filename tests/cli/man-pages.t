#!/bin/sh
# The manual pages as they are read: 80 columns, sections in their order, nothing leads nowhere.
. tests/tap.sh
if ! command -v mandoc >/dev/null; then
    skip 'manual pages' 'no mandoc'
    finish
fi

wide() { # on a terminal of 80 columns mandoc uses 78
    mandoc -Tutf8 -O width=78 "$1" | LC_ALL=C.UTF-8 col -bx | python3 -c '
import sys
for line in sys.stdin:
    if len(line) > 81:
        print(line, end="")'
}
order='NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES EXIT.STATUS EXAMPLES DIAGNOSTICS SEE.ALSO STANDARDS CAVEATS'
for page in man/*.[1-8]; do
    is "$(mandoc -Tlint -W warning "$page" 2>&1)" '' "$page has no fault"
    is "$(wide "$page")" '' "$page fits 80 columns"

    sed -n 's/^\.Sh //p' "$page" | tr ' ' . >"$tmp/sections"
    for section in $order; do grep -x "$section" "$tmp/sections"; done >"$tmp/wanted"
    grep -xF -f "$tmp/wanted" "$tmp/sections" >"$tmp/got"
    is "$(cat "$tmp/got")" "$(cat "$tmp/wanted")" "$page has its sections in order"
    case $page in
    *.[18]) set -- SYNOPSIS EXIT.STATUS EXAMPLES SEE.ALSO ;;
    *) set -- SEE.ALSO ;;
    esac
    for section in NAME DESCRIPTION "$@"; do
        grep -qx "$section" "$tmp/sections" || echo "$section"
    done >"$tmp/out"
    is "$(cat "$tmp/out")" '' "$page has all that belong to it"

    sed -n 's/^\.[A-Z].*Xr \(oiduna[a-z-]*\) \([1-8]\).*/man\/\1.\2/p' "$page" | sort -u |
        while read -r other; do [ -f "$other" ] || echo "$other"; done >"$tmp/out"
    is "$(cat "$tmp/out")" '' "$page names only pages that are there"
done

# The control stream: every command and every code.
page=man/oiduna-control.7
sed -n 's/^    {"\([a-z-]*\)", [0-9].*/\1/p' cmd/oiduna-play/commands.c | sort >"$tmp/wanted"
sed -n '/^\.Sh COMMANDS$/,/^\.Sh EVENTS/s/^\.It Ic //p' "$page" | sed 's/ \(Ar\|Op\|Oo\|Cm\) .*//' | tr -s ' ,' '\n' |
    sort >"$tmp/got"
is "$(cat "$tmp/got")" "$(cat "$tmp/wanted")" "$page explains each command"
cat cmd/oiduna-play/*.c | tr -d '\n' |
    grep -oE 'say_(warning|error)(_event)?\([^"]*("[^"]*", )?"[A-Z][A-Z_]+"' | grep -oE '"[A-Z_]+"$' | tr -d '"' |
    sort -u >"$tmp/codes"
while read -r code; do grep -qE "^\.It .*\b$code\b" "$page" || echo "$code"; done <"$tmp/codes" >"$tmp/out"
is "$(cat "$tmp/out")" '' "$page explains each code"
[ "$(wc -l <"$tmp/codes")" -gt 15 ]
ok $? '... of which there are some'
finish
