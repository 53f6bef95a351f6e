#!/bin/sh
# As faults.t, for oiduna-pattern.
exec python3 -B tests/cli/lib/faults.py pattern
