#!/bin/sh
# The front door: what it would run, and that it runs it; the pieces in examples/patterns; the page
# that explains patterns.
. tests/tap.sh

bin=$(cd "$BIN" && pwd)
door=$bin/oiduna
top=$PWD

run() {
    "$door" "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
}

run --help
is "$status,$(cat "$tmp/err")" 0, '--help is no error'
like "$(head -n 1 "$tmp/out")" '^usage: oiduna ' '... and begins with how to call it'
is "$(awk 'length > 80' "$tmp/out")" '' '... and fits 80 columns'
grep -oE -- '--[a-z]+' "$tmp/out" | sort -u >"$tmp/help"
sed -n '/^\.It Fl/p' man/oiduna.1 | grep -oE -- 'Fl -[a-z]+' | sed 's/Fl /-/' | sort -u >"$tmp/man"
is "$(cat "$tmp/man")" "$(cat "$tmp/help")" 'the page explains its options'
run --version
is "$(cat "$tmp/out")" "$("$bin/oiduna-play" --version | sed 's/-play//')" '--version is that of the programs'
if [ -c /dev/full ]; then
    for what in --help --version --print; do
        "$door" "$what" >/dev/full 2>"$tmp/err"
        is "$?,$(cat "$tmp/err")" '74,oiduna: cannot write to standard output' "$what to a full disk is an I/O error"
    done
fi

# would NAME WANTED ARGUMENT...
would() {
    name=$1 wanted=$2
    shift 2
    run --print "$@"
    is "$(cat "$tmp/out" "$tmp/err")" "$wanted" "$name"
}
cd "$tmp" || exit 1
mkdir -p pieces sessions empty mixed "it's a folder"
touch song.pat song.json song.mid song.odn other.odn -- "it's a folder/a b.pat" -dash.pat
touch pieces/b.pat pieces/a.pat sessions/one.json mixed/a.pat mixed/b.json
play='oiduna-compile --follow --told pattern - | oiduna-play -v'
would 'patterns are followed' "oiduna-pattern --follow song.pat | $play -" song.pat
would 'several of them are one text' "oiduna-pattern --follow pieces/b.pat song.pat | $play -" pieces/b.pat song.pat
would 'a folder is what is in it' "oiduna-pattern --follow pieces/a.pat pieces/b.pat | $play -" pieces
would '... each once' "oiduna-pattern --follow song.pat pieces/b.pat | $play -" song.pat pieces/b.pat ./song.pat song.pat
ln -s song.pat linked.pat
would '... whatever it is called' "oiduna-pattern --follow song.pat | $play -" song.pat linked.pat
would 'but a score as often as it is named' 'oiduna-play -v song.odn other.odn song.odn' song.odn other.odn song.odn
would 'a session' 'oiduna-compile --follow song.json | oiduna-play -v -' song.json
would 'a MIDI file, by SuperDirt' 'oiduna-smf --to superdirt song.mid | oiduna-compile | oiduna-play -v -' song.mid
for output in '--midi USB' '-m USB' -mUSB --midi=USB '--midi-raw /dev/midi1' '--quiet --midi-raw=/dev/midi1'; do
    # shellcheck disable=SC2086 # words
    would "... by a synthesizer: $output" "oiduna-smf song.mid | oiduna-compile | oiduna-play -v $output -" song.mid -- $output
done
would '... and MIDI clock alone is no output' \
    'oiduna-smf --to superdirt song.mid | oiduna-compile | oiduna-play -v --midi-clock -' song.mid -- --midi-clock
MIDI_PORT=USB
export MIDI_PORT
would '... nor need it be an option' 'oiduna-smf song.mid | oiduna-compile | oiduna-play -v -' song.mid
unset MIDI_PORT
would 'a score' 'oiduna-play -v - <song.odn' song.odn
would 'several scores' 'oiduna-play -v song.odn other.odn' song.odn other.odn
would 'nothing' 'oiduna-serve'
would 'options for the server' 'oiduna-serve --port 8080' -- --port 8080
would 'options for the player' "oiduna-pattern --follow song.pat | $play --midi 'USB MIDI' -" song.pat -- --midi 'USB MIDI'
would 'names that a shell would take apart' \
    "oiduna-pattern --follow 'it'\\''s a folder/a b.pat' | $play -" "it's a folder"
would 'a file that is not there yet is waited for' "oiduna-pattern --follow new.pat | $play -" new.pat
would '... and named twice' "oiduna-pattern --follow pieces/a.pat pieces/b.pat | $play -" pieces pieces/
touch UPPER.PAT UPPER.JSON UPPER.ODN
would 'kinds may be shouted' "oiduna-pattern --follow UPPER.PAT | $play -" UPPER.PAT
would '... all of them' 'oiduna-compile --follow UPPER.JSON | oiduna-play -v -' UPPER.JSON
would '... scores, too' 'oiduna-play -v - <UPPER.ODN' UPPER.ODN
for once in --dry-run '--render out.mid' --render=out.mid '--osc-score out.osc'; do
    # shellcheck disable=SC2086 # words
    would "what does not play takes what is there now: $once" \
        "oiduna-pattern song.pat | oiduna-compile --told pattern - | oiduna-play -v $once -" song.pat -- $once
