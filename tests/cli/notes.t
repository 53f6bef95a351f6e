#!/bin/sh
# Notes that would go on: pedals and bends, signals, slow ports, devices that know no All Notes Off.
exec python3 -B tests/cli/lib/notes.py
