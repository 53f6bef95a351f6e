#!/bin/sh
# MIDI in: clocks and controllers → what the player is told, oiduna-midi(1).
exec python3 -B tests/cli/lib/midi_in.py "$@"
