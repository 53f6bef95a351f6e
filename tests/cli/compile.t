#!/bin/sh
# oiduna-compile: each option, each exit status, and what is left behind when something goes wrong.
. tests/tap.sh

case $BIN in /*) ;; *) BIN=$PWD/$BIN ;; esac
compile=$BIN/oiduna-compile
good=$tmp/good.json
bad=$tmp/bad.json
warned=$tmp/warned.json
printf '{"tracks": {"a": {"params": {"s": "bd"}}},\n "sequences": {"a": {"events": [{"step": 0}]}}}\n' >"$good"
printf '{"tracks": {"a": {"params": {"s": "bd", "n": "x"}}}}\n' >"$bad"
printf '{"tracks": {"a": {"params": {"s": "bd"}, "fx": {"cutof": 900}}},"sequences": {"a": {"events": [{"step": 0}]}}}\n' >"$warned"

# run COMMAND...: sets status, out, err
run() {
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
    err=$(cat "$tmp/err")
}

# wrong PATTERN ARGUMENT...: wrong usage that is told on standard error
wrong() {
    pattern=$1
    shift
    run "$compile" "$@"
    is "$status" 64 "'$*' is wrong usage"
    like "$err" "^oiduna-compile: .*$pattern" "'$*': it says why"
    is "$(wc -c <"$tmp/out" | tr -d ' ')" 0 "'$*': nothing on standard output"
}

# ---- what it makes -------------------------------------------------------------------------------
run "$compile" "$good"
is "$status" 0 'a session compiles'
is "$err" '' 'a good session is no reason to speak'
is "$(head -c 4 "$tmp/out" | od -An -tx1 | tr -d ' ')" 894f444e 'a score comes out'
cp "$tmp/out" "$tmp/first.odn"

"$compile" <"$good" >"$tmp/stdin.odn"
cmp -s "$tmp/first.odn" "$tmp/stdin.odn"
ok $? 'without a file standard input is read, and the score is the same'
"$compile" - <"$good" >"$tmp/stdin.odn"
cmp -s "$tmp/first.odn" "$tmp/stdin.odn"
ok $? "'-' is standard input too"

run "$compile" -o "$tmp/o.odn" "$good"
is "$status" 0 '-o writes a file'
cmp -s "$tmp/first.odn" "$tmp/o.odn"
ok $? 'the file is the same score'
is "$(wc -c <"$tmp/out" | tr -d ' ')" 0 'with -o nothing goes to standard output'
is "$(ls "$tmp"/o.odn*)" "$tmp/o.odn" 'nothing else is left beside it'
run "$compile" --output="$tmp/long.odn" "$good"
cmp -s "$tmp/first.odn" "$tmp/long.odn"
ok $? '--output is -o'
(cd "$tmp" && "$compile" good.json -o after.odn)
cmp -s "$tmp/first.odn" "$tmp/after.odn"
ok $? 'options may stand behind the file'
cp "$good" "$tmp/-dash.json"
(cd "$tmp" && "$compile" -- -dash.json) >"$tmp/dash.odn"
cmp -s "$tmp/first.odn" "$tmp/dash.odn"
ok $? "behind '--' a name may begin with a dash"

"$compile" -o - "$good" >"$tmp/minus.odn"
cmp -s "$tmp/first.odn" "$tmp/minus.odn"
ok $? "-o - is standard output"

# ---- the old file --------------------------------------------------------------------------------
echo old >"$tmp/kept.odn"
run "$compile" -o "$tmp/kept.odn" "$bad"
is "$status" 65 'a session with an error is bad data'
is "$(cat "$tmp/kept.odn")" old 'a failed compile leaves the old file'
like "$err" "^oiduna-compile: $bad:1:46: error: " 'the error has its place'
like "$err" '^ +\^$' 'a caret points at it'
like "$err" 'at /tracks/a/params/n$' 'and a JSON pointer'
is "$(ls "$tmp"/kept.odn*)" "$tmp/kept.odn" 'no half file is left'
chmod 640 "$tmp/kept.odn"
"$compile" -o "$tmp/kept.odn" "$good"
is "$(stat -c %a "$tmp/kept.odn")" 640 'a replaced file keeps its permissions'
(umask 027 && "$compile" -o "$tmp/new.odn" "$good")
is "$(stat -c %a "$tmp/new.odn")" 640 'a new file has those of the umask'
ln -s o.odn "$tmp/link.odn"
echo old >"$tmp/o.odn"
"$compile" -o "$tmp/link.odn" "$good"
[ -L "$tmp/link.odn" ] && cmp -s "$tmp/first.odn" "$tmp/o.odn"
ok $? 'a symbolic link stays one'
mkfifo "$tmp/fifo"
timeout 10 cat "$tmp/fifo" >"$tmp/through.odn" &
timeout 10 "$compile" -o "$tmp/fifo" "$good"
wait
cmp -s "$tmp/first.odn" "$tmp/through.odn"
ok $? 'a FIFO is written to, not replaced'

run "$compile" -o "$tmp/no/such/dir.odn" "$good"
is "$status" 73 'a file that cannot be created'
like "$err" '^oiduna-compile: cannot create .*/no/such/dir.odn.*: No such file' 'is named'
run "$compile" -o "$tmp" "$good"
is "$status" 73 'a folder is no file to create'

