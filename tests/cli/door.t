#!/bin/sh
# The front door on a terminal: what ends it, and what it does when a part of its pipeline dies.
exec python3 -B tests/cli/lib/door.py "$@"
