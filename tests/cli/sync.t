#!/bin/sh
# In step with others: sync, who is told at the control port, --lead and --follow.
exec python3 -B tests/cli/lib/sync.py "$@"
