#!/bin/sh
# The examples of oiduna-ir(5) are sessions without fault and sound as it says; its codes are ours.
. tests/tap.sh
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

page=man/oiduna-ir.5
awk -v folder="$tmp" '
    /^\.Bd -literal/ { n++; kind = /-offset/ ? "session" : "trace"; next }
    /^\.Ed/ { kind = ""; next }
    kind != "" { print > (folder "/" n "." kind) }' "$page"
cat "$tmp"/[0-9]*.trace | tr -d '\n' | sed 's/}{/}\n{/g' >"$tmp/said"
echo >>"$tmp/said"

n=0
for session in "$tmp"/[0-9]*.session; do
    n=$((n + 1))
    said=$("$BIN/oiduna-compile" --check --strict "$session" 2>&1)
    is "$said" '' "example $n is a session without fault"
done
[ "$n" -ge 5 ]
ok $? 'there are examples'

snare=$(grep -l snare "$tmp"/[0-9]*.session)
"$BIN/oiduna-compile" -o "$tmp/snare.odn" "$snare" &&
    "$BIN/oiduna-play" --dry-run --loops 1 "$tmp/snare.odn" >"$tmp/trace"
python3 tests/model/compare.py "$tmp/said" "$tmp/trace" >"$tmp/differs" 2>&1
ok $? 'the messages of the snare are as shown'
sed 's/^/# /' "$tmp/differs"

# Codes: words after a severity, or first arguments of the functions that report.
cat lib/text/session*.c lib/text/json*.c lib/score/compile*.c | tr -d '\n' |
    grep -oE '(OD_(ERROR|WARNING),[^"]*|od_read_(warn|error)\([^"]*|od_json_fail\([^"]*|warn(_unknown|_of_track)?\((r|reader|hearing|look), [^";]*|struct kind kind = \{)(""[^"]*|"/[^"]*"[^"]*)?"[a-z][a-z0-9-]*"' |
    sed 's/.*"\([a-z0-9-]*\)"$/\1/' | sort -u >"$tmp/used"
sed -n '/^\.Sh DIAGNOSTICS/,$s/^\.It Cm \(.*\) Ta .*/\1/p' "$page" | sed 's/ Ta .*//' |
    tr -s ' ,' '\n' | sort -u >"$tmp/told"
is "$(comm -23 "$tmp/used" "$tmp/told")" '' 'the page tells every code'
is "$(comm -13 "$tmp/used" "$tmp/told")" '' 'the page tells no code that is never used'

sed -n 's/^    X([A-Z_]*, "\([a-z_]*\)".*/\1/p' lib/text/param.h | while read -r name; do
    grep -qw -- "$name" "$page" || echo "$name"
done >"$tmp/missing"
is "$(cat "$tmp/missing")" '' 'the page names every parameter'
finish
