#!/bin/sh
# What happens on stage. OIDUNA_ENDURANCE=120 plays the big scores for two minutes.
exec python3 -B tests/cli/lib/play_faults.py "$@"
