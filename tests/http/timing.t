#!/bin/sh
# When a session takes over, in every form that clients say it.
exec python3 -B tests/http/timing.py
