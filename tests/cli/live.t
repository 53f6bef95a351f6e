#!/bin/sh
# A text that is edited while it plays, as a live coder does, with every mistake there is.
exec python3 -B tests/cli/lib/live.py "$@"
