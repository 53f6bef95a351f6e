#!/bin/sh
# What make listen makes: a WAV of a session by FluidSynth, in which the kick is where it is in the session.
. tests/tap.sh

wav=examples/wav.sh
PATH=$(cd "$BIN" && pwd):$PATH
cat >"$tmp/kick.json" <<'END'
{"environment": {"bpm": 120}, "tracks": {"kick": {"params": {"s": "bd"}}, "lead": {"params": {"s": "superpiano", "gain": 0.3}}},
 "sequences": {"kick": {"events": [{"step": 0}, {"step": 8}, {"step": 20}, {"step": 24}]},
               "lead": {"events": [{"step": 250, "note": 60}]}}}
END

# What is missing is named.
sh $wav 2>"$tmp/err"
is "$?,$(cat "$tmp/err")" '64,wav.sh: usage: wav.sh SONG OUT.wav [LOOPS]' 'wrong usage'
mkdir "$tmp/bin"
for program in sh dirname mktemp rm cp tail oiduna-play; do ln -s "$(command -v $program)" "$tmp/bin"; done
PATH=$tmp/bin sh $wav "$tmp/kick.json" "$tmp/kick.wav" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" '^69,wav.sh: please install fluidsynth' 'without FluidSynth it says what to install'

if ! command -v fluidsynth >/dev/null || [ ! -r /usr/share/sounds/sf2/TimGM6mb.sf2 ]; then
    skip 'a session is heard' 'no fluidsynth, or no sound font'
    finish
fi
SOUNDFONT=$tmp/none.sf2 sh $wav "$tmp/kick.json" "$tmp/kick.wav" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" '^66,wav.sh: cannot read the sound font' 'a sound font that is not there is named'
sh $wav "$tmp/none.json" "$tmp/kick.wav" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" "^66,wav.sh: cannot read '.*none.json'" 'so is a song'
cp examples/blues.mid "$tmp/own.mid"
ln -s own.mid "$tmp/own.wav"
sh $wav "$tmp/own.mid" "$tmp/own.wav" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" "^64,wav.sh: the WAV would replace its song, '.*own.mid'" 'a song is not replaced by its sound'
cmp -s examples/blues.mid "$tmp/own.mid"
ok $? '... it is as it was'
sh examples/superdirt/bounce.sh "$tmp/own.mid" "$tmp/own.wav" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" "^64,bounce.sh: the recording would replace its song" '... nor by a recording'
for program in jackd scsynth sclang; do ln -s "$(command -v true)" "$tmp/bin/$program"; done
echo 'kick: s "bd*4"' >"$tmp/kick.pat"
for song in kick.json kick.pat; do
    PATH=$PATH:$tmp/bin sh examples/superdirt/bounce.sh "$tmp/$song" "$tmp/none/x.wav" >"$tmp/out" 2>&1
    like "$?,$(cat "$tmp/out")" "^73,bounce.sh: cannot create '$tmp/none/x.wav': [A-Z]" "... where none can be: $song"
done
sh $wav "$tmp/kick.json" "$tmp" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" "^73,wav.sh: cannot write '.*': it is a folder" 'a folder is no WAV'
ln -s nowhere/at.wav "$tmp/lost.wav"
ln -s circle.wav "$tmp/circle.wav"
long=$(printf '%0300d' 1)
for lost in none/x.wav lost.wav circle.wav "$long"; do
    sh $wav "$tmp/kick.json" "$tmp/$lost" >"$tmp/out" 2>&1
    like "$?,$(cat "$tmp/out")" "^73,wav.sh: cannot create '$tmp/$lost'" "where none can be it says so: $(echo "$lost" | cut -c 1-20)"
done
ln -s new.wav "$tmp/link.wav"
sh $wav "$tmp/kick.json" "$tmp/link.wav" >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out"),$(find "$tmp" -name '.oiduna*')" 0,, 'a link to what is not there yet'
[ -h "$tmp/link.wav" ] && [ -s "$tmp/new.wav" ]
ok $? '... is followed'
if [ -c /dev/full ]; then
    sh $wav "$tmp/own.mid" /dev/full 2>"$tmp/err"
    like "$?,$(tail -n 1 "$tmp/err")" "^74,wav.sh: cannot write '/dev/full'" 'a full disk is told'
fi
# Files have a limit, as on a disk that has no more room.
echo before >"$tmp/full.wav"
(trap '' XFSZ && ulimit -f 2048 && sh $wav "$tmp/own.mid" "$tmp/full.wav") >"$tmp/out" 2>"$tmp/err"
like "$?,$(cat "$tmp/out" "$tmp/err")" '^74,wav.sh: .*write error' '... also where FluidSynth meets it'
is "$(cat "$tmp/full.wav"),$(echo "$tmp"/full.wav*)" "before,$tmp/full.wav" '... and what was there stays'
sh $wav "$tmp/kick.json" "$tmp/kick.wav" >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'a session becomes a WAV, without a word'
is "$(python3 - "$tmp/kick.wav" <<'END'
import array, math, sys, wave
with wave.open(sys.argv[1]) as file:
    rate, channels = file.getframerate(), file.getnchannels()
    assert file.getsampwidth() == 2
    values = array.array("h", file.readframes(file.getnframes()))[::channels]
def loudness(start, end):
    piece = values[int(start * rate):int(end * rate)]
    return math.sqrt(sum(v * v for v in piece) / len(piece))
beats = [loudness(beat * 0.5, beat * 0.5 + 0.15) for beat in range(16)]
loudest = max(beats)
print(" ".join(str(beat) for beat in range(16) if beats[beat] > loudest / 5), len(values) / rate > 32)
END
)" '0 2 5 6 True' 'rms per beat: the kick is where it is, and nothing else'
sh $wav examples/midi-bass.json "$tmp/bass.wav" >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'an example becomes a WAV'
cp examples/blues.mid "$tmp/BLUES.MID"
sh $wav "$tmp/BLUES.MID" "$tmp/blues.wav" >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'so does a MIDI file'
"$BIN/oiduna" --wav "$tmp/front.wav" "$tmp/kick.json" >"$tmp/out" 2>&1
is "$?,$(cat "$tmp/out")" 0, 'oiduna --wav does it'
cmp -s "$tmp/front.wav" "$tmp/kick.wav"
ok $? '... alike'
"$BIN/oiduna" --wav "$tmp/front.wav" 2>"$tmp/err"
like "$?,$(cat "$tmp/err")" '^64,oiduna: --wav makes a WAV of one file' '... of one file'
make -s listen B="$BIN" SONG="$tmp/kick.json" >"$tmp/out" 2>&1
like "$?,$(head -n 1 "$tmp/out")" '^0,.*/listen.wav$' 'make listen does it, and says where it is'
finish
