#!/bin/sh
# The clients under examples/ do what they say.
exec python3 -B tests/http/clients.py
