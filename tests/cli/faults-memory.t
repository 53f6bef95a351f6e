#!/bin/sh
# What takes memory fails once, whoever asks for it, the libraries too.
exec python3 -B tests/cli/lib/faults.py memory