if command -v prlimit >/dev/null; then
    echo old >"$tmp/limited.odn"
    run prlimit --fsize=100 "$compile" -o "$tmp/limited.odn" "$good"
    is "$status" 74 'a file that may not grow is an I/O error'
    is "$(cat "$tmp/limited.odn")" old 'the old file is left'
    is "$(ls "$tmp"/limited.odn*)" "$tmp/limited.odn" 'and no half one'
else
    skip 'a file that may not grow' 'no prlimit(1)'
fi

# ---- judging -------------------------------------------------------------------------------------
run "$compile" --check "$good"
is "$status $(wc -c <"$tmp/out" | tr -d ' ')" '0 0' '--check writes nothing'
run "$compile" -c "$bad"
is "$status" 65 '-c finds the error'
run "$compile" --check "$warned"
is "$status" 0 'a warning is no error'
like "$err" "warning: .*cutof.*cutoff" 'a misspelt key has a suggestion'
run "$compile" --check --strict "$warned"
is "$status" 65 'with --strict it is'
like "$err" "^oiduna-compile: .*: error: .*cutof" 'and is told as one'
run "$compile" -s -o "$tmp/strict.odn" "$warned"
is "$status" 65 '-s is --strict'
[ ! -e "$tmp/strict.odn" ]
ok $? 'and no score is written'

run "$compile" --check --diagnostics=json "$warned"
is "$(python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
print(len(rows), *sorted(rows[0]), rows[0]["severity"], rows[0]["line"], rows[0]["pointer"])
' "$tmp/err")" '1 code column file line message pointer severity warning 1 /tracks/a/fx/cutof' \
    '--diagnostics=json: one object a line'
run "$compile" --check --diagnostics text "$warned"
like "$err" '^oiduna-compile: ' '--diagnostics=text is for people'

# ---- wrong usage ---------------------------------------------------------------------------------
wrong "unrecognized option '--nonsense'" --nonsense
wrong 'invalid option' -x
wrong 'requires an argument' -o
wrong 'requires an argument' --output
wrong 'name of a file' -o '' "$good"
wrong "doesn't allow an argument" --check=yes "$good"
wrong "doesn't allow an argument" --strict=1 "$good"
wrong "doesn't allow an argument" --dump=x "$good"
wrong "doesn't allow an argument" --json=x "$good"
wrong "doesn't allow an argument" --help=x
wrong "doesn't allow an argument" --version=x
cp "$good" "$tmp/song.json"
ln "$tmp/song.json" "$tmp/song.odn"
wrong 'would replace its session' -o "$tmp/song.json" "$tmp/song.json"
wrong 'would replace its session' -o "$tmp/song.odn" "$tmp/song.json"
"$compile" -o "$tmp/song.odn" <"$tmp/song.json" 2>"$tmp/err"
is "$?" 64 'nor does it replace the session on standard input'
cmp -s "$good" "$tmp/song.json"
ok $? 'the session is as it was'
wrong "'text' or 'json', not 'xml'" --diagnostics=xml "$good"
wrong 'only one input' "$good" "$good"
wrong '--json goes with --dump' --json "$good"
wrong 'exclude each other' --check --dump "$good"
wrong 'exclude each other' --dump --check "$good"
wrong 'does not go with' -o "$tmp/x" --check "$good"
wrong 'does not go with' -o "$tmp/x" --dump "$tmp/first.odn"
wrong 'do not go with --dump' --dump --strict "$tmp/first.odn"
wrong 'do not go with --dump' --dump --told range "$tmp/first.odn"
wrong 'do not go with --dump' --dump --diagnostics=text "$tmp/first.odn"
like "$err" "^Try 'oiduna-compile --help'" 'wrong usage points to --help'

is "$("$compile" --help | awk 'END { print NR < 25 }')" 1 '--help fits a screen'
run "$compile" -h
is "$status $(head -c 6 "$tmp/out")" '0 usage:' '-h is --help'
run "$compile" -V
like "$(cat "$tmp/out")" '^oiduna-compile [0-9]' '-V is --version'

# terminal COMMAND: its output, in a terminal
terminal() {
    script -qec "$1; echo status \$?" /dev/null </dev/null 2>&1 | tr -d '\r'
}
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    said=$(terminal "'$compile' '$good'")
    like "$said" 'not for terminals.*-o FILE' 'a terminal gets no score'
    like "$said" 'status 64' 'but wrong usage'
    said=$(terminal "timeout 10 '$compile' --check")
    like "$said" 'no input: name a file' 'a terminal is no input'
else
    skip 'terminals' 'no script(1)'
fi

# ---- inputs and outputs that fail ----------------------------------------------------------------
run "$compile" "$tmp/missing.json"
is "$status" 66 'a missing file cannot be read'
like "$err" "^oiduna-compile: cannot open .*/missing.json: No such file" 'it is named'
run "$compile" "$tmp"
is "$status" 66 'a folder cannot be read'
if [ "$(id -u)" -ne 0 ]; then
    cp "$good" "$tmp/secret.json" && chmod 0 "$tmp/secret.json"
    run "$compile" "$tmp/secret.json"
    is "$status" 66 'nor can a file without permission'
