#!/bin/sh
# What comes in, in situations that broke players elsewhere, each by the name of what it protects.
exec python3 -B tests/cli/lib/situations_in.py
