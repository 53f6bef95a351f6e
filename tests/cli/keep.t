#!/bin/sh
# What is installed beside the programs does there what it is for.
. tests/tap.sh
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
unset MAKEFLAGS MAKELEVEL MAGIC

odn=$tmp/a.odn
printf '{"tracks":{"a":{"params":{"s":"bd"}}}}' | "$BIN/oiduna-compile" -o "$odn" -
prefix=$tmp/prefix
make -s B="$BIN" PREFIX="$prefix" install-files >/dev/null
ok $? 'all is installed under a prefix'

if command -v file >/dev/null; then
    magic=$prefix/share/file/magic/oiduna-score
    like "$(file -m "$magic" "$odn")" 'Oiduna score, version 2, [0-9]+ bytes$' 'file -m knows a score'
    like "$(MAGIC=$magic file "$odn")" 'Oiduna score, version 2, [0-9]+ bytes$' '... and file with MAGIC set'
    is "$(file -b --mime-type -m "$magic" "$odn")" application/x-oiduna-score '... and its media type'
    (cd "$tmp" && file -C -m "$magic") >"$tmp/out" 2>&1
    is "$?,$(cat "$tmp/out")" 0, '... and the entry is sound'
else
    skip 'file -m knows a score' 'no file(1)'
fi

if command -v update-mime-database >/dev/null; then
    XDG_DATA_DIRS=$prefix/share update-mime-database "$prefix/share/mime" >"$tmp/out" 2>&1
    is "$?,$(cat "$tmp/out")" 0, 'shared-mime-info takes the entry'
    like "$(cat "$prefix/share/mime/globs2")" '^[0-9]+:application/x-oiduna-score:\*\.odn$' '... for the name'
    grep -aq '^\[60:application/x-oiduna-score\]$' "$prefix/share/mime/magic"
    ok $? '... and for the first bytes'
else
    skip 'shared-mime-info takes the entry' 'no update-mime-database'
fi
python3 - "$odn" "$prefix/share/mime/packages/oiduna-score.xml" <<'P'
import sys, xml.dom.minidom
match = xml.dom.minidom.parse(sys.argv[2]).getElementsByTagName("match")[0]
value = match.getAttribute("value").encode().decode("unicode_escape").encode("latin-1")
sys.exit(open(sys.argv[1], "rb").read(8) != value)
P
ok $? 'its first bytes are those that scores have'

if command -v man >/dev/null; then
    is "$(man -M "$prefix/share/man" -w 5 oiduna-ir 2>/dev/null | sed 's|.*/share/||')" man/man5/oiduna-ir.5 \
        'man finds the pages'
else
    skip 'man finds the pages' 'no man(1)'
fi

# Units, with the one of the examples beside it, and with the token's addition.
if command -v systemd-analyze >/dev/null; then
    units=$prefix/lib/systemd/system
    for unit in session midi link; do
        if [ "$unit" != link ] || [ -x "$BIN/oiduna-link" ]; then # its library is not everywhere
            cp "$prefix/share/doc/oiduna/examples/systemd/oiduna-$unit.service" "$units"
        fi
    done
    for with in nothing token.conf; do
        [ "$with" = nothing ] || {
            mkdir "$units/oiduna.service.d"
            cp "$prefix/share/doc/oiduna/examples/systemd/token.conf" "$units/oiduna.service.d"
        }
        is "$(MANPATH=$prefix/share/man systemd-analyze verify "$units"/oiduna*.service 2>&1 |
            grep -F -e "$units" -e oiduna)" '' "systemd takes the units, with $with added"
    done
    rm -r "$units/oiduna.service.d" "$units"/oiduna-*.service
else
    skip 'systemd takes the units' 'no systemd-analyze'
fi

# Every option is offered, whatever the shell.
share=$prefix/share
for program in oiduna oiduna-pattern oiduna-compile oiduna-play oiduna-serve oiduna-bench oiduna-link oiduna-midi oiduna-smf; do
    [ -x "$BIN/$program" ] || continue
    wanted=$("$BIN/$program" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)
    # shellcheck disable=SC2016 # the inner shell expands
    got=$(PATH=$BIN:$PATH bash -c '. "$1"
        compopt() { :; }
        _oiduna "$0" -- ""; printf "%s\n" "${COMPREPLY[@]}"' "$program" \
        "$share/bash-completion/completions/$program" | sort -u)
    is "$got" "$wanted" "bash completes every option of $program"
    if command -v fish >/dev/null; then
        got=$(PATH=$BIN:$PATH HOME=$tmp XDG_DATA_DIRS=$share:/usr/share \
            fish -c "complete -C '$program --'" 2>/dev/null |
            cut -f1 | grep -oE -- '^--[a-z][a-z-]*' | sort -u)
        is "$got" "$wanted" "fish completes every option of $program"
    else
        skip "fish completes every option of $program" 'no fish'
    fi
done

# What a Tab key makes of a line, for people: the rest of the test.
python3 tests/cli/lib/shells.py "$prefix" >"$tmp/out" 2>&1
sed '/^ok\|^1\.\./d; s/^[^#]/# &/' "$tmp/out"
is "$(grep -c '^not ok\|Error' "$tmp/out")" 0 'bash, zsh and fish complete options and file names'
[ "$(grep -c '^ok' "$tmp/out")" -gt 2 ]
ok $? '... those that are here'

make -s B="$BIN" PREFIX="$prefix" uninstall
find "$prefix" -type f ! -path "$share/mime/*" >"$tmp/out"
is "$(cat "$tmp/out")" '' 'nothing of it is left when it is uninstalled'
finish