else
    skip 'a file without permission' 'root may read all'
fi
"$compile" --check <&- 2>"$tmp/err"
is "$?" 74 'standard input may be closed'
if [ -c /dev/full ]; then
    "$compile" "$good" >/dev/full 2>"$tmp/err"
    is "$?" 74 'a full disk is an I/O error'
    like "$(cat "$tmp/err")" '^oiduna-compile: cannot write: No space left' 'and is told'
    run "$compile" -o /dev/full "$good"
    is "$status" 74 'also with -o'
    like "$err" '/dev/full: No space left' 'with its name'
    "$compile" --dump "$tmp/first.odn" >/dev/full 2>"$tmp/err"
    is "$?" 74 'also with --dump'
    [ -c /dev/full ]
    ok $? 'a device is not replaced by a file'
else
    skip 'a full disk' 'no /dev/full'
fi
"$compile" "$good" >&- 2>"$tmp/err"
is "$?" 74 'closed standard output is an I/O error'
awk 'BEGIN { printf "{\"tracks\":{"; for (i = 0; i < 3000; i++) printf "%s\"t%d\":{\"params\":{\"s\":\"bd\"}}", i ? "," : "", i; print "}}" }' >"$tmp/long.json"
{
    "$compile" "$tmp/long.json" 2>"$tmp/err"
    echo $? >"$tmp/status"
} | true
is "$(cat "$tmp/status")" 74 'so is a pipe that nobody reads'
like "$(cat "$tmp/err")" '^oiduna-compile: cannot write: Broken pipe' 'and it is told, without a signal'
"$compile" --check "$bad" 2>&-
is "$?" 65 'closed standard error changes no status'
if command -v prlimit >/dev/null && [ -z "${EMULATOR:-}" ] &&
    ! grep -q fsanitize "$BIN/flags" 2>/dev/null; then
    head -c 300000000 /dev/zero 2>/dev/null | {
        prlimit --as=200000000 "$compile" --check >/dev/null 2>"$tmp/err"
        echo $? >"$tmp/status"
    }
    is "$(cat "$tmp/status")" 71 'memory that runs out has a status of its own'
else
    skip 'memory that runs out has a status of its own' 'no prlimit(1), a sanitizer or an emulator'
fi
truncate -s 300000000 "$tmp/huge.json"
run "$compile" --check "$tmp/huge.json"
is "$status" 65 'a text over 256 MiB is refused'
like "$err" 'longer than 256 MiB' 'and it says so'
rm -f "$tmp/huge.json"

# ---- --dump --------------------------------------------------------------------------------------
run "$compile" --dump "$tmp/first.odn"
is "$status" 0 '--dump shows a score'
is "$(head -n 2 "$tmp/out" | tr -s ' ')" 'session, 120 bpm
 a 1 8... .... .... ....' 'first as a picture: a row a track'
is "$(sed -n 3p "$tmp/out" | tr -s ' ')" ' 2-16 .... .... .... ....' 'bars that are the same are one row'
like "$(cat "$tmp/out")" '^score version 2, ' 'its version'
like "$(cat "$tmp/out")" '^EVENTS +1 +16 +16$' 'its sections'
like "$(cat "$tmp/out")" '^  track 0 "a": s "bd", 1 event' 'its tracks'
is "$(grep -cE '^ +[0-9]+  ([.1#a-z]{4} ){3}[.1]{4}$' "$tmp/out")" 16 'and a picture of sixteen bars'
run "$compile" -d "$tmp/first.odn"
is "$status" 0 '-d is --dump'
"$compile" --dump <"$tmp/first.odn" >"$tmp/again"
cmp -s "$tmp/out" "$tmp/again"
ok $? '--dump reads standard input'
run "$compile" --dump --json "$tmp/first.odn"
is "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["parts"][0]["events"][0]["step"])' \
    "$tmp/out")" 0 '--dump --json is JSON'

run "$compile" --dump "$good"
is "$status" 65 'a session is no score'
like "$err" '^oiduna-compile: .*good.json: this is a session, not a score' 'and it says so'
head -c 500 "$tmp/first.odn" >"$tmp/cut.odn"
run "$compile" --dump "$tmp/cut.odn"
is "$status" 65 'a score cut short is refused'
like "$err" 'cut short: 500 of [0-9]+ bytes$' 'with the number of bytes'
{
    head -c 8 "$tmp/first.odn"
    printf '\003'
    tail -c +10 "$tmp/first.odn"
} >"$tmp/other.odn"
run "$compile" --dump "$tmp/other.odn"
is "$status" 65 'a score of another version is refused'
like "$err" 'made by version 3, this program reads 2$' 'by name'
run "$compile" --dump "$tmp/missing.odn"
is "$status" 66 'a missing score cannot be read'
run "$compile" "$tmp/first.odn"
is "$status" 65 'a score is no session'

finish
