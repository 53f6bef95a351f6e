#!/bin/sh
# A line of the control stream over HTTP.
exec python3 -B tests/http/command.py
