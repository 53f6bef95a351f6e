#!/bin/sh
# The same for the server: some of each call, as a run of it takes long.
exec python3 -B tests/cli/lib/faults.py serve
