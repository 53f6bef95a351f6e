#!/bin/sh
# The comparer of traces: what it lets pass and what it notices.
. tests/tap.sh
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

cat >"$tmp/a" <<'EOF'
{"t":0.0,"step":0,"osc":["/dirt/play","s","bd","gain",0.5]}
{"t":0.0,"step":0,"osc":["/dirt/play","s","sn","n",3]}
{"t":0.0,"step":0,"midi":[144,60,100]}
{"t":0.125,"step":0,"midi":[128,60,0]}
{"t":0.125,"step":1,"midi":[144,60,90]}
EOF

# differs EDIT NAME: the trace edited by sed is another one
differs() {
    sed "$1" "$tmp/a" >"$tmp/b"
    python3 tests/model/compare.py "$tmp/a" "$tmp/b" >"$tmp/out" 2>&1
    is $? 1 "$2"
}

# same EDIT NAME
same() {
    sed "$1" "$tmp/a" >"$tmp/b"
    python3 tests/model/compare.py "$tmp/a" "$tmp/b" >"$tmp/out" 2>&1
    is $? 0 "$2"
}

same '' 'a trace is the same as itself'
same 's/0\.125,/0.1250009,/' 'a time may be off by less than a microsecond'
same 's/0\.5\]/0.5000009]/' 'a number may be off by less than two millionths'
same '2{h;d;};3{G;}' 'MIDI and OSC of a moment have no common order'
same 's/"step":0,"midi":\[128/"step":9,"midi":[128/' 'the step of a note-off is not looked at'
differs 's/0\.125,/0.125002,/' 'a time off by two microseconds is noticed'
differs 's/0\.5\]/0.50001]/' 'a number off by ten millionths is noticed'
differs 's/"n",3/"n",4/' 'another integer is noticed'
differs '1d' 'a missing OSC message is noticed'
differs '4d' 'a missing note-off is noticed'
# shellcheck disable=SC2016 # sed's last line
differs '$p' 'a message sent twice is noticed'
differs '1{h;d;};2{G;}' 'another order of OSC messages is noticed'
differs 's/"s","bd"/"s","be"/' 'another sound is noticed'
differs 's/,"gain",0\.5//' 'a missing argument is noticed'
differs '4,5s/0\.125/0.25/' 'another moment is noticed'
finish
