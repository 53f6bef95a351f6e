#!/bin/sh
# What is installed beside the programs: completions know every option, file(1) knows a score.
. tests/tap.sh

odn=$tmp/a.odn
printf '{"tracks":{"a":{"params":{"s":"bd"}}}}' | "$BIN/oiduna-compile" -o "$odn" -

if command -v file >/dev/null; then
    got=$(file -m cmd/desktop/oiduna-score.magic "$odn")
    like "$got" 'Oiduna score, version 1, [0-9]+ bytes$' 'file(1) knows a score'
    is "$(file -b --mime-type -m cmd/desktop/oiduna-score.magic "$odn")" \
        application/x-oiduna-score 'file(1) knows its media type'
else
    skip 'file(1) knows a score' 'no file(1)'
fi

python3 - "$odn" <<'P'
import sys, xml.dom.minidom
match = xml.dom.minidom.parse("cmd/desktop/oiduna-score.xml").getElementsByTagName("match")[0]
value = match.getAttribute("value").encode().decode("unicode_escape").encode("latin-1")
sys.exit(open(sys.argv[1], "rb").read(8) != value)
P
ok $? 'the entry for shared-mime-info has the magic that scores have'

# complete SHELL-COMMAND: the options that a shell offers
# shellcheck disable=SC2016 # the inner shell expands
for program in oiduna-compile oiduna-play; do
    wanted=$("$BIN/$program" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)
    got=$(PATH=$BIN:$PATH bash -c '. cmd/shell/oiduna.bash
        compopt() { :; }
        _oiduna "$0" -- ""; printf "%s\n" "${COMPREPLY[@]}"' "$program" | sort -u)
    is "$got" "$wanted" "bash completes every option of $program"
    if command -v fish >/dev/null; then
        got=$(PATH=$BIN:$PATH fish -c ". cmd/shell/oiduna.fish; complete -C '$program --'" 2>/dev/null |
            cut -f1 | grep -oE -- '^--[a-z][a-z-]*' | sort -u)
        is "$got" "$wanted" "fish completes every option of $program"
    else
        skip "fish completes every option of $program" 'no fish'
    fi
done
if command -v zsh >/dev/null; then
    zsh -n cmd/shell/oiduna.zsh
    ok $? 'zsh takes its completion'
else
    skip 'zsh takes its completion' 'no zsh'
fi

finish
