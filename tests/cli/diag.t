#!/bin/sh
# What oiduna-compile says about wrong sessions: each tests/golden/diag/NAME.json has its exact words
# and the exit status in NAME.txt, some also the words for programs in NAME.jsonl.
. tests/tap.sh

bin=$(cd "$BIN" && pwd)
cd tests/golden/diag || exit 1

judge() {
    "$bin/oiduna-compile" --check "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
}

# same FILE WANTED NAME
same() {
    diff -u "$2" "$1" >"$tmp/diff"
    ok $? "$3"
    sed 's/^/# /' "$tmp/diff"
}

for session in *.json; do
    name=${session%.json}
    judge "$session"
    echo "exit status $status" >>"$tmp/err"
    same "$tmp/err" "$name.txt" "$name"
    [ ! -s "$tmp/out" ]
    ok $? "$name: nothing on standard output"
done

for wanted in *.jsonl; do
    name=${wanted%.jsonl}
    judge --diagnostics=json "$name.json"
    same "$tmp/err" "$wanted" "$name for programs"
    if command -v python3 >/dev/null 2>&1; then
        python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    keys = list(json.loads(line))
    assert keys == ["severity", "message", "file", "line", "column", "pointer", "code"], keys' \
            "$tmp/err"
        ok $? "$name for programs is JSON lines"
    else
        skip "$name for programs is JSON lines" 'no python3'
    fi
done

# --strict only turns warnings into errors.
for name in track-fx-misspelt environment-deprecated sequence-without-track; do
    judge --strict "$name.json"
    is "$status" 65 "$name --strict fails"
    sed 's/: error: /: warning: /' "$tmp/err" >"$tmp/soft"
    echo 'exit status 0' >>"$tmp/soft"
    same "$tmp/soft" "$name.txt" "$name --strict says the same"
done

judge - <environment-types.json
is "$status" 65 'standard input is judged like a file'
sed 's/<stdin>/environment-types.json/' "$tmp/err" >"$tmp/named"
echo 'exit status 65' >>"$tmp/named"
same "$tmp/named" environment-types.txt 'standard input is called <stdin>'

finish
