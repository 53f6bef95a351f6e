#!/bin/sh
# Real time against virtual time: every message, every time tag, every MIDI byte.
exec python3 -B tests/cli/lib/play_time.py "$@"
