#!/bin/sh
# Whatever was changed, by whoever: a player that follows a killed one is as that was.
exec python3 -B tests/http/resumed.py
