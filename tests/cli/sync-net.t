#!/bin/sh
# Players on several hosts: one leads, others follow; who may be told from elsewhere.
exec python3 -B tests/cli/lib/sync_net.py "$@"