done
rm UPPER.*
run song
is "$status,$(head -n 1 "$tmp/err")" "64,oiduna: 'song' is neither .pat, .json, .mid nor .odn; did you mean 'song.pat'?" 'a name without its end'
run ''
is "$status,$(head -n 1 "$tmp/err")" "64,oiduna: '' is neither .pat, .json, .mid nor .odn" 'no name at all'
run -
is "$status,$(head -n 1 "$tmp/err")" "64,oiduna: a text from standard input is played by 'oiduna-pattern | oiduna-compile | oiduna-play'" \
    'standard input'
for wrong in song.txt '-x' 'song.pat song.json' mixed; do
    # shellcheck disable=SC2086 # words
    run --print $wrong
    is "$status,$(cat "$tmp/out")" 64, "oiduna $wrong is wrong usage"
done
run --print empty
is "$status,$(cat "$tmp/out")" 66, 'a folder with nothing to play'
mkdir shouting
touch shouting/A.MID shouting/B.Midi shouting/C.KAR shouting/D.rmi
for loud in shouting/A.MID shouting/B.Midi shouting/C.KAR shouting/D.rmi; do
    would "$loud is a MIDI file" "oiduna-smf --to superdirt $loud | oiduna-compile | oiduna-play -v -" "$loud"
done
run --print shouting
is "$status,$(cat "$tmp/err")" "64,oiduna: one MIDI file at a time
Try 'oiduna --help'." '... and found in a folder'
for lost in none.odn none.mid; do
    run "$lost"
    is "$status,$(cat "$tmp/err")" "66,oiduna: cannot read $lost" "$lost is not there: nothing is started"
done
run none.odn song.odn
is "$status,$(cat "$tmp/err")" '66,oiduna: cannot read none.odn' '... nor with one that is'

# wait_for TEXT FILE: until it is there, a minute at most
wait_for() {
    i=0
    while ! grep -q -- "$1" "$2"; do
        i=$((i + 1))
        [ "$i" -lt 600 ] || return 1
        sleep 0.1
    done
}

echo 'kick: s "bd*4"' >live.pat
"$door" live.pat -- --no-osc --no-rt --events >events 2>said &
pid=$!
wait_for '"event":"applied"' events
ok $? 'it plays'
echo 'kick: s "bd(3,8"' >live.pat
wait_for "live.pat:1:12: error: '(' is not closed" said
ok $? 'a mistake that is saved is shown'
echo 'kick: s "bd(3,8)"' >live.pat
wait_for 'live.pat is mended' said
ok $? 'and so is that it is mended'
i=0
while [ "$(grep -c '"event":"applied"' events)" -lt 2 ] && [ "$i" -lt 600 ]; do
    i=$((i + 1))
    sleep 0.1
done
is "$(grep -c '"event":"applied"' events)" 2 'the new one plays'
kill -TERM "$pid"
wait "$pid"
is $? 0 'who ends it ends the player, which ends well'
wait_for '"event":"bye"' events
ok $? '... and says so'
printf 'kick: s "bd*4"\n' >once.pat
"$door" once.pat -- --dry-run --bars 1 >"$tmp/out" 2>"$tmp/err"
is "$?,$(grep -c '"bd"' "$tmp/out")" 0,4 'what would be sent is printed, and that is all'
# The player's metrics can be had; a terminal that is closed leaves nothing of the pipeline behind.
"$door" live.pat -- --no-osc --no-rt --events >events 2>said &
pid=$!
wait_for '"event":"applied"' events
kill -USR1 "$pid"
wait_for ' dropped steps' said
ok $? 'USR1 is passed on'
kill -HUP "$pid"
wait "$pid"
is "$?,$(tail -n 1 events | grep -c '"bye"')" 0,1 'HUP ends all of it'
# Nobody can catch KILL; who has no standard input has nothing to say.
if setpriv --pdeathsig TERM true 2>/dev/null; then
    "$door" live.pat -- --no-osc --no-rt --events >events 2>said &
    pid=$!
    wait_for '"event":"applied"' events
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    wait_for '"event":"bye"' events
    ok $? 'the player does not play on alone'
fi
"$door" live.pat -- --no-osc --no-rt --events --bars 1 >events 2>said <&-
is "$?,$(grep -c '"event":"applied"' events)" 0,1 'it plays with standard input closed'
mkdir lots
(cd lots && for i in $(seq 257); do : >"$i.pat"; done)
run --print lots
like "$status,$(head -n 1 "$tmp/err")" '^64,oiduna: lots/.*\.pat: more than 256 files cannot be followed$' \
    'a folder of too many files is refused'

