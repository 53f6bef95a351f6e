#!/bin/sh
# oiduna-compile --follow: what is saved, in whichever way, comes out as a score; what cannot be
# compiled is said once. And several sessions in one input.
. tests/tap.sh

case $BIN in /*) ;; *) BIN=$PWD/$BIN ;; esac
compile=$BIN/oiduna-compile
song=$tmp/song.json

# session N: a session that plays at step N
session() {
    printf '{"tracks": {"a": {"params": {"s": "bd"}}},\n "sequences": {"a": {"events": [{"step": %d}]}}}\n' "$1"
}

for i in 0 1 2 3 4 5 6 7 8 9; do
    session $i >"$tmp/$i.json"
    "$compile" -o "$tmp/$i.odn" "$tmp/$i.json" || exit 1
done
printf '{"tracks": {"a": {"params": {"s": "bd", "n": "x"}}}}\n' >"$tmp/bad.json"
odn_size=$(($(wc -c <"$tmp/0.odn")))

# until COMMAND...: waits until it succeeds, ten seconds at most
until_true() {
    for _ in $(seq 200); do
        "$@" && return 0
        sleep 0.05
    done
    return 1
}

# scores FILE: the steps that the scores in it play at
scores() {
    split -b "$odn_size" -a 3 "$1" "$tmp/part."
    for part in "$tmp"/part.*; do
        [ -e "$part" ] || continue
        for i in 0 1 2 3 4 5 6 7 8 9; do
            cmp -s "$part" "$tmp/$i.odn" && printf '%s' "$i"
        done
    done
    rm -f "$tmp"/part.*
}

# twice PATTERN: it was said twice
twice() {
    # shellcheck disable=SC2317 # by way of until_true
    [ "$(grep -c "$1" "$tmp/err")" = 2 ]
}

# came WANTED: the scores that came out so far are these
came() {
    # shellcheck disable=SC2317 # by way of until_true
    [ "$(scores "$tmp/out")" = "$1" ]
}

# follow ARGUMENT...: starts it in the background
follow() {
    : >"$tmp/out"
    : >"$tmp/err"
    "$compile" --follow "$@" >>"$tmp/out" 2>>"$tmp/err" &
    pid=$!
}

# saved WANTED NAME: and not more, nor twice
saved() {
    until_true came "$1"
    sleep 0.15
    is "$(scores "$tmp/out")" "$1" "$2"
}

unfollow() {
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}

# ---- files ---------------------------------------------------------------------------------------
session 0 >"$song"
follow "$song"
saved 0 'what is there is compiled at once'
session 1 >"$song"
saved 01 'written over, it is compiled again'
session 2 >"$song.new"
mv "$song.new" "$song"
saved 012 'written beside and renamed, too'
mv "$song" "$song~"
session 3 >"$song"
rm "$song~"
saved 0123 'the old one moved away first, too'
cp "$song" "$song.bak"
session 4 | dd of="$song" conv=fsync 2>/dev/null
saved 01234 'a copy made first and the file written over, too'
is "$(cat "$tmp/err")" '' 'and nothing was to be said'

cp "$tmp/bad.json" "$song"
until_true grep -q error "$tmp/err"
like "$(cat "$tmp/err")" "^oiduna-compile: $song:1:46: error: " 'a session with an error is told'
cp "$tmp/err" "$tmp/once"
cp "$tmp/bad.json" "$song"
sleep 0.3
cmp -s "$tmp/err" "$tmp/once"
ok $? 'once'
session 5 >"$song"
saved 012345 'mended, it is compiled'
like "$(tail -n 1 "$tmp/err")" "^oiduna-compile: $song is mended\$" 'and that it is mended is told'
rm "$song"
until_true grep -q 'is not there' "$tmp/err"
like "$(tail -n 1 "$tmp/err")" 'song.json is not there: it is compiled when it is' 'a deleted file is told'
session 6 >"$song"
saved 0123456 'it may come back'
like "$(tail -n 1 "$tmp/err")" 'song.json is there$' 'which is told'
kill "$pid"
wait "$pid" 2>/dev/null
is "$?" 143 'a signal ends it as it ends others'

follow "$tmp/not/yet.json"
until_true grep -q 'is not there' "$tmp/err"
ok $? 'a file that is not there yet, nor its folder, is told'
mkdir "$tmp/not"
session 1 >"$tmp/not/yet.json"
saved 1 'and waited for'
rm -r "$tmp/not"
until_true twice 'is not there'
mkdir "$tmp/not"
session 2 >"$tmp/not/yet.json"
saved 12 'a deleted folder may come back'
unfollow

session 0 >"$song"
follow "$song"
saved 0 'a file'
rm "$song"
mkdir "$song"
until_true grep -q 'is no regular' "$tmp/err"
is "$(cat "$tmp/err")" "oiduna-compile: $song is no regular file: it is compiled when it is one" 'that becomes a folder is told'
rmdir "$song"
session 1 >"$song"
saved 01 '... and is compiled when it is a file again'
like "$(tail -n 1 "$tmp/err")" "^oiduna-compile: $song is there\$" '... which is told'
unfollow

# What may not be read any more, by somebody who is not root.
chmod 777 "$tmp"
as=
[ "$(id -u)" -ne 0 ] || as='setpriv --reuid=65534 --clear-groups'
if $as "$BIN/oiduna-compile" --version >"$tmp/out" 2>&1; then
    for program in oiduna-compile oiduna-pattern; do
        text=$tmp/may.${program#oiduna-}
        session 0 >"$text"
        [ "$program" = oiduna-compile ] || echo 'kick: s "bd*4"' >"$text"
        : >"$tmp/out"
        : >"$tmp/err"
        $as "$BIN/$program" --follow "$text" >>"$tmp/out" 2>>"$tmp/err" &
        pid=$!
        until_true test -s "$tmp/out"
        size=$(wc -c <"$tmp/out")
        chmod 0 "$text"
        until_true test -s "$tmp/err"
        is "$(cat "$tmp/err")" "$program: cannot open $text: Permission denied" 'a file that may not be read any more is told'
        chmod 644 "$text"
        # shellcheck disable=SC2317 # by way of until_true
        again() { [ "$(wc -c <"$tmp/out")" -eq $((size * 2)) ]; }
        until_true again
        ok $? '... and compiled when it may'
        like "$(tail -n 1 "$tmp/err")" "^$program: $text is (there|mended)\$" '... which is told'
        unfollow
    done
else
    skip 'what may not be read' 'nobody else can run it'
fi

# Links that lead to the text itself, made when nobody looks.
for program in oiduna-compile oiduna-pattern; do
    text=$tmp/text.${program#oiduna-}
    rm -f "$tmp/linked"
    : >"$tmp/err"
    ln -s "$text" "$tmp/linked"
    "$BIN/$program" --follow -o "$tmp/linked" "$text" 2>>"$tmp/err" &
    pid=$!
    until_true grep -q 'is not there' "$tmp/err"
    session 0 >"$text"
    [ "$program" = oiduna-compile ] || echo 'kick: s "bd*4"' >"$text"
    cp "$text" "$tmp/kept"
    until_true grep -q 'would replace' "$tmp/err"
    like "$(tail -n 1 "$tmp/err")" "^$program: the (score|session) would replace its (session|text), '$text'\$" \
        "$program: what would replace its text is told"
    cmp "$text" "$tmp/kept"
    ok $? '... and not written'
    unfollow
done

# Patterns in two files: what is said is said of the one that it is about.
one=$tmp/one.pat two=$tmp/two.pat
# last_is TEXT: of what was said
# shellcheck disable=SC2317 # by way of until_true
last_is() { [ "$(tail -n 1 "$tmp/err")" = "oiduna-pattern: $1" ]; }
# faults N: so often it was said that a bracket is not closed
# shellcheck disable=SC2317
faults() { [ "$(grep -c 'two.pat:1:11: error' "$tmp/err")" -eq "$1" ]; }
echo 'kick: s "bd*4"' >"$one"
echo 'hat: s "hh(3"' >"$two"
: >"$tmp/err"
"$BIN/oiduna-pattern" --follow "$one" "$two" >"$tmp/out" 2>>"$tmp/err" &
pid=$!
until_true faults 1
echo 'hat: s "hh*3"' >"$two"
until_true last_is "$two is mended"
ok $? 'of two files of patterns the one that was mended is named'
rm "$two"
until_true last_is "$two is not there: it is compiled when it is"
echo 'hat: s "hh*3"' >"$two"
until_true last_is "$two is there"
ok $? '... and the one that is there again'
echo 'hat: s "hh(3"' >"$two"
until_true faults 2
rm "$two"
until_true last_is "$two is not there: it is compiled when it is"
echo 'hat: s "hh(3"' >"$two"
until_true faults 3
ok $? '... whose faults are told, though they are what they were'
unfollow

session 0 >"$song"
session 1 >"$tmp/other.json"
follow "$song" "$tmp/other.json"
saved 01 'several files are followed'
session 2 >"$tmp/other.json"
saved 012 'the one that is saved is compiled'
session 3 >"$song"
saved 0123 'whichever it is'
unfollow

follow -o "$tmp/kept.odn" "$song"
until_true cmp -s "$tmp/kept.odn" "$tmp/3.odn"
ok $? '-o FILE holds the last good score'
cp "$tmp/bad.json" "$song"
until_true grep -q error "$tmp/err"
cmp -s "$tmp/kept.odn" "$tmp/3.odn"
ok $? 'also after a bad one'
session 4 >"$song"
until_true cmp -s "$tmp/kept.odn" "$tmp/4.odn"
ok $? 'and the next good one takes its place'
unfollow

follow --check --diagnostics=json "$song"
cp "$tmp/bad.json" "$song"
until_true grep -q '"error"' "$tmp/err"
ok $? '--check judges what is saved'
session 4 >"$song"
until_true grep -q '"ok"' "$tmp/err"
is "$(python3 -c '
import json, sys
print(*(json.loads(line)["severity"] for line in open(sys.argv[1])))' "$tmp/err")" 'error ok' \
    'for programs each line is JSON, and that it is mended is one'
is "$(wc -c <"$tmp/out" | tr -d ' ')" 0 'and writes nothing'
unfollow

# ---- who reads it --------------------------------------------------------------------------------
mkfifo "$tmp/pipe"
"$compile" --follow "$song" >"$tmp/pipe" 2>"$tmp/err" &
pid=$!
head -c "$odn_size" "$tmp/pipe" >"$tmp/first"
wait "$pid"
is "$?" 0 'when the player has ended, so does it, before anything else is saved'
is "$(cat "$tmp/err")" '' 'without a word'

# ---- standard input ------------------------------------------------------------------------------
cat "$tmp/1.json" "$tmp/2.json" "$tmp/3.json" | "$compile" >"$tmp/out" 2>"$tmp/err"
is "$? $(scores "$tmp/out")" '0 123' 'several sessions may come in one input'
tr -d '\n' <"$tmp/1.json" >"$tmp/joined"
tr -d '\n' <"$tmp/2.json" >>"$tmp/joined"
cat "$tmp/1.json" "$tmp/bad.json" "$tmp/2.json" | "$compile" --follow - >"$tmp/out" 2>"$tmp/err"
is "$(scores "$tmp/out"),$(grep -c error "$tmp/err"),$(grep -c mended "$tmp/err")" 12,1,0 \
    'that a pipe is mended tells nobody anything: it is no file of theirs'
cat "$tmp/1.json" "$tmp/bad.json" "$tmp/2.json" | "$compile" --follow --diagnostics=json - >"$tmp/out" 2>"$tmp/err"
is "$(grep -c '"mended"' "$tmp/err")" 1 '... but a program'
is "$("$compile" <"$tmp/joined" >"$tmp/out"; scores "$tmp/out")" 12 'nothing needs to be between them'
cat "$tmp/1.json" "$tmp/bad.json" "$tmp/2.json" | "$compile" >"$tmp/out" 2>"$tmp/err"
is "$? $(wc -c <"$tmp/out" | tr -d ' ')" '65 0' 'if one has an error none is written'
like "$(cat "$tmp/err")" '^oiduna-compile: <stdin>#2:1:46: error: ' 'and its place is that in its own text'
cat "$tmp/1.json" "$tmp/2.json" | "$compile" -o "$tmp/both.odn" 2>"$tmp/err"
is "$?" 64 'a file holds one score'
like "$(cat "$tmp/err")" "both.odn' would hold one score, and <stdin> has 2 sessions" 'which is said'
"$compile" </dev/null 2>"$tmp/err"
is "$?" 65 'nothing at all is no session'

: >"$tmp/out"
mkfifo "$tmp/in"
"$compile" --follow - <"$tmp/in" >>"$tmp/out" 2>"$tmp/err" &
pid=$!
exec 3>"$tmp/in"
tr -d '\n' <"$tmp/1.json" >&3
saved 1 'a session is compiled as soon as its last bracket is there'
cat "$tmp/bad.json" "$tmp/2.json" >&3
saved 12 'one with an error does not hold the next up'
like "$(cat "$tmp/err")" '^oiduna-compile: <stdin>:1:46: error: ' 'and is told'
printf '{"tracks": {' >&3
until_true grep -q 'half a JSON text' "$tmp/err"
ok $? 'half a session that waits is told'
printf '\036' >&3
cat "$tmp/3.json" >&3
saved 123 'a record separator gives it up'
exec 3>&-
wait "$pid"
is "$?" 0 'the end of the input is the end'
cat "$tmp/1.json" "$tmp/bad.json" | "$compile" --follow >"$tmp/out" 2>"$tmp/err"
is "$? $(scores "$tmp/out")" '65 1' 'the status is that of the last session; the good ones came out'

# ---- wrong usage ---------------------------------------------------------------------------------
# wrong PATTERN ARGUMENT...
wrong() {
    pattern=$1
    shift
    timeout 10 "$compile" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    is "$?" 64 "'$*' is wrong usage"
    like "$(cat "$tmp/err")" "^oiduna-compile: .*$pattern" "'$*': it says why"
}
wrong '--follow does not go with --dump' --follow --dump "$tmp/1.odn"
wrong 'would hold one score, and 2 sessions' --follow -o "$tmp/x" "$song" "$tmp/1.json"
wrong 'would replace its session' --follow -o "$song" "$song"
wrong "doesn't allow an argument" --follow=yes "$song"
timeout 10 "$compile" --follow "$tmp/in" >"$tmp/out" 2>"$tmp/err"
is "$?" 66 'a FIFO is no file to be followed'
like "$(cat "$tmp/err")" 'is no regular file' 'which is said'
timeout 10 "$BIN/oiduna-pattern" --follow "$tmp" >"$tmp/out" 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" "66,oiduna-pattern: $tmp is no regular file and cannot be followed" 'nor is a folder'

finish
