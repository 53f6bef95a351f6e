#!/bin/sh
# The player behind it: dies and comes back, is stopped in order, is not touched by HTTP.
exec python3 -B tests/http/player.py
