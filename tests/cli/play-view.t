#!/bin/sh
# What oiduna-play shows on a terminal, and what is typed there, oiduna-play(1).
exec python3 -B tests/cli/lib/play_view.py "$@"
