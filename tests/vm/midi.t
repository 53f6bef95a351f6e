#!/bin/sh
# PortMidi for real: plays in a virtual machine that has an ALSA sequencer (machine.sh) and compares
# what arrived there with the trace of the same run in virtual time. Run by `make check-midi-vm`.
. tests/tap.sh
vm=tests/vm
play=$BIN/oiduna-play

# machine NAME OPTION...: runs $tmp/NAME.sh; its output in $tmp/NAME.out, what was heard in $tmp/NAME
machine() {
    name=$1
    shift
    $vm/machine.sh "$@" -f "$play" -f "$tmp/song.odn" -f "$tmp/two.odn" -f "$tmp/where.json" \
        -f "$tmp/keys.odn" -f "$tmp/programs.odn" -o "$tmp/$name" "$tmp/$name.sh" >"$tmp/$name.out" 2>"$tmp/$name.err"
    status=$?
    [ $status -eq 0 ] || grep -hv '"position"' "$tmp/$name.out" "$tmp/$name.err" | tail -30 | sed 's/^/# /'
    return $status
}

# heard NAME LOG TRACE MILLISECONDS WHAT
heard() {
    said=$($vm/compare.py "$tmp/$3" "$tmp/$1/$2" "$4" 2>&1 | tail -1)
    like "$said" "exact, in time" "$5: $said"
}

count() {
    grep -c "$1" "$2"
}

cat >"$tmp/where.json" <<'END'
{"soft": {"type": "midi", "port_name": "Recorder"},
 "usb": {"type": "midi", "port_name": "TestSynth"}}
END
# A note on every step of one port, on every other step of the other.
awk 'BEGIN {
    printf "{\"bpm\": 120, \"pattern_length\": 16.0, \"messages\": ["
    for (step = 0; step < 256; step++)
        for (port = 0; port < (step % 2 ? 1 : 2); port++)
            printf "%s{\"destination_id\": \"%s\", \"cycle\": %g, \"step\": %d, \"params\": " \
                "{\"note\": %d, \"velocity\": 100, \"duration_ms\": %d, \"channel\": %d}}\n",
                step + port ? "," : "", port ? "usb" : "soft", step / 16, step, 36 + step % 64,
                port ? 100 : 60, port
    print "]}"
}' >"$tmp/two.json"
awk '/"usb"/ { next } { print }' "$tmp/two.json" | sed 's/"destination_id": "soft"/"destination_id": "keys"/' \
    >"$tmp/keys.json"
"$BIN/oiduna-compile" -o "$tmp/song.odn" examples/midi-bass.json &&
    "$BIN/oiduna-compile" -o "$tmp/two.odn" "$tmp/two.json" &&
    "$BIN/oiduna-compile" -o "$tmp/keys.odn" "$tmp/keys.json" &&
    "$BIN/oiduna-compile" -o "$tmp/programs.odn" examples/midi-programs.json
ok $? 'the sessions are compiled'

# ---- a whole loop, with clock ---------------------------------------------------------------------
cat >"$tmp/loop.sh" <<'END'
listen Recorder
oiduna-play --midi Recorder --require-midi --midi-clock --no-osc --loops 1 song.odn
END
machine loop
ok $? 'a session plays to a port through PortMidi'
"$play" --dry-run --midi-clock --no-osc --loops 1 "$tmp/song.odn" >"$tmp/loop.trace"
heard loop Recorder.log loop.trace 0.5 'the port heard the trace'

# ---- banks, programs, controllers and SysEx -------------------------------------------------------
cat >"$tmp/programs.sh" <<'END'
listen Programs
oiduna-play --midi Programs --require-midi --no-osc --bars 6 programs.odn
END
machine programs
ok $? 'a session with programs and SysEx plays to a port'
"$play" --dry-run --no-osc --bars 6 "$tmp/programs.odn" >"$tmp/programs.trace"
is "$(grep -c ' f0 .* f7$' "$tmp/programs/Programs.log")" 1 'SysEx came in one piece'
heard programs Programs.log programs.trace 1 'the port heard all of it'

# ---- a device is unplugged and plugged in again while it plays ------------------------------------
cat >"$tmp/unplug.sh" <<'END'
usb_plug
listen Recorder
listen Before f_midi:0
(sleep 3; usb_unplug; sleep 3; usb_plug; listen After f_midi:0) &
oiduna-play --midi Recorder --destinations where.json --no-osc --events --bars 6 two.odn
END
machine unplug -m usb
ok $? 'a USB device may be unplugged and plugged in again'
"$play" --dry-run --destinations "$tmp/where.json" --bars 6 "$tmp/two.odn" >"$tmp/unplug.trace"
grep -v '\[145,\|\[129,' "$tmp/unplug.trace" >"$tmp/soft.trace"
heard unplug Recorder.log soft.trace 0.5 'the other port heard all of it'
is "$(count '"code":"MIDI_LOST"' "$tmp/unplug.out")" 1 'the loss is said once'
is "$(count '"code":"MIDI_BACK"' "$tmp/unplug.out")" 1 'the return is said once'
like "$(grep '"bye"' "$tmp/unplug.out")" '"dropped_steps":0,"pending_note_offs":0' \
    'no step is dropped, no note is left'
