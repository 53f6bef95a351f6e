#!/bin/sh
# Songs over HTTP, and players that are killed in them.
exec python3 -B tests/http/song.py
