#!/bin/sh
# Score files one after another: nothing that a user does moves the list.
exec python3 -B tests/cli/lib/playlist.py "$@"
