#!/bin/sh
# Every allocation and every system call of a program fails once: it says so and ends as promised, or
# goes on; it never crashes and leaves nothing half-written.
exec python3 tests/cli/lib/faults.py
