#!/bin/sh
# Every command in the EXAMPLES of the man pages runs; what plays on is ended after a moment.
exec python3 tests/cli/lib/man_examples.py man/*.[178]
