#!/bin/sh
# The options of oiduna-play, oiduna-play(1).
exec python3 -B tests/cli/lib/play_options.py "$@"
