#!/bin/sh
# Uploads: names, sizes, broken forms.
exec python3 -B tests/http/assets.py
