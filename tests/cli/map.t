#!/bin/sh
# Holds lib/README.md, the map of modules, against what the sources include.
# shellcheck disable=SC2016 # awk's dollars
LC_ALL=C
export LC_ALL
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

n=0
# result NAME FILE: passes if FILE is empty, else shows it
result() {
    n=$((n + 1))
    if [ -s "$2" ]; then
        echo "not ok $n - $1"
        sed 's/^/# /' "$2"
    else
        echo "ok $n - $1"
    fi
}

# file group module: a line of the page may name several files, the first is the module's
awk -F'`' '
    /^## / { group++ }
    /^\| `[a-z0-9_]+`/ {
        split($0, cell, "|")
        count = split(cell[2], word, "`")
        for (i = 2; i <= count; i += 2)
            print word[i], group, $2
    }' lib/README.md >"$tmp/map"

# file included, for each header of ours that a module includes
for file in lib/*.[ch]; do
    sed -n 's/^#include "\([a-z0-9_]*\)\.h"$/\1/p' "$file" | sed "s|^|$file |"
done >"$tmp/includes"

# A part of a module (session_read of session) counts as the module unless the page names it.
cat >"$tmp/module.awk" <<'AWK'
function module(name) {
    while (!(name in group) && sub(/_[a-z0-9]*$/, "", name))
        ;
    return name in group ? of[name] : name
}
function base(file) {
    sub(/.*\//, "", file)
    sub(/\.[ch]$/, "", file)
    return file
}
NR == FNR { group[$1] = $2; of[$1] = $3; next }
AWK

{ cat "$tmp/module.awk"; echo '!(module(base($1)) in group) { print $1 }'; } >"$tmp/unlisted.awk"
printf '%s\n' lib/*.[ch] | awk -f "$tmp/unlisted.awk" "$tmp/map" - >"$tmp/out"
result 'every module is on the map' "$tmp/out"

while read -r module _; do
    [ -f "lib/$module.h" ] || echo "$module"
done <"$tmp/map" >"$tmp/out"
result 'every module on the map is there' "$tmp/out"

{
    cat "$tmp/module.awk"
    echo '{ from = module(base($1)); to = module($2) }
        from in group && to in group && group[to] > group[from] { print $1 " includes " $2 ".h" }'
} >"$tmp/up.awk"
awk -f "$tmp/up.awk" "$tmp/map" "$tmp/includes" >"$tmp/out"
result 'no module includes one of a lower group' "$tmp/out"

{
    cat "$tmp/module.awk"
    echo '{ from = module(base($1)); to = module($2) } from != to { print from, to }'
} >"$tmp/edges.awk"
awk -f "$tmp/edges.awk" "$tmp/map" "$tmp/includes" | sort -u | tsort >/dev/null 2>"$tmp/out"
result 'no modules include each other in a circle' "$tmp/out"

# only WHAT PATTERN FILE...: no other file includes it
only() {
    what=$1 pattern=$2
    shift 2
    grep -l "^#include <$pattern" lib/*.[ch] cmd/*/*.[ch] 2>/dev/null | while read -r file; do
        allowed=
        for may; do
            # shellcheck disable=SC2254 # a pattern
            case $file in
            $may) allowed=1 ;;
            esac
        done
        [ -n "$allowed" ] || echo "$file"
    done >"$tmp/out"
    result "only the one module includes $what" "$tmp/out"
}
only liblo 'lo/' lib/osc.c lib/osc_server.c
only PortMidi 'portmidi' lib/midiport.c
only libevent 'event' 'cmd/oiduna-serve/*'
only jansson 'jansson' 'cmd/oiduna-serve/*' 'cmd/oiduna-bench/*'

grep -nE '\b(printf|puts|putchar|perror|exit|abort|getenv)\(' lib/*.c | grep -v '^lib/cli\.c:' >"$tmp/out"
result 'the library (but for cli) neither prints, nor exits, nor reads the environment' "$tmp/out"

echo "1..$n"
