#!/bin/sh
# Holds the maps of modules, lib/README.md and cmd/*/README.md, against what the sources include.
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

# folder module first: a line of the page may name several files, the first is the module's
awk -F'`' '
    /^## / { folder = "" }
    /^## `[a-z]+\/`/ { folder = $2; sub(/\/$/, "", folder) }
    /^\| `[a-z0-9_]+`/ && folder != "" {
        split($0, cell, "|")
        count = split(cell[2], word, "`")
        for (i = 2; i <= count; i += 2)
            print folder, word[i], $2
    }' lib/README.md >"$tmp/map"

: >"$tmp/out"
[ "$(wc -l <"$tmp/map")" -gt 30 ] || echo 'modules' >"$tmp/out"
result 'the map has modules' "$tmp/out"

while read -r folder module _; do
    [ -f "lib/$folder/$module.h" ] || [ -f "lib/$folder/$module.c" ] || echo "lib/$folder/$module"
done <"$tmp/map" >"$tmp/out"
result 'every module on the map is there' "$tmp/out"

# A part of a module (session_read of session) counts as the module unless the page names it.
printf '%s\n' lib/*/*.[ch] lib/*.[ch] | awk '
    NR == FNR { on[$1 "/" $2] = 1; next }
    {
        name = $1
        sub(/^lib\//, "", name)
        sub(/\.[ch]$/, "", name)
        while (!(name in on) && sub(/_[a-z0-9]*$/, "", name))
            ;
        if (!(name in on) && $1 !~ /\*/) print $1
    }' "$tmp/map" - >"$tmp/out"
result 'every module is on the map, in its folder' "$tmp/out"

# file included: both as paths, for each header of ours
for file in lib/*/*.[ch] cmd/*/*.[ch]; do
    folder=${file%/*}
    sed -n 's/^# *include "\(.*\)"$/\1/p' "$file" | while read -r header; do
        if [ -f "$folder/$header" ]; then
            echo "$file $folder/$header"
        elif [ -f "lib/$header" ]; then
            echo "$file lib/$header"
        else
            echo "$file ?$header"
        fi
    done
done >"$tmp/includes"
grep ' ?' "$tmp/includes" >"$tmp/out"
result 'every header of ours is included by its place' "$tmp/out"

awk '
    NR == FNR { if (!($1 in place)) place[$1] = ++folders; next }
    { split($1, from, "/"); split($2, to, "/") }
    from[1] == "lib" && (to[1] != "lib" || place[to[2]] > place[from[2]]) { print $1 " includes " $2 }
    ' "$tmp/map" "$tmp/includes" >"$tmp/out"
result 'no module includes one of a lower folder' "$tmp/out"

# circles EDGES: the modules (a .c with its .h) that include each other in a circle of any length
circles() {
    sed 's/\.[ch]\( \|$\)/\1/g' "$1" | awk '$1 != $2' | sort -u | { tsort >/dev/null; } 2>&1
}

circles "$tmp/includes" >"$tmp/out"
result 'no modules of lib and cmd include each other in a circle' "$tmp/out"

{
    cat "$tmp/includes"
    echo 'lib/out/smf.c lib/out/offline.h'
    echo 'lib/play/plan.h lib/out/smf.h'
} >"$tmp/planted"
if [ -n "$(circles "$tmp/planted")" ]; then : >"$tmp/out"; else echo 'it is not' >"$tmp/out"; fi
result 'a circle of three that is planted is found' "$tmp/out"

# page_of FOLDER: "place module" for each module on the folder's own page, place counting its groups
page_of() {
    awk '/^## / { place++ } /^\| `[a-z0-9_]+`/ && place { split($0, word, "`"); print place, word[2] }' "$1/README.md"
}

# module_includes FOLDER: "module module" for each module of the folder that includes another of it
module_includes() {
    sed -n "s|^$1/\([a-z0-9_]*\)\.[ch] $1/\([a-z0-9_]*\)\.h\$|\1 \2|p" "$tmp/includes" | awk '$1 != $2' | sort -u
}

for folder in cmd/oiduna-play cmd/oiduna-serve; do
    name=${folder#cmd/}
    page_of "$folder" >"$tmp/page"
    module_includes "$folder" >"$tmp/arrows"
    printf '%s\n' "$folder"/*.[ch] | sed 's|.*/||; s|\.[ch]$||' | grep -vx main | sort -u >"$tmp/there"
    awk '{ print $2 }' "$tmp/page" | sort | diff - "$tmp/there" >"$tmp/out"
    result "the page of $name names its modules" "$tmp/out"
    awk 'NR == FNR { place[$2] = $1; next }
         $1 != "main" && place[$2] > place[$1] { print $1 " includes " $2 }' "$tmp/page" "$tmp/arrows" >"$tmp/out"
    result "no module of $name includes one of a lower group" "$tmp/out"
done

# only WHAT PATTERN FILE...: no other file includes it
only() {
    what=$1 pattern=$2
    shift 2
    grep -l "^#include <$pattern" lib/*/*.[ch] cmd/*/*.[ch] 2>/dev/null | while read -r file; do
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
only liblo 'lo/' lib/score/osc.c lib/world/osc_server.c
only PortMidi 'portmidi' lib/world/midiport.c
only libevent 'event' 'cmd/oiduna-serve/*'
only jansson 'jansson' 'cmd/oiduna-serve/*' 'cmd/oiduna-bench/*'

grep -nE '\b(printf|puts|putchar|perror|exit|abort|getenv)\(' lib/*/*.c | grep -v '^lib/world/cli\.c:' >"$tmp/out"
result 'the library (but for cli) neither prints, nor exits, nor reads the environment' "$tmp/out"

echo "1..$n"
