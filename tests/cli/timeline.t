#!/bin/sh
# at WHEN COMMAND: exact to the step, in its order, whatever happens meanwhile.
exec python3 -B tests/cli/lib/timeline.py "$@"
