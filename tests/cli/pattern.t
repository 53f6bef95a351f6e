#!/bin/sh
# What oiduna-pattern makes of patterns: each tests/golden/pattern/NAME.pat has its session in
# NAME.json, if it has one, and what is said with the exit status in NAME.txt, if anything is.
. tests/tap.sh

bin=$(cd "$BIN" && pwd)
pattern=$bin/oiduna-pattern

# same FILE WANTED NAME
same() {
    diff -u "$2" "$1" >"$tmp/diff" 2>&1
    ok $? "$3"
    head -n 40 "$tmp/diff" | cut -c 1-200 | sed 's/^/# /'
}

cd tests/golden/pattern || exit 1
for text in *.pat; do
    name=${text%.pat}
    "$pattern" "$text" >"$tmp/out" 2>"$tmp/err"
    status=$?
    [ "$status" -eq 0 ] && [ ! -s "$tmp/err" ] || echo "exit status $status" >>"$tmp/err"
    wanted=$name.txt
    [ -f "$wanted" ] || wanted=/dev/null
    same "$tmp/err" "$wanted" "$name: what is said"
    wanted=$name.json
    [ -f "$wanted" ] || wanted=/dev/null
    same "$tmp/out" "$wanted" "$name: the session"
done

# tests/pattern/strudel.t holds the same patterns against Strudel.
grep -v '^#' ../../pattern/common.txt | "$bin/tests/tools/mini_events" 4 >"$tmp/out"
same "$tmp/out" common.events 'the common patterns play what they always played'

run() {
    "$pattern" "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
}

run - <spec.pat
same "$tmp/out" spec.json 'standard input is read like a file'
run <spec.pat
same "$tmp/out" spec.json '... and without a name'

run bad-utf8.pat
like "$(cat "$tmp/err")" '^oiduna-pattern: bad-utf8\.pat:2:7: error: ' 'what is no text has a place'

run -e 'kick: s' -e 'bpm 99' -e 'snare: s'
is "$(grep -o '^oiduna-pattern: [^ ]* *[^ ]*' "$tmp/err")" "oiduna-pattern: <-e>:1:7: error:
oiduna-pattern: <-e 3>:1:8:" 'of several -e each says which it is'
run -e 'kick: s "bd*4"' -e 'bpm 99'
cp "$tmp/out" "$tmp/two"
printf 'kick: s "bd*4"\nbpm 99\n' >"$tmp/lines"
run "$tmp/lines"
same "$tmp/two" "$tmp/out" 'lines said with -e are a text'

head -n 5 scenes.pat >"$tmp/first.pat"
tail -n +6 scenes.pat >"$tmp/second.pat"
run "$tmp/first.pat" "$tmp/second.pat"
same "$tmp/out" scenes.json 'files are joined in their order'
echo 'x: s "bd' >"$tmp/second.pat"
run "$tmp/first.pat" "$tmp/second.pat"
like "$(cat "$tmp/err")" "^oiduna-pattern: $tmp/second.pat:1:6: error" 'an error is in the file where it is'

run --seed 42 chance.pat
same "$tmp/out" chance.json '--seed 42 is what the text says'
run --seed 43 chance.pat
cmp -s "$tmp/out" chance.json
is $? 1 '--seed decides anew what is left to chance'
run --seed 9007199254740991 spec.pat
is "$status" 0 'the largest seed'
for seed in -1 x '' 1.5 9007199254740992 99999999999999999999; do
    run --seed "$seed" spec.pat
    is "$status" 64 "--seed '$seed' is wrong usage"
done

run --check spec.pat
is "$status,$(cat "$tmp/out" "$tmp/err")" 0, '--check writes nothing'
run --check bad.pat
is "$status,$(cat "$tmp/out")" 65, '--check fails where there is an error'
run --strict long.pat
is "$status,$(cat "$tmp/out")" 65, '--strict takes warnings as errors'

run --diagnostics=json bad.pat
python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert len(lines) > 20
for line in lines:
    assert list(line) == ["severity", "message", "file", "line", "column", "pointer", "code"], line
    assert line["file"] == "bad.pat"' "$tmp/err"
ok $? 'findings for programs are JSON lines'
run --diagnostics=xml bad.pat
is "$status" 64 'another format is wrong usage'

run -o "$tmp/song.json" spec.pat
same "$tmp/song.json" spec.json '-o writes a file'
run -o "$tmp/song.json" bad.pat
same "$tmp/song.json" spec.json '... and leaves it as it was after an error'
cp spec.pat "$tmp/own.pat"
run -o "$tmp/own.pat" "$tmp/own.pat"
is "$status" 64 'the session does not replace its text'
run -o "$tmp/no/song.json" spec.pat
is "$status" 73 'no file can be made there'
run "$tmp/no.pat"
is "$status,$(cat "$tmp/out")" 66, 'a file that is not there'
if [ -c /dev/full ]; then
    "$pattern" spec.pat >/dev/full 2>"$tmp/err"
    is "$?" 74 'a full disk'
fi
for wrong in '-e a spec.pat' '--follow -e a' '--follow -' '--follow' '- -' '--check -o x spec.pat' '-e'; do
    # shellcheck disable=SC2086 # words
    run $wrong </dev/null
    is "$status" 64 "oiduna-pattern $wrong is wrong usage"
done

# Every block of the page is a text; those of the tutorial go on with the lines of earlier ones.
page=../../../man/oiduna-pattern.5
awk -v out="$tmp/block" '/^\.Ed/ { on = 0 } on { print >(out n ".pat") } /^\.Bd/ { on = 1; n++ }' "$page"
for block in "$tmp"/block*.pat; do
    run --check --strict "$block"
    is "$status,$(cat "$tmp/err")" 0, "line $(grep -nxF "$(head -n 1 "$block")" "$page" | head -n 1) of the page compiles"
