#!/bin/sh
# Server-Sent Events: what comes, in which order, and that nobody waits for a slow reader.
exec python3 -B tests/http/stream.py
