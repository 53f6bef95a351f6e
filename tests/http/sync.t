#!/bin/sh
# What HTTP tells of a master that is followed: status, stream, both forms of the metrics.
exec python3 -B tests/http/sync.py