done
is "$(find "$tmp" -name 'block*.pat' | wc -l)" "$(grep -c '^\.Bd' "$page")" '... as do all blocks'
is "$(awk 'END { print NR <= 24 } length > 75 { print "too wide: " $0 }' "$tmp/block1.pat")" 1 'the first fits one screen'

# Numbers say how much; chosen so that a slow machine needs seconds at most.
awk 'BEGIN { for (i = 0; i < 50; i++) printf "t%d: s \"hh*%d\" pan \"0 1\"\n", i, 1000 + i }' >"$tmp/many.pat"
run "$tmp/many.pat"
is "$status,$(grep -c '"step"' "$tmp/out")" 0,51225 'fifty tracks of a thousand events'
awk 'BEGIN { for (i = 0; i < 11; i++) printf "t%d: s \"<bd*1000 hh*1000>*100\"\n", i }' >"$tmp/many.pat"
run "$tmp/many.pat"
is "$status" 65 'more than a million events of a session are too many'
like "$(cat "$tmp/err")" 'more than 1000000 events in this session' '... which is said'
run -e 'a: s "hh*16"' -e 'b: s "bd" pan "[0,0.5,1]*1e9"'
is "$status" 0 'values are asked where something begins, not before'
for twice in 'k: s bd' 'k = line room 0.5' 'scene k'; do
    run -c -e "$twice" -e "$twice" -e "$twice"
    is "$status,$(grep -c 'already' "$tmp/err")" 65,2 "each '$twice' too many is told once"
done
# brackets N: a step in so many of them
brackets() {
    awk -v n="$1" 'BEGIN { printf "a: s \""; for (i = 0; i < n; i++) printf "["
        printf "bd"; for (i = 0; i < n; i++) printf "]"; print "\"" }'
}
brackets 64 >"$tmp/deep.pat"
run "$tmp/deep.pat"
is "$status" 0 '64 brackets within each other'
brackets 65 >"$tmp/deep.pat"
run "$tmp/deep.pat"
like "$(cat "$tmp/err")" ':1:71: error: more than 64 levels of brackets' '... and no more'
run -e 'a: s "bd(3,100001)"'
like "$(cat "$tmp/err")" '^oiduna-pattern: <-e>:1:12: error: of how many .* 1\.\.100000, found .100001.' \
    'a number too great for a rhythm is told with the greatest'
run -e 'a: s "bd:1e400"'
like "$(cat "$tmp/err")" ":1:10: error: 's' is -2147483648\\.\\.2147483647, found inf" \
    'a number too great is not called too small'
head -c 1048577 /dev/zero | tr '\0' ' ' >"$tmp/large.pat"
run "$tmp/large.pat"
is "$status" 65 'more than 1 MiB of text is too much'
yes | run
is "$(cat "$tmp/err")" 'oiduna-pattern: <stdin>: longer than 1 MiB' '... and no more of it is read'
head -c 600000 "$tmp/large.pat" >"$tmp/half.pat"
run "$tmp/half.pat" "$tmp/half.pat"
like "$(cat "$tmp/err")" "half.pat:1:1: error: more than 1 MiB of text" '... nor of two files together'
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "t%d: s \"bd*9999\" pan \"<0 1 [2 3]>*77\"\n", i }' >"$tmp/work.pat"
run "$tmp/work.pat"
is "$status" 65 'a text that would work for hours ends'
awk 'BEGIN { printf "mute"; for (i = 0; i < 150000; i++) printf " t%d", i; print "" }' >"$tmp/names.pat"
run "$tmp/names.pat"
is "$status" 65 'nor does one with too many names take long'
awk 'BEGIN { printf "a: s \"bd\""; for (i = 0; i < 130000; i++) printf " p%d 1", i; print "" }' >"$tmp/values.pat"
run "$tmp/values.pat"
is "$status" 65 '... nor with too many values'
head -c 1000000 /dev/zero | tr '\0' '"' >"$tmp/quotes.pat"
# shellcheck disable=SC3045 # the shells that there are have it
(ulimit -t 2 && "$pattern" "$tmp/quotes.pat" >"$tmp/out" 2>"$tmp/err")
is "$?" 65 '... nor with a line of quotes'
awk 'BEGIN { print "a = line"; for (i = 0; i < 9000; i++) printf "t%d: s \"bd\" on a send a 1\n", i }' >"$tmp/tracks.pat"
run "$tmp/tracks.pat"
is "$status" 0 'nine thousand tracks on a line'
awk 'BEGIN { for (i = 0; i < 20000; i++) print "// " i "\n \t\n"; print "a: s \"bd\"" }' >"$tmp/empty.pat"
run "$tmp/empty.pat"
is "$status,$(grep -c '"bd"' "$tmp/out")" 0,1 'lines that say nothing are no statements'
{ echo 'a: s "bd"' && head -c 1000000 /dev/zero | tr '\0' '\n'; } >"$tmp/empty.pat"
# shellcheck disable=SC3045 # the shells that there are have it
(ulimit -t 2 && "$pattern" "$tmp/empty.pat" >"$tmp/out" 2>"$tmp/err")
is "$?" 0 '... nor does a million of them take long'
run -e 'mute' -e '' -e '// no' -e 'solo' -e ' '
is "$(grep -o '<-e.*: error' "$tmp/err" | tr '\n' ' ')" '<-e>:1:5: error <-e 4>:1:5: error ' \
    '... and what is missing is missing where its statement ended'

finish
