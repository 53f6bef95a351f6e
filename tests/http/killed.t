#!/bin/sh
# What a killed player leaves behind, and what the next one makes of it.
exec python3 -B tests/http/killed.py
