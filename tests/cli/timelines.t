#!/bin/sh
# Random pieces of timed lines against the model of tests/model, in virtual and in real time.
# TIMELINE_N=1000 tries more, TIMELINE_FIRST=5000 others.
exec python3 -B tests/cli/lib/timelines.py "$@"
