#!/bin/sh
# A player that hangs, and one that never comes up: each is followed by another.
exec python3 -B tests/http/hang.py
