#!/bin/sh
# The OpenAPI document and the routes are one: every operation of it is called.
exec python3 -B tests/http/openapi.py
