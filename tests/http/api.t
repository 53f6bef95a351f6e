#!/bin/sh
# Every route with the shapes that clients of the upstream API 1.0 know.
exec python3 -B tests/http/api.py
