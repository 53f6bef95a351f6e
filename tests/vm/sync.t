#!/bin/sh
# In step by MIDI, for real: a sequencer in the virtual machine leads, the player follows through PortMidi; what is
# heard is held against the master's clock. Run by `make check-midi-vm`.
. tests/tap.sh
vm=tests/vm
play=$BIN/oiduna-play
midi=$BIN/oiduna-midi

# machine NAME OPTION...: runs $tmp/NAME.sh; its output in $tmp/NAME.out, what was heard in $tmp/NAME
machine() {
    name=$1
    shift
    $vm/machine.sh "$@" -f "$play" -f "$midi" -f "$tmp/song.odn" -o "$tmp/$name" "$tmp/$name.sh" \
        >"$tmp/$name.out" 2>"$tmp/$name.err"
    status=$?
    [ $status -eq 0 ] || grep -hv '"position"' "$tmp/$name.out" "$tmp/$name.err" | tail -30 | sed 's/^/# /'
    return $status
}

# follows NAME LOG MILLISECONDS WHAT [BEATS [FROM TO]]
follows() {
    run=$1 log=$2 most=$3 what=$4
    shift 4
    said=$($vm/follow.py "$tmp/$run/clock" "$tmp/$run/$log" "$most" "$@" 2>&1 | tail -1)
    like "$said" ', in step' "$what: $said"
}

# A note on every step.
awk 'BEGIN {
    printf "{\"tracks_midi\": {\"m\": {\"channel\": 0}}, \"sequences\": {\"m\": {\"events\": ["
    for (step = 0; step < 256; step++)
        printf "%s{\"step\": %d, \"note\": %d, \"gate\": 0.5}", step ? "," : "", step, 36 + step % 64
    print "]}}}"
}' >"$tmp/song.json"
"$BIN/oiduna-compile" -o "$tmp/song.odn" "$tmp/song.json"
ok $? 'the session is compiled'

# slave NAME CLOCK: the player follows a master that is called with CLOCK
slave() {
    cat >"$tmp/$1.sh" <<END
listen Recorder
mkfifo /tmp/in
oiduna-play --midi Recorder --require-midi --no-osc --events --paused --control-port 57124 --latency 50 \\
    --report /out/report - </tmp/in >/out/events &
player=\$!
exec 5>/tmp/in
cat song.odn >&5
sleep 1
oiduna-midi --from Master --clock 2>/out/said &
bridge=\$!
seqclock Master /out/clock $2
sleep 1
kill \$bridge
echo quit >&5
wait \$player
END
    machine "$1"
    ok $? "a master leads: seqclock $2"
}

slave steady '133 25'
follows steady Recorder.log 1 'the player follows a steady clock'
slave jitter '120 40 1000'
follows jitter Recorder.log 1 'it follows a clock that jitters by a millisecond'
slave tempo '120 30 200 131'
follows tempo Recorder.log 1 'it follows a change of the tempo' 4 14.5 19.5
is "$(grep -c '"SYNC_LOCKED"' "$tmp/steady/events")" 1 'that it follows is told once'
like "$(tail -1 "$tmp/steady/events")" '"pending_note_offs":0' 'no note is left'
is "$(grep -c '"STEPS_DROPPED"' "$tmp/steady/events")" 0 'no step is dropped'

# A device that vanishes is opened again.
cat >"$tmp/gone.sh" <<'END'
oiduna-midi --from Master --learn >/out/learnt 2>/out/said &
bridge=$!
seqclock Master /out/clock 120 1
sleep 1
seqclock Master /out/clock 120 1
sleep 1
kill $bridge
wait $bridge
END
machine gone
ok $? 'a master may die and come back'
is "$(grep -c 'is gone' "$tmp/gone/said")" 2 'that it is gone is told'
is "$(grep -c "listening to 'Master'" "$tmp/gone/said")" 2 'and that it is back'

# Our clock out into our clock in: two players. The notes of the first go the same way as its clock.
cat >"$tmp/two.sh" <<'END'
listen Second
mkfifo /tmp/in /tmp/first
oiduna-play --midi 'Midi Through' --require-midi --midi-clock --no-osc --paused --report /out/leader - </tmp/first &
leader=$!
oiduna-play --midi Second --require-midi --no-osc --events --paused --control-port 57125 --latency 50 \
    --report /out/follower - </tmp/in >/out/events &
follower=$!
exec 5>/tmp/in 6>/tmp/first
cat song.odn >&5
cat song.odn >&6
listen Through 14:0
oiduna-midi --from 'Midi Through' --clock --player :57125 2>/out/said &
bridge=$!
sleep 1
echo start >&6
sleep 25
echo quit >&6
wait $leader
sleep 1
kill $bridge
echo quit >&5
wait $follower
END
machine two -m through
ok $? 'one player leads another by MIDI'
sed -n 's/ f8$//p' "$tmp/two/Through.log" >"$tmp/two/clock"
follows two Second.log 1 'the other plays where the first has its clock'
like "$(cat "$tmp/two/follower")" '"phase_us":\{"p50":' \
    "its phase error, us: $(sed -n 's/.*"phase_us":{\([^}]*\)}.*/\1/p' "$tmp/two/follower" | tr -d '"')"
finish
