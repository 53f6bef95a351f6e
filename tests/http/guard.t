#!/bin/sh
# Who may ask: names of the server, pages of others, tokens.
exec python3 -B tests/http/guard.py
