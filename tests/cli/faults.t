#!/bin/sh
# Every allocation and every system call of a program fails once: it says so and ends as promised, or
# goes on; it never crashes and leaves nothing half-written, nor does a signal at any of them.
exec python3 -B tests/cli/lib/faults.py files play
