#!/bin/sh
# What README.md promises and no other test shows: no root, nothing that listens unasked.
exec python3 -B tests/cli/lib/promises.py "$@"
