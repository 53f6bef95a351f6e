#!/bin/sh
# What all programs have in common: --help, --version, wrong options; and each manual page says what
# --help says.
. tests/tap.sh

run() {
    "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
    out=$(cat "$tmp/out") err=$(cat "$tmp/err")
}

version=$(sed -n 's/^#define OD_VERSION "\(.*\)"/\1/p' lib/base/version.h)

for main in cmd/*/main.c; do
    name=${main#cmd/}
    name=${name%/main.c}
    program=$BIN/$name
    [ -x "$BIN/$name" ] || [ "$name" != oiduna-link ] || continue # its library is not everywhere

    run "$program" --help
    is "$status" 0 "$name --help is no error"
    like "$(sed -n 1p "$tmp/out")" "^usage: $name " "$name --help begins with how to call it"
    like "$(sed -n '$p' "$tmp/out")" "^See $name\([18]\)(, [a-z-]+\([1-8]\))*\.$" "$name --help ends with what tells more"
    is "$err" '' "$name --help says nothing on standard error"
    is "$(awk 'length > 80' "$tmp/out")" '' "$name --help fits 80 columns"
    [ "$(wc -l <"$tmp/out")" -le 48 ]
    ok $? "$name --help fits two screens"
    help=$out

    run "$program" --version
    is "$status" 0 "$name --version is no error"
    is "$out" "$name $version" "$name --version says name and version"

    run "$program" --no-such-option
    is "$status" 64 "$name: an unknown option is wrong usage"
    is "$out" '' "$name: an unknown option leaves standard output empty"
    like "$err" "^$name: .*no-such-option" "$name: an unknown option is named"

    run "$program" -h
    [ "$status" -eq 0 ] || [ "$status" -eq 64 ]
    ok $? "$name -h is help or wrong usage, nothing else"

    if [ -c /dev/full ]; then
        "$program" --help >/dev/full 2>"$tmp/err"
        is "$?" 74 "$name --help to a full disk is an I/O error"
    else
        skip "$name --help to a full disk is an I/O error" 'no /dev/full'
    fi

    page=$(ls man/"$name".[18] 2>/dev/null)
    if [ -n "$page" ]; then
        printf '%s\n' "$help" | grep -oE -- '(^|[ ,[|])--[a-z][a-z-]*' | tr -d ' ,[|' | sort -u >"$tmp/help"
        sed -n '/^\.It Fl/p' "$page" | grep -oE -- 'Fl -[a-z][a-z-]*' | sed 's/Fl /-/' | sort -u >"$tmp/man"
        is "$(cat "$tmp/man")" "$(cat "$tmp/help")" "$page explains the options of --help"
    fi
done

finish
