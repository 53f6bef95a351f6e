#!/bin/sh
# HTTP itself: heads, bodies, deadlines, limits.
exec python3 -B tests/http/wire.py
