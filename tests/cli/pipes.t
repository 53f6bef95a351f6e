#!/bin/sh
# Standard input and output as they may be inherited: non-blocking, slow, half closed; and outputs that
# are inputs.
exec python3 -B tests/cli/lib/pipes.py
