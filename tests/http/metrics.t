#!/bin/sh
# /metrics in its three forms; Prometheus' own tool judges the text.
exec python3 -B tests/http/metrics.py
