#!/bin/sh
# The same for the benchmark: a call from each place fails once, in the processes that it forks, too.
exec python3 -B tests/cli/lib/faults.py bench