# A link leads to the programs that are beside what it leads to; what is not there is named.
mkdir part part/bin
ln -s ../part/bin/oiduna part/live
cp "$door" part/bin/oiduna
for program in oiduna-pattern oiduna-compile; do ln -s "$bin/$program" part/bin; done
for called in part/bin/oiduna part/live; do
    PATH=/usr/bin:/bin "$called" song.pat 2>"$tmp/err"
    is "$?,$(cat "$tmp/err")" '69,oiduna: oiduna-play is not installed' "$called says what is missing"
    PATH=/usr/bin:/bin "$called" --version 2>"$tmp/err"
    is "$?,$(cat "$tmp/err")" '69,oiduna: oiduna-play is not installed' '... also where only the version is asked for'
done

# What cannot be a WAV, and is not played instead. Nothing of it needs FluidSynth.
for wrong in '--wav' '--wav=' '--wav --'; do
    # shellcheck disable=SC2086 # words
    run $wrong song.pat
    [ "$wrong" != --wav ] || run song.pat --wav
    is "$status,$(cat "$tmp/err")" "64,oiduna: --wav needs the name of a file
Try 'oiduna --help'." "$wrong is no name"
done
run --wav '' song.pat
is "$status,$(head -n 1 "$tmp/err")" '64,oiduna: --wav needs the name of a file' 'nor is an empty one'
run --wav out.wav song.pat -- --bars 2
is "$status,$(head -n 1 "$tmp/err")" "64,oiduna: --wav goes without options of oiduna-play: '--bars'" 'nothing plays a WAV'
run --print --wav=-x.wav song.pat
like "$status,$(cat "$tmp/out")" '^0,/.*/examples/wav.sh song.pat ./-x.wav$' 'a name may begin with a dash'
run --print --wav - song.pat
like "$status,$(cat "$tmp/out")" '^0,/.*/examples/wav.sh song.pat /dev/stdout$' 'and a dash alone is standard output'
cd "$top" || exit 1
CDPATH=.:/tmp sh -c 'cd "$1" && PATH=/usr/bin:/bin "${2##*/}/oiduna" -V' sh "${bin%/*}" "$bin" >"$tmp/out" 2>&1
like "$?,$(cat "$tmp/out")" '^0,oiduna ' 'CDPATH leads it nowhere else'

run examples/blues.mid -- --no-rt --bars 1
like "$status,$(cat "$tmp/err")" "oiduna: SuperDirt plays it: '-- --midi NAME' has a synth" 'a MIDI file needs no MIDI output'
like "$(cat "$tmp/err")" 'OSC: [1-9][0-9]* packets' '... to be heard'

# The pieces: their sessions, and all that is sent of them. A trace is kept as `gzip -9n` makes it.
for piece in examples/patterns/*.pat; do
    name=$(basename "$piece" .pat)
    "$bin/oiduna-pattern" --strict "$piece" >"$tmp/out" 2>"$tmp/err"
    is "$?,$(cat "$tmp/err")" 0, "$name has no fault"
    gzip -cd "tests/golden/patterns/$name.json.gz" | cmp - "$tmp/out" >"$tmp/diff" 2>&1
    ok $? "$name is what it always was"
    sed 's/^/# /' "$tmp/diff"
    "$bin/oiduna-compile" --strict <"$tmp/out" | "$bin/oiduna-play" --dry-run --loops 1 - >"$tmp/trace" 2>"$tmp/err"
    is "$?,$(cat "$tmp/err")" 0, "$name plays in virtual time"
    gzip -cd "tests/golden/patterns/$name.trace.gz" | diff - "$tmp/trace" >"$tmp/diff" 2>&1
    ok $? "$name plays what it always played"
    head -n 5 "$tmp/diff" | cut -c 1-200 | sed 's/^/# /'
    grep -q "^| \`$name.pat\` " examples/patterns/README.md
    ok $? "$name is in the list"
done

# What a performer sets holds for what a pattern says once; what it says anew each time stays.
{
    "$bin/oiduna-pattern" -e 'a: s superpiano note "c2 eb2" cutoff 500 pan "0.3" gain "0.9 0.5"' |
        "$bin/oiduna-compile"
    printf 'set a %s\n' 'cutoff 900' 'pan 0.7' 's superpwm' 'gain 0.1'
} >"$tmp/stream"
"$bin/oiduna-play" --dry-run --bars 2 - <"$tmp/stream" >"$tmp/out" 2>/dev/null
said=$(grep -o '"s","[a-z]*"\|"gain",[0-9.]*\|"pan",[0-9.]*\|"midinote",[0-9]*\|"cutoff",[0-9]*' "$tmp/out" | tr -d '"' | tr '\n' ' ')
is "$said" 's,superpwm gain,0.9 pan,0.7 midinote,36 cutoff,900 s,superpwm gain,0.5 pan,0.7 midinote,39 cutoff,900 s,superpwm gain,0.9 pan,0.7 midinote,36 cutoff,900 s,superpwm gain,0.5 pan,0.7 midinote,39 cutoff,900 ' \
    'set reaches what a pattern says once for its track'

finish
