#!/bin/sh
# The token: by header, cookie and address; wrong ones.
exec python3 -B tests/http/gate.py
