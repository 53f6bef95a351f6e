#!/bin/sh
# What the programs play is what the independent model of tests/model says, for sessions of many
# seeds: of 1.0, and such as say more. MODEL_N=1000 and MODEL_N11=1000 try more, MODEL_FIRST=5000 others.
. tests/tap.sh
if ! [ -x "$BIN/oiduna-play" ]; then
    skip 'the model' 'oiduna-play is not built'
    finish
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/model/check.py "$BIN/oiduna-compile -" "$BIN/oiduna-play --dry-run --loops 2" 2 \
    "${MODEL_FIRST:-1}" "${MODEL_N:-60}" "${MODEL_N11:-120}"
exit 0
