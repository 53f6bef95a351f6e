#!/bin/sh
# The same for the programs beside the player that keep it in step with others.
exec python3 -B tests/cli/lib/faults_sync.py "$@"
