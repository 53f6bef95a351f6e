#!/bin/sh
# 24 hours of steps with a new tempo, or a ramp to one, every 10 seconds: each is where exact arithmetic puts it.
. tests/tap.sh

for seed in 1 2; do
    python3 tests/model/grid.py tempos "$seed" >"$tmp/tempos"
    "$BIN/tests/tools/grid" <"$tmp/tempos" >"$tmp/times"
    said=$(python3 tests/model/grid.py judge "$tmp/tempos" "$tmp/times")
    ok $? "no step of a day is off by more than its rounding (seed $seed)"
    echo "# $said"
done
finish
