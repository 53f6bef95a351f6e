#!/bin/sh
# What waits is visible, and what took its place is told.
exec python3 -B tests/http/waiting.py
