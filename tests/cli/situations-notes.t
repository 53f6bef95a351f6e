#!/bin/sh
# Notes and time in situations that broke players elsewhere, each by the name of what it protects.
exec python3 -B tests/cli/lib/situations_notes.py
