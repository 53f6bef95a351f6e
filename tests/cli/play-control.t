#!/bin/sh
# The control stream of oiduna-play, oiduna-control(7).
exec python3 -B tests/cli/lib/play_control.py "$@"