cut -d' ' -f2- "$tmp/unplug/After.log" >"$tmp/after"
sed -n 's/.*"midi":\[\(1[24][59]\),\([0-9]*\),\([0-9]*\)\].*/\1 \2 \3/p' "$tmp/unplug.trace" |
    while read -r a b c; do printf '%02x %02x %02x\n' "$a" "$b" "$c"; done >"$tmp/usb"
# First it is told to let go of what it may have kept: note-offs and All Notes Off. Then it goes on.
sed '1,/^b1 7b 00/d' "$tmp/after" >"$tmp/after.notes"
after=$(wc -l <"$tmp/after.notes")
[ "$after" -gt 20 ]
ok $? "the device hears $after messages when it is back"
is "$(sed '/^b1 7b 00/q' "$tmp/after" | grep -vc '^81 .. 00\|^b1 7b 00')" 0 'after the end of what it had'
tail -n "$after" "$tmp/usb" | cmp -s - "$tmp/after.notes"
ok $? 'they are the last ones of the trace, byte by byte'

# ---- a program's port dies while nothing plays, another takes its number --------------------------
sed 's/"soft"/"keys"/; s/"Recorder"/"Keys"/' "$tmp/where.json" >"$tmp/keys.where"
cat >"$tmp/idle.sh" <<'END'
listen Keys
mkfifo /tmp/in
oiduna-play --midi Keys --destinations keys.where --no-osc --events --paused - </tmp/in &
player=$!
exec 5>/tmp/in
cat keys.odn >&5
sleep 1
killall seqlog
while pidof seqlog; do usleep 20000; done
mv /out/Keys.log /out/Killed.log
listen Stranger
sleep 2
echo start >&5
sleep 1
echo stop >&5
sleep 1
listen Keys
sleep 2
echo start >&5
sleep 2
echo stop >&5
sleep 1
echo 'midi-port Stranger' >&5
sleep 1
echo panic >&5
echo 'midi-port Nobody' >&5
echo quit >&5
wait $player
END
machine idle -f "$tmp/keys.where"
ok $? 'a soft synthesiser may die while nothing plays'
is "$(count '"code":"MIDI_LOST"' "$tmp/idle.out")" 1 'that is noticed'
is "$(count '"code":"MIDI_BACK"' "$tmp/idle.out")" 1 'and its return too'
[ -s "$tmp/idle/Keys.log" ]
ok $? 'it is played when it is back'
is "$(grep -c ' 90 ' "$tmp/idle/Stranger.log")" 0 'a stranger with its number hears no note'
is "$(grep -c ' b. 7b 00' "$tmp/idle/Stranger.log")" 16 'after midi-port the panic goes to the new port'
like "$(cat "$tmp/idle.out")" '"code":"UNKNOWN_PORT"' 'an unknown port is refused'

# ---- what needs no session ------------------------------------------------------------------------
cat >"$tmp/rest.sh" <<'END'
listen 'Synth One'
listen 'Synth Two'
oiduna-play --midi-list
oiduna-play --panic --midi 'two' --no-osc
oiduna-play --panic --midi 'synth' --no-osc
echo "ambiguous: $?"
oiduna-play --probe --no-osc
true
END
machine rest -m through
ok $? 'ports are listed, panic is sent, the machine is probed'
like "$(tr '\n' ' ' <"$tmp/rest.out")" 'Midi Through Port-0.*Synth One.*Synth Two' 'all ports are listed'
is "$(wc -l <"$tmp/rest/Synth Two.log")" 2128 'panic is 5 messages and 128 note-offs on 16 channels'
is "$(wc -l <"$tmp/rest/Synth One.log")" 0 'and goes to no other port'
like "$(cat "$tmp/rest.out")" '^ambiguous: 69$' 'a part of several names is no name'

# ---- in real time, with two processors: races show here, not times --------------------------------
cat >"$tmp/real.sh" <<'END'
usb_plug
listen Recorder
(sleep 2; usb_unplug; sleep 1; usb_plug; sleep 1; usb_unplug; sleep 1; usb_plug) &
oiduna-play --midi Recorder --destinations where.json --no-osc --events --bars 4 two.odn
END
machine real -R -m usb
ok $? 'in real time a device comes and goes twice'
"$play" --dry-run --destinations "$tmp/where.json" --bars 4 "$tmp/two.odn" |
    grep -v '\[145,\|\[129,' >"$tmp/real.trace"
said=$($vm/compare.py "$tmp/real.trace" "$tmp/real/Recorder.log" some 2>&1)
ok $? "every note that the other port heard was ended: $said"
finish
