#!/bin/sh
# What oiduna-ir(5) says of sessions is so: each limit, each default, each code, what is sent.
exec python3 -B tests/cli/lib/man_ir.py man/oiduna-ir.5
