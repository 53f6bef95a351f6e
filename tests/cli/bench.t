#!/bin/sh
# oiduna-bench: that it measures, writes and compares; never how fast anything is.
. tests/tap.sh

case $BIN in /*) ;; *) BIN=$PWD/$BIN ;; esac
bench=$BIN/oiduna-bench

# run COMMAND...: sets status, out, err
run() {
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
    out=$(cat "$tmp/out") err=$(cat "$tmp/err")
}

# wrong PATTERN ARGUMENT...: wrong usage that is told on standard error
wrong() {
    pattern=$1
    shift
    run "$bench" "$@"
    is "$status" 64 "'$*' is wrong usage"
    like "$err" "^oiduna-bench: .*$pattern" "'$*': it says why"
    is "$out" '' "'$*': nothing on standard output"
}

wrong "no suite 'nonsense'" --suite load,nonsense
wrong "no suite ''" --suite ''
wrong "not 'xml'" --format xml
wrong "not '0.5'" --tolerance 0.5
wrong "not 'much'" --tolerance much
wrong "no workload 'tiny'" --write-workload tiny "$tmp/x"
wrong 'needs a file' --write-workload small
wrong 'needs two files' --compare "$tmp/x"
wrong "unexpected argument 'c'" --compare a b c
wrong 'needs files' --merge
wrong "unexpected argument 'x'" x
wrong 'exclude each other' --session "$tmp/x" --suite load

run "$bench" --list
is "$status" 0 '--list is no error'
for suite in load.json load.score load.index load.size load.pattern tick.lookup tick.pack tick.total tick.naive jitter \
    timetag memory drift compile; do
    like "$out" "^  $suite " "--list names $suite"
done

# Workloads: the same bytes every time, and sessions that compile without an error.
for workload in small medium tick-minimal tick-typical tick-dense tick-extreme rings-1 rings-4 rings-16 \
    long own; do
    "$bench" --write-workload $workload "$tmp/one.json" &&
        "$bench" --write-workload $workload - >"$tmp/two.json" &&
        cmp -s "$tmp/one.json" "$tmp/two.json"
    ok $? "$workload is the same text every time"
    "$BIN/oiduna-compile" --check "$tmp/one.json" >/dev/null 2>&1
    ok $? "$workload is a session"
done
is "$("$bench" --write-workload small - | cksum)" "$(cat tests/cli/data/workload-small.cksum)" \
    'the workload small is the text it always was'
run "$bench" --write-workload small "$tmp/no/such/folder"
is "$status" 73 'a workload that cannot be created: 73'

# A quick run of what needs no real time.
run "$bench" --quick --suite load.index,tick.lookup,tick.pack --format json
is "$status" 0 'a quick run succeeds'
cp "$tmp/out" "$tmp/base.json"
like "$out" '"schema":1,"program":"oiduna-bench","version":"' 'its JSON says what it is'
like "$out" '"quick":true' 'its JSON says that it was quick'
is "$(grep -c '"suite":"tick.pack","case"' "$tmp/out")" 5 'it has a row for each case'
for row in 'tick.lookup","case":"rings-1"' 'tick.lookup","case":"rings-4"' \
    'tick.lookup","case":"rings-16"' 'tick.lookup","case":"long"' 'tick.pack","case":"own"'; do
    is "$(grep -c "\"suite\":\"$row" "$tmp/out")" 1 "it has the row $row"
done
is "$(grep '"case":' "$tmp/out" | grep -vcE '"n":[1-9].*"min":.*"median":.*"p99":.*"floor":.*"ratio":')" 0 \
    'each row has its numbers'
like "$out" '"must":\{"median":[0-9.e+]+\},"ok":(true|false)' 'what must be reached stands beside'

"$bench" --write-workload rings-16 "$tmp/one.json" &&
    "$BIN/oiduna-compile" "$tmp/one.json" -o "$tmp/one.score" 2>/dev/null
run "$bench" --suite load.size
for row in small huge rings-1 rings-4 rings-16 long own; do
    like "$out" "^  $row +[0-9.]+ B " "the score's size for each event: $row"
done
like "$out" "$(($(wc -c <"$tmp/one.score"))) bytes, 4096 events" 'it is the size of the score'

run "$bench" --quick --suite tick.total
is "$status" 0 'sending to a process that takes it in succeeds'
like "$out" '^tick.total: ' 'text has a heading for the suite'
like "$out" '^  typical .*(ok|noisy)[?]? +ratio <= 1.5' 'text has a line for the case, and a verdict'
like "$out" '^  typical .* [#]+[.]* ' 'text has a bar'
like "$out" 'longer = nearer to the floor' 'and says what it means'
is "$(grep -c MISSED "$tmp/out")" 0 'a quick run decides nothing'
is "$(awk 'length > 100' "$tmp/out")" '' 'text fits 100 columns'

run "$bench" --quick --suite tick.lookup --format csv
is "$(head -n 1 "$tmp/out" | tr ',' '\n' | wc -l)" \
    "$(sed -n '2s/"[^"]*"/x/gp' "$tmp/out" | tr ',' '\n' | wc -l)" \
    'CSV has as many fields as its heading'
run "$bench" --quick --suite tick.lookup --format markdown
like "$out" '^\| suite \| case ' 'markdown has a table'
run "$bench" --quick --suite load.index,tick.total --format svg
like "$out" '^<svg xmlns=' 'SVG is SVG'
like "$out" '^</svg>$' 'SVG ends'
like "$out" 'prefers-color-scheme:dark' 'SVG has colours for the dark'
if command -v xmllint >/dev/null; then
    xmllint --noout "$tmp/out" 2>/dev/null
    ok $? 'SVG is XML'
else
    skip 'SVG is XML' 'no xmllint'
fi
if [ -c /dev/full ]; then
    "$bench" --quick --suite tick.lookup >/dev/full 2>/dev/null
    is "$?" 74 'a full disk is told'
else
    skip 'a full disk is told' 'no /dev/full'
fi

run "$bench" --suite drift
like "$out" '^  24 h +0 ns +0 ns ' 'a day of changing tempos drifts by nothing'

# Where its files are, and that they go when it ends, however that is.
mkdir "$tmp/scratch"
TMPDIR=$tmp/scratch
export TMPDIR
run "$bench" --quick --suite compile
is "$status,$(ls "$tmp/scratch")" 0, 'files that are measured with go at the end'
for number in INT TERM HUP QUIT; do
    python3 -c 'import os, signal, sys
for number in (signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL) # a shell has what is in the background ignore them
os.execv(sys.argv[1], sys.argv[1:])' "$bench" --suite compile >"$tmp/out" 2>&1 </dev/null &
    pid=$!
    i=0
    while [ -z "$(find "$tmp/scratch" -name made)" ] && [ "$i" -lt 600 ]; do
        i=$((i + 1))
        sleep 0.05
    done
    like "$(find "$tmp/scratch" -name made)" "^$tmp/scratch/oiduna-bench-....../made\$" "they are in TMPDIR: $number"
    kill "-$number" "$pid"
    wait "$pid" 2>/dev/null
    is "$(kill -l $?),$(ls "$tmp/scratch")" "$number," "... and go with $number, which ends it"
done
unset TMPDIR
TMPDIR=$tmp/none run "$bench" --quick --suite compile
is "$status" 73 'a TMPDIR that is not there is an error'

# Programs that are not there are a note.
run "$bench" --quick --suite load.tree,tick.naive,jitter,timetag,memory,compile --programs "$tmp"
is "$status" 0 'programs that are not there are no error'
for suite in load.tree tick.naive jitter timetag memory compile; do
    like "$out" "^note: $suite: no .*$tmp" "$suite: a note says what is missing"
done

# A session of one's own.
run "$bench" --quick --session examples/four-on-the-floor.json
is "$status" 0 'a session of one'\''s own is measured'
like "$out" '^  load ' 'its loading'
like "$out" 'packing takes [0-9.]+ % of the step' 'its densest steps against their budget'
like "$out" '^  memory ' 'its size'
for part in load 'step [0-9]+' memory; do
    like "$out" "^  $part +([0-9.]+ [a-zA-Z]+ +){3}[0-9.]+ " "$part: its floor"
done
run "$bench" --quick --session examples/four-on-the-floor.json --format json
cp "$tmp/out" "$tmp/own.json"
is "$(grep -c '"suite":"session".*"floor":.*"ratio":' "$tmp/out")" \
    "$(grep -c '"suite":"session"' "$tmp/out")" 'each row of a session of one'\''s own has a ratio'
run "$bench" --compare "$tmp/own.json" "$tmp/own.json"
is "$status" 0 'two runs of it can be compared'
like "$out" '^0 of [1-9][0-9]* ratios are over' 'by all its rows'
run "$bench" --session "$tmp/none.json"
is "$status" 66 'a session that is not there: 66'
printf '{"tracks": 1}' >"$tmp/bad.json"
run "$bench" --session "$tmp/bad.json"
is "$status" 65 'a session that is none: 65'
like "$err" 'bad.json:1:12: error: ' 'and where'

# Comparing.
# row RATIO LOW HIGH: a run of one row
row() {
    printf '{"schema":1,"results":[{"suite":"s","case":"c","ratio":%s,"ratio_low":%s,"ratio_high":%s}]}' "$@"
}
row 2 1.9 2.1 >"$tmp/two.json"
row 2.4 2.3 2.5 >"$tmp/more.json"
row 4 3.9 4.1 >"$tmp/four.json"
row 4 1 16 >"$tmp/unsure.json"
run "$bench" --compare "$tmp/two.json" "$tmp/two.json"
is "$status" 0 'a run is not worse than itself'
run "$bench" --compare "$tmp/two.json" "$tmp/more.json"
is "$status" 0 '20 % worse is tolerated'
like "$out" '^s +c +2.000 +2.400 +\+20.0 %$' 'how much is told'
run "$bench" --compare "$tmp/two.json" "$tmp/more.json" --tolerance 1.1
is "$status" 1 '20 % worse is too much where 10 % are tolerated'
run "$bench" --compare "$tmp/two.json" "$tmp/four.json"
is "$status" 1 'twice as bad is a regression'
like "$out" 'WORSE \(100 % sure\)' 'which case, and how sure'
like "$out" '^1 of 1 ratios are over 1.25 times' 'and how many'
like "$out" '^verdict: WORSE' 'and what that means'
run "$bench" --compare "$tmp/two.json" "$tmp/unsure.json"
is "$status" 0 'what is not sure is no regression'
like "$out" 'perhaps worse \([0-9]+ % sure\)' 'but it is told'
run "$bench" --compare "$tmp/four.json" "$tmp/two.json"
is "$status" 0 'better is no regression'
like "$out" '^verdict: no worse' 'which the verdict says'
like "$out" 'better' 'better is told'
run "$bench" --compare "$tmp/base.json" "$tmp/base.json"
is "$status" 0 'a real run can be compared'
run "$bench" --compare "$tmp/base.json" "$tmp/two.json"
is "$status" 65 'runs with nothing in common: 65'
like "$out" 'only in the base' 'what is missing is told'
run "$bench" --compare "$tmp/none.json" "$tmp/two.json"
is "$status" 66 'a run that is not there: 66'
printf '{"schema":2,"results":[]}' >"$tmp/other.json"
run "$bench" --compare "$tmp/other.json" "$tmp/two.json"
is "$status" 65 'a run of another schema: 65'
printf '{' >"$tmp/broken.json"
run "$bench" --compare "$tmp/two.json" "$tmp/broken.json"
is "$status" 65 'a run that is no JSON: 65'
like "$err" 'broken.json:1:1: error: ' 'and where'

run "$bench" --merge "$tmp/two.json" "$tmp/more.json" "$tmp/four.json"
is "$status" 0 'runs can be merged'
like "$out" '"ratio": 2.39' 'the median ratio counts'
like "$out" '"runs": 3' 'how many runs there were is told'
cp "$tmp/out" "$tmp/merged.json"
run "$bench" --compare "$tmp/merged.json" "$tmp/four.json"
is "$status" 0 'a base that spreads widely makes nothing sure'

if [ -s bench/baseline.json ]; then
    run "$bench" --compare bench/baseline.json bench/baseline.json
    is "$status" 0 'the baseline is a run'
else
    skip 'the baseline is a run' 'there is none'
fi

finish
