#!/bin/sh
# A player in an Ableton Link session, against a peer made of the library alone: oiduna-link(1).
BIN=${BIN:-build}
if [ ! -x "$BIN/oiduna-link" ] || [ ! -x "$BIN/tests/linkpeer" ]; then
    echo '1..0 # SKIP oiduna-link is not built: its library is not here (make deps-link)'
    exit 0
fi
exec python3 -B tests/cli/lib/link.py "$@"
