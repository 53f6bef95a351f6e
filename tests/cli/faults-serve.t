#!/bin/sh
# The same for the server: a call from each place in it fails once, some hundred of them while it is
# asked for all it can do.
exec python3 -B tests/cli/lib/faults.py serve
